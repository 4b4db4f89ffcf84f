package email

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"yingda/channels"
	"yingda/desk"
)

// Deps is what a [Mailbox] and a [Taker] are made of.
type Deps struct {
	Intake     channels.Intake
	Blobs      Blobs
	Cursors    Cursors
	Quarantine Quarantine
	Reporter   Reporter
	Secrets    Secrets
	Tokens     *Tokens
	Network    Network
	Timing     Timing
	Now        func() time.Time
	Random     func() float64 // for jitter
	Log        *slog.Logger
	Metrics    *Metrics // may be nil
}

// Mailbox reads the mail of one inbox. It owns the cursors of its server-side mailboxes.
type Mailbox struct {
	inbox    desk.Inbox
	settings Settings
	deps     Deps
	taker    *Taker

	mu       sync.Mutex
	down     map[string]string // server-side mailbox → cause; "" is up
	state    desk.ChannelState
	reported bool
}

var _ channels.Channel = (*Mailbox)(nil)

// NewMailbox returns a reader for the inbox. Errors: those of [ParseSettings].
func NewMailbox(inbox desk.Inbox, d Deps) (*Mailbox, error) {
	s, err := ParseSettings(inbox.Channel)
	if err != nil {
		return nil, err
	}
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	d.Timing.fill(time.Duration(s.Poll) * time.Second)
	d.Log = d.Log.With("inbox", inbox.ID)
	return &Mailbox{inbox: inbox, settings: s, deps: d, taker: NewTaker(inbox, s, d), down: map[string]string{}}, nil
}

// Inbox is the inbox read.
func (m *Mailbox) Inbox() desk.InboxID { return m.inbox.ID }

// Run reads until ctx ends. It reconnects by itself, with back-off and jitter.
func (m *Mailbox) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, name := range m.settings.Mailboxes {
		g.Go(func() error { m.folder(ctx, name); return nil })
	}
	return g.Wait() //nolint:wrapcheck // never an error: folders end with ctx
}

