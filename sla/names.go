package sla

import (
	"encoding/json"
	"fmt"
	"slices"

	"yingda/desk"
)

// Names are the documents a policy refers to beside calendars, which are the [Book]'s to know. Tags and languages are
// words anybody may use first, so they name nothing; a skill is a word too, but one that somebody or something has.
func (p Policy) Names() []desk.Named {
	out := slices.Concat(
		desk.NamedBy("when.inboxes", desk.SettingInbox, p.When.Inboxes), desk.NamedBy("when.queues", desk.SettingQueue, p.When.Queues),
		desk.NamedBy("when.skills", desk.SettingSkill, p.When.Skills),
	)
	for i, s := range p.Ladder {
		for j, r := range s.To {
			out = append(out, r.Names(fmt.Sprintf("ladder[%d].to[%d].id", i, j))...)
		}
	}
	return out
}

// NamedInPolicy is the [desk.Naming] of policies.
func NamedInPolicy(s desk.Setting) (string, []desk.Named, error) {
	var p Policy
	if err := json.Unmarshal(s.Doc, &p); err != nil {
		return "", nil, desk.Refuse(desk.Invalid, "setting_invalid", "field", "doc", "detail", err.Error())
	}
	return p.Name, p.Names(), nil
}
