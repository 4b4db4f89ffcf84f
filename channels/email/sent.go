package email

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-imap/v2"

	"yingda/channels"
	"yingda/desk"
)

// Elsewhere takes in what people of the house sent with other programs; *desk.Service does it (UP-E17).
type Elsewhere interface {
	Elsewhere(ctx context.Context, in desk.Inbound) (desk.Received, error)
}

const (
	// sentKey begins the names under which cursors of Sent folders are kept: the same folder may be read as mail too.
	sentKey = "sent:"
	// sentAgain is when a mailbox without a Sent folder is looked at again.
	sentAgain = time.Hour
	// sentRetries is how many times longer than a mailbox the Sent folder may wait for its connection.
	sentRetries = 10
	// sentPatience is how long a Sent folder waits for the mailboxes to be read before it idles on.
	sentPatience = time.Minute
)

// errNoSent is a mailbox without a folder of what was sent.
var errNoSent = errors.New("no Sent folder")

// watchSent keeps the Sent folder read. Its troubles do not turn the inbox red: mail comes in all the same.
func (m *Mailbox) watchSent(ctx context.Context) {
	failures := 0
	for ctx.Err() == nil {
		good, err := m.sentConnection(ctx)
		if ctx.Err() != nil {
			return
		}
		if errors.Is(err, errNoSent) {
			m.deps.Log.Info("what is sent with other programs is not seen: the mailbox has no Sent folder")
			pause(ctx, sentAgain)
			continue
		}
		if good {
			failures = 0
		}
		failures++
		m.deps.Log.Warn("Sent folder's connection ended", "cause", cause(err), "err", err)
		// Servers that bound how many connections one account may have refuse this one: it is not knocked for every minute.
		b := channels.Backoff{First: m.deps.Timing.Retry, Max: sentRetries * m.deps.Timing.RetryMax, Random: m.deps.Random}
		pause(ctx, b.After(failures))
	}
}

func (m *Mailbox) sentConnection(ctx context.Context) (good bool, err error) {
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
	name := m.settings.Sent
	if name == "" {
		if name, err = s.sentFolder(); err != nil {
			return false, err
		}
	}
	if err := s.open(name, true); err != nil {
		return false, err
	}
	for ctx.Err() == nil {
		if err := m.poll(ctx, s, m.sentReading(name)); err != nil {
			return good, err
		}
		good = true
		quiet, err := s.wait(ctx, m.deps.Timing.Idle)
		if err != nil {
			return good, err
		}
		if quiet {
			if err := s.open(name, true); err != nil {
				return good, err
			}
		}
	}
	return good, ctx.Err()
}

func (m *Mailbox) sentReading(name string) reading {
	return reading{
		key: sentKey + name, limit: attemptFrom, take: m.taker.sent,
		// The mail that is answered came before the answer: once every mailbox was read, it is in the record.
		ready: func(ctx context.Context) bool { return m.looks.all(ctx, m.settings.Mailboxes, sentPatience) },
	}
}

// sentFolder finds the folder by its special use (RFC 6154), else by the names providers give it.
func (s *session) sentFolder() (string, error) {
	var found string
	rank := len(sentNames)
	err := s.do("list folders", s.timing.Command, func() error {
		list, err := s.client.List("", "*", nil).Collect()
		for _, d := range list {
			if slices.Contains(d.Attrs, imap.MailboxAttrSent) {
				found, rank = d.Mailbox, -1
			}
			leaf := d.Mailbox
			if d.Delim != 0 {
				leaf = leaf[strings.LastIndex(leaf, string(d.Delim))+1:]
			}
			if i := slices.Index(sentNames, strings.ToLower(leaf)); i >= 0 && i < rank {
				found, rank = d.Mailbox, i
			}
		}
		return err
	})
	if err == nil && found == "" {
		err = errNoSent
	}
	return found, err
}

