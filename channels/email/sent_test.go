package email

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"yingda/desk"
	"yingda/internal/testkit"
)

// writtenElsewhere is what somebody of the house wrote with another program.
func writtenElsewhere(id, inReplyTo string) []byte {
	return []byte(strings.ReplaceAll("From: 应答客服 <support@firm.example>\nTo: li1@customer.example\nSubject: Re: mail 1\nMessage-ID: <"+id+">\n"+
		"In-Reply-To: <"+inReplyTo+">\nDate: Mon, 1 Jan 2018 00:00:00 +0000\n\n已经发货了。\n", "\n", "\r\n"))
}

// UP-E17: the Sent folder is found by its special use; answers of other programs join once, copies of ours are known, and
// what answers nothing of ours is left alone.
func TestSentFolder(t *testing.T) {
	t.Parallel()
	server, r := testkit.Dovecot(t, testkit.DovecotOptions{}), newRecord()
	r.known["ours@firm.example"] = true
	c := client(t, server)
	if err := c.Create("Sent Mail", nil).Wait(); err != nil {
		t.Fatal(err)
	}
	place(t, c, "Sent Mail", writtenElsewhere("before@firm.example", "m1@customer.example"), time.Now().Add(-48*time.Hour))
	reads(t, r, inboxAt(t, server.Addr, nil), onDovecot(server))
	r.until(t, "both folders", func() bool { return len(r.states) == 1 && r.cursors["inbox-1/sent:Sent Mail"].UID == 1 })
	server.Deliver(t, "ann", letter(1))
	place(t, c, "Sent Mail", writtenElsewhere("webmail@firm.example", "m1@customer.example"), time.Now())
	r.until(t, "the answer", func() bool { return len(r.sent) == 1 })
	if in := r.sent[0]; in.Message.Body.Text != "已经发货了。" || in.History || r.blobs[in.Message.Raw] == nil {
		t.Errorf("answer: got %q, history %v", in.Message.Body.Text, in.History)
	}
	place(t, c, "Sent Mail", writtenElsewhere("ours@firm.example", "m1@customer.example"), time.Now())
	rewritten := "X-Yingda-Message: 0190a7c0-0000-7000-8000-000000000001\r\n" + string(writtenElsewhere("0A1B@provider.example", "m1@customer.example"))
	place(t, c, "Sent Mail", []byte(rewritten), time.Now())
	place(t, c, "Sent Mail", writtenElsewhere("private@firm.example", "stranger@elsewhere.example"), time.Now())
	place(t, c, "Sent Mail", writtenElsewhere("webmail-2@firm.example", "m1@customer.example"), time.Now())
	r.until(t, "the second answer", func() bool { return len(r.sent) == 2 })
	if r.repeats != 2 || len(r.got) != 1 {
		t.Errorf("got %d copies and %d customer's mails, want 2 and 1", r.repeats, len(r.got))
	}
}

