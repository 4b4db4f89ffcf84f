package sla

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func mustSchedule(t testing.TB, c Calendar) *Schedule {
	t.Helper()
	s, err := NewSchedule(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func at(t testing.TB, s string) time.Time {
	t.Helper()
	v, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		t.Fatal(err)
	}
	return v.UTC()
}

// office is two periods a day, Monday to Friday.
func office(zone string) Calendar {
	c := Calendar{ID: "office", TimeZone: zone, Hours: map[string][]Interval{}}
	for _, d := range []string{"mon", "tue", "wed", "thu", "fri"} {
		c.Hours[d] = []Interval{{"09:00", "12:00"}, {"13:30", "18:00"}}
	}
	return c
}

// TestAdd is a table counted by hand (UP-S1, UP-S6, UP-N3).
func TestAdd(t *testing.T) {
	t.Parallel()
	split := office("Asia/Shanghai")
	split.Lists = []string{"cn"}
	night := Calendar{TimeZone: "Asia/Shanghai", Hours: map[string][]Interval{"fri": {{"22:00", "06:00"}}}, Holidays: []string{"2026-09-26"}}
	berlin := Calendar{TimeZone: "Europe/Berlin", Hours: map[string][]Interval{"sun": {{"01:00", "05:00"}}}}
	york := Calendar{TimeZone: "America/New_York", Hours: map[string][]Interval{"sun": {{"00:00", "24:00"}}}}
	cases := []struct {
		name  string
		c     Calendar
		from  string
		d     time.Duration
		until string
	}{
		// 16:30 to 18:00 is 1.5 h, Sunday 20 September is worked and has 7.5 h.
		{"split day, worked Sunday counts", split, "2026-09-18T08:30:00Z", 2 * time.Hour, "2026-09-20T01:30:00Z"},
		// Wednesday 30 September 17:59:59, then seven days of National Day, next is Thursday 8 October.
		{"National Day does not count", split, "2026-09-30T09:59:59Z", 2 * time.Second, "2026-10-08T01:00:01Z"},
		{"Saturday after National Day is worked", split, "2026-10-09T10:00:00Z", time.Hour, "2026-10-10T02:00:00Z"},
		{"on closing time it stays", split, "2026-09-17T01:00:00Z", 3 * time.Hour, "2026-09-17T04:00:00Z"},
		{"one second past closing time it does not", split, "2026-09-17T01:00:00Z", 3*time.Hour + time.Second, "2026-09-17T05:30:01Z"},
		{"a night shift ends on the morning of a holiday", night, "2026-09-25T14:00:00Z", 8 * time.Hour, "2026-09-25T22:00:00Z"},
		{"spring: 02:00 to 03:00 is not there", berlin, "2026-03-29T00:00:00Z", 3 * time.Hour, "2026-03-29T03:00:00Z"},
		{"autumn: 02:00 to 03:00 is there twice", berlin, "2026-10-24T23:00:00Z", 5 * time.Hour, "2026-10-25T04:00:00Z"},
		{"a Sunday of 23 hours", york, "2026-03-08T05:00:00Z", 23 * time.Hour, "2026-03-09T04:00:00Z"},
		{"a Sunday of 25 hours", york, "2026-11-01T04:00:00Z", 25 * time.Hour, "2026-11-02T05:00:00Z"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := mustSchedule(t, c.c)
			got, err := s.Add(at(t, c.from), c.d)
			if want := at(t, c.until); err != nil || !got.Equal(want) {
				t.Errorf("Add(%s, %s): got %v, %v, want %v", c.from, c.d, got, err, want)
			}
			if got := s.Between(at(t, c.from), at(t, c.until)); got != c.d {
				t.Errorf("Between: got %v, want %v", got, c.d)
			}
		})
	}
}

