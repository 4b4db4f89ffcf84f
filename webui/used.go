package webui

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"yingda/desk"
	"yingda/sla"
)

// toldBy names an alert rule or SLA policy that refers to a document that is to be deleted: one that watches it, or
// tells it. A disabled one counts as well, for it may be enabled again.
func (s *Server) toldBy(ctx context.Context, kind desk.SettingKind, id string) (string, error) {
	switch kind {
	case desk.SettingQueue, desk.SettingInbox, desk.SettingAgent, desk.SettingWebhook:
	default:
		return "", nil
	}
	for _, by := range []desk.SettingKind{desk.SettingAlert, desk.SettingPolicy} {
		all, err := s.Papers.Settings(ctx, by)
		if err != nil {
			return "", fmt.Errorf("read %s documents: %w", by, err)
		}
		for _, set := range all {
			who, names := namesIn(set)
			if slices.ContainsFunc(names, func(n desk.Named) bool { return n.Kind == kind && n.ID == id }) {
				return who, nil
			}
		}
	}
	return "", nil
}

// namesIn is the name of an alert rule or policy, and what it refers to. One that cannot be read refers to nothing.
func namesIn(set desk.Setting) (string, []desk.Named) {
	if set.Kind == desk.SettingAlert {
		var r desk.AlertRule
		if json.Unmarshal(set.Doc, &r) != nil {
			return "", nil
		}
		return r.Name, r.Names()
	}
	var p sla.Policy
	if json.Unmarshal(set.Doc, &p) != nil {
		return "", nil
	}
	return p.Name, p.Names()
}
