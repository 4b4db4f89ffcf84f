package email

import (
	"strings"
	"unicode/utf8"
)

// This file knows the line that says who wrote when what is quoted below it: "On …, X wrote:".

// dateish reports whether a line tells a moment: two numbers, one of them a year, a time, or beside a month.
func dateish(s string) bool {
	groups, year, clock := momentIn(s)
	return groups >= 2 && (year || clock) || strings.Contains(s, "年") && strings.Contains(s, "月")
}

// wholeMoment reports whether a line tells a year and a time.
func wholeMoment(s string) bool {
	_, year, clock := momentIn(s)
	return year && clock
}

// momentIn counts the numbers in a line, and says whether one is a year and two are a time.
func momentIn(s string) (groups int, year, clock bool) {
	run := 0
	for i := 0; i <= len(s); i++ {
		digit := i < len(s) && s[i] >= '0' && s[i] <= '9'
		if digit {
			run++
			continue
		}
		if run > 0 {
			groups++
			y := s[i-run : i]
			year = year || run == 4 && (strings.HasPrefix(y, "19") || strings.HasPrefix(y, "20"))
			if i+2 < len(s) && run <= 2 && (s[i] == ':' || s[i] == '.' || s[i] == 'h') && s[i+1] >= '0' && s[i+1] <= '9' && s[i+2] >= '0' && s[i+2] <= '9' {
				clock = true
			}
			run = 0
		}
	}
	return groups, year, clock
}

// hasAddress finds an address between angle brackets or bare.
func hasAddress(s string) bool {
	at := strings.IndexByte(s, '@')
	return at > 0 && at < len(s)-3 && s[at-1] > ' ' && s[at+1] > ' '
}

// endsAddress reports whether a line ends in an address and a colon: "…, Jane <j@x.example>:".
func endsAddress(s string) bool {
	s = strings.TrimRight(s, " \t\r*_")
	if !endsColon(s) {
		return false
	}
	s = strings.TrimRight(s, ":： ")
	return strings.HasSuffix(s, ">") && strings.Contains(s, "<") && hasAddress(s) || strings.HasSuffix(s, ")") && hasAddress(s)
}

// mayAttribute is the cheap question before attribution: could s be the end of one?
func mayAttribute(s string) bool {
	for len(s) > 0 && (s[len(s)-1] == ' ' || s[len(s)-1] == '\t' || s[len(s)-1] == '\r' || s[len(s)-1] == '*' || s[len(s)-1] == '_') {
		s = s[:len(s)-1]
	}
	if s == "" {
		return false
	}
	s = trimDirection(s)
	if s == "" {
		return false
	}
	switch s[len(s)-1] {
	case ':', 'e', 't', "："[2], "道"[2], "\u00a0"[1]:
	default:
		return false // nearly every line ends here
	}
	s = strings.TrimRight(s, " \u00a0")
	return strings.HasSuffix(s, ":") || strings.HasSuffix(s, "：") || strings.HasSuffix(s, "wrote") || strings.HasSuffix(s, "道") || strings.HasSuffix(s, "écrit")
}

// attribution says how many lines at i announce quoted words ("On …, X wrote:"), or 0. Programs break such a line
// anywhere, so that up to four are read as one.
func (a *announcer) attribution(i int) int {
	lines := a.lines
	if len(lines[i]) > 1000 {
		return 0
	}
	ends := a.attributionEnd(i)
	if ends < 0 {
		return 0
	}
	l := unmarkDirection(strings.Trim(lines[i], " \t\r\u00a0>*_"))
	joined := l
	for k := i + 1; k <= ends; k++ {
		joined += " " + strings.Trim(unmarkDirection(lines[k]), " \t\r>\u00a0")
	}
	if l == "" || len(joined) > 1200 {
		return 0
	}
	lower := asciiDigits(strings.ToLower(joined))
	fresh := i == 0 || isBlankLine(lines[i-1]) || isMarked(lines[i-1]) || isDelimiter(lines[i-1])
	opened := hasPrefixOf(lower, openers) || lower[0] >= '0' && lower[0] <= '9'
	dated, addressed := dateish(lower), hasAddress(lower)
	if ends > i && !mayBegin(l, fresh, opened, dated) || containsAny(" "+lower, ofOneself) && !markedBelow(lines, ends+1) {
		return 0
	}
	colon, verb := endsColon(joined), hasVerb(lower)
	switch {
	case verb && colon && (addressed || dated && opened):
	case verb && colon && dated && fresh && (ends+1 == len(lines) || markedBelow(lines, ends+1)): // else people tell what they were told
	case verb && dated && addressed && opened: // some leave the colon out
	case endsAddress(joined) && dated && (opened || fresh && wholeMoment(lower)):
	case colon && fresh && wholeMoment(lower) && angled(lower): // whatever the language's verb is
	case colon && fresh && endsBareAddress(lower) && wholeMoment(lower[:min(len(lower), 28)]) && len(strings.Fields(lower)) <= 8:
	case fresh && endsAddress(joined) && markedBelow(lines, ends+1) && len(strings.Fields(lower)) <= 8: // "Quoting Ann <ann@x.example>:"
	case verb && colon && opened && len(strings.Fields(lower)) <= 6 && markedBelow(lines, ends+1):
	case verb && colon && fresh && (dayNamed(lower) || endsVerb(lower)) && markedBelow(lines, ends+1):
	default:
		return 0
	}
	return ends - i + 1
}

