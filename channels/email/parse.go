package email

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/mail"
	"regexp"
	"strings"
	"time"

	"golang.org/x/net/html"

	"yingda/desk"
)

// Limits bound what is taken out of one mail. Zero values mean the defaults.
type Limits struct {
	Attachment int64 // bytes of one file; a larger one is left in the raw mail and marked by an empty blob; default 25 MB
	Files      int   // default 40
	Text       int   // bytes of text that are kept; default 1 MB
}

// Options is what Parse must know of the inbox.
type Options struct {
	Inbox  desk.InboxID
	Own    []string  // addresses of ours: never the customer (UP-E5)
	Tokens *Tokens   // nil: no reply tokens
	At     time.Time // when the server got it (INTERNALDATE); never the Date header (UP-E19)
	Limits Limits
}

// File is an attachment with its bytes.
type File struct {
	desk.Attachment
	Data []byte
}

// Mail is a parsed mail. Message.Attachments name the files by their hash; Files hold the bytes that must be in the
// blob store before the desk hears of the message. Files over the limit have an empty Blob and no bytes.
type Mail struct {
	desk.Inbound
	Files []File
}

// ErrEmpty is what Parse returns for bytes that hold no mail at all.
var ErrEmpty = errors.New("no header and no body")

// Parse reads one mail as it came. It is pure, it never panics, and it forgives nearly everything: only bytes without
// any header field are refused with [ErrEmpty].
func Parse(raw []byte, o Options) (m Mail, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("parse mail: panic: %v", p)
		}
	}()
	raw = dropMboxLine(raw)
	root := parseTree(raw)
	if len(root.header) == 0 {
		return m, ErrEmpty
	}
	p := &parser{o: o, root: root, hint: hintOf(root), own: ownSet(o.Own)}
	p.envelope(&m)
	p.content(&m)
	sum := sha256.Sum256(raw)
	m.Hash = hex.EncodeToString(sum[:])
	m.Message.Raw = m.Hash
	m.External = external(m.Message.RFCMessageID, m.Hash)
	return m, nil
}

// external is the id under which a mail is stored once per inbox: Message-ID and hash, or the hash alone (DESIGN 2.5).
// Two different mails under one Message-ID (a broken writer) are two.
func external(id, hash string) string {
	if id == "" {
		return "sha256:" + hash
	}
	return "mid:" + clip(id, 300) + ":" + hash
}

func dropMboxLine(raw []byte) []byte {
	if len(raw) > 5 && string(raw[:5]) == "From " {
		_, rest := cutLine(raw)
		return rest
	}
	return raw
}

// hintOf is the charset that raw bytes in the header are probably in: that of the first text.
func hintOf(root *part) string {
	hint := ""
	root.walk(func(p *part) {
		if hint == "" && strings.HasPrefix(p.kind, "text/") {
			hint = p.params["charset"]
		}
	})
	return strings.ToLower(hint)
}

type parser struct {
	o    Options
	root *part
	hint string
	own  ownAddresses
}

func (p *parser) list(name string) []desk.Address {
	var out []desk.Address
	for _, v := range p.root.header.all(name) {
		out = append(out, addresses(v, p.hint)...)
	}
	return out
}

