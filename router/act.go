package router

import (
	"context"
	"slices"
	"time"

	"yingda/desk"
)

// actAgain is how long a deed waits that the desk could not do.
const actAgain = 5 * time.Second

// act asks the desk for the deeds of steps that have come, for what still waits after everything that could be placed
// was. The leader alone asks; the desk does each once.
func (r *Router) act(ctx context.Context) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for c := range r.m.acts {
		delete(r.m.acts, c)
		it := r.m.items[c]
		if it == nil || it.state != waiting || it.Plan == nil {
			continue
		}
		for _, step := range it.stage.acts {
			if slices.Contains(it.asked, step) {
				continue
			}
			it.asked = append(it.asked, step)
			a := desk.Act{Conversation: c, Policy: it.Plan.Policy, Version: it.Plan.Version, Step: step}
			r.rec.put(ctx, c, func(ctx context.Context) {
				if err := r.desk.Act(ctx, a); err != nil && ctx.Err() == nil {
					r.log.Warn("router: the policy's step was not done", "conversation", c, "step", a.Step, "err", err)
					r.actLater(c)
				}
			})
		}
	}
}

// actLater looks at a conversation's steps again in a while.
func (r *Router) actLater(c desk.ConversationID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if it := r.m.items[c]; it != nil && it.state == waiting {
		it.asked = nil
		r.m.wakeAt(it, r.now().Add(actAgain))
	}
	r.kick()
}

// Line is how many wait in a queue for an agent or ring at one, and the longest that who comes now of that medium is
// expected to wait: docs/routing.md, "Waiting customers". known is about the wait. Every node can answer.
func (r *Router) Line(q desk.QueueID, medium desk.Medium) (waiting int, wait time.Duration, known bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.m.line(q, medium)
}

func (m *mirror) line(id desk.QueueID, medium desk.Medium) (waiting int, wait time.Duration, known bool) {
	waiting = m.inLine[id]
	mean := m.pace[paceKey{id, medium}]
	if mean == nil || mean.n < paceEnough {
		return waiting, 0, false
	}
	q := m.queue(id)
	who := &item{Work: desk.Work{Queue: id, Medium: medium, Weight: q.WeightOf(medium)}}
	places, free := m.places(who)
	if places <= 0 {
		return waiting, 0, false
	}
	left := max(0, float64(waiting+1)-free)
	return waiting, time.Duration(left * float64(mean.took) / places * 3 / 2), true
}

// queued counts an item in its queue's line, by +1 or -1.
func (m *mirror) queued(it *item, by int) {
	if n := m.inLine[it.Queue] + by; n > 0 {
		m.inLine[it.Queue] = n
	} else {
		delete(m.inLine, it.Queue)
	}
}
