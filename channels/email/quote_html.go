package email

import (
	"net/url"
	"slices"
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
	quoteClasses = set("gmail_quote gmail_quote_container gmail_extra yahoo_quoted moz-cite-prefix protonmail_quote tutanota_quote lark-mail-quote lark-mail-doc-quote " +
		"history-quote-wrapper qmbox ntes-mailmaster-quote mailmaster-quote zmail_extra foxmail_quote reply_quote cm_quote email_quote quoted_text front-blockquote zm_quote " +
		"alimail-quote __aliyun_previous_email xm_compose_origin_mail qm_original_content mail-quote-block hey-quote sh-quoted-content mailru-blockquote tmail_quote")
	quoteIDs = set("isReplyContent reply-intro replysplit origbody mail-editor-reference-message-container ntes-pcmail-quote yiv_quoted original-content " +
		"blockquote_zmail mail_original_content replyBlockquote")
	// From these on, everything to the end is quoted.
	fromHereIDs = set("divRplyFwdMsg appendonsend OLK_SRC_BODY_SECTION ms-outlook-mobile-quote ms-outlook-mobile-reference-message mail-original-header qm_reply_header")
	fromHere    = set("OutlookMessageHeader")
	// What a program marks as passed on is to be read.
	forwardIDs       = set("isForwardContent")
	signatureClasses = set("gmail_signature moz-signature protonmail_signature_block lark-mail-signature ntes-mailmaster-sign xm_mail_sign mailSignature foxmail_sign alimail-signature yahoo-signature")
	signatureIDs     = set("Signature signature ms-outlook-mobile-signature spnEditorSign FMSigSeperator AppleMailSignature lark-mail-signature mailSignature")
	lazyPrefixes     = []string{"lark-mail-quote", "ntes-pcmail-quote", "mail-quote-"}
)

func set(names string) map[string]bool {
	m := map[string]bool{}
	for _, n := range strings.Fields(names) {
		m[n] = true
	}
	return m
}

// htmlSplit is a page cut into the writer's own words, what they quote, and their signature.
type htmlSplit struct {
	own, quoted, signature *html.Node
	found                  bool // something was cut
	announced              bool // the quote is known for one by more than its looks
}

// splitHTML moves quoted and signature nodes out of body into trees of their own. body becomes the writer's words.
func splitHTML(body *html.Node) htmlSplit {
	s := htmlSplit{own: body, quoted: div(), signature: div()}
	marks := survey(body)
	if marks.cut != nil && marks.cut != body {
		moveFrom(body, marks.cut, s.quoted)
		s.found, s.announced = true, true
	}
	for _, n := range unanswered(marks.quotes) {
		if !within(n, body) {
			continue // it went with what was cut
		}
		s.announced = dropAttribution(n, s.quoted) || s.announced || saysQuote(n)
		move(n, s.quoted)
		s.found = true
	}
	if cut := cutByLines(body); cut != nil {
		moveFrom(body, cut, s.quoted)
		s.found, s.announced = true, true
	}
	for _, n := range marks.signatures {
		switch {
		case !within(n, body):
		case n.DataAtom == atom.Hr:
			moveCard(n, s.signature)
			s.found = true
		default:
			move(n, s.signature)
			s.found = true
		}
	}
	return s
}

func within(n, root *html.Node) bool {
	for ; n != nil; n = n.Parent {
		if n == root {
			return true
		}
	}
	return false
}

// marked is what one walk over a page finds.
type marked struct {
	cut                *html.Node // from here on all is quoted
	quotes, signatures []*html.Node
}

