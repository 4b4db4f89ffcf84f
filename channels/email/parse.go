package email

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

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
	Whole  bool // fill Mail.Text and Mail.HTML as well
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

	// Text and HTML (sanitised) are the whole body a person reads, quotes and signature in their places. Only with
	// Options.Whole: a conversation shows the pieces of Message.Body.
	Text, HTML string
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
	if d := dateOf(h.get("date")); !d.IsZero() {
		msg.HeaderDate = d.UTC()
	}
	msg.At = p.o.At
	msg.Direction, msg.Medium, msg.Inbox = desk.In, desk.Email, p.o.Inbox
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
	if id := strings.TrimSpace(h.get(strings.ToLower(ownHeader))); len(id) <= maxOwnID {
		m.Copy = desk.MessageID(id)
	}
	p.automatic(m)
}

// maxOwnID bounds what is taken for an id of ours, in bytes.
const maxOwnID = 64

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

var results = regexp.MustCompile(`(?i)\b(spf|dkim|dmarc)=(pass|fail|softfail|none|neutral|temperror|permerror|bestguesspass)`)

// unverified reports whether the receiving server found the sender wanting. It trusts that server's
// Authentication-Results (RFC 8601), the topmost alone: a sender can write further ones below it. A server that checks
// nothing has not found anybody wanting: then threading by headers goes on as everywhere (UP-E6, UP-X5).
func unverified(h header) bool {
	passed, refused := false, false
	for _, m := range results.FindAllStringSubmatch(h.get("authentication-results"), -1) {
		switch strings.ToLower(m[2]) {
		case "pass", "bestguesspass":
			if strings.EqualFold(m[1], "dmarc") {
				return false
			}
			passed = true
		case "fail", "softfail", "permerror":
			if strings.EqualFold(m[1], "dmarc") {
				return true
			}
			refused = true
		}
	}
	return refused && !passed
}

// content reads words and files.
func (p *parser) content(m *Mail) {
	c := &collector{limits: p.o.Limits.defaults(), cids: map[string]bool{}, keepWhole: p.o.Whole, forward: desk.IsForward(m.Message.Subject)}
	c.gather(p.root)
	c.lastResort()
	body := c.body()
	m.Message.Body, m.Text, m.HTML = body, c.whole.text, c.whole.html
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
