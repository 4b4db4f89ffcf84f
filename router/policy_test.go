package router

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"yingda/desk"
)

// hall is a mirror with a clock that stands where the test puts it.
type hall struct {
	*mirror
	now time.Time
	cfg Config
}

func newHall(queues ...desk.Queue) *hall {
	h := &hall{now: dawn, cfg: Default()}
	h.mirror = newMirror(newHouse(queues...), &h.cfg)
	return h
}

func (h *hall) sit(s desk.Seat) {
	if s.Presence.State == "" {
		s.Presence.State = desk.Available
	}
	h.seat(s, h.now)
}

// matches settles and names what happened: "c1→ann".
func (h *hall) matches() string {
	h.due(h.now)
	var out []string
	for _, m := range h.settle(h.now, 1<<20, testID) {
		out = append(out, string(m.Work.Conversation)+"→"+string(m.Agent))
	}
	return strings.Join(out, " ")
}

// later moves the clock.
func (h *hall) later(d time.Duration) *hall { h.now = h.now.Add(d); return h }

func expect(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

func TestRoomByMedium(t *testing.T) {
	t.Parallel()
	mail10, chat30, call100 := desk.Work{Medium: desk.Email, Weight: 10}, desk.Work{Medium: desk.Chat, Weight: 30}, desk.Work{Medium: desk.Voice, Weight: 100}
	ten := slices.Repeat([]desk.Work{mail10}, 10)
	for _, c := range []struct {
		name string
		held []desk.Work
		next desk.Work
		most map[desk.Medium]int
		want string
	}{
		{"nothing held", nil, call100, nil, ""},
		{"mail is interruptible: a call comes on top", ten, call100, nil, ""},
		{"mail is interruptible: a chat comes on top", ten, chat30, nil, ""},
		{"no eleventh mail", ten, mail10, nil, "full"},
		{"a chat is finished before a call", []desk.Work{chat30}, desk.Work{Medium: desk.Voice, Weight: 40}, nil, "chat_first"},
		{"no mail while on the phone", []desk.Work{call100}, mail10, nil, "full"},
		{"no chat while on the phone", []desk.Work{call100}, chat30, nil, "full"},
		{"own maximum", []desk.Work{chat30}, chat30, map[desk.Medium]int{desk.Chat: 1}, "maximum"},
		{"four chats are too many", slices.Repeat([]desk.Work{chat30}, 3), chat30, nil, "full"},
	} {
		l := LoadOf(c.held)
		if got := Room(&desk.Seat{Capacity: 100, Maximum: c.most}, &l, c.next.Medium, c.next.Weight); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestRingingCallsGoFirst(t *testing.T) {
	t.Parallel()
	h := newHall(desk.Queue{ID: "help"})
	h.enqueue(mail("late", "help", -100000), h.now)
	call := work("call", "help", desk.Voice, 100, 20)
	call.Ringing = true
	h.enqueue(call, h.now)
	h.sit(agent("ann", "help"))
	expect(t, "first", h.matches(), "call→ann")
}

func TestOwnerFirstThenLastAgentThenAnybody(t *testing.T) {
	t.Parallel()
	h := newHall(desk.Queue{ID: "help"})
	busy := agent("owner", "help")
	busy.Capacity = 10
	h.sit(busy)
	h.sit(agent("last", "help"))
	h.sit(agent("free", "help"))
	w := chat("c1", "help", 600)
	w.Prefer = []desk.Preference{
		{Agent: "owner", Until: dawn.Add(2 * time.Minute), Rule: "owner"},
		{Agent: "last", Until: dawn.Add(3 * time.Minute), Rule: "last_agent"},
	}
	h.enqueue(w, h.now)
	expect(t, "while the owner is awaited", h.matches(), "")
	expect(t, "just before", h.later(2*time.Minute-time.Second).matches(), "")
	expect(t, "when the owner's wait ends", h.later(time.Second).matches(), "c1→last")
}

func TestAbsentOwnerIsSkippedAtOnceAndFoundAgainWhenBack(t *testing.T) {
	t.Parallel()
	h := newHall(desk.Queue{ID: "help"})
	h.sit(desk.Seat{Agent: "owner", Queues: []desk.QueueID{"help"}, Presence: desk.Presence{State: desk.Away}})
	small := agent("free", "help")
	small.Maximum = map[desk.Medium]int{desk.Chat: 1}
	h.sit(small)
	for i := range 2 {
		w := chat(conv(i), "help", 600+i)
		w.Prefer = []desk.Preference{{Agent: "owner", Until: dawn.Add(2 * time.Minute), Rule: "owner"}}
		h.enqueue(w, h.now)
	}
	expect(t, "owner away", h.matches(), "c0→free")
	h.sit(agent("owner", "help"))
	expect(t, "owner back", h.matches(), "c1→owner")
}

func TestTransferReachesAnAgentOfAnotherQueue(t *testing.T) {
	t.Parallel()
	h := newHall(desk.Queue{ID: "help"})
	h.sit(agent("ann", "help"))
	h.sit(agent("bob", "sales"))
	w := chat("c1", "help", 600)
	w.Skills = []desk.Skill{{Name: "tls", Level: 3}}
	w.Prefer = []desk.Preference{{Agent: "bob", Until: dawn.Add(5 * time.Minute), Rule: "transfer"}}
	h.enqueue(w, h.now)
	expect(t, "transfer", h.matches(), "c1→bob")
}

// What wakes up goes to its agent when there is room, else to the queue at once (DESIGN 2.3).
func TestReturnedWorkWaitsForNobody(t *testing.T) {
	t.Parallel()
	h := newHall(desk.Queue{ID: "help"})
	busy := agent("bob", "help")
	busy.Capacity = 10
	h.sit(busy)
	h.sit(agent("ann", "help"))
	back := func(id, to string) {
		w := chat(id, "help", 600)
		w.Prefer = []desk.Preference{{Agent: desk.AgentID(to), Until: dawn.Add(time.Minute), Rule: "returned", Auto: true}}
		h.enqueue(w, h.now)
	}
	back("c1", "bob")
	expect(t, "no room at bob's", h.matches(), "c1→ann")
	h.sit(agent("eve", "sales"))
	back("c2", "eve")
	expect(t, "room at eve's, of another queue", h.matches(), "c2→eve")
}

func TestSkillsRelaxInStepsAndQueuesOverflow(t *testing.T) {
	t.Parallel()
	h := newHall(desk.Queue{
		ID: "help", Relax: []desk.Relax{{After: 60, By: 2}, {After: 120, By: 5}},
		Overflow: []desk.Overflow{{After: 180, Queue: "sales"}},
	}, desk.Queue{ID: "sales"})
	novice := agent("novice", "help")
	novice.Skills = []desk.Skill{{Name: "tls", Level: 2}}
	h.sit(novice)
	need := func(id string, level int) {
		w := work(id, "help", desk.Voice, 100, 600)
		w.Skills = []desk.Skill{{Name: "tls", Level: level}}
		h.enqueue(w, h.now)
	}
	need("c1", 4)
	expect(t, "at first", h.matches(), "")
	at, ok := h.next()
	if !ok || !at.Equal(dawn.Add(time.Minute)) {
		t.Errorf("next step: got %v %t, want after a minute", at, ok)
	}
	expect(t, "one step", h.later(time.Minute).matches(), "c1→novice")
	h.sit(agent("seller", "sales"))
	need("c2", 5)
	expect(t, "no skill asked, but the novice is busy", h.later(time.Minute).matches(), "")
	expect(t, "overflow", h.later(time.Minute).matches(), "c2→seller")
}

func TestDeclinerIsAskedAgainOnlyWhenNobodyElseCan(t *testing.T) {
	t.Parallel()
	h := newHall(desk.Queue{ID: "help"})
	h.sit(agent("ann", "help"))
	h.enqueue(chat("c1", "help", 600), h.now)
	expect(t, "first", h.matches(), "c1→ann")
	h.refused(h.items["c1"].offer.ID, h.now, true)
	expect(t, "declined", h.matches(), "")
	expect(t, "a cool-down later, nobody else", h.later(time.Minute).matches(), "c1→ann")
	h.refused(h.items["c1"].offer.ID, h.now, true)
	h.later(time.Minute)
	bob := agent("bob", "help")
	bob.IdleSince = h.now // ann has waited longer
	h.sit(bob)
	expect(t, "somebody else", h.matches(), "c1→bob")
}

func TestRulesChooseTheSeat(t *testing.T) {
	t.Parallel()
	seats := func(h *hall) {
		for i, id := range []string{"ann", "bob", "cy"} {
			s := agent(id, "help")
			s.IdleSince = dawn.Add(-time.Duration(i) * time.Minute)
			s.Skills = []desk.Skill{{Name: "tls", Level: 1 + i%2*3}} // bob 4
			if id == "cy" {
				s.Languages = []string{"zh"}
			}
			h.sit(s)
		}
		h.held("cy", mail("x", "help", 0), h.seats["cy"].turn)
		h.held("bob", mail("y", "help", 0), h.seats["bob"].turn)
	}
	for _, c := range []struct {
		name string
		rule desk.Rule
		edit func(*desk.Work)
		want string
	}{
		{"chat: longest idle", "", func(*desk.Work) {}, "c1→cy"},
		{"mail: least loaded", "", func(w *desk.Work) { w.Medium, w.Weight = desk.Email, 10 }, "c1→ann"},
		{"most skilled", desk.MostSkilled, func(w *desk.Work) { w.Skills = []desk.Skill{{Name: "tls", Level: 1}} }, "c1→bob"},
		{"language before the rule", desk.LeastLoaded, func(w *desk.Work) { w.Language = "zh" }, "c1→cy"},
		{"a language nobody speaks excludes nobody", desk.LeastLoaded, func(w *desk.Work) { w.Language = "fr" }, "c1→ann"},
	} {
		h := newHall(desk.Queue{ID: "help", Rule: c.rule})
		seats(h)
		w := chat("c1", "help", 60)
		c.edit(&w)
		h.enqueue(w, h.now)
		expect(t, c.name, h.matches(), c.want)
	}
}

// UP-R5: five equal agents share a thousand equal conversations evenly.
func TestEqualAgentsShareEvenly(t *testing.T) {
	t.Parallel()
	for _, m := range []desk.Medium{desk.Email, desk.Chat} {
		h := newHall(desk.Queue{ID: "help"})
		for i := range 5 {
			h.sit(agent(fmt.Sprint("a", i), "help"))
		}
		share := map[desk.AgentID]int{}
		var busy []Match
		for i := range 1000 { // each takes 20 s, one comes a second: there is more work than hands
			h.later(time.Second)
			if len(busy) >= 20 {
				h.released(busy[0].Agent, busy[0].Work.Conversation, h.now)
				busy = busy[1:]
			}
			h.enqueue(work(conv(i), "help", m, 10, i), h.now)
			for _, x := range h.settle(h.now, 10, testID) {
				share[x.Agent]++
				h.drop(x.Work.Conversation, h.now)
				h.mirror.held(x.Agent, x.Work, h.now)
				busy = append(busy, x)
			}
		}
		low, high := 1000, 0
		for _, n := range share {
			low, high = min(low, n), max(high, n)
		}
		if high-low > 20 {
			t.Errorf("%s: got shares from %d to %d, want a difference of 2 %% at most (%v)", m, low, high, share)
		}
	}
}

// The boost never exceeds half a target, so nothing is overtaken by work due later than that (UP-R10).
func TestBoostIsBoundedByHalfATarget(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) desk.Work {
			target := time.Duration(rapid.IntRange(10, 100000).Draw(t, name+" target")) * time.Second
			since := dawn.Add(time.Duration(rapid.IntRange(0, 100000).Draw(t, name+" since")) * time.Second)
			c := desk.Conversation{
				ID: desk.ConversationID(name), QueuedAt: since,
				Tier:     rapid.SampledFrom([]desk.Tier{desk.Strategic, desk.Key, desk.Ordinary}).Draw(t, name+" tier"),
				Priority: rapid.SampledFrom([]desk.Priority{desk.Urgent, desk.High, desk.Normal, desk.Low}).Draw(t, name+" priority"),
			}
			return desk.WorkOf(c, nil, desk.Queue{Target: int(target / time.Second)})
		}
		a, b := draw("a"), draw("b")
		for _, w := range []desk.Work{a, b} {
			if target := w.DueAt.Sub(w.Since); w.Boost < 0 || w.Boost > target/2 {
				t.Fatalf("boost: got %s, want between 0 and half of %s", w.Boost, target)
			}
		}
		if before(&a, &b) && a.DueAt.Sub(b.DueAt) > a.DueAt.Sub(a.Since)/2 {
			t.Fatalf("a goes first though due %s after b", a.DueAt.Sub(b.DueAt))
		}
		if before(&a, &b) == before(&b, &a) {
			t.Fatal("the order is not total")
		}
	})
}

