package email

import (
	"strings"
	"unicode/utf8"

	"yingda/desk"
)

// addresses reads an address list as people and programs write it. What has no address in it is left out.
func addresses(v, hint string) []desk.Address {
	if !utf8.ValidString(v) {
		v = raw8bit(v, hint)
	}
	var out []desk.Address
	for _, one := range splitAddresses(v) {
		if a, ok := oneAddress(one, hint); ok && len(out) < maxAddresses {
			out = append(out, a)
		}
	}
	return out
}

const maxAddresses = 500

// splitAddresses cuts at commas and semicolons outside quotes, comments and angle brackets, and takes groups apart
// (RFC 5322 3.4: "undisclosed-recipients:;").
func splitAddresses(v string) []string {
	var out []string
	var b strings.Builder
	quoted, angle, comment, at := false, false, 0, false
	lastClose := strings.LastIndexByte(v, '>')
	cut := func() {
		if s := strings.TrimSpace(b.String()); s != "" {
			out = append(out, s)
		}
		b.Reset()
		at = false
	}
	for i := 0; i < len(v) && len(out) < 4*maxAddresses; i++ {
		c := v[i]
		switch {
		case c == '\\' && i+1 < len(v):
			b.WriteByte(c)
			i++
			c = v[i]
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '(':
			comment++
		case c == ')' && comment > 0:
			comment--
		case comment > 0:
		case c == '=' && i+1 < len(v) && v[i+1] == '?' && !angle:
			// An encoded word is one piece: "=?utf-8?Q?Doe,_John?=" (RFC 2047 5 forbids the comma, programs write it).
			if n := encodedLength(v[i:]); n > 0 {
				b.WriteString(v[i : i+n])
				i += n - 1
				continue
			}
		case c == '<':
			angle = true
		case c == '>':
			angle = false
		case (c == ',' || c == ';') && (!angle || i > lastClose):
			cut()
			angle = false
			continue
		case c == '@':
			at = true
		case c == ':' && !angle && !at && !hasSuffixFold(b.String(), "mailto"):
			b.Reset() // the name of a group
			continue
		}
		b.WriteByte(c)
	}
	cut()
	return out
}

// encodedLength is how long the encoded word at the start of s is; 0 when it is none or lacks its end.
func encodedLength(s string) int {
	_, _, n, ok := encodedWord(s[:min(len(s), maxEncodedWord)])
	if !ok || !strings.HasSuffix(s[:n], "?=") {
		return 0
	}
	return n
}

// maxEncodedWord bounds the search for the end of a word; RFC 2047 2 allows 75 characters.
const maxEncodedWord = 1000

func hasSuffixFold(s, suffix string) bool {
	return len(s) >= len(suffix) && strings.EqualFold(s[len(s)-len(suffix):], suffix)
}

// oneAddress reads one `name <local@domain>` in the ways it is written; false when there is no address in it.
func oneAddress(s, hint string) (desk.Address, bool) {
	name, addr := "", s
	if i := strings.LastIndexByte(s, '<'); i >= 0 {
		name, addr = s[:i], s[i+1:]
		if j := strings.IndexByte(addr, '>'); j >= 0 {
			addr = addr[:j]
		}
	} else if i := strings.IndexByte(s, '('); i > 0 && strings.HasSuffix(s, ")") {
		addr, name = s[:i], s[i+1:len(s)-1]
		if !strings.Contains(addr, "@") && strings.Contains(name, "@") {
			addr, name = name, addr
		}
	} else if i := strings.LastIndexAny(s, " \t"); i > 0 && strings.LastIndexByte(s, '@') > i && !strings.Contains(s[:i], "@") {
		name, addr = s[:i], s[i+1:] // the angle brackets are missing
	}
	if !strings.Contains(addr, "@") {
		// `=?utf-8?B?…?=` may hide the whole thing, address included.
		if d := decodeText(s, hint); d != s && strings.Contains(d, "@") && !strings.Contains(d, "=?") {
			return oneAddress(d, hint)
		}
		return desk.Address{}, false
	}
	if strings.Contains(addr, "=?") {
		addr = decodeText(addr, hint)
		if i := strings.LastIndexByte(addr, '<'); i >= 0 {
			name, addr = addr[:i], strings.TrimSuffix(addr[i+1:], ">")
		}
	}
	addr = bareAddress(addr)
	if addr == "" {
		return desk.Address{}, false
	}
	return desk.Address{Name: displayName(decodeText(unquote(name), hint)), Address: harmlessAddress(addr)}, true
}

// harmlessAddress drops what no address holds: control characters and broken text.
func harmlessAddress(a string) string {
	return strings.Map(func(r rune) rune {
		if isControl(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(a, ""))
}

// bareAddress finds local@domain in s and drops what stands around it: comments, a route (RFC 5322 4.4), blanks around
// dots, the dot of the root.
func bareAddress(s string) string {
	if strings.IndexByte(s, '(') >= 0 {
		s = withoutComments(s)
	}
	s = strings.Trim(strings.TrimSpace(s), `<>' `)
	if strings.HasPrefix(s, `"`) {
		if i := strings.LastIndex(s, `"@`); i > 0 && len(s) <= 320 { // a quoted local part may hold anything
			return strings.TrimRight(s, `."`)
		}
	}
	s = strings.TrimPrefix(strings.Trim(s, `"`), "mailto:")
	if strings.HasPrefix(s, "@") {
		if i := strings.LastIndexByte(s, ':'); i > 0 {
			s = s[i+1:]
		}
	}
	for _, blank := range [...]string{" .", "\t.", ". ", " @", "@ "} {
		for strings.Contains(s, blank) {
			s = strings.ReplaceAll(s, blank, strings.Trim(blank, " \t"))
		}
	}
	for _, word := range strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '\t' || r == ',' || r == ';' || r == '[' || r == ']' }) {
		at := strings.LastIndexByte(word, '@')
		if at > 0 && at < len(word)-1 && len(word) <= 320 {
			return strings.TrimRight(strings.Trim(word, `<>()"'`), ".")
		}
	}
	return ""
}

func unquote(s string) string {
	s = strings.TrimSpace(s)
	if len(s) >= 2 && s[0] == '"' && s[len(s)-1] == '"' {
		s = s[1 : len(s)-1]
	}
	return strings.ReplaceAll(strings.ReplaceAll(s, `\"`, `"`), `\\`, `\`)
}

// displayName tidies a name: quotes that were kept by the writer, and names that only repeat an address.
func displayName(s string) string {
	s = decodeText(s, "")
	s = strings.TrimSpace(strings.Trim(strings.TrimSpace(oneLine(s)), `"'`))
	return strings.Join(strings.Fields(s), " ")
}
