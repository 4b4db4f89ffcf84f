package email

import (
	"regexp"
	"strings"
)

// reason is why a mail did not arrive, as far as its notice tells. It decides two things: whether the address is dead,
// and which code stands for a notice that prints none.
type reason int

// The reasons. The number of each is the detail of the code we give when no server gave one: class.0.9nn. No server
// sends subject 0 with such a detail (RFC 3463 3.1 has only x.0.0), so that a code of ours is known for one.
const (
	undefined    reason = 900 // the notice holds no words about it
	onHold       reason = 901 // it holds words we do not understand
	badCommand   reason = 902
	noRelaying   reason = 909
	filtered     reason = 910 // the recipient's filter, or a system that says "unknown" after it has seen the mail
	userUnknown  reason = 911
	hostUnknown  reason = 912
	hasMoved     reason = 916
	rejected     reason = 918 // the sender, or this sender to this list
	suspended    reason = 921
	mailboxFull  reason = 922
	tooLong      reason = 923 // over a limit of the recipient's
	systemError  reason = 930
	systemFull   reason = 931
	notAccepting reason = 932 // the domain takes no mail at all
	tooBig       reason = 934
	mailerError  reason = 939 // the recipient's own program
	networkError reason = 944
	tooMany      reason = 945
	expired      reason = 947
	badContent   reason = 960
	notSecure    reason = 970
	blocked      reason = 971
	policy       reason = 972
	unproven     reason = 973 // SPF, DKIM, DMARC
	virus        reason = 974
	spam         reason = 980
)

// dead reports whether the address itself is at fault, so that writing to it again makes no sense. What is full,
// filtered, refused or late may work tomorrow, whatever class its code has.
func (r reason) dead(class byte) bool {
	return r == userUnknown || r == hostUnknown || r == hasMoved || r == notAccepting && class == '5'
}

// said is a reason with words by which servers all over the world give it, lower case. The order decides: the more
// special one is asked first.
type said struct {
	why   reason
	words []string
}

