package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"yingda/desk"
)

// postgres is the engine on a server.
type postgres struct {
	cfg  *pgx.ConnConfig
	pool *pgxpool.Pool
	db   *sql.DB // over pool
	node string
	many func() bool // whether other nodes must be told of commits
}

func openPostgres(ctx context.Context, cfg Config) (engine, *sql.DB, error) {
	pc, err := pgxpool.ParseConfig(cfg.URL)
	if err != nil {
		return nil, nil, fmt.Errorf("store.url: %s does not parse", cfg.redacted())
	}
	pc.MaxConns = int32(cfg.Readers) + 4
	pc.ConnConfig.RuntimeParams["application_name"] = "yingda"
	// A crashed node's half transaction must not hold the feed row.
	pc.ConnConfig.RuntimeParams["idle_in_transaction_session_timeout"] = "5000"
	pool, err := pgxpool.NewWithConfig(ctx, pc)
	if err != nil {
		return nil, nil, down(err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, nil, down(err)
	}
	wc := pc.ConnConfig.Copy()
	wc.RuntimeParams["lock_timeout"] = "1000" // foreign row locks stall every writer: better an error than a queue
	wc.RuntimeParams["plan_cache_mode"] = "force_generic_plan"
	wc.RuntimeParams["enable_seqscan"] = "off" // it looks up by key: a plan made while a table was empty would read all of it later
	p := &postgres{cfg: wc, pool: pool, node: cfg.Node, many: func() bool { return false }}
	p.db = stdlib.OpenDBFromPool(pool)
	return p, p.db, nil
}

func (p *postgres) name() string { return "postgres" }

func (p *postgres) close() error {
	p.pool.Close()
	return nil
}

func (p *postgres) exec(ctx context.Context, query string, args ...any) (sql.Result, error) {
	return p.db.ExecContext(ctx, query, args...)
}

func (p *postgres) query(ctx context.Context, scan func(rows) error, query string, args ...any) error {
	return queryAll(ctx, p.db, scan, query, args...)
}

func (p *postgres) atomically(ctx context.Context, fn func(*sql.Tx) error) error {
	return inTx(ctx, p.db, fn)
}

// pgSession is the writer's connection. Each half of a batch is one round trip.
type pgSession struct {
	conn   *pgx.Conn
	eng    *postgres
	guards map[string]string
	inside bool
}

func (p *postgres) session(ctx context.Context) (session, error) {
	conn, err := pgx.ConnectConfig(ctx, p.cfg)
	if err != nil {
		return nil, err
	}
	return &pgSession{conn: conn, eng: p, guards: map[string]string{}}, nil
}

func (s *pgSession) begin(ctx context.Context, reads []read) error {
	b := &pgx.Batch{}
	b.Queue("BEGIN")
	s.inside = true
	return s.send(ctx, b, 1, reads)
}

func (s *pgSession) read(ctx context.Context, reads []read) error {
	if len(reads) == 0 {
		return nil
	}
	return s.send(ctx, &pgx.Batch{}, 0, reads)
}

// send runs the batch, whose first skip statements return nothing, and scans the reads.
func (s *pgSession) send(ctx context.Context, b *pgx.Batch, skip int, reads []read) error {
	for _, r := range reads {
		b.Queue(r.sql, r.args...)
	}
	br := s.conn.SendBatch(ctx, b)
	for range skip {
		if _, err := br.Exec(); err != nil {
			return errors.Join(err, br.Close())
		}
	}
	for _, r := range reads {
		if err := scanAll(br, r); err != nil {
			_ = br.Close()
			return fmt.Errorf("%s: %w", r.sql, err)
		}
	}
	return br.Close()
}

func scanAll(br pgx.BatchResults, r read) error {
	rs, err := br.Query()
	if err != nil {
		return err
	}
	defer rs.Close()
	for rs.Next() {
		if err := r.scan(rs); err != nil {
			return err
		}
	}
	rs.Close()
	return rs.Err()
}

// commit sends the writes and COMMIT together, in one round trip. A guarded write that finds nothing to change must
// stop the COMMIT that stands behind it, so the server itself is made to fail: it divides by the rows it changed.
func (s *pgSession) commit(ctx context.Context, writes []write) error {
	b := &pgx.Batch{}
	for _, w := range writes {
		if w.one {
			b.Queue(s.guarded(w.sql), w.args...)
		} else {
			b.Queue(w.sql, w.args...)
		}
	}
	if s.eng.many() {
		b.Queue("SELECT pg_notify($1, $2)", channelCommits, s.eng.node)
	}
	b.Queue("COMMIT")
	br := s.conn.SendBatch(ctx, b)
	for i := range b.Len() {
		tag, err := br.Exec()
		if err != nil {
			_ = br.Close()
			return lost(fmt.Errorf("%s: %w", b.QueuedQueries[i].SQL, err))
		}
		// After an error COMMIT answers ROLLBACK without an error of its own.
		if i == b.Len()-1 && tag.String() != "COMMIT" {
			_ = br.Close()
			return fmt.Errorf("commit answered %s", tag)
		}
	}
	if err := br.Close(); err != nil {
		return lost(err)
	}
	s.inside = false
	return nil
}

// guarded makes a write fail with division_by_zero unless it changes a row.
func (s *pgSession) guarded(query string) string {
	g, ok := s.guards[query]
	if !ok {
		g = "WITH u AS (" + query + " RETURNING 1) SELECT 1/count(*) FROM u"
		s.guards[query] = g
	}
	return g
}

// divisionByZero is what a guarded write fails with.
const divisionByZero = "22012"

// lost marks an error that came from the line rather than from the server: the outcome of a COMMIT is not known.
func lost(err error) error {
	var pe *pgconn.PgError
	if errors.As(err, &pe) && pe.Severity != "FATAL" && pe.Severity != "PANIC" {
		if pe.Code == divisionByZero {
			return errStale
		}
		return err
	}
	e := desk.Refuse(desk.Unavailable, "commit_unknown")
	e.Err = err
	return e
}

func (s *pgSession) rollback(ctx context.Context) error {
	if !s.inside || s.conn.IsClosed() {
		return nil
	}
	s.inside = false
	_, err := s.conn.Exec(ctx, "ROLLBACK")
	return err
}

func (s *pgSession) broken() bool { return s.conn.IsClosed() }

func (s *pgSession) close() error { return s.conn.Close(context.Background()) }
