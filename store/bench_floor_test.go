package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"yingda/desk"
)

// The floors: what the drivers alone do with the same statements and columns. No identity map, no JSON, no search
// tokens made, no refusals, no versions checked: only SQL, its arguments and the commit.

// bareLine is one message's statements with their arguments, as the store writes them, made by the sender.
type bareLine struct {
	reads, writes []bareStatement
	done          chan error
}

type bareStatement struct {
	sql  string
	args []any
}

var bareTokens = func() string {
	var words []string
	rs := []rune(benchText)
	for i := range len(rs) - 1 {
		words = append(words, strings.Map(letter, string(rs[i:i+2])))
	}
	return strings.Join(words, " ")
}()

func letter(r rune) rune {
	if r > 0x2000 || r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
		return r
	}
	return 'x'
}

const bareDoc = `{"id":"m-000000000001","conversation":"0190-00000001","number":1,"inbox":"mail","direction":"in","medium":"email",` +
	`"author":{"kind":"contact","id":"k1"},"author_name":"客户","body":{"text":"` + benchText + `"},` +
	`"created_at":"2026-03-02T09:00:00.001Z","at":"2026-03-02T09:00:00.001Z"}`

const bareColumns = `id, number, inbox, medium, contact, subject, status, priority, queue, skills, tags, locale, assignee,
 last_agent, last_agent_at, prefer, queued_at, snooze_until, resolved_at, merged_into, previous, contact_name, tier,
 people, messages, last_at, last_by, snippet, visitor_read, due_at, due_target, version, created_at, updated_at`

const bareEvent = `INSERT INTO events (seq, subject_kind, subject_id, actor_kind, actor_id, actor_role, at, kind, version, body)
 VALUES ($1, 'conversation', $2, 'system', '', '', 0, 'targets_reviewed', 1, '{}')`

func bareLineOf(engine string, id desk.ConversationID, n int64) bareLine {
	key, doc := fmt.Sprint("x", n), 1_000_000+n
	l := bareLine{done: make(chan error, 1)}
	l.reads = []bareStatement{
		{`SELECT ` + bareColumns + ` FROM conversations WHERE id = $1`, []any{string(id)}},
		{`SELECT scope, external, hash, conversation, message, number FROM seen WHERE scope = $1 AND external = $2`, []any{"bare", key}},
	}
	l.writes = []bareStatement{
		{`UPDATE conversations SET messages = messages + 1, last_at = last_at + 1, version = version + 1 WHERE id = $1`, []any{string(id)}},
		{`INSERT INTO messages (id, conversation, number, inbox, direction, at, delivery, failure, not_before, call, raw, doc)
		 VALUES ($1, $2, $3, 'mail', 'in', $3, '', '', 0, '', '', $4)`, []any{key, string(id), 1000 + n, bareDoc}},
	}
	const head = `INSERT INTO search_docs (doc, conversation, message, contact, number, at`
	if engine == "postgres" {
		l.writes = append(l.writes, bareStatement{head + `, tokens) VALUES ($1, $2, $3, '', $1, $1, to_tsvector('simple', $4))`, []any{doc, string(id), key, bareTokens}})
	} else {
		l.writes = append(l.writes, bareStatement{head + `) VALUES ($1, $2, $3, '', $1, $1)`, []any{doc, string(id), key}},
			bareStatement{`INSERT INTO search (rowid, tokens) VALUES ($1, $2)`, []any{doc, bareTokens}})
	}
	l.writes = append(l.writes,
		bareStatement{`INSERT INTO seen (scope, external, hash, conversation, message, number) VALUES ('bare', $1, '', $2, '', 0)`, []any{key, string(id)}},
		bareStatement{bareEvent, []any{1_000_000 + 2*n, string(id)}}, bareStatement{bareEvent, []any{1_000_001 + 2*n, string(id)}})
	return l
}

// bareGroup is a group commit of the bare statements: one goroutine, one connection, those that wait together share a
// transaction. It returns what a sender calls.
func bareGroup(b *testing.B, engine, url string) func(context.Context, desk.ConversationID, int64) error {
	b.Helper()
	lines := make(chan bareLine, 256)
	commit := bareSQLite(b, url)
	if engine == "postgres" {
		commit = barePostgres(b, url)
	}
	go func() {
		for first := range lines {
			batch := []bareLine{first}
			for more := true; more && len(batch) < 256; {
				select {
				case l := <-lines:
					batch = append(batch, l)
				default:
					more = false
				}
			}
			err := commit(batch)
			for _, l := range batch {
				l.done <- err
			}
		}
	}()
	b.Cleanup(func() { close(lines) })
	return func(_ context.Context, id desk.ConversationID, n int64) error {
		l := bareLineOf(engine, id, n)
		lines <- l
		return <-l.done
	}
}

