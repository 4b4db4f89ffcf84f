package notify

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"yingda/desk"
)

// Spool keeps notices; *store.DB is one.
type Spool interface {
	EventsAfter(ctx context.Context, seq int64, limit int) ([]desk.Event, error)
	LastSeq(ctx context.Context) (int64, error)
	// Listener is how far one who follows the log by name has come; false when it never began.
	Listener(ctx context.Context, name string) (seq int64, ok bool, err error)
	// KeepNotices writes notices down and moves the listener to seq, as one. What is there already stays.
	KeepNotices(ctx context.Context, list []desk.MailNotice, name string, seq int64) error
	// NoticeTurns lists addresses with notices that may go out now, the longest waiting first.
	NoticeTurns(ctx context.Context, now time.Time, limit int) ([]desk.NoticeTurn, error)
	// TakeNotices puts what may go out to an address now into a batch; one that was taken before comes first, as it was.
	TakeNotices(ctx context.Context, address, batch string, now time.Time) (taken string, list []desk.MailNotice, err error)
	NoticesSent(ctx context.Context, address, batch string, now time.Time) error
	NoticesFailed(ctx context.Context, address string, now time.Time, failed int) error
}

// Records are what a notice is told with; *store.DB is one.
type Records interface {
	Conversation(ctx context.Context, id desk.ConversationID) (desk.Conversation, []desk.Clock, error)
	// AlertByID returns one, or desk.ErrNotFound.
	AlertByID(ctx context.Context, id desk.AlertID) (desk.Alert, error)
	NoticeWish(ctx context.Context, a desk.AgentID) (desk.NoticeWish, error)
	Directory() desk.Directory
}

// Mail is one to send. ID is the same on every try.
type Mail struct {
	ID      string
	To      string
	Subject string
	Text    string
	Files   []File
}

// File goes with a mail.
type File struct {
	Name, Type string
	Data       []byte
}

// Post sends mails.
type Post interface {
	Notify(ctx context.Context, m Mail) error
}

// Deps are what a Notifier needs. Link is the address of a conversation in the console, Alerts that of its alerts, Opening
// the next moment at which a calendar is open.
type Deps struct {
	Spool   Spool
	Records Records
	Post    Post
	Link    func(desk.ConversationID) string
	Alerts  string
	Opening func(calendar string, at time.Time) time.Time
	Now     func() time.Time
	NewID   func() string
	Log     *slog.Logger
	Metrics *Metrics
}

// Notifier follows the log and mails. One node of a house runs one, under a lease.
type Notifier struct {
	Deps
	wake chan struct{}

	begun  bool
	at     int64 // how far the log was read
	keptAt time.Time
}

// New makes a Notifier.
func New(d Deps) *Notifier { return &Notifier{Deps: d, wake: make(chan struct{}, 1)} }

// Hear is a [desk.Listener]: what asks for mail wakes the notifier.
func (n *Notifier) Hear(_ context.Context, e desk.Event) error {
	if c, ok := callOf(e); ok && c.mails() {
		select {
		case n.wake <- struct{}{}:
		default:
		}
	}
	return nil
}

const (
	listener = "notices"
	page     = 500
	every    = time.Second
	keepEach = 10 * time.Second // how long the place in the log may be known here alone while nothing is to be told
	turns    = 200              // addresses looked at in one round

	perMail = time.Minute    // at most one mail a person in so long
	keepFor = 24 * time.Hour // after which a notice is no news
	longest = time.Hour      // between tries
)

