package router

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"yingda/desk"
)

// paced is a mirror that has seen enough chats to say how long a wait takes: six minutes each.
func paced(m *mirror) *mirror {
	for range 2 * paceEnough {
		m.pace.add("help", desk.Chat, 6*time.Minute)
	}
	return m
}

// Who is in a meeting that leaves mail alone is no place for a chat: not in what a waiting customer is told, and not
// in a queue's limit.
func TestWaitsCountWhoMayTakeTheMedium(t *testing.T) {
	t.Parallel()
	cfg := Default()
	m := paced(newMirror(newHouse(desk.Queue{ID: "help"}), &cfg))
	sit := func(id string, state desk.PresenceState, takes ...desk.Medium) {
		s := agent(id, "help")
		s.Presence, s.Takes = desk.Presence{Agent: s.Agent, State: state}, takes
		m.seat(s, dawn)
	}
	sit("bo", desk.Away, desk.Email)
	if _, wait, known := m.line("help", desk.Chat, dawn); known {
		t.Errorf("nobody takes chats: got %v, want nothing known", wait)
	}
	sit("ann", desk.Available)
	for i := range 6 {
		m.enqueue(chat(conv(i), "help", i), dawn)
	}
	places, free := m.places(m.items["c0"], dawn)
	if places != 3 || free != 3 {
		t.Errorf("places for chats: got %v, %v free, want ann's 3", places, free)
	}
}

// A queue's limit goes by the same range as its customers are told, for who would stand at the end of the line.
func TestLimitGoesByWhatCustomersAreTold(t *testing.T) {
	t.Parallel()
	cfg := Default()
	m := paced(newMirror(newHouse(desk.Queue{ID: "help"}), &cfg))
	s := agent("ann", "help")
	s.Presence = desk.Presence{Agent: "ann", State: desk.Available}
	m.seat(s, dawn)
	for i := range 8 {
		m.enqueue(chat(conv(i), "help", i), dawn)
		m.enqueue(mail("m"+conv(i), "help", i), dawn) // keeps no chat waiting
	}
	waiting, wait, known := m.line("help", desk.Chat, dawn)
	last := m.enqueue(chat("last", "help", 1000), dawn)
	_, high, ok := m.awaits(last, dawn)
	if waiting != 16 || wait != high || !known || !ok || wait == 0 {
		t.Errorf("the line: got %d, %v %t, want 16 and what the last is told, %v %t", waiting, wait, known, high, ok)
	}
	g := m.gauge(paceKey{"help", desk.Chat})
	g.n, g.inside = WaitEnough, 0 // ranges were wrong
	if _, wait, known = m.line("help", desk.Chat, dawn); known {
		t.Errorf("ranges that do not hold: got %v, want nothing known", wait)
	}
}

// A node that does not lead keeps in time as well: a shift begins there, steps come, and what only a leader looks at
// does not pile up.
func TestFollowerKeepsTime(t *testing.T) {
	t.Parallel()
	l := newLedger()
	early := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	var now atomic.Pointer[time.Time]
	now.Store(&early)
	l.now = func() time.Time { return *now.Load() }
	s := agent("ann", "help")
	s.Presence = desk.Presence{Agent: "ann", State: desk.Available, Since: early.Add(-18 * time.Hour)}
	s.Shifts = []desk.Shift{{Calendar: "day"}}
	l.sit(s)
	held := newLatch()
	held.sem <- struct{}{} // another node leads
	rm := open(t, mini(t), l, newHouse(desk.Queue{ID: "help", Overflow: []desk.Overflow{{After: 3600, Queue: "more"}}}), held, fast())
	rm.hours = officeHours{}
	rm.start()
	w := chat("c1", "help", 60)
	w.Since = early
	l.queue(w)
	eventually(t, "it is heard of", func() bool { _, ok := rm.Position("c1"); return ok })
	rm.mu.Lock()
	paced(rm.m)
	rm.mu.Unlock()
	if _, _, known := rm.Line("help", desk.Chat); known {
		t.Error("before the shift: a wait is known, want none")
	}
	nine := early.Add(time.Hour)
	now.Store(&nine)
	eventually(t, "the shift begins on the follower", func() bool { _, _, known := rm.Line("help", desk.Chat); return known })
	rm.mu.RLock()
	defer rm.mu.RUnlock()
	if got := len(rm.m.items["c1"].stage.queues); got != 2 {
		t.Errorf("queues that may have it after the step: got %d, want 2", got)
	}
	if n := len(rm.m.works) + len(rm.m.freed); n != 0 {
		t.Errorf("kept for a leader: got %d, want nothing", n)
	}
}

