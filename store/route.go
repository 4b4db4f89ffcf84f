package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"yingda/desk"
)

// Due lists running clocks whose next moment is at or before the given one, the earliest first.
func (db *DB) Due(ctx context.Context, before time.Time, limit int) ([]desk.Clock, error) {
	return db.clocks(ctx, `WHERE running = 1 AND next_at <= $1 ORDER BY next_at LIMIT $2`, ms(before), limit)
}

func (db *DB) clocks(ctx context.Context, where string, args ...any) ([]desk.Clock, error) {
	var out []desk.Clock
	err := queryAll(ctx, db.read, func(r rows) error {
		k, err := scanClock(r)
		out = append(out, k)
		return err
	}, `SELECT `+clockColumns+` FROM clocks `+where, args...)
	if err != nil {
		return nil, down(err)
	}
	return out, nil
}

// workPage is how many conversations are read at once for a rebuild.
const workPage = 500

// Waiting lists all work that needs an agent, for the router's rebuild.
func (db *DB) Waiting(ctx context.Context) ([]desk.Work, error) {
	return db.work(ctx, `c.status = 'open' AND c.assignee = '' AND c.queue <> ''`, func(desk.Conversation, desk.Work) {})
}

// work pages through open conversations and makes the router's view of them.
func (db *DB) work(ctx context.Context, which string, each func(desk.Conversation, desk.Work)) ([]desk.Work, error) {
	var out []desk.Work
	after := ""
	dir := db.Directory()
	for {
		page, err := db.rows(ctx, "$1", "conversations c", which+` AND c.status <> 'resolved' AND c.id > $2 ORDER BY c.id LIMIT $3`, []any{"", after, workPage})
		if err != nil {
			return nil, err
		}
		for _, r := range page {
			q, _ := dir.Queue(r.Queue)
			q.ID = r.Queue
			w := desk.WorkOf(r.Conversation, r.Clocks, q)
			each(r.Conversation, w)
			out = append(out, w)
		}
		if len(page) < workPage {
			return out, nil
		}
		after = string(page[len(page)-1].ID)
	}
}

// Seats lists every agent who is not disabled as the router sees them, for its rebuild.
func (db *DB) Seats(ctx context.Context) ([]desk.Seat, error) {
	held := map[desk.AgentID][]desk.Work{}
	_, err := db.work(ctx, `c.status = 'open' AND c.assignee <> ''`, func(c desk.Conversation, w desk.Work) {
		held[c.Assignee] = append(held[c.Assignee], w)
	})
	if err != nil {
		return nil, err
	}
	presences, err := db.Presences(ctx)
	if err != nil {
		return nil, err
	}
	dir := db.Directory()
	var out []desk.Seat
	for _, a := range dir.Agents() {
		if a.Disabled {
			continue
		}
		p := desk.Presence{Agent: a.ID, State: desk.Offline}
		if i := slices.IndexFunc(presences, func(p desk.Presence) bool { return p.Agent == a.ID }); i >= 0 {
			p = presences[i]
		}
		seat, err := db.seat(ctx, dir, a, p)
		if err != nil {
			return nil, err
		}
		seat.Held = held[a.ID]
		out = append(out, seat)
	}
	return out, nil
}

// Seat is one agent as the router sees them, or ErrNotFound.
func (db *DB) Seat(ctx context.Context, id desk.AgentID) (desk.Seat, error) {
	dir := db.Directory()
	a, ok := dir.Agent(id)
	if !ok || a.Disabled {
		return desk.Seat{}, desk.ErrNotFound
	}
	p := desk.Presence{Agent: id, State: desk.Offline}
	err := queryAll(ctx, db.read, func(r rows) (err error) { p, err = scanPresence(r); return err },
		`SELECT `+presenceColumns+` FROM presence WHERE agent = $1`, string(id))
	if err != nil {
		return desk.Seat{}, down(err)
	}
	seat, err := db.seat(ctx, dir, a, p)
	if err != nil {
		return seat, err
	}
	page, err := db.rows(ctx, "$1", "conversations c", `c.assignee = $2 AND c.assignee <> '' AND c.status = 'open'`, []any{"", string(id)})
	for _, r := range page {
		q, _ := dir.Queue(r.Queue)
		q.ID = r.Queue
		seat.Held = append(seat.Held, desk.WorkOf(r.Conversation, r.Clocks, q))
	}
	return seat, err
}

