package agents_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"yingda/agents"
	"yingda/desk"
)

// node is a tracker that tests step by hand.
func (h *house) tracker(node string) *agents.Tracker {
	return agents.NewTracker(agents.TrackerDeps{
		Log: slog.New(slog.DiscardHandler), Now: h.now, Node: node, Sockets: h.db, Desk: h.desk, Conversations: h.db, Dir: h.db.Directory,
	}, agents.Default())
}

func (h *house) state(t *testing.T, a desk.AgentID) desk.PresenceState {
	t.Helper()
	all, err := h.db.Presences(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range all {
		if p.Agent == a {
			return p.State
		}
	}
	return desk.Offline
}

func (h *house) is(t *testing.T, a desk.AgentID, s desk.PresenceState) {
	t.Helper()
	if err := h.desk.SetPresence(t.Context(), desk.System(), desk.Mode{Agent: a, State: s}); err != nil {
		t.Fatal(err)
	}
}

// UP-R3: a page in the background for eight hours changes nothing; the last socket's end does, after the grace.
func TestOfflineOnlyWithoutSockets(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	tr := h.tracker("n1")
	ctx := t.Context()
	h.is(t, ann, desk.Available)
	if err := tr.Opened(ctx, ann); err != nil {
		t.Fatal(err)
	}
	for range 8 * 60 {
		h.pass(time.Minute)
		agents.Beat(ctx, t, tr)
	}
	if got := h.state(t, ann); got != desk.Available {
		t.Fatalf("after eight hours in the background: got %s, want available", got)
	}
	if err := tr.Closed(ctx, ann); err != nil {
		t.Fatal(err)
	}
	agents.Beat(ctx, t, tr)
	h.pass(59 * time.Second)
	agents.Beat(ctx, t, tr)
	if got := h.state(t, ann); got != desk.Available {
		t.Errorf("59 s after the last socket: got %s, want available", got)
	}
	h.pass(2 * time.Second)
	agents.Beat(ctx, t, tr)
	if got := h.state(t, ann); got != desk.Offline {
		t.Errorf("61 s after the last socket: got %s, want offline", got)
	}
}

// A page that reloads, or moves to another node, is never gone.
func TestReconnectWithinGrace(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	one, two := h.tracker("n1"), h.tracker("n2")
	ctx := t.Context()
	h.is(t, ann, desk.Available)
	both := func() { agents.Beat(ctx, t, one); agents.Beat(ctx, t, two) }
	_ = one.Opened(ctx, ann)
	for range 10 {
		_ = one.Closed(ctx, ann)
		both()
		h.pass(50 * time.Second)
		_ = two.Opened(ctx, ann)
		both()
		h.pass(20 * time.Second)
		both()
		_ = two.Closed(ctx, ann)
		both()
		h.pass(50 * time.Second)
		_ = one.Opened(ctx, ann)
		both()
	}
	if got := h.state(t, ann); got != desk.Available {
		t.Errorf("after twenty moves: got %s, want available", got)
	}
}

// A node that dies takes its sockets with it: its agents are offline at most 90 s later.
func TestDeadNode(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	dead, alive := h.tracker("dead"), h.tracker("alive")
	ctx := t.Context()
	h.is(t, ann, desk.Available)
	_ = dead.Opened(ctx, ann)
	agents.Beat(ctx, t, dead)
	agents.Beat(ctx, t, alive)
	for waited := time.Duration(0); waited <= 90*time.Second; waited += 5 * time.Second {
		h.pass(5 * time.Second)
		agents.Beat(ctx, t, alive)
	}
	if got := h.state(t, ann); got != desk.Offline {
		t.Errorf("95 s after the node died: got %s, want offline", got)
	}
}

// Wrap-up follows a call, lasts as long as the queue says, and ends by itself.
func TestWrapUpAfterCall(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	tr := h.tracker("n1")
	ctx := t.Context()
	h.is(t, ann, desk.Available)
	agents.Beat(ctx, t, tr) // reads who is there
	h.save(t, desk.SettingInbox, "line", desk.Inbox{ID: "line", Name: "Line", Medium: desk.Voice, Queue: "support", Enabled: true})
	in, err := h.desk.Receive(ctx, desk.Inbound{
		Inbox: "line", Medium: desk.Voice, External: "c1", At: h.now(), From: desk.Identity{Kind: desk.ByPhone, Value: "+8613800138000"},
	})
	if err != nil {
		t.Fatalf("receive: %v", err)
	}
	call := desk.Call{ID: "c1", Agent: ann, AnsweredAt: h.now(), EndedAt: h.now()}
	ended := desk.Event{
		Subject: desk.Subject{Kind: desk.AboutConversation, ID: string(in.Conversation)}, At: h.now(), Fact: desk.CallEnded{Call: call},
	}
	if err := tr.Listen(ctx, ended); err != nil {
		t.Fatalf("listen: %v", err)
	}
	if got := h.state(t, ann); got != desk.WrapUp {
		t.Fatalf("after the call: got %s, want wrap_up", got)
	}
	agents.Beat(ctx, t, tr)
	h.pass(29 * time.Second)
	agents.Beat(ctx, t, tr)
	if got := h.state(t, ann); got != desk.WrapUp {
		t.Errorf("29 s after the call: got %s, want wrap_up", got)
	}
	h.pass(time.Second)
	agents.Beat(ctx, t, tr)
	if got := h.state(t, ann); got != desk.Available {
		t.Errorf("30 s after the call: got %s, want available", got)
	}
	h.is(t, ann, desk.Away)
	agents.Beat(ctx, t, tr)
	if err := tr.Listen(ctx, ended); err != nil || h.state(t, ann) != desk.Away {
		t.Errorf("the fact again while away: got %s (%v), want away", h.state(t, ann), err)
	}
}

// Run stops when told to and leaves no row behind.
func TestTrackerRun(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	tr := h.tracker("n1")
	if err := tr.Opened(t.Context(), ann); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- tr.Run(ctx) }()
	stop()
	if err := <-done; err != nil {
		t.Errorf("run: got %v, want nil", err)
	}
	if on, err := h.db.Connected(t.Context(), h.now().Add(-time.Minute)); err != nil || len(on) != 0 {
		t.Errorf("connected after the stop: got %v (%v), want nobody", on, err)
	}
}

