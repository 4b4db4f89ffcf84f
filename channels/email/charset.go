package email

import (
	"bytes"
	"encoding/base64"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// aliases are charset names seen in mail that the registries do not know.
var aliases = map[string]string{
	"ms936": "gb18030", "windows-936": "gb18030", "cp936": "gb18030", "x-gbk": "gb18030", "gb2312": "gb18030",
	"gbk": "gb18030", "gb_2312-80": "gb18030", "chinese": "gb18030", "cn-gb": "gb18030", "euc-cn": "gb18030",
	"cp950": "big5", "ms950": "big5", "big5-eten": "big5", "cn-big5": "big5", "cp932": "shift_jis", "ms932": "shift_jis",
	"windows-31j": "shift_jis", "cp949": "euc-kr", "ms949": "euc-kr", "iso-2022-jp-2": "iso-2022-jp", "iso-2022-jp-ms": "iso-2022-jp",
	"cp1250": "windows-1250", "cp1251": "windows-1251", "cp1252": "windows-1252", "cp-850": "ibm850", "cp850": "ibm850",
	"utf8": "utf-8", "utf-8-sig": "utf-8", "unicode": "utf-16le", "iso-8859-8-i": "iso-8859-8", "latin-1": "iso-8859-1",
}

// decodeCharset turns bytes labelled with a charset into UTF-8. It never fails: a wrong, missing or unknown label
// falls through the ladder (UP-E15: an unknown charset never rejects the mail).
func decodeCharset(label string, b []byte) string {
	label = strings.ToLower(strings.Trim(strings.TrimSpace(label), `"'`))
	if i := strings.IndexAny(label, " ;*"); i >= 0 {
		label = label[:i]
	}
	if to, ok := aliases[label]; ok {
		label = to
	}
	switch label {
	case "", "us-ascii", "ascii", "unknown", "unknown-8bit", "x-unknown", "default", "none", "_iso-2022-jp$esc", "ansi_x3.4-1968":
		return ladder(b)
	case "utf-8":
		return fromUTF8(b)
	case "utf-7", "unicode-1-1-utf-7", "x-utf-7":
		return fromUTF7(b)
	}
	enc := lookup(label)
	if enc == nil {
		return ladder(b)
	}
	// gb2312 and Big5 labels on UTF-8 bytes are common in forwarded Chinese mail.
	if label != "utf-16le" && label != "utf-16be" && label != "utf-16" && utf8.Valid(b) && hasHan(b) {
		return string(b)
	}
	out, err := enc.NewDecoder().Bytes(b)
	if err != nil {
		return ladder(b)
	}
	return clean(string(out))
}

func lookup(label string) encoding.Encoding {
	if enc, err := htmlindex.Get(label); err == nil && enc != encoding.Replacement {
		return enc
	}
	if enc, err := ianaindex.MIME.Encoding(label); err == nil && enc != nil && enc != encoding.Replacement {
		return enc
	}
	if enc, err := ianaindex.IANA.Encoding(label); err == nil && enc != nil && enc != encoding.Replacement {
		return enc
	}
	return nil
}

// fromUTF8 accepts UTF-8 with a few broken bytes (a cut) and sends the rest down the ladder.
func fromUTF8(b []byte) string {
	b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
	if utf8.Valid(b) {
		return clean(string(b))
	}
	bad, good := 0, 0
	for rest := b; len(rest) > 0; {
		r, n := utf8.DecodeRune(rest)
		switch {
		case r == utf8.RuneError && n == 1:
			bad++
		case n > 1:
			good++
		}
		rest = rest[n:]
	}
	if good > bad {
		return clean(strings.ToValidUTF8(string(b), "\ufffd"))
	}
	return ladder(b)
}

// ladder guesses: UTF-8, ISO-2022-JP by its escapes, GB18030, Big5, windows-1251, windows-1252.
func ladder(b []byte) string {
	if utf8.Valid(b) {
		if bytes.Contains(b, []byte("\x1b$")) {
			if out, err := lookup("iso-2022-jp").NewDecoder().Bytes(b); err == nil && utf8.Valid(out) {
				return clean(string(out))
			}
		}
		return clean(string(bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))))
	}
	gb, big5, cyrillic := score(b)
	pick := encoding.Encoding(charmap.Windows1252)
	switch {
	case gb >= 0.6 && gb >= big5:
		pick = simplifiedchinese.GB18030
	case big5 >= 0.6:
		pick = traditionalchinese.Big5
	case cyrillic:
		pick = charmap.Windows1251
	}
	out, err := pick.NewDecoder().Bytes(b)
	if err != nil {
		return clean(strings.ToValidUTF8(string(b), "\ufffd"))
	}
	return clean(string(out))
}

