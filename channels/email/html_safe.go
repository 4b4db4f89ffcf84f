package email

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// What of a stranger's HTML may reach a page: words, tables, pictures by cid, harmless styles. No script, no form, no
// frame, no id or class that could meet ours, nothing that loads from elsewhere by itself. Everything is written anew
// from the parsed tree by a list of what may be, so that no trick of spelling survives; nothing of SVG and MathML is
// written, and no element whose content a browser reads in a mode of its own.

var safeElements = atomSet(atom.P, atom.Div, atom.Span, atom.Br, atom.Hr, atom.B, atom.Strong, atom.I, atom.Em, atom.U, atom.S, atom.Strike,
	atom.Del, atom.Ins, atom.Sub, atom.Sup, atom.Small, atom.Big, atom.Code, atom.Pre, atom.Tt, atom.Kbd, atom.Samp, atom.Blockquote,
	atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Ul, atom.Ol, atom.Li, atom.Dl, atom.Dt, atom.Dd, atom.Table, atom.Thead,
	atom.Tbody, atom.Tfoot, atom.Tr, atom.Td, atom.Th, atom.Caption, atom.Colgroup, atom.Col, atom.Center, atom.Font, atom.Abbr,
	atom.Address, atom.Article, atom.Section, atom.Header, atom.Footer, atom.Main, atom.Figure, atom.Figcaption, atom.Details,
	atom.Summary, atom.Mark, atom.Q, atom.Cite, atom.Time, atom.Wbr, atom.Ruby, atom.Rt, atom.Rp, atom.A, atom.Img)

var voidElements = atomSet(atom.Br, atom.Hr, atom.Col, atom.Wbr, atom.Img)

// hiddenElements are left out with all that is in them.
var hiddenElements = atomSet(atom.Script, atom.Style, atom.Head, atom.Title, atom.Meta, atom.Link, atom.Object, atom.Embed, atom.Iframe,
	atom.Svg, atom.Math, atom.Noscript, atom.Noembed, atom.Noframes, atom.Frame, atom.Frameset, atom.Template, atom.Applet, atom.Audio,
	atom.Video, atom.Canvas, atom.Base, atom.Param, atom.Xmp, atom.Plaintext)

var (
	sizedElements = atomSet(atom.Img, atom.Table, atom.Td, atom.Th, atom.Tr, atom.Col)
	tableElements = atomSet(atom.Table, atom.Td, atom.Th, atom.Tr, atom.Col, atom.Colgroup)
)

// What safeWriter knows of an element, in one look-up.
type elementFlags byte

const (
	isHidden elementFlags = 1 << iota
	isSafe
	isVoid
	isSized
	isTablePart
)

var flagsOf = func() *atomTable[elementFlags] {
	m := map[atom.Atom]elementFlags{}
	for flag, set := range map[elementFlags]map[atom.Atom]bool{isHidden: hiddenElements, isSafe: safeElements, isVoid: voidElements, isSized: sizedElements, isTablePart: tableElements} {
		for a := range set {
			m[a] |= flag
		}
	}
	return newAtomTable(m)
}()

func atomSet(list ...atom.Atom) map[atom.Atom]bool {
	set := make(map[atom.Atom]bool, len(list))
	for _, a := range list {
		set[a] = true
	}
	return set
}

// safeWriter writes a tree so that it is safe to show inside a script-less frame.
type safeWriter struct {
	b []byte

	last  string // the style that was written last, as it came
	begin int    // and where in b it stands, as it was written
	end   int
}

func (w *safeWriter) children(n *html.Node, depth int) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		w.node(c, depth)
	}
}

