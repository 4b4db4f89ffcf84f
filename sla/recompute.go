package sla

import (
	"slices"
	"time"

	"yingda/desk"
)

// Recompute makes a conversation's clocks anew from its facts, as they stand at now. c is the conversation as it is
// now, events are all of its own, and at gives the book in force at a moment. What was stored can be thrown away: it
// is the same to the millisecond, but for NextAt, which says what was announced already.
func Recompute(c desk.Conversation, events []desk.Event, at func(time.Time) *Book, now time.Time) []desk.Clock {
	return recompute(c, events, at, now, nil)
}

func recompute(c desk.Conversation, events []desk.Event, at func(time.Time) *Book, now time.Time, w *watcher) []desk.Clock {
	facts := make([]desk.Fact, len(events))
	for i, e := range events {
		facts[i] = e.Fact
	}
	r := &run{id: c.ID, view: rewound(viewOf(c), facts)}
	step := func(moment time.Time, e *desk.Event) {
		r.book, r.now = at(moment), milli(moment)
		before := slices.Clone(r.clocks)
		r.settle()
		if e != nil {
			r.apply(e.Fact)
		}
		w.look(before, r.clocks, e)
	}
	for i := range events {
		step(events[i].At, &events[i])
	}
	step(now, nil)
	return r.clocks
}