// A random day: nobody is ever over capacity, each queue is served in order of rank, nothing that fits is left, and
// everything is served in the end.
func TestRandomDayKeepsTheRules(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		h := newHall(desk.Queue{ID: "q0"}, desk.Queue{ID: "q1"})
		d := &day{hall: h, open: map[desk.ConversationID]Match{}}
		for i := range rapid.IntRange(1, 4).Draw(t, "agents") {
			s := agent(fmt.Sprint("a", i), "q0", "q1")
			s.Capacity = rapid.SampledFrom([]int{100, 130}).Draw(t, "capacity")
			h.sit(s)
		}
		n := rapid.IntRange(5, 40).Draw(t, "steps")
		for i := range n {
			h.later(time.Second)
			if rapid.IntRange(0, 2).Draw(t, "what") < 2 {
				m := rapid.SampledFrom([]desk.Medium{desk.Email, desk.Chat, desk.Voice}).Draw(t, "medium")
				weight := map[desk.Medium]int{desk.Email: 10, desk.Chat: 30, desk.Voice: 100}[m]
				q := rapid.SampledFrom([]desk.QueueID{"q0", "q1"}).Draw(t, "queue")
				h.enqueue(work(conv(i), q, m, weight, rapid.IntRange(0, 500).Draw(t, "due")), h.now)
			} else {
				d.finishOne(t)
			}
			d.settleAndCheck(t)
		}
		for range n { // no starvation: with hands free, all of it is served
			d.finishOne(t)
			d.settleAndCheck(t)
		}
		if len(h.items) > len(d.open) {
			t.Fatalf("left waiting: got %d, want 0", len(h.items)-len(d.open))
		}
	})
}

