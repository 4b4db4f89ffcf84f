package email

import (
	"regexp"
	"strings"

	"yingda/desk"
)

var (
	machine  = regexp.MustCompile(`(?i)^(mailer-?daemon|post[._-]?master|mdaemon|mail-daemon|maildaemon|mail-?deliver[a-z]*|bounces?|double-bounce|mta|mail-?system|microsoftexchange[0-9a-f]*|postoffice|mail\.?delivery.*|noreply-dmarc.*)([+\-=._].*)?@`)
	robots   = []string{"mail delivery", "mail deliver system", "mail system", "mailer-daemon", "mailer daemon", "system administrator", "postmaster", "mail administrator", "邮件系统", "系统退信", "退信"}
	returned = regexp.MustCompile(`(?i)undeliver|delivery (status|failure|has failed|report|problem|incomplete|delayed|notification|expired|error)|returned (mail|to sender)|returning (message )?to sender|return(ed)? mail|failure (notice|delivery)|mail(.{0,20})(delivery )?(failed|failure|error|system error|could not)|delivery.{0,20}(failed|failure)|could not (be delivered|send message)|warning: message|not delivered|nondeliver|non remis|unzustellbar|rejected|message (status|delayed|you sent)|error sending your mail|delayed mail|недоставлен|не доставлено|退信|投递失败|无法投递|无法送达|未送达|发送失败|系统退信|無法傳遞|寄件失敗|送信不能|配信不能|エラーメール|配送失敗|メールを配送できません`)
)

// automatic decides whether a machine wrote the mail, and reads what it reports.
func (p *parser) automatic(m *Mail) {
	msg := &m.Message
	kind, n := p.kindOf(msg)
	msg.Auto = kind
	m.NoGreeting = p.refusesGreeting(msg)
	if n == nil {
		return
	}
	list, original := n.bounces()
	if kind == desk.Bounce && allDelivered(list) {
		msg.Auto = desk.Report // a receipt for what did arrive
	}
	m.Bounces = list
	if original != "" && len(m.Thread) == 0 {
		m.Thread = []string{original}
	}
	// Our own signed reply address in the returned header proves that the mail was ours, and names its conversation.
	for _, v := range n.returned.all("reply-to") {
		for _, a := range addresses(v, "") {
			if m.Token == "" {
				m.Token = p.o.Tokens.Conversation(a.Address)
			}
		}
	}
}

// refusesGreeting reports whether a mail, though taken for a person's, must not be acknowledged (UP-E7): it says so
// (Exchange's field, and that of those who count their own loops); it comes from one of our own addresses, aliases and
// plus parts included (a web form, a loop), or from a name that only mail systems have; or its id was made by a machine
// in our own domain for somebody outside it.
func (p *parser) refusesGreeting(msg *desk.Message) bool {
	h := p.root.header
	if h.has("x-loop") || p.own.has(msg.From.Address) || machine.MatchString(msg.From.Address) {
		return true
	}
	for _, v := range strings.FieldsFunc(strings.ToLower(h.get("x-auto-response-suppress")), func(r rune) bool { return r == ',' || r == ' ' }) {
		if v == "all" || v == "autoreply" {
			return true
		}
	}
	_, made, _ := strings.Cut(strings.ToLower(msg.RFCMessageID), "@")
	_, from, _ := strings.Cut(strings.ToLower(msg.From.Address), "@")
	for a := range p.own {
		if _, domain, _ := strings.Cut(a, "@"); domain != "" && domain == made && domain != from {
			return true
		}
	}
	return false
}

func allDelivered(list []desk.BounceOf) bool {
	for _, b := range list {
		if b.Action != "delivered" && b.Action != "relayed" && b.Action != "expanded" {
			return false
		}
	}
	return len(list) > 0
}

