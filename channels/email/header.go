package email

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// field is one header line, unfolded, its value as it came.
type field struct {
	name  string // lower case
	value string
}

// header is a block of fields in their order.
type header []field

// get returns the first value of a name (lower case), trimmed, undecoded.
func (h header) get(name string) string {
	for _, f := range h {
		if f.name == name {
			return f.value
		}
	}
	return ""
}

func (h header) all(name string) []string {
	var out []string
	for _, f := range h {
		if f.name == name {
			out = append(out, f.value)
		}
	}
	return out
}

func (h header) has(name string) bool {
	for _, f := range h {
		if f.name == name {
			return true
		}
	}
	return false
}

// text returns the first value of a name as readable text. hint is the charset raw 8-bit bytes are probably in.
func (h header) text(name, hint string) string { return decodeText(h.get(name), hint) }

const (
	maxHeaderBytes = 1 << 20
	maxFields      = 2000
)

// splitHeader cuts an entity into its header and body. It forgives what real mail does: an mbox From line, lines
// ending in \r\r\n or \r or \n, junk lines between fields, and no blank line at all.
func splitHeader(raw []byte) (header, []byte) {
	raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
	h := make(header, 0, 16)
	var folded []byte // the last field's value so far, when it has several lines
	unfold := func() {
		if folded != nil {
			h[len(h)-1].value = string(bytes.TrimSpace(folded))
			folded = nil
		}
	}
	rest := raw
	for len(rest) > 0 && len(raw)-len(rest) < maxHeaderBytes {
		line, next := cutLine(rest)
		started := len(h) > 0
		switch {
		case len(line) == 0 || !started && len(bytes.TrimSpace(line)) == 0:
			if started {
				unfold()
				return h, next
			}
		case started && (line[0] == ' ' || line[0] == '\t'):
			if more := bytes.TrimSpace(line); len(more) > 0 {
				if folded == nil {
					folded = append(folded, h[len(h)-1].value...)
				}
				folded = append(append(folded, ' '), more...)
			}
		default:
			name, value, ok := fieldOf(line)
			if ok && len(h) < maxFields {
				unfold()
				h = append(h, field{lowerName(name), value})
			} else if !ok && started && !looksLikeField(next) {
				unfold()
				return h, rest // the blank line is missing
			}
		}
		rest = next
	}
	unfold()
	return h, rest
}

func looksLikeField(b []byte) bool {
	line, _ := cutLine(b)
	if len(line) == 0 {
		return len(b) > 0 // a blank line ends the header in order
	}
	_, _, ok := fieldOf(line)
	return ok || line[0] == ' ' || line[0] == '\t'
}

// cutLine returns the first line without its end. \r\r\n is one end (seen from Tencent's gateways).
func cutLine(b []byte) (line, rest []byte) {
	i := bytes.IndexByte(b, '\n')
	if i < 0 {
		if j := bytes.IndexByte(b, '\r'); j >= 0 {
			return b[:j], b[j+1:]
		}
		return b, nil
	}
	return bytes.TrimRight(b[:i], "\r"), b[i+1:]
}

// fieldOf splits "Name: value". A name is printable ASCII without blanks (RFC 5322 2.2).
func fieldOf(line []byte) (name, value string, ok bool) {
	i := bytes.IndexByte(line, ':')
	if i <= 0 {
		return "", "", false
	}
	n := bytes.TrimRight(line[:i], " \t")
	for _, c := range n {
		if c <= ' ' || c >= 0x7f {
			return "", "", false
		}
	}
	return string(n), string(bytes.TrimSpace(line[i+1:])), len(n) > 0
}

// decodeText makes a header value readable: RFC 2047 words, and raw 8-bit bytes by hint or by the ladder.
func decodeText(s, hint string) string {
	if !strings.Contains(s, "=?") {
		return strings.TrimSpace(oneLine(raw8bit(s, hint)))
	}
	var out strings.Builder
	var pending []byte // bytes of adjacent words in one charset: a character may be cut between two words
	charset, blanks := "", ""
	flush := func() {
		if pending != nil {
			out.WriteString(decodeCharset(charset, pending))
			pending = nil
		}
	}
	for s != "" {
		i := strings.Index(s, "=?")
		if i < 0 {
			flush()
			out.WriteString(blanks + raw8bit(s, hint))
			break
		}
		between := s[:i]
		cs, data, n, ok := encodedWord(s[i:])
		if !ok {
			flush()
			out.WriteString(blanks + raw8bit(s[:i+2], hint))
			blanks, s = "", s[i+2:]
			continue
		}
		if strings.TrimSpace(between) != "" || pending == nil {
			flush()
			out.WriteString(blanks + raw8bit(between, hint))
		} else if !strings.EqualFold(cs, charset) {
			flush()
		}
		blanks = ""
		charset, pending = cs, append(pending, data...)
		s = s[i+n:]
	}
	flush()
	return strings.TrimSpace(oneLine(out.String()))
}

// encodedWord reads one =?charset?B|Q?text?= at the start of s and says how long it is. A missing end is forgiven at
// the end of the value.
func encodedWord(s string) (charset string, data []byte, n int, ok bool) {
	parts := strings.SplitN(s[2:], "?", 3)
	if len(parts) < 3 || len(parts[1]) != 1 || parts[0] == "" || strings.ContainsAny(parts[0], " \t") {
		return "", nil, 0, false
	}
	switch parts[1] {
	case "B", "b", "Q", "q":
	default:
		return "", nil, 0, false
	}
	body, end := parts[2], 0
	if k := strings.Index(body, "?="); k >= 0 {
		body, end = body[:k], 2
	}
	n = 2 + len(parts[0]) + 1 + 1 + 1 + len(body) + end
	charset, _, _ = strings.Cut(parts[0], "*") // RFC 2231 5: language
	if parts[1] == "B" || parts[1] == "b" {
		return charset, decodeBase64([]byte(body)), n, true
	}
	return charset, decodeQ(body), n, true
}

// decodeQ is RFC 2047 4.2, forgiving: what is no escape stays.
func decodeQ(s string) []byte {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '_':
			out = append(out, ' ')
		case s[i] == '=' && i+2 < len(s)+0 && unhex(s[i+1]) >= 0 && unhex(s[i+2]) >= 0:
			out = append(out, byte(unhex(s[i+1])<<4|unhex(s[i+2])))
			i += 2
		default:
			out = append(out, s[i])
		}
	}
	return out
}

func unhex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	}
	return -1
}

// raw8bit reads bytes that stand unencoded in a header.
func raw8bit(s, hint string) string {
	if utf8.ValidString(s) {
		if strings.Contains(s, "\x1b$") {
			return ladder([]byte(s))
		}
		return s
	}
	switch hint = charsetName(hint); {
	case hint == "", hint == "us-ascii", hint == "utf-8":
		return ladder([]byte(s))
	case strings.HasPrefix(hint, "iso-8859-1"), hint == "windows-1252":
		// A gateway that wraps a mail says Western; bytes that read wholly as Chinese are that.
		if high := score([]byte(s)); high.gb >= 0.95 {
			return ladder([]byte(s))
		}
	}
	return decodeCharset(hint, []byte(s))
}

// oneLine makes control characters blanks: a header value is one line.
func oneLine(s string) string {
	if !strings.ContainsFunc(s, isControl) {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == 0:
			return -1
		case isControl(r):
			return ' '
		}
		return r
	}, s)
}

func isControl(r rune) bool { return r < 0x20 || r == 0x7f }
