package desk_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"yingda/desk"
)

// UP-E8, UP-E10: an address that a mail came back from for good is written to again only by somebody who insists, until
// an administrator lifts it. A notice names only recipients of the very mail it is about.
func TestSuppression(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got := w.mail("li@customer.example", "Order")
	w.assign(got.Conversation, ann)
	to := func(r *desk.Reply) {
		r.To, r.Cc = []desk.Address{{Address: "Li@customer.example"}}, []desk.Address{{Address: "wang@customer.example"}}
	}
	sent := w.answers(got.Conversation, ann, to)
	bounce := func(status string, recipient string) {
		w.mail("mailer-daemon@mx.example", "Undelivered", func(in *desk.Inbound) {
			in.Message.Auto, in.Thread = desk.Bounce, []string{sent.RFCMessageID}
			in.Bounces = []desk.BounceOf{{RFCMessageID: sent.RFCMessageID, Recipient: recipient, Status: status, Permanent: true, Diagnostic: "550 " + status + " no"}}
		})
	}
	bounce("5.2.2", "li@customer.example")        // full today
	bounce("5.1.1", "stranger@elsewhere.example") // not one of the mail's recipients
	w.writes(got.Conversation, ann, to)
	bounce("5.1.1", "LI@customer.example")
	c := w.conversation(got.Conversation)
	reply := desk.Reply{Actor: agent(ann), Conversation: c.ID, Body: desk.Body{Text: "again"}, Seen: c.Messages, To: []desk.Address{{Address: "li@Customer.example"}}}
	_, err := w.svc.Reply(w.ctx(), reply)
	wantReason(t, err, "recipient_suppressed")
	_, _, err = w.svc.Begin(w.ctx(), desk.NewMail{Inbox: mailbox, Reply: desk.Reply{Actor: agent(ann), Subject: "s", Body: desk.Body{Text: "t"}, To: reply.To}})
	wantReason(t, err, "recipient_suppressed")
	reply.Confirmed = true
	if _, err = w.svc.Reply(w.ctx(), reply); err != nil {
		t.Fatalf("insisting: %v", err)
	}
	list, err := w.db.Suppressions(w.ctx(), desk.Keyset{}, 10)
	if err != nil || len(list) != 1 || list[0].Address != "li@customer.example" || list[0].Message != sent.ID {
		t.Fatalf("list: got %+v, %v; want li's address alone", list, err)
	}
	if fact[desk.AddressSuppressed](w, c.ID).Message != sent.ID {
		t.Error("the fact names another message")
	}
	w.must(w.svc.Lift(w.ctx(), desk.AgentActor("root", desk.RoleAdministrator), "li@customer.example"))
	wantReason(t, w.svc.Lift(w.ctx(), desk.System(), "li@customer.example"), "not_found")
	audit, err := w.db.Audit(w.ctx(), 0, 1)
	if err != nil || len(audit) != 1 {
		t.Fatalf("audit: got %v, %v; want the lifting", audit, err)
	}
	if d := cmp.Diff(desk.Fact(desk.Looked{What: "suppression_lifted"}), audit[0].Fact); d != "" { // UP-X6: erasing li does not come by here
		t.Errorf("the fact of lifting (-want +got):\n%s", d)
	}
	reply.Confirmed, reply.Seen = false, w.conversation(c.ID).Messages
	if _, err = w.svc.Reply(w.ctx(), reply); err != nil {
		t.Errorf("after lifting: %v", err)
	}
	w.must(w.svc.Undeliverable(w.ctx(), sent.ID, "Wang@customer.example", "550 5.1.1 no such user"))
	if found, err := w.db.SuppressedOf(w.ctx(), []string{"wang@customer.example", "li@customer.example"}); err != nil || len(found) != 1 {
		t.Errorf("refused at the server: got %v, %v; want wang", found, err)
	}
}
