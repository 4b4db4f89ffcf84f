package email

import "unicode"

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
	if english(s) {
		return "en"
	}
	return ""
}

// english reports whether one word in twelve is one of the usual ones.
func english(s string) bool {
	known, words := 0, 0
	var word [16]byte
	n := 0
	end := func() {
		if n > 0 {
			words++
			if n <= len(word) && englishWords[string(word[:n])] {
				known++
			}
		}
		n = 0
	}
	for _, r := range s {
		switch {
		case r < 0x80 && r|0x20 >= 'a' && r|0x20 <= 'z':
			if n < len(word) {
				word[n] = byte(r | 0x20)
			}
			n++
		case r >= 0x80 && unicode.IsLetter(r):
			n += len(word) + 1 // no English word
		default:
			end()
		}
	}
	end()
	return known > 0 && known*12 >= words
}
