package store

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// A full disk is an outage and no refusal: sources keep what they have and come again.
func TestNoRoom(t *testing.T) {
	t.Parallel()
	db, err := openHandle(filepath.Join(t.TempDir(), "small.db"), 1, false)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, q := range []string{`CREATE TABLE t (x BLOB)`, `PRAGMA max_page_count = 10`} {
		if _, err := db.ExecContext(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	_, full := db.ExecContext(t.Context(), `INSERT INTO t VALUES (zeroblob(1000000))`)
	_, wrong := db.ExecContext(t.Context(), `INSERT INTO nowhere VALUES (1)`)
	for _, c := range []struct {
		err  error
		want bool
	}{
		{full, true},
		{wrong, false},
		{&pgconn.PgError{Code: "53100"}, true},
		{&pgconn.PgError{Code: "23505"}, false},
		{errors.New("else"), false},
	} {
		if got := noRoom(fmt.Errorf("commit: %w", c.err)); c.err == nil || got != c.want {
			t.Errorf("%v: got %v, want %v", c.err, got, c.want)
		}
	}
}
