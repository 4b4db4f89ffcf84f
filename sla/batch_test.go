package sla

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

// asks puts one question as a line and returns the answer's line.
func asks(t *testing.T, lines ...string) []string {
	t.Helper()
	var out bytes.Buffer
	began := time.Now()
	if err := Batch(strings.NewReader(strings.Join(lines, "\n")), &out); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > 30*time.Second {
		t.Errorf("took %s", took)
	}
	return strings.Split(strings.TrimRight(out.String(), "\n"), "\n")
}

func TestBatch(t *testing.T) {
	t.Parallel()
	const (
		office  = `{"hours":{"mon":[["09:00","17:00"]],"tue":[["09:00","17:00"]],"wed":[["09:00","17:00"]],"thu":[["09:00","17:00"]],"fri":[["09:00","17:00"]]},"time_zone":"Etc/UTC"}`
		never   = `{"hours":{},"shifts":{},"breaks":{},"holidays":[],"time_zone":"Etc/UTC"}`
		saturds = `{"hours":{"mon":[["09:00","17:00"]],"fri":[["09:00","17:00"]]},"shifts":{"2026-09-19":[["10:00","12:00"]]},"holidays":["2026-09-21"],"time_zone":"UTC"}`
		night   = `{"hours":{"fri":[["22:00","06:00"]]},"time_zone":"Europe/Berlin"}`
	)
	cases := []struct{ name, schedule, op, input, want string }{
		{"after closing time", office, "time_after", `{"amount":2,"unit":"hours","from":"2026-09-18T16:00:00Z"}`, `"2026-09-21T10:00:00Z"`},
		{"exactly at closing time it stays", office, "time_after", `{"amount":1,"unit":"hour","from":"2026-09-18T16:00:00Z"}`, `"2026-09-18T17:00:00Z"`},
		{"before, exactly at opening it stays", office, "time_before", `{"amount":60,"unit":"minutes","from":"2026-09-18T10:00:00Z"}`, `"2026-09-18T09:00:00Z"`},
		{"zero moves on to the opening", office, "time_after", `{"amount":0,"unit":"seconds","from":"2026-09-19T10:00:00Z"}`, `"2026-09-21T09:00:00Z"`},
		{"zero moves back to the closing", office, "time_before", `{"amount":0,"unit":"days","from":"2026-09-19T10:00:00Z"}`, `"2026-09-18T17:00:00Z"`},
		{"a fraction of a second is kept", office, "time_after", `{"amount":1,"unit":"second","from":"2026-09-18T16:00:00.25Z"}`, `"2026-09-18T16:00:01.25Z"`},
		{"another offset is the same moment", office, "time_after", `{"amount":1,"unit":"second","from":"2026-09-19T00:00:00+08:00"}`, `"2026-09-18T16:00:01Z"`},
		{"a shift on a day without hours is no working day", saturds, "time_after", `{"amount":1,"unit":"day","from":"2026-09-18T11:00:00Z"}`, `"2026-09-25T11:00:00Z"`},
		{"a shift counts in hours", saturds, "time_after", `{"amount":7,"unit":"hours","from":"2026-09-18T11:00:00Z"}`, `"2026-09-19T11:00:00Z"`},
		{"overnight is ours", night, "time_after", `{"amount":8,"unit":"hours","from":"2026-09-18T12:00:00Z"}`, `"2026-09-19T04:00:00Z"`},
		{"a wall time is the calendar's", night, "in_hours", `{"at":"2026-09-18 22:00:00"}`, `true`},
		{"a million days are a century of work", office, "time_after", `{"amount":1000000,"unit":"days","from":"2026-09-18T11:00:00Z"}`, `!400 years`},
		{"seconds of business", office, "within", `{"from":"2026-09-18T16:00:00Z","to":"2026-09-21T09:00:01Z"}`, `3601`},
		{"backwards is nothing", office, "within", `{"from":"2026-09-21T09:00:01Z","to":"2026-09-18T16:00:00Z"}`, `0`},
		{"four centuries", `{"always_open":true}`, "within", `{"from":"1800-01-01T00:00:00Z","to":"2200-01-01T00:00:00Z"}`, `12622780800`},
		{"periods come cut", office, "periods_after", `{"from":"2026-09-18T16:00:00Z","n":2}`, `[["2026-09-18T16:00:00Z","2026-09-18T17:00:00Z"],["2026-09-21T09:00:00Z","2026-09-21T17:00:00Z"]]`},
		{"and backwards, the latest first", office, "periods_before", `{"from":"2026-09-18T10:00:00Z","n":2}`, `[["2026-09-18T09:00:00Z","2026-09-18T10:00:00Z"],["2026-09-17T09:00:00Z","2026-09-17T17:00:00Z"]]`},
		{"none of none", never, "periods_after", `{"from":"2026-09-18T16:00:00Z","n":2}`, `[]`},
		{"no hours, never open", never, "in_hours", `{"at":"2026-09-18T16:00:00Z"}`, `false`},
		{"no hours, no time", never, "within", `{"from":"2026-09-18T16:00:00Z","to":"2027-09-18T16:00:00Z"}`, `0`},
		{"no hours, no deadline", never, "time_after", `{"amount":1,"unit":"hour","from":"2026-09-18T16:00:00Z"}`, `!does not open`},
		{"no hours, no working day", never, "time_before", `{"amount":1,"unit":"day","from":"2026-09-18T16:00:00Z"}`, `!does not open`},
		{"a break is a break, open or not", `{"hours":{},"breaks":{"2026-09-18":[["12:00","13:00"]]},"time_zone":"UTC"}`, "on_break", `{"at":"2026-09-18T12:00:00Z"}`, `true`},
		{"hours as an object", `{"hours":{"fri":{"09:00":"12:00","13:00":"17:00"}},"time_zone":"UTC"}`, "in_hours", `{"at":"2026-09-18T12:30:00Z"}`, `false`},
		{"worked holiday", `{"hours":{"mon":[["09:00","17:00"]]},"workdays":["2026-09-20"],"time_zone":"UTC"}`, "in_hours", `{"at":"2026-09-20T12:30:00Z"}`, `true`},
		{"a deadline needs time", office, "deadline", `{"amount":0,"unit":"minutes","from":null}`, `!input.amount`},
		{"negative", office, "time_after", `{"amount":-5,"unit":"minutes","from":"2026-09-18T16:00:00Z"}`, `!negative`},
		{"too much", office, "time_after", `{"amount":9000000000,"unit":"hours","from":"2026-09-18T16:00:00Z"}`, `!292 years`},
		{"half a unit", office, "time_after", `{"amount":1.5,"unit":"hours","from":"2026-09-18T16:00:00Z"}`, `!whole number`},
		{"no amount", office, "time_after", `{"unit":"hours","from":"2026-09-18T16:00:00Z"}`, `!whole number`},
		{"no unit", office, "time_after", `{"amount":1,"unit":"weeks","from":"2026-09-18T16:00:00Z"}`, `!input.unit`},
		{"no moment", office, "time_after", `{"amount":1,"unit":"hours","from":null}`, `!input.from: is required`},
		{"not a moment", office, "in_hours", `{"at":"yesterday"}`, `!input.at`},
		{"no n", office, "periods_after", `{"from":"2026-09-18T16:00:00Z"}`, `!input.n`},
		{"negative n", office, "periods_after", `{"from":"2026-09-18T16:00:00Z","n":-1}`, `!input.n`},
		{"no op", office, "", `{}`, `!op`},
		{"no schedule", `null`, "in_hours", `{"at":"2026-09-18T12:30:00Z"}`, `!schedule: is required`},
		{"no such zone", `{"hours":{},"time_zone":"Mars/Olympus"}`, "in_hours", `{}`, `!time_zone`},
		{"no such time", `{"hours":{"mon":[["09:00","18:60"]]},"time_zone":"UTC"}`, "in_hours", `{}`, `!hours.mon[0]`},
		{"half an interval", `{"hours":{"mon":[["09:00"]]},"time_zone":"UTC"}`, "in_hours", `{}`, `!opening and a closing`},
	}
	lines := make([]string, len(cases))
	for i, c := range cases {
		lines[i] = fmt.Sprintf(`{"id":%d,"schedule":%s,"op":%q,"input":%s,"note":"not ours"}`, i, c.schedule, c.op, c.input)
	}
	got := asks(t, lines...)
	if len(got) != len(cases) {
		t.Fatalf("got %d answers to %d questions", len(got), len(cases))
	}
	for i, c := range cases {
		var a struct {
			ID     int
			Result json.RawMessage
			Error  string
		}
		if err := json.Unmarshal([]byte(got[i]), &a); err != nil || a.ID != i {
			t.Fatalf("%s: got %s, %v", c.name, got[i], err)
		}
		if refusal, refuses := strings.CutPrefix(c.want, "!"); refuses {
			if !strings.Contains(a.Error, refusal) || a.Result != nil {
				t.Errorf("%s: got %s, want an error with %q", c.name, got[i], refusal)
			}
		} else if string(a.Result) != c.want || a.Error != "" {
			t.Errorf("%s: got %s, want %s", c.name, got[i], c.want)
		}
	}
}

