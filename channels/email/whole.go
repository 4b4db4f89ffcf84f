package email

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"sync"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"yingda/desk"
)

// wholeName is how a mail that was not kept whole stands among a message's files.
const wholeName = "original.eml"

// Remote is where mails lie that were too large to be kept.
type Remote interface {
	// KeepPlace notes where the whole of a message lies.
	KeepPlace(ctx context.Context, m desk.MessageID, u Unreadable) error
}

// ErrMailGone is a mail that does not lie where it did.
var ErrMailGone = desk.Refuse(desk.NotFound, "mail_gone")

const (
	// wholeTime bounds a download on demand.
	wholeTime = 15 * time.Minute
	// wholesAtOnce is how many an inbox may have at once on a node. Each takes a connection, and providers bound those of an
	// account (QQ and 163 at about ten): the mailbox's own must not be refused for them.
	wholesAtOnce = 2
	// wholePatience is how long one more waits for its turn.
	wholePatience = 10 * time.Second
)

// Wholes opens mails straight on their servers: what was too large to be kept can be had all the same, byte by byte and
// without lying in memory.
type Wholes struct {
	mu    sync.Mutex
	lanes map[desk.InboxID]chan struct{}
}

func (w *Wholes) lane(inbox desk.InboxID) chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.lanes == nil {
		w.lanes = map[desk.InboxID]chan struct{}{}
	}
	if w.lanes[inbox] == nil {
		w.lanes[inbox] = make(chan struct{}, wholesAtOnce)
	}
	return w.lanes[inbox]
}

// Open opens one. The reader must be closed; its connection ends with it. Errors: NotFound "mail_gone"; Unavailable
// "mailbox_away"; TooMany "mailbox_busy" when as many are being read as may be, and none ended for a while.
func (w *Wholes) Open(ctx context.Context, s Settings, n Network, secrets Secrets, at Unreadable) (io.ReadCloser, int64, error) {
	lane := w.lane(at.Inbox)
	t := time.NewTimer(wholePatience)
	defer t.Stop()
	select {
	case lane <- struct{}{}:
	case <-t.C:
		return nil, 0, desk.Refuse(desk.TooMany, "mailbox_busy", "max", strconv.Itoa(wholesAtOnce))
	case <-ctx.Done():
		return nil, 0, fmt.Errorf("wait for a connection: %w", ctx.Err())
	}
	body, size, err := openWhole(ctx, s, n, secrets, at)
	if err != nil {
		<-lane
		return nil, 0, err
	}
	return &leased{ReadCloser: body, leave: sync.OnceFunc(func() { <-lane })}, size, nil
}

// leased gives its place back when it is closed.
type leased struct {
	io.ReadCloser
	leave func()
}

// Close ends the download.
func (l *leased) Close() error {
	defer l.leave()
	return l.ReadCloser.Close() //nolint:wrapcheck // as it is
}

func openWhole(ctx context.Context, s Settings, n Network, secrets Secrets, at Unreadable) (io.ReadCloser, int64, error) {
	ctx, stop := context.WithTimeout(ctx, wholeTime)
	w := &whole{stop: stop, size: make(chan int64, 1), ended: make(chan struct{})}
	if err := w.open(ctx, s, n, secrets, at); err != nil {
		stop()
		if errors.Is(err, ErrMailGone) {
			return nil, 0, err
		}
		away := desk.Refuse(desk.Unavailable, "mailbox_away", "cause", cause(err))
		away.Err = err
		return nil, 0, away
	}
	select {
	case size := <-w.size:
		return w, size, nil
	case <-w.ended:
		err := w.err
		_ = w.Close() // nothing was opened
		return nil, 0, err
	}
}

// whole is one such download.
type whole struct {
	*io.PipeReader
	ses   *session
	stop  context.CancelFunc
	size  chan int64
	ended chan struct{}
	err   error // once ended: why nothing came
}

func (w *whole) open(ctx context.Context, s Settings, n Network, secrets Secrets, at Unreadable) error {
	secret, err := credential(ctx, s.IMAP, secrets)
	if err != nil {
		return err
	}
	timing := Timing{}
	timing.fill(time.Minute)
	if w.ses, err = connect(ctx, n, s.IMAP, secret, timing); err != nil {
		return err
	}
	if err := w.ses.open(at.Mailbox, true); err != nil {
		w.ses.close()
		return err
	}
	if w.ses.validity != at.Validity {
		w.ses.close()
		return ErrMailGone
	}
	r, out := io.Pipe()
	w.PipeReader = r
	go w.run(out, at.UID)
	return nil
}

// run copies the literal out until it ends or nobody reads any more.
func (w *whole) run(out *io.PipeWriter, uid uint32) {
	defer close(w.ended)
	section := &imap.FetchItemBodySection{Peek: true}
	cmd := w.ses.client.Fetch(imap.UIDSetNum(imap.UID(uid)), &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{section}})
	err, found := error(ErrMailGone), false
	for msg := cmd.Next(); msg != nil; msg = cmd.Next() {
		for item := msg.Next(); item != nil; item = msg.Next() {
			body, ok := item.(imapclient.FetchItemDataBodySection)
			if !ok || body.Literal == nil || found {
				continue
			}
			found = true
			w.size <- body.Literal.Size()
			from := &sure{LiteralReader: body.Literal}
			if _, err = io.Copy(out, from); err == nil {
				continue
			}
			if from.failed {
				w.ses.hangUp(nil)
			} else { // nobody reads any more
				w.ses.hangUp(body.Literal)
			}
		}
	}
	if closed := cmd.Close(); err == nil || errors.Is(err, ErrMailGone) && closed != nil {
		err = closed
	}
	if err != nil && !errors.Is(err, ErrMailGone) {
		err = fmt.Errorf("download uid %d: %w", uid, err)
	}
	w.err = err
	_ = out.CloseWithError(err) // nil is the end of the mail
}

// sure knows whether reading failed: a copy fails for either side.
type sure struct {
	imap.LiteralReader
	failed bool
}

// Read reads on.
func (s *sure) Read(b []byte) (int, error) {
	n, err := s.LiteralReader.Read(b)
	s.failed = s.failed || err != nil
	return n, err //nolint:wrapcheck // as it is
}

// Close ends the download and the connection.
func (w *whole) Close() error {
	err := w.PipeReader.Close()
	w.stop() // cuts the line, whatever is still to come on it
	<-w.ended
	w.ses.close()
	return err //nolint:wrapcheck // a pipe's, which is none
}
