package email

import (
	"slices"
	"strings"
	"unicode"
)

// textSplit is a plain text cut into the writer's own words, what they quote, and their signature. Nothing is lost:
// every line stands in one of the three.
type textSplit struct {
	own, quoted, signature string
	announced              bool // the quote is known for one by more than its marks
}

// maxLines bounds the cutting; nobody writes so long an answer by hand.
const maxLines = 20000

// splitText cuts a plain text. A forward is one piece: what it passes on is to be read.
func splitText(s string, forward bool) textSplit {
	if strings.Count(s, "\n") > maxLines {
		return textSplit{own: tidy(s)} // not even taken apart: a megabyte of empty lines is 16 of slices
	}
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	lines := strings.Split(s, "\n")
	if len(lines) > maxLines {
		return textSplit{own: tidy(s)}
	}
	var armour []string
	if strings.Contains(s, armourBegin) {
		lines, armour = cutArmour(lines)
	}
	c := &cutter{lines: lines, kinds: make([]lineKind, len(lines))}
	if !forward {
		c.classify()
	}
	own, quoted := c.parted()
	var signature []string
	if !c.forwarded && !forward {
		own, signature = cutSignature(own, len(quoted) > 0)
	}
	signature = append(signature[:len(signature):len(signature)], armour...)
	t := textSplit{announced: c.announced}
	if len(own) == len(lines) && len(armour) == 0 {
		t.own = tidy(s)
		return t
	}
	t.own, t.quoted, t.signature = tidy(strings.Join(own, "\n")), tidy(strings.Join(quoted, "\n")), tidy(strings.Join(signature, "\n"))
	return t
}

// parted are the writer's lines and those they quote.
func (c *cutter) parted() (own, quoted []string) {
	if !slices.ContainsFunc(c.kinds, func(k lineKind) bool { return k != own_ }) {
		return c.lines, nil
	}
	for i, l := range c.lines {
		if c.kinds[i] == own_ {
			own = append(own, l)
		} else {
			quoted = append(quoted, l)
		}
	}
	return own, quoted
}

const (
	armourBegin = "-----BEGIN PGP SIGNED MESSAGE-----"
	armourSign  = "-----BEGIN PGP SIGNATURE-----"
	armourEnd   = "-----END PGP SIGNATURE-----"
)

// cutArmour takes the lines that a program put around words it signed in the clear (RFC 9580 7) away from the words.
func cutArmour(lines []string) (rest, armour []string) {
	begin, head, sign, end := -1, -1, -1, -1
	for i, l := range lines {
		switch l = strings.TrimRight(l, " \t"); {
		case begin < 0 && l == armourBegin:
			begin = i
		case begin >= 0 && head < 0 && l == "":
			head = i
		case head >= 0 && sign < 0 && l == armourSign:
			sign = i
		case sign >= 0 && end < 0 && l == armourEnd:
			end = i
		}
	}
	if end < 0 {
		return lines, nil
	}
	rest = slices.Concat(lines[:begin], lines[head+1:sign], lines[end+1:])
	if !hasWord(rest) {
		return lines, nil
	}
	return rest, slices.Concat(lines[begin:head], lines[sign:end+1])
}

type lineKind byte

const (
	own_ lineKind = iota
	quoted_
	announcing_ // quoted as well: the line that says who wrote what follows
)

// cutter says of each line whose it is.
type cutter struct {
	lines     []string
	kinds     []lineKind
	announced bool
	forwarded bool // from somewhere on, the mail passes another one on
	last      int  // lines up to the last one with words; 0: not looked for
}

func isMarked(l string) bool { return strings.HasPrefix(strings.TrimLeft(l, " \t\u00a0"), ">") }

// isBlankLine is asked of each line of each mail: nearly every one has its answer in its first character.
func isBlankLine(l string) bool {
	for _, r := range l {
		if !unicode.IsSpace(r) {
			return false
		}
	}
	return true
}

// classify walks the lines once.
func (c *cutter) classify() {
	asked := announcer{lines: c.lines}
	for i := 0; i < len(c.lines); i++ {
		l := c.lines[i]
		if isBlankLine(l) {
			continue
		}
		if isMarked(l) && !isGroupWise(l) {
			if !strings.HasPrefix(l, ">From ") {
				c.kinds[i] = quoted_
			}
			continue
		}
		if ruled, forward := ruleLine(l); ruled && forward {
			c.forwarded = true
			break
		}
		n, whole := asked.announcement(i)
		if n == 0 {
			continue
		}
		c.announced = true
		if whole || c.toEnd(i+n) {
			for k := i; k < len(c.lines); k++ {
				c.kinds[k] = quoted_
			}
			c.rulesAbove(i)
			break
		}
		for k := i; k < i+n; k++ {
			c.kinds[k] = announcing_
		}
		i += n - 1
	}
	c.wrapped()
	c.keepAnswered()
}