type day struct {
	*hall
	open map[desk.ConversationID]Match
}

func (d *day) finishOne(t *rapid.T) {
	if len(d.open) == 0 {
		return
	}
	ids := make([]desk.ConversationID, 0, len(d.open))
	for c := range d.open {
		ids = append(ids, c)
	}
	slices.Sort(ids)
	c := rapid.SampledFrom(ids).Draw(t, "done")
	m := d.open[c]
	delete(d.open, c)
	d.drop(c, d.now)
	d.mirror.held(m.Agent, m.Work, d.now)
	d.released(m.Agent, c, d.now)
}

func (d *day) settleAndCheck(t *rapid.T) {
	for _, m := range d.settle(d.now, 1000, testID) {
		for _, it := range d.items { // in order of rank among equals
			if it.state == waiting && it.Medium == m.Work.Medium && it.Queue == m.Work.Queue && before(&it.Work, &m.Work) {
				t.Fatalf("%s went before %s", m.Work.Conversation, it.Conversation)
			}
		}
		d.open[m.Work.Conversation] = m
	}
	for _, s := range d.seats {
		mails := 0
		for _, w := range s.Held {
			if w.Medium == desk.Email {
				mails += w.Weight
			}
		}
		l := LoadOf(s.Held)
		if l.Firm > s.Capacity || mails > s.Capacity || (l.Count[desk.Voice] > 0 && l.Firm > 100*l.Count[desk.Voice]+30) {
			t.Fatalf("%s: over capacity with %v", s.Agent, s.Held)
		}
		for _, it := range d.items {
			if it.state == waiting && d.refusal(it, s, d.now) == "" {
				t.Fatalf("%s waits though %s could have it", it.Conversation, s.Agent)
			}
		}
	}
}