var sayings = []said{
	{mailerError, []string{"procmail", "mailer error", "mail.local: deferred", "command died", "pipe to |"}},
	{mailboxFull, []string{
		"mailbox full", "mailbox is full", "mailfolder is full", "over quota", "overquota", "quota exceeded", "quota is exceeded", "exceeded quota",
		"quota exceed", "exceeds quota", "exceeded storage", "storage quota", "disk quota", "exceeded his quota", "exceeded their quota",
		"not enough disk space", "not enough storage space", "too much mail data", "mailbox size limit", "mailbox has exceeded", "out of storage",
		"inbox is full", "mail box is full", "mailbox for user is full", "insufficient quota", "user is over", "account is full", "allocated storage",
		"mailbox would exceed", "boite du destinataire pleine", "postfach ist voll", "buzón lleno", "casella piena",
		"邮箱已满", "邮箱空间", "空间已满", "空间不足", "容量已满", "容量不足", "超出容量", "收件箱满", "邮箱满", "配额", "信箱已滿", "空間不足",
		"容量を超", "容量オーバー", "メールボックスがいっぱい",
	}},
	{tooLong, []string{"message length exceeds", "message size exceeds fixed maximum", "message exceeds the limit set by"}},
	{tooBig, []string{
		"message too big", "message too large", "message is too large", "message size exceeds", "exceeds size limit", "exceeded maximum message size",
		"message size limit", "message header size exceeds", "too large for", "size limit exceeded", "mail size limit", "max message size",
		"larger than the current system limit", "exceeds the maximum size", "邮件过大", "邮件太大", "超过大小限制", "邮件大小", "郵件過大", "サイズが制限",
	}},
	{suspended, []string{
		"account is disabled", "account has been disabled", "account disabled", "account is locked", "account has been locked", "account is inactive",
		"account inactive", "mailbox is frozen", "mailbox disabled", "mailbox is disabled", "mailbox currently suspended", "mailbox is inactive",
		"has been suspended", "is suspended", "account suspended", "user suspended", "user is inactive", "not active", "disabled recipient",
		"recipient suspended", "user disabled", "account deactivated", "account that you tried to reach is disabled", "account is blocked",
		"temporarily disabled", "invalid/inactive user", "domain has been suspended", "is a deactivated mailbox", "compte du destinataire est bloque",
		"帐号已停用", "账号已停用", "被冻结", "已冻结", "被禁用", "已禁用", "已停用", "已暂停", "長期未使用", "长期未登录",
	}},
	{hasMoved, []string{
		"no longer on server", "not our customer", "not our user", "has moved", "has been replaced by", "new email address is", "user moved", "moved to another",
		"please use the new address", "no forwarding address",
	}},
	{noRelaying, []string{
		"relaying denied", "relay access denied", "relay denied", "unable to relay", "not configured to relay", "relay not permitted", "relaying not permitted",
		"not permitted to relay", "no relaying", "relaying is prohibited", "insecure mail relay", "we do not relay", "relay operation rejected",
		"email address is not verified", "this is not open relay", "拒绝中继", "禁止转发",
	}},
	{unproven, []string{
		"dmarc", "unauthenticated email", "authentication checks failed", "authentication information", "spf check", "spf record", "spf validation",
		"spf fail", "(spf)", "spf:", "dkim check", "dkim fail", "dkim validation", "dkim signature",
	}},
	{notAccepting, []string{
		"null mx", "nullmx", "does not accept mail", "doesn't receive email", "no smtp service", "does not accept email", "not accepting network messages",
		"couldn't find a mail exchanger", "no mail service", "name server: .: host not found", "does not accept incoming",
	}},
	{blocked, []string{
		"blacklist", "blocklist", "blocked using", "block list", "black list", "spamhaus", "dnsbl", "rbl ", "banned sending ip", "client host rejected", "client host [",
		"too many unwanted messages", "low reputation", "poor reputation", "bad reputation", "your ip", "reverse dns", "ptr record", "dns ptr", "cannot find your hostname",
		"cannot resolve your", "ip name lookup failed", "helo command rejected", "invalid helo", "my name was rejected", "invalid domain name",
		"not accepting connections", "refused to talk to me", "connections not accepted", "sender ip", "server access forbidden", "blocked - see", "unsolicited mail",
		"client host blocked", "temporarily deferred due to", "ip address has been", "access denied, banned",
		"ip被", "ip 被", "黑名单", "ip频率", "连接被拒",
	}},
	{tooMany, []string{
		"too many recipients", "too many connections", "connection rate limit", "rate that prevents", "at a rate", "sending rate", "too many messages",
		"to too many recipients", "exceeded the rate limit", "rate limited", "too many errors from your", "throttl", "频率", "发信过快", "过于频繁",
	}},
	{virus, []string{"virus", "malware", "infected", "病毒", "ウイルス"}},
	{spam, []string{
		"spam", "ube,", "message content rejected", "considered unsolicited", "junk mail", "bulk mail", "mail content denied", "content denied",
		"mail rejete", "identified as", "垃圾邮件", "垃圾郵件", "反垃圾", "迷惑メール",
	}},
	{userUnknown, unknownUser},
	{rejected, []string{
		"sender address rejected", "sender rejected", "sender was rejected", "domain of sender address", "sender verify failed", "sender domain", "invalid sender",
		"bad sender", "sender not", "server rejected mail from", "not a registered gateway user", "you are not a member", "not a member of", "permission to post",
		"groups.google.com", "'send mail as'", "not allowed to post", "only members", "members only", "recipient is not accepting mail from", "access denied",
		"发件人被拒", "拒绝发件人", "拒收", "没有权限", "投稿する権限", "無権限",
	}},
	{filtered, []string{
		"recipient preferences", "message filtered", "was rejected by a remote mail server", "refused by recipient",
		"user reject", "because the recipient is only accepting", "has a filter", "rule imposed mailbox access", "message rejected by recipient",
		"blocked by recipient", "被收件人", "对方设置", "收件人拒", "受信拒否",
	}},
	{policy, []string{
		"policy reasons", "local policy", "denied by policy", "policy violation", "protocol violation", "policy rejection", "potential security", "violat",
		"header error", "prohibited", "违反", "策略",
	}},
	{notSecure, []string{
		"unauthenticated senders", "delivery not authorized", "not authorized", "authentication required", "authentication failed", "must issue a starttls",
		"authentication turned on", "invalid credentials",
	}},
	{badContent, []string{
		"content rejected", "improper use of 8-bit", "headers too large", "header too large", "duplicate header", "media error", "mime error", "invalid header", "not rfc",
		"rfc 5322", "multiple addresses in from",
	}},
	{systemFull, []string{"insufficient disk space", "insufficient system storage", "insufficient system resource", "mail system full", "no space left"}},
	{networkError, []string{
		"too many hops", "hop count", "mail loop", "mail forwarding loop", "loops back", "routing loop", "no route to host", "network is unreachable", "lost connection",
		"host not found, try again", "malformed or unexpected name server reply", "dns error", "host name lookup failure", "connection dropped",
		"wasn't able to establish an smtp connection", "unable to resolve", "dns lookup failed", "connection reset",
	}},
	{hostUnknown, []string{
		"host unknown", "unknown host", "host not found", "couldn't find any host", "unrouteable address", "unroutable address", "no such domain", "domain does not exist",
		"domain name not found", "domain not found", "host or domain name not found", "unknown domain", "dns lookup failure", "illegal host/domain",
		"bad destination system", "name or service not known", "unrouteable mail domain", "server for this domain not found", "invalid domain",
		"域名不存在", "域名错误", "找不到域名", "无法找到域名", "域名无法解析", "域名解析失败", "网域不存在", "主机不存在",
	}},
	{systemError, []string{
		"does not support tls", "ldap server", "loop alert", "duplicated message-id", "system config error", "system error", "internal error", "local configuration error",
		"server error", "queue file write error", "could not load", "transaction failed", "operating system error", "temporary local problem", "system failure",
		"service unavailable", "服务器错误", "系统错误", "系統錯誤",
	}},
	{expired, []string{
		"retry timeout", "retry time", "giving up", "in the queue too long", "not delivered within", "timed out", "time out", "timeout", "not be delivered for",
		"did not accept our requests to connect", "could not be reached", "not responding", "no response", "delayed", "undelivered after", "will be retried", "still trying",
		"still being retried", "connection refused", "undeliverable for", "try to deliver for", "message expired", "delivery time expired", "socket error",
		"超时", "多次尝试", "重试", "延迟", "逾時", "延遲", "タイムアウト", "相手サーバが応答",
	}},
	{badCommand, []string{"syntax error", "command parameter not implemented", "improper sequence", "command not recognized", "bad sequence"}},
}

