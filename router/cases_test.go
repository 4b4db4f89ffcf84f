package router

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"yingda/desk"
)

// routingCase is one rule of a peer, as its tests or its documentation state it.
type routingCase struct {
	ID     string `json:"id"`
	Policy string `json:"policy"`
	Agents []struct {
		Name     string `json:"name"`
		Online   bool   `json:"online"`
		Limit    *int   `json:"limit"`
		Open     int    `json:"open"`
		Assigned int    `json:"assigned"`
		Capacity int    `json:"capacity"`
		Used     int    `json:"used"`
	} `json:"agents"`
	Work []struct {
		ID       string `json:"id"`
		Weight   int    `json:"weight"`
		Percent  int    `json:"percent"`
		Channel  string `json:"channel"`
		Priority int    `json:"queue_priority"`
		Age      int    `json:"age_s"`
	} `json:"work"`
	Expect json.RawMessage `json:"expect"`
	Worker *struct {
		Skills, Languages []string
	} `json:"worker"`
}

// doctrine says, for each case that we express otherwise or judge otherwise, how and why. docs/routing.md says the same
// to users.
var doctrine = map[string]string{
	"sf-queue-priority":           "no queue goes before another for ever: a queue's target is its priority, and what waited long enough overtakes",
	"tr-first-filter-wins":        "the inbox names the queue before anything waits; there are no filters to order",
	"tr-expr-4":                   "no free expressions: an agent speaks a language or not, and it is preferred, never required",
	"tr-expr-8":                   "a condition that is always true is one that asks nothing",
	"tr-expr-9":                   "the same",
	"rc-bot-first":                "a bot is an agent like others: it goes first where it is the customer's owner, or serves the queue the inbox names",
	"rc-bot-manual-selection":     "taking by hand is always there beside; a queue that only the bot serves leaves the rest to people's hands",
	"cn-unread-only-for-assignee": "what is unread is each reader's own (the console's), not the router's; the hand-over is tried here",
}

// TestRoutingCases runs ../shared/data/cases/routing_cases.json on the real router.
func TestRoutingCases(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../../shared/data/cases/routing_cases.json")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("skipped: routing_cases, ../shared/data is not there")
	}
	if err != nil {
		t.Fatal(err)
	}
	var cases []routingCase
	if err := json.Unmarshal(raw, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) != 24 {
		t.Errorf("got %d cases, want the 24 that this test was written for", len(cases))
	}
	special := map[string]func(*testing.T, routingCase){
		"cw-rr-rotation": caseRotation, "sf-queue-priority": caseQueuePriority, "tr-first-filter-wins": caseFirstFilter,
		"tr-preferred-agent-timeout": casePreferred, "tr-expr-0": caseSkills, "tr-expr-1": caseSkills,
		"tr-expr-4": caseConditions, "tr-expr-8": caseConditions, "tr-expr-9": caseConditions, "rc-bot-first": caseBotFirst,
		"cn-unread-only-for-assignee": caseHandOver,
	}
	for _, c := range cases {
		t.Run(c.ID, func(t *testing.T) {
			t.Parallel()
			if why := doctrine[c.ID]; why != "" {
				t.Log("by our doctrine: " + why)
			}
			if run := special[c.ID]; run != nil {
				run(t, c)
				return
			}
			caseByRule(t, c)
		})
	}
}

// caseLimit is a capacity that only the case's own limit reaches.
const caseLimit = 1_000_000

// seatOf makes an agent of a case, and puts what they hold into the ledger. Peers count heads: one conversation is one
// unit here, unless the case has units of its own.
func (c *routingCase) seatsIn(l *ledger) {
	for _, a := range c.Agents {
		s := agent(a.Name, "q")
		s.Capacity = caseLimit
		if a.Capacity > 0 {
			s.Capacity = a.Capacity
		}
		if a.Limit != nil {
			s.Maximum = map[desk.Medium]int{desk.Chat: *a.Limit}
		}
		s.Presence = desk.Presence{Agent: s.Agent, State: desk.Offline}
		if a.Online {
			s.Presence.State = desk.Available
		}
		l.sit(s)
		weight := 1
		if a.Used > 0 {
			weight = a.Used
		}
		// Ten thousand chats are as good as one hundred to show who has fewer; the ledger of this test is a slow one.
		for i := range max(a.Open, min(a.Assigned, 100), min(a.Used, 1)) {
			w := work(fmt.Sprint(a.Name, "-", i), "q", desk.Chat, weight, 0)
			l.owner[w.Conversation], l.held[w.Conversation] = s.Agent, w
		}
	}
}