// What an agent did meanwhile stands, however late another node, or this one, is with what it saw before.
func TestALateTurnChangesNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := t.Context()
	early, late := h.tracker("n1"), h.tracker("n2")
	for _, tr := range []*agents.Tracker{early, late} {
		if err := tr.Opened(ctx, ann); err != nil {
			t.Fatal(err)
		}
	}
	pause := desk.Mode{State: desk.Away, Reason: "break", Until: h.now().Add(10 * time.Minute)}
	if err := h.by(t, pause); err != nil {
		t.Fatal(err)
	}
	agents.Beat(ctx, t, early)
	agents.Beat(ctx, t, late)
	h.pass(10 * time.Minute)
	agents.Turn(ctx, t, early)
	if got := h.state(t, ann); got != desk.Available {
		t.Fatalf("the break is over: got %s, want available", got)
	}
	h.pass(time.Millisecond)
	if err := h.by(t, desk.Mode{State: desk.Away, Reason: "lunch"}); err != nil {
		t.Fatal(err)
	}
	agents.Turn(ctx, t, late)
	if p := h.presence(t, ann); p.State != desk.Away || p.Reason != "lunch" {
		t.Errorf("after the late node's turn: got %+v, want her lunch", p)
	}
	// She left right after a chat: the chat's end is heard of while she still looks available here.
	if err := h.try(desk.SettingQueue, "support", 1, desk.Queue{ID: "support", Name: "Support", WrapUp: map[desk.Medium]int{desk.Chat: 60}}); err != nil {
		t.Fatal(err)
	}
	h.pass(time.Minute)
	h.is(t, ann, desk.Available)
	agents.Beat(ctx, t, early)
	id := h.work(t, "web", desk.Chat)
	h.pass(time.Second)
	if err := h.by(t, desk.Mode{State: desk.Away, Reason: "lunch"}); err != nil {
		t.Fatal(err)
	}
	e := desk.Event{Subject: desk.Subject{Kind: desk.AboutConversation, ID: string(id)}, At: h.now(), Fact: desk.Released{Agent: ann, Why: "resolved"}}
	if err := early.Listen(ctx, e); err != nil {
		t.Fatal(err)
	}
	if p := h.presence(t, ann); p.State != desk.Away || p.Reason != "lunch" {
		t.Errorf("after the chat's end: got %+v, want her lunch, no wrap-up that ends in new work", p)
	}
}