// kindOf says which kind of automatic mail this is (RFC 3834, RFC 3464, STACK 4.4), and gives the notice when it is
// one about mails of others.
func (p *parser) kindOf(msg *desk.Message) (desk.Auto, *notice) {
	h, kinds := p.root.header, kindsIn(p.root)
	value := func(name string) string { return strings.ToLower(strings.TrimSpace(decodeText(h.get(name), ""))) }
	report := strings.ToLower(p.root.params["report-type"])
	switch {
	case report == "disposition-notification" || kinds["message/disposition-notification"]:
		return desk.Report, nil
	case report == "feedback-report" || kinds["message/feedback-report"]:
		return p.complaint()
	case p.isStatistics(msg.Subject), p.root.kind == "multipart/report" && report == "tlsrpt", p.isReceipt(msg.Subject):
		return desk.Report, nil
	case report == "delivery-status" || kinds["message/delivery-status"] || kinds["message/global-delivery-status"] || p.root.kind == "multipart/report":
		return desk.Bounce, readNotice(p.root)
	case value("x-apple-unsubscribe") == "true":
		return p.complaint()
	}
	if n := p.looseNotice(msg); n != nil {
		if n.feedback != nil {
			return desk.Report, n
		}
		return desk.Bounce, n
	}
	submitted := value("auto-submitted")
	switch {
	case strings.TrimSpace(h.get("return-path")) == "<>" && saysReturned(msg.Subject):
		return desk.Report, nil // a machine's, and about nothing of ours
	case saysAbsent(msg.Subject) || strings.HasPrefix(submitted, "auto-replied") || repliesByItself(h, value):
		return desk.AutoReply, nil
	case submitted != "" && !strings.HasPrefix(submitted, "no"):
		return desk.Report, nil
	case kinds["text/calendar"]:
		return desk.Calendar, nil
	case listed(h, value, p.own):
		return desk.List, nil
	case h.has("in-reply-to") && containsAny(strings.ToLower(p.opening()), selfDeclared):
		return desk.AutoReply, nil
	}
	return desk.ByHuman, nil
}

// opening is how the first text begins, enough to say what it is.
func (p *parser) opening() string {
	text := ""
	p.root.walk(func(q *part) {
		if text == "" && q.kind == "text/plain" && q.disposition != "attachment" && len(q.body) < 20<<10 {
			text = clip(strings.TrimSpace(q.text()), 400)
		}
	})
	return text
}

// complaint reads a feedback report. One that only says "unsubscribe" is about whoever sent it.
func (p *parser) complaint() (desk.Auto, *notice) {
	n := readNotice(p.root)
	if n.feedback == nil {
		n.feedback = header{{"feedback-type", "opt-out"}}
		if s := p.sender(); s.Address != "" && n.returned == nil {
			n.feedback = append(n.feedback, field{"removal-recipient", s.Address})
		}
	}
	return desk.Report, n
}

func kindsIn(root *part) map[string]bool {
	kinds := map[string]bool{}
	root.walk(func(p *part) {
		if p.disposition != "attachment" || p.kind == "message/delivery-status" {
			kinds[p.kind] = true
		}
	})
	return kinds
}

// looseNotice knows notices without any standard mark. A machine's name or an empty return path is not enough: anybody
// can write "your mail could not be delivered, click here". A notice names a recipient that is not us, or returns the
// header of the mail, and says in known words or codes what went wrong.
func (p *parser) looseNotice(msg *desk.Message) *notice {
	h := p.root.header
	path := strings.TrimSpace(h.get("return-path"))
	empty := path == "<>" || strings.EqualFold(path, "<MAILER-DAEMON>")
	name := strings.ToLower(msg.From.Name)
	robot := empty || machine.MatchString(msg.From.Address) || machine.MatchString(msg.From.Name+"@") || containsAny(name, robots) ||
		strings.HasPrefix(strings.ToLower(strings.TrimSpace(h.get("from"))), "mailer-daemon")
	failed := saysReturned(msg.Subject)
	switch {
	case h.has("x-failed-recipients"):
	case !robot && !failed && !isComplaint(msg), !robot && answeredByHand(h, msg.Subject):
		return nil
	case saysAbsent(msg.Subject):
		return nil
	}
	n := readNotice(p.root)
	if isComplaint(msg) && n.returned != nil && len(n.groups) == 0 {
		n.feedback = header{{"feedback-type", "abuse"}}
		return n
	}
	if !n.convinces(robot, failed, p.own) {
		return nil
	}
	return n
}

