package sla

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"time"
)

// MaxQuestion bounds one line of a batch, in bytes.
const MaxQuestion = 16 << 20

// maxPeriods bounds how many periods one question may ask for.
const maxPeriods = 100_000

// Batch answers questions about business time, one JSON object a line, in the order they come:
//
//	{"id": "a", "schedule": {…}, "op": "time_after", "input": {"amount": 2, "unit": "hours", "from": "2026-09-18T08:30:00Z"}}
//	{"id": "a", "result": "2026-09-20T01:30:00Z"}
//
// A schedule is a [Calendar] without its id: hours, shifts, breaks, holidays, time_zone (UTC when absent), workdays,
// always_open, lists. Other keys are ignored. A question that has no answer gets {"id", "error"}, and so does a line
// longer than [MaxQuestion]; the batch goes on. A byte order mark before the first line is passed over. Errors are those
// of reading and writing.
func Batch(in io.Reader, out io.Writer) error {
	lines := questions{r: bufio.NewReaderSize(in, 64<<10)}
	w := bufio.NewWriter(out)
	answers := json.NewEncoder(w)
	answers.SetEscapeHTML(false)
	var last cached
	for {
		line, long, err := lines.next()
		var given any
		switch {
		case errors.Is(err, io.EOF):
			return w.Flush()
		case err != nil:
			return errors.Join(fmt.Errorf("read a question: %w", err), w.Flush())
		case long:
			given = refused{json.RawMessage("null"), fmt.Sprintf("not a question: longer than %d bytes", MaxQuestion)}
		case len(line) == 0:
			continue
		default:
			given = last.answer(line)
		}
		if err := answers.Encode(given); err != nil {
			return fmt.Errorf("write an answer: %w", err)
		}
	}
}

// questions reads lines of any length, of which it keeps no more than MaxQuestion bytes.
type questions struct {
	r     *bufio.Reader
	begun bool
	buf   []byte
}

// next is the next line, trimmed, or that it is too long. It is good until the next one; io.EOF when there is none.
func (q *questions) next() (line []byte, long bool, err error) {
	q.buf = q.buf[:0]
	read := false
	for {
		part, err := q.r.ReadSlice('\n')
		read = read || len(part) > 0
		if long = long || len(q.buf)+len(part) > MaxQuestion; !long {
			q.buf = append(q.buf, part...)
		}
		switch {
		case err == nil || errors.Is(err, io.EOF) && read:
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		default:
			return nil, false, err
		}
		break
	}
	line = q.buf
	if !q.begun {
		line, q.begun = bytes.TrimPrefix(line, []byte("\ufeff")), true
	}
	return bytes.TrimSpace(line), long, nil
}

type (
	question struct {
		ID       json.RawMessage `json:"id"`
		Schedule json.RawMessage `json:"schedule"`
		Op       string          `json:"op"`
		Input    json.RawMessage `json:"input"`
	}
	answer struct {
		ID     json.RawMessage `json:"id"`
		Result any             `json:"result"`
	}
	refused struct {
		ID    json.RawMessage `json:"id"`
		Error string          `json:"error"`
	}
)

// cached is the schedule of the last question: neighbours often ask about the same.
type cached struct {
	doc      []byte
	schedule *Schedule
}

func (c *cached) answer(line []byte) any {
	q := question{ID: json.RawMessage("null")}
	if err := json.Unmarshal(line, &q); err != nil {
		return refused{q.ID, fmt.Sprintf("not a question: %v", err)}
	}
	if len(q.ID) == 0 {
		q.ID = json.RawMessage("null")
	}
	s, err := c.open(q.Schedule)
	if err != nil {
		return refused{q.ID, fmt.Sprintf("schedule: %v", err)}
	}
	result, err := ask(s, q.Op, q.Input)
	if err != nil {
		return refused{q.ID, err.Error()}
	}
	return answer{q.ID, result}
}

