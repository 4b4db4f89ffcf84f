package demo

import (
	"context"
	"log/slog"
	"net/smtp"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// What the demo's mail server took is there again after a restart, under the same UIDs: a reader's cursor stays right.
func TestMailSurvivesARestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := openMail(t, dir)
	first.posts(t, "one")
	first.posts(t, "two")
	validity, uids := first.reads(t)
	first.stop()

	second := openMail(t, dir)
	second.posts(t, "three")
	again, more := second.reads(t)
	if again != validity || len(uids) != 2 || len(more) != 3 || more[0] != uids[0] || more[1] != uids[1] {
		t.Fatalf("got UIDs %v under %d after %v under %d, want the same and one more", more, again, uids, validity)
	}
	second.stop()
}

func TestStoppingAtOnceStops(t *testing.T) {
	t.Parallel()
	for range 20 {
		openMail(t, t.TempDir()).stop()
	}
}

func TestABadAddressIsRefused(t *testing.T) {
	t.Parallel()
	m := openMail(t, t.TempDir())
	defer m.stop()
	for _, to := range []string{"nobody@shop.example", "../../etc@shop.example"} {
		if err := smtp.SendMail(m.SMTPAddr().String(), nil, "li@customers.example", []string{to}, []byte("Subject: x\r\n\r\nx\r\n")); err == nil {
			t.Errorf("%s: got it taken, want a refusal", to)
		}
	}
}

type runningMail struct {
	*MailServer
	stop func()
}

func openMail(t *testing.T, dir string) runningMail {
	t.Helper()
	m, err := OpenMailServer(dir, "127.0.0.1:0", "127.0.0.1:0", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- m.Run(ctx) }()
	return runningMail{m, func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("stop: %v", err)
		}
	}}
}

func (m runningMail) posts(t *testing.T, subject string) {
	t.Helper()
	e := envelope{from: customers[0], to: "support+r-token@shop.example", subject: subject, text: "hello"}
	if err := smtp.SendMail(m.SMTPAddr().String(), nil, e.from.address, []string{e.to}, e.bytes(time.Now())); err != nil {
		t.Fatal(err)
	}
}

// reads lists the support account over IMAP.
func (m runningMail) reads(t *testing.T) (validity uint32, uids []imap.UID) {
	t.Helper()
	c, err := imapclient.DialInsecure(m.IMAPAddr().String(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Login("support@shop.example", MailPassword).Wait(); err != nil {
		t.Fatal(err)
	}
	box, err := c.Select("INBOX", nil).Wait()
	if err != nil {
		t.Fatal(err)
	}
	found, err := c.UIDSearch(&imap.SearchCriteria{}, nil).Wait()
	if err != nil {
		t.Fatal(err)
	}
	return box.UIDValidity, found.AllUIDs()
}