// stuckDesk does not come back from deeds.
type stuckDesk struct {
	*ledger
	let chan struct{}
}

// Act is Desk.
func (s stuckDesk) Act(ctx context.Context, a desk.Act) error {
	select {
	case <-s.let:
	case <-ctx.Done():
	}
	return s.ledger.Act(ctx, a)
}

// deeds is work with so many deeds of steps that have come.
func deeds(n int) desk.Work {
	w := chat("c1", "help", 60)
	w.Plan = &desk.Plan{Policy: "help"}
	for i := range n {
		w.Plan.Steps = append(w.Plan.Steps, desk.Step{Do: desk.DoAlert, Text: conv(i)})
	}
	return w
}

// A desk that stands still holds nobody up: what is to be told waits outside the router's locks, and offers stop before
// it is too much.
func TestNobodyWaitsForTheDesk(t *testing.T) {
	t.Parallel()
	l := newLedger()
	rm := open(t, mini(t), l, newHouse(desk.Queue{ID: "help"}), newLatch(), fast())
	let := make(chan struct{})
	rm.desk = stuckDesk{l, let}
	rm.start()
	l.queue(deeds(mostUntold + 100))
	eventually(t, "the deeds are asked for", func() bool { return rm.rec.crowded() })
	if pos, ok := rm.Position("c1"); !ok || pos != 1 {
		t.Errorf("position while the desk stands still: got %d %t, want 1", pos, ok)
	}
	rm.house.mu.Lock()
	rm.house.agents["ann"] = desk.Agent{ID: "ann", Queues: []desk.QueueID{"help"}}
	rm.house.mu.Unlock()
	l.sit(agent("ann", "help"))
	l.mu.Lock()
	l.append("ann", desk.AboutSetting, desk.SettingChanged{Setting: desk.SettingAgent, ID: "ann"})
	l.append("ann", desk.AboutAgent, desk.PresenceChanged{To: desk.Presence{Agent: "ann", State: desk.Available}})
	l.mu.Unlock()
	eventually(t, "facts are taken in", func() bool {
		rm.turn.Lock()
		defer rm.turn.Unlock()
		return rm.applied == 3
	})
	if n, err := rm.place(t.Context()); n != 0 || err != nil {
		t.Errorf("offers while the desk is far behind: got %d %v, want none", n, err)
	}
	close(let)
	rm.ringing("ann")
}

// A deed that could not be done waits; the conversation's next step does not.
func TestDeedAskedAgainMovesNoStep(t *testing.T) {
	t.Parallel()
	cfg := Default()
	rm := open(t, mini(t), newLedger(), newHouse(desk.Queue{ID: "help"}), newLatch(), cfg)
	clock := dawn
	rm.now = func() time.Time { return clock }
	w := deeds(1)
	w.Plan.Steps = append(w.Plan.Steps, desk.Step{After: 2, Hold: true, Queues: []desk.QueueID{"more"}})
	rm.m.enqueue(w, clock)
	rm.act()
	rm.actLater(desk.Act{Conversation: "c1", Step: 0})
	it := rm.m.items["c1"]
	if want := dawn.Add(2 * time.Second); !it.wake.Equal(want) {
		t.Fatalf("looked at again: got %v, want at its step, %v", it.wake, want)
	}
	clock = it.wake
	rm.m.due(clock)
	if len(it.stage.queues) != 2 || rm.m.acts["c1"] {
		t.Errorf("at its step: got queues %v, asked again %t, want the step taken and the deed left alone", it.stage.queues, rm.m.acts["c1"])
	}
	if want := dawn.Add(actAgain); !it.wake.Equal(want) {
		t.Fatalf("the deed: got %v, want at %v", it.wake, want)
	}
	clock = it.wake
	if rm.m.due(clock); !rm.m.acts["c1"] || len(it.asked) != 0 {
		t.Errorf("in a while: got asked %t, want the deed asked for again", rm.m.acts["c1"])
	}
}