// TestWallTimeInGapsAndFolds holds the rule of RFC 5545 3.3.5.
func TestWallTimeInGapsAndFolds(t *testing.T) {
	t.Parallel()
	cases := []struct{ name, zone, date, open, close, start, end string }{
		{"a skipped opening moves on by the gap", "Europe/Berlin", "2026-03-29", "02:30", "05:00", "2026-03-29T01:30:00Z", "2026-03-29T03:00:00Z"},
		{"a skipped closing too", "Europe/Berlin", "2026-03-29", "01:00", "02:30", "2026-03-29T00:00:00Z", "2026-03-29T01:30:00Z"},
		{"of two openings the first", "America/New_York", "2026-11-01", "01:30", "04:00", "2026-11-01T05:30:00Z", "2026-11-01T09:00:00Z"},
		{"of two closings the first", "America/New_York", "2026-11-01", "00:30", "01:30", "2026-11-01T04:30:00Z", "2026-11-01T05:30:00Z"},
		{"half an hour is skipped", "Australia/Lord_Howe", "2026-10-04", "02:15", "04:00", "2026-10-03T15:45:00Z", "2026-10-03T17:00:00Z"},
		{"midnight is skipped", "America/Sao_Paulo", "2018-11-04", "00:00", "24:00", "2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := mustSchedule(t, Calendar{TimeZone: c.zone, Shifts: map[string][]Interval{c.date: {{c.open, c.close}}}})
			for p := range s.After(at(t, c.date+"T00:00:00Z").Add(-24 * time.Hour)) {
				want := Period{at(t, c.start), at(t, c.end)}
				if p != want {
					t.Errorf("got %v, want %v", p, want)
				}
			}
		})
	}
	apia := mustSchedule(t, Calendar{TimeZone: "Pacific/Apia", Hours: map[string][]Interval{"fri": {{"09:00", "17:00"}}}})
	if got := apia.Between(at(t, "2011-12-28T00:00:00Z"), at(t, "2012-01-02T00:00:00Z")); got != 0 {
		t.Errorf("Friday 30 December 2011 did not take place in Apia: got %v open, want 0", got)
	}
}

func TestWorkedHolidays(t *testing.T) {
	t.Parallel()
	c := office("Asia/Shanghai")
	c.Hours["mon"] = []Interval{{"10:00", "16:00"}}
	c.Hours["sat"] = []Interval{{"09:00", "11:00"}}
	c.Holidays = []string{"2026-09-21", "2026-09-22", "2026-09-23"}
	c.Workdays = []string{"2026-09-19", "2026-09-20", "2026-09-22"}
	c.Shifts = map[string][]Interval{"2026-09-23": {{"09:00", "10:00"}}}
	s := mustSchedule(t, c)
	for day, want := range map[string]time.Duration{
		"2026-09-19": 6 * time.Hour,                // a Saturday that is worked has Monday's hours, not Saturday's
		"2026-09-20": 6 * time.Hour,                // so has a Sunday
		"2026-09-21": 0,                            // a holiday
		"2026-09-22": 7*time.Hour + 30*time.Minute, // worked although a holiday: its own weekday's
		"2026-09-23": 0,                            // a holiday beats a shift
		"2026-09-26": 2 * time.Hour,                // a Saturday like any other
	} {
		from := at(t, day+"T00:00:00+08:00")
		if got := s.Between(from, from.Add(24*time.Hour)); got != want {
			t.Errorf("%s: got %v, want %v", day, got, want)
		}
	}
	if !s.OnHoliday(at(t, "2026-09-21T00:00:00+08:00")) || s.OnHoliday(at(t, "2026-09-22T00:00:00+08:00")) {
		t.Error("OnHoliday: want 21 September, not 22 September")
	}
}

func TestAlwaysOpen(t *testing.T) {
	t.Parallel()
	c := DefaultCalendar()
	s := mustSchedule(t, c)
	from := at(t, "2026-02-14T03:04:05.678Z")
	got, err := s.Add(from, 24*time.Hour)
	if err != nil || !got.Equal(from.Add(24*time.Hour)) {
		t.Errorf("Add: got %v, %v, want a day later", got, err)
	}
	c.Holidays = []string{"2026-02-15"}
	s = mustSchedule(t, c)
	if got := s.Between(from, from.Add(72*time.Hour)); got != 48*time.Hour {
		t.Errorf("with a holiday: got %v, want 48h", got)
	}
}

