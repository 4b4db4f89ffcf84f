package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"yingda/desk"
	"yingda/sla"
)

// checkPolicy judges a policy in its book and beside what it names.
func (n *node) checkPolicy(ctx context.Context, s desk.Setting) error {
	if err := n.checkBook(ctx, s); err != nil {
		return err
	}
	return n.checkNames(ctx, s)
}

// checkNames refuses an alert rule or policy that names what is not there: it would never fire, or tell nobody. What
// the stored version names already may stay, or an old document could not be changed at all.
// Errors: Invalid "setting_invalid" (field, detail).
func (n *node) checkNames(ctx context.Context, s desk.Setting) error {
	if s.Deleted {
		return nil
	}
	is, err := namesIn(s)
	if err != nil {
		return err
	}
	stored, err := n.db.Setting(ctx, s.Kind, s.ID)
	if err != nil && !errors.Is(err, desk.ErrNotFound) {
		return fmt.Errorf("read %s %s: %w", s.Kind, s.ID, err)
	}
	var was []desk.Named
	if err == nil && !stored.Deleted {
		was, _ = namesIn(stored) // one that cannot be read names nothing
	}
	for _, name := range is {
		same := func(old desk.Named) bool { return old.Kind == name.Kind && old.ID == name.ID }
		if slices.ContainsFunc(was, same) {
			continue
		}
		there, err := n.there(ctx, name)
		if err != nil {
			return err
		}
		if !there {
			return desk.Refuse(desk.Invalid, "setting_invalid", "field", name.Field, "detail", fmt.Sprintf("there is no %s %q", name.Kind, name.ID))
		}
	}
	return nil
}

func namesIn(s desk.Setting) ([]desk.Named, error) {
	var doc interface{ Names() []desk.Named } = &desk.AlertRule{}
	if s.Kind == desk.SettingPolicy {
		doc = &sla.Policy{}
	}
	if err := json.Unmarshal(s.Doc, doc); err != nil {
		return nil, desk.Refuse(desk.Invalid, "setting_invalid", "field", "doc", "detail", err.Error())
	}
	return doc.Names(), nil
}

// there reports whether what is named exists. A skill does as soon as it has a document, or anybody or an inbox has it.
func (n *node) there(ctx context.Context, name desk.Named) (bool, error) {
	d, ok := n.db.Directory(), false
	switch name.Kind {
	case desk.SettingQueue:
		_, ok = d.Queue(desk.QueueID(name.ID))
		return ok, nil
	case desk.SettingInbox:
		_, ok = d.Inbox(desk.InboxID(name.ID))
		return ok, nil
	case desk.SettingAgent:
		_, ok = d.Agent(desk.AgentID(name.ID))
		return ok, nil
	case desk.SettingSkill:
		has := func(h desk.Skill) bool { return h.Name == name.ID }
		if slices.ContainsFunc(d.Agents(), func(a desk.Agent) bool { return slices.ContainsFunc(a.Skills, has) }) ||
			slices.ContainsFunc(d.Inboxes(), func(i desk.Inbox) bool { return slices.ContainsFunc(i.Skills, has) }) {
			return true, nil
		}
	default:
	}
	set, err := n.db.Setting(ctx, name.Kind, name.ID)
	if errors.Is(err, desk.ErrNotFound) {
		return false, nil
	}
	return err == nil && !set.Deleted, err
}
