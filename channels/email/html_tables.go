package email

import (
	"strings"
	"sync"

	"golang.org/x/net/html/atom"
)

// What is asked of each byte and each element of each page, and the room in which pages are written.

// atomTable is a small map of elements. Every element of every page is looked up several times, which a Go map makes a
// tenth of the reading.
type atomTable[V any] struct {
	keys   [512]atom.Atom
	values [512]V
}

func newAtomTable[V any](m map[atom.Atom]V) *atomTable[V] {
	t := &atomTable[V]{}
	for a, v := range m { // some hundred entries: there is always an empty place
		i := t.place(a)
		t.keys[i], t.values[i] = a, v
	}
	return t
}

// place is where a stands, or would.
func (t *atomTable[V]) place(a atom.Atom) uint32 {
	i := uint32(a) * 0x9e3779b1 >> 23
	for t.keys[i] != 0 && t.keys[i] != a {
		i = (i + 1) & 511
	}
	return i
}

func (t *atomTable[V]) get(a atom.Atom) V { return t.values[t.place(a)] }

// sheet is room in which a page is written before it is known how long it becomes.
type sheet struct{ b []byte }

// maxSheet bounds what is kept for the next page, in bytes.
const maxSheet = 256 << 10

var sheets = sync.Pool{New: func() any { return new(sheet) }}

func takeSheet() *sheet {
	s := sheets.Get().(*sheet)
	s.b = s.b[:0]
	return s
}

// giveBack ends the use of s.b: nothing may hold on to its bytes.
func (s *sheet) giveBack() {
	if cap(s.b) <= maxSheet {
		sheets.Put(s)
	}
}

// blankBytes is isBlank for each byte of each word.
var blankBytes = [256]bool{' ': true, '\n': true, '\t': true, '\r': true, '\f': true}

func isBlank(r rune) bool { return r == ' ' || r == '\n' || r == '\t' || r == '\r' || r == '\f' }

// lowerName is s in lower case, without work when it is already. Han, kana and hangul have no case.
func lowerName(s string) string {
	for i := range len(s) {
		switch mayBeUpper[s[i]] {
		case 0:
			continue
		case 2: // full-width forms: all punctuation of Chinese, and a few letters
			if i+2 < len(s) && s[i+1] == 0xbc && (s[i+2] < 0xa1 || s[i+2] > 0xba) {
				continue
			}
		}
		return strings.ToLower(s)
	}
	return s
}

// mayBeUpper says of a byte of UTF-8 whether a letter with a lower case may begin with it: 0 never, 1 perhaps, 2 as
// lowerName looks.
var mayBeUpper = func() (t [256]byte) {
	for c := range t {
		switch {
		case c >= 'A' && c <= 'Z', c >= 0xc0 && c <= 0xe2, c == 0xea, c >= 0xf0:
			t[c] = 1
		case c == 0xef:
			t[c] = 2
		}
	}
	return t
}()

// escapes are the bytes that are not written as they are, and what stands for them.
var escapes = [64]string{'&': "&amp;", '<': "&lt;", '>': "&gt;", '"': "&#34;", '\'': "&#39;", 0: ""}

var mustEscape = [256]bool{'&': true, '<': true, '>': true, '"': true, '\'': true, 0: true}
