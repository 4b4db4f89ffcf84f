package email

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"mime"
	"mime/quotedprintable"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/html"

	"yingda/desk"
)

// Composer writes an inbox's outgoing mail.
type Composer struct {
	Inbox    desk.Inbox
	Settings Settings
	Tokens   *Tokens // nil: no reply tokens
	Blobs    Blobs   // where the attachments lie
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
	refs := m.References
	if len(refs) == 0 {
		refs = msg.References
	}
	if len(refs) > 0 {
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
	a := c.Tokens.Address(c.Inbox.Address, m.Message.Conversation)
	if a == c.Inbox.Address {
		return ""
	}
	return a
}

func (c Composer) subject(m desk.Outbound) string {
	s := firstOf(m.Message.Subject, m.Conversation.Subject)
	if len(m.References) == 0 && len(m.Message.References) == 0 {
		return s
	}
	for _, p := range []string{"re:", "re：", "回复:", "回复：", "答复:", "答复：", "aw:", "sv:", "回覆:"} {
		if strings.HasPrefix(strings.ToLower(s), p) {
			return s
		}
	}
	return strings.TrimSpace("Re: " + s)
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

// body is both forms of what is written: words, signature, and the quoted mail below.
func (c Composer) body(m desk.Outbound) desk.Body {
	b := m.Message.Body
	out := desk.Body{Text: strings.TrimRight(b.Text, "\n"), HTML: b.HTML}
	if out.HTML == "" {
		out.HTML = htmlOf(b.Text)
	}
	if out.Text == "" {
		if root := parseHTML(b.HTML); root != nil {
			out.Text = textOf(root)
		}
	}
	if sig := firstOf(b.Signature, c.Settings.Signature); sig != "" {
		out.Text += "\n\n-- \n" + strings.TrimSpace(sig)
		out.HTML += `<div class="signature"><br>-- <br>` + htmlOf(strings.TrimSpace(sig)) + "</div>"
	}
	if b.QuotedText != "" {
		out.Text += "\n\n> " + strings.ReplaceAll(strings.TrimSpace(b.QuotedText), "\n", "\n> ")
	}
	if b.QuotedHTML != "" || b.QuotedText != "" {
		quoted := b.QuotedHTML
		if quoted == "" {
			quoted = htmlOf(b.QuotedText)
		}
		out.HTML += `<br><blockquote type="cite" style="margin:0 0 0 .8ex;border-left:1px solid #ccc;padding-left:1ex">` + quoted + "</blockquote>"
	}
	out.Text += "\n"
	out.HTML = `<!DOCTYPE html><html><head><meta charset="utf-8"></head><body>` + out.HTML + "</body></html>\n"
	return out
}

func htmlOf(text string) string {
	return "<div>" + strings.ReplaceAll(html.EscapeString(strings.TrimRight(text, "\n")), "\n", "<br>\n") + "</div>"
}

// node is one part to be written.
type node struct {
	kind     string
	text     string
	file     *desk.Attachment
	children []node
}

func (c Composer) write(ctx context.Context, w io.Writer, n node, id, path string) error {
	switch {
	case n.file != nil:
		return c.writeFile(ctx, w, *n.file)
	case len(n.children) == 0:
		return writeText(w, n)
	}
	sum := sha256.Sum256([]byte(id + "/" + path))
	boundary := "=_" + hex.EncodeToString(sum[:12]) // "=_" stands in no quoted-printable and no base64 text
	extra := ""
	if n.kind == "multipart/related" {
		extra = `; type="text/html"`
	}
	if _, err := fmt.Fprintf(w, "Content-Type: %s;\r\n boundary=\"%s\"%s\r\n\r\n", n.kind, boundary, extra); err != nil {
		return fmt.Errorf("write part: %w", err)
	}
	for i, child := range n.children {
		if _, err := fmt.Fprintf(w, "--%s\r\n", boundary); err != nil {
			return fmt.Errorf("write part: %w", err)
		}
		if err := c.write(ctx, w, child, id, fmt.Sprintf("%s.%d", path, i+1)); err != nil {
			return err
		}
	}
	if _, err := fmt.Fprintf(w, "--%s--\r\n", boundary); err != nil {
		return fmt.Errorf("write part: %w", err)
	}
	return nil
}

// writeText chooses the encoding that stays readable where it can: quoted-printable for mostly ASCII, else base64.
func writeText(w io.Writer, n node) error {
	s := strings.ReplaceAll(strings.ReplaceAll(n.text, "\r\n", "\n"), "\n", "\r\n")
	high := 0
	for i := range len(s) {
		if s[i] >= 0x80 {
			high++
		}
	}
	encoding := "quoted-printable"
	if high*6 > len(s) {
		encoding = "base64"
	}
	b := &bytes.Buffer{}
	fmt.Fprintf(b, "Content-Type: %s; charset=utf-8\r\nContent-Transfer-Encoding: %s\r\n\r\n", n.kind, encoding)
	if encoding == "base64" {
		e := base64.NewEncoder(base64.StdEncoding, &lines76{w: b})
		_, _ = io.WriteString(e, s) // into memory
		_ = e.Close()
	} else {
		q := quotedprintable.NewWriter(b)
		_, _ = io.WriteString(q, s)
		_ = q.Close()
	}
	b.WriteString("\r\n")
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write text: %w", err)
	}
	return nil
}

// writeFile streams one attachment from the blob store.
func (c Composer) writeFile(ctx context.Context, w io.Writer, a desk.Attachment) error {
	kind := a.ContentType
	if kind == "" || strings.ContainsAny(kind, "\r\n;\"") || strings.HasPrefix(kind, "multipart/") {
		kind = "application/octet-stream"
	}
	disposition := "attachment"
	if a.Inline && a.ContentID != "" {
		disposition = "inline"
	}
	name := fileName(a.Name)
	if name == "" {
		name = "attachment"
	}
	b := &bytes.Buffer{}
	// The name stands three times: QQ and old Outlook read RFC 2047 in name= and filename=, everybody else RFC 2231
	// (UP-E15: "tcmime.xxxx.bin").
	old := quotedOrEncoded(name)
	fmt.Fprintf(b, "Content-Type: %s;\r\n name=%s\r\nContent-Transfer-Encoding: base64\r\n", kind, old)
	fmt.Fprintf(b, "Content-Disposition: %s;\r\n filename=%s", disposition, old)
	if !isASCII(name) {
		fmt.Fprintf(b, ";\r\n filename*=UTF-8''%s", strings.ReplaceAll(url.QueryEscape(name), "+", "%20"))
	}
	b.WriteString("\r\n")
	if a.ContentID != "" {
		fmt.Fprintf(b, "Content-ID: <%s>\r\n", strings.Trim(oneLine(a.ContentID), "<>"))
	}
	b.WriteString("\r\n")
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write file: %w", err)
	}
	r, err := c.Blobs.Open(ctx, a.Blob)
	if err != nil {
		return fmt.Errorf("open file %s: %w", a.Name, err)
	}
	defer func() { _ = r.Close() }() // read only
	e := base64.NewEncoder(base64.StdEncoding, &lines76{w: w})
	if _, err := io.Copy(e, r); err != nil {
		return fmt.Errorf("write file %s: %w", a.Name, err)
	}
	if err := e.Close(); err != nil {
		return fmt.Errorf("write file %s: %w", a.Name, err)
	}
	_, err = io.WriteString(w, "\r\n")
	if err != nil {
		return fmt.Errorf("write file %s: %w", a.Name, err)
	}
	return nil
}

