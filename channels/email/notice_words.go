package email

import (
	"regexp"
	"strings"

	"yingda/desk"
)

// anchor is a place in a notice's words that names a recipient; what follows it, up to the next one, is about them.
type anchor struct {
	address string
	at      int // index of the line
	rank    int // how sure the place is
}

// Ranks of places, the surer the higher.
const (
	mentioned = 1 + iota // somewhere in a sentence
	addressed            // after "to:"
	announcedRank
	leading  // first on its line, as every program lists them
	commands // in the command that was refused
)

var (
	noticeAddress = regexp.MustCompile(`(?i)[a-z0-9.!#$%&'*+/=?^_{|}~-]+@[a-z0-9_-]+(?:\.[a-z0-9_-]+)+`)
	leadMarks     = ">\"'<([* \t-—•·"
)

// announcements end a sentence after which recipients are listed or named.
var announcements = []string{
	"following recipient", "following address", "failed address", "failure reasons", "recipient:", "recipients:", "recipient(s)", "addresses had", "deliver message to", "delivering your mail to",
	"delivered to:", "delivery to", "mail to:", "message to:", "次のあて先", "宛先", "收件人", "收件者", "以下地址", "下列地址", "发往", "发送到", "投递到", "无法投递", "无法送达",
	"of its recipients", "one or more recipients", "recipients were affected", "addressed to", "following user", "could not be delivered to", "wasn't delivered to", "unable to deliver", "cannot be delivered to", "returned to you", "not reach", "permanent errors:",
}

// anchors finds the recipients in the words, those of the surest kind of place.
func (n *notice) anchors() []anchor {
	lines := strings.Split(n.words, "\n")
	var all []anchor
	announced := -10
	for i, l := range lines {
		if len(all) >= 4*maxBounces || i > 2000 {
			break
		}
		lower := strings.ToLower(clip(l, 1000))
		opens := containsAny(lower, announcements)
		if strings.IndexByte(lower, '@') >= 0 {
			if a, ok := lineAnchor(lower, opens, i-announced); ok {
				a.at = i
				all = append(all, a)
			}
		}
		if opens {
			announced = i
		}
	}
	return n.surest(all)
}

// lineAnchor judges one line. since is how many lines ago recipients were announced.
func lineAnchor(l string, opens bool, since int) (anchor, bool) {
	trimmed := strings.TrimLeft(l, leadMarks)
	loc := noticeAddress.FindStringIndex(l)
	if loc == nil {
		return anchor{}, false
	}
	address := strings.Trim(l[loc[0]:loc[1]], ".'")
	lead := strings.HasPrefix(trimmed, address)
	before := strings.TrimRight(l[:loc[0]], leadMarks+"：:")
	rank := mentioned
	switch {
	case strings.HasSuffix(before, "rcpt to"):
		rank = commands
	case lead && (since <= 30 || ends(l[loc[1]:])):
		rank = leading
	case opens || since <= 2 && strings.Count(before, " ") < 3:
		rank = announcedRank
	case before == "to" || strings.HasSuffix(before, " to"):
		rank = addressed
	case strings.Contains(before, "contact") || strings.Contains(before, "from") || strings.Contains(before, "postmaster"):
		return anchor{}, false
	}
	return anchor{address: address, rank: rank}, true
}

// ends reports whether what stands behind an address closes it off: ">:", ":" or nothing.
func ends(s string) bool {
	s = strings.TrimLeft(s, "\">') ")
	return s == "" || s[0] == ':' || s[0] == '\r' || strings.HasPrefix(s, "...") || strings.HasPrefix(s, "on ") || strings.HasPrefix(s, "[") || strings.HasPrefix(s, "(")
}

// surest keeps the anchors of the highest rank, each address once. Whoever got the notice is no recipient while there
// are others; nor is the machine itself.
func (n *notice) surest(all []anchor) []anchor {
	self := map[string]bool{}
	for _, name := range [...]string{"to", "delivered-to", "x-original-to", "envelope-to", "from", "return-path"} {
		for _, v := range n.root.header.all(name) {
			for _, a := range addresses(v, "") {
				self[strings.ToLower(a.Address)] = true
			}
		}
	}
	best := keepBest(all, func(a anchor) bool { return !self[a.address] && !machine.MatchString(a.address) })
	if len(best) == 0 {
		best = keepBest(all, func(anchor) bool { return true })
	}
	return best
}

