package store

import (
	"strings"
	"unicode"
)

// Search works on tokens made here, the same for both engines: Chinese, Japanese and Korean runs become overlapping
// pairs (退款申请 → 退款 款申 申请 请), numbers become overlapping triples, other words stay whole. A run of the query
// becomes the same pairs and must stand side by side, so that recall is full for two characters and for half a phone
// number, and nothing matches that does not contain the words.

// script is what a run of characters is made of.
type script int

const (
	gap script = iota
	word
	digit
	dense // no spaces between words
)

func scriptOf(r rune) script {
	switch {
	case r >= '0' && r <= '9':
		return digit
	case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo):
		return dense
	case unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r):
		return word
	}
	return gap
}

// gram is how many characters a token of the script has; 0: the whole run.
func (s script) gram() int {
	switch s {
	case dense:
		return 2
	case digit:
		return 3
	case gap, word:
	}
	return 0
}

// fold brings full-width forms and capitals to one form. lower() of SQL folds ASCII only on SQLite.
func fold(r rune) rune {
	if r >= 0xFF01 && r <= 0xFF5E { // full-width ASCII
		r -= 0xFEE0
	}
	return unicode.ToLower(r)
}

// run is a stretch of one script.
type run struct {
	script script
	text   []rune
}

func runs(text string) []run {
	var out []run
	last := gap
	for _, r := range text {
		r = fold(r)
		s := scriptOf(r)
		if s == gap {
			last = gap
			continue
		}
		if s != last {
			out = append(out, run{script: s})
		}
		cur := &out[len(out)-1]
		cur.text = append(cur.text, r)
		last = s
	}
	return out
}

// grams are the run's tokens, in order. tail: also the shorter ends, so that one character is found by its prefix.
func (r run) grams(tail bool) []string {
	n := r.script.gram()
	if n == 0 || len(r.text) < n && !tail {
		return []string{string(r.text)}
	}
	var out []string
	for i := 0; i < len(r.text); i++ {
		if end := i + n; end <= len(r.text) {
			out = append(out, string(r.text[i:end]))
		} else if tail {
			out = append(out, string(r.text[i:]))
		}
	}
	return out
}

// maxWord bounds one token, in characters: base64 and the like are not words.
const maxWord = 40

// tokensOf are all tokens of the texts; between two texts stands a gap that no phrase crosses.
func tokensOf(texts ...string) []string {
	var out []string
	for _, t := range texts {
		for _, r := range runs(clean(t)) {
			if r.script == word && len(r.text) > maxWord {
				r.text = r.text[:maxWord]
			}
			out = append(out, r.grams(true)...)
		}
		for _, number := range numbersIn(t) {
			out = append(append(out, ""), run{digit, []rune(number)}.grams(true)...)
		}
		if t != "" {
			out = append(out, "")
		}
	}
	return out
}

// numbersIn are the numbers written with separators, 138-0013-8000, without them: so they are found as people type
// them.
func numbersIn(text string) []string {
	var out []string
	var number []rune
	groups, open, gaps := 0, false, 0
	flush := func() {
		if groups > 1 && len(number) >= 7 {
			out = append(out, string(number))
		}
		number, groups, open, gaps = nil, 0, false, 0
	}
	for _, r := range text {
		switch r = fold(r); {
		case r >= '0' && r <= '9':
			if !open {
				groups++
			}
			number, open, gaps = append(number, r), true, 0
		case strings.ContainsRune(" -().", r) && groups > 0 && gaps < 2:
			open, gaps = false, gaps+1
		default:
			flush()
		}
	}
	flush()
	return out
}

// term is one part of a query: tokens that stand side by side, the last perhaps only begun.
type term struct {
	tokens []string
	prefix bool
}

// terms reads what a person typed. Every term must be found. What looks like a phone number is read as one number.
func terms(query string) []term {
	if digits, ok := phoneLike(query); ok {
		query = digits
	}
	var out []term
	for _, part := range strings.Fields(query) {
		for _, r := range runs(part) {
			if r.script == word && len(r.text) > maxWord {
				r.text = r.text[:maxWord]
			}
			n := r.script.gram()
			out = append(out, term{tokens: r.grams(false), prefix: n == 0 || len(r.text) < n})
		}
	}
	return out[:min(len(out), maxTerms)]
}

// maxTerms bounds a query: beyond it more words find nothing more.
const maxTerms = 12

// phoneLike reports whether the query is digits with the separators people write phone numbers with.
func phoneLike(query string) (string, bool) {
	var b strings.Builder
	for _, r := range query {
		r = fold(r)
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case strings.ContainsRune(" -+().\t", r):
		default:
			return "", false
		}
	}
	return b.String(), b.Len() >= 5
}

// fts5 is the query in SQLite's words.
func fts5(ts []term) string {
	parts := make([]string, len(ts))
	for i, t := range ts {
		parts[i] = `"` + strings.Join(t.tokens, " ") + `"`
		if t.prefix {
			parts[i] += " *"
		}
	}
	return strings.Join(parts, " AND ")
}

// tsquery is the query in PostgreSQL's words.
func tsquery(ts []term) string {
	parts := make([]string, len(ts))
	for i, t := range ts {
		quoted := make([]string, len(t.tokens))
		for j, tok := range t.tokens {
			quoted[j] = "'" + tok + "'"
			if t.prefix && j == len(t.tokens)-1 {
				quoted[j] += ":*"
			}
		}
		parts[i] = "(" + strings.Join(quoted, " <-> ") + ")"
	}
	return strings.Join(parts, " & ")
}
