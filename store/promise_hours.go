package store

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"
)

// Times and sizes of packing.
const (
	packAfter  = 2 * time.Minute  // an hour that is over is left alone so long: what ends in it may still be told
	packEvery  = 10 * time.Second // how often a lease's holder looks for hours to pack
	packSoon   = time.Second      // and when there was more than one go could do
	packAtOnce = 48               // hours in one go: half a megabyte
)

// PackPromises packs the hours in which promises ended and that are over, also those that changed since, until ctx ends.
// It is meant for one node at a time; two at once do no harm.
func (db *DB) PackPromises(ctx context.Context) error {
	for {
		pause := packEvery
		n, err := db.packOpen(ctx)
		if err != nil && ctx.Err() == nil {
			db.log.WarnContext(ctx, "hours of promises not packed", "err", err)
		}
		if n == packAtOnce {
			pause = packSoon
		}
		t := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			t.Stop()
			return nil
		case <-t.C:
		}
	}
}

// packOpen packs some hours that are over and says how many it found; 0: all are packed.
func (db *DB) packOpen(ctx context.Context) (int, error) {
	hours, err := db.packable(ctx, ` AND pack IS NULL`, -1)
	if err != nil || len(hours) == 0 {
		return 0, err
	}
	_, err = db.packHours(ctx, hours)
	return len(hours), err
}

// RepackPromises makes every pack anew from the rows and says how many hours it looked at, and in how many what was
// packed differed; it can be stopped and begun again, and works beside nodes that run.
func (db *DB) RepackPromises(ctx context.Context) (hours, differed int, err error) {
	// An hour nobody knows of cannot be, but this is what one runs when what cannot be is feared.
	if _, err := db.eng.exec(ctx, `INSERT INTO promise_hours (hour) SELECT DISTINCT ended_at / 3600000 FROM promises WHERE true ON CONFLICT (hour) DO NOTHING`); err != nil {
		return 0, 0, down(err)
	}
	for after := int64(-1); ; {
		some, err := db.packable(ctx, "", after)
		if err != nil || len(some) == 0 {
			return hours, differed, err
		}
		n, err := db.packHours(ctx, some)
		if err != nil {
			return hours, differed, err
		}
		hours, differed, after = hours+len(some), differed+n, some[len(some)-1]
	}
}

// packable lists hours that are over, after one, in order.
func (db *DB) packable(ctx context.Context, where string, after int64) ([]int64, error) {
	var hours []int64
	err := queryAll(ctx, db.read, func(r rows) error {
		var h int64
		err := r.Scan(&h)
		hours = append(hours, h)
		return err
	}, `SELECT hour FROM promise_hours WHERE hour > $1 AND hour < $2`+where+` ORDER BY hour LIMIT $3`, after, ms(db.now().Add(-packAfter))/hourMS, packAtOnce)
	return hours, cmp.Or(down(err), ctx.Err())
}

// packHours packs hours and says how many packs it replaced by others. What changes meanwhile stays unpacked: first the
// hour is marked, then read, and the pack is kept only where the mark still stands, which any change takes away. One
// row is locked at a time: two would meet the writer's in another order.
func (db *DB) packHours(ctx context.Context, hours []int64) (differed int, err error) {
	mark := newToken()
	for _, h := range hours {
		if _, err := db.eng.exec(ctx, `UPDATE promise_hours SET packing = $2 WHERE hour = $1`, h, mark); err != nil {
			return differed, down(err)
		}
		var old []byte
		if err := db.read.QueryRowContext(ctx, `SELECT pack FROM promise_hours WHERE hour = $1`, h).Scan(&old); err != nil {
			return differed, down(err)
		}
		pack, err := db.packHour(ctx, h)
		if err != nil {
			return differed, err
		}
		r, err := db.eng.exec(ctx, `UPDATE promise_hours SET pack = $2, packing = '' WHERE hour = $1 AND packing = $3`, h, pack, mark)
		if err != nil {
			return differed, down(fmt.Errorf("keep a pack: %w", err))
		}
		if n, err := r.RowsAffected(); err != nil {
			return differed, down(err)
		} else if n == 1 && old != nil && !bytes.Equal(old, pack) {
			differed++
		}
	}
	return differed, nil
}

// packHour reads an hour's rows into a pack.
func (db *DB) packHour(ctx context.Context, hour int64) ([]byte, error) {
	var all []packRow
	err := queryAll(ctx, db.read, func(r rows) error {
		var p packRow
		var err error
		p.EndedPromise, err = scanPromise(r, &p.later)
		all = append(all, p)
		return err
	}, `SELECT `+promiseRow+`, later FROM promises WHERE ended_at >= $1 AND ended_at < $2`, hour*hourMS, (hour+1)*hourMS)
	if err != nil || ctx.Err() != nil {
		return nil, cmp.Or(down(err), ctx.Err())
	}
	slices.SortFunc(all, func(a, b packRow) int {
		return cmp.Or(a.EndedAt.Compare(b.EndedAt), cmp.Compare(a.Place(), b.Place()))
	})
	return packPromises(hour, all), nil
}