// score says how much of the non-ASCII bytes reads as frequent characters of GB 2312 (level 1: B0–D7) and of Big5
// (level 1: A4–C6) with their punctuation, and whether long runs look like windows-1251.
func score(b []byte) (gb, big5 float64, cyrillic bool) {
	high, upper, run, longest := 0, 0, 0, 0
	for _, c := range b {
		if c < 0x80 {
			run = 0
			continue
		}
		high++
		run++
		longest = max(longest, run)
		if c >= 0xc0 {
			upper++
		}
	}
	gbPairs := pairs(b, func(a, c byte) bool {
		return (a >= 0xb0 && a <= 0xd7 || a >= 0xa1 && a <= 0xa3) && c >= 0xa1 && c != 0xff
	})
	b5Pairs := pairs(b, func(a, c byte) bool {
		return a >= 0xa1 && a <= 0xc6 && (c >= 0x40 && c <= 0x7e || c >= 0xa1 && c != 0xff)
	})
	if longest < 2 {
		return 0, 0, false
	}
	return 2 * float64(gbPairs) / float64(high), min(1, 1.6*float64(b5Pairs)/float64(high)), longest >= 3 && upper*10 >= high*9
}

func pairs(b []byte, frequent func(a, c byte) bool) int {
	n := 0
	for i := 0; i+1 < len(b); i++ {
		if b[i] < 0x80 {
			continue
		}
		if frequent(b[i], b[i+1]) {
			n++
		}
		i++
	}
	return n
}

func hasHan(b []byte) bool {
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if r >= 0x3000 && r <= 0x9fff {
			return true
		}
		b = b[n:]
	}
	return false
}

// clean drops NUL and makes line ends \n; SQL text and JSON hold no NUL.
func clean(s string) string {
	if strings.IndexByte(s, 0) >= 0 {
		s = strings.ReplaceAll(s, "\x00", "")
	}
	if strings.IndexByte(s, '\r') >= 0 {
		s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	}
	return strings.ToValidUTF8(s, "\ufffd")
}

// fromUTF7 decodes RFC 2152, which x/text does not know.
func fromUTF7(b []byte) string {
	var out strings.Builder
	for i := 0; i < len(b); i++ {
		if b[i] != '+' {
			out.WriteByte(b[i])
			continue
		}
		end := i + 1
		for end < len(b) && isBase64(b[end]) {
			end++
		}
		if end == i+1 {
			out.WriteByte('+')
		} else if raw, err := base64.RawStdEncoding.DecodeString(string(b[i+1 : end])); err == nil {
			units := make([]uint16, 0, len(raw)/2)
			for k := 0; k+1 < len(raw); k += 2 {
				units = append(units, uint16(raw[k])<<8|uint16(raw[k+1]))
			}
			out.WriteString(string(utf16.Decode(units)))
		} else {
			out.Write(b[i:end])
		}
		if end < len(b) && b[end] == '-' {
			end++
		}
		i = end - 1
	}
	return clean(out.String())
}

func isBase64(c byte) bool {
	return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '+' || c == '/'
}
