package sla

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxICal bounds an iCalendar file, in bytes, and maxEvents the dates it may name.
const (
	maxICal   = 8 << 20
	maxEvents = 20_000
)

// ReadICal makes a holiday list of an iCalendar file (RFC 5545), as many countries publish theirs: each event is as many
// whole days closed as it lasts. An event whose summary speaks of work on a day off (班, 调休上班, "working day") is a
// worked holiday instead. Events that come again every year are laid out for the years from and to; other years of the
// file are taken as they are. Cancelled events are passed over. Errors name the line.
func ReadICal(in io.Reader, id, name string, from, to int) (List, error) {
	r := &icalReader{from: from, to: to, years: map[int]*ListYear{}}
	lines := bufio.NewScanner(io.LimitReader(in, maxICal))
	lines.Buffer(make([]byte, 64<<10), maxICal)
	last, number, begun := "", 0, 0
	for lines.Scan() {
		number++
		line := strings.TrimSuffix(lines.Text(), "\r")
		if rest, folded := cutAny(line, " ", "\t"); folded { // RFC 5545 3.1: a long line goes on behind a blank
			last += rest
			continue
		}
		if err := r.line(last); err != nil {
			return List{}, fmt.Errorf("line %d: %w", begun, err)
		}
		last, begun = line, number
	}
	if err := errors.Join(lines.Err(), r.line(last)); err != nil {
		return List{}, fmt.Errorf("line %d: %w", begun, err)
	}
	if !r.seen {
		return List{}, errors.New("not an iCalendar file: there is no BEGIN:VCALENDAR")
	}
	l := List{ID: id, Name: name}
	for _, y := range slices.Sorted(maps.Keys(r.years)) {
		year := *r.years[y]
		for _, dates := range []*[]string{&year.Holidays, &year.Workdays} {
			slices.Sort(*dates)
			*dates = slices.Compact(*dates)
		}
		l.Years = append(l.Years, year)
	}
	return l, l.Validate()
}

func cutAny(s string, prefixes ...string) (string, bool) {
	for _, p := range prefixes {
		if rest, ok := strings.CutPrefix(s, p); ok {
			return rest, true
		}
	}
	return s, false
}

type icalReader struct {
	from, to int
	years    map[int]*ListYear
	seen     bool
	dates    int
	event    *icalEvent // the one being read
}

type icalEvent struct {
	start, end date // end is the day after the last
	begins     bool
	summary    string
	cancelled  bool
	rule       string
	except     map[date]bool
}

// line takes one unfolded line: NAME;PARAM=x:VALUE.
func (r *icalReader) line(line string) error {
	head, value, _ := strings.Cut(line, ":")
	name, _, _ := strings.Cut(head, ";")
	switch name = strings.ToUpper(name); {
	case name == "BEGIN" && value == "VCALENDAR":
		r.seen = true
	case name == "BEGIN" && value == "VEVENT":
		r.event = &icalEvent{except: map[date]bool{}}
	case r.event == nil:
	case name == "END" && value == "VEVENT":
		e := r.event
		r.event = nil
		return r.take(e)
	case name == "SUMMARY":
		r.event.summary = value
	case name == "STATUS":
		r.event.cancelled = strings.EqualFold(value, "CANCELLED")
	case name == "RRULE":
		r.event.rule = value
	case name == "DTSTART" || name == "DTEND" || name == "EXDATE":
		return r.event.date(name, value)
	}
	return nil
}

func (e *icalEvent) date(name, value string) error {
	for text := range strings.SplitSeq(value, ",") {
		t, err := time.Parse("20060102", text[:min(8, len(text))])
		if err != nil {
			return fmt.Errorf("%s: %q is not a date", name, text)
		}
		switch d := dateOf(t.Date()); name {
		case "DTSTART":
			e.start, e.begins = d, true
		case "DTEND":
			e.end = d
			if len(text) > 8 && !strings.HasPrefix(text[8:], "T000000") { // it ends within that day
				e.end++
			}
		default:
			e.except[d] = true
		}
	}
	return nil
}

// take enters the event's dates.
func (r *icalReader) take(e *icalEvent) error {
	long := date(1)
	if e.end != 0 {
		long = max(e.end-e.start, 1)
	}
	switch {
	case e.cancelled:
		return nil
	case !e.begins:
		return fmt.Errorf("the event %q has no DTSTART", e.summary)
	case long > 366:
		return fmt.Errorf("the event %q lasts %d days", e.summary, long)
	case e.rule == "":
		return r.enter(e, e.start, long)
	}
	starts, err := e.again(r.from, r.to)
	if err != nil {
		return err
	}
	for _, d := range starts {
		if err := r.enter(e, d, long); err != nil {
			return err
		}
	}
	return nil
}

// again is when an event begins that comes every year on its date (RFC 5545 3.3.10, what lists of holidays use of it).
func (e *icalEvent) again(from, to int) ([]date, error) {
	every, count, until := 1, 0, date(1<<31-1)
	for part := range strings.SplitSeq(e.rule, ";") {
		key, value, _ := strings.Cut(part, "=")
		n, err := strconv.Atoi(value)
		switch {
		case key == "FREQ" && value == "YEARLY", key == "WKST", key == "BYMONTH", key == "BYMONTHDAY":
		case key == "INTERVAL" && err == nil && n > 0:
			every = n
		case key == "COUNT" && err == nil && n > 0:
			count = n
		case key == "UNTIL" && len(value) >= 8:
			t, err := time.Parse("20060102", value[:8])
			if err != nil {
				return nil, fmt.Errorf("RRULE: %q is not a date", value)
			}
			until = dateOf(t.Date())
		default:
			return nil, fmt.Errorf("RRULE: %q of %q cannot be read; give the dates one by one", part, e.summary)
		}
	}
	y, m, day := time.Unix(e.start.wall(), 0).UTC().Date()
	var out []date
	for n := 0; y <= to && (count == 0 || n < count); y, n = y+every, n+1 {
		d := dateOf(y, m, day)
		if d > until {
			break
		}
		if _, _, on := time.Unix(d.wall(), 0).UTC().Date(); y >= from && on == day { // 29 February is not every year
			out = append(out, d)
		}
	}
	return out, nil
}

func (r *icalReader) enter(e *icalEvent, first, long date) error {
	if e.except[first] {
		return nil
	}
	for d := first; d < first+long; d++ {
		if r.dates++; r.dates > maxEvents {
			return fmt.Errorf("more than %d dates", maxEvents)
		}
		text := d.String()
		year, err := strconv.Atoi(text[:4])
		if err != nil {
			return fmt.Errorf("%s: not a year from 1900 to 2200", text)
		}
		y := r.years[year]
		if y == nil {
			y = &ListYear{Year: year, Source: "iCalendar", Holidays: []string{}, Workdays: []string{}}
			r.years[year] = y
		}
		if e.worked() {
			y.Workdays = append(y.Workdays, text)
		} else {
			y.Holidays = append(y.Holidays, text)
		}
	}
	return nil
}

// worked reports a day off that is worked, as Chinese calendars write it.
func (e *icalEvent) worked() bool {
	return strings.Contains(e.summary, "班") || strings.Contains(strings.ToLower(e.summary), "working day")
}
