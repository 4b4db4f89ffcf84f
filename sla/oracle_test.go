package sla

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// naive is business time with nothing clever about it: one bool a second of a dozen days, coloured in from the document
// itself. It shares no code with Schedule.
type naive struct {
	from int64 // Unix second of the first
	open []bool
}

const naiveDays = 12

func newNaive(c Calendar, from int64) *naive {
	loc, err := time.LoadLocation(c.TimeZone)
	if err != nil {
		panic(err)
	}
	n := &naive{from: from, open: make([]bool, naiveDays*24*3600)}
	first := time.Unix(from, 0).In(loc).AddDate(0, 0, -2)
	for i := range naiveDays + 4 {
		d := time.Date(first.Year(), first.Month(), first.Day()+i, 0, 0, 0, 0, time.UTC) // the date, as if UTC
		n.colour(loc, d, naiveHours(c, d), true)
	}
	for i := range naiveDays + 4 { // breaks last: they win
		d := time.Date(first.Year(), first.Month(), first.Day()+i, 0, 0, 0, 0, time.UTC)
		n.colour(loc, d, c.Breaks[d.Format(time.DateOnly)], false)
	}
	return n
}

func naiveHours(c Calendar, d time.Time) []Interval {
	key, name := d.Format(time.DateOnly), strings.ToLower(d.Format("Mon"))
	worked := slices.Contains(c.Workdays, key)
	if slices.Contains(c.Holidays, key) && !worked {
		return nil
	}
	if own, ok := c.Shifts[key]; ok {
		return own
	}
	hours := func(name string) []Interval {
		if c.AlwaysOpen {
			return []Interval{{"00:00", "24:00"}}
		}
		return c.Hours[name]
	}
	if worked && (name == "sat" || name == "sun" || len(hours(name)) == 0) {
		for _, n := range []string{"mon", "tue", "wed", "thu", "fri"} {
			if len(hours(n)) > 0 {
				return hours(n)
			}
		}
	}
	return hours(name)
}

func (n *naive) colour(loc *time.Location, d time.Time, intervals []Interval, open bool) {
	for _, i := range intervals {
		a, b := naiveFace(i[0]), naiveFace(i[1])
		if b <= a {
			b += 24 * 3600
		}
		until := naiveInstant(loc, d.Unix()+b)
		for s := naiveInstant(loc, d.Unix()+a); s < until; s++ {
			if at := s - n.from; at >= 0 && at < int64(len(n.open)) {
				n.open[at] = open
			}
		}
	}
}

func naiveFace(s string) (sum int64) {
	for i, part := range strings.Split(s, ":") {
		v, err := strconv.Atoi(part)
		if err != nil {
			panic(err)
		}
		sum += int64(v) * []int64{3600, 60, 1}[i]
	}
	return sum
}

// naiveInstant tries every offset there is; the first moment the wall shows it wins. A skipped one keeps the offset of
// the day before.
func naiveInstant(loc *time.Location, wall int64) int64 {
	for off := int64(14 * 3600); off >= -14*3600; off -= 900 {
		_, is := time.Unix(wall-off, 0).In(loc).Zone()
		if int64(is) == off {
			return wall - off
		}
	}
	_, off := time.Unix(wall-86400, 0).In(loc).Zone()
	return wall - int64(off)
}

// add walks until d open seconds have passed, in the direction of step; false when the window ends first.
func (n *naive) add(t, d, step int64) (int64, bool) {
	for at := t - n.from; ; at += step {
		second := at
		if step < 0 {
			second = at - 1
		}
		if second < 0 || second >= int64(len(n.open)) {
			return 0, false
		}
		if n.open[second] {
			if d--; d == 0 {
				return n.from + at + step, true
			}
		}
	}
}

// near are days on which something happens to some zone's clocks, or to the year.
var near = []string{"2026-03-08", "2026-03-29", "2026-04-05", "2026-10-04", "2026-10-25", "2026-11-01", "2025-12-31", "2026-06-15", "2028-02-28"}

