package voice

import (
	"context"
	"sync"

	"yingda/desk"
)

// rings lets the answer to a ringing call wait for the router's offer. An offer may come before the waiter knows its
// conversation's id, so the newest offers are remembered while anybody waits.
type rings struct {
	mu      sync.Mutex
	waiting map[<-chan desk.AgentID]*waiter
	recent  map[desk.ConversationID]desk.AgentID
}

type waiter struct {
	to           chan desk.AgentID
	conversation desk.ConversationID
}

// expect makes a waiter for a ringing call; nil for other events. stop ends it.
func (r *rings) expect(ringing bool) (rung <-chan desk.AgentID, stop func()) {
	if !ringing {
		return nil, func() {}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.waiting == nil {
		r.waiting, r.recent = map[<-chan desk.AgentID]*waiter{}, map[desk.ConversationID]desk.AgentID{}
	}
	w := &waiter{to: make(chan desk.AgentID, 1)}
	r.waiting[w.to] = w
	return w.to, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.waiting, w.to)
		delete(r.recent, w.conversation)
		if len(r.waiting) == 0 {
			clear(r.recent)
		}
	}
}

// of says which conversation the waiter's call became.
func (r *rings) of(c desk.ConversationID, rung <-chan desk.AgentID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	w := r.waiting[rung]
	if w == nil {
		return
	}
	w.conversation = c
	if a, ok := r.recent[c]; ok {
		w.to <- a
	}
}

// Listen hears whom the router offers calls to, and which calls are on.
func (v *Voice) Listen(_ context.Context, e desk.Event) error {
	id := desk.ConversationID(e.Subject.ID)
	switch f := e.Fact.(type) {
	case desk.Offered:
		v.rings.offered(id, f.Agent)
	case desk.CallRinging:
		v.silence.note(id, f.Call)
	case desk.CallAnswered:
		v.silence.note(id, f.Call)
	case desk.CallEnded:
		v.silence.note(id, f.Call)
	}
	return nil
}

func (r *rings) offered(c desk.ConversationID, a desk.AgentID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.waiting) == 0 {
		return
	}
	r.recent[c] = a
	for _, w := range r.waiting {
		if w.conversation == c {
			select {
			case w.to <- a:
			default:
			}
		}
	}
}
