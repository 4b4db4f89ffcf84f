package store

import (
	"context"
	"time"
)

// Times of the sweep.
const (
	orphansEvery = time.Hour      // how often what nobody refers to is looked for
	keysKept     = 24 * time.Hour // how long an agent's idempotency key is known

	greetingsKept = 2 * time.Hour        // automatic mails are bounded by the hour
	noticesKept   = 30 * 24 * time.Hour  // what was told to people and webhooks
	waitsKept     = 400 * 24 * time.Hour // what waiting customers were told, as far as reports reach back
	alertsKept    = 400 * 24 * time.Hour // alerts that were cleared, likewise
)

// sweep keeps this node's heartbeat and clears away what nobody refers to.
func (db *DB) sweep(ctx context.Context) error {
	beat := time.NewTicker(nodesEvery)
	defer beat.Stop()
	clear := time.NewTicker(orphansEvery)
	defer clear.Stop()
	db.heartbeat(ctx)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-beat.C:
			db.heartbeat(ctx)
		case <-clear.C:
			if n, err := db.CollectOrphans(ctx); err != nil {
				db.log.WarnContext(ctx, "orphaned blobs not collected", "err", err)
			} else if n > 0 {
				db.log.InfoContext(ctx, "orphaned blobs collected", "count", n)
			}
			if err := db.forgetGreetings(ctx, db.now().Add(-greetingsKept)); err != nil {
				db.log.WarnContext(ctx, "old greetings not forgotten", "err", err)
			}
			if err := db.forgetNotices(ctx, db.now().Add(-noticesKept)); err != nil {
				db.log.WarnContext(ctx, "old notices not forgotten", "err", err)
			}
			if err := db.forgetWaits(ctx, db.now().Add(-waitsKept)); err != nil {
				db.log.WarnContext(ctx, "old waits not forgotten", "err", err)
			}
			if err := db.forgetAlerts(ctx, db.now().Add(-alertsKept)); err != nil {
				db.log.WarnContext(ctx, "old alerts not forgotten", "err", err)
			}
			_, err := db.ForgetKeys(ctx, db.now().Add(-keysKept))
			if err == nil {
				_, err = db.ForgetRequests(ctx, db.now().Add(-keysKept))
			}
			if err != nil {
				db.log.WarnContext(ctx, "idempotency keys not forgotten", "err", err)
			}
			if _, err := db.ForgetAwaited(ctx, db.now().Add(-awaitedKept)); err != nil {
				db.log.WarnContext(ctx, "places for mails that never came not forgotten", "err", err)
			}
		}
	}
}

// heartbeat looks whether other nodes live, so that commits are told to them and to nobody else.
func (db *DB) heartbeat(ctx context.Context) {
	if db.Engine() != "postgres" {
		return
	}
	var n int
	err := db.Beat(ctx, db.node, db.now())
	if err == nil {
		err = db.read.QueryRowContext(ctx, `SELECT COUNT(*) FROM nodes WHERE id <> $1 AND seen_at >= $2`,
			db.node, ms(db.now().Add(-nodesGone))).Scan(&n)
	}
	if err != nil {
		if ctx.Err() == nil {
			db.log.WarnContext(ctx, "heartbeat failed", "err", err)
		}
		return
	}
	db.relay.many.Store(n > 0)
}
