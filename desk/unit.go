package desk

import (
	"slices"
	"time"
)

// unit is one conversation being changed: it gathers facts, then advances clocks, settles routing and saves.
type unit struct {
	s      *Service
	tx     Tx
	actor  Actor
	now    time.Time
	conv   Conversation
	clocks []Clock
	was    Conversation // as loaded; zero when new
	before []Clock
	facts  []Fact
	offer  OfferID
	why    string // why it stopped being held, for Released
	place  bool   // tell the router again though it was waiting already
	forced bool
	greets *Message  // the mail to be acknowledged once its clocks run
	greet  MessageID // the id of the acknowledgement
	due    deed      // what the routing policy wants done
	asked  bool      // the routing policy was asked in this unit
	told   NoticeKey // the breach this unit announces
	after  []Fact    // what follows from it
}

func (s *Service) load(tx Tx, actor Actor, id ConversationID, now time.Time) (*unit, error) {
	c, clocks, err := tx.Conversation(id)
	if err != nil {
		return nil, err
	}
	return &unit{s: s, tx: tx, actor: actor, now: now, conv: c, clocks: clocks, was: c, before: slices.Clone(clocks)}, nil
}

// note gathers a fact that happened; the order is kept.
func (u *unit) note(f Fact) { u.facts = append(u.facts, f) }

// say adds a message to the thread under the next number.
func (u *unit) say(m *Message) error {
	u.conv.Messages++
	m.Conversation, m.Inbox, m.Medium = u.conv.ID, u.conv.Inbox, first(m.Medium, u.conv.Medium)
	m.Number, m.CreatedAt = u.conv.Messages, u.now
	if m.At.IsZero() {
		m.At = u.now
	}
	if m.Public() && (m.Auto != Greeting || m.Medium != Email) { // a list must not show as answered what a machine answered
		u.conv.LastAt, u.conv.LastBy, u.conv.Snippet = m.At, m.Direction, snippet(*m)
	}
	return u.tx.AddMessage(*m)
}

// to changes the status and notes it; it does nothing when the status is s already.
func (u *unit) to(s Status, until time.Time) error {
	if u.conv.Status == s && s != Snoozed {
		return nil
	}
	f, err := u.conv.To(s, until, u.now)
	if err != nil {
		return err
	}
	u.note(f)
	if s == Resolved {
		u.conv.QueuedAt = time.Time{}
	}
	if f.From != Resolved {
		return nil
	}
	// What became of the contact while nothing was to be done here was not carried in.
	c, err := u.tx.Contact(u.conv.Contact)
	if err == nil {
		u.serves(c)
	} else if CodeOf(err) == NotFound {
		err = nil
	}
	return err
}

// back brings a conversation that needs us again before its assignee first, then before its queue, with its old
// rank. Who is present and has room is the router's to know.
func (u *unit) back(why string) error {
	if u.conv.Status != Open {
		if err := u.to(Open, time.Time{}); err != nil {
			return err
		}
	}
	if u.conv.Assignee == "" {
		return nil
	}
	u.release(why, Preference{Agent: u.conv.Assignee, Until: u.now.Add(u.lastWait()), Rule: "returned", Auto: true})
	return nil
}

// release takes the conversation from its assignee; prefer says whom to try first.
func (u *unit) release(why string, prefer ...Preference) {
	if u.conv.Assignee != "" {
		u.conv.LastAgent, u.conv.LastAgentAt = u.conv.Assignee, u.now
	}
	u.conv.Assignee, u.why, u.place = "", why, true
	u.conv.Prefer = prefer
}

func (u *unit) queue() Queue {
	q, _ := u.s.dir().Queue(u.conv.Queue)
	q.ID = u.conv.Queue
	return q
}

func (u *unit) lastWait() time.Duration { return seconds(u.queue().LastWait, DefaultLast) }

// finish advances clocks, settles routing, saves the conversation and appends the facts.
func (u *unit) finish() error {
	if err := u.steer(); err != nil {
		return err
	}
	u.clocks = u.s.promises.Advance(u.conv, u.clocks, slices.Concat(u.facts, u.holding(Work{})), u.now)
	if u.greets != nil {
		m := *u.greets
		u.greets = nil
		if err := u.acknowledge(m, u.greet); err != nil {
			return err
		}
	}
	clockFacts := differences(u.before, u.clocks)
	u.passes()
	u.conv.DueAt, u.conv.DueTarget = nextDue(u.clocks)
	u.conv.UpdatedAt = u.now
	routing := u.route()
	u.facts = slices.Concat(u.facts, clockFacts, routing, u.after)
	if err := u.noteBreaches(clockFacts); err != nil {
		return err
	}
	if err := u.tx.SaveConversation(u.conv, u.clocks, u.offer); err != nil {
		return err
	}
	return u.append(AboutConversation, string(u.conv.ID), u.facts...)
}

