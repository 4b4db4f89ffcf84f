package email

import (
	"regexp"
	"strings"
)

// textSplit is a plain text cut into the writer's own words, what they quote, and their signature. Nothing is lost:
// every line stands in one of the three.
type textSplit struct{ own, quoted, signature string }

var (
	// "-----Original Message-----", "----- 原始邮件 -----", "---------- Forwarded message ---------"
	dashed = regexp.MustCompile(`(?i)^[>\s]*[-_=—]{2,}\s*(original message|original nachricht|ursprüngliche nachricht|forwarded message|forwarded by .*|` +
		`message d'origine|message transféré|mensaje original|messaggio originale|oorspronkelijk bericht|original appointment|` +
		`reply message|(on|在|于) .{5,150}(wrote|写道)|原始邮件|原邮件|原始信息|邮件原件|转发邮件|转发的邮件|回复的邮件|转发邮件信息|原始郵件|轉寄郵件)\s*[-_=—]*\s*$`)
	// A writer's words are announced: the line (or its last piece) ends so.
	attributed = regexp.MustCompile(`(?i)(\bwrote|\bwrites|\bescribió|\ba écrit|\bschrieb( am)?.*|\bha scritto|\bschreef.*|\bescreveu|\bskrev.*|\bnapisał\(?a?\)?|\bnapsal\(?a?\)?` +
		`|пишет|написал\(?а?\)?|\bkirjoitti|\byazdı|写道|寫道|のメッセージ.*|님이 작성|さんは書きました|\bschrieb|\bschreef|\bskrev|\bsaid|\bkirjutas|\bsendte følgende besked|\bescrit|\bha escrit)\s?[:：]\s*$`)
	opened = regexp.MustCompile(`(?i)^[>\s*]*(on\s|am\s|le\s|el\s|il\s|op\s|em\s|den\s|dnia\s|dne\s|w dniu\s|в\s|пн|вт|ср|чт|пт|сб|вс|在|于|於|\d{1,4}[-./年]|` +
		`(mon|tue|wed|thu|fri|sat|sun)|.*<?[^\s<>]+@[^\s<>]+>?)`)
	from     = regexp.MustCompile(`(?i)^[>\s*]*(from|发件人|寄件者|寄件人|von|de|da|van|från|fra|od|от|差出人|보낸\s*사람|remetente|lähettäjä)\**\s?[:：]\**\s*\S`)
	fromMate = regexp.MustCompile(`(?i)^[>\s*]*(sent|date|to|subject|cc|发送时间|发送日期|日期|时间|收件人|主题|抄送|寄件日期|收件者|主旨|gesendet|datum|an|betreff|envoyé|date|à|objet|enviado( el)?|para|asunto|inviato|data|a|oggetto|verzonden|aan|onderwerp|skickat|till|ämne|dato|til|emne|отправлено|дата|кому|тема|送信日時|宛先|件名|보낸\s*날짜|받는\s*사람|제목)\**\s?[:：]`)
	sentFrom = regexp.MustCompile(`(?i)^\s*[*_\[<(]*(sent from (my|mail|\[?mail|outlook|yahoo|proton|samsung|the|a|mobile|windows|mailbox)\b.{0,80}|from my iphone.{0,20}|sent (via|with|by) .{1,40}|get \[?outlook for .*|get outlook for .*|envoyé de(puis)? mon .*|von meinem .* gesendet|enviado desde (mi|my) .*|inviato da .*|` +
		`verzonden (vanaf|met) mijn .*|发自我的.*|發自我的.*|从我的.*发送|来自我的.*|发自\s?(iphone|ipad|华为|小米|網易|网易|foxmail|qq).*|從我的.*傳送|从 ?windows.*邮件.*发送.*|由.{0,20}(网易邮箱大师|邮箱大师|foxmail)发送.*|iPhoneから送信.*)[*_\])]*\s*$`)
	// "2016-03-03 17:21 GMT+01:00 Some One", `30.09.2017, 18:30, "Some One" <x@y>:`
	dated      = regexp.MustCompile(`^[>\s]*(\d{4}-\d\d-\d\d \d{1,2}:\d\d (GMT|UTC)[+-]\d\d:?\d\d \S.{0,120}|\d{1,4}[./-]\d{1,2}[./-]\d{1,4},? (um |at |в |kl\. )?\d{1,2}[:.]\d\d.{0,100}<[^<>\s]+@[^<>\s]+>\s?:?)\s*$`)
	sigDash    = regexp.MustCompile(`^\s*(--|—|__|——|-- ‑)\s*$|^_{5,}\s*$|^-{3,}\s*$|^={5,}\s*$|^\*{5,}\s*$`)
	delimiter  = regexp.MustCompile(`^\s*[-_=~*#+ᐧ]{2,}\s*$|^\s*ᐧ\s*$`)
	replyAbove = regexp.MustCompile(`(?i)^[>\s]*([#\-=*_]{1,}\s*)?(please )?(reply|type your (reply|response)|write your reply|respond)( to this (e-?mail|message))?.{0,12} above this line.*$|^[>\s]*[#\-=_*]{2,}.*(请在此线以上回复|请在此行上方回复).*$`)
)

