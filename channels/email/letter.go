package email

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"

	"yingda/desk"
)

// Letter is how an inbox's answers look. A template is text or HTML with placeholders; see [Placeholders].
type Letter struct {
	SignatureHTML string `json:"signature_html"` // "": made of the plain signature
	Text          string `json:"text_template"`  // "": body, signature and quoted mail below each other
	HTML          string `json:"html_template"`
	Quote         string `json:"quote"` // "" or "last": the answered mail below; "none"
}

// Placeholders lists what may stand between {{ and }} in templates and signatures. body, signature and quoted are for
// templates alone.
func Placeholders() []string {
	return []string{"agent", "body", "customer", "inbox", "number", "quoted", "signature", "subject"}
}

const maxTemplate = 64 << 10 // bytes

func (l Letter) validate(signature string) error {
	if l.Quote != "" && l.Quote != "last" && l.Quote != "none" {
		return fieldError("letter.quote", "one of last, none")
	}
	for field, text := range map[string]string{"letter.text_template": l.Text, "letter.html_template": l.HTML} {
		if err := fits(field, text, Placeholders()); err != nil {
			return err
		}
		if text != "" && !strings.Contains(text, "{{body}}") {
			return fieldError(field, "must have {{body}}")
		}
	}
	for field, text := range map[string]string{"letter.signature_html": l.SignatureHTML, "signature": signature} {
		if err := fits(field, text, []string{"agent", "inbox", "number"}); err != nil {
			return err
		}
	}
	return nil
}

// fits names the first placeholder that is not known: a customer would read it.
func fits(field, text string, known []string) error {
	if len(text) > maxTemplate {
		return fieldError(field, fmt.Sprintf("at most %d bytes", maxTemplate))
	}
	for _, piece := range strings.Split(text, "{{")[1:] {
		name, _, closed := strings.Cut(piece, "}}")
		if !closed || !slices.Contains(known, name) {
			return fieldError(field, "placeholders: "+strings.Join(known, ", "))
		}
	}
	return nil
}

// fill puts values in the place of placeholders, in one pass: a value that looks like a placeholder stays what it is.
func fill(text string, values map[string]string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "{{")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		name, after, closed := strings.Cut(rest, "}}")
		v, known := values[name]
		if !closed || !known {
			b.WriteString("{{")
			text = rest
			continue
		}
		b.WriteString(v)
		text = after
	}
}

// values are the small placeholders, as text.
func (c Composer) values(m desk.Outbound) map[string]string {
	number := ""
	if m.Conversation.Number > 0 {
		number = "#" + strconv.FormatInt(m.Conversation.Number, 10)
	}
	customer := m.Conversation.ContactName
	if m.Message.Side != "" { // a third party learns nobody's name from a template: they are who is written to
		customer = ""
		if len(m.Message.To) > 0 {
			customer = firstOf(m.Message.To[0].Name, m.Message.To[0].Address)
		}
	}
	return map[string]string{
		"agent": m.Message.AuthorName, "customer": customer, "inbox": c.Inbox.Name, "number": number,
		"subject": firstOf(m.Message.Subject, m.Conversation.Subject),
	}
}

func escaped(values map[string]string) map[string]string {
	out := make(map[string]string, len(values))
	for k, v := range values {
		out[k] = html.EscapeString(v)
	}
	return out
}

// body is both forms of what is written: words, signature, and the answered mail below.
func (c Composer) body(m desk.Outbound) desk.Body {
	b := m.Message.Body
	text, page := strings.TrimRight(b.Text, "\n"), b.HTML
	if page == "" {
		page = htmlOf(b.Text)
	}
	if text == "" {
		if root := parseHTML(b.HTML); root != nil {
			text = textOf(root)
		}
	}
	small := c.values(m)
	inText, inPage := small, escaped(small)
	inText["body"], inPage["body"] = text, page
	inText["signature"], inPage["signature"] = c.signature(m, small)
	inText["quoted"], inPage["quoted"] = c.quoted(m)
	return desk.Body{
		Text: strings.TrimRight(letterOf(c.Settings.Letter.Text, plainLetter, inText), "\n") + "\n",
		HTML: `<!DOCTYPE html><html><head><meta charset="utf-8"></head><body>` + letterOf(c.Settings.Letter.HTML, plainLetter, inPage) + "</body></html>\n",
	}
}

