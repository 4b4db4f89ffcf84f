package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"yingda/desk"
	"yingda/internal/bench"
	"yingda/internal/testkit"
	"yingda/store"
)

// What the closest peer does through HTTP with 1 and 16 senders on the machine of the targets; ten times that is the
// least.
var peerMessages = map[int]float64{1: 175, 16: 351}

// figureMessages sends ann's answers into open chats through HTTP, which are durable when they are acknowledged. Beside
// it stands the store alone: the same rows through its group commit, without HTTP, desk, feed and screens.
func figureMessages(b *testing.B, engine string) {
	g := openGauge(b, engine)
	chats := g.chats(64)
	alone := openStoreAlone(b, engine)
	for _, senders := range []int{1, 16} {
		ours := &bench.Side{Do: func(i int) error {
			return g.call(http.MethodPost, "/conversations/"+chats[i%len(chats)]+"/messages", map[string]any{
				"text": "您好，已经为您查询，订单明天发出。 " + strconv.Itoa(i), "force": true, "client_key": newID(),
			}, nil)
		}}
		floor := &bench.Side{Do: alone}
		before, _ := g.node.db.Batches()
		const rounds = 4
		each := 150 * min(senders, 6)
		bench.Turns(b, rounds, each, senders, ours, floor)
		after, _ := g.node.db.Batches()
		name := fmt.Sprintf("messages through HTTP, %s, %d sender(s)", engine, senders)
		bench.Row{Name: name, Unit: "/s", Ours: ours.Rate(), Floor: floor.Rate(), FloorIs: "store alone, group commit", AtLeast: 0.5}.Report(b)
		bench.Row{Name: name + ", beside ten peers", Unit: "/s", Ours: ours.Rate(), AtLeast: 10 * peerMessages[senders]}.Report(b)
		bench.Row{Name: name + ", transactions each", Unit: "tx", Ours: float64(after-before) / float64((rounds+1)*each), AtMost: 2}.Report(b)
	}
}

// openStoreAlone opens a record of its own and returns what stores one message in it.
func openStoreAlone(b *testing.B, engine string) func(i int) error {
	b.Helper()
	url := "sqlite:" + filepath.Join(b.TempDir(), "alone.db")
	if engine == "postgres" {
		url = testkit.PostgresServer(b, testkit.PostgresOptions{Durable: true}).Database(b)
	}
	db := benchRecord(b, url)
	fillRecord(b, db, 64)
	return func(i int) error {
		id := recordID(i % 64)
		key := desk.SeenKey{Scope: "mail", External: fmt.Sprint("x", i)}
		return db.Update(b.Context(), desk.About{Conversations: []desk.ConversationID{id}, Seen: []desk.SeenKey{key}}, func(tx desk.Tx) error {
			if _, seen, err := tx.Seen(key); err != nil || seen {
				return err
			}
			c, _, err := tx.Conversation(id)
			if err != nil {
				return err
			}
			c.Messages++
			m := desk.Message{
				ID: desk.MessageID(fmt.Sprintf("m-%012d", i)), Conversation: id, Number: c.Messages, Inbox: "mail", Direction: desk.In, Medium: desk.Email,
				Author: desk.ContactActor(c.Contact), AuthorName: "客户", Body: desk.Body{Text: "您好，已经为您查询，订单明天发出。"}, At: c.LastAt, CreatedAt: c.LastAt,
			}
			subject := desk.Subject{Kind: desk.AboutConversation, ID: string(id)}
			return errors.Join(tx.AddMessage(m), tx.SaveConversation(c, nil, ""), tx.MarkSeen(desk.Seen{Key: key, Conversation: id, Message: m.ID}),
				tx.Append(desk.Event{Subject: subject, Actor: m.Author, At: m.At, Fact: desk.MessageReceived{Message: m.ID, Number: m.Number}},
					desk.Event{Subject: subject, Actor: m.Author, At: m.At, Fact: desk.TargetsReviewed{}}))
		})
	}
}

