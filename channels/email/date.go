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
	if strings.Contains(v, "年") {
		v = eastern.Replace(v)
	}
	for _, w := range strings.FieldsFunc(tightColons(v), func(r rune) bool { return r == ' ' || r == '\t' || r == ',' || r == '"' || r == '\'' }) {
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
	early                bool // the month's name stood before the day: "mar." may as well be a Tuesday
	afternoon            int  // 0 nothing said, 1 AM, 2 PM
	zone                 *time.Location
}

var monthNames = [...]string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}

// eastern writes 2026年9月21日 as 2026-9-21.
var eastern = strings.NewReplacer("年", "-", "月", "-", "日", " ", "上午", " AM ", "下午", " PM ", "午前", " AM ", "午後", " PM ")

// otherMonths are those of programs that write a header in their user's language, where the first three letters are not
// the English ones.
var otherMonths = map[string]int{
	"mär": 3, "mrz": 3, "mai": 5, "okt": 10, "dez": 12, "fév": 2, "avr": 4, "juin": 6, "juil": 7, "aoû": 8, "aou": 8, "déc": 12,
	"ene": 1, "abr": 4, "ago": 8, "set": 9, "dic": 12, "gen": 1, "mag": 5, "giu": 6, "lug": 7, "ott": 10, "fev": 2, "out": 10, "mrt": 3, "mei": 5, "maj": 5,
	"一月": 1, "二月": 2, "三月": 3, "四月": 4, "五月": 5, "六月": 6, "七月": 7, "八月": 8, "九月": 9, "十月": 10, "十一月": 11, "十二月": 12,
}

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
	case len(w) >= 3 && (d.month == 0 || d.early && d.day > 0):
		if m := monthOf(w); m > 0 {
			d.month, d.early = m, d.day == 0
		}
	}
}

// monthOf knows a month by its first three letters in English, else by its name elsewhere; 0 is none.
func monthOf(w string) int {
	for i, m := range monthNames {
		if strings.EqualFold(w[:3], m) {
			return i + 1
		}
	}
	return otherMonth(strings.ToLower(w))
}

// otherMonth knows a month by its name in other languages, by the longest beginning that is one.
func otherMonth(w string) int {
	if n, ok := otherMonths[strings.TrimRight(w, ".")]; ok {
		return n
	}
	if r := []rune(w); len(r) > 3 && r[0] < 0x2000 {
		if n, ok := otherMonths[string(r[:4])]; ok {
			return n
		}
		return otherMonths[string(r[:3])]
	}
	return 0
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
	case len(f) == 3 && len(f[2]) == 4 && strings.IndexByte(w, '/') > 0:
		d.slashed(digits(f[0]), digits(f[1]), digits(f[2]))
	case len(f) == 3 && d.month > 0 && d.day > 0 && !d.clock && strings.Count(w, ".") == 2: // 09.30.00
		d.clockWord(strings.ReplaceAll(w, ".", ":"))
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

// slashed reads 9/21/2026 and 21/9/2026, where only one of them can be; 1/2/2026 could be either and is none.
func (d *dateParts) slashed(a, b, year int) {
	switch {
	case a >= 1 && a <= 12 && b > 12:
		d.month, d.day, d.year = a, b, year
	case b >= 1 && b <= 12 && a > 12, a == b:
		d.month, d.day, d.year = b, a, year
	default:
		d.bad = true
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