// noteBreaches records that a unit found a clock late before the ticker did, so that nobody announces it again and its
// ladder begins.
func (u *unit) noteBreaches(facts []Fact) error {
	for _, f := range facts {
		b, ok := f.(ClockBreached)
		if !ok || b.Clock.Ended() || b.Clock.Target == u.told.Target && b.Clock.N == u.told.N || b.Clock.ShadowedBy(u.clocks) {
			continue
		}
		if _, err := u.tx.Notice(b.Clock, BreachLevel, u.now, Rung{At: u.now}); err != nil {
			return err
		}
	}
	return nil
}

// steer asks the routing policy about what begins to wait, and does what it wants done.
func (u *unit) steer() error {
	if u.conv.Waiting() && u.conv.QueuedAt.IsZero() && !u.asked {
		u.conv.Plan = nil
		if err := u.replan(u.conv.Queue); err != nil {
			return err
		}
	}
	if u.due.do == DoNothing {
		return nil
	}
	d := u.due
	u.due = deed{}
	return u.perform(d)
}

func (u *unit) append(kind SubjectKind, id string, facts ...Fact) error {
	events := make([]Event, len(facts))
	for i, f := range facts {
		events[i] = Event{Subject: Subject{Kind: kind, ID: id}, Actor: u.actor, At: u.now, Fact: f}
	}
	return u.tx.Append(events...)
}

// route says what the change means for the router: facts that carry the whole work.
func (u *unit) route() []Fact {
	if u.conv.Waiting() && u.conv.QueuedAt.IsZero() {
		u.conv.QueuedAt = u.now
	}
	work := WorkOf(u.conv, u.clocks, u.queue())
	work.Version = u.conv.Version + 1 // as it will be stored
	out := u.holding(work)
	switch {
	case u.conv.Held():
	case u.conv.Waiting() && (u.place || !u.was.Waiting()):
		out = append(out, Queued{Work: work})
	case u.conv.Waiting() && u.reranked(work):
		out = append(out, Reranked{Work: work})
	case u.was.Waiting() && !u.conv.Waiting():
		out = append(out, Unqueued{Why: first(u.why, string(u.conv.Status))})
	}
	return out
}

// holding says who got the conversation in hand and who has it no longer: clocks count that time.
func (u *unit) holding(work Work) []Fact {
	var out []Fact
	if u.was.Held() && (u.was.Assignee != u.conv.Assignee || !u.conv.Held()) {
		out = append(out, Released{Agent: u.was.Assignee, Why: first(u.why, string(u.conv.Status))})
	}
	switch {
	case u.conv.Held() && u.was.Assignee != u.conv.Assignee:
		out = append(out, Assigned{Agent: u.conv.Assignee, Offer: u.offer, Forced: u.forced, Work: work})
	case u.conv.Held() && !u.was.Held():
		out = append(out, Resumed{Agent: u.conv.Assignee, Work: work})
	}
	return out
}

func (u *unit) reranked(now Work) bool {
	was := WorkOf(u.was, u.before, u.queue())
	return !was.DueAt.Equal(now.DueAt) || was.Boost != now.Boost || was.Ringing != now.Ringing ||
		was.Queue != now.Queue || !slices.Equal(was.Skills, now.Skills) || !was.Plan.same(now.Plan)
}

// differences names what became of each clock between before and after.
func differences(before, after []Clock) []Fact {
	var out []Fact
	for _, k := range after {
		i := slices.IndexFunc(before, func(b Clock) bool { return b.Target == k.Target && b.N == k.N })
		if i < 0 {
			out = append(out, ClockStarted{Clock: k})
			out = append(out, ending(Clock{}, k)...)
			continue
		}
		b := before[i]
		if b.Ended() && !k.Ended() {
			out = append(out, ClockResumed{Clock: k})
		} else if b.PausedAt.IsZero() && !k.PausedAt.IsZero() && !k.Ended() {
			out = append(out, ClockPaused{Clock: k})
		} else if !b.PausedAt.IsZero() && k.PausedAt.IsZero() && !k.Ended() {
			out = append(out, ClockResumed{Clock: k})
		}
		if b.DueVersion != k.DueVersion || !b.DueAt.Equal(k.DueAt) {
			out = append(out, DueChanged{Clock: k, Old: b.DueAt})
		}
		out = append(out, ending(b, k)...)
	}
	return out
}

func ending(b, k Clock) []Fact {
	var out []Fact
	if b.BreachedAt.IsZero() && !k.BreachedAt.IsZero() && !k.Waived() {
		out = append(out, ClockBreached{Clock: k})
	}
	switch {
	case b.MetAt.IsZero() && !k.MetAt.IsZero():
		out = append(out, ClockMet{Clock: k})
	case b.CancelledAt.IsZero() && !k.CancelledAt.IsZero():
		out = append(out, ClockCancelled{Clock: k})
	}
	return out
}

// maxSnippet bounds the line a list shows, in characters.
const maxSnippet = 140

func snippet(m Message) string {
	if m.Body.Text == "" && len(m.Attachments) > 0 {
		return m.Attachments[0].Name
	}
	return clip(oneLine(m.Body.Text), maxSnippet)
}
