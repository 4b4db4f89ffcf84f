package webui

import (
	"context"
	"time"

	"yingda/desk"
)

// serviceEvery is how often, at most, the day's service level is read from the record: however many conversations are
// moved in a busy minute, the record is asked so often and not more.
const serviceEvery = 2 * time.Second

// loadService reads the day's service level, and how the weeks before went when the day is new.
func (b *board) loadService(ctx context.Context, s *Server) error {
	day := midnight(s.Now())
	counts, seq, err := s.Papers.ServiceSince(ctx, day)
	if err != nil {
		return err
	}
	b.mu.Lock()
	before, fresh := b.past, !b.day.Equal(day)
	b.mu.Unlock()
	if fresh {
		if before, err = s.loadPast(ctx, day); err != nil {
			return err
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.day, b.past, b.counted, b.stale = day, before, seq, false
	clear(b.service)
	for _, c := range counts {
		b.service[c.Queue] = &ServiceLevel{Met: c.Met, Late: c.Late}
	}
	return nil
}

// midnight is when the service level's day began, on the server's own clock.
func midnight(now time.Time) time.Time {
	l := now.Local()
	return time.Date(l.Year(), l.Month(), l.Day(), 0, 0, 0, 0, time.Local)
}

// outdated reports whether the service level is to be read from the record: a new day began, or something happened that
// counting on cannot follow.
func (b *board) outdated(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.stale || !b.day.IsZero() && midnight(now).After(b.day)
}

// doubt says that the service level and the wishes may not be the record's any more.
func (b *board) doubt() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.stale, b.lost = true, true
}

// count takes in what a fact about a conversation of q changes in the day's service level. Facts that the record's
// figure had in it when it was read change nothing.
func (b *board) count(q desk.QueueID, e desk.Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if e.Seq <= b.counted {
		return
	}
	met, late, sure := adds(e, b.day)
	b.stale = b.stale || !sure
	if met == 0 && late == 0 {
		return
	}
	lvl := b.service[q]
	if lvl == nil {
		lvl = &ServiceLevel{}
		b.service[q] = lvl
	}
	lvl.Met, lvl.Late = lvl.Met+met, lvl.Late+late
}

// adds is what a fact adds to the service level of a day, as the record's ServiceSince counts. It is not sure of facts
// that move a promise which may have been counted before to another queue, let it go, run it again or take it off the
// record: what was counted of it cannot be told from the fact.
func adds(e desk.Event, day time.Time) (met, late int64, sure bool) {
	switch f := e.Fact.(type) {
	case desk.ClockBreached:
		if f.Clock.Counts() && !f.Clock.BreachedAt.Before(day) {
			return 0, 1, true
		}
	case desk.ClockMet:
		k := f.Clock
		switch {
		case !k.Counts() || k.MetAt.Before(day):
		case k.BreachedAt.IsZero():
			// Word of an answer that comes late, or a due moment that moved, may keep what was counted as broken.
			return 1, 0, k.DueVersion <= 1 && !e.At.After(k.DueAt)
		case k.BreachedAt.Before(day):
			return 0, 1, true // else it was counted when it broke
		}
	case desk.WaiverUndone:
		return 0, 0, !f.Held
	case desk.WaiverGiven, desk.QueueChanged, desk.MessageFailed, desk.Erased:
		return 0, 0, false
	}
	return 0, 0, true
}

func level(l *ServiceLevel) ServiceLevel {
	if l == nil {
		return ServiceLevel{}
	}
	out := ServiceLevel{Met: l.Met, Late: l.Late}
	if n := l.Met + l.Late; n > 0 {
		pct := 100 * float64(l.Met) / float64(n)
		out.Target = &pct
	}
	return out
}
