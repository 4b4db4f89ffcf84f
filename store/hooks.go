package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"yingda/desk"
)

// FactsAfter returns facts after seq as they are kept, in commit order, at most limit.
func (db *DB) FactsAfter(ctx context.Context, seq int64, limit int) ([]desk.StoredFact, error) {
	var out []desk.StoredFact
	err := queryAll(ctx, db.read, func(r rows) error {
		var f desk.StoredFact
		var when, version int64
		err := r.Scan(&f.Seq, (*string)(&f.Subject.Kind), &f.Subject.ID, (*string)(&f.Actor.Kind), &f.Actor.ID,
			(*string)(&f.Actor.Role), &when, &f.Kind, &version, &f.Body)
		f.At = at(when)
		out = append(out, f)
		return err
	}, `SELECT `+eventColumns+` FROM events WHERE seq > $1 ORDER BY seq LIMIT $2`, seq, limit)
	return out, down(err)
}

// Listener is how far one who follows the log by name has come; false when it never began.
func (db *DB) Listener(ctx context.Context, name string) (seq int64, ok bool, err error) {
	err = db.read.QueryRowContext(ctx, `SELECT seq FROM listeners WHERE name = $1`, name).Scan(&seq)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, false, nil
	}
	return seq, err == nil, down(err)
}

// heard moves a listener forward; never back.
func heard(ctx context.Context, tx *sql.Tx, name string, seq int64) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO listeners (name, seq) VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET seq = $2 WHERE listeners.seq < $2`, name, seq)
	return err
}

const hookColumns = `id, webhook, seq, conversation, kind, state, attempts, status, reason, next_at, at, ended_at, body`

func scanHook(r rows) (desk.HookDelivery, error) {
	var d desk.HookDelivery
	var next, when, ended int64
	err := r.Scan(&d.ID, &d.Webhook, &d.Seq, &d.Conversation, &d.Kind, (*string)(&d.State), &d.Attempts, &d.Status, &d.Reason,
		&next, &when, &ended, &d.Body)
	d.NextAt, d.At, d.EndedAt = at(next), at(when), at(ended)
	return d, err
}

// KeepHooks writes deliveries down, and how far the log was read for them, as one. What is there already stays as it is.
func (db *DB) KeepHooks(ctx context.Context, list []desk.HookDelivery, name string, seq int64) error {
	return down(db.eng.atomically(ctx, func(tx *sql.Tx) error {
		for _, d := range list {
			if err := insertHook(ctx, tx, d); err != nil {
				return err
			}
		}
		return heard(ctx, tx, name, seq)
	}))
}

// AddHook writes one delivery down that no fact asked for.
func (db *DB) AddHook(ctx context.Context, d desk.HookDelivery) error {
	return down(db.eng.atomically(ctx, func(tx *sql.Tx) error { return insertHook(ctx, tx, d) }))
}

func insertHook(ctx context.Context, tx *sql.Tx, d desk.HookDelivery) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO hook_deliveries (`+hookColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT (id) DO NOTHING`,
		d.ID, d.Webhook, d.Seq, d.Conversation, d.Kind, string(d.State), d.Attempts, d.Status, clean(d.Reason), ms(d.NextAt),
		ms(d.At), ms(d.EndedAt), clean(d.Body))
	return err
}

// HooksDue lists waiting deliveries whose time has come and before which nothing about the same conversation waits for
// the same webhook, the longest due first.
func (db *DB) HooksDue(ctx context.Context, now time.Time, limit int) ([]desk.HookDelivery, error) {
	return db.hooks(ctx, `d WHERE state = 'waiting' AND next_at <= $1 AND NOT EXISTS (SELECT 1 FROM hook_deliveries e
		WHERE e.state = 'waiting' AND e.webhook = d.webhook AND e.conversation = d.conversation AND e.conversation <> '' AND e.seq < d.seq)
		ORDER BY next_at, seq LIMIT $2`, ms(now), limit)
}

func (db *DB) hooks(ctx context.Context, where string, args ...any) ([]desk.HookDelivery, error) {
	var out []desk.HookDelivery
	err := queryAll(ctx, db.read, func(r rows) error {
		d, err := scanHook(r)
		out = append(out, d)
		return err
	}, `SELECT `+hookColumns+` FROM hook_deliveries `+where, args...)
	return out, down(err)
}

// HookTried writes down what became of a try, and how the webhook is doing since. A delivery that was erased, or
// re-sent meanwhile, is left alone.
func (db *DB) HookTried(ctx context.Context, d desk.HookDelivery, h desk.HookHealth) error {
	return down(db.eng.atomically(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE hook_deliveries SET state = $2, attempts = $3, status = $4, reason = $5, next_at = $6, ended_at = $7
			WHERE id = $1 AND attempts = $3 - 1 AND state = 'waiting'`, d.ID, string(d.State), d.Attempts, d.Status, clean(d.Reason), ms(d.NextAt), ms(d.EndedAt))
		if err != nil {
			return err
		}
		return saveHealth(ctx, tx, h)
	}))
}

