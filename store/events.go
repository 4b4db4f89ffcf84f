package store

import (
	"context"
	"fmt"
	"slices"

	"yingda/desk"
)

const eventColumns = `seq, subject_kind, subject_id, actor_kind, actor_id, actor_role, at, kind, version, body`

// writeEvent stores a fact whose body is encoded already, in an agent's day or in nobody's.
func writeEvent(e desk.Event, day desk.AgentID, body string) write {
	return write{
		sql: `INSERT INTO events (` + eventColumns + `, agent) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		args: []any{
			e.Seq, string(e.Subject.Kind), e.Subject.ID, string(e.Actor.Kind), e.Actor.ID, string(e.Actor.Role),
			ms(e.At), e.Fact.Kind(), factVersion, body, string(day),
		},
	}
}

func scanEvent(r rows) (desk.Event, error) {
	var e desk.Event
	var when, version int64
	var kind, body string
	err := r.Scan(&e.Seq, (*string)(&e.Subject.Kind), &e.Subject.ID, (*string)(&e.Actor.Kind), &e.Actor.ID,
		(*string)(&e.Actor.Role), &when, &kind, &version, &body)
	if err != nil {
		return e, err
	}
	e.At = at(when)
	if e.Fact, err = decodeFact(kind, version, body); err != nil {
		return e, fmt.Errorf("event %d: %w", e.Seq, err)
	}
	return e, nil
}

func (db *DB) events(ctx context.Context, where string, args ...any) ([]desk.Event, error) {
	var out []desk.Event
	err := queryAll(ctx, db.read, func(r rows) error {
		e, err := scanEvent(r)
		out = append(out, e)
		return err
	}, `SELECT `+eventColumns+` FROM events `+where, args...)
	if err != nil {
		return nil, down(err)
	}
	return out, nil
}

// EventsAfter returns facts after seq in commit order, at most limit. There are no holes: a number that is given out
// is committed, and in order, because the feed row is locked from giving to commit.
func (db *DB) EventsAfter(ctx context.Context, seq int64, limit int) ([]desk.Event, error) {
	if out, ok, err := db.tail.after(seq, limit); ok || err != nil {
		return out, err
	}
	out, err := db.events(ctx, `WHERE seq > $1 ORDER BY seq LIMIT $2`, seq, limit)
	if slices.ContainsFunc(out, erases) {
		db.tail.forget() // another node erased what may still stand whole in our memory (UP-X6)
	}
	return out, err
}

// erases reports whether a fact says that others before it were redacted.
func erases(e desk.Event) bool {
	switch e.Fact.(type) {
	case desk.Erased, desk.ContactErased:
		return true
	}
	return false
}

// LastSeq is the number of the newest fact.
func (db *DB) LastSeq(ctx context.Context) (int64, error) {
	var seq int64
	if err := db.read.QueryRowContext(ctx, `SELECT last FROM feed WHERE id = 1`).Scan(&seq); err != nil {
		return 0, down(err)
	}
	return seq, nil
}

// SubjectEvents returns the facts about one subject with seq below before (0: from the end), newest first.
func (db *DB) SubjectEvents(ctx context.Context, s desk.Subject, before int64, limit int) ([]desk.Event, error) {
	return db.events(ctx, `WHERE subject_kind = $1 AND subject_id = $2 AND seq < $3 ORDER BY seq DESC LIMIT $4`,
		string(s.Kind), s.ID, fromEnd(before), pageSize(limit))
}

// ConversationEvents returns the facts about one conversation with seq below before (0: from the end), newest first.
func (db *DB) ConversationEvents(ctx context.Context, id desk.ConversationID, before int64, limit int) ([]desk.Event, error) {
	return db.SubjectEvents(ctx, desk.Subject{Kind: desk.AboutConversation, ID: string(id)}, before, limit)
}

// Audit returns facts about settings, inboxes and looks, erasures, and presence that somebody else changed, newest first.
// The first condition is the partial index's own words.
func (db *DB) Audit(ctx context.Context, before int64, limit int) ([]desk.Event, error) {
	return db.events(ctx, `WHERE (subject_kind IN ('setting', 'inbox') OR kind IN ('looked', 'presence_changed', 'erased', 'contact_erased'))
		AND (kind <> 'presence_changed' OR actor_kind = 'agent' AND actor_id <> subject_id)
		AND seq < $1 ORDER BY seq DESC LIMIT $2`, fromEnd(before), pageSize(limit))
}

// BookEvents returns every fact about policies, calendars and holiday lists, in commit order: from them it can be told which promises
// were in force when. The ranges are those of the index on subjects.
func (db *DB) BookEvents(ctx context.Context) ([]desk.Event, error) {
	return db.events(ctx, `WHERE subject_kind = 'setting' AND kind = 'setting_changed'
		AND (subject_id >= 'policy:' AND subject_id < 'policy;' OR subject_id >= 'calendar:' AND subject_id < 'calendar;'
		OR subject_id >= 'holidays:' AND subject_id < 'holidays;')
		ORDER BY seq`)
}

func fromEnd(seq int64) int64 {
	if seq <= 0 {
		return never
	}
	return seq
}
