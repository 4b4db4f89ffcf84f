package store

import (
	"context"
	"fmt"
	"time"

	"yingda/desk"
)

// responses are the clocks a service level counts: desk.Clock.Counts as SQL.
const responses = `target IN ('answer', 'first_response', 'next_response', 'callback') AND waiver_state <> 'waived'`

// ServiceQuarters counts as ServiceSince does, by queue and quarter of an hour, what came out from a moment until before
// another: met by when it was met, and broken ones nobody had met by then by when they broke.
func (db *DB) ServiceQuarters(ctx context.Context, from, to time.Time) ([]desk.ServiceQuarter, error) {
	var out []desk.ServiceQuarter
	err := queryAll(ctx, db.read, func(r rows) error {
		var q desk.ServiceQuarter
		err := r.Scan((*string)(&q.Queue), &q.Quarter, &q.Met, &q.Late)
		out = append(out, q)
		return err
	}, `SELECT queue, (met_at - $1) / 900000, SUM(CASE WHEN breached_at = 0 THEN 1 ELSE 0 END), SUM(CASE WHEN breached_at > 0 THEN 1 ELSE 0 END)
		FROM clocks WHERE `+responses+` AND met_at >= $1 AND met_at < $2 AND met_at > 0 GROUP BY 1, 2
		UNION ALL SELECT queue, (breached_at - $1) / 900000, 0, COUNT(*) FROM clocks WHERE `+responses+`
		AND breached_at >= $1 AND breached_at < $2 AND breached_at > 0 AND (met_at = 0 OR met_at >= $2) GROUP BY 1, 2`, ms(from), ms(to))
	return out, down(err)
}

// firstID is the smallest id of a conversation opened at a moment or later: ids are UUIDs of version 7 (RFC 9562 5.7),
// whose first 48 bits are milliseconds.
func firstID(t time.Time) string {
	v := max(0, t.UnixMilli())
	return fmt.Sprintf("%08x-%04x-7000-8000-000000000000", v>>16, v&0xffff)
}

// Arrivals counts conversations opened from a moment until before another, by the queue they are in now.
func (db *DB) Arrivals(ctx context.Context, from, to time.Time) ([]desk.Flow, error) {
	return db.flows(ctx, `SELECT queue, medium, COUNT(*), 0 FROM conversations WHERE id >= $1 AND id < $2 GROUP BY queue, medium
		ORDER BY queue, medium`, firstID(from), firstID(to))
}

// Handled counts assignments that ended from a moment until before another, and how long agents held them.
func (db *DB) Handled(ctx context.Context, from, to time.Time) ([]desk.Flow, error) {
	return db.flows(ctx, `SELECT c.queue, c.medium, COUNT(*), SUM(a.ended_at - a.started_at) FROM assignments a
		JOIN conversations c ON c.id = a.conversation WHERE a.ended_at IS NOT NULL AND a.ended_at >= $1 AND a.ended_at < $2
		GROUP BY c.queue, c.medium ORDER BY c.queue, c.medium`, ms(from), ms(to))
}

func (db *DB) flows(ctx context.Context, text string, args ...any) ([]desk.Flow, error) {
	var out []desk.Flow
	err := queryAll(ctx, db.read, func(r rows) error {
		var f desk.Flow
		var took int64
		err := r.Scan((*string)(&f.Queue), (*string)(&f.Medium), &f.Count, &took)
		f.Took = time.Duration(took) * time.Millisecond
		out = append(out, f)
		return err
	}, text, args...)
	return out, down(err)
}

// SaveForesight keeps what was foreseen for an hour; what was kept first stays.
func (db *DB) SaveForesight(ctx context.Context, all []desk.Foreseen) error {
	for _, f := range all {
		_, err := db.eng.exec(ctx, `INSERT INTO forecasts (hour, queue, arrivals, late) VALUES ($1, $2, $3, $4) ON CONFLICT (hour, queue) DO NOTHING`,
			ms(f.Hour), string(f.Queue), f.Arrivals, f.Late)
		if err != nil {
			return down(err)
		}
	}
	return nil
}

// Foresight lists what was foreseen for the hours of a period.
func (db *DB) Foresight(ctx context.Context, from, to time.Time) ([]desk.Foreseen, error) {
	var out []desk.Foreseen
	err := queryAll(ctx, db.read, func(r rows) error {
		var f desk.Foreseen
		var hour int64
		err := r.Scan(&hour, (*string)(&f.Queue), &f.Arrivals, &f.Late)
		f.Hour = at(hour)
		out = append(out, f)
		return err
	}, `SELECT hour, queue, arrivals, late FROM forecasts WHERE hour >= $1 AND hour < $2 ORDER BY hour, queue`, ms(from), ms(to))
	return out, down(err)
}

// Broke counts the response promises that broke from a moment until before another, by queue.
func (db *DB) Broke(ctx context.Context, from, to time.Time) (map[desk.QueueID]int64, error) {
	out := map[desk.QueueID]int64{}
	err := queryAll(ctx, db.read, func(r rows) error {
		var queue string
		var n int64
		err := r.Scan(&queue, &n)
		out[desk.QueueID(queue)] = n
		return err
	}, `SELECT queue, COUNT(*) FROM clocks WHERE `+responses+` AND breached_at >= $1 AND breached_at < $2 AND breached_at > 0 GROUP BY queue`,
		ms(from), ms(to))
	return out, down(err)
}
