package email

import (
	"slices"
	"strings"
	"sync"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// lineWalker reads a page into lines as a reader sees them. Their words lie behind each other in one piece of memory.
type lineWalker struct {
	nodes []*html.Node // what each line begins with
	ends  []int        // where the words of each end
	words []byte
	lines []string
	limit int        // stop after so many lines; 0: all
	node  *html.Node // what the line that is being read begins with
}

var lineWalkers = sync.Pool{New: func() any { return new(lineWalker) }}

// pageLines reads the lines under n, at most limit (0: all), and the nodes they begin with. Whoever is done with both
// lists gives them back; the lines themselves stay.
func pageLines(n *html.Node, limit int) *lineWalker {
	w := lineWalkers.Get().(*lineWalker)
	w.nodes, w.ends, w.words, w.lines, w.limit, w.node = w.nodes[:0], w.ends[:0], w.words[:0], w.lines[:0], limit, nil
	w.walk(n)
	w.end()
	words, start := string(w.words), 0
	for _, end := range w.ends {
		line := words[start:end]
		if strings.IndexByte(line, 0xc2) >= 0 {
			line = strings.ReplaceAll(line, "\u00a0", " ")
		}
		w.lines, start = append(w.lines, oneBlank(line)), end
	}
	return w
}

// giveBack ends the use of the lists.
func (w *lineWalker) giveBack() {
	if cap(w.words) > maxSheet || cap(w.lines) > maxSheet/16 {
		return
	}
	clear(w.nodes)
	clear(w.lines)
	lineWalkers.Put(w)
}

// start is where the words of the line that is being read begin.
func (w *lineWalker) start() int {
	if len(w.ends) == 0 {
		return 0
	}
	return w.ends[len(w.ends)-1]
}

func (w *lineWalker) walk(n *html.Node) {
	if w.limit > 0 && len(w.ends) >= w.limit {
		return
	}
	switch n.Type {
	case html.TextNode:
		w.text(n)
		return
	case html.ElementNode:
	default:
		return
	}
	broken := isBlock(n.DataAtom) || n.DataAtom == atom.Br
	if broken {
		w.end()
	}
	if n.DataAtom == atom.Td || n.DataAtom == atom.Th {
		w.words = append(w.words, ' ')
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		w.walk(c)
	}
	if broken {
		w.end()
	}
}

// text adds a text; line ends inside <pre> are lines, elsewhere blanks.
func (w *lineWalker) text(n *html.Node) {
	begun := len(w.words) - w.start()
	if begun > 4000 {
		return
	}
	if isBlankText(n.Data) {
		if begun > 0 {
			w.words = append(w.words, ' ')
		}
		return
	}
	if w.node == nil {
		w.node = n
	}
	w.words = append(w.words, clip(n.Data, 4000)...)
}

// isBlankText reports whether a text of a page is nothing but what a reader collapses.
func isBlankText(s string) bool {
	for i := range len(s) {
		if !isBlank(rune(s[i])) {
			return false
		}
	}
	return true
}

func (w *lineWalker) end() {
	if w.node == nil {
		w.words = w.words[:w.start()]
		return
	}
	w.nodes, w.ends, w.node = append(w.nodes, w.node), append(w.ends, len(w.words)), nil
}

// cutByLines finds, by its words, where the quote of a page without marks begins: a ruler with "original message", the
// header of a mail, a line that says who wrote. What stands before must be words, else it is all there is.
func cutByLines(body *html.Node) *html.Node {
	page := pageLines(body, maxLines)
	defer page.giveBack()
	lines, nodes := page.lines, page.nodes
	asked := announcer{lines: lines}
	for i := range lines {
		if ruled, forward := ruleLine(lines[i]); ruled && forward {
			return nil
		}
		n, whole := asked.announcement(i)
		if n == 0 || !whole && i+n == len(lines) && i > 0 {
			continue
		}
		if i == 0 || !hasWord(lines[:i]) {
			return nil
		}
		return climb(nodes[startOf(lines, i)], body)
	}
	return nil
}

// startOf goes up over the ruler above what is quoted.
func startOf(lines []string, i int) int {
	if i > 0 && isDelimiter(lines[i-1]) && len(lines[i-1]) >= 4 {
		return i - 1
	}
	return i
}

// climb goes up from the first node of a line to the largest element that begins with it, and takes the ruler above it.
func climb(n, root *html.Node) *html.Node {
	for n.Parent != nil && n.Parent != root {
		for p := n.PrevSibling; p != nil; p = p.PrevSibling {
			if hasWords(p) || find(p, isPicture) != nil {
				return withRule(n)
			}
		}
		n = n.Parent
	}
	return withRule(n)
}

func withRule(n *html.Node) *html.Node {
	for p := n.PrevSibling; p != nil; p = p.PrevSibling {
		if p.DataAtom == atom.Hr {
			return p
		}
		if p.DataAtom != atom.Br && (p.Type != html.TextNode || strings.TrimSpace(p.Data) != "") {
			break
		}
	}
	return n
}

// unanswered leaves out the short quotes of an interleaved reply: several stand beside each other, each with the
// writer's words right below it.
func unanswered(quotes []*html.Node) []*html.Node {
	if len(quotes) < 2 || len(quotes) > 50 {
		return quotes
	}
	out := quotes[:0:0]
	for _, q := range quotes {
		if q.DataAtom == atom.Blockquote && wordsBelow(q, quotes) && len(firstLines(q, shortQuote+1)) <= shortQuote {
			continue
		}
		out = append(out, q)
	}
	return out
}

// wordsBelow reports whether own words stand between q and whatever is quoted next.
func wordsBelow(q *html.Node, quotes []*html.Node) bool {
	for s := q.NextSibling; s != nil; s = s.NextSibling {
		for _, other := range quotes {
			if s == other {
				return false
			}
		}
		if hasWords(s) {
			return !holdsAny(s, quotes)
		}
	}
	return false
}

func holdsAny(n *html.Node, list []*html.Node) bool {
	for _, q := range list {
		if within(q, n) {
			return true
		}
	}
	return false
}

// saysQuote reports whether a marked piece shows by itself that it is a quote. Gmail's class alone does not: it has been
// seen around all that people wrote.
func saysQuote(n *html.Node) bool {
	if n.DataAtom != atom.Blockquote && find(n, func(c *html.Node) bool { return c.DataAtom == atom.Blockquote }) != nil {
		return true
	}
	lines := firstLines(n, 8)
	asked := announcer{lines: lines}
	for i := range lines[:min(len(lines), 4)] {
		if k, _ := asked.announcement(i); k > 0 {
			return true
		}
	}
	return false
}

// firstLines reads the first lines with words under n.
func firstLines(n *html.Node, limit int) []string {
	page := pageLines(n, limit)
	defer page.giveBack()
	return slices.Clone(page.lines)
}
