package storetest

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"yingda/desk"
	"yingda/internal/testkit"
	"yingda/store"
)

// Rig is a real record with a clock that only the test moves, for rooms that work on one.
type Rig struct {
	T   testing.TB
	DB  *store.DB
	URL string

	now atomic.Int64 // Unix ms
}

// Engines plays a test on both SQL engines, each with a rig of its own whose clock stands at start.
func Engines(t *testing.T, start time.Time, play func(*testing.T, *Rig)) {
	t.Helper()
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			url := SQLite(t)
			if engine == "postgres" {
				url = testkit.Postgres(t)
			}
			play(t, NewRig(t, url, start))
		})
	}
}

// SQLite is the URL of a file of the test's own: a copy of an empty record, since migrating each anew was a fifth of what
// the tests of whole rooms cost.
func SQLite(t testing.TB) string {
	t.Helper()
	raw, err := empty()
	if err != nil {
		t.Fatalf("make an empty record: %v", err)
	}
	path := filepath.Join(t.TempDir(), "yingda.db")
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	return "sqlite:" + path
}

// empty is the file of a record that was opened and closed.
var empty = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "empty-record-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // in the system's temporary folder; nothing depends on it
	cfg, path := store.Default(), filepath.Join(dir, "yingda.db")
	cfg.URL = "sqlite:" + path
	db, err := store.Open(context.Background(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	if err := db.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// NewRig opens a record and runs it until the test ends.
func NewRig(t testing.TB, url string, start time.Time) *Rig {
	t.Helper()
	r := &Rig{T: t, URL: url}
	r.now.Store(start.UnixMilli())
	r.DB = r.Open()
	return r
}

// Open opens the rig's record once more, as another node would, and runs it until the test ends.
func (r *Rig) Open() *store.DB {
	r.T.Helper()
	cfg := store.Default()
	cfg.URL, cfg.Key, cfg.Now = r.URL, "0123456789abcdef", r.Now
	db, err := store.Open(r.T.Context(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		r.T.Fatal(err)
	}
	r.Run(db.Run, func() { _ = db.Close() })
	return db
}

// Run runs a loop until stop or the end of the test, then after; loops end in the opposite order of their beginning.
func (r *Rig) Run(loop func(context.Context) error, after func()) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- loop(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			r.T.Errorf("Run: got %v, want nil after a clean stop", err)
		}
		if after != nil {
			after()
		}
	})
	r.T.Cleanup(stop)
	return stop
}

// Now is the rig's time.
func (r *Rig) Now() time.Time { return time.UnixMilli(r.now.Load()).UTC() }

// Pass lets time go by.
func (r *Rig) Pass(d time.Duration) { r.now.Add(d.Milliseconds()) }

// Update runs a unit.
func (r *Rig) Update(fn func(desk.Tx) error) {
	r.T.Helper()
	if err := r.DB.Update(r.T.Context(), desk.About{}, fn); err != nil {
		r.T.Fatal(err)
	}
}

// Until waits for a fact; what is named never came after half a minute.
func (r *Rig) Until(what string, ok func() bool) {
	r.T.Helper()
	poll, limit := time.NewTicker(5*time.Millisecond), time.NewTimer(30*time.Second)
	defer poll.Stop()
	defer limit.Stop()
	for !ok() {
		select {
		case <-poll.C:
		case <-limit.C:
			r.T.Fatalf("waited in vain until %s", what)
		}
	}
}
