package desk_test

import (
	"strings"
	"testing"

	"yingda/desk"
)

// UP-E8, UP-E10: what failed is marked and says whom it did not reach; an address is given up only when it is dead; what
// is late, did arrive or was complained about fails nothing.
func TestWhatABounceSays(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		bounce     desk.BounceOf
		failed     bool
		suppressed bool
	}{
		"mailbox full":   {desk.BounceOf{Status: "5.2.2", Action: "failed"}, true, false},
		"time ran out":   {desk.BounceOf{Status: "4.4.7", Action: "failed"}, true, false},
		"user unknown":   {desk.BounceOf{Status: "5.0.911", Action: "failed", Permanent: true}, true, true},
		"delayed":        {desk.BounceOf{Status: "4.4.1", Action: "delayed"}, false, false},
		"arrived":        {desk.BounceOf{Status: "2.1.5", Action: "delivered"}, false, false},
		"complaint":      {desk.BounceOf{Action: "complaint"}, false, false},
		"nobody says":    {desk.BounceOf{Status: "5.1.1", Permanent: true}, true, true},
		"says too early": {desk.BounceOf{Status: "4.4.1"}, false, false},
	} {
		w := newWorld(t)
		got := w.mail("li@customer.example", "Order")
		w.assign(got.Conversation, ann)
		sent := w.answers(got.Conversation, ann, func(r *desk.Reply) { r.To = []desk.Address{{Address: "li@customer.example"}} })
		w.mail("mailer-daemon@mx.example", "Undelivered", func(in *desk.Inbound) {
			in.Message.Auto, in.Thread = desk.Bounce, []string{sent.RFCMessageID}
			b := c.bounce
			b.RFCMessageID, b.Recipient, b.Diagnostic = sent.RFCMessageID, "li@customer.example", "no"
			in.Bounces = []desk.BounceOf{b}
		})
		all := w.thread(got.Conversation)
		if len(all) != 3 {
			t.Fatalf("%s: got %d messages, want the notice to join", name, len(all))
		}
		if failed := all[1].Delivery == desk.DeliveryFailed; failed != c.failed || failed && !strings.Contains(all[1].Failure, "li@customer.example") {
			t.Errorf("%s: got %s %q, want failed: %v, with the recipient", name, all[1].Delivery, all[1].Failure, c.failed)
		}
		list, err := w.db.Suppressions(w.ctx(), desk.Keyset{}, 10)
		if err != nil || len(list) > 0 != c.suppressed {
			t.Errorf("%s: got %v, %v; want suppressed: %v", name, list, err, c.suppressed)
		}
	}
}