// caseByRule offers the case's work, accepts for the agents, and looks at who got what.
func caseByRule(t *testing.T, c routingCase) {
	l := newLedger()
	c.seatsIn(l)
	q := desk.Queue{ID: "q", AutoAccept: []desk.Medium{desk.Chat, desk.Voice}}
	if strings.Contains(c.Policy, "least") || strings.Contains(c.Policy, "fewest") {
		q.Rule = desk.LeastLoaded
	}
	rm := open(t, mini(t), l, newHouse(q), newLatch(), fast()).start()
	for i, x := range c.Work {
		medium, weight := desk.Chat, max(1, x.Weight, x.Percent)
		if x.Channel == "voice" {
			medium = desk.Voice
		}
		l.queue(work(x.ID, "q", medium, weight, i))
	}
	var want map[string]json.RawMessage
	if err := json.Unmarshal(c.Expect, &want); err != nil {
		t.Fatal(err)
	}
	names := func(key string) []string {
		var out []string
		_ = json.Unmarshal(want[key], &out) // null: nobody
		return out
	}
	owner := func(id string) string { return string(l.ownerOf(desk.ConversationID(id))) }
	waits := func(id string) bool {
		pos, ok := rm.Position(desk.ConversationID(id))
		return ok && pos > 0
	}
	queued := names("queued")
	for _, x := range c.Work {
		if slices.Contains(queued, x.ID) {
			eventually(t, x.ID+" waits", func() bool { return waits(x.ID) })
			continue
		}
		eventually(t, x.ID+" has an owner", func() bool { return owner(x.ID) != "" })
		got := owner(x.ID)
		if allowed := names(x.ID); len(allowed) > 0 && !slices.Contains(allowed, got) {
			t.Errorf("%s: got %s, want one of %v", x.ID, got, allowed)
		}
		if slices.Contains(names("never"), got) {
			t.Errorf("%s: went to %s, who may never have it", x.ID, got)
		}
		if done := names("assigned"); len(done) > 0 && !slices.Contains(done, x.ID) {
			t.Errorf("%s was assigned, want only %v", x.ID, done)
		}
	}
	for _, id := range queued {
		if !waits(id) || owner(id) != "" {
			t.Errorf("%s: got owner %q, want it waiting", id, owner(id))
		}
	}
}

// caseRotation is round robin: longest idle, which an offer makes the shortest.
func caseRotation(t *testing.T, c routingCase) {
	l := newLedger()
	c.seatsIn(l)
	open(t, mini(t), l, newHouse(desk.Queue{ID: "q", AutoAccept: []desk.Medium{desk.Chat}}), newLatch(), fast()).start()
	got, last := map[desk.AgentID]int{}, desk.AgentID("")
	for i, x := range c.Work {
		id := desk.ConversationID(x.ID)
		l.queue(work(x.ID, "q", desk.Chat, 1, i))
		eventually(t, x.ID+" has an owner", func() bool { return l.ownerOf(id) != "" })
		a := l.ownerOf(id)
		if a == last {
			t.Errorf("%s went to %s twice in a row", x.ID, a)
		}
		got[a]++
		last = a
	}
	for a, n := range got {
		if n != 2 {
			t.Errorf("%s: got %d, want 2", a, n)
		}
	}
}

// caseQueuePriority gives the more urgent queue the shorter target: the newer of it goes first, and the older of the
// other would once it was due sooner.
func caseQueuePriority(t *testing.T, c routingCase) {
	l := newLedger()
	s := agent("a", "p0", "p2")
	s.Maximum = map[desk.Medium]int{desk.Chat: 1}
	s.Presence = desk.Presence{Agent: "a", State: desk.Away}
	l.sit(s)
	rm := open(t, mini(t), l, newHouse(desk.Queue{ID: "p0"}, desk.Queue{ID: "p2"}), newLatch(), fast()).start()
	target := map[int]time.Duration{0: time.Minute, 2: time.Hour}
	now := l.now()
	for _, x := range c.Work {
		w := chat(x.ID, desk.QueueID(fmt.Sprint("p", x.Priority)), 0)
		w.Since = now.Add(-time.Duration(x.Age) * time.Second)
		w.DueAt = w.Since.Add(target[x.Priority])
		l.queue(w)
	}
	eventually(t, "both wait", func() bool { b := rm.Board(); return b[0].Waiting == 1 && b[1].Waiting == 1 })
	_ = l.SetPresence(context.Background(), desk.System(), desk.Mode{Agent: "a", State: desk.Available})
	if got := rm.ringing("a"); got.Conversation != "new-high" {
		t.Errorf("first: got %s, want new-high", got.Conversation)
	}
	very := chat("very-old-low", "p2", 0)
	very.Since = now.Add(-2 * time.Hour)
	very.DueAt = very.Since.Add(time.Hour)
	l.queue(very)
	eventually(t, "the very old one is next of all", func() bool { pos, ok := rm.Position("very-old-low"); return ok && pos == 1 })
}

