package router

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"yingda/desk"
	"yingda/internal/bench"
	"yingda/internal/testkit"
)

// crowd fills a ledger with waiting work and agents who have room without end.
func crowd(waiting, agents int) (*ledger, *house) {
	l := newLedger()
	for i := range agents {
		s := agent(fmt.Sprintf("a%04d", i), "help")
		s.Capacity = 1 << 30
		l.sit(s)
	}
	for i := range waiting {
		w := mail(fmt.Sprintf("c%07d", i), "help", i)
		l.waits[w.Conversation] = w
	}
	return l, newHouse(desk.Queue{ID: "help", Ring: 3600})
}

// BenchmarkOffers makes offers through the router, before recording, and by the bare script on the same Redis, in
// turns. ratio is ours over one bare client; ratio-piped is ours over bare scripts in pipelines of the same length.
func BenchmarkOffers(b *testing.B) {
	for _, on := range []string{"redis", "embedded"} {
		addr := mini(b)
		if on == "redis" {
			addr = testkit.Redis(b)
		}
		for _, waiting := range []int{100, 10_000, 100_000} {
			for _, agents := range []int{10, 1000} {
				b.Run(fmt.Sprintf("%s/waiting=%d/agents=%d", on, waiting, agents), func(b *testing.B) {
					benchOffers(b, addr, waiting, agents)
				})
			}
		}
	}
}

// offerRates are offers a second: through the router, by bare scripts one at a time, and by bare scripts in pipelines.
type offerRates struct{ ours, bare, piped float64 }

func benchOffers(b *testing.B, addr string, waiting, agents int) {
	r := measureOffers(b, addr, waiting, agents, b.N)
	b.ReportMetric(r.ours, "offers/s")
	b.ReportMetric(r.bare, "bare/s")
	b.ReportMetric(r.piped, "bare-piped/s")
	b.ReportMetric(r.ours/r.bare, "ratio")
	b.ReportMetric(r.ours/r.piped, "ratio-piped")
}

func measureOffers(b *testing.B, addr string, waiting, agents, n int) offerRates {
	b.Helper()
	l, h := crowd(waiting+n, agents)
	rm := open(b, addr, l, h, newLatch(), fast())
	ctx := context.Background()
	if err := rm.rdb.FlushAll(ctx).Err(); err != nil {
		b.Fatal(err)
	}
	if err := rm.Rebuild(ctx); err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	for i := range rm.rec.lanes { // recording is the store's affair: told and forgotten
		l := &rm.rec.lanes[i]
		go func() {
			for ctx.Err() == nil {
				select {
				case <-ctx.Done():
				case <-l.more:
					rm.rec.left.Add(-int64(len(l.take())))
				}
			}
		}()
	}
	b.ResetTimer()
	done, spent := 0, time.Duration(0)
	for done < n {
		began := time.Now()
		made, err := rm.place(ctx)
		spent += time.Since(began)
		if err != nil || made == 0 {
			b.Fatalf("after %d offers: %d %v", done, n, err)
		}
		done += made
		if done%(10*batch) < batch {
			b.StopTimer()
			emptyHands(b, rm) // nobody holds more than a few dozen
			b.StartTimer()
		}
	}
	b.StopTimer()
	ours := float64(done) / spent.Seconds()
	bare := bareOffers(b, rm, min(n, 2000), 1)
	piped := bareOffers(b, rm, min(n, 20000), batch)
	return offerRates{ours, bare, piped}
}

// emptyHands takes from everybody what they hold.
func emptyHands(b *testing.B, rm *room) {
	b.Helper()
	pipe := rm.rdb.Pipeline()
	for _, s := range rm.m.seats {
		s.Held, s.load = nil, LoadOf(nil)
		rm.m.lines.move(s)
		pipe.Del(context.Background(), rm.keys.held(s.Agent))
	}
	if _, err := pipe.Exec(context.Background()); err != nil {
		b.Fatal(err)
	}
}

// bareOffers runs offer.lua n times, length at a time, for waiting work put there beforehand, and returns the rate.
func bareOffers(b *testing.B, rm *room, n, length int) float64 {
	b.Helper()
	ctx := context.Background()
	pipe := rm.rdb.Pipeline()
	offers := make([]Offer, n)
	for i := range offers {
		offers[i] = Offer{
			ID: desk.OfferID(testID()), Conversation: desk.ConversationID(testID()), Agent: desk.AgentID(fmt.Sprintf("a%04d", i%len(rm.m.seats))),
			Queue: "help", Medium: desk.Email, Weight: 10, ExpiresAt: time.Now().Add(time.Hour),
		}
		pipe.ZAdd(ctx, rm.keys.waiting("help"), zed(string(offers[i].Conversation)))
	}
	if _, err := pipe.Exec(ctx); err != nil {
		b.Fatal(err)
	}
	spent := time.Duration(0)
	for done := 0; done < n; done += length {
		part := offers[done:min(n, done+length)]
		if done%(10*batch) == 0 {
			emptyHands(b, rm)
		}
		began := time.Now()
		pipe := rm.rdb.Pipeline()
		for _, o := range part {
			keys, args := rm.keys.offerCall(o, "").fenced(rm.epoch, 0)
			offerScript.EvalSha(ctx, pipe, keys, args...)
		}
		if _, err := pipe.Exec(ctx); err != nil {
			b.Fatal(err)
		}
		spent += time.Since(began)
	}
	return float64(n) / spent.Seconds()
}

