package router

import (
	"time"

	"yingda/desk"
)

// pace is how long agents keep one piece of work, by queue and medium: a mean in which older work fades.
type pace map[paceKey]*mean

type paceKey struct {
	queue  desk.QueueID
	medium desk.Medium
}

type mean struct {
	n    int
	took time.Duration
}

const (
	paceFade   = 20             // the newest counts one part in so many
	paceEnough = 10             // fewer samples say nothing
	paceLimit  = 12 * time.Hour // longer is a forgotten tab, not work
)

func (p pace) add(q desk.QueueID, m desk.Medium, took time.Duration) {
	if took <= 0 || took > paceLimit {
		return
	}
	k := paceKey{q, m}
	if p[k] == nil {
		p[k] = &mean{}
	}
	v := p[k]
	v.n++
	v.took += (took - v.took) / time.Duration(min(v.n, paceFade))
}

// Wait estimates how long the conversation will still wait, as a range. ok is false when too little is known: it does
// not wait, nobody is there, or too few pieces of such work were seen. It is
//
//	(ahead + 1 − free places) × mean handling time ÷ places
//
// where a place is one such conversation an available agent could hold, and an agent of several queues counts in each
// by its share. The range is from three quarters to one and a half of it, since people are not clocks.
func (r *Router) Wait(c desk.ConversationID) (low, high time.Duration, ok bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	it := r.m.items[c]
	if it == nil || it.state == onOffer {
		return 0, 0, it != nil
	}
	mean := r.m.pace[paceKey{it.Queue, it.Medium}]
	if mean == nil || mean.n < paceEnough {
		return 0, 0, false
	}
	places, free := r.m.places(it)
	if places <= 0 {
		return 0, 0, false
	}
	left := float64(r.m.aheadOf(it)+1) - free
	if left <= 0 {
		return 0, 0, true
	}
	est := left * float64(mean.took) / places
	return time.Duration(est * 3 / 4), time.Duration(est * 3 / 2), true
}

// places counts how much of such work the available agents could hold, and how much of that is free.
func (m *mirror) places(it *item) (places, free float64) {
	for _, s := range m.serving[it.Queue] {
		if !s.Skilled(it.Skills) || it.Weight <= 0 {
			continue
		}
		most := s.Capacity / it.Weight
		if limit := s.Maximum[it.Medium]; limit > 0 {
			most = min(most, limit)
		}
		share := 1 / float64(max(1, len(s.Queues)))
		load := s.load.Firm
		if it.Medium == desk.Email {
			load = s.load.All
		}
		places += float64(most) * share
		free += float64(max(0, min(most-s.load.Count[it.Medium], (s.Capacity-load)/it.Weight))) * share
	}
	return places, free
}
