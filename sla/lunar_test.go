package sla

import (
	"slices"
	"testing"
	"time"
)

// TestLunarFestivals holds the table against days that are known: New Years as printed in almanacs, leap months that
// others compute wrongly, and the State Council's notices, whose holidays follow the moon.
func TestLunarFestivals(t *testing.T) {
	t.Parallel()
	for day, want := range map[string]LunarDate{
		"1900-01-31": {1900, 1, 1, false}, "1911-01-30": {1911, 1, 1, false}, "1949-10-01": {1949, 8, 10, false},
		"1954-02-03": {1954, 1, 1, false}, "1976-01-31": {1976, 1, 1, false}, "1985-02-20": {1985, 1, 1, false},
		"2000-02-05": {2000, 1, 1, false}, "2007-02-18": {2007, 1, 1, false}, "2012-01-23": {2012, 1, 1, false},
		"2020-01-25": {2020, 1, 1, false}, "2023-01-22": {2023, 1, 1, false}, "2027-02-06": {2027, 1, 1, false},
		"2030-02-03": {2030, 1, 1, false}, "2033-01-31": {2033, 1, 1, false}, "2033-12-22": {2033, 11, 1, true},
		"2034-02-19": {2034, 1, 1, false}, "2057-09-28": {2057, 8, 30, false}, "2100-02-09": {2100, 1, 1, false},
		"2020-05-23": {2020, 4, 1, true}, "2023-03-22": {2023, 2, 1, true}, "2025-07-25": {2025, 6, 1, true},
		"1987-07-26": {1987, 6, 1, true}, "2024-02-10": {2024, 1, 1, false}, "2024-09-17": {2024, 8, 15, false},
	} {
		at, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := ToLunar(at.Date()); !ok || got != want {
			t.Errorf("%s: got %+v %t, want %+v", day, got, ok, want)
		}
	}
	for _, y := range Lists()["cn"].Years {
		for _, festival := range []LunarDate{{y.Year, 1, 1, false}, {y.Year, 5, 5, false}, {y.Year, 8, 15, false}} {
			year, month, day, ok := festival.Solar()
			if d := dateOf(year, month, day); !ok || !slices.Contains(y.holidays, d) {
				t.Errorf("%+v: got %s, want a holiday of the notice for %d", festival, d, y.Year)
			}
		}
	}
}

// TestLunarThereAndBack goes through every day of the table.
func TestLunarThereAndBack(t *testing.T) {
	t.Parallel()
	if d := dateOf(1900, 1, 31); d != lunarEpoch {
		t.Fatalf("the epoch: got %d, want %d", lunarEpoch, d)
	}
	days := 0
	last := LunarDate{Year: 1899, Month: 12, Day: 30}
	for d := lunarEpoch; ; d++ {
		year, month, day := time.Unix(d.wall(), 0).UTC().Date()
		l, ok := ToLunar(year, month, day)
		if !ok {
			break
		}
		days++
		if y, m, dd, ok := l.Solar(); !ok || dateOf(y, m, dd) != d {
			t.Fatalf("%s is %+v and back %d-%d-%d %t", d, l, y, m, dd, ok)
		}
		if next := l.Day == last.Day+1 && l.Month == last.Month && l.Leap == last.Leap || l.Day == 1; !next {
			t.Fatalf("after %+v comes %+v", last, l)
		}
		last = l
	}
	if last.Year != 2100 || last.Month != 12 || days < 73_400 || days > 73_450 {
		t.Errorf("got %d days until %+v, want the end of 2100", days, last)
	}
	for _, l := range []LunarDate{{1899, 1, 1, false}, {2101, 1, 1, false}, {2026, 13, 1, false}, {2026, 1, 31, false}, {2026, 1, 1, true}, {2026, 1, 0, false}} {
		if _, _, _, ok := l.Solar(); ok {
			t.Errorf("%+v is no date", l)
		}
	}
	if _, ok := ToLunar(1900, 1, 30); ok {
		t.Error("the day before the first is in the table")
	}
}
