package email

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"yingda/channels"
	"yingda/desk"
)

// Taker takes one raw mail in: raw bytes kept, parsed, files kept, handed to the desk. The mailbox drives it, and so
// does the Retry button of the quarantine.
type Taker struct {
	inbox    desk.Inbox
	settings Settings
	deps     Deps
	brake    *brake
	read     func([]byte, Options) (Mail, error) // Parse, but in the tests of what happens when it never ends
}

// NewTaker returns one for an inbox. Blobs, Intake, Quarantine and Now must be there.
func NewTaker(inbox desk.Inbox, s Settings, d Deps) *Taker {
	d.Timing.fill(time.Duration(s.Poll) * time.Second)
	return &Taker{inbox: inbox, settings: s, deps: d, brake: newBrake(s.Brake), read: Parse}
}

// Retry takes a quarantined mail in again from its raw bytes. It returns what stops it this time, or nil.
func (t *Taker) Retry(ctx context.Context, raw []byte, u Unreadable) (desk.Received, error) {
	m, err := t.parse(raw, u, false)
	if err != nil {
		return desk.Received{}, err
	}
	t.settings.SenderCheck.prove(ctx, raw, &m.Message, resolver)
	if u.Raw != "" {
		m.Message.Raw = u.Raw
	}
	if err := t.keepFiles(ctx, m); err != nil {
		return desk.Received{}, err
	}
	got, err := t.deps.Intake.Receive(ctx, m.Inbound)
	if err != nil {
		return got, fmt.Errorf("receive %s: %w", m.External, err)
	}
	return got, nil
}

// take does all of it and fills in what it learns. An error means that the store is at fault or ctx ended: the mail
// must be read again.
func (t *Taker) take(ctx context.Context, raw []byte, u *Unreadable, cut bool) error {
	sum, err := t.put(ctx, raw)
	if err != nil {
		return t.refused(ctx, raw, u, err)
	}
	u.Raw = sum
	m, err := t.parse(raw, *u, cut)
	if err != nil {
		u.Cause = clip(err.Error(), 500)
		t.describe(raw, u)
		return t.quarantine(ctx, *u)
	}
	m.Message.Raw = sum
	t.settings.SenderCheck.prove(ctx, raw, &m.Message, resolver)
	if err := t.keepFiles(ctx, m); err != nil {
		return t.refused(ctx, raw, u, err)
	}
	return t.receive(ctx, m, u)
}

// refused puts away a mail whose bytes the store refuses for good (over its own limit); anything else may pass.
func (t *Taker) refused(ctx context.Context, raw []byte, u *Unreadable, err error) error {
	if ctx.Err() != nil || retryable(err) {
		return err
	}
	u.Cause = clip(err.Error(), 500)
	t.describe(raw, u)
	return t.quarantine(ctx, *u)
}

// parse reads the mail under a time limit: a mail that keeps the parser busy must not keep the mailbox (UP-E1).
func (t *Taker) parse(raw []byte, u Unreadable, cut bool) (Mail, error) {
	type result struct {
		m   Mail
		err error
	}
	done := make(chan result, 1)
	go func() {
		m, err := t.read(raw, Options{
			Inbox: t.inbox.ID, Own: t.settings.own(t.inbox.Address), Tokens: t.deps.Tokens, At: u.At, Limits: t.settings.limits(),
		})
		done <- result{m, err}
	}()
	timer := time.NewTimer(t.deps.Timing.Parse)
	defer timer.Stop()
	select {
	case r := <-done:
		if r.err != nil {
			return r.m, r.err
		}
		r.m.History = u.History
		pushedAs(&r.m, u)
		if cut {
			markTooLarge(&r.m, u)
		}
		return r.m, nil
	case <-timer.C:
		return Mail{}, fmt.Errorf("parser took longer than %s", t.deps.Timing.Parse)
	}
}

// markTooLarge makes what was read of a mail over the limit say so: the whole mail stands as a file without a blob,
// still on the server, and the files that were cut are none (UP-E14).
func markTooLarge(m *Mail, u Unreadable) {
	m.Files = nil
	m.Message.Attachments = []desk.Attachment{{Name: wholeName, ContentType: "message/rfc822", Size: u.Size}}
}

// describe adds who and what, as far as the header can be read.
func (t *Taker) describe(raw []byte, u *Unreadable) {
	defer func() { _ = recover() }() // the parser may have panicked on this very header
	h, _ := splitHeader(raw[:min(len(raw), headBytes)])
	u.Subject = clip(h.text("subject", ""), 300)
	u.From = clip(h.text("from", ""), 300)
}