// returnedHints are pieces of which every subject that fits returned has one, lower case: most subjects have none, and
// looking for them is much cheaper than the expression. A long s folds to an s.
var returnedHints = []string{
	"deliver", "return", "failure", "mail", "could not", "message", "non remis", "unzustellbar", "rejected", "ſ", "недоставлен", "не доставлено", "退信", "投递失败", "无法", "未送达",
	"发送失败", "無法", "失敗", "不能", "エラー", "メール",
}

// saysReturned reports whether a subject is that of a notice of failure.
func saysReturned(subject string) bool {
	return containsAny(strings.ToLower(subject), returnedHints) && returned.MatchString(subject)
}

func isComplaint(msg *desk.Message) bool {
	s := strings.ToLower(strings.TrimSpace(msg.Subject))
	return strings.HasPrefix(s, "complaint about message from") || strings.HasPrefix(s, "email abuse report") || strings.HasPrefix(s, "email feedback report")
}

// answeredByHand reports whether the subject or the thread fields show an answer or a forward of a person's.
func answeredByHand(h header, subject string) bool {
	return desk.IsAnswer(subject) || desk.IsForward(subject) || h.has("in-reply-to")
}

// convinces weighs a loose notice. Without a robot's name it takes more.
func (n *notice) convinces(robot, failed bool, ours ownAddresses) bool {
	if len(n.groups) > 0 {
		return true
	}
	words := strings.ToLower(oneBlank(clip(n.words, 16<<10)))
	known := reasonIn(words) != undefined || statusIn(words) != "" || replyCode.MatchString(words)
	if len(n.failedField()) > 0 {
		return true
	}
	foreign := false
	for _, a := range n.anchors() {
		foreign = foreign || !ours.has(a.address) && !n.toldTo(a.address)
	}
	hasID := n.returned.has("message-id") || n.returned.has("received") || n.returned.has("from")
	switch {
	case robot && hasID:
		return failed || known
	case robot && strings.TrimSpace(n.root.header.get("return-path")) == "<>" && failed && replyCode.MatchString(words):
		return true // nobody but a mail server writes from the empty path and quotes another one's refusal
	case robot:
		return foreign && (known || failed)
	}
	return failed && known && hasID && foreign
}

// toldTo reports whether address is whom the notice was sent to.
func (n *notice) toldTo(address string) bool {
	for _, v := range n.root.header.all("to") {
		for _, a := range addresses(v, "") {
			if strings.EqualFold(a.Address, address) {
				return true
			}
		}
	}
	return false
}

func repliesByItself(h header, value func(string) string) bool {
	if h.has("x-autoreply") && value("x-autoreply") != "no" || h.has("x-autorespond") || h.has("x-autoresponder") || h.has("x-autoreply-from") || h.has("x-mail-autoreply") {
		return true
	}
	return value("precedence") == "auto_reply" || value("precedence") == "auto-reply" || value("x-precedence") == "auto_reply" || value("x-autogenerated") != "" ||
		value("delivered-to") == "autoresponder"
}

func listed(h header, value func(string) string, ours ownAddresses) bool {
	post := value("list-post") + " " + value("list-id") + " " + value("x-google-group-id")
	for a := range ours {
		if strings.Contains(post, a) || strings.Contains(post, strings.ReplaceAll(a, "@", ".")) {
			return false
		}
	}
	p := value("precedence")
	return h.has("list-id") || h.has("list-unsubscribe") || h.has("mailing-list") || h.has("x-mlserver") || h.has("x-ml-name") || p == "bulk" || p == "junk" || p == "list"
}

// ownAddresses are the addresses of ours, lower case, without a plus part.
type ownAddresses map[string]bool

func ownSet(list []string) ownAddresses {
	set := make(ownAddresses, len(list))
	for _, a := range list {
		if a = plain(a); strings.Contains(a, "@") {
			set[a] = true
		}
	}
	return set
}

func plain(a string) string { return desk.PlainAddress(a) }

func (o ownAddresses) has(a string) bool { return o[plain(a)] }
