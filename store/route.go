package store

import (
	"context"
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
