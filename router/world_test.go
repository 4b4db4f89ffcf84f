package router

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"yingda/desk"
)

// world plays random days on a whole router, step by step: its loop, its listener and its lanes are run by hand on a
// clock of their own, so that after each operation everything has settled and the promises can be looked at. What is
// true stands in the ledger; what is allowed is said once more, naively, in allowed.
type world struct {
	t     *testing.T
	rnd   *rand.Rand
	l     *ledger
	h     *house
	addr  string
	rdb   redis.UniversalClient
	r     *Router
	clock time.Time
	fed   int64 // the last fact the router heard
	known int64 // and the last this world noted
	n     int   // conversations so far
	said  map[desk.ConversationID]map[desk.AgentID]time.Time
	did   string
	told  map[desk.OfferID]bool // offers that the record tells of
	plans []*desk.Plan          // published so far
}

var worldQueues = []desk.QueueID{"q0", "q1", "q2"}

func newWorld(t *testing.T, addr string, seed uint64) *world {
	w := &world{
		t: t, rnd: rand.New(rand.NewPCG(seed, 7)), l: newLedger(), addr: addr, rdb: client(t, addr), clock: dawn,
		said: map[desk.ConversationID]map[desk.AgentID]time.Time{}, told: map[desk.OfferID]bool{},
	}
	w.l.now = func() time.Time { return w.clock }
	w.l.look = func(s desk.Seat) desk.Seat { return desk.SeatOf(w.h, w.h.agents[s.Agent], s.Presence) }
	w.h = newHouse(desk.Queue{ID: "q0"}, desk.Queue{ID: "q1", Rule: desk.LeastLoaded}, desk.Queue{ID: "q2", Ring: 20})
	w.h.reason = []desk.AwayReason{{ID: "meeting", Takes: []desk.Medium{desk.Email}}}
	for i := range 6 {
		a := w.profile(i)
		w.h.agents[a.ID] = a
		w.l.sit(seatFor(a, desk.Available))
	}
	w.r = w.router()
	w.lead()
	return w
}

func (w *world) profile(i int) desk.Agent {
	a := desk.Agent{ID: desk.AgentID(fmt.Sprint("a", i)), Capacity: 100, Queues: []desk.QueueID{worldQueues[i%3], worldQueues[(i+1)%3]}}
	if w.rnd.IntN(3) == 0 {
		a.Queues = a.Queues[:1]
	}
	for _, s := range []string{"french", "refunds"} {
		if w.rnd.IntN(2) == 0 {
			a.Skills = append(a.Skills, desk.Skill{Name: s, Level: 1 + w.rnd.IntN(5)})
		}
	}
	if w.rnd.IntN(2) == 0 {
		a.Maximum = map[desk.Medium]int{desk.Chat: 1 + w.rnd.IntN(2)}
	}
	if w.rnd.IntN(3) == 0 {
		a.ShiftCalendar, a.ShiftLead = "turns", map[desk.Medium]int{desk.Chat: 1, desk.Voice: 2}
	}
	if w.rnd.IntN(2) == 0 {
		a.Deputy = desk.AgentID(fmt.Sprint("a", (i+1)%6))
	}
	return a
}

func seatFor(a desk.Agent, state desk.PresenceState) desk.Seat {
	return desk.Seat{
		Agent: a.ID, Presence: desk.Presence{Agent: a.ID, State: state}, Queues: a.Queues, Skills: a.Skills, Languages: a.Languages,
		Capacity: a.Capacity, Maximum: a.Maximum,
	}
}

func (w *world) router() *Router {
	return New(Deps{
		Redis: w.rdb, Desk: w.l, Records: w.l, Directory: w.h, Leases: newLatch(), Hours: turns{}, Now: w.l.now, NewID: testID, Log: quiet(),
	}, Default())
}

