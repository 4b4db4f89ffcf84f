package agents

import (
	"context"
	"errors"
	"time"

	"yingda/desk"
)

// This file is what becomes of presence by itself when its moment comes: wrap-ups, focus blocks and other timed absences
// end, planned leave begins and ends.

// turn is one presence that is to change now.
type turn struct {
	was desk.Presence
	to  desk.Mode
}

// turnDue changes every presence whose moment has come.
func (t *Tracker) turnDue(ctx context.Context) error {
	now := t.Now()
	t.mu.Lock()
	due := make([]turn, 0, 4)
	for _, p := range t.presence {
		if m, ok := t.dueMode(p, now); ok {
			due = append(due, turn{p, m})
		}
	}
	t.mu.Unlock()
	var failed error // of one agent, for whom the others must not wait
	for _, d := range due {
		d.to.Since = d.was.Since
		if err := t.Desk.SetPresence(ctx, desk.System(), d.to); err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		t.outdated(d.was)
	}
	return failed
}

// outdated forgets a presence that was changed, or was not true any more: the fact says how it is.
func (t *Tracker) outdated(was desk.Presence) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.presence[was.Agent] == was {
		delete(t.presence, was.Agent)
	}
}

// dueMode is what a presence is to become now. Leave takes whoever was there before it began; who came back in the
// middle of it by hand is left alone.
func (t *Tracker) dueMode(p desk.Presence, now time.Time) (desk.Mode, bool) {
	leave, on := t.leave(p.Agent, now)
	away := desk.Mode{Agent: p.Agent, State: desk.Away, Reason: desk.ReasonOnLeave, Until: leave.To}
	resting := p.State == desk.Away && p.Reason == desk.ReasonOnLeave
	switch {
	case on && resting:
		return away, !p.Until.Equal(leave.To) // it was made longer or shorter
	case on && p.Since.Before(leave.From):
		return away, true
	case resting, over(p, now):
		if on {
			return away, true
		}
		return desk.Mode{Agent: p.Agent, State: desk.Available}, true
	}
	return desk.Mode{}, false
}

// over reports whether a timed presence ended. A wrap-up until done does not end by itself.
func over(p desk.Presence, now time.Time) bool {
	timed := p.State == desk.Away || p.State == desk.WrapUp && p.Reason != desk.UntilDone
	return timed && !p.Until.IsZero() && !p.Until.After(now)
}

// leave is the planned leave the agent is on now.
func (t *Tracker) leave(a desk.AgentID, now time.Time) (desk.Absence, bool) {
	for _, x := range t.Dir().Leave(a) {
		if x.In(now) {
			return x, true
		}
	}
	return desk.Absence{}, false
}

// nextTurn is how long until the next presence changes by itself, at most an hour. One that is due already was refused
// by the store just now and waits a second.
func (t *Tracker) nextTurn() time.Duration {
	now, next := t.Now(), time.Hour
	dir := t.Dir()
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, p := range t.presence {
		if _, due := t.dueMode(p, now); due {
			return time.Second
		}
		if p.Until.After(now) {
			next = min(next, p.Until.Sub(now))
		}
		for _, x := range dir.Leave(p.Agent) {
			if x.From.After(now) {
				next = min(next, x.From.Sub(now))
			}
		}
	}
	return next
}
