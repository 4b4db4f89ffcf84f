package router

import (
	"slices"
	"time"

	"yingda/desk"
)

// policy publishes another routing policy for a queue, or rolls back to one that was in force before: every conversation
// that waits there has its plan from then on.
func (w *world) policy() {
	w.did = "policy publish"
	q := worldQueues[w.rnd.IntN(len(worldQueues))]
	var plan *desk.Plan
	switch n := w.rnd.IntN(4); {
	case n == 0: // back to the queue's own settings
	case n == 1 && len(w.plans) > 0:
		w.did, plan = "policy rollback", w.plans[w.rnd.IntN(len(w.plans))]
	default:
		plan = &desk.Plan{Policy: q, Version: int64(len(w.plans) + 1), Order: []desk.Rule{"", desk.FairShare, desk.LeastLoaded}[w.rnd.IntN(3)]}
		for after := 0; w.rnd.IntN(3) > 0; {
			after += w.rnd.IntN(60)
			s := desk.Step{After: after, Hold: w.rnd.IntN(2) == 0, Relax: w.rnd.IntN(4)}
			if w.rnd.IntN(2) == 0 {
				s.Queues = []desk.QueueID{worldQueues[w.rnd.IntN(len(worldQueues))]}
			}
			if w.rnd.IntN(4) == 0 {
				s.Do = desk.DoAlert
			}
			plan.Steps = append(plan.Steps, s)
		}
		w.plans = append(w.plans, plan)
	}
	w.l.mu.Lock()
	defer w.l.mu.Unlock()
	for c, x := range w.l.waits {
		if x.Queue == q {
			x.Plan = plan
			w.l.waits[c] = x
			w.l.append(string(c), desk.AboutConversation, desk.Reranked{Work: x})
		}
	}
}

// planned says once more, naively, how far a plan's steps have opened a piece of work.
func (w *world) planned(x desk.Work) (queues []desk.QueueID, off int) {
	queues = []desk.QueueID{x.Queue}
	waited := w.clock.Sub(x.Since)
	for _, s := range x.Plan.Steps {
		if waited < time.Duration(s.After)*time.Second && (s.Hold || w.someoneIn(queues, x.Skills, off)) {
			break
		}
		off = max(off, s.Relax)
		queues = append(queues, s.Queues...)
	}
	return queues, off
}

// someoneIn is whether anybody who is signed in serves one of the queues with the skills.
func (w *world) someoneIn(queues []desk.QueueID, need []desk.Skill, off int) bool {
	for id, a := range w.h.agents {
		switch w.r.m.seats[id].Presence.State {
		case desk.Available, desk.WrapUp, desk.Away:
		default:
			continue
		}
		if slices.ContainsFunc(queues, func(q desk.QueueID) bool { return slices.Contains(a.Queues, q) }) && w.skilled(a, need, off) {
			return true
		}
	}
	return false
}
