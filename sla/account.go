package sla

import (
	"slices"
	"time"
)

// Counted is one interval of an account: open time that was counted, and the sum with it.
type Counted struct {
	Period

	Open time.Duration // its own length
	Sum  time.Duration
}

// Due is when a target that starts at start has been used up, and each interval counted on the way. While a pause
// lasts nothing counts; pauses may overlap and come in any order. It is what a clock that was paused and resumed then
// gives. ErrNeverOpens is the only error.
func (s *Schedule) Due(start time.Time, target time.Duration, pauses []Period) (time.Time, []Counted, error) {
	rest := inOrder(pauses)
	at, left := start, target
	for {
		due, err := s.Add(at, left)
		if err != nil {
			return time.Time{}, nil, err
		}
		rest = slices.DeleteFunc(rest, func(p Period) bool { return !p.End.After(at) })
		if len(rest) == 0 || due.Before(rest[0].Start) || left > 0 && due.Equal(rest[0].Start) {
			return due, s.Account(start, due, pauses), nil
		}
		p := rest[0]
		left -= s.Between(at, p.Start)
		at = p.End
	}
}

// Account is the open time from a to b without the pauses, interval by interval.
func (s *Schedule) Account(a, b time.Time, pauses []Period) []Counted {
	var out []Counted
	var sum time.Duration
	rest := inOrder(pauses)
	for p := range s.After(a) {
		if !p.Start.Before(b) {
			break
		}
		if p.End.After(b) {
			p.End = b.UTC()
		}
		for _, part := range without(p, rest) {
			open := part.End.Sub(part.Start)
			sum += open
			out = append(out, Counted{Period: part, Open: open, Sum: sum})
		}
	}
	return out
}

// inOrder sorts pauses, joins those that overlap and leaves out the empty ones.
func inOrder(pauses []Period) []Period {
	var out []Period
	for _, p := range slices.SortedFunc(slices.Values(pauses), func(a, b Period) int { return a.Start.Compare(b.Start) }) {
		switch n := len(out); {
		case !p.End.After(p.Start):
		case n > 0 && !p.Start.After(out[n-1].End):
			if p.End.After(out[n-1].End) {
				out[n-1].End = p.End
			}
		default:
			out = append(out, p)
		}
	}
	return out
}

// without cuts the pauses, in order, out of one period.
func without(p Period, pauses []Period) []Period {
	var out []Period
	for _, hole := range pauses {
		if !hole.End.After(p.Start) {
			continue
		}
		if !hole.Start.Before(p.End) {
			break
		}
		if hole.Start.After(p.Start) {
			out = append(out, Period{p.Start, hole.Start.UTC()})
		}
		p.Start = hole.End.UTC()
	}
	if p.Start.Before(p.End) {
		out = append(out, p)
	}
	return out
}
