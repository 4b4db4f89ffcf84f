package email

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-smtp"

	"yingda/desk"
)

func answerOf(code, class, subject, detail int, message string) *smtp.SMTPError {
	return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{class, subject, detail}, Message: message}
}

// What peers are told. Codes are those of RFC 5321 4.2.3, RFC 3463 and RFC 1870.
var (
	sayUnknown   = answerOf(550, 5, 1, 1, "nobody here has this address")
	sayTooMany   = answerOf(421, 4, 7, 0, "too many unknown addresses")
	sayClosing   = answerOf(421, 4, 3, 2, "shutting down, try again later")
	sayNested    = answerOf(503, 5, 5, 1, "one mail at a time")
	sayRate      = answerOf(451, 4, 7, 1, "too many mails this minute, try again later")
	sayNoTLS     = answerOf(530, 5, 7, 0, "STARTTLS first")
	sayBusy      = answerOf(452, 4, 3, 1, "busy with other large mails, try again later")
	sayStoreDown = answerOf(451, 4, 3, 0, "the record is away, try again later")
	sayTrouble   = answerOf(451, 4, 3, 0, "could not be kept, try again later")
	saySmuggling = answerOf(554, 5, 6, 0, "a line ends in a bare CR or LF beside a lone dot (RFC 5321 2.3.8)")
	sayTooLarge  = smtp.ErrDataTooLarge // 552 5.3.4
)

// session is one peer's conversation with us. go-smtp calls it from one goroutine, but for a BDAT transfer, which runs
// beside RSET.
type pushSession struct {
	l     *Listener
	ctx   context.Context //nolint:containedctx // go-smtp's interface carries none
	conn  *smtp.Conn
	guard *guarded
	helo  string
	tls   bool

	mu      sync.Mutex
	mail    bool // MAIL was heard
	from    string
	size    int64
	to      []recipient
	refused int
}

// recipient is one RCPT that was taken.
type recipient struct {
	address string
	inbox   desk.Inbox
}

var _ smtp.LMTPSession = (*pushSession)(nil)

func (l *Listener) session(ctx context.Context, c *smtp.Conn) (smtp.Session, error) {
	s := &pushSession{l: l, ctx: ctx, conn: c, helo: c.Hostname()}
	line := c.Conn()
	if t, ok := line.(*tls.Conn); ok {
		s.tls, line = true, t.NetConn()
	}
	guard, ok := line.(*guarded)
	if !ok {
		return nil, sayTrouble // not reached: every connection came through the door
	}
	s.guard = guard
	return s, nil
}

// Mail begins a mail.
func (s *pushSession) Mail(from string, o *smtp.MailOptions) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.guard.door.closing.Load():
		return sayClosing
	case s.l.cfg.RequireTLS && !s.tls:
		return sayNoTLS
	case s.mail:
		return sayNested
	case !s.l.gate.mail(s.guard.addr):
		s.l.deps.Metrics.refused("rate")
		return sayRate
	}
	s.mail, s.from, s.to = true, from, nil
	s.guard.spent.Store(0)
	if o != nil {
		s.size = o.Size
	}
	return nil
}

// Rcpt takes a recipient that is an inbox of ours; anybody else is refused before a byte of the mail is sent.
func (s *pushSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	inbox, ok := s.l.find(to)
	s.mu.Lock()
	defer s.mu.Unlock()
	if ok {
		s.to = append(s.to, recipient{to, inbox})
		return nil
	}
	s.l.deps.Metrics.refused("recipient")
	if s.refused++; s.refused > maxRefused {
		_ = s.guard.Conn.SetReadDeadline(time.Now()) // the answer goes out, and no further line is read
		s.guard.ends = time.Now()
		return sayTooMany
	}
	return sayUnknown
}

// Reset forgets the mail under way.
func (s *pushSession) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mail, s.from, s.size, s.to = false, "", 0, nil
}

// Logout ends the session.
func (s *pushSession) Logout() error { return nil }

// Data takes the mail for all recipients: one answer speaks for all, so it is 250 only when every inbox has it. Those
// who have it already recognise it when it comes again.
func (s *pushSession) Data(r io.Reader) error {
	var worst error
	for _, err := range s.push(r) {
		if err != nil && (worst == nil || temporary(err)) {
			worst = err
		}
	}
	return worst
}

// LMTPData takes the mail and answers for each recipient.
func (s *pushSession) LMTPData(r io.Reader, status smtp.StatusCollector) error {
	s.mu.Lock()
	to := s.to
	s.mu.Unlock()
	for i, err := range s.push(r) {
		status.SetStatus(to[i].address, err)
	}
	return sayTrouble // for those without an answer, of whom there are none
}

func temporary(err error) bool {
	var a *smtp.SMTPError
	return errors.As(err, &a) && a.Temporary()
}

// push reads the mail and hands it to each inbox once; it returns an answer for each recipient.
func (s *pushSession) push(r io.Reader) []error {
	s.mu.Lock()
	from, to, size := s.from, s.to, s.size
	s.mu.Unlock()
	s.guard.busy.Store(true)
	defer s.guard.answers.Store(true)
	answers := make([]error, len(to))
	raw, release, err := s.read(r, size)
	defer release()
	if err == nil && smuggles(raw) {
		s.l.deps.Metrics.refused("smuggling")
		err = saySmuggling
	}
	done := map[desk.InboxID]error{}
	for i, rcpt := range to {
		answer, again := done[rcpt.inbox.ID]
		if err != nil {
			answer = err
		} else if !again {
			answer = s.hand(raw, from, rcpt.inbox, to)
			done[rcpt.inbox.ID] = answer
		}
		answers[i] = answer
	}
	return answers
}

