package sla

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"yingda/desk"
)

// Desk is where the ticker says what has become late; *desk.Service is one. Both report whether this call was the
// first to announce (clock, level, due version), over all nodes, and save c.NextAt as the clock's next moment.
type Desk interface {
	Warn(ctx context.Context, c desk.Clock, level int, at time.Time) (first bool, err error)
	Breach(ctx context.Context, c desk.Clock, at time.Time) (first bool, err error)
}

// Store is where the ticker finds clocks; *store.DB is one.
type Store interface {
	// Due lists running clocks whose NextAt is set and at or before the moment, the earliest first.
	Due(ctx context.Context, before time.Time, limit int) ([]desk.Clock, error)
}

// Ticker announces warnings and breaches. Every node runs one: the record decides who was first.
type Ticker struct {
	Deps
	cfg  Config
	wake chan struct{}
}

// Deps are what a ticker needs. Now is the clock of the house.
type Deps struct {
	Desk     Desk
	Store    Store
	Promises *Promises
	Now      func() time.Time
	Log      *slog.Logger
}

// NewTicker makes a ticker.
func NewTicker(d Deps, cfg Config) *Ticker {
	return &Ticker{Deps: d, cfg: cfg, wake: make(chan struct{}, 1)}
}

// Hear is a [desk.Listener]: facts that may bring a moment nearer wake the ticker at once. To hear them late or never
// costs at most Config.Every.
func (t *Ticker) Hear(_ context.Context, e desk.Event) error {
	switch e.Fact.(type) {
	case desk.ClockStarted, desk.ClockResumed, desk.DueChanged:
		t.Wake()
	}
	return nil
}

// Wake makes the ticker look again now.
func (t *Ticker) Wake() {
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// Run announces until ctx ends, and returns nil then. It sleeps until the nearest moment in the record, at most
// Config.Every, so that a restart, a jump of the machine's time or another node's news costs no more than that.
func (t *Ticker) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		wait := t.tick(ctx)
		if wait <= 0 {
			continue
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-t.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
	return nil
}

// beaten is the pause after a batch that brought nothing new.
const beaten = 50 * time.Millisecond

// tick announces what is due and says how long to sleep; 0 when there is more.
func (t *Ticker) tick(ctx context.Context) time.Duration {
	now := t.Now()
	clocks, err := t.Store.Due(ctx, now.Add(t.cfg.Every), t.cfg.Batch)
	if err != nil {
		if ctx.Err() == nil {
			t.Log.Error("sla: reading what is due", "err", err)
		}
		return t.cfg.Every
	}
	n := 0
	for n < len(clocks) && !clocks[n].NextAt.After(now) {
		n++
	}
	news := n > 0 && t.announce(ctx, clocks[:n], now)
	switch {
	case news:
		return 0 // time has passed, more may be due
	case n > 0:
		return min(t.cfg.Every, beaten) // another node was first, or the record is down
	case n < len(clocks):
		return min(t.cfg.Every, max(time.Millisecond, clocks[n].NextAt.Sub(t.Now())))
	}
	return t.cfg.Every
}

// announce tells the desk of many clocks at once, so that they share the record's commits. It reports whether any of
// it was news; what could not be told is tried again.
func (t *Ticker) announce(ctx context.Context, clocks []desk.Clock, now time.Time) bool {
	var wg sync.WaitGroup
	var news atomic.Bool
	slots := make(chan struct{}, t.cfg.Parallel)
	for _, c := range clocks {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			first, err := t.tell(ctx, c, now)
			if err != nil && ctx.Err() == nil {
				t.Log.Error("sla: announcing", "conversation", c.Conversation, "target", c.Target, "err", err)
			}
			if first {
				news.Store(true)
			}
		})
	}
	wg.Wait()
	return news.Load()
}

// tell announces the highest level a clock has reached. The clock it hands over carries the moment after that.
func (t *Ticker) tell(ctx context.Context, c desk.Clock, now time.Time) (first bool, err error) {
	level, next := t.Promises.Book().Level(c, now)
	c.NextAt = next
	switch {
	case level >= desk.BreachLevel:
		return t.Desk.Breach(ctx, c, now)
	case level > 0:
		return t.Desk.Warn(ctx, c, level, now)
	}
	return false, nil // the calendar changed under it; the review that follows sets its moment anew
}
