package email

import (
	"regexp"
	"strings"
	"sync"

	"github.com/microcosm-cc/bluemonday"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

const maxHTML = 2 << 20 // bytes of markup that are read; the rest is in the raw mail

var size = regexp.MustCompile(`^[0-9.]+(px|pt|em|rem|%|cm|mm|in)?$|^auto$`)

// policy is what of a stranger's HTML may reach a page: words, tables, pictures by cid, harmless styles. No script,
// no form, no frame, no id or class that could meet ours, nothing that loads from elsewhere by itself.
var policy = sync.OnceValue(func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "div", "span", "br", "hr", "b", "strong", "i", "em", "u", "s", "strike", "del", "ins", "sub", "sup", "small",
		"big", "code", "pre", "tt", "kbd", "samp", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "dl", "dt", "dd",
		"table", "thead", "tbody", "tfoot", "tr", "td", "th", "caption", "colgroup", "col", "center", "font", "abbr", "address", "article",
		"section", "header", "footer", "main", "figure", "figcaption", "details", "summary", "mark", "q", "cite", "time", "wbr", "ruby", "rt", "rp")
	p.AllowURLSchemes("http", "https", "mailto", "tel", "cid")
	p.AllowDataURIImages()
	p.AllowRelativeURLs(false)
	p.AllowAttrs("href").OnElements("a")
	p.RequireNoFollowOnLinks(true)
	p.RequireNoReferrerOnLinks(true)
	p.AddTargetBlankToFullyQualifiedLinks(true)
	p.AllowAttrs("src", "data-remote-src", "alt", "title").OnElements("img")
	p.AllowAttrs("width", "height").Matching(size).OnElements("img", "table", "td", "th", "tr", "col")
	p.AllowAttrs("align", "valign", "bgcolor", "dir", "lang").Globally()
	p.AllowAttrs("border", "cellpadding", "cellspacing", "colspan", "rowspan", "nowrap", "span").OnElements("table", "td", "th", "tr", "col", "colgroup")
	p.AllowAttrs("color", "face", "size").OnElements("font")
	p.AllowAttrs("start", "type").OnElements("ol", "ul", "li")
	p.AllowStyles("color", "background-color", "font-weight", "font-style", "text-decoration", "text-align", "vertical-align",
		"white-space", "list-style-type", "direction", "border-collapse", "text-indent").Globally()
	p.AllowStyles("width", "max-width", "height", "font-size", "line-height", "margin", "margin-left", "margin-right", "margin-top",
		"margin-bottom", "padding", "padding-left", "padding-right", "padding-top", "padding-bottom", "border", "border-left", "border-top",
		"border-bottom", "border-right", "border-radius", "font-family").MatchingHandler(harmless).Globally()
	return p
})

// harmless keeps a style value from loading, covering or calling anything.
func harmless(v string) bool {
	v = strings.ToLower(v)
	return len(v) < 200 && !strings.ContainsAny(v, `\<>;{}@`) && !strings.Contains(v, "url") && !strings.Contains(v, "expression") &&
		!strings.Contains(v, "(") && !strings.Contains(v, "-9")
}

// Sanitise makes markup safe to show inside a script-less frame. Pictures from elsewhere are not loaded: their
// address moves to data-remote-src, which the page puts back when a person asks for it.
func Sanitise(markup string) string {
	root := parseHTML(markup)
	if root == nil {
		return ""
	}
	return sanitiseTree(root)
}

func sanitiseTree(root *html.Node) string {
	blockRemote(root)
	return strings.TrimSpace(policy().Sanitize(render(root)))
}

// parseHTML returns the body of a page, or nil. Comments, scripts and styles are gone, so that no later step reads
// them as words.
func parseHTML(markup string) *html.Node {
	if len(markup) > maxHTML {
		markup = strings.ToValidUTF8(markup[:maxHTML], "")
	}
	doc, err := html.ParseWithOptions(strings.NewReader(markup), html.ParseOptionEnableScripting(false))
	if err != nil {
		return nil
	}
	body := find(doc, func(n *html.Node) bool { return n.DataAtom == atom.Body })
	if body == nil {
		return nil
	}
	prune(body, 0)
	return body
}

// maxNesting bounds recursion over a tree; deeper markup is flattened away.
const maxNesting = 400

