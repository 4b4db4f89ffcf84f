package router

import (
	"context"
	"hash/maphash"
	"sync"

	"yingda/desk"
)

// scribes is how many facts are on their way to the desk at once. The store commits those that wait together in one
// go, so this bounds the batch; 32 keep a group-committing store busy.
const scribes = 32

// recorder tells the desk what the router did. What concerns one conversation is told in order, what concerns
// different ones at the same time.
type recorder struct {
	lanes [scribes]chan func(ctx context.Context)
	seed  maphash.Seed
}

func newRecorder() *recorder {
	rec := &recorder{seed: maphash.MakeSeed()}
	for i := range rec.lanes {
		rec.lanes[i] = make(chan func(context.Context), 256)
	}
	return rec
}

func (rec *recorder) start(ctx context.Context, wg *sync.WaitGroup) {
	for _, lane := range rec.lanes {
		wg.Go(func() {
			for {
				select {
				case <-ctx.Done():
					return
				case do := <-lane:
					do(ctx)
				}
			}
		})
	}
}

// put hands do to the conversation's lane; it waits when the desk is behind, and gives up when ctx ends.
func (rec *recorder) put(ctx context.Context, c desk.ConversationID, do func(ctx context.Context)) {
	select {
	case rec.lanes[maphash.String(rec.seed, string(c))%scribes] <- do:
	case <-ctx.Done():
	}
}

// tell records facts that nobody waits for.
func (r *Router) tell(ctx context.Context, c desk.ConversationID, facts ...desk.Fact) {
	r.rec.put(ctx, c, func(ctx context.Context) {
		if err := r.desk.Record(ctx, c, desk.System(), facts...); err != nil && ctx.Err() == nil {
			r.log.Warn("router: a fact was not recorded", "conversation", c, "fact", facts[0].Kind(), "err", err)
		}
	})
}
