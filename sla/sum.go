package sla

import (
	"time"

	"yingda/desk"
)

// sum does what the table says of the targets that add up time, stretch by stretch, and of those that follow one
// another: how long the customer waits, how long an agent or a team has it in hand, and the word in between.
func (r *run) sum(what deed, target desk.Target, d detail) {
	switch what { //nolint:exhaustive // the others are done in clock.go
	case carries:
		r.carryOn(target, d)
	case stands:
		r.stand(r.alive(target), d)
	case unstands:
		r.unstand(r.last(target), d)
	case renews:
		r.renew(target, d)
	case handsOn:
		r.meet(r.alive(target), d)
		r.begin(target, d)
	}
}

// carryOn starts the clock, lets it go on after a pause, or runs one that was met again: the time so far is kept.
func (r *run) carryOn(t desk.Target, d detail) {
	last := r.last(t)
	switch {
	case last == nil || !last.CancelledAt.IsZero():
		r.start(t, d)
	case !last.MetAt.IsZero():
		r.goOnAt(last, d.at)
	default:
		if !last.PausedAt.IsZero() {
			last.MetBy = ""
		}
		r.resumeAt(last, d.at)
	}
}

// stand lets no more time pass from the moment our words reached the customer. Word of it may come late: a due moment
// after it was not missed.
func (r *run) stand(k *desk.Clock, d detail) {
	if k == nil || !k.PausedAt.IsZero() {
		return
	}
	at := later(d.at, running(k))
	if k.DueAt.Before(at) {
		k.BreachedAt = k.DueAt
	} else {
		k.BreachedAt = time.Time{}
	}
	r.halt(k, at)
	k.MetBy, k.Marked = d.message, false
}

// unstand takes back the pause that a message made which did not reach the customer after all: they waited on. After the
// conversation was resolved they wait from now on.
func (r *run) unstand(k *desk.Clock, d detail) {
	switch {
	case k == nil || d.message == "":
	case k.MetBy != d.message:
		k.Marked = k.Marked && k.Ended() // the doubt is over: it failed
	case !k.MetAt.IsZero():
		r.goOnAt(k, r.now)
	case !k.PausedAt.IsZero():
		k.MetBy = ""
		r.resumeAt(k, k.PausedAt)
	}
}

// renew keeps the promise of the next word, and makes it again from this one on while the conversation is open.
func (r *run) renew(t desk.Target, d detail) {
	if k := r.alive(t); k != nil {
		stood := !k.PausedAt.IsZero()
		r.meet(k, d)
		if stood {
			k.ResumedAt = k.MetAt // should the message fail, no time has passed before it
		}
	}
	r.begin(t, d)
}

// begin starts a clock of a conversation that is not resolved; one that waits on the customer stands at once.
func (r *run) begin(t desk.Target, d detail) {
	if r.view.status == desk.Resolved {
		return
	}
	r.start(t, d)
	k := r.alive(t)
	if k != nil && r.view.status != desk.Open && (t == desk.Update || !r.keepsRunning(k)) {
		r.halt(k, later(d.at, k.StartedAt))
	}
}