func (db *DB) seat(ctx context.Context, dir desk.Directory, a desk.Agent, p desk.Presence) (desk.Seat, error) {
	s := desk.SeatOf(dir, a, p)
	s.IdleSince = p.Since
	var left, finished int64
	err := db.read.QueryRowContext(ctx, `SELECT
		COALESCE((SELECT MAX(ended_at) FROM assignments WHERE agent = $1), 0),
		COALESCE((SELECT MAX(last_at) FROM conversations WHERE assignee = $1 AND assignee <> '' AND status = 'resolved'), 0)`,
		string(a.ID)).Scan(&left, &finished)
	if err != nil {
		return s, down(err)
	}
	if t := at(max(left, finished)); t.After(s.IdleSince) {
		s.IdleSince = t
	}
	since := ms(db.now().Add(-desk.FairSpan))
	err = queryAll(ctx, db.read, func(r rows) error {
		var began int64
		err := r.Scan(&began)
		s.Taken = append(s.Taken, at(began))
		return err
	}, `SELECT started_at FROM assignments WHERE agent = $1 AND (ended_at IS NULL OR ended_at >= $2) AND started_at >= $2
		ORDER BY started_at`, string(a.ID), since)
	return s, down(err)
}

// Presences lists the stored presence of every agent that is not offline.
func (db *DB) Presences(ctx context.Context) ([]desk.Presence, error) {
	var out []desk.Presence
	err := queryAll(ctx, db.read, func(r rows) error {
		p, err := scanPresence(r)
		out = append(out, p)
		return err
	}, `SELECT `+presenceColumns+` FROM presence WHERE state <> 'offline' ORDER BY agent`)
	return out, down(err)
}

// ServiceSince counts, by queue, response clocks met in time and late (met late, or breached and unmet) since a moment;
// those that were let go are neither. seq is the last fact that was recorded by then: one statement sees one moment, so
// that whoever counts on from there counts nothing twice.
func (db *DB) ServiceSince(ctx context.Context, since time.Time) (out []desk.ServiceCount, seq int64, err error) {
	counts := map[desk.QueueID]*desk.ServiceCount{}
	err = queryAll(ctx, db.read, func(r rows) error {
		var queue string
		var met, late, last int64
		err := r.Scan(&queue, &met, &late, &last)
		if last >= 0 {
			seq = last
			return err
		}
		c := counts[desk.QueueID(queue)]
		if c == nil {
			c = &desk.ServiceCount{Queue: desk.QueueID(queue)}
			counts[c.Queue] = c
		}
		c.Met, c.Late = c.Met+met, c.Late+late
		return err
	}, `SELECT queue, SUM(CASE WHEN breached_at = 0 THEN 1 ELSE 0 END), SUM(CASE WHEN breached_at > 0 THEN 1 ELSE 0 END), -1
		FROM clocks WHERE `+responses+` AND met_at >= $1 AND met_at > 0 GROUP BY queue
		UNION ALL SELECT queue, 0, COUNT(*), -1 FROM clocks WHERE `+responses+` AND breached_at >= $1 AND breached_at > 0
		AND met_at = 0 GROUP BY queue
		UNION ALL SELECT '', 0, 0, last FROM feed WHERE id = 1`, ms(since))
	for _, c := range counts {
		out = append(out, *c)
	}
	slices.SortFunc(out, func(a, b desk.ServiceCount) int { return strings.Compare(string(a.Queue), string(b.Queue)) })
	return out, seq, down(err)
}
