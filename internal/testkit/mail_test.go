package testkit_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"yingda/internal/testkit"
)

const hello = "From: li@example.com\r\nTo: help@example.org\r\nSubject: hello\r\n\r\nHello.\r\n"

func signIn(t *testing.T, addr string, conf *tls.Config, user, password string, opt *imapclient.Options) *imapclient.Client {
	t.Helper()
	if opt == nil {
		opt = &imapclient.Options{}
	}
	opt.TLSConfig = conf
	c, err := imapclient.DialStartTLS(addr, opt)
	if err != nil {
		t.Fatalf("dial %s: %v", addr, err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if err := c.Login(user, password).Wait(); err != nil {
		t.Fatalf("sign in: %v", err)
	}
	return c
}

// wakesIdle selects INBOX, idles, delivers, and waits for the server to say so.
func wakesIdle(t *testing.T, addr string, conf *tls.Config, deliver func()) *imapclient.Client {
	t.Helper()
	woken := make(chan uint32, 16)
	c := signIn(t, addr, conf, "ann", "secret", &imapclient.Options{
		UnilateralDataHandler: &imapclient.UnilateralDataHandler{
			Mailbox: func(d *imapclient.UnilateralDataMailbox) {
				if d.NumMessages != nil {
					woken <- *d.NumMessages
				}
			},
		},
	})
	if _, err := c.Select("INBOX", nil).Wait(); err != nil {
		t.Fatal(err)
	}
	idle, err := c.Idle()
	if err != nil {
		t.Fatal(err)
	}
	deliver()
	select {
	case n := <-woken:
		if n != 1 {
			t.Errorf("messages after the delivery: got %d, want 1", n)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("IDLE said nothing within 30 s of a delivery")
	}
	if err := errors.Join(idle.Close(), idle.Wait()); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestDovecotIsReal(t *testing.T) {
	t.Parallel()
	server := testkit.Dovecot(t, testkit.DovecotOptions{})
	c := wakesIdle(t, server.Addr, server.TLS, func() { server.Deliver(t, "ann", []byte(hello)) })
	for _, want := range []imap.Cap{imap.CapIdle, imap.CapMove, imap.CapCondStore, imap.CapUIDPlus} {
		if !c.Caps().Has(want) {
			t.Errorf("capability %s: got none, want it", want)
		}
	}
	data, err := c.Select("INBOX", &imap.SelectOptions{CondStore: true}).Wait()
	if err != nil || data.NumMessages != 1 || data.HighestModSeq == 0 {
		t.Fatalf("SELECT: got %+v, %v, want one message and a MODSEQ", data, err)
	}
	if err := c.Create("Done", nil).Wait(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Move(imap.UIDSetNum(1), "Done").Wait(); err != nil {
		t.Fatal(err)
	}
	status, err := c.Status("Done", &imap.StatusOptions{NumMessages: true}).Wait()
	if err != nil || *status.NumMessages != 1 {
		t.Fatalf("messages after MOVE: got %+v, %v, want 1", status, err)
	}
}

func TestDovecotUsersAndTLS(t *testing.T) {
	t.Parallel()
	server := testkit.Dovecot(t, testkit.DovecotOptions{Users: map[string]string{"a@example.com": "one", "b@example.com": "two"}})
	c, err := imapclient.DialTLS(server.TLSAddr, &imapclient.Options{TLSConfig: server.TLS})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Login("a@example.com", "two").Wait(); err == nil {
		t.Fatal("another user's password: got no error")
	}
	if err := c.Login("b@example.com", "two").Wait(); err != nil {
		t.Fatal(err)
	}
}

func TestDovecotKeepsMailOverARestart(t *testing.T) {
	t.Parallel()
	server := testkit.Dovecot(t, testkit.DovecotOptions{})
	server.Deliver(t, "ann", []byte(hello))
	before, err := signIn(t, server.Addr, server.TLS, "ann", "secret", nil).Select("INBOX", nil).Wait()
	if err != nil {
		t.Fatal(err)
	}
	server.Stop()
	if c, err := net.Dial("tcp", server.Addr); err == nil {
		_ = c.Close()
		t.Fatal("dial of a stopped server: got no error")
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	after, err := signIn(t, server.Addr, server.TLS, "ann", "secret", nil).Select("INBOX", nil).Wait()
	if err != nil {
		t.Fatal(err)
	}
	if after.NumMessages != 1 || after.UIDValidity != before.UIDValidity {
		t.Errorf("after a restart: got %d messages, UIDVALIDITY %d, want 1 and %d",
			after.NumMessages, after.UIDValidity, before.UIDValidity)
	}
}

func TestIMAPServer(t *testing.T) {
	t.Parallel()
	server := testkit.IMAP(t)
	received := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	c := wakesIdle(t, server.Addr, server.TLS, func() { server.Append(t, "INBOX", []byte(hello), received) })
	for _, want := range []imap.Cap{imap.CapIdle, imap.CapMove, imap.CapUIDPlus} {
		if !c.Caps().Has(want) {
			t.Errorf("capability %s: got none, want it", want)
		}
	}
	mails, err := c.Fetch(imap.UIDSetNum(1), &imap.FetchOptions{InternalDate: true}).Collect()
	if err != nil || len(mails) != 1 || !mails[0].InternalDate.Equal(received) {
		t.Fatalf("FETCH: got %+v, %v, want one mail of %v", mails, err, received)
	}
	before, err := c.Status("INBOX", &imap.StatusOptions{UIDValidity: true}).Wait()
	if err != nil {
		t.Fatal(err)
	}
	server.Recreate(t, "INBOX")
	after, err := c.Status("INBOX", &imap.StatusOptions{UIDValidity: true, NumMessages: true}).Wait()
	if err != nil {
		t.Fatal(err)
	}
	if after.UIDValidity == before.UIDValidity || *after.NumMessages != 0 {
		t.Errorf("after Recreate: got UIDVALIDITY %d, %d messages, want a new one and 0",
			after.UIDValidity, *after.NumMessages)
	}
}

// send delivers hello over one connection, answering the first refusal it meets.
func send(t *testing.T, sink *testkit.Sink, to ...string) error {
	t.Helper()
	c, err := smtp.Dial(sink.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	return c.SendMail("help@example.org", to, strings.NewReader(hello))
}

func TestSMTPSinkKeepsMail(t *testing.T) {
	t.Parallel()
	sink := testkit.SMTPSink(t, testkit.SMTPOptions{})
	if err := send(t, sink, "li@example.com", "wang@example.com"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	got := sink.Wait(ctx, t, 1)[0]
	if string(got.Data) != hello || len(got.To) != 2 || got.From != "help@example.org" || !got.Confirmed {
		t.Errorf("kept: got %+v, want the mail to two recipients, confirmed", got)
	}
}

func TestSMTPSinkAnswersAsTold(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name string
		tell func(*testkit.Sink)
		want int
	}{
		{"recipient for good", func(s *testkit.Sink) { s.RefuseRecipient("li@example.com", 550, "no such user") }, 550},
		{"recipient for now", func(s *testkit.Sink) { s.RefuseRecipient("LI@example.com", 451, "greylisted") }, 451},
		{"sender", func(s *testkit.Sink) { s.RefuseSender(553, "not yours") }, 553},
		{"data", func(s *testkit.Sink) { s.RefuseData(554, "spam") }, 554},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			sink := testkit.SMTPSink(t, testkit.SMTPOptions{})
			c.tell(sink)
			var refusal *smtp.SMTPError
			if err := send(t, sink, "li@example.com"); !errors.As(err, &refusal) || refusal.Code != c.want {
				t.Errorf("answer: got %v, want %d", err, c.want)
			}
			if got := sink.Mails(); len(got) != 0 {
				t.Errorf("kept: got %d mails, want none", len(got))
			}
		})
	}
}

func TestSMTPSinkDropsBeforeItAnswers(t *testing.T) {
	t.Parallel()
	sink := testkit.SMTPSink(t, testkit.SMTPOptions{})
	sink.DropAfterData(1)
	err := send(t, sink, "li@example.com")
	var refusal *smtp.SMTPError
	if err == nil || errors.As(err, &refusal) {
		t.Fatalf("a dropped connection: got %v, want an error that is no answer", err)
	}
	if got := sink.Mails(); len(got) != 1 || got[0].Confirmed {
		t.Errorf("kept: got %+v, want one mail, unconfirmed", got)
	}
	if err := send(t, sink, "li@example.com"); err != nil {
		t.Errorf("the next mail: %v", err)
	}
}

func TestSMTPSinkSecureWithSignIn(t *testing.T) {
	t.Parallel()
	sink := testkit.SMTPSink(t, testkit.SMTPOptions{STARTTLS: true, User: "help", Password: "secret"})
	c, err := smtp.DialStartTLS(sink.Addr, sink.TLS)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Mail("help@example.org", nil); err == nil {
		t.Fatal("MAIL before signing in: got no error")
	}
	if err := c.Auth(sasl.NewPlainClient("", "help", "wrong")); err == nil {
		t.Fatal("a wrong password: got no error")
	}
	if err := c.Auth(sasl.NewPlainClient("", "help", "secret")); err != nil {
		t.Fatal(err)
	}
	if err := c.SendMail("help@example.org", []string{"li@example.com"}, strings.NewReader(hello)); err != nil {
		t.Fatal(err)
	}
	if got := sink.Mails(); len(got) != 1 || !got[0].TLS {
		t.Errorf("kept: got %+v, want one mail over TLS", got)
	}
}