// survey finds the outermost marks in one walk.
func survey(body *html.Node) marked {
	var m marked
	budget := 50 // elements that are looked at closely; a page with more is no letter
	var walk func(n *html.Node)
	walk = func(n *html.Node) {
		for c := n.FirstChild; c != nil && m.cut == nil; c = c.NextSibling {
			if c.Type != html.ElementNode {
				continue
			}
			class, id := "", ""
			for _, a := range c.Attr {
				switch a.Key {
				case "class":
					class = a.Val
				case "id":
					id = strings.TrimPrefix(a.Val, "x_")
				}
			}
			switch {
			case id != "" && fromHereIDs[id] || class != "" && hasClass(class, fromHere):
				m.cut = c
				return
			case isQuote(c, class, id, &budget):
				switch {
				case passedOn(c, id):
				case answeredInside(c, class):
					walk(c) // its block quotes are quotes, the rest is the writer's
				default:
					m.quotes = append(m.quotes, c)
				}
			case class != "" && hasClass(class, signatureClasses) || id != "" && signatureIDs[id] || isFoxmailRule(c) || c.DataAtom == atom.Div && attr(c, "name") == "messageSignatureSection":
				m.signatures = append(m.signatures, c)
			default:
				walk(c)
			}
		}
	}
	walk(body)
	return m
}

func isFoxmailRule(n *html.Node) bool {
	return n.DataAtom == atom.Hr && strings.EqualFold(attr(n, "color"), "#b5c4df") && strings.Contains(attr(n, "style"), "210px")
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
	for n := cut; n != nil && n != root; {
		parent := n.Parent
		c := n
		if n != cut {
			c = n.NextSibling
		}
		for c != nil {
			next := c.NextSibling
			move(c, to)
			c = next
		}
		n = parent
	}
}

// moveCard moves Foxmail's ruler and the signature below it: the first element with words, and what still looks like a
// visiting card. Whoever goes on writing below it is not cut off; the quote is gone by now.
func moveCard(rule, to *html.Node) {
	begun := false
	for n := rule; n != nil; {
		next := n.NextSibling
		if hasWords(n) {
			if begun && slices.ContainsFunc(firstLines(n, maxFarewell), func(l string) bool { return !looksLikeCard(l) }) {
				return
			}
			begun = true
		}
		move(n, to)
		n = next
	}
}

// hasClass reports whether one of the classes is in set; "x_" is Outlook's, "ydp…" Yahoo's way to make them their own.
func hasClass(classes string, set map[string]bool) bool {
	for rest := classes; rest != ""; {
		var c string
		c, rest, _ = strings.Cut(strings.TrimLeft(rest, " \t\n"), " ")
		if set[c] || set[strings.TrimPrefix(c, "x_")] {
			return true
		}
		if strings.HasPrefix(c, "ydp") || strings.HasPrefix(c, "yiv") {
			for name := range set {
				if strings.HasSuffix(c, name) {
					return true
				}
			}
		}
	}
	return false
}

func isQuote(n *html.Node, class, id string, budget *int) bool {
	if n.DataAtom == atom.Blockquote {
		if *budget--; *budget < 0 || isIndented(n) {
			return false
		}
	}
	switch {
	case n.Data == "includetail":
		return true
	case class == "qmbox" && previousText(n) == nil: // QQ Mail puts it around whole mails as well
		return false
	case class != "" && hasClass(class, quoteClasses) || id != "" && (quoteIDs[id] || forwardIDs[id] || hasPrefixOf(id, lazyPrefixes)):
		return true
	case n.DataAtom == atom.Blockquote:
		// A blockquote may be the writer's own emphasis: only one that a mail program made, or that is announced, counts.
		return attr(n, "type") == "cite" || attr(n, "cite") != "" || announced(n) || quoteStyle(n) || closes(n)
	case n.DataAtom == atom.Div || n.DataAtom == atom.Section:
		name := attr(n, "name")
		return name == "messageReplySection" || name == "quote"
	}
	return false
}

// answerable are the boxes that programs put around an announcement and its block quote alone. Who answers below the
// quote in Gmail writes inside of them.
var answerable = set("gmail_quote gmail_quote_container gmail_extra protonmail_quote")

// answeredInside reports whether words stand below the block quote in such a box, that are no signature.
func answeredInside(n *html.Node, class string) bool {
	if n.DataAtom != atom.Div || !hasClass(class, answerable) {
		return false
	}
	below := false
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.DataAtom == atom.Blockquote {
			below = true
			continue
		}
		inner := attr(c, "class")
		switch {
		case c.DataAtom == atom.Div && answeredInside(c, inner):
			return true
		case below && hasWords(c) && !hasClass(inner, signatureClasses) && !hasClass(inner, quoteClasses):
			return true
		}
	}
	return false
}

