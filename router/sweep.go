package router

import (
	"context"
	"fmt"
	"slices"
	"time"

	"yingda/desk"
)

// secondLook is how long a difference must stand, untouched by any fact, before it is mended: what is on its way
// explains itself in milliseconds.
const secondLook = 2 * time.Second

// sweep compares memory and Redis with the record and mends what differs. The record wins. Only conversations and
// agents that no fact and no offer touched while it looked are mended.
func (r *Router) sweep(ctx context.Context) error {
	r.turn.Lock()
	defer r.turn.Unlock()
	if err := r.ready(); err != nil || r.touched != nil {
		return err
	}
	r.touched = map[string]bool{}
	r.sweeps.Go(func() {
		if err := r.sweepTwice(ctx); err != nil && ctx.Err() == nil {
			r.log.Warn("router: sweep", "err", err)
		}
		r.turn.Lock()
		r.touched = nil
		r.turn.Unlock()
		r.kick()
	})
	return nil
}

func (r *Router) sweepTwice(ctx context.Context) error {
	first, seq, err := r.look(ctx)
	if err != nil || len(first) == 0 {
		return err
	}
	if !rest(ctx, secondLook) {
		return nil
	}
	r.turn.Lock()
	behind := r.applied < seq || r.epoch == "" || r.lost
	r.turn.Unlock()
	if behind {
		return nil
	}
	truth, _, err := r.snapshot(ctx)
	if err != nil {
		return err
	}
	r.turn.Lock()
	defer r.turn.Unlock()
	may := func(about, what string) bool { return first[about+" "+what] && !r.touched[about] }
	mended := r.mendMirror(truth, may)
	r.mu.RLock()
	want := r.m.want()
	r.mu.RUnlock()
	found, err := r.compare(ctx, want)
	if err != nil {
		return err
	}
	found = slices.DeleteFunc(found, func(d difference) bool { return !mended[d.about] && !may(d.about, d.what) })
	if n := len(mended) + len(found); n > 0 {
		r.met.repairs.Add(float64(n))
		r.log.Warn("router: repaired", "memory", len(mended), "redis", len(found))
	}
	return r.repair(ctx, found)
}

// look names everything that differs now, and the last fact the records had.
func (r *Router) look(ctx context.Context) (map[string]bool, int64, error) {
	truth, seq, err := r.snapshot(ctx)
	if err != nil {
		return nil, 0, err
	}
	out := map[string]bool{}
	r.mu.RLock()
	for _, d := range r.drifted(truth) {
		out[d.about+" "+d.what] = true
	}
	want := r.m.want()
	r.mu.RUnlock()
	found, err := r.compare(ctx, want)
	if err != nil {
		return nil, 0, fmt.Errorf("sweep: %w", err)
	}
	for _, d := range found {
		out[d.about+" "+d.what] = true
	}
	return out, seq, nil
}

// drift is one thing the mirror has otherwise than the records.
type drift struct {
	about, what string
	mend        func()
}

// drifted compares the mirror with one freshly read. Callers hold mu.
func (r *Router) drifted(truth *mirror) []drift {
	var out []drift
	now := r.now()
	for c, it := range truth.items {
		have := r.m.items[c]
		if have == nil || have.rank != it.rank || have.Queue != it.Queue {
			w := it.Work
			out = append(out, drift{string(c), "not waiting", func() { r.m.enqueue(w, now) }})
		}
	}
	for c := range r.m.items {
		if truth.items[c] == nil {
			out = append(out, drift{string(c), "waits no more", func() { r.m.drop(c, now) }})
		}
	}
	for a, t := range truth.seats {
		have := r.m.seats[a]
		if have == nil || have.Presence.State != t.Presence.State || !slices.Equal(have.Queues, t.Queues) ||
			have.Capacity != t.Capacity || have.doors.why != t.doors.why {
			p := t.Seat
			p.Held = nil
			out = append(out, drift{string(a), "seat", func() { r.m.seat(p, now) }})
		}
		if have != nil {
			out = append(out, r.driftedHeld(have, t, now)...)
		}
	}
	return out
}

func (r *Router) driftedHeld(have, truth *seat, now time.Time) []drift {
	var out []drift
	for _, w := range truth.Held {
		if have.since[w.Conversation].IsZero() {
			out = append(out, drift{string(w.Conversation), "not held", func() { r.m.held(have.Agent, w, now) }})
		}
	}
	for c := range have.since {
		if !slices.ContainsFunc(truth.Held, func(w desk.Work) bool { return w.Conversation == c }) {
			out = append(out, drift{string(c), "held no more", func() { r.m.released(have.Agent, c, now) }})
		}
	}
	return out
}

// mendMirror makes the mirror what the records say, where may allows, and names what it mended.
// Callers hold turn.
func (r *Router) mendMirror(truth *mirror, may func(about, what string) bool) map[string]bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	mended := map[string]bool{}
	for _, d := range r.drifted(truth) {
		if may(d.about, d.what) {
			d.mend()
			mended[d.about] = true
		}
	}
	return mended
}
