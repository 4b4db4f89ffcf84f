package desk_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"yingda/desk"
	"yingda/sla"
	"yingda/store"
)

func (w *world) reviews(p desk.ReviewPolicy) {
	w.t.Helper()
	raw, err := json.Marshal(p)
	w.must(err)
	was, _ := w.db.Setting(w.ctx(), desk.SettingReview, "review")
	_, err = w.svc.SaveSetting(w.ctx(), desk.System(), desk.Setting{Kind: desk.SettingReview, ID: "review", Version: was.Version, Doc: raw})
	w.must(err)
}

func (w *world) claims() []desk.MessageID {
	w.t.Helper()
	w.passes(time.Minute)
	got, err := w.db.Claim(w.ctx(), "n", 50)
	w.must(err)
	var out []desk.MessageID
	for _, o := range got {
		out = append(out, o.Message.ID)
	}
	return out
}

// A new agent's mail waits; nobody sends it but a reviewer who is somebody else, and what leaves is what was frozen.
// The customer's clock runs on, and how long it waited is measured.
func TestReviewApproved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.reviews(desk.ReviewPolicy{Enabled: true, Agents: []desk.AgentID{ann}})
	got := w.mail("li@customer.example", "Order")
	w.assign(got.Conversation, ann)
	m := w.writes(got.Conversation, ann)
	if m.Delivery != desk.DeliveryReview || len(w.claims()) != 0 {
		t.Fatalf("got %s, want a mail that waits and nothing to send", m.Delivery)
	}
	wantReason(t, w.svc.Approve(w.ctx(), agent(ann), m.ID), "reviewers_only")
	wantReason(t, w.svc.Approve(w.ctx(), agent(bob), m.ID), "reviewers_only")
	wantReason(t, w.svc.Approve(w.ctx(), desk.AgentActor(ann, desk.RoleSupervisor), m.ID), "own_review")
	if _, clocks, _ := w.db.Conversation(w.ctx(), got.Conversation); !clocks[0].Running() {
		t.Error("the customer's clock stands while we look at our own mail")
	}
	w.must(w.svc.Approve(w.ctx(), agent(lead), m.ID))
	wantReason(t, w.svc.Return(w.ctx(), agent(lead), m.ID, "too late"), "review_over")
	if f := fact[desk.ReviewDecided](w, got.Conversation); f.State != desk.ReviewApproved || f.Reviewer != lead || f.Waited != time.Minute {
		t.Errorf("decided: got %+v, want approved by lea after a minute", f)
	}
	if ids := w.claims(); len(ids) != 1 || ids[0] != m.ID {
		t.Errorf("to send: got %v, want %s", ids, m.ID)
	}
	if m := w.writes(got.Conversation, bob); m.Delivery != desk.DeliveryQueued {
		t.Errorf("another agent's mail: got %s, want queued", m.Delivery)
	}
	if m := w.writes(got.Conversation, lead); m.Delivery != desk.DeliveryQueued {
		t.Errorf("a supervisor's mail: got %s, want queued", m.Delivery)
	}
}

// Corrected: the reviewer's words leave in the author's name, and the author can compare both.
func TestReviewEdited(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.reviews(desk.ReviewPolicy{Enabled: true, Words: []string{"REFUND"}})
	got := w.mail("li@customer.example", "Order")
	w.assign(got.Conversation, ann)
	m := w.writes(got.Conversation, ann, func(r *desk.Reply) { r.Body.Text = "You get a full refund." })
	w.must(w.db.Update(w.ctx(), desk.About{}, func(tx desk.Tx) error {
		return tx.Suppress(desk.Suppression{Address: "dead@customer.example", Reason: "550 no such user", At: w.clock()})
	}))
	_, err := w.svc.ApproveEdited(w.ctx(), agent(lead), m.ID, desk.Correction{
		Body: desk.Body{Text: "We look into it."}, To: m.To, Cc: []desk.Address{{Address: "Dead@customer.example"}},
	})
	wantReason(t, err, "recipient_suppressed")
	sent, err := w.svc.ApproveEdited(w.ctx(), agent(lead), m.ID, desk.Correction{Body: desk.Body{Text: "We look into it."}, To: m.To})
	w.must(err)
	if sent.Author.Agent() != ann || sent.Replaces != m.ID || sent.Delivery != desk.DeliveryQueued || w.message(m.ID).Delivery != desk.DeliveryWithdrawn {
		t.Errorf("got %+v; want the correction queued in ann's name and the frozen one withdrawn", sent)
	}
	if ids := w.claims(); len(ids) != 1 || ids[0] != sent.ID {
		t.Errorf("to send: got %v, want %s alone", ids, sent.ID)
	}
	r, err := w.db.Review(w.ctx(), m.ID)
	if err != nil || r.State != desk.ReviewEdited || r.Sent != sent.ID || r.Why[0].Rule != "word" {
		t.Errorf("review: got %+v, %v", r, err)
	}
}

// What is written aside is not for the customer, whoever changes its addresses (UP-E16).
func TestReviewedAsideStaysAside(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.reviews(desk.ReviewPolicy{Enabled: true, Share: 100})
	got := w.mail("li@customer.example", "Order")
	w.assign(got.Conversation, ann)
	m, err := w.svc.WriteAside(w.ctx(), desk.Aside{Reply: desk.Reply{
		Actor: agent(ann), Conversation: got.Conversation, Body: desk.Body{Text: "Where is parcel 7?"}, To: []desk.Address{{Address: "depot@carrier.example"}},
	}})
	w.must(err)
	_, err = w.svc.ApproveEdited(w.ctx(), agent(lead), m.ID, desk.Correction{
		Body: m.Body, To: m.To, Cc: []desk.Address{{Address: "Li@customer.example"}},
	})
	wantReason(t, err, "side_to_customer")
	if d := w.message(m.ID).Delivery; d != desk.DeliveryReview {
		t.Errorf("got %s, want it in review still", d)
	}
	w.must(w.svc.Return(w.ctx(), agent(lead), m.ID, "Say which order."))
	_, err = w.svc.Reply(w.ctx(), desk.Reply{Actor: agent(ann), Conversation: got.Conversation, Force: true, Replaces: m.ID, Body: m.Body, To: m.To})
	if desk.CodeOf(err) != desk.NotFound {
		t.Errorf("written anew as an answer to the customer: got %v, want not found", err)
	}
}

