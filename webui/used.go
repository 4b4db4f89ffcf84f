package webui

import (
	"context"
	"fmt"
	"slices"

	"yingda/desk"
	"yingda/sla"
)

// toldBy names an alert rule or SLA policy that refers to a document that is to be deleted: one that watches it, or
// tells it. A disabled one counts as well, for it may be enabled again.
func (s *Server) toldBy(ctx context.Context, kind desk.SettingKind, id string) (string, error) {
	switch kind {
	case desk.SettingQueue, desk.SettingInbox, desk.SettingAgent, desk.SettingWebhook, desk.SettingCalendar:
	default:
		return "", nil
	}
	for _, by := range naming {
		all, err := s.Papers.Settings(ctx, by.kind)
		if err != nil {
			return "", fmt.Errorf("read %s documents: %w", by.kind, err)
		}
		for _, set := range all {
			who, names, _ := by.read(set) // one that cannot be read refers to nothing
			if slices.ContainsFunc(names, func(n desk.Named) bool { return n.Kind == kind && n.ID == id }) {
				return who, nil
			}
		}
	}
	return "", nil
}

// naming are the documents that watch or tell others.
var naming = []struct {
	kind desk.SettingKind
	read desk.Naming
}{{desk.SettingAlert, desk.NamedInAlert}, {desk.SettingPolicy, sla.NamedInPolicy}}
