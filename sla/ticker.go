package sla

import (
	"cmp"
	"context"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"yingda/desk"
)

// Desk is where the ticker says what has become late; *desk.Service is one. Announce reports how many of them this
// call was the first to tell, over all nodes, and saves Clock.NextAt as each clock's next moment.
type Desk interface {
	Announce(ctx context.Context, list []desk.Announcement, at time.Time) (first int, err error)
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

// unitSize is how many notices are one unit of the record: enough that the commit's own cost does not show, few enough
// that nobody waits long behind one.
const unitSize = 64

// announce tells the desk of many clocks, in units that share the record's commits. It reports whether any of it was
// news; what could not be told is tried again. A unit that was told before ends it: another node has come this far, and
// to read again what is due costs less than to go over what it has told. So does a record that is down; a unit that was
// refused ends nothing.
func (t *Ticker) announce(ctx context.Context, clocks []desk.Clock, now time.Time) bool {
	var wg sync.WaitGroup
	var news, over atomic.Bool
	slots := make(chan struct{}, max(1, t.cfg.Parallel/unitSize))
	list := t.reached(clocks, now)
	if from := rand.IntN(len(clocks)) / unitSize * unitSize; from < len(list) { // two nodes should not do the same in step
		list = slices.Concat(list[from:], list[:from])
	}
	for unit := range slices.Chunk(list, unitSize) {
		slots <- struct{}{}
		if over.Load() {
			break
		}
		wg.Go(func() {
			defer func() { <-slots }()
			first, err := t.tell(ctx, unit, now)
			switch {
			case first > 0:
				news.Store(true)
			case err == nil || desk.CodeOf(err) == desk.Unavailable:
				over.Store(true)
			}
		})
	}
	wg.Wait()
	return news.Load()
}

// tell announces one unit; when it is refused each alone, so that one clock keeps no other from being told. It returns how
// many were news, and the last error of those that could not be told.
func (t *Ticker) tell(ctx context.Context, unit []desk.Announcement, now time.Time) (int, error) {
	first, err := t.Desk.Announce(ctx, unit, now)
	if err == nil || ctx.Err() != nil {
		return first, err
	}
	if desk.CodeOf(err) == desk.Unavailable || len(unit) == 1 {
		t.Log.Error("sla: announcing", "conversation", unit[0].Clock.Conversation, "count", len(unit), "err", err)
		return 0, err
	}
	var failed error
	for i := range unit {
		n, err := t.tell(ctx, unit[i:i+1], now)
		first += n
		failed = cmp.Or(err, failed)
	}
	return first, failed
}

// reached is the highest level each clock has reached, the moment after that, and the steps of its ladder that are due
// at once. A clock that reached none had its calendar changed under it; the review that follows sets its moment anew.
func (t *Ticker) reached(clocks []desk.Clock, now time.Time) []desk.Announcement {
	book := t.Promises.Book()
	out := make([]desk.Announcement, 0, len(clocks))
	for _, c := range clocks {
		level, next := book.Level(c, now)
		if level == 0 {
			continue
		}
		c.NextAt = next
		out = append(out, desk.Announcement{Clock: c, Level: level, Climb: book.Climb(c, level, 0, milli(now), now)})
	}
	return out
}