func keepBest(all []anchor, may func(anchor) bool) []anchor {
	rank := 0
	for _, a := range all {
		if may(a) {
			rank = max(rank, a.rank)
		}
	}
	// A list and the transcript below it name the same people twice: the list is where their words begin.
	if rank == commands {
		for _, a := range all {
			if may(a) && a.rank == leading {
				rank = leading
			}
		}
	}
	var out []anchor
	seen := map[string]bool{}
	for _, a := range all {
		if a.rank == rank && may(a) && !seen[a.address] && len(out) < maxBounces {
			seen[a.address] = true
			out = append(out, a)
		}
		if rank <= announcedRank && len(out) == 1 && rank < announcedRank {
			break
		}
	}
	return out
}

// fromWords reads notices that no standard fits.
func (n *notice) fromWords() []desk.BounceOf {
	found, told := n.anchors(), true
	if failed := n.failedField(); len(failed) > 0 {
		found = failed
	}
	if len(found) == 0 {
		found, told = n.returnedTo(), false
	}
	all := strings.ToLower(clip(n.words, 16<<10))
	var out []desk.BounceOf
	for _, a := range found {
		b := desk.BounceOf{Recipient: a.address}
		e := evidence{diagnostic: all, around: all}
		if len(found) > 1 {
			e = evidence{diagnostic: blockOf(all, a.address, others(found, a.address))}
			if isDelay(all) {
				b.Action = "delayed"
			}
		}
		if !told && e.why() == onHold {
			e = evidence{} // it names nobody and gives no reason
		}
		b.Diagnostic = clip(telling(e.diagnostic), 500)
		n.settle(&b, e)
		out = append(out, b)
	}
	return out
}

func others(list []anchor, but string) []string {
	var out []string
	for _, a := range list {
		if a.address != but {
			out = append(out, a.address)
		}
	}
	return out
}

// failedField is X-Failed-Recipients, by which Exim and Google name them.
func (n *notice) failedField() []anchor {
	var out []anchor
	for _, v := range n.root.header.all("x-failed-recipients") {
		for _, a := range addresses(v, "") {
			if len(out) < maxBounces {
				out = append(out, anchor{address: strings.ToLower(a.Address)})
			}
		}
	}
	return out
}

// returnedTo is whom the returned mail was for, when that is one person.
func (n *notice) returnedTo() []anchor {
	var out []anchor
	for _, name := range [...]string{"to", "cc"} {
		for _, v := range n.returned.all(name) {
			for _, a := range addresses(v, "") {
				out = append(out, anchor{address: strings.ToLower(a.Address)})
			}
		}
	}
	if len(out) == 1 {
		return out
	}
	return nil
}

// telling is the line of a block that says what went wrong: the first with a code, else the first with words.
func telling(block string) string {
	first := ""
	for l := range strings.Lines(block) {
		l = strings.TrimSpace(l)
		if replyCode.MatchString(l+" ") || statusCode.MatchString(l) {
			return l
		}
		if first == "" && l != "" && !noticeAddress.MatchString(l) {
			first = l
		}
	}
	return firstOf(first, strings.TrimSpace(block))
}

// blockOf is what words say near an address: from the line that names it on, to a line that names one of the others.
func blockOf(words, address string, others []string) string {
	i := strings.Index(words, address)
	if i < 0 {
		return ""
	}
	rest := words[strings.LastIndexByte(words[:i], '\n')+1:]
	var b strings.Builder
	for l := range strings.Lines(rest) {
		if b.Len() > 4000 || b.Len() > 0 && strings.IndexByte(l, '@') >= 0 && !strings.Contains(l, address) && containsAny(l, others) {
			break
		}
		b.WriteString(l)
	}
	return b.String()
}