// put keeps the raw bytes before anything is done with them.
func (t *Taker) put(ctx context.Context, raw []byte) (string, error) {
	var sum string
	err := t.insist(ctx, func() (err error) {
		sum, _, err = t.deps.Blobs.Put(ctx, bytes.NewReader(raw))
		return err
	})
	if err != nil {
		return "", fmt.Errorf("keep raw mail: %w", err)
	}
	return sum, nil
}

func (t *Taker) keepFiles(ctx context.Context, m Mail) error {
	for _, f := range m.Files {
		err := t.insist(ctx, func() error {
			_, _, err := t.deps.Blobs.Put(ctx, bytes.NewReader(f.Data))
			return err
		})
		if err != nil {
			return fmt.Errorf("keep file %s: %w", f.Name, err)
		}
	}
	return nil
}

// receive hands over. What the desk refuses for good goes to quarantine.
func (t *Taker) receive(ctx context.Context, m Mail, u *Unreadable) error {
	start := t.deps.Now()
	// A forged address has a share of its own: who writes in a customer's name does not park the customer.
	sender := m.From.Value + " " + m.Message.SenderState
	counts := !m.History && m.Message.Auto == desk.ByHuman
	m.Parked = counts && !t.brake.take(sender, m.At)
	var got desk.Received
	err := t.insist(ctx, func() (err error) {
		defer func() {
			if p := recover(); p != nil {
				err = desk.Refuse(desk.Internal, "intake_panicked", "cause", fmt.Sprint(p))
			}
		}()
		got, err = t.deps.Intake.Receive(ctx, m.Inbound)
		return err
	})
	if counts && !m.Parked && (err != nil || !got.New) {
		t.brake.giveBack(sender, m.At)
	}
	if err == nil {
		t.deps.Metrics.received(got, m.Message.Auto, t.deps.Now().Sub(start))
		if m.Parked {
			t.deps.Metrics.parked()
		}
		return t.keepPlace(ctx, m, got, *u)
	}
	if ctx.Err() != nil || retryable(err) {
		return fmt.Errorf("receive %s: %w", m.External, err)
	}
	u.Cause, u.From, u.Subject = clip(err.Error(), 500), m.Message.From.Address, clip(m.Message.Subject, 300)
	return t.quarantine(ctx, *u)
}

// keepPlace notes where a mail lies that was not kept whole.
func (t *Taker) keepPlace(ctx context.Context, m Mail, got desk.Received, u Unreadable) error {
	if t.deps.Remote == nil || got.Message == "" || !cutShort(m.Message) {
		return nil
	}
	err := t.insist(ctx, func() error { return t.deps.Remote.KeepPlace(ctx, got.Message, u) })
	if err != nil {
		return fmt.Errorf("keep the place of %s: %w", m.External, err)
	}
	return nil
}

// cutShort reports whether the whole mail is only on its server.
func cutShort(m desk.Message) bool {
	return len(m.Attachments) == 1 && m.Attachments[0].Blob == "" && m.Attachments[0].Name == wholeName
}

// quarantine keeps u where people see it.
func (t *Taker) quarantine(ctx context.Context, u Unreadable) error {
	if strings.HasPrefix(u.Mailbox, sentKey) { // ours: read again as a customer's it would be one
		t.deps.Metrics.sentElsewhere("ignored")
		return nil
	}
	t.deps.Metrics.quarantined()
	if t.deps.Log != nil {
		t.deps.Log.Warn("mail quarantined", "mailbox", u.Mailbox, "uid", u.UID, "cause", u.Cause)
	}
	if err := t.insist(ctx, func() error { return t.deps.Quarantine.Quarantine(ctx, u) }); err != nil {
		return fmt.Errorf("quarantine uid %d: %w", u.UID, err)
	}
	return nil
}

// insist asks a store that is away again for a while, before the mail is put down and the connection with it. The bytes
// are at hand meanwhile: nothing is downloaded twice for a store's sake (UP-E2).
func (t *Taker) insist(ctx context.Context, f func() error) error {
	b := channels.Backoff{First: 100 * time.Millisecond, Max: 20 * time.Second, Random: t.deps.Random}
	waited := time.Duration(0)
	for n := 1; ; n++ {
		err := f()
		if err == nil || !retryable(err) || waited >= t.deps.Timing.Insist || ctx.Err() != nil {
			return err
		}
		d := b.After(n)
		pause(ctx, d)
		waited += d
	}
}

// hashOf is the name of bytes in the blob store.
func hashOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// retryable reports whether the same call may succeed later.
func retryable(err error) bool {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return true
	}
	switch desk.CodeOf(err) {
	case desk.Unavailable, desk.TooMany, desk.Conflict:
		return true
	case desk.Internal:
		var e *desk.Error
		return !errors.As(err, &e) // an error without a code is the store's own: disk, network
	}
	return false
}
