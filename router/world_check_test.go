package router

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"yingda/desk"
	"yingda/internal/testkit"
)

// reach is whose agents may have the work by now, and how many levels are off its skills: the timed steps of its queue.
func (w *world) reach(x desk.Work) (queues []desk.QueueID, off int) {
	if x.Plan != nil && len(x.Plan.Steps) > 0 {
		return w.planned(x)
	}
	q := w.h.queues[x.Queue]
	queues = []desk.QueueID{x.Queue}
	waited := w.clock.Sub(x.Since)
	for _, s := range q.Relax {
		if waited >= time.Duration(s.After)*time.Second {
			off = max(off, s.By)
		}
	}
	for _, s := range q.Overflow {
		if waited >= time.Duration(s.After)*time.Second {
			queues = append(queues, s.Queue)
		}
	}
	return queues, off
}

func (w *world) skilled(a desk.Agent, need []desk.Skill, off int) bool {
	for _, n := range need {
		has := 0
		for _, s := range a.Skills {
			if s.Name == n.Name {
				has = s.Level
			}
		}
		if off < 5 && has < max(1, n.Level-off) {
			return false
		}
	}
	return true
}

// roomFor is whether the agent has room, leaving one conversation out of what they hold.
func (w *world) roomFor(a desk.Agent, x desk.Work, without desk.ConversationID) bool {
	all, firm, same, chats := 0, 0, 0, 0
	for c, h := range w.hands(a.ID) {
		if c == without {
			continue
		}
		all += h.Weight
		if h.Medium != desk.Email {
			firm += h.Weight
		}
		if h.Medium == x.Medium {
			same++
		}
		if h.Medium == desk.Chat {
			chats++
		}
	}
	load := firm
	if x.Medium == desk.Email {
		load = all
	}
	most := a.Maximum[x.Medium]
	return load+x.Weight <= a.Capacity && (x.Medium != desk.Voice || chats == 0) && (most == 0 || same < most)
}

// hands is what an agent holds by the ledger, and what rings at them.
func (w *world) hands(a desk.AgentID) map[desk.ConversationID]desk.Work {
	out := map[desk.ConversationID]desk.Work{}
	for c, who := range w.l.owner {
		if who == a {
			out[c] = w.l.held[c]
		}
	}
	for _, it := range w.r.m.offers {
		if it.offer.Agent == a {
			out[it.Conversation] = it.Work
		}
	}
	return out
}

// preferredNow is the one agent the work waits for, if any.
func (w *world) preferredNow(x desk.Work) (desk.AgentID, bool) {
	for _, p := range x.Prefer {
		if on := w.onLeave(p.Agent); on != nil && p.Rule == "owner" {
			if d := desk.AgentID(cmp.Or(string(on.Deputy), string(w.h.agents[p.Agent].Deputy))); d != "" {
				p.Agent, p.Rule = d, "deputy"
			}
		}
		s, a := w.l.seats[p.Agent], w.h.agents[p.Agent]
		there := w.doorOpen(p.Agent, x.Medium) || s.Presence.State == desk.WrapUp && w.onLeave(p.Agent) == nil
		at, refused := w.said[x.Conversation][p.Agent]
		refused = refused && w.clock.Before(at.Add(10*time.Minute))
		if w.clock.Before(p.Until) && there && !refused &&
			(p.Rule == "transfer" || slices.Contains(a.Queues, x.Queue) && w.skilled(a, x.Skills, 0)) {
			return p.Agent, p.Rule == "transfer"
		}
	}
	return "", false
}

// allowed says naively whether the agent may be offered the work now.
func (w *world) allowed(x desk.Work, id desk.AgentID, without desk.ConversationID) bool {
	a := w.h.agents[id]
	if !w.doorOpen(id, x.Medium) || !w.roomFor(a, x, without) {
		return false
	}
	if at, ok := w.said[x.Conversation][id]; ok && w.clock.Before(at.Add(time.Minute)) {
		return false
	}
	p, directed := w.preferredNow(x)
	if p != "" && p != id {
		return false
	}
	queues, off := w.reach(x)
	return directed || slices.ContainsFunc(queues, func(q desk.QueueID) bool { return slices.Contains(a.Queues, q) }) && w.skilled(a, x.Skills, off)
}

