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
// was, though an endpoint is asked about it or holds it back. The leader alone asks; the desk does each once.
func (r *Router) act() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for c := range r.m.acts {
		delete(r.m.acts, c)
		it := r.m.items[c]
		if it == nil || it.state != waiting && it.state != asking || it.Plan == nil {
			continue
		}
		for _, step := range it.stage.acts {
			if slices.Contains(it.asked, step) {
				continue
			}
			it.asked = append(it.asked, step)
			a := desk.Act{Conversation: c, Policy: it.Plan.Policy, Version: it.Plan.Version, Step: step}
			r.rec.put(c, func(ctx context.Context) {
				if err := r.desk.Act(ctx, a); err != nil && ctx.Err() == nil {
					r.log.Warn("router: the policy's step was not done", "conversation", c, "step", a.Step, "err", err)
					r.actLater(a)
				}
			})
		}
	}
}

// actLater asks for a deed again in a while. What else the conversation waits for keeps its moment.
func (r *Router) actLater(a desk.Act) {
	r.mu.Lock()
	defer r.mu.Unlock()
	it := r.m.items[a.Conversation]
	if it == nil {
		return
	}
	it.asked = slices.DeleteFunc(it.asked, func(step int) bool { return step == a.Step })
	it.actAt = r.now().Add(actAgain)
	if it.state == waiting || it.state == asking && it.question == "" {
		r.m.wakeAt(it, sooner(it.wake, it.actAt))
		r.kick()
	}
}

// Line is how many wait in a queue for an agent or ring at one, and the longest that who comes now of that medium is
// expected to wait: the end of the range they would be told at the line's end (docs/routing.md, "Waiting customers").
// known is about the wait. Every node can answer.
func (r *Router) Line(q desk.QueueID, medium desk.Medium) (waiting int, wait time.Duration, known bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.m.line(q, medium, r.now())
}

// endOfLine is due after everything that waits, in the year 4199.
var endOfLine = time.UnixMilli(1 << 46)

func (m *mirror) line(id desk.QueueID, medium desk.Medium, now time.Time) (waiting int, wait time.Duration, known bool) {
	q := m.queue(id)
	w := desk.Work{Queue: id, Medium: medium, Weight: q.WeightOf(medium), Ringing: medium == desk.Voice, DueAt: endOfLine}
	last := &item{Work: w, turn: scoreOf(w)}
	_, wait, known = m.awaits(last, now)
	return m.inLine[id], wait, known
}

// queued counts an item in its queue's line, by +1 or -1.
func (m *mirror) queued(it *item, by int) {
	if n := m.inLine[it.Queue] + by; n > 0 {
		m.inLine[it.Queue] = n
	} else {
		delete(m.inLine, it.Queue)
	}
}
