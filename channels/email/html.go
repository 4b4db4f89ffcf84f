package email

import (
	"bytes"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

const (
	maxHTML  = 2 << 20 // bytes of markup that are read; the rest is in the raw mail
	maxTags  = 30_000  // a tree takes some 300 bytes a tag; pages with more are read without one
	maxSigns = 40_000  // equals signs: as many attributes at most
)

// Sanitise makes markup safe to show inside a script-less frame. Pictures from elsewhere are not loaded: their
// address moves to data-remote-src, which the page puts back when a person asks for it.
func Sanitise(markup string) string {
	root := parseHTML(markup)
	if root == nil {
		return ""
	}
	return sanitiseTree(root)
}

// sanitiseTree writes what is in root, safe; root itself is not written.
func sanitiseTree(root *html.Node) string {
	if root == nil || root.FirstChild == nil {
		return ""
	}
	sheet := takeSheet()
	w := safeWriter{b: sheet.b}
	w.children(root, 0)
	sheet.b = w.b
	defer sheet.giveBack()
	return string(bytes.TrimSpace(w.b))
}

// parseHTML returns the body of a page, or nil. Comments, scripts and styles are gone, so that no later step reads
// them as words.
func parseHTML(markup string) *html.Node {
	root, _ := parsePage(markup)
	return root
}

// parsePage is parseHTML whose tree may be given back.
func parsePage(markup string) (*html.Node, lent) {
	if len(markup) > maxHTML {
		markup = strings.ToValidUTF8(markup[:maxHTML], "")
	}
	if strings.Count(markup, "<") > maxTags || strings.Count(markup, "=") > maxSigns {
		return flatHTML(markup), nil
	}
	if body, l := quickPage(markup); body != nil {
		return body, l
	}
	return fullHTML(markup), nil
}

// fullHTML reads a page by all the rules of HTML.
func fullHTML(markup string) *html.Node {
	doc, err := html.ParseWithOptions(strings.NewReader(markup), html.ParseOptionEnableScripting(false))
	if err != nil {
		return flatHTML(markup) // nested deeper than the reader goes
	}
	body := find(doc, func(n *html.Node) bool { return n.DataAtom == atom.Body })
	if body == nil {
		return nil
	}
	if !prune(body, 0) {
		return flatHTML(markup)
	}
	return body
}

// flatHTML is the words of a page that is no tree for us, a line for each block: no word is lost.
func flatHTML(markup string) *html.Node {
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(markup))
	var hidden atom.Atom
	for kind := z.Next(); kind != html.ErrorToken; kind = z.Next() {
		if kind == html.TextToken {
			if hidden == 0 {
				b.Write(z.Text())
			}
			continue
		}
		name, _ := z.TagName() // nothing for comments
		a := atom.Lookup(name)
		switch opens := kind == html.StartTagToken; {
		case kind == html.EndTagToken && a == hidden:
			hidden = 0
		case (opens || kind == html.SelfClosingTagToken) && (isBlock(a) || a == atom.Br):
			b.WriteByte('\n')
		case opens && hidden == 0 && hiddenElements[a] && !voidHidden[a]:
			hidden = a
		}
	}
	body := &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body}
	pre := &html.Node{Type: html.ElementNode, Data: "pre", DataAtom: atom.Pre}
	pre.AppendChild(&html.Node{Type: html.TextNode, Data: strings.ToValidUTF8(b.String(), "\ufffd")})
	body.AppendChild(pre)
	return body
}

// voidHidden are hidden elements that have no end.
var voidHidden = atomSet(atom.Meta, atom.Link, atom.Embed, atom.Frame, atom.Base, atom.Param, atom.Plaintext)

// maxNesting bounds recursion over a tree; deeper markup is read without its tree.
const maxNesting = 400

// prune takes out what is no word of the mail; false when the tree is too deep.
func prune(n *html.Node, depth int) bool {
	if depth > maxNesting {
		return false
	}
	for c := n.FirstChild; c != nil; {
		next := c.NextSibling
		if c.Type == html.CommentNode || c.Type == html.ElementNode && prunedElements[c.DataAtom] {
			n.RemoveChild(c)
		} else if c.FirstChild != nil && !prune(c, depth+1) {
			return false
		}
		c = next
	}
	return true
}

var prunedElements = atomSet(atom.Script, atom.Style, atom.Head, atom.Title, atom.Meta, atom.Link, atom.Object, atom.Embed, atom.Iframe,
	atom.Svg, atom.Noscript, atom.Template, atom.Input, atom.Select, atom.Textarea, atom.Button)