// unknownUser is how servers say that nobody of that name is there.
var unknownUser = append([]string{
	"user unknown", "unknown user", "no such user", "unknown recipient", "recipient unknown", "recipient not found", "user not found", "no such recipient",
	"mailbox not found", "mailbox unavailable", "mailbox does not exist", "no mailbox here", "no such mailbox", "mailbox unknown", "unknown mailbox", "invalid recipient",
	"invalid mailbox", "invalid address", "address does not exist", "address rejected.", "bad destination mailbox address", "bad destination email address",
	"account that you tried to reach does not exist", "user does not exist", "recipient does not exist", "does not exist", "doesn't exist",
	"no such address", "no such person", "addressee unknown", "unknown address", "unknown local", "unknown or illegal alias", "not a valid mailbox", "not a valid user",
	"no account by that name", "is not a known user", "recipient unavailable", "destinataire inconnu", "destinataire invalide", "utilisateur inconnu",
	"unbekannter empfänger", "empfänger unbekannt", "destinatario desconocido", "usuario desconocido", "recipient address rejected: access denied", "adresse d au moins un destinataire",
	"nosuchuser", "recipnotfound", "user invalid", "account not found", "inconnu",
}, plainlyUnknown...)

// plainlyUnknown is said by a directory, in so many words: whenever it is said, the address is dead.
var plainlyUnknown = []string{
	"recipient name is not recognized", "not listed in", "address couldn't be found", "address not found", "doesn't have a", "does not have an account",
	"no mailbox here by that name", "mail.local: unknown user", "destinataire invalide", "destinataire inconnu", "please check if address is correct", "and other recipients in the same domain", "the email address you entered couldn't be found",
	"rejected the recipient address", "ディレクトリのリストにありません", "宛先不明", "ユーザーが存在しません", "あて先のメールアドレスが見つかりません",
	"用户不存在", "邮箱不存在", "帐号不存在", "账号不存在", "收件人不存在", "地址不存在", "邮箱地址不存在", "）不存在", ")不存在", "无此用户", "没有此用户", "找不到用户", "找不到收件人",
	"收件人未找到", "用户未找到", "無此帳號", "收件者不存在", "使用者不存在", "帳號不存在", "不存在，邮件无法送达",
}

