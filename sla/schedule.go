package sla

import (
	"errors"
	"iter"
	"math"
	"sync/atomic"
	"time"
)

// ErrNeverOpens is returned when a calendar does not hold the open time asked for within 400 years.
var ErrNeverOpens = errors.New("the calendar does not open that long within 400 years")

const reachYears = 400 // after as many years the proleptic calendar repeats: what has not opened by then never will

// Years from firstKept to lastKept are laid out once and kept, others each time they are asked for.
const firstKept, lastKept = 1970, 2100

// Schedule is a calendar to count with. It is made once, never changes and may be shared between goroutines. Open
// time is the seconds from each opening to its closing as they really pass: an hour skipped by the clocks is not
// there, one repeated counts twice.
//
// Every method takes instants to the nanosecond and answers in UTC.
type Schedule struct {
	rules  *rules
	always bool // open at every instant: nothing to lay out
	years  [lastKept - firstKept + 1]atomic.Pointer[year]
}

// NewSchedule reads the calendar, with the program's own holiday lists. The error is a *FieldError that names what is wrong.
func NewSchedule(c Calendar) (*Schedule, error) { return newSchedule(c, lists()) }

func newSchedule(c Calendar, known map[string]List) (*Schedule, error) {
	r, err := c.rules(known)
	if err != nil {
		return nil, err
	}
	always := c.AlwaysOpen && len(r.shifts) == 0 && len(r.breaks) == 0 && len(r.holidays) == 0
	return &Schedule{rules: r, always: always}, nil
}

// Location is the calendar's time zone.
func (s *Schedule) Location() *time.Location { return s.rules.zone.loc }

// Open reports whether t is open. The opening instant is, the closing instant is not.
func (s *Schedule) Open(t time.Time) bool {
	if s.always {
		return true
	}
	unix := t.Unix()
	_, y := s.yearOf(unix)
	i := y.at(unix)
	return i < len(y.periods) && y.periods[i].start <= unix
}

// OnHoliday reports whether the date of t is closed as a whole.
func (s *Schedule) OnHoliday(t time.Time) bool {
	d, _ := s.rules.zone.on(t.Unix())
	return s.rules.holiday(d)
}

// OnBreak reports whether t lies in a break, open otherwise or not.
func (s *Schedule) OnBreak(t time.Time) bool {
	unix := t.Unix()
	d, _ := s.rules.zone.on(unix)
	var on []period
	on = s.rules.lay(on, d-1, s.rules.breaks[d-1])
	on = s.rules.lay(on, d, s.rules.breaks[d])
	for _, p := range on {
		if p.start <= unix && unix < p.end {
			return true
		}
	}
	return false
}

// Between is the open time from a to b, 0 when b is not after a. Beyond 292 years it is the longest Duration.
func (s *Schedule) Between(a, b time.Time) time.Duration {
	sec, nano := s.passed(a, b)
	if sec > math.MaxInt64/int64(time.Second)-1 {
		return math.MaxInt64
	}
	return time.Duration(sec)*time.Second + time.Duration(nano)
}

// passed is the open time from a to b, in seconds and nanoseconds.
func (s *Schedule) passed(a, b time.Time) (sec, nano int64) {
	if !b.After(a) {
		return 0, 0
	}
	nano = int64(b.Nanosecond() - a.Nanosecond())
	if s.always {
		sec = b.Unix() - a.Unix()
	} else {
		from, ya := s.yearOf(a.Unix())
		to, yb := s.yearOf(b.Unix())
		aSec, aNano := ya.passed(a)
		bSec, bNano := yb.passed(b)
		for n := from; n < to; n++ {
			sec += s.year(n).open
		}
		sec, nano = sec+bSec-aSec, bNano-aNano
	}
	if nano < 0 {
		return sec - 1, nano + 1e9
	}
	return sec, nano
}

