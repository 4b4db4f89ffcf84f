package desk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Mode is a presence an agent is to have.
type Mode struct {
	Agent  AgentID
	State  PresenceState
	Reason string
	Until  time.Time // of away and wrap-up: when it ends by itself
	Since  time.Time // set: only out of the state they have been in since then; what they did meanwhile stands
}

// SetPresence changes an agent's state. Going offline, and going on leave, gives back what they hold, with its rank
// (UP-R4); media the queue says to keep stay. An agent's own away ends within the limit of its reason. Errors: Invalid
// "presence_unknown", "reason_unknown", "away_in_past", "away_too_long"; Forbidden "supervisors_only"; NotFound
// "agent_unknown". A Since that has passed changes nothing.
func (s *Service) SetPresence(ctx context.Context, actor Actor, m Mode) error {
	if !m.State.Valid() {
		return Refuse(Invalid, "presence_unknown")
	}
	if actor.Agent() != m.Agent && !actor.Supervises() {
		return Refuse(Forbidden, "supervisors_only")
	}
	if _, ok := s.dir().Agent(m.Agent); !ok {
		return Refuse(NotFound, "agent_unknown")
	}
	now := s.instant()
	if m.State == Away && actor.Kind == ByAgent {
		until, err := awayUntil(s.dir(), m.Reason, m.Until, now)
		if err != nil {
			return err
		}
		m.Until = until
	}
	err := s.update(ctx, About{}, func(tx Tx) error {
		was, err := tx.Presence(m.Agent)
		if err != nil {
			return err
		}
		if !m.Since.IsZero() && !m.Since.Equal(was.Since) {
			return nil
		}
		is := Presence{Agent: m.Agent, State: m.State, Reason: clip(m.Reason, maxName), Since: now, Until: m.Until}
		if was.State == is.State && was.Reason == is.Reason && was.Until.Equal(is.Until) {
			return nil
		}
		if err := tx.SavePresence(is); err != nil {
			return err
		}
		e := Event{Subject: Subject{AboutAgent, string(m.Agent)}, Actor: actor, At: now, Fact: PresenceChanged{From: was, To: is}}
		if err := tx.Append(e); err != nil {
			return err
		}
		if m.State != Offline && (m.State != Away || m.Reason != ReasonOnLeave) {
			return nil
		}
		return s.giveBack(tx, actor, m.Agent, now)
	})
	if err != nil {
		return fmt.Errorf("presence of %s: %w", m.Agent, err)
	}
	return nil
}

// giveBack puts what an absent agent holds back into its queues.
func (s *Service) giveBack(tx Tx, actor Actor, a AgentID, now time.Time) error {
	held, err := tx.HeldBy(a)
	if err != nil {
		return err
	}
	for _, id := range held {
		u, err := s.load(tx, actor, id, now)
		if err != nil {
			return err
		}
		if slices.Contains(u.queue().KeepOnLeave, u.conv.Medium) {
			continue
		}
		u.release("agent_left", Preference{Agent: a, Until: now.Add(u.lastWait()), Rule: "returned", Auto: true})
		if err := u.finish(); err != nil {
			return err
		}
	}
	return nil
}

// SaveContact creates (Version 0) or edits a contact. A changed tier or owner reaches their open conversations.
// Errors: Invalid "tier_unknown", "locale_unknown", "contact_empty"; Conflict "stale", "identity_taken"; NotFound.
func (s *Service) SaveContact(ctx context.Context, actor Actor, c Contact) (Contact, error) {
	if !c.Tier.Valid() {
		return Contact{}, Refuse(Invalid, "tier_unknown")
	}
	if !localeFits(c.Locale) {
		return Contact{}, RefuseLanguage("locale")
	}
	c.Name = clip(strings.TrimSpace(c.Name), maxName)
	if c.Name == "" && len(c.Identities) == 0 {
		return Contact{}, Refuse(Invalid, "contact_empty")
	}
	for i := range c.Identities {
		c.Identities[i] = c.Identities[i].Clean()
	}
	now := s.instant()
	if c.ID == "" {
		c.ID = ContactID(s.newID())
	}
	err := s.update(ctx, About{Identities: c.Identities}, func(tx Tx) error {
		was, err := s.contactBefore(tx, c)
		if err != nil {
			return err
		}
		saved := c
		saved.CreatedAt, saved.UpdatedAt = first0(was.CreatedAt, now), now
		if err := tx.SaveContact(saved); err != nil {
			return err
		}
		e := Event{Subject: Subject{AboutContact, string(c.ID)}, Actor: actor, At: now, Fact: contactDiff(was, saved)}
		if err := tx.Append(e); err != nil {
			return err
		}
		return s.spread(tx, actor, was, saved, now)
	})
	if err != nil {
		return Contact{}, fmt.Errorf("save contact %s: %w", c.ID, err)
	}
	c.Version++
	return c, nil
}

