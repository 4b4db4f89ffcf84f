package router

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yingda/desk"
)

// Page by page, whatever the size of pages, the line of a queue is what sorting all of it gives: what rings first.
func TestLineByPages(t *testing.T) {
	t.Parallel()
	m := newMirror(newHouse(desk.Queue{ID: "q"}, desk.Queue{ID: "p"}), &Config{Again: time.Minute, Forget: 10 * time.Minute})
	rnd := rand.New(rand.NewPCG(5, 5))
	media := []desk.Medium{desk.Email, desk.Chat, desk.Voice}
	for i := range 120 {
		w := work(fmt.Sprint("c", i), []desk.QueueID{"q", "q", "p"}[i%3], media[rnd.IntN(3)], 10, rnd.IntN(20))
		w.Ringing = w.Medium == desk.Voice && rnd.IntN(2) == 0
		it := m.enqueue(w, dawn)
		if rnd.IntN(4) == 0 {
			m.offered(it, Offer{ID: desk.OfferID(fmt.Sprint("o", i)), Conversation: w.Conversation, ExpiresAt: dawn.Add(time.Hour)}, dawn)
		}
	}
	var want []desk.ConversationID
	for _, state := range []state{onOffer, waiting} {
		var some []*item
		for _, it := range m.items {
			if it.Queue == "q" && it.state == state {
				some = append(some, it)
			}
		}
		slices.SortFunc(some, inOrder)
		for _, it := range some {
			want = append(want, it.Conversation)
		}
	}
	for _, size := range []int{1, 3, 7, 79, 80, 200} {
		var got []desk.ConversationID
		var after *Mark
		for more := true; more; {
			var page []*item
			if page, more = m.standing("q", after, size); len(page) == 0 {
				t.Fatalf("pages of %d: got an empty one after %d", size, len(got))
			}
			for _, it := range page {
				got = append(got, it.Conversation)
			}
			mark := markOf(page[len(page)-1])
			after = &mark
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("pages of %d (-want +got):\n%s", size, diff)
		}
	}
	// What stood at the mark is gone: the next page begins behind where it was.
	first, _ := m.standing("q", nil, 50)
	mark := markOf(first[49])
	m.drop(first[49].Conversation, dawn)
	if next, _ := m.standing("q", &mark, 1); len(next) != 1 || next[0].Conversation != want[50] {
		t.Errorf("after one that is gone: got %v, want %s", next, want[50])
	}
}

// The one thing that helps, and never somebody who has no room, is not there, lacks the skill or just refused it.
func TestHelp(t *testing.T) {
	t.Parallel()
	l := newLedger()
	sit := func(id string, edit func(*desk.Seat)) {
		s := agent(id, "help")
		s.IdleSince, s.Skills = dawn, []desk.Skill{{Name: "french", Level: 3}}
		edit(&s)
		l.sit(s)
	}
	sit("full", func(s *desk.Seat) { s.Capacity = 20 })
	sit("away", func(s *desk.Seat) { s.Presence.State = desk.Away })
	sit("plain", func(s *desk.Seat) { s.Skills = nil })
	sit("able", func(s *desk.Seat) { s.Queues = []desk.QueueID{"help"} })
	rm := open(t, mini(t), l, newHouse(desk.Queue{ID: "help"}), newLatch(), fast())
	if err := rm.load(t.Context()); err != nil {
		t.Fatal(err)
	}
	w := chat("c1", "help", 1)
	w.Skills = []desk.Skill{{Name: "french", Level: 3}}
	all := func(desk.AgentID) bool { return true }
	nobody := func(a desk.AgentID) bool { return a != "able" }
	open := desk.Conversation{ID: "c1", Queue: "help", Medium: desk.Chat, Status: desk.Open, Priority: desk.Normal, Skills: w.Skills}
	urgent, held := open, open
	urgent.Priority, held.ID, held.Assignee = desk.Urgent, "c2", "full"
	now := rm.now()
	it := rm.m.enqueue(w, now)
	for _, c := range []struct {
		name   string
		conv   desk.Conversation
		target desk.Target
		among  func(desk.AgentID) bool
		want   Help
	}{
		{"waits, somebody has room", open, desk.FirstResponse, all, Help{HelpOffer, "able"}},
		{"waits, nobody has room", open, desk.FirstResponse, nobody, Help{Do: HelpRaise}},
		{"waits, cannot be raised", urgent, desk.FirstResponse, nobody, Help{Do: HelpReassign}},
		{"held by somebody", held, desk.NextResponse, all, Help{HelpReassign, "able"}},
		{"held, nobody else has room", held, desk.NextResponse, nobody, Help{Do: HelpReassign}},
		{"a callback in somebody's hands", held, desk.Callback, all, Help{HelpCallBack, "full"}},
		{"a callback that waits", open, desk.Callback, all, Help{HelpOffer, "able"}},
	} {
		if got := rm.Help(c.conv, nil, c.target, c.among); got != c.want {
			t.Errorf("%s: got %+v, want %+v", c.name, got, c.want)
		}
	}
	rm.m.offered(it, Offer{ID: "o1", Conversation: "c1", Agent: "able", ExpiresAt: now.Add(time.Minute)}, now)
	if got, want := rm.Help(open, nil, desk.FirstResponse, all), (Help{Do: HelpReassign}); got != want {
		t.Errorf("rings at the one who could: got %+v, want %+v", got, want)
	}
	rm.m.refused("o1", now, true)
	if got, want := rm.Help(open, nil, desk.FirstResponse, all), (Help{Do: HelpRaise}); got != want {
		t.Errorf("refused by the one who could: got %+v, want %+v", got, want)
	}
}