func attributionEnd(s string) bool {
	if i := strings.LastIndexByte(s, '\n'); i >= 0 && len(s) > 400 {
		s = s[i+1:]
	}
	return endsColon(s) && attributed.MatchString(s)
}

// The expressions above are tried only on lines that can match at all: a long mail has thousands that cannot, and each
// try costs tens of microseconds.

func ruled(s string) bool {
	s = strings.TrimLeft(s, "> \t")
	return s != "" && (strings.IndexByte("-_=*~#+", s[0]) >= 0 || strings.HasPrefix(s, "—") || strings.HasPrefix(s, "ᐧ"))
}

func isDashed(s string) bool { return len(s) < 200 && ruled(s) && dashed.MatchString(s) }

func isDelimiter(s string) bool { return ruled(s) && delimiter.MatchString(s) }

func isSigDash(s string) bool { return ruled(s) && sigDash.MatchString(s) }

func isReplyAbove(s string) bool {
	return (strings.Contains(s, "bove") || strings.Contains(s, "以上") || strings.Contains(s, "上方")) && replyAbove.MatchString(s)
}

// early reports whether a colon stands within the first 40 bytes, as after the name of a field.
func early(s string) bool {
	s = s[:min(len(s), 40)]
	return strings.IndexByte(s, ':') >= 0 || strings.Contains(s, "：")
}

func isFrom(s string) bool { return early(s) && from.MatchString(s) }

func isMate(s string) bool { return early(s) && fromMate.MatchString(s) }

func endsColon(s string) bool {
	s = strings.TrimSpace(s)
	return strings.HasSuffix(s, ":") || strings.HasSuffix(s, "：")
}

func isDated(s string) bool {
	t := strings.TrimLeft(s, "> \t")
	return t != "" && t[0] >= '0' && t[0] <= '9' && len(t) < 300 && dated.MatchString(s)
}

var sentWords = []string{"sent", "outlook", "envoy", "gesendet", "enviado", "inviato", "verzonden", "发自", "發自", "发送", "傳送", "来自", "iphone"}

func isSentFrom(s string) bool {
	if len(s) > 250 {
		return false
	}
	l := strings.ToLower(s)
	for _, w := range sentWords {
		if strings.Contains(l, w) {
			return sentFrom.MatchString(s)
		}
	}
	return false
}

func attributionStart(s string) bool { return opened.MatchString(s) }

