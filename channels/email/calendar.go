package email

import (
	"strings"
	"time"
	"unicode/utf8"
)

// A mail may be nothing but an invitation (RFC 5545, RFC 6047). Its essentials are put into words, so that a person
// sees what it is about; the file stays beside them.

const (
	calendarMaxBytes = 256 << 10
	calendarMaxText  = 4000 // bytes of a description
)

// event is what of a calendar's first event is told.
type event struct {
	summary, place, organiser, about string
	start, end                       string
	cancelled                        bool
}

// calendarText is the words of an invitation: what, when, where, who, and what its writer says. They carry no labels:
// the reader's language is not known here.
func calendarText(s string) string {
	e, ok := firstEvent(s)
	if !ok {
		return ""
	}
	var lines []string
	for _, l := range []string{e.summary, between(e.start, e.end), e.place, e.organiser} {
		if l = strings.TrimSpace(l); l != "" {
			lines = append(lines, l)
		}
	}
	if about := strings.TrimSpace(e.about); about != "" {
		lines = append(lines, "", clip(about, calendarMaxText))
	}
	text := strings.Join(lines, "\n")
	if e.cancelled && text != "" {
		text = "✗ " + text
	}
	return text
}

// firstEvent reads the first VEVENT or VTODO.
func firstEvent(s string) (e event, ok bool) {
	inside, nested := false, 0
	for _, l := range unfoldCalendar(clip(s, calendarMaxBytes)) {
		name, params, value := calendarLine(l)
		upper := strings.ToUpper(value)
		switch {
		case name == "BEGIN" && (upper == "VEVENT" || upper == "VTODO") && !inside:
			inside, ok = true, true
		case name == "BEGIN" && inside:
			nested++ // an alarm
		case name == "END" && nested > 0:
			nested--
		case name == "END" && inside:
			return e, true
		case name == "METHOD" && upper == "CANCEL" || inside && name == "STATUS" && upper == "CANCELLED":
			e.cancelled = true
		case inside && nested == 0:
			e.take(name, params, value)
		}
	}
	return e, ok
}

func (e *event) take(name, params, value string) {
	switch name {
	case "SUMMARY":
		e.summary = calendarWords(value)
	case "LOCATION":
		e.place = calendarWords(value)
	case "DESCRIPTION":
		e.about = calendarWords(value)
	case "ORGANIZER":
		mail := value
		if len(mail) > 7 && strings.EqualFold(mail[:7], "mailto:") {
			mail = mail[7:]
		}
		e.organiser = mail
		if cn := calendarParam(params, "CN"); cn != "" && !strings.EqualFold(cn, mail) {
			e.organiser = cn + " <" + mail + ">"
		}
	case "DTSTART":
		e.start = calendarTime(value, calendarParam(params, "TZID"))
	case "DTEND", "DUE":
		e.end = calendarTime(value, calendarParam(params, "TZID"))
	}
}

var calendarFolds = strings.NewReplacer("\r\n ", "", "\r\n\t", "", "\n ", "", "\n\t", "")

// unfoldCalendar joins folded lines (RFC 5545 3.1).
func unfoldCalendar(s string) []string { return strings.Split(calendarFolds.Replace(s), "\n") }

// calendarLine cuts NAME;PARAM="a:b";…:value.
func calendarLine(l string) (name, params, value string) {
	quoted := false
	for i := range len(l) {
		switch {
		case l[i] == '"':
			quoted = !quoted
		case l[i] == ':' && !quoted:
			name, params, _ = strings.Cut(l[:i], ";")
			return strings.ToUpper(strings.TrimSpace(name)), params, strings.TrimSpace(l[i+1:])
		}
	}
	return "", "", ""
}

func calendarParam(params, name string) string {
	for rest := params; rest != ""; {
		key, value, after := nextParam(rest)
		if strings.EqualFold(key, name) {
			return strings.TrimSpace(value)
		}
		if len(after) >= len(rest) {
			return ""
		}
		rest = after
	}
	return ""
}

var calendarEscapes = strings.NewReplacer(`\n`, "\n", `\N`, "\n", `\,`, ",", `\;`, ";", `\\`, `\`)

func calendarWords(v string) string {
	if !utf8.ValidString(v) {
		v = strings.ToValidUTF8(v, "\ufffd")
	}
	return strings.TrimSpace(calendarEscapes.Replace(v))
}

// calendarTime reads 20060102, 20060102T150405 and 20060102T150405Z.
func calendarTime(v, zone string) string {
	if t, err := time.Parse("20060102T150405Z", v); err == nil {
		return t.Format("2006-01-02 15:04") + " UTC"
	}
	if t, err := time.Parse("20060102T150405", v); err == nil {
		return strings.TrimSpace(t.Format("2006-01-02 15:04") + " " + zone)
	}
	if t, err := time.Parse("20060102", v); err == nil {
		return t.Format("2006-01-02")
	}
	return ""
}

// between is a span; the day and the zone are said once.
func between(start, end string) string {
	if start == "" || end == "" || start == end {
		return start
	}
	const day = len("2006-01-02")
	if len(start) > day && len(end) > day && start[:day] == end[:day] {
		hour := end[day+1:]
		clock, zone, _ := strings.Cut(start[day+1:], " ")
		if _, same, _ := strings.Cut(hour, " "); same == zone {
			return strings.TrimSpace(start[:day] + " " + clock + "–" + hour)
		}
	}
	return start + " – " + end
}