func (c *cached) open(doc []byte) (*Schedule, error) {
	if c.schedule != nil && bytes.Equal(doc, c.doc) {
		return c.schedule, nil
	}
	if len(doc) == 0 || bytes.Equal(doc, []byte("null")) {
		return nil, errors.New("is required")
	}
	var written looseCalendar
	if err := json.Unmarshal(doc, &written); err != nil {
		return nil, err
	}
	s, err := NewSchedule(written.calendar())
	if err == nil {
		c.doc, c.schedule = bytes.Clone(doc), s
	}
	return s, err
}

// looseCalendar is a calendar as others write it: an interval list may also be an object {"09:00": "17:00"}.
type looseCalendar struct {
	TimeZone   string                    `json:"time_zone"`
	AlwaysOpen bool                      `json:"always_open"`
	Hours      map[string]looseIntervals `json:"hours"`
	Shifts     map[string]looseIntervals `json:"shifts"`
	Breaks     map[string]looseIntervals `json:"breaks"`
	Holidays   []string                  `json:"holidays"`
	Workdays   []string                  `json:"workdays"`
	Lists      []string                  `json:"lists"`
}

func (l looseCalendar) calendar() Calendar {
	if l.TimeZone == "" {
		l.TimeZone = "UTC"
	}
	return Calendar{
		TimeZone: l.TimeZone, AlwaysOpen: l.AlwaysOpen, Hours: plain(l.Hours), Shifts: plain(l.Shifts),
		Breaks: plain(l.Breaks), Holidays: l.Holidays, Workdays: l.Workdays, Lists: l.Lists,
	}
}

func plain(in map[string]looseIntervals) map[string][]Interval {
	out := make(map[string][]Interval, len(in))
	for key, intervals := range in {
		out[key] = intervals
	}
	return out
}

type looseIntervals []Interval

// UnmarshalJSON takes [["09:00", "17:00"]] or {"09:00": "17:00"}.
func (l *looseIntervals) UnmarshalJSON(raw []byte) error {
	var object map[string]string
	if json.Unmarshal(raw, &object) == nil {
		for from, to := range object {
			*l = append(*l, Interval{from, to})
		}
		return nil
	}
	var pairs [][]string
	if err := json.Unmarshal(raw, &pairs); err != nil {
		return err
	}
	for _, p := range pairs {
		if len(p) != 2 {
			return fmt.Errorf("%q is not an opening and a closing time", p)
		}
		*l = append(*l, Interval{p[0], p[1]})
	}
	return nil
}

// asked is the input of every op; each reads what it needs.
type asked struct {
	Amount json.Number `json:"amount"`
	Unit   string      `json:"unit"`
	From   *string     `json:"from"`
	To     *string     `json:"to"`
	At     *string     `json:"at"`
	N      *int        `json:"n"`
}

// ask answers one question. Times are RFC 3339 in UTC, seconds a number, periods pairs of times.
func ask(s *Schedule, op string, input json.RawMessage) (any, error) {
	var in asked
	if len(input) > 0 {
		if err := json.Unmarshal(input, &in); err != nil {
			return nil, fmt.Errorf("input: %w", err)
		}
	}
	switch op {
	case "time_after", "time_before", "deadline":
		return s.move(op, in)
	case "within":
		return s.within(in)
	case "in_hours", "on_break", "on_holiday":
		t, err := s.moment("at", in.At)
		if err != nil {
			return nil, err
		}
		return map[string]func(time.Time) bool{"in_hours": s.Open, "on_break": s.OnBreak, "on_holiday": s.OnHoliday}[op](t), nil
	case "periods_after", "periods_before":
		return s.periods(op, in)
	}
	return nil, fmt.Errorf("op %q is none of time_after, time_before, deadline, within, in_hours, on_break, on_holiday, periods_after, periods_before", op)
}

var units = map[string]time.Duration{
	"second": time.Second, "seconds": time.Second, "minute": time.Minute, "minutes": time.Minute,
	"hour": time.Hour, "hours": time.Hour, "day": 0, "days": 0,
}

