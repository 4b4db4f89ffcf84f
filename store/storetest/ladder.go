package storetest

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yingda/desk"
	"yingda/sla"
	"yingda/store"
)

// house is two nodes' tickers and climbers over one record, with a clock the test moves.
type house struct {
	t    *testing.T
	db   *store.DB
	desk *desk.Service
	now  atomic.Int64 // Unix ms
	stop func()       // stops all of them
}

// ladderBook promises mail within an hour, and tells of a breach at once, after ten minutes and after an hour.
func ladderBook(t *testing.T) *sla.Book {
	t.Helper()
	to := func(kinds ...desk.RecipientKind) (out []desk.Recipient) {
		for _, k := range kinds {
			out = append(out, desk.Recipient{Kind: k})
		}
		return out
	}
	b, err := sla.NewBook([]sla.Policy{{
		ID: "p", Name: "p", Targets: []sla.Promise{{Target: desk.FirstResponse, Within: 3600}}, Warnings: []int{50},
		Ladder: []sla.Step{
			{Level: 50, To: to(desk.ToAssignee)},
			{Level: 100, To: to(desk.ToAssignee, desk.ToTeamLeads), Mail: true},
			{Level: 100, After: 10, To: to(desk.ToSupervisors)},
			{Level: 100, After: 60, To: []desk.Recipient{{Kind: desk.ToMail, ID: "duty@firm.test"}}},
		},
	}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func newHouse(t *testing.T, db *store.DB, book *sla.Book) *house {
	t.Helper()
	h := &house{t: t, db: db}
	h.now.Store(day.UnixMilli())
	promises := sla.NewPromises(book)
	h.desk = desk.New(desk.Config{Store: db, Promises: promises, Now: h.clock, NewID: func() string { return id("new") }})
	h.furnish()
	h.start(promises)
	t.Cleanup(func() { h.stop() })
	return h
}

// start runs two nodes; calling it again is a restart.
func (h *house) start(promises *sla.Promises) {
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	cfg, log, ended := sla.Default(), slog.New(slog.DiscardHandler), make(chan struct{}, 4)
	cfg.Every = 10 * time.Millisecond
	for range 2 {
		ticker := sla.NewTicker(sla.Deps{Desk: h.desk, Store: h.db, Promises: promises, Now: h.clock, Log: log}, cfg)
		climber := sla.NewClimber(h.desk, h.db, promises, h.clock, log, cfg)
		for _, run := range []func(context.Context) error{ticker.Run, climber.Run} {
			go func() { _ = run(ctx); ended <- struct{}{} }() // nil after a clean stop
		}
	}
	go func() {
		for range cap(ended) {
			<-ended
		}
		close(done)
	}()
	h.stop = func() { stop(); <-done }
}

func (h *house) clock() time.Time { return time.UnixMilli(h.now.Load()).UTC() }

// passes lets time pass, or jump.
func (h *house) passes(d time.Duration) { h.now.Add(d.Milliseconds()) }

func (h *house) furnish() {
	h.t.Helper()
	for _, s := range []desk.Setting{
		{Kind: desk.SettingTeam, ID: "t", Doc: []byte(`{"name":"T","queues":["sales"],"leads":["lea"]}`)},
		{Kind: desk.SettingAgent, ID: "ann", Doc: []byte(`{"name":"Ann","email":"ann@firm.test","role":"agent","teams":["t"]}`)},
		{Kind: desk.SettingAgent, ID: "lea", Doc: []byte(`{"name":"Lea","email":"lea@firm.test","role":"supervisor"}`)},
		{Kind: desk.SettingAgent, ID: "sue", Doc: []byte(`{"name":"Sue","email":"sue@firm.test","role":"supervisor","queues":["sales"]}`)},
		{Kind: desk.SettingAgent, ID: "tom", Doc: []byte(`{"name":"Tom","email":"tom@firm.test","role":"supervisor","queues":["other"]}`)},
		{Kind: desk.SettingAgent, ID: "off", Doc: []byte(`{"name":"Off","email":"off@firm.test","role":"supervisor","queues":["sales"],"disabled":true}`)},
	} {
		update(h.t, h.db, func(tx desk.Tx) error { return tx.SaveSetting(s) })
	}
}

// mail is a new conversation whose first response runs from now, assigned to ann.
func (h *house) mail(promises *sla.Book) desk.ConversationID {
	h.t.Helper()
	c := conversation(func(c *desk.Conversation) { c.Assignee = "ann" })
	clocks := promises.Advance(c, nil, []desk.Fact{desk.MessageReceived{Number: 1}}, h.clock())
	update(h.t, h.db, func(tx desk.Tx) error { return tx.SaveConversation(c, clocks, "") })
	return c.ID
}

// told lists what was announced and escalated, in order, by conversation.
func (h *house) told(id desk.ConversationID) (out []string) {
	h.t.Helper()
	for _, e := range all(h.t.Context(), h.t, h.db) {
		if e.Subject.ID != string(id) {
			continue
		}
		switch f := e.Fact.(type) {
		case desk.ClockWarned:
			out = append(out, fmt.Sprintf("%v warned %d", e.At.Sub(day), f.Level))
		case desk.ClockBreached:
			out = append(out, fmt.Sprintf("%v breached", e.At.Sub(day)))
		case desk.ClockEscalated:
			out = append(out, fmt.Sprintf("%v step %d/%d %v", e.At.Sub(day), f.Level, f.Step, f.Told))
		case desk.ClockAcknowledged:
			out = append(out, fmt.Sprintf("%v %s has it", e.At.Sub(day), f.Agent))
		}
	}
	return out
}

// hears waits until exactly want was told of a conversation.
func (h *house) hears(id desk.ConversationID, want ...string) {
	h.t.Helper()
	poll, limit := time.NewTicker(5*time.Millisecond), time.NewTimer(30*time.Second)
	defer poll.Stop()
	defer limit.Stop()
	for {
		got := h.told(id)
		if len(got) >= len(want) {
			if d := cmp.Diff(want, got); d != "" {
				h.t.Fatalf("told (-want +got):\n%s", d)
			}
			return
		}
		select {
		case <-poll.C:
		case <-limit.C:
			h.t.Fatalf("told: got %q, want %q", got, want)
		}
	}
}

// testLadder: each step once at its moment over two nodes, restarts and jumps of time, until somebody has it in hand or
// the clock ends (UP-S5).
func testLadder(t *testing.T, db *store.DB) {
	book := ladderBook(t)
	h := newHouse(t, db, book)
	late, taken := h.mail(book), h.mail(book)
	h.passes(30 * time.Minute)
	begin := []string{"30m0s warned 50", "30m0s step 50/1 [ann]"}
	h.hears(late, begin...)
	h.hears(taken, begin...)
	ann := desk.AgentActor("ann", desk.RoleAgent)
	if err := h.desk.Acknowledge(t.Context(), ann, taken, desk.FirstResponse); err != nil {
		t.Fatal(err)
	}
	h.passes(31 * time.Minute)
	broken := []string{"1h1m0s breached", "1h1m0s step 100/1 [ann lea]"}
	h.hears(late, append(begin, broken...)...)
	h.hears(taken, append(append(slices.Clone(begin), "30m0s ann has it"), broken...)...) // a breach is another matter than a warning
	must(t, h.desk.Acknowledge(t.Context(), ann, taken, desk.FirstResponse))
	must(t, h.desk.Acknowledge(t.Context(), ann, taken, desk.FirstResponse)) // says nothing new
	h.stop()
	h.passes(3 * time.Hour) // nobody was there: both steps are due, each once
	h.start(sla.NewPromises(book))
	whole := append(append(slices.Clone(begin), broken...), "4h1m0s step 100/2 [lea sue]", "4h1m0s step 100/3 []")
	h.hears(late, whole...)
	marker := h.mail(book)
	h.passes(2 * time.Hour) // long enough for anything that came twice
	h.hears(marker, "6h1m0s breached", "6h1m0s step 100/1 [ann lea]")
	h.hears(late, whole...)
	h.hears(taken, append(append(slices.Clone(begin), "30m0s ann has it"), append(broken, "1h1m0s ann has it")...)...)
	_, clocks, err := db.Conversation(t.Context(), taken)
	if err != nil || len(clocks) != 1 || clocks[0].AckBy != "ann" || !clocks[0].Acknowledged(desk.BreachLevel) {
		t.Errorf("acknowledged clock: got %+v, %v", clocks, err)
	}
	wantReason(t, h.desk.Acknowledge(t.Context(), ann, taken, desk.Callback), "no_clock")
}

// testLadderEnds: a clock that ends ends its ladder, and one that a fact found late before the ticker did has one too.
func testLadderEnds(t *testing.T, db *store.DB) {
	book := ladderBook(t)
	h := newHouse(t, db, book)
	h.stop()
	answered, late := h.mail(book), h.mail(book)
	h.passes(2 * time.Hour)
	for _, id := range []desk.ConversationID{answered, late} {
		must(t, h.desk.Review(t.Context(), id)) // finds it late
	}
	done := desk.Resolved
	must(t, h.desk.Change(t.Context(), answered, desk.Change{Actor: desk.AgentActor("ann", desk.RoleAgent), Status: &done}))
	h.start(sla.NewPromises(book))
	h.hears(late, "2h0m0s breached", "2h0m0s step 100/1 [ann lea]")
	h.passes(10 * time.Minute)
	h.hears(late, "2h0m0s breached", "2h0m0s step 100/1 [ann lea]", "2h10m0s step 100/2 [lea sue]")
	h.hears(answered, "2h0m0s breached")
}