// RemoveIdentity says that an address or number is not this contact's: what comes from it later comes from somebody else.
// What was said stays where it is. Errors: Invalid "identity_kind" for what is proven by a signature, "contact_empty"
// for the last one of a contact without a name; NotFound.
func (s *Service) RemoveIdentity(ctx context.Context, actor Actor, id ContactID, i Identity) error {
	i = i.Clean()
	if i.Kind != ByEmail && i.Kind != ByPhone {
		return Refuse(Invalid, "identity_kind")
	}
	now := s.instant()
	err := s.update(ctx, About{Identities: []Identity{i}}, func(tx Tx) error {
		was, err := tx.Contact(id)
		if err != nil {
			return err
		}
		if was.Name == "" && len(was.Identities) == 1 && was.Has(i) {
			return Refuse(Invalid, "contact_empty")
		}
		if err := tx.RemoveIdentity(id, i); err != nil {
			return err
		}
		is, err := tx.Contact(id)
		if err != nil {
			return err
		}
		is.UpdatedAt = now
		fact := Event{Subject: Subject{AboutContact, string(id)}, Actor: actor, At: now, Fact: contactDiff(was, is)}
		return errors.Join(tx.SaveContact(is), tx.Append(fact))
	})
	if err != nil {
		return fmt.Errorf("remove an identity of contact %s: %w", id, err)
	}
	return nil
}

func (s *Service) contactBefore(tx Tx, c Contact) (Contact, error) {
	for _, i := range c.Identities {
		other, err := tx.ContactByIdentity(i)
		if err == nil && other.ID != c.ID {
			return Contact{}, Refuse(Conflict, "identity_taken", "value", i.Value, "contact", string(other.ID))
		}
		if err != nil && !errors.Is(err, ErrNotFound) {
			return Contact{}, err
		}
	}
	if c.Version == 0 {
		return Contact{}, nil
	}
	return tx.Contact(c.ID)
}

// spread carries a new name, tier or owner into the contact's open conversations, where lists and clocks read it.
func (s *Service) spread(tx Tx, actor Actor, was, is Contact, now time.Time) error {
	if was.ID == "" || was.Tier == is.Tier && was.Name == is.Name && was.Owner == is.Owner {
		return nil
	}
	open, err := tx.OpenOf(is.ID, maxSpread)
	if err != nil {
		return err
	}
	for _, id := range open {
		u, err := s.load(tx, actor, id, now)
		if err != nil {
			return err
		}
		u.serves(is)
		if err := u.finish(); err != nil {
			return err
		}
	}
	return nil
}

// maxSpread bounds how many open conversations of one contact one edit touches.
const maxSpread = 500

func contactDiff(was, is Contact) ContactChanged {
	f := ContactChanged{Before: map[string]string{}, After: map[string]string{}}
	add := func(field, a, b string) {
		if a != b {
			f.Fields = append(f.Fields, field)
			f.Before[field], f.After[field] = a, b
		}
	}
	add("name", was.Name, is.Name)
	add("company", was.Company, is.Company)
	add("locale", was.Locale, is.Locale)
	add("tier", string(was.Tier), string(is.Tier))
	add("owner", string(was.Owner), string(is.Owner))
	add("note", was.Note, is.Note)
	add("identities", spell(was.Identities), spell(is.Identities))
	return f
}

