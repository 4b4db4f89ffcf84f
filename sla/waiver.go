package sla

import (
	"slices"
	"time"

	"yingda/desk"
)

// waive notes who lets a promise go, wants to, or takes it back. The clock runs on as it would, so that a waiver taken
// back leaves no trace but in the record.
func (r *run) waive(f desk.Fact) {
	switch f := f.(type) {
	case desk.WaiverRequested:
		r.waiver(f.Target, f.N, desk.Waiver{State: desk.WaiverAwaits, Reason: f.Reason, By: f.By, At: r.now})
	case desk.WaiverGiven:
		w := desk.Waiver{State: desk.WaiverHolds, Reason: f.Reason, By: f.By, At: r.now}
		if f.Decider != "" {
			w.At, w.Decider, w.DecidedAt, w.Note = r.waived(f.Target, f.N).At, f.Decider, r.now, f.Note
		}
		r.waiver(f.Target, f.N, w)
	case desk.WaiverDenied:
		w := r.waived(f.Target, f.N)
		w.State, w.Decider, w.DecidedAt, w.Note = desk.WaiverRefused, f.Decider, r.now, f.Note
		r.waiver(f.Target, f.N, w)
	case desk.WaiverUndone:
		r.waiver(f.Target, f.N, desk.Waiver{})
	}
}

func (r *run) clock(t desk.Target, n int) *desk.Clock {
	i := slices.IndexFunc(r.clocks, func(k desk.Clock) bool { return k.Target == t && k.N == n })
	if i < 0 {
		return nil
	}
	return &r.clocks[i]
}

func (r *run) waived(t desk.Target, n int) desk.Waiver {
	if k := r.clock(t, n); k != nil {
		return k.Waiver
	}
	return desk.Waiver{}
}

func (r *run) waiver(t desk.Target, n int, w desk.Waiver) {
	k := r.clock(t, n)
	if k == nil {
		return
	}
	k.Waiver = w
	if k.Waived() {
		k.NextAt = time.Time{}
		return
	}
	r.settle() // what became late meanwhile is late
	r.announce(k)
}

// TwoToWaive reports whether the policy that set the clock wants a second person before its promise is let go.
func (b *Book) TwoToWaive(k desk.Clock) bool {
	p := b.policy(k.Policy)
	return p != nil && p.WaiverApproval
}
