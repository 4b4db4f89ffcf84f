package router

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yingda/desk"
)

// outlookScene has one queue, agents there and away, and conversations that wait or are in hand.
func outlookScene(now time.Time, there, away, waiting int) scene {
	sc := scene{queues: []desk.Queue{{ID: "q", Name: "Q"}, {ID: "spare", Name: "Spare"}}}
	for i := range there + away {
		s := desk.Seat{
			Agent: desk.AgentID([]string{"ann", "bo", "cai", "dan"}[i]), Queues: []desk.QueueID{"q"}, Capacity: 30,
			Presence: desk.Presence{State: desk.Available},
		}
		if i >= there {
			s.Presence.State = desk.Away
		}
		sc.seats = append(sc.seats, s)
	}
	for i := range waiting {
		sc.waiting = append(sc.waiting, desk.Work{
			Conversation: desk.ConversationID(rune('a' + i)), Queue: "q", Medium: desk.Chat, Weight: 30, Since: now, DueAt: now.Add(10 * time.Minute),
		})
	}
	return sc
}

func look(t *testing.T, sc scene, ask OutlookAsk, now time.Time) float64 {
	t.Helper()
	ask.Horizon, ask.Runs, ask.Seed = time.Hour, 20, 7
	ask.Due = map[desk.ConversationID]time.Time{}
	for _, w := range sc.waiting {
		ask.Due[w.Conversation] = w.DueAt
	}
	lines, err := sc.outlook(t.Context(), ask, now)
	if err != nil {
		t.Fatal(err)
	}
	return lateIn(lines)
}

func lateIn(lines []OutlookLine) (sum float64) {
	for _, l := range lines {
		sum += l.Sum()
	}
	return sum
}

// What nobody can answer breaks at its due moment, in its quarter; what is broken already is not foreseen.
func TestOutlookOfNobody(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 13, 0, 0, 0, time.UTC)
	sc := outlookScene(now, 0, 1, 3)
	due := map[desk.ConversationID]time.Time{
		"a": now.Add(-time.Second), "b": now.Add(10 * time.Minute), "c": now.Add(40 * time.Minute), "h": now.Add(50 * time.Minute),
	}
	sc.seats[0].Held = []desk.Work{{Conversation: "h", Queue: "q", Medium: desk.Email, Weight: 10}} // its agent is away
	lines, err := sc.outlook(t.Context(), OutlookAsk{Horizon: time.Hour, Runs: 3, Due: due}, now)
	if err != nil {
		t.Fatal(err)
	}
	want := []OutlookLine{
		{Queue: "q", Arrivals: []float64{0, 0, 0, 0}, Late: []float64{1, 0, 1, 1}},
		{Queue: "spare", Arrivals: []float64{0, 0, 0, 0}, Late: []float64{0, 0, 0, 0}},
	}
	if d := cmp.Diff(want, lines); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// More of what is needed makes less late, and the same question has the same answer.
func TestOutlookOfChanges(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 13, 0, 0, 0, time.UTC)
	sc := outlookScene(now, 1, 1, 6)
	streams := []OutlookStream{{Queue: "q", Medium: desk.Chat, PerHour: 12, Handling: 8 * time.Minute, Budget: 10 * time.Minute}}
	plain := look(t, sc, OutlookAsk{Streams: streams}, now)
	if again := look(t, sc, OutlookAsk{Streams: streams}, now); again != plain {
		t.Errorf("asked twice: got %v and %v", plain, again)
	}
	if plain < 5 {
		t.Errorf("one agent for 18 chats of 8 minutes: got %v late, want 5 at least", plain)
	}
	for _, c := range []OutlookChange{{Kind: "agent", Queue: "q"}, {Kind: "agent", Queue: "q", Agent: "bo"}, {Kind: "limit", Queue: "q"}} {
		if c.Kind == "limit" {
			sc.seats[0].Capacity = 60 // half as much again is one chat more
		}
		before := look(t, sc, OutlookAsk{Streams: streams}, now)
		if got := look(t, sc, OutlookAsk{Streams: streams, Change: c}, now); got >= before {
			t.Errorf("%+v: got %v late, want less than %v", c, got, before)
		}
	}
	sc = outlookScene(now, 1, 1, 6)
	sc.seats[1].Presence.State, sc.seats[1].Queues = desk.Available, []desk.QueueID{"spare"}
	if got := look(t, sc, OutlookAsk{Streams: streams, Change: OutlookChange{Kind: "overflow", Queue: "q", To: "spare"}}, now); got >= plain {
		t.Errorf("overflow: got %v late, want less than %v", got, plain)
	}
}

// Who is free answers in time: nothing is foreseen for a quiet desk.
func TestOutlookOfQuiet(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 13, 0, 0, 0, time.UTC)
	streams := []OutlookStream{{Queue: "q", Medium: desk.Chat, PerHour: 4, Handling: 2 * time.Minute, Budget: 10 * time.Minute}}
	if got := look(t, outlookScene(now, 4, 0, 2), OutlookAsk{Streams: streams}, now); got > 0 {
		t.Errorf("got %v late, want none", got)
	}
}