func saveHealth(ctx context.Context, tx *sql.Tx, h desk.HookHealth) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO hook_states (webhook, failing_since, last_good, disabled_at, reason) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (webhook) DO UPDATE SET failing_since = $2, last_good = $3, disabled_at = $4, reason = $5`,
		h.Webhook, ms(h.FailingSince), ms(h.LastGood), ms(h.DisabledAt), clean(h.Reason))
	return err
}

// HookHealth lists how webhooks are doing that were ever told anything.
func (db *DB) HookHealth(ctx context.Context) ([]desk.HookHealth, error) {
	var out []desk.HookHealth
	err := queryAll(ctx, db.read, func(r rows) error {
		var h desk.HookHealth
		var failing, good, disabled int64
		err := r.Scan(&h.Webhook, &failing, &good, &disabled, &h.Reason, &h.Waiting)
		h.FailingSince, h.LastGood, h.DisabledAt = at(failing), at(good), at(disabled)
		out = append(out, h)
		return err
	}, `SELECT s.webhook, s.failing_since, s.last_good, s.disabled_at, s.reason,
		(SELECT COUNT(*) FROM hook_deliveries d WHERE d.webhook = s.webhook AND d.state = 'waiting') FROM hook_states s ORDER BY s.webhook`)
	return out, down(err)
}

// EnableHook forgets that a webhook failed, so that it is told again from now on.
func (db *DB) EnableHook(ctx context.Context, webhook string) error {
	_, err := db.eng.exec(ctx, `UPDATE hook_states SET failing_since = 0, disabled_at = 0, reason = '' WHERE webhook = $1`, webhook)
	return down(err)
}

// HookDeliveries is one page of a webhook's deliveries, newest first.
func (db *DB) HookDeliveries(ctx context.Context, q desk.HookQuery) ([]desk.HookDelivery, error) {
	before := q.Before
	if before <= 0 {
		before = never
	}
	return db.hooks(ctx, `WHERE webhook = $1 AND seq <= $2 AND (seq < $2 OR id > $5) AND (state = $3 OR $3 = '') ORDER BY seq DESC, id LIMIT $4`,
		q.Webhook, before, string(q.State), q.Limit, q.After)
}

// HookDelivery is one, or desk.ErrNotFound.
func (db *DB) HookDelivery(ctx context.Context, id string) (desk.HookDelivery, error) {
	list, err := db.hooks(ctx, `WHERE id = $1`, id)
	if err == nil && len(list) == 0 {
		err = desk.ErrNotFound
	}
	if err != nil {
		return desk.HookDelivery{}, err
	}
	return list[0], nil
}

// ResendHook lets an ended delivery be sent once more, under the same id. Errors: NotFound; Conflict "hook_waits".
func (db *DB) ResendHook(ctx context.Context, id string) error {
	now := ms(db.now())
	res, err := db.eng.exec(ctx, `UPDATE hook_deliveries SET state = 'waiting', attempts = 0, status = 0, reason = '', at = $2, next_at = $2, ended_at = 0
		WHERE id = $1 AND state <> 'waiting'`, id, now)
	if err != nil {
		return down(err)
	}
	if n, err := res.RowsAffected(); err != nil || n > 0 {
		return down(err)
	}
	if _, err := db.HookDelivery(ctx, id); err != nil {
		return err
	}
	return desk.Refuse(desk.Conflict, "hook_waits")
}
