package email

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/emersion/go-smtp"

	"yingda/channels"
	"yingda/desk"
)

// DutyMail is a mail to somebody of ours: no conversation of a customer has it. ID is the same on every try.
type DutyMail struct {
	ID, To, Subject, Text string
}

// SendDuty sends one through the inbox's server, on a connection of its own. Errors are those of [Sender.Send], but for
// lost.
func (s *Sender) SendDuty(ctx context.Context, m DutyMail) error {
	mail, err := s.sign(ctx, s.dutyBytes(m))
	if err != nil {
		return channels.Fail(channels.Later, err)
	}
	l, err := s.open(ctx)
	if err != nil {
		return channels.Fail(channels.Later, err)
	}
	defer l.close()
	opts := &smtp.MailOptions{Size: int64(len(mail)), UTF8: !isASCII(s.inbox.Address + m.To)}
	if err := l.client.Mail(s.inbox.Address, opts); err != nil {
		return sorted(err, channels.Later)
	}
	if err := l.client.Rcpt(m.To, nil); err != nil {
		return sorted(err, channels.Later)
	}
	_, err = data(l.client, mail)
	return err
}

func (s *Sender) dutyBytes(m DutyMail) []byte {
	c := Composer{Inbox: s.inbox, Settings: s.settings}
	var b bytes.Buffer
	put := func(name, value string) { b.WriteString(fold(name + ": " + value)) }
	put("Date", s.deps.Now().UTC().Format(time.RFC1123Z))
	put("From", addressText(c.from(desk.Message{})))
	put("To", addressText(desk.Address{Address: m.To}))
	put("Subject", words2047(strings.Join(strings.Fields(m.Subject), " ")))
	put("Message-ID", fmt.Sprintf("<%s>", MessageIDOf(desk.Message{ID: desk.MessageID(m.ID)}, s.inbox.Address)))
	// RFC 3834 5; the second is what Exchange listens to: no absence is answered.
	put("Auto-Submitted", "auto-generated")
	put("X-Auto-Response-Suppress", "All")
	put("MIME-Version", "1.0")
	_ = writeText(&b, node{kind: "text/plain", text: m.Text}) // into memory
	return b.Bytes()
}
