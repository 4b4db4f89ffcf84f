package router

import (
	"context"
	"slices"

	"yingda/desk"
)

// passEvery bounds how many facts that change nothing here Redis' cursor may lag behind.
const passEvery = 256

// Listen takes one fact in: a desk.Listener. A fact seen before changes nothing. It never fails for Redis' sake:
// while Redis is away the mirror goes on, and the rebuild brings Redis up to it.
func (r *Router) Listen(ctx context.Context, e desk.Event) error {
	r.turn.Lock()
	defer r.turn.Unlock()
	if !r.loaded || e.Seq <= r.applied {
		return nil
	}
	r.mu.Lock()
	calls := r.apply(e)
	r.mu.Unlock()
	r.applied = e.Seq
	r.touch(e.Subject.ID)
	r.unsaid++
	if len(calls) > 0 || r.unsaid >= passEvery {
		r.relay(ctx, calls, e.Seq)
	}
	if len(calls) > 0 {
		r.kick()
	}
	return nil
}

func (r *Router) touch(id string) {
	if r.touched != nil {
		r.touched[id] = true
	}
}

// relay tells Redis what a fact means; its number goes with the last call. Callers hold turn.
func (r *Router) relay(ctx context.Context, calls []call, seq int64) {
	if r.epoch == "" || r.lost {
		return
	}
	if len(calls) == 0 {
		calls = []call{r.keys.passCall()}
	}
	for i, c := range calls {
		n := int64(0)
		if i == len(calls)-1 {
			n = seq
		}
		said, err := r.send(ctx, c, n)
		if err != nil {
			r.kick() // the loop finds out and rebuilds, or stops leading
			return
		}
		if (c.script == holdScript || c.script == withdrawScript) && said != saidOK && said != saidPassed {
			r.endOther(ctx, desk.OfferID(said))
		}
	}
	r.unsaid = 0
}

// endOther removes an offer the mirror did not know, which stood on a conversation that now needs none.
func (r *Router) endOther(ctx context.Context, id desk.OfferID) {
	o, ok, err := r.offer(ctx, id)
	if err != nil || !ok {
		return // the sweep sees it
	}
	if _, err := r.end(ctx, o, "drop"); err == nil {
		r.tell(o.Conversation, desk.OfferWithdrawn{Offer: o.ID, Agent: o.Agent, Reason: "taken"})
	}
}

// apply brings the mirror up to a fact and returns what Redis must be told. Callers hold turn and mu.
func (r *Router) apply(e desk.Event) []call {
	c := desk.ConversationID(e.Subject.ID)
	now := r.now()
	switch f := e.Fact.(type) {
	case desk.Queued:
		return r.queued(f.Work)
	case desk.Reranked:
		return r.reranked(f.Work)
	case desk.Unqueued:
		return r.gone(c, f.Why)
	case desk.Merged:
		return r.gone(c, "merged")
	case desk.StatusChanged:
		if f.To != desk.Open {
			return r.gone(c, string(f.To))
		}
	case desk.Assigned:
		return r.assigned(f, e)
	case desk.Resumed:
		r.m.held(f.Agent, f.Work, e.At)
		return []call{r.keys.holdCall(f.Work, f.Work.Queue, Offer{}, f.Agent)}
	case desk.Released:
		r.m.released(f.Agent, c, e.At)
		return []call{r.keys.releaseCall(c, f.Agent)}
	case desk.Offered:
		if !r.lateWord(c, f) {
			r.adopt(c, f)
		}
	case desk.OfferDeclined:
		return r.back(c, f.Offer, true)
	case desk.OfferExpired:
		return r.back(c, f.Offer, true)
	case desk.OfferWithdrawn:
		return r.back(c, f.Offer, false)
	case desk.PresenceChanged:
		return r.presence(f.To)
	case desk.SettingChanged:
		return r.setting(f, now)
	}
	return nil
}

func (r *Router) queued(w desk.Work) []call {
	now := r.now()
	var calls []call
	was := w.Queue
	if it := r.m.items[w.Conversation]; it != nil {
		if w.Version > 0 && w.Version <= it.Version {
			return nil // it was read from the record with this in it: what was offered since stays offered
		}
		was = it.Queue
		if o, had := r.m.unoffer(it, now); had { // it was queued anew: transferred, or wanted elsewhere
			calls = append(calls, r.keys.withdrawCall(w.Conversation, was, o))
			r.withdrawn(o, "queued_anew")
		}
	}
	r.m.enqueue(w, now)
	return append(calls, r.keys.enqueueCall(w, was, ""))
}