const (
	bareFeed  = `SELECT last, number, doc FROM feed WHERE id = 1`
	bareTouch = `UPDATE feed SET last = last + 1 WHERE id = 1`
)

func barePostgres(b *testing.B, url string) func([]bareLine) error {
	conn, err := pgx.Connect(b.Context(), url)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = conn.Close(context.Background()) })
	return func(lines []bareLine) error {
		var reads, writes pgx.Batch
		reads.Queue("BEGIN")
		reads.Queue(bareFeed + " FOR UPDATE")
		for _, l := range lines {
			for _, s := range l.reads {
				reads.Queue(s.sql, s.args...)
			}
			for _, s := range l.writes {
				writes.Queue(s.sql, s.args...)
			}
		}
		writes.Queue(bareTouch)
		writes.Queue("COMMIT")
		for _, batch := range []*pgx.Batch{&reads, &writes} {
			if err := conn.SendBatch(context.Background(), batch).Close(); err != nil {
				return err
			}
		}
		return nil
	}
}

func bareSQLite(b *testing.B, url string) func([]bareLine) error {
	if !strings.HasPrefix(url, "sqlite:") {
		return nil
	}
	h, err := sql.Open("sqlite", "file:"+url[len("sqlite:"):]+"?_pragma=busy_timeout(5000)&_pragma=synchronous(FULL)&_pragma=cache_size(-16000)")
	if err != nil {
		b.Fatal(err)
	}
	conn, err := h.Conn(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = errors.Join(conn.Close(), h.Close()) })
	stmts := map[string]*sql.Stmt{}
	prepared := func(text string) (*sql.Stmt, error) {
		if st := stmts[text]; st != nil {
			return st, nil
		}
		st, err := conn.PrepareContext(context.Background(), text)
		stmts[text] = st
		return st, err
	}
	exec := func(s bareStatement) error {
		st, err := prepared(s.sql)
		if err == nil {
			_, err = st.Exec(s.args...)
		}
		return err
	}
	read := func(s bareStatement) error {
		st, err := prepared(s.sql)
		if err != nil {
			return err
		}
		rs, err := st.Query(s.args...)
		if err != nil {
			return err
		}
		for rs.Next() {
		}
		return errors.Join(rs.Err(), rs.Close())
	}
	return func(lines []bareLine) error {
		err := errors.Join(exec(bareStatement{"BEGIN IMMEDIATE", nil}), read(bareStatement{bareFeed, nil}))
		for _, do := range []struct {
			run  func(bareStatement) error
			from func(bareLine) []bareStatement
		}{{read, func(l bareLine) []bareStatement { return l.reads }}, {exec, func(l bareLine) []bareStatement { return l.writes }}} {
			for _, l := range lines {
				for _, s := range do.from(l) {
					err = errors.Join(err, do.run(s))
				}
			}
		}
		return errors.Join(err, exec(bareStatement{bareTouch, nil}), exec(bareStatement{"COMMIT", nil}))
	}
}

// bareQuery is a page of a list bare through the driver: the same columns, by one keyset walk. bareIDs is the walk alone.
const (
	barePlace = ` FROM conversations WHERE status = 'open' AND (due_at, id) > ($1, $2) ORDER BY due_at, id LIMIT 50`
	bareQuery = `SELECT ` + bareColumns + barePlace
	bareIDs   = `SELECT id, due_at` + barePlace
)

func barePage(b *testing.B, engine, url, query string) {
	b.Helper()
	n := 1 + strings.Count(query[:strings.Index(query, "FROM")], ",")
	var page func() error
	if engine == "postgres" {
		pool, err := pgxpool.New(b.Context(), url)
		if err != nil {
			b.Fatal(err)
		}
		defer pool.Close()
		page = func() error {
			rs, err := pool.Query(b.Context(), query, int64(1), "0")
			if err != nil {
				return err
			}
			defer rs.Close()
			return drain(rs, n)
		}
	} else {
		h, err := sql.Open("sqlite", "file:"+url[len("sqlite:"):]+"?_pragma=cache_size(-16000)")
		if err != nil {
			b.Fatal(err)
		}
		defer func() { _ = h.Close() }()
		st, err := h.Prepare(query)
		if err != nil {
			b.Fatal(err)
		}
		page = func() error {
			rs, err := st.QueryContext(b.Context(), int64(1), "0")
			if err != nil {
				return err
			}
			return errors.Join(drain(rs, n), rs.Close())
		}
	}
	for b.Loop() {
		if err := page(); err != nil {
			b.Fatal(err)
		}
	}
}

// drain reads the n values of every row.
func drain(rs interface {
	Next() bool
	Scan(...any) error
	Err() error
}, n int,
) error {
	dest := make([]any, n)
	for i := range dest {
		dest[i] = new(any)
	}
	for rs.Next() {
		if err := rs.Scan(dest...); err != nil {
			return err
		}
	}
	return rs.Err()
}
