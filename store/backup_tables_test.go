package store

import (
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"yingda/internal/testkit"
)

// notBackedUp are the tables that no backup holds, with the reason each is left out.
var notBackedUp = map[string]string{
	"sessions":    "people sign in again",
	"sockets":     "which nodes hold which pages open is over when the record is restored",
	"nodes":       "heartbeats: as sockets",
	"attempts":    "counts of the last minutes, which end by themselves",
	"search":      "indexed again from what is restored",
	"search_docs": "as search",

	"promise_hours": "made by the promises that are restored, and packed again",
}

// Every table of the schema is in a backup, or left out for a reason that is written down.
func TestBackupKnowsEveryTable(t *testing.T) {
	t.Parallel()
	listings := map[string]string{
		"sqlite:" + filepath.Join(t.TempDir(), "yingda.db"): `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'`,
		testkit.Postgres(t): `SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()`,
	}
	for url, list := range listings {
		db, err := Open(t.Context(), Config{URL: url, Readers: 1}, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		n := 0
		err = queryAll(t.Context(), db.read, func(r rows) error {
			var table string
			err := r.Scan(&table)
			n++
			switch made := strings.HasPrefix(table, "goose_") || strings.HasPrefix(table, "search_") && table != "search_docs"; {
			case made: // by the migrator, and by the full-text index for itself
			case slices.Contains(backupTables, table) == (notBackedUp[table] != ""):
				t.Errorf("%s of %s: got neither backed up nor a reason, or both", table, db.Engine())
			}
			return err
		}, list)
		if err != nil || n < len(backupTables) {
			t.Errorf("tables of %s: got %d, %v", db.Engine(), n, err)
		}
	}
}
