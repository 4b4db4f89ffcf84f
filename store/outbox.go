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
	convs, answered, err := db.around(ctx, messages)
	if err != nil {
		return nil, err
	}
	var out []desk.Outbound
	for _, m := range messages {
		rec := convs[m.Conversation]
		if rec == nil {
			continue // erased since it was claimed: its row is gone with it
		}
		o := desk.Outbound{
			Message: m, Conversation: rec.c, Attempt: int(claims[m.ID].attempts), FirstTried: at(claims[m.ID].first), Rank: desk.Rank(claims[m.ID].rank),
		}
		if o.References, err = db.references(ctx, m); err != nil {
			return nil, err
		}
		// A mail that is gone, or not of the same thread, is not answered. A side thread may have begun in a conversation
		// that was merged since.
		if a, ok := answered[m.InReplyTo]; ok && (a.Conversation == m.Conversation || m.Side != "") && a.Side == m.Side && a.Direction != desk.Note {
			o.Answers = &a
		}
		out = append(out, o)
	}
	return out, nil
}

// around reads the conversations of messages, and what they answer, at once.
func (db *DB) around(ctx context.Context, messages []desk.Message) (map[desk.ConversationID]*convRec, map[desk.MessageID]desk.Message, error) {
	var in order[desk.ConversationID]
	var to order[desk.MessageID]
	for _, m := range messages {
		in.add(m.Conversation)
		if m.InReplyTo != "" {
			to.add(m.InReplyTo)
		}
	}
	s := newState(nil)
	for _, r := range s.loadConvs(in.keys) {
		if err := queryAll(ctx, db.read, r.scan, r.sql, r.args...); err != nil {
			return nil, nil, down(err)
		}
	}
	list, err := db.MessagesByID(ctx, to.keys)
	answered := map[desk.MessageID]desk.Message{}
	for _, m := range list {
		answered[m.ID] = m
	}
	return s.convs, answered, err
}

// sideBegan is where a side thread began: that conversation may have been merged into the one it stands in now.
const sideBegan = `(SELECT conversation FROM messages WHERE id = `

// references are the ids of the thread before m, oldest first.
func (db *DB) references(ctx context.Context, m desk.Message) ([]string, error) {
	if m.Number <= 1 {
		return nil, nil
	}
	where, args := `WHERE conversation = $1 AND number < $2 AND direction <> 'note' AND side = '' ORDER BY number DESC LIMIT $3`,
		[]any{string(m.Conversation), m.Number, maxReferences}
	if m.Side != "" {
		where = `WHERE conversation IN ($1, ` + sideBegan + `$4)) AND side = $4 AND (conversation <> $1 OR number < $2)
			ORDER BY at DESC, number DESC LIMIT $3`
		args = append(args, string(m.Side))
	}
	before, err := db.messages(ctx, where, args...)
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

// FreeClaims ends the leases of processes that are gone, so that what they claimed is sent now and what they were sending
// is [DB.Stranded] now, not when the lease would have run out. Surely gone is, when first is set, whoever bore the name
// node before; a file has one process, so there it is everybody. A node that has not said for nodesGone that it lives may
// only be slow: what it claimed and did not begin is free, since [DB.Sending] grants a message to one caller whoever
// holds the lease; what it has on the wire may still arrive and keeps its lease.
func (db *DB) FreeClaims(ctx context.Context, node string, first bool) error {
	now := db.now()
	if db.Engine() != "postgres" {
		if !first {
			return nil
		}
		return db.do(ctx, `UPDATE outbox SET lease_until = $1 WHERE lease_until > 0 AND lease_until > $1`, ms(now))
	}
	return db.do(ctx, `UPDATE outbox SET lease_until = $1 WHERE lease_until > 0 AND lease_until > $1 AND (node = $2 AND $3
		OR node <> $2 AND started_at = 0 AND lease_until <= $4 AND node NOT IN (SELECT id FROM nodes WHERE seen_at >= $5))`,
		ms(now), node, first, ms(now.Add(claimLease-nodesGone)), ms(now.Add(-nodesGone)))
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

// Backlog claims at most n unclaimed messages of a backlog, so that no other node sends them while they are told why they
// wait; that counts for no attempt.
func (db *DB) Backlog(ctx context.Context, node string, b desk.Backlog, n int) ([]desk.MessageID, error) {
	var out []desk.MessageID
	err := db.eng.query(ctx, func(r rows) error {
		var id string
		err := r.Scan(&id)
		out = append(out, desk.MessageID(id))
		return err
	}, `UPDATE outbox SET lease_until = $6, node = $7
		WHERE message IN (SELECT message FROM outbox WHERE inbox = $1 AND rank >= $2 AND not_before < $3 AND lease_until <= $4 AND started_at = 0
			ORDER BY rank, not_before LIMIT $5)
		AND lease_until <= $4 AND started_at = 0
		RETURNING message`, string(b.Inbox), int64(b.Rank), ms(b.Before), ms(db.now()), n, ms(db.now().Add(claimLease)), node)
	return out, down(err)
}

// Untried takes a claim back that was not used: it counts for no attempt. The lease stays until the row is saved anew.
func (db *DB) Untried(ctx context.Context, id desk.MessageID) error {
	_, err := db.eng.exec(ctx, `UPDATE outbox SET attempts = attempts - 1, first_tried = CASE WHEN attempts <= 1 THEN 0 ELSE first_tried END
		WHERE message = $1 AND attempts > 0`, string(id))
	return down(err)
}
