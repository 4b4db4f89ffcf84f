package desk

import "time"

// CallType is what happened to a call.
type CallType string

// The kinds of call event.
const (
	CallRings    CallType = "ringing"
	CallPickedUp CallType = "answered"
	CallHungUp   CallType = "ended"
	CallRecorded CallType = "recording"
)

// Outcome is how a call came out.
type Outcome string

// The outcomes. "" while the call is on.
const (
	OutcomeAnswered  Outcome = "answered"
	OutcomeMissed    Outcome = "missed"    // we did not pick up
	OutcomeAbandoned Outcome = "abandoned" // the caller gave up
	OutcomeVoicemail Outcome = "voicemail"
	OutcomeFailed    Outcome = "failed"
	OutcomeRequested Outcome = "requested" // the customer asked to be called, while waiting on the line or elsewhere
	OutcomeByMail    Outcome = "by_mail"   // the customer asked on the line to be answered by mail
)

// CallEvent is one thing an exchange told us about a call, in our words.
type CallEvent struct {
	Inbox     InboxID
	CallID    string
	External  string // call id, type and sequence or time: the same on every re-delivery
	Type      CallType
	At        time.Time
	Direction Direction // In, or Out when we called
	From, To  string    // raw
	Phone     Identity  // the customer's number, normalised
	Name      string
	Extension string // the agent's, when answered or when we called
	Outcome   Outcome
	Recording string // URL

	Transcript string // what the caller said to the machine
}

// Call is what is known about one call. Events may come in any order, twice or not at all: Merge converges.
type Call struct {
	ID        string
	Direction Direction
	From, To  string
	Agent     AgentID
	Outcome   Outcome
	Recording string

	Transcript string // of the message the caller left

	RingingAt, AnsweredAt, EndedAt time.Time
}

// Merge takes one event in. It is idempotent and commutative: the earliest ring and answer and the latest end count,
// and an answer beats any outcome that says nobody answered (UP-V1, UP-V2).
func (c Call) Merge(e CallEvent, agent AgentID) Call {
	c.ID = e.CallID
	c.Direction = first(c.Direction, e.Direction)
	c.From, c.To = first(c.From, e.From), first(c.To, e.To)
	c.Recording = first(c.Recording, e.Recording)
	if len(e.Transcript) > len(c.Transcript) { // several pieces: the whole one has the most words, whenever it comes
		c.Transcript = e.Transcript
	}
	switch e.Type {
	case CallRings:
		c.RingingAt = earliest(c.RingingAt, e.At)
	case CallPickedUp:
		if c.AnsweredAt.IsZero() || e.At.Before(c.AnsweredAt) {
			c.AnsweredAt, c.Agent = e.At, first(agent, c.Agent)
		}
	case CallHungUp:
		if e.At.After(c.EndedAt) {
			c.EndedAt = e.At
			c.Outcome = first(e.Outcome, c.Outcome)
		}
	case CallRecorded:
	}
	c.Agent = first(c.Agent, agent)
	if !c.AnsweredAt.IsZero() && c.Outcome != OutcomeVoicemail && !c.EndedAt.IsZero() {
		c.Outcome = OutcomeAnswered
	}
	if !c.EndedAt.IsZero() && c.AnsweredAt.IsZero() && c.Outcome == "" {
		c.Outcome = OutcomeAbandoned
	}
	return c
}

// On reports whether the call is still going on.
func (c Call) On() bool { return c.EndedAt.IsZero() }

// Talked is how long the call lasted from answer to end; 0 when it was not answered or is not over.
func (c Call) Talked() time.Duration {
	if c.AnsweredAt.IsZero() || c.EndedAt.IsZero() {
		return 0
	}
	return max(0, c.EndedAt.Sub(c.AnsweredAt)) // clocks of two machines: an answer may be told as later than the end
}

func first[T ~string](a, b T) T {
	if a != "" {
		return a
	}
	return b
}

func earliest(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}
