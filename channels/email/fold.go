package email

import (
	"strings"

	"golang.org/x/net/html"

	"yingda/desk"
)

// body cuts the words into own, quoted and signature. What would leave nothing of the writer's own is not cut.
func (c *collector) body() desk.Body {
	var text, markup string
	rich := false
	for _, w := range c.pieces {
		rich = rich || w.html != ""
	}
	for _, w := range c.pieces {
		if w.html == "" && rich {
			w.html = "<div>" + strings.ReplaceAll(html.EscapeString(w.text), "\n", "<br>") + "</div>"
		}
		markup = joinText(markup, w.html)
		text = joinText(text, w.text)
	}
	if c.keepWhole {
		c.whole.text = tidy(text)
	}
	if !rich {
		t := c.plain(text)
		return desk.Body{Text: t.own, QuotedText: t.quoted, Signature: t.signature}
	}
	return c.richBody(markup, text)
}

// quotesToo reports whether the plain form, where there is one, quotes as well.
func (c *collector) quotesToo(text string) bool {
	if strings.TrimSpace(text) == "" {
		return true
	}
	t := splitText(text, c.forward)
	return strings.TrimSpace(t.quoted) != ""
}

// plain cuts a plain text. One that only quotes is shown whole, unless a program says that it quotes: then the writer
// sent nothing of their own, and the fold is all there is.
func (c *collector) plain(text string) textSplit {
	t := splitText(text, c.forward)
	if strings.TrimSpace(t.own) != "" || strings.TrimSpace(t.quoted) == "" || t.announced && onlyMarked(t.quoted) {
		return t
	}
	return textSplit{own: tidy(text)}
}

// onlyMarked reports whether a quote is an announcement and marked lines.
func onlyMarked(s string) bool {
	free := 0
	for l := range strings.Lines(s) {
		if !isBlankLine(l) && !isMarked(l) {
			free++
		}
	}
	return free <= 3
}

func (c *collector) richBody(markup, text string) desk.Body {
	root, nodes := parsePage(markup)
	if root == nil {
		t := c.plain(text)
		return desk.Body{Text: t.own, QuotedText: t.quoted, Signature: t.signature}
	}
	defer func() { nodes.giveBack() }()
	cidsOf(root, c.cids)
	whole := textOf(root)
	if c.keepWhole {
		c.whole = words{text: whole, html: Sanitise(markup)}
		if saysMore(text, root, whole) {
			c.whole.text = tidy(text)
		}
	}
	s := htmlSplit{own: root, quoted: div(), signature: div()}
	own := whole
	if !c.forward {
		if s = splitHTML(root); s.found {
			own = textOf(root)
		}
		if s.found && isBlankLine(own) && find(root, isPicture) == nil && (!s.announced || !c.quotesToo(text)) {
			// Only a quote, and only by its looks, or the plain form knows better: a program that marks everything. The whole
			// is what they sent.
			nodes.giveBack()
			root, nodes = parsePage(markup)
			s, own = htmlSplit{own: root, quoted: div(), signature: div()}, whole
		}
	}
	b := desk.Body{Text: own, QuotedText: textOf(s.quoted), Signature: textOf(s.signature)}
	if !s.found || isBlankLine(b.QuotedText) {
		// The page has no quote that we know. The plain form is the writer's own, unless it only says that there is a page
		// to be read.
		if len(strings.TrimSpace(text))*4 > len(strings.TrimSpace(whole)) {
			own = text
		}
		if t := c.plain(own); strings.TrimSpace(t.own) != "" {
			b.Text, b.QuotedText = t.own, joinText(b.QuotedText, t.quoted)
			b.Signature = joinText(t.signature, b.Signature)
		}
	} else if rest, sig := cutSignature(strings.Split(b.Text, "\n"), true); len(sig) > 0 {
		b.Text, b.Signature = tidy(strings.Join(rest, "\n")), joinText(tidy(strings.Join(sig, "\n")), b.Signature)
	}
	b.HTML, b.QuotedHTML = sanitiseTree(s.own), sanitiseTree(s.quoted)
	if s.signature.FirstChild != nil {
		b.HTML += sanitiseTree(s.signature)
	}
	return b
}
