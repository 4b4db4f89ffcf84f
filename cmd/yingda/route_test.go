package main

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// One queue needs no file, and agrees with Erlang C: 20 Erlangs on 25 agents.
func TestSimulateOneQueue(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	out := s.gets("", "route", "simulate", "--arrivals-per-hour", "400", "--aht", "180s", "--agents", "25", "--target", "20", "--arrivals", "20000", "--seed", "1", "--json")
	var got map[string]any
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	for key, want := range map[string]struct{ value, off float64 }{
		"service_level": {.880027, .01}, "mean_wait_s": {7.527702, .38}, "p_wait": {.209103, .01}, "occupancy": {.8, .01}, "abandoned": {0, 0},
	} {
		if v, ok := got[key].(float64); !ok || math.Abs(v-want.value) > want.off {
			t.Errorf("%s: got %v, want %v ± %v", key, got[key], want.value, want.off)
		}
	}
	again := s.gets("", "route", "simulate", "--seed", "1", "--arrivals", "20000", "--target", "20s", "--agents", "25", "--aht", "3m", "--arrivals-per-hour", "400")
	if !strings.Contains(again, "answered within the target") || !strings.Contains(again, "20.00 Erlangs on 25 servers") {
		t.Errorf("as text: got %s", again)
	}
	for _, wrong := range [][]string{
		{"route"},
		{"route", "guess"},
		{"route", "simulate"},
		{"route", "simulate", "--agents", "3", "--aht", "soon"},
		{"route", "simulate", "--arrivals-per-hour", "10", "--aht", "60s", "--agents", "0"},
		{"route", "simulate", "a.yaml", "--agents", "3"},
		{"route", "simulate", "a.yaml", "b.yaml"},
		{"route", "simulate", "--arrivals-per-hour", "NaN", "--aht", "60s", "--agents", "1"},
		{"route", "simulate", "--arrivals-per-hour", "0.001", "--aht", "60s", "--agents", "1", "--arrivals", "2000"}, // 342 years
		{"route", "simulate", "--arrivals-per-hour", "1000", "--aht", "8000h", "--agents", "1", "--arrivals", "2000"},
		{"route", "simulate", "--arrivals-per-hour", "10", "--aht", "60s", "--agents", "1", "--queue-limit", "-3"},
		{"route", "explain"},
	} {
		if _, err := s.types("", wrong...); !errors.Is(err, errUsage) {
			t.Errorf("yingda %s: got %v, want a word about usage", strings.Join(wrong, " "), err)
		}
	}
}

// What is no number is no rate: it would be played for ever.
func TestSimulateRefusesNoNumber(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	file := s.has("nan.yaml", "queues: [{id: q}]\nlength: 1h\narrivals: [{queue: q, channel: chat, per_hour: .nan, handling: {fixed: 1m}}]\nagents: [{name: a, queues: [q]}]\n")
	if _, err := s.types("", "route", "simulate", file); err == nil || !strings.Contains(err.Error(), "per_hour: want up to 10 million") {
		t.Errorf("got %v", err)
	}
}

func TestSimulateScenario(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	const file = "../../configs/scenarios/support-day.yaml"
	text := s.gets("", "route", "simulate", file)
	for _, want := range []string{"phone", "sales", "mail", "fleur", "p99", "occupancy"} {
		if !strings.Contains(text, want) {
			t.Errorf("got no %q in\n%s", want, text)
		}
	}
	one, two := s.gets("", "route", "simulate", file, "--json", "--seed", "9"), s.gets("", "route", "simulate", "--json", "--seed", "9", file)
	if one != two {
		t.Error("equal seeds gave different days")
	}
	if three := s.gets("", "route", "simulate", file, "--json", "--seed", "10"); one == three {
		t.Error("different seeds gave the same day")
	}
	wrong := filepath.Join(s.dir, "wrong.yaml")
	if err := os.WriteFile(wrong, []byte("length: 1h\nqueue: x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.types("", "route", "simulate", wrong); err == nil || !strings.Contains(err.Error(), "wrong.yaml:2: queue: unknown key") {
		t.Errorf("an unknown key: got %v, want file and line", err)
	}
}

// The record says why a mail went where it went, after the node is closed.
func TestExplainAConversation(t *testing.T) {
	t.Parallel()
	c := openHouse(t)
	ann := c.SignsIn("ann")
	c.EmailArrives("wu@customer.test", "Grinder", "It does not grind.")
	o := ann.IsOffered("email")
	id, number := o.Conversation.ID, "#"+strconv.FormatInt(o.Conversation.Number, 10)
	c.Closes()
	s := newShell(t)
	s.writes("store: {url: '" + c.cfg.Store.URL + "'}\n")
	for _, which := range []string{id, number} {
		out := s.gets("", "route", "explain", which, "-c", s.file)
		for _, want := range []string{"queue support", "offered", "rank ", "passed over, of 3 who serve the queue:", "bo: away", "waiting"} {
			if !strings.Contains(out, want) {
				t.Errorf("explain %s: got no %q in\n%s", which, want, out)
			}
		}
	}
	var e explanation
	if err := json.Unmarshal([]byte(s.gets("", "route", "explain", "--json", "-c", s.file, id)), &e); err != nil {
		t.Fatal(err)
	}
	found := false
	for _, step := range e.Steps {
		if step.Kind == "offered" {
			found = step.Score["rank"] != "" && step.Considered == 3 && len(step.Passed) == 2
		}
	}
	if !found || e.Rank == nil {
		t.Errorf("got %+v, want an offer with its score and two agents passed over", e)
	}
	if _, err := s.types("", "route", "explain", "nothing", "-c", s.file); err == nil || !strings.Contains(err.Error(), "there is no conversation nothing") {
		t.Errorf("an unknown one: got %v", err)
	}
}

// A policy is judged against the record by line, and what is exported is a policy that passes.
func TestCheckAndExportAPolicy(t *testing.T) {
	t.Parallel()
	c := openHouse(t)
	c.Closes()
	s := newShell(t)
	s.writes("store: {url: '" + c.cfg.Store.URL + "'}\n")
	out := s.gets("", "route", "export", "support", "-c", s.file)
	if !strings.Contains(out, "id: support") {
		t.Fatalf("export: got\n%s\nwant the policy of support", out)
	}
	file := filepath.Join(t.TempDir(), "policy.yaml")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(out)
	if out := s.gets("", "route", "check", file, "-c", s.file); !strings.Contains(out, "Nothing is wrong") {
		t.Errorf("check of what was exported: got\n%s", out)
	}
	write("id: support\nrules:\n  - name: on\n    when: {}\n    queue: nowhere\n")
	said, err := s.types("", "route", "check", file, "-c", s.file)
	if err == nil || !strings.Contains(said, file+":5: error: rules[0].queue: There is no queue nowhere.") {
		t.Errorf("a queue that is not there: got %v\n%s\nwant an error at line 5", err, said)
	}
	write("id: support\ndelays:\n  - {team: one, after_s: 60}\n  - team: two\n    after_s: 60\n")
	if out := s.gets("", "route", "check", file, "-c", s.file); out != file+":4: warning: delays[1].team: This delay changes nothing: two does not serve support, and no step lets it in.\n" {
		t.Errorf("a delay of a team that does not serve the queue: got %q, want a warning at line 4", out)
	}
	if _, err := s.types("", "route", "export", "nowhere", "-c", s.file); err == nil || !strings.Contains(err.Error(), `there is no queue "nowhere"`) {
		t.Errorf("export of a queue that is not there: got %v", err)
	}
}
