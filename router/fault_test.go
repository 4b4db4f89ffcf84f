package router

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/redis/go-redis/v9"

	"yingda/desk"
	"yingda/internal/testkit"
)

// UP-A2: Redis hangs for half a minute without ending. Who accepts is told so and does not wait with it, intake goes on,
// what rang rings still, and work goes on in rank order within 5 s.
func TestRedisHangs(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	server := testkit.NewRedis(t)
	l := newLedger()
	s := agent("ann", "help")
	s.Maximum = map[desk.Medium]int{desk.Chat: 1}
	l.sit(s)
	rm := open(t, server.Addr, l, newHouse(desk.Queue{ID: "help", Ring: 600}), newLatch(), fast()).start()
	for i := range 12 {
		l.queue(chat(conv(i), "help", 100-i)) // the newest is due first
	}
	eventually(t, "eleven wait", func() bool { return rm.Board()[0].Waiting == 11 })
	first := rm.ringing("ann")

	if err := server.Pause(); err != nil {
		t.Fatal(err)
	}
	over := time.After(30 * time.Second)
	for n := 0; ; n++ {
		ctx, cancel := context.WithTimeout(t.Context(), 3*callTimeout)
		_, err := rm.Accept(ctx, first.ID, "ann")
		if desk.ReasonOf(err) != "router_down" || ctx.Err() != nil {
			t.Fatalf("accept %d while Redis hangs: got %v (%v), want router_down in time", n, err, ctx.Err())
		}
		cancel()
		l.queue(chat(fmt.Sprint("late", n), "help", 50-n))
		select {
		case <-over:
		default:
			continue
		}
		break
	}
	if err := server.Resume(); err != nil {
		t.Fatal(err)
	}
	within(t, slack(5*time.Second), "the offer that rang is accepted", func() bool {
		_, err := rm.Accept(context.Background(), first.ID, "ann")
		if err != nil && desk.CodeOf(err) != desk.Unavailable {
			t.Fatalf("after the pause: got %v, want it accepted or router_down", err)
		}
		return err == nil
	})
	l.release(first.Conversation, "resolved", false)
	want, _ := l.Waiting(context.Background())
	best := want[0]
	for _, w := range want[1:] {
		if before(&w, &best) {
			best = w
		}
	}
	if got := rm.ringing("ann"); got.Conversation != best.Conversation {
		t.Errorf("first after the pause: got %s, want %s", got.Conversation, best.Conversation)
	}
}

// A Redis that is there is filled once: the probe that asks after it, and facts that concern no queue, find what they
// look for.
func TestAHealthyRedisIsFilledOnce(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, addr string) {
		l := newLedger()
		rm := open(t, addr, l, newHouse(desk.Queue{ID: "help"}), newLatch(), fast()).start()
		eventually(t, "it leads", func() bool { return counted(t, rm.met.rebuilds) == 1 })
		for n := range int64(200) { // more than the leader lets pass unsaid
			l.mu.Lock()
			l.append(fmt.Sprint("k", n), desk.AboutContact, desk.Looked{What: "contact"})
			l.mu.Unlock()
		}
		for range 5 {
			if err := rm.probe(context.Background()); err != nil {
				t.Errorf("probe: got %v, want Redis there", err)
			}
		}
		l.queue(chat("c1", "help", 1))
		eventually(t, "c1 waits", func() bool { _, ok := rm.Position("c1"); return ok })
		if got := counted(t, rm.met.rebuilds); got != 1 {
			t.Errorf("rebuilds: got %v, want 1", got)
		}
	})
}

// counted reads a counter.
func counted(t *testing.T, c prometheus.Counter) float64 {
	t.Helper()
	var m dto.Metric
	if err := c.Write(&m); err != nil {
		t.Fatal(err)
	}
	return m.GetCounter().GetValue()
}

