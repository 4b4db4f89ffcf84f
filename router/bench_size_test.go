package router

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"yingda/desk"
	"yingda/internal/bench"
	"yingda/internal/testkit"
)

// sizes is the part of `make bench` that asks what grows: with what waits, with who is there, and with what Redis keeps.
func sizes(b *testing.B) {
	b.Helper()
	few, many := costOfChoice(b, 100, 1000), costOfChoice(b, waitingMost(), 1000)
	bench.Row{
		Name: fmt.Sprintf("cost of a choice, %d waiting", waitingMost()), Unit: "µs", Ours: many, Floor: few, FloorIs: "100 waiting",
		AtMost: logs(waitingMost(), 100),
	}.Report(b)
	small, large := costOfChoice(b, 10_000, 10), costOfChoice(b, 10_000, 10_000)
	bench.Row{
		Name: "cost of a choice, 10,000 agents with 20 skills", Unit: "µs", Ours: large, Floor: small, FloorIs: "10 agents",
		AtMost: logs(10_000, 10),
	}.Report(b)
	heap, kept := sizeOfWaiting(b, 100_000)
	bench.Row{Name: "memory of a waiting conversation, this node", Unit: "B", Ours: heap}.Report(b)
	bench.Row{Name: "memory of a waiting conversation, redis", Unit: "B", Ours: kept}.Report(b)
	bench.Row{Name: "rebuild of 100,000 waiting, redis", Unit: "s", Ours: timeOfRebuild(b, 100_000), AtMost: 5}.Report(b)
	plain, logged := offersWithLog(b)
	bench.Row{Name: "offers before recording, redis that logs every second", Unit: "/s", Ours: logged, Floor: plain, FloorIs: "the same without a log", AtLeast: 0.75}.Report(b)
	bare := bareCallers(b, 16)
	bench.Row{Name: "offers before recording, redis, beside 16 callers", Unit: "/s", Ours: plain, Floor: bare, FloorIs: "bare script, 16 callers", AtLeast: 0.6}.Report(b)
	bench.Row{Name: "arrival to offer at 70 % of the top rate, redis, p99", Unit: "ms", Ours: arrivalsAtRate(b), AtMost: 10}.Report(b)
}

// waitingMost is how much waits at most: a million where the long sizes are asked for.
func waitingMost() int {
	if bench.Full() {
		return 1_000_000
	}
	return 200_000
}

// logs is by how much the logarithm grows from few to many.
func logs(many, few int) float64 { return math.Log(float64(many)) / math.Log(float64(few)) }

// costOfChoice is the time of one choice in µs: a seat is freed and gets the head, over agents of 20 skills.
func costOfChoice(b *testing.B, waiting, agents int) float64 {
	b.Helper()
	const choices = 20_000
	h := newHall(desk.Queue{ID: "help"})
	rnd := rand.New(rand.NewPCG(1, 2))
	skill := func() desk.Skill { return desk.Skill{Name: fmt.Sprint("skill", rnd.IntN(20)), Level: 1 + rnd.IntN(5)} }
	for i := range agents {
		s := agent(fmt.Sprint("a", i), "help")
		s.Capacity, s.Skills = 10, []desk.Skill{skill(), skill(), skill(), skill(), skill()}
		h.sit(s)
	}
	for i := range waiting + agents {
		w := mail(conv(i), "help", i)
		if i%4 == 0 {
			w.Skills = []desk.Skill{{Name: fmt.Sprint("skill", i/4%20), Level: 1}}
		}
		h.enqueue(w, h.now)
	}
	all := h.settle(h.now, 1<<30, testID)
	runtime.GC()
	began := time.Now()
	for i := range choices {
		m := &all[i%len(all)]
		h.refused(h.items[m.Work.Conversation].offer.ID, h.now, false)
		again := h.settle(h.now, 1, testID)
		if len(again) != 1 {
			b.Fatalf("got %d matches, want 1", len(again))
		}
		*m = again[0]
	}
	return float64(time.Since(began).Nanoseconds()) / choices / 1000
}

// sizeOfWaiting is what a waiting conversation takes in the mirror and in Redis, in bytes.
func sizeOfWaiting(b *testing.B, waiting int) (heap, kept float64) {
	b.Helper()
	addr := testkit.Redis(b)
	l, h := crowd(waiting, 0)
	rm := open(b, addr, l, h, newLatch(), fast())
	used := func() (go_, redis_ float64) {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		info, err := rm.rdb.InfoMap(context.Background(), "memory").Result()
		if err != nil {
			b.Fatal(err)
		}
		var bytes float64
		if _, err := fmt.Sscan(info["Memory"]["used_memory"], &bytes); err != nil {
			b.Fatal(err)
		}
		return float64(m.HeapAlloc), bytes
	}
	heap0, kept0 := used()
	if err := rm.Rebuild(context.Background()); err != nil {
		b.Fatal(err)
	}
	heap1, kept1 := used()
	runtime.KeepAlive(rm)
	return (heap1 - heap0) / float64(waiting), (kept1 - kept0) / float64(waiting)
}