// folder keeps one server-side mailbox read.
func (m *Mailbox) folder(ctx context.Context, name string) {
	failures := 0
	for ctx.Err() == nil {
		good, err := m.connection(ctx, name)
		if ctx.Err() != nil {
			return
		}
		if good {
			failures = 0
		}
		failures++
		why := cause(err)
		m.deps.Log.Warn("mailbox connection ended", "mailbox", name, "cause", why, "err", err)
		m.deps.Metrics.reconnect(why)
		m.report(ctx, name, why)
		b := channels.Backoff{First: m.deps.Timing.Retry, Max: m.deps.Timing.RetryMax, Random: m.deps.Random}
		pause(ctx, b.After(failures))
	}
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// connection serves one connection until it breaks. good says that at least one poll was completed.
func (m *Mailbox) connection(ctx context.Context, name string) (good bool, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	secret, err := credential(ctx, m.settings.IMAP, m.deps.Secrets)
	if err != nil {
		return false, err
	}
	s, err := connect(ctx, m.deps.Network, m.settings.IMAP, secret, m.deps.Timing)
	if err != nil {
		return false, err
	}
	defer s.close()
	if err := s.open(name, m.settings.After == AfterKeep); err != nil {
		return false, err
	}
	for ctx.Err() == nil {
		if err := m.poll(ctx, s, name); err != nil {
			return good, err
		}
		good = true
		m.report(ctx, name, "")
		if err := s.wait(ctx, m.deps.Timing.Idle); err != nil {
			return good, err
		}
	}
	return good, ctx.Err()
}

// report tells of changes. An inbox is up when all its mailboxes are; LastGood moves with every completed poll.
func (m *Mailbox) report(ctx context.Context, name, why string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.down[name] = why
	now := desk.ChannelState{Up: true, LastGood: m.state.LastGood}
	for _, c := range m.down {
		if c != "" {
			now.Up, now.Cause = false, c
		}
	}
	if why == "" {
		now.LastGood = m.deps.Now()
		m.deps.Metrics.good(string(m.inbox.ID), now.LastGood)
	}
	changed := !m.reported || now.Up != m.state.Up || now.Cause != m.state.Cause
	m.state = now
	if !changed || m.deps.Reporter == nil || now.Up && len(m.down) < len(m.settings.Mailboxes) {
		return
	}
	if err := m.deps.Reporter.ChannelState(ctx, m.inbox.ID, now); err != nil {
		m.deps.Log.Error("report channel state", "err", err)
		return // told again with the next poll
	}
	m.reported = true
}

// State is what the mailbox last knew of its connection.
func (m *Mailbox) State() desk.ChannelState {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.state
}

// poll takes in everything after the cursor.
func (m *Mailbox) poll(ctx context.Context, s *session, name string) error {
	cur, err := m.cursor(ctx, s, name)
	if err != nil {
		return err
	}
	list, err := s.list(cur.UID)
	if err != nil {
		return err
	}
	defer m.deps.Metrics.polled()
	for i, meta := range list {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := m.one(ctx, s, name, cur, meta); err != nil {
			var q *quarantinedError
			if errors.As(err, &q) {
				cur.UID = meta.uid // its connection broke, but the mail itself is dealt with
			}
			m.save(ctx, name, cur) // what was done is done
			return fmt.Errorf("take in uid %d: %w", meta.uid, err)
		}
		cur.UID = meta.uid
		if i%cursorEvery == cursorEvery-1 || i == len(list)-1 {
			if err := m.deps.Cursors.SaveCursor(ctx, m.inbox.ID, name, cur); err != nil {
				return fmt.Errorf("save cursor: %w", err)
			}
		}
	}
	return nil
}

// cursorEvery bounds how much is read again after a crash; repeats change nothing.
const cursorEvery = 20

func (m *Mailbox) save(ctx context.Context, name string, cur Cursor) {
	if err := m.deps.Cursors.SaveCursor(ctx, m.inbox.ID, name, cur); err != nil {
		m.deps.Log.Error("save cursor", "mailbox", name, "err", err)
	}
}

// cursor loads how far we are. Another UIDVALIDITY means that UIDs have new meanings: everything is read again from
// the first, and what is known already is recognised by Message-ID and hash (UP-E3).
func (m *Mailbox) cursor(ctx context.Context, s *session, name string) (Cursor, error) {
	cur, err := m.deps.Cursors.Cursor(ctx, m.inbox.ID, name)
	if err != nil {
		return cur, fmt.Errorf("load cursor: %w", err)
	}
	if cur.Validity == s.validity && !cur.Connected.IsZero() {
		return cur, nil
	}
	if cur.Validity != 0 {
		m.deps.Log.Warn("mailbox has new UIDs, reading it again", "mailbox", name, "was", cur.Validity, "is", s.validity)
		m.deps.Metrics.resync()
	}
	if cur.Connected.IsZero() {
		cur.Connected = m.deps.Now()
	}
	cur.Validity, cur.UID = s.validity, 0
	if err := m.deps.Cursors.SaveCursor(ctx, m.inbox.ID, name, cur); err != nil {
		return cur, fmt.Errorf("save cursor: %w", err)
	}
	return cur, nil
}

// clockSlack forgives a server whose clock differs from ours when history is told from news.
const clockSlack = time.Minute

// one takes in one mail: downloads, keeps the raw bytes, parses, hands over. It returns an error only when the
// connection or the store is at fault; a mail that cannot be read goes to quarantine and is no error (UP-E1).
func (m *Mailbox) one(ctx context.Context, s *session, name string, cur Cursor, meta meta) error {
	history := meta.at.Before(cur.Connected.Add(-clockSlack))
	if history && (m.settings.Since == nil || meta.at.Before(*m.settings.Since)) {
		return nil
	}
	where := Unreadable{Inbox: m.inbox.ID, Mailbox: name, Validity: cur.Validity, UID: meta.uid, Size: meta.size, At: meta.at, History: history}
	limit := int64(0)
	if meta.size > m.settings.MaxMail {
		limit = headBytes
	}
	if meta.size > attemptFrom {
		if n, err := m.attempt(ctx, where); err != nil || n > maxAttempts {
			return m.giveUp(ctx, where, n, err)
		}
	}
	raw, err := s.download(meta, limit, m.settings.MaxMail)
	if err != nil {
		return m.failed(ctx, where, meta.size > attemptFrom, err)
	}
	m.deps.Metrics.downloaded(len(raw))
	if err := m.taker.take(ctx, raw, &where, limit > 0); err != nil {
		if desk.CodeOf(err) == desk.Unavailable {
			return err // everything is down, not this mail
		}
		return m.failed(ctx, where, meta.size > attemptFrom, err)
	}
	return m.after(s, meta.uid)
}

const (
	// maxAttempts is how often one mail is downloaded before it goes to quarantine (UP-E2).
	maxAttempts = 3
	// attemptFrom is the size, in bytes, from which an attempt is written down before the download: a mail so large
	// may take the process with it. Smaller ones are counted when they fail.
	attemptFrom = 1 << 20
	// headBytes is how much of a mail over the limit is read, for its header and first words (UP-E14).
	headBytes = 128 << 10
)

func (m *Mailbox) attempt(ctx context.Context, u Unreadable) (int, error) {
	n, err := m.deps.Cursors.Attempt(ctx, u.Inbox, u.Mailbox, u.Validity, u.UID)
	if err != nil {
		return n, fmt.Errorf("count attempt: %w", err)
	}
	return n, nil
}

func (m *Mailbox) giveUp(ctx context.Context, u Unreadable, n int, err error) error {
	if err != nil {
		return err
	}
	u.Cause = fmt.Sprintf("download failed %d times", n-1)
	return m.taker.quarantine(ctx, u)
}

// failed counts a mail that was not taken in; after a few times it goes to quarantine, so that it holds up nothing. One
// that is gone from the server meanwhile is no failure.
func (m *Mailbox) failed(ctx context.Context, u Unreadable, counted bool, err error) error {
	if errors.Is(err, errGone) {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	n := 0
	if !counted {
		var aerr error
		if n, aerr = m.attempt(ctx, u); aerr != nil {
			return errors.Join(err, aerr)
		}
	}
	if n >= maxAttempts {
		u.Cause = clip(err.Error(), 500)
		if qerr := m.taker.quarantine(ctx, u); qerr != nil {
			return qerr
		}
		return &quarantinedError{err}
	}
	return err
}

// quarantinedError is a broken connection whose mail stands in quarantine already.
type quarantinedError struct{ error }

// Unwrap returns what broke the connection.
func (e *quarantinedError) Unwrap() error { return e.error }

// after does what the settings ask for once the mail is in the record. It is a courtesy to people who look into the
// mailbox: progress is never kept there (UP-E3).
func (m *Mailbox) after(s *session, uid uint32) error {
	switch m.settings.After {
	case AfterSeen:
		return s.seen(uid)
	case AfterMove:
		return s.move(uid, m.settings.MoveTo)
	case AfterKeep:
	}
	return nil
}