// What is no question gets an answer too, in its place.
func TestBatchGoesOn(t *testing.T) {
	t.Parallel()
	got := asks(t, `{"id":"a"`, ``, `[1]`, `{"id":null}`, `{"schedule":{},"op":"in_hours","input":{"at":"2026-01-01T00:00:00Z"}}`, `{"id":{"x":1},"schedule":{"always_open":true},"op":"in_hours","input":{"at":"2026-01-01T00:00:00Z"}}`)
	want := []string{`{"id":null,"error":"not a question`, `{"id":null,"error":"not a question`, `{"id":null,"error":"schedule`, `{"id":null,"result":false}`, `{"id":{"x":1},"result":true}`}
	if len(got) != len(want) {
		t.Fatalf("got %d answers %q, want %d", len(got), got, len(want))
	}
	for i := range want {
		if !strings.HasPrefix(got[i], want[i]) {
			t.Errorf("answer %d: got %s, want %s", i, got[i], want[i])
		}
	}
	const good = `{"id":7,"schedule":{"always_open":true},"op":"time_after","input":{"amount":2.0,"unit":"hours","from":"2026-01-01T00:00:00Z"}}`
	got = asks(t, "\ufeff"+good+"\r", strings.Repeat("x", MaxQuestion+1), "\ufeff"+good, good)
	want = []string{`{"id":7,"result":"2026-01-01T02:00:00Z"}`, `{"id":null,"error":"not a question: longer than`, `{"id":null,"error":"not a question`, `{"id":7,"result":"2026-01-01T02:00:00Z"}`}
	if len(got) != len(want) {
		t.Fatalf("after a byte order mark and a line too long: got %d answers %q, want %d", len(got), got, len(want))
	}
	for i := range want {
		if !strings.HasPrefix(got[i], want[i]) {
			t.Errorf("answer %d: got %s, want %s", i, got[i], want[i])
		}
	}
}

