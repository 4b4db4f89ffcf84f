package router

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yingda/desk"
)

// What comes is the mean of the weeks in which anybody came; a record that is too young says the hour just over, an old
// one that nobody comes at night.
func TestExpect(t *testing.T) {
	t.Parallel()
	chats := func(n int64) []desk.Flow { return []desk.Flow{{Queue: "q", Medium: desk.Chat, Count: n}} }
	handled := []desk.Flow{{Queue: "q", Medium: desk.Chat, Count: 4, Took: 20 * time.Minute}}
	one := func(perHour float64, handling time.Duration) []OutlookStream {
		return []OutlookStream{{Queue: "q", Medium: desk.Chat, PerHour: perHour, Handling: handling}}
	}
	for name, c := range map[string]struct {
		past Past
		want []OutlookStream
	}{
		"weeks":          {Past{Weeks: [][]desk.Flow{chats(6), nil, chats(12), nil}, Reaches: true, Hour: chats(99), Handled: handled}, one(9, 5*time.Minute)},
		"young":          {Past{Weeks: [][]desk.Flow{chats(6)}, Hour: chats(20)}, one(20, 10*time.Minute)},
		"nobody, ever":   {Past{Weeks: make([][]desk.Flow, 4), Reaches: true, Hour: chats(20)}, nil},
		"nothing at all": {Past{}, nil},
	} {
		if d := cmp.Diff(c.want, Expect(c.past)); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}

// Remedies are the changes that help, best first; what helps little is none.
func TestRemedies(t *testing.T) {
	t.Parallel()
	late := func(n float64) []OutlookLine { return []OutlookLine{{Queue: "q", Late: []float64{n, 0}}} }
	asks := []OutlookAsk{{}, {Change: OutlookChange{Kind: "agent"}}, {Change: OutlookChange{Kind: "limit"}}, {Change: OutlookChange{Kind: "overflow"}}}
	got := remedies(asks, [][]OutlookLine{late(10), late(4), late(9.5), late(2)})
	want := []Remedy{{asks[3].Change, 10, 2}, {asks[1].Change, 10, 4}}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// What could be done for a queue, from the people as they are now.
func TestChanges(t *testing.T) {
	t.Parallel()
	l := newLedger()
	for id, q := range map[string]desk.QueueID{"there": "spare", "gone": "empty"} {
		l.sit(agent(id, q))
	}
	away, gone := agent("away", "q"), agent("gone", "empty")
	away.Presence.State, gone.Presence.State = desk.Away, desk.Offline
	l.sit(away)
	l.sit(gone)
	rm := open(t, mini(t), l, newHouse(desk.Queue{ID: "q"}, desk.Queue{ID: "spare"}, desk.Queue{ID: "empty"}), newLatch(), fast())
	if err := rm.load(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := []OutlookChange{{Kind: "agent", Queue: "q", Agent: "away"}, {Kind: "limit", Queue: "q"}, {Kind: "overflow", Queue: "q", To: "spare"}}
	if d := cmp.Diff(want, rm.changes("q")); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
