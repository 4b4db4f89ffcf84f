package router

import (
	"context"
	"time"
)

// This file keeps the mirror of a node that does not lead in time, so that what it tells of places, waits and reasons is
// what the leader's would be.

// follow does until ctx ends what moments bring, as long as another node leads.
func (r *Router) follow(ctx context.Context) {
	tick := time.NewTicker(r.cfg.Probe)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			r.keepTime()
		}
	}
}

func (r *Router) keepTime() {
	r.turn.Lock()
	defer r.turn.Unlock()
	if r.epoch != "" || !r.loaded {
		return // the leader's rounds do it
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.m.keepTime(r.now())
}

// keepTime takes the steps whose moment has come and forgets what only a leader looks at: who leads next reads a mirror
// of its own. Offers that ran out are the leader's affair, whose facts say so.
func (m *mirror) keepTime(now time.Time) {
	_, lost := m.due(now)
	for _, it := range lost { // set adrift while this node led
		m.place(it, now)
	}
	for _, it := range m.works {
		it.fresh = false
	}
	for _, s := range m.freed {
		s.fresh = false
	}
	m.works, m.freed, m.doorsTurned = nil, nil, nil
	clear(m.acts)
}
