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
	paceFade   = 60             // the newest counts one part in so many
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

// places counts how much of such work the agents who may be offered it now could hold, and how much of that is free.
func (m *mirror) places(it *item, now time.Time) (places, free float64) {
	for _, s := range m.serving[it.Queue] {
		if !s.Skilled(it.Skills) || it.Weight <= 0 || m.shut(s, it.Medium, now) != "" {
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
