package email

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// cutSignature takes the signature off the end of the writer's words. It never takes all of them, and it takes nothing
// that reads like a sentence unless a mark stands above it. quotes says that the mail has a quote elsewhere.
func cutSignature(own []string, quotes bool) (rest, signature []string) {
	end := len(own)
	for end > 0 && (isBlankLine(own[end-1]) || isDelimiter(own[end-1])) {
		end--
	}
	if end == 0 {
		return own, nil
	}
	cut := markedSignature(own[:end])
	if cut < 0 {
		cut = end
	}
	cut = card(own, sentFromAbove(own, cut, quotes))
	cut = farewell(own, cut)
	for cut > 0 && (isBlankLine(own[cut-1]) || isDelimiter(own[cut-1])) {
		cut--
	}
	if cut >= end && !hasDelimiter(own[end:]) || !hasWord(own[:cut]) {
		return own, nil
	}
	return own[:cut], own[cut:]
}

// markedSignature finds the line of dashes (RFC 3676 4.3) near the end, or the ruler of underscores, or -1.
func markedSignature(own []string) int {
	for i := len(own) - 1; i >= 0 && len(own)-i <= 25; i-- {
		if t := strings.TrimSpace(own[i]); t == "--" || t == "—" || t == "——" || t == "-- ‑" || t == "- --" { // the last: escaped by OpenPGP
			if at := firstDash(own, i); own[at] == "-- " || opensCard(own[at+1:]) {
				return at
			}
			break
		}
	}
	for i := len(own) - 1; i >= 0 && len(own)-i <= 20; i-- {
		if t := strings.TrimSpace(own[i]); (t == "__" || len(t) >= 5 && strings.Trim(t, "_") == "") && opensCard(own[i+1:]) {
			return i
		}
	}
	return -1
}

// opensCard reports whether what stands below a ruler begins like a signature, with a name or with what lists and firms
// put below mails. Many draw rulers between the parts of what they write.
func opensCard(lines []string) bool {
	for _, l := range lines {
		if !isBlankLine(l) {
			return looksLikeCard(l) || containsAny(lowerName(l), footers)
		}
	}
	return true
}

// footers are words of what lists and firms put below mails.
var footers = []string{
	"you received this", "you are receiving", "unsubscribe", "confidential", "this e-mail", "this email", "this message", "intended only", "mailing list", "view it on", "reply to this",
	"diese e-mail", "diese nachricht", "ce message", "este mensaje", "esta mensagem", "本邮件", "此邮件", "保密", "机密", "退订", "本郵件", "本メール",
}

// firstDash goes up from the lowest mark to one a few lines above it: a signature may hold a ruler itself.
func firstDash(own []string, at int) int {
	for i := at - 1; i >= 0 && at-i <= 8; i-- {
		if strings.TrimSpace(own[i]) == "--" {
			return i
		}
	}
	return at
}

// sentFromAbove goes up over lines like "Sent from my iPhone", from a few lines above cut. What stands below such a line
// is the quote of a program that does not mark it, unless the mail has its quote elsewhere.
func sentFromAbove(own []string, cut int, quotes bool) int {
	for i := cut - 1; i >= 0 && cut-i <= 12; i-- {
		// A phone puts its line below what its owner wrote: what follows is of others.
		if isSentFrom(own[i]) && (cut-i <= 4 || i > 0 && isBlankLine(own[i-1]) && isBlankLine(own[i+1])) {
			if quotes && goesOn(own[i+1:cut]) {
				return cut
			}
			cut = i
			break
		}
	}
	for i := cut - 1; i >= 0 && cut < len(own); i-- {
		if isSentFrom(own[i]) {
			cut = i
		} else if !isBlankLine(own[i]) {
			break
		}
	}
	return cut
}

// goesOn reports whether words that are no card stand below a phone's line, set off by a blank one: its owner went on
// writing there.
func goesOn(below []string) bool {
	if len(below) == 0 || !isBlankLine(below[0]) {
		return false
	}
	return slices.ContainsFunc(below, func(l string) bool {
		return !isBlankLine(l) && !looksLikeCard(l) && !isSentFrom(l) && !containsAny(lowerName(l), footers)
	})
}

