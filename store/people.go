package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"yingda/agents"
	"yingda/desk"
)

var (
	_ agents.Store   = (*DB)(nil)
	_ agents.Sockets = (*DB)(nil)
)

// one runs a query that answers one row, or ErrNotFound.
func (db *DB) one(ctx context.Context, dest []any, query string, args ...any) error {
	err := db.read.QueryRowContext(ctx, query, args...).Scan(dest...)
	if errors.Is(err, sql.ErrNoRows) {
		return desk.ErrNotFound
	}
	return down(err)
}

// do runs a statement outside the writer.
func (db *DB) do(ctx context.Context, query string, args ...any) error {
	_, err := db.eng.exec(ctx, query, args...)
	return down(err)
}

// PasswordHash returns the agent's argon2id hash in PHC form, or ErrNotFound when none was ever set.
func (db *DB) PasswordHash(ctx context.Context, a desk.AgentID) (hash string, err error) {
	err = db.one(ctx, []any{&hash}, `SELECT hash FROM credentials WHERE agent = $1`, string(a))
	return hash, err
}

// SavePasswordHash sets or replaces it.
func (db *DB) SavePasswordHash(ctx context.Context, a desk.AgentID, hash string, when time.Time) error {
	return db.do(ctx, `INSERT INTO credentials (agent, hash, updated_at) VALUES ($1, $2, $3)
		ON CONFLICT (agent) DO UPDATE SET hash = $2, updated_at = $3`, string(a), hash, ms(when))
}

// Attempt records one attempt for each key and returns how many there are since, this one included. It is one atomic
// step: on PostgreSQL each key is locked in one order, so that parallel guesses count one another.
func (db *DB) Attempt(ctx context.Context, keys []string, when, since time.Time) ([]int, error) {
	out := make([]int, len(keys))
	err := db.eng.atomically(ctx, func(tx *sql.Tx) error {
		if db.Engine() == "postgres" {
			if _, err := tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock($1)`, lockAttempts); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM attempts WHERE at < $1`, ms(since)); err != nil {
			return err
		}
		for i, k := range keys {
			if _, err := tx.ExecContext(ctx, `INSERT INTO attempts (name, at) VALUES ($1, $2)`, k, ms(when)); err != nil {
				return err
			}
			err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM attempts WHERE name = $1 AND at >= $2`, k, ms(since)).Scan(&out[i])
			if err != nil {
				return err
			}
		}
		return nil
	})
	return out, down(err)
}

// lockAttempts is the advisory lock under which attempts are counted: "yd" and a number.
const lockAttempts int64 = 0x79640001

// ForgiveAttempt says that the attempt of all these keys at that moment succeeded: the first key's attempts are deleted,
// of each other's only this one.
func (db *DB) ForgiveAttempt(ctx context.Context, keys []string, when time.Time) error {
	row := "rowid"
	if db.Engine() == "postgres" {
		row = "ctid"
	}
	err := db.eng.atomically(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM attempts WHERE name = $1`, keys[0]); err != nil {
			return err
		}
		for _, k := range keys[1:] {
			_, err := tx.ExecContext(ctx, `DELETE FROM attempts WHERE `+row+` = (SELECT `+row+` FROM attempts WHERE name = $1 AND at = $2 LIMIT 1)`, k, ms(when))
			if err != nil {
				return err
			}
		}
		return nil
	})
	return down(err)
}

const sessionColumns = `id, token_hash, agent, address, client, created_at, seen_at, idle_until, expires_at`

// AddSession stores a signed-in browser and clears away sessions that ended by age.
func (db *DB) AddSession(ctx context.Context, s agents.Session) error {
	if err := db.do(ctx, `DELETE FROM sessions WHERE expires_at < $1`, ms(s.CreatedAt)); err != nil {
		return err
	}
	return db.do(ctx, `INSERT INTO sessions (`+sessionColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		s.ID, s.TokenHash, string(s.Agent), clean(s.Address), clean(s.Client), ms(s.CreatedAt), ms(s.SeenAt), ms(s.IdleUntil), ms(s.ExpiresAt))
}

