package email

import (
	"net/url"
	"regexp"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

func unescape(s string) string {
	if u, err := url.PathUnescape(s); err == nil {
		return u
	}
	return s
}

// Classes and ids by which mail programs mark what they quote. Names were taken from mail these programs write.
var (
	quoteClasses = map[string]bool{
		"gmail_quote": true, "gmail_quote_container": true, "gmail_extra": true, "yahoo_quoted": true, "moz-cite-prefix": true,
		"protonmail_quote": true, "tutanota_quote": true, "lark-mail-quote": true, "lark-mail-doc-quote": true, "qmbox": true,
		"ntes-mailmaster-quote": true, "zmail_extra": true, "foxmail_quote": true, "reply_quote": true, "cm_quote": true,
		"email_quote": true, "quoted_text": true, "freebirdFormviewerViewHeaderHeader": false, "mailmaster-quote": true,
		"WordSection1Quote": true, "front-blockquote": true, "hs_reply": false, "zm_quote": true, "mb_sig": false,
	}
	quoteIDs = map[string]bool{
		"isReplyContent": true, "isForwardContent": true, "reply-intro": true, "replysplit": true, "origbody": true,
		"mail-editor-reference-message-container": true, "ntes-pcmail-quote": true, "yiv_quoted": true, "divtagdefaultwrapper_quote": true,
	}
	// From these on, everything to the end is quoted.
	fromHereIDs = map[string]bool{
		"divRplyFwdMsg": true, "appendonsend": true, "OLK_SRC_BODY_SECTION": true, "x_divRplyFwdMsg": true,
		"ms-outlook-mobile-quote": true, "lineBreakAtBeginningOfMessage": false,
	}
	fromHereClasses  = map[string]bool{"OutlookMessageHeader": true, "gmail_attr_forward": true}
	signatureClasses = map[string]bool{
		"gmail_signature": true, "moz-signature": true, "protonmail_signature_block": true,
		"lark-mail-signature": true, "ntes-mailmaster-sign": true, "xm_mail_sign": true,
	}
	signatureIDs = map[string]bool{"Signature": true, "signature": true, "ms-outlook-mobile-signature": true, "x_Signature": true, "spnEditorSign": true}
)

// htmlSplit is a page cut into the writer's own words, what they quote, and their signature.
type htmlSplit struct {
	own, quoted, signature *html.Node
	found                  bool // something was cut
}

// splitHTML moves quoted and signature nodes out of body into trees of their own. body becomes the writer's words.
func splitHTML(body *html.Node) htmlSplit {
	s := htmlSplit{own: body, quoted: div(), signature: div()}
	if cut := find(body, startsQuote); cut != nil && cut != body {
		moveFrom(body, cut, s.quoted)
		s.found = true
	}
	for _, n := range collect(body, isQuote) {
		dropAttribution(n, s.quoted)
		move(n, s.quoted)
		s.found = true
	}
	for _, n := range collect(body, isSignature) {
		move(n, s.signature)
		s.found = true
	}
	return s
}

func div() *html.Node { return &html.Node{Type: html.ElementNode, Data: "div", DataAtom: atom.Div} }

func move(n, to *html.Node) {
	if n.Parent != nil {
		n.Parent.RemoveChild(n)
	}
	to.AppendChild(n)
}

// moveFrom moves cut and everything after it in the document.
func moveFrom(root, cut, to *html.Node) {
	for n := cut; n != root && n != nil; {
		parent := n.Parent
		for c := n; c != nil; {
			next := c.NextSibling
			if c != n || n == cut {
				move(c, to)
			}
			c = next
		}
		n = parent
		if n == nil || n == root {
			return
		}
		if next := n.NextSibling; next != nil {
			for c := next; c != nil; {
				after := c.NextSibling
				move(c, to)
				c = after
			}
		}
	}
}

// collect lists the outermost nodes that are.
func collect(n *html.Node, is func(*html.Node) bool) []*html.Node {
	var out []*html.Node
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if is(c) {
			out = append(out, c)
		} else {
			out = append(out, collect(c, is)...)
		}
	}
	return out
}