// lines76 breaks base64 into lines (RFC 2045 6.8).
type lines76 struct {
	w   io.Writer
	col int
}

// Write writes p with line ends after every 76th byte.
func (l *lines76) Write(p []byte) (int, error) {
	n := 0
	for len(p) > 0 {
		if l.col == 76 {
			if _, err := io.WriteString(l.w, "\r\n"); err != nil {
				return n, err //nolint:wrapcheck // an io.Writer passes errors on
			}
			l.col = 0
		}
		k := min(76-l.col, len(p))
		if _, err := l.w.Write(p[:k]); err != nil {
			return n, err //nolint:wrapcheck // an io.Writer passes errors on
		}
		l.col, p, n = l.col+k, p[k:], n+k
	}
	return n, nil
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 || s[i] < 0x20 {
			return false
		}
	}
	return true
}

// words2047 makes text fit for a header.
func words2047(s string) string {
	s = oneLine(s)
	if isASCII(s) && !strings.Contains(s, "=?") {
		return s
	}
	return mime.BEncoding.Encode("UTF-8", s)
}

func quotedOrEncoded(s string) string {
	if isASCII(s) && !strings.Contains(s, "=?") {
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
	}
	return `"` + strings.ReplaceAll(mime.BEncoding.Encode("UTF-8", s), "?= =?", "?=\r\n =?") + `"`
}

func addressText(a desk.Address) string {
	addr := strings.Map(func(r rune) rune {
		if isControl(r) || r == '<' || r == '>' || r == ' ' {
			return -1
		}
		return r
	}, a.Address)
	name := strings.TrimSpace(oneLine(a.Name))
	switch {
	case name == "":
		return addr
	case isASCII(name) && !strings.Contains(name, "=?"):
		return quotedOrEncoded(name) + " <" + addr + ">"
	}
	return mime.BEncoding.Encode("UTF-8", name) + " <" + addr + ">"
}

func addressList(list []desk.Address) string {
	out := make([]string, len(list))
	for i, a := range list {
		out[i] = addressText(a)
	}
	return strings.Join(out, ", ")
}

// fold breaks a field at blanks so that lines stay under 78 where they can (RFC 5322 2.1.1).
func fold(line string) string {
	var b strings.Builder
	col := 0
	for i, w := range strings.Split(line, " ") {
		switch {
		case i == 0:
		case col+1+len(w) > 76:
			b.WriteString("\r\n ")
			col = 1
		default:
			b.WriteByte(' ')
			col++
		}
		b.WriteString(w)
		col += len(w)
	}
	b.WriteString("\r\n")
	return b.String()
}
