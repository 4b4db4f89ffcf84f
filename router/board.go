package router

import (
	"cmp"
	"slices"
	"time"

	"yingda/desk"
)

// QueueState is one queue as the board shows it.
type QueueState struct {
	Queue   desk.QueueID
	Waiting int       // nobody has it and nobody is being asked
	OnOffer int       // rings at somebody
	Oldest  time.Time // first queueing of what waits or rings longest; zero: nothing does
	NextDue time.Time // the earliest due among them
}

// Board is every queue that has or could have work, in order of id. Every node can answer.
func (r *Router) Board() []QueueState {
	r.mu.RLock()
	defer r.mu.RUnlock()
	by := map[desk.QueueID]*QueueState{}
	for _, q := range r.dir.Queues() {
		by[q.ID] = &QueueState{Queue: q.ID}
	}
	for _, it := range r.m.items {
		q := by[it.Queue]
		if q == nil {
			q = &QueueState{Queue: it.Queue}
			by[it.Queue] = q
		}
		if it.state == onOffer {
			q.OnOffer++
		} else {
			q.Waiting++
		}
		q.Oldest, q.NextDue = sooner(q.Oldest, it.Since), sooner(q.NextDue, it.DueAt)
	}
	out := make([]QueueState, 0, len(by))
	for _, q := range by {
		out = append(out, *q)
	}
	slices.SortFunc(out, func(a, b QueueState) int { return cmp.Compare(a.Queue, b.Queue) })
	return out
}

// Position is how many in the same queue go before the conversation and keep it waiting, and one: 1 is next. Calls and
// chats do not wait for mail, which is interruptible; mail waits for all. 0 means that it rings at an agent now. ok is
// false when it does not wait.
func (r *Router) Position(c desk.ConversationID) (pos int, ok bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	it := r.m.items[c]
	if it == nil {
		return 0, false
	}
	return r.m.position(it), true
}

func (m *mirror) position(it *item) int {
	if it.state == onOffer {
		return 0
	}
	return 1 + m.aheadOf(it)
}

// Hindrance says why an agent is not offered a conversation: what shuts its medium (duty.go), settling, preferred, declined, queue, skill, full,
// maximum, chat_first. Only who is asked for by name, and is of another queue, has the reason queue.
type Hindrance struct {
	Agent  desk.AgentID
	Reason string
}

// WhyNot says for every agent of the queues it is in, and for the one it waits for, who is not offered the conversation
// why, in order of id; the list is empty when it does not wait.
func (r *Router) WhyNot(c desk.ConversationID) []Hindrance {
	r.mu.RLock()
	defer r.mu.RUnlock()
	it := r.m.items[c]
	if it == nil {
		return nil
	}
	var out []Hindrance
	look := func(s *seat) {
		if why := r.m.refusal(it, s, r.now()); why != "" {
			out = append(out, Hindrance{s.Agent, why})
		}
	}
	for s := range r.m.enrolled(&it.stage) {
		look(s)
	}
	if s := r.m.seats[it.prefer.Agent]; s != nil && !it.stage.serves(&s.Seat) {
		look(s)
	}
	slices.SortFunc(out, func(a, b Hindrance) int { return cmp.Compare(a.Agent, b.Agent) })
	return out
}
