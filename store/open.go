package store

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"yingda/desk"
)

// DB is the records. It implements desk.Store.
type DB struct {
	cfg     Config
	log     *slog.Logger
	now     func() time.Time
	node    string
	eng     engine
	read    *readers // never writes
	writer  *writer
	starts  starts
	dir     atomic.Pointer[directory]
	dirMu   sync.Mutex   // of whoever changes dir
	dirSeq  int64        // the fact the directory is as new as
	dirRead atomic.Int64 // the fact it was last read after; what is newer in it are own commits
	commits chan struct{}
	tail    tail
	relay   *relay
	box     *sealer
	recent  int64 // recentDocs
	running atomic.Bool
	full    atomic.Bool // there was no room for the last unit that failed
	stopped chan struct{}
}

// engine is what differs between SQLite and PostgreSQL.
type engine interface {
	name() string
	// session is the writer's own connection.
	session(ctx context.Context) (session, error)
	// exec runs one statement outside the writer: sessions, leases, blobs, claims.
	exec(ctx context.Context, query string, args ...any) (sql.Result, error)
	// query runs one statement that writes and returns rows outside the writer; scan is called for each row.
	query(ctx context.Context, scan func(rows) error, query string, args ...any) error
	// atomically runs a few statements outside the writer as one transaction.
	atomically(ctx context.Context, fn func(*sql.Tx) error) error
	close() error
}

// rows is what database/sql and pgx agree on.
type rows interface {
	Next() bool
	Scan(dest ...any) error
	Err() error
}

// Open opens the records, migrates them and loads the settings. Errors: Unavailable "data_in_use" when another process
// has the data folder, Unavailable "store_down" when the server cannot be reached.
func Open(ctx context.Context, cfg Config, log *slog.Logger) (*DB, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	db := &DB{
		cfg: cfg, log: log, now: cfg.Now, node: cfg.Node, commits: make(chan struct{}, 1), stopped: make(chan struct{}),
		recent: recentDocs,
	}
	if db.now == nil {
		db.now = time.Now
	}
	if db.node == "" {
		db.node = newToken()
	}
	db.box = newSealer(cfg.Key)
	var err error
	var read *sql.DB
	if path := cfg.path(); path != "" {
		db.eng, read, err = openSQLite(ctx, path, cfg.Readers)
	} else {
		db.eng, read, err = openPostgres(ctx, cfg)
	}
	if err != nil {
		return nil, err
	}
	db.read = &readers{DB: read, keep: db.Engine() == "sqlite"}
	if p, ok := db.eng.(*postgres); ok {
		db.read.pool = p.pool
	}
	db.relay = newRelay(db)
	db.writer = newWriter(db)
	if err := db.migrate(ctx); err != nil {
		return nil, firstOf(fmt.Errorf("migrate: %w", err), db.closeHandles())
	}
	if err := db.refresh(ctx); err != nil {
		return nil, firstOf(fmt.Errorf("load settings: %w", err), db.closeHandles())
	}
	return db, nil
}

// firstOf keeps the error that matters; the other came of clearing up after it.
func firstOf(err, _ error) error { return err }

// Run runs the writer, the directory's refresher, the heartbeat and, on PostgreSQL, the listener for other nodes'
// commits. It returns nil when ctx ends, after the last batch is answered.
func (db *DB) Run(ctx context.Context) error {
	if !db.running.CompareAndSwap(false, true) {
		return desk.Refuse(desk.Internal, "store_runs_already")
	}
	defer close(db.stopped)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return db.writer.run(ctx) })
	g.Go(func() error { return db.relay.run(ctx) })
	g.Go(func() error { return db.sweep(ctx) })
	return g.Wait()
}

// Close stops what [DB.Run] left and closes every handle. Cancel Run's context first.
func (db *DB) Close() error {
	if db.running.Load() {
		<-db.stopped
	}
	db.writer.refuse()
	return db.closeHandles()
}

func (db *DB) closeHandles() error {
	err := db.read.Close()
	if e := db.eng.close(); err == nil {
		err = e
	}
	if err != nil {
		return fmt.Errorf("close store: %w", err)
	}
	return nil
}

// Committed gives a wake-up after facts were committed here or, on PostgreSQL, by another node. Wake-ups coalesce: one
// waiting is enough. It is for one reader, the feed.
func (db *DB) Committed() <-chan struct{} { return db.commits }

// wake tells the feed that there are new facts.
func (db *DB) wake() {
	select {
	case db.commits <- struct{}{}:
	default:
	}
}

// Node is the name of this process among those on the same records.
func (db *DB) Node() string { return db.node }

// Engine is "sqlite" or "postgres".
func (db *DB) Engine() string { return db.eng.name() }

// Ping reports whether the records can be read, for /readyz, and after there was no room for a unit, whether there is
// again: it then tries a small write of its own.
func (db *DB) Ping(ctx context.Context) error {
	var one int
	if err := db.read.QueryRowContext(ctx, `SELECT 1 FROM feed`).Scan(&one); err != nil {
		return down(err)
	}
	if !db.full.Load() {
		return nil
	}
	if err := db.Beat(ctx, db.node, db.now()); err != nil {
		return err
	}
	db.full.Store(false)
	return nil
}

// down is the answer when the records cannot be reached; nothing was changed.
func down(err error) error {
	if err == nil {
		return nil
	}
	e := desk.Refuse(desk.Unavailable, "store_down")
	e.Err = err
	return e
}
