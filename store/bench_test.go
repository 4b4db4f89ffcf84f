package store_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"yingda/desk"
	"yingda/internal/testkit"
	"yingda/store"
)

// rowsFlag is how many conversations stand in the lists that are paged: make bench gives the large figure.
var rowsFlag = flag.Int("rows", 10_000, "conversations in the paged lists")

const senderGroups = 16

func openBench(b *testing.B, engine string) (db *store.DB, url string) {
	b.Helper()
	url = "sqlite:" + filepath.Join(b.TempDir(), "yingda.db")
	if engine == "postgres" {
		url = testkit.PostgresServer(b, testkit.PostgresOptions{Durable: true}).Database(b)
	}
	return start(b, store.Config{URL: url, Readers: 4}), url
}

// BenchmarkMessages stores customer messages into open conversations, durably: dedupe, message, search words,
// conversation and two facts. Beside it stands the floor: a bare group commit of the same statements.
func BenchmarkMessages(b *testing.B) {
	for _, engine := range []string{"sqlite", "postgres"} {
		for _, senders := range []int{1, senderGroups} {
			b.Run(fmt.Sprintf("%s/%d/store", engine, senders), func(b *testing.B) {
				db, _ := openBench(b, engine)
				convs := openConversations(b, db, 256)
				var n atomic.Int64
				b.ResetTimer()
				inParallel(b, senders, func(i int) error { return receive(b.Context(), db, convs[i%len(convs)], n.Add(1)) })
			})
			b.Run(fmt.Sprintf("%s/%d/floor", engine, senders), func(b *testing.B) {
				db, url := openBench(b, engine)
				convs := openConversations(b, db, 256)
				bare := bareGroup(b, engine, url)
				var n atomic.Int64
				b.ResetTimer()
				inParallel(b, senders, func(i int) error { return bare(b.Context(), convs[i%len(convs)], n.Add(1)) })
			})
		}
	}
}

// inParallel shares b.N among the senders and reports the rate.
func inParallel(b *testing.B, senders int, fn func(i int) error) {
	b.Helper()
	var next atomic.Int64
	var wg sync.WaitGroup
	for range senders {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= b.N {
					return
				}
				if err := fn(i); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "units/s")
}

