package desk

import (
	"slices"
	"time"
)

// Kept is the place in line that a customer held when they asked to be answered otherwise: the due moment and the head
// start their conversation had then. It is never changed in place.
type Kept struct {
	DueAt time.Time
	Boost time.Duration
}

// rank is where it stands (DESIGN 2.2).
func (k Kept) rank() time.Time { return k.DueAt.Add(-k.Boost) }

// keep lets the conversation stand where it stood until now, whatever its promises become in this unit. Who did not
// wait has no place to keep.
func (u *unit) keep() {
	if !u.was.Waiting() || u.was.QueuedAt.IsZero() {
		return
	}
	q, _ := u.s.dir().Queue(u.was.Queue)
	q.ID = u.was.Queue
	w := WorkOf(u.was, u.before, q)
	u.conv.Kept = &Kept{DueAt: w.DueAt, Boost: w.Boost}
}

// inPlaceOf gives the conversation the place of another that its customer waited in: where it stood, and since when. It
// reports whether there was a place to give.
func (u *unit) inPlaceOf(from *unit) bool {
	from.keep()
	if from.conv.Kept == nil || !u.conv.Waiting() {
		return false
	}
	u.conv.Kept = from.conv.Kept
	if u.conv.QueuedAt.IsZero() || from.was.QueuedAt.Before(u.conv.QueuedAt) {
		u.conv.QueuedAt = from.was.QueuedAt
	}
	return true
}

// passes ends a kept place with the promise that it stood for.
func (u *unit) passes() {
	waits := func(k Clock) bool { return k.Running() && k.Target.Response() }
	if u.conv.Status == Resolved || u.was.Kept != nil && slices.ContainsFunc(u.before, waits) && !slices.ContainsFunc(u.clocks, waits) {
		u.conv.Kept = nil
	}
}