// SessionByHash returns the session with this token hash, expired or not, or ErrNotFound.
func (db *DB) SessionByHash(ctx context.Context, tokenHash string) (agents.Session, error) {
	list, err := db.sessions(ctx, `WHERE token_hash = $1`, tokenHash)
	if err == nil && len(list) == 0 {
		return agents.Session{}, desk.ErrNotFound
	}
	if err != nil {
		return agents.Session{}, err
	}
	return list[0], nil
}

// SessionsOf lists the agent's sessions, newest SeenAt first.
func (db *DB) SessionsOf(ctx context.Context, a desk.AgentID) ([]agents.Session, error) {
	return db.sessions(ctx, `WHERE agent = $1 ORDER BY seen_at DESC, id`, string(a))
}

func (db *DB) sessions(ctx context.Context, where string, args ...any) ([]agents.Session, error) {
	var out []agents.Session
	err := queryAll(ctx, db.read, func(r rows) error {
		var s agents.Session
		var created, seen, idle, expires int64
		err := r.Scan(&s.ID, &s.TokenHash, (*string)(&s.Agent), &s.Address, &s.Client, &created, &seen, &idle, &expires)
		s.CreatedAt, s.SeenAt, s.IdleUntil, s.ExpiresAt = at(created), at(seen), at(idle), at(expires)
		out = append(out, s)
		return err
	}, `SELECT `+sessionColumns+` FROM sessions `+where, args...)
	return out, down(err)
}

// TouchSession sets SeenAt and IdleUntil.
func (db *DB) TouchSession(ctx context.Context, id string, seen, idleUntil time.Time) error {
	return db.do(ctx, `UPDATE sessions SET seen_at = $2, idle_until = $3 WHERE id = $1`, id, ms(seen), ms(idleUntil))
}

// EndSessions deletes the agent's session id, or with id "" all but except, and returns the ids that were ended.
func (db *DB) EndSessions(ctx context.Context, a desk.AgentID, id, except string) ([]string, error) {
	var out []string
	err := db.eng.query(ctx, func(r rows) error {
		var s string
		err := r.Scan(&s)
		out = append(out, s)
		return err
	}, `DELETE FROM sessions WHERE agent = $1 AND ($2 = '' OR id = $2) AND ($2 <> '' OR id <> $3) RETURNING id`, string(a), id, except)
	return out, down(err)
}

// SetSockets says that the node has n sockets of the agent open; 0 deletes the row.
func (db *DB) SetSockets(ctx context.Context, node string, a desk.AgentID, n int, _ time.Time) error {
	if n == 0 {
		return db.do(ctx, `DELETE FROM sockets WHERE node = $1 AND agent = $2`, node, string(a))
	}
	return db.do(ctx, `INSERT INTO sockets (node, agent, n) VALUES ($1, $2, $3)
		ON CONFLICT (node, agent) DO UPDATE SET n = $3`, node, string(a), n)
}

// Beat says that the node lives at the moment.
func (db *DB) Beat(ctx context.Context, node string, when time.Time) error {
	return db.do(ctx, `INSERT INTO nodes (id, seen_at) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET seen_at = $2`, node, ms(when))
}

// Connected lists the agents with a socket on a node whose last beat is at or after alive.
func (db *DB) Connected(ctx context.Context, alive time.Time) ([]desk.AgentID, error) {
	var out []desk.AgentID
	err := queryAll(ctx, db.read, func(r rows) error {
		var a string
		err := r.Scan(&a)
		out = append(out, desk.AgentID(a))
		return err
	}, `SELECT DISTINCT s.agent FROM sockets s JOIN nodes n ON n.id = s.node WHERE n.seen_at >= $1 AND s.n > 0 ORDER BY s.agent`, ms(alive))
	return out, down(err)
}

