package desk_test

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"yingda/desk"
)

// UP-R2: whoever races, one agent has it.
func TestOneOwnerUnderAnyRace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.mail("li@customer.example", "help").Conversation
	var won atomic.Int64
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			a := []desk.AgentID{ann, bob, lead}[i%3]
			err := w.svc.Assign(w.ctx(), desk.Assign{Conversation: id, Agent: a, Offer: desk.OfferID(newID()), Actor: agent(a)})
			if err == nil {
				won.Add(1)
			}
		})
	}
	wg.Wait()
	owner := w.conversation(id).Assignee
	assigned := 0
	for _, k := range w.kinds(id) {
		if k == "assigned" {
			assigned++
		}
	}
	if owner == "" || assigned != 1 {
		t.Fatalf("got owner %q after %d assignments, want one", owner, assigned)
	}
	err := w.svc.Assign(w.ctx(), desk.Assign{Conversation: id, Agent: other(owner), Offer: "late", Actor: agent(other(owner))})
	wantReason(t, err, "already_assigned")
}

func other(a desk.AgentID) desk.AgentID {
	if a == ann {
		return bob
	}
	return ann
}

// UP-R4: when an agent leaves, what they hold returns with its original age.
func TestAnAbsentAgentsWorkReturnsWithItsAge(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.chat("v1", "hello").Conversation
	since := fact[desk.Queued](w, id).Work.Since
	w.must(w.svc.SetPresence(w.ctx(), agent(ann), desk.Mode{Agent: ann, State: desk.Available}))
	w.assign(id, ann)
	w.passes(10 * time.Minute)
	w.must(w.svc.SetPresence(w.ctx(), desk.System(), desk.Mode{Agent: ann, State: desk.Offline}))
	c, q := w.conversation(id), fact[desk.Queued](w, id)
	if c.Assignee != "" || !q.Work.Since.Equal(since) {
		t.Fatalf("got assignee %q since %v, want nobody since %v", c.Assignee, q.Work.Since, since)
	}
	if f := fact[desk.Released](w, id); f.Agent != ann || f.Why != "agent_left" {
		t.Fatalf("got %+v, want released by ann's leaving", f)
	}
}

func TestOnlyWorkWaitingOnUsIsHeld(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.mail("li@customer.example", "help").Conversation
	w.assign(id, ann)
	w.answers(id, ann, func(r *desk.Reply) { r.Then = desk.Pending })
	if c := w.conversation(id); c.Held() || c.Assignee != ann {
		t.Fatalf("got held %v by %q, want ann's, not held", c.Held(), c.Assignee)
	}
	if f := fact[desk.Released](w, id); f.Why != "pending" {
		t.Fatalf("got released %q, want pending", f.Why)
	}
	w.mail("li@customer.example", "Re: help", func(in *desk.Inbound) { in.Token = id })
	q := fact[desk.Queued](w, id)
	if len(q.Work.Prefer) != 1 || q.Work.Prefer[0].Agent != ann || q.Work.Prefer[0].Rule != "returned" {
		t.Fatalf("got %+v, want the work back before ann", q.Work.Prefer)
	}
}

// UP-C1: a stale screen is told once, keeps its text, and may insist.
func TestAStaleAnswerIsRefusedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.chat("v1", "hello").Conversation
	w.assign(id, ann)
	w.chat("v1", "never mind, solved")
	r := desk.Reply{Actor: agent(ann), Conversation: id, Body: desk.Body{Text: "Let me look"}, Seen: 1}
	_, err := w.svc.Reply(w.ctx(), r)
	wantReason(t, err, "stale_send")
	r.Force = true
	if _, err := w.svc.Reply(w.ctx(), r); err != nil {
		t.Fatalf("got %v, want the insisting reply sent", err)
	}
}

func TestTheSameKeySendsOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.mail("li@customer.example", "help").Conversation
	a := w.writes(id, ann, func(r *desk.Reply) { r.Idempotency = "k1" })
	b := w.writes(id, ann, func(r *desk.Reply) { r.Idempotency = "k1" })
	if a.ID != b.ID || w.conversation(id).Messages != 2 {
		t.Fatalf("got %s and %s, want one message", a.ID, b.ID)
	}
}

// UP-E9: unknown is said, and only a person sends again, under the same Message-ID.
func TestUnknownDeliveryIsAPersonsToDecide(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.mail("li@customer.example", "help").Conversation
	w.assign(id, ann)
	m := w.writes(id, ann)
	w.must(w.svc.Unknown(w.ctx(), m.ID, "connection lost after DATA"))
	if c := w.conversation(id); c.DueTarget != desk.FirstResponse {
		t.Fatalf("got due %q, want the first response still running", c.DueTarget)
	}
	again, err := w.svc.Resend(w.ctx(), agent(ann), m.ID)
	w.must(err)
	if again.RFCMessageID != m.RFCMessageID || again.Delivery != desk.DeliveryQueued {
		t.Fatalf("got %+v, want the same mail queued again", again)
	}
	_, err = w.svc.Resend(w.ctx(), agent(ann), m.ID)
	wantReason(t, err, "not_failed")
}

