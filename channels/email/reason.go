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

// beginsLine reports whether a line of words begins so: there the reporting system speaks, not the one it asked.
func beginsLine(words, with string) bool {
	return strings.HasPrefix(strings.TrimSpace(words), with) || strings.Contains(words, "\n"+with)
}

// byStatus are codes that are a reason by themselves (RFC 3463 3, and those that large hosts added).
var byStatus = map[string]reason{
	"1.1": userUnknown, "1.2": hostUnknown, "1.3": userUnknown, "1.6": hasMoved, "1.7": rejected, "1.8": rejected, "1.10": notAccepting,
	"2.1": filtered, "2.2": mailboxFull, "2.3": tooLong, "3.1": systemFull, "3.2": notAccepting, "3.3": systemError, "3.4": tooBig, "3.5": systemError,
	"4.1": expired, "4.2": networkError, "4.4": hostUnknown, "4.6": networkError, "4.7": expired, "4.14": networkError, "4.310": hostUnknown, "4.312": networkError, "7.13": suspended, "7.26": unproven, "7.27": notAccepting, "7.509": unproven,
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
		"smtp command data", "[data]", "[bodyend]", "in reply to end of data", "in reply to data", "after end of data", "after data", "final data", "(data)", "text command", "after i sent the message", "sending message body",
	}},
	{stageRecipient, []string{
		"in reply to rcpt", "does not like recipient", "did not like our rcpt", "after rcpt", "rcpt to response", "rejected recipient", "rcpt command", "rcpt to:<", "rcpt to: <", "[rcpt_to]",
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

func oneBlank(s string) string {
	if isOneBlank(s) {
		return s
	}
	return strings.Join(strings.Fields(s), " ")
}

// isOneBlank reports whether s has single blanks between words and no other white space, as nearly every line has. What
// may be white space of another kind is not looked at closely.
func isOneBlank(s string) bool {
	for i := range len(s) {
		switch maySpace[s[i]] {
		case oneSpace:
			if i == 0 || i+1 == len(s) || s[i+1] == ' ' {
				return false
			}
		case otherSpace:
			return false
		case wideSpace:
			if i+2 < len(s) && s[i+1] == 0x80 && s[i+2] == 0x80 {
				return false
			}
		}
	}
	return true
}

const (
	oneSpace   byte = iota + 1
	otherSpace      // or the beginning of U+0085, U+00A0, U+1680, U+2000 …
	wideSpace       // the beginning of U+3000, and of all kana
)

var maySpace = [256]byte{
	' ': oneSpace, '\t': otherSpace, '\n': otherSpace, '\v': otherSpace, '\f': otherSpace, '\r': otherSpace, 0xc2: otherSpace, 0xe1: otherSpace, 0xe2: otherSpace, 0xe3: wideSpace,
}

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
	switch {
	case said == userUnknown:
		return e.unknown(detail)
	case said == hostUnknown && strings.HasPrefix(e.status, "4"):
		return networkError
	case said == undefined && strings.TrimSpace(e.diagnostic+e.around) != "":
		return onHold
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
	case e.mailbox, beginsLine(e.diagnostic, "unknown user:"), detail == "1.1", detail == "1.0", detail == "1.3", detail == "4.1", containsAny(all, plainlyUnknown):
		return userUnknown
	}
	at := stageUnknown
	for _, words := range [...]string{e.diagnostic, e.around} {
		if at == stageUnknown {
			at = stageIn(words)
		}
	}
	if at == stageUnknown && detail == "0.0" && strings.Contains(e.comment, "rejected address") {
		at = stageRecipient
	}
	if at == stageRecipient {
		return userUnknown
	}
	return filtered
}

var (
	statusCode = regexp.MustCompile(`(?:^|[\s(\[#:;,<-])([245]\.\d{1,3}\.\d{1,4})(?:[^0-9.]|\.(?:[^0-9]|$)|$)`)
	replyCode  = regexp.MustCompile(`(?:^|[\s:;(#\["])([45]\d\d)[ \-:,]`)
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
