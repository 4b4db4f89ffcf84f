package email

import (
	"strings"
	"sync"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// quickHTML builds the tree of a well-formed page much faster than the full reader of HTML: most mail programs write
// such pages, and reading them is the dearest step of reading a mail. Wherever the rules of HTML would move, close or
// invent anything that is not plain (misnested tags, words between table cells, forms, SVG), it says no and the full
// reader reads the page. Both give the same tree but for what is never a word: comments, scripts and styles are left
// out at once. Nothing relies on it for safety: what is shown is written anew by safeWriter from either tree.
func quickHTML(markup string) (*html.Node, bool) {
	root, _ := quickPage(markup)
	return root, root != nil
}

// quickPage is quickHTML that lends its nodes: whoever is done with the tree gives them back. The tree is nil when the
// page is not for us.
func quickPage(markup string) (*html.Node, lent) {
	q := &quickReader{s: markup}
	q.stack = append(make([]*html.Node, 0, 16), q.element("body", atom.Body))
	for q.pos < len(q.s) {
		if !q.step() {
			q.lent.giveBack()
			return nil, nil
		}
	}
	return q.stack[0], q.lent
}

// shelf is room for nodes and their attributes. A page needs some hundreds of 104 bytes each, for as long as it is read.
type shelf struct {
	nodes  [128]html.Node
	attrs  [roomOfAttrs]html.Attribute
	used   int  // nodes that were handed out
	styled bool // attrs was handed out
}

var shelves = sync.Pool{New: func() any { return new(shelf) }}

// lent are the shelves of one tree.
type lent []*shelf

// giveBack ends the use of a tree: no node of it may be touched any more. Words read from it are no part of it.
func (l lent) giveBack() {
	for _, s := range l {
		clear(s.nodes[:s.used])
		if s.styled {
			clear(s.attrs[:])
		}
		s.used, s.styled = 0, false
		shelves.Put(s)
	}
}

type quickReader struct {
	s     string
	pos   int
	stack []*html.Node // open elements, the body first
	last  *shelf       // has room for more
	lent  lent
	attrs []html.Attribute
	begun bool // the body's own tag was seen
}

const (
	quickDepth = 200 // open elements; deeper pages are rare and odd
	quickAttrs = 60  // attributes of one element

	roomOfAttrs = 96 // attributes that are made room for at once, more than one element may have
)

func (q *quickReader) element(name string, a atom.Atom) *html.Node {
	n := q.node()
	n.Type, n.Data, n.DataAtom = html.ElementNode, name, a
	return n
}

// node is the next one of the last shelf.
func (q *quickReader) node() *html.Node {
	if q.last == nil || q.last.used == len(q.last.nodes) {
		q.last = shelves.Get().(*shelf)
		q.lent = append(q.lent, q.last)
	}
	n := &q.last.nodes[q.last.used]
	q.last.used++
	return n
}

// roomForAttrs is room for more than n attributes.
func (q *quickReader) roomForAttrs(n int) []html.Attribute {
	if q.last != nil && !q.last.styled {
		q.last.styled = true
		return q.last.attrs[:0]
	}
	return make([]html.Attribute, 0, roomOfAttrs+n)
}

func (q *quickReader) top() *html.Node { return q.stack[len(q.stack)-1] }

func (q *quickReader) pop() { q.stack = q.stack[:len(q.stack)-1] }

// step reads the words up to the next tag, and the tag; false when the page is not for us.
func (q *quickReader) step() bool {
	i := strings.IndexByte(q.s[q.pos:], '<')
	if i < 0 {
		i = len(q.s) - q.pos
	}
	if i > 0 && !q.text(q.s[q.pos:q.pos+i]) {
		return false
	}
	q.pos += i
	if q.pos+1 >= len(q.s) {
		return q.pos == len(q.s)
	}
	switch c := q.s[q.pos+1]; {
	case isLetter(c):
		return q.open()
	case c == '/':
		return q.close()
	case c == '!' || c == '?':
		return q.comment()
	}
	return false
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// text adds words. Between the parts of a table only blanks may stand.
func (q *quickReader) text(s string) bool {
	t := q.top()
	if !q.mayStand() && strings.Trim(s, " \t\n\f") != "" {
		return false
	}
	if strings.IndexByte(s, '&') >= 0 {
		s = html.UnescapeString(s)
	}
	n := q.node()
	n.Type, n.Data = html.TextNode, s
	t.AppendChild(n)
	return true
}

// What a start tag asks for. A kind not listed opens an element like any other.
type quickKind byte

const (
	quickAny    quickKind = iota
	quickNo               // rules of its own: not for us
	quickVoid             // no content
	quickDrop             // no content, and never a word
	quickRaw              // never a word, up to its end tag
	quickBlock            // ends an open paragraph
	quickFormat           // the full rules would open it again after a block
	quickRow              // part of a table
)

var quickKinds = func() *atomTable[quickKind] {
	kinds := map[atom.Atom]quickKind{}
	set := func(k quickKind, list ...atom.Atom) {
		for _, a := range list {
			kinds[a] = k
		}
	}
	set(quickNo, atom.Select, atom.Option, atom.Optgroup, atom.Svg, atom.Math, atom.Template, atom.Noscript, atom.Object, atom.Applet,
		atom.Marquee, atom.Frameset, atom.Frame, atom.Plaintext, atom.Xmp, atom.Iframe, atom.Noembed, atom.Noframes, atom.Textarea,
		atom.Button, atom.Image, atom.Nobr, atom.Ruby, atom.Rb, atom.Rt, atom.Rp, atom.Rtc, atom.Form, atom.Caption, atom.Isindex, atom.Keygen)
	set(quickVoid, atom.Br, atom.Img, atom.Wbr, atom.Area, atom.Hr)
	set(quickDrop, atom.Meta, atom.Link, atom.Base, atom.Basefont, atom.Bgsound, atom.Embed, atom.Input, atom.Param, atom.Source, atom.Track)
	set(quickRaw, atom.Script, atom.Style, atom.Title)
	set(quickBlock, atom.Address, atom.Article, atom.Aside, atom.Blockquote, atom.Center, atom.Details, atom.Dialog, atom.Dir, atom.Div,
		atom.Dl, atom.Fieldset, atom.Figcaption, atom.Figure, atom.Footer, atom.Header, atom.Hgroup, atom.Listing, atom.Main, atom.Menu,
		atom.Nav, atom.Ol, atom.P, atom.Pre, atom.Section, atom.Summary, atom.Ul, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6)
	set(quickFormat, atom.A, atom.B, atom.Big, atom.Code, atom.Em, atom.Font, atom.I, atom.S, atom.Small, atom.Strike, atom.Strong, atom.Tt, atom.U)
	set(quickRow, atom.Td, atom.Th, atom.Tr, atom.Tbody, atom.Thead, atom.Tfoot, atom.Col, atom.Colgroup)
	return newAtomTable(kinds)
}()

// open reads a start tag and does what it asks.
func (q *quickReader) open() bool {
	name, a, i := q.name(q.pos + 1)
	attrs, end, ok := q.attributes(i)
	if !ok {
		return false
	}
	q.pos = end
	kind := quickKinds.get(a)
	switch {
	case kind == quickNo:
		return false
	case a == atom.Html || a == atom.Head:
		return len(q.stack) == 1
	case a == atom.Body:
		if q.begun || len(q.stack) > 1 {
			return false
		}
		q.begun, q.stack[0].Attr = true, attrs
		return true
	case kind == quickDrop:
		return true
	case kind == quickRaw:
		return q.skipRaw(name)
	case kind == quickRow:
		return q.openRow(name, a, attrs)
	}
	if !q.mayStand() || !q.makeRoom(a, kind) || len(q.stack) > quickDepth {
		return false
	}
	n := q.element(name, a)
	n.Attr = attrs
	q.top().AppendChild(n)
	if kind != quickVoid {
		q.stack = append(q.stack, n)
	}
	if (a == atom.Pre || a == atom.Listing) && q.pos < len(q.s) && q.s[q.pos] == '\n' {
		q.pos++
	}
	return true
}

// mayStand reports whether anything but a part of a table may stand here.
func (q *quickReader) mayStand() bool {
	switch q.top().DataAtom {
	case atom.Table, atom.Tbody, atom.Thead, atom.Tfoot, atom.Tr, atom.Colgroup:
		return false
	}
	return true
}

// makeRoom closes what the new element ends by itself: an open paragraph, the list item before.
func (q *quickReader) makeRoom(a atom.Atom, kind quickKind) bool {
	switch {
	case a == atom.Li || a == atom.Dd || a == atom.Dt:
		return q.endItem(a) && q.endParagraph()
	case a == atom.Table:
		return !q.inScope(atom.P) // with a document type it ends the paragraph, without it does not
	case a == atom.H1 || a == atom.H2 || a == atom.H3 || a == atom.H4 || a == atom.H5 || a == atom.H6:
		return q.endParagraph() && !isHeading(q.top().DataAtom)
	case kind == quickBlock || a == atom.Hr:
		return q.endParagraph()
	case a == atom.A:
		return !q.isOpen(atom.A)
	}
	return true
}

func (q *quickReader) endParagraph() bool {
	if q.top().DataAtom == atom.P {
		q.pop()
		return true
	}
	return !q.inScope(atom.P)
}

// endItem ends the item before, with the paragraph that is open in it.
func (q *quickReader) endItem(a atom.Atom) bool {
	for i := len(q.stack) - 1; i > 0; i-- {
		switch n := q.stack[i].DataAtom; {
		case n == a || a != atom.Li && (n == atom.Dd || n == atom.Dt):
			q.stack = q.stack[:i]
			return true
		case n == atom.P:
		case n == atom.Ul || n == atom.Ol || n == atom.Dl || n == atom.Td || n == atom.Th:
			return true
		default:
			return !q.isOpen(a)
		}
	}
	return true
}

// inScope reports whether an element is open this side of the table cell (the "button scope" of HTML).
func (q *quickReader) inScope(a atom.Atom) bool {
	for i := len(q.stack) - 1; i > 0; i-- {
		switch q.stack[i].DataAtom {
		case a:
			return true
		case atom.Td, atom.Th, atom.Table:
			return false
		}
	}
	return false
}

func (q *quickReader) isOpen(a atom.Atom) bool {
	for _, n := range q.stack {
		if n.DataAtom == a {
			return true
		}
	}
	return false
}

// openRow opens a part of a table, and those around it that were left out.
func (q *quickReader) openRow(name string, a atom.Atom, attrs []html.Attribute) bool {
	if !q.isOpen(atom.Table) {
		return true // a cell without a table is no cell
	}
	if !q.closeTo(a) || len(q.stack) > quickDepth {
		return false
	}
	add := func(name string, a atom.Atom) *html.Node {
		n := q.element(name, a)
		q.top().AppendChild(n)
		q.stack = append(q.stack, n)
		return n
	}
	t := q.top().DataAtom
	switch {
	case a == atom.Col && t == atom.Table:
		add("colgroup", atom.Colgroup)
	case (a == atom.Tr || a == atom.Td || a == atom.Th) && t == atom.Table:
		add("tbody", atom.Tbody)
		fallthrough
	case (a == atom.Td || a == atom.Th) && t != atom.Tr:
		if a != atom.Tr {
			add("tr", atom.Tr)
		}
	}
	add(name, a).Attr = attrs
	if a == atom.Col {
		q.pop()
	}
	return true
}

// closeTo closes parts of the innermost table until a may be opened.
func (q *quickReader) closeTo(a atom.Atom) bool {
	for {
		switch q.top().DataAtom {
		case atom.P: // its end tag may be left out
			q.pop()
		case atom.Td, atom.Th:
			if a == atom.Col || a == atom.Colgroup {
				return false
			}
			q.pop()
		case atom.Tr:
			if a == atom.Td || a == atom.Th {
				return true
			}
			q.pop()
		case atom.Tbody, atom.Thead, atom.Tfoot:
			if a == atom.Tr || a == atom.Td || a == atom.Th {
				return true
			}
			q.pop()
		case atom.Colgroup:
			if a == atom.Col {
				return true
			}
			q.pop()
		case atom.Table:
			return true
		default:
			return false
		}
	}
}

// close reads an end tag.
func (q *quickReader) close() bool {
	if q.pos+2 >= len(q.s) || !isLetter(q.s[q.pos+2]) {
		return false
	}
	name, a, i := q.name(q.pos + 2)
	end := strings.IndexByte(q.s[i:], '>')
	if end < 0 || strings.IndexByte(q.s[i:i+end], '"') >= 0 || strings.IndexByte(q.s[i:i+end], '\'') >= 0 {
		return false
	}
	q.pos = i + end + 1
	if len(q.stack) > 1 && same(q.top(), name, a) {
		q.pop()
		return true
	}
	switch kind := quickKinds.get(a); {
	case a == atom.Html || a == atom.Body || a == atom.Head:
		return true
	case a == atom.Br || kind == quickNo:
		return false
	case kind == quickVoid || kind == quickDrop || kind == quickRaw:
		return true
	case a == atom.Table || kind == quickRow:
		return q.closeRow(a)
	}
	return q.closeOther(name, a)
}

func same(n *html.Node, name string, a atom.Atom) bool {
	return n.DataAtom == a && (a != 0 || n.Data == name)
}

// closeOther ends an element that is not the innermost: only paragraphs and list items may be left open inside.
func (q *quickReader) closeOther(name string, a atom.Atom) bool {
	found := -1
	for i := len(q.stack) - 1; i > 0 && found < 0; i-- {
		if same(q.stack[i], name, a) {
			found = i
		}
	}
	if found < 0 {
		return a != atom.P && q.mayStand() // nothing to end; </p> alone makes a paragraph
	}
	item := a == atom.Li || a == atom.Dd || a == atom.Dt
	if kind := quickKinds.get(a); (kind != quickBlock || a == atom.P) && !item {
		return false
	}
	for _, n := range q.stack[found+1:] {
		if n.DataAtom != atom.P && item || n.DataAtom != atom.P && n.DataAtom != atom.Li && n.DataAtom != atom.Dd && n.DataAtom != atom.Dt {
			return false
		}
	}
	q.stack = q.stack[:found]
	return true
}

// closeRow ends a table or a part of one.
func (q *quickReader) closeRow(a atom.Atom) bool {
	for i := len(q.stack) - 1; i > 0; i-- {
		switch n := q.stack[i].DataAtom; n {
		case a:
			q.stack = q.stack[:i]
			return true
		case atom.P, atom.Td, atom.Th, atom.Tr, atom.Tbody, atom.Thead, atom.Tfoot, atom.Colgroup:
		default:
			return false
		}
	}
	return !q.isOpen(atom.Table) // a stray one is nothing
}