// lead makes the present router the leader.
func (w *world) lead() {
	w.t.Helper()
	if err := w.r.Rebuild(w.t.Context()); err != nil {
		w.t.Fatalf("rebuild after %s: %v", w.did, err)
	}
	w.fed = w.r.applied
}

// tell runs what waits in the lanes; it reports whether anything did.
func (w *world) tell() bool {
	told := false
	for i := range w.r.rec.lanes {
		for _, do := range w.r.rec.lanes[i].take() {
			do(w.t.Context())
			w.r.rec.left.Add(-1)
			told = true
		}
	}
	return told
}

// learn notes what the newest facts say, before the router hears them.
func (w *world) learn() {
	facts, _ := w.l.EventsAfter(w.t.Context(), w.known, 1<<20)
	for _, e := range facts {
		w.note(e)
		w.known = e.Seq
	}
}

// hear hands the new facts to the router.
func (w *world) hear() bool {
	w.learn()
	facts, _ := w.l.EventsAfter(w.t.Context(), w.fed, 1<<20)
	for _, e := range facts {
		if err := w.r.Listen(w.t.Context(), e); err != nil {
			w.t.Fatal(err)
		}
		w.fed = e.Seq
	}
	return len(facts) > 0
}

// note keeps who refused what.
func (w *world) note(e desk.Event) {
	c := desk.ConversationID(e.Subject.ID)
	who := desk.AgentID("")
	switch f := e.Fact.(type) {
	case desk.Offered:
		w.told[f.Offer] = true
	case desk.OfferDeclined:
		who = f.Agent
	case desk.OfferExpired:
		who = f.Agent
	case desk.Assigned:
		delete(w.said, c)
	case desk.Merged:
		delete(w.said, c)
	}
	if who != "" {
		if w.said[c] == nil {
			w.said[c] = map[desk.AgentID]time.Time{}
		}
		w.said[c][who] = w.clock
	}
}

// settle runs the loop until nothing is left to do.
func (w *world) settle() {
	w.t.Helper()
	for range 200 {
		heard := w.hear()
		before := map[desk.OfferID]bool{}
		for id := range w.r.m.offers {
			before[id] = true
		}
		_, err := w.r.round(w.t.Context())
		switch {
		case errors.Is(err, errLost) || err != nil && w.r.lost:
			w.lead()
			heard = true
		case err != nil:
			w.t.Fatalf("after %s: %v", w.did, err)
		}
		told := w.tell()
		w.learn()
		w.inOrder(before)
		if !told && !heard && w.fed == int64(len(w.l.facts)) {
			return
		}
	}
	w.t.Fatalf("after %s: it never settles", w.did)
}

// pick is a random element of a map's keys, in a fixed order so that a seed gives a day.
func pick[K ~string, V any](w *world, m map[K]V) (K, bool) {
	if len(m) == 0 {
		return "", false
	}
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys[w.rnd.IntN(len(keys))], true
}

func (w *world) work(id desk.ConversationID) desk.Work {
	x := desk.Work{Conversation: id, Queue: worldQueues[w.rnd.IntN(3)], Since: w.clock, Weight: 10, Medium: desk.Email}
	switch w.rnd.IntN(5) {
	case 0, 1:
		x.Medium, x.Weight = desk.Chat, 30
	case 2:
		x.Medium, x.Weight, x.Ringing = desk.Voice, 100, true
	}
	x.DueAt = w.clock.Add(time.Duration(30+w.rnd.IntN(3600)) * time.Second)
	x.Boost = time.Duration(w.rnd.IntN(15)) * time.Second
	if w.rnd.IntN(3) == 0 {
		x.Skills = []desk.Skill{{Name: []string{"french", "refunds"}[w.rnd.IntN(2)], Level: 1 + w.rnd.IntN(4)}}
	}
	if w.rnd.IntN(4) == 0 {
		rule := []string{"owner", "last_agent", "transfer"}[w.rnd.IntN(3)]
		x.Prefer = []desk.Preference{{Agent: w.someone(), Until: w.clock.Add(60 * time.Second), Rule: rule}}
	}
	return x
}

