package words

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Tongue is one of the languages of the table.
type Tongue int

// The languages, as they stand in the table's columns.
const (
	English Tongue = iota
	Chinese
)

// Of is the tongue for a language tag (BCP 47); English for one that is not in the table.
func Of(locale string) Tongue {
	if lang, _, _ := strings.Cut(locale, "-"); strings.EqualFold(lang, "zh") {
		return Chinese
	}
	return English
}

// Word says a word of ours, such as ("target", "answer"); what the table lacks is said as it is.
func (t Tongue) Word(kind, word string) string {
	if both, ok := table[kind+"."+word]; ok {
		return both[t]
	}
	return word
}

// Heading is Word as it begins a line.
func (t Tongue) Heading(kind, word string) string {
	s := t.Word(kind, word)
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}

// Say is a phrase with its values filled in. The key must be in the table.
func (t Tongue) Say(key string, values ...any) string { return fmt.Sprintf(table[key][t], values...) }
