package router

import (
	"slices"
	"strings"
	"testing"
	"time"

	"yingda/desk"
)

// An offer says who was passed over and why; a waiting agent is told what stands between.
func TestOfferTellsWhoWasPassedOver(t *testing.T) {
	t.Parallel()
	rules := map[desk.QueueID]desk.Queue{"help": {ID: "help", Rule: desk.LongestIdle}}
	cfg := Default()
	m := newMirror(&house{queues: rules}, &cfg)
	now := dawn
	sit := func(id string, idle time.Duration, edit func(*desk.Seat)) {
		s := agent(id, "help")
		s.Presence = desk.Presence{Agent: s.Agent, State: desk.Available}
		s.IdleSince = now.Add(-idle)
		s.Skills = []desk.Skill{{Name: "french", Level: 3}}
		if edit != nil {
			edit(&s)
		}
		m.seat(s, now)
	}
	sit("ann", time.Hour, nil)
	sit("bob", time.Minute, nil)
	sit("cai", time.Minute, func(s *desk.Seat) { s.Presence.State = desk.Away })
	sit("dan", time.Minute, func(s *desk.Seat) { s.Skills = nil })
	sit("eve", time.Minute, func(s *desk.Seat) { s.Capacity = 20 })
	w := chat("c1", "help", 60)
	w.Skills = []desk.Skill{{Name: "french", Level: 3}}
	m.enqueue(w, now)
	made := m.settle(now, 10, testID)
	if len(made) != 1 || made[0].Agent != "ann" {
		t.Fatalf("got %+v, want one offer to ann", made)
	}
	got := map[string]string{}
	for _, why := range made[0].Why {
		if who, reason, ok := strings.Cut(why.Value, " "); ok && why.Rule == "passed" {
			got[who] = reason
		}
		if why.Rule == "considered" && why.Value != "5" {
			t.Errorf("considered: got %s, want 5", why.Value)
		}
	}
	for who, want := range map[string]string{"bob": "behind idle=1m0s", "cai": "away", "dan": "skill", "eve": "full"} {
		if got[who] != want {
			t.Errorf("%s: got %q, want %q", who, got[who], want)
		}
	}
}

func TestWhyIdle(t *testing.T) {
	t.Parallel()
	l := newLedger()
	ann := agent("ann", "help")
	ann.Capacity = 50
	l.sit(ann)
	rm := open(t, mini(t), l, newHouse(desk.Queue{ID: "help"}), newLatch(), fast()).start()
	hard := chat("hard", "help", 10)
	hard.Skills = []desk.Skill{{Name: "french", Level: 3}}
	l.queue(chat("c0", "help", 1), hard, chat("c1", "help", 20), chat("c2", "help", 30))
	rm.ringing("ann")
	eventually(t, "three wait", func() bool { return rm.Board()[0].Waiting == 3 })
	st, ok := rm.WhyIdle("ann")
	if !ok || st.Load != 30 || st.Capacity != 50 || st.Waiting != 3 || len(st.Idle) != 2 {
		t.Fatalf("got %+v %t, want load 30 of 50 and three waiting in two groups", st, ok)
	}
	if a, b := st.Idle[0], st.Idle[1]; a.First != "hard" || a.Reason != "full" || b.First != "c1" || b.Count != 2 || b.Reason != "full" {
		t.Errorf("got %+v", st.Idle)
	}
	if _, ok := rm.WhyIdle("nobody"); ok {
		t.Error("nobody: got a standing, want none")
	}
}

