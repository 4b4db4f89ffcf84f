package store

import (
	"context"
	"database/sql"
	"sync"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// readers are the connections that read beside the writer. On SQLite each statement is prepared once a connection:
// parsing a list's statement costs as much as walking its index. pgx keeps prepared statements by itself.
type readers struct {
	*sql.DB
	pool  *pgxpool.Pool // PostgreSQL without database/sql between: a page is a thousand values
	keep  bool
	stmts sync.Map // text → *sql.Stmt
	count atomic.Int64
}

// all calls scan for each row.
func (r *readers) all(ctx context.Context, scan func(rows) error, query string, args ...any) error {
	if r.pool == nil {
		return scanRows(ctx, r, scan, query, args...)
	}
	rs, err := r.pool.Query(ctx, query, args...)
	if err != nil {
		return err
	}
	return drain(rs, scan)
}

// drain calls scan for each row and closes them.
func drain(rs pgx.Rows, scan func(rows) error) error {
	defer rs.Close()
	for rs.Next() {
		if err := scan(rs); err != nil {
			return err
		}
	}
	return rs.Err()
}

// maxKept bounds the statements kept: texts come in a few sizes, filters in a few combinations.
const maxKept = 400

// QueryContext is sql.DB's, over a kept statement where that pays.
func (r *readers) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if !r.keep {
		return r.DB.QueryContext(ctx, query, args...)
	}
	if st, ok := r.stmts.Load(query); ok {
		return st.(*sql.Stmt).QueryContext(ctx, args...)
	}
	if r.count.Load() >= maxKept {
		return r.DB.QueryContext(ctx, query, args...)
	}
	st, err := r.DB.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	if other, there := r.stmts.LoadOrStore(query, st); there {
		_ = st.Close() //nolint:sqlclosecheck // the one kept is closed with the pool
		st = other.(*sql.Stmt)
	} else {
		r.count.Add(1)
	}
	return st.QueryContext(ctx, args...)
}
