package email

import (
	"strings"
	"unicode"
)

// englishWords tell English from the other languages written in Latin letters.
var englishWords = map[string]bool{
	"the": true, "and": true, "you": true, "is": true, "to": true, "of": true, "for": true, "please": true,
	"hello": true, "hi": true, "thanks": true, "thank": true, "my": true, "have": true, "with": true, "this": true, "not": true, "it": true,
	"dear": true, "regards": true, "we": true, "your": true, "can": true, "order": true, "help": true, "i": true, "what": true, "when": true,
}

// sample is how much of a text is looked at, in bytes.
const sample = 1500

// Language guesses "zh", "en" or "" from a text.
func Language(s string) string {
	s = clip(s, sample)
	han, kana, letters := 0, 0, 0
	for _, r := range s {
		switch {
		case r < 0x80:
			if r|0x20 >= 'a' && r|0x20 <= 'z' {
				letters++
			}
		case r >= 0x3400 && r <= 0x9fff:
			han++
		case r >= 0x3040 && r <= 0x30ff || r >= 0xac00 && r <= 0xd7af:
			kana++
		case unicode.IsLetter(r):
			letters++
		}
	}
	if han >= 2 && kana*10 < han && han*4 >= letters {
		return "zh"
	}
	if kana > 0 || letters == 0 {
		return ""
	}
	known, words := 0, 0
	for _, w := range strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) }) {
		words++
		if englishWords[w] {
			known++
		}
	}
	if known > 0 && known*12 >= words {
		return "en"
	}
	return ""
}
