package desk

import (
	"slices"
	"time"
)

// Plan is what a queue's routing policy says of one conversation. It is made in the unit that queues the conversation,
// kept with it and carried by its Work, so that a rebuild gives what the facts gave; it changes when the conversation
// goes to another queue or another version of the policy is published. No Plan at all is the queue's own settings. It is
// never changed in place.
type Plan struct {
	Policy   QueueID   // whose policy
	Version  int64     // of that document
	Rule     string    // which of its rules; "" none fitted
	Share    string    // which of the rule's percentages the customer falls into; "" none
	Limit    string    // size or wait: the queue was full
	From     []QueueID // queues whose policies sent it on, in order
	Need     []Skill   // besides what the conversation asks for itself
	Want     []Skill   // nice to have: who has them goes first
	Boost    int       // minutes besides the queue's own
	Order    Rule      // "" the queue's
	OwnFirst bool      // while it waits for one agent alone it goes before that agent's other work
	Steps    []Step    // in time; none: the queue's own
	Delays   []Delay
	Done     []int // the steps whose deed was done
	Sent     *Sent // with Limit: what had come along before the queue that is asked again
}

// Sent is what policies on the way asked for a conversation that met a full queue. They are not asked again: the queue is
// full for who has just come. What they asked then stays, while the policy of queue To is asked again whenever one is
// published.
type Sent struct {
	To      QueueID // whose policy is asked again: where the full queue sent it, or the full queue itself where it stayed
	By      QueueID // the policy that spoke last before, and its version; "" none
	Version int64
	Need    []Skill
	Want    []Skill
	Boost   int // minutes
}

// Step is what changes after a while, counted from the first queueing. A step is skipped to at once when nobody signed
// in could take the work as it stands before it.
type Step struct {
	After  int       // seconds
	Hold   bool      // wait for the moment though nobody could take it
	Relax  int       // levels off every required skill; 5: none is required
	Drop   []string  // skills that are not required any more
	Queues []QueueID // whose agents may have it as well
	Teams  []TeamID  // likewise
	Boost  int       // minutes besides the boost so far
	Do     Deed
	Text   string // for the customer, with Do
}

// Delay keeps a queue's work from a team's agents for a while, unless they serve the queue otherwise as well.
type Delay struct {
	Team  TeamID
	After int // seconds
}

// Deed is what a policy does when waiting has gone on long enough, or the queue is full.
type Deed string

// The deeds.
const (
	DoNothing   Deed = ""
	DoMessage   Deed = "message"   // say the text (out-of-hours answer); it goes on waiting
	DoCallback  Deed = "callback"  // promise to call: the callback clock starts, the text is said
	DoVoicemail Deed = "voicemail" // a call: the exchange is asked to take a message
	DoAlert     Deed = "alert"     // tell the supervisors
	DoRefuse    Deed = "refuse"    // say the text and resolve it; never a mail
	DoOverflow  Deed = "overflow"  // another queue has it, when this one is full
)

// PlanOf is a queue's own settings as the policy that they are: what counts where no document says more. Its steps wait
// for their moment.
func PlanOf(q Queue) Plan {
	var p Plan
	for _, r := range q.Relax {
		p.Steps = append(p.Steps, Step{After: r.After, Hold: true, Relax: r.By})
	}
	for _, o := range q.Overflow {
		p.Steps = append(p.Steps, Step{After: o.After, Hold: true, Queues: []QueueID{o.Queue}})
	}
	slices.SortStableFunc(p.Steps, func(a, b Step) int { return a.After - b.After })
	return p
}

// did is the plan with one more step's deed done.
func (p *Plan) did(step int) *Plan {
	next := *p
	next.Done = append(slices.Clone(p.Done), step)
	return &next
}

// apart is the plan without the story of a full queue: a person said where the work belongs, and what that queue had asked
// for counts no more. Deeds that were done stay done.
func (p *Plan) apart() *Plan {
	if p == nil || p.Limit == "" {
		return p
	}
	next := *p
	next.Limit, next.From, next.Sent = "", nil, nil
	return &next
}

// same reports whether two plans say the same of what is to come.
func (p *Plan) same(q *Plan) bool {
	if p == nil || q == nil {
		return p == q
	}
	return p == q || p.Policy == q.Policy && p.Version == q.Version && p.Rule == q.Rule && p.Share == q.Share && p.Limit == q.Limit &&
		slices.Equal(p.From, q.From) && slices.Equal(p.Done, q.Done)
}

// Policies is how desk asks for a conversation's queue and plan, in the unit that queues it: quick, and no effect.
type Policies interface {
	Plan(a Arrival) Verdict
}

// Arrival is a conversation about to wait in Conversation.Queue.
type Arrival struct {
	Conversation Conversation
	Contact      Contact
	Words        string // subject and first message
	Now          time.Time
	New          bool // it has just come: a full queue may send it elsewhere
}

// Verdict is what the policies say. The zero Plan is none.
type Verdict struct {
	Queue QueueID // where it is to wait
	Plan  *Plan
	Owner int // seconds to wait for the owner, or for the deputy while the owner is absent; 0: the queue's; below 0: do not
	Last  int // seconds to wait for the last agent, likewise
	Days  int // the last agent counts for so many days; 0: the queue's
	Do    Deed
	Text  string
}

// Together are two lists of skills as one: of each the higher level.
func Together(a, b []Skill) []Skill {
	if len(b) == 0 {
		return a
	}
	out := slices.Clone(a)
	for _, s := range b {
		if i := slices.IndexFunc(out, func(h Skill) bool { return h.Name == s.Name }); i >= 0 {
			out[i].Level = max(out[i].Level, s.Level)
		} else {
			out = append(out, s)
		}
	}
	return out
}
