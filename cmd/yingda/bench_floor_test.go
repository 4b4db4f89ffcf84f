package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gorilla/websocket"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/redis/go-redis/v9"

	"yingda/configs"
	"yingda/internal/testkit"
)

// The floor: the same work with nothing around it. A plain net/http server decodes a message, commits it with its
// conversation and one fact in one transaction on the same engine with the same durability, runs an enqueue and an
// offer script on the same kind of Redis, and writes the message to one gorilla socket.

const bareSchema = `CREATE TABLE bare_messages (id TEXT PRIMARY KEY, conversation TEXT NOT NULL, number BIGINT NOT NULL, doc TEXT NOT NULL);
CREATE TABLE bare_conversations (id TEXT PRIMARY KEY, messages BIGINT NOT NULL, version BIGINT NOT NULL);
CREATE TABLE bare_events (seq BIGINT PRIMARY KEY, subject TEXT NOT NULL, body TEXT NOT NULL);
INSERT INTO bare_conversations VALUES ('c', 0, 0)`

// bareCommit stores message n in one transaction, durably.
type bareCommit func(ctx context.Context, n int64, text string) error

var bareStatements = []string{
	`INSERT INTO bare_messages (id, conversation, number, doc) VALUES ($1, 'c', $2, $3)`,
	`UPDATE bare_conversations SET messages = messages + 1, version = version + 1 WHERE id = $1`,
	`INSERT INTO bare_events (seq, subject, body) VALUES ($1, 'c', $2)`,
}

func bareArgs(n int64, text string) [][]any {
	return [][]any{{fmt.Sprintf("m%012d", n), n, text}, {"c"}, {n, text}}
}