// sentNames are what providers without special use call it, the likeliest first.
var sentNames = []string{"sent", "sent messages", "sent items", "sent mail", "已发送", "已发邮件", "已發送", "寄件備份", "送信済み", "gesendet", "envoyés", "enviados"}

// sent takes in one mail of the Sent folder. One that cannot be read is ours, and no customer waits for it.
func (t *Taker) sent(ctx context.Context, raw []byte, u *Unreadable, cut bool) error {
	m, err := t.parse(raw, *u, cut)
	if err != nil {
		t.deps.Metrics.sentElsewhere("ignored")
		return nil //nolint:nilerr // said above
	}
	own := t.ownCopy(m)
	if own {
		m.Thread = nil // whatever it answers, we have it
	}
	if !own && len(m.Thread) == 0 {
		t.deps.Metrics.sentElsewhere("ignored") // it answers nothing
		return nil
	}
	if !own {
		sum, err := t.put(ctx, raw)
		if err != nil {
			return err
		}
		m.Message.Raw = sum
		if err := t.keepFiles(ctx, m); err != nil {
			return err
		}
	}
	var got desk.Received
	err = t.insist(ctx, func() (err error) {
		got, err = t.deps.Elsewhere.Elsewhere(ctx, m.Inbound)
		return err
	})
	switch {
	case err != nil && (ctx.Err() != nil || retryable(err)):
		return fmt.Errorf("take in %s: %w", m.External, err)
	case err != nil || got.Conversation == "":
		t.deps.Metrics.sentElsewhere("ignored")
	case got.Duplicate:
		t.deps.Metrics.sentElsewhere("copy")
	default:
		t.deps.Metrics.sentElsewhere("joined")
		place := *u
		place.Mailbox = strings.TrimPrefix(place.Mailbox, sentKey)
		return t.keepPlace(ctx, m, got, place)
	}
	return nil
}

// ownCopy reports whether the mail was written by this desk: our own header, our own form of Message-ID, or our token
// where a provider gave it another. It is never an answer from elsewhere.
func (t *Taker) ownCopy(m Mail) bool {
	if m.Copy != "" {
		return true
	}
	for _, a := range m.Message.ReplyTo {
		if t.deps.Tokens.Conversation(a.Address) != "" {
			return true
		}
	}
	local, domain, _ := strings.Cut(m.Message.RFCMessageID, "@")
	_, own, _ := strings.Cut(t.inbox.Address, "@")
	return len(local) == 36 && strings.Count(local, "-") == 4 && strings.EqualFold(domain, own)
}

// looks knows which mailbox was read to its end since when, and can ask for another look.
type looks struct {
	mu      sync.Mutex
	n       int64 // counts looks and questions: a clock without time
	last    map[string]int64
	wakes   map[string]func()
	changed chan struct{}
}

func newLooks() *looks {
	return &looks{last: map[string]int64{}, wakes: map[string]func(){}, changed: make(chan struct{})}
}

// begin says that a look at a mailbox begins; wake asks for another one.
func (l *looks) begin(name string, wake func()) int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.n++
	l.wakes[name] = wake
	return l.n
}

// end says that the look which began so has read everything there was.
func (l *looks) end(name string, began int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last[name] = began
	close(l.changed)
	l.changed = make(chan struct{})
}

func (l *looks) leave(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.wakes, name)
}

// all waits until each mailbox was read to its end by a look that began after this call; false: not within patience.
func (l *looks) all(ctx context.Context, names []string, patience time.Duration) bool {
	t := time.NewTimer(patience)
	defer t.Stop()
	l.mu.Lock()
	l.n++
	asked := l.n
	for _, wake := range l.wakes {
		wake()
	}
	l.mu.Unlock()
	for {
		l.mu.Lock()
		missing, changed := slices.ContainsFunc(names, func(n string) bool { return l.last[n] <= asked }), l.changed
		l.mu.Unlock()
		if !missing {
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-t.C:
			return false
		case <-changed:
		}
	}
}