// step does one random operation.
func (w *world) step() {
	ctx := w.t.Context()
	n := w.rnd.IntN(100)
	switch {
	case n < 22:
		if len(w.l.waits) > 30 {
			w.free()
			return
		}
		w.did = "arrive"
		w.n++
		w.l.queue(w.work(desk.ConversationID(fmt.Sprint("c", w.n))))
	case n < 40:
		w.did = "accept"
		if id, ok := pick(w, w.r.m.offers); ok {
			o := w.r.m.offers[id].offer
			_, err := w.r.Accept(ctx, o.ID, o.Agent)
			w.conflictAtMost(err)
		}
	case n < 47:
		w.did = "decline"
		if id, ok := pick(w, w.r.m.offers); ok {
			o := w.r.m.offers[id].offer
			w.conflictAtMost(w.r.Decline(ctx, o.ID, o.Agent, "busy"))
		}
	case n < 60:
		w.free()
	case n < 68:
		w.did = "time passes"
		w.clock = w.clock.Add(time.Duration(w.rnd.IntN(45_000)) * time.Millisecond)
	case n < 75:
		w.did = "presence"
		a := w.someone()
		state := []desk.PresenceState{desk.Available, desk.Available, desk.Available, desk.Away, desk.WrapUp, desk.Offline}[w.rnd.IntN(6)]
		reason := ""
		if state == desk.Away {
			reason = []string{"lunch", "meeting", desk.ReasonFocus}[w.rnd.IntN(3)]
		}
		_ = w.l.SetPresence(ctx, desk.System(), desk.Mode{Agent: a, State: state, Reason: reason})
	case n < 77:
		w.planLeave()
	case n < 80:
		w.transfer()
	case n < 83:
		w.merge()
	case n < 88:
		w.rerank()
	case n < 91:
		w.reskill()
	case n < 92:
		w.publish()
	case n < 94:
		w.policy()
	case n < 97:
		w.did = "take by hand"
		if c, ok := pick(w, w.l.waits); ok {
			a := w.someone()
			_, err := w.r.Take(ctx, c, a, desk.AgentActor(a, desk.RoleAgent), false)
			w.conflictAtMost(err)
		}
	default:
		w.fault(ctx)
	}
}

func (w *world) someone() desk.AgentID { return desk.AgentID(fmt.Sprint("a", w.rnd.IntN(6))) }

func (w *world) conflictAtMost(err error) {
	w.t.Helper()
	if err != nil && desk.CodeOf(err) != desk.Conflict {
		w.t.Fatalf("%s: got %v, want at most a conflict", w.did, err)
	}
}

func (w *world) free() {
	w.did = "free"
	if c, ok := pick(w, w.l.owner); ok {
		w.l.release(c, "resolved", false)
	}
}

func (w *world) transfer() {
	w.did = "transfer"
	c, ok := pick(w, w.l.owner)
	if !ok {
		return
	}
	x := w.l.held[c]
	w.l.release(c, "transfer", false)
	x.Queue, x.Prefer, x.Ringing = worldQueues[w.rnd.IntN(3)], nil, false
	if w.rnd.IntN(2) == 0 {
		x.Prefer = []desk.Preference{{Agent: w.someone(), Until: w.clock.Add(5 * time.Minute), Rule: "transfer"}}
	}
	w.l.queue(x)
}

func (w *world) merge() {
	w.did = "merge"
	if c, ok := pick(w, w.l.waits); ok {
		w.l.mu.Lock()
		delete(w.l.waits, c)
		w.l.append(string(c), desk.AboutConversation, desk.Merged{})
		w.l.mu.Unlock()
	}
}

