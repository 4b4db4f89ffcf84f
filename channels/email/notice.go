package email

import (
	"bytes"
	"strings"
)

// notice is a machine's mail about mails of others, taken apart: what it says itself, the groups of fields that
// standards define, and the header of the mail it returns.
type notice struct {
	root     *part
	words    string   // its own words, before whatever it returns
	groups   []header // RFC 3464 groups with a recipient, from parts or from words
	feedback header   // RFC 5965
	returned header   // of the mail that failed; nil when it is not there
}

const (
	maxNoticeWords = 1 << 16
	maxBounces     = 100
)

// readNotice takes root apart. It looks at no more than [maxNoticeWords] of words.
func readNotice(root *part) *notice {
	n := &notice{root: root}
	n.visit(root, 0)
	if n.words == "" {
		n.pages(root)
	}
	n.words = unquoted(n.words)
	own, rest := cutReturned(n.words)
	if len(n.groups) == 0 {
		n.groups = groupsIn(own)
	}
	if len(n.groups) == 0 && rest != "" && n.returned == nil {
		n.inside(rest)
	}
	if n.returned == nil && rest != "" {
		n.returned, _ = splitHeader([]byte(rest))
	}
	n.words = own
	return n
}

// inside finds a notice within what looked like a returned mail: a report whose parts nobody could tell apart, or one
// that was sent on as text.
func (n *notice) inside(rest string) {
	if n.groups = groupsIn(rest); len(n.groups) == 0 {
		return
	}
	last := strings.LastIndex(strings.ToLower(rest), "final-recipient:")
	if last < 0 {
		return
	}
	if _, after := cutReturned(rest[last:]); after != "" {
		n.returned, _ = splitHeader([]byte(after))
	}
}

// visit sorts p and its children; what is inside a returned mail is not looked at.
func (n *notice) visit(p *part, depth int) {
	switch p.kind {
	case "message/delivery-status", "message/global-delivery-status":
		n.groups = append(n.groups, groupsIn(string(clipBytes(p.content(), maxNoticeWords)))...)
		return
	case "message/feedback-report":
		n.feedback, _ = splitHeader(p.content())
		return
	case "message/rfc822", "message/global", "text/rfc822-headers", "text/rfc822-header", "message/rfc822-headers", "message/global-headers":
		n.keepReturned(p.content())
		return
	case "text/plain":
		text := p.text()
		switch {
		case (p.name != "" || p.disposition == "attachment" || n.words != "") && looksReturned(text):
			n.keepReturned([]byte(text))
		case p.disposition != "attachment" && len(n.words) < maxNoticeWords:
			n.words += clip(text, maxNoticeWords) + "\n"
		}
		return
	}
	if p != n.root && len(p.children) == 0 && n.returned == nil && p.header.has("message-id") && !strings.Contains(p.kind, "html") {
		n.returned = p.header // the returned mail stands bare among the parts
	}
	for _, c := range p.children {
		if c.header.has("message-id") && c.header.has("from") && !strings.HasPrefix(c.kind, "message/") {
			if n.returned == nil {
				n.returned = c.header
			}
			continue
		}
		n.visit(c, depth+1)
	}
}

// pages takes the words from HTML where there are no others.
func (n *notice) pages(p *part) {
	p.walk(func(p *part) {
		if p.kind == "text/html" && p.disposition != "attachment" && len(n.words) < maxNoticeWords {
			if body := parseHTML(clip(p.text(), 4*maxNoticeWords)); body != nil {
				n.words += clip(textOf(body), maxNoticeWords) + "\n"
			}
		}
	})
}

func (n *notice) keepReturned(b []byte) {
	if n.returned != nil {
		return
	}
	n.returned, _ = splitHeader(bytes.TrimLeft(b, "\r\n \t"))
	if !n.returned.has("message-id") { // lines that lost their indentation end the header early
		if id := messageIDLine(string(clipBytes(b, 16<<10))); id != "" {
			n.returned = append(n.returned, field{"message-id", "<" + id + ">"})
		}
	}
}

func clipBytes(b []byte, n int) []byte { return b[:min(len(b), n)] }

// looksReturned reports whether a text is the header of a mail.
func looksReturned(s string) bool {
	i, _ := returnedAt(strings.Split(clip(s, 4000), "\n"))
	return i >= 0 && i <= 3
}

// unquoted drops the marks of a notice that somebody forwarded.
func unquoted(s string) string {
	if strings.Count(s, "\n>") < 10 {
		return s
	}
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		if rest, ok := strings.CutPrefix(l, "> "); ok {
			lines[i] = rest
		} else if l == ">" || l == ">\r" {
			lines[i] = ""
		}
	}
	return strings.Join(lines, "\n")
}

