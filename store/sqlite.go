package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"

	_ "modernc.org/sqlite" // the driver "sqlite", in Go

	"yingda/desk"
)

// sqlite is the engine on one file.
type sqlite struct {
	lock  *os.File
	write *sql.DB    // the writer's one connection
	aux   *sql.DB    // one connection for what is not desk's
	mu    sync.Mutex // one writes at a time: a queue in Go is fair, SQLite's busy wait is not
}

func openSQLite(ctx context.Context, path string, readers int) (engine, *sql.DB, error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, nil, fmt.Errorf("data folder: %w", err)
	}
	lock, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, nil, fmt.Errorf("data folder: %w", err)
	}
	if err := lockFile(lock); err != nil {
		_ = lock.Close()
		e := desk.Refuse(desk.Unavailable, "data_in_use", "folder", dir)
		e.Err = err
		return nil, nil, e
	}
	s := &sqlite{lock: lock}
	s.write, err = openHandle(path, 1, false)
	if err == nil {
		s.aux, err = openHandle(path, 1, false)
	}
	var read *sql.DB
	if err == nil {
		err = s.write.PingContext(ctx) // makes the file and switches it to WAL before a reader looks
	}
	if err == nil {
		read, err = openHandle(path, readers, true)
	}
	if err != nil {
		_ = s.close()
		return nil, nil, down(fmt.Errorf("open %s: %w", path, err))
	}
	return s, read, nil
}

// openHandle opens a pool of n connections. Pragmas stand in the name because they hold per connection.
func openHandle(path string, n int, readOnly bool) (*sql.DB, error) {
	q := url.Values{}
	q.Add("_pragma", "busy_timeout(5000)")
	q.Add("_pragma", "journal_mode(WAL)")
	q.Add("_pragma", "synchronous(FULL)")
	q.Add("_pragma", "cache_size(-16000)") // 16 MB
	if readOnly {
		q.Add("_pragma", "query_only(1)")
	} else {
		q.Set("_txlock", "immediate")
	}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath()}).String()+"?"+q.Encode())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	return db, nil
}

func (s *sqlite) name() string { return "sqlite" }

func (s *sqlite) close() error {
	var errs []error
	for _, h := range []*sql.DB{s.aux, s.write} {
		if h != nil {
			errs = append(errs, h.Close())
		}
	}
	errs = append(errs, unlockFile(s.lock), s.lock.Close())
	return errors.Join(errs...)
}

func (s *sqlite) exec(ctx context.Context, query string, args ...any) (sql.Result, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.aux.ExecContext(ctx, query, args...)
}

func (s *sqlite) query(ctx context.Context, scan func(rows) error, query string, args ...any) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return queryAll(ctx, s.aux, scan, query, args...)
}

func (s *sqlite) atomically(ctx context.Context, fn func(*sql.Tx) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return inTx(ctx, s.aux, fn)
}

// inTx runs fn in one transaction of h.
func inTx(ctx context.Context, h *sql.DB, fn func(*sql.Tx) error) error {
	tx, err := h.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := fn(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// querier is a handle or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// queryAll calls scan for each row.
func queryAll(ctx context.Context, h querier, scan func(rows) error, query string, args ...any) error {
	if r, ok := h.(*readers); ok {
		return r.all(ctx, scan, query, args...)
	}
	return scanRows(ctx, h, scan, query, args...)
}

func scanRows(ctx context.Context, h querier, scan func(rows) error, query string, args ...any) error {
	rs, err := h.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rs.Close() }()
	for rs.Next() {
		if err := scan(rs); err != nil {
			return err
		}
	}
	return rs.Err()
}

// sqliteSession is the writer's connection with its prepared statements. A transaction once begun knows no deadline: there
// is no line that could hang, the driver calls a statement that was done cancelled when its context ended meanwhile, and
// a ROLLBACK that isn't done would leave the next batch inside the transaction of this one.
type sqliteSession struct {
	eng   *sqlite
	conn  *sql.Conn
	stmts map[string]*sql.Stmt
	open  bool
	bad   bool // a transaction may still be open in it
}

func (s *sqlite) session(ctx context.Context) (session, error) {
	conn, err := s.write.Conn(ctx)
	if err != nil {
		return nil, err
	}
	return &sqliteSession{eng: s, conn: conn, stmts: map[string]*sql.Stmt{}}, nil
}

// maxStatements bounds the prepared statements kept: lists of ids come in a few sizes, so it is never met in practice.
const maxStatements = 500

func (s *sqliteSession) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	if st := s.stmts[query]; st != nil {
		return st, nil
	}
	if len(s.stmts) >= maxStatements {
		for q, st := range s.stmts {
			_ = st.Close()
			delete(s.stmts, q)
		}
	}
	st, err := s.conn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	s.stmts[query] = st
	return st, nil
}

func (s *sqliteSession) exec(ctx context.Context, query string, args ...any) (int64, error) {
	st, err := s.prepare(ctx, query) //nolint:sqlclosecheck // kept for the next time, closed with the session
	if err != nil {
		return 0, err
	}
	res, err := st.ExecContext(ctx, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

func (s *sqliteSession) begin(ctx context.Context, reads []read) error {
	ctx = context.WithoutCancel(ctx)
	s.eng.mu.Lock()
	if _, err := s.exec(ctx, "BEGIN IMMEDIATE"); err != nil {
		s.eng.mu.Unlock()
		return err
	}
	s.open = true
	return s.read(ctx, reads)
}

func (s *sqliteSession) read(ctx context.Context, reads []read) error {
	ctx = context.WithoutCancel(ctx)
	for _, r := range reads {
		if err := s.readOne(ctx, r); err != nil {
			return fmt.Errorf("%s: %w", r.sql, err)
		}
	}
	return nil
}

func (s *sqliteSession) readOne(ctx context.Context, r read) error {
	st, err := s.prepare(ctx, r.sql) //nolint:sqlclosecheck // kept for the next time, closed with the session
	if err != nil {
		return err
	}
	rs, err := st.QueryContext(ctx, r.args...)
	if err != nil {
		return err
	}
	defer func() { _ = rs.Close() }()
	for rs.Next() {
		if err := r.scan(rs); err != nil {
			return err
		}
	}
	return rs.Err()
}

func (s *sqliteSession) commit(ctx context.Context, writes []write) error {
	ctx = context.WithoutCancel(ctx)
	for _, w := range writes {
		n, err := s.exec(ctx, w.sql, w.args...)
		if err != nil {
			return fmt.Errorf("%s: %w", w.sql, err)
		}
		if w.one && n != 1 {
			return errStale
		}
	}
	if _, err := s.exec(ctx, "COMMIT"); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	s.open = false
	s.eng.mu.Unlock()
	return nil
}

func (s *sqliteSession) rollback(ctx context.Context) error {
	if !s.open {
		return nil
	}
	_, err := s.exec(context.WithoutCancel(ctx), "ROLLBACK")
	s.open, s.bad = false, err != nil
	s.eng.mu.Unlock()
	return err
}

func (s *sqliteSession) broken() bool { return s.bad }

func (s *sqliteSession) close() error {
	for _, st := range s.stmts {
		_ = st.Close()
	}
	if s.bad { // the pool must not hand it out again: said so, it closes it
		_ = s.conn.Raw(func(any) error { return driver.ErrBadConn })
		return nil
	}
	return s.conn.Close()
}