func openConversations(b *testing.B, db *store.DB, n int) []desk.ConversationID {
	b.Helper()
	ids := make([]desk.ConversationID, n)
	err := db.Update(b.Context(), desk.About{}, func(tx desk.Tx) error {
		for i := range ids {
			ids[i] = desk.ConversationID(fmt.Sprintf("0190-%08d", i))
			if err := tx.SaveConversation(benchConversation(ids[i], i), benchClocks(), ""); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return ids
}

func benchConversation(id desk.ConversationID, i int) desk.Conversation {
	return desk.Conversation{
		ID: id, Inbox: "mail", Medium: desk.Email, Contact: desk.ContactID(fmt.Sprintf("k%d", i)), Subject: "订单查询", Status: desk.Open,
		Priority: desk.Normal, Queue: desk.QueueID(fmt.Sprintf("q%d", i%5)), Tier: desk.Ordinary, ContactName: "客户", LastAt: day.Add(time.Duration(i) * time.Second),
		DueAt: day.Add(time.Duration(i*7%100_000) * time.Second), DueTarget: desk.NextResponse, CreatedAt: day,
		People: []string{fmt.Sprintf("customer%d@example.com", i)}, Snippet: "您好，我上周买的打印机一直没有发货", LastBy: desk.In, Messages: 3, UpdatedAt: day, QueuedAt: day,
	}
}

// benchClocks are the promises a mail has.
func benchClocks() []desk.Clock {
	k := desk.Clock{Target: desk.FirstResponse, N: 1, Policy: "reply-24h", Budget: 24 * time.Hour, DueVersion: 1, Warnings: []int{50, 80}, StartedAt: day, ResumedAt: day, DueAt: day.Add(24 * time.Hour), NextAt: day.Add(12 * time.Hour)}
	met := k
	met.MetAt, met.NextAt = day.Add(time.Hour), time.Time{}
	k.Target = desk.NextResponse
	return []desk.Clock{met, k}
}

const benchText = "您好，我上周买的打印机一直没有发货，订单号 A-20931，请帮忙查一下，谢谢。Please check."

func receive(ctx context.Context, db *store.DB, id desk.ConversationID, n int64) error {
	key := desk.SeenKey{Scope: "mail", External: fmt.Sprint("x", n)}
	return db.Update(ctx, desk.About{Conversations: []desk.ConversationID{id}, Seen: []desk.SeenKey{key}}, func(tx desk.Tx) error {
		if _, seen, err := tx.Seen(key); err != nil || seen {
			return err
		}
		c, _, err := tx.Conversation(id)
		if err != nil {
			return err
		}
		c.Messages++
		c.LastAt = c.LastAt.Add(time.Millisecond)
		m := desk.Message{
			ID: desk.MessageID(fmt.Sprintf("m-%012d", n)), Conversation: id, Number: c.Messages, Inbox: "mail", Direction: desk.In, Medium: desk.Email,
			Author: desk.ContactActor(c.Contact), AuthorName: "客户", Body: desk.Body{Text: benchText}, At: c.LastAt, CreatedAt: c.LastAt,
		}
		return errors.Join(tx.AddMessage(m), tx.SaveConversation(c, nil, ""), tx.MarkSeen(desk.Seen{Key: key, Conversation: id, Message: m.ID}),
			tx.Append(event(string(id)), event(string(id))))
	})
}

// BenchmarkPage reads the first and a deep page of the lists agents live in. Beside it stand two floors: the
// same keyset query and columns bare through the driver, and the walk for the ids alone.
func BenchmarkPage(b *testing.B) {
	for _, engine := range []string{"sqlite", "postgres"} {
		b.Run(engine, func(b *testing.B) { benchPages(b, engine) })
	}
}

func benchPages(b *testing.B, engine string) {
	db, url := openBench(b, engine)
	fill(b, db, *rowsFlag)
	if engine == "postgres" {
		analyse(b, url)
	}
	all := desk.Scope{All: true}
	agent := desk.Scope{Agent: "bo", Agents: []desk.AgentID{"bo"}, Queues: []desk.QueueID{"q0", "q1"}}
	for name, q := range map[string]desk.ConversationQuery{
		"all":    {Scope: all, List: desk.ListAll},
		"queues": {Scope: agent, List: desk.ListMyQueues},
		"deep":   {Scope: all, List: desk.ListAll, After: desk.Keyset{At: day.Add(50_000 * time.Second), ID: "0"}},
	} {
		q.Statuses, q.Limit = []desk.Status{desk.Open}, 50
		b.Run(fmt.Sprintf("%d/%s", *rowsFlag, name), func(b *testing.B) {
			for b.Loop() {
				page, err := db.Conversations(b.Context(), q)
				if err != nil || len(page) != 50 {
					b.Fatalf("got %d rows, %v", len(page), err)
				}
			}
		})
	}
	b.Run(fmt.Sprintf("%d/floor", *rowsFlag), func(b *testing.B) { barePage(b, engine, url, bareQuery) })
	b.Run(fmt.Sprintf("%d/ids", *rowsFlag), func(b *testing.B) { barePage(b, engine, url, bareIDs) })
}

func fill(b *testing.B, db *store.DB, n int) {
	b.Helper()
	for from := 0; from < n; from += 2000 {
		err := db.Update(b.Context(), desk.About{}, func(tx desk.Tx) error {
			for i := from; i < min(n, from+2000); i++ {
				if err := tx.SaveConversation(benchConversation(desk.ConversationID(fmt.Sprintf("0190-%08d", i)), i), benchClocks(), ""); err != nil {
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

func analyse(b *testing.B, url string) {
	b.Helper()
	pool, err := pgxpool.New(b.Context(), url)
	if err != nil {
		b.Fatal(err)
	}
	defer pool.Close()
	if _, err := pool.Exec(b.Context(), "ANALYZE"); err != nil {
		b.Fatal(err)
	}
}
