package desk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// Named is a document that another one refers to, and the field that does.
type Named struct {
	Field string
	Kind  SettingKind
	ID    string
}

// NamedBy are the documents of one kind that a field refers to.
func NamedBy[T ~string](field string, kind SettingKind, ids []T) []Named {
	out := make([]Named, 0, len(ids))
	for _, id := range ids {
		out = append(out, Named{field, kind, string(id)})
	}
	return out
}

// Names are the agent or the webhook a recipient is, for a field; nothing for the others.
func (r Recipient) Names(field string) []Named {
	switch r.Kind {
	case ToAgent:
		return []Named{{field, SettingAgent, r.ID}}
	case ToWebhook:
		return []Named{{field, SettingWebhook, r.ID}}
	case ToAssignee, ToOwner, ToTeamLeads, ToSupervisors, ToMail:
	}
	return nil
}

// Names are the documents the rule refers to. One that is not there would keep it silent for ever.
func (r AlertRule) Names() []Named {
	out := slices.Concat(NamedBy("queues", SettingQueue, r.Queues), NamedBy("inboxes", SettingInbox, r.Inboxes))
	for _, to := range r.To {
		out = append(out, to.Names("to")...)
	}
	if r.NoticesIn != "" {
		out = append(out, Named{"notices_in", SettingCalendar, r.NoticesIn})
	}
	return out
}

// Naming reads what a stored document is called and what it refers to.
// Errors: Invalid "setting_invalid" for one that cannot be read.
type Naming func(Setting) (title string, names []Named, err error)

// NamedInAlert is the [Naming] of alert rules.
func NamedInAlert(s Setting) (string, []Named, error) {
	var r AlertRule
	if err := json.Unmarshal(s.Doc, &r); err != nil {
		return "", nil, Refuse(Invalid, "setting_invalid", "field", "doc", "detail", err.Error())
	}
	return r.Name, r.Names(), nil
}

// Documents is what a check of names looks them up in.
type Documents interface {
	Directory() Directory
	// Setting returns one document, or ErrNotFound when there is none or it was deleted.
	Setting(context.Context, SettingKind, string) (Setting, error)
}

// CheckNames refuses a document that names what is not there: it would never fire, or tell nobody. What the stored
// version names already may stay, or an old document could not be changed at all.
// Errors: Invalid "setting_invalid" (field, detail).
func CheckNames(read Naming, in Documents) SettingCheck {
	return func(ctx context.Context, s Setting) error {
		if s.Deleted {
			return nil
		}
		_, is, err := read(s)
		if err != nil {
			return err
		}
		stored, err := in.Setting(ctx, s.Kind, s.ID)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return fmt.Errorf("read %s %s: %w", s.Kind, s.ID, err)
		}
		var was []Named
		if err == nil {
			_, was, _ = read(stored) // one that cannot be read names nothing
		}
		for _, n := range is {
			if slices.ContainsFunc(was, func(old Named) bool { return old.Kind == n.Kind && old.ID == n.ID }) {
				continue
			}
			there, err := n.there(ctx, in)
			if err != nil {
				return err
			}
			if !there {
				return Refuse(Invalid, "setting_invalid", "field", n.Field, "detail", fmt.Sprintf("there is no %s %q", n.Kind, n.ID))
			}
		}
		return nil
	}
}

// there reports whether what is named exists. A skill does as soon as it has a document, or anybody or an inbox has it.
func (n Named) there(ctx context.Context, in Documents) (bool, error) {
	if n.Kind == SettingSkill {
		d, has := in.Directory(), func(s Skill) bool { return s.Name == n.ID }
		if slices.ContainsFunc(d.Agents(), func(a Agent) bool { return slices.ContainsFunc(a.Skills, has) }) ||
			slices.ContainsFunc(d.Inboxes(), func(i Inbox) bool { return slices.ContainsFunc(i.Skills, has) }) {
			return true, nil
		}
	}
	_, err := in.Setting(ctx, n.Kind, n.ID)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}