// Two seats fall free at once: the first one's best work must not take the second's place from work that goes before.
func TestFreedSeatsKeepTheOrder(t *testing.T) {
	t.Parallel()
	cfg := Default()
	m := newMirror(&house{queues: map[desk.QueueID]desk.Queue{"q": {ID: "q", Rule: desk.MostSkilled}, "fr": {ID: "fr"}}}, &cfg)
	sit := func(id string, queues ...desk.QueueID) {
		s := agent(id, queues...)
		s.Presence.State, s.Capacity = desk.Available, 30
		s.Skills = []desk.Skill{{Name: "care", Level: len(queues)}} // b is the more skilled for what a may have
		m.seat(s, dawn)
	}
	for _, w := range []desk.Work{chat("early", "fr", 10), chat("late", "q", 20)} {
		w.Skills = []desk.Skill{{Name: "care", Level: 1}}
		m.enqueue(w, dawn)
	}
	m.works, m.mixed = nil, false
	for _, it := range m.items {
		it.fresh = false
	}
	sit("a", "q")
	sit("b", "q", "fr")
	got := map[desk.ConversationID]desk.AgentID{}
	for _, x := range m.settle(dawn, 10, testID) {
		got[x.Work.Conversation] = x.Agent
	}
	if got["early"] != "b" || got["late"] != "a" {
		t.Errorf("got %v, want early at b and late at a", got)
	}
}
