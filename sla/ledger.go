package sla

import (
	"maps"
	"slices"
	"sort"
	"time"

	"yingda/desk"
)

// Ledger knows which book was in force at any moment, from the facts about policies and calendars. It is not safe for
// several goroutines at once.
type Ledger struct {
	changes []desk.Event
	books   map[int]*Book
	before  *Book
}

// NewLedger reads the facts about settings, in any order; those about other kinds are passed over. before is the book in
// force until the first of them; nil is Defaults().
func NewLedger(events []desk.Event, before *Book) *Ledger {
	if before == nil {
		before = Defaults()
	}
	l := &Ledger{books: map[int]*Book{}, before: before}
	for _, e := range events {
		f, ok := e.Fact.(desk.SettingChanged)
		if ok && slices.Contains(Kinds, f.Setting) {
			l.changes = append(l.changes, e)
		}
	}
	slices.SortFunc(l.changes, func(a, b desk.Event) int { return int(a.Seq - b.Seq) })
	return l
}

// At is the book in force at t: with everything that was changed until then, that moment included.
func (l *Ledger) At(t time.Time) *Book {
	n := sort.Search(len(l.changes), func(i int) bool { return l.changes[i].At.After(t) })
	return l.book(n)
}

// book is the one after n changes. One that could not be made, such as a policy whose calendar came a moment later,
// was not put in force: the one before it was.
func (l *Ledger) book(n int) *Book {
	if n == 0 {
		return l.before
	}
	if b := l.books[n]; b != nil {
		return b
	}
	docs := map[string]desk.Setting{}
	for _, e := range l.changes[:n] {
		f := e.Fact.(desk.SettingChanged) // NewLedger kept no others
		docs[string(f.Setting)+":"+f.ID] = desk.Setting{Kind: f.Setting, ID: f.ID, Version: f.Version, Doc: []byte(f.After), Deleted: f.Deleted}
	}
	b, err := ReadBook(slices.Collect(maps.Values(docs)))
	if err != nil {
		b = l.book(n - 1)
	}
	l.books[n] = b
	return b
}
