package webui

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"yingda/desk"
)

// promise is a running clock and whose it is. The clock is the row's own and is not changed.
type promise struct {
	row   desk.ConversationID
	clock *desk.Clock
}

// promises are the running clocks within scope: those already broken and those still to come, earliest due first.
func (b *board) promises(scope desk.Scope, now time.Time) (late, next []promise) {
	for id, r := range b.rows {
		if !scope.Sees(r) {
			continue
		}
		for i := range r.Clocks {
			switch k := &r.Clocks[i]; {
			case !owed(r.Clocks, k):
			case !k.DueAt.After(now):
				late = append(late, promise{id, k})
			default:
				next = append(next, promise{id, k})
			}
		}
	}
	slices.SortFunc(late, earlierDue)
	slices.SortFunc(next, earlierDue)
	return late, next
}

// lateFirst are the broken promises of all, earliest due first: what is still to come is not even looked at.
func (b *board) lateFirst(now time.Time) (late []promise) {
	for id := range b.rows {
		clocks := b.rows[id].Clocks
		for i := range clocks {
			if k := &clocks[i]; !k.DueAt.After(now) && owed(clocks, k) {
				late = append(late, promise{id, k})
			}
		}
	}
	slices.SortFunc(late, earlierDue)
	return late
}

// owed reports whether a clock of some is a promise that stands and that no other says already.
func owed(of []desk.Clock, k *desk.Clock) bool {
	return k.Owed() && !k.ShadowedBy(of)
}

func earlierDue(x, y promise) int {
	return cmp.Or(x.clock.DueAt.Compare(y.clock.DueAt), cmp.Compare(x.row, y.row))
}

// promisedRow is a promise with its conversation and whom that rings at.
type promisedRow struct {
	row     desk.ConversationRow
	clock   desk.Clock
	ringsAt desk.AgentID
}

// rowsOf are the first of some promises; the caller holds mu.
func (b *board) rowsOf(in []promise, limit int) []promisedRow {
	return mapped(in[:min(limit, len(in))], func(p promise) promisedRow {
		return promisedRow{b.rows[p.row], *p.clock, b.offers[b.on[p.row]].Agent}
	})
}

// changes are the rows that differ from what was last told, and whether the list of late promises or the wishes to let
// one go do.
func (b *board) changes(now time.Time) (queues []BoardQueue, agents []BoardAgent, late, wishes bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	qs, as := b.sums(now)
	for _, q := range qs {
		if old, ok := b.told.queues[q.ID]; !ok || !old.same(q) {
			b.told.queues[q.ID] = q
			queues = append(queues, q)
		}
	}
	for _, a := range as {
		if old, ok := b.told.agents[a.Agent]; !ok || !old.same(a) {
			b.told.agents[a.Agent] = a
			agents = append(agents, a)
		}
	}
	all := b.lateFirst(now)
	var key strings.Builder
	for _, p := range all[:min(len(all), maxLate)] {
		key.WriteString(string(p.row) + string(p.clock.Target))
	}
	late = key.String() != b.told.late
	wishes = b.told.stale
	b.told.late, b.told.stale = key.String(), false
	return queues, agents, late, wishes
}

// same reports whether a queue's row says what another does.
func (q BoardQueue) same(o BoardQueue) bool { return q.bare() == o.bare() }

// bare is a row without the shares that follow from its counts.
func (q BoardQueue) bare() BoardQueue {
	q.Service.Target, q.LastWeek.Target, q.Usual.Target = nil, nil, nil
	return q
}

// same reports whether an agent's row says what another does.
func (a BoardAgent) same(o BoardAgent) bool {
	return a.Agent == o.Agent && a.Name == o.Name && a.Presence == o.Presence && a.Load == o.Load && a.Capacity == o.Capacity &&
		a.Offers == o.Offers && slices.Equal(a.Held, o.Held)
}