// check looks at every promise.
func (w *world) check() {
	w.t.Helper()
	w.oneOwner()
	now := w.clock
	for id, it := range w.r.m.items { // SQL and memory have the same list
		if _, ok := w.l.waits[id]; !ok {
			w.t.Fatalf("after %s: %s is in memory and not in the record", w.did, id)
		}
		if it.state == waiting && it.bucket != nil {
			for a := range w.h.agents { // no pair that fits is left idle together
				if s := w.r.m.seats[a]; w.allowed(it.Work, a, "") && !now.Before(s.shy) && !now.Before(w.r.paused) {
					w.t.Fatalf("after %s: %s waits and %s is free for it: %q", w.did, id, a, w.r.m.refusal(it, s, now))
				}
			}
		}
	}
	for id := range w.l.waits {
		if w.r.m.items[id] == nil {
			w.t.Fatalf("after %s: %s is in the record and not in memory", w.did, id)
		}
	}
}

// oneOwner: load is the sum of what is held, nobody is over capacity, no conversation is in two places.
func (w *world) oneOwner() {
	w.t.Helper()
	for a, s := range w.r.m.seats {
		sum, firm := 0, 0
		hands := w.hands(a)
		for _, h := range hands {
			sum += h.Weight
			if h.Medium != desk.Email {
				firm += h.Weight
			}
		}
		if s.load.All != sum || len(s.Held) != len(hands) {
			w.t.Fatalf("after %s: %s: load %d of %d pieces, want %d of %d", w.did, a, s.load.All, len(s.Held), sum, len(hands))
		}
		if firm > s.Capacity {
			w.t.Fatalf("after %s: %s holds %d of %d", w.did, a, firm, s.Capacity)
		}
	}
	for id, it := range w.r.m.offers {
		if _, owned := w.l.owner[it.Conversation]; owned || it.offer.ID != id {
			w.t.Fatalf("after %s: %s is owned and on offer", w.did, it.Conversation)
		}
		if !w.told[id] {
			w.t.Fatalf("after %s: %s rings at %s and no record tells of it", w.did, it.Conversation, it.offer.Agent)
		}
	}
}

// inOrder: in one round, whoever got a new offer would not have been allowed anything that waits and goes before it.
func (w *world) inOrder(before map[desk.OfferID]bool) {
	w.t.Helper()
	for id, made := range w.r.m.offers {
		if before[id] || w.did == "take by hand" {
			continue
		}
		for _, it := range w.r.m.items {
			if it.state == waiting && it.bucket != nil && ahead(it, made) && w.allowed(it.Work, made.offer.Agent, made.Conversation) {
				s := w.r.m.seats[made.offer.Agent]
				w.t.Fatalf("after %s: %s was offered %s (rank %s) before %s (rank %s): %q, refused %v, there %v, back at %s\n%+v\n%+v", w.did, s.Agent,
					made.Conversation, made.Rank(), it.Conversation, it.Rank(), w.r.m.refusal(it, s, w.clock), it.declined, s.Presence.State, s.shy,
					made.Work, it.Work)
			}
		}
	}
}

// same: Redis holds what memory holds.
func (w *world) same() {
	w.t.Helper()
	found, err := w.r.compare(w.t.Context(), w.r.m.want())
	if err != nil {
		w.t.Fatal(err)
	}
	for _, d := range found {
		w.t.Errorf("after %s: redis: %s: %s", w.did, d.about, d.what)
	}
	if len(found) > 0 {
		w.t.FailNow()
	}
}

// compareEvery is how often Redis is read whole and compared.
const compareEvery = 20

// A hundred thousand random operations and faults on the real router (a tenth of it on the embedded Redis, fewer under
// the race detector): one owner, load is the sum, capacity holds, nobody idle beside work that fits, order by rank,
// Redis as memory as SQL. UP-R1, UP-R2, UP-R4, UP-R6, UP-R9.
func TestWorldKeepsItsPromises(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		steps int
		addr  func(testing.TB) string
	}{{"embedded", worldSteps / 10, mini}, {"redis", worldSteps, testkit.Redis}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if testing.Short() {
				c.steps = min(c.steps, 2000)
			}
			seed := uint64(time.Now().UnixNano())
			if text := os.Getenv("ROUTER_SEED"); text != "" {
				seed, _ = strconv.ParseUint(text, 10, 64)
			}
			t.Logf("seed %d", seed)
			w := newWorld(t, c.addr(t), seed)
			did := map[string]int{}
			for i := range c.steps {
				w.clock = w.clock.Add(time.Duration(w.rnd.IntN(300)) * time.Millisecond)
				w.step()
				w.settle()
				w.check()
				if i%compareEvery == 0 {
					w.same()
				}
				did[w.did]++
			}
			w.same()
			t.Log(fmt.Sprint(did), len(w.l.facts), "facts")
		})
	}
}