// TestYearsOfClosure opens once in nine years.
func TestYearsOfClosure(t *testing.T) {
	t.Parallel()
	s := mustSchedule(t, Calendar{TimeZone: "UTC", Shifts: map[string][]Interval{"2035-01-01": {{"00:00", "01:00"}}}})
	got, err := s.Add(at(t, "2026-01-01T00:00:00Z"), time.Hour)
	if want := at(t, "2035-01-01T01:00:00Z"); err != nil || !got.Equal(want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
	if _, err := s.Add(got, time.Second); !errors.Is(err, ErrNeverOpens) {
		t.Errorf("after the last opening: got %v, want ErrNeverOpens", err)
	}
	if _, err := s.Subtract(at(t, "2034-01-01T00:00:00Z"), time.Second); !errors.Is(err, ErrNeverOpens) {
		t.Errorf("before the first opening: got %v, want ErrNeverOpens", err)
	}
	closed := mustSchedule(t, Calendar{TimeZone: "UTC"})
	if _, err := closed.Next(got); !errors.Is(err, ErrNeverOpens) {
		t.Errorf("closed: got %v, want ErrNeverOpens", err)
	}
}

func TestPeriodsOverNewYear(t *testing.T) {
	t.Parallel()
	hours := map[string][]Interval{}
	for _, d := range weekdays {
		hours[d] = []Interval{{"22:00", "06:00"}}
	}
	s := mustSchedule(t, Calendar{TimeZone: "UTC", Hours: hours})
	want := []Period{
		{at(t, "2026-12-31T22:00:00Z"), at(t, "2027-01-01T06:00:00Z")},
		{at(t, "2027-01-01T22:00:00Z"), at(t, "2027-01-02T06:00:00Z")},
	}
	i := 0
	for p := range s.After(at(t, "2026-12-31T12:00:00Z")) {
		if p != want[i] {
			t.Errorf("after: got %v, want %v", p, want[i])
		}
		if i++; i == len(want) {
			break
		}
	}
	for p := range s.Before(at(t, "2027-01-02T12:00:00Z")) {
		if i--; p != want[i] {
			t.Errorf("before: got %v, want %v", p, want[i])
		}
		if i == 0 {
			break
		}
	}
}

func TestCalendarMistakes(t *testing.T) {
	t.Parallel()
	cases := []struct {
		field string
		c     Calendar
	}{
		{"id", Calendar{TimeZone: "UTC", AlwaysOpen: true}},
		{"time_zone", Calendar{ID: "a", TimeZone: "Asia/Peking"}},
		{"time_zone", Calendar{ID: "a", TimeZone: "Local"}},
		{"hours.monday", Calendar{ID: "a", TimeZone: "UTC", Hours: map[string][]Interval{"monday": {{"09:00", "17:00"}}}}},
		{"hours.mon[1]", Calendar{ID: "a", TimeZone: "UTC", Hours: map[string][]Interval{"mon": {{"09:00", "17:00"}, {"25:00", "26:00"}}}}},
		{"hours.mon[0]", Calendar{ID: "a", TimeZone: "UTC", Hours: map[string][]Interval{"mon": {{"09:00", "18:60"}}}}},
		{"hours.mon[0]", Calendar{ID: "a", TimeZone: "UTC", Hours: map[string][]Interval{"mon": {{"09:00", "09:00"}}}}},
		{"hours.mon[0]", Calendar{ID: "a", TimeZone: "UTC", Hours: map[string][]Interval{"mon": {{"24:00", "09:00"}}}}},
		{"shifts.2026-02-30", Calendar{ID: "a", TimeZone: "UTC", Shifts: map[string][]Interval{"2026-02-30": nil}}},
		{"holidays[0]", Calendar{ID: "a", TimeZone: "UTC", Holidays: []string{"1 May"}}},
		{"lists[0]", Calendar{ID: "a", TimeZone: "UTC", Lists: []string{"xx"}}},
		{"hours", Calendar{ID: "a", TimeZone: "UTC"}},
	}
	for _, c := range cases {
		err := c.c.Validate()
		var f *FieldError
		if !errors.As(err, &f) || f.Field != c.field {
			t.Errorf("got %v, want a mistake in %s", err, c.field)
		}
	}
}

var zones = []string{"UTC", "Asia/Shanghai", "Asia/Kathmandu", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo", "Pacific/Apia"}

// anyCalendar draws a calendar that is open at some time of the week.
func anyCalendar(t *rapid.T) Calendar {
	interval := rapid.Custom(func(t *rapid.T) Interval {
		a := rapid.IntRange(0, day-1).Draw(t, "open")
		b := rapid.IntRange(1, day-1).Draw(t, "length")
		return Interval{clockFace(a), clockFace((a + b) % day)}
	})
	dates := rapid.Custom(func(t *rapid.T) string {
		return date(20_400 + rapid.IntRange(0, 800).Draw(t, "date")).String() // from autumn 2025 on
	})
	c := Calendar{ID: "any", TimeZone: rapid.SampledFrom(zones).Draw(t, "zone"), AlwaysOpen: rapid.IntRange(0, 9).Draw(t, "always") == 0}
	c.Hours = rapid.MapOfN(rapid.SampledFrom(weekdays[:]), rapid.SliceOfN(interval, 1, 3), 1, 7).Draw(t, "hours")
	c.Shifts = rapid.MapOfN(dates, rapid.SliceOfN(interval, 0, 2), 0, 4).Draw(t, "shifts")
	c.Breaks = rapid.MapOfN(dates, rapid.SliceOfN(interval, 1, 2), 0, 4).Draw(t, "breaks")
	c.Holidays = rapid.SliceOfN(dates, 0, 20).Draw(t, "holidays")
	c.Workdays = rapid.SliceOfN(dates, 0, 5).Draw(t, "workdays")
	return c
}

func clockFace(s int) string { return fmt.Sprintf("%02d:%02d:%02d", s/3600, s/60%60, s%60) }

func anyInstant(t *rapid.T) time.Time {
	return time.UnixMilli(rapid.Int64Range(1_735_689_600_000, 1_830_000_000_000).Draw(t, "t")).UTC() // 2025 to 2027
}

// TestAddAndBetweenAreInverse: Between(t, Add(t, d)) == d always, Add(t, Between(t, u)) == u and Subtract undoes Add
// where u is open.
func TestAddAndBetweenAreInverse(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s, err := NewSchedule(anyCalendar(t))
		if err != nil {
			t.Fatal(err)
		}
		from := anyInstant(t)
		d := time.Duration(rapid.Int64Range(1, int64(500*time.Hour)).Draw(t, "d"))
		until, err := s.Add(from, d)
		if err != nil {
			t.Skip("breaks ate every opening")
		}
		if got := s.Between(from, until); got != d {
			t.Fatalf("Between(%v, Add = %v): got %v, want %v", from, until, got, d)
		}
		if s.Open(from) {
			if back, err := s.Subtract(until, d); err != nil || !back.Equal(from) {
				t.Fatalf("Subtract(Add(%v)): got %v, %v", from, back, err)
			}
		}
		if s.Open(until) {
			if again, err := s.Add(from, s.Between(from, until)); err != nil || !again.Equal(until) {
				t.Fatalf("Add(Between): got %v, %v, want %v", again, err, until)
			}
		}
		mid, _ := s.Add(from, d/2+1)
		if got := s.Between(from, mid) + s.Between(mid, until); got != d {
			t.Fatalf("in two parts: got %v, want %v", got, d)
		}
	})
}