// BenchmarkArrival times from the committed fact to the recorded offer, with 10,000 waiting for others, 1,000 agents
// and one of them idle.
func BenchmarkArrival(b *testing.B) {
	for _, on := range []string{"redis", "embedded"} {
		b.Run(on, func(b *testing.B) {
			median, p99 := measureArrival(b, on, b.N)
			b.ReportMetric(median, "median-ms")
			b.ReportMetric(p99, "p99-ms")
		})
	}
}

// measureArrival returns median and p99 of n arrivals, in ms.
func measureArrival(b *testing.B, on string, n int) (median, p99 float64) {
	b.Helper()
	addr := mini(b)
	if on == "redis" {
		addr = testkit.Redis(b)
	}
	l, h := crowd(10_000, 1000)
	for a, s := range l.seats { // all full but the sellers
		s.Capacity = 1
		l.seats[a] = s
	}
	for i := range 50 {
		s := agent(fmt.Sprint("seller", i), "sales")
		s.Capacity = 1 << 30
		l.sit(s)
	}
	h.queues["sales"] = desk.Queue{ID: "sales", Ring: 3600}
	rm := open(b, addr, l, h, newLatch(), fast()).start()
	eventually(b, "rebuilt", func() bool { return len(rm.Board()) > 0 && rm.Board()[0].Waiting == 10_000 })
	l.news = make(chan desk.Fact, 1)
	took := make([]time.Duration, 0, n)
	b.ResetTimer()
	for i := range n {
		c := desk.ConversationID(fmt.Sprintf("new%d", i))
		began := time.Now()
		l.queue(work(string(c), "sales", desk.Chat, 30, i))
		<-l.news
		took = append(took, time.Since(began))
	}
	b.StopTimer()
	slices.Sort(took)
	return float64(took[len(took)/2].Microseconds()) / 1000, float64(took[(len(took)-1)*99/100].Microseconds()) / 1000
}

// BenchmarkFigures is what `make bench` prints of this room: the sizes of the targets on both kinds of Redis.
func BenchmarkFigures(b *testing.B) {
	for _, on := range []string{"redis", "embedded"} {
		addr := mini(b)
		if on == "redis" {
			addr = testkit.Redis(b)
		}
		r := measureOffers(b, addr, 10_000, 1000, 6000)
		bench.Row{Name: "offers before recording, " + on, Unit: "/s", Ours: r.ours, Floor: r.bare, FloorIs: "bare script, one client", AtLeast: 0.6}.Report(b)
		bench.Row{Name: "offers before recording, " + on + ", pipelined", Unit: "/s", Ours: r.ours, Floor: r.piped, FloorIs: "bare scripts, pipelined", AtLeast: 0.6}.Report(b)
		median, p99 := measureArrival(b, on, 1000)
		bench.Row{Name: "arrival to offer, " + on + ", median", Unit: "ms", Ours: median, AtMost: 2}.Report(b)
		bench.Row{Name: "arrival to offer, " + on + ", p99", Unit: "ms", Ours: p99, AtMost: 10}.Report(b)
	}
	sizes(b)
}

// BenchmarkSettle is the choice alone, without Redis.
func BenchmarkSettle(b *testing.B) {
	for _, waiting := range []int{100, 10_000, 100_000} {
		for _, agents := range []int{10, 1000} {
			b.Run(fmt.Sprintf("waiting=%d/agents=%d", waiting, agents), func(b *testing.B) {
				h := newHall(desk.Queue{ID: "help"})
				for i := range agents {
					s := agent(fmt.Sprint("a", i), "help")
					s.Capacity = 10
					h.sit(s)
				}
				for i := range waiting + agents {
					h.enqueue(mail(conv(i), "help", i), h.now)
				}
				all := h.settle(h.now, 1<<20, testID)
				b.ResetTimer()
				for i := range b.N { // a seat is freed and gets the head
					m := all[i%len(all)]
					o := h.items[m.Work.Conversation].offer
					h.refused(o.ID, h.now, false)
					again := h.settle(h.now, 1, testID)
					if len(again) != 1 {
						b.Fatalf("got %d matches, want 1", len(again))
					}
					all[i%len(all)] = again[0]
				}
			})
		}
	}
}
