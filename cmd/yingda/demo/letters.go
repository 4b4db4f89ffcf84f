package demo

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"mime"
	"net/mail"
	"net/smtp"
	"strings"
	"time"

	"github.com/google/uuid"
)

// envelope is one mail a customer sends.
type envelope struct {
	from       customer
	to         string
	subject    string
	text       string
	inReplyTo  string
	references []string
}

// bytes is the mail as a customer's program would write it.
func (e envelope) bytes(now time.Time) []byte {
	var b bytes.Buffer
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%s: %s\r\n", name, value)
		}
	}
	from := mail.Address{Name: e.from.name, Address: e.from.address}
	line("From", from.String())
	line("To", "<"+e.to+">")
	line("Subject", mime.BEncoding.Encode("utf-8", e.subject))
	line("Date", now.Format(time.RFC1123Z))
	line("Message-ID", "<"+uuid.NewString()+"@"+domain(e.from.address)+">")
	if e.inReplyTo != "" {
		line("In-Reply-To", "<"+e.inReplyTo+">")
		line("References", "<"+strings.Join(append(e.references, e.inReplyTo), "> <")+">")
	}
	line("MIME-Version", "1.0")
	line("Content-Type", `text/plain; charset="utf-8"`)
	line("Content-Transfer-Encoding", "base64")
	b.WriteString("\r\n")
	body := base64.StdEncoding.EncodeToString([]byte(strings.ReplaceAll(e.text, "\n", "\r\n") + "\r\n"))
	for len(body) > 76 {
		b.WriteString(body[:76] + "\r\n")
		body = body[76:]
	}
	b.WriteString(body + "\r\n")
	return b.Bytes()
}

func domain(address string) string {
	_, d, _ := strings.Cut(address, "@")
	return d
}

// post sends a mail through the demo's SMTP server, as any mail program would.
func (s *Street) post(e envelope) error {
	if err := smtp.SendMail(s.cfg.Mail.SMTPAddr().String(), nil, e.from.address, []string{e.to}, e.bytes(time.Now())); err != nil {
		return fmt.Errorf("post a letter: %w", err)
	}
	return nil
}

// writes is a customer who sends a letter, reads the answer in their own mailbox and may thank for it.
func (s *Street) writes(ctx context.Context, c customer, l letter) {
	if err := s.post(envelope{from: c, to: s.cfg.Support, subject: l.subject, text: l.text + "\n\n" + c.name}); err != nil {
		s.logger.Warn("demo: a letter did not go out", "err", err)
		return
	}
	if l.thanks == "" || rand.IntN(3) == 0 {
		return
	}
	answer, ok := s.waits(ctx, c)
	if !ok {
		return
	}
	s.thinks(ctx, 15, 40)
	to := answer.replyTo
	if err := s.post(envelope{from: c, to: to, subject: "Re: " + l.subject, text: l.thanks, inReplyTo: answer.id, references: answer.references}); err != nil {
		s.logger.Warn("demo: a reply did not go out", "err", err)
	}
}

// answered is what a customer needs of a mail that came to them.
type answered struct {
	id, replyTo string
	references  []string
}

// waits looks into the customer's own mailbox until something new lies there.
func (s *Street) waits(ctx context.Context, c customer) (answered, bool) {
	a, err := s.cfg.Mail.account(c.address)
	if err != nil {
		return answered{}, false
	}
	before, err := a.mail.uids()
	if err != nil {
		return answered{}, false
	}
	for range maxWait {
		pause(ctx, time.Second)
		now, err := a.mail.uids()
		if ctx.Err() != nil || err != nil {
			return answered{}, false
		}
		if len(now) == len(before) {
			continue
		}
		m, err := a.mail.read(now[len(now)-1])
		if err != nil {
			return answered{}, false
		}
		return readAnswer(m.Raw)
	}
	return answered{}, false
}

// maxWait is how long a customer looks for an answer before they go about their day, in seconds.
const maxWait = 600

func readAnswer(raw []byte) (answered, bool) {
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return answered{}, false
	}
	to := m.Header.Get("Reply-To")
	if to == "" {
		to = m.Header.Get("From")
	}
	address, err := mail.ParseAddress(to)
	if err != nil {
		return answered{}, false
	}
	a := answered{id: strings.Trim(m.Header.Get("Message-Id"), "<> "), replyTo: address.Address}
	for _, id := range strings.Fields(m.Header.Get("References")) {
		a.references = append(a.references, strings.Trim(id, "<>"))
	}
	return a, true
}
