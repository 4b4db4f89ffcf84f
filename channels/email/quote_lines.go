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
			if k == last+1 && fields > 0 && !otherField(lines[k]) && (strings.Contains(lines[k], "@") || strings.HasPrefix(lines[k], " ")) {
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

// otherField reports whether a line is a field that no mail has, as in a form: "邮箱：li@x.example".
func otherField(l string) bool {
	name, _ := fieldWord(l)
	return name != "" && !strings.Contains(name, "mailto") && !strings.Contains(name, "@")
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
	case '—', '－', '─', '━', '＊', '‐', '‑', '–', '―', '下', '以', '開':
		return true
	}
	return false
}

// ruleSigns are what rules are drawn with.
const ruleSigns = "-_=—－─━*＊‐‑–―"

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
	words := strings.TrimLeft(t, ruleSigns+" \t\u00a0")
	marks := len(t) - len(words)
	words = strings.ToLower(strings.Trim(words, ruleSigns+" \t\r\u00a0:："))
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
	if !known && hasVerb(words) && (strings.HasPrefix(words, "on ") || strings.HasPrefix(words, "在") || strings.HasPrefix(words, "于") || marks >= 4 && hasAddress(words)) {
		return true, false
	}
	return known, known && forward
}

func hasVerb(lower string) bool { return containsAny(lower, verbs) }

func endsColon(s string) bool {
	s = strings.TrimRight(s, " \t\r*_\u00a0")
	return strings.HasSuffix(s, ":") || strings.HasSuffix(s, "：")
}

func hasPrefixOf(s string, list []string) bool {
	for _, p := range list {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
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
