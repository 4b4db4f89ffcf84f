package main

import (
	"context"
	"encoding/json"
	"fmt"

	"yingda/agents"
	"yingda/desk"
	"yingda/sla"
)

// secretLogin is a person with the password they were given.
type secretLogin struct{ Email, Password string }

// bootstrap makes an empty record usable: the default calendar and policies (the 24-hour email reply among them), one
// queue, one team and an administrator, who is returned once. It does nothing when there is any agent. Documents that
// but reports are left out, for a seed brings them; nil leaves out none.
func (n *node) bootstrap(ctx context.Context, but func(desk.Setting) bool) (*secretLogin, error) {
	if len(n.db.Directory().Agents()) > 0 {
		return nil, nil
	}
	docs, err := sla.DefaultSettings()
	if err != nil {
		return nil, fmt.Errorf("first start: %w", err)
	}
	admin := desk.Agent{ID: "administrator", Name: "Administrator", Email: "admin@localhost", Role: desk.RoleAdministrator, Teams: []desk.TeamID{"everybody"}}
	for _, d := range []struct {
		kind desk.SettingKind
		id   string
		doc  any
	}{
		{desk.SettingQueue, "general", desk.Queue{ID: "general", Name: "General 综合"}},
		{desk.SettingTeam, "everybody", desk.Team{ID: "everybody", Name: "Everybody 全体", Queues: []desk.QueueID{"general"}, Leads: []desk.AgentID{admin.ID}}},
		{desk.SettingAgent, string(admin.ID), admin},
	} {
		raw, err := json.Marshal(d.doc)
		if err != nil {
			return nil, fmt.Errorf("first start: %w", err)
		}
		docs = append(docs, desk.Setting{Kind: d.kind, ID: d.id, Doc: raw})
	}
	for _, s := range docs {
		if but != nil && but(s) {
			continue
		}
		if err := n.put(ctx, s); err != nil {
			return nil, fmt.Errorf("first start: %w", err)
		}
	}
	password := agents.NewPassword()
	if err := n.accounts.SetPassword(ctx, admin.ID, password); err != nil {
		return nil, fmt.Errorf("first start: %w", err)
	}
	return &secretLogin{admin.Email, password}, nil
}

// put saves a document unless one of its name is there: a first start that was cut short goes on where it stopped.
func (n *node) put(ctx context.Context, s desk.Setting) error {
	_, err := n.desk.SaveSetting(ctx, desk.System(), s)
	if desk.ReasonOf(err) == "stale" {
		return nil
	}
	return err
}
