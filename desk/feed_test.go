package desk_test

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"yingda/desk"
)

// countedLog is a log in memory that counts how often it is read.
type countedLog struct {
	mu     sync.Mutex
	events []desk.Event
	reads  atomic.Int64
}

func (l *countedLog) add() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events = append(l.events, desk.Event{Seq: int64(len(l.events) + 1), Fact: desk.TargetsReviewed{}})
}

func (l *countedLog) EventsAfter(_ context.Context, seq int64, limit int) ([]desk.Event, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.reads.Add(1)
	if seq >= int64(len(l.events)) {
		return nil, nil
	}
	return append([]desk.Event{}, l.events[seq:min(len(l.events), int(seq)+limit)]...), nil
}

// Listeners that begin at different places, some of them far behind, hear every fact once and in order.
func TestFeedSharesItsReads(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := &countedLog{}
		for range 1700 { // more than three pages behind
			l.add()
		}
		feed := desk.NewFeed(l, slog.New(slog.DiscardHandler))
		var heard [9]int64
		for i := range heard {
			heard[i] = int64(i * 200)
			if i > 6 {
				heard[i] = 1700
			}
			feed.Listen("listener", heard[i], func(_ context.Context, e desk.Event) error {
				if e.Seq != heard[i]+1 {
					t.Errorf("listener %d: got fact %d after %d, want the next", i, e.Seq, heard[i])
				}
				heard[i] = e.Seq
				return nil
			})
		}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- feed.Run(ctx) }()
		synctest.Wait()
		before := l.reads.Load()
		want := int64(1700)
		const commits = 200
		for range commits {
			for range 1 + rand.IntN(3) {
				l.add()
				want++
			}
			feed.Wake()
			synctest.Wait() // no clock moves: what was woken is heard without the poll
			for i, got := range heard {
				if got != want {
					t.Fatalf("listener %d: got as far as %d, want %d", i, got, want)
				}
			}
		}
		if got, most := l.reads.Load()-before, int64(2*commits); got > most {
			t.Errorf("got %d reads of the log for %d commits and %d listeners, want at most %d", got, commits, len(heard), most)
		}
		stop()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
	})
}
