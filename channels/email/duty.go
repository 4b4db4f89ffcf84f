package email

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/emersion/go-smtp"

	"yingda/channels"
	"yingda/desk"
)

// DutyMail is a mail to somebody of ours: no conversation of a customer has it. ID is the same on every try.
type DutyMail struct {
	ID, To, Subject, Text string
	Files                 []DutyFile
}

// DutyFile goes with a [DutyMail].
type DutyFile struct {
	Name, Type string
	Data       []byte
}

// inHand are a mail's files as the composer finds them: by their place.
type inHand []DutyFile

// Open returns the file whose place is blob.
func (h inHand) Open(_ context.Context, blob string) (io.ReadCloser, error) {
	n, err := strconv.Atoi(blob)
	if err != nil || n < 0 || n >= len(h) {
		return nil, desk.ErrNotFound
	}
	return io.NopCloser(bytes.NewReader(h[n].Data)), nil
}

// SendDuty sends one through the inbox's server, on a connection of its own. Errors are those of [Sender.Send], but for
// lost.
func (s *Sender) SendDuty(ctx context.Context, m DutyMail) error {
	mail, err := s.sign(ctx, s.dutyBytes(ctx, m))
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

func (s *Sender) dutyBytes(ctx context.Context, m DutyMail) []byte {
	c := Composer{Inbox: s.inbox, Settings: s.settings, Blobs: inHand(m.Files)}
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
	body := node{kind: "text/plain", text: m.Text}
	if len(m.Files) > 0 {
		parts := []node{body}
		for i, f := range m.Files {
			parts = append(parts, node{file: &desk.Attachment{Name: f.Name, ContentType: f.Type, Size: int64(len(f.Data)), Blob: strconv.Itoa(i)}})
		}
		body = node{kind: "multipart/mixed", children: parts}
	}
	_ = c.write(ctx, &b, body, m.ID, "") // from memory into memory
	return b.Bytes()
}