// passedOn reports whether a marked piece is a forward: it says so in its first lines.
func passedOn(n *html.Node, id string) bool {
	if forwardIDs[id] {
		return true
	}
	for i, l := range firstLines(n, 4) {
		if ruled, forward := ruleLine(l); ruled {
			return forward
		}
		if i > 2 {
			break
		}
	}
	return false
}

// closes reports whether n ends the mail and words stand before it: nobody ends with an emphasis of their own.
func closes(n *html.Node) bool {
	for p := n; p != nil && p.DataAtom != atom.Body; p = p.Parent {
		for s := p.NextSibling; s != nil; s = s.NextSibling {
			if hasWords(s) {
				return false
			}
		}
	}
	return previousText(n) != nil
}

// hasWords reports whether any text stands under n.
func hasWords(n *html.Node) bool {
	if n.Type == html.TextNode {
		return strings.Trim(n.Data, " \t\r\n\f\u00a0") != ""
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if hasWords(c) {
			return true
		}
	}
	return false
}

// quoteStyle knows the left bar by which programs without classes set off what they quote.
func quoteStyle(n *html.Node) bool {
	style := attr(n, "style")
	return style != "" && strings.Contains(strings.ToLower(style), "border-left")
}

// isIndented knows the block quote by which Gmail, Apple Mail and others indent words of the writer.
func isIndented(n *html.Node) bool {
	style := attr(n, "style")
	if !strings.Contains(style, "40px") {
		return false
	}
	style = strings.ReplaceAll(lowerName(style), " ", "")
	return strings.Contains(style, "border:none") && attr(n, "type") != "cite"
}

// announced reports whether the words just before n say that somebody wrote what follows.
func announced(n *html.Node) bool {
	before := previousText(n)
	return before != nil && announces(before)
}

// announces reads the last lines of what stands before a quote.
func announces(before *html.Node) bool {
	text := before.Data
	if before.Type != html.TextNode {
		text = textOf(before)
	}
	lines := strings.Split(strings.TrimSpace(text), "\n")
	asked := announcer{lines: lines}
	for i := max(0, len(lines)-4); i < len(lines); i++ {
		if n, _ := asked.announcement(i); n > 0 && i+n == len(lines) {
			return true
		}
		if last := lines[i]; i == len(lines)-1 && len(last) < 300 && endsColon(last) && (hasVerb(strings.ToLower(last)) || endsAddress(last)) {
			return true
		}
	}
	return false
}

// previousText is the nearest node with words before n.
func previousText(n *html.Node) *html.Node {
	for hops := 0; n != nil && hops < 6; hops++ {
		for p := n.PrevSibling; p != nil; p = p.PrevSibling {
			if hasWords(p) {
				return lastBlock(p)
			}
		}
		n = n.Parent
	}
	return nil
}

// lastBlock goes down to the last block of n that has words.
func lastBlock(n *html.Node) *html.Node {
	for {
		last := n.LastChild
		for last != nil && !hasWords(last) {
			last = last.PrevSibling
		}
		if last == nil || last.Type != html.ElementNode || !isBlock(last.DataAtom) {
			return n
		}
		n = last
	}
}

// dropAttribution moves the line "On … wrote:" along with the quote it announces, and reports whether there is one.
func dropAttribution(n, to *html.Node) bool {
	p := previousText(n)
	if p == nil || p.Parent == nil {
		return false
	}
	page := pageLines(p, 0)
	defer page.giveBack()
	lines, nodes := page.lines, page.nodes
	asked := announcer{lines: lines}
	for i := max(0, len(lines)-4); i < len(lines); i++ {
		if k, whole := asked.announcement(i); k == 0 || whole || i+k != len(lines) {
			continue
		}
		if i == 0 {
			move(p, to)
		} else {
			moveFrom(p, nodes[i], to)
		}
		return true
	}
	return false
}
