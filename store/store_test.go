package store_test

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"

	"yingda/desk"
	"yingda/internal/testkit"
	"yingda/store"
	"yingda/store/storetest"
)

var _ desk.Store = (*store.DB)(nil)

func TestMain(m *testing.M) { testkit.Main(m) }

func TestSQLite(t *testing.T) {
	t.Parallel()
	storetest.Exercise(t, func(t *testing.T) *store.DB {
		return start(t, store.Config{URL: storetest.SQLite(t), Readers: 4, Key: "0123456789abcdef"})
	})
}

func TestPostgres(t *testing.T) {
	t.Parallel()
	storetest.Exercise(t, func(t *testing.T) *store.DB {
		return start(t, store.Config{URL: testkit.Postgres(t), Readers: 4, Key: "0123456789abcdef"})
	})
}

// start opens the records and runs them until the test ends.
func start(t testing.TB, cfg store.Config) *store.DB {
	t.Helper()
	db, stop := startWith(t, cfg, func(*store.DB) {})
	t.Cleanup(stop)
	return db
}

// startWith opens the records, prepares them and runs them until stop is called.
func startWith(t testing.TB, cfg store.Config, prepare func(*store.DB)) (*store.DB, func()) {
	t.Helper()
	db, err := store.Open(context.Background(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	prepare(db)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- db.Run(ctx) }()
	return db, func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
		if err := db.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}
}

// A second start on one data folder is refused (DESIGN 3.7).
func TestDataInUse(t *testing.T) {
	t.Parallel()
	cfg := store.Default()
	cfg.URL = "sqlite:" + filepath.Join(t.TempDir(), "yingda.db")
	start(t, cfg)
	_, err := store.Open(t.Context(), cfg, slog.New(slog.DiscardHandler))
	if got, want := desk.ReasonOf(err), "data_in_use"; got != want {
		t.Errorf("second start: got %q (%v), want %q", got, err, want)
	}
}
