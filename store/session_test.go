package store

import (
	"context"
	"path/filepath"
	"testing"
)

func newSQLite(t *testing.T) engine {
	t.Helper()
	eng, readers, err := openSQLite(t.Context(), filepath.Join(t.TempDir(), "one.db"), 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = readers.Close()
		_ = eng.close()
	})
	return eng
}

// A batch on SQLite that outlasts its limit is committed or undone all the same, and the next one finds no transaction of
// its own kind open: once it did, every later unit was refused until the process ended.
func TestSQLiteSessionOutlastsItsLimit(t *testing.T) {
	t.Parallel()
	eng := newSQLite(t)
	if _, err := eng.exec(t.Context(), `CREATE TABLE lines (n INTEGER)`); err != nil {
		t.Fatal(err)
	}
	limit, over := context.WithCancel(t.Context())
	first, err := eng.session(limit)
	if err != nil {
		t.Fatal(err)
	}
	if err := first.begin(limit, nil); err != nil {
		t.Fatal(err)
	}
	over()
	if err := first.commit(limit, []write{{sql: `INSERT INTO lines VALUES (1)`, one: true}}); err != nil {
		t.Errorf("commit after the limit: %v", err)
	}
	limit, over = context.WithCancel(t.Context())
	if err := first.begin(limit, nil); err != nil {
		t.Fatal(err)
	}
	over()
	if err := first.rollback(limit); err != nil {
		t.Errorf("rollback after the limit: %v", err)
	}
	if err := first.close(); err != nil {
		t.Error(err)
	}
	next, err := eng.session(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = next.close() }()
	n := 0
	count := read{sql: `SELECT count(*) FROM lines`, scan: func(r rows) error { return r.Scan(&n) }}
	if err := next.begin(t.Context(), []read{count}); err != nil || n != 1 {
		t.Errorf("the next batch: got %d lines, %v; want the one that was committed", n, err)
	}
	if err := next.rollback(t.Context()); err != nil {
		t.Error(err)
	}
}

// A connection whose transaction could not be undone is not handed out again.
func TestSQLiteSessionThatCannotRollBack(t *testing.T) {
	t.Parallel()
	eng := newSQLite(t)
	first, err := eng.session(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// Ending the transaction behind the session's back makes its ROLLBACK fail, as a full disk does.
	if err := first.begin(t.Context(), []read{{sql: "ROLLBACK"}, {sql: "CREATE TEMP TABLE mark (n INTEGER)"}}); err != nil {
		t.Fatal(err)
	}
	if err := first.rollback(t.Context()); err == nil || !first.broken() {
		t.Errorf("rollback: got %v, broken %v; want an error and a broken session", err, first.broken())
	}
	if err := first.close(); err != nil {
		t.Errorf("close: %v", err)
	}
	next, err := eng.session(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = next.close() }()
	if err := next.begin(t.Context(), []read{{sql: "SELECT n FROM mark"}}); err == nil {
		t.Error("got the broken connection again")
	}
	if err := next.rollback(t.Context()); err != nil {
		t.Error(err)
	}
}