// unmarkDirection drops the marks that tell which way a line is read.
func unmarkDirection(s string) string {
	if strings.IndexByte(s, "\u202a"[0]) < 0 || !strings.ContainsFunc(s, isDirection) {
		return s
	}
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if isDirection(r) {
			return -1
		}
		return r
	}, s))
}

// trimDirection is unmarkDirection for the end of a line alone, without work where there is none.
func trimDirection(s string) string {
	for len(s) >= 3 && s[len(s)-3] == "\u202c"[0] {
		r, n := utf8.DecodeLastRuneInString(s)
		if !isDirection(r) {
			break
		}
		s = s[:len(s)-n]
	}
	return s
}

func isDirection(r rune) bool {
	return r == '\u200e' || r == '\u200f' || r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069'
}

// asciiDigits writes the digits of Arabic and Persian as everybody's.
func asciiDigits(s string) string {
	if strings.IndexByte(s, "\u0660"[0]) < 0 && strings.IndexByte(s, "\u06f0"[0]) < 0 {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '\u0660' && r <= '\u0669':
			return r - '\u0660' + '0'
		case r >= '\u06f0' && r <= '\u06f9':
			return r - '\u06f0' + '0'
		}
		return r
	}, s)
}

// angled reports whether a line names an address in angle brackets.
func angled(s string) bool {
	_, after, found := strings.Cut(s, "<")
	inner, _, closed := strings.Cut(after, ">")
	return found && closed && hasAddress(inner)
}

// endsBareAddress reports whether a line ends in an address without brackets and a colon: "…, 09:30 von j@x.example:".
func endsBareAddress(s string) bool {
	s = strings.TrimRight(s, " \t\r*_:：")
	last := s[strings.LastIndexAny(s, " \t")+1:]
	return last != s && hasAddress(last) && strings.Trim(last, "()<>\"'") == last
}

// attributionEnd is the line from i on, at most four away and with no blank one between, that could end an
// announcement, or -1.
func (a *announcer) attributionEnd(i int) int {
	if a.lines[i] == "" {
		return -1
	}
	if a.ends < i || a.from > i { // what was found for a line above holds until there
		a.from, a.ends = i, i
		for a.ends < len(a.lines) && !mayAttribute(a.lines[a.ends]) && (a.ends == i || !isBlankLine(a.lines[a.ends])) {
			a.ends++
		}
	}
	if a.ends >= min(len(a.lines), i+4) || a.ends > i && isBlankLine(a.lines[a.ends]) {
		return -1
	}
	if !mayAttribute(a.lines[a.ends]) { // a blank one at i itself, found for a line above
		a.from = len(a.lines)
		return a.attributionEnd(i)
	}
	return a.ends
}

// endsVerb knows "Ann Lee wrote:", as Mozilla wrote it for years: a name of up to four words and the verb.
func endsVerb(lower string) bool {
	s := strings.TrimRight(lower, " \t\r*_:：")
	for _, v := range verbs {
		if name, ok := strings.CutSuffix(s, v); ok {
			return name != "" && len(strings.Fields(name)) <= 4 && !strings.ContainsAny(name, ",.;!?，。")
		}
	}
	return false
}

// mayBegin reports whether a line may be the first of an announcement that goes on below: it tells the moment, or whom.
func mayBegin(l string, fresh, opened, dated bool) bool {
	switch {
	case !opened && !fresh:
		return false
	case dateish(strings.ToLower(l)), fresh && dated && strings.HasSuffix(l, ">"), fresh && hasAddress(l):
		return true
	}
	return opened && len(l) < 100 && strings.ContainsAny(l, "0123456789")
}

// dayNamed finds a day that is told without numbers enough to be a date.
func dayNamed(lower string) bool {
	return containsAny(lower, []string{"day", "tag", "jour", "lundi", "mardi", "lunes", "martes", "ieri", "gestern", "yesterday", "昨天", "今天", "日"})
}

// markedBelow reports whether the next line with words is marked ">".
func markedBelow(lines []string, from int) bool {
	for _, l := range lines[min(from, len(lines)):] {
		if t := strings.TrimSpace(l); t != "" {
			return strings.HasPrefix(t, ">")
		}
	}
	return false
}

// datedLine knows announcements that are no sentence: "2016-03-03 17:21 GMT+01:00 Some One".
func datedLine(s string) bool {
	t := strings.TrimLeft(s, "> \t")
	if len(t) < 22 || len(t) > 300 || t[0] < '0' || t[0] > '9' || !dateish(t[:min(len(t), 40)]) {
		return false
	}
	lower := strings.ToLower(t)
	zone := strings.Contains(lower, " gmt+") || strings.Contains(lower, " gmt-") || strings.Contains(lower, " utc+") || strings.Contains(lower, " utc-")
	if zone && len(t) > 11 && t[4] == '-' && t[7] == '-' && t[10] == ' ' {
		return true
	}
	return hasAddress(t) && strings.HasSuffix(strings.TrimRight(t, " \t\r:"), ">") && strings.ContainsAny(t[:min(len(t), 11)], "./-")
}

// isGroupWise knows the line of Novell's program: ">>> Ann Lee <ann@x.example> 9/21/2026 9:30 AM >>>". What stands below
// it carries no marks.
func isGroupWise(s string) bool {
	s = strings.TrimSpace(s)
	inner, ok := strings.CutPrefix(s, ">>> ")
	return ok && len(s) < 300 && strings.HasSuffix(inner, " >>>") && dateish(inner)
}
