package configs

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"yingda/router"
)

// Every example scenario loads and plays.
func TestScenariosPlay(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("scenarios/*.yaml")
	if err != nil || len(files) < 2 {
		t.Fatalf("got the scenarios %v (%v), want two or more", files, err)
	}
	for _, f := range files {
		s, err := LoadScenario(f)
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		got, err := router.Simulate(t.Context(), s)
		if err != nil {
			t.Errorf("%s: %v", f, err)
			continue
		}
		if got.Answered == 0 || got.ServiceLevel <= 0 || got.ServiceLevel > 1 || got.Occupancy <= 0 || got.Occupancy > 1 {
			t.Errorf("%s: got %+v", f, got.Figures)
		}
		if got.Offered != got.Answered+got.GaveUp+got.Refused+got.LeftOver {
			t.Errorf("%s: %d came, %d+%d+%d+%d are accounted for", f, got.Offered, got.Answered, got.GaveUp, got.Refused, got.LeftOver)
		}
	}
}

// What is wrong is named by file, line and key.
func TestScenarioErrorsNameTheLine(t *testing.T) {
	t.Parallel()
	const good = `start: "08:00"
length: 1h
queues:
  - id: q
arrivals:
  - queue: q
    channel: chat
    per_hour: 10
    handling: {exponential: 4m}
agents:
  - name: ann
    queues: [q]
`
	if _, err := LoadScenario(write(t, "good.yaml", good)); err != nil {
		t.Fatalf("the base: %v", err)
	}
	for _, c := range []struct{ change, into, want string }{
		{"length: 1h", "length: soon", `:2: length: "soon" is no duration`},
		{"  - id: q\n", "  - id: q\n    colour: red\n", ":5: queues[0].colour: unknown key; allowed here: "},
		{"queue: q\n", "queue: sales\n", `:6: arrivals[0].queue: no queue "sales" here`},
		{"per_hour: 10", "per_hour: -3", ":8: arrivals[0].per_hour: want up to"},
		{"    per_hour: 10\n", "", ":6: arrivals[0]: want one of per_hour, profile"},
		{"{exponential: 4m}", "{lognormal: 4m}", ":9: arrivals[0].handling.sd: want the standard deviation"},
		{"    per_hour: 10\n", "    per_hour: 10\n    skills: [{name: french, level: 4}]\n", ":6: arrivals[0]: reaches nobody"},
		{"    queues: [q]\n", "    queues: [q]\n    shifts: [8-17]\n", ":13: agents[0].shifts[0]: want from-to"},
		{"    queues: [q]\n", "    queues: [q]\n    count: 0\n", ":13: agents[0].count: want 1 to 20000; leave out"},
		{"    queues: [q]\n", "    queues: [q]\n    maximum: {chat: -3}\n", ":13: agents[0].maximum.chat: want 1 to 10000"},
		{"    queues: [q]\n", "    queues: [q]\n    maximum: {fax: 3}\n", ":13: agents[0].maximum.fax: want email, chat or voice"},
		{"    queues: [q]\n", "    queues: [q]\n    capacity: 123456789\n", ":13: agents[0].capacity: want up to 10000"},
		{"    queues: [q]\n", "    queues: [q]\n    languages: [zh_CN]\n", ":13: agents[0].languages[0]: want a language tag"},
		{"length: 1h", "length: 876000h", ":2: length: want how long customers come, as 10h; up to 8784h"},
		{"per_hour: 10", "per_hour: 10000000", ""},
		{"length: 1h\n", "length: 8784h\nruns: 1000\n", ":2: length: that many customers in all runs"},
		{"  - id: q\n", "  - id: q\n    overflow: [{after: -1s, queue: q}]\n", ":5: queues[0].overflow[0].after: want a duration of 0"},
		{"{exponential: 4m}", "{exponential: 2000000h}", ":9: arrivals[0].handling: want durations over 0, up to"},
		{"    per_hour: 10\n", "    history_file: none.csv\n", ":8: arrivals[0].history_file: read: open "},
	} {
		_, err := LoadScenario(write(t, "s.yaml", strings.Replace(good, c.change, c.into, 1)))
		if c.want == "" && err == nil {
			continue
		}
		if err == nil || c.want == "" || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: got %v, want %q in it", c.into, err, c.want)
		}
	}
}

func TestSpan(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"90": 90 * time.Second, "1m30s": 90 * time.Second, "00:01:30": 90 * time.Second, "01:30": 90 * time.Minute, "0": 0,
	} {
		if got, err := span(text); err != nil || got != want {
			t.Errorf("%s: got %s %v, want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"", "x", "1:x", "-3"} {
		if got, err := span(text); err == nil {
			t.Errorf("%q: got %s, want an error", text, got)
		}
	}
}