// cutReturned cuts words where the header of the returned mail begins.
func cutReturned(s string) (own, returned string) {
	lines := strings.Split(s, "\n")
	at, indent := returnedAt(lines)
	if at < 0 {
		return s, ""
	}
	head := make([]string, 0, len(lines)-at)
	for _, l := range lines[at:] {
		head = append(head, strings.TrimPrefix(l, indent))
	}
	own = strings.Join(lines[:at], "\n")
	if indent != "" { // set off in the middle of the notice: more of it may follow
		for i, l := range lines[at:] {
			if l != "" && !strings.HasPrefix(l, indent) {
				return own + "\n" + strings.Join(lines[at+i:], "\n"), strings.Join(head, "\n")
			}
		}
	}
	return own, strings.Join(head, "\n")
}

// mailFields are those by which the header of a mail is known among other lines with colons; true for the ones that no
// sentence in a notice begins with.
var mailFields = map[string]bool{
	"received": true, "return-path": true, "message-id": true, "mime-version": true, "content-type": true, "content-transfer-encoding": true,
	"dkim-signature": true, "delivered-to": true, "x-mailer": true, "from": false, "to": false, "cc": false, "subject": false, "date": false, "reply-to": false,
	"x-received": true, "user-agent": true, "references": true, "in-reply-to": true, "x-google-dkim-signature": true, "sender": false, "mime-virsion": true,
}

// returnedAt is the line where the header of a returned mail begins, with its indentation, or -1: three fields of a
// mail, one of them such that only a mail has it, follow each other.
func returnedAt(lines []string) (int, string) {
	for i, l := range lines {
		indent := l[:len(l)-len(strings.TrimLeft(l, " \t"))]
		name := fieldName(l[len(indent):])
		if _, known := mailFields[name]; !known {
			continue
		}
		fields, sure := 0, false
		for k := i; k < len(lines) && k < i+40; k++ {
			rest, ok := strings.CutPrefix(lines[k], indent)
			if !ok {
				break
			}
			if rest != "" && (rest[0] == ' ' || rest[0] == '\t') && k > i {
				continue
			}
			f := fieldName(rest)
			if f == "" {
				break
			}
			if certain, known := mailFields[f]; known {
				fields++
				sure = sure || certain
			}
		}
		if sure && fields >= 3 {
			return i, indent
		}
	}
	return -1, ""
}

// fieldName is the name of the field a line begins with, lower case, or "".
func fieldName(l string) string {
	i := strings.IndexByte(l, ':')
	if i <= 0 || i > 60 {
		return ""
	}
	for _, c := range []byte(l[:i]) {
		if c <= ' ' || c >= 0x7f {
			return ""
		}
	}
	return strings.ToLower(l[:i])
}

// statusFields are the fields of a group in a delivery status (RFC 3464 2.3), and what programs put beside them.
var statusFields = map[string]bool{
	"final-recipient": true, "original-recipient": true, "action": true, "status": true, "diagnostic-code": true, "remote-mta": true, "last-attempt-date": true,
	"will-retry-until": true, "final-log-id": true, "x-powermta-bouncecategory": true, "x-actual-recipient": true, "x-display-name": true,
	"reporting-mta": false, "arrival-date": false, "received-from-mta": false, "dsn-gateway": false, "original-envelope-id": false,
}

// groupsIn finds the groups of fields about recipients in a text, wherever they stand. A blank line, a line that is no
// field, or a field that was there already ends a group. What the report says of itself (Reporting-MTA) goes to each.
func groupsIn(s string) []header {
	if !strings.Contains(strings.ToLower(s), "-recipient:") {
		return nil
	}
	g := &grouper{}
	for l := range strings.Lines(s) {
		if g.line(strings.TrimRight(l, "\r\n")); len(g.out) >= maxBounces {
			break
		}
	}
	g.end()
	return g.out
}

type grouper struct {
	out   []header
	now   header
	about header
	last  *field
}

func (g *grouper) line(l string) {
	if l != "" && (l[0] == ' ' || l[0] == '\t') && g.last != nil && strings.TrimSpace(l) != "" {
		if len(g.last.value) < 4000 {
			g.last.value += " " + strings.TrimSpace(l)
		}
		return
	}
	name := fieldName(l)
	rcpt, known := statusFields[name]
	switch {
	case !known && g.last != nil && name == "" && strings.TrimSpace(l) != "" && g.last.name == "diagnostic-code" && len(g.last.value) < 4000:
		g.last.value += " " + strings.TrimSpace(l) // a continuation whose indentation was lost
		return
	case !known && name != "" && len(g.now) > 0:
		g.last = &field{} // a field of the program's own: its continuations are not ours
		return
	case !known:
		g.end()
		return
	}
	f := field{name, strings.TrimSpace(l[strings.IndexByte(l, ':')+1:])}
	if !rcpt {
		g.about = append(g.about, f)
		g.last = &g.about[len(g.about)-1]
		return
	}
	if name != "diagnostic-code" && g.now.has(name) {
		g.end()
	}
	g.now = append(g.now, f)
	g.last = &g.now[len(g.now)-1]
}

func (g *grouper) end() {
	if g.now.has("final-recipient") || g.now.has("original-recipient") {
		g.out = append(g.out, append(g.now, g.about...))
	}
	g.now, g.last = nil, nil
}