func openBareStore(b *testing.B, engine string) bareCommit {
	b.Helper()
	if engine == "postgres" {
		return barePostgres(b, testkit.PostgresServer(b, testkit.PostgresOptions{Durable: true}).Database(b))
	}
	h, err := sql.Open("sqlite", "file:"+filepath.Join(b.TempDir(), "bare.db")+"?_txlock=immediate&_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
	if err != nil {
		b.Fatal(err)
	}
	h.SetMaxOpenConns(1)
	b.Cleanup(func() { _ = h.Close() })
	if _, err := h.ExecContext(b.Context(), bareSchema); err != nil {
		b.Fatal(err)
	}
	return func(ctx context.Context, n int64, text string) error {
		tx, err := h.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		for i, a := range bareArgs(n, text) {
			if _, err := tx.ExecContext(ctx, bareStatements[i], a...); err != nil {
				return errors.Join(err, tx.Rollback())
			}
		}
		return tx.Commit()
	}
}

func barePostgres(b *testing.B, url string) bareCommit {
	b.Helper()
	pool, err := pgxpool.New(b.Context(), url)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(pool.Close)
	if _, err := pool.Exec(b.Context(), bareSchema); err != nil {
		b.Fatal(err)
	}
	return func(ctx context.Context, n int64, text string) error {
		tx, err := pool.Begin(ctx)
		if err != nil {
			return err
		}
		for i, a := range bareArgs(n, text) {
			if _, err := tx.Exec(ctx, bareStatements[i], a...); err != nil {
				return errors.Join(err, tx.Rollback(ctx))
			}
		}
		return tx.Commit(ctx)
	}
}

var (
	bareEnqueue = redis.NewScript(`redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1]) return 'ok'`)
	bareOffer   = redis.NewScript(`
local score = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not score then return 'gone' end
local seat = redis.call('HMGET', KEYS[5], 'presence', 'capacity', 'load')
if seat[1] ~= 'available' then return 'away' end
if tonumber(seat[3] or '0') + tonumber(ARGV[4]) > tonumber(seat[2] or '0') then return 'full' end
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[3])
redis.call('ZADD', KEYS[3], ARGV[5], ARGV[3])
redis.call('HSET', KEYS[4], 'conversation', ARGV[1], 'agent', ARGV[2], 'weight', ARGV[4], 'score', score, 'state', 'open')
redis.call('HINCRBY', KEYS[5], 'load', ARGV[4])
return 'ok'`)
)

// bareDesk is the composed floor with one socket on it.
type bareDesk struct {
	commit bareCommit
	rdb    redis.UniversalClient
	url    string
	n      atomic.Int64
	screen chan []byte // to the socket's writer
	client *http.Client
	ears   *ears
}

func openFloor(b *testing.B, g *gauge) *bareDesk {
	b.Helper()
	d := &bareDesk{commit: openBareStore(b, g.engine), screen: make(chan []byte, 64), client: &http.Client{}, ears: newEars()}
	redisConfig := configs.Redis{}
	if g.redis != "" {
		redisConfig.Addresses = []string{testkit.Redis(b)}
	}
	var stop func()
	d.rdb, stop = openRedis(redisConfig)
	b.Cleanup(stop)
	if err := d.rdb.HSet(b.Context(), "seat", "presence", "available", "capacity", 1<<40).Err(); err != nil {
		b.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /message", d.serve)
	mux.HandleFunc("GET /socket", d.socket)
	server := httptest.NewServer(mux)
	b.Cleanup(server.Close)
	d.url = server.URL
	conn, res, err := websocket.DefaultDialer.DialContext(b.Context(), "ws"+strings.TrimPrefix(server.URL, "http")+"/socket", nil)
	if err != nil {
		b.Fatal(err)
	}
	_ = res.Body.Close()
	b.Cleanup(func() { _ = conn.Close() })
	hear := d.ears.listener()
	go func() {
		for {
			_, raw, err := conn.ReadMessage()
			if err != nil {
				return
			}
			hear(raw)
		}
	}()
	return d
}

func (d *bareDesk) serve(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Text  string `json:"text"`
		Offer bool   `json:"offer"`
	}
	n := d.n.Add(1)
	err := json.NewDecoder(r.Body).Decode(&in)
	if err == nil {
		err = d.commit(r.Context(), n, in.Text)
	}
	if err == nil && in.Offer {
		err = d.place(r.Context(), n)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	raw, _ := json.Marshal(map[string]any{"kind": "message", "n": n, "text": in.Text})
	d.screen <- raw
	_, _ = io.WriteString(w, `{"ok":true}`)
}

func (d *bareDesk) place(ctx context.Context, n int64) error {
	conv := fmt.Sprint("c", n)
	if err := bareEnqueue.Run(ctx, d.rdb, []string{"waiting"}, conv, n).Err(); err != nil {
		return err
	}
	keys := []string{"waiting", "offered", "expiry", "offer:" + conv, "seat"}
	return bareOffer.Run(ctx, d.rdb, keys, conv, "ann", "o"+conv, 1, n).Err()
}

func (d *bareDesk) socket(w http.ResponseWriter, r *http.Request) {
	conn, err := (&websocket.Upgrader{}).Upgrade(w, r, nil)
	if err != nil {
		return
	}
	go func() {
		for raw := range d.screen {
			if conn.WriteMessage(websocket.TextMessage, raw) != nil {
				return
			}
		}
	}()
}

// message is a message into an open conversation.
func (d *bareDesk) message(i int) error { return d.send(i, false) }

// arrival is a message that opens one and is offered.
func (d *bareDesk) arrival(i int) error { return d.send(i, true) }

func (d *bareDesk) send(i int, offer bool) error {
	text := fmt.Sprintf("bare-%d-%t-end", i, offer)
	return d.ears.after(func() error {
		body := strings.NewReader(fmt.Sprintf(`{"text":%q,"offer":%t}`, text, offer))
		req, err := http.NewRequest(http.MethodPost, d.url+"/message", body) //nolint:noctx // bounded by the benchmark
		if err != nil {
			return err
		}
		return exchange(d.client, req, nil)
	}, `"kind":"message"`, text)
}
