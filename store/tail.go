package store

import (
	"fmt"
	"sync"

	"yingda/desk"
)

// tailLength is how many of the newest facts are kept in memory, as they were written. Listeners mostly stand at the
// end of the log, and what this node has just committed need not be asked of SQL again.
const tailLength = 1024

// tail is the end of the log as this node wrote it: facts without a gap, none of them older than the first. Facts of
// other nodes between two of ours start it anew, so it never hides one; but it may end a moment before the log does.
type tail struct {
	mu     sync.Mutex
	events []desk.Event
	bodies []string // their facts, as they stand in SQL
}

// add appends what one commit wrote.
func (t *tail) add(events []desk.Event, bodies []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if n := len(t.events); n > 0 && t.events[n-1].Seq+1 != events[0].Seq {
		t.events, t.bodies = nil, nil
	}
	t.events, t.bodies = append(t.events, events...), append(t.bodies, bodies...)
	if over := len(t.events) - tailLength; over > 0 {
		t.events, t.bodies = t.events[over:], t.bodies[over:]
	}
}

// forget drops everything: an erasure changed what the log says, or another node went on with it.
func (t *tail) forget() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.events, t.bodies = nil, nil
}

// after returns facts after seq, at most limit; ok is false when SQL must be asked: the tail begins later, or ends at
// seq, where another node may have gone on. Facts are decoded from what was written, so that a listener hears exactly
// what it would hear after a restart.
func (t *tail) after(seq int64, limit int) (out []desk.Event, ok bool, err error) {
	t.mu.Lock()
	n := len(t.events)
	if n == 0 || seq+1 < t.events[0].Seq || seq >= t.events[n-1].Seq {
		t.mu.Unlock()
		return nil, false, nil
	}
	from := int(seq + 1 - t.events[0].Seq)
	to := min(n, from+limit)
	out, bodies := append(out, t.events[from:to]...), t.bodies[from:to:to]
	t.mu.Unlock()
	for i := range out {
		kind := out[i].Fact.Kind()
		if out[i].Fact, err = decodeFact(kind, factVersion, bodies[i]); err != nil {
			return nil, false, fmt.Errorf("event %d: %w", out[i].Seq, err)
		}
	}
	return out, true, nil
}
