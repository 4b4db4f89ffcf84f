package email

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// aliases are charset names seen in mail that the registries do not know.
var aliases = map[string]string{
	"ms936": "gb18030", "windows-936": "gb18030", "cp936": "gb18030", "x-gbk": "gb18030", "gb2312": "gb18030",
	"gbk": "gb18030", "gb_2312-80": "gb18030", "chinese": "gb18030", "cn-gb": "gb18030", "euc-cn": "gb18030",
	"cp950": "big5", "ms950": "big5", "big5-eten": "big5", "cn-big5": "big5", "cp932": "shift_jis", "ms932": "shift_jis",
	"windows-31j": "shift_jis", "cp949": "euc-kr", "ms949": "euc-kr", "iso-2022-jp-2": "iso-2022-jp", "iso-2022-jp-ms": "iso-2022-jp",
	"cp1250": "windows-1250", "cp1251": "windows-1251", "cp1252": "windows-1252", "cp-850": "ibm850", "cp850": "ibm850",
	"cp1254": "windows-1254", "cp1257": "windows-1257", "cp866": "ibm866", "x-sjis": "shift_jis", "sjis": "shift_jis", "x-euc-jp": "euc-jp",
	"iso-2022-jp-3": "iso-2022-jp", "cp50220": "iso-2022-jp", "cp50221": "iso-2022-jp", "ks_c_5601": "euc-kr", "ksc5601": "euc-kr", "utf8": "utf-8", "utf-8-sig": "utf-8", "unicode": "utf-16le", "iso-8859-8-i": "iso-8859-8", "latin-1": "iso-8859-1",
}

// decodeCharset turns bytes labelled with a charset into UTF-8. It never fails: a wrong, missing or unknown label
// falls through the ladder (UP-E15: an unknown charset never rejects the mail).
func decodeCharset(label string, b []byte) string {
	label = charsetName(label)
	if !wideCharset(label) && allASCII(b) {
		return cleanValid(b) // the same in every charset that is left
	}
	switch label {
	case "", "us-ascii", "ascii", "unknown", "unknown-8bit", "x-unknown", "default", "none", "_iso-2022-jp$esc", "ansi_x3.4-1968", "8bit", "binary":
		return ladder(b)
	case "utf-8":
		return fromUTF8(b)
	case "utf-7", "unicode-1-1-utf-7", "x-utf-7":
		return fromUTF7(b)
	case "utf-16", "utf-16le", "utf-16be":
		return fromUTF16(label, b)
	case "utf-32", "utf-32le", "utf-32be":
		return fromUTF32(label, b)
	case "iso-2022-kr":
		return decodeCharset("euc-kr", shiftedKorean(b))
	}
	enc := lookup(label)
	if enc == nil {
		return ladder(b)
	}
	// Labels of another charset on UTF-8 bytes are common in forwarded mail; the reverse accident, bytes of an older
	// charset that happen to be UTF-8, is not.
	if utf8.Valid(b) && (hasHan(b) || multibyte(b) >= 2) {
		return cleanValid(b)
	}
	out, err := enc.NewDecoder().Bytes(b)
	if err != nil {
		return ladder(b)
	}
	if lost := bytes.Count(out, replacement); lost > 0 {
		out = sibling(label, b, out, lost)
	}
	return clean(string(out))
}

var replacement = []byte("\ufffd")

// charsetName is a label as the registries write it.
func charsetName(label string) string {
	label = lowerName(strings.Trim(strings.TrimSpace(label), `"'`))
	if i := strings.IndexAny(label, " ;*"); i >= 0 {
		label = label[:i]
	}
	if to, ok := aliases[label]; ok {
		return to
	}
	return label
}

// wideCharset reports whether ASCII bytes are not ASCII characters in a charset, or may not be.
func wideCharset(label string) bool {
	return strings.HasPrefix(label, "utf-16") || strings.HasPrefix(label, "utf-32") || strings.Contains(label, "utf-7") ||
		strings.HasPrefix(label, "hz") || label == "iso-2022-kr" || strings.HasPrefix(label, "ibm") || strings.HasPrefix(label, "ebcdic")
}

// siblings are charsets that are mistaken for each other: a label's bytes that do not read are tried in these.
var siblings = map[string][]string{
	"iso-2022-jp": {"shift_jis", "euc-jp"}, "shift_jis": {"iso-2022-jp", "euc-jp"}, "euc-jp": {"shift_jis", "iso-2022-jp"},
	"gb18030": {"big5"}, "big5": {"gb18030"}, "euc-kr": {"utf-8"},
}

