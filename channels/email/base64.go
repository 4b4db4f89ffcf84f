package email

import (
	"bytes"
	"encoding/base64"
	"strings"
)

// decodeBase64 skips everything outside the alphabet and forgives missing padding. Padding ends the data, unless more
// of the same follows (writers that encode line by line); other words behind it were added by a gateway.
func decodeBase64(b []byte) []byte {
	if out, ok := strictBase64(b); ok {
		return out
	}
	return looseBase64(b)
}

func looseBase64(b []byte) []byte {
	b = b[:wordsBehind(b)]
	out := make([]byte, 0, len(b)/4*3+3)
	group := make([]byte, 0, len(b))
	flush := func() {
		if len(group)%4 == 1 {
			group = group[:len(group)-1]
		}
		n, _ := base64.RawStdEncoding.Decode(group, group) // the alphabet was checked
		out = append(out, group[:n]...)
		group = group[:0]
	}
	goesOn := false
	for i := 0; i < len(b); i++ {
		if isBase64(b[i]) {
			group = append(group, b[i])
			continue
		}
		if b[i] != '=' || len(group)%4 < 2 {
			continue
		}
		flush()
		for i+1 < len(b) && strings.IndexByte("= \t\r\n", b[i+1]) >= 0 {
			i++
		}
		if goesOn = goesOn || onlyBase64(b[i+1:]); !goesOn {
			return out
		}
	}
	flush()
	return out
}

// wordsBehind is where, below an empty line, the words begin that a gateway put under encoded lines; len(b) when there
// are none.
func wordsBehind(b []byte) int {
	gap := -1 // where the empty lines above begin
	for pos := 0; pos < len(b); {
		line, rest := cutLine(b[pos:])
		switch pure := onlyBase64(line); {
		case len(line) == 0:
			if gap < 0 {
				gap = pos
			}
		case gap > 0 && (!pure || bytes.IndexByte(bytes.TrimSpace(line), ' ') > 0):
			return gap
		case !pure:
			return len(b) // damaged, which says nothing of what follows
		default:
			gap = -1
		}
		pos = len(b) - len(rest)
	}
	return len(b)
}

// unencoded reports whether bytes that are said to be base64 are plain words instead: with blanks between them, or with
// characters beyond ASCII.
func unencoded(b []byte) bool {
	b = clipBytes(bytes.TrimSpace(b), 4096)
	blanks, high := bytes.Count(b, []byte(" ")), 0
	for _, c := range b {
		if c >= 0x80 || c == '<' {
			high++
		}
	}
	return len(b) >= 8 && (blanks*12 > len(b) || high*8 > len(b))
}

func onlyBase64(b []byte) bool {
	for _, c := range b {
		if !isBase64(c) && strings.IndexByte("= \t\r\n", c) < 0 {
			return false
		}
	}
	return true
}

// strictBase64 is the fast way for what is well-formed: lines of the alphabet and padding at the end.
func strictBase64(b []byte) ([]byte, bool) {
	out := make([]byte, base64.StdEncoding.DecodedLen(len(b)))
	n, err := base64.StdEncoding.Decode(out, b) // line ends are skipped
	return out[:n], err == nil
}
