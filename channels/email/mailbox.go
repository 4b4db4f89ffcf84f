package email

import (
	"context"
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
	Elsewhere  Elsewhere // nil: Sent folders are not watched
	Remote     Remote    // nil: where too large mails lie is forgotten
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
	careful  map[string]bool // the last download of several mails broke: one at a time
	looks    *looks
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
	return &Mailbox{
		inbox: inbox, settings: s, deps: d, taker: NewTaker(inbox, s, d), down: map[string]string{}, careful: map[string]bool{}, looks: newLooks(),
	}, nil
}

// Inbox is the inbox read.
func (m *Mailbox) Inbox() desk.InboxID { return m.inbox.ID }

// Pushed reports whether the inbox's mail comes through the listener, and there is no mailbox to be read.
func (m *Mailbox) Pushed() bool { return m.settings.Receive == ReceivePush }

// Run reads until ctx ends. It reconnects by itself, with back-off and jitter.
func (m *Mailbox) Run(ctx context.Context) error {
	if m.Pushed() {
		<-ctx.Done()
		return nil
	}
	g, ctx := errgroup.WithContext(ctx)
	for _, name := range m.settings.Mailboxes {
		g.Go(func() error { m.folder(ctx, name); return nil })
	}
	if m.deps.Elsewhere != nil && m.settings.Sent != sentNone {
		g.Go(func() error { m.watchSent(ctx); return nil })
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
	s, err := m.connect(ctx)
	if err != nil {
		return false, err
	}
	defer s.close()
	readOnly := m.settings.After == AfterKeep
	if err := s.open(name, readOnly); err != nil {
		return false, err
	}
	defer m.looks.leave(name)
	for ctx.Err() == nil {
		began := m.looks.begin(name, s.wake)
		if err := m.poll(ctx, s, reading{key: name, limit: m.settings.MaxMail, take: m.taker.take, after: true, together: true}); err != nil {
			return good, err
		}
		m.looks.end(name, began)
		good = true
		m.report(ctx, name, "")
		quiet, err := s.wait(ctx, m.deps.Timing.Idle)
		if err != nil {
			return good, err
		}
		if quiet { // UIDVALIDITY may change under an open connection, and only opening tells
			if err := s.open(name, readOnly); err != nil {
				return good, err
			}
		}
	}
	return good, ctx.Err()
}

// connect signs in.
func (m *Mailbox) connect(ctx context.Context) (*session, error) {
	secret, err := credential(ctx, m.settings.IMAP, m.deps.Secrets)
	if err != nil {
		return nil, err
	}
	return connect(ctx, m.deps.Network, m.settings.IMAP, secret, m.deps.Timing)
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
