package email

import (
	"sync"
	"time"
)

// brake counts what each sender wrote within an hour, so that one who floods us does not flood the queues (UP-E20,
// UP-E7). It lives in memory: a restart forgives an hour, and only one node reads a mailbox.
type brake struct {
	limit int // mails an hour; negative: no limit

	mu      sync.Mutex
	senders map[string][]time.Time // the last of each, at most limit, oldest first
}

// maxSenders bounds the brake's memory; beyond it, those who were quiet for an hour are forgotten.
const maxSenders = 10_000

func newBrake(limit int) *brake { return &brake{limit: limit, senders: map[string][]time.Time{}} }

// over reports whether sender has had its share of the hour before at.
func (b *brake) over(sender string, at time.Time) bool {
	if b.limit <= 0 || sender == "" {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	last := b.senders[sender]
	return len(last) >= b.limit && at.Sub(last[0]) < time.Hour
}

// note counts a mail of sender that is in the record now.
func (b *brake) note(sender string, at time.Time) {
	if b.limit <= 0 || sender == "" {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.senders) >= maxSenders {
		b.forget(at)
	}
	last := append(b.senders[sender], at)
	b.senders[sender] = last[max(0, len(last)-b.limit):]
}

func (b *brake) forget(now time.Time) {
	for s, last := range b.senders {
		if now.Sub(last[len(last)-1]) > time.Hour {
			delete(b.senders, s)
		}
	}
	if len(b.senders) >= maxSenders { // more than a flood of senders can be is no flood of one
		clear(b.senders)
	}
}
