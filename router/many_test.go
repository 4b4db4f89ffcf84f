package router

import (
	"context"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"yingda/desk"
	"yingda/internal/testkit"
)

// openOn is open over a client of another make.
func openOn(t *testing.T, rdb redis.UniversalClient, l *ledger, h *house) *room {
	t.Helper()
	return openShard(t, rdb, l, h, DefaultShard)
}

// openShard is openOn for a shard of its own.
func openShard(t *testing.T, rdb redis.UniversalClient, l *ledger, h *house, shard Shard) *room {
	t.Helper()
	t.Cleanup(func() { _ = rdb.Close() })
	cfg := fast()
	cfg.Shard = shard
	rm := &room{t: t, ledger: l, house: h, leases: newLatch(), rdb: rdb}
	rm.Router = New(Deps{
		Redis: rdb, Desk: l, Records: l, Directory: h, Leases: rm.leases, Now: l.now, NewID: testID, Log: quiet(),
	}, cfg)
	return rm
}

// On a cluster of three masters all keys of the room lie in one slot, and routing works as on one server.
func TestRoutingOnACluster(t *testing.T) {
	t.Parallel()
	rdb := redis.NewUniversalClient(&redis.UniversalOptions{
		Addrs: testkit.RedisCluster(t), IsClusterMode: true, ContextTimeoutEnabled: true, MaxRetries: -1,
	}).(*redis.ClusterClient)
	l := newLedger()
	l.sit(agent("ann", "help"))
	l.sit(agent("bob", "help", "sales"))
	rm := openOn(t, rdb, l, newHouse(desk.Queue{ID: "help"}, desk.Queue{ID: "sales"})).start()
	for i := range 12 {
		l.queue(chat(conv(i), []desk.QueueID{"help", "sales"}[i%2], i))
	}
	ctx := context.Background()
	eventually(t, "all twelve are heard of", func() bool { _, ok := rm.Position("c11"); return ok })
	if _, err := rm.Accept(ctx, rm.ringing("ann").ID, "ann"); err != nil {
		t.Fatal(err)
	}
	if err := rm.Decline(ctx, rm.ringing("bob").ID, "bob", "busy"); err != nil {
		t.Fatal(err)
	}
	if _, err := rm.Take(ctx, "c11", "bob", desk.AgentActor("eve", desk.RoleSupervisor), true); err != nil {
		t.Fatal(err)
	}
	eventually(t, "two owned", func() bool { return l.owned() == 2 })
	slots := map[int64]int{}
	err := rdb.ForEachMaster(ctx, func(ctx context.Context, m *redis.Client) error {
		keys, err := m.Keys(ctx, "*").Result()
		for _, k := range keys {
			slot, _ := m.ClusterKeySlot(ctx, k).Result()
			slots[slot]++
		}
		return err
	})
	if err != nil || len(slots) != 1 {
		t.Errorf("slots in use: got %v (%v), want one", slots, err)
	}
	// The shard's master loses everything: the record brings it back.
	err = rdb.ForEachMaster(ctx, func(ctx context.Context, m *redis.Client) error { return m.FlushAll(ctx).Err() })
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "what ann holds is back", func() bool { return rdb.HLen(ctx, rm.keys.held("ann")).Val() > 0 })
}

// The master is killed: the sentinel makes the replica master, and routing goes on there, in order, nothing lost, within
// 5 s of the new master.
func TestRoutingSurvivesAFailover(t *testing.T) {
	t.Parallel()
	pair := testkit.RedisSentinel(t)
	rdb := redis.NewUniversalClient(&redis.UniversalOptions{
		Addrs: []string{pair.Sentinel}, MasterName: pair.Name, ContextTimeoutEnabled: true, MaxRetries: -1,
	})
	l := newLedger()
	s := agent("ann", "help")
	s.Maximum = map[desk.Medium]int{desk.Chat: 1}
	l.sit(s)
	rm := openOn(t, rdb, l, newHouse(desk.Queue{ID: "help", Ring: 600})).start()
	for i := range 8 {
		l.queue(chat(conv(i), "help", 100-i))
	}
	ctx := context.Background()
	eventually(t, "seven wait", func() bool { return rm.Board()[0].Waiting == 7 })
	first := rm.ringing("ann")
	pair.Master.Stop()
	l.queue(chat("late", "help", 1))
	deadline := time.Now().Add(slack(25 * time.Second))
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	var again time.Time
	for {
		if again.IsZero() && rdb.Ping(ctx).Err() == nil {
			again = time.Now()
		}
		if _, err := rm.Accept(ctx, first.ID, "ann"); err == nil {
			break
		} else if desk.CodeOf(err) != desk.Unavailable {
			t.Fatalf("accept during the failover: got %v, want it accepted or router_down", err)
		}
		if time.Now().After(deadline) {
			t.Fatal("the offer could not be accepted after the master's end")
		}
		<-tick.C
	}
	l.release(first.Conversation, "resolved", false)
	if got := rm.ringing("ann"); got.Conversation != "late" {
		t.Errorf("first on the new master: got %s, want late", got.Conversation)
	}
	if took := time.Since(again); !again.IsZero() && took > slack(5*time.Second) {
		t.Errorf("routing resumed %s after the new master, want 5 s at most", took)
	}
}