func TestUndoSendOnlyWhileQueued(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.mail("li@customer.example", "help").Conversation
	m := w.writes(id, ann, func(r *desk.Reply) { r.Undo = 5 * time.Second })
	_, err := w.svc.Withdraw(w.ctx(), agent(bob), m.ID)
	wantReason(t, err, "not_yours")
	if _, err := w.svc.Withdraw(w.ctx(), agent(ann), m.ID); err != nil {
		t.Fatalf("got %v, want it withdrawn", err)
	}
	sent := w.answers(id, ann)
	_, err = w.svc.Withdraw(w.ctx(), agent(ann), sent.ID)
	wantReason(t, err, "already_sent")
}

func TestTransfersKeepThePlace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.mail("li@customer.example", "help").Conversation
	since := fact[desk.Queued](w, id).Work.Since
	w.assign(id, ann)
	w.passes(time.Hour)
	w.must(w.svc.Transfer(w.ctx(), desk.Transfer{Actor: agent(ann), Conversation: id, Queue: "refunds", Note: "wants money back"}))
	q := fact[desk.Queued](w, id)
	if q.Work.Queue != "refunds" || !q.Work.Since.Equal(since) {
		t.Fatalf("got %+v, want refunds since %v", q.Work, since)
	}
	w.must(w.svc.Transfer(w.ctx(), desk.Transfer{Actor: agent(ann), Conversation: id, Agent: bob}))
	if p := fact[desk.Queued](w, id).Work.Prefer; len(p) != 1 || p[0].Agent != bob || p[0].Auto {
		t.Fatalf("got %+v, want offered to bob first", p)
	}
	wantReason(t, w.svc.Transfer(w.ctx(), desk.Transfer{Actor: agent(ann), Conversation: id, Queue: "nowhere"}), "queue_unknown")
}

func TestIllegalStepsChangeNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.mail("li@customer.example", "help").Conversation
	before := w.conversation(id)
	resolved, pending, bad := desk.Resolved, desk.Pending, desk.Priority("asap")
	w.must(w.svc.Change(w.ctx(), id, desk.Change{Actor: agent(ann), Version: before.Version, Status: &resolved}))
	now := w.conversation(id)
	wantReason(t, w.svc.Change(w.ctx(), id, desk.Change{Actor: agent(ann), Version: before.Version, Status: &pending}), "stale")
	wantReason(t, w.svc.Change(w.ctx(), id, desk.Change{Actor: agent(ann), Status: &pending}), "status_illegal")
	wantReason(t, w.svc.Change(w.ctx(), id, desk.Change{Actor: agent(ann), Priority: &bad}), "priority_unknown")
	if after := w.conversation(id); after.Version != now.Version {
		t.Fatalf("got version %d, want %d: a refusal wrote", after.Version, now.Version)
	}
}

// UP-V1, UP-V2: a call's events converge in any order, with repeats and losses.
func TestACallConvergesWhateverTheOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for n := range 30 {
		rng := rand.New(rand.NewPCG(uint64(n), 7))
		id := newID()
		at := w.clock()
		events := []desk.CallEvent{
			{Type: desk.CallRings, At: at},
			{Type: desk.CallPickedUp, At: at.Add(8 * time.Second), Extension: "801"},
			{Type: desk.CallHungUp, At: at.Add(3 * time.Minute), Outcome: desk.OutcomeAnswered},
			{Type: desk.CallRecorded, At: at.Add(4 * time.Minute), Recording: "https://pbx.example/r/1"},
		}
		events = append(events, events[rng.IntN(len(events))])
		rng.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
		var got desk.Received
		for _, e := range events {
			e.Inbox, e.CallID, e.External = hotline, id, id+":"+string(e.Type)
			e.Phone, e.From, e.To = desk.Identity{Kind: desk.ByPhone, Value: "+8613800138000"}, "13800138000", "4008001234"
			r, err := w.svc.Call(w.ctx(), e)
			w.must(err)
			if got.Conversation != "" && r.Conversation != got.Conversation {
				t.Fatalf("got two conversations for one call: %v", events)
			}
			got = r
		}
		c := w.conversation(got.Conversation)
		last := fact[desk.CallEnded](w, c.ID)
		if c.Assignee != ann || c.Messages != 1 || last.Call.ID != id {
			t.Fatalf("order %v: got assignee %q and %d entries, want ann and 1", events, c.Assignee, c.Messages)
		}
	}
}