// timeOfRebuild is how long an emptied Redis takes to be filled again, in seconds.
func timeOfRebuild(b *testing.B, waiting int) float64 {
	b.Helper()
	l, h := crowd(waiting, 1000)
	rm := open(b, testkit.Redis(b), l, h, newLatch(), fast())
	began := time.Now()
	if err := rm.Rebuild(context.Background()); err != nil {
		b.Fatal(err)
	}
	return time.Since(began).Seconds()
}

// offersWithLog are offers a second on a Redis without and with its append-only log.
func offersWithLog(b *testing.B) (plain, logged float64) {
	b.Helper()
	addr := testkit.Redis(b)
	rdb := client(b, addr)
	set := func(on string) {
		if err := rdb.ConfigSet(context.Background(), "appendonly", on).Err(); err != nil {
			b.Fatal(err)
		}
	}
	for range 3 { // in turns: what else the machine does hits both
		set("no")
		plain = max(plain, measureOffers(b, addr, 10_000, 1000, 4000).ours)
		set("yes") // appendfsync everysec is the default
		logged = max(logged, measureOffers(b, addr, 10_000, 1000, 4000).ours)
	}
	return plain, logged
}

// bareCallers runs offer.lua from so many callers at once and returns the rate.
func bareCallers(b *testing.B, callers int) float64 {
	b.Helper()
	const each = 1500
	l, h := crowd(0, 1000)
	rm := open(b, testkit.Redis(b), l, h, newLatch(), fast())
	ctx := context.Background()
	if err := rm.Rebuild(ctx); err != nil {
		b.Fatal(err)
	}
	offers := make([]Offer, callers*each)
	pipe := rm.rdb.Pipeline()
	for i := range offers {
		offers[i] = Offer{
			ID: desk.OfferID(testID()), Conversation: desk.ConversationID(testID()), Agent: desk.AgentID(fmt.Sprintf("a%04d", i%1000)),
			Queue: "help", Medium: desk.Email, Weight: 10, ExpiresAt: time.Now().Add(time.Hour),
		}
		pipe.ZAdd(ctx, rm.keys.waiting("help"), zed(string(offers[i].Conversation)))
	}
	if _, err := pipe.Exec(ctx); err != nil {
		b.Fatal(err)
	}
	var wg sync.WaitGroup
	var failed atomic.Pointer[error]
	began := time.Now()
	for c := range callers {
		wg.Go(func() {
			for _, o := range offers[c*each : (c+1)*each] {
				keys, args := rm.keys.offerCall(o, "").fenced(rm.epoch, 0)
				if err := offerScript.EvalSha(ctx, rm.rdb, keys, args...).Err(); err != nil && err != redis.Nil {
					failed.Store(&err)
				}
			}
		})
	}
	wg.Wait()
	if err := failed.Load(); err != nil {
		b.Fatal(*err)
	}
	return float64(len(offers)) / time.Since(began).Seconds()
}

// arrivalsAtRate finds how many arrivals a second are offered when all come at once, then lets them come at 70 % of that
// for two seconds, and returns the p99 from an arrival's moment to its recorded offer, in ms; what the sender is late counts.
func arrivalsAtRate(b *testing.B) float64 {
	b.Helper()
	l, h := crowd(0, 1000)
	rm := open(b, testkit.Redis(b), l, h, newLatch(), fast()).start()
	eventually(b, "rebuilt", func() bool { return len(rm.Board()) > 0 })
	const burst = 3000
	l.news = make(chan desk.Fact, burst)
	began := time.Now()
	for i := range burst {
		l.queue(mail(fmt.Sprintf("b%07d", i), "help", i))
	}
	for range burst {
		<-l.news
	}
	gap := time.Duration(float64(time.Since(began)) / burst / 0.7)
	n := int(2 * time.Second / gap)
	began = time.Now()
	go func() {
		for i := range n {
			if ahead := time.Until(began.Add(time.Duration(i) * gap)); ahead > time.Millisecond {
				<-time.After(ahead)
			}
			l.queue(mail(fmt.Sprintf("n%07d", i), "help", burst+i))
		}
	}()
	took := make([]time.Duration, 0, n)
	for i := range n {
		<-l.news
		took = append(took, time.Since(began.Add(time.Duration(i)*gap)))
	}
	slices.Sort(took)
	return float64(took[(n-1)*99/100].Microseconds()) / 1000
}