// envelope reads who wrote what to whom, and what it answers.
func (p *parser) envelope(m *Mail) {
	h := p.root.header
	msg := &m.Message
	msg.Subject = clip(h.text("subject", p.hint), 1000)
	msg.From, msg.To, msg.Cc, msg.Bcc, msg.ReplyTo = p.sender(), p.list("to"), p.list("cc"), p.list("bcc"), p.list("reply-to")
	msg.RFCMessageID = bareID(h.get("message-id"))
	m.Thread, msg.References = threadOf(h)
	msg.HeaderDate = dateOf(h.get("date"))
	msg.At = p.o.At
	msg.Direction, msg.Medium, msg.Inbox = desk.In, desk.Email, p.o.Inbox
	msg.Auto = autoOf(p.root, msg.From, msg.Subject, p.own)
	msg.Unverified = unverified(h)
	m.Inbox, m.Medium, m.At = p.o.Inbox, desk.Email, p.o.At
	customer := p.customer(msg)
	m.From = desk.Identity{Kind: desk.ByEmail, Value: customer.Address}.Clean()
	m.FromName = customer.Name
	for _, list := range [][]desk.Address{msg.To, msg.Cc, p.list("delivered-to"), p.list("x-original-to"), p.list("envelope-to")} {
		for _, a := range list {
			if m.Token == "" {
				m.Token = p.o.Tokens.Conversation(a.Address)
			}
		}
	}
	if msg.Auto == desk.Bounce || msg.Auto == desk.Report {
		list, original := bounces(p.root)
		if msg.Auto == desk.Bounce {
			m.Bounces = list
		}
		if original != "" && len(m.Thread) == 0 {
			m.Thread = []string{original}
		}
	}
}

// sender is who stands in From, else in Sender, Reply-To or Return-Path.
func (p *parser) sender() desk.Address {
	for _, name := range [...]string{"from", "sender", "reply-to", "return-path"} {
		if list := p.list(name); len(list) > 0 {
			return list[0]
		}
	}
	return desk.Address{Name: displayName(strings.TrimSuffix(p.root.header.text("from", p.hint), "<>"))}
}

// customer is whom we talk with: the sender, unless that is one of us and Reply-To names somebody else (web forms
// send in our own name).
func (p *parser) customer(msg *desk.Message) desk.Address {
	if !p.own.has(msg.From.Address) {
		return msg.From
	}
	for _, a := range msg.ReplyTo {
		if !p.own.has(a.Address) {
			return a
		}
	}
	return msg.From
}

var failed = regexp.MustCompile(`(?i)\b(spf|dkim|dmarc)=(pass|fail|softfail|none|neutral|temperror|permerror|bestguesspass)`)

// unverified trusts the receiving server's Authentication-Results (RFC 8601), the topmost alone: a sender can write
// further ones below it.
func unverified(h header) bool {
	v := h.get("authentication-results")
	if v == "" {
		return true
	}
	pass := map[string]bool{}
	for _, m := range failed.FindAllStringSubmatch(v, -1) {
		method, result := strings.ToLower(m[1]), strings.ToLower(m[2])
		if method == "dmarc" {
			return result != "pass" && result != "bestguesspass"
		}
		pass[method] = pass[method] || result == "pass"
	}
	return !pass["spf"] && !pass["dkim"]
}

