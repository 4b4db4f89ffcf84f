package store

import (
	"cmp"
	"context"
	"slices"
	"time"

	"yingda/desk"
)

// claimLease is how long a claim holds: waiting in the node, one whole send and the recording of its result.
const claimLease = 15 * time.Minute

// maxReferences is how many ids of a thread an answer names.
const maxReferences = 20

// Claim takes at most n queued messages whose time has come, under a lease. The conditions stand outside the
// sub-select as well: with them only inside, PostgreSQL claims half of the rows twice (DESIGN 5).
func (db *DB) Claim(ctx context.Context, node string, n int) ([]desk.Outbound, error) {
	now := ms(db.now())
	type claim struct{ attempts, first, rank int64 }
	claims := map[desk.MessageID]claim{}
	var ids []desk.MessageID
	err := db.eng.query(ctx, func(r rows) error {
		var id string
		var c claim
		err := r.Scan(&id, &c.attempts, &c.first, &c.rank)
		ids = append(ids, desk.MessageID(id))
		claims[desk.MessageID(id)] = c
		return err
	}, `UPDATE outbox SET lease_until = $2, node = $3, attempts = attempts + 1,
		first_tried = CASE WHEN first_tried = 0 THEN $1 ELSE first_tried END
		WHERE message IN (SELECT message FROM outbox WHERE not_before <= $1 AND lease_until <= $1 AND started_at = 0
			ORDER BY rank, not_before LIMIT $4)
		AND not_before <= $1 AND lease_until <= $1 AND started_at = 0
		RETURNING message, attempts, first_tried, rank`, now, ms(db.now().Add(claimLease)), node, n)
	if err != nil {
		return nil, down(err)
	}
	messages, err := db.MessagesByID(ctx, ids)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(messages, func(a, b desk.Message) int {
		return cmp.Or(cmp.Compare(claims[a.ID].rank, claims[b.ID].rank), a.At.Compare(b.At))
	})
	var out []desk.Outbound
	for _, m := range messages {
		o := desk.Outbound{Message: m, Attempt: int(claims[m.ID].attempts), FirstTried: at(claims[m.ID].first), Rank: desk.Rank(claims[m.ID].rank)}
		if o.Conversation, _, err = db.Conversation(ctx, m.Conversation); err != nil {
			return nil, err
		}
		if o.References, err = db.references(ctx, m); err != nil {
			return nil, err
		}
		if m.InReplyTo != "" {
			if o.Answers, err = db.answered(ctx, m); err != nil {
				return nil, err
			}
		}
		out = append(out, o)
	}
	return out, nil
}

// references are the ids of the thread before m, oldest first.
func (db *DB) references(ctx context.Context, m desk.Message) ([]string, error) {
	before, err := db.messages(ctx, `WHERE conversation = $1 AND number < $2 AND direction <> 'note' AND side = $4 ORDER BY number DESC LIMIT $3`,
		string(m.Conversation), m.Number, maxReferences, string(m.Side))
	if err != nil {
		return nil, err
	}
	var out []string
	for _, b := range slices.Backward(before) {
		if b.RFCMessageID != "" {
			out = append(out, b.RFCMessageID)
		}
	}
	return out, nil
}

// answered is the mail that m answers; nil when it is gone or not of the same thread.
func (db *DB) answered(ctx context.Context, m desk.Message) (*desk.Message, error) {
	a, err := db.Message(ctx, m.InReplyTo)
	if desk.CodeOf(err) == desk.NotFound || err == nil && (a.Conversation != m.Conversation || a.Side != m.Side || a.Direction == desk.Note) {
		return nil, nil
	}
	return &a, err
}

// Sending marks the claimed row as on the wire. It succeeds once per claim: when the lease ran out or another node was
// first it refuses with Conflict "claim_lost".
func (db *DB) Sending(ctx context.Context, id desk.MessageID) error {
	now := ms(db.now())
	res, err := db.eng.exec(ctx, `UPDATE outbox SET started_at = $2 WHERE message = $1 AND started_at = 0 AND lease_until > $2`, string(id), now)
	if err != nil {
		return down(err)
	}
	n, err := res.RowsAffected()
	if err != nil {
		return down(err)
	}
	if n != 1 {
		return desk.Refuse(desk.Conflict, "claim_lost")
	}
	return nil
}

// Stranded lists at most n messages whose lease ran out after Sending: nobody knows what became of them.
func (db *DB) Stranded(ctx context.Context, n int) ([]desk.MessageID, error) {
	var out []desk.MessageID
	err := queryAll(ctx, db.read, func(r rows) error {
		var id string
		err := r.Scan(&id)
		out = append(out, desk.MessageID(id))
		return err
	}, `SELECT message FROM outbox WHERE started_at > 0 AND lease_until <= $1 ORDER BY started_at LIMIT $2`, ms(db.now()), n)
	return out, down(err)
}

// Next is the moment the next queued message may be claimed; zero when there is none.
func (db *DB) Next(ctx context.Context) (time.Time, error) {
	var next int64
	err := db.read.QueryRowContext(ctx, `SELECT COALESCE(MIN(CASE WHEN lease_until > not_before THEN lease_until ELSE not_before END), -1)
		FROM outbox WHERE started_at = 0`).Scan(&next)
	switch {
	case err != nil:
		return time.Time{}, down(err)
	case next < 0:
		return time.Time{}, nil
	case next == 0:
		return db.now(), nil // queued without a moment: at once
	}
	return at(next), nil
}

// Backlog lists at most n unclaimed messages of an inbox, of a rank or one after it, whose time comes before a moment.
func (db *DB) Backlog(ctx context.Context, inbox desk.InboxID, rank desk.Rank, before time.Time, n int) ([]desk.MessageID, error) {
	var out []desk.MessageID
	err := queryAll(ctx, db.read, func(r rows) error {
		var id string
		err := r.Scan(&id)
		out = append(out, desk.MessageID(id))
		return err
	}, `SELECT message FROM outbox WHERE inbox = $1 AND rank >= $2 AND not_before < $3 AND lease_until <= $4 AND started_at = 0
		ORDER BY rank, not_before LIMIT $5`, string(inbox), int64(rank), ms(before), ms(db.now()), n)
	return out, down(err)
}

// Untried takes a claim back that was not used: it counts for no attempt. The lease stays until the row is saved anew.
func (db *DB) Untried(ctx context.Context, id desk.MessageID) error {
	_, err := db.eng.exec(ctx, `UPDATE outbox SET attempts = attempts - 1, first_tried = CASE WHEN attempts <= 1 THEN 0 ELSE first_tried END
		WHERE message = $1 AND attempts > 0`, string(id))
	return down(err)
}
