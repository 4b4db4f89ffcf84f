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
	lines, err := sc.outlook(t.Context(), ask, now)
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for _, l := range lines {
		for _, n := range l.Late {
			sum += n
		}
	}
	return sum
}

// What nobody can answer breaks at its due moment, in its quarter; what is broken already is not foreseen.
func TestOutlookOfNobody(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 13, 0, 0, 0, time.UTC)
	sc := outlookScene(now, 0, 1, 3)
	sc.waiting[0].DueAt = now.Add(-time.Second)
	sc.waiting[2].DueAt = now.Add(40 * time.Minute)
	sc.seats[0].Held = []desk.Work{{Conversation: "h", Queue: "q", Medium: desk.Email, Weight: 10}} // its agent is away
	lines, err := sc.outlook(t.Context(), OutlookAsk{Horizon: time.Hour, Runs: 3, Due: map[desk.ConversationID]time.Time{"h": now.Add(50 * time.Minute)}}, now)
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
