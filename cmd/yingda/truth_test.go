package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/redis/go-redis/v9"

	"yingda/desk"
	"yingda/router"
	"yingda/sla"
	"yingda/store"
)

// record opens the house's record to look into it. On SQLite no node may run meanwhile.
func (h *house) record() (db *store.DB, done func()) {
	h.Helper()
	db, err := store.Open(h.Context(), h.cfg.Store, quietLog())
	if err != nil {
		h.Fatalf("open the record: %v", err)
	}
	return db, func() { _ = db.Close() }
}

// routingIndex is who waits (or is on offer) and who holds what, as "agent conversation".
type routingIndex struct{ Waiting, Held []string }

func (x *routingIndex) sort() { slices.Sort(x.Waiting); slices.Sort(x.Held) }

// differs says how the real Redis differs from the record; "" when it does not. Use it with until: equality is
// promised within seconds.
func (h *house) differs(db *store.DB) string {
	h.Helper()
	inRecord, err := fromRecord(h.Context(), db)
	if err != nil {
		return err.Error()
	}
	rdb := redis.NewClient(&redis.Options{Addr: h.cfg.Redis.Addresses[0]})
	defer rdb.Close()
	inRedis, err := fromRedis(h.Context(), rdb)
	if err != nil {
		return err.Error()
	}
	return cmp.Diff(inRecord, inRedis, cmpopts.EquateEmpty())
}

func fromRecord(ctx context.Context, db *store.DB) (x routingIndex, err error) {
	rows, err := db.OpenRows(ctx, "", 1000)
	if err != nil {
		return x, err
	}
	for _, r := range rows {
		switch {
		case r.Status != desk.Open:
		case r.Assignee != "":
			x.Held = append(x.Held, string(r.Assignee)+" "+string(r.ID))
		case r.Waiting():
			x.Waiting = append(x.Waiting, string(r.ID))
		}
	}
	x.sort()
	return x, nil
}

func fromRedis(ctx context.Context, rdb *redis.Client) (x routingIndex, err error) {
	prefix := strings.TrimSuffix(router.DefaultShard.Pattern(), "*")
	keys, err := rdb.Keys(ctx, router.DefaultShard.Pattern()).Result()
	if err != nil {
		return x, err
	}
	for _, key := range keys {
		kind, of, _ := strings.Cut(strings.TrimPrefix(key, prefix), ":")
		switch kind {
		case "waiting":
			ids, err := rdb.ZRange(ctx, key, 0, -1).Result()
			if err != nil {
				return x, err
			}
			x.Waiting = append(x.Waiting, ids...)
		case "offered":
			ids, err := rdb.HKeys(ctx, key).Result()
			if err != nil {
				return x, err
			}
			x.Waiting = append(x.Waiting, ids...)
		case "held":
			all, err := rdb.HGetAll(ctx, key).Result()
			if err != nil {
				return x, err
			}
			for id, weight := range all {
				if strings.Count(weight, ":") == 1 { // with a second colon it is reserved for an offer
					x.Held = append(x.Held, of+" "+id)
				}
			}
		}
	}
	x.sort()
	return x, nil
}

// sameAsRedis waits until Redis says what the record says.
func (h *house) sameAsRedis(db *store.DB) {
	h.Helper()
	last := ""
	defer func() {
		if last != "" {
			h.Logf("redis differs (-record +redis):\n%s", last)
		}
	}()
	until(h, "redis equals the record", func() bool { last = h.differs(db); return last == "" })
}

// isTrue looks through the whole record: facts without a hole, and clocks that are what the facts make of them (UP-S2).
func (h *house) isTrue(db *store.DB) {
	h.Helper()
	books, err := db.BookEvents(h.Context())
	if err != nil {
		h.Fatal(err)
	}
	ledger := sla.NewLedger(books, nil)
	told := map[desk.ConversationID][]desk.Event{}
	var seq int64
	for {
		page, err := db.EventsAfter(h.Context(), seq, 500)
		if err != nil {
			h.Fatalf("read the facts: %v", err)
		}
		for _, e := range page {
			if e.Seq != seq+1 {
				h.Errorf("after fact %d comes %d: a hole", seq, e.Seq)
			}
			seq = e.Seq
			if e.Subject.Kind == desk.AboutConversation {
				told[desk.ConversationID(e.Subject.ID)] = append(told[desk.ConversationID(e.Subject.ID)], e)
			}
		}
		if len(page) < 500 {
			break
		}
	}
	for id, events := range told {
		if d := clocksDiffer(h.Context(), db, ledger, id, events); d != "" {
			h.Errorf("clocks of %s (-made of the facts +kept):\n%s", id, d)
		}
	}
}

func clocksDiffer(ctx context.Context, db *store.DB, ledger *sla.Ledger, id desk.ConversationID, events []desk.Event) string {
	conv, kept, err := db.Conversation(ctx, id)
	if err != nil {
		return err.Error()
	}
	made := sla.Recompute(conv, events, ledger.At, time.Now())
	// The record hands out the last two clocks of each target.
	made = slices.DeleteFunc(made, func(m desk.Clock) bool {
		return m.N < lastOf(made, m.Target)-1
	})
	key := func(c desk.Clock) string { return fmt.Sprint(c.Target, c.N) }
	return cmp.Diff(made, kept, cmpopts.SortSlices(func(a, b desk.Clock) bool { return key(a) < key(b) }), cmpopts.EquateEmpty(),
		cmpopts.IgnoreFields(desk.Clock{}, "NextAt"))
}

func lastOf(clocks []desk.Clock, t desk.Target) (n int) {
	for _, c := range clocks {
		if c.Target == t {
			n = max(n, int(c.N))
		}
	}
	return n
}