// TestOpenTimeAgainstTheWall compares with a second look at every minute of some days, in zones that never change.
func TestOpenTimeAgainstTheWall(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := anyCalendar(t)
		c.TimeZone = rapid.SampledFrom([]string{"UTC", "Asia/Shanghai", "Asia/Kathmandu"}).Draw(t, "steady zone")
		s, err := NewSchedule(c)
		if err != nil {
			t.Fatal(err)
		}
		from := anyInstant(t).Truncate(time.Second)
		var sum time.Duration
		for i := range 2000 {
			at := from.Add(time.Duration(i) * 61 * time.Second)
			open := onTheWall(s, at)
			if got := s.Open(at); got != open {
				t.Fatalf("Open(%v): got %v, want %v", at.In(s.Location()), got, open)
			}
			sum += s.Between(at, at.Add(61*time.Second))
		}
		if got := s.Between(from, from.Add(2000*61*time.Second)); got != sum {
			t.Fatalf("Between: got %v, want the sum of its parts %v", got, sum)
		}
	})
}

// onTheWall looks at the clock and the rules, without laying anything out.
func onTheWall(s *Schedule, t time.Time) bool {
	in := t.In(s.Location())
	second := int32(in.Hour()*3600 + in.Minute()*60 + in.Second())
	today := dateOf(in.Date())
	covers := func(of func(date) []span) bool {
		for back := range date(2) {
			for _, x := range of(today - back) {
				if at := second + int32(back)*day; x.start <= at && at < x.end {
					return true
				}
			}
		}
		return false
	}
	return covers(s.rules.spans) && !covers(func(d date) []span { return s.rules.breaks[d] })
}