// card finds the visiting cards that QQ Mail and WeCom (below a ruler of 18 dashes) and NetEase (between bars) write.
func card(own []string, cut int) int {
	bars := 0
	for i := cut - 1; i >= 0 && cut-i <= 10; i-- {
		t := strings.TrimSpace(own[i])
		switch {
		case t == "------------------" && i < cut-1:
			return i
		case t == "| |" && bars >= 2:
			return i
		case t == "|":
			bars++
		case t != "" && !looksLikeCard(t):
			return cut
		}
	}
	return cut
}

// farewells close a letter in so many words that nothing of the matter is in them.
var farewells = map[string]bool{
	"regards": true, "best regards": true, "kind regards": true, "warm regards": true, "with kind regards": true, "with best regards": true, "kindest regards": true, "many regards": true,
	"yours faithfully": true, "yours truly": true, "best wishes": true, "warmly": true, "cordially": true, "respectfully": true,
	"mit freundlichen grüßen": true, "mit freundlichen grüssen": true, "freundliche grüße": true, "viele grüße": true, "liebe grüße": true, "beste grüße": true, "mfg": true, "mit besten grüßen": true, "mit lieben grüßen": true,
	"cordialement": true, "bien cordialement": true, "bien à vous": true, "salutations": true, "saludos": true, "un saludo": true, "saludos cordiales": true, "atentamente": true,
	"cordiali saluti": true, "distinti saluti": true, "atenciosamente": true, "cumprimentos": true, "met vriendelijke groet": true, "vriendelijke groeten": true, "med vänliga hälsningar": true,
	"med venlig hilsen": true, "med vennlig hilsen": true, "с уважением": true, "pozdrawiam": true, "s pozdravem": true, "ystävällisin terveisin": true, "saygılarımla": true,
	"此致": true, "敬礼": true, "此致敬礼": true, "祝好": true, "顺祝商祺": true, "顺颂商祺": true, "祝商祺": true, "敬上": true, "谨上": true, "此致 敬礼": true, "順頌商祺": true, "敬具": true, "よろしくお願いいたします": true,
}

const maxFarewell = 8 // lines from the farewell to the end of the writer's words

// farewell finds "Best regards," with nothing but a name and where to find its bearer below.
func farewell(own []string, cut int) int {
	end := cut
	for end > 0 && isBlankLine(own[end-1]) {
		end--
	}
	lines := 0
	for i := end - 1; i >= 0 && lines <= maxFarewell; i-- {
		if isBlankLine(own[i]) {
			continue
		}
		if t := strings.ToLower(strings.Trim(own[i], " \t\r,.!，。！;；:：*_")); farewells[t] {
			if lines == 0 && end == len(own) {
				return cut // nothing below: it is part of the letter
			}
			if i > 0 && farewells[strings.Trim(own[i-1], " \t\r，,")] { // 此致 and 敬礼 stand on two lines
				i--
			}
			return i
		}
		if !looksLikeCard(own[i]) {
			return cut
		}
		lines++
	}
	return cut
}

// looksLikeCard reports whether a line may stand on a business card: short, and no sentence.
func looksLikeCard(l string) bool {
	l = strings.TrimSpace(l)
	if utf8.RuneCountInString(l) > 80 || isMarked(l) {
		return false
	}
	last, _ := utf8.DecodeLastRuneInString(l)
	if first, _ := utf8.DecodeRuneInString(l); strings.ContainsRune("/\\-#=", first) {
		return false
	}
	if strings.ContainsRune("?。？！", last) || last == '.' && strings.Count(l, " ") > 4 || last == '!' && strings.Count(l, " ") > 4 {
		return false
	}
	return strings.Count(l, " ") <= 9 && strings.Count(l, "，")+strings.Count(l, ", ") <= 3
}

// hasWord reports whether lines hold a letter or a digit outside quotes.
func hasWord(lines []string) bool {
	for _, l := range lines {
		if !isMarked(l) && strings.ContainsFunc(l, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
			return true
		}
	}
	return false
}

func hasDelimiter(lines []string) bool {
	for _, l := range lines {
		if isDelimiter(l) {
			return true
		}
	}
	return false
}