// dateOf reads the Date header for display only.
func dateOf(v string) time.Time {
	v = strings.TrimSpace(v)
	if t, err := mail.ParseDate(v); err == nil {
		return t.UTC()
	}
	for _, layout := range [...]string{time.RFC3339, "2006-01-02 15:04:05", "Mon, 2 Jan 2006 15:04:05", "2 Jan 2006 15:04:05 -0700"} {
		if t, err := time.Parse(layout, v); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}

// content reads words and files.
func (p *parser) content(m *Mail) {
	c := &collector{limits: p.o.Limits.defaults(), cids: map[string]bool{}}
	c.gather(p.root)
	body := c.body()
	m.Message.Body = body
	m.Message.Attachments, m.Files = c.attachments()
	words := body.Text
	if strings.TrimSpace(words) == "" {
		words = m.Message.Subject
	}
	if m.Locale = Language(words); m.Locale == "" {
		m.Locale = Language(m.Message.Subject)
	}
}

func (l Limits) defaults() Limits {
	if l.Attachment <= 0 {
		l.Attachment = 25 << 20
	}
	if l.Files <= 0 {
		l.Files = 40
	}
	if l.Text <= 0 {
		l.Text = 1 << 20
	}
	return l
}

// collector walks the tree once and sorts its leaves into words and files.
type collector struct {
	limits Limits
	pieces []words
	files  []*part
	loose  []File // uuencoded files
	cids   map[string]bool
}

// words are one stretch of text: in either form or both.
type words struct{ text, html string }

// gather sorts p.
func (c *collector) gather(p *part) {
	switch {
	case p.kind == "multipart/alternative" && len(p.children) > 0:
		c.alternative(p)
	case strings.HasPrefix(p.kind, "multipart/"):
		for _, child := range p.children {
			c.gather(child)
		}
	case isWords(p):
		c.add(p)
	default:
		c.files = append(c.files, p)
	}
}

func isWords(p *part) bool {
	return (p.kind == "text/plain" || p.kind == "text/html" || p.kind == "text/enriched" || p.kind == "text/markdown") &&
		p.disposition != "attachment" && p.name == ""
}

func (c *collector) add(p *part) {
	text := clip(p.text(), c.limits.Text)
	if p.kind == "text/html" {
		c.pieces = append(c.pieces, words{html: text})
		return
	}
	text, files := cutUU(text)
	c.loose = append(c.loose, files...)
	if p.params["format"] == "flowed" {
		text = unflow(text, strings.EqualFold(p.params["delsp"], "yes"))
	}
	c.pieces = append(c.pieces, words{text: text})
}

// alternative takes the best of each form; files that stand among the forms are kept.
func (c *collector) alternative(p *part) {
	inner := &collector{limits: c.limits, cids: c.cids}
	for _, child := range p.children {
		inner.gather(child)
	}
	var w words
	for _, piece := range inner.pieces {
		w.text = joinText(w.text, piece.text)
		w.html = joinText(w.html, piece.html)
	}
	if w.text != "" || w.html != "" {
		c.pieces = append(c.pieces, w)
	}
	c.files = append(c.files, inner.files...)
	c.loose = append(c.loose, inner.loose...)
}

func joinText(a, b string) string {
	if strings.TrimSpace(a) == "" {
		return b
	}
	if strings.TrimSpace(b) == "" {
		return a
	}
	return a + "\n" + b
}

// unflow joins soft lines (RFC 3676 4.2).
func unflow(s string, delsp bool) string {
	lines := strings.Split(s, "\n")
	var b strings.Builder
	for i, l := range lines {
		soft := strings.HasSuffix(l, " ") && l != "-- " && i+1 < len(lines) && strings.HasPrefix(lines[i+1], ">") == strings.HasPrefix(l, ">")
		if soft && strings.HasPrefix(l, ">") {
			soft = false // quoted lines stay lines: they are folded anyway
		}
		if strings.HasPrefix(l, " ") {
			l = l[1:] // space-stuffing
		}
		if soft && delsp {
			l = strings.TrimSuffix(l, " ")
		}
		b.WriteString(l)
		if !soft && i+1 < len(lines) {
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// body cuts the words into own, quoted and signature. What would leave nothing of the writer's own is not cut.
func (c *collector) body() desk.Body {
	var text, markup string
	rich := false
	for _, w := range c.pieces {
		rich = rich || w.html != ""
	}
	for _, w := range c.pieces {
		if w.html == "" && rich {
			w.html = "<div>" + strings.ReplaceAll(html.EscapeString(w.text), "\n", "<br>") + "</div>"
		}
		markup = joinText(markup, w.html)
		text = joinText(text, w.text)
	}
	plainOnly := splitText(text)
	if strings.TrimSpace(plainOnly.own) == "" && strings.TrimSpace(plainOnly.quoted) != "" {
		plainOnly = textSplit{own: tidy(text)}
	}
	if !rich {
		return desk.Body{Text: plainOnly.own, QuotedText: plainOnly.quoted, Signature: plainOnly.signature}
	}
	return c.richBody(markup, text, plainOnly)
}

func (c *collector) richBody(markup, text string, fromText textSplit) desk.Body {
	root := parseHTML(markup)
	if root == nil {
		return desk.Body{Text: fromText.own, QuotedText: fromText.quoted, Signature: fromText.signature}
	}
	cidsOf(root, c.cids)
	whole := textOf(root)
	s := splitHTML(root)
	own := textOf(root)
	if strings.TrimSpace(own) == "" && find(root, isPicture) == nil {
		// Only a quote: a forward, or a program that marks everything. The whole is what they sent.
		root = parseHTML(markup)
		s, own = htmlSplit{own: root, quoted: div(), signature: div()}, whole
	}
	b := desk.Body{Text: own, QuotedText: textOf(s.quoted), Signature: textOf(s.signature)}
	if !s.found || strings.TrimSpace(b.QuotedText) == "" {
		// The page has no mark of a quote; its words may. The plain form is the writer's own, unless it only says that
		// there is a page to be read.
		t := splitText(own)
		if len(strings.TrimSpace(text))*4 > len(strings.TrimSpace(whole)) {
			t = fromText
		}
		if strings.TrimSpace(t.own) != "" {
			b.Text, b.QuotedText = t.own, joinText(b.QuotedText, t.quoted)
			b.Signature = joinText(t.signature, b.Signature)
		}
	} else if rest, sig := cutSignature(strings.Split(b.Text, "\n")); len(sig) > 0 && strings.TrimSpace(strings.Join(rest, "")) != "" {
		b.Text, b.Signature = tidy(strings.Join(rest, "\n")), joinText(tidy(strings.Join(sig, "\n")), b.Signature)
	}
	b.HTML, b.QuotedHTML = sanitiseTree(s.own), sanitiseTree(s.quoted)
	if s.signature.FirstChild != nil {
		b.HTML += sanitiseTree(s.signature)
	}
	return b
}

func isPicture(n *html.Node) bool { return n.Data == "img" && attr(n, "src") != "" }

// attachments turns leaves into files. A picture the page shows by cid is inline whatever its disposition says
// (UP-E18); an "inline" file that nothing shows is a file.
func (c *collector) attachments() ([]desk.Attachment, []File) {
	var list []desk.Attachment
	var files []File
	add := func(f File) {
		if len(list) >= c.limits.Files {
			return
		}
		f.Size = int64(len(f.Data))
		if f.Size > c.limits.Attachment {
			f.Data = nil
		} else {
			sum := sha256.Sum256(f.Data)
			f.Blob = hex.EncodeToString(sum[:])
			files = append(files, f)
		}
		list = append(list, f.Attachment)
	}
	for _, p := range c.files {
		shown := p.cid != "" && c.cids[p.cid] || p.location != "" && c.cids[p.location] || p.name != "" && c.cids[p.name]
		add(File{Attachment: desk.Attachment{Name: nameOf(p, len(list)+1), ContentType: p.kind, Inline: shown, ContentID: p.cid}, Data: p.content()})
	}
	for _, f := range c.loose {
		add(f)
	}
	return list, files
}

// nameOf is a file's name, or one made from what is known.
func nameOf(p *part, n int) string {
	if p.name != "" {
		return p.name
	}
	if p.kind == "message/rfc822" {
		h, _ := splitHeader(p.content())
		if s := fileName(h.text("subject", "")); s != "" {
			return s + ".eml"
		}
		return "message.eml"
	}
	base := "attachment"
	if major, _, _ := strings.Cut(p.kind, "/"); major == "image" || major == "audio" || major == "video" || major == "text" {
		base = major
	}
	if n > 1 {
		base = fmt.Sprintf("%s-%d", base, n)
	}
	return base + extension(p.kind)
}

// extension knows the usual ones; the system's table would differ from machine to machine.
func extension(kind string) string {
	common := map[string]string{"image/jpeg": ".jpg", "image/png": ".png", "image/gif": ".gif", "text/plain": ".txt", "text/html": ".html",
		"text/calendar": ".ics", "application/pdf": ".pdf", "application/zip": ".zip", "message/delivery-status": ".txt",
		"text/rfc822-headers": ".txt", "application/ms-tnef": ".dat", "audio/mpeg": ".mp3", "text/csv": ".csv", "text/vcard": ".vcf"}
	if e, ok := common[kind]; ok {
		return e
	}
	return ".bin"
}