// Add is the first instant by which d of open time has passed since t: a deadline that falls on closing time stays
// there. Add(t, 0) is Next(t), a negative d goes back as Subtract does. ErrNeverOpens is the only error.
func (s *Schedule) Add(t time.Time, d time.Duration) (time.Time, error) {
	switch {
	case d < 0:
		return s.Subtract(t, -max(d, -math.MaxInt64))
	case s.always:
		return t.Add(d).UTC(), nil
	case d == 0:
		return s.Next(t)
	}
	n, y := s.yearOf(t.Unix())
	sec, nano := y.passed(t)
	nano += int64(d % time.Second)
	sec += int64(d/time.Second) + nano/1e9
	nano %= 1e9
	for last := n + s.far(); n <= last; n++ {
		y = s.year(n)
		if sec < y.open || sec == y.open && nano == 0 {
			if nano == 0 {
				return instant(y.reach(sec), 0), nil
			}
			return instant(y.reach(sec+1)-1, nano), nil
		}
		sec -= y.open
	}
	return time.Time{}, ErrNeverOpens
}

// Subtract is the last instant from which d of open time passes until t; it undoes Add inside open time.
// Subtract(t, 0) is Previous(t). ErrNeverOpens is the only error.
func (s *Schedule) Subtract(t time.Time, d time.Duration) (time.Time, error) {
	switch {
	case d < 0:
		return s.Add(t, -max(d, -math.MaxInt64))
	case s.always:
		return t.Add(-d).UTC(), nil
	case d == 0:
		return s.Previous(t)
	}
	n, y := s.yearOf(t.Unix())
	sec, nano := y.passed(t)
	nano -= int64(d % time.Second)
	sec -= int64(d / time.Second)
	if nano < 0 {
		nano += 1e9
		sec--
	}
	for first := n - s.far(); n >= first; n-- {
		if sec >= 0 {
			return instant(s.year(n).reach(sec+1)-1, nano), nil
		}
		sec += s.year(n - 1).open
	}
	return time.Time{}, ErrNeverOpens
}

// Next is t when it is open, else the next opening. ErrNeverOpens is the only error.
func (s *Schedule) Next(t time.Time) (time.Time, error) {
	if s.Open(t) {
		return t.UTC(), nil
	}
	unix := t.Unix()
	n, y := s.yearOf(unix)
	i := y.at(unix)
	for last := n + s.far(); n <= last; n++ {
		if y = s.year(n); i < len(y.periods) {
			return instant(y.periods[i].start, 0), nil
		}
		i = 0
	}
	return time.Time{}, ErrNeverOpens
}

// Previous is t when open time runs up to it, else the last closing before it. ErrNeverOpens is the only error.
func (s *Schedule) Previous(t time.Time) (time.Time, error) {
	if s.always {
		return t.UTC(), nil
	}
	for p := range s.before(t) {
		return p.End, nil
	}
	return time.Time{}, ErrNeverOpens
}

// AddDays moves t by n working days and keeps the time on the wall: to the nth date after (n < 0: before) that is
// worked, and from there to the next (previous) open instant. With n = 0 it is Next. A date is worked when its weekday
// has hours or it is a worked holiday, and no holiday closes it; shifts and breaks change how long a date is open, not
// whether it counts, unless there are no weekly hours at all.
func (s *Schedule) AddDays(t time.Time, n int) (time.Time, error) {
	d, second := s.rules.zone.on(t.Unix())
	step := date(1)
	if n < 0 {
		step = -1
	}
	for left, tried := n*int(step), 0; left > 0; tried++ {
		if tried > reachYears*366 || !s.everOpens() {
			return time.Time{}, ErrNeverOpens
		}
		if d += step; s.rules.worked(d) {
			left--
		}
	}
	if n != 0 {
		t = instant(s.rules.zone.instant(d.wall()+second), int64(t.Nanosecond()))
	}
	if n < 0 {
		return s.Previous(t)
	}
	return s.Next(t)
}

