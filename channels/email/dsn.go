package email

import (
	"strings"

	"yingda/desk"
)

// bounces says which recipients a notice is about, and the Message-ID of the mail it returns.
func (n *notice) bounces() (out []desk.BounceOf, original string) {
	original = n.originalID()
	switch {
	case n.feedback != nil:
		out = n.complaints()
	case len(n.groups) > 0:
		out = n.fromGroups()
	}
	if len(out) == 0 && n.feedback == nil {
		out = n.fromWords()
	}
	for i := range out {
		out[i].RFCMessageID = original
	}
	return out[:min(len(out), maxBounces)], original
}

// originalID is the Message-ID of the returned mail: from its header, else from the fields by which some programs
// name it instead.
func (n *notice) originalID() string {
	if id := bareID(n.returned.get("message-id")); id != "" {
		return id
	}
	h := n.root.header
	for _, name := range [...]string{"x-original-message-id", "x-failed-message-id"} {
		if id := bareID(h.get(name)); id != "" {
			return id
		}
	}
	if id := messageIDLine(n.words); id != "" {
		return id
	}
	// Exchange and others answer the mail that failed.
	if list := ids(h.get("in-reply-to")); len(list) > 0 {
		return list[0]
	}
	if list := ids(strings.Join(h.all("references"), " ")); len(list) > 0 {
		return list[len(list)-1]
	}
	return ""
}

// messageIDLine finds "Message-ID: <x@y>" in words.
func messageIDLine(words string) string {
	for l := range strings.Lines(words) {
		l = strings.TrimLeft(l, "> \t")
		if len(l) > 11 && strings.EqualFold(l[:11], "message-id:") {
			if id := bareID(l[11:]); strings.Contains(id, "@") {
				return id
			}
		}
	}
	return ""
}

// fromGroups reads the groups of a delivery status (RFC 3464).
func (n *notice) fromGroups() []desk.BounceOf {
	var out []desk.BounceOf
	seen := map[string]bool{}
	words := strings.ToLower(clip(n.words, 16<<10))
	for _, g := range n.groups {
		b, e := n.group(g)
		if b.Recipient == "" || seen[b.Recipient] {
			continue
		}
		seen[b.Recipient] = true
		e.around = words
		if len(n.groups) > 1 {
			e.around = blockOf(words, b.Recipient, n.others(b.Recipient))
		}
		n.settle(&b, e)
		out = append(out, b)
	}
	return out
}

// others are the recipients of the groups apart from one.
func (n *notice) others(but string) []string {
	var out []string
	for _, g := range n.groups {
		if a := recipientOf(g.get("final-recipient")); a != "" && a != but {
			out = append(out, a)
		}
	}
	return out
}

// group reads one group. Its status is not settled yet.
func (n *notice) group(g header) (desk.BounceOf, evidence) {
	diagnostic := clip(decodeText(g.get("diagnostic-code"), ""), 2000)
	kind, said, ok := strings.Cut(diagnostic, ";")
	if !ok || strings.ContainsAny(strings.TrimSpace(kind), " ") {
		kind, said = "", diagnostic
	}
	b := desk.BounceOf{
		Recipient:  n.recipient(g),
		Action:     strings.ToLower(strings.TrimSpace(g.get("action"))),
		Diagnostic: clip(strings.TrimSpace(diagnostic), 500),
	}
	status := g.get("status")
	e := evidence{diagnostic: strings.ToLower(said), program: strings.EqualFold(strings.TrimSpace(kind), "x-unix")}
	if _, comment, ok := strings.Cut(status, "("); ok && strings.TrimSpace(said) == "" {
		e.diagnostic = strings.ToLower(comment)
		b.Diagnostic = clip(strings.TrimSuffix(comment, ")"), 500)
	}
	e.mailbox = strings.EqualFold(g.get("x-powermta-bouncecategory"), "bad-mailbox")
	// What receives for a firm at Amazon answers as the firm's own rule says.
	e.ruled = strings.Contains(strings.ToLower(g.get("reporting-mta")), "inbound-smtp.")
	b.Status = statusIn(status)
	if e.diagnostic != "" && e.around == "" {
		e.comment = strings.ToLower(status)
	}
	if own := statusIn(said); own != "" && (!isVague(own) || b.Status == "") {
		b.Status = own // the refusing server's own word, not what the reporting one made of it
	}
	if own := statusIn(n.words); e.program && isVague(b.Status) && own != "" {
		b.Status = own
	}
	return b, e
}

