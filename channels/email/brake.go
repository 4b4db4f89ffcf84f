package email

import (
	"slices"
	"sync"
	"time"
)

// brake bounds how many conversations each sender opens within an hour, so that one who floods us does not flood the
// queues (UP-E20, UP-E7). It lives in memory, one for each way in and node: a restart forgives an hour, and who comes
// by IMAP and by SMTP, or through several listeners, has a share in each.
type brake struct {
	limit int // conversations an hour; 0 or negative: no limit

	mu      sync.Mutex
	senders map[string][]time.Time // the last of each, at most limit
}

// maxSenders bounds the brake's memory; beyond it, those who were quiet for an hour are forgotten.
const maxSenders = 10_000

func newBrake(limit int) *brake { return &brake{limit: limit, senders: map[string][]time.Time{}} }

// take takes one place of sender's share of the hour before at. False: there is none left. Whoever opens no conversation
// with it gives it back.
func (b *brake) take(sender string, at time.Time) bool {
	if b.limit <= 0 || sender == "" {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, known := b.senders[sender]; !known && len(b.senders) >= maxSenders {
		b.forget(at)
	}
	last := slices.DeleteFunc(b.senders[sender], func(t time.Time) bool { return at.Sub(t) >= time.Hour })
	taken := len(last) < b.limit
	if taken {
		last = append(last, at)
	}
	b.senders[sender] = last
	return taken
}

// giveBack returns a place that was taken at a moment.
func (b *brake) giveBack(sender string, at time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	last := b.senders[sender]
	i := slices.IndexFunc(last, at.Equal)
	switch {
	case i < 0: // forgotten meanwhile, or there is no limit
	case len(last) == 1:
		delete(b.senders, sender)
	default:
		b.senders[sender] = slices.Delete(last, i, i+1)
	}
}

func (b *brake) forget(now time.Time) {
	for s, last := range b.senders {
		if len(last) == 0 || now.Sub(last[len(last)-1]) > time.Hour {
			delete(b.senders, s)
		}
	}
	if len(b.senders) >= maxSenders { // more than a flood of senders can be is no flood of one
		clear(b.senders)
	}
}
