package email

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"github.com/emersion/go-smtp"

	"yingda/channels"
	"yingda/desk"
)

// SenderDeps is what a [Sender] is made of.
type SenderDeps struct {
	Starter channels.Starter // the outbox's spool: told just before DATA
	Blobs   Blobs
	Secrets Secrets
	Tokens  *Tokens
	Network Network
	Now     func() time.Time
	// Gone is told of recipients that the server says do not exist; may be nil.
	Gone func(ctx context.Context, m desk.MessageID, address, words string)
	// Command bounds one SMTP command (0: 1 min), Answer the wait after the final dot (0: 4 min).
	Command, Answer time.Duration
}

// Sender sends one inbox's mail through its SMTP server.
type Sender struct {
	inbox    desk.Inbox
	settings Settings
	deps     SenderDeps
	lines    lines
}

var (
	_ channels.Sender = (*Sender)(nil)
	_ channels.Paced  = (*Sender)(nil)
)

// NewSender returns a sender for the inbox. Errors: those of [ParseSettings].
func NewSender(inbox desk.Inbox, d SenderDeps) (*Sender, error) {
	s, err := ParseSettings(inbox.Channel)
	if err != nil {
		return nil, err
	}
	if d.Command <= 0 {
		d.Command = time.Minute
	}
	if d.Answer <= 0 {
		d.Answer = 4 * time.Minute
	}
	return &Sender{inbox: inbox, settings: s, deps: d}, nil
}

// patience is after how many attempts recipients that are still put off are given up, so that the others get their
// mail. Grey lists put all of them off and are over by then.
const patience = 4

// Send hands m to the server. Errors are *channels.SendError: refused (5xx), later (4xx, or the line broke before the
// end of DATA), unknown (it broke between the end of DATA and the answer) or lost (the claim was not ours any more).
func (s *Sender) Send(ctx context.Context, m desk.Outbound) (desk.Receipt, error) {
	rcpts := recipients(m.Message)
	if len(rcpts) == 0 {
		return desk.Receipt{}, &channels.SendError{Outcome: channels.Refused, Reason: "no_recipient"}
	}
	var raw bytes.Buffer
	c := Composer{Inbox: s.inbox, Settings: s.settings, Tokens: s.deps.Tokens, Blobs: s.deps.Blobs}
	if err := c.Compose(ctx, &raw, m); err != nil {
		if desk.CodeOf(err) == desk.NotFound {
			return desk.Receipt{}, channels.Fail(channels.Refused, err)
		}
		return desk.Receipt{}, channels.Fail(channels.Later, err)
	}
	mail, err := s.sign(ctx, raw.Bytes())
	if err != nil {
		return desk.Receipt{}, &channels.SendError{Outcome: channels.Later, Reason: unsignable(err), Err: err}
	}
	line, refused, err := s.reach(ctx, m, rcpts, len(mail))
	if err != nil {
		return desk.Receipt{}, s.quota(err, m)
	}
	whole := false
	defer func() { s.done(line, whole) }()
	if err := s.deps.Starter.Sending(ctx, m.Message.ID); err != nil {
		if desk.CodeOf(err) == desk.Conflict {
			return desk.Receipt{}, channels.Fail(channels.Lost, err)
		}
		return desk.Receipt{}, channels.Fail(channels.Later, err)
	}
	response, err := data(line.client, mail)
	line.clean = err == nil
	whole = err == nil || !broken(err)
	if err != nil {
		return desk.Receipt{}, s.quota(err, m)
	}
	return desk.Receipt{Response: response, Refused: refused, At: s.deps.Now()}, nil
}

// reach finds a connection whose server takes sender and recipients. One that was kept may have died meanwhile: nothing
// was sent on it, so a fresh one is tried before giving up.
func (s *Sender) reach(ctx context.Context, m desk.Outbound, rcpts []string, size int) (*line, map[string]string, error) {
	for {
		l := s.lines.take(ctx)
		if l == nil {
			var err error
			if l, err = s.open(ctx); err != nil {
				return nil, nil, channels.Fail(channels.Later, err)
			}
		}
		l.clean = false
		refused, err := s.offer(ctx, l, m, rcpts, size)
		if err == nil {
			return l, refused, nil
		}
		dead := broken(err)
		s.done(l, !dead)
		if !dead || !l.reused {
			return nil, nil, err
		}
	}
}

// done keeps a connection that is whole for the next mail.
func (s *Sender) done(l *line, whole bool) {
	if whole {
		s.lines.keep(l)
		return
	}
	l.close()
}

// Close ends the connections that wait for the next mail.
func (s *Sender) Close() { s.lines.close() }

// Pace is how fast the mailbox may send.
func (s *Sender) Pace() channels.Pace {
	r := s.settings.Rate
	return channels.Pace{PerMinute: r.PerMinute, PerDomain: r.PerDomain, Domains: r.Domains}
}

// recipients are all addresses once, Bcc included: they stand in the envelope only.
func recipients(m desk.Message) []string {
	seen := map[string]bool{}
	var out []string
	for _, list := range [][]desk.Address{m.To, m.Cc, m.Bcc} {
		for _, a := range list {
			key := strings.ToLower(a.Address)
			if key != "" && !seen[key] {
				seen[key] = true
				out = append(out, a.Address)
			}
		}
	}
	return out
}

// line is a signed-in connection whose life hangs on ctx.
type line struct {
	conn    net.Conn
	client  *smtp.Client
	release func() bool
	rest    *time.Timer // while it waits for the next mail
	mails   int
	reused  bool
	clean   bool // the last mail was taken: nothing is left to be forgotten
	idleAt  time.Time
}

