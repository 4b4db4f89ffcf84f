package agents_test

import (
	"testing"
	"time"

	"yingda/agents"
	"yingda/desk"
)

func (h *house) presence(t *testing.T, a desk.AgentID) desk.Presence {
	t.Helper()
	all, err := h.db.Presences(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range all {
		if p.Agent == a {
			return p
		}
	}
	return desk.Presence{Agent: a, State: desk.Offline}
}

// by sets ann's presence by her own hand.
func (h *house) by(t *testing.T, m desk.Mode) error {
	t.Helper()
	m.Agent = ann
	return h.desk.SetPresence(t.Context(), desk.AgentActor(ann, desk.RoleAgent), m)
}

// work opens a conversation in an inbox of the support queue and gives it to ann.
func (h *house) work(t *testing.T, inbox desk.InboxID, m desk.Medium) desk.ConversationID {
	t.Helper()
	h.save(t, desk.SettingInbox, string(inbox), desk.Inbox{ID: inbox, Name: "In", Medium: m, Queue: "support", Enabled: true, Address: string(inbox) + "@yingda.test"})
	got, err := h.desk.Receive(t.Context(), desk.Inbound{
		Inbox: inbox, Medium: m, External: "x" + string(inbox), At: h.now(), From: desk.Identity{Kind: desk.ByEmail, Value: "kim@customer.test"},
		Message: desk.Message{Body: desk.Body{Text: "hello"}, From: desk.Address{Address: "kim@customer.test"}},
	})
	if err != nil {
		t.Fatalf("receive: %v", err)
	}
	if err := h.desk.Assign(t.Context(), desk.Assign{Conversation: got.Conversation, Agent: ann, Actor: desk.System(), Offer: desk.OfferID(newID())}); err != nil {
		t.Fatalf("assign: %v", err)
	}
	return got.Conversation
}

func (h *house) holder(t *testing.T, id desk.ConversationID) desk.AgentID {
	t.Helper()
	c, _, err := h.db.Conversation(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return c.Assignee
}

// A focus block ends by itself, within the limit the administrator set, and what is held stays.
func TestFocusBlock(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	tr := h.tracker("n1")
	ctx := t.Context()
	h.is(t, ann, desk.Available)
	held := h.work(t, "mail", desk.Email)
	h.save(t, desk.SettingReason, desk.ReasonFocus, desk.AwayReason{Name: map[string]string{"en": "Focus"}, Most: 45})
	focus := desk.Mode{State: desk.Away, Reason: desk.ReasonFocus, Until: h.now().Add(time.Hour)}
	if got := desk.ReasonOf(h.by(t, focus)); got != "away_too_long" {
		t.Errorf("an hour where 45 minutes are allowed: got %q, want away_too_long", got)
	}
	focus.Until = h.now().Add(-time.Minute)
	if got := desk.ReasonOf(h.by(t, focus)); got != "away_in_past" {
		t.Errorf("until a minute ago: got %q, want away_in_past", got)
	}
	focus.Until = time.Time{}
	if err := h.by(t, focus); err != nil {
		t.Fatalf("focus: %v", err)
	}
	if got, want := h.presence(t, ann).Until, h.now().Add(45*time.Minute); !got.Equal(want) {
		t.Errorf("until: got %v, want the limit, %v", got, want)
	}
	agents.Beat(ctx, t, tr)
	if err := tr.Opened(ctx, ann); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		after time.Duration
		want  desk.PresenceState
	}{{44 * time.Minute, desk.Away}, {time.Minute, desk.Available}} {
		h.pass(step.after)
		agents.Beat(ctx, t, tr)
		if got := h.state(t, ann); got != step.want {
			t.Errorf("%v later: got %s, want %s", step.after, got, step.want)
		}
	}
	if got := h.holder(t, held); got != ann {
		t.Errorf("what she held: got %q, want ann", got)
	}
	if got := desk.ReasonOf(h.by(t, desk.Mode{State: desk.Away, Reason: "siesta"})); got != "reason_unknown" {
		t.Errorf("a reason nobody defined: got %q, want reason_unknown", got)
	}
}

// Planned leave begins and ends by itself; work goes back, but for what the queue lets an absent agent keep (peers A15).
func TestLeaveBeginsAndEnds(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	tr := h.tracker("n1")
	ctx := t.Context()
	if err := h.try(desk.SettingQueue, "support", 1, desk.Queue{ID: "support", Name: "Support", KeepOnLeave: []desk.Medium{desk.Email}}); err != nil {
		t.Fatal(err)
	}
	h.is(t, ann, desk.Available)
	mail, chat := h.work(t, "mail", desk.Email), h.work(t, "web", desk.Chat)
	from := h.now().Add(time.Hour)
	plan := []desk.Absence{{ID: "l1", From: from, To: from.Add(2 * time.Hour), Deputy: bo}}
	set, err := h.desk.PlanLeave(ctx, desk.AgentActor(ann, desk.RoleAgent), ann, 0, plan)
	if err != nil {
		t.Fatalf("plan: %v", err)
	}
	if err := tr.Opened(ctx, ann); err != nil {
		t.Fatal(err)
	}
	agents.Beat(ctx, t, tr)
	if got := h.state(t, ann); got != desk.Available {
		t.Errorf("before: got %s, want available", got)
	}
	h.pass(time.Hour)
	agents.Beat(ctx, t, tr)
	if p := h.presence(t, ann); p.State != desk.Away || p.Reason != desk.ReasonOnLeave || !p.Until.Equal(plan[0].To) {
		t.Errorf("in it: got %+v, want away on leave until its end", p)
	}
	if a, b := h.holder(t, mail), h.holder(t, chat); a != ann || b != "" {
		t.Errorf("held: got mail %q chat %q, want ann's mail kept and the chat back", a, b)
	}
	plan[0].To = plan[0].To.Add(-time.Hour) // she is back early
	if _, err := h.desk.PlanLeave(ctx, desk.AgentActor(ann, desk.RoleAgent), ann, set.Version, plan); err != nil {
		t.Fatalf("shorten: %v", err)
	}
	h.pass(time.Hour)
	agents.Beat(ctx, t, tr)
	if got := h.state(t, ann); got != desk.Available {
		t.Errorf("after: got %s, want available", got)
	}
}

// Only oneself and supervisors plan leave, and it must make sense.
func TestLeaveIsChecked(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	now := h.now()
	day := func(from, to int) desk.Absence {
		return desk.Absence{ID: newID(), From: now.Add(time.Duration(from) * 24 * time.Hour), To: now.Add(time.Duration(to) * 24 * time.Hour)}
	}
	self := day(1, 2)
	self.Deputy = ann
	for _, tc := range []struct {
		name string
		by   desk.Actor
		plan []desk.Absence
		want string
	}{
		{"a colleague", desk.AgentActor("dan", desk.RoleAgent), []desk.Absence{day(1, 2)}, "supervisors_only"},
		{"backwards", desk.AgentActor(ann, desk.RoleAgent), []desk.Absence{day(2, 1)}, "setting_invalid"},
		{"twice at once", desk.AgentActor(ann, desk.RoleAgent), []desk.Absence{day(1, 3), day(2, 4)}, "leave_overlaps"},
		{"oneself as deputy", desk.AgentActor(ann, desk.RoleAgent), []desk.Absence{self}, "setting_invalid"},
		{"by a supervisor", desk.AgentActor(bo, desk.RoleSupervisor), []desk.Absence{day(1, 2)}, ""},
	} {
		_, err := h.desk.PlanLeave(t.Context(), tc.by, ann, 0, tc.plan)
		if got := desk.ReasonOf(err); got != tc.want {
			t.Errorf("%s: got %q, want %q", tc.name, got, tc.want)
		}
	}
}

// A wrap-up until done lasts until its agent says so; Until is only when a supervisor sees that it takes long.
func TestWrapUpUntilDone(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	tr := h.tracker("n1")
	ctx := t.Context()
	if err := h.try(desk.SettingQueue, "support", 1, desk.Queue{ID: "support", Name: "Support", WrapUpMost: map[desk.Medium]int{desk.Chat: 120}}); err != nil {
		t.Fatal(err)
	}
	h.is(t, ann, desk.Available)
	if err := tr.Opened(ctx, ann); err != nil {
		t.Fatal(err)
	}
	agents.Beat(ctx, t, tr)
	id := h.work(t, "web", desk.Chat)
	e := desk.Event{Subject: desk.Subject{Kind: desk.AboutConversation, ID: string(id)}, At: h.now(), Fact: desk.Released{Agent: ann, Why: "resolved"}}
	if err := tr.Listen(ctx, e); err != nil {
		t.Fatal(err)
	}
	agents.Beat(ctx, t, tr)
	h.pass(time.Hour)
	agents.Beat(ctx, t, tr)
	if p := h.presence(t, ann); p.State != desk.WrapUp || p.Reason != desk.UntilDone || !p.Until.Equal(e.At.Add(2*time.Minute)) {
		t.Errorf("an hour later: got %+v, want wrap-up, long since two minutes after the chat", p)
	}
	if err := h.by(t, desk.Mode{State: desk.Available}); err != nil || h.state(t, ann) != desk.Available {
		t.Errorf("done: got %s (%v), want available", h.state(t, ann), err)
	}
}
