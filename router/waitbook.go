package router

import (
	"context"
	"sync"
	"time"

	"yingda/desk"
)

// Waits keeps what waiting customers were told and what came; *store.DB implements it.
type Waits interface {
	SaveWaits(ctx context.Context, waits []desk.WaitForecast) error
}

// waitBook writes judged forecasts down, many at a time and behind everything else: losing some costs a figure.
type waitBook struct {
	store Waits
	r     *Router

	mu   sync.Mutex
	left []desk.WaitForecast // to be written
}

// Rhythm and bound of the book.
const (
	waitsEvery = 5 * time.Second
	waitsHeld  = 10_000
)

func newWaitBook(s Waits, r *Router) *waitBook { return &waitBook{store: s, r: r} }

// equip gives a mirror what it has from the router and not from the records.
func (r *Router) equip(m *mirror) {
	m.hours, m.oracle = r.hours, r.oracle
	m.foreseen = map[desk.ConversationID]desk.WaitForecast{}
	m.keep = r.waits.note
}

// note takes one forecast; every node judges all of them and the leader writes. Callers hold turn.
func (b *waitBook) note(f desk.WaitForecast) {
	if b.store == nil || b.r.epoch == "" {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.left) < waitsHeld {
		b.left = append(b.left, f)
	}
}

// run writes until ctx ends, then once more.
func (b *waitBook) run(ctx context.Context) {
	t := time.NewTicker(waitsEvery)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTimeout)
			defer cancel()
			b.write(last)
			return
		case <-t.C:
			b.write(ctx)
		}
	}
}

func (b *waitBook) write(ctx context.Context) {
	b.mu.Lock()
	some := b.left
	b.left = nil
	b.mu.Unlock()
	if len(some) == 0 {
		return
	}
	if err := b.store.SaveWaits(ctx, some); err != nil {
		b.r.log.Warn("router: forecasts not written", "count", len(some), "err", err)
		b.mu.Lock()
		defer b.mu.Unlock()
		if len(some)+len(b.left) <= waitsHeld {
			b.left = append(some, b.left...)
		}
	}
}