// splitText cuts a plain text.
func splitText(s string) textSplit {
	lines := strings.Split(strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n"), "\n")
	if len(lines) > maxLines {
		return textSplit{own: s}
	}
	kinds := classify(lines)
	var own, quoted []string
	for i, l := range lines {
		if kinds[i] == own_ {
			own = append(own, l)
		} else {
			quoted = append(quoted, l)
		}
	}
	own, signature := cutSignature(own)
	t := textSplit{own: tidy(strings.Join(own, "\n")), quoted: tidy(strings.Join(quoted, "\n")), signature: tidy(strings.Join(signature, "\n"))}
	return t
}

// maxLines bounds the cutting; nobody writes so long an answer by hand.
const maxLines = 20000

type lineKind byte

const (
	own_ lineKind = iota
	quoted_
)

// classify says of each line whose it is.
func classify(lines []string) []lineKind {
	kinds := make([]lineKind, len(lines))
	for i := 0; i < len(lines); i++ {
		n := announcement(lines, i)
		if n == 0 {
			if strings.HasPrefix(strings.TrimLeft(lines[i], " \t"), ">") && !strings.HasPrefix(lines[i], ">From ") {
				kinds[i] = quoted_
			}
			continue
		}
		if toEnd(lines, i, n) {
			for k := i; k < len(lines); k++ {
				kinds[k] = quoted_
			}
			return keepAnswered(lines, kinds)
		}
		for k := i; k < i+n; k++ {
			kinds[k] = quoted_
		}
		i += n - 1
	}
	return keepAnswered(lines, kinds)
}

// shortQuote is how many marked lines right above the writer's words count as what those words answer.
const shortQuote = 8

// keepAnswered leaves short quotes that are answered right below them where they are: without them "yes" and "the
// second" mean nothing. A long one above the words is a bottom-posted reply and is folded (UP-E18).
func keepAnswered(lines []string, kinds []lineKind) []lineKind {
	if blocks(lines, kinds) == 1 && announcedAbove(lines, kinds) {
		return kinds // "On … wrote:", one quote, the answer below
	}
	for i := 0; i < len(lines); {
		if kinds[i] != quoted_ || !strings.HasPrefix(strings.TrimSpace(lines[i]), ">") {
			i++
			continue
		}
		end := i
		for end < len(lines) && (strings.HasPrefix(strings.TrimSpace(lines[end]), ">") || strings.TrimSpace(lines[end]) == "" && end+1 < len(lines) && strings.HasPrefix(strings.TrimSpace(lines[end+1]), ">")) {
			end++
		}
		if end-i <= shortQuote && answered(lines, kinds, end) {
			for k := i; k < end; k++ {
				kinds[k] = own_
			}
		}
		i = end
	}
	return kinds
}

// blocks counts the stretches of marked lines.
func blocks(lines []string, kinds []lineKind) int {
	n, inside := 0, false
	for i, l := range lines {
		marked := kinds[i] == quoted_ && strings.HasPrefix(strings.TrimSpace(l), ">")
		if marked && !inside {
			n++
		}
		inside = marked || inside && strings.TrimSpace(l) == ""
	}
	return n
}

// announcedAbove reports whether the first quoted line is an announcement and no mark.
func announcedAbove(lines []string, kinds []lineKind) bool {
	for i, l := range lines {
		if kinds[i] == quoted_ {
			return !strings.HasPrefix(strings.TrimSpace(l), ">")
		}
	}
	return false
}

// answered reports whether the writer's own words stand right below line end.
func answered(lines []string, kinds []lineKind, end int) bool {
	for k := end; k < len(lines); k++ {
		if strings.TrimSpace(lines[k]) != "" {
			return kinds[k] == own_ && !isSigDash(lines[k]) && !isSentFrom(lines[k])
		}
	}
	return false
}

// announcement returns how many lines at i announce quoted words, or 0.
func announcement(lines []string, i int) int {
	l := strings.TrimSpace(lines[i])
	if l == "" || len(l) > 1000 {
		return 0
	}
	if isDashed(l) || isReplyAbove(l) {
		return 1
	}
	if n := headerBlock(lines[i:]); n == 0 && isFrom(l) {
		return 1
	}
	if isDated(l) {
		return 1
	}
	if !announces(lines[i:]) {
		return 0
	}
	if !opened.MatchString(l) {
		// No words that such a line begins with: it needs a date or an address, and marked lines right below.
		if attributed.MatchString(l) && hasDate.MatchString(strings.ToLower(l)) && marked(lines[i+1:]) {
			return 1
		}
		return 0
	}
	joined := l
	for n := 1; n <= 4 && i+n <= len(lines); n++ {
		if attributionEnd(joined) && plausible(joined) {
			return n
		}
		if i+n == len(lines) || strings.TrimSpace(lines[i+n]) == "" {
			return 0
		}
		joined += " " + strings.TrimLeft(strings.TrimSpace(lines[i+n]), "> ")
	}
	return 0
}

// announces reports whether one of the next four lines ends in a colon.
func announces(lines []string) bool {
	for _, l := range lines[:min(4, len(lines))] {
		if endsColon(l) {
			return true
		}
	}
	return false
}

func marked(lines []string) bool {
	for _, l := range lines {
		if t := strings.TrimSpace(l); t != "" {
			return strings.HasPrefix(t, ">")
		}
	}
	return false
}

var hasDate = regexp.MustCompile(`\d{1,4}\s*[-./年:]|\d{1,2}[a-z]{0,2}\s+\w{3,}|\w{3,}\s+\d{1,2}|@|\d{4}|\b(mon|tue|wed|thu|fri|sat|sun)`)

// plausible keeps "On second thought I wrote:" from cutting a mail: an announcement has a date or an address in it, or
// is short.
func plausible(s string) bool {
	return hasDate.MatchString(strings.ToLower(s)) || len(strings.Fields(s)) <= 6
}

// headerBlock returns the index of the line that starts a block "From: … Sent: … To: …", looking only at the first
// line with words; -1 when it is none.
func headerBlock(lines []string) int {
	first := -1
	for i, l := range lines {
		if strings.TrimSpace(l) != "" {
			first = i
			break
		}
	}
	if first < 0 || !isFrom(lines[first]) {
		return -1
	}
	mates := 0
	for k := first + 1; k < len(lines) && k <= first+8; k++ {
		if isMate(lines[k]) {
			mates++
		}
	}
	if mates >= 2 {
		return first
	}
	return -1
}

// toEnd reports whether what is announced at i reaches the end: a dashed line or a header block always does; words
// announced by a person's name do unless they are marked with ">" and own words follow.
func toEnd(lines []string, i, n int) bool {
	l := strings.TrimSpace(lines[i])
	if isReplyAbove(l) {
		return true
	}
	quotedAny, ownAfter := false, false
	for _, next := range lines[i+n:] {
		t := strings.TrimSpace(next)
		switch {
		case t == "":
		case strings.HasPrefix(t, ">"):
			quotedAny, ownAfter = true, false
		default:
			ownAfter = true
			if !quotedAny && (isDashed(l) || isFrom(l)) {
				return true
			}
		}
	}
	return !quotedAny || !ownAfter
}

// cutSignature takes the signature off the end of the writer's words.
func cutSignature(own []string) (rest, signature []string) {
	end := len(own)
	for end > 0 && (strings.TrimSpace(own[end-1]) == "" || isDelimiter(own[end-1])) {
		end--
	}
	cut := -1
	for i := end - 1; i >= 0 && end-i <= 12; i-- {
		if isSentFrom(own[i]) {
			cut = i
		}
	}
	for i := end - 1; i >= 0 && end-i <= 20; i-- {
		if isSigDash(own[i]) && (cut < 0 || i < cut) && bare(own[i]) {
			cut = i
			break
		}
	}
	if cut < 0 {
		if end < len(own) && hasDelimiter(own[end:]) {
			return own[:end], own[end:]
		}
		return own, nil
	}
	return own[:cut], own[cut:]
}

// bare reports whether a line opens a signature. Longer rules stand in tables and between paragraphs as well; only the
// one of underscores that mail programs draw counts.
func bare(l string) bool {
	t := strings.TrimSpace(l)
	return t == "--" || t == "—" || t == "——" || t == "__" || len(t) >= 5 && strings.Trim(t, "_") == ""
}

func hasDelimiter(lines []string) bool {
	for _, l := range lines {
		if isDelimiter(l) {
			return true
		}
	}
	return false
}
