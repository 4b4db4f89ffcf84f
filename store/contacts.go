package store

import (
	"context"
	"slices"
	"time"

	"yingda/desk"
)

// contactRec is a contact in the identity map, never changed in place.
type contactRec struct {
	c     desk.Contact
	base  int64 // the version in SQL; 0: not there yet
	known int   // how many of its identities SQL has
	was   desk.Contact
	gone  []desk.Identity // taken away; SQL still has them
}

const contactColumns = `id, name, company, locale, tier, owner, note, version, created_at, updated_at`

func scanContact(r rows, more ...any) (desk.Contact, error) {
	var c desk.Contact
	var created, updated int64
	err := r.Scan(append([]any{
		(*string)(&c.ID), &c.Name, &c.Company, &c.Locale, (*string)(&c.Tier), (*string)(&c.Owner),
		&c.Note, &c.Version, &created, &updated,
	}, more...)...)
	c.CreatedAt, c.UpdatedAt = at(created), at(updated)
	return c, err
}

func contactsOf(s *state) map[desk.ContactID]*contactRec { return s.contacts }

func identitiesOf(s *state) map[desk.Identity]desk.ContactID { return s.identities }

func (s *state) loadContact(id desk.ContactID) []read {
	put(&s.contacts, id, nil)
	args := []any{string(id)}
	return []read{
		{`SELECT ` + contactColumns + ` FROM contacts WHERE id = $1`, args, s.keepContact},
		{`SELECT kind, value, contact FROM identities WHERE contact = $1 ORDER BY n`, args, s.keepIdentity},
	}
}

func (s *state) keepContact(r rows) error {
	c, err := scanContact(r)
	if err != nil {
		return err
	}
	put(&s.contacts, c.ID, &contactRec{c: c, was: c, base: c.Version})
	return nil
}

func (s *state) keepIdentity(r rows) error {
	var i desk.Identity
	var id desk.ContactID
	if err := r.Scan((*string)(&i.Kind), &i.Value, (*string)(&id)); err != nil {
		return err
	}
	put(&s.identities, i, id)
	if rec := s.contacts[id]; rec != nil && !rec.c.Has(i) {
		rec.c.Identities = append(rec.c.Identities, i)
		rec.was.Identities, rec.known = rec.c.Identities, len(rec.c.Identities)
	}
	return nil
}

// loadIdentities reads who is known by keys, and those contacts whole, in one round trip.
func (s *state) loadIdentities(keys []desk.Identity) []read {
	if len(keys) == 0 {
		return nil
	}
	for _, k := range keys {
		put(&s.identities, k, "")
	}
	args := pairs(keys, func(k desk.Identity) (string, string) { return string(k.Kind), clean(k.Value) })
	who := `(SELECT contact FROM identities WHERE ` + tuples("kind", "value", len(args)/2) + `)`
	return []read{
		{`SELECT ` + contactColumns + ` FROM contacts WHERE id IN ` + who, args, s.keepContact},
		{`SELECT kind, value, contact FROM identities WHERE contact IN ` + who + ` ORDER BY contact, n`, args, s.keepIdentity},
	}
}

// ContactByIdentity returns who is known by i, or ErrNotFound.
func (u *unit) ContactByIdentity(i desk.Identity) (desk.Contact, error) {
	i.Value = clean(i.Value)
	id, ok := find(u.own, i, identitiesOf)
	if !ok {
		if err := u.load(u.b.freshIdentity(i)...); err != nil {
			return desk.Contact{}, err
		}
		id = u.b.state.identities[i]
	}
	if id == "" {
		return desk.Contact{}, desk.ErrNotFound
	}
	return u.Contact(id)
}

// freshIdentity looks one identity up without loading contacts over ones this batch has changed.
func (b *batch) freshIdentity(i desk.Identity) []read {
	put(&b.state.identities, i, "")
	return []read{{
		`SELECT contact FROM identities WHERE kind = $1 AND value = $2`,
		[]any{string(i.Kind), i.Value},
		func(r rows) error {
			var id string
			err := r.Scan(&id)
			put(&b.state.identities, i, desk.ContactID(id))
			return err
		},
	}}
}

// Contact returns one, or ErrNotFound.
func (u *unit) Contact(id desk.ContactID) (desk.Contact, error) {
	rec, err := u.contact(id)
	if err != nil {
		return desk.Contact{}, err
	}
	if rec == nil {
		return desk.Contact{}, desk.ErrNotFound
	}
	c := rec.c
	c.Identities = slices.Clone(c.Identities)
	return c, nil
}

func (u *unit) contact(id desk.ContactID) (*contactRec, error) {
	if rec, ok := find(u.own, id, contactsOf); ok {
		return rec, nil
	}
	if err := u.load(u.b.state.loadContact(id)...); err != nil {
		return nil, err
	}
	return u.b.state.contacts[id], nil
}

