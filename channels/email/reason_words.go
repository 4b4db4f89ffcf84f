package email

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
		"mailbox would exceed", "exceeded the local limit", "exceeds allowed size", "quotaexceeded", "mailbox quota", "mailbox limit", "boite du destinataire pleine", "postfach ist voll", "buzón lleno", "casella piena",
		"邮箱已满", "邮箱空间", "空间已满", "空间不足", "容量已满", "容量不足", "超出容量", "收件箱满", "邮箱满", "配额", "信箱已滿", "空間不足",
		"容量を超", "容量オーバー", "メールボックスがいっぱい",
	}},
	{tooLong, []string{"message length exceeds", "message size exceeds fixed maximum", "message exceeds the limit set by"}},
	{tooBig, []string{
		"message too big", "message too large", "message is too large", "message size exceeds", "exceeds size limit", "exceeded maximum message size",
		"message size limit", "message header size exceeds", "too large for", "size limit exceeded", "mail size limit", "max message size",
		"recipsizelimit", "sendsizelimit", "larger than the current system limit", "exceeds the maximum size", "邮件过大", "邮件太大", "超过大小限制", "邮件大小", "郵件過大", "サイズが制限",
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
		"couldn't find a mail exchanger", "indicated no smtp service", "no mail service", "name server: .: host not found", "does not accept incoming",
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
		"to too many recipients", "frequency limited", "exceeded the rate limit", "rate limited", "too many errors from your", "throttl", "频率", "发信过快", "过于频繁",
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
		"cannot route mail to user", "recipient preferences", "message filtered", "was rejected by a remote mail server", "refused by recipient",
		"user reject", "because the recipient is only accepting", "has a filter", "rule imposed mailbox access", "message rejected by recipient",
		"blocked by recipient", "被收件人", "对方设置", "收件人拒", "受信拒否",
	}},
	{notSecure, []string{"resolver.rst.notauthorized", "resolver.rst.authrequired", "sendernotauthenticated", "delivery not authorized"}},
	{policy, []string{
		"policy reasons", "local policy", "denied by policy", "policy violation", "protocol violation", "policy rejection", "potential security", "violat",
		"header error", "prohibited", "违反", "策略",
	}},
	{notSecure, []string{
		"unauthenticated senders", "delivery not authorized", "not authorized", "authentication required", "authentication failed", "must issue a starttls",
		"authentication turned on", "invalid credentials",
	}},
	{badContent, []string{
		"too many \"received\" headers", "content rejected", "improper use of 8-bit", "headers too large", "header too large", "duplicate header", "media error", "mime error", "invalid header", "not rfc",
		"rfc 5322", "multiple addresses in from",
	}},
	{systemFull, []string{"insufficient disk space", "insufficient system storage", "insufficient system resource", "mail system full", "no space left"}},
	{networkError, []string{
		"mxloopback", "too many hops", "hop count", "mail loop", "mail forwarding loop", "loops back", "routing loop", "no route to host", "network is unreachable", "lost connection",
		"host not found, try again", "malformed or unexpected name server reply", "dns error", "host name lookup failure", "connection dropped",
		"wasn't able to establish an smtp connection", "unable to resolve", "dns lookup failed", "connection reset",
	}},
	{hostUnknown, []string{
		"host unknown", "unknown host", "host not found", "domain is not reachable", "non-existent hosts", "host address lookups failed", "nonexistentdomain", "dns domain", "couldn't find any host", "unrouteable address", "unroutable address", "no such domain", "domain does not exist",
		"domain name not found", "domain not found", "host or domain name not found", "unknown domain", "dns lookup failure", "illegal host/domain",
		"bad destination system", "name or service not known", "unrouteable mail domain", "server for this domain not found", "invalid domain",
		"域名不存在", "域名错误", "找不到域名", "无法找到域名", "域名无法解析", "域名解析失败", "网域不存在", "主机不存在",
	}},
	{systemError, []string{
		"points to local host", "remote host address is the local host", "host lookup did not complete", "several matches found", "does not support tls", "ldap server", "loop alert", "duplicated message-id", "system config error", "system error", "internal error", "local configuration error",
		"server error", "queue file write error", "could not load", "transaction failed", "operating system error", "temporary local problem", "system failure",
		"service unavailable", "服务器错误", "系统错误", "系統錯誤",
	}},
	{expired, []string{
		"have been failing", "failing for a long time", "retry time not reached", "no action is required on your part", "has been frozen", "queue.expired", "attempts: ", "retry timeout", "retry time", "giving up", "in the queue too long", "not delivered within", "timed out", "time out", "timeout", "not be delivered for",
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
	"doesn't have a", "does not have an account", "nosuchuser", "recipnotfound", "user invalid", "account not found", "inconnu",
}, plainlyUnknown...)

// plainlyUnknown is said by a directory, in so many words: whenever it is said, the address is dead.
var plainlyUnknown = []string{
	"recipient name is not recognized", "not listed in", "address couldn't be found", "address not found", "dd this user doesn't have a", "requested action not taken: mailbox unavailable", "resolver.adr.", "recipientnotfound", "invalid receiver address", "no valid recipients for this mm",
	"no mailbox here by that name", "mail.local: unknown user", "destinataire invalide", "destinataire inconnu", "please check if address is correct", "and other recipients in the same domain", "the email address you entered couldn't be found",
	"rejected the recipient address", "ディレクトリのリストにありません", "宛先不明", "ユーザーが存在しません", "あて先のメールアドレスが見つかりません",
	"用户不存在", "邮箱不存在", "帐号不存在", "账号不存在", "收件人不存在", "地址不存在", "邮箱地址不存在", "）不存在", ")不存在", "无此用户", "没有此用户", "找不到用户", "找不到收件人",
	"收件人未找到", "用户未找到", "無此帳號", "收件者不存在", "使用者不存在", "帳號不存在", "不存在，邮件无法送达",
}
