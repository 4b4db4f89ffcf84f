package voice

import (
	"context"
	"sync"

	"yingda/desk"
)

// turn is what a caller who waits meets next. The zero turn: they go on waiting.
type turn struct {
	agent desk.AgentID // whom to ring
	do    desk.Deed    // what the queue's policy did last
	say   string       // with it
}

// rings knows what is to become of the calls that ring, and lets answers wait for it.
type rings struct {
	mu   sync.Mutex
	now  map[desk.ConversationID]turn
	news chan struct{} // closed at the next change; nil while nobody waits
}

func (r *rings) begin(c desk.ConversationID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.now == nil {
		r.now = map[desk.ConversationID]turn{}
	}
	if _, on := r.now[c]; !on {
		r.now[c] = turn{}
	}
}

func (r *rings) end(c desk.ConversationID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.now, c)
}

// change edits the turn of a call that rings; of anything else nothing is kept.
func (r *rings) change(c desk.ConversationID, edit func(*turn)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	t, on := r.now[c]
	if !on {
		return
	}
	edit(&t)
	r.now[c] = t
	if r.news != nil {
		close(r.news)
		r.news = nil
	}
}

// await is the call's turn, as soon as there is one, or the zero turn when ctx ends.
func (r *rings) await(ctx context.Context, c desk.ConversationID) turn {
	for {
		r.mu.Lock()
		t := r.now[c]
		if r.news == nil {
			r.news = make(chan struct{})
		}
		news := r.news
		r.mu.Unlock()
		if t != (turn{}) {
			return t
		}
		select {
		case <-ctx.Done():
			return turn{}
		case <-news:
		}
	}
}

// Listen hears whom the router offers calls to, what policies do for those who wait, and which calls are on.
func (v *Voice) Listen(_ context.Context, e desk.Event) error {
	id := desk.ConversationID(e.Subject.ID)
	switch f := e.Fact.(type) {
	case desk.Offered:
		v.rings.change(id, func(t *turn) { t.agent = f.Agent })
	case desk.OfferDeclined, desk.OfferExpired, desk.OfferWithdrawn:
		v.rings.change(id, func(t *turn) { t.agent = "" })
	case desk.PolicyActed:
		if tells(f.Do) {
			v.rings.change(id, func(t *turn) { t.do, t.say = f.Do, f.Text })
		}
	case desk.CallRinging:
		v.silence.note(id, f.Call)
		v.rings.begin(id)
	case desk.CallAnswered:
		v.silence.note(id, f.Call)
		v.rings.end(id)
	case desk.CallEnded:
		v.silence.note(id, f.Call)
		v.rings.end(id)
	}
	return nil
}

// tells reports whether a deed is something the caller meets.
func tells(d desk.Deed) bool {
	return d == desk.DoMessage || d == desk.DoCallback || d == desk.DoVoicemail || d == desk.DoRefuse
}

// turn waits a moment for what becomes of a call. Another node, or this one in a former life, may have heard of it: then
// the record has who took it, and the steps that were done.
func (v *Voice) turn(ctx context.Context, id desk.ConversationID) turn {
	wait, stop := context.WithTimeout(ctx, ringWait)
	defer stop()
	if t := v.rings.await(wait, id); t != (turn{}) {
		return t
	}
	c, _, err := v.Records.Conversation(ctx, id)
	if err != nil {
		v.Log.DebugContext(ctx, "voice: what became of a call is not known", "conversation", id, "err", err)
		return turn{}
	}
	t := turn{agent: c.Assignee}
	if c.Plan == nil {
		return t
	}
	for _, n := range c.Plan.Done {
		if n < len(c.Plan.Steps) && tells(c.Plan.Steps[n].Do) {
			t.do, t.say = c.Plan.Steps[n].Do, c.Plan.Steps[n].Text
		}
	}
	return t
}
