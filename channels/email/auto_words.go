package email

import (
	"strings"
	"unicode/utf8"
)

// How machines that answer, confirm and count begin their subjects, in the languages of mail programs.

// answering are beginnings that no person chooses, lower case: what follows does not matter. Words with "auto" and
// "reply" in them are known by [autoReply].
var answering = byFirst("automaattinen vastaus,réponse automatique,respuesta automática,resposta automática,risposta automatica,automatická odpov,autoodpowied,odpowiedź automatyczna,automatyczna odpowiedź," +
	"nieobecność w biurze,otomatik yanıt,otomatik cevap,automatikus válasz,automatikus üzenet,răspuns automat,αυτόματη απάντηση,автоматична відповідь,автоматический ответ,автоответ,trả lời tự động,balasan otomatis," +
	"ตอบกลับอัตโนมัติ,رد تلقائي,absence du bureau,abwesenheitsnotiz,abwesenheitsnachricht,abwesenheitsmeldung,abwesenheitsassistent,abwesenheitshinweis,abwesenheitsbenachrichtigung,abwesenheitsagent,fraværsbesked," +
	"fraværsmelding,fraværsassistent,frånvaromeddelande,frånvaroassistent,afwezigheidsbericht,vacation reply,vacation response,away from my mail,away from mail,away from my office,away from office,away from the office," +
	"out of office,out of the office,i am out of office,i am out of the office,自動応答,自動返信,不在のお知らせ,不在返信,자동 회신,자동회신,자동 응답,자동응답,系统自动回复,休假自动回复,外出自动回复,假期自动回复")

// absent are beginnings that people choose as well ("自动回复功能怎么设置？"), lower case: only a mark behind them, or the
// subject that is answered, tells that a machine wrote them.
var absent = byFirst("自动回复,自動回覆,自动答复,自動回复,自動答覆,外出,外出通知,休假,休假中,休假回复,假期回复,出差,出差中,离开办公室,不在办公室,不在辦公室,不在通知,부재중,부재중 자동 응답,부재 중 자동 응답,ooo,on vacation,on leave," +
	"on holiday,on annual leave,out of town,abwesend,abwesenheit,nicht im büro,außer haus,absent du bureau,message d'absence,absence,en congé,fuera de oficina,fuera de la oficina,contestador automático,ausente," +
	"ausência temporária,ausência,fora do escritório,fuori sede,fuori ufficio,assente dall'ufficio,assente,afwezig,afwezigheid,niet aanwezig,fravær,frånvaro,ikke på kontoret,ikke til stede,poissa toimistosta," +
	"poza biurem,nieobecność,ofis dışında,ofis dışındayım,házon kívül,irodán kívül,mimo kancelář,вне офиса,нет на работе,отпуск")

// byFirst sorts phrases by their first byte: each subject is asked.
func byFirst(list string) (by [256][]string) {
	for _, s := range strings.Split(list, ",") {
		by[s[0]] = append(by[s[0]], s)
	}
	return by
}

// saysAbsent reports whether a subject is that of a machine that answers for its owner.
func saysAbsent(subject string) bool {
	s := lowerName(strings.TrimSpace(subject))
	s = strings.TrimLeft(s[answerMark(s):], " \t\u3000[【(（［")
	if s == "" {
		return false
	}
	for _, a := range answering[s[0]] {
		if strings.HasPrefix(s, a) {
			return true
		}
	}
	if autoReply(s) {
		return true
	}
	for _, a := range absent[s[0]] {
		rest, ok := strings.CutPrefix(s, a)
		if !ok {
			continue
		}
		rest = strings.TrimLeft(rest, " \t\u00a0")
		r, _ := utf8.DecodeRuneInString(rest)
		if rest == "" || strings.ContainsRune("])】）］:：-–—", r) || answerMark(rest) > 0 {
			return true
		}
	}
	return false
}

// answerMark is the length of one "Re:" a subject begins with, of whatever language.
func answerMark(s string) int {
	for _, mark := range [...]string{"re", "aw", "sv", "odp", "fw", "fwd", "回复", "答复", "回覆"} {
		if rest, ok := strings.CutPrefix(s, mark); ok {
			trimmed := strings.TrimLeft(rest, " \t\u00a0")
			for _, colon := range [...]string{":", "："} {
				if after, ok := strings.CutPrefix(trimmed, colon); ok {
					return len(s) - len(after)
				}
			}
		}
	}
	return 0
}

