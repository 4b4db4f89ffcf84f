package desk_test

import (
	"slices"
	"testing"
	"time"

	"yingda/desk"
	"yingda/sla"
)

// polite acknowledges everything with the promised moment.
type polite struct{}

func (polite) Acknowledge(a desk.Acknowledgement) (desk.Body, bool) {
	return desk.Body{Text: "by " + a.Promised().Format(time.RFC3339)}, true
}

func politeWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.svc = desk.New(desk.Config{Store: w.db, Promises: sla.Defaults(), Now: w.clock, NewID: newID, Courtesy: polite{}})
	return w
}

func (w *world) thread(id desk.ConversationID) []desk.Message {
	w.t.Helper()
	all, err := w.db.Messages(w.ctx(), id, desk.MessagePage{Limit: 100})
	w.must(err)
	return all
}

// UP-E7: a mail that opens a conversation is acknowledged once, with the promise its own clock makes; the
// acknowledgement starts and meets no clock, and leaves lists saying that the customer wrote last.
func TestAcknowledgement(t *testing.T) {
	t.Parallel()
	w := politeWorld(t)
	got := w.mail("li@customer.example", "Order")
	all := w.thread(got.Conversation)
	if len(all) != 2 || all[1].Auto != desk.Greeting || all[1].Delivery != desk.DeliveryQueued || all[1].To[0].Address != "li@customer.example" {
		t.Fatalf("thread: got %+v, want the mail and its acknowledgement", all)
	}
	if want := "by " + monday.Add(24*time.Hour).Format(time.RFC3339); all[1].Body.Text != want || all[1].InReplyTo != got.Message {
		t.Errorf("words: got %q answering %s, want %q", all[1].Body.Text, all[1].InReplyTo, want)
	}
	w.must(w.svc.Sent(w.ctx(), all[1].ID, desk.Receipt{At: w.clock()}))
	c, clocks, err := w.db.Conversation(w.ctx(), got.Conversation)
	w.must(err)
	if c.LastBy != desk.In || c.Snippet != "About: Order" {
		t.Errorf("list: got %s %q, want the customer's words", c.LastBy, c.Snippet)
	}
	for _, k := range clocks {
		if !k.MetAt.IsZero() {
			t.Errorf("%s: met by an automatic mail", k.Target)
		}
	}
	w.mail("li@customer.example", "Re: Order", func(in *desk.Inbound) { in.Token = got.Conversation })
	if n := len(w.thread(got.Conversation)); n != 3 {
		t.Errorf("second mail: got %d messages, want 3 and no second acknowledgement", n)
	}
}

// UP-E7, UP-E20, RFC 3834: never machines, lists, history, ourselves, unproven senders; never more than three an hour.
func TestNoAcknowledgement(t *testing.T) {
	t.Parallel()
	w := politeWorld(t)
	acknowledged := func(got desk.Received) bool {
		return slices.ContainsFunc(w.thread(got.Conversation), func(m desk.Message) bool { return m.Auto == desk.Greeting })
	}
	for name, edit := range map[string]func(*desk.Inbound){
		"auto-reply": func(in *desk.Inbound) { in.Message.Auto = desk.AutoReply },
		"list":       func(in *desk.Inbound) { in.Message.Auto = desk.List },
		"bounce":     func(in *desk.Inbound) { in.Message.Auto = desk.Bounce },
		"history":    func(in *desk.Inbound) { in.History = true },
		"unproven":   func(in *desk.Inbound) { in.Message.Unverified = true },
	} {
		if acknowledged(w.mail("x@customer.example", name, edit)) {
			t.Errorf("%s was acknowledged", name)
		}
	}
	for _, from := range []string{
		"noreply@shop.example", "no-reply+7@a.example", "MAILER-DAEMON@a.example", "do-not-reply@a.example", "owner-list@a.example",
		"list-request@a.example", "bounces+x=y@a.example", "help@shop.example",
	} {
		if acknowledged(w.mail(from, "hello")) {
			t.Errorf("%s was acknowledged", from)
		}
	}
	if !acknowledged(w.mail("norepl@customer.example", "hello")) {
		t.Error("norepl@ is a person")
	}
	answered := 0
	for range 10 {
		if acknowledged(w.mail("robot@machine.example", "I am away")) { // an auto-responder without any mark
			answered++
		}
		w.passes(2 * time.Minute)
	}
	if answered != desk.MaxGreetings {
		t.Errorf("acknowledgements in 20 minutes: got %d, want %d", answered, desk.MaxGreetings)
	}
	w.passes(time.Hour)
	if !acknowledged(w.mail("robot@machine.example", "I am away")) {
		t.Error("an hour later: got none, want one")
	}
}