func benchRecord(b *testing.B, url string) *store.DB {
	b.Helper()
	db, err := store.Open(b.Context(), store.Config{URL: url, Readers: 4}, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- db.Run(ctx) }()
	b.Cleanup(func() {
		cancel()
		if err := errors.Join(<-done, db.Close()); err != nil {
			b.Error(err)
		}
	})
	return db
}

func recordID(i int) desk.ConversationID { return desk.ConversationID(fmt.Sprintf("0190-%08d", i)) }

// fillRecord puts n open conversations into five queues.
func fillRecord(b *testing.B, db *store.DB, n int) {
	b.Helper()
	day := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	for from := 0; from < n; from += 2000 {
		err := db.Update(b.Context(), desk.About{}, func(tx desk.Tx) error {
			for i := from; i < min(n, from+2000); i++ {
				c := desk.Conversation{
					ID: recordID(i), Inbox: "mail", Medium: desk.Email, Contact: desk.ContactID(fmt.Sprintf("k%d", i)), Subject: "订单查询", Status: desk.Open,
					Priority: desk.Normal, Queue: desk.QueueID(fmt.Sprintf("q%d", i%5)), Tier: desk.Ordinary, ContactName: "客户", LastAt: day.Add(time.Duration(i) * time.Second),
					DueAt: day.Add(time.Duration(i*7%100_000) * time.Second), DueTarget: desk.NextResponse, CreatedAt: day, UpdatedAt: day, QueuedAt: day,
				}
				if err := tx.SaveConversation(c, nil, ""); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// figureLists reads pages of 50 through HTTP, beside the bare keyset query for ids and places on the same record.
func figureLists(b *testing.B, engine string) {
	sizes := []int{10_000}
	if bench.Full() {
		sizes = append(sizes, 1_000_000)
	}
	var least float64
	for _, n := range sizes {
		g := openGauge(b, engine)
		fillRecord(b, g.node.db, n)
		bare := openBarePages(b, engine, g.url)
		const list = "/conversations?list=all&status=open&limit=50"
		deep := g.pageAfter(list, n/50*95/100)
		for _, page := range []struct{ name, path string }{{"first page", list}, {"deep page", list + "&cursor=" + deep}} {
			ours := &bench.Side{Do: func(int) error {
				var p json.RawMessage // taking 50 rows apart is the page's work, not the desk's
				if err := g.call(http.MethodGet, page.path, nil, &p); err != nil {
					return err
				}
				if n := bytes.Count(p, []byte(`"number":`)); n < 50 {
					return fmt.Errorf("got %d rows", n)
				}
				return nil
			}}
			floor := &bench.Side{Do: func(int) error { return bare(b.Context()) }}
			bench.Turns(b, 4, 100, 1, ours, floor)
			name := fmt.Sprintf("list of %d through HTTP, %s, %s", n, engine, page.name)
			bench.Row{Name: name, Unit: "ms", Ours: ours.Median(), Floor: floor.Median(), FloorIs: "keyset query", AtMost: 5}.Report(b)
			if n == sizes[0] {
				least = max(least, ours.Median())
				continue
			}
			bench.Row{Name: name + ", beside 10000", Unit: "ms", Ours: ours.Median(), Floor: least, FloorIs: "ours at 10000", AtMost: 1.5}.Report(b)
		}
	}
}

// pageAfter walks n pages and returns the cursor after them.
func (g *gauge) pageAfter(path string, n int) string {
	g.Helper()
	cursor := ""
	for range min(n, 400) {
		var p struct{ Next string }
		if err := g.call(http.MethodGet, path+"&cursor="+cursor, nil, &p); err != nil {
			g.Fatal(err)
		}
		cursor = p.Next
	}
	return cursor
}

const barePageQuery = `SELECT id, due_at FROM conversations WHERE status = 'open' AND (due_at, id) > ($1, $2) ORDER BY due_at, id LIMIT 50`

func openBarePages(b *testing.B, engine, url string) func(context.Context) error {
	b.Helper()
	if engine == "postgres" {
		pool, err := pgxpool.New(b.Context(), url)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(pool.Close)
		if _, err := pool.Exec(b.Context(), "ANALYZE"); err != nil {
			b.Fatal(err)
		}
		return func(ctx context.Context) error {
			rows, err := pool.Query(ctx, barePageQuery, int64(1), "0")
			if err != nil {
				return err
			}
			return drain(rows.Next, func() error { var id string; var at int64; return rows.Scan(&id, &at) }, rows.Err)
		}
	}
	h, err := sql.Open("sqlite", "file:"+strings.TrimPrefix(url, "sqlite:"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = h.Close() })
	return func(ctx context.Context) error {
		rows, err := h.QueryContext(ctx, barePageQuery, int64(1), "0")
		if err != nil {
			return err
		}
		defer rows.Close()
		return drain(rows.Next, func() error { var id string; var at int64; return rows.Scan(&id, &at) }, rows.Err)
	}
}

func drain(next func() bool, scan, after func() error) error {
	n := 0
	for next() {
		if err := scan(); err != nil {
			return err
		}
		n++
	}
	if err := after(); err != nil || n != 50 {
		return fmt.Errorf("got %d rows: %w", n, err)
	}
	return nil
}

// figureOffers lets 300 agents become available beside 3,000 waiting mails and counts recorded offers a second.
func figureOffers(b *testing.B, engine string) {
	const people, mails = 300, 3000
	inbox := desk.Inbox{ID: "post", Name: "Post", Medium: desk.Email, Queue: "bulk", Address: "post@gauge.test", Skills: []desk.Skill{}, Channel: []byte(`{}`)}
	more := []desk.Setting{
		document(desk.SettingQueue, "bulk", desk.Queue{ID: "bulk", Name: "Bulk", Ring: 3600}),
		document(desk.SettingTeam, "bulk", desk.Team{ID: "bulk", Name: "Bulk", Queues: []desk.QueueID{"bulk"}, Leads: []desk.AgentID{"ann"}}),
	}
	for i := range people {
		a := gaugeAgent(fmt.Sprintf("clerk%03d", i), "agent")
		a.Teams, a.Capacity = []desk.TeamID{"bulk"}, 100
		more = append(more, document(desk.SettingAgent, string(a.ID), a))
	}
	g := openGauge(b, engine, more...)
	set := document(desk.SettingInbox, "post", inbox)
	if err := g.node.put(b.Context(), set); err != nil {
		b.Fatal(err)
	}
	g.inParallel(mails, func(i int) error {
		_, err := g.node.desk.Receive(b.Context(), desk.Inbound{
			Inbox: "post", Medium: desk.Email, External: fmt.Sprint("mail", i), At: time.Now(),
			From: desk.Identity{Kind: "email", Value: fmt.Sprintf("c%d@example.com", i)}, Message: desk.Message{Subject: "订单", Body: desk.Body{Text: "您好"}},
		})
		return err
	})
	from, err := g.node.db.LastSeq(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	rest(b.Context(), time.Second) // the router takes them in; not part of the figure
	g.inParallel(people, func(i int) error {
		return g.node.desk.SetPresence(b.Context(), desk.System(), desk.Mode{Agent: desk.AgentID(fmt.Sprintf("clerk%03d", i)), State: desk.Available})
	})
	began := time.Now()
	var first, last time.Time
	for n := 0; n < mails; {
		events, err := g.node.db.EventsAfter(b.Context(), from, 500)
		if err != nil || time.Since(began) > time.Minute {
			b.Fatalf("%d offers: %v", n, err)
		}
		for _, e := range events {
			from = e.Seq
			if _, ok := e.Fact.(desk.Offered); ok {
				n++
				last = e.At
				if first.IsZero() {
					first = e.At
				}
			}
		}
		if len(events) == 0 {
			rest(b.Context(), 5*time.Millisecond)
		}
	}
	bench.Row{Name: "offers recorded in SQL, " + engine, Unit: "/s", Ours: mails / last.Sub(first).Seconds(), AtLeast: 3000}.Report(b)
}

func (g *gauge) inParallel(n int, do func(i int) error) {
	g.Helper()
	var wg sync.WaitGroup
	for w := range 16 {
		wg.Go(func() {
			for i := w; i < n; i += 16 {
				if err := do(i); err != nil {
					g.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}
