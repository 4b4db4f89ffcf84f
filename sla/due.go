package sla

import (
	"time"

	"yingda/desk"
)

// due is when a clock that runs will have used its time: in open time of its calendar, or in plain time without one.
// A calendar that is gone, or never opens again, counts plain time: a promise is never without an end.
func (r *run) due(k *desk.Clock) time.Time {
	return r.book.after(k.Calendar, running(k), k.Budget-k.Used)
}

// used is the time the clock has used by t, in its calendar's measure.
func (r *run) used(k *desk.Clock, t time.Time) time.Duration {
	return k.Used + r.book.between(k.Calendar, running(k), t)
}

func (b *Book) between(calendar string, from, to time.Time) time.Duration {
	if s := b.schedules[calendar]; s != nil {
		return s.Between(from, to)
	}
	return max(0, to.Sub(from))
}

// Left is the time a clock has left at now in its calendar's measure: working time where it counts that, plain time
// otherwise; negative when it is late, 0 when it has ended.
func (b *Book) Left(k desk.Clock, now time.Time) time.Duration {
	switch {
	case k.Ended():
		return 0
	case !k.PausedAt.IsZero():
		return k.Budget - k.Used
	case now.After(k.DueAt):
		return -b.between(k.Calendar, k.DueAt, now)
	}
	return b.between(k.Calendar, now, k.DueAt)
}

// running is since when time passes for the clock without a pause.
func running(k *desk.Clock) time.Time {
	if k.ResumedAt.IsZero() {
		return k.StartedAt
	}
	return k.ResumedAt
}

// after is the moment d of the calendar's time after t; before t when d is negative.
func (b *Book) after(calendar string, t time.Time, d time.Duration) time.Time {
	s := b.schedules[calendar]
	if s == nil {
		return t.Add(d)
	}
	at, err := s.Add(t, d)
	if err != nil {
		return t.Add(d)
	}
	return at
}

// moment is when a level of a clock is reached. Level 100 is the breach, just after the due moment.
func (b *Book) moment(k *desk.Clock, level int) time.Time {
	if level >= desk.BreachLevel {
		return k.DueAt.Add(time.Millisecond)
	}
	left := k.Budget - k.Budget/100*time.Duration(level)
	return milli(b.after(k.Calendar, k.DueAt, -left))
}

// Level is the highest level the clock has reached by now, 0 for none, and the moment of the next one, zero when none
// follows. Lower levels that were not announced in time are passed over.
func (b *Book) Level(k desk.Clock, now time.Time) (level int, next time.Time) {
	if !k.Running() {
		return 0, time.Time{}
	}
	for _, l := range append(append([]int{}, k.Warnings...), desk.BreachLevel) {
		at := b.moment(&k, l)
		if at.After(now) {
			return level, b.quiet(k.Policy, at)
		}
		level = l
	}
	return level, time.Time{}
}

// quiet moves an announcement to the next opening where the policy wants that.
func (b *Book) quiet(policy string, at time.Time) time.Time {
	if p := b.policy(policy); p != nil {
		return b.Opening(p.NoticesIn, at)
	}
	return at
}

// Opening is at when the calendar of that id is open then, else its next opening. A calendar that is not there, or opens
// no more, keeps nothing back.
func (b *Book) Opening(calendar string, at time.Time) time.Time {
	s := b.schedules[calendar]
	if s == nil {
		return at
	}
	open, err := s.Next(at)
	if err != nil {
		return at
	}
	return open
}

// announce sets when something about the clock is to be announced next: at once when a level was passed already, for
// the record of notices knows which were announced.
func (r *run) announce(k *desk.Clock) {
	if !k.BreachedAt.IsZero() || !k.Owed() || r.spokenFor(k) {
		k.NextAt = time.Time{}
		return
	}
	level, next := r.book.Level(*k, r.now)
	k.NextAt = next
	if level > 0 {
		k.NextAt = r.book.quiet(k.Policy, r.now)
	}
}

// spokenFor reports a next response to the very message that a first response is due for at the same moment: people
// need not hear of one lateness twice. It breaks in the unit in which the first response does.
func (r *run) spokenFor(k *desk.Clock) bool {
	first := r.alive(desk.FirstResponse)
	return k.Target == desk.NextResponse && first != nil && first.Started == k.Started && first.DueAt.Equal(k.DueAt)
}
