package router

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"yingda/desk"
)

// The best of a lineup is the best of all: over random firms, rules, languages and holdings the seat found in order is
// the one found by comparing everybody.
func TestLineupFindsTheBestSeat(t *testing.T) {
	t.Parallel()
	for seed := range uint64(40) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			randomFirm(t, rand.New(rand.NewPCG(seed, 7)))
		})
	}
}

func randomFirm(t *testing.T, rnd *rand.Rand) {
	t.Helper()
	pick := func(of ...string) string { return of[rnd.IntN(len(of))] }
	queues := []desk.QueueID{"help", "sales"}
	media := []desk.Medium{desk.Email, desk.Chat, desk.Voice}
	rules := []desk.Rule{"", desk.LongestIdle, desk.LeastLoaded, desk.MostSkilled, desk.FairShare}
	h := newHall(
		desk.Queue{ID: "help", Rule: rules[rnd.IntN(len(rules))]},
		desk.Queue{ID: "sales", Rule: rules[rnd.IntN(len(rules))], Overflow: []desk.Overflow{{After: 1, Queue: "help"}}},
	)
	sit := func() {
		s := agent(fmt.Sprint("a", rnd.IntN(30)), queues[:1+rnd.IntN(2)]...)
		s.Capacity = 10 * (1 + rnd.IntN(12))
		s.Presence = desk.Presence{Agent: s.Agent, State: []desk.PresenceState{desk.Available, desk.Available, desk.Away}[rnd.IntN(3)]}
		s.Languages = []string{pick("zh", "zh-CN", "en", "de")}
		s.Skills = []desk.Skill{{Name: pick("french", "billing"), Level: 1 + rnd.IntN(5)}}
		s.Maximum = map[desk.Medium]int{desk.Chat: rnd.IntN(3)}
		h.seat(s, h.now)
	}
	for range 60 {
		sit()
	}
	for n := range 400 {
		h.now = h.now.Add(time.Duration(rnd.IntN(2000)) * time.Millisecond)
		m := media[rnd.IntN(3)]
		w := work(conv(n), queues[rnd.IntN(2)], m, map[desk.Medium]int{desk.Email: 10, desk.Chat: 30, desk.Voice: 100}[m]/(1+rnd.IntN(2)), n)
		w.Language, w.Since = pick("", "zh", "en", "fr"), h.now.Add(-time.Duration(rnd.IntN(3))*time.Second)
		if rnd.IntN(3) == 0 {
			w.Skills = []desk.Skill{{Name: pick("french", "billing"), Level: 1 + rnd.IntN(3)}}
		}
		it := h.enqueue(w, h.now)
		for range rnd.IntN(3) {
			a := desk.AgentID(fmt.Sprint("a", rnd.IntN(30)))
			if it.declined == nil {
				it.declined = map[desk.AgentID]time.Time{}
			}
			it.declined[a] = h.now.Add(-time.Duration(rnd.IntN(700)) * time.Second)
		}
		got, _, rule := h.bestSeat(it, h.now)
		if want := h.bestOfAll(it, rule); got != want {
			t.Fatalf("%s work %d: got %v, want %v", rule, n, named(got), named(want))
		}
		switch {
		case got != nil && rnd.IntN(4) > 0:
			h.offered(it, Offer{ID: desk.OfferID(testID()), Conversation: it.Conversation, Agent: got.Agent, ExpiresAt: h.now.Add(time.Minute)}, h.now)
		case rnd.IntN(2) == 0:
			h.drop(it.Conversation, h.now)
		default:
			sit()
		}
		for _, id := range slices.Sorted(maps.Keys(h.offers)) {
			switch rnd.IntN(8) {
			case 0:
				h.refused(id, h.now, rnd.IntN(2) == 0)
			case 1:
				o := h.offers[id]
				h.held(o.offer.Agent, o.Work, h.now)
				h.drop(o.Conversation, h.now)
			}
		}
	}
}

// bestOfAll is the choice without any order: everybody is compared.
func (h *hall) bestOfAll(it *item, rule desk.Rule) *seat {
	var best *seat
	var chosen candidate
	for _, s := range h.seats {
		if h.refusal(it, s, h.now) != "" {
			continue
		}
		if c := h.candidate(it, s, h.now); best == nil || better(rule, &c, &chosen) {
			best, chosen = s, c
		}
	}
	return best
}

func named(s *seat) string {
	if s == nil {
		return "nobody"
	}
	return string(s.Agent)
}
