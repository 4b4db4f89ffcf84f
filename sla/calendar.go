package sla

import (
	"fmt"
	"slices"
	"sort"
	"time"
)

// Calendar is working time as people write it down: a document, stored as JSON and readable as YAML. All times are on
// the wall of TimeZone.
//
// A date is closed when it is a holiday, here or in a list, unless it is also a workday. An open date has the hours of
// its own shift, else those of its weekday. An interval that runs over midnight belongs to the date it begins on: a
// holiday ends neither the night shift before it nor starts one. Breaks are taken out of whatever is open.
type Calendar struct {
	ID       string `json:"id" yaml:"id"`
	Name     string `json:"name" yaml:"name"`
	TimeZone string `json:"time_zone" yaml:"time_zone"` // IANA name

	// AlwaysOpen stands for 00:00 to 24:00 on every weekday; Hours then rest. Dates below still count.
	AlwaysOpen bool `json:"always_open" yaml:"always_open"`
	// Hours are the intervals of each weekday: mon, tue, wed, thu, fri, sat, sun.
	Hours map[string][]Interval `json:"hours" yaml:"hours"`
	// Shifts are dates with hours of their own, in place of the weekday's.
	Shifts map[string][]Interval `json:"shifts" yaml:"shifts"`
	// Breaks are closed intervals of single dates.
	Breaks map[string][]Interval `json:"breaks" yaml:"breaks"`
	// Holidays are dates closed as a whole.
	Holidays []string `json:"holidays" yaml:"holidays"`
	// Workdays are worked holidays (调休): dates worked although list or weekday say otherwise. Monday to Friday keep
	// their weekday's hours, a week-end day has those of the first working day of the week.
	Workdays []string `json:"workdays" yaml:"workdays"`
	// Lists name published holiday lists to follow, such as "cn". A date above overrules the list.
	Lists []string `json:"lists" yaml:"lists"`
}

// AlwaysOpenID is the calendar every installation starts with.
const AlwaysOpenID = "always-open"

// DefaultCalendar is Asia/Shanghai, always open.
func DefaultCalendar() Calendar {
	return Calendar{ID: AlwaysOpenID, Name: "Always open 全天开放", TimeZone: "Asia/Shanghai", AlwaysOpen: true}
}

// FieldError says which field of a document is wrong and why.
type FieldError struct {
	Field string // as written in the document, such as "hours.mon[0]"
	Err   error
}

// Error names field and cause.
func (e *FieldError) Error() string { return e.Field + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *FieldError) Unwrap() error { return e.Err }

func wrong(field, format string, args ...any) error {
	return &FieldError{Field: field, Err: fmt.Errorf(format, args...)}
}

// languageError is a word that is no language tag.
type languageError string

// Error says what a language tag is.
func (e languageError) Error() string {
	return fmt.Sprintf("%q is no language tag such as zh, zh-CN or en, of 35 characters at most", string(e))
}

// Validate reports the first mistake as a *FieldError, or nil. A calendar that never opens is a mistake.
func (c Calendar) Validate() error { return c.validate(lists()) }

func (c Calendar) validate(known map[string]List) error {
	if c.ID == "" {
		return wrong("id", "is required")
	}
	s, err := newSchedule(c, known)
	if err != nil {
		return err
	}
	if !s.everOpens() {
		return wrong("hours", "no weekday and no shift is ever open")
	}
	return nil
}

// weekdays are the names of [time.Weekday] in a document.
var weekdays = [7]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// rules is a calendar read and checked: what year.go lays out.
type rules struct {
	zone     zone
	week     [7][]span
	shifts   map[date][]span
	breaks   map[date][]span
	holidays map[date]bool
	workdays map[date]bool
	lastDate date // the last date anything is said about
}