// Who serves none of the queues it is in does not stand in the way, however far away or busy; who serves two of them
// counts once.
func TestOnlyTheQueuesOwnAgentsAreNamed(t *testing.T) {
	t.Parallel()
	cfg := Default()
	m := newMirror(newHouse(desk.Queue{ID: "help", Overflow: []desk.Overflow{{After: 10, Queue: "sales"}}}, desk.Queue{ID: "sales"}), &cfg)
	now := dawn
	r := &Router{m: m, now: func() time.Time { return now }}
	sit := func(id string, state desk.PresenceState, queues ...desk.QueueID) {
		s := agent(id, queues...)
		s.Presence = desk.Presence{Agent: s.Agent, State: state}
		m.seat(s, now)
	}
	sit("both", desk.Away, "help", "sales")
	sit("own", desk.Offline, "help")
	sit("far", desk.Away, "sales")
	sit("strange", desk.Away, "returns")
	m.enqueue(chat("c1", "help", 60), now)
	names := func() (out []string) {
		for _, h := range r.WhyNot("c1") {
			out = append(out, string(h.Agent)+" "+h.Reason)
		}
		return out
	}
	if got, want := names(), []string{"both away", "own away"}; !slices.Equal(got, want) {
		t.Errorf("at first: got %v, want %v", got, want)
	}
	now = now.Add(11 * time.Second)
	m.place(m.items["c1"], now)
	if got, want := names(), []string{"both away", "far away", "own away"}; !slices.Equal(got, want) {
		t.Errorf("after the overflow: got %v, want %v", got, want)
	}
	sit("own", desk.Available, "help")
	made := m.settle(now, 1, testID)
	if len(made) != 1 || !slices.Contains(made[0].Why, desk.Reason{Rule: "considered", Value: "3"}) {
		t.Errorf("got %+v, want one offer and three considered", made)
	}
	named := chat("c2", "help", 60)
	named.Since, named.Prefer = now, []desk.Preference{{Agent: "strange", Until: now.Add(time.Minute), Rule: "owner"}}
	m.enqueue(named, now)
	it := m.items["c2"]
	it.prefer = named.Prefer[0] // as if it waited for somebody of another queue
	why := r.WhyNot("c2")
	if i := slices.IndexFunc(why, func(h Hindrance) bool { return h.Agent == "strange" }); i < 0 || why[i].Reason != "away" {
		t.Errorf("got %+v, want who is asked for by name among them", why)
	}
}

func TestStandingReason(t *testing.T) {
	t.Parallel()
	for want, st := range map[string]Standing{
		IdleAway:       {Presence: desk.WrapUp},
		IdleNoQueue:    {Presence: desk.Available},
		IdleNothing:    {Presence: desk.Available, Queues: []desk.QueueID{"q"}},
		IdleOutOfReach: {Presence: desk.Available, Queues: []desk.QueueID{"q"}, Waiting: 1, Idle: []Idle{{Reason: "skill"}}},
		IdleNext:       {Presence: desk.Available, Queues: []desk.QueueID{"q"}, Waiting: 1, Idle: []Idle{{}}},
	} {
		d := doorsOf(&desk.Seat{Presence: desk.Presence{State: st.Presence}}, nil, dawn)
		if got := st.reason(&d); got != want {
			t.Errorf("%+v: got %s, want %s", st, got, want)
		}
	}
}

// Behind twenty groups that the agent has no skill for comes one that is theirs: it is not shown, but it is the answer.
func TestStandingReasonLooksBehindTheFirstGroups(t *testing.T) {
	t.Parallel()
	cfg := Default()
	m := newMirror(newHouse(desk.Queue{ID: "help"}), &cfg)
	r := &Router{m: m, now: func() time.Time { return dawn }}
	s := agent("ann", "help")
	s.Presence = desk.Presence{Agent: s.Agent, State: desk.Available}
	m.seat(s, dawn)
	for i := range idleGroups + 1 {
		w := chat(conv(i), "help", i)
		if i < idleGroups {
			w.Skills = []desk.Skill{{Name: conv(i), Level: 1}}
		}
		m.enqueue(w, dawn)
	}
	st, _ := r.WhyIdle("ann")
	if st.Reason != IdleNext || len(st.Idle) != idleGroups || st.Waiting != idleGroups+1 {
		t.Errorf("got %s, %d groups of %d waiting, want next, %d of %d", st.Reason, len(st.Idle), st.Waiting, idleGroups, idleGroups+1)
	}
}
