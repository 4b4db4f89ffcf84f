package email

import (
	"strings"
	"unicode/utf8"
)

// This file knows single lines: what mail programs of the world write above, around and below the words they quote.
// Everything here is plain comparison, because each line of each mail is asked.

// bareLine is a line without the marks and emphasis around it, lower case.
func bareLine(s string) string {
	return strings.ToLower(strings.Trim(strings.ReplaceAll(s, "\u00a0", " "), "> \t*|_\u3000\r"))
}

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

var roles = func() map[string]role {
	m := map[string]role{}
	for r, names := range map[role]string{
		fromRole: "from 发件人 寄件者 寄件人 发信人 发送者 寄件者 von absender de expéditeur da mittente van afzender från avsändare fra od от отправитель 差出人 送信者 보낸사람 보낸이 remetente lähettäjä " +
			"kimden gönderen feladó dela από מאת من จาก dari từ nadawca odesílatel",
		subjectRole: "subject 主题 主旨 标题 betreff objet sujet asunto oggetto onderwerp ämne emne тема 件名 제목 assunto temat předmět predmet aihe konu tárgy subiect θέμα נושא الموضوع เรื่อง subjek chủđề",
		otherRole: "sent date to cc bcc replyto reply-to importance when 发送时间 发送日期 发件时间 日期 时间 收件人 抄送 密送 抄送人 回复 寄件日期 傳送時間 收件者 收件人 副本 日期 時間 gesendet datum an kopie cc " +
			"envoyé envoyéle date à a copieà cc copie enviado enviadoel enviadaem para fecha cc inviato data a cc risposta risponde verzonden aan kopie skickat till kopia sendt dato til kopi отправлено дата кому копия " +
			"送信日時 日時 宛先 日付 보낸날짜 받는사람 날짜 받는이 참조 data do wysłano odesláno komu kopie lähetetty vastaanottaja päivämäärä kopio gönderilen gönderildi kime tarih bilgi elküldve dátum címzett másolat " +
			"trimis către στάλθηκε προς ημερομηνία נשלח אל תאריך أرسل إلى التاريخ dikirim kepada tanggal đã gửi đến ngày",
		openRole: "messagedu messageenvoyéle",
	} {
		for _, n := range strings.Fields(names) {
			if _, ok := m[n]; !ok || r == fromRole {
				m[n] = r
			}
		}
	}
	return m
}()

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
	return strings.IndexByte(s, ':') >= 0 || strings.Contains(s, "：") || strings.IndexByte(s, '|') >= 0
}