// sibling returns what reads best: out, which lost some characters, or the bytes in a related charset.
func sibling(label string, b, out []byte, lost int) []byte {
	if high := bytes.Count(out, replacement) + multibyte(b); high < 3 {
		return out // one bad byte says nothing
	}
	for _, other := range siblings[label] {
		if enc := lookup(other); enc != nil {
			if again, err := enc.NewDecoder().Bytes(b); err == nil && bytes.Count(again, replacement) < lost {
				out, lost = again, bytes.Count(again, replacement)
			}
		}
	}
	return out
}

// fromUTF16 believes a byte order mark more than the label.
func fromUTF16(label string, b []byte) string {
	order := unicode.LittleEndian
	if label == "utf-16be" {
		order = unicode.BigEndian
	}
	if allASCII(b) && bytes.IndexByte(b, 0) < 0 {
		return cleanValid(b)
	}
	out, err := unicode.UTF16(order, unicode.UseBOM).NewDecoder().Bytes(bytes.TrimSuffix(b, []byte("\r\n"))) // a line end of the mail's, not the text's
	if err != nil {
		return ladder(b)
	}
	return clean(string(out))
}

// fromUTF32 is for the few who write it: big-endian unless a mark or the label says otherwise.
func fromUTF32(label string, b []byte) string {
	order := utf32.BigEndian
	if label == "utf-32le" {
		order = utf32.LittleEndian
	}
	out, err := utf32.UTF32(order, utf32.UseBOM).NewDecoder().Bytes(b[:len(b)&^3])
	if err != nil || allASCII(b) && bytes.IndexByte(b, 0) < 0 {
		return ladder(b)
	}
	return clean(string(out))
}

// shiftedKorean makes ISO-2022-KR (RFC 1557) the EUC-KR it stands for: between SO and SI every byte has its high bit.
func shiftedKorean(b []byte) []byte {
	out := make([]byte, 0, len(b))
	high := byte(0)
	for _, c := range bytes.ReplaceAll(b, []byte("\x1b$)C"), nil) {
		switch {
		case c == 0x0e:
			high = 0x80
		case c == 0x0f:
			high = 0
		case c == '\n':
			high = 0
			out = append(out, c)
		case c > ' ':
			out = append(out, c|high)
		default:
			out = append(out, c)
		}
	}
	return out
}

// allASCII reports whether b holds only ASCII without escapes, which switch charsets.
func allASCII(b []byte) bool {
	const high = 0x8080808080808080
	for i := 0; i+8 <= len(b); i += 8 {
		if binary.NativeEndian.Uint64(b[i:])&high != 0 {
			return false
		}
	}
	for _, c := range b[len(b)&^7:] {
		if c >= 0x80 {
			return false
		}
	}
	return bytes.IndexByte(b, 0x1b) < 0
}

// multibyte counts characters beyond ASCII, up to a few.
func multibyte(b []byte) int {
	n := 0
	for i := 0; i < len(b) && n < 10; i++ {
		if b[i] >= 0xc0 {
			n++
		}
	}
	return n
}

// knownCharset reports whether a label (as charsetName gives it) says how bytes are to be read.
func knownCharset(name string) bool {
	switch name {
	case "utf-8", "us-ascii", "ascii", "utf-7", "unicode-1-1-utf-7", "x-utf-7", "utf-16", "utf-16le", "utf-16be", "utf-32", "utf-32le", "utf-32be", "iso-2022-kr":
		return true
	}
	return lookup(name) != nil
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
		return cleanValid(b)
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

// cleanValid is clean for what is known to be UTF-8, in one pass.
func cleanValid(b []byte) string {
	if bytes.IndexByte(b, '\r') < 0 {
		return strings.ReplaceAll(string(b), "\x00", "")
	}
	if bytes.IndexByte(b, 0) >= 0 {
		return clean(string(b))
	}
	var out strings.Builder
	out.Grow(len(b))
	for len(b) > 0 {
		i := bytes.IndexByte(b, '\r')
		if i < 0 {
			out.Write(b)
			break
		}
		out.Write(b[:i])
		if i+1 >= len(b) || b[i+1] != '\n' {
			out.WriteByte('\n')
		}
		b = b[i+1:]
	}
	return out.String()
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
