package desk_test

import (
	"slices"
	"testing"
	"time"

	"yingda/desk"
)

// elsewhere is a mail sent with another program, found in the Sent folder.
func (w *world) elsewhere(id, answers string, edit ...func(*desk.Inbound)) desk.Received {
	w.t.Helper()
	in := desk.Inbound{
		Inbox: mailbox, Medium: desk.Email, External: "mid:" + id, At: w.clock(), Thread: []string{answers},
		Message: desk.Message{
			Subject: "Re: help", Body: desk.Body{Text: "It is on its way."}, RFCMessageID: id,
			From: desk.Address{Name: "Shop", Address: "help@shop.example"}, To: []desk.Address{{Address: "Li@customer.example"}},
		},
	}
	for _, e := range edit {
		e(&in)
	}
	got, err := w.svc.Elsewhere(w.ctx(), in)
	w.must(err)
	return got
}

func (w *world) message(id desk.MessageID) desk.Message {
	w.t.Helper()
	m, err := w.db.Message(w.ctx(), id)
	w.must(err)
	return m
}

func (w *world) running(id desk.ConversationID, target desk.Target) bool {
	w.t.Helper()
	_, clocks, err := w.db.Conversation(w.ctx(), id)
	w.must(err)
	for _, k := range clocks {
		if k.Target == target && !k.Ended() {
			return true
		}
	}
	return false
}

func threaded(id string) func(*desk.Inbound) {
	return func(in *desk.Inbound) { in.Message.RFCMessageID = id }
}

// UP-E17: an answer written with another program joins once, stops the clock, and nobody is offered the work any more.
func TestAnswerFromElsewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.mail("li@customer.example", "help", threaded("q1@customer.example")).Conversation
	w.passes(time.Minute)
	got := w.elsewhere("a1@shop.example", "q1@customer.example")
	if again := w.elsewhere("a1@shop.example", "q1@customer.example"); got.Conversation != id || !again.Duplicate {
		t.Fatalf("got %+v then %+v, want it to join once", got, again)
	}
	c, m := w.conversation(id), w.message(got.Message)
	if c.Messages != 2 || m.Direction != desk.Out || !m.Elsewhere || m.AuthorName != "Shop" || m.Delivery != desk.DeliverySent {
		t.Errorf("message: got %+v", m)
	}
	if w.running(id, desk.FirstResponse) || c.Status != desk.Pending {
		t.Errorf("first response runs: %v, status %s; want it met and the conversation pending", w.running(id, desk.FirstResponse), c.Status)
	}
	if f := fact[desk.Unqueued](w, id); f.Why != "answered_elsewhere" {
		t.Errorf("left the queue: got %+v", f)
	}
	w.passes(time.Minute)
	w.mail("li@customer.example", "Re: help", func(in *desk.Inbound) { in.Thread = []string{"a1@shop.example"} })
	if c := w.conversation(id); c.Messages != 3 || c.Status != desk.Open || !w.running(id, desk.NextResponse) {
		t.Errorf("their next mail: got %d messages, %s, want it to join by the other program's Message-ID", c.Messages, c.Status)
	}
}

// UP-E17: what stops nothing: an answer older than the customer's newest words, history, machines, forwards to a
// colleague, and what answers nobody here.
func TestWhatIsNoAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.mail("li@customer.example", "help", threaded("q1@customer.example")).Conversation
	at := w.clock()
	w.passes(time.Hour)
	w.mail("li@customer.example", "Re: help", func(in *desk.Inbound) { in.Token = id })
	newest := w.conversation(id).LastAt
	for name, edit := range map[string]func(*desk.Inbound){
		"older":   func(in *desk.Inbound) { in.At = at.Add(time.Minute) },
		"history": func(in *desk.Inbound) { in.History = true },
		"machine": func(in *desk.Inbound) { in.Message.Auto = desk.AutoReply },
	} {
		if got := w.elsewhere(name+"@shop.example", "q1@customer.example", edit); got.Conversation != id {
			t.Errorf("%s: got %+v, want it shown", name, got)
		}
		if !w.running(id, desk.FirstResponse) || w.conversation(id).Status != desk.Open {
			t.Errorf("%s: the clock stopped", name)
		}
	}
	if c := w.conversation(id); c.LastAt.Before(newest) {
		t.Errorf("last moment: got %v, want not before %v", c.LastAt, newest)
	}
	forward := func(in *desk.Inbound) { in.Message.To = []desk.Address{{Address: "boss@shop.example"}} }
	for _, got := range []desk.Received{
		w.elsewhere("f@shop.example", "q1@customer.example", forward), w.elsewhere("x@shop.example", "unknown@customer.example"),
	} {
		if got != (desk.Received{}) {
			t.Errorf("got %+v, want nothing changed", got)
		}
	}
}