// Run mails until ctx ends, and returns nil then.
func (n *Notifier) Run(ctx context.Context) error {
	n.begun = false // another node may have gone on
	for ctx.Err() == nil {
		more, err := n.read(ctx)
		if err == nil {
			err = n.send(ctx)
		}
		if err != nil && ctx.Err() == nil {
			n.Log.Warn("notices: telling by mail", "err", err)
		}
		if more && err == nil {
			continue
		}
		timer := time.NewTimer(every)
		select {
		case <-ctx.Done():
		case <-n.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
	return nil
}

// read makes notices of the next page of facts. A house that never had one begins with what happens from now on.
func (n *Notifier) read(ctx context.Context) (more bool, err error) {
	if err := n.begin(ctx); err != nil {
		return false, fmt.Errorf("find the place in the log: %w", err)
	}
	facts, err := n.Spool.EventsAfter(ctx, n.at, page)
	if err != nil || len(facts) == 0 {
		return false, err
	}
	var out []desk.MailNotice
	for _, e := range facts {
		if c, ok := callOf(e); ok && c.mails() {
			list, err := n.noticesOf(ctx, e, c)
			if err != nil {
				return false, err
			}
			out = append(out, list...)
		}
	}
	last := facts[len(facts)-1].Seq
	// A place alone is kept now and then: what is read again makes the same notices.
	if now := n.Now(); len(out) > 0 || now.Sub(n.keptAt) >= keepEach {
		if err := n.Spool.KeepNotices(ctx, out, listener, last); err != nil {
			return false, fmt.Errorf("keep notices: %w", err)
		}
		n.keptAt = now
	}
	n.at = last
	return len(facts) == page, nil
}

func (n *Notifier) begin(ctx context.Context) error {
	if n.begun {
		return nil
	}
	seq, known, err := n.Spool.Listener(ctx, listener)
	if err == nil && !known {
		if seq, err = n.Spool.LastSeq(ctx); err == nil {
			err = n.Spool.KeepNotices(ctx, nil, listener, seq)
		}
	}
	if err != nil {
		return err
	}
	n.begun, n.at, n.keptAt = true, seq, n.Now()
	return nil
}

// call is a fact that names people to be told, and the line it is for them.
type call struct {
	to   []desk.Recipient
	told []desk.AgentID
	mail bool // those told are mailed as well
	line desk.MailNotice
	in   string // calendar outside of whose hours plain addresses wait; "" none
}

// callOf is what a fact asks for; false when it names nobody.
func callOf(e desk.Event) (call, bool) {
	switch f := e.Fact.(type) {
	case desk.ClockEscalated:
		return call{f.To, f.Told, f.Mail, desk.MailNotice{
			Conversation: desk.ConversationID(e.Subject.ID), Target: f.Clock.Target, Level: f.Level, DueAt: f.Clock.DueAt, At: e.At,
		}, ""}, true
	case desk.AlertRaised:
		return call{f.To, f.Told, f.Mail, desk.MailNotice{Alert: f.Alert.ID, At: e.At}, f.NoticesIn}, true
	}
	return call{}, false
}

// mails reports whether mail is asked for at all.
func (c call) mails() bool {
	return c.mail && len(c.told) > 0 || slices.ContainsFunc(c.to, func(r desk.Recipient) bool { return r.Kind == desk.ToMail })
}

// noticesOf are the lines of one call: to agents who did not say otherwise, and to the addresses it names.
func (n *Notifier) noticesOf(ctx context.Context, e desk.Event, c call) ([]desk.MailNotice, error) {
	var out []desk.MailNotice
	add := func(address string, agent desk.AgentID) {
		l := c.line
		if agent == "" && c.in != "" {
			l.At = n.Opening(c.in, l.At)
		}
		l.Address, l.Agent = strings.ToLower(address), agent
		l.ID = fmt.Sprintf("%d:%s", e.Seq, l.Address)
		if address != "" {
			out = append(out, l)
		}
	}
	for _, id := range c.told {
		a, ok := n.Records.Directory().Agent(id)
		if !c.mail || !ok || a.Disabled {
			continue
		}
		wish, err := n.Records.NoticeWish(ctx, id)
		if err != nil {
			return nil, fmt.Errorf("read how %s wishes to be told: %w", id, err)
		}
		if !wish.NoMail {
			add(a.Email, id)
		}
	}
	for _, r := range c.to {
		if r.Kind == desk.ToMail {
			add(r.ID, "")
		}
	}
	return out, nil
}

// send mails everybody whose turn it is.
func (n *Notifier) send(ctx context.Context) error {
	list, err := n.Spool.NoticeTurns(ctx, n.Now(), turns)
	if err != nil {
		return fmt.Errorf("find who is to be told: %w", err)
	}
	for _, t := range list {
		if ctx.Err() != nil {
			return nil
		}
		now := n.Now()
		if now.Sub(t.LastAt) < pause(t.Failed) && !t.LastAt.After(now) {
			continue
		}
		open, err := n.open(ctx, t.Agent, now)
		if err != nil {
			return err
		}
		if !open {
			continue
		}
		if err := n.one(ctx, t, now); err != nil {
			return err
		}
	}
	return nil
}

// pause is how long an address is left alone: a minute after a mail, twice as long after each that did not go out.
func pause(failed int) time.Duration { return min(perMail<<min(failed, 10), longest) }

func (n *Notifier) open(ctx context.Context, a desk.AgentID, now time.Time) (bool, error) {
	if a == "" {
		return true, nil
	}
	wish, err := n.Records.NoticeWish(ctx, a)
	if err != nil {
		return false, fmt.Errorf("read how %s wishes to be told: %w", a, err)
	}
	return wish.Open(now), nil
}

// one mails what waits for one address. What could not go out for a day after it was due is given up.
func (n *Notifier) one(ctx context.Context, t desk.NoticeTurn, now time.Time) error {
	batch, list, err := n.Spool.TakeNotices(ctx, t.Address, n.NewID(), now)
	if err != nil {
		return fmt.Errorf("take the notices for %s: %w", t.Address, err)
	}
	lines, err := n.lines(ctx, list)
	if err != nil {
		return err
	}
	if len(lines) == 0 { // erased meanwhile
		return n.Spool.NoticesSent(ctx, t.Address, batch, now)
	}
	subject, text := told(n.locale(t.Agent), lines, now)
	err = n.Post.Notify(ctx, Mail{ID: batch, To: t.Address, Subject: subject, Text: text})
	switch {
	case err == nil:
		n.Metrics.count("sent")
		return n.Spool.NoticesSent(ctx, t.Address, batch, now)
	case ctx.Err() != nil:
		return nil
	case t.Failed > 0 && now.Sub(t.Oldest) >= keepFor:
		n.Metrics.count("given_up")
		n.Log.Warn("notices: a mail was given up", "agent", t.Agent, "count", len(lines), "err", err)
		return n.Spool.NoticesSent(ctx, t.Address, batch, now)
	}
	n.Metrics.count("failed")
	n.Log.Warn("notices: a mail did not go out and is tried again", "agent", t.Agent, "in", pause(t.Failed+1), "err", err)
	return n.Spool.NoticesFailed(ctx, t.Address, now, t.Failed+1)
}

func (n *Notifier) locale(a desk.AgentID) string {
	agent, _ := n.Records.Directory().Agent(a)
	return agent.Locale
}