func hasClass(n *html.Node, set map[string]bool) bool {
	for _, c := range strings.Fields(attr(n, "class")) {
		if set[strings.TrimPrefix(c, "x_")] || set[c] {
			return true
		}
	}
	return false
}

func isQuote(n *html.Node) bool {
	if n.Type != html.ElementNode {
		return false
	}
	switch {
	case n.DataAtom == atom.Blockquote:
		// A blockquote may be the writer's own emphasis: only one that a mail program made, or that is announced, counts.
		return attr(n, "type") == "cite" || attr(n, "cite") != "" || hasClass(n, quoteClasses) || announced(n) || quoteStyle(n) || closes(n)
	case n.Data == "includetail":
		return true
	case attr(n, "name") == "messageReplySection" || attr(n, "name") == "quote":
		return true
	}
	return hasClass(n, quoteClasses) || quoteIDs[attr(n, "id")]
}

// closes reports whether n ends the mail and words stand before it: nobody ends with an emphasis of their own.
func closes(n *html.Node) bool {
	for p := n; p != nil && p.DataAtom != atom.Body; p = p.Parent {
		for s := p.NextSibling; s != nil; s = s.NextSibling {
			if strings.TrimSpace(textOf(s)) != "" {
				return false
			}
		}
	}
	return previousText(n) != nil
}

// quoteStyle knows the left bar by which programs without classes set off what they quote.
func quoteStyle(n *html.Node) bool {
	style := strings.ReplaceAll(strings.ToLower(attr(n, "style")), " ", "")
	return strings.Contains(style, "border-left")
}

func isSignature(n *html.Node) bool {
	return n.Type == html.ElementNode && (hasClass(n, signatureClasses) || signatureIDs[attr(n, "id")])
}

var outlookBar = regexp.MustCompile(`border:\s*none;\s*border-top:\s*solid\s+#?[a-z0-9]+\s+1\.0pt`)

// startsQuote knows the places from where all that follows is quoted.
func startsQuote(n *html.Node) bool {
	if n.Type == html.TextNode {
		line := strings.TrimSpace(n.Data)
		return isDashed(line)
	}
	if n.Type != html.ElementNode {
		return false
	}
	if fromHereIDs[attr(n, "id")] || hasClass(n, fromHereClasses) {
		return true
	}
	if n.DataAtom != atom.Div && n.DataAtom != atom.P {
		return false
	}
	if style := attr(n, "style"); strings.Contains(style, "border-top") && outlookBar.MatchString(strings.ToLower(style)) || n.DataAtom == atom.Div && find(n, func(c *html.Node) bool { return c != n && c.DataAtom == atom.Div }) == nil {
		return headerBlock(strings.Split(clipText(textOf(n), 1500), "\n")) == 0
	}
	return false
}

func clipText(s string, n int) string {
	if len(s) > n {
		return strings.ToValidUTF8(s[:n], "")
	}
	return s
}

// announced reports whether the words just before n say that somebody wrote what follows.
func announced(n *html.Node) bool {
	before := previousText(n)
	return before != nil && attributionEnd(strings.TrimSpace(textAround(before)))
}

// previousText is the nearest node with words before n.
func previousText(n *html.Node) *html.Node {
	for hops := 0; n != nil && hops < 6; hops++ {
		for p := n.PrevSibling; p != nil; p = p.PrevSibling {
			if p.Type == html.TextNode && strings.TrimSpace(p.Data) == "" || p.DataAtom == atom.Br {
				continue
			}
			return p
		}
		n = n.Parent
	}
	return nil
}

func textAround(n *html.Node) string {
	if n.Type == html.TextNode {
		return n.Data
	}
	return textOf(n)
}

// dropAttribution moves the line "On … wrote:" along with the quote it announces.
func dropAttribution(n, to *html.Node) {
	if n.Parent == nil {
		return
	}
	p := previousText(n)
	if p == nil || p.Parent == nil {
		return
	}
	words := strings.TrimSpace(textAround(p))
	if len(words) < 300 && !strings.Contains(words, "\n\n") && attributionEnd(words) && (attributionStart(words) || strings.Count(words, "\n") == 0) {
		move(p, to)
	}
}
