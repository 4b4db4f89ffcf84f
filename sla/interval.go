package sla

import (
	"fmt"
	"strings"
	"time"
)

// Interval is opening and closing time on the wall, "HH:MM" or "HH:MM:SS". The opening second belongs to it, the
// closing second does not. A closing time at or before the opening time lies on the next day; "24:00" is the end of
// the day.
type Interval [2]string

// span is an interval in seconds after 00:00 of the day it begins on; end may lie on the next day.
type span struct{ start, end int32 }

const day = 24 * 60 * 60 // seconds of a day on the wall

func (i Interval) span() (span, error) {
	start, err := wallSeconds(i[0])
	if err != nil {
		return span{}, err
	}
	end, err := wallSeconds(i[1])
	if err != nil {
		return span{}, err
	}
	switch {
	case start == day:
		return span{}, fmt.Errorf("%q cannot be an opening time", i[0])
	case start == end:
		return span{}, fmt.Errorf("%s to %s is empty; a whole day is 00:00 to 24:00", i[0], i[1])
	case end < start:
		end += day
	}
	return span{start, end}, nil
}

// wallSeconds reads "HH:MM" or "HH:MM:SS" from 00:00 to 24:00.
func wallSeconds(s string) (int32, error) {
	parts := strings.Split(s, ":")
	if len(parts) != 2 && len(parts) != 3 {
		return 0, badTime(s)
	}
	limit := [3]int32{24, 59, 59}
	var at [3]int32
	for i, p := range parts {
		if len(p) != 2 || p[0] < '0' || p[0] > '9' || p[1] < '0' || p[1] > '9' {
			return 0, badTime(s)
		}
		at[i] = int32(p[0]-'0')*10 + int32(p[1]-'0')
		if at[i] > limit[i] {
			return 0, badTime(s)
		}
	}
	sum := at[0]*3600 + at[1]*60 + at[2]
	if sum > day {
		return 0, badTime(s)
	}
	return sum, nil
}

func badTime(s string) error { return fmt.Errorf("%q is not a time from 00:00 to 24:00", s) }

// date counts days from 1970-01-01, so that the next day is +1 and dates are map keys without a zone.
type date int32

func dateOf(y int, m time.Month, d int) date {
	return date(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / day)
}

func parseDate(s string) (date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return 0, fmt.Errorf("%q is not a date like 2026-10-01", s)
	}
	return dateOf(t.Date()), nil
}

// wall is 00:00 of the date as if it were UTC, in Unix seconds.
func (d date) wall() int64 { return int64(d) * day }

// weekday counts from Sunday, as time.Weekday; 1970-01-01 was a Thursday.
func (d date) weekday() time.Weekday { return time.Weekday(((int64(d)+4)%7 + 7) % 7) }

func (d date) String() string { return time.Unix(d.wall(), 0).UTC().Format(time.DateOnly) }
