package channels

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"yingda/desk"
)

// OutboxConfig is what an [Outbox] is made of.
type OutboxConfig struct {
	Spool   Spool
	Results Results
	// Sender finds who sends for an inbox; false when the inbox is disabled or its settings are not usable.
	Sender func(desk.InboxID) (Sender, bool)
	Node   string           // this process, as leases name it
	Now    func() time.Time // the one clock
	Random func() float64   // for jitter
	Log    *slog.Logger
	// PerInbox bounds sends at once for one inbox (0: 4). Providers refuse more than a handful of connections.
	PerInbox int
	// Total bounds messages held by this node (0: 64).
	Total int
	// Metrics may be nil.
	Metrics prometheus.Registerer
}

// Outbox sends queued messages. It wakes on [Outbox.Wake], at the next not-before, and every minute as a net.
type Outbox struct {
	OutboxConfig
	metrics *outboxMetrics
	wake    chan struct{}
	pacer   *pacer
	began   bool // the claims of an earlier life were freed

	mu    sync.Mutex
	held  int
	lanes map[desk.InboxID]chan struct{}
	wg    sync.WaitGroup
}

const (
	// netInterval is the longest sleep: other nodes' stranded rows and lost wake-ups are found by it.
	netInterval = time.Minute
	// minInterval keeps a store whose Next lies in the past from being asked in a circle.
	minInterval = time.Second
	// stopGrace is what sends under way get when Run is asked to stop; later they are cut and become unknown.
	stopGrace = 20 * time.Second
)

// NewOutbox returns an outbox that does nothing until Run.
func NewOutbox(c OutboxConfig) *Outbox {
	if c.PerInbox <= 0 {
		c.PerInbox = 4
	}
	if c.Total <= 0 {
		c.Total = 64
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Outbox{
		OutboxConfig: c, metrics: newOutboxMetrics(c.Metrics),
		wake: make(chan struct{}, 1), pacer: newPacer(), lanes: map[desk.InboxID]chan struct{}{},
	}
}

// Wake says that there may be something to send. It never blocks.
func (o *Outbox) Wake() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// Run sends until ctx ends, then lets sends under way finish for a short while.
func (o *Outbox) Run(ctx context.Context) error {
	work, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	failures := 0
	for ctx.Err() == nil {
		wait, err := o.round(ctx, work)
		if err != nil && ctx.Err() == nil {
			failures++
			wait = Backoff{First: minInterval, Max: netInterval, Random: o.Random}.After(failures)
			o.Log.Error("outbox round", "err", err)
		} else {
			failures = 0
		}
		o.sleep(ctx, wait)
	}
	o.drain(cut)
	return nil
}

func (o *Outbox) sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	case <-o.wake:
	}
}

func (o *Outbox) drain(cut context.CancelFunc) {
	done := make(chan struct{})
	go func() { o.wg.Wait(); close(done) }()
	t := time.NewTimer(stopGrace)
	defer t.Stop()
	select {
	case <-done:
	case <-t.C:
		cut()
		<-done
	}
}

// round takes what is due and says how long nothing more is.
func (o *Outbox) round(ctx, work context.Context) (time.Duration, error) {
	if err := o.Spool.FreeClaims(ctx, o.Node, !o.began); err != nil {
		return 0, fmt.Errorf("free claims of dead nodes: %w", err)
	}
	o.began = true
	if err := o.strand(ctx); err != nil {
		return 0, err
	}
	for ctx.Err() == nil {
		free := o.free()
		if free == 0 {
			return netInterval, nil // a finished send wakes us
		}
		// Not under ctx: a claim that is given up when the node is told to stop may stand all the same, and nobody would
		// send those mails until its lease is over.
		batch, err := o.Spool.Claim(work, o.Node, free)
		if err != nil {
			return 0, fmt.Errorf("claim from outbox: %w", err)
		}
		for _, m := range batch {
			o.start(work, m)
		}
		if len(batch) < free {
			break
		}
	}
	next, err := o.Spool.Next(ctx)
	if err != nil {
		return 0, fmt.Errorf("ask for next in outbox: %w", err)
	}
	if next.IsZero() {
		return netInterval, nil
	}
	return min(max(next.Sub(o.Now()), minInterval), netInterval), nil
}

// strand marks what a dead node left on the wire.
func (o *Outbox) strand(ctx context.Context) error {
	ids, err := o.Spool.Stranded(ctx, 100)
	if err != nil {
		return fmt.Errorf("look for stranded sends: %w", err)
	}
	for _, id := range ids {
		if err := o.Results.Unknown(ctx, id, "node_lost_while_sending"); err != nil {
			return fmt.Errorf("mark %s unknown: %w", id, err)
		}
		o.metrics.results.WithLabelValues("unknown").Inc()
	}
	return nil
}

