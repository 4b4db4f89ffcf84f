package store

import (
	"context"
	"time"

	"yingda/desk"
)

// MailCursor is how far one server-side mailbox has been read; its fields are those of the mail room's cursor.
type MailCursor struct {
	Validity  uint32
	UID       uint32
	Connected time.Time
}

// Cursor returns the zero MailCursor when there is none.
func (db *DB) Cursor(ctx context.Context, inbox desk.InboxID, mailbox string) (MailCursor, error) {
	var c MailCursor
	var connected int64
	err := db.one(ctx, []any{&c.Validity, &c.UID, &connected}, `SELECT validity, uid, connected_at FROM cursors
		WHERE inbox = $1 AND mailbox = $2`, string(inbox), mailbox)
	if desk.CodeOf(err) == desk.NotFound {
		return MailCursor{}, nil
	}
	c.Connected = at(connected)
	return c, err
}

// SaveCursor keeps how far a mailbox has been read.
func (db *DB) SaveCursor(ctx context.Context, inbox desk.InboxID, mailbox string, c MailCursor) error {
	return db.do(ctx, `INSERT INTO cursors (inbox, mailbox, validity, uid, connected_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (inbox, mailbox) DO UPDATE SET validity = $3, uid = $4, connected_at = $5`,
		string(inbox), mailbox, int64(c.Validity), int64(c.UID), ms(c.Connected))
}

// Reading counts one more reading of a mail and returns the count so far, this one included.
func (db *DB) Reading(ctx context.Context, inbox desk.InboxID, mailbox string, validity, uid uint32) (int, error) {
	var n int
	err := db.eng.query(ctx, func(r rows) error { return r.Scan(&n) },
		`INSERT INTO readings (inbox, mailbox, validity, uid, count) VALUES ($1, $2, $3, $4, 1)
		ON CONFLICT (inbox, mailbox, validity, uid) DO UPDATE SET count = readings.count + 1 RETURNING count`,
		string(inbox), mailbox, int64(validity), int64(uid))
	return n, down(err)
}

// SaveQuarantine keeps something that could not be read; the same source is kept once. fresh says whether it is new.
func (db *DB) SaveQuarantine(ctx context.Context, q desk.Quarantine) (fresh bool, err error) {
	res, err := db.eng.exec(ctx, `INSERT INTO quarantine (id, inbox, source, cause, blob, size, at, retried_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (inbox, source) DO NOTHING`,
		q.ID, string(q.Inbox), clean(q.Source), clean(q.Cause), q.Raw, q.Size, ms(q.At), ms(q.RetriedAt))
	if err != nil {
		return false, down(err)
	}
	n, err := res.RowsAffected()
	return n == 1, down(err)
}

// RetriedQuarantine notes that an item was tried again and why it failed again.
func (db *DB) RetriedQuarantine(ctx context.Context, id, cause string, when time.Time) error {
	return db.do(ctx, `UPDATE quarantine SET cause = $2, retried_at = $3 WHERE id = $1`, id, clean(cause), ms(when))
}

// DeleteQuarantine removes an item that was read after all, or given up.
func (db *DB) DeleteQuarantine(ctx context.Context, id string) error {
	return db.do(ctx, `DELETE FROM quarantine WHERE id = $1`, id)
}

// Quarantined lists items, newest first.
func (db *DB) Quarantined(ctx context.Context, limit int) ([]desk.Quarantine, error) {
	return db.quarantine(ctx, `ORDER BY at DESC, id DESC LIMIT $1`, pageSize(limit))
}

// QuarantinedOne returns one, or ErrNotFound.
func (db *DB) QuarantinedOne(ctx context.Context, id string) (desk.Quarantine, error) {
	list, err := db.quarantine(ctx, `WHERE id = $1`, id)
	if err != nil {
		return desk.Quarantine{}, err
	}
	if len(list) == 0 {
		return desk.Quarantine{}, desk.ErrNotFound
	}
	return list[0], nil
}

func (db *DB) quarantine(ctx context.Context, where string, args ...any) ([]desk.Quarantine, error) {
	var out []desk.Quarantine
	err := queryAll(ctx, db.read, func(r rows) error {
		var q desk.Quarantine
		var when, retried int64
		err := r.Scan(&q.ID, (*string)(&q.Inbox), &q.Source, &q.Cause, &q.Raw, &q.Size, &when, &retried)
		q.At, q.RetriedAt = at(when), at(retried)
		out = append(out, q)
		return err
	}, `SELECT id, inbox, source, cause, blob, size, at, retried_at FROM quarantine `+where, args...)
	return out, down(err)
}

// QuarantineCount is how many items there are; the table is small in any house that looks at it.
func (db *DB) QuarantineCount(ctx context.Context) (int64, error) {
	var n int64
	err := db.one(ctx, []any{&n}, `SELECT COUNT(*) FROM quarantine`)
	return n, err
}

// ChannelStatuses lists how each inbox's connection is, as the last [desk.ChannelState] said.
func (db *DB) ChannelStatuses(ctx context.Context) ([]desk.ChannelStatus, error) {
	var out []desk.ChannelStatus
	err := queryAll(ctx, db.read, func(r rows) error {
		var c desk.ChannelStatus
		var up, good, since int64
		err := r.Scan((*string)(&c.Inbox), &up, &c.Cause, &good, &since)
		c.Up, c.LastGood, c.Since = up != 0, at(good), at(since)
		out = append(out, c)
		return err
	}, `SELECT inbox, up, cause, last_good, since FROM channel_status ORDER BY inbox`)
	return out, down(err)
}

// channelState keeps the newest state of an inbox beside its facts. Since is when it went up or down: a new cause, or
// the same said again after a restart, is no new outage, and does not forget when it last went well.
func (u *unit) channelState(e desk.Event, s desk.ChannelState) {
	u.do(`INSERT INTO channel_status (inbox, up, cause, last_good, since) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (inbox) DO UPDATE SET up = $2, cause = $3,
		last_good = CASE WHEN channel_status.last_good > $4 THEN channel_status.last_good ELSE $4 END,
		since = CASE WHEN channel_status.up = $2 THEN channel_status.since ELSE $5 END`,
		e.Subject.ID, bit(s.Up), clean(s.Cause), ms(s.LastGood), ms(e.At))
}

// TouchChannel moves an inbox's last good moment forward while its state stays as it is: no fact, since nothing
// changed but the clock.
func (db *DB) TouchChannel(ctx context.Context, inbox desk.InboxID, good time.Time) error {
	_, err := db.eng.exec(ctx, `UPDATE channel_status SET last_good = $2 WHERE inbox = $1 AND last_good < $2`, string(inbox), ms(good))
	return down(err)
}
