package desk

import "slices"

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
	return out
}