// Period is open time from Start until End.
type Period struct{ Start, End time.Time }

// After yields the open periods from t on, the first cut to begin at t. It ends when nothing opens for 400 years.
func (s *Schedule) After(t time.Time) iter.Seq[Period] {
	return func(yield func(Period) bool) {
		unix := t.Unix()
		n, y := s.yearOf(unix)
		i := y.at(unix)
		for last := n + s.far(); n <= last; n, i = n+1, i-len(y.periods) {
			for y = s.year(n); i < len(y.periods); i++ {
				p := Period{instant(y.periods[i].start, 0), instant(y.periods[i].end, 0)}
				if next := s.joined(n, y); next != nil && i == len(y.periods)-1 {
					p.End = instant(next.periods[0].end, 0)
					i++ // and skip the first of the next year
				}
				if p.Start.Before(t) {
					p.Start = t.UTC()
				}
				if !yield(p) {
					return
				}
				last = n + s.far()
			}
		}
	}
}

// Before yields the open periods before t, the latest first and cut to end at t.
func (s *Schedule) Before(t time.Time) iter.Seq[Period] {
	return s.before(t)
}

func (s *Schedule) before(t time.Time) iter.Seq[Period] {
	return func(yield func(Period) bool) {
		n, y := s.yearOf(t.Unix())
		i := len(y.periods) - 1
		for i >= 0 && !instant(y.periods[i].start, 0).Before(t) {
			i--
		}
		for first := n - s.far(); n >= first; n-- {
			for y = s.year(n); i >= 0; i-- {
				p := Period{instant(y.periods[i].start, 0), instant(y.periods[i].end, 0)}
				if next := s.joined(n, y); next != nil && i == len(y.periods)-1 {
					p.End = instant(next.periods[0].end, 0)
				}
				if i == 0 && s.joined(n-1, s.year(n-1)) != nil {
					continue // it is the end of the last one of the year before, which comes next
				}
				if p.End.After(t) {
					p.End = t.UTC()
				}
				if !yield(p) {
					return
				}
				first = n - s.far()
			}
			i = len(s.year(n-1).periods) - 1
		}
	}
}

// joined is the year after n when the last period of n goes on in it, else nil.
func (s *Schedule) joined(n int, y *year) *year {
	if !y.cut {
		return nil
	}
	next := s.year(n + 1)
	if len(next.periods) == 0 || next.periods[0].start != next.start {
		return nil
	}
	return next
}

// far is how many years to look ahead or back.
func (s *Schedule) far() int {
	if s.everOpens() {
		return reachYears
	}
	return 0
}

// everOpens reports whether anything is open on any date, breaks aside.
func (s *Schedule) everOpens() bool {
	for _, spans := range s.rules.week {
		if len(spans) > 0 {
			return true
		}
	}
	for d, spans := range s.rules.shifts {
		if len(spans) > 0 && !s.rules.holiday(d) {
			return true
		}
	}
	return false
}

// yearOf finds the year that holds the second.
func (s *Schedule) yearOf(unix int64) (int, *year) {
	const mean = 31_556_952 // seconds of a Gregorian year; off by two days at most
	n := firstKept + int(floorDiv(unix, mean))
	y := s.year(n)
	for unix < y.start {
		n--
		y = s.year(n)
	}
	for unix >= y.end {
		n++
		y = s.year(n)
	}
	return n, y
}

// year lays out year n, or returns it when that was done. Two goroutines may both do so: they agree.
func (s *Schedule) year(n int) *year {
	if n < firstKept || n > lastKept {
		return s.rules.build(n)
	}
	slot := &s.years[n-firstKept]
	if y := slot.Load(); y != nil {
		return y
	}
	y := s.rules.build(n)
	slot.Store(y)
	return y
}

func instant(unix, nano int64) time.Time { return time.Unix(unix, nano).UTC() }