func FuzzSchedule(f *testing.F) {
	f.Add("Europe/Berlin", "22:00", "06:00", int64(1774738800), int64(3600_000_000_000))
	f.Add("Australia/Lord_Howe", "01:59:59", "02:00:01", int64(1790953200), int64(1))
	f.Fuzz(func(t *testing.T, zone, open, shut string, unix, d int64) {
		c := Calendar{ID: "f", TimeZone: zone, Hours: map[string][]Interval{"sat": {{open, "24:00"}}, "sun": {{open, shut}}}}
		s, err := NewSchedule(c)
		if err != nil {
			return
		}
		from := time.Unix(unix%4_000_000_000, 0)
		d %= int64(10_000 * time.Hour)
		until, err := s.Add(from, time.Duration(d))
		if err != nil {
			return
		}
		want := time.Duration(d)
		a, b := from, until
		if d < 0 {
			a, b, want = until, from, -want
		}
		if got := s.Between(a, b); got != want {
			t.Errorf("Between(%v, %v): got %v, want %v", a, b, got, want)
		}
	})
}

func ExampleSchedule_Add() {
	c := Calendar{
		ID: "beijing", TimeZone: "Asia/Shanghai", Lists: []string{"cn"},
		Hours: map[string][]Interval{
			"mon": {{"09:00", "12:00"}, {"13:30", "18:00"}}, "tue": {{"09:00", "18:00"}}, "wed": {{"09:00", "18:00"}},
			"thu": {{"09:00", "18:00"}}, "fri": {{"09:00", "18:00"}},
		},
	}
	s, err := NewSchedule(c)
	if err != nil {
		fmt.Println(err)
		return
	}
	// Friday 16:30. Sunday 20 September 2026 is worked, with Monday's hours.
	friday := time.Date(2026, 9, 18, 16, 30, 0, 0, s.Location())
	due, _ := s.Add(friday, 8*time.Hour)
	fmt.Println(due.In(s.Location()).Format("Mon 2006-01-02 15:04"))
	// Output: Sun 2026-09-20 17:00
}

func ExampleSchedule_Between() {
	s, _ := NewSchedule(Calendar{ID: "night", TimeZone: "Europe/Berlin", Hours: map[string][]Interval{"sat": {{"22:00", "06:00"}}}})
	from := time.Date(2026, 10, 24, 12, 0, 0, 0, s.Location())
	fmt.Println(s.Between(from, from.AddDate(0, 0, 2))) // the clocks go back that night
	// Output: 9h0m0s
}

func ExampleSchedule_After() {
	s, _ := NewSchedule(Calendar{
		ID: "shop", TimeZone: "Asia/Shanghai", Hours: map[string][]Interval{"sat": {{"10:00", "20:00"}}},
		Breaks: map[string][]Interval{"2026-09-26": {{"12:00", "13:00"}}}, Holidays: []string{"2026-10-03"},
	})
	n := 0
	for p := range s.After(time.Date(2026, 9, 21, 0, 0, 0, 0, time.UTC)) {
		fmt.Println(p.Start.In(s.Location()).Format("01-02 15:04"), p.End.In(s.Location()).Format("15:04"))
		if n++; n == 3 {
			break
		}
	}
	// Output:
	// 09-26 10:00 12:00
	// 09-26 13:00 20:00
	// 10-10 10:00 20:00
}

func BenchmarkAddAYear(b *testing.B) {
	s := mustSchedule(b, office("Asia/Shanghai"))
	from := at(b, "2026-03-04T05:06:07Z")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Add(from, 1900*time.Hour); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLayOutAYear(b *testing.B) {
	s := mustSchedule(b, office("Europe/Berlin"))
	for b.Loop() {
		s.rules.build(2026)
	}
}
