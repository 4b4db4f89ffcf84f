package main

import (
	"context"
	"encoding/json"
	"log/slog"

	"yingda/desk"
	"yingda/store"
)

// relay carries signals to other nodes and theirs to this one. A signal may be lost: when the line is slow the newest
// is dropped rather than the sender held up.
type relay struct {
	db  *store.DB
	log *slog.Logger
	out chan desk.Signal
}

// relayQueue is how many signals may wait for the line: a second of a very busy desk.
const relayQueue = 256

func newRelay(db *store.DB, signals *desk.Signals, log *slog.Logger) *relay {
	r := &relay{db: db, log: log, out: make(chan desk.Signal, relayQueue)}
	signals.Relay(func(s desk.Signal) {
		select {
		case r.out <- s:
		default:
		}
	})
	db.OnSignal(func(payload []byte) {
		var s desk.Signal
		if err := json.Unmarshal(payload, &s); err != nil {
			log.Debug("a signal of another node is not readable", "err", err)
			return
		}
		signals.Arrived(s)
	})
	return r
}

// Run sends until ctx ends.
func (r *relay) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case s := <-r.out:
			if err := r.db.Signal(ctx, s); err != nil && ctx.Err() == nil {
				r.log.Debug("a signal did not reach the other nodes", "err", err)
			}
		}
	}
}