// plainLetter is the template of inboxes without one.
const plainLetter = "{{body}}{{signature}}{{quoted}}"

// letterOf fills a template. A quoted mail it has no place for stands below.
func letterOf(template, otherwise string, values map[string]string) string {
	if template == "" {
		template = otherwise
	}
	if !strings.Contains(template, "{{quoted}}") {
		template += "{{quoted}}"
	}
	return fill(template, values)
}

// signature is the inbox's, or the message's own, in both forms, with what sets it off. Automatic mail has the
// inbox's too; "-- " is what programs know a signature by (RFC 3676 4.3).
func (c Composer) signature(m desk.Outbound, values map[string]string) (text, page string) {
	sig := strings.TrimSpace(fill(firstOf(m.Message.Body.Signature, c.Settings.Signature), values))
	if sig != "" {
		text = "\n\n-- \n" + sig
		page = `<div class="signature"><br>-- <br>` + htmlOf(sig) + "</div>"
	}
	if own := c.Settings.Letter.SignatureHTML; own != "" && m.Message.Body.Signature == "" {
		page = `<div class="signature"><br>-- <br>` + fill(own, escaped(values)) + "</div>"
	}
	return text, page
}

// maxQuoted bounds what is quoted, in characters: the other side has the rest.
const maxQuoted = 20_000

// quoted is the answered mail in both forms, plain, with a line that says whose it is.
func (c Composer) quoted(m desk.Outbound) (text, page string) {
	words, line, marked := m.Message.Body.QuotedText, "", m.Message.Body.QuotedHTML
	if words == "" && marked == "" && m.Answers != nil && c.Settings.Letter.Quote != "none" && m.Message.Auto == desk.ByHuman {
		words, line = clip(m.Answers.Body.Text, maxQuoted), c.attribution(m)
	}
	if words != "" {
		text = "\n\n" + line + "> " + strings.ReplaceAll(strings.TrimSpace(words), "\n", "\n> ")
	}
	if words == "" && marked == "" {
		return "", ""
	}
	if marked == "" {
		marked = htmlOf(words)
	}
	if line != "" {
		line = html.EscapeString(strings.TrimSpace(line)) + "<br>"
	}
	return text, `<br>` + line + `<blockquote type="cite" style="margin:0 0 0 .8ex;border-left:1px solid #ccc;padding-left:1ex">` + marked + "</blockquote>"
}

// attribution names the writer of a quoted mail and its moment, in the customer's language and the inbox's zone, in
// the forms that programs fold.
func (c Composer) attribution(m desk.Outbound) string {
	when := m.Answers.At.In(c.Settings.zone())
	who := m.Answers.From.Address
	if m.Answers.From.Name != "" {
		who = m.Answers.From.Name + " <" + who + ">"
	}
	if desk.Speaks("zh", m.Conversation.Locale) {
		return "在 " + when.Format("2006年1月2日 15:04") + "，" + oneLine(who) + " 写道：\n"
	}
	return "On " + when.Format("2 Jan 2006, 15:04") + ", " + oneLine(who) + " wrote:\n"
}

// Preview is an answer as its reader would get it. HTML is sanitised: it is for a page of ours.
type Preview struct{ Subject, Text, HTML string }

// Preview composes a sample answer by the inbox's settings.
func (c Composer) Preview(m desk.Outbound) Preview {
	b := c.body(m)
	return Preview{Subject: c.subject(m), Text: b.Text, HTML: Sanitise(b.HTML)}
}
