package email

import (
	"strings"
	"unicode/utf8"
)

// This file knows single lines: what mail programs of the world write above, around and below the words they quote.
// Everything here is plain comparison, because each line of each mail is asked.

// fieldWord is the name before the first colon of a line such as "发 件 人：" or "*From:*", lower case and without
// blanks, with the value behind it; "" when the line is none.
func fieldWord(s string) (name, value string) {
	s = strings.TrimLeft(s, "> \t*|-\u3000\u00a0")
	end, width := -1, 0
	for i, r := range s {
		if i > 48 {
			return "", ""
		}
		if r == ':' || r == '：' {
			end, width = i, utf8.RuneLen(r)
			break
		}
		if r == '|' && i > 0 { // a table as NetEase writes it: "| 发件人 | x |"
			end, width = i, 1
			break
		}
	}
	if end <= 0 {
		return "", ""
	}
	name = strings.ToLower(s[:end])
	if strings.ContainsAny(name, " \t*_\u3000\u00a0") || strings.Contains(name, "\u0300") {
		name = strings.NewReplacer(" ", "", "\t", "", "*", "", "_", "", "\u3000", "", "\u00a0", "", "a\u0300", "à").Replace(name)
	}
	return name, strings.Trim(s[end+width:], " \t*|\u3000\u00a0\r")
}

// role is what a field of a quoted header says.
type role byte

const (
	noRole role = iota
	fromRole
	subjectRole
	otherRole
	openRole // begins a block, but says nothing by itself: "Message du : 12/12"
)

// roleOf is the role of the field a line begins with.
func roleOf(s string) (role, string) {
	if len(s) > 4000 {
		return noRole, ""
	}
	name, value := fieldWord(s)
	if name == "" {
		return noRole, ""
	}
	return roles[name], value
}

// headerBlock reports whether the first lines with words are the header of a quoted mail as Outlook, Foxmail and
// others write it, and how many lines it has. It wants a sender, two more fields, and an address or a subject among
// them: "From: Beijing, To: Shanghai, Date: Friday" is what a traveller writes.
func headerBlock(lines []string) int {
	if len(lines) == 0 || lines[0] != "" && !early(lines[0]) {
		return 0
	}
	first := -1
	for i, l := range lines[:min(len(lines), 3)] {
		if strings.TrimSpace(l) != "" {
			first = i
			break
		}
	}
	if first < 0 {
		return 0
	}
	if r, _ := roleOf(lines[first]); r == noRole {
		return 0
	}
	fields, sender, sure, last, blanks := 0, false, false, first, 0
	for k := first; k < len(lines) && k < first+14 && blanks < 2; k++ {
		r, value := roleOf(lines[k])
		if r == noRole && sender && sure && k < first+6 { // some leave a colon out: "An jane@x.example"
			word, rest, _ := strings.Cut(strings.TrimSpace(lines[k]), " ")
			r, value = roles[strings.ToLower(word)], rest
			if len(word) > 12 {
				r = noRole
			}
		}
		switch {
		case r == noRole && strings.TrimSpace(lines[k]) == "":
			if !sender { // a table or paragraphs may stand between fields, but not before the sender is known
				return 0
			}
			blanks++
			continue
		case r == noRole:
			if k == last+1 && fields > 0 && (strings.Contains(lines[k], "@") || strings.HasPrefix(lines[k], " ")) {
				sure = sure || strings.Contains(lines[k], "@")
				last = k // the value went on
				continue
			}
			blanks = 2
			continue
		}
		blanks = 0
		sender = sender || r == fromRole && value != ""
		sure = sure || r == subjectRole || strings.Contains(value, "@")
		fields++
		last = k
		if fields > 2 && !sender && k > first+3 {
			return 0
		}
	}
	if fields >= 3 && sender && sure {
		return last + 1
	}
	return 0
}

// early reports whether a colon or bar stands near the beginning, as behind the name of a field.
func early(s string) bool {
	s = s[:min(len(s), 64)]
	return strings.IndexByte(s, ':') >= 0 || strings.IndexByte(s, '|') >= 0 || strings.IndexByte(s, "："[2]) >= 0 && strings.Contains(s, "：")
}

// mayRule is the cheap question before ruleLine: a rule begins with its marks, or is one of a few sentences.
func mayRule(t string) bool {
	if t[0] < 0x80 {
		return t[0] == '-' || t[0] == '_' || t[0] == '=' || endsColon(t)
	}
	r, _ := utf8.DecodeRuneInString(t)
	switch r {
	case '—', '－', '─', '━', '＊', '下', '以', '開':
		return true
	}
	return false
}