// move answers time_after, time_before and deadline, which is a time_after that must be positive. Days are working
// days: the date moves, the time on the wall stays, and what is closed then moves on to the next opening.
func (s *Schedule) move(op string, in asked) (any, error) {
	each, known := units[in.Unit]
	amount, err := wholeNumber(in.Amount)
	switch {
	case !known:
		return nil, fmt.Errorf("input.unit: %q is none of second, minute, hour, day", in.Unit)
	case err != nil:
		return nil, fmt.Errorf("input.amount: %q is not a whole number", in.Amount)
	case op == "deadline" && amount <= 0:
		return nil, fmt.Errorf("input.amount: a deadline needs more than %d", amount)
	case amount < 0:
		return nil, fmt.Errorf("input.amount: %d is negative", amount)
	case amount > math.MaxInt64/int64(max(each, time.Hour)):
		return nil, fmt.Errorf("input.amount: %d is more than 292 years", amount)
	}
	from, err := s.moment("from", in.From)
	if err != nil {
		return nil, err
	}
	back := op == "time_before"
	var t time.Time
	switch {
	case each == 0 && back && amount == 0:
		t, err = s.Previous(from)
	case each == 0 && back:
		t, err = s.AddDays(from, -int(amount))
	case each == 0:
		t, err = s.AddDays(from, int(amount))
	case back:
		t, err = s.Subtract(from, time.Duration(amount)*each)
	default:
		t, err = s.Add(from, time.Duration(amount)*each)
	}
	if err != nil {
		return nil, err
	}
	return inYears(t)
}

// wholeNumber reads 2, and 2.0 and 2e3, which are whole numbers as well.
func wholeNumber(n json.Number) (int64, error) {
	whole, err := n.Int64()
	if err == nil {
		return whole, nil
	}
	if f, e := n.Float64(); e == nil && f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		return int64(f), nil
	}
	return 0, err
}

func (s *Schedule) within(in asked) (any, error) {
	from, err := s.moment("from", in.From)
	if err != nil {
		return nil, err
	}
	to, err := s.moment("to", in.To)
	if err != nil {
		return nil, err
	}
	sec, nano := s.passed(from, to)
	if nano == 0 {
		return sec, nil
	}
	return float64(sec) + float64(nano)/1e9, nil
}

func (s *Schedule) periods(op string, in asked) (any, error) {
	from, err := s.moment("from", in.From)
	switch {
	case err != nil:
		return nil, err
	case in.N == nil:
		return nil, errors.New("input.n: is required")
	case *in.N < 0 || *in.N > maxPeriods:
		return nil, fmt.Errorf("input.n: %d is not from 0 to %d", *in.N, maxPeriods)
	}
	found := s.After(from)
	if op == "periods_before" {
		found = s.Before(from)
	}
	out := make([][2]time.Time, 0, *in.N)
	if *in.N == 0 {
		return out, nil
	}
	for p := range found {
		if out = append(out, [2]time.Time{p.Start, p.End}); len(out) == *in.N {
			break
		}
	}
	return out, nil
}

// inYears refuses what RFC 3339 cannot write.
func inYears(t time.Time) (time.Time, error) {
	if y := t.Year(); y < 0 || y > 9999 {
		return time.Time{}, fmt.Errorf("the answer lies in the year %d", y)
	}
	return t, nil
}

func (s *Schedule) moment(field string, text *string) (time.Time, error) {
	if text == nil {
		return time.Time{}, fmt.Errorf("input.%s: is required", field)
	}
	t, err := s.ReadTime(*text)
	if err != nil {
		return time.Time{}, fmt.Errorf("input.%s: %w", field, err)
	}
	return t, nil
}

var (
	instants = []string{time.RFC3339Nano, "2006-01-02 15:04:05Z07:00", "2006-01-02T15:04:05Z0700", "2006-01-02T15:04Z07:00"}
	walls    = []string{"2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", time.DateOnly}
)

// ReadTime reads a moment: RFC 3339, or without an offset a time on the wall of the calendar's zone; a date alone is
// its midnight. Wall times in gaps and folds follow RFC 5545 3.3.5.
func (s *Schedule) ReadTime(text string) (time.Time, error) {
	for _, form := range instants {
		if t, err := time.Parse(form, text); err == nil {
			return t.UTC(), nil
		}
	}
	for _, form := range walls {
		if t, err := time.Parse(form, text); err == nil {
			return instant(s.rules.zone.instant(t.Unix()), int64(t.Nanosecond())), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is not a time like 2026-09-18T08:30:00Z", text)
}
