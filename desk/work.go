package desk

import "time"

// Target names a promise about time.
type Target string

// The targets.
const (
	Answer        Target = "answer"         // a call is picked up; a chat gets its first human word
	FirstResponse Target = "first_response" // the first human public reply
	NextResponse  Target = "next_response"  // each further customer message, counted from the oldest unanswered
	Resolution    Target = "resolution"
	Callback      Target = "callback"
	RequesterWait Target = "requester_wait" // all the time the customer waits for our words, over the conversation
	AgentWork     Target = "agent_work"     // all the time it is in the hands of an agent
	Update        Target = "update"         // a public message at least every so often while it is open
	Group         Target = "group"          // how long one queue's team holds it
)

// Clock is one promise running for one conversation. N counts the clocks of one target from 1: a target that starts
// again after it was met gets a new clock. Used is the open time that passed until the last pause; since ResumedAt
// (zero: since StartedAt) time passes again.
type Clock struct {
	Conversation  ConversationID
	Target        Target
	N             int
	Policy        string // id of the policy that set it
	PolicyVersion int64  // of that document; 0: the built-in one, or set before versions were kept
	Calendar      string // id of its calendar; "" is calendar time
	Budget        time.Duration
	Used          time.Duration
	DueVersion    int   // counts changes of the target; warnings and breaches are announced once per version
	Warnings      []int // per cent of Budget at which to warn
	Started       MessageID
	MetBy         MessageID
	Marked        bool // its reply is "delivery unknown": a person must decide

	StartedAt, PausedAt, ResumedAt, DueAt, MetAt, CancelledAt, BreachedAt time.Time

	// Waiver says who let the promise go, or wants to.
	Waiver Waiver

	// AckBy is who said "I have it" of due version AckDue, and AckAt when; see [Clock.Acknowledged].
	AckBy  AgentID
	AckAt  time.Time
	AckDue int

	// NextAt is when something about this clock is to be announced next, a warning or the breach; zero: nothing is. It
	// is what the ticker's indexed query looks for (next_at <= now, smallest first). Promises sets it; after a warning
	// Service.Announce saves the NextAt of the clock it is handed.
	NextAt time.Time
}

// ClockPlace is the place of a clock in the list of wishes to let a promise go, after which the next page begins; the zero
// one is the beginning.
type ClockPlace struct {
	AskedAt      time.Time // of the wish that waits; zero: none does
	Conversation ConversationID
	Target       Target
	N            int
}

// Place is where the clock stands in that list.
func (c Clock) Place() ClockPlace {
	p := ClockPlace{Conversation: c.Conversation, Target: c.Target, N: c.N}
	if c.Waiver.State == WaiverAwaits {
		p.AskedAt = c.Waiver.At
	}
	return p
}

// Running reports whether time is passing for the clock now.
func (c Clock) Running() bool {
	return !c.StartedAt.IsZero() && c.PausedAt.IsZero() && c.MetAt.IsZero() && c.CancelledAt.IsZero()
}

// Ended reports whether the clock was met or cancelled.
func (c Clock) Ended() bool { return !c.MetAt.IsZero() || !c.CancelledAt.IsZero() }

// Waived reports whether the promise was let go: it runs as it would, but nothing is announced of it and it decides no rank.
func (c Clock) Waived() bool { return c.Waiver.State == WaiverHolds }

// Owed reports whether the clock is a promise that stands: time passes for it, and nobody let it go.
func (c Clock) Owed() bool { return c.Running() && !c.Waived() }

// Broken reports whether the promise was broken and counts as such: one that was let go does not.
func (c Clock) Broken() bool { return !c.BreachedAt.IsZero() && !c.Waived() }

// Counts reports whether a service level counts the clock: a response that was not let go. The record's own queries say
// the same in their words.
func (c Clock) Counts() bool { return c.Target.Response() && !c.Waived() }

// Acknowledged reports whether somebody has said "I have it" of what was announced at level. Whoever said so of a
// warning has not said it of the breach that came afterwards, and a due moment that moved asks anew.
func (c Clock) Acknowledged(level int) bool {
	if c.AckAt.IsZero() || c.AckDue != c.DueVersion {
		return false
	}
	return level < BreachLevel || !c.BreachedAt.IsZero() && c.AckAt.After(c.BreachedAt)
}

