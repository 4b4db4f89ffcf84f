package voice

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"yingda/desk"
)

// turn is what a caller who waits meets next. One with neither agent nor deed: they go on waiting.
type turn struct {
	call  string       // which call of the conversation rings; "" none
	agent desk.AgentID // whom to ring
	offer desk.OfferID // by which offer; "" by none
	do    desk.Deed    // what the queue's policy did last
	say   string       // with it
	deed  int64        // the fact that told of it
	told  string       // the webhook that was given the words of a deed that goes on; "" none was
	heard int64        // the newest fact in it
	read  bool         // the record was asked what came before this node listened
}

// ends reports whether an answer need not wait for anything more.
func (t *turn) ends() bool { return t.agent != "" || !goesOn(t.do) }

// hear is what a fact makes of the turn.
func (t *turn) hear(e desk.Event) {
	t.heard = e.Seq
	switch f := e.Fact.(type) {
	case desk.Offered:
		t.agent, t.offer = f.Agent, f.Offer
	case desk.OfferDeclined:
		t.over(f.Offer)
	case desk.OfferExpired:
		t.over(f.Offer)
	case desk.OfferWithdrawn:
		t.over(f.Offer)
	case desk.Assigned:
		t.agent, t.offer = f.Agent, ""
	case desk.Resumed:
		t.agent, t.offer = f.Agent, ""
	case desk.Released:
		if t.agent == f.Agent {
			t.agent, t.offer = "", ""
		}
	case desk.PolicyActed:
		if tells(f.Do) && t.deed != e.Seq { // a fact that comes twice is not said twice
			t.do, t.say, t.deed, t.told = f.Do, f.Text, e.Seq, ""
		}
	case desk.CallRinging:
		t.call = f.Call.ID
	case desk.CallAnswered:
		t.hungUp(f.Call)
	case desk.CallEnded:
		t.hungUp(f.Call)
	}
}

// over ends an offer. One that is not the newest says nothing of whom to ring now.
func (t *turn) over(o desk.OfferID) {
	if t.offer == o {
		t.agent, t.offer = "", ""
	}
}

func (t *turn) hungUp(c desk.Call) {
	if t.call == c.ID {
		t.call, t.do, t.say, t.deed, t.told = "", desk.DoNothing, "", 0, ""
	}
}

// tells reports whether a deed is something the caller meets.
func tells(d desk.Deed) bool {
	return d == desk.DoMessage || d == desk.DoCallback || d == desk.DoVoicemail || d == desk.DoRefuse
}

// rings knows what is to become of the calls that ring, and lets answers wait for it.
type rings struct {
	mu   sync.Mutex
	now  map[desk.ConversationID]*turn
	news chan struct{} // closed at the next change; nil while nobody waits
}

// of is the turn of a conversation. Callers hold mu.
func (r *rings) of(c desk.ConversationID) *turn {
	if r.now == nil {
		r.now = map[desk.ConversationID]*turn{}
	}
	t := r.now[c]
	if t == nil {
		t = &turn{}
		r.now[c] = t
	}
	return t
}

// knows reports whether the call rings and nothing that came before is missing. If not, the conversation is listened to
// from now on: what the record says next is then complete.
func (r *rings) knows(c desk.ConversationID, call string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	t := r.of(c)
	return t.read && t.call == call
}

// learn takes the turn that the record tells. It reports whether the call still rings; again: a fact came while the record
// was read.
func (r *rings) learn(c desk.ConversationID, call string, told turn) (on, again bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	t := r.now[c]
	switch {
	case t == nil: // it ended meanwhile
		return false, false
	case told.read && told.heard < t.heard:
		return false, true
	case told.read:
		if told.deed == t.deed {
			told.told = t.told
		}
		*t = told
	}
	if t.call == "" {
		delete(r.now, c)
	}
	return t.call == call, false
}

// hear brings the turn of a call that rings along; of anything else nothing is kept.
func (r *rings) hear(c desk.ConversationID, e desk.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, begins := e.Fact.(desk.CallRinging); !begins && r.now[c] == nil {
		return
	}
	t := r.of(c)
	if e.Seq < t.heard {
		return // the record told it
	}
	was := t.call
	t.hear(e)
	if was != "" && t.call == "" {
		delete(r.now, c)
	}
	if r.news != nil {
		close(r.news)
		r.news = nil
	}
}

// await is the call's turn: as soon as there is whom to ring or a deed that ends the wait, else when ctx ends or the call
// rings no more. The words of a deed that goes on are given to one webhook, however often that is delivered.
func (r *rings) await(ctx context.Context, c desk.ConversationID, call, webhook string) turn {
	for {
		r.mu.Lock()
		t := r.now[c]
		if t == nil || t.call != call {
			r.mu.Unlock()
			return turn{}
		}
		if t.ends() || ctx.Err() != nil {
			out := t.tell(webhook)
			r.mu.Unlock()
			return out
		}
		if r.news == nil {
			r.news = make(chan struct{})
		}
		news := r.news
		r.mu.Unlock()
		select {
		case <-ctx.Done():
		case <-news:
		}
	}
}

// tell is the turn as a webhook is told it.
func (t *turn) tell(webhook string) turn {
	out := *t
	switch {
	case t.do == desk.DoNothing || !goesOn(t.do):
	case t.told == "":
		t.told = webhook
	case t.told != webhook:
		out.do, out.say = desk.DoNothing, ""
	}
	return out
}

// Listen hears whom the router offers calls to, what policies do for those who wait, and which calls are on.
func (v *Voice) Listen(_ context.Context, e desk.Event) error {
	id := desk.ConversationID(e.Subject.ID)
	switch f := e.Fact.(type) {
	case desk.CallRinging:
		v.silence.note(id, f.Call)
	case desk.CallAnswered:
		v.silence.note(id, f.Call)
	case desk.CallEnded:
		v.silence.note(id, f.Call)
	}
	if e.Subject.Kind == desk.AboutConversation {
		v.rings.hear(id, e)
	}
	return nil
}

// turn waits a moment for what becomes of a call that rings; a late word about one that was answered or is over rings
// nobody. What came before this node listened, or while it stood still, is in the record.
func (v *Voice) turn(ctx context.Context, id desk.ConversationID, call, webhook string) turn {
	for range recordReads {
		if v.rings.knows(id, call) {
			break
		}
		told, err := v.recorded(ctx, id)
		if err != nil {
			v.Log.DebugContext(ctx, "voice: what became of a call is not known", "conversation", id, "err", err)
		}
		on, again := v.rings.learn(id, call, told)
		if on {
			break
		}
		if !again {
			return turn{}
		}
	}
	wait, stop := context.WithTimeout(ctx, ringWait)
	defer stop()
	return v.rings.await(wait, id, call, webhook)
}

const (
	recordPage  = 200 // facts of a conversation that are read, the newest: a call has a dozen
	recordReads = 3   // while facts come in between
)

// recorded is the turn of a conversation by its facts.
func (v *Voice) recorded(ctx context.Context, id desk.ConversationID) (turn, error) {
	var t turn
	facts, err := v.Records.SubjectEvents(ctx, desk.Subject{Kind: desk.AboutConversation, ID: string(id)}, 0, recordPage)
	if err != nil {
		return t, fmt.Errorf("read the facts of %s: %w", id, err)
	}
	for _, e := range slices.Backward(facts) { // the newest come first
		t.hear(e)
	}
	t.read = true
	return t, nil
}