// Two nodes' clocks differ by 5 s either way, and the lead passes from one to the other: every conversation ends with
// one owner, no offer is missed that was answered, and none rings less than its time without the 5 s.
func TestClocksThatDiffer(t *testing.T) {
	t.Parallel()
	for _, skew := range []time.Duration{5 * time.Second, -5 * time.Second} {
		t.Run(skew.String(), func(t *testing.T) {
			t.Parallel()
			addr, l, leases := testkit.Redis(t), newLedger(), newLatch()
			for _, a := range []string{"ann", "bob"} {
				l.sit(agent(a, "help"))
			}
			h := newHouse(desk.Queue{ID: "help", Ring: 30})
			one := open(t, addr, l, h, leases, fast()).start()
			l.queue(chat("c0", "help", 0))
			eventually(t, "the first node leads", func() bool { return one.Board()[0].OnOffer == 1 })
			two := open(t, addr, l, h, leases, fast())
			two.now = func() time.Time { return l.now().Add(skew) }
			two.start()
			answer := func(by *room, upTo int) {
				eventually(t, fmt.Sprint(upTo, " are answered"), func() bool {
					for _, a := range []desk.AgentID{"ann", "bob"} {
						offers, err := by.Offers(context.Background(), a)
						if err != nil {
							return false
						}
						for _, o := range offers {
							if left := o.ExpiresAt.Sub(l.now()); left < 20*time.Second {
								t.Errorf("%s rings %s more when it appears, want 25 s at least less the time to see it", o.ID, left)
							}
							if _, err := by.Accept(context.Background(), o.ID, a); err != nil {
								t.Errorf("accept %s: got %v, want it accepted", o.ID, err)
							}
						}
					}
					return l.owned() == upTo
				})
			}
			answer(two, 1)
			for i := 1; i < 4; i++ {
				l.queue(chat(conv(i), "help", i))
			}
			answer(two, 4) // the first leads, the second is where the agents are
			one.halt()
			l.queue(chat("c4", "help", 4), chat("c5", "help", 5))
			answer(two, 6)
			if missed := factsOf[desk.OfferExpired](l); len(missed) > 0 {
				t.Errorf("missed offers: got %d, want none", len(missed))
			}
		})
	}
}

// Several shards on one cluster: each lies in one slot, they spread over the masters, and what empties one master stops
// no other shard.
func TestShardsSpreadOverACluster(t *testing.T) {
	t.Parallel()
	addrs := testkit.RedisCluster(t)
	dial := func() *redis.ClusterClient {
		return redis.NewUniversalClient(&redis.UniversalOptions{
			Addrs: addrs, IsClusterMode: true, ContextTimeoutEnabled: true, MaxRetries: -1,
		}).(*redis.ClusterClient)
	}
	ctx := context.Background()
	rdb := dial()
	t.Cleanup(func() { _ = rdb.Close() })
	masterOf := func(key string) string {
		m, err := rdb.MasterForKey(ctx, key)
		if err != nil {
			t.Fatal(err)
		}
		return m.Options().Addr
	}
	rooms := map[string]*room{} // by the master a shard lies on
	for n := 0; len(rooms) < 3; n++ {
		shard := Shard(fmt.Sprint("firm-", n))
		where := masterOf(shard.epoch())
		if rooms[where] != nil {
			continue
		}
		l := newLedger()
		l.sit(agent("ann", "help"))
		rooms[where] = openShard(t, dial(), l, newHouse(desk.Queue{ID: "help"}), shard).start()
		for i := range 6 {
			l.queue(chat(conv(i), "help", i))
		}
	}
	for where, rm := range rooms {
		eventually(t, "three held", func() bool {
			for range 3 {
				offers, _ := rm.Offers(ctx, "ann")
				for _, o := range offers {
					_, _ = rm.Accept(ctx, o.ID, "ann")
				}
			}
			return rm.ledger.owned() == 3
		})
		for _, key := range []string{rm.keys.waiting("help"), rm.keys.held("ann"), rm.keys.seat("ann"), rm.keys.offered(), rm.keys.expiry()} {
			if got := masterOf(key); got != where {
				t.Errorf("%s: got %s, want %s with its shard's others", key, got, where)
			}
		}
	}
	err := rdb.ForEachMaster(ctx, func(ctx context.Context, m *redis.Client) error {
		slots := map[int64]bool{}
		keys, err := m.Keys(ctx, "*").Result()
		for _, k := range keys {
			slot, _ := m.ClusterKeySlot(ctx, k).Result()
			slots[slot] = true
		}
		if err == nil && len(slots) != 1 {
			return fmt.Errorf("%s holds %d slots' keys, want one shard's", m.Options().Addr, len(slots))
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// within is eventually with a time of its own: what a promise about time is about.
func within(t *testing.T, d time.Duration, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(d)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within %s", what, d)
		}
		<-tick.C
	}
}
