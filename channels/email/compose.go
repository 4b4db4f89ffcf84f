package email

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/html"

	"yingda/desk"
)

// Composer writes an inbox's outgoing mail.
type Composer struct {
	Inbox    desk.Inbox
	Settings Settings
	Tokens   *Tokens    // nil: no reply tokens
	Blobs    BlobReader // where the attachments lie
}

// Compose writes m as one mail. The same message gives the same bytes, so that a retry is the same mail (Message-ID,
// Date and boundaries come from the message). Errors: those of the blob store and of w.
func (c Composer) Compose(ctx context.Context, w io.Writer, m desk.Outbound) error {
	b := &bytes.Buffer{}
	c.header(b, m)
	body := c.body(m)
	inline, files := sortFiles(m.Message)
	root := node{kind: "multipart/alternative", children: []node{{kind: "text/plain", text: body.Text}, {kind: "text/html", text: body.HTML}}}
	if len(inline) > 0 {
		// The page and its pictures belong together beside the plain text (RFC 2387).
		related := node{kind: "multipart/related", children: []node{root.children[1]}}
		for _, a := range inline {
			related.children = append(related.children, node{file: &a})
		}
		root.children[1] = related
	}
	if len(files) > 0 {
		root = node{kind: "multipart/mixed", children: []node{root}}
		for _, a := range files {
			root.children = append(root.children, node{file: &a})
		}
	}
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write header: %w", err)
	}
	return c.write(ctx, w, root, string(m.Message.ID), "1")
}

// sortFiles tells pictures that the page shows from files beside it.
func sortFiles(m desk.Message) (inline, files []desk.Attachment) {
	for _, a := range m.Attachments {
		if a.Blob == "" {
			continue
		}
		if a.Inline && a.ContentID != "" && strings.Contains(m.Body.HTML+m.Body.QuotedHTML, "cid:"+a.ContentID) {
			inline = append(inline, a)
		} else {
			files = append(files, a)
		}
	}
	return inline, files
}

// ownHeader names our message in a mail of ours. A copy in the Sent folder is known by it where the provider has written
// a Message-ID of its own.
const ownHeader = "X-Yingda-Message"

// header writes the fields, in the order people expect to read them.
func (c Composer) header(b *bytes.Buffer, m desk.Outbound) {
	msg := m.Message
	from := c.from(msg)
	put := func(name, value string) {
		if value != "" {
			b.WriteString(fold(name + ": " + value))
		}
	}
	put("Date", sentAt(msg).Format(time.RFC1123Z))
	put("From", addressText(from))
	put("To", addressList(msg.To))
	put("Cc", addressList(msg.Cc))
	if reply := c.replyTo(m); reply != "" {
		put("Reply-To", addressText(desk.Address{Name: from.Name, Address: reply}))
	}
	put("Subject", words2047(c.subject(m)))
	put("Message-ID", "<"+MessageIDOf(msg, c.Inbox.Address)+">")
	put(ownHeader, string(msg.ID))
	if refs := c.references(m); len(refs) > 0 {
		put("In-Reply-To", "<"+refs[len(refs)-1]+">")
		put("References", "<"+strings.Join(refs, "> <")+">") // RFC 5322 3.6.4: oldest first
	}
	if msg.Auto != desk.ByHuman {
		// RFC 3834 5; the second is what Exchange listens to (UP-E7).
		put("Auto-Submitted", "auto-replied")
		put("X-Auto-Response-Suppress", "All")
		put("Precedence", "auto_reply")
	}
	put("MIME-Version", "1.0")
}

// references are the ids of the thread, oldest first, the answered mail's last: that is the one In-Reply-To names.
func (c Composer) references(m desk.Outbound) []string {
	refs := m.References
	if len(refs) == 0 {
		refs = m.Message.References
	}
	if m.Answers == nil || m.Answers.RFCMessageID == "" {
		return refs
	}
	id := m.Answers.RFCMessageID
	return append(slices.DeleteFunc(slices.Clone(refs), func(have string) bool { return have == id }), id)
}

func sentAt(m desk.Message) time.Time {
	if m.CreatedAt.IsZero() {
		return m.At.UTC()
	}
	return m.CreatedAt.UTC()
}

func (c Composer) from(m desk.Message) desk.Address {
	name := c.Settings.FromName
	if name == "" {
		name = m.From.Name
	}
	if name == "" {
		name = c.Inbox.Name
	}
	return desk.Address{Name: name, Address: c.Inbox.Address}
}

// replyTo is the address with our token, or "" when it would say nothing new.
func (c Composer) replyTo(m desk.Outbound) string {
	if c.Settings.NoToken {
		return ""
	}
	thread := m.Message.Conversation
	if m.Message.Side != "" { // a third party's answer must not reach the customer's thread
		thread = desk.ConversationID(m.Message.Side)
	}
	a := c.Tokens.Address(c.Inbox.Address, thread)
	if a == c.Inbox.Address {
		return ""
	}
	return a
}

func (c Composer) subject(m desk.Outbound) string {
	s := firstOf(m.Message.Subject, m.Conversation.Subject)
	if len(c.references(m)) == 0 {
		return s
	}
	return desk.AnswerTo(s)
}

// MessageIDOf is the mail's Message-ID, without <>: the one the desk gave, else one made of our own id, the same on
// every retry.
func MessageIDOf(m desk.Message, address string) string {
	if m.RFCMessageID != "" {
		return m.RFCMessageID
	}
	_, domain, ok := strings.Cut(address, "@")
	if !ok {
		domain = "localhost"
	}
	return string(m.ID) + "@" + domain
}

func htmlOf(text string) string {
	return "<div>" + strings.ReplaceAll(html.EscapeString(strings.TrimRight(text, "\n")), "\n", "<br>\n") + "</div>"
}