// autoReply knows "Automatic reply", "Auto-Response", "Automatische Antwort" and their like.
func autoReply(s string) bool {
	s, ok := strings.CutPrefix(s, "auto")
	if !ok {
		return false
	}
	for _, end := range [...]string{"matische", "matisch", "matiskt", "matisk", "matic", "mated"} {
		if rest, ok := strings.CutPrefix(s, end); ok {
			s = rest
			break
		}
	}
	s = strings.TrimLeft(s, " :-")
	return hasPrefixOf(s, []string{"reply", "response", "answer", "antwoord", "antwort", "svar", "eply"})
}

// selfDeclared are words with which an answer begins that nobody wrote by hand.
var selfDeclared = []string{
	"this is an automatic reply", "this is an automated reply", "this is an automated response", "this is an automatic response", "this is an auto-reply", "this is an auto reply",
	"自动回复邮件", "这是自动回复", "此邮件为自动回复", "本邮件为自动回复", "系统自动回复", "此为系统自动", "自動回覆郵件", "自動返信メール", "このメールは自動", "dies ist eine automatische antwort",
	"ceci est une réponse automatique", "esta es una respuesta automática", "esta é uma resposta automática", "questa è una risposta automatica", "dit is een automatisch antwoord",
	"to jest automatyczna odpowiedź", "bu otomatik bir yanıt", "dette er et automatisk svar", "detta är ett automatiskt svar", "это автоматический ответ", "ez egy automatikus válasz", "자동 응답 메일", "자동 회신 메일",
}

// receipts are the beginnings of receipts, read or not, as Exchange and QQ Mail write them also where nothing else in
// the mail tells that it is one.
var receipts = func() map[string]bool {
	m := map[string]bool{}
	for _, s := range strings.Split("已读,已讀,已阅读,未读,未讀,读取回执,已读回执,read,not read,gelesen,nicht gelesen,ungelesen,lu,non lu,leído,no leído,letto,non letto,lida,não lida,gelezen,niet gelezen,прочитано,"+
		"не прочитано,開封済み,既読,未開封,읽음,읽지 않음,przeczytane,nieprzeczytane,okundu,okunmadı,läst,inte läst,læst,ulæst,lest,ulest,luettu,přečteno,olvasott,olvasva", ",") {
		m[s] = true
	}
	return m
}()

// beforeColon is what stands before the first colon of a subject, lower case; "" when that is long.
func beforeColon(s string) string {
	end := strings.IndexByte(s, ':')
	if wide := strings.Index(s, "："); wide >= 0 && (end < 0 || wide < end) {
		end = wide
	}
	if end < 0 || end > 40 {
		return ""
	}
	return lowerName(strings.TrimSpace(s[:end]))
}

// readWords say that a mail was looked at, or thrown away unseen.
var readWords = []string{
	"was read on", "was read at", "has been read", "was displayed", "deleted without being read", "read receipt", "return receipt", "阅读", "閱讀", "已读回执", "已讀回條", "读取回执", "已被删除", "未读取", "gelesen", "a été lu", "été supprimé",
	"ha sido leído", "fue leído", "se leyó", "è stato letto", "foi lida", "is gelezen", "прочитано", "было прочитано", "удалено", "開封", "既読", "읽", "przeczytan", "okundu", "lästes", "har lästs", "blev læst", "ble lest", "luettiin", "přečten", "elolvas",
}

// isReceipt reports whether a mail without the standard's mark (RFC 8098) tells that one of ours was read, or was not.
func (p *parser) isReceipt(subject string) bool {
	if !receipts[beforeColon(subject)] {
		return false
	}
	words := p.opening()
	if words == "" {
		n := notice{root: p.root}
		n.pages(p.root)
		words = clip(n.words, 1000)
	}
	return containsAny(strings.ToLower(words), readWords)
}

// isStatistics knows what receivers count and send each day: DMARC (RFC 7489 7.2.1.1) and TLS (RFC 8460 5.3) reports, by
// their subject or the name of their file.
func (p *parser) isStatistics(subject string) bool {
	if p.root.header.has("tls-report-domain") {
		return true
	}
	s := lowerName(subject)
	if strings.Contains(s, "report domain:") && strings.Contains(s, "submitter:") {
		return true
	}
	found := false
	p.root.walk(func(q *part) {
		name := lowerName(q.name)
		found = found || strings.Count(name, "!") >= 3 && (strings.HasSuffix(name, ".xml") || strings.HasSuffix(name, ".xml.gz") || strings.HasSuffix(name, ".zip") || strings.HasSuffix(name, ".json.gz"))
	})
	return found
}