// hold hangs the connection's life on ctx.
func (l *line) hold(ctx context.Context) {
	l.release = context.AfterFunc(ctx, func() { _ = l.conn.Close() })
}

func (l *line) close() {
	l.release()
	_ = l.conn.Close() // the result is known; QUIT would only wait
}

func (s *Sender) open(ctx context.Context) (*line, error) {
	secret := ""
	if s.settings.SMTP.Auth != AuthNone {
		var err error
		if secret, err = credential(ctx, s.settings.SMTP, s.deps.Secrets); err != nil {
			return nil, err
		}
	}
	l, err := dialSMTP(ctx, s.deps.Network, s.settings.SMTP, s.deps.Command)
	if err != nil {
		return nil, err
	}
	l.client.SubmissionTimeout = s.deps.Answer
	if s.settings.SMTP.Auth != AuthNone {
		if err := l.client.Auth(saslClient(s.settings.SMTP, secret, l.client.SupportsAuth)); err != nil {
			l.close()
			return nil, fmt.Errorf("sign in to smtp: %w", err)
		}
	}
	return l, nil
}

// dialSMTP connects as far as EHLO.
func dialSMTP(ctx context.Context, n Network, s Server, command time.Duration) (*line, error) {
	conn, err := n.dial(ctx, s)
	if err != nil {
		return nil, &stepError{stepDial, err}
	}
	l := &line{conn: conn}
	l.hold(ctx)
	if s.TLS == TLSStart {
		// go-smtp's own timeout is minutes: a server that is silent here would hold a lane.
		watch := time.AfterFunc(command, func() { _ = conn.Close() })
		l.client, err = smtp.NewClientStartTLS(conn, n.config(s.Host))
		watch.Stop()
		if err != nil {
			l.close()
			return nil, &stepError{stepStartTLS, err}
		}
	} else {
		l.client = smtp.NewClient(conn)
	}
	l.client.CommandTimeout = command
	if err := l.client.Hello(hostname()); err != nil {
		l.close()
		return nil, &stepError{stepDial, err}
	}
	return l, nil
}

func hostname() string {
	h, err := os.Hostname()
	if err != nil || !strings.Contains(h, ".") || strings.ContainsFunc(h, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return "localhost"
	}
	return h
}

// offer names sender and recipients and says which were refused; at least one was taken when err is nil.
func (s *Sender) offer(ctx context.Context, l *line, m desk.Outbound, rcpts []string, size int) (map[string]string, error) {
	opts := &smtp.MailOptions{Size: int64(size)}
	for _, a := range append([]string{s.inbox.Address}, rcpts...) {
		opts.UTF8 = opts.UTF8 || !isASCII(a)
	}
	if err := l.client.Mail(s.inbox.Address, opts); err != nil {
		return nil, sorted(err, channels.Later)
	}
	refused, taken, putOff := map[string]string{}, 0, 0
	var last error
	for _, rcpt := range rcpts {
		err := l.client.Rcpt(rcpt, nil)
		if err == nil {
			taken++
			continue
		}
		last = sorted(err, channels.Later)
		var answer *smtp.SMTPError
		if !errors.As(err, &answer) {
			return nil, last
		}
		if answer.Code == 421 {
			return nil, last
		}
		if q := quotaOf(answer, m.Rank, s.deps.Now(), s.settings.zone()); q != nil {
			return nil, q
		}
		refused[rcpt] = answerText(answer)
		if gone(answer) && s.deps.Gone != nil {
			s.deps.Gone(ctx, m.Message.ID, rcpt, refused[rcpt])
		}
		if answer.Code < 500 {
			putOff++
		}
	}
	switch {
	case putOff > 0 && (taken == 0 || m.Attempt < patience):
		return nil, &channels.SendError{Outcome: channels.Later, Reason: joinRefused(refused), Err: last}
	case taken == 0:
		return nil, &channels.SendError{Outcome: channels.Refused, Reason: joinRefused(refused), Err: last}
	case len(refused) == 0:
		return nil, nil
	}
	return refused, nil
}

func joinRefused(refused map[string]string) string {
	var out []string
	for rcpt, words := range refused {
		out = append(out, rcpt+": "+words)
	}
	return strings.Join(out, "\n")
}

// data sends the bytes. Before the final dot nothing was taken (RFC 5321 4.1.1.4); after it only an answer tells.
func data(c *smtp.Client, raw []byte) (string, error) {
	w, err := c.Data()
	if err != nil {
		return "", sorted(err, channels.Later)
	}
	if _, err := io.Copy(w, bytes.NewReader(raw)); err != nil {
		return "", channels.Fail(channels.Later, fmt.Errorf("send data: %w", err))
	}
	r, err := w.CloseWithResponse()
	if err != nil {
		return "", sorted(err, channels.Unknown)
	}
	return r.StatusText, nil
}

// sorted gives an error of the server its outcome: 5xx refused, 4xx later; what is no answer is otherwise.
func sorted(err error, otherwise channels.Outcome) *channels.SendError {
	var answer *smtp.SMTPError
	if !errors.As(err, &answer) {
		return channels.Fail(otherwise, err)
	}
	o := channels.Later
	if answer.Code >= 500 {
		o = channels.Refused
	}
	return &channels.SendError{Outcome: o, Reason: answerText(answer), Err: err}
}

func answerText(e *smtp.SMTPError) string {
	code := fmt.Sprint(e.Code)
	if e.EnhancedCode != (smtp.EnhancedCode{}) {
		code += fmt.Sprintf(" %d.%d.%d", e.EnhancedCode[0], e.EnhancedCode[1], e.EnhancedCode[2])
	}
	return clip(code+" "+e.Message, 1000)
}