// What cannot be read any further is an error, after the answers so far.
func TestBatchSaysWhatItCannotRead(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	in := io.MultiReader(strings.NewReader("{}\n"), iotest.ErrReader(io.ErrClosedPipe))
	if err := Batch(in, &out); !errors.Is(err, io.ErrClosedPipe) || strings.Count(out.String(), "\n") != 1 {
		t.Errorf("got %v after %q, want io.ErrClosedPipe after one answer", err, out.String())
	}
}

// A schedule whose holidays never end answers soon that it never opens.
func TestBatchIsBounded(t *testing.T) {
	t.Parallel()
	shifts := make(map[string][]Interval)
	breaks := make(map[string][]Interval)
	for d := dateOf(2026, 1, 1); d < dateOf(2029, 1, 1); d++ {
		shifts[d.String()] = []Interval{{"09:00", "17:00"}}
		breaks[d.String()] = []Interval{{"00:00", "24:00"}}
	}
	doc, err := json.Marshal(Calendar{TimeZone: "Asia/Shanghai", Shifts: shifts, Breaks: breaks})
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, q := range []string{
		`"op":"time_after","input":{"amount":1,"unit":"hour","from":"2026-01-01T00:00:00Z"}`,
		`"op":"time_before","input":{"amount":1,"unit":"hour","from":"2026-01-01T00:00:00Z"}`,
		`"op":"time_after","input":{"amount":1,"unit":"day","from":"2026-01-01T00:00:00Z"}`,
		`"op":"periods_after","input":{"n":100000,"from":"2026-01-01T00:00:00Z"}`,
		`"op":"periods_before","input":{"n":1,"from":"9999-12-31T00:00:00Z"}`,
	} {
		lines = append(lines, fmt.Sprintf(`{"id":1,"schedule":%s,%s}`, doc, q))
	}
	for i, got := range asks(t, lines...) {
		if i < 3 != strings.Contains(got, "does not open") || i >= 3 && !strings.Contains(got, `"result":[]`) {
			t.Errorf("%s: got %s", lines[i][len(lines[i])-80:], got)
		}
	}
}
