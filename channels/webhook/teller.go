package webhook

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"yingda/desk"
)

// Spool keeps deliveries; *store.DB is one.
type Spool interface {
	// FactsAfter returns facts after seq as they are kept, in commit order, at most limit.
	FactsAfter(ctx context.Context, seq int64, limit int) ([]desk.StoredFact, error)
	LastSeq(ctx context.Context) (int64, error)
	// Listener is how far one who follows the log by name has come; false when it never began.
	Listener(ctx context.Context, name string) (seq int64, ok bool, err error)
	// KeepHooks writes deliveries down and moves the listener to seq, as one. What is there already stays.
	KeepHooks(ctx context.Context, list []desk.HookDelivery, name string, seq int64) error
	// HooksDue lists waiting deliveries whose time has come and before which nothing of their conversation waits.
	HooksDue(ctx context.Context, now time.Time, limit int) ([]desk.HookDelivery, error)
	// HookTried writes down what became of a try, and how the webhook is doing since.
	HookTried(ctx context.Context, d desk.HookDelivery, h desk.HookHealth) error
	HookHealth(ctx context.Context) ([]desk.HookHealth, error)
}

// Book is what webhooks there are; a webhook's secret is asked for each delivery, so that a new one counts at once.
type Book interface {
	Webhooks(ctx context.Context) ([]desk.Webhook, error)
	// Secret returns the signing secret, or desk.ErrNotFound.
	Secret(ctx context.Context, webhook string) (string, error)
}

// Deps are what a Teller needs.
type Deps struct {
	Spool   Spool
	Book    Book
	Config  Config
	Now     func() time.Time
	Random  func() float64 // from 0 to 1, for jitter
	Log     *slog.Logger
	Metrics *Metrics
}

// Teller follows the log and tells webhooks. One node of a house runs one, under a lease.
type Teller struct {
	Deps
	wire *wire
	wake chan struct{}

	begun  bool      // the places below are known
	at     int64     // how far the log was read
	kept   int64     // how far the record knows
	keptAt time.Time // since when
}

// New makes a Teller.
func New(d Deps) *Teller {
	return &Teller{Deps: d, wire: newWire(d.Config), wake: make(chan struct{}, 1)}
}

// Hear is a [desk.Listener]: it wakes the teller. To hear nothing costs at most a second.
func (t *Teller) Hear(context.Context, desk.Event) error {
	select {
	case t.wake <- struct{}{}:
	default:
	}
	return nil
}

const (
	listener = "webhooks"
	page     = 500         // facts read at once
	every    = time.Second // the net under Hear, and how late a retry may be
	gather   = 50 * time.Millisecond
	keepEach = 10 * time.Second // how long the place in the log may be known here alone while nothing is to be told
)

// Run tells until ctx ends, and returns nil then. What is on the wire when ctx ends is sent again by whoever runs next.
func (t *Teller) Run(ctx context.Context) error {
	t.begun = false // another node may have gone on
	for ctx.Err() == nil {
		more, err := t.round(ctx)
		if err != nil && ctx.Err() == nil {
			t.Log.Warn("webhooks: telling", "err", err)
		}
		if more && err == nil {
			continue
		}
		timer := time.NewTimer(every)
		select {
		case <-ctx.Done():
		case <-t.wake:
			timer.Reset(gather) // facts come in company
			<-timer.C
		case <-timer.C:
		}
		timer.Stop()
	}
	return nil
}

// round reads one page of the log, sends what is due, and says whether there may be more of either.
func (t *Teller) round(ctx context.Context) (more bool, err error) {
	hooks, err := t.Book.Webhooks(ctx)
	if err != nil {
		return false, fmt.Errorf("read the webhooks: %w", err)
	}
	health, err := t.health(ctx)
	if err != nil {
		return false, fmt.Errorf("read how webhooks are doing: %w", err)
	}
	read, err := t.read(ctx, hooks, health)
	if err != nil {
		return false, fmt.Errorf("read the log: %w", err)
	}
	sent, err := t.send(ctx, hooks, health)
	return read || sent, err
}

func (t *Teller) health(ctx context.Context) (map[string]desk.HookHealth, error) {
	list, err := t.Spool.HookHealth(ctx)
	out := make(map[string]desk.HookHealth, len(list))
	for _, h := range list {
		out[h.Webhook] = h
	}
	return out, err
}

// read makes deliveries of the next page of facts. A house that never had one begins with what happens from now on, and
// one in which nobody is told anything passes over the log.
func (t *Teller) read(ctx context.Context, hooks []desk.Webhook, health map[string]desk.HookHealth) (more bool, err error) {
	if err := t.begin(ctx); err != nil {
		return false, err
	}
	live := slices.DeleteFunc(slices.Clone(hooks), func(w desk.Webhook) bool { return !w.Enabled || !health[w.ID].DisabledAt.IsZero() })
	if len(live) == 0 {
		last, err := t.Spool.LastSeq(ctx)
		if err != nil {
			return false, err
		}
		return false, t.moved(ctx, nil, last)
	}
	facts, err := t.Spool.FactsAfter(ctx, t.at, page)
	if err != nil || len(facts) == 0 {
		return false, err
	}
	var out []desk.HookDelivery
	for _, f := range facts {
		for _, w := range live {
			if !concerns(w, f) {
				continue
			}
			d, err := Delivery(w.ID, f, t.Now())
			if err != nil {
				return false, err
			}
			out = append(out, d)
		}
	}
	return len(facts) == page, t.moved(ctx, out, facts[len(facts)-1].Seq)
}

func (t *Teller) begin(ctx context.Context) error {
	if t.begun {
		return nil
	}
	seq, known, err := t.Spool.Listener(ctx, listener)
	if err == nil && !known {
		if seq, err = t.Spool.LastSeq(ctx); err == nil {
			err = t.Spool.KeepHooks(ctx, nil, listener, seq)
		}
	}
	if err != nil {
		return err
	}
	t.begun, t.at, t.kept, t.keptAt = true, seq, seq, t.Now()
	return nil
}

// moved keeps deliveries with the place they were read at. A place alone is kept now and then: what is read again makes
// the same deliveries.
func (t *Teller) moved(ctx context.Context, out []desk.HookDelivery, seq int64) error {
	if now := t.Now(); len(out) > 0 || seq > t.kept && now.Sub(t.keptAt) >= keepEach {
		if err := t.Spool.KeepHooks(ctx, out, listener, seq); err != nil {
			return err
		}
		t.kept, t.keptAt = seq, now
	}
	t.at = seq
	return nil
}

// concerns reports whether a webhook is told of a fact: one of its kinds, or a step of a ladder or an alert that names it.
func concerns(w desk.Webhook, f desk.StoredFact) bool {
	if w.Wants(f.Kind) {
		return slices.Contains(desk.HookEvents(), f.Kind) // the list may have become shorter since the webhook was saved
	}
	if f.Kind != (desk.ClockEscalated{}).Kind() && f.Kind != (desk.AlertRaised{}).Kind() {
		return false
	}
	var step struct {
		To []struct{ Kind, ID string }
	}
	if json.Unmarshal([]byte(f.Body), &step) != nil {
		return false
	}
	return slices.ContainsFunc(step.To, func(r struct{ Kind, ID string }) bool {
		return r.Kind == string(desk.ToWebhook) && r.ID == w.ID
	})
}
