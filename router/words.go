package router

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// fold brings text into the form key words are compared in: small letters, half width, one space between.
func fold(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	space := true
	for _, r := range text {
		switch {
		case r == '\u3000':
			r = ' '
		case r >= '\uff01' && r <= '\uff5e': // the full-width forms of ASCII, in its order
			r -= 0xfee0
		}
		if unicode.IsSpace(r) {
			if !space {
				b.WriteByte(' ')
			}
			space = true
			continue
		}
		space = false
		b.WriteRune(unicode.ToLower(r))
	}
	return strings.TrimRight(b.String(), " ")
}

func foldAll(words []string) []string {
	var out []string
	for _, w := range words {
		if w = fold(w); w != "" {
			out = append(out, w)
		}
	}
	return out
}

// unspaced are the scripts that put no space between words: there a key word stands anywhere.
var unspaced = []*unicode.RangeTable{
	unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar,
}

// inWord reports whether a character joins with its neighbour into one word.
func inWord(r rune) bool {
	return (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)) && !unicode.In(r, unspaced...)
}

// contains reports whether a folded key word stands in a folded text: whole words where the script has spaces.
func contains(text, word string) bool {
	first, _ := utf8.DecodeRuneInString(word)
	last, _ := utf8.DecodeLastRuneInString(word)
	for from := 0; ; {
		i := strings.Index(text[from:], word)
		if i < 0 {
			return false
		}
		begin := from + i
		end := begin + len(word)
		before, _ := utf8.DecodeLastRuneInString(text[:begin])
		after, _ := utf8.DecodeRuneInString(text[end:])
		joinsBefore := inWord(first) && begin > 0 && inWord(before)
		joinsAfter := inWord(last) && end < len(text) && inWord(after)
		if !joinsBefore && !joinsAfter {
			return true
		}
		_, n := utf8.DecodeRuneInString(text[begin:])
		from = begin + n
	}
}
