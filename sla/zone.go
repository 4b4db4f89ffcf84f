package sla

import (
	"time"
	_ "time/tzdata" // calendars name IANA zones; the machine need not know them
)

// zone turns wall time into instants. In doubt it follows RFC 5545 3.3.5: a wall time that occurs twice is its first
// occurrence; one that is skipped counts with the offset before the gap, so 02:30 in a gap from 02:00 to 03:00 is
// 03:30 on the new clock.
type zone struct{ loc *time.Location }

func (z zone) offset(unix int64) int64 {
	_, off := time.Unix(unix, 0).In(z.loc).Zone()
	return int64(off)
}

// instant is the Unix second at which the wall shows w (Unix seconds as if UTC).
//
// No zone changes twice within two days, so the offsets a day before and a day after bracket any change.
func (z zone) instant(w int64) int64 {
	before, after := z.offset(w-day), z.offset(w+day)
	if before == after {
		return w - before
	}
	early, late := w-before, w-after
	if z.offset(early) == before || z.offset(late) != after {
		return early // unambiguous, the first of two, or skipped
	}
	return late
}

// wall is what the wall shows at an instant.
func (z zone) wall(unix int64) int64 { return unix + z.offset(unix) }

// on is the date and the second of the day the wall shows at an instant.
func (z zone) on(unix int64) (date, int64) {
	w := z.wall(unix)
	d := floorDiv(w, day)
	return date(d), w - d*day
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
