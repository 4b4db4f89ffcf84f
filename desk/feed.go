package desk

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// Listener takes one fact. It must be idempotent: after a crash or an error it sees facts again. An error makes the
// feed try the same fact again, later and later; it holds up nobody else.
type Listener func(ctx context.Context, e Event) error

// Log is where the feed reads.
type Log interface {
	EventsAfter(ctx context.Context, seq int64, limit int) ([]Event, error)
}

// Feed hands the facts on after commit. Each listener has its own goroutine and cursor: order is kept within a
// listener and nothing is promised between two.
type Feed struct {
	log    Log
	logger *slog.Logger

	mu        sync.Mutex
	listeners []*follower

	woken   atomic.Int64 // how often there may have been news
	reading sync.Mutex
	page    []Event // the newest that were read
	fresh   int64   // woken before that read: nothing came after page then
}

// follower is one listener's place in the log.
type follower struct {
	name string
	from int64
	fn   Listener
	wake chan struct{}
}

// NewFeed makes a feed over a log.
func NewFeed(log Log, logger *slog.Logger) *Feed { return &Feed{log: log, logger: logger} }

// Listen adds a listener that has seen everything up to seq from. It must be called before Run.
func (f *Feed) Listen(name string, from int64, fn Listener) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.listeners = append(f.listeners, &follower{name: name, from: from, fn: fn, wake: make(chan struct{}, 1)})
}

// Wake tells every listener that there may be news; it never waits.
func (f *Feed) Wake() {
	f.woken.Add(1)
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, l := range f.listeners {
		select {
		case l.wake <- struct{}{}:
		default:
		}
	}
}

// feedPoll is the net under Wake: how late news may be when a wake-up was lost. It costs 0.24 % of a core.
const feedPoll = 250 * time.Millisecond

// feedPage is how many facts are read at once.
const feedPage = 500

// Run delivers until ctx ends, and returns nil then.
func (f *Feed) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	f.mu.Lock()
	for _, l := range f.listeners {
		wg.Go(func() { f.follow(ctx, l) })
	}
	f.mu.Unlock()
	wg.Wait()
	return nil
}

func (f *Feed) follow(ctx context.Context, l *follower) {
	poll := time.NewTicker(feedPoll)
	defer poll.Stop()
	pause := time.Duration(0)
	for ctx.Err() == nil {
		more, err := f.deliver(ctx, l)
		switch {
		case err != nil && ctx.Err() == nil:
			pause = min(max(2*pause, 50*time.Millisecond), 5*time.Second)
			f.logger.Warn("feed: listener will be tried again", "listener", l.name, "seq", l.from, "in", pause, "err", err)
			rest(ctx, pause)
		case more:
			pause = 0
		default:
			pause = 0
			select {
			case <-ctx.Done():
			case <-l.wake:
			case <-poll.C:
				f.woken.Add(1) // the wake-up may have been lost
			}
		}
	}
}

// after reads one page of the log. Listeners mostly stand at the same place, so what one of them read is kept for the
// others: one read of the record a commit, not one a listener. Facts are shared; no listener may change one.
func (f *Feed) after(ctx context.Context, seq int64) ([]Event, error) {
	f.reading.Lock()
	defer f.reading.Unlock()
	woken, last := f.woken.Load(), int64(-1)
	if n := len(f.page); n > 0 {
		last = f.page[n-1].Seq
		switch {
		case f.page[0].Seq <= seq+1 && seq < last:
			return f.page[seq+1-f.page[0].Seq:], nil // seqs are without gaps
		case seq == last && f.fresh == woken:
			return nil, nil // looked at since the last news of news
		}
	}
	events, err := f.log.EventsAfter(ctx, seq, feedPage)
	if err != nil || seq < last {
		return events, err
	}
	switch {
	case len(events) == feedPage: // there may be more
		f.page, f.fresh = events, -1
	case len(events) > 0:
		f.page, f.fresh = events, woken
	case seq == last:
		f.fresh = woken
	}
	return events, nil
}

// deliver hands one page to one listener and says whether there may be more.
func (f *Feed) deliver(ctx context.Context, l *follower) (more bool, err error) {
	events, err := f.after(ctx, l.from)
	if err != nil {
		return false, fmt.Errorf("read the log after %d: %w", l.from, err)
	}
	for _, e := range events {
		if err := hear(ctx, l.fn, e); err != nil {
			return false, fmt.Errorf("%s %d: %w", e.Fact.Kind(), e.Seq, err)
		}
		l.from = e.Seq
	}
	return len(events) > 0, nil
}

// errListenerPanicked is what a panic in a listener becomes: a fact that is tried again and counted, not a dead process.
var errListenerPanicked = errors.New("listener panicked")

func hear(ctx context.Context, fn Listener, e Event) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", errListenerPanicked, p)
		}
	}()
	return fn(ctx, e)
}

func rest(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