// read reads the whole mail. A large one waits for a slot, so that many at once do not fill the memory.
func (s *pushSession) read(r io.Reader, size int64) (raw []byte, release func(), err error) {
	release = func() {}
	var buf bytes.Buffer
	buf.Grow(int(min(max(size, 4<<10), largeMail)))
	_, err = io.CopyN(&buf, r, largeMail)
	if err == nil { // there is more
		wait := time.NewTimer(largeWait)
		defer wait.Stop()
		select {
		case s.l.large <- struct{}{}:
			release = func() { <-s.l.large }
		case <-wait.C:
			s.l.deps.Metrics.refused("busy")
			return nil, release, sayBusy
		}
		_, err = io.Copy(&buf, r)
	}
	switch {
	case err == nil, errors.Is(err, io.EOF):
		return buf.Bytes(), release, nil
	case errors.Is(err, sayTooLarge):
		s.l.deps.Metrics.refused("too_large")
		return nil, release, sayTooLarge
	}
	return nil, release, sayTrouble // the line broke: nobody hears it
}

// smuggles reports whether the data holds what other servers take for its end (RFC 5321 4.1.1.4): a lone dot whose line
// begins or ends in a bare CR or LF. Behind it stands a second mail that a server before us has not looked at.
func smuggles(raw []byte) bool {
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\n' && raw[i] != '\r' {
			continue
		}
		rest := raw[i+1:]
		if len(rest) < 2 || rest[0] != '.' {
			continue
		}
		clean := raw[i] == '\n' && i > 0 && raw[i-1] == '\r'
		ends := rest[1] == '\n' || rest[1] == '\r'
		if ends && (!clean || rest[1] == '\n' || len(rest) < 3 || rest[2] != '\n') {
			return true
		}
	}
	return false
}

// hand gives the mail to one inbox and waits for the commit.
func (s *pushSession) hand(raw []byte, from string, inbox desk.Inbox, to []recipient) error {
	taker, err := s.l.taker(inbox)
	if err != nil {
		s.l.deps.Log.Warn("pushed mail cannot be taken", "inbox", inbox.ID, "err", err)
		s.l.deps.Metrics.pushed("failed")
		return sayTrouble
	}
	ctx, stop := context.WithTimeout(s.ctx, takeTime)
	defer stop()
	switch err := taker.push(ctx, s.trace(from, inbox, to), raw); {
	case err == nil:
		s.l.deps.Metrics.pushed("taken")
		return nil
	case retryable(err):
		s.l.deps.Log.Warn("pushed mail was put off", "inbox", inbox.ID, "err", err)
		s.l.deps.Metrics.pushed("put_off")
		return sayStoreDown
	default:
		s.l.deps.Log.Error("pushed mail was put off", "inbox", inbox.ID, "err", err)
		s.l.deps.Metrics.pushed("failed")
		return sayTrouble
	}
}

// trace is what a server writes above a mail it delivers (RFC 5321 4.4): who sent it, for which of this inbox's
// addresses, and how it came. The envelope's reply token is found there.
func (s *pushSession) trace(from string, inbox desk.Inbox, to []recipient) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "Return-Path: <%s>\r\n", onLine(from))
	for _, r := range to {
		if r.inbox.ID == inbox.ID {
			fmt.Fprintf(&b, "Delivered-To: %s\r\n", onLine(r.address))
		}
	}
	with := "ESMTP"
	if s.l.cfg.LMTP {
		with = "LMTP"
	}
	if s.tls {
		with += "S"
	}
	fmt.Fprintf(&b, "Received: from %s ([%s])\r\n by %s with %s; %s\r\n", onLine(s.helo), s.guard.addr,
		onLine(s.conn.Server().Domain), with, s.l.deps.Now().Format(time.RFC1123Z))
	return b.Bytes()
}

// onLine is s without what could end a header line or an address.
func onLine(s string) string {
	return strings.Map(func(r rune) rune {
		if isControl(r) || r == '<' || r == '>' {
			return -1
		}
		return r
	}, clip(s, 500))
}

// pushKey begins the place of pushed mails in quarantine; the hash of the mail as it was pushed follows.
const pushKey = "push/"

// push takes in a mail that was handed to us. It is known by its bytes as they came, whatever trace stands above them:
// the same mail pushed twice is one.
func (t *Taker) push(ctx context.Context, trace, raw []byte) error {
	whole := append(trace[:len(trace):len(trace)], raw...)
	u := Unreadable{Inbox: t.inbox.ID, Mailbox: pushKey + hashOf(raw), Size: int64(len(whole)), At: t.deps.Now()}
	return t.take(ctx, whole, &u, false)
}

// pushedAs gives a pushed mail the id of its own bytes.
func pushedAs(m *Mail, u Unreadable) {
	if hash, ok := strings.CutPrefix(u.Mailbox, pushKey); ok {
		m.Hash, m.External = hash, external(m.Message.RFCMessageID, hash)
	}
}
