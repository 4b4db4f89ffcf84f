package router

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"yingda/desk"
)

// This file is what an outlook expects, and what could be done about it.

// Past is what the record knows of hours like the one ahead.
type Past struct {
	Weeks   [][]desk.Flow // arrivals of the same hour one week ago, two weeks ago and so on
	Reaches bool          // the record goes back two weeks
	Hour    []desk.Flow   // arrivals of the hour just over: they stand in while it does not
	Handled []desk.Flow   // of the last week
}

// expectHandling is what one takes while nothing is known of a queue.
const expectHandling = 10 * time.Minute

// Expect is what comes by queue and medium: the mean of the weeks in which anybody came, or the hour just over; handling
// times are those of the last week. Promises are the caller's to add.
func Expect(p Past) []OutlookStream {
	type key struct {
		q desk.QueueID
		m desk.Medium
	}
	sum, n := map[key]float64{}, 0
	weeks := p.Weeks
	if !p.Reaches {
		weeks = [][]desk.Flow{p.Hour}
	}
	for _, flows := range weeks {
		if len(flows) > 0 {
			n++
		}
		for _, f := range flows {
			sum[key{f.Queue, f.Medium}] += float64(f.Count)
		}
	}
	handling := map[key]time.Duration{}
	for _, f := range p.Handled {
		handling[key{f.Queue, f.Medium}] = f.Took / time.Duration(max(1, f.Count))
	}
	var out []OutlookStream
	for k, all := range sum {
		out = append(out, OutlookStream{
			Queue: k.q, Medium: k.m, PerHour: all / float64(n), Handling: cmp.Or(handling[k], expectHandling),
		})
	}
	slices.SortFunc(out, func(a, b OutlookStream) int {
		return cmp.Or(cmp.Compare(a.Queue, b.Queue), cmp.Compare(a.Medium, b.Medium))
	})
	return out
}

// Remedy is a change that would make fewer promises break in all queues together.
type Remedy struct {
	Change        OutlookChange
	Before, After float64
}

// Bounds of looking for remedies.
const (
	remedyQueues = 3   // with most late, looked into
	remedyRuns   = 12  // of each change
	remedyFrom   = 0.5 // late ones of a queue below which nothing needs to be prevented
	remedyLeast  = 0.9 // of what breaks without it: what leaves more is no help
	maxOverflow  = 3   // other queues tried as help
)

// Remedies tries what could be done for the queues with most late promises of an outlook, and names what helps, best first.
// Errors: ctx's.
func (r *Router) Remedies(ctx context.Context, ask OutlookAsk, lines []OutlookLine) ([]Remedy, error) {
	worst := slices.DeleteFunc(slices.Clone(lines), func(l OutlookLine) bool { return l.Sum() < remedyFrom })
	slices.SortStableFunc(worst, func(a, b OutlookLine) int { return cmp.Compare(b.Sum(), a.Sum()) })
	if len(worst) == 0 {
		return nil, nil
	}
	ask.Runs = remedyRuns
	asks := []OutlookAsk{ask}
	for _, l := range worst[:min(len(worst), remedyQueues)] {
		for _, c := range r.changes(l.Queue) {
			with := ask
			with.Change = c
			asks = append(asks, with)
		}
	}
	all, err := r.Outlook(ctx, asks)
	if err != nil {
		return nil, fmt.Errorf("look for remedies: %w", err)
	}
	return remedies(asks, all), nil
}

// remedies are the changes that help; the first question is without any.
func remedies(asks []OutlookAsk, all [][]OutlookLine) []Remedy {
	late := func(lines []OutlookLine) (sum float64) {
		for _, l := range lines {
			sum += l.Sum()
		}
		return sum
	}
	var out []Remedy
	before := late(all[0])
	for i, lines := range all[1:] {
		if after := late(lines); after <= before*remedyLeast {
			out = append(out, Remedy{asks[i+1].Change, before, after})
		}
	}
	slices.SortStableFunc(out, func(a, b Remedy) int { return cmp.Compare(a.After, b.After) })
	return out
}

// changes are what could be done for a queue: somebody who is there but away, else one more; more at once; another queue's
// people, when somebody of them is there.
func (r *Router) changes(q desk.QueueID) []OutlookChange {
	r.mu.RLock()
	defer r.mu.RUnlock()
	more := OutlookChange{Kind: "agent", Queue: q}
	for _, s := range r.m.roster[q] {
		if s.Presence.State == desk.Away && (more.Agent == "" || s.Agent < more.Agent) {
			more.Agent = s.Agent
		}
	}
	out := []OutlookChange{more, {Kind: "limit", Queue: q}}
	own := r.m.queue(q)
	for _, other := range r.dir.Queues() {
		open := slices.ContainsFunc(own.Overflow, func(o desk.Overflow) bool { return o.Queue == other.ID })
		if other.ID != q && len(r.m.serving[other.ID]) > 0 && !open && len(out) < 2+maxOverflow {
			out = append(out, OutlookChange{Kind: "overflow", Queue: q, To: other.ID})
		}
	}
	return out
}
