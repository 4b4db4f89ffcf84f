package testkit_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"

	"yingda/internal/testkit"
)

func connect(t *testing.T, dsn string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatalf("connect to %s: %v", dsn, err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func TestPostgresGivesEachTestItsOwnDatabase(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"first", "second"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn := connect(t, testkit.Postgres(t))
			if _, err := conn.Exec(t.Context(), "CREATE TABLE mine (id TEXT)"); err != nil {
				t.Fatalf("make a table in a fresh database: %v", err)
			}
			var version string
			if err := conn.QueryRow(t.Context(), "SHOW server_version").Scan(&version); err != nil {
				t.Fatal(err)
			}
			t.Log("PostgreSQL", version)
		})
	}
}

// SQLite orders by bytes. A cluster that does too would hide a missing COLLATE "C".
func TestPostgresCollatesAsPeopleDo(t *testing.T) {
	t.Parallel()
	conn := connect(t, testkit.Postgres(t))
	var human, bytes bool
	row := conn.QueryRow(t.Context(), `SELECT 'a' < 'B', 'a' < 'B' COLLATE "C"`)
	if err := row.Scan(&human, &bytes); err != nil {
		t.Fatal(err)
	}
	if !human || bytes {
		t.Errorf("'a' < 'B' by default and by bytes: got %v, %v, want true, false", human, bytes)
	}
}

func TestDurablePostgresSurvivesACrash(t *testing.T) {
	t.Parallel()
	server := testkit.PostgresServer(t, testkit.PostgresOptions{Durable: true})
	dsn := server.Database(t)
	conn := connect(t, dsn)
	var fsync string
	if err := conn.QueryRow(t.Context(), "SHOW fsync").Scan(&fsync); err != nil || fsync != "on" {
		t.Fatalf("fsync: got %q, %v, want on", fsync, err)
	}
	if _, err := conn.Exec(t.Context(), "CREATE TABLE kept (n INT); INSERT INTO kept VALUES (7)"); err != nil {
		t.Fatal(err)
	}
	server.Crash()
	if _, err := conn.Exec(t.Context(), "SELECT 1"); err == nil {
		t.Fatal("a query on a crashed server: got no error")
	}
	if err := server.Restart(); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := connect(t, dsn).QueryRow(t.Context(), "SELECT n FROM kept").Scan(&n); err != nil || n != 7 {
		t.Fatalf("after the crash: got %d, %v, want 7", n, err)
	}
}

func TestRedisForgetsWhenStopped(t *testing.T) {
	t.Parallel()
	server := testkit.NewRedis(t)
	client := redis.NewClient(&redis.Options{Addr: server.Addr, MaxRetries: -1})
	t.Cleanup(func() { _ = client.Close() })
	if err := client.Set(t.Context(), "k", "v", 0).Err(); err != nil {
		t.Fatal(err)
	}
	info, err := client.Info(t.Context(), "server").Result()
	if err != nil || len(info) == 0 {
		t.Fatalf("INFO server, which only a real one answers: got %q, %v", info, err)
	}
	server.Stop()
	if err := client.Ping(t.Context()).Err(); err == nil {
		t.Fatal("ping of a stopped server: got no error")
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	if n, err := client.Exists(t.Context(), "k").Result(); err != nil || n != 0 {
		t.Fatalf("keys after a restart: got %d, %v, want 0", n, err)
	}
}

func TestRedisServersAreApart(t *testing.T) {
	t.Parallel()
	if a, b := testkit.Redis(t), testkit.Redis(t); a == b {
		t.Errorf("two servers: got %s twice, want two addresses", a)
	}
}