func (o *Outbox) free() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.Total - o.held
}

func (o *Outbox) start(work context.Context, m desk.Outbound) {
	o.mu.Lock()
	o.held++
	lane := o.lanes[m.Message.Inbox]
	if lane == nil {
		lane = make(chan struct{}, o.PerInbox)
		o.lanes[m.Message.Inbox] = lane
	}
	o.mu.Unlock()
	o.metrics.held.Inc()
	o.wg.Go(func() {
		defer func() {
			o.mu.Lock()
			full := o.held == o.Total
			o.held--
			o.mu.Unlock()
			o.metrics.held.Dec()
			if full {
				o.Wake()
			}
		}()
		claimed := o.Now()
		select {
		case lane <- struct{}{}:
		case <-work.Done():
			return // the lease runs out and the row is claimed again
		}
		leave := sync.OnceFunc(func() { <-lane })
		defer leave()
		// What waited too long for its lane may be another node's by the time it would be sent.
		if o.Now().Sub(claimed) > Lease-MaxSend-time.Minute {
			return
		}
		if !o.itsTurn(work, m) {
			return
		}
		o.one(work, m, leave)
		o.metrics.seconds.Observe(o.Now().Sub(claimed).Seconds())
	})
}

// one sends m and records what came of it. Its lane is free as soon as the line is: the record takes its own time.
func (o *Outbox) one(work context.Context, m desk.Outbound, leave func()) {
	receipt, err := o.send(work, m)
	leave()
	id := m.Message.ID
	if err == nil {
		o.record(work, "sent", id, func(ctx context.Context) error { return o.Results.Sent(ctx, id, receipt) })
		return
	}
	outcome, reason := outcomeOf(err)
	switch outcome {
	case Refused:
		o.record(work, "failed", id, func(ctx context.Context) error { return o.Results.Failed(ctx, id, reason) })
	case Later:
		o.later(work, m, reason)
	case Quota:
		o.park(work, m, err)
	case Lost:
		o.metrics.results.WithLabelValues("lost").Inc()
		o.Log.Warn("outbox claim lost before sending", "message", id)
	case Unknown:
		o.record(work, "unknown", id, func(ctx context.Context) error { return o.Results.Unknown(ctx, id, reason) })
	}
}

// later puts m back, or gives up when it was tried long enough.
func (o *Outbox) later(work context.Context, m desk.Outbound, reason string) {
	id, now := m.Message.ID, o.Now()
	if !m.FirstTried.IsZero() && now.Sub(m.FirstTried) >= GiveUp {
		o.record(work, "failed", id, func(ctx context.Context) error { return o.Results.Failed(ctx, id, reason) })
		return
	}
	b := retry
	b.Random = o.Random
	at := now.Add(b.After(m.Attempt))
	o.record(work, "delayed", id, func(ctx context.Context) error { return o.Results.Delayed(ctx, id, reason, at) })
	o.Wake() // the next not-before may be nearer than the sleep under way
}

func (o *Outbox) send(work context.Context, m desk.Outbound) (r desk.Receipt, err error) {
	sender, ok := o.Sender(m.Message.Inbox)
	if !ok {
		return r, &SendError{Outcome: Later, Reason: "inbox_has_no_sender"}
	}
	ctx, cancel := context.WithTimeout(work, MaxSend)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			o.Log.Error("sender panicked", "message", m.Message.ID, "err", p, "stack", string(debug.Stack()))
			err = &SendError{Outcome: Unknown, Reason: fmt.Sprintf("internal: %v", p)}
		}
	}()
	return sender.Send(ctx, m)
}

// record writes a result and insists: a result that is not recorded would strand the row. It gives up when the store
// refuses for good (the message was deleted) or the lease is surely gone.
func (o *Outbox) record(work context.Context, result string, id desk.MessageID, write func(context.Context) error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(work), Lease-MaxSend)
	defer cancel()
	for n := 1; ; n++ {
		err := write(ctx)
		if err == nil {
			o.metrics.results.WithLabelValues(result).Inc()
			return
		}
		if code := desk.CodeOf(err); code == desk.NotFound || code == desk.Invalid || errors.Is(err, context.DeadlineExceeded) {
			o.Log.Error("outbox result not recorded", "message", id, "result", result, "err", err)
			return
		}
		if n >= 3 && work.Err() != nil { // stopping: the next start finds it stranded
			o.Log.Error("outbox result not recorded before stop", "message", id, "result", result, "err", err)
			return
		}
		t := time.NewTimer(Backoff{First: 100 * time.Millisecond, Max: 10 * time.Second, Random: o.Random}.After(n))
		select {
		case <-ctx.Done():
		case <-t.C:
		}
		t.Stop()
	}
}