// rulesAbove gives the ruler that a program draws above what it quotes to the quote.
func (c *cutter) rulesAbove(i int) {
	for k := i - 1; k >= 0 && k >= i-3; k-- {
		if isBlankLine(c.lines[k]) {
			continue
		}
		if t := strings.TrimSpace(c.lines[k]); len(t) >= 4 && isDelimiter(t) {
			c.kinds[k] = quoted_
		}
		return
	}
}

// announcer is asked about the lines of one text, in order. It remembers what it found for a line further down.
type announcer struct {
	lines      []string
	from, ends int // no line from the first of these up to the second ends an announcement, or is blank below the first
}

// announcement says how many lines at i announce quoted words, and whether everything to the end is quoted then.
func (a *announcer) announcement(i int) (n int, whole bool) {
	l, lines := a.lines[i], a.lines
	if len(l) > 4000 {
		return 0, false
	}
	if found, _ := ruleLine(l); found {
		return 1, true
	}
	if isReplyAbove(l) || strings.HasPrefix(l, ">>> ") && isGroupWise(l) {
		return 1, true
	}
	if n := headerBlock(lines[i:min(len(lines), i+20)]); n > 0 {
		return n, true
	}
	if datedLine(l) {
		return 1, false
	}
	return a.attribution(i), false
}

// toEnd reports whether what is announced right above line from reaches the end of the mail: it does unless it is
// marked with ">" and own words follow the marks. The last line tells that for all announcements of a mail.
func (c *cutter) toEnd(from int) bool {
	for _, l := range c.lines[from:] {
		if !isBlankLine(l) {
			return !isMarked(l) || isMarked(c.lastLine()) // its words carry no marks, or all do
		}
	}
	return true
}

// lastLine is the last line with words, or "".
func (c *cutter) lastLine() string {
	if c.last == 0 {
		c.last = len(c.lines)
	}
	for ; c.last > 0; c.last-- {
		if l := c.lines[c.last-1]; !isBlankLine(l) {
			return l
		}
	}
	return ""
}

// wrapped gives the tails of marked lines that a program broke without marking them again to the quote.
func (c *cutter) wrapped() {
	for i := 1; i+1 < len(c.lines); i++ {
		if c.kinds[i] == own_ && c.kinds[i-1] == quoted_ && isMarked(c.lines[i-1]) && isMarked(c.lines[i+1]) && !isBlankLine(c.lines[i]) &&
			len(c.lines[i-1]) >= 70 && len(c.lines[i]) < 70 {
			c.kinds[i] = quoted_
		}
	}
}

// shortQuote is how many marked lines right above the writer's words count as what those words answer.
const shortQuote = 12

// keepAnswered leaves short quotes that are answered right below them where they are: without them "yes" and "the
// second" mean nothing. One long quote above the words is a bottom-posted reply and is folded (UP-E18).
func (c *cutter) keepAnswered() {
	blocks := c.blocks()
	if len(blocks) == 0 || len(blocks) == 1 && c.announced {
		return
	}
	for _, b := range blocks {
		if b.end-b.start > shortQuote || !c.answered(b.end) {
			continue
		}
		for k := b.start; k < b.end; k++ {
			c.kinds[k] = own_
		}
		for k := b.start - 1; k >= 0 && (isBlankLine(c.lines[k]) || c.kinds[k] == announcing_); k-- {
			c.kinds[k] = own_
		}
	}
}

type block struct{ start, end int }

// blocks lists the stretches of marked lines that are quoted; blank lines inside belong to them.
func (c *cutter) blocks() []block {
	var out []block
	for i := 0; i < len(c.lines); i++ {
		if c.kinds[i] != quoted_ || !isMarked(c.lines[i]) {
			continue
		}
		b := block{start: i, end: i + 1}
		for k := i + 1; k < len(c.lines) && (isBlankLine(c.lines[k]) || c.kinds[k] == quoted_); k++ {
			if !isBlankLine(c.lines[k]) {
				b.end = k + 1
			}
		}
		out = append(out, b)
		i = b.end - 1
	}
	return out
}

// answered reports whether the writer's own words stand right below line end.
func (c *cutter) answered(end int) bool {
	for k := end; k < len(c.lines); k++ {
		if !isBlankLine(c.lines[k]) {
			return c.kinds[k] == own_ && !isSigDash(c.lines[k]) && !isSentFrom(c.lines[k])
		}
	}
	return false
}
