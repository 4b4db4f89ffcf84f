package router

import (
	"context"
	"hash/maphash"
	"sync"
	"sync/atomic"

	"yingda/desk"
)

// scribes is how many facts are on their way to the desk at once. The store commits those that wait together in one
// go, so this bounds the batch; 32 keep a group-committing store busy.
const scribes = 32

// mostUntold is how many may wait to be told before no more offers are made: the desk is behind by minutes then.
const mostUntold = 32 * 256

// recorder tells the desk what the router did. What concerns one conversation is told in order, what concerns
// different ones at the same time. Whoever hands something over may hold any lock: it never waits.
type recorder struct {
	lanes [scribes]lane
	seed  maphash.Seed
	left  atomic.Int64 // to be told
	eased func()       // called when it is crowded no more
}

// lane is what one scribe has to tell.
type lane struct {
	mu   sync.Mutex
	todo []func(ctx context.Context)
	more chan struct{} // something was added
}

func newRecorder(eased func()) *recorder {
	rec := &recorder{seed: maphash.MakeSeed(), eased: eased}
	for i := range rec.lanes {
		rec.lanes[i].more = make(chan struct{}, 1)
	}
	return rec
}

func (rec *recorder) start(ctx context.Context, wg *sync.WaitGroup) {
	for i := range rec.lanes {
		wg.Go(func() { rec.work(ctx, &rec.lanes[i]) })
	}
}

// work tells what a lane has until ctx ends.
func (rec *recorder) work(ctx context.Context, l *lane) {
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
			return
		case <-l.more:
		}
		for _, do := range l.take() {
			if ctx.Err() != nil {
				return
			}
			do(ctx)
			if rec.left.Add(-1) == mostUntold-1 {
				rec.eased()
			}
		}
	}
}

func (l *lane) take() []func(context.Context) {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := l.todo
	l.todo = nil
	return out
}

// put hands do to the conversation's lane. It does not wait; nothing is told after Run ended.
func (rec *recorder) put(c desk.ConversationID, do func(ctx context.Context)) {
	rec.left.Add(1)
	l := &rec.lanes[maphash.String(rec.seed, string(c))%scribes]
	l.mu.Lock()
	l.todo = append(l.todo, do)
	l.mu.Unlock()
	select {
	case l.more <- struct{}{}:
	default:
	}
}

// crowded reports whether the desk is too far behind for more offers.
func (rec *recorder) crowded() bool { return rec.left.Load() >= mostUntold }

// tell records facts that nobody waits for.
func (r *Router) tell(c desk.ConversationID, facts ...desk.Fact) {
	r.rec.put(c, func(ctx context.Context) {
		if err := r.desk.Record(ctx, c, desk.System(), facts...); err != nil && ctx.Err() == nil {
			r.log.Warn("router: a fact was not recorded", "conversation", c, "fact", facts[0].Kind(), "err", err)
		}
	})
}