func (w *world) rerank() {
	w.did = "priority"
	if c, ok := pick(w, w.l.waits); ok {
		w.l.mu.Lock()
		x := w.l.waits[c]
		x.DueAt, x.Boost = x.DueAt.Add(time.Duration(w.rnd.IntN(900)-450)*time.Second), time.Duration(w.rnd.IntN(300))*time.Second
		w.l.waits[c] = x
		w.l.append(string(c), desk.AboutConversation, desk.Reranked{Work: x})
		w.l.mu.Unlock()
	}
}

func (w *world) reskill() {
	w.did = "skills"
	i := w.rnd.IntN(6)
	a := w.profile(i)
	w.h.agents[a.ID] = a
	w.l.mu.Lock()
	was := w.l.seats[a.ID]
	is := seatFor(a, was.Presence.State)
	is.Presence = was.Presence
	w.l.seats[a.ID] = is
	w.l.append(string(a.ID), desk.AboutSetting, desk.SettingChanged{Setting: desk.SettingAgent, ID: string(a.ID)})
	w.l.mu.Unlock()
}

func (w *world) publish() {
	w.did = "publish"
	q := desk.Queue{ID: worldQueues[w.rnd.IntN(3)], Ring: 10 + w.rnd.IntN(40)}
	q.Rule = []desk.Rule{"", desk.LongestIdle, desk.LeastLoaded, desk.MostSkilled}[w.rnd.IntN(4)]
	if w.rnd.IntN(2) == 0 {
		q.Relax = []desk.Relax{{After: 20, By: 1 + w.rnd.IntN(2)}, {After: 60, By: 5}}
	}
	if w.rnd.IntN(2) == 0 {
		q.Overflow = []desk.Overflow{{After: 30, Queue: worldQueues[w.rnd.IntN(3)]}}
	}
	w.h.queues[q.ID] = q
	w.l.mu.Lock()
	w.l.append(string(q.ID), desk.AboutSetting, desk.SettingChanged{Setting: desk.SettingQueue, ID: string(q.ID)})
	w.l.mu.Unlock()
}

// fault breaks something in the middle.
func (w *world) fault(ctx context.Context) {
	switch w.rnd.IntN(4) {
	case 0: // killed after the scripts and before the records; another takes over
		w.did = "crash"
		w.n++
		w.l.queue(w.work(desk.ConversationID(fmt.Sprint("c", w.n))))
		w.hear()
		_, _ = w.r.round(ctx)
		w.r = w.router()
		clear(w.said) // only memory knew
		w.lead()
	case 1:
		w.did = "emptied"
		if err := w.rdb.FlushAll(ctx).Err(); err != nil {
			w.t.Fatal(err)
		}
		w.lead()
	case 2: // two leaders for a moment: the older one is refused
		w.did = "two leaders"
		old := w.r
		w.tell()
		w.hear()
		w.r = w.router()
		clear(w.said)
		w.lead()
		w.n++
		x := w.work(desk.ConversationID(fmt.Sprint("c", w.n)))
		w.l.queue(x)
		_ = old.Listen(ctx, w.l.facts[len(w.l.facts)-1])
		if _, err := old.round(ctx); !errors.Is(err, errFenced) && old.epoch != "" && len(old.m.works)+len(old.m.freed) > 0 {
			w.t.Fatalf("the old leader: got %v, want it refused", err)
		}
	case 3: // SQL refuses for a moment
		w.did = "refused"
		w.l.mu.Lock()
		w.l.sick = desk.Refuse(desk.Unavailable, "store_down")
		w.l.mu.Unlock()
		w.hear()
		_, _ = w.r.round(ctx)
		w.tell()
		w.l.mu.Lock()
		w.l.sick = nil
		w.l.mu.Unlock()
		for c, it := range w.r.m.items { // refusals that only memory has now
			for a, at := range it.declined {
				if w.said[c] == nil {
					w.said[c] = map[desk.AgentID]time.Time{}
				}
				w.said[c][a] = at
			}
		}
		w.clock = w.clock.Add(6 * time.Second)
	}
}
