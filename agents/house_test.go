package agents_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/uuid"

	"yingda/agents"
	"yingda/desk"
	"yingda/sla"
	"yingda/store"
	"yingda/store/storetest"
)

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// house is a record with people in it.
type house struct {
	*storetest.Rig
	db   *store.DB
	desk *desk.Service
}

func (h *house) now() time.Time { return h.Now() }

func (h *house) pass(d time.Duration) { h.Pass(d) }

const (
	ann = desk.AgentID("ann")
	bo  = desk.AgentID("bo")
	cai = desk.AgentID("cai")
)

func newHouse(t testing.TB) *house {
	t.Helper()
	rig := storetest.NewRig(t, storetest.SQLite(t), time.Date(2026, 11, 20, 1, 0, 0, 0, time.UTC))
	h := &house{Rig: rig, db: rig.DB}
	book, err := sla.ReadBook(nil)
	if err != nil {
		t.Fatalf("book: %v", err)
	}
	h.desk = desk.New(desk.Config{
		Store: h.db, Promises: sla.NewPromises(book), Now: h.now, NewID: newID,
		Checks: map[desk.SettingKind]desk.SettingCheck{desk.SettingAgent: agents.CheckSetting(h.db.Directory)},
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