// Returned with a reason: nothing leaves; the author writes it anew, which is reviewed again. Taken back: over.
func TestReviewReturned(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.reviews(desk.ReviewPolicy{Enabled: true, Tiers: []desk.Tier{desk.Ordinary}})
	got := w.mail("li@customer.example", "Order")
	w.assign(got.Conversation, ann)
	m := w.writes(got.Conversation, ann)
	wantReason(t, w.svc.Return(w.ctx(), agent(lead), m.ID, "  "), "reason_missing")
	w.must(w.svc.Return(w.ctx(), agent(lead), m.ID, "Say when."))
	if m := w.message(m.ID); m.Delivery != desk.DeliveryReturned || m.Failure != "Say when." {
		t.Errorf("got %s %q", m.Delivery, m.Failure)
	}
	anew := w.writes(got.Conversation, ann, func(r *desk.Reply) { r.Replaces = m.ID })
	if anew.Delivery != desk.DeliveryReview || w.message(m.ID).Delivery != desk.DeliveryWithdrawn {
		t.Errorf("anew: got %s, want in review again", anew.Delivery)
	}
	_, err := w.svc.Withdraw(w.ctx(), agent(ann), anew.ID)
	w.must(err)
	wantReason(t, w.svc.Approve(w.ctx(), agent(lead), anew.ID), "review_over")
	if ids := w.claims(); len(ids) != 0 {
		t.Errorf("to send: got %v, want nothing", ids)
	}
	if waiting, err := w.db.ReviewsWaiting(w.ctx(), desk.Keyset{}, 10); err != nil || len(waiting) != 0 {
		t.Errorf("waiting: got %v, %v; want none", waiting, err)
	}
}

// dying lets some more units through, as a process that is killed after them.
type dying struct {
	*store.DB
	left int
}

func (d *dying) Update(ctx context.Context, about desk.About, fn func(desk.Tx) error) error {
	if d.left--; d.left < 0 {
		return errors.New("killed")
	}
	return d.DB.Update(ctx, about, fn)
}

// A process that dies while it escalates leaves no mail that waits for ever, whatever the policy says.
func TestReviewTimeoutKilled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.reviews(desk.ReviewPolicy{Enabled: true, Share: 100, Timeout: 600, After: desk.SendAnyway})
	got := w.mail("li@customer.example", "Order")
	w.assign(got.Conversation, ann)
	m := w.writes(got.Conversation, ann)
	w.passes(10 * time.Minute)
	svc := desk.New(desk.Config{Store: &dying{w.db, 1}, Promises: sla.Defaults(), Now: w.clock, NewID: newID})
	_ = svc.Escalate(w.ctx(), m.ID) // it may have been killed
	w.must(w.svc.Escalate(w.ctx(), m.ID))
	if d := w.message(m.ID).Delivery; d != desk.DeliveryQueued {
		t.Errorf("after a restart: got %s, want queued", d)
	}
}

// Nobody looked: escalated once, and then what the policy says.
func TestReviewTimeout(t *testing.T) {
	t.Parallel()
	for after, want := range map[desk.AfterWait]desk.Delivery{
		desk.WaitOn: desk.DeliveryReview, desk.SendAnyway: desk.DeliveryQueued, desk.SendBack: desk.DeliveryReturned,
	} {
		w := newWorld(t)
		w.reviews(desk.ReviewPolicy{Enabled: true, Share: 100, Timeout: 600, After: after})
		got := w.mail("li@customer.example", "Order")
		w.assign(got.Conversation, ann)
		m := w.writes(got.Conversation, ann)
		if late, err := w.db.ReviewsLate(w.ctx(), w.clock().Add(9*time.Minute), 10); err != nil || len(late) != 0 {
			t.Errorf("%q: late before its time: %v, %v", after, late, err)
		}
		w.must(w.svc.Escalate(w.ctx(), m.ID))
		w.passes(10 * time.Minute)
		late, err := w.db.ReviewsLate(w.ctx(), w.clock(), 10)
		if err != nil || len(late) != 1 {
			t.Fatalf("%q: late: got %v, %v; want one", after, late, err)
		}
		w.must(w.svc.Escalate(w.ctx(), m.ID))
		w.must(w.svc.Escalate(w.ctx(), m.ID))
		n := 0
		for _, k := range w.kinds(got.Conversation) {
			if k == "review_escalated" {
				n++
			}
		}
		if d := w.message(m.ID).Delivery; d != want || n != 1 {
			t.Errorf("%q: got %s, escalated %d times; want %s, once", after, d, n, want)
		}
	}
}

// A sample is about its share of all, and the same message is always in or out.
func TestReviewSample(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.reviews(desk.ReviewPolicy{Enabled: true, Share: 30})
	got := w.mail("li@customer.example", "Order")
	w.assign(got.Conversation, ann)
	in := 0
	for i := range 200 {
		if m := w.writes(got.Conversation, ann, func(r *desk.Reply) { r.Body.Text = fmt.Sprint(i) }); m.Delivery == desk.DeliveryReview {
			in++
		}
	}
	if in < 35 || in > 85 {
		t.Errorf("got %d of 200, want about 60", in)
	}
}
