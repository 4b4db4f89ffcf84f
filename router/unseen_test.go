package router

import (
	"context"
	"testing"
	"time"

	"yingda/desk"
)

// slowDesk is a ledger whose records of offers wait for let: a store that is slow, or a node that dies before it answers.
type slowDesk struct {
	*ledger
	let chan struct{}
}

// Record is Desk.
func (s slowDesk) Record(ctx context.Context, id desk.ConversationID, a desk.Actor, facts ...desk.Fact) error {
	if _, ok := facts[0].(desk.Offered); ok {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.let:
		}
	}
	return s.ledger.Record(ctx, id, a, facts...)
}

// openSlow is a router whose offers are recorded when let is closed.
func openSlow(t *testing.T, addr string, l *ledger, q desk.Queue) (*room, chan struct{}) {
	rm := open(t, addr, l, newHouse(q), newLatch(), fast())
	let := make(chan struct{})
	rm.desk = slowDesk{l, let}
	return rm, let
}

// A node dies between offer.lua and the record: the next leader offers the work anew, at once, and nobody missed it.
func TestAnOfferNobodyRecordedEndsAtOnce(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, addr string) {
		l := newLedger()
		l.sit(agent("ann", "help"))
		help := desk.Queue{ID: "help", Ring: 600}
		a, _ := openSlow(t, addr, l, help)
		a.start()
		l.queue(chat("c1", "help", 60), chat("c2", "help", 90))
		lost := a.ringing("ann")
		ctx := context.Background()
		eventually(t, "both ring unseen", func() bool { return a.rdb.HLen(ctx, a.keys.offered()).Val() == 2 })
		a.halt()

		began := time.Now()
		b := open(t, addr, l, newHouse(help), newLatch(), fast()).start()
		eventually(t, "offered anew and recorded", func() bool { return len(factsOf[desk.Offered](l)) == 2 })
		if took := time.Since(began); took > slack(3*time.Second) {
			t.Errorf("offered anew after %s, want at once", took)
		}
		offers, err := b.Offers(ctx, "ann")
		if err != nil || len(offers) != 2 || offers[0].ID == lost.ID || offers[1].ID == lost.ID {
			t.Errorf("offers: got %+v (%v), want two new ones", offers, err)
		}
		if missed := b.rdb.HGet(ctx, b.keys.seat("ann"), "missed").Val(); missed != "" && missed != "0" {
			t.Errorf("missed offers: got %s, want none", missed)
		}
		if got := len(factsOf[desk.OfferExpired](l)); got != 0 {
			t.Errorf("expired: got %d, want 0", got)
		}
		// The dead node's word comes after all: screens are told that it means nothing.
		l.mu.Lock()
		l.append(string(lost.Conversation), desk.AboutConversation, desk.Offered{Offer: lost.ID, Agent: "ann"})
		l.mu.Unlock()
		eventually(t, "the late offer is withdrawn", func() bool {
			gone := factsOf[desk.OfferWithdrawn](l)
			return len(gone) == 1 && gone[0].Offer == lost.ID
		})
		if now := b.ringing("ann"); now.ID == lost.ID {
			t.Errorf("got the lost offer again")
		}
	})
}

// A rebuild while this node's own record is on its way leaves the offer alone.
func TestAnOfferBeingRecordedSurvivesARebuild(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, addr string) {
		l := newLedger()
		l.sit(agent("ann", "help"))
		rm, let := openSlow(t, addr, l, desk.Queue{ID: "help", Ring: 600})
		rm.start()
		l.queue(chat("c1", "help", 60))
		o := rm.ringing("ann")
		if err := rm.Rebuild(context.Background()); err != nil {
			t.Fatal(err)
		}
		close(let)
		eventually(t, "recorded", func() bool { return len(factsOf[desk.Offered](l)) == 1 })
		if got := rm.ringing("ann"); got.ID != o.ID {
			t.Errorf("rings: got %s, want %s still", got.ID, o.ID)
		}
		if err := rm.Rebuild(context.Background()); err != nil { // recorded now: it stays for that reason
			t.Fatal(err)
		}
		if _, err := rm.Accept(context.Background(), o.ID, "ann"); err != nil {
			t.Errorf("accept: %v", err)
		}
	})
}