func (w *safeWriter) node(n *html.Node, depth int) {
	switch n.Type {
	case html.TextNode:
		w.escape(n.Data)
		return
	case html.ElementNode:
	default:
		return
	}
	flags := flagsOf.get(n.DataAtom)
	if flags&isHidden != 0 || depth > 2*maxNesting {
		return
	}
	if n.Namespace != "" || flags&isSafe == 0 {
		w.children(n, depth+1) // the words of an unknown element stay
		return
	}
	name := n.DataAtom.String()
	switch n.DataAtom {
	case atom.A:
		if !w.link(n) {
			w.children(n, depth+1)
			return
		}
	case atom.Img:
		w.picture(n)
		return
	default:
		w.b = append(w.b, '<')
		w.b = append(w.b, name...)
		w.attributes(n, flags)
		w.b = append(w.b, '>')
	}
	if flags&isVoid != 0 {
		return
	}
	if n.DataAtom == atom.Pre && n.FirstChild != nil && strings.HasPrefix(n.FirstChild.Data, "\n") {
		w.b = append(w.b, '\n') // a reader drops the first line end of a pre
	}
	w.children(n, depth+1)
	w.b = append(w.b, "</"...)
	w.b = append(w.b, name...)
	w.b = append(w.b, '>')
}

// link writes <a href> that tells the other side nothing and cannot reach back; false when it leads nowhere allowed.
func (w *safeWriter) link(n *html.Node) bool {
	href, ok := safeURL(attr(n, "href"), "http:", "https:", "mailto:", "tel:", "cid:")
	if !ok {
		return false
	}
	w.b = append(w.b, "<a"...)
	w.attribute("href", href)
	w.attributes(n, 0)
	w.b = append(w.b, ` rel="nofollow noreferrer noopener" target="_blank">`...)
	return true
}

// picture writes <img>. Pictures from elsewhere are not loaded: their address moves to data-remote-src, which the page
// puts back when a person asks for it. The sender's own data-remote-src is not ours and is dropped.
func (w *safeWriter) picture(n *html.Node) {
	w.b = append(w.b, "<img"...)
	src := attr(n, "src")
	if u, ok := safeURL(src, "cid:"); ok {
		w.attribute("src", u)
	} else if u, ok := safeData(src); ok {
		w.attribute("src", u)
	} else if u, ok := safeURL(src, "http:", "https:"); ok {
		w.attribute("data-remote-src", u)
	}
	w.attributes(n, isSized)
	w.b = append(w.b, '>')
}

// safeURL is u without blanks and control characters, if it has one of the schemes.
func safeURL(u string, schemes ...string) (string, bool) {
	u = strings.Map(func(r rune) rune {
		if r <= ' ' || r == 0x7f || r == utf8.RuneError {
			return -1
		}
		return r
	}, u)
	for _, s := range schemes {
		if len(u) > len(s) && strings.EqualFold(u[:len(s)], s) {
			return u, true
		}
	}
	return "", false
}

// safeData takes pictures that are written out in the page; SVG is a document and stays out.
func safeData(u string) (string, bool) {
	u, ok := safeURL(u, "data:image/")
	if !ok {
		return "", false
	}
	kind, data, _ := strings.Cut(u[len("data:image/"):], ",")
	switch strings.ToLower(kind) {
	case "png;base64", "jpeg;base64", "jpg;base64", "gif;base64", "webp;base64", "bmp;base64":
	default:
		return "", false
	}
	for i := range len(data) {
		if !isBase64(data[i]) && data[i] != '=' {
			return "", false
		}
	}
	return u, true
}

// attributes writes those of n that every element may have, and those its kind may have.
func (w *safeWriter) attributes(n *html.Node, flags elementFlags) {
	for _, a := range n.Attr {
		if a.Namespace != "" {
			continue
		}
		if a.Key == "style" {
			w.style(a.Val)
		} else if safeAttribute(n.DataAtom, flags, a.Key, a.Val) {
			w.attribute(a.Key, a.Val)
		}
	}
}

func safeAttribute(of atom.Atom, flags elementFlags, key, value string) bool {
	switch key {
	case "align", "valign", "bgcolor", "dir", "lang":
		return len(value) < 100
	case "width", "height":
		return flags&isSized != 0 && isSize(value)
	case "border", "cellpadding", "cellspacing", "colspan", "rowspan", "nowrap", "span":
		return flags&isTablePart != 0 && len(value) < 20
	case "color", "face", "size":
		return of == atom.Font && len(value) < 200
	case "start", "type":
		return (of == atom.Ol || of == atom.Ul || of == atom.Li) && len(value) < 20
	case "alt", "title":
		return of == atom.Img
	}
	return false
}

