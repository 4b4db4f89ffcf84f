package store

import (
	"strings"
	"unicode"
	"unicode/utf8"
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
	case r < utf8.RuneSelf: // folded: no capitals
		if r >= 'a' && r <= 'z' {
			return word
		}
		return gap
	case r >= 0x4E00 && r <= 0x9FFF: // most of what Chinese writes, before the tables
		return dense
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
	if r < utf8.RuneSelf {
		if r >= 'A' && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}
	if r >= 0xFF01 && r <= 0xFF5E { // full-width ASCII
		r -= 0xFEE0
	}
	return unicode.ToLower(r)
}

// run is a stretch of one script, folded.
type run struct {
	script script
	text   string
}

func runs(text string) []run {
	var all strings.Builder // the runs' texts, one behind the other: their tokens are parts of it
	all.Grow(len(text))
	type stretch struct {
		script   script
		from, to int
	}
	var found []stretch
	last := gap
	for _, r := range text {
		r = fold(r)
		s := scriptOf(r)
		if s != gap {
			if s != last {
				found = append(found, stretch{script: s, from: all.Len()})
			}
			all.WriteRune(r)
			found[len(found)-1].to = all.Len()
		}
		last = s
	}
	out := make([]run, len(found))
	for i, f := range found {
		out[i] = run{f.script, all.String()[f.from:f.to]}
	}
	return out
}

// short reports whether the run has fewer characters than a token of its script.
func (r run) short() bool { return utf8.RuneCountInString(r.text) < r.script.gram() }

// cut bounds a word to maxWord characters.
func (r run) cut() run {
	if r.script == word && len(r.text) > maxWord {
		n := 0
		for at := range r.text {
			if n == maxWord {
				r.text = r.text[:at]
				break
			}
			n++
		}
	}
	return r
}

// grams adds the run's tokens, in order. tail: also the shorter ends, so that one character is found by its prefix.
func (r run) grams(out []string, tail bool) []string {
	n := r.script.gram()
	if n == 0 || !tail && r.short() {
		return append(out, r.text)
	}
	ends := make([]int, 0, 64) // where the next n characters end, as far as they are seen
	for at := range r.text {
		if at > 0 {
			ends = append(ends, at)
		}
	}
	ends = append(ends, len(r.text))
	from := 0
	for i := range ends {
		if last := i + n - 1; last < len(ends) {
			out = append(out, r.text[from:ends[last]])
		} else if tail {
			out = append(out, r.text[from:])
		}
		from = ends[i]
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
			out = r.cut().grams(out, true)
		}
		for _, number := range numbersIn(t) {
			out = run{digit, number}.grams(append(out, ""), true)
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
			r = r.cut()
			out = append(out, term{tokens: r.grams(nil, false), prefix: r.script.gram() == 0 || r.short()})
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
