package desk

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Change is an edit of a conversation's own fields; nil leaves a field alone. Version is the one the editor saw.
type Change struct {
	Actor       Actor
	Version     int64
	Status      *Status
	SnoozeUntil time.Time
	Priority    *Priority
	Tags        *[]string
	Subject     *string
	Locale      *string
}

// Limits of a conversation's tags.
const (
	maxTags = 30
	maxTag  = 60 // characters
)

// Change edits a conversation. All of it happens or nothing. Errors: Conflict "stale", "status_illegal",
// "conversation_merged"; Invalid "priority_unknown", "too_many_tags", "tag_invalid", "locale_unknown", "snooze_in_past", "snooze_too_late"; NotFound.
func (s *Service) Change(ctx context.Context, id ConversationID, ch Change) error {
	return s.on(ctx, ch.Actor, id, func(u *unit) error {
		if ch.Version != 0 && ch.Version != u.conv.Version {
			return Refuse(Conflict, "stale")
		}
		if err := u.edit(ch); err != nil {
			return err
		}
		if ch.Status == nil {
			return nil
		}
		if *ch.Status == Open && u.conv.Status != Open && u.conv.Assignee != ch.Actor.Agent() {
			return u.back("reopened")
		}
		return u.to(*ch.Status, ch.SnoozeUntil)
	})
}

func (u *unit) edit(ch Change) error {
	if ch.Priority != nil && *ch.Priority != u.conv.Priority {
		if !ch.Priority.Valid() {
			return Refuse(Invalid, "priority_unknown")
		}
		u.note(PriorityChanged{From: u.conv.Priority, To: *ch.Priority})
		u.conv.Priority = *ch.Priority
	}
	if ch.Tags != nil {
		if err := u.retag(*ch.Tags); err != nil {
			return err
		}
	}
	if ch.Subject != nil && *ch.Subject != u.conv.Subject {
		subject := clip(strings.TrimSpace(*ch.Subject), maxSubject)
		u.note(SubjectChanged{From: u.conv.Subject, To: subject})
		u.conv.Subject = subject
	}
	if ch.Locale != nil {
		if !localeFits(*ch.Locale) {
			return RefuseLanguage("locale")
		}
		if *ch.Locale != u.conv.Locale {
			u.note(LocaleChanged{From: u.conv.Locale, To: *ch.Locale})
		}
		u.conv.Locale = *ch.Locale
	}
	return nil
}

func (u *unit) retag(tags []string) error {
	clean := make([]string, 0, len(tags))
	for _, t := range tags {
		if t = oneLine(t); t == "" || utf8.RuneCountInString(t) > maxTag {
			return Refuse(Invalid, "tag_invalid", "max", strconv.Itoa(maxTag))
		}
		if !slices.Contains(clean, t) {
			clean = append(clean, t)
		}
	}
	if len(clean) > maxTags {
		return Refuse(Invalid, "too_many_tags")
	}
	var f TagsChanged
	for _, t := range clean {
		if !slices.Contains(u.conv.Tags, t) {
			f.Added = append(f.Added, t)
		}
	}
	for _, t := range u.conv.Tags {
		if !slices.Contains(clean, t) {
			f.Removed = append(f.Removed, t)
		}
	}
	if len(f.Added)+len(f.Removed) > 0 {
		u.note(f)
		u.conv.Tags = clean
	}
	return nil
}

// Wake ends a snooze whose moment has come. Waking twice, or too early, changes nothing. Errors: NotFound.
func (s *Service) Wake(ctx context.Context, id ConversationID) error {
	return s.on(ctx, System(), id, func(u *unit) error {
		if u.conv.Status != Snoozed || u.conv.SnoozeUntil.After(u.now) {
			return nil
		}
		return u.back("woke_up")
	})
}

// Reached records that an agent reached the customer otherwise: it meets a callback clock. Errors: NotFound.
func (s *Service) Reached(ctx context.Context, actor Actor, id ConversationID, note string) error {
	return s.on(ctx, actor, id, func(u *unit) error {
		u.note(CustomerReached{Note: clip(note, maxSubject)})
		return nil
	})
}

// Merge puts one conversation into another of the same contact: it is resolved, points there, and later mail follows.
// Errors: Invalid "merge_self", "merge_other_contact"; Conflict "conversation_merged"; NotFound.
func (s *Service) Merge(ctx context.Context, actor Actor, from, into ConversationID) error {
	if from == into {
		return Refuse(Invalid, "merge_self")
	}
	now := s.instant()
	return s.update(ctx, About{Conversations: []ConversationID{from, into}}, func(tx Tx) error {
		a, err := s.load(tx, actor, from, now)
		if err != nil {
			return err
		}
		b, err := s.load(tx, actor, into, now)
		if err != nil {
			return err
		}
		if a.conv.MergedInto != "" || b.conv.MergedInto != "" {
			return Refuse(Conflict, "conversation_merged")
		}
		if a.conv.Contact != b.conv.Contact {
			return Refuse(Invalid, "merge_other_contact")
		}
		return merge(a, b)
	})
}

// merge resolves a into b. What ran in a is told to b, where the earlier next response survives.
func merge(a, b *unit) error {
	if a.conv.Status != Resolved {
		if err := a.to(Resolved, time.Time{}); err != nil {
			return err
		}
	}
	a.conv.MergedInto = b.conv.ID
	a.note(Merged{Into: b.conv.ID})
	var ran []Clock
	for _, k := range a.before {
		if k.Running() {
			ran = append(ran, k)
		}
	}
	for _, p := range a.conv.People {
		if !b.conv.Knows(p) && len(b.conv.People) < maxPeople {
			b.conv.People = append(slices.Clone(b.conv.People), p)
		}
	}
	b.note(Absorbed{From: a.conv.ID, Clocks: ran})
	if err := a.finish(); err != nil {
		return err
	}
	return b.finish()
}
