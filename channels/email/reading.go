package email

import (
	"fmt"
	"strings"
	"time"

	"yingda/desk"
)

// Reading is a whole mail as a person and a program would want it told: what `yingda mail parse` prints. Lists are
// never null; Date is null when the mail has none that can be read.
type Reading struct {
	Subject     string          `json:"subject"`
	From        Correspondent   `json:"from"` // the first author; empty name and address when the mail names none
	To          []Correspondent `json:"to"`
	Cc          []Correspondent `json:"cc"`
	ReplyTo     []Correspondent `json:"reply_to"`
	Date        *string         `json:"date"`        // the Date header, RFC 3339 with the writer's offset
	MessageID   string          `json:"message_id"`  // ids are without <>
	InReplyTo   string          `json:"in_reply_to"` // the first id of that header
	References  []string        `json:"references"`
	Text        string          `json:"text"`       // the body a person reads, quotes and signature included
	HTML        string          `json:"html"`       // sanitised; "" when the mail has none
	ReplyText   string          `json:"reply_text"` // what the writer wrote now
	QuotedText  string          `json:"quoted_text"`
	Signature   string          `json:"signature"`
	Language    string          `json:"language"` // "zh", "en" or ""
	Attachments []ReadFile      `json:"attachments"`
	Auto        desk.Auto       `json:"auto"`
	Bounce      []ReadBounce    `json:"bounce"`
	Warnings    []string        `json:"warnings"` // what had to be forgiven, see docs/mail.md
}

// Correspondent is a name and an address of a Reading.
type Correspondent struct {
	Name    string `json:"name"`
	Address string `json:"address"`
}

// ReadFile is an attachment of a Reading.
type ReadFile struct {
	Name        string `json:"name"`
	ContentType string `json:"content_type"`
	Size        int64  `json:"size"` // bytes, decoded
	SHA256      string `json:"sha256"`
	Inline      bool   `json:"inline"` // shown inside the text
	ContentID   string `json:"content_id"`
}

// ReadBounce is one recipient whom a mail did not reach, by a Reading.
type ReadBounce struct {
	Recipient         string `json:"recipient"`
	Status            string `json:"status"`
	Action            string `json:"action"` // RFC 3464 2.3.3: failed, delayed …
	Permanent         bool   `json:"permanent"`
	Diagnostic        string `json:"diagnostic"`
	OriginalMessageID string `json:"original_message_id"`
}

// Read tells what a mail says. Any bytes have an answer: what holds no mail is a text of its own.
func Read(raw []byte) (r Reading) {
	raw = dropMboxLine(raw)
	defer func() {
		if p := recover(); p != nil {
			r = Reading{Text: decodeCharset("", raw), Warnings: []string{"parser_stopped"}}
			r.ReplyText = r.Text
			r = r.withoutNulls()
		}
	}()
	root := parseTree(raw)
	if len(root.header) == 0 {
		root.warn("no_header")
		root.body, root.kind = raw, "text/plain"
	}
	p := &parser{o: Options{Limits: everything, Whole: true}, root: root, hint: hintOf(root), own: ownSet(nil)}
	var m Mail
	p.envelope(&m)
	p.content(&m)
	return readingOf(m, root)
}

// everything is no limit at all.
var everything = Limits{Attachment: 1 << 40, Files: 1 << 20, Text: 1 << 40}

func readingOf(m Mail, root *part) Reading {
	msg := m.Message
	r := Reading{
		Subject: msg.Subject, From: Correspondent(msg.From), To: correspondents(msg.To), Cc: correspondents(msg.Cc), ReplyTo: correspondents(msg.ReplyTo),
		MessageID: msg.RFCMessageID, InReplyTo: bareID(root.header.get("in-reply-to")), References: msg.References,
		Text: m.Text, HTML: m.HTML, ReplyText: msg.Body.Text, QuotedText: msg.Body.QuotedText, Signature: msg.Body.Signature,
		Language: m.Locale, Auto: msg.Auto,
	}
	if t := dateOf(root.header.get("date")); !t.IsZero() {
		s := t.Format(time.RFC3339)
		r.Date = &s
	} else if root.header.has("date") {
		root.warn("date_unreadable")
	} else {
		root.warn("date_missing")
	}
	if msg.From.Address == "" {
		root.warn("sender_missing")
		r.From = bareSender(root.header.get("from"), msg.From.Name)
	}
	for _, f := range m.Files {
		r.Attachments = append(r.Attachments, ReadFile{Name: f.Name, ContentType: f.ContentType, Size: f.Size, SHA256: f.Blob, Inline: f.Inline, ContentID: f.ContentID})
	}
	for _, b := range m.Bounces {
		r.Bounce = append(r.Bounce, ReadBounce{
			Recipient: b.Recipient, Status: b.Status, Action: actionOf(b), Permanent: b.Permanent, Diagnostic: b.Diagnostic, OriginalMessageID: b.RFCMessageID,
		})
	}
	r.Warnings = root.doc.list
	return r.withoutNulls()
}

// bareSender reads a From that names no address: MAILER-DAEMON (Mail Delivery System).
func bareSender(v, name string) Correspondent {
	word := strings.TrimSpace(withoutComments(v))
	if word == "" || strings.ContainsAny(word, " \t<>\"=,;") {
		return Correspondent{Name: name}
	}
	_, comment, _ := strings.Cut(v, "(")
	return Correspondent{Name: displayName(strings.TrimSuffix(strings.TrimSpace(comment), ")")), Address: strings.ToValidUTF8(word, "")}
}

// actionOf is what the notice says happened, else what follows from its permanence.
func actionOf(b desk.BounceOf) string {
	switch {
	case b.Action != "":
		return b.Action
	case b.Permanent:
		return "failed"
	}
	return "delayed"
}

func correspondents(list []desk.Address) []Correspondent {
	out := make([]Correspondent, 0, len(list))
	for _, a := range list {
		out = append(out, Correspondent(a))
	}
	return out
}

func (r Reading) withoutNulls() Reading {
	r.To, r.Cc, r.ReplyTo = orEmpty(r.To), orEmpty(r.Cc), orEmpty(r.ReplyTo)
	r.References, r.Attachments, r.Bounce, r.Warnings = orEmpty(r.References), orEmpty(r.Attachments), orEmpty(r.Bounce), orEmpty(r.Warnings)
	return r
}

// orEmpty is l, or an empty list that is written [] instead of null.
func orEmpty[T any](l []T) []T {
	if l == nil {
		return []T{}
	}
	return l
}

// notes collect what a parser had to forgive, each once.
type notes struct{ list []string }

const maxNotes = 50

func (n *notes) add(code string) {
	if n == nil || len(n.list) >= maxNotes {
		return
	}
	for _, c := range n.list {
		if c == code {
			return
		}
	}
	n.list = append(n.list, code)
}

// warn notes a code for the mail that p belongs to.
func (p *part) warn(format string, args ...any) {
	if p.doc == nil {
		return
	}
	if len(args) > 0 {
		format = fmt.Sprintf(format, args...)
	}
	p.doc.add(strings.ToValidUTF8(clip(format, 100), ""))
}