// A mail written to be sent later waits, can be moved, written anew and taken back, and outlives a restart as a row.
func TestSendLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got := w.mail("li@customer.example", "Order")
	w.assign(got.Conversation, ann)
	at := w.clock().Add(3 * time.Hour)
	m := w.writes(got.Conversation, ann, func(r *desk.Reply) { r.SendAt = at })
	if m.Delivery != desk.DeliveryQueued || !m.Scheduled || !m.NotBefore.Equal(at) {
		t.Fatalf("got %s until %s, want queued until %s", m.Delivery, m.NotBefore, at)
	}
	if claimed, err := w.db.Claim(w.ctx(), "n", 9); err != nil || len(claimed) != 0 {
		t.Fatalf("claimed before its time: %v, %v", claimed, err)
	}
	_, err := w.svc.Reschedule(w.ctx(), agent(bob), m.ID, at)
	wantReason(t, err, "not_yours")
	if m, err = w.svc.Reschedule(w.ctx(), agent(ann), m.ID, at.Add(time.Hour)); err != nil || !m.NotBefore.Equal(at.Add(time.Hour)) {
		t.Fatalf("moved: got %s, %v", m.NotBefore, err)
	}
	anew := w.writes(got.Conversation, ann, func(r *desk.Reply) { r.SendAt, r.Replaces, r.Body.Text = at, m.ID, "better" })
	if old := w.message(m.ID); old.Delivery != desk.DeliveryWithdrawn || anew.Replaces != m.ID {
		t.Errorf("written anew: got %s replaced by one for %q", old.Delivery, anew.Replaces)
	}
	w.passes(4 * time.Hour)
	claimed, err := w.db.Claim(w.ctx(), "n", 9)
	if err != nil || len(claimed) != 1 || claimed[0].Message.ID != anew.ID {
		t.Fatalf("when its time has come: got %v, %v; want the second alone", claimed, err)
	}
	w.must(w.db.Sending(w.ctx(), anew.ID))
	_, err = w.svc.Withdraw(w.ctx(), agent(ann), anew.ID) // undone on the screen while its bytes are on the wire
	w.must(err)
	w.must(w.svc.Sent(w.ctx(), anew.ID, desk.Receipt{At: w.clock()}))
	if d := w.message(anew.ID).Delivery; d != desk.DeliverySent {
		t.Errorf("undone too late: got %s, want sent, as it was", d)
	}
	c := w.conversation(got.Conversation)
	reply := desk.Reply{Actor: agent(ann), Conversation: c.ID, Seen: c.Messages, Body: desk.Body{Text: "x"}, To: []desk.Address{{Address: "a@b.example"}}}
	reply.SendAt = w.clock().AddDate(2, 0, 0)
	_, err = w.svc.Reply(w.ctx(), reply)
	wantReason(t, err, "send_too_late")
	_, err = w.svc.Reschedule(w.ctx(), agent(ann), anew.ID, at)
	wantReason(t, err, "already_sent")
}

// UP-E9: a mail that is on the wire is not put before the senders again by moving its moment.
func TestRescheduleOnTheWire(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got := w.mail("li@customer.example", "Order")
	w.assign(got.Conversation, ann)
	m := w.writes(got.Conversation, ann, func(r *desk.Reply) { r.SendAt = w.clock().Add(time.Hour) })
	w.passes(time.Hour)
	if claimed, err := w.db.Claim(w.ctx(), "n", 9); err != nil || len(claimed) != 1 {
		t.Fatalf("claimed: got %v, %v; want the mail", claimed, err)
	}
	w.must(w.db.Sending(w.ctx(), m.ID))
	_, err := w.svc.Reschedule(w.ctx(), agent(ann), m.ID, w.clock())
	wantReason(t, err, "already_sent")
	_, err = w.svc.Reply(w.ctx(), desk.Reply{
		Actor: agent(ann), Conversation: got.Conversation, Force: true, Body: desk.Body{Text: "better"}, Replaces: m.ID,
		To: []desk.Address{{Address: "li@customer.example"}},
	})
	wantReason(t, err, "already_sent")
	w.passes(time.Second)
	if again, err := w.db.Claim(w.ctx(), "n", 9); err != nil || len(again) != 0 {
		t.Errorf("claimed while it is on the wire: got %v, %v; want nothing", again, err)
	}
}