// What waits without a promise, or whose promise stands, breaks none; a promise in business time to who comes shortly
// before closing is not due before the desk opens again.
func TestOutlookByTheCalendar(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 17, 50, 0, 0, time.UTC)
	sc := outlookScene(now, 0, 1, 3)
	lines, err := sc.outlook(t.Context(), OutlookAsk{Horizon: time.Hour, Runs: 1}, now)
	if err != nil || lateIn(lines) != 0 {
		t.Errorf("nothing is promised: got %v late, %v, want none", lateIn(lines), err)
	}
	st := OutlookStream{Queue: "q", Medium: desk.Chat, PerHour: 20, Handling: 8 * time.Minute, Budget: 20 * time.Minute}
	sc.waiting = nil
	if got := look(t, sc, OutlookAsk{Streams: []OutlookStream{st}}, now); got < 5 {
		t.Errorf("on the wall clock: got %v late, want those who come in 40 minutes", got)
	}
	closes, opens := now.Add(10*time.Minute), now.Add(15*time.Hour)
	st.Due = func(at time.Time) time.Time { return opens.Add(max(0, st.Budget-max(0, closes.Sub(at)))) }
	if got := look(t, sc, OutlookAsk{Streams: []OutlookStream{st}}, now); got != 0 {
		t.Errorf("in business time: got %v late, want none before the desk opens", got)
	}
	st.Budget = 0
	if got := look(t, sc, OutlookAsk{Streams: []OutlookStream{st}}, now); got != 0 {
		t.Errorf("without a promise: got %v late, want none", got)
	}
}

// Leave, the end of a shift, and a status that leaves mail alone shut doors in the hour ahead as they do for real.
func TestOutlookHeedsDoors(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 13, 0, 0, 0, time.UTC)
	streams := []OutlookStream{{Queue: "q", Medium: desk.Chat, PerHour: 6, Handling: 5 * time.Minute, Budget: 10 * time.Minute}}
	plain := look(t, outlookScene(now, 2, 0, 1), OutlookAsk{Streams: streams}, now)
	for name, edit := range map[string]func(*scene, *desk.Seat){
		"leave in five minutes": func(_ *scene, s *desk.Seat) {
			s.Leave = []desk.Absence{{From: now.Add(5 * time.Minute), To: now.Add(5 * time.Hour)}}
		},
		"shift over in five minutes": func(sc *scene, s *desk.Seat) {
			s.Shifts, s.Presence.Since = []desk.Shift{{Calendar: "day"}}, now.Add(-time.Hour)
			sc.hours = until(now.Add(5 * time.Minute))
		},
		"in a meeting, mail alone": func(_ *scene, s *desk.Seat) {
			s.Presence.State, s.Takes = desk.Away, []desk.Medium{desk.Email}
		},
	} {
		sc := outlookScene(now, 2, 0, 1)
		for i := range sc.seats {
			edit(&sc, &sc.seats[i])
		}
		if got := look(t, sc, OutlookAsk{Streams: streams}, now); got < plain+2 {
			t.Errorf("%s: got %v late, want more than the %v of people who stay", name, got, plain)
		}
	}
	sc := outlookScene(now, 2, 0, 0)
	sc.seats[0].Presence.State, sc.seats[0].Takes = desk.Away, []desk.Medium{desk.Email}
	mail := []OutlookStream{{Queue: "q", Medium: desk.Email, PerHour: 6, Handling: 2 * time.Minute, Budget: 20 * time.Minute}}
	sc.seats = sc.seats[:1]
	if got := look(t, sc, OutlookAsk{Streams: mail}, now); got > 0.5 {
		t.Errorf("mail to somebody in a meeting who takes it: got %v late, want none", got)
	}
}

// until is a calendar that is open up to a moment.
type until time.Time

// Open is Hours.
func (u until) Open(_ string, at time.Time) (bool, time.Time) {
	if at.Before(time.Time(u)) {
		return true, time.Time(u)
	}
	return false, time.Time(u).Add(24 * time.Hour)
}

// What a policy widens to other queues and teams counts as help in the hour ahead.
func TestOutlookHeedsPolicies(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 13, 0, 0, 0, time.UTC)
	sc := outlookScene(now, 1, 0, 0)
	more := sc.seats[0]
	more.Agent, more.Queues, more.Teams = "more", []desk.QueueID{"spare"}, []desk.TeamID{"backup"}
	sc.seats = append(sc.seats, more)
	streams := []OutlookStream{{Queue: "q", Medium: desk.Chat, PerHour: 14, Handling: 8 * time.Minute, Budget: 10 * time.Minute}}
	plain := look(t, sc, OutlookAsk{Streams: streams}, now)
	for name, step := range map[string]RoutingStep{"a queue": {After: 60, Queues: []desk.QueueID{"spare"}}, "a team": {After: 60, Teams: []desk.TeamID{"backup"}}} {
		docs := []Routing{{ID: "q", Steps: []RoutingStep{step}}}
		if got := look(t, sc, OutlookAsk{Streams: streams, Policies: docs}, now); got >= plain/2 {
			t.Errorf("widened to %s: got %v late, want less than half of %v", name, got, plain)
		}
	}
}