// ShadowedBy reports whether k says again what a first-response clock among clocks says already: a customer's first
// message starts both, and people are warned of it once (DESIGN 2.4). Both are kept, counted and met for themselves.
func (c Clock) ShadowedBy(clocks []Clock) bool {
	if c.Target != NextResponse {
		return false
	}
	for _, k := range clocks {
		if k.Target == FirstResponse && k.StartedAt.Equal(c.StartedAt) && !k.DueAt.After(c.DueAt) && k.CancelledAt.IsZero() {
			return true
		}
	}
	return false
}

// Response reports whether the target is one that waits for our words; these decide rank.
func (t Target) Response() bool {
	return t == Answer || t == FirstResponse || t == NextResponse || t == Callback
}

// Promises is how desk asks sla, in the same unit: a pure function of conversation, clocks, new facts and time. It is
// given the last two clocks of each target and returns those it started or changed along with the others, in any
// order. It appends no facts: the unit derives them from the difference.
type Promises interface {
	Advance(c Conversation, clocks []Clock, facts []Fact, now time.Time) []Clock
	// TwoToWaive reports whether the clock's policy wants a second person before its promise is let go.
	TwoToWaive(k Clock) bool
}

// Preference is an agent to try before the queue's own rule.
type Preference struct {
	Agent AgentID
	Until time.Time // zero: no limit
	Rule  string    // owner, last_agent, returned, transfer: shown in "why"
	Auto  bool      // accept for the agent at once: the work was theirs already
}

// Work is all the router needs to rank and place one waiting conversation.
type Work struct {
	Conversation ConversationID
	Queue        QueueID
	Inbox        InboxID
	Skills       []Skill
	Medium       Medium
	Tier         Tier
	Language     string
	Weight       int
	Ringing      bool // a call that rings now: before everything else
	Since        time.Time
	DueAt        time.Time
	Boost        time.Duration
	Lift         time.Duration // how much the plan's steps may add to Boost
	Prefer       []Preference
	Plan         *Plan // nil: the queue's own settings
	Version      int64
}

// Rank is the published score: the smallest goes first; ties by Since (DESIGN 2.2).
func (w Work) Rank() time.Time { return w.DueAt.Add(-w.Boost) }

// WorkOf makes the router's view of a conversation. It is pure, so that a rebuild gives what the facts gave.
func WorkOf(c Conversation, clocks []Clock, q Queue) Work {
	w := Work{
		Conversation: c.ID, Queue: c.Queue, Inbox: c.Inbox, Skills: c.Skills, Medium: c.Medium, Tier: c.Tier, Language: c.Locale,
		Weight: q.WeightOf(c.Medium), Since: c.QueuedAt, Prefer: c.Prefer, Plan: c.Plan, Version: c.Version,
	}
	boost := q.BoostOf(c.Tier, c.Priority)
	if c.Plan != nil {
		w.Skills = Together(c.Skills, c.Plan.Need)
		boost += time.Duration(c.Plan.Boost) * time.Minute
	}
	budget := q.TargetFor()
	w.DueAt = c.QueuedAt.Add(budget)
	found := false
	for _, k := range clocks {
		if k.Owed() && k.Target.Response() && (!found || k.DueAt.Before(w.DueAt)) {
			w.DueAt, budget, found = k.DueAt, k.Budget, true
		}
		if k.Running() && k.Target == Answer && c.Medium == Voice {
			w.Ringing = true
		}
	}
	w.Boost = min(boost, budget/2)
	if c.Plan != nil {
		w.Lift = max(0, budget/2-w.Boost)
	}
	if k := c.Kept; k != nil && k.rank().Before(w.Rank()) {
		w.DueAt, w.Boost, w.Lift = k.DueAt, k.Boost, 0
	}
	return w
}

// nextDue is the earliest running response clock, else the earliest running one, for lists and chips.
func nextDue(clocks []Clock) (time.Time, Target) {
	var at time.Time
	var target Target
	response := false
	for _, k := range clocks {
		if !k.Owed() {
			continue
		}
		r := k.Target.Response()
		if at.IsZero() || (r && !response) || (r == response && k.DueAt.Before(at)) {
			at, target, response = k.DueAt, k.Target, r || response
		}
	}
	return at, target
}