func find(n *html.Node, is func(*html.Node) bool) *html.Node {
	if is(n) {
		return n
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if hit := find(c, is); hit != nil {
			return hit
		}
	}
	return nil
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// cidsOf lists what pictures refer to, without "cid:", and relative sources (Content-Location).
func cidsOf(n *html.Node, into map[string]bool) {
	for _, a := range n.Attr {
		if a.Key != "src" && a.Key != "background" && a.Key != "href" {
			continue
		}
		v := strings.TrimSpace(a.Val)
		if id, ok := strings.CutPrefix(v, "cid:"); ok {
			into[unescape(id)] = true
		} else if a.Key == "src" && v != "" && !strings.Contains(v, ":") {
			into[v] = true
		}
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		cidsOf(c, into)
	}
}

// textOf reads a tree as a person would: blocks on lines of their own, lists with dashes, links by their words.
func textOf(n *html.Node) string { return tidy(readAloud(n, false)) }

// wordsOf is textOf without what pictures are called.
func wordsOf(n *html.Node) string { return readAloud(n, true) }

func readAloud(n *html.Node, blind bool) string {
	if n.Type == html.ElementNode && n.FirstChild == nil && n.Data == "div" {
		return "" // nothing was quoted, nothing signed: most pages
	}
	sheet := takeSheet()
	w := textWriter{b: sheet.b, blind: blind}
	w.node(n, false)
	sheet.b = w.b
	defer sheet.giveBack()
	return string(w.b)
}

type textWriter struct {
	b     []byte
	blind bool // pictures say nothing
}

func (w *textWriter) node(n *html.Node, pre bool) {
	switch n.Type {
	case html.TextNode:
		if pre {
			w.b = append(w.b, n.Data...)
			return
		}
		w.words(n.Data)
		return
	case html.ElementNode:
	default:
		return
	}
	block := isBlock(n.DataAtom)
	if block {
		w.line()
	}
	switch n.DataAtom {
	case atom.Br:
		w.b = append(w.b, '\n')
	case atom.Hr:
		w.line()
	case atom.Li:
		w.b = append(w.b, "- "...)
	case atom.Td, atom.Th:
		w.words(" ")
	case atom.Img:
		if alt := strings.TrimSpace(attr(n, "alt")); alt != "" && len(alt) < 100 && !w.blind {
			w.words("[" + alt + "]")
		}
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		w.node(c, pre || n.DataAtom == atom.Pre)
	}
	if block {
		w.line()
		if n.DataAtom == atom.P || n.DataAtom == atom.Blockquote || isHeading(n.DataAtom) {
			w.b = append(w.b, '\n')
		}
	}
}

// words writes text with its white space collapsed.
func (w *textWriter) words(s string) {
	start := -1
	for i := range len(s) {
		if !blankBytes[s[i]] {
			if start < 0 {
				start = i
			}
			continue
		}
		if start >= 0 {
			w.b = append(w.b, s[start:i]...)
			start = -1
		}
		w.blank()
	}
	if start >= 0 {
		w.b = append(w.b, s[start:]...)
	}
}

func (w *textWriter) blank() {
	if n := len(w.b); n > 0 && w.b[n-1] != '\n' && w.b[n-1] != ' ' {
		w.b = append(w.b, ' ')
	}
}

func (w *textWriter) line() {
	if n := len(w.b); n > 0 && w.b[n-1] != '\n' {
		w.b = append(w.b, '\n')
	}
}

func isHeading(a atom.Atom) bool {
	return a == atom.H1 || a == atom.H2 || a == atom.H3 || a == atom.H4 || a == atom.H5 || a == atom.H6
}

func isBlock(a atom.Atom) bool {
	switch a {
	case atom.P, atom.Div, atom.Ul, atom.Ol, atom.Li, atom.Table, atom.Tr, atom.Blockquote, atom.Pre, atom.Hr, atom.Center, atom.Dl, atom.Dt,
		atom.Dd, atom.Section, atom.Article, atom.Header, atom.Footer, atom.Address, atom.Figure, atom.Main, atom.Form, atom.Caption:
		return true
	}
	return isHeading(a)
}

// tidy drops blanks at line ends, runs of empty lines, and empty lines around the whole.
func tidy(s string) string {
	if isTidy(s) {
		return strings.Trim(s, "\n")
	}
	var b strings.Builder
	b.Grow(len(s))
	empty := 0
	for line := range strings.SplitSeq(s, "\n") {
		line = strings.TrimRight(line, " \t\u00a0")
		if line == "" {
			empty++
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('\n')
			if empty > 0 {
				b.WriteByte('\n')
			}
		}
		empty = 0
		if strings.Contains(line, "\u00a0") {
			line = strings.ReplaceAll(line, "\u00a0", " ")
		}
		b.WriteString(line)
	}
	return b.String()
}

// isTidy reports whether tidy has nothing to do inside s.
func isTidy(s string) bool {
	if strings.Contains(s, "\n\n\n") || strings.Contains(s, "\u00a0") || strings.HasSuffix(s, " ") || strings.HasSuffix(s, "\t") {
		return false
	}
	return !strings.Contains(s, " \n") && !strings.Contains(s, "\t\n")
}
