package store

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"yingda/desk"
)

const settingColumns = `kind, id, version, doc, deleted, updated_at`

func scanSetting(r rows) (desk.Setting, error) {
	var s desk.Setting
	var doc string
	var deleted, updated int64
	err := r.Scan((*string)(&s.Kind), &s.ID, &s.Version, &doc, &deleted, &updated)
	s.Doc, s.Deleted, s.UpdatedAt = json.RawMessage(doc), deleted != 0, at(updated)
	return s, err
}

// Setting returns a settings document, deleted or not, or ErrNotFound when there never was one.
func (u *unit) Setting(kind desk.SettingKind, id string) (desk.Setting, error) {
	key := settingKey{kind, id}
	s, ok := find(u.own, key, func(s *state) map[settingKey]*desk.Setting { return s.settings })
	if !ok {
		err := u.load(read{
			`SELECT ` + settingColumns + ` FROM settings WHERE kind = $1 AND id = $2`,
			[]any{string(kind), id},
			func(r rows) error {
				got, err := scanSetting(r)
				s = &got
				return err
			},
		})
		if err != nil {
			return desk.Setting{}, err
		}
		put(&u.b.state.settings, key, s)
	}
	if s == nil {
		return desk.Setting{}, desk.ErrNotFound
	}
	return *s, nil
}

// Settings lists the documents of a kind that are not deleted, in order of id, as this unit and those before it left them.
func (u *unit) Settings(kind desk.SettingKind) ([]desk.Setting, error) {
	all := map[string]desk.Setting{}
	err := u.load(read{
		`SELECT ` + settingColumns + ` FROM settings WHERE kind = $1`,
		[]any{string(kind)},
		func(r rows) error {
			s, err := scanSetting(r)
			all[s.ID] = s
			return err
		},
	})
	if err != nil {
		return nil, err
	}
	known := map[string]bool{}
	for st := u.own; st != nil; st = st.parent { // the newest first
		for k, s := range st.settings {
			if k.kind == kind && s != nil && !known[k.id] {
				known[k.id], all[k.id] = true, *s
			}
		}
	}
	maps.DeleteFunc(all, func(_ string, s desk.Setting) bool { return s.Deleted })
	return slices.SortedFunc(maps.Values(all), func(a, b desk.Setting) int { return strings.Compare(a.ID, b.ID) }), nil
}

// SaveSetting writes s if its version is still the stored one. An agent's e-mail address that another agent signs in
// with is refused with Conflict "email_taken".
func (u *unit) SaveSetting(s desk.Setting) error {
	old, err := u.Setting(s.Kind, s.ID)
	if err != nil && desk.CodeOf(err) != desk.NotFound {
		return err
	}
	if old.Version != s.Version {
		return desk.Refuse(desk.Conflict, "stale")
	}
	email := ""
	if s.Kind == desk.SettingAgent && !s.Deleted {
		email = emailOf(s.Doc)
		if err := u.emailFree(email, s.ID); err != nil {
			return err
		}
	}
	s.Version++
	s.UpdatedAt = exact(s.UpdatedAt)
	args := []any{string(s.Kind), s.ID, s.Version, string(s.Doc), bit(s.Deleted), email, ms(s.UpdatedAt)}
	if old.Version == 0 {
		u.do(`INSERT INTO settings (kind, id, version, doc, deleted, email, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`, args...)
	} else {
		u.stmts = append(u.stmts, write{
			sql: `UPDATE settings SET version = $3, doc = $4, deleted = $5, email = $6, updated_at = $7
				WHERE kind = $1 AND id = $2 AND version = $8`,
			args: append(args, old.Version), one: true,
		})
	}
	put(&u.own.settings, settingKey{s.Kind, s.ID}, &s)
	u.settings = append(u.settings, s)
	return nil
}

// emailFree refuses an address that somebody else signs in with; the unique index refuses it whatever we do.
func (u *unit) emailFree(email, id string) error {
	if email == "" {
		return nil
	}
	owner := ""
	for st := u.own; st != nil; st = st.parent {
		for k, s := range st.settings {
			if s != nil && k.kind == desk.SettingAgent && !s.Deleted && emailOf(s.Doc) == email && owner == "" {
				owner = k.id
			}
		}
	}
	if owner == "" {
		err := u.load(read{`SELECT id FROM settings WHERE email = $1 AND email <> ''`, []any{email}, func(r rows) error {
			return r.Scan(&owner)
		}})
		if err != nil {
			return err
		}
	}
	if owner != "" && owner != id {
		return desk.Refuse(desk.Conflict, "email_taken", "email", email)
	}
	return nil
}

func emailOf(doc json.RawMessage) string {
	var a desk.Agent
	if json.Unmarshal(doc, &a) != nil {
		return ""
	}
	return strings.ToLower(strings.TrimSpace(a.Email))
}

// Settings lists the documents of a kind that are not deleted, in order of id.
func (db *DB) Settings(ctx context.Context, kind desk.SettingKind) ([]desk.Setting, error) {
	return db.settings(ctx, `WHERE kind = $1 AND deleted = 0 ORDER BY id`, string(kind))
}

// Setting returns one document, or ErrNotFound when there is none or it was deleted.
func (db *DB) Setting(ctx context.Context, kind desk.SettingKind, id string) (desk.Setting, error) {
	list, err := db.settings(ctx, `WHERE kind = $1 AND id = $2 AND deleted = 0`, string(kind), id)
	if err != nil {
		return desk.Setting{}, err
	}
	if len(list) == 0 {
		return desk.Setting{}, desk.ErrNotFound
	}
	return list[0], nil
}

func (db *DB) settings(ctx context.Context, where string, args ...any) ([]desk.Setting, error) {
	var out []desk.Setting
	err := queryAll(ctx, db.read, func(r rows) error {
		s, err := scanSetting(r)
		out = append(out, s)
		return err
	}, `SELECT `+settingColumns+` FROM settings `+where, args...)
	if err != nil {
		return nil, down(err)
	}
	return out, nil
}

// Presence returns the agent's presence, Offline when it was never set.
func (u *unit) Presence(a desk.AgentID) (desk.Presence, error) {
	p, ok := find(u.own, a, func(s *state) map[desk.AgentID]*desk.Presence { return s.presence })
	if ok {
		return *p, nil
	}
	got := desk.Presence{Agent: a, State: desk.Offline}
	err := u.load(read{`SELECT ` + presenceColumns + ` FROM presence WHERE agent = $1`, []any{string(a)}, func(r rows) error {
		var err error
		got, err = scanPresence(r)
		return err
	}})
	if err != nil {
		return desk.Presence{}, err
	}
	put(&u.b.state.presence, a, &got)
	return got, nil
}

const presenceColumns = `agent, state, reason, since, until_at`

func scanPresence(r rows) (desk.Presence, error) {
	var p desk.Presence
	var since, until int64
	err := r.Scan((*string)(&p.Agent), (*string)(&p.State), &p.Reason, &since, &until)
	p.Since, p.Until = at(since), at(until)
	return p, err
}

// SavePresence writes an agent's presence.
func (u *unit) SavePresence(p desk.Presence) error {
	p.Since, p.Until = exact(p.Since), exact(p.Until)
	u.do(`INSERT INTO presence (`+presenceColumns+`) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (agent) DO UPDATE SET state = $2, reason = $3, since = $4, until_at = $5`,
		string(p.Agent), string(p.State), clean(p.Reason), ms(p.Since), ms(p.Until))
	put(&u.own.presence, p.Agent, &p)
	return nil
}
