package store_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"yingda/desk"
	"yingda/internal/bench"
	"yingda/sla"
	"yingda/store"
)

// BenchmarkFigures announces breaches on two nodes at the rate of 100,000 in a minute, with the built-in ladder, and
// all at once beside the store alone; and searches a large record beside a small one.
func BenchmarkFigures(b *testing.B) {
	for _, engine := range []string{"sqlite", "postgres"} {
		b.Run("announce/"+engine, func(b *testing.B) { figureAnnounce(b, engine) })
		b.Run("search/"+engine, func(b *testing.B) { figureSearch(b, engine) })
	}
}

// perSecond is 100,000 in a minute.
const perSecond = 1667

func figureAnnounce(b *testing.B, engine string) {
	seconds := 12
	if bench.Full() {
		seconds = 60
	}
	db, url := openBench(b, engine)
	nodes := []*store.DB{db, db} // one file has one process: two tickers in it
	if engine == "postgres" {
		nodes[1] = start(b, store.Config{URL: url, Readers: 4})
	}
	n := perSecond * seconds
	promisedMail(b, db, "paced", n, func(i int) time.Time { return day.Add(time.Second + time.Duration(i)*time.Second/perSecond) })
	lags, _ := announced(b, nodes, n)
	name := fmt.Sprintf("breaches announced, 100,000 in a minute, two nodes, %s", engine)
	bench.Row{Name: name + ", p99", Unit: "s", Ours: lags[len(lags)*99/100].Seconds()}.Report(b)
	bench.Row{Name: name + ", last", Unit: "s", Ours: lags[len(lags)-1].Seconds(), AtMost: 2}.Report(b)

	promisedMail(b, db, "crowd", 20_000, func(int) time.Time { return day.Add(-time.Second) })
	_, took := announced(b, nodes, 20_000)
	floor := bareUnits(b, db, 20_000)
	bench.Row{
		Name: "breaches announced, 20,000 at once, two nodes, " + engine, Unit: "/s", Ours: 20_000 / took.Seconds(), Floor: 20_000 / floor.Seconds(),
		FloorIs: "the store alone: conversation, clock and two facts a unit", AtLeast: 0.5,
	}.Report(b)
}

// promisedMail makes n conversations whose first response is due when due says.
func promisedMail(b *testing.B, db *store.DB, name string, n int, due func(i int) time.Time) {
	b.Helper()
	for from := 0; from < n; from += 1000 {
		err := db.Update(b.Context(), desk.About{}, func(tx desk.Tx) error {
			for i := from; i < min(n, from+1000); i++ {
				at := due(i).Truncate(time.Millisecond)
				c := benchConversation(desk.ConversationID(fmt.Sprintf("%s-%08d", name, i)), i)
				k := desk.Clock{
					Conversation: c.ID, Target: desk.FirstResponse, N: 1, Policy: "email-24h", Budget: 24 * time.Hour, DueVersion: 1,
					StartedAt: at.Add(-24 * time.Hour), DueAt: at, NextAt: at.Add(time.Millisecond),
				}
				if err := tx.SaveConversation(c, []desk.Clock{k}, ""); err != nil {
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

// announced runs a ticker on each node until n breaches are in the log, and returns how long after its due moment each
// was to be read there, sorted, and how long all took. The house's clock begins at day.
func announced(b *testing.B, nodes []*store.DB, n int) (lags []time.Duration, took time.Duration) {
	b.Helper()
	began := time.Now()
	now := func() time.Time { return day.Add(time.Since(began)) }
	ctx, stop := context.WithCancel(b.Context())
	promises := sla.NewPromises(sla.Defaults())
	seq, err := nodes[0].LastSeq(ctx)
	if err != nil {
		b.Fatal(err)
	}
	ended := make(chan error, len(nodes))
	for _, db := range nodes {
		svc := desk.New(desk.Config{Store: db, Promises: promises, Now: now, NewID: func() string { return "" }})
		t := sla.NewTicker(sla.Deps{Desk: svc, Store: db, Promises: promises, Now: now, Log: slog.New(slog.DiscardHandler)}, sla.Default())
		go func() { ended <- t.Run(ctx) }()
	}
	seen := map[string]bool{}
	for len(seen) < n {
		events, err := nodes[0].EventsAfter(ctx, seq, 500)
		if err != nil {
			b.Fatal(err)
		}
		at := now()
		for _, e := range events {
			seq = e.Seq
			f, ok := e.Fact.(desk.ClockBreached)
			if !ok {
				continue
			}
			if seen[e.Subject.ID] {
				b.Fatalf("%s: announced twice", e.Subject.ID)
			}
			seen[e.Subject.ID] = true
			lags = append(lags, at.Sub(f.Clock.DueAt))
		}
		if len(events) == 0 {
			<-time.After(5 * time.Millisecond)
		}
	}
	took = time.Since(began)
	stop()
	for range nodes {
		if err := <-ended; err != nil {
			b.Error(err)
		}
	}
	slices.Sort(lags)
	return lags, took
}

// bareUnits saves conversation, clock and two facts n times through the store alone, and says how long it took.
func bareUnits(b *testing.B, db *store.DB, n int) time.Duration {
	b.Helper()
	ids := openConversations(b, db, 256)
	var next atomic.Int64
	began := time.Now()
	done := make(chan error, 256)
	for range cap(done) {
		go func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				id := ids[i%len(ids)]
				err := db.Update(b.Context(), desk.About{Conversations: []desk.ConversationID{id}}, func(tx desk.Tx) error {
					c, clocks, err := tx.Conversation(id)
					if err != nil {
						return err
					}
					clocks = slices.Clone(clocks)
					clocks[0].Used += time.Millisecond
					if err := tx.SaveConversation(c, clocks, ""); err != nil {
						return err
					}
					return tx.Append(
						desk.Event{Subject: desk.Subject{Kind: desk.AboutConversation, ID: string(id)}, At: day, Fact: desk.ClockBreached{Clock: clocks[0]}},
						desk.Event{Subject: desk.Subject{Kind: desk.AboutConversation, ID: string(id)}, At: day, Fact: desk.ClockEscalated{Clock: clocks[0]}},
					)
				})
				if err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
	}
	for range cap(done) {
		if err := <-done; err != nil {
			b.Fatal(err)
		}
	}
	return time.Since(began)
}
