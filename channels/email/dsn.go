package email

import (
	"regexp"
	"strings"

	"yingda/desk"
)

var (
	statusCode = regexp.MustCompile(`\b([245]\.\d{1,3}\.\d{1,3})\b`)
	replyCode  = regexp.MustCompile(`(?:^|[\s:(#])([45]\d\d)[ \-]`)
	bounced    = regexp.MustCompile(`<?([A-Za-z0-9.!#$%&'*+/=?^_{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)>?`)
	messageID  = regexp.MustCompile(`(?im)^[>\s]*message-id:\s*<([^<>\s]+)>`)
)

const maxBounces = 100

// bounces reads a failure notice: the standard parts first (RFC 3464), else its words. original is the Message-ID of the
// mail it is about.
func bounces(root *part) (out []desk.BounceOf, original string) {
	words := ""
	root.walk(func(p *part) {
		switch p.kind {
		case "message/delivery-status", "message/global-delivery-status":
			out = append(out, deliveryStatus(p)...)
		case "message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "message/global", "message/global-headers":
			h, _ := splitHeader(p.content())
			original = firstOf(original, bareID(h.get("message-id")))
		case "text/plain", "text/html":
			if p.disposition != "attachment" && len(words) < 1<<16 {
				words += p.text() + "\n"
			}
		}
	})
	if original == "" {
		if m := messageID.FindStringSubmatch(words); m != nil {
			original = m[1]
		}
	}
	if len(out) == 0 {
		out = fromWords(root, words)
	}
	for i := range out {
		out[i].RFCMessageID = original
	}
	if len(out) > maxBounces {
		out = out[:maxBounces]
	}
	return out, original
}

// deliveryStatus reads the groups of one message/delivery-status part. Groups without a recipient are about the mail.
func deliveryStatus(p *part) []desk.BounceOf {
	var out []desk.BounceOf
	rest := p.content()
	for len(rest) > 0 && len(out) < maxBounces {
		var h header
		h, rest = splitHeader(rest)
		if len(h) == 0 {
			break
		}
		rcpt := recipientOf(firstOf(h.get("original-recipient"), h.get("final-recipient")))
		if final := recipientOf(h.get("final-recipient")); final != "" {
			rcpt = final
		}
		action := strings.ToLower(strings.TrimSpace(h.get("action")))
		if rcpt == "" || action == "delivered" || action == "relayed" || action == "expanded" {
			continue
		}
		b := desk.BounceOf{Recipient: rcpt, Diagnostic: clip(decodeText(h.get("diagnostic-code"), ""), 500)}
		b.Status = statusOf(h.get("status"), b.Diagnostic)
		b.Permanent = action != "delayed" && (strings.HasPrefix(b.Status, "5") || b.Status == "" && action == "failed")
		out = append(out, b)
	}
	return out
}

// statusOf is the code of the notice; 5.0.0 and the like say nothing, the words beside them may.
func statusOf(field, diagnostic string) string {
	s := statusCode.FindString(field)
	if s == "" || strings.HasSuffix(s, ".0.0") {
		if d := statusCode.FindString(diagnostic); d != "" {
			return d
		}
	}
	return s
}

// recipientOf reads "rfc822; user@example.com".
func recipientOf(v string) string {
	if i := strings.IndexByte(v, ';'); i >= 0 {
		v = v[i+1:]
	}
	return strings.ToLower(bareAddress(decodeText(v, "")))
}

// fromWords reads notices that no standard fits: X-Failed-Recipients, else the first address in the words that is not
// the machine's own.
func fromWords(root *part, words string) []desk.BounceOf {
	status := statusCode.FindString(words)
	permanent := !strings.HasPrefix(status, "4")
	if status == "" {
		if m := replyCode.FindStringSubmatch(words); m != nil {
			permanent = m[1][0] == '5'
			status = string(m[1][0]) + ".0.0"
		}
	}
	lower := strings.ToLower(words)
	if strings.Contains(lower, "will continue") || strings.Contains(lower, "delayed") || strings.Contains(lower, "still trying") || strings.Contains(lower, "will keep trying") {
		permanent = false
	}
	var out []desk.BounceOf
	add := func(rcpt string) {
		rcpt = strings.ToLower(rcpt)
		if rcpt == "" || machine.MatchString(rcpt) || len(out) > 0 && out[0].Recipient == rcpt || len(out) >= maxBounces {
			return
		}
		out = append(out, desk.BounceOf{Recipient: rcpt, Status: status, Permanent: permanent, Diagnostic: clip(lineWith(words, rcpt), 500)})
	}
	for _, v := range root.header.all("x-failed-recipients") {
		for _, a := range addresses(v, "") {
			add(a.Address)
		}
	}
	if len(out) > 0 {
		return out
	}
	cut := words
	for _, mark := range []string{"--- Below this line is a copy", "------ This is a copy of the message", "--- Original message", "Received:", "Return-Path:"} {
		if i := strings.Index(cut, mark); i > 0 {
			cut = cut[:i]
		}
	}
	if m := bounced.FindStringSubmatch(cut); m != nil && !strings.HasPrefix(strings.ToLower(m[1]), "postmaster@") {
		add(m[1])
	}
	return out
}

func lineWith(words, part string) string {
	for _, l := range strings.Split(words, "\n") {
		if strings.Contains(strings.ToLower(l), part) {
			return strings.TrimSpace(l)
		}
	}
	return ""
}

// clip cuts s to at most n bytes at a character.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}
