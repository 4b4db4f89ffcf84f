package sla

import (
	"testing"
	"time"

	"yingda/desk"
	"yingda/internal/bench"
)

// BenchmarkFigures measures what sla owns; `make bench` prints the table (docs/performance.md).
func BenchmarkFigures(b *testing.B) {
	for _, c := range []struct {
		name string
		doc  Calendar
	}{{"office hours", office("Asia/Shanghai")}, {"with clocks that change", office("Europe/Berlin")}} {
		s := mustSchedule(b, c.doc)
		from := at(b, "2026-03-04T05:06:07Z")
		add := func() {
			if _, err := s.Add(from, 1900*time.Hour); err != nil {
				b.Fatal(err)
			}
		}
		until, err := s.Add(from, 1900*time.Hour)
		if err != nil {
			b.Fatal(err)
		}
		if n := testing.AllocsPerRun(100, add); n != 0 {
			b.Errorf("Add allocates %v times, want never", n)
		}
		bench.Row{Name: "a year of business time added, " + c.name, Unit: "µs", Ours: each(add), AtMost: 1}.Report(b)
		bench.Row{Name: "a year of business time counted, " + c.name, Unit: "µs", Ours: each(func() { s.Between(from, until) }), AtMost: 1}.Report(b)
		bench.Row{Name: "a year laid out, once, " + c.name, Unit: "µs", Ours: each(func() { s.rules.build(2026) })}.Report(b)
	}
	book := allTargets(b)
	c := desk.Conversation{ID: "c", Medium: desk.Email, Inbox: "i", Queue: "q", Tier: desk.Strategic, Priority: desk.Normal}
	fact := []desk.Fact{desk.MessageReceived{Message: "m", Number: 1}}
	advance := func() { book.Advance(c, nil, fact, monday) }
	bench.Row{Name: "the clocks of a first mail started", Unit: "µs", Ours: each(advance)}.Report(b)
}

// each is what one call takes, in microseconds: the best of some rounds, so that what else the machine does is left out.
func each(do func()) float64 {
	const rounds = 20
	do()
	began := time.Now()
	n := 0
	for ; time.Since(began) < 10*time.Millisecond; n++ {
		do()
	}
	best := time.Duration(1 << 62)
	for range rounds {
		began := time.Now()
		for range n {
			do()
		}
		best = min(best, time.Since(began))
	}
	return float64(best.Nanoseconds()) / float64(n) / 1000
}
