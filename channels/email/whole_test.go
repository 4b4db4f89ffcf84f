package email

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"yingda/desk"
	"yingda/internal/testkit"
)

// UP-E14: what was too large to be kept can be had from the server, whole, by the place that was noted.
func TestWholeMailOnDemand(t *testing.T) {
	t.Parallel()
	server, r := testkit.Dovecot(t, testkit.DovecotOptions{}), newRecord()
	big := append(letter(1), bytes.Repeat([]byte("padding padding padding\r\n"), 200_000)...)
	server.Deliver(t, "ann", big)
	limit := func(s *Settings) { s.Since, s.MaxMail, s.After, s.MoveTo = &time.Time{}, 200<<10, AfterMove, "Done" }
	inbox := inboxAt(t, server.Addr, limit)
	reads(t, r, inbox, onDovecot(server))
	r.until(t, "its place", func() bool { return len(r.places) == 1 })
	settings, err := ParseSettings(inbox.Channel)
	if err != nil {
		t.Fatal(err)
	}
	var at Unreadable
	for _, u := range r.places {
		at = u
	}
	var wholes Wholes
	for range 2 * wholesAtOnce { // a place is given back
		body, size, err := wholes.Open(t.Context(), settings, Network{}, r, at)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(body)
		if err != nil || !bytes.Equal(got, big) || size != int64(len(big)) {
			t.Errorf("whole mail: got %d of %d bytes, %v, want all %d", len(got), size, err, len(big))
		}
		if err := body.Close(); err != nil {
			t.Error(err)
		}
	}
	body, _, err := wholes.Open(t.Context(), settings, Network{}, r, at)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.CopyN(io.Discard, body, 1000); err != nil {
		t.Fatal(err)
	}
	_ = body.Close() // nobody reads on: nothing hangs
	gone := at
	gone.UID = 99
	if _, _, err := wholes.Open(t.Context(), settings, Network{}, r, gone); !errors.Is(err, ErrMailGone) {
		t.Errorf("another uid: got %v, want mail_gone", err)
	}
	gone = at
	gone.Validity++
	if _, _, err := wholes.Open(t.Context(), settings, Network{}, r, gone); !errors.Is(err, ErrMailGone) {
		t.Errorf("another UIDVALIDITY: got %v, want mail_gone", err)
	}
	server.Stop()
	if _, _, err := wholes.Open(t.Context(), settings, Network{}, r, at); desk.ReasonOf(err) != "mailbox_away" {
		t.Errorf("no server: got %v, want mailbox_away", err)
	}
}

// UP-E13: a download on demand that stalls ends with whoever asked for it.
func TestWholeMailThatStalls(t *testing.T) {
	t.Parallel()
	server, r := newHostile(t), newRecord()
	server.add(1, []byte(strings.Repeat("x", 1<<20)), time.Now())
	server.stall[1] = 10
	settings, err := ParseSettings(inboxAt(t, server.addr, nil).Channel)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer stop()
	var wholes Wholes
	body, _, err := wholes.Open(ctx, settings, Network{}, r, Unreadable{Mailbox: "INBOX", Validity: 1, UID: 1})
	if err != nil {
		t.Fatal(err)
	}
	if n, err := io.Copy(io.Discard, body); err == nil {
		t.Errorf("half a mail: got %d bytes and no error", n)
	}
	_ = body.Close()
}

// UP-E11, UP-E14: downloads on demand do not eat up the connections a provider gives to an account: one too many waits, and
// goes on as soon as another ends.
func TestFewWholeMailsAtOnce(t *testing.T) {
	t.Parallel()
	server, r := newHostile(t), newRecord()
	server.add(1, []byte(strings.Repeat("x", 1<<20)), time.Now())
	settings, err := ParseSettings(inboxAt(t, server.addr, nil).Channel)
	if err != nil {
		t.Fatal(err)
	}
	var wholes Wholes
	at := Unreadable{Inbox: "inbox-1", Mailbox: "INBOX", Validity: 1, UID: 1}
	var open []io.Closer
	for range wholesAtOnce {
		body, _, err := wholes.Open(t.Context(), settings, Network{}, r, at)
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, body)
	}
	hurried, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer stop()
	if _, _, err := wholes.Open(hurried, settings, Network{}, r, at); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("one too many: got %v, want it to wait", err)
	}
	other := at
	other.Inbox = "inbox-2"
	body, _, err := wholes.Open(t.Context(), settings, Network{}, r, other)
	if err != nil {
		t.Fatalf("another inbox: %v", err)
	}
	open = append(open, body)
	done := make(chan error, 1)
	go func() {
		body, _, err := wholes.Open(t.Context(), settings, Network{}, r, at)
		if err == nil {
			err = body.Close()
		}
		done <- err
	}()
	for _, body := range open {
		_ = body.Close()
		_ = body.Close() // twice gives back one place
	}
	if err := <-done; err != nil {
		t.Errorf("after one ended: %v", err)
	}
	if n := len(wholes.lane(at.Inbox)); n != 0 {
		t.Errorf("places taken in the end: got %d, want 0", n)
	}
}