func spell(ids []Identity) string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = string(id.Kind) + ":" + id.Value
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// serves copies into the conversation what lists, clocks and routing read of its contact, and says what is new.
func (u *unit) serves(c Contact) {
	if c.Tier != u.conv.Tier {
		u.note(TierChanged{From: u.conv.Tier, To: c.Tier})
	}
	if c.Owner != u.conv.Owner {
		u.note(OwnerChanged{From: u.conv.Owner, To: c.Owner})
	}
	u.conv.Tier, u.conv.Owner, u.conv.ContactName = c.Tier, c.Owner, c.Name
}

func first0(a, b time.Time) time.Time {
	if a.IsZero() {
		return b
	}
	return a
}

// Routing reports whether documents of the kind are supervisors' to change, too; whose queues is for the caller to check.
func (k SettingKind) Routing() bool { return k == SettingRouting || k == SettingRoutingDraft }

// SaveSetting writes a settings document whole; Version is the one the editor saw (0: new, or deleted before and coming
// back). The fact carries it before and after. Checks see deletions too: what others still refer to must stay.
// Errors: Conflict "stale", "email_taken", "last_administrator"; Invalid "setting_invalid", "locale_unknown" (field); what the kind's check
// refuses; Forbidden "administrators_only".
func (s *Service) SaveSetting(ctx context.Context, actor Actor, set Setting) (Setting, error) {
	supervised := set.Kind.Routing() && actor.Supervises()
	if actor.Kind == ByAgent && actor.Role != RoleAdministrator && !supervised {
		return Setting{}, Refuse(Forbidden, "administrators_only")
	}
	return s.saveSetting(ctx, actor, set)
}

// PlanLeave replaces an agent's planned leave; version is the one the editor saw (0: none yet). Agents plan their own,
// supervisors their people's. What ended long ago is dropped. Errors: Forbidden "supervisors_only"; NotFound
// "agent_unknown"; Invalid "setting_invalid"; Conflict "stale", "leave_overlaps".
func (s *Service) PlanLeave(ctx context.Context, actor Actor, a AgentID, version int64, absences []Absence) (Setting, error) {
	if actor.Agent() != a && !actor.Supervises() {
		return Setting{}, Refuse(Forbidden, "supervisors_only")
	}
	if _, ok := s.dir().Agent(a); !ok {
		return Setting{}, Refuse(NotFound, "agent_unknown")
	}
	old := s.instant().Add(-keepLeave)
	doc := Leave{Agent: a, Absences: slices.DeleteFunc(slices.Clone(absences), func(x Absence) bool { return x.To.Before(old) })}
	if err := checkLeave(s.dir(), &doc); err != nil {
		return Setting{}, err
	}
	raw, err := json.Marshal(doc)
	if err != nil {
		return Setting{}, fmt.Errorf("plan leave of %s: %w", a, err)
	}
	return s.saveSetting(ctx, actor, Setting{Kind: SettingLeave, ID: string(a), Version: version, Doc: raw})
}

// saveSetting checks a document and writes it, if its version is the stored one and nothing in the unit speaks against it.
func (s *Service) saveSetting(ctx context.Context, actor Actor, set Setting, against ...func(Tx) error) (Setting, error) {
	// Checks compare a document with the others in force: two at once must not each count on what the other takes away.
	s.settings.Lock()
	defer s.settings.Unlock()
	if err := checkOwn(set); err != nil {
		return Setting{}, err
	}
	if check := s.checks[set.Kind]; check != nil {
		if err := check(ctx, set); err != nil {
			return Setting{}, err
		}
	}
	return s.writeSetting(ctx, actor, settingName{set.Kind, set.ID}, func(tx Tx, was Setting) (Setting, []Fact, error) {
		is := set
		if set.Version == 0 && was.Deleted {
			is.Version = was.Version
		}
		if was.Version != is.Version {
			return is, nil, Refuse(Conflict, "stale")
		}
		for _, f := range against {
			if err := f(tx); err != nil {
				return is, nil, err
			}
		}
		return is, nil, administratorStays(tx, was, is)
	})
}