// UP-E17, UP-E9: the copy of our own answer is no second one, and settles a delivery nobody knew of.
func TestCopyOfOurOwnAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.mail("li@customer.example", "help", threaded("q1@customer.example")).Conversation
	w.assign(id, ann)
	m := w.writes(id, ann)
	copied := func(in *desk.Inbound) { in.Message.RFCMessageID = m.RFCMessageID }
	if got := w.elsewhere("copy", "q1@customer.example", copied); !got.Duplicate || w.message(m.ID).Delivery != desk.DeliveryQueued {
		t.Fatalf("got %+v, want a copy that changes nothing", got)
	}
	w.must(w.svc.Unknown(w.ctx(), m.ID, "the line died"))
	if got := w.elsewhere("copy", "q1@customer.example", copied); !got.Duplicate || w.conversation(id).Messages != 2 {
		t.Fatalf("got %+v, want a copy", got)
	}
	if d := w.message(m.ID).Delivery; d != desk.DeliverySent || w.running(id, desk.FirstResponse) {
		t.Errorf("delivery: got %s, want sent and the clock met", d)
	}
}

// UP-E17, UP-E9: a provider that writes Message-IDs of its own, and knows no reply tokens, makes no second answer of its
// copy: our header tells, or all its looks together. What a colleague wrote to the same people is not taken for one.
func TestCopyUnderAnotherID(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.mail("li@customer.example", "help", threaded("q1@customer.example")).Conversation
	w.assign(id, ann)
	m := w.writes(id, ann, func(r *desk.Reply) { r.To = []desk.Address{{Address: "li@customer.example"}} })
	w.must(w.svc.Unknown(w.ctx(), m.ID, "the line died"))
	looks := func(in *desk.Inbound) {
		in.Message.HeaderDate = m.CreatedAt.Truncate(time.Second)
		in.Message.Body = desk.Body{Text: "Here is\nyour answer.\n", Signature: "Ann"}
	}
	other := map[string]func(*desk.Inbound){
		"other words":      func(in *desk.Inbound) { in.Message.Body.Text = "Please call us." },
		"another minute":   func(in *desk.Inbound) { in.Message.HeaderDate = m.CreatedAt.Add(2 * time.Minute) },
		"one more reader":  func(in *desk.Inbound) { in.Message.Cc = []desk.Address{{Address: "boss@customer.example"}} },
		"another subject":  func(in *desk.Inbound) { in.Message.Subject = "Re: your order" },
		"a stranger's own": func(in *desk.Inbound) { in.Copy, in.Message.Body.Text = "no-message-of-ours", "Another thing." },
	}
	for name, edit := range other {
		if got := w.elsewhere(name+"@provider.example", "q1@customer.example", looks, edit); got.Duplicate || got.Conversation != id {
			t.Errorf("%s: got %+v, want an answer of its own", name, got)
		}
	}
	had := w.conversation(id).Messages
	if got := w.elsewhere("a1@provider.example", "q1@customer.example", looks); !got.Duplicate || got.Message != m.ID {
		t.Errorf("by its looks: got %+v, want a copy of %s", got, m.ID)
	}
	if d := w.message(m.ID).Delivery; d != desk.DeliverySent {
		t.Errorf("delivery: got %s, want sent", d)
	}
	if got := w.elsewhere("a2@provider.example", "", func(in *desk.Inbound) { in.Thread, in.Copy = nil, m.ID }); !got.Duplicate || got.Message != m.ID {
		t.Errorf("by our header: got %+v, want a copy of %s", got, m.ID)
	}
	if c := w.conversation(id); c.Messages != had {
		t.Errorf("got %d messages, want %d", c.Messages, had)
	}
}

// UP-E20: a parked mail is kept, tagged and nobody's work; in a conversation that is in hand it is a line like any other.
func TestParkedMail(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	parked := func(in *desk.Inbound) { in.Parked = true }
	id := w.mail("flood@customer.example", "buy", parked).Conversation
	if c := w.conversation(id); c.Status != desk.Resolved || len(c.Tags) != 1 || c.Tags[0] != desk.ParkedTag || w.running(id, desk.FirstResponse) {
		t.Errorf("got %s, tags %q, want it resolved, tagged and without a clock", c.Status, c.Tags)
	}
	live := w.mail("li@customer.example", "help").Conversation
	w.assign(live, ann)
	w.answers(live, ann)
	w.mail("li@customer.example", "more", parked, func(in *desk.Inbound) { in.Token = live })
	if !w.running(live, desk.NextResponse) {
		t.Error("a line in a conversation in hand: got no clock")
	}
	resolved := desk.Resolved
	w.must(w.svc.Change(w.ctx(), live, desk.Change{Actor: agent(ann), Status: &resolved}))
	w.mail("li@customer.example", "still broken", parked, func(in *desk.Inbound) { in.Token = live })
	if c := w.conversation(live); c.Status != desk.Resolved || !slices.Contains(c.Tags, desk.ParkedTag) {
		t.Errorf("in one that was resolved: got %s, tags %q, want it found under the tag", c.Status, c.Tags)
	}
}
