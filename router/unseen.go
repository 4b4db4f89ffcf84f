package router

import (
	"context"
	"fmt"
	"sync"

	"yingda/desk"
)

// This file is about offers that a script made and no record tells of, because their node died in between: nobody saw
// them ring, so nobody missed them.

// telling names the offers whose record is on its way from this node.
type telling struct {
	mu     sync.Mutex
	offers map[desk.OfferID]bool
}

func (t *telling) begin(o desk.OfferID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.offers == nil {
		t.offers = map[desk.OfferID]bool{}
	}
	t.offers[o] = true
}

func (t *telling) end(o desk.OfferID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.offers, o)
}

func (t *telling) has(o desk.OfferID) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.offers[o]
}

// endUnseen ends the open offers that no record tells of and this node is not about to record: the work keeps its rank,
// the seat is free again, nobody is charged with a missed offer. It returns the others. Callers hold turn.
func (r *Router) endUnseen(ctx context.Context, open []Offer) ([]Offer, error) {
	var doubtful []desk.ConversationID
	asked := map[desk.OfferID]bool{}
	for _, o := range open {
		if !o.Accepted && !r.telling.has(o.ID) { // asked before the record is read: who is done telling stands in it
			doubtful = append(doubtful, o.Conversation)
			asked[o.ID] = true
		}
	}
	if len(doubtful) == 0 {
		return open, nil
	}
	recorded, err := r.records.Offered(ctx, doubtful)
	if err != nil {
		return nil, fmt.Errorf("read the recorded offers: %w", err)
	}
	var out []Offer
	ended := 0
	for _, o := range open {
		if !asked[o.ID] || recorded[o.ID] {
			out = append(out, o)
			continue
		}
		said, err := r.end(ctx, o, "unseen")
		if err != nil {
			return nil, fmt.Errorf("end an unseen offer: %w", err)
		}
		if said[0] == "accepted" { // meanwhile: its assignment is on its way
			out = append(out, o)
			continue
		}
		r.unseen[o.ID] = true
		r.met.ends.WithLabelValues("unseen").Inc()
		ended++
	}
	if ended > 0 {
		r.log.Info("router: ended offers nobody had recorded", "offers", ended)
	}
	return out, nil
}

// lateWord answers a record that comes after its offer was ended as unseen, from a node that was slow and not dead: the
// screens learn that the offer is gone. It reports whether it was such a record. Callers hold turn.
func (r *Router) lateWord(c desk.ConversationID, f desk.Offered) bool {
	if !r.unseen[f.Offer] {
		return false
	}
	delete(r.unseen, f.Offer)
	if r.epoch != "" {
		r.tell(c, desk.OfferWithdrawn{Offer: f.Offer, Agent: f.Agent, Reason: "not_recorded"})
	}
	return true
}
