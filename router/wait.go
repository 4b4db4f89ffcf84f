package router

import (
	"math"
	"time"

	"yingda/desk"
)

// This file is what waiting customers are told, and how far it was from the truth. A forecast is made from the pace of
// the house and from nothing else; how wide its range is follows from how wrong earlier ones were.

// What is promised of ranges, and how it is kept. Each end of the range is set so that WaitTail of the waits lie
// beyond it, by following the misses one by one: after a miss that end moves out by (1 − tail) steps, after a hit in by
// tail steps, so that over time neither more nor fewer miss, whatever the waits are distributed like.
const (
	// WaitShare is the share of waits that end inside the range they were told at first, as docs/routing.md publishes.
	WaitShare = 0.80
	// WaitEnough is how many forecasts must be judged before their share says anything.
	WaitEnough = 30

	waitTail   = 0.075 // aimed at on each side: a little better than published
	waitStep   = 0.05
	waitFirst  = 1.6 // before anything was learned
	waitWidest = 8.0

	trustLeast = 0.6  // below it no range is shown
	trustFade  = 60.0 // the newest counts one part in so many
)

// gauge learns how wide the ranges of one queue and medium must be: in deviations of the time that so many places take
// to become free.
type gauge struct {
	low, high float64
	n         int
	inside    float64 // fading share
}

func newGauge() *gauge { return &gauge{low: waitFirst, high: waitFirst, inside: 1} }

// span is the range of a wait for so many places, each of which comes free once in every.
func (g *gauge) span(places float64, every time.Duration) (low, high time.Duration) {
	k := max(places, 1)
	mean := places * float64(every)
	return told(mean*gammaAt(k, -g.low), false), told(mean*gammaAt(k, g.high), true)
}

// gammaAt is where a sum of k exponential times lies z deviations from the middle, by its mean (Wilson and Hilferty).
func gammaAt(k, z float64) float64 {
	q := 1 - 1/(9*k) + z/(3*math.Sqrt(k))
	return max(0, q*q*q)
}

// told rounds as a person would say it, outwards: to ten seconds below two minutes, to whole minutes above.
func told(d float64, up bool) time.Duration {
	unit := time.Minute
	if time.Duration(d) < 2*time.Minute {
		unit = 10 * time.Second
	}
	if up {
		return (time.Duration(d) + unit - 1) / unit * unit
	}
	return time.Duration(d) / unit * unit
}

// learn takes what came. A customer who left is a miss when the range was over by then, and says nothing otherwise.
func (g *gauge) learn(f *desk.WaitForecast) {
	if !f.Taken && f.Took <= f.High {
		return
	}
	miss := func(is bool) float64 {
		if is {
			return 1
		}
		return 0
	}
	below, above := f.Took < f.Low, f.Took > f.High
	g.low = min(max(g.low+waitStep*(miss(below)-waitTail), -g.high+0.1), waitWidest)
	g.high = min(max(g.high+waitStep*(miss(above)-waitTail), -g.low+0.1), waitWidest)
	g.n++
	g.inside += (1 - miss(below || above) - g.inside) / min(float64(g.n), trustFade)
}

// trusted reports whether ranges of this gauge may be shown.
func (g *gauge) trusted() bool { return g.n < WaitEnough || g.inside >= trustLeast }

func (m *mirror) gauge(k paceKey) *gauge {
	g := m.gauges[k]
	if g == nil {
		g = newGauge()
		m.gauges[k] = g
	}
	return g
}

// queueing is how many places must become free before the item has one, and how often one does; ok is false when too
// little is known: nobody who could take it is there, or too few like it were seen.
func (m *mirror) queueing(it *item, now time.Time) (left float64, every time.Duration, ok bool) {
	seen := m.pace[paceKey{it.Queue, it.Medium}]
	if seen == nil || seen.n < paceEnough {
		return 0, 0, false
	}
	places, free := m.places(it, now)
	if places <= 0 {
		return 0, 0, false
	}
	return float64(m.aheadOf(it)+1) - free, time.Duration(float64(seen.took) / places), true
}

// Wait estimates how long the conversation will still wait, as a range. ok is false when too little is known: it does
// not wait, nobody is there, too few pieces of such work were seen, or ranges were wrong too often lately. Both are 0
// when it need not wait. It is a range around
//
//	(ahead + 1 − free places) × mean handling time ÷ places
//
// where a place is one such conversation an available agent could hold, and an agent of several queues counts in each
// by its share.
func (r *Router) Wait(c desk.ConversationID) (low, high time.Duration, ok bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	it := r.m.items[c]
	if it == nil || it.state == onOffer {
		return 0, 0, it != nil
	}
	return r.m.awaits(it, r.now())
}

// awaits is what somebody who stands where the item does may be told.
func (m *mirror) awaits(it *item, now time.Time) (low, high time.Duration, ok bool) {
	g := m.gauges[paceKey{it.Queue, it.Medium}]
	if g == nil {
		g = newGauge()
	}
	left, every, ok := m.queueing(it, now)
	switch {
	case !ok || !g.trusted():
		return 0, 0, false
	case left <= 0:
		return 0, 0, true
	}
	low, high = g.span(left, every)
	return low, high, true
}

// startsWithin is how old a wait may be to count as one that starts: later it was begun before this node knew of it.
const startsWithin = 5 * time.Second

// foresee notes what a customer who starts to wait is told. Work that can be placed at once is told nothing.
func (m *mirror) foresee(it *item, now time.Time) {
	if m.foreseen == nil {
		return
	}
	if now.Sub(it.Since) > startsWithin {
		return
	}
	delete(m.foreseen, it.Conversation)
	left, every, ok := m.queueing(it, now)
	if !ok || left <= 0 {
		return
	}
	k := paceKey{it.Queue, it.Medium}
	f := desk.WaitForecast{Conversation: it.Conversation, Queue: it.Queue, Medium: it.Medium, At: now, Position: m.aheadOf(it) + 1}
	g := m.gauge(k)
	f.Low, f.High = g.span(left, every)
	f.Shown = g.trusted()
	m.foreseen[it.Conversation] = f
}

// came judges the forecast of a wait that ended: an agent took it, or the customer left.
func (m *mirror) came(c desk.ConversationID, at time.Time, taken bool) {
	f, ok := m.foreseen[c]
	if !ok {
		return
	}
	delete(m.foreseen, c)
	f.Took, f.Taken = max(0, at.Sub(f.At)), taken
	m.gauge(paceKey{f.Queue, f.Medium}).learn(&f)
	if m.keep != nil {
		m.keep(f)
	}
}
