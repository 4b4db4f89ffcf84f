package email

import (
	"strings"
	"time"
)

// dateOf reads a Date header, for display only, in the writer's zone: RFC 5322 with its obsolete forms, ISO 8601, and
// the orders of day, month and year that programs write. Without a zone it is UTC. What says no moment is none.
func dateOf(v string) time.Time {
	v = strings.TrimSpace(v)
	if v == "" || len(v) > 200 {
		return time.Time{}
	}
	if strings.IndexByte(v, '(') >= 0 {
		v = withoutComments(v)
	}
	d := dateParts{zone: time.UTC}
	for _, w := range strings.FieldsFunc(tightColons(v), func(r rune) bool { return r == ' ' || r == '\t' || r == ',' }) {
		d.word(w)
	}
	return d.time()
}

// withoutComments takes (nested (comments)) out, with their quoted characters (RFC 5322 3.2.2).
func withoutComments(s string) string {
	var b strings.Builder
	depth := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && i+1 < len(s):
			if i++; depth == 0 {
				b.WriteByte(c)
				b.WriteByte(s[i])
			}
		case c == '(':
			depth++
		case c == ')' && depth > 0:
			depth--
		case depth == 0:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// tightColons takes out the blanks around colons (obsolete, RFC 5322 4.3).
func tightColons(s string) string {
	if !strings.Contains(s, " :") && !strings.Contains(s, ": ") {
		return s
	}
	parts := strings.Split(s, ":")
	for i := range parts {
		if i > 0 {
			parts[i] = strings.TrimLeft(parts[i], " \t")
		}
		if i+1 < len(parts) {
			parts[i] = strings.TrimRight(parts[i], " \t")
		}
	}
	return strings.Join(parts, ":")
}

// dateParts are what the words of a date say.
type dateParts struct {
	year, month, day     int
	hour, minute, second int
	clock, bad           bool
	afternoon            int // 0 nothing said, 1 AM, 2 PM
	zone                 *time.Location
}

var monthNames = [...]string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}

// zoneHours are the names of RFC 5322 4.3; other letters say nothing.
var zoneHours = map[string]int{"UT": 0, "UTC": 0, "GMT": 0, "Z": 0, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "CET": 1, "CEST": 2, "JST": 9, "HKT": 8}

func (d *dateParts) word(w string) {
	switch {
	case w == "":
	case w[0] >= '0' && w[0] <= '9' && strings.IndexByte(w, ':') > 0:
		d.clockWord(w)
	case w[0] >= '0' && w[0] <= '9':
		d.number(w)
	case w[0] == '+' || w[0] == '-':
		d.offset(w)
	default:
		d.name(w)
	}
}

// name reads months, zones and halves of the day; the rest (days of the week) says nothing.
func (d *dateParts) name(w string) {
	upper := strings.ToUpper(strings.TrimRight(w, "."))
	if hours, ok := zoneHours[upper]; ok {
		d.zone = time.FixedZone("", hours*3600)
		return
	}
	switch {
	case upper == "AM":
		d.afternoon = 1
	case upper == "PM":
		d.afternoon = 2
	case strings.HasPrefix(upper, "GMT+"), strings.HasPrefix(upper, "GMT-"), strings.HasPrefix(upper, "UTC+"), strings.HasPrefix(upper, "UTC-"):
		d.offset(upper[3:])
	case len(w) >= 3 && d.month == 0:
		for i, m := range monthNames {
			if strings.EqualFold(w[:3], m) {
				d.month = i + 1
			}
		}
	}
}

// number reads a day, a year, 2006-01-02, 2006/01/02 and 02-Jan-2006.
func (d *dateParts) number(w string) {
	if date, clock, ok := strings.Cut(w, "T"); ok && clock != "" {
		d.number(date)
		d.clockWord(clock)
		return
	}
	f := strings.FieldsFunc(w, func(r rune) bool { return r == '-' || r == '/' || r == '.' })
	switch {
	case len(f) == 3 && len(f[0]) == 4:
		d.year, d.month, d.day = digits(f[0]), digits(f[1]), digits(f[2])
	case len(f) == 3 && digits(f[1]) < 0:
		d.day, d.year = digits(f[0]), fullYear(f[2])
		d.name(f[1])
	case len(f) != 1:
		d.bad = true // 01/02/03 could be anything
	case d.day == 0 && len(w) <= 2:
		d.day = digits(w)
	case d.year == 0:
		d.year = fullYear(w)
	}
}

// clockWord reads 15:04, 15:04:05.999 and what may stick to it: T before, Z, PM or +08:00 behind.
func (d *dateParts) clockWord(w string) {
	if date, clock, ok := strings.Cut(w, "T"); ok {
		d.number(date)
		w = clock
	}
	end := strings.IndexFunc(w, func(r rune) bool { return (r < '0' || r > '9') && r != ':' && r != '.' })
	if end > 0 {
		if w[end] == '+' || w[end] == '-' {
			d.offset(w[end:])
		} else {
			d.name(w[end:])
		}
		w = w[:end]
	}
	f := strings.Split(w, ":")
	if len(f) < 2 || len(f) > 3 || d.clock {
		return
	}
	d.hour, d.minute, d.clock = digits(f[0]), digits(f[1]), true
	if len(f) == 3 {
		whole, _, _ := strings.Cut(f[2], ".")
		d.second = digits(whole)
	}
	d.bad = d.bad || d.hour < 0 || d.minute < 0 || d.second < 0
}

// offset reads +0800, +08:00 and +8; none is longer than 14 hours.
func (d *dateParts) offset(w string) {
	n := strings.ReplaceAll(w[1:], ":", "")
	var h, m int
	switch len(n) {
	case 1, 2:
		h = digits(n)
	case 3:
		h, m = digits(n[:1]), digits(n[1:])
	case 4:
		h, m = digits(n[:2]), digits(n[2:])
	default:
		return
	}
	if h < 0 || h > 14 || m < 0 || m > 59 {
		return
	}
	seconds := h*3600 + m*60
	if w[0] == '-' {
		seconds = -seconds
	}
	d.zone = time.FixedZone("", seconds)
}

func (d *dateParts) time() time.Time {
	if d.afternoon == 2 && d.hour < 12 {
		d.hour += 12
	} else if d.afternoon == 1 && d.hour == 12 {
		d.hour = 0
	}
	if d.bad || d.year < 1900 || d.year > 9999 || d.month < 1 || d.month > 12 || d.day < 1 || d.day > 31 || d.hour > 23 || d.minute > 59 || d.second > 60 {
		return time.Time{}
	}
	return time.Date(d.year, time.Month(d.month), d.day, d.hour, d.minute, d.second, 0, d.zone)
}

// fullYear reads 2024, 24 and 99 (RFC 5322 4.3).
func fullYear(s string) int {
	n := digits(s)
	switch {
	case n < 0 || len(s) > 4:
		return -1
	case len(s) <= 2 && n < 50:
		return 2000 + n
	case len(s) <= 3:
		return 1900 + n
	}
	return n
}

// digits is s as a number, -1 when it is none.
func digits(s string) int {
	if s == "" || len(s) > 9 {
		return -1
	}
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return -1
		}
		n = n*10 + int(s[i]-'0')
	}
	return n
}