// UP-E17: a Sent folder that is read before the mailbox still finds the mail it answers.
func TestAnswerIsReadAfterTheQuestion(t *testing.T) {
	t.Parallel()
	server, r := testkit.Dovecot(t, testkit.DovecotOptions{}), newRecord()
	c := client(t, server)
	if err := c.Create("Sent", nil).Wait(); err != nil {
		t.Fatal(err)
	}
	reads(t, r, inboxAt(t, server.Addr, nil), onDovecot(server))
	r.until(t, "both folders", func() bool { return len(r.states) == 1 && r.cursors["inbox-1/sent:Sent"].Validity != 0 })
	server.Stop()
	for n := range 40 {
		server.Deliver(t, "ann", letter(n))
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	c = client(t, server)
	for n := range 40 {
		place(t, c, "Sent", writtenElsewhere(fmt.Sprintf("a%d@firm.example", n), fmt.Sprintf("m%d@customer.example", n)), time.Now())
	}
	r.until(t, "all answers", func() bool { return len(r.sent) == 40 })
}

// UP-E20: so many days back from the first connecting, and nothing older.
func TestHistoryInDays(t *testing.T) {
	t.Parallel()
	server, r := testkit.IMAP(t), newRecord()
	for n, days := range []int{400, 8, 6, 0} {
		server.Append(t, "INBOX", letter(n), time.Now().Add(-time.Duration(days)*24*time.Hour))
	}
	reads(t, r, inboxAt(t, server.Addr, func(s *Settings) { s.History = 7 }), nil)
	r.until(t, "the end of the mailbox", func() bool { return r.cursors["inbox-1/INBOX"].UID == 4 })
	got := map[string]bool{}
	for _, in := range r.got {
		got[in.Message.Subject] = in.History
	}
	if len(got) != 2 || !got["mail 2"] || got["mail 3"] {
		t.Errorf("got %v (subject: history), want mail 2 as history and mail 3 as news", got)
	}
}

// UP-E20: a mailbox with 5,000 old mails is connected: none is taken in, none is downloaded.
func TestFiveThousandOldMails(t *testing.T) {
	t.Parallel()
	server, r := newHostile(t), newRecord()
	for n := range 5000 {
		server.add(uint32(n+1), letter(n), time.Now().Add(-time.Hour-time.Duration(n)*time.Minute))
	}
	reads(t, r, inboxAt(t, server.addr, nil), nil)
	r.until(t, "the end of the mailbox", func() bool { return r.cursors["inbox-1/INBOX"].UID == 5000 })
	server.mu.Lock()
	defer server.mu.Unlock()
	if len(r.got) != 0 || len(server.downloads) != 0 {
		t.Errorf("got %d mails and %d downloads, want none", len(r.got), len(server.downloads))
	}
}

// UP-E20, UP-E7: the 51st new conversation of one sender within an hour is kept and parked; others are not touched.
func TestFloodOfOneSender(t *testing.T) {
	t.Parallel()
	server, r := newHostile(t), newRecord()
	start := time.Now()
	flood := func(n int) []byte {
		return []byte(strings.Replace(string(letter(n)), fmt.Sprintf("li%d@", n), "Flood@", 1))
	}
	for n := range 60 {
		server.add(uint32(n+1), flood(n), start)
	}
	server.add(61, letter(61), start)
	server.add(62, flood(62), start.Add(time.Hour))
	reads(t, r, inboxAt(t, server.addr, nil), nil)
	r.until(t, "all of them", func() bool { return len(r.got) == 62 })
	parked := 0
	for _, in := range r.got {
		if in.Parked {
			parked++
		}
	}
	if parked != 10 || r.got[60].Parked || r.got[61].Parked || r.got[49].Parked || !r.got[50].Parked {
		t.Errorf("parked: got %d, want the 51st to 60th of the flood", parked)
	}
}

// UP-E20, UP-X5: who writes a flood in a customer's name parks the flood and not the customer.
func TestForgedFlood(t *testing.T) {
	t.Parallel()
	server, r := newHostile(t), newRecord()
	start := time.Now()
	of := func(n int, word string) []byte {
		raw := strings.Replace(string(letter(n)), fmt.Sprintf("li%d@", n), "li@", 1)
		return []byte("Authentication-Results: mx.firm.example; dmarc=" + word + "\r\n" + raw)
	}
	for n := range 60 {
		server.add(uint32(n+1), of(n, "fail"), start)
	}
	server.add(61, of(61, "pass"), start)
	reads(t, r, inboxAt(t, server.addr, func(s *Settings) { s.SenderCheck.AuthservID = "mx.firm.example" }), nil)
	r.until(t, "all of them", func() bool { return len(r.got) == 61 })
	if !r.got[59].Parked || r.got[60].Parked {
		t.Errorf("parked: got the 60th forged one %v and the customer's own %v, want true and false", r.got[59].Parked, r.got[60].Parked)
	}
}

var _ Elsewhere = (*desk.Service)(nil)

// A mail of the Sent folder that cannot be had is passed over: in quarantine it would be taken for a customer's.
func TestStallingSentMail(t *testing.T) {
	t.Parallel()
	server, r := newHostile(t), newRecord()
	server.add(1, letter(1), time.Now())
	server.add(2, writtenElsewhere("a@firm.example", "m1@customer.example"), time.Now())
	server.stall[2] = 100
	reads(t, r, inboxAt(t, server.addr, func(s *Settings) { s.Sent, s.Mailboxes = "Gesendet", []string{"Gesendet"} }), impatient)
	r.until(t, "both cursors", func() bool {
		return r.cursors["inbox-1/Gesendet"].UID == 2 && r.cursors["inbox-1/sent:Gesendet"].UID == 2
	})
	for key := range r.aside() {
		if strings.HasPrefix(key, sentKey) {
			t.Errorf("quarantine: got %s", key)
		}
	}
}