// recipient is the final recipient, or the original one where the final one is a route or a mailbox inside a host.
func (n *notice) recipient(g header) string {
	final, original := recipientOf(g.get("final-recipient")), recipientOf(g.get("original-recipient"))
	if _, domain, _ := strings.Cut(final, "@"); final == "" || strings.HasPrefix(final, "@") || !strings.Contains(domain, ".") || strings.Contains(domain, ":") {
		if original != "" {
			return original
		}
		if list := n.anchors(); len(list) > 0 {
			return list[0].address
		}
	}
	return final
}

// recipientOf reads "rfc822; user@example.com".
func recipientOf(v string) string {
	if i := strings.IndexByte(v, ';'); i >= 0 {
		v = v[i+1:]
	}
	v = strings.Trim(strings.TrimSpace(v), "<>")
	if i := strings.IndexAny(v, " \t"); i > 0 && strings.Contains(v[:i], "@") && v[0] != '"' {
		v = v[:i]
	}
	if !strings.Contains(v, "@") || len(v) > 320 {
		return ""
	}
	return strings.ToLower(harmlessAddress(v))
}

// settle gives b its final status, action and permanence.
func (n *notice) settle(b *desk.BounceOf, e evidence) {
	switch b.Action {
	case "delivered", "relayed", "expanded", "deliverable":
		if b.Action == "deliverable" {
			b.Action = "delivered"
		}
		return
	}
	delayed := b.Action == "delayed" || b.Action == "" && isDelay(e.around)
	e.status = b.Status
	if b.Status == "" {
		e.status = statusIn(e.diagnostic)
		b.Status = e.status
	}
	why := e.why()
	if b.Status == "" {
		b.Status = why.code(classOf(oneBlank(e.diagnostic), delayed))
	}
	if b.Action != "delayed" && b.Action != "failed" {
		b.Action = "failed"
		if delayed {
			b.Action = "delayed"
		}
	}
	b.Permanent = b.Action == "failed" && why.dead(b.Status[0])
}

// code is the status that stands for a reason when the notice prints none.
func (r reason) code(class string) string {
	const digits = "0123456789"
	return class + ".0." + string([]byte{digits[r/100%10], digits[r/10%10], digits[r%10]})
}

// delaySigns say that the other side will go on trying. They are searched in the notice's own words only.
var delaySigns = []string{
	"will continue", "has been delayed", "have been delayed", "delivery delayed", "still trying", "will keep trying", "will be retried", "warning message only", "warning only",
	"not yet been delivered", "still being retried", "do not need to resend", "delayed mail", "delivery is delayed", "继续尝试", "继续重试", "延迟投递", "投递延迟",
}

func isDelay(words string) bool { return containsAny(oneBlank(words), delaySigns) }

// complaints are the recipients of a feedback report (RFC 5965): whoever found a mail of ours to be spam, or wants no
// more of it. They did get it.
func (n *notice) complaints() []desk.BounceOf {
	kind := strings.ToLower(strings.TrimSpace(n.feedback.get("feedback-type")))
	var out []desk.BounceOf
	add := func(address string) {
		if address = recipientOf(address); address != "" && len(out) < maxBounces {
			out = append(out, desk.BounceOf{Recipient: address, Action: "complaint", Diagnostic: clip(firstOf(kind, "abuse"), 100)})
		}
	}
	for _, name := range [...]string{"original-rcpt-to", "removal-recipient"} {
		for _, v := range n.feedback.all(name) {
			add(v)
		}
		if len(out) > 0 {
			return out
		}
	}
	for _, name := range [...]string{"x-hmxmroriginalrecipient", "to"} {
		for _, v := range n.returned.all(name) {
			for _, a := range addresses(v, "") {
				add(a.Address)
			}
		}
		if len(out) > 0 {
			return out
		}
	}
	if len(out) == 0 {
		out = append(out, desk.BounceOf{Action: "complaint", Diagnostic: clip(firstOf(kind, "abuse"), 100)}) // the reporter hides who it was
	}
	return out
}

// clip cuts s to at most n bytes at a character.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}
