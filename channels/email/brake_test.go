package email

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// UP-E20: however many mails of one sender come at the same moment, the hour's share is given out once; a place that
// opened no conversation is free again.
func TestBrake(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	b := newBrake(5)
	var taken atomic.Int64
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			if b.take("flood@x.example", at) {
				taken.Add(1)
			}
		})
	}
	wg.Wait()
	if got := taken.Load(); got != 5 {
		t.Errorf("at once: got %d places, want 5", got)
	}
	if !b.take("li@customer.example", at) {
		t.Error("somebody else: got no place")
	}
	b.giveBack("flood@x.example", at)
	if first, second := b.take("flood@x.example", at.Add(time.Minute)), b.take("flood@x.example", at.Add(time.Minute)); !first || second {
		t.Errorf("one was given back: got places %v and %v, want one", first, second)
	}
	if !b.take("flood@x.example", at.Add(time.Hour)) {
		t.Error("an hour later: got no place")
	}
	for i := range 3 * maxSenders {
		b.take(fmt.Sprint(i, "@x.example"), at.Add(time.Hour))
	}
	if len(b.senders) > maxSenders {
		t.Errorf("got %d senders in memory, want at most %d", len(b.senders), maxSenders)
	}
	open := newBrake(-1)
	if !open.take("li@customer.example", at) || len(open.senders) != 0 {
		t.Error("no limit: got a bound")
	}
}
