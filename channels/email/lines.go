package email

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

const (
	// idleFor is how long a connection waits for the next mail; servers hang up after minutes, some after seconds.
	idleFor = 10 * time.Second
	// perLine is how many mails one connection carries: several servers refuse the hundredth.
	perLine = 50
	// certain is how long a connection is taken to stand without asking.
	certain = 2 * time.Second
)

// lines are a sender's connections that are signed in and have nothing to do.
type lines struct {
	mu     sync.Mutex
	idle   []*line
	closed bool
}

// take returns a connection that still answers, or nil.
func (p *lines) take(ctx context.Context) *line {
	for {
		l := p.pop()
		if l == nil {
			return nil
		}
		l.hold(ctx)
		l.reused = true
		fresh := l.clean && time.Since(l.idleAt) < certain // a line that dies in between is noticed before any mail is on it
		if fresh || l.client.Reset() == nil {              // RSET: forgets what a refused mail left, and proves that somebody is there
			return l
		}
		l.close()
	}
}

func (p *lines) pop() *line {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.idle)
	if n == 0 {
		return nil
	}
	l := p.idle[n-1]
	p.idle = p.idle[:n-1]
	l.rest.Stop()
	return l
}

// keep puts a connection by for the next mail, or closes one that is worn out.
func (p *lines) keep(l *line) {
	l.mails++
	if l.mails >= perLine || !l.release() {
		l.close()
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		l.close()
		return
	}
	p.idle = append(p.idle, l)
	l.idleAt = time.Now()
	l.rest = time.AfterFunc(idleFor, func() { p.drop(l) })
}

// drop closes an idle connection that nobody came for.
func (p *lines) drop(l *line) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, have := range p.idle {
		if have == l {
			p.idle = append(p.idle[:i], p.idle[i+1:]...)
			l.close()
			return
		}
	}
}

func (p *lines) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	for _, l := range p.idle {
		l.rest.Stop()
		l.close()
	}
	p.idle = nil
}

// broken reports an error that says that the connection is of no more use, rather than the mail: no answer at all, or
// 421, by which a server hangs up (RFC 5321 3.8).
func broken(err error) bool {
	var answer *smtp.SMTPError
	return !errors.As(err, &answer) || answer.Code == 421
}
