package testkit

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// postgresFolders is where distributions keep initdb and postgres; a postgres
// on PATH may be a wrapper that drops arguments, so it comes last.
const postgresFolders = "/usr/lib/postgresql/*/bin"

// PostgresOptions chooses what kind of cluster is started.
type PostgresOptions struct {
	// Durable keeps fsync and friends on, as a firm would run it. Tests that
	// crash the server and all figures need it; for everything else commits
	// that skip the disk are several times faster.
	Durable bool
}

// PostgresCluster is a PostgreSQL server of the test's own.
type PostgresCluster struct {
	dir     string
	bin     string
	as      *account
	durable bool
	port    int
	program *program
}

// Postgres returns the DSN of a fresh, empty database, dropped after the test.
// The cluster is shared and not durable; its collation is a human language's
// (ICU en-US), so that SQL which silently relies on byte order shows.
func Postgres(t testing.TB) string {
	t.Helper()
	base, err := shared.dsn()
	must(t, "PostgreSQL", err)
	return freshDatabase(t, base)
}

// PostgresServer starts a cluster that this test may crash and start again.
func PostgresServer(t testing.TB, opt PostgresOptions) *PostgresCluster {
	t.Helper()
	c, err := StartPostgres(opt)
	must(t, "PostgreSQL", err)
	t.Cleanup(c.Stop)
	return c
}

// StartPostgres starts a cluster outside a test. The caller calls Stop.
func StartPostgres(opt PostgresOptions) (*PostgresCluster, error) {
	initdb, err := find("initdb", postgresFolders)
	if err != nil {
		return nil, err
	}
	if initdb, err = filepath.EvalSymlinks(initdb); err != nil {
		return nil, fmt.Errorf("find initdb: %w", err)
	}
	as, err := lesserAccount("postgres", "nobody")
	if err != nil {
		return nil, err
	}
	dir, err := newFolder()
	if err != nil {
		return nil, fmt.Errorf("make the cluster's folder: %w", err)
	}
	c := &PostgresCluster{dir: dir, bin: filepath.Dir(initdb), as: as, durable: opt.Durable}
	if err := c.create(); err != nil {
		_ = os.RemoveAll(dir)
		return nil, err
	}
	return c, nil
}

func (c *PostgresCluster) create() error {
	if c.as != nil {
		if err := os.Chown(c.dir, c.as.uid, c.as.gid); err != nil {
			return fmt.Errorf("give the cluster's folder away: %w", err)
		}
	}
	cmd := exec.Command(filepath.Join(c.bin, "initdb"),
		"--pgdata", c.data(), "--auth", "trust", "--username", "postgres", "--encoding", "UTF8",
		"--locale", "C.UTF-8", "--locale-provider", "icu", "--icu-locale", "en-US", "--no-sync", "--no-instructions")
	cmd.Dir = c.dir
	cmd.SysProcAttr = attributes(c.as, syscall.SIGKILL)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	return retry(c.run)
}

func (c *PostgresCluster) data() string { return filepath.Join(c.dir, "data") }

func (c *PostgresCluster) run(port int) error {
	args := []string{
		"-D", c.data(), "-p", strconv.Itoa(port), "-k", c.dir, "-c", "listen_addresses=127.0.0.1",
		// Every package of the run may hold a few pools at once.
		"-c", "max_connections=400", "-c", "shared_buffers=64MB", "-c", "log_min_messages=fatal",
	}
	if !c.durable {
		// Nothing here outlives the test: a machine crash may eat it all.
		args = append(args, "-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")
	}
	p, err := launch(c.dir, c.as, syscall.SIGQUIT, filepath.Join(c.bin, "postgres"), args...)
	if err != nil {
		return err
	}
	c.port, c.program = port, p
	if err := p.waitFor(c.ping); err != nil {
		p.stop(syscall.SIGQUIT)
		return err
	}
	return nil
}

func (c *PostgresCluster) ping() error {
	return admin(c.BaseDSN(), "SELECT 1")
}

// BaseDSN is the DSN of the cluster's own database, postgres.
func (c *PostgresCluster) BaseDSN() string {
	return fmt.Sprintf("postgres://postgres@127.0.0.1:%d/postgres?sslmode=disable", c.port)
}

// Database returns the DSN of a fresh database in this cluster.
func (c *PostgresCluster) Database(t testing.TB) string {
	t.Helper()
	return freshDatabase(t, c.BaseDSN())
}

// Addr is host:port, to put a Wire in front of.
func (c *PostgresCluster) Addr() string { return "127.0.0.1:" + strconv.Itoa(c.port) }

// Crash stops the cluster as a power cut of the server process would: every
// connection breaks at once and the next start recovers from the log.
func (c *PostgresCluster) Crash() { c.program.stop(syscall.SIGQUIT) }

// Restart starts a crashed cluster again, on the same port and data.
func (c *PostgresCluster) Restart() error { return c.run(c.port) }

// Stop ends the cluster and removes its folder.
func (c *PostgresCluster) Stop() {
	c.program.stop(syscall.SIGQUIT)
	_ = os.RemoveAll(c.dir) // in the system's temporary folder; nothing depends on it
}

func freshDatabase(t testing.TB, base string) string {
	t.Helper()
	dsn, err := url.Parse(base)
	if err != nil {
		t.Fatalf("read the base DSN %q: %v", base, err)
	}
	name := "t_" + strings.ToLower(rand.Text())
	if err := admin(base, "CREATE DATABASE "+name); err != nil {
		t.Fatalf("make a database: %v", err)
	}
	t.Cleanup(func() {
		// A test that crashed the cluster for good has nothing left to drop.
		_ = admin(base, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)")
	})
	dsn.Path = "/" + name
	return dsn.String()
}

// admin runs one statement on a connection of its own.
func admin(dsn, statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, statement)
	return err
}