func prune(n *html.Node, depth int) {
	for c := n.FirstChild; c != nil; {
		next := c.NextSibling
		gone := c.Type == html.CommentNode || depth > maxNesting
		switch c.DataAtom {
		case atom.Script, atom.Style, atom.Head, atom.Title, atom.Meta, atom.Link, atom.Object, atom.Embed, atom.Iframe, atom.Svg,
			atom.Noscript, atom.Template, atom.Form, atom.Input, atom.Select, atom.Textarea, atom.Button:
			gone = c.Type == html.ElementNode && c.DataAtom != atom.Form
		}
		if gone {
			n.RemoveChild(c)
		} else {
			prune(c, depth+1)
		}
		c = next
	}
}

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

func render(n *html.Node) string {
	var b strings.Builder
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		_ = html.Render(&b, c) // a Builder does not fail
	}
	return b.String()
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func blockRemote(n *html.Node) {
	if n.DataAtom == atom.Img {
		for i, a := range n.Attr {
			v := strings.ToLower(strings.TrimSpace(a.Val))
			if a.Key == "data-remote-src" {
				n.Attr[i].Key = "data-old" // the sender's own is not ours
			}
			if a.Key == "src" && !strings.HasPrefix(v, "cid:") && !strings.HasPrefix(v, "data:image/") {
				n.Attr[i].Key = "data-remote-src"
				if !strings.HasPrefix(v, "https:") && !strings.HasPrefix(v, "http:") {
					n.Attr[i].Key = "data-old"
				}
			}
		}
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		blockRemote(c)
	}
}

// cidsOf lists what pictures refer to, without "cid:", and relative sources (Content-Location).
func cidsOf(n *html.Node, into map[string]bool) {
	for _, key := range [...]string{"src", "background", "href"} {
		v := strings.TrimSpace(attr(n, key))
		if id, ok := strings.CutPrefix(v, "cid:"); ok {
			into[unescape(id)] = true
		} else if key == "src" && v != "" && !strings.Contains(v, ":") {
			into[v] = true
		}
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		cidsOf(c, into)
	}
}

// textOf reads a tree as a person would: blocks on lines of their own, lists with dashes, links by their words.
func textOf(n *html.Node) string {
	w := &textWriter{}
	w.node(n, false)
	return tidy(w.b.String())
}

type textWriter struct{ b strings.Builder }

func (w *textWriter) node(n *html.Node, pre bool) {
	switch n.Type {
	case html.TextNode:
		if pre {
			w.b.WriteString(n.Data)
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
		w.b.WriteByte('\n')
	case atom.Hr:
		w.line()
	case atom.Li:
		w.b.WriteString("- ")
	case atom.Td, atom.Th:
		w.words(" ")
	case atom.Img:
		if alt := strings.TrimSpace(attr(n, "alt")); alt != "" && len(alt) < 100 {
			w.words("[" + alt + "]")
		}
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		w.node(c, pre || n.DataAtom == atom.Pre)
	}
	if block {
		w.line()
		if n.DataAtom == atom.P || n.DataAtom == atom.Blockquote || isHeading(n.DataAtom) {
			w.b.WriteByte('\n')
		}
	}
}

// words writes text with its white space collapsed.
func (w *textWriter) words(s string) {
	for i, f := range strings.FieldsFunc(s, isBlank) {
		if i > 0 || isBlank(rune(s[0])) {
			w.blank()
		}
		w.b.WriteString(f)
	}
	if s != "" && isBlank(rune(s[len(s)-1])) {
		w.blank()
	}
}

func isBlank(r rune) bool { return r == ' ' || r == '\n' || r == '\t' || r == '\r' || r == '\f' }

func (w *textWriter) blank() {
	if s := w.b.String(); s != "" && s[len(s)-1] != '\n' && s[len(s)-1] != ' ' {
		w.b.WriteByte(' ')
	}
}

func (w *textWriter) line() {
	if s := w.b.String(); s != "" && s[len(s)-1] != '\n' {
		w.b.WriteByte('\n')
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

var manyLines = regexp.MustCompile(`\n{3,}`)

// tidy drops trailing blanks and runs of empty lines.
func tidy(s string) string {
	s = strings.ReplaceAll(s, "\u00a0", " ")
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " \t")
	}
	return strings.Trim(manyLines.ReplaceAllString(strings.Join(lines, "\n"), "\n\n"), "\n")
}
