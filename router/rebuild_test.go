package router

import (
	"sync"
	"testing"
	"time"

	"yingda/desk"
)

// A sweep reads a mirror of its own while facts change the one in use: neither writes what the other reads. Under the
// race detector the second half finds what the first does not name.
func TestSnapshotSharesNothingItWrites(t *testing.T) {
	t.Parallel()
	l := newLedger()
	l.sit(agent("ann", "help"))
	rm := open(t, mini(t), l, newHouse(desk.Queue{ID: "help"}), newLatch(), fast())
	if err := rm.load(t.Context()); err != nil {
		t.Fatal(err)
	}
	k := paceKey{"help", desk.Chat}
	now := time.Now()
	for range 2 * paceEnough {
		rm.m.pace.add(k.queue, k.medium, time.Minute)
	}
	l.queue(fromNow("old", now))
	l.queue(fromNow("new", now))
	m, _, err := rm.snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	m.pace.add(k.queue, k.medium, time.Hour)
	m.gauge(k).n = 99
	if got := rm.m.pace[k]; got.n != 2*paceEnough || got.took != time.Minute {
		t.Errorf("pace in use after the snapshot learned: got %d of %v, want %d of 1m0s", got.n, got.took, 2*paceEnough)
	}
	if g := rm.m.gauges[k]; g != nil {
		t.Errorf("gauges in use: got %+v, want none: only the snapshot has one", g)
	}

	var wg sync.WaitGroup
	wg.Go(func() {
		for range 50 {
			if _, _, err := rm.look(t.Context()); err != nil {
				t.Error(err)
			}
		}
	})
	for i := range 200 {
		w := fromNow(conv(i), now)
		l.queue(w)
		news, err := l.EventsAfter(t.Context(), rm.applied, 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range news {
			if err := rm.Listen(t.Context(), e); err != nil {
				t.Error(err)
			}
		}
		if i%3 == 0 {
			rm.turn.Lock()
			rm.mu.Lock()
			rm.m.held("ann", w, now.Add(time.Second))
			rm.m.drop(w.Conversation, now)
			rm.m.released("ann", w.Conversation, now.Add(time.Minute))
			rm.mu.Unlock()
			rm.turn.Unlock()
		}
	}
	wg.Wait()
}

// fromNow is a chat that has just come.
func fromNow(id string, now time.Time) desk.Work {
	w := chat(id, "help", 60)
	w.Since, w.DueAt = now, now.Add(time.Hour)
	return w
}
