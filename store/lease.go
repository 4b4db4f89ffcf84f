package store

import (
	"context"
	"fmt"
	"hash/fnv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// leaseBeat is how often a lease on PostgreSQL is asked whether its connection still holds it.
const leaseBeat = 2 * time.Second

// leases are the names held in this process; on SQLite that is all there is.
var leases sync.Map // *DB and name → chan struct{}

type leaseKey struct {
	db   *DB
	name string
}

// Hold waits until this node has the lease name, runs fn, and gives the lease back when fn returns; fn's context ends
// when the lease is lost. On PostgreSQL it is a session advisory lock, freed by the server when the process dies; on
// SQLite the process itself is the only node. A brief double is harmless: loops under a lease are idempotent.
func (db *DB) Hold(ctx context.Context, name string, fn func(ctx context.Context) error) error {
	slot, _ := leases.LoadOrStore(leaseKey{db, name}, make(chan struct{}, 1))
	own := slot.(chan struct{})
	select {
	case own <- struct{}{}:
		defer func() { <-own }()
	case <-ctx.Done():
		return ctx.Err()
	}
	p, ok := db.eng.(*postgres)
	if !ok {
		return fn(ctx)
	}
	conn, err := pgx.ConnectConfig(ctx, p.pool.Config().ConnConfig)
	if err != nil {
		return down(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	h := fnv.New64a()
	_, _ = h.Write([]byte("yingda lease " + name))
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock($1)`, int64(h.Sum64())); err != nil {
		return fmt.Errorf("lease %s: %w", name, down(err))
	}
	return watched(ctx, conn, fn)
}

// watched runs fn for as long as the connection that holds the lock lives.
func watched(ctx context.Context, conn *pgx.Conn, fn func(ctx context.Context) error) error {
	held, lose := context.WithCancelCause(ctx)
	defer lose(nil)
	done := make(chan error, 1)
	go func() { done <- fn(held) }()
	beat := time.NewTicker(leaseBeat)
	defer beat.Stop()
	for {
		select {
		case err := <-done:
			return err
		case <-beat.C:
			ask, cancel := context.WithTimeout(ctx, leaseBeat)
			err := conn.Ping(ask)
			cancel()
			if err != nil && ctx.Err() == nil {
				lose(fmt.Errorf("lease lost: %w", err))
				<-done //nolint:errcheck // the lease is lost: why fn ended then is no news
				return down(err)
			}
		}
	}
}