func (c Calendar) rules(known map[string]List) (*rules, error) {
	loc, err := time.LoadLocation(c.TimeZone)
	if err != nil || c.TimeZone == "" || c.TimeZone == "Local" {
		return nil, wrong("time_zone", "%q is not an IANA time zone such as Asia/Shanghai", c.TimeZone)
	}
	r := &rules{zone: zone{loc}, holidays: map[date]bool{}, workdays: map[date]bool{}}
	if r.week, err = c.week(); err != nil {
		return nil, err
	}
	if r.shifts, err = r.dated("shifts", c.Shifts); err != nil {
		return nil, err
	}
	if r.breaks, err = r.dated("breaks", c.Breaks); err != nil {
		return nil, err
	}
	for i, name := range c.Lists {
		list, err := listOf(name, known)
		if err != nil {
			return nil, wrong(fmt.Sprintf("lists[%d]", i), "%w", err)
		}
		r.follow(list)
	}
	return r, r.ownDates(c)
}

// ownDates reads the calendar's holidays and workdays, which overrule those of lists. A date in both is worked.
func (r *rules) ownDates(c Calendar) error {
	for i, s := range c.Holidays {
		d, err := parseDate(s)
		if err != nil {
			return wrong(fmt.Sprintf("holidays[%d]", i), "%w", err)
		}
		r.holidays[d] = true
		delete(r.workdays, d)
		r.lastDate = max(r.lastDate, d)
	}
	for i, s := range c.Workdays {
		d, err := parseDate(s)
		if err != nil {
			return wrong(fmt.Sprintf("workdays[%d]", i), "%w", err)
		}
		r.workdays[d] = true
		r.lastDate = max(r.lastDate, d)
	}
	return nil
}

func (r *rules) follow(l List) {
	for _, y := range l.Years {
		for _, d := range y.holidays {
			r.holidays[d] = true
			r.lastDate = max(r.lastDate, d)
		}
		for _, d := range y.workdays {
			r.workdays[d] = true
			r.lastDate = max(r.lastDate, d)
		}
	}
}

func (c Calendar) week() ([7][]span, error) {
	var week [7][]span
	for name := range c.Hours {
		if !slices.Contains(weekdays[:], name) {
			return week, wrong("hours."+name, "is not a weekday: mon, tue, wed, thu, fri, sat or sun")
		}
	}
	for d, name := range weekdays {
		spans, err := spansOf("hours."+name, c.Hours[name])
		if err != nil {
			return week, err
		}
		week[d] = spans
		if c.AlwaysOpen {
			week[d] = []span{{0, day}}
		}
	}
	return week, nil
}

func (r *rules) dated(field string, in map[string][]Interval) (map[date][]span, error) {
	out := make(map[date][]span, len(in))
	for key, intervals := range in {
		d, err := parseDate(key)
		if err != nil {
			return nil, wrong(field+"."+key, "%w", err)
		}
		if out[d], err = spansOf(field+"."+key, intervals); err != nil {
			return nil, err
		}
		r.lastDate = max(r.lastDate, d)
	}
	return out, nil
}

func spansOf(field string, in []Interval) ([]span, error) {
	out := make([]span, 0, len(in))
	for i, interval := range in {
		s, err := interval.span()
		if err != nil {
			return nil, wrong(fmt.Sprintf("%s[%d]", field, i), "%w", err)
		}
		out = append(out, s)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].start < out[j].start })
	return out, nil
}

// holiday reports whether the date is closed as a whole.
func (r *rules) holiday(d date) bool { return r.holidays[d] && !r.workdays[d] }

// spans are the intervals that begin on d, in order.
func (r *rules) spans(d date) []span {
	if r.holiday(d) {
		return nil
	}
	if own, ok := r.shifts[d]; ok {
		return own
	}
	w := d.weekday()
	weekend := w == time.Saturday || w == time.Sunday
	if !r.workdays[d] || !weekend && len(r.week[w]) > 0 {
		return r.week[w]
	}
	for w := time.Monday; w <= time.Friday; w++ {
		if len(r.week[w]) > 0 {
			return r.week[w]
		}
	}
	return r.week[w]
}

// worked reports whether a working day is counted for d.
func (r *rules) worked(d date) bool {
	switch {
	case r.holiday(d):
		return false
	case r.weekly():
		return r.workdays[d] || len(r.week[d.weekday()]) > 0
	}
	return len(r.shifts[d]) > 0
}

// weekly reports whether any weekday has hours.
func (r *rules) weekly() bool {
	return slices.ContainsFunc(r.week[:], func(spans []span) bool { return len(spans) > 0 })
}