func TestAMissedCallBecomesACallback(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ring := desk.CallEvent{Inbox: hotline, CallID: "c1", External: "c1:r", Type: desk.CallRings, At: w.clock(), Phone: desk.Identity{Kind: desk.ByPhone, Value: "+8613800138000"}}
	got, err := w.svc.Call(w.ctx(), ring)
	w.must(err)
	if q := fact[desk.Queued](w, got.Conversation); !q.Work.Ringing {
		t.Fatalf("got %+v, want a ringing call in the queue", q.Work)
	}
	w.passes(40 * time.Second)
	end := ring
	end.External, end.Type, end.At = "c1:e", desk.CallHungUp, w.clock()
	_, err = w.svc.Call(w.ctx(), end)
	w.must(err)
	c := w.conversation(got.Conversation)
	if c.Status != desk.Open || c.DueTarget != desk.Callback {
		t.Fatalf("got %s due %q, want open with a callback promised", c.Status, c.DueTarget)
	}
	w.assign(c.ID, ann)
	out := desk.CallEvent{Inbox: hotline, CallID: "c2", External: "c2:a", Type: desk.CallPickedUp, Direction: desk.Out, At: w.clock(), Extension: "801", Phone: ring.Phone}
	_, err = w.svc.Call(w.ctx(), out)
	w.must(err)
	if f := fact[desk.ClockMet](w, c.ID); f.Clock.Target != desk.Callback {
		t.Fatalf("got %+v, want the callback met", f.Clock)
	}
}

func TestMergingKeepsTheEarlierPromise(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.mail("li@customer.example", "first").Conversation
	due := w.conversation(a).DueAt
	w.passes(3 * time.Hour)
	b := w.mail("li@customer.example", "second").Conversation
	w.must(w.svc.Merge(w.ctx(), agent(ann), a, b))
	if got := w.conversation(b).DueAt; !got.Equal(due) {
		t.Fatalf("got due %v, want the earlier %v", got, due)
	}
	later := w.mail("li@customer.example", "Re: first", func(in *desk.Inbound) { in.Token = a })
	if later.Conversation != b {
		t.Fatalf("got mail to the merged one in %s, want %s", later.Conversation, b)
	}
	stranger := w.mail("wu@elsewhere.example", "third").Conversation
	wantReason(t, w.svc.Merge(w.ctx(), agent(ann), stranger, b), "merge_other_contact")
}

func TestASnoozeWakesAtItsMoment(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.mail("li@customer.example", "help").Conversation
	w.assign(id, ann)
	snoozed := desk.Snoozed
	w.must(w.svc.Change(w.ctx(), id, desk.Change{Actor: agent(ann), Status: &snoozed, SnoozeUntil: w.clock().Add(time.Hour)}))
	w.must(w.svc.Wake(w.ctx(), id))
	if got := w.conversation(id).Status; got != desk.Snoozed {
		t.Fatalf("got %s before its moment, want snoozed", got)
	}
	w.passes(time.Hour)
	w.must(w.svc.Wake(w.ctx(), id))
	if got := w.conversation(id).Status; got != desk.Open {
		t.Fatalf("got %s, want open", got)
	}
}

func TestATierReachesTheCustomersOpenWork(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got := w.mail("li@customer.example", "help")
	before := fact[desk.Queued](w, got.Conversation).Work.Boost
	w.must(tierOf(w, got.Contact, desk.Strategic))
	if after := fact[desk.Reranked](w, got.Conversation).Work.Boost; after <= before {
		t.Fatalf("got boost %v after %v, want more for a strategic customer", after, before)
	}
}

func tierOf(w *world, id desk.ContactID, tier desk.Tier) error {
	var c desk.Contact
	err := w.db.Update(w.ctx(), desk.About{}, func(tx desk.Tx) (err error) {
		c, err = tx.Contact(id)
		return err
	})
	if err != nil {
		return err
	}
	c.Tier = tier
	_, err = w.svc.SaveContact(w.ctx(), agent(lead), c)
	return err
}

func TestSettingsRefuseStaleEditors(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	set := desk.Setting{Kind: desk.SettingTag, ID: "vip", Doc: []byte(`{"name":"vip"}`)}
	saved, err := w.svc.SaveSetting(w.ctx(), desk.System(), set)
	w.must(err)
	_, err = w.svc.SaveSetting(w.ctx(), desk.System(), set)
	wantReason(t, err, "stale")
	_, err = w.svc.SaveSetting(w.ctx(), agent(ann), saved)
	wantReason(t, err, "administrators_only")
}

// A set of covered agents says of each what the scope says.
func TestCoveringIsCovers(t *testing.T) {
	t.Parallel()
	for _, s := range []desk.Scope{{}, {All: true}, {Agent: ann}, {Agent: lead, Agents: []desk.AgentID{ann, bob}}} {
		covers := s.Covering()
		for _, a := range []desk.AgentID{"", ann, bob, lead, "dan"} {
			if got, want := covers(a), s.Covers(a); got != want {
				t.Errorf("%+v, %q: got %v, want %v", s, a, got, want)
			}
		}
	}
}