func (r *Router) reranked(w desk.Work) []call {
	it := r.m.items[w.Conversation]
	if it == nil {
		return nil
	}
	was := it.Queue
	r.m.enqueue(w, r.now())
	return []call{r.keys.enqueueCall(w, was, it.offer.ID)}
}

// gone takes a conversation out of the waiting list; what an agent holds ends by Released alone.
func (r *Router) gone(c desk.ConversationID, why string) []call {
	it := r.m.items[c]
	if it == nil {
		return nil
	}
	q := it.Queue
	o, had := r.m.drop(c, r.now())
	r.m.came(c, r.now(), false)
	if had {
		r.withdrawn(o, why)
	}
	return []call{r.keys.withdrawCall(c, q, o)}
}

func (r *Router) assigned(f desk.Assigned, e desk.Event) []call {
	c := f.Work.Conversation
	if c == "" {
		c = desk.ConversationID(e.Subject.ID)
		f.Work.Conversation = c
	}
	q := f.Work.Queue
	if it := r.m.items[c]; it != nil {
		q = it.Queue
	}
	o, had := r.m.drop(c, r.now())
	if had && o.ID != f.Offer {
		r.withdrawn(o, "taken")
	} else if had {
		r.met.ends.WithLabelValues("accepted").Inc()
	}
	r.m.held(f.Agent, f.Work, e.At)
	return []call{r.keys.holdCall(f.Work, q, o, f.Agent)}
}

// withdrawn tells the desk of an offer that ended for a reason of ours. Only the leader speaks.
func (r *Router) withdrawn(o Offer, why string) {
	r.met.ends.WithLabelValues("withdrawn").Inc()
	if r.epoch != "" {
		r.tell(o.Conversation, desk.OfferWithdrawn{Offer: o.ID, Agent: o.Agent, Reason: why})
	}
}

// adopt takes over an offer another node made.
func (r *Router) adopt(c desk.ConversationID, f desk.Offered) {
	it := r.m.items[c]
	if it == nil || it.state == onOffer || r.m.over[f.Offer] || r.m.overBefore[f.Offer] {
		return
	}
	r.m.offered(it, Offer{
		ID: f.Offer, Conversation: c, Agent: f.Agent, Queue: it.Queue, Medium: it.Medium, Weight: it.Weight,
		ExpiresAt: f.ExpiresAt,
	}, r.now())
}

// back returns a conversation to waiting when the offer that ended was the one it was on.
func (r *Router) back(c desk.ConversationID, o desk.OfferID, refused bool) []call {
	it := r.m.items[c]
	if it == nil || !r.m.refused(o, r.now(), refused) {
		return nil
	}
	r.met.ends.WithLabelValues("declined").Inc()
	return []call{r.keys.enqueueCall(it.Work, it.Queue, "")}
}

func (r *Router) presence(p desk.Presence) []call {
	s := r.m.seats[p.Agent]
	if s == nil {
		return nil
	}
	profile := s.Seat
	profile.Presence, profile.Takes = p, desk.TakenIn(r.dir, p)
	s = r.m.seat(profile, r.now())
	return append(r.freeOffers(s), r.keys.seatCall(s.Seat, s.doors.takes()))
}

// freeOffers takes back what rings at a seat that is not available any more, but for what their status leaves open. A
// missed offer's own agent keeps none.
func (r *Router) freeOffers(s *seat) []call {
	if s.Presence.State == desk.Available || r.epoch == "" {
		return nil
	}
	var calls []call
	for _, it := range r.m.offers {
		if it.offer.Agent != s.Agent || it.offer.Accepted || slices.Contains(s.Takes, it.Medium) {
			continue
		}
		o := it.offer
		r.m.refused(o.ID, r.now(), false)
		r.withdrawn(o, "agent_"+string(s.Presence.State))
		calls = append(calls, r.keys.withdrawCall(o.Conversation, o.Queue, o), r.keys.enqueueCall(it.Work, it.Queue, ""))
	}
	return calls
}