// caseFirstFilter: the queue is named before; only its agents are asked.
func caseFirstFilter(t *testing.T, _ routingCase) {
	l := newLedger()
	l.sit(agent("support", "Support"))
	l.sit(agent("sales", "Sales"))
	l.sit(agent("everyone", "Everyone"))
	rm := open(t, mini(t), l, newHouse(desk.Queue{ID: "Support"}, desk.Queue{ID: "Sales"}, desk.Queue{ID: "Everyone"}), newLatch(), fast()).start()
	l.queue(chat("t", "Support", 1))
	if got := rm.ringing("support"); got.Queue != "Support" {
		t.Errorf("queue: got %s, want Support", got.Queue)
	}
}

// casePreferred waits for a busy preferred agent, then goes to another. The case's 15 s are 300 ms here.
func casePreferred(t *testing.T, _ routingCase) {
	l := newLedger()
	pref := agent("pref", "q")
	pref.Capacity = 30
	l.sit(pref)
	l.sit(agent("other", "q"))
	busy := chat("before", "q", 0)
	l.owner["before"], l.held["before"] = "pref", busy
	rm := open(t, mini(t), l, newHouse(desk.Queue{ID: "q"}), newLatch(), fast()).start()
	w := chat("t", "q", 1)
	until := l.now().Add(300 * time.Millisecond)
	w.Prefer = []desk.Preference{{Agent: "pref", Until: until, Rule: "owner"}}
	l.queue(w)
	eventually(t, "it waits for pref", func() bool {
		for _, h := range rm.WhyNot("t") {
			if h.Agent == "other" {
				return h.Reason == "preferred"
			}
		}
		return false
	})
	if got := rm.ringing("other"); got.Conversation != "t" || l.now().Before(until) {
		t.Errorf("got %s before its time, or another", got.Conversation)
	}
}

// caseSkills is an expression over a worker's skills and languages: both are skills we may require.
func caseSkills(t *testing.T, c routingCase) {
	var want bool
	if err := json.Unmarshal(c.Expect, &want); err != nil {
		t.Fatal(err)
	}
	l := newLedger()
	s := agent("worker", "q")
	for _, name := range slices.Concat(c.Worker.Skills, c.Worker.Languages) {
		s.Skills = append(s.Skills, desk.Skill{Name: name, Level: 1})
	}
	l.sit(s)
	rm := open(t, mini(t), l, newHouse(desk.Queue{ID: "q"}), newLatch(), fast()).start()
	w := chat("t", "q", 1)
	w.Skills = []desk.Skill{{Name: "support", Level: 1}, {Name: "english", Level: 1}}
	l.queue(w)
	if want {
		rm.ringing("worker")
		return
	}
	eventually(t, "it waits for want of a skill", func() bool {
		why := rm.WhyNot("t")
		return len(why) == 1 && why[0].Reason == "skill"
	})
}

// caseBotFirst: the customer's owner is the bot.
func caseBotFirst(t *testing.T, _ routingCase) {
	l := newLedger()
	l.sit(agent("human", "q"))
	l.sit(agent("bot", "q"))
	rm := open(t, mini(t), l, newHouse(desk.Queue{ID: "q"}), newLatch(), fast()).start()
	w := chat("c1", "q", 1)
	w.Prefer = []desk.Preference{{Agent: "bot", Until: l.now().Add(time.Minute), Rule: "owner"}}
	l.queue(w)
	if got := rm.ringing("bot"); got.Conversation != "c1" {
		t.Errorf("bot: got %s, want c1", got.Conversation)
	}
}

// caseHandOver: a transfer makes the other agent the only owner.
func caseHandOver(t *testing.T, _ routingCase) {
	l := newLedger()
	l.sit(agent("amy", "q"))
	l.sit(agent("bob", "q"))
	rm := open(t, mini(t), l, newHouse(desk.Queue{ID: "q", AutoAccept: []desk.Medium{desk.Chat}}), newLatch(), fast()).start()
	w := chat("chat1", "q", 1)
	w.Prefer = []desk.Preference{{Agent: "amy", Until: l.now().Add(time.Minute), Rule: "owner"}}
	l.queue(w)
	eventually(t, "amy has it", func() bool { return l.ownerOf("chat1") == "amy" })
	l.release("chat1", "transfer", false)
	w.Prefer = []desk.Preference{{Agent: "bob", Until: l.now().Add(time.Minute), Rule: "transfer"}}
	l.queue(w)
	eventually(t, "bob has it", func() bool { return l.ownerOf("chat1") == "bob" })
	eventually(t, "amy holds nothing", func() bool { return rm.rdb.HLen(context.Background(), rm.keys.held("amy")).Val() == 0 })
}

// caseConditions says the expression in our words: a language is what an agent speaks or does not; what asks nothing is
// for everybody.
func caseConditions(t *testing.T, c routingCase) {
	var want bool
	if err := json.Unmarshal(c.Expect, &want); err != nil {
		t.Fatal(err)
	}
	s := agent("worker", "q")
	s.Languages = []string{"en", "es"}
	got := s.Skilled(nil)
	if c.ID == "tr-expr-4" {
		got = speaks(&s, "fr")
	}
	if got != want {
		t.Errorf("got %t, want %t", got, want)
	}
}