// UP-E16, UP-E5: what is written aside goes to the third party alone, moves no clock, and its answers join aside; they
// never become part of what the customer gets.
func TestSideConversation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got := w.mail("li@customer.example", "Order")
	id := got.Conversation
	w.assign(id, ann)
	before, clocks, err := w.db.Conversation(w.ctx(), id)
	w.must(err)
	aside := func(side desk.MessageID, to string) (desk.Message, error) {
		return w.svc.WriteAside(w.ctx(), desk.Aside{Side: side, Reply: desk.Reply{
			Actor: agent(ann), Conversation: id, Body: desk.Body{Text: "Where is parcel 7?"}, To: []desk.Address{{Address: to}},
		}})
	}
	_, err = aside("", "LI@customer.example")
	wantReason(t, err, "side_to_customer")
	m, err := aside("", "depot@carrier.example")
	w.must(err)
	if m.Side != m.ID || m.Public() || m.Subject != "Fwd: Order" {
		t.Fatalf("got side %q public %v %q", m.Side, m.Public(), m.Subject)
	}
	w.must(w.svc.Sent(w.ctx(), m.ID, desk.Receipt{At: w.clock()}))
	c, now, err := w.db.Conversation(w.ctx(), id)
	w.must(err)
	if len(now) != len(clocks) || !now[0].MetAt.IsZero() || c.LastBy != before.LastBy || c.Knows("depot@carrier.example") {
		t.Errorf("the customer's side moved: clocks %+v, last by %s, people %v", now, c.LastBy, c.People)
	}
	pending := desk.Pending
	w.must(w.svc.Change(w.ctx(), id, desk.Change{Actor: agent(ann), Status: &pending}))
	answer := func(from string, edit func(*desk.Inbound)) desk.Received { return w.mail(from, "Re: Fwd: Order", edit) }
	byToken := answer("depot@carrier.example", func(in *desk.Inbound) { in.Token = desk.ConversationID(m.Side) })
	byHeader := answer("depot@carrier.example", func(in *desk.Inbound) { in.Thread = []string{m.RFCMessageID} })
	stranger := answer("li@customer.example", func(in *desk.Inbound) { in.Thread = []string{m.RFCMessageID} })
	for _, r := range []desk.Received{byToken, byHeader} {
		if side := w.message(r.Message).Side; r.Conversation != id || side != m.Side {
			t.Errorf("an answer of the third party: got conversation %s side %q, want %s side %s", r.Conversation, side, id, m.Side)
		}
	}
	if stranger.Conversation == id {
		t.Error("somebody the side mail did not go to joined it")
	}
	if c := w.conversation(id); c.Status != desk.Open {
		t.Errorf("after the answer: got %s, want open again", c.Status)
	}
	if _, now, _ := w.db.Conversation(w.ctx(), id); len(now) != len(clocks) {
		t.Errorf("an answer aside started a clock: %+v", now)
	}
	_, err = aside(got.Message, "depot@carrier.example")
	wantReason(t, err, "side_unknown")
	second, err := aside(m.Side, "depot@carrier.example")
	w.must(err)
	w.answers(id, ann)
	w.passes(time.Minute)
	claimed, err := w.db.Claim(w.ctx(), "n", 9)
	w.must(err)
	for _, o := range claimed {
		wantRefs := 1 // the customer's mail
		if o.Message.Side != "" {
			wantRefs = 3 // the first mail aside and its two answers
		}
		if len(o.References) != wantRefs {
			t.Errorf("%s %s: got references %v, want %d", o.Message.Side, o.Message.ID, o.References, wantRefs)
		}
	}
	if list, err := w.db.SideMessages(w.ctx(), id); err != nil || len(list) != 4 || list[3].ID != second.ID {
		t.Errorf("side messages: got %d, %v; want four", len(list), err)
	}
}

// A side thread goes on where its conversation lives on after a merge: with its subject, ids and answers.
func TestSideAfterMerge(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	from, into := w.mail("li@customer.example", "Order").Conversation, w.mail("li@customer.example", "Order again").Conversation
	w.assign(into, ann)
	aside := func(id desk.ConversationID, side desk.MessageID) (desk.Message, error) {
		return w.svc.WriteAside(w.ctx(), desk.Aside{Side: side, Reply: desk.Reply{
			Actor: agent(ann), Conversation: id, Body: desk.Body{Text: "Where is parcel 7?"}, To: []desk.Address{{Address: "depot@carrier.example"}},
		}})
	}
	head, err := aside(from, "")
	w.must(err)
	_, err = aside(into, head.Side)
	wantReason(t, err, "side_unknown") // not yet of this conversation
	w.must(w.svc.Sent(w.ctx(), head.ID, desk.Receipt{At: w.clock()}))
	w.must(w.svc.Merge(w.ctx(), agent(ann), from, into))
	w.passes(time.Minute)
	answer := w.mail("depot@carrier.example", "Re: Fwd: Order", func(in *desk.Inbound) { in.Token = desk.ConversationID(head.Side) })
	if side := w.message(answer.Message).Side; answer.Conversation != into || side != head.Side {
		t.Errorf("the third party's answer: got conversation %s side %q, want %s side %s", answer.Conversation, side, into, head.Side)
	}
	_, err = aside(from, head.Side)
	wantReason(t, err, "conversation_merged")
	second, err := aside(into, head.Side)
	w.must(err)
	if second.Subject != head.Subject || second.Conversation != into || second.Side != head.Side {
		t.Errorf("the second mail aside: got %q in %s side %s", second.Subject, second.Conversation, second.Side)
	}
	w.passes(time.Minute)
	claimed, err := w.db.Claim(w.ctx(), "n", 9)
	if err != nil || len(claimed) != 1 {
		t.Fatalf("claimed: got %d, %v; want the second mail", len(claimed), err)
	}
	if o := claimed[0]; len(o.References) != 2 || o.References[0] != head.RFCMessageID || o.Rank != desk.RankAnswer || o.Answers == nil {
		t.Errorf("got references %v, rank %d, answers %v; want the first mail's and its answer's, an answer", o.References, o.Rank, o.Answers)
	}
}