// SaveContact writes c if its version is still the stored one and adds its identities. An identity that belongs to
// somebody else is refused with Conflict "identity_taken".
func (u *unit) SaveContact(c desk.Contact) error {
	old, err := u.contact(c.ID)
	if err != nil {
		return err
	}
	if old == nil {
		old = &contactRec{}
	}
	if old.c.Version != c.Version {
		return desk.Refuse(desk.Conflict, "stale")
	}
	rec := &contactRec{c: c, base: old.base, known: old.known, was: old.was, gone: old.gone}
	rec.c.Identities = slices.Clone(old.c.Identities)
	for _, i := range c.Identities {
		i.Value = clean(i.Value)
		if rec.c.Has(i) {
			continue
		}
		other, err := u.ContactByIdentity(i)
		if err == nil && other.ID != c.ID {
			return desk.Refuse(desk.Conflict, "identity_taken", "kind", string(i.Kind), "value", i.Value)
		}
		if err != nil && desk.CodeOf(err) != desk.NotFound {
			return err
		}
		rec.c.Identities = append(rec.c.Identities, i)
		put(&u.own.identities, i, c.ID)
	}
	rec.c.Version++
	rec.c.CreatedAt, rec.c.UpdatedAt = exact(c.CreatedAt), exact(c.UpdatedAt)
	put(&u.own.contacts, c.ID, rec)
	u.contacts.add(c.ID)
	return nil
}

// RemoveIdentity takes an identity from a contact; see [desk.TxPeople].
func (u *unit) RemoveIdentity(id desk.ContactID, i desk.Identity) error {
	old, err := u.contact(id)
	if err != nil {
		return err
	}
	if old == nil {
		return desk.ErrNotFound
	}
	i.Value = clean(i.Value)
	n := slices.Index(old.c.Identities, i)
	if n < 0 {
		return desk.ErrNotFound
	}
	rec := *old
	rec.c.Identities = slices.Delete(slices.Clone(old.c.Identities), n, n+1)
	if n < rec.known {
		rec.known--
		rec.gone = append(slices.Clone(rec.gone), i)
	}
	put(&u.own.identities, i, "")
	put(&u.own.contacts, id, &rec)
	u.contacts.add(id)
	return nil
}

const insertContact = `INSERT INTO contacts (` + contactColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`

const updateContact = `UPDATE contacts SET name = $2, company = $3, locale = $4, tier = $5, owner = $6, note = $7,
 version = $8, created_at = $9, updated_at = $10 WHERE id = $1 AND version = $11`

func (b *batch) writeContact(rec *contactRec) ([]write, error) {
	c := rec.c
	args := []any{
		string(c.ID), clean(c.Name), clean(c.Company), clean(c.Locale), string(c.Tier), string(c.Owner),
		clean(c.Note), c.Version, ms(c.CreatedAt), ms(c.UpdatedAt),
	}
	out := []write{{sql: insertContact, args: args}}
	if rec.base > 0 {
		out = []write{{sql: updateContact, args: append(args, rec.base), one: true}}
	}
	for _, i := range c.Identities[rec.known:] {
		out = append(out, write{
			sql: `INSERT INTO identities (kind, value, contact, n) VALUES ($1, $2, $3,
				(SELECT COALESCE(MAX(n), -1) + 1 FROM identities WHERE contact = $3))`, // behind those that stayed
			args: []any{string(i.Kind), i.Value, string(c.ID)},
		})
	}
	return append(out, b.indexContact(rec)...), nil
}

// dropIdentities takes away what contacts of this batch are known by no more, before another one may have it.
func (b *batch) dropIdentities() []write {
	var out []write
	for _, id := range b.contacts.keys {
		rec := b.state.contacts[id]
		if rec == nil {
			continue
		}
		for _, i := range rec.gone {
			out = append(out, write{
				sql:  `DELETE FROM identities WHERE kind = $1 AND value = $2 AND contact = $3`,
				args: []any{string(i.Kind), i.Value, string(id)},
			})
		}
	}
	return out
}

// LastAgent is who last held a conversation of the contact, and when; "" when nobody did.
func (u *unit) LastAgent(id desk.ContactID) (desk.AgentID, time.Time, error) {
	type held struct {
		agent desk.AgentID
		at    time.Time
	}
	stored := map[desk.ConversationID]held{}
	err := u.load(read{`SELECT id, last_agent, last_agent_at FROM conversations WHERE contact = $1
		ORDER BY last_at DESC, id DESC LIMIT $2`, []any{string(id), int64(maxLook)}, func(r rows) error {
		var conv desk.ConversationID
		var h held
		var when int64
		err := r.Scan((*string)(&conv), (*string)(&h.agent), &when)
		h.at = at(when)
		stored[conv] = h
		return err
	}})
	if err != nil {
		return "", time.Time{}, err
	}
	for conv, rec := range u.changed() {
		if rec == nil {
			delete(stored, conv)
		} else if rec.c.Contact == id {
			stored[conv] = held{rec.c.LastAgent, rec.c.LastAgentAt}
		}
	}
	var last held
	for _, h := range stored {
		if h.agent != "" && (last.agent == "" || h.at.After(last.at)) {
			last = h
		}
	}
	return last.agent, last.at, nil
}

// maxLook is how many of a contact's newest conversations are asked for the last agent.
const maxLook = 50

// Contact returns one with its identities, or ErrNotFound.
func (db *DB) Contact(ctx context.Context, id desk.ContactID) (desk.Contact, error) {
	s := newState(nil)
	for _, r := range s.loadContact(id) {
		if err := queryAll(ctx, db.read, r.scan, r.sql, r.args...); err != nil {
			return desk.Contact{}, down(err)
		}
	}
	if rec := s.contacts[id]; rec != nil {
		return rec.c, nil
	}
	return desk.Contact{}, desk.ErrNotFound
}
