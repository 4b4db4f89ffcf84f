package desk

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// oneLine folds white space so that a list can show the text on one line.
func oneLine(s string) string {
	if len(s) > 4096 {
		s = clip(s, 1024)
	}
	return strings.Join(strings.Fields(s), " ")
}

// domainOf is what stands behind the @ of an address, or "".
func domainOf(address string) string {
	_, domain, _ := strings.Cut(address, "@")
	return domain
}

func lower(a Address) string { return strings.ToLower(strings.TrimSpace(a.Address)) }

const maxAddress = 254 // bytes; RFC 5321 4.5.3.1.3, without the angle brackets

// AddressFits reports whether a mail server may take s as one address: something, one @, a domain. It asks no more than
// that: carriers gave out addresses that RFC 5322 would not (two dots in a row), and mailboxes are named in any script.
func AddressFits(s string) bool {
	local, domain, ok := strings.Cut(s, "@")
	if !ok || local == "" || domain == "" || len(s) > maxAddress || !utf8.ValidString(s) {
		return false
	}
	return !strings.Contains(domain, "@") && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune("<>,;:\"()\\", r)
	})
}

// PlainAddress is a mail address in lower case without its plus part: signed reply addresses are ours as their mailbox is.
func PlainAddress(a string) string {
	a = strings.ToLower(strings.TrimSpace(a))
	local, domain, ok := strings.Cut(a, "@")
	if !ok {
		return a
	}
	if i := strings.IndexByte(local, '+'); i > 0 {
		local = local[:i]
	}
	return local + "@" + domain
}

// localeFits reports whether s is a language tag (BCP 47: "zh", "zh-CN", "en") or "", a language that is not known.
func localeFits(s string) bool {
	if s == "" {
		return true
	}
	for i, part := range strings.Split(s, "-") {
		plain := !strings.ContainsFunc(part, func(r rune) bool {
			return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (i == 0 || r < '0' || r > '9')
		})
		if !plain || i == 0 && (len(part) < 2 || len(part) > 3) || i > 0 && (len(part) < 2 || len(part) > 8) || i > 3 {
			return false
		}
	}
	return true
}

// Speaks reports whether a language tag is the one named: zh names zh-CN too, and so does ZH (RFC 4647 3.3.1).
func Speaks(named, language string) bool {
	n := len(named)
	return len(language) >= n && strings.EqualFold(language[:n], named) && (len(language) == n || n > 0 && language[n] == '-')
}