// Words between dashes that announce the mail below; true for a forward, which is something to be read.
var ruledWords = map[string]bool{
	"original message": false, "original": false, "original email": false, "original mail": false, "original appointment": false, "reply message": false, "replied message": false,
	"ursprüngliche nachricht": false, "original nachricht": false, "originalnachricht": false, "ursprüngliche mail": false, "message d'origine": false, "message original": false, "mensaje original": false,
	"mensagem original": false, "messaggio originale": false, "oorspronkelijk bericht": false, "originalmeddelande": false, "ursprungligt meddelande": false, "oprindelig meddelelse": false,
	"opprinnelig melding": false, "alkuperäinen viesti": false, "исходное сообщение": false, "оригинальное сообщение": false, "wiadomość oryginalna": false, "oryginalna wiadomość": false,
	"původní zpráva": false, "eredeti üzenet": false, "orijinal mesaj": false, "orijinal ileti": false, "original-nachricht": false, "元のメッセージ": false, "원본 메시지": false, "원본 메일": false,
	"原始邮件": false, "原邮件": false, "原始信息": false, "邮件原件": false, "原始郵件": false, "原始信件": false, "回复的邮件": false, "回复的原邮件": false, "回覆的郵件": false, "答复的邮件": false, "以下是引用内容": false, "引用": false,
	"forwarded message": true, "forwarded mail": true, "forwarded email": true, "begin forwarded message": true, "original forwarded message": true,
	"weitergeleitete nachricht": true, "message transféré": true, "message réexpédié": true, "mensaje reenviado": true, "mensagem encaminhada": true, "messaggio inoltrato": true, "messaggio inoltrato originale": true,
	"doorgestuurd bericht": true, "vidarebefordrat meddelande": true, "videresendt besked": true, "пересылаемое сообщение": true, "转发邮件": true, "转发的邮件": true, "转发的原邮件": true, "转发邮件信息": true,
	"轉寄郵件": true, "轉寄的郵件": true, "転送メッセージ": true, "전달된 메시지": true, "wiadomość przekazana": true, "přeposlaná zpráva": true, "iletilen mesaj": true,
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
	t := strings.TrimLeft(s, "> \t\u3000\u00a0*")
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

// verbs say that somebody wrote, in the languages of mail programs.
var verbs = []string{
	"wrote", "writes", "said", "schrieb", "geschrieben", "a écrit", "escribió", "escreveu", "escrit", "ha scritto", "scrive", "schreef", "geschreven", "skrev", "sendte følgende",
	"napisał", "napsal", "napísal", "napisao", "пишет", "написал", "писал", "написа", "kirjoitti", "kirjutas", "yazdı", "şunu yazdı", "a scris", "έγραψε", "כתב", "كتب", "menulis",
	"đã viết", "เขียน", "写道", "寫道", "写到", "写了", "書きました", "書いた", "のメッセージ", "のメール", "님이 작성", "작성:", "님이 썼습니다", "发来", "发送的邮件",
}

func hasVerb(lower string) bool { return containsAny(lower, verbs) }

func endsColon(s string) bool {
	s = strings.TrimRight(s, " \t\r*_\u00a0")
	return strings.HasSuffix(s, ":") || strings.HasSuffix(s, "：")
}

// openers begin the line that says who wrote what is quoted.
var openers = []string{
	"on ", "am ", "le ", "el ", "il ", "op ", "em ", "den ", "dnia ", "dne ", "w dniu ", "в ", "at ", "på ", "pada ", "vào ", "στις ", "ב", "في ", "în ",
	"пн", "вт", "ср", "чт", "пт", "сб", "вс", "mon", "tue", "wed", "thu", "fri", "sat", "sun", "在", "于", "於",
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
	if s == "" || s[len(s)-1] < 0x80 && s[len(s)-1] != ':' && s[len(s)-1] != 'e' && s[len(s)-1] != 't' {
		return false
	}
	s = strings.TrimRight(s, " \u00a0")
	return strings.HasSuffix(s, ":") || strings.HasSuffix(s, "：") || strings.HasSuffix(s, "wrote") || strings.HasSuffix(s, "道") || strings.HasSuffix(s, "écrit")
}

// attribution says how many lines at i announce quoted words ("On …, X wrote:"), or 0. Programs break such a line
// anywhere, so that up to four are read as one.
func attribution(lines []string, i int) int {
	if len(lines[i]) > 1000 {
		return 0
	}
	end := min(len(lines), i+4)
	ends := -1
	for k := i; k < end; k++ {
		if mayAttribute(lines[k]) {
			ends = k
			break
		}
		if lines[k] == "" || lines[k] == "\r" {
			break
		}
	}
	if ends < 0 {
		return 0
	}
	l := strings.Trim(lines[i], " \t\r\u00a0>*_")
	if l == "" {
		return 0
	}
	for k := i + 1; k < ends; k++ {
		if strings.TrimSpace(lines[k]) == "" {
			return 0
		}
	}
	joined := l
	for k := i + 1; k <= ends; k++ {
		joined += " " + strings.Trim(lines[k], " \t\r>\u00a0")
	}
	if len(joined) > 1200 {
		return 0
	}
	lower := strings.ToLower(joined)
	dated, addressed := dateish(lower), hasAddress(lower)
	fresh := i == 0 || strings.TrimSpace(lines[i-1]) == "" || strings.HasPrefix(strings.TrimSpace(lines[i-1]), ">") || isDelimiter(lines[i-1])
	opened := hasPrefixOf(lower, openers) || lower[0] >= '0' && lower[0] <= '9'
	colon := endsColon(joined)
	if containsAny(" "+lower, ofOneself) && !markedBelow(lines, ends+1) {
		return 0
	}
	switch {
	case ends > i && !dateish(strings.ToLower(l)) && !(opened && len(l) < 100 && strings.ContainsAny(l, "0123456789")) && !(fresh && dated && strings.HasSuffix(l, ">")) && !(fresh && hasAddress(l)):
		return 0 // several lines are one announcement only when the first begins it
	case ends > i && !opened && !fresh:
		return 0
	case hasVerb(lower) && colon && (dated || addressed) && (opened || fresh || addressed):
	case hasVerb(lower) && dated && addressed && opened: // some leave the colon out
	case endsAddress(joined) && dated && (opened || fresh):
	case hasVerb(lower) && colon && opened && len(strings.Fields(lower)) <= 6 && markedBelow(lines, ends+1):
	case hasVerb(lower) && colon && fresh && dayNamed(lower) && markedBelow(lines, ends+1):
	default:
		return 0
	}
	return ends - i + 1
}

// ofOneself is how people tell what they wrote themselves: what follows may be their words.
var ofOneself = []string{" i wrote", " i said", "ich schrieb", "habe ich", "j'ai écrit", "yo escribí", "ho scritto", "我写道", "我在"}

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
	if len(s) > 200 || !containsAny(s, aboveWords) {
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
