package store

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"
)

// Config says where the records are kept.
type Config struct {
	// URL is "sqlite:DIR/yingda.db" or "postgres://user@host/database".
	URL string `yaml:"url"`
	// Key is the secret that mailbox and webhook secrets are encrypted with: any text of 16 characters or more. Empty:
	// secrets can be neither saved nor read.
	Key string `yaml:"key" json:"-"`
	// KeyFile is a file that holds Key, read at the start when Key itself is not given: a container's secret.
	KeyFile string `yaml:"key_file"`
	// Readers is how many connections read beside the writer.
	Readers int `yaml:"readers"`
	// Node names this process among others on one PostgreSQL. Empty: a random name.
	Node string `yaml:"node"`
	// Now is the clock for leases, sessions' ages and heartbeats; nil: time.Now. Tests and demos move it.
	Now func() time.Time `yaml:"-"`
}

// Default keeps the records in one file under ./data.
func Default() Config { return Config{URL: "sqlite:data/yingda.db", Readers: 4} }

// Validate names the first key that makes no sense and what is allowed.
func (c Config) Validate() error {
	switch {
	case !strings.HasPrefix(c.URL, "sqlite:") && !strings.HasPrefix(c.URL, "postgres://") && !strings.HasPrefix(c.URL, "postgresql://"):
		return fmt.Errorf("store.url: %q: want sqlite:PATH or postgres://…", c.redacted())
	case c.URL == "sqlite:":
		return errors.New("store.url: sqlite: needs a path")
	case c.Readers < 1 || c.Readers > 100:
		return fmt.Errorf("store.readers: %d: want 1 to 100", c.Readers)
	case c.Key != "" && len(c.Key) < minKey:
		return fmt.Errorf("store.key: want %d characters or more", minKey)
	}
	return nil
}

// minKey is the least length of the secret, in bytes: below it a guess is cheap.
const minKey = 16

// redacted is the URL without what may hold a password.
func (c Config) redacted() string {
	scheme, _, _ := strings.Cut(c.URL, ":")
	if scheme == "sqlite" {
		return c.URL
	}
	return scheme + ":…"
}

// path is the SQLite file, or "" for PostgreSQL.
func (c Config) path() string {
	if p, ok := strings.CutPrefix(c.URL, "sqlite:"); ok {
		return filepath.Clean(p)
	}
	return ""
}
