package store

import (
	"context"
	"database/sql"
	"time"

	"yingda/desk"
)

// SaveWaits writes down what waiting customers were told and what came. One that is there already stays as it is.
func (db *DB) SaveWaits(ctx context.Context, waits []desk.WaitForecast) error {
	err := db.eng.atomically(ctx, func(tx *sql.Tx) error {
		for i := range waits {
			f := &waits[i]
			_, err := tx.ExecContext(ctx, `INSERT INTO waits (conversation, at, queue, medium, position, low_ms, high_ms, shown, took_ms, taken)
				VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (conversation, at) DO NOTHING`,
				string(f.Conversation), ms(f.At), string(f.Queue), string(f.Medium), f.Position, f.Low.Milliseconds(), f.High.Milliseconds(),
				bit(f.Shown), f.Took.Milliseconds(), bit(f.Taken))
			if err != nil {
				return err
			}
		}
		return nil
	})
	return down(err)
}

// Waits hands every wait that began from a moment until before another to take, the earliest first.
func (db *DB) Waits(ctx context.Context, from, to time.Time, take func(desk.WaitForecast)) error {
	return down(queryAll(ctx, db.read, func(r rows) error {
		var f desk.WaitForecast
		var began, low, high, took int64
		var shown, taken int
		err := r.Scan((*string)(&f.Conversation), &began, (*string)(&f.Queue), (*string)(&f.Medium), &f.Position, &low, &high, &shown, &took, &taken)
		f.At, f.Shown, f.Taken = at(began), shown == 1, taken == 1
		f.Low, f.High, f.Took = time.Duration(low)*time.Millisecond, time.Duration(high)*time.Millisecond, time.Duration(took)*time.Millisecond
		if err == nil {
			take(f)
		}
		return err
	}, `SELECT conversation, at, queue, medium, position, low_ms, high_ms, shown, took_ms, taken
		FROM waits WHERE at >= $1 AND at < $2 ORDER BY at`, ms(from), ms(to)))
}

// forgetWaits drops waits that began before a moment.
func (db *DB) forgetWaits(ctx context.Context, before time.Time) error {
	return db.do(ctx, `DELETE FROM waits WHERE at < $1`, ms(before))
}