// reasonIn finds the reason that words give, or undefined.
func reasonIn(words string) reason {
	for _, s := range sayings {
		if containsAny(words, s.words) {
			return s.why
		}
	}
	return undefined
}

func containsAny(s string, list []string) bool {
	for _, w := range list {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}

// byStatus are codes that are a reason by themselves (RFC 3463 3, and those that large hosts added).
var byStatus = map[string]reason{
	"1.1": userUnknown, "1.2": hostUnknown, "1.3": userUnknown, "1.6": hasMoved, "1.7": rejected, "1.8": rejected, "1.10": notAccepting,
	"2.1": filtered, "2.2": mailboxFull, "2.3": tooLong, "3.1": systemFull, "3.2": notAccepting, "3.3": systemError, "3.4": tooBig, "3.5": systemError,
	"4.1": expired, "4.2": networkError, "4.4": hostUnknown, "4.6": networkError, "4.7": expired, "7.13": suspended, "7.26": unproven, "7.27": notAccepting, "7.509": unproven,
}

// stage is how far the conversation between the two servers had come.
type stage int

const (
	stageUnknown stage = iota
	stageHello
	stageSender
	stageRecipient
	stageData
)

var stageSigns = []struct {
	at    stage
	words []string
}{
	{stageData, []string{
		"in reply to end of data", "in reply to data", "after end of data", "after data", "final data", "(data)", "text command", "after i sent the message", "sending message body",
	}},
	{stageRecipient, []string{
		"in reply to rcpt", "does not like recipient", "did not like our rcpt", "after rcpt", "rcpt to response", "rejected recipient", "rcpt command", "rcpt to:",
		"remote smtp server has rejected address",
	}},
	{stageSender, []string{"in reply to mail from", "sender was rejected", "after mail from", "did not like our mail from", "mail from:<"}},
	{stageHello, []string{"in reply to helo", "in reply to ehlo", "my name was rejected", "helo handshake", "refused to talk to me"}},
}

// stageIn reads the stage from a transcript's last command before the refusal, else from words about it.
func stageIn(words string) stage {
	command := stageUnknown
	for l := range strings.Lines(words) {
		l = strings.TrimSpace(l)
		if rest, ok := strings.CutPrefix(l, ">>> "); ok {
			switch {
			case strings.HasPrefix(rest, "rcpt"):
				command = stageRecipient
			case strings.HasPrefix(rest, "data"), strings.HasPrefix(rest, "."):
				command = stageData
			case strings.HasPrefix(rest, "mail"):
				command = stageSender
			case strings.HasPrefix(rest, "helo"), strings.HasPrefix(rest, "ehlo"):
				command = stageHello
			}
		} else if (strings.HasPrefix(l, "<<< 4") || strings.HasPrefix(l, "<<< 5")) && command != stageUnknown {
			return command
		}
	}
	if command != stageUnknown {
		return command
	}
	words = oneBlank(words)
	for _, s := range stageSigns {
		if containsAny(words, s.words) {
			return s.at
		}
	}
	return stageUnknown
}

func oneBlank(s string) string { return strings.Join(strings.Fields(s), " ") }

// evidence is what one notice says about one recipient, lower case.
type evidence struct {
	status     string // as printed; "" when there is none
	diagnostic string // the other server's words
	comment    string // beside the code
	around     string // what the notice says about it elsewhere
	program    bool   // a program of the recipient's failed, not a server (X-Unix)
	mailbox    bool   // the notice itself sorts it under unknown mailboxes
	ruled      bool   // the answer was written by the mailbox's owner
}

// why is the reason of a failure. The words of the server that refused count first, then its code, then the rest of
// the notice.
func (e evidence) why() reason {
	detail := ""
	if len(e.status) > 2 {
		detail = e.status[2:]
	}
	said := reasonIn(oneBlank(e.diagnostic))
	if e.program && said != mailboxFull {
		return mailerError
	}
	coded := byStatus[detail]
	if said == undefined && coded != 0 && coded != filtered {
		said = coded
	}
	if said == undefined && e.around != "" {
		said = reasonIn(oneBlank(e.around))
	}
	if said == undefined && coded != 0 {
		said = coded
	}
	switch said {
	case userUnknown:
		return e.unknown(detail)
	case hostUnknown:
		if strings.HasPrefix(e.status, "4") {
			return networkError
		}
	case undefined:
		if strings.TrimSpace(e.diagnostic+e.around) != "" {
			return onHold
		}
	}
	return said
}

// unknown tells a dead address from a filter that says "unknown": one that says so only after it has seen the mail, or
// nobody knows when, does not know whom it serves.
func (e evidence) unknown(detail string) reason {
	all := oneBlank(e.diagnostic + " " + e.around)
	switch {
	case e.ruled, strings.Contains(e.diagnostic, "550 : user unknown"):
		return filtered // the second: a name that is not repeated was not looked for
	case e.mailbox, detail == "1.1", detail == "1.0", detail == "1.3", detail == "4.1", containsAny(all, plainlyUnknown):
		return userUnknown
	}
	at := stageUnknown
	for _, words := range [...]string{e.diagnostic, e.around} {
		if at == stageUnknown {
			at = stageIn(words)
		}
	}
	if at == stageUnknown && detail == "0.0" {
		at = stageIn(e.comment)
	}
	if at == stageRecipient {
		return userUnknown
	}
	return filtered
}

var (
	statusCode = regexp.MustCompile(`(?:^|[\s(\[#:;,<-])([245]\.\d{1,3}\.\d{1,4})(?:[^0-9.]|\.(?:[^0-9]|$)|$)`)
	replyCode  = regexp.MustCompile(`(?:^|[\s:;(#\["])([45]\d\d)[ \-:]`)
)

// statusIn finds an enhanced code (RFC 3463) in words. One that says nothing (5.0.0) or only that time ran out (4.4.7)
// counts when there is no other; a success among words about a failure is one of an earlier command.
func statusIn(words string) string {
	vague := ""
	for i, m := range statusCode.FindAllStringSubmatch(words, 50) {
		code := m[1]
		switch {
		case code[0] == '2' && i > 0 || code[0] == '2' && len(words) > 200:
		case !isVague(code):
			return code
		case vague == "" || strings.HasSuffix(vague, ".0.0"):
			vague = code
		}
	}
	return vague
}

func isVague(code string) bool {
	return strings.HasSuffix(code, ".0.0") || strings.HasSuffix(code, ".4.7")
}

// classOf is 4 or 5 for words that print no code.
func classOf(words string, delayed bool) string {
	if m := replyCode.FindStringSubmatch(words); m != nil {
		return m[1][:1]
	}
	if delayed || strings.Contains(words, "temporary failure") || strings.Contains(words, "temporarily") {
		return "4"
	}
	return "5"
}
