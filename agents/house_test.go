package agents_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"yingda/agents"
	"yingda/desk"
	"yingda/sla"
	"yingda/store"
)

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// clock is a time that tests move.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// house is a record with people in it.
type house struct {
	*clock
	db   *store.DB
	desk *desk.Service
}

const (
	ann = desk.AgentID("ann")
	bo  = desk.AgentID("bo")
	cai = desk.AgentID("cai")
)

func newHouse(t testing.TB) *house {
	t.Helper()
	cfg := store.Default()
	cfg.URL, cfg.Key = "sqlite:"+filepath.Join(t.TempDir(), "yingda.db"), "0123456789abcdef"
	db, err := store.Open(t.Context(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- db.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		<-done
		_ = db.Close()
	})
	h := &house{clock: &clock{t: time.Date(2026, 11, 20, 1, 0, 0, 0, time.UTC)}, db: db}
	book, err := sla.ReadBook(nil)
	if err != nil {
		t.Fatalf("book: %v", err)
	}
	h.desk = desk.New(desk.Config{
		Store: db, Promises: sla.NewPromises(book), Now: h.now, NewID: newID,
		Checks: map[desk.SettingKind]desk.SettingCheck{desk.SettingAgent: agents.CheckSetting(db.Directory)},
	})
	h.save(t, desk.SettingQueue, "support", desk.Queue{ID: "support", Name: "Support", WrapUp: map[desk.Medium]int{desk.Voice: 30}})
	h.save(t, desk.SettingQueue, "sales", desk.Queue{ID: "sales", Name: "Sales"})
	h.save(t, desk.SettingTeam, "one", desk.Team{ID: "one", Name: "One", Queues: []desk.QueueID{"support"}, Leads: []desk.AgentID{bo}})
	h.save(t, desk.SettingAgent, "cai", desk.Agent{ID: cai, Name: "Cai", Email: "cai@yingda.test", Role: desk.RoleAdministrator})
	h.save(t, desk.SettingAgent, "bo", desk.Agent{ID: bo, Name: "Bo", Email: "bo@yingda.test", Role: desk.RoleSupervisor})
	h.save(t, desk.SettingAgent, "ann", desk.Agent{ID: ann, Name: "Ann", Email: "Ann@yingda.test", Role: desk.RoleAgent, Teams: []desk.TeamID{"one"}})
	return h
}

func (h *house) try(kind desk.SettingKind, id string, version int64, doc any) error {
	raw, err := json.Marshal(doc)
	if err != nil {
		return err
	}
	_, err = h.desk.SaveSetting(context.Background(), desk.System(), desk.Setting{Kind: kind, ID: id, Version: version, Doc: raw})
	return err
}

func (h *house) save(t testing.TB, kind desk.SettingKind, id string, doc any) {
	t.Helper()
	if err := h.try(kind, id, 0, doc); err != nil {
		t.Fatalf("save %s %s: %v", kind, id, err)
	}
}

func (h *house) accounts(cfg agents.Config) *agents.Accounts {
	return agents.NewAccounts(h.db, h.db.Directory, h.now, newID, cfg)
}
