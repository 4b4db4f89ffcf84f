package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"yingda/desk"
)

// KeepNotices writes notices down, and how far the log was read for them, as one.
func (db *DB) KeepNotices(ctx context.Context, list []desk.MailNotice, name string, seq int64) error {
	return down(db.eng.atomically(ctx, func(tx *sql.Tx) error {
		for _, n := range list {
			doc, err := encode(&n)
			if err != nil {
				return err
			}
			_, err = tx.ExecContext(ctx, `INSERT INTO mail_notices (id, address, agent, conversation, at, batch, sent_at, doc)
				VALUES ($1, $2, $3, $4, $5, '', 0, $6) ON CONFLICT (id) DO NOTHING`,
				n.ID, clean(n.Address), string(n.Agent), string(n.Conversation), ms(n.At), doc)
			if err != nil {
				return err
			}
		}
		return heard(ctx, tx, name, seq)
	}))
}

// NoticeTurns lists addresses with notices that may go out now, the longest waiting first.
func (db *DB) NoticeTurns(ctx context.Context, now time.Time, limit int) ([]desk.NoticeTurn, error) {
	var out []desk.NoticeTurn
	err := queryAll(ctx, db.read, func(r rows) error {
		var t desk.NoticeTurn
		var oldest, last int64
		err := r.Scan(&t.Address, (*string)(&t.Agent), &oldest, &last, &t.Failed)
		t.Oldest, t.LastAt = at(oldest), at(last)
		out = append(out, t)
		return err
	}, `SELECT n.address, MAX(n.agent), MIN(n.at), COALESCE(MAX(t.at), 0), COALESCE(MAX(t.failed), 0)
		FROM mail_notices n LEFT JOIN mail_notice_turns t ON t.address = n.address
		WHERE n.sent_at = 0 AND n.at <= $1 GROUP BY n.address ORDER BY MIN(n.at), n.address LIMIT $2`, ms(now), limit)
	return out, down(err)
}

// TakeNotices puts all that may go out to an address now into one batch, and returns it, oldest first. A batch that was taken
// before and is not known to have gone out comes first, as it was: it is the same mail.
func (db *DB) TakeNotices(ctx context.Context, address, batch string, now time.Time) (taken string, out []desk.MailNotice, err error) {
	err = db.eng.atomically(ctx, func(tx *sql.Tx) error {
		out = nil
		err := tx.QueryRowContext(ctx, `SELECT batch FROM mail_notices WHERE address = $1 AND sent_at = 0 AND batch <> '' ORDER BY at LIMIT 1`, address).Scan(&taken)
		if errors.Is(err, sql.ErrNoRows) {
			taken = batch
			_, err = tx.ExecContext(ctx, `UPDATE mail_notices SET batch = $2 WHERE address = $1 AND sent_at = 0 AND batch = '' AND at <= $3`, address, batch, ms(now))
		}
		if err != nil {
			return err
		}
		return queryAll(ctx, tx, func(r rows) error {
			var doc string
			var n desk.MailNotice
			if err := r.Scan(&doc); err != nil {
				return err
			}
			err := decode(doc, &n)
			out = append(out, n)
			return err
		}, `SELECT doc FROM mail_notices WHERE address = $1 AND sent_at = 0 AND batch = $2 ORDER BY at, id`, address, taken)
	})
	return taken, out, down(err)
}

// NoticesSent says that a batch is out, or was given up.
func (db *DB) NoticesSent(ctx context.Context, address, batch string, now time.Time) error {
	return down(db.eng.atomically(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE mail_notices SET sent_at = $3 WHERE address = $1 AND sent_at = 0 AND batch = $2`, address, batch, ms(now)); err != nil {
			return err
		}
		return noticeTurn(ctx, tx, address, now, 0)
	}))
}

// NoticesFailed says that a mail to an address did not go out.
func (db *DB) NoticesFailed(ctx context.Context, address string, now time.Time, failed int) error {
	return down(db.eng.atomically(ctx, func(tx *sql.Tx) error { return noticeTurn(ctx, tx, address, now, failed) }))
}

func noticeTurn(ctx context.Context, tx *sql.Tx, address string, now time.Time, failed int) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO mail_notice_turns (address, at, failed) VALUES ($1, $2, $3)
		ON CONFLICT (address) DO UPDATE SET at = $2, failed = $3`, address, ms(now), failed)
	return err
}

// NoticeWish is how an agent wishes to be told; none said is the zero wish.
func (db *DB) NoticeWish(ctx context.Context, a desk.AgentID) (desk.NoticeWish, error) {
	var doc string
	var w desk.NoticeWish
	err := db.read.QueryRowContext(ctx, `SELECT doc FROM notice_wishes WHERE agent = $1`, string(a)).Scan(&doc)
	if errors.Is(err, sql.ErrNoRows) {
		return w, nil
	}
	if err != nil {
		return w, down(err)
	}
	return w, json.Unmarshal([]byte(doc), &w)
}

// SaveNoticeWish keeps an agent's wish.
func (db *DB) SaveNoticeWish(ctx context.Context, a desk.AgentID, w desk.NoticeWish) error {
	doc, err := json.Marshal(w)
	if err != nil {
		return err
	}
	_, err = db.eng.exec(ctx, `INSERT INTO notice_wishes (agent, doc) VALUES ($1, $2) ON CONFLICT (agent) DO UPDATE SET doc = $2`, string(a), string(doc))
	return down(err)
}

// forgetNotices clears away what was told before a moment.
func (db *DB) forgetNotices(ctx context.Context, before time.Time) error {
	if _, err := db.eng.exec(ctx, `DELETE FROM mail_notices WHERE sent_at > 0 AND sent_at < $1`, ms(before)); err != nil {
		return down(err)
	}
	_, err := db.eng.exec(ctx, `DELETE FROM hook_deliveries WHERE state <> 'waiting' AND ended_at < $1`, ms(before))
	return down(err)
}

// Unreassured lists running response clocks in mail of a policy, that started before a moment and are due after another,
// and whose customer was not told yet by when they are answered. The earliest due first, those behind a place: the due
// moment of the last one seen, and its conversation and target.
func (db *DB) Unreassured(ctx context.Context, policy string, startedBefore, dueAfter time.Time, after desk.Keyset, limit int) ([]desk.Clock, error) {
	return db.clocks(ctx, `k WHERE running = 1 AND due_at > $2 AND policy = $1 AND started_at < $3 AND breached_at = 0 AND started <> ''
		AND target IN ('first_response', 'next_response')
		AND EXISTS (SELECT 1 FROM conversations c WHERE c.id = k.conversation AND c.medium = 'email' AND c.status = 'open')
		AND NOT EXISTS (SELECT 1 FROM clock_notices n WHERE n.conversation = k.conversation AND n.target = k.target AND n.n = k.n
			AND n.due_version = 0 AND n.level = 0)
		AND (due_at > $5 OR due_at = $5 AND conversation || ' ' || target > $6)
		ORDER BY due_at, conversation || ' ' || target LIMIT $4`, policy, ms(dueAfter), ms(startedBefore), limit, ms(after.At), after.ID)
}