// Forget deletes the rows of nodes whose last beat is before dead, and of this node when it starts or stops.
func (db *DB) Forget(ctx context.Context, node string, dead time.Time) error {
	err := db.eng.atomically(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM sockets WHERE node = $1
			OR node IN (SELECT id FROM nodes WHERE seen_at < $2) OR node NOT IN (SELECT id FROM nodes)`, node, ms(dead))
		if err == nil {
			_, err = tx.ExecContext(ctx, `DELETE FROM nodes WHERE id = $1 OR seen_at < $2`, node, ms(dead))
		}
		return err
	})
	return down(err)
}

// Draft returns the agent's draft in a conversation, or ErrNotFound.
func (db *DB) Draft(ctx context.Context, a desk.AgentID, c desk.ConversationID) (desk.Draft, error) {
	d := desk.Draft{Agent: a, Conversation: c}
	var doc string
	var updated int64
	err := db.one(ctx, []any{&doc, &d.Version, &updated}, `SELECT doc, version, updated_at FROM drafts
		WHERE agent = $1 AND conversation = $2`, string(a), string(c))
	d.Doc, d.UpdatedAt = json.RawMessage(doc), at(updated)
	return d, err
}

// SaveDraft writes d if d.Version is still the stored one (0: new), else Conflict "stale"; stored is d.Version+1.
func (db *DB) SaveDraft(ctx context.Context, d desk.Draft) error {
	doc := strings.ReplaceAll(string(d.Doc), `\u0000`, "")
	res, err := db.eng.exec(ctx, `INSERT INTO drafts (agent, conversation, doc, version, updated_at)
		SELECT $1, $2, $3, 1, $4 WHERE CAST($5 AS BIGINT) = 0
		ON CONFLICT (agent, conversation) DO NOTHING`, string(d.Agent), string(d.Conversation), doc, ms(d.UpdatedAt), d.Version)
	if err == nil && d.Version > 0 {
		res, err = db.eng.exec(ctx, `UPDATE drafts SET doc = $3, version = version + 1, updated_at = $4
			WHERE agent = $1 AND conversation = $2 AND version = $5`, string(d.Agent), string(d.Conversation), doc, ms(d.UpdatedAt), d.Version)
	}
	if err != nil {
		return down(err)
	}
	if n, err := res.RowsAffected(); err != nil || n != 1 {
		return desk.Refuse(desk.Conflict, "stale")
	}
	return nil
}

// DeleteDraft deletes it; none is no error.
func (db *DB) DeleteDraft(ctx context.Context, a desk.AgentID, c desk.ConversationID) error {
	return db.do(ctx, `DELETE FROM drafts WHERE agent = $1 AND conversation = $2`, string(a), string(c))
}

// MarkRead moves the agent's read mark up to number; never down.
func (db *DB) MarkRead(ctx context.Context, a desk.AgentID, c desk.ConversationID, number int64, when time.Time) error {
	return db.do(ctx, `INSERT INTO marks (agent, conversation, number, at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (agent, conversation) DO UPDATE SET number = $3, at = $4 WHERE marks.number < $3`,
		string(a), string(c), number, ms(when))
}

// Preferences returns the agent's preferences document, or ErrNotFound.
func (db *DB) Preferences(ctx context.Context, a desk.AgentID) (json.RawMessage, error) {
	var doc string
	err := db.one(ctx, []any{&doc}, `SELECT doc FROM preferences WHERE agent = $1`, string(a))
	return json.RawMessage(doc), err
}

// SavePreferences replaces it.
func (db *DB) SavePreferences(ctx context.Context, a desk.AgentID, doc json.RawMessage) error {
	return db.do(ctx, `INSERT INTO preferences (agent, doc) VALUES ($1, $2) ON CONFLICT (agent) DO UPDATE SET doc = $2`,
		string(a), strings.ReplaceAll(string(doc), `\u0000`, ""))
}

// AddUpload notes that an agent sent a file in.
func (db *DB) AddUpload(ctx context.Context, u desk.Upload) error {
	return db.do(ctx, `INSERT INTO uploads (agent, blob, name, content_type, size, at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (agent, blob) DO UPDATE SET name = $3, content_type = $4, at = $6`,
		string(u.Agent), u.Blob, clean(u.Name), clean(u.ContentType), u.Size, ms(u.At))
}

// Upload returns the agent's upload of this blob, or ErrNotFound.
func (db *DB) Upload(ctx context.Context, a desk.AgentID, blob string) (desk.Upload, error) {
	u := desk.Upload{Agent: a, Blob: blob}
	var when int64
	err := db.one(ctx, []any{&u.Name, &u.ContentType, &u.Size, &when},
		`SELECT name, content_type, size, at FROM uploads WHERE agent = $1 AND blob = $2`, string(a), blob)
	u.At = at(when)
	return u, err
}