// ruleLine knows "-----Original Message-----", "------------------ 原始邮件 ------------------" and their like.
func ruleLine(s string) (found, forward bool) {
	if len(s) > 300 {
		return false, false
	}
	t := s
	if s != "" && (s[0] < 0x80 && s[0]|0x20 < 'a' || s[0] == "\u3000"[0] || s[0] == "\u00a0"[0]) { // else there is nothing to trim
		t = strings.TrimLeft(s, "> \t\u3000\u00a0*")
	}
	if t == "" || !mayRule(t) {
		return false, false // nearly every line ends here
	}
	words := strings.TrimLeft(t, "-_=—－─━*＊ \t\u00a0")
	marks := len(t) - len(words)
	words = strings.ToLower(strings.Trim(words, "-_=—－─━*＊ \t\r\u00a0:："))
	if words == "" {
		return false, false
	}
	if words == "begin forwarded message" || words == "anfang der weitergeleiteten nachricht" || words == "début du message réexpédié" || words == "inicio del mensaje reenviado" ||
		words == "inizio messaggio inoltrato" || words == "下面是被转发的邮件" || words == "以下是轉寄的郵件" || words == "開始転送" {
		return true, true
	}
	if marks < 2 {
		return false, false
	}
	forward, known := ruledWords[words]
	if !known && strings.HasPrefix(words, "forwarded by ") {
		return true, true
	}
	if !known && hasVerb(words) && (strings.HasPrefix(words, "on ") || strings.HasPrefix(words, "在") || strings.HasPrefix(words, "于")) {
		return true, false
	}
	return known, known && forward
}

func hasVerb(lower string) bool { return containsAny(lower, verbs) }

func endsColon(s string) bool {
	s = strings.TrimRight(s, " \t\r*_\u00a0")
	return strings.HasSuffix(s, ":") || strings.HasSuffix(s, "：")
}

// dateish reports whether a line tells a moment: two numbers, one of them a year, a time, or beside a month.
func dateish(s string) bool {
	groups, year, clock, run := 0, false, false, 0
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
	return groups >= 2 && (year || clock) || strings.Contains(s, "年") && strings.Contains(s, "月")
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
	l := strings.Trim(lines[i], " \t\r\u00a0>*_")
	joined := l
	for k := i + 1; k <= ends; k++ {
		joined += " " + strings.Trim(lines[k], " \t\r>\u00a0")
	}
	if l == "" || len(joined) > 1200 {
		return 0
	}
	lower := strings.ToLower(joined)
	fresh := i == 0 || isBlankLine(lines[i-1]) || isMarked(lines[i-1]) || isDelimiter(lines[i-1])
	opened := hasPrefixOf(lower, openers) || lower[0] >= '0' && lower[0] <= '9'
	dated, addressed := dateish(lower), hasAddress(lower)
	if ends > i && !mayBegin(l, fresh, opened, dated) || containsAny(" "+lower, ofOneself) && !markedBelow(lines, ends+1) {
		return 0
	}
	colon, verb := endsColon(joined), hasVerb(lower)
	switch {
	case verb && colon && (dated || addressed) && (opened || fresh || addressed):
	case verb && dated && addressed && opened: // some leave the colon out
	case endsAddress(joined) && dated && (opened || fresh):
	case verb && colon && opened && len(strings.Fields(lower)) <= 6 && markedBelow(lines, ends+1):
	case verb && colon && fresh && dayNamed(lower) && markedBelow(lines, ends+1):
	default:
		return 0
	}
	return ends - i + 1
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

func hasPrefixOf(s string, list []string) bool {
	for _, p := range list {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
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

// isReplyAbove knows the line that help desks put into their mails: what stands below it is theirs.
func isReplyAbove(s string) bool {
	if len(s) > 200 || strings.IndexByte(s, 'v') < 0 && strings.IndexByte(s, 'V') < 0 && strings.IndexByte(s, "上"[2]) < 0 || !containsAny(s, aboveWords) {
		return false
	}
	l := strings.ToLower(s)
	switch {
	case strings.Contains(l, "above this line"):
		return strings.Contains(l, "repl") || strings.Contains(l, "type") || strings.Contains(l, "respond")
	case strings.Contains(l, "请在此线以上回复"), strings.Contains(l, "请在此行上方回复"), strings.Contains(l, "请在本行以上回复"):
		return true
	}
	return false
}

var aboveWords = []string{"bove", "BOVE", "以上", "上方"}

// isDelimiter knows lines of nothing but rules.
func isDelimiter(s string) bool {
	t := strings.Trim(s, " \t\r\u00a0")
	return t != "" && (t == "ᐧ" || len(t) >= 2 && strings.Trim(t, "-_=~*#+ᐧ—─━") == "")
}