// TestAgainstEverySecond compares with counting by hand, in zones whose clocks change (UP-S1, UP-S6).
func TestAgainstEverySecond(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := anyCalendar(t)
		c.TimeZone = rapid.SampledFrom(append([]string{"Europe/London", "Australia/Sydney", "America/Los_Angeles", "Pacific/Chatham"}, zones...)).Draw(t, "some zone")
		middle, err := time.Parse(time.DateOnly, rapid.SampledFrom(near).Draw(t, "near"))
		if err != nil {
			t.Fatal(err)
		}
		date := rapid.Custom(func(t *rapid.T) string {
			return middle.AddDate(0, 0, rapid.IntRange(-5, 5).Draw(t, "day")).Format(time.DateOnly)
		})
		c.Holidays = append(c.Holidays, rapid.SliceOfN(date, 0, 3).Draw(t, "close holidays")...)
		c.Workdays = append(c.Workdays, rapid.SliceOfN(date, 0, 2).Draw(t, "close workdays")...)
		for _, d := range rapid.SliceOfN(date, 0, 2).Draw(t, "close breaks") {
			c.Breaks[d] = []Interval{{"01:30", "02:30"}, {"12:00", "12:00:01"}}
		}
		for _, d := range rapid.SliceOfN(date, 0, 2).Draw(t, "close shifts") {
			c.Shifts[d] = []Interval{{"01:15", "02:45"}, {"23:00", "03:00"}}
		}
		s, err := NewSchedule(c)
		if err != nil {
			t.Fatal(err)
		}
		againstEverySecond(t, s, newNaive(c, middle.AddDate(0, 0, -6).Unix()))
	})
}

func againstEverySecond(t *rapid.T, s *Schedule, n *naive) {
	const window = naiveDays * 24 * 3600
	sums := make([]int64, window+1)
	for i, open := range n.open {
		if sums[i+1] = sums[i]; open {
			sums[i+1]++
		}
	}
	for range 40 {
		a := rapid.Int64Range(0, window-1).Draw(t, "a")
		b := rapid.Int64Range(a, window-1).Draw(t, "b")
		from, to := time.Unix(n.from+a, 0), time.Unix(n.from+b, 0)
		if got := s.Open(from); got != n.open[a] {
			t.Fatalf("Open(%v): got %v, want %v", from.In(s.Location()), got, n.open[a])
		}
		if got, want := s.Between(from, to), time.Duration(sums[b]-sums[a])*time.Second; got != want {
			t.Fatalf("Between(%v, %v): got %v, want %v", from.In(s.Location()), to.In(s.Location()), got, want)
		}
		d := rapid.Int64Range(1, 60*3600).Draw(t, "d")
		if want, ok := n.add(n.from+a, d, 1); ok {
			if got, err := s.Add(from, time.Duration(d)*time.Second); err != nil || got.Unix() != want {
				t.Fatalf("Add(%v, %ds): got %v, %v, want %v", from.In(s.Location()), d, got, err, time.Unix(want, 0).UTC())
			}
		}
		if want, ok := n.add(n.from+a, d, -1); ok {
			if got, err := s.Subtract(from, time.Duration(d)*time.Second); err != nil || got.Unix() != want {
				t.Fatalf("Subtract(%v, %ds): got %v, %v, want %v", from.In(s.Location()), d, got, err, time.Unix(want, 0).UTC())
			}
		}
	}
}

// TestDueWithPauses: what is counted is open, outside every pause, adds up to the target and ends at the due moment; a
// pause that holds nothing open changes nothing.
func TestDueWithPauses(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s, err := NewSchedule(anyCalendar(t))
		if err != nil {
			t.Fatal(err)
		}
		start := anyInstant(t)
		target := time.Duration(rapid.Int64Range(1, int64(100*time.Hour)).Draw(t, "target"))
		var pauses []Period
		for range rapid.IntRange(0, 4).Draw(t, "pauses") {
			from := start.Add(time.Duration(rapid.Int64Range(-int64(time.Hour), int64(200*time.Hour)).Draw(t, "from")))
			pauses = append(pauses, Period{from, from.Add(time.Duration(rapid.Int64Range(0, int64(50*time.Hour)).Draw(t, "long")))})
		}
		due, counted, err := s.Due(start, target, pauses)
		if err != nil {
			t.Skip("breaks ate every opening")
		}
		var sum time.Duration
		for _, c := range counted {
			sum += c.Open
			if c.Sum != sum || s.Between(c.Start, c.End) != c.Open || c.End.Sub(c.Start) != c.Open || c.Start.Before(start) || c.End.After(due) {
				t.Fatalf("counted %+v of sum %v until %v", c, sum, due)
			}
			for _, p := range pauses {
				if p.Start.Before(p.End) && c.Start.Before(p.End) && p.Start.Before(c.End) {
					t.Fatalf("counted %v inside the pause %v", c.Period, p)
				}
			}
		}
		if sum != target || !counted[len(counted)-1].End.Equal(due) {
			t.Fatalf("got %v counted until %v, want %v until %v", sum, counted[len(counted)-1].End, target, due)
		}
	})
}
