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

// maxLanguage is the length of a language tag that everything must take (RFC 5646 4.4.1), in characters.
const maxLanguage = 35

// LanguageFits reports whether s has the form of a language tag (RFC 5646 2.1: "zh", "zh-CN", "de-u-co-phonebk"): two or
// three letters, then parts of one to eight letters and digits, the last not of one alone. Whether anybody speaks it is
// not asked.
func LanguageFits(s string) bool {
	if len(s) > maxLanguage {
		return false
	}
	parts := strings.Split(s, "-")
	for i, part := range parts {
		least, most := 1, 8
		switch i {
		case 0:
			least, most = 2, 3
		case len(parts) - 1:
			least = 2
		}
		if len(part) < least || len(part) > most || strings.ContainsFunc(part, func(r rune) bool {
			return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (i == 0 || r < '0' || r > '9')
		}) {
			return false
		}
	}
	return true
}

// localeFits is LanguageFits, or "" for a language that is not known.
func localeFits(s string) bool { return s == "" || LanguageFits(s) }

// RefuseLanguage refuses a field that holds no language tag.
func RefuseLanguage(field string) *Error { return Refuse(Invalid, "locale_unknown", "field", field) }

// Speaks reports whether a language tag is the one named: zh names zh-CN too, and so does ZH (RFC 4647 3.3.1).
func Speaks(named, language string) bool {
	n := len(named)
	return len(language) >= n && strings.EqualFold(language[:n], named) && (len(language) == n || n > 0 && language[n] == '-')
}