// isSize knows "12", "12px", "50%", "auto".
func isSize(v string) bool {
	v = strings.TrimSpace(v)
	if strings.EqualFold(v, "auto") {
		return true
	}
	n := 0
	for n < len(v) && (v[n] >= '0' && v[n] <= '9' || v[n] == '.') {
		n++
	}
	if n == 0 || n > 6 {
		return false
	}
	switch strings.ToLower(v[n:]) {
	case "", "px", "pt", "em", "rem", "%", "cm", "mm", "in":
		return true
	}
	return false
}

func (w *safeWriter) attribute(key, value string) {
	w.b = append(w.b, ' ')
	w.b = append(w.b, key...)
	w.b = append(w.b, `="`...)
	w.escape(value)
	w.b = append(w.b, '"')
}

var safeStyles = func() map[string]bool {
	set := map[string]bool{}
	for _, name := range []string{
		"color", "background-color", "font-weight", "font-style", "text-decoration", "text-align", "vertical-align", "white-space",
		"list-style-type", "direction", "border-collapse", "text-indent", "width", "max-width", "height", "font-size", "line-height",
		"margin", "margin-left", "margin-right", "margin-top", "margin-bottom", "padding", "padding-left", "padding-right", "padding-top",
		"padding-bottom", "border", "border-left", "border-top", "border-bottom", "border-right", "border-radius", "font-family",
	} {
		set[name] = true
	}
	return set
}()

// style writes the declarations that only colour, size and place the words themselves.
func (w *safeWriter) style(v string) {
	if v == w.last && v != "" { // a page says the same of every paragraph
		w.b = append(w.b, w.b[w.begin:w.end]...)
		return
	}
	w.last, w.begin = v, len(w.b)
	defer func() { w.end = len(w.b) }()
	opened := false
	for v != "" {
		var one string
		one, v, _ = strings.Cut(v, ";")
		name, value, ok := strings.Cut(one, ":")
		name, value = lowerName(strings.TrimSpace(name)), strings.TrimSpace(value)
		if !ok || value == "" || !safeStyles[name] || !safeStyleValue(name, value) {
			continue
		}
		if opened {
			w.b = append(w.b, "; "...)
		} else {
			w.b = append(w.b, ` style="`...)
			opened = true
		}
		w.b = append(w.b, name...)
		w.b = append(w.b, ": "...)
		w.escape(value)
	}
	if opened {
		w.b = append(w.b, '"')
	}
}

// safeStyleValue keeps a value from loading, covering or calling anything. Only colours may call a function; negative
// lengths could lay words over other words.
func safeStyleValue(name, v string) bool {
	if len(v) >= 200 {
		return false
	}
	for i := range len(v) {
		switch c := v[i]; {
		case c == '\\' || c == '<' || c == '>' || c == '{' || c == '}' || c == '@' || c == '/' || c == ':' || isControl(rune(c)) && c != '\n' && c != '\r' && c != '\t':
			return false
		case c == '(' || c == ')':
			if name != "color" && name != "background-color" || !isColourCall(v) {
				return false
			}
		case c == '-' && i+1 < len(v) && (v[i+1] >= '0' && v[i+1] <= '9' || v[i+1] == '.'):
			return false
		}
	}
	return true
}

// isColourCall knows rgb(1, 2, 3) and its like, and nothing behind it.
func isColourCall(v string) bool {
	v = strings.ToLower(v)
	for _, f := range []string{"rgb(", "rgba(", "hsl(", "hsla("} {
		inner, ok := strings.CutPrefix(v, f)
		if !ok {
			continue
		}
		inner, tail, closed := strings.Cut(inner, ")")
		tail = strings.TrimSpace(tail)
		return closed && (tail == "" || tail == "!important") && strings.Trim(inner, "0123456789., %deg") == ""
	}
	return false
}

// escape writes text so that it stays text, in content and in quoted attributes alike.
func (w *safeWriter) escape(s string) {
	start := 0
	for i := range len(s) {
		if !mustEscape[s[i]] {
			continue
		}
		w.b = append(w.b, s[start:i]...)
		w.b = append(w.b, escapes[s[i]]...)
		start = i + 1
	}
	w.b = append(w.b, s[start:]...)
}
