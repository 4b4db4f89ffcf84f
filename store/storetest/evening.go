package storetest

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"yingda/desk"
	"yingda/sla"
	"yingda/store"
)

// kind tells customers at the end of the day, and acknowledges in the inbox "greets" alone.
type kind struct{}

func (kind) Acknowledge(a desk.Acknowledgement) (desk.Body, bool) {
	return desk.Body{Text: "we have it"}, a.Inbox.ID == "greets"
}

func (kind) Reassure(a desk.Acknowledgement) (desk.Body, bool) {
	return desk.Body{Text: "by " + a.Promised().Format(time.RFC3339)}, true
}

// testEvening: at the end of the day customers who were promised an answer and got none hear once by when they do;
// machines, answered ones, those who were acknowledged, and who write after closing do not (UP-E7).
func testEvening(t *testing.T, db *store.DB) {
	office := sla.Calendar{ID: "office", Name: "office", TimeZone: "UTC", Hours: map[string][]sla.Interval{
		"mon": {{"08:00", "12:00"}, {"13:00", "18:00"}}, "tue": {{"08:00", "18:00"}},
	}}
	book, err := sla.NewBook([]sla.Policy{{
		ID: "p", Name: "p", Targets: []sla.Promise{{Target: desk.FirstResponse, Within: 86400}, {Target: desk.NextResponse, Within: 86400}},
		PromiseMail: "office",
	}}, []sla.Calendar{office})
	must(t, err)
	now := day // a Monday, 09:00
	promises := sla.NewPromises(book)
	svc := desk.New(desk.Config{
		Store: db, Promises: promises, Now: func() time.Time { return now }, NewID: func() string { return id("new") }, Courtesy: kind{},
	})
	for name, address := range map[string]string{"mail": "help@firm.test", "greets": "hello@firm.test"} {
		doc := `{"name":"` + name + `","medium":"email","address":"` + address + `","enabled":true,"queue":"sales"}`
		update(t, db, func(tx desk.Tx) error {
			return tx.SaveSetting(desk.Setting{Kind: desk.SettingInbox, ID: name, Doc: []byte(doc)})
		})
	}
	write := func(inbox desk.InboxID, from string) desk.Received {
		t.Helper()
		got, err := svc.Receive(t.Context(), desk.Inbound{
			Inbox: inbox, Medium: desk.Email, External: id("ext"), At: now, From: desk.Identity{Kind: desk.ByEmail, Value: from},
			Message: desk.Message{
				Subject: "Order", Body: desk.Body{Text: "Where is it?"}, From: desk.Address{Address: from}, RFCMessageID: id("rfc") + "@c.test",
			},
		})
		must(t, err)
		return got
	}
	told := func(c desk.ConversationID) (out []string) {
		t.Helper()
		all, err := db.Messages(t.Context(), c, desk.MessagePage{Limit: 100})
		must(t, err)
		for _, m := range all {
			if m.Auto == desk.Greeting && strings.HasPrefix(m.Body.Text, "by ") {
				out = append(out, m.Body.Text)
			}
		}
		return out
	}
	evening := sla.NewEvening(svc, db, promises, func() time.Time { return now }, slog.New(slog.DiscardHandler))
	waits, machine, known, done := write("mail", "li@c.test"), write("mail", "no-reply@c.test"), write("greets", "wu@c.test"), write("mail", "ok@c.test")
	resolved := desk.Resolved
	must(t, svc.Change(t.Context(), done.Conversation, desk.Change{Actor: desk.System(), Status: &resolved}))
	now = day.Add(3*time.Hour + 30*time.Minute) // lunch
	evening.Look(t.Context())
	if got := told(waits.Conversation); len(got) != 0 {
		t.Errorf("at lunch: got %q, want nothing", got)
	}
	now = day.Add(9*time.Hour + 5*time.Minute) // 18:05
	after := write("mail", "late@c.test")
	evening.Look(t.Context())
	now = now.Add(time.Hour)
	evening.Look(t.Context()) // another node, or after a restart
	want := "by " + day.Add(24*time.Hour).Format(time.RFC3339)
	if got := told(waits.Conversation); len(got) != 1 || got[0] != want {
		t.Errorf("who waits: got %q, want one: %q", got, want)
	}
	for name, c := range map[string]desk.ConversationID{
		"a machine": machine.Conversation, "acknowledged": known.Conversation, "resolved": done.Conversation, "after closing": after.Conversation,
	} {
		if got := told(c); len(got) != 0 {
			t.Errorf("%s: got %q, want nothing", name, got)
		}
	}
	now = day.Add(33*time.Hour + 5*time.Minute) // Tuesday, 18:05: overdue ones are no promise any more
	evening.Look(t.Context())
	if got := told(waits.Conversation); len(got) != 1 {
		t.Errorf("the next evening: got %q, want the one of yesterday", got)
	}
}