// isSigDash knows lines that open a signature.
func isSigDash(s string) bool {
	t := strings.TrimSpace(s)
	switch t {
	case "--", "—", "__", "——", "---", "-- ‑":
		return true
	}
	return len(t) >= 5 && (strings.Trim(t, "_") == "" || strings.Trim(t, "=") == "" || strings.Trim(t, "*") == "")
}

// What programs and carriers add below a mail, by how it begins (after marks) and how it ends.
var (
	sentStarts = []string{
		"sent from my ", "sent from outlook", "sent from yahoo", "sent from proton", "sent from samsung", "sent from the ", "sent from mobile", "sent from windows", "sent from mail",
		"sent from [mail", "sent from iphone", "sent from ipad", "sent from a phone", "sent from a mobile", "sent from a cell", "sent from blue", "sent via ", "sent with ", "sent by galaxy", "sent using ",
		"from my iphone", "from my ipad", "get outlook for", "get [outlook for", "obtenir outlook", "outlook für", "envoyé de mon", "envoyé depuis", "envoyé à partir de", "envoyé avec", "télécharger outlook", "von meinem ",
		"gesendet von ", "gesendet mit ", "diese nachricht wurde von meinem", "holen sie sich outlook", "enviado desde ", "enviado con ", "enviado do ", "enviado pelo ", "obtener outlook", "inviato da ", "inviato dal ", "scarica outlook", "verzonden vanaf ",
		"verzonden met ", "verstuurd vanaf ", "skickat från ", "sendt fra ", "lähetetty ", "отправлено из ", "отправлено с ", "wysłane z ", "wysłano z ", "odesláno z ", "küldve ", "发自我的", "發自我的", "从我的", "從我的",
		"来自我的", "发自 ", "发自iphone", "发自ipad", "发自华为", "发自小米", "发自vivo", "发自oppo", "发自网易", "发自foxmail", "发自qq", "發自 ", "通过网易邮箱", "该邮件从移动设备发送", "发送自", "获取 outlook", "获取outlook", "获取适用于", "下载适用于", "取得適用於", "下載適用於", "取得 outlook", "從我的 ", "iphoneから送信",
		"ipadから送信", "私のiphoneから", "나의 iphone에서", "내 iphone에서", "someone from mobile", "从 windows", "從 windows",
	}
	sentWithin = []string{"网易邮箱大师", "邮箱大师发送", "foxmail发送", "gesendet.", "gesendet", "から送信", "에서 보냄", "k-9 mail"}
)

// isSentFrom knows what phones and programs add: "Sent from my iPhone", "发自我的华为手机".
func isSentFrom(s string) bool {
	if len(s) > 250 {
		return false
	}
	l := lowerName(strings.Trim(s, " \t\r*_[<(>-–—\u00a0"))
	if l == "" {
		return false
	}
	if hasPrefixOf(l, sentStartsBy[l[0]]) {
		return utf8.RuneCountInString(l) < 120
	}
	if rest, ok := strings.CutPrefix(strings.Trim(s, " \t\r*_[<("), "Sent from "); ok { // a program's name: "Sent from TypeApp"
		r, _ := utf8.DecodeRuneInString(rest)
		return unicode.IsUpper(r) && strings.Count(rest, " ") <= 4
	}
	if words, link, ok := strings.Cut(l, "http"); ok && strings.Contains(words, "outlook") && strings.Contains(link, "aka.ms") {
		return utf8.RuneCountInString(words) <= 45 // "Get Outlook for iOS<https://aka.ms/…>", in any language
	}
	framed := strings.HasPrefix(l, "由") || strings.HasSuffix(strings.TrimRight(l, ".。"), "gesendet") || strings.HasSuffix(l, "から送信") || strings.HasSuffix(l, "에서 보냄")
	return framed && utf8.RuneCountInString(l) < 60 && containsAny(l, sentWithin)
}

// sentStartsBy are sentStarts by their first byte: each of the last lines of each mail is asked.
var sentStartsBy = func() (by [256][]string) {
	for _, s := range sentStarts {
		by[s[0]] = append(by[s[0]], s)
	}
	return by
}()