// administratorStays refuses to let the last administrator who can sign in go. It counts in the unit that writes: two who
// step down at once, on one node or on two, must not each count on the other.
func administratorStays(tx Tx, was, is Setting) error {
	if is.Kind != SettingAgent || !administers(was) || administers(is) {
		return nil
	}
	all, err := tx.Settings(SettingAgent)
	if err != nil || slices.ContainsFunc(all, func(s Setting) bool { return s.ID != is.ID && administers(s) }) {
		return err
	}
	return Refuse(Conflict, "last_administrator")
}

// administers reports whether a document is that of an administrator who can sign in.
func administers(s Setting) bool {
	var a Agent
	return !s.Deleted && json.Unmarshal(s.Doc, &a) == nil && a.Role == RoleAdministrator && !a.Disabled
}

// settingName says which document.
type settingName struct {
	kind SettingKind
	id   string
}

// writeSetting writes what next makes of a document as the unit finds it (the zero one when there never was one), with
// the fact of it and those that next adds. The caller holds s.settings and has checked the document.
func (s *Service) writeSetting(ctx context.Context, actor Actor, name settingName, next func(tx Tx, was Setting) (Setting, []Fact, error)) (Setting, error) {
	now := s.instant()
	var set Setting
	err := s.update(ctx, About{}, func(tx Tx) error {
		was, err := tx.Setting(name.kind, name.id)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		is, more, err := next(tx, was)
		if err != nil {
			return err
		}
		is.UpdatedAt = now
		if err := tx.SaveSetting(is); err != nil {
			return err
		}
		if err := s.dismiss(tx, actor, is, now); err != nil {
			return err
		}
		set = is
		set.Version++
		facts := append([]Fact{SettingChanged{
			Setting: is.Kind, ID: is.ID, Version: set.Version, Before: string(was.Doc), After: string(is.Doc), Deleted: is.Deleted,
		}}, more...)
		for _, f := range facts {
			if err := tx.Append(Event{Subject: name.kind.Subject(name.id), Actor: actor, At: now, Fact: f}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return Setting{}, fmt.Errorf("save %s %s: %w", name.kind, name.id, err)
	}
	return set, nil
}

// dismiss gives back what an agent holds who was just disabled: nobody would ever see it again. What a queue lets an
// absent agent keep goes back too.
func (s *Service) dismiss(tx Tx, actor Actor, set Setting, now time.Time) error {
	var doc Agent
	if set.Kind != SettingAgent || json.Unmarshal(set.Doc, &doc) != nil || !doc.Disabled && !set.Deleted {
		return nil
	}
	a := AgentID(set.ID)
	was, err := tx.Presence(a)
	if err != nil {
		return err
	}
	if was.State != Offline && was.State != "" {
		is := Presence{Agent: a, State: Offline, Since: now}
		if err := tx.SavePresence(is); err != nil {
			return err
		}
		e := Event{Subject: Subject{AboutAgent, set.ID}, Actor: actor, At: now, Fact: PresenceChanged{From: was, To: is}}
		if err := tx.Append(e); err != nil {
			return err
		}
	}
	held, err := tx.HeldBy(a)
	if err != nil {
		return err
	}
	for _, id := range held {
		u, err := s.load(tx, actor, id, now)
		if err != nil {
			return err
		}
		u.release("agent_left")
		if err := u.finish(); err != nil {
			return err
		}
	}
	return nil
}

// Log appends a fact about something that is no conversation: a channel's state, a quarantined mail, a look.
// Errors: those of [Store.Update].
func (s *Service) Log(ctx context.Context, subject Subject, actor Actor, f Fact) error {
	e := Event{Subject: subject, Actor: actor, At: s.instant(), Fact: f}
	return s.update(ctx, About{}, func(tx Tx) error { return tx.Append(e) })
}
