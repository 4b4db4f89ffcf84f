package sla

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"yingda/desk"
)

// How a promise ended.
const (
	OutcomeMet       = "met"
	OutcomeLate      = "late"      // kept after its due moment
	OutcomeCancelled = "cancelled" // fell away, counted apart
	OutcomeWaived    = "waived"    // let go by a supervisor, counted apart
)

// EndedPromise is a promise as it stood when it ended: what reports are made of. It is never changed afterwards.
type EndedPromise struct {
	Conversation desk.ConversationID
	Contact      desk.ContactID
	Target       desk.Target
	N            int
	EndedAt      time.Time
	Outcome      string
	Medium       desk.Medium
	Inbox        desk.InboxID
	Queue        desk.QueueID
	Agent        desk.AgentID // who held the conversation, else who ended the promise
	Tier         desk.Tier
	Policy       string
	Calendar     time.Duration // from start to end on the wall
	Business     time.Duration // of its own calendar, less the pauses
}

// Ended is the promise of a clock that was met or cancelled.
func Ended(c desk.Conversation, k desk.Clock, by desk.Actor) EndedPromise {
	p := EndedPromise{
		Conversation: c.ID, Contact: c.Contact, Target: k.Target, N: k.N, EndedAt: cmp.Or(k.MetAt, k.CancelledAt), Medium: c.Medium, Inbox: c.Inbox,
		Queue: c.Queue, Agent: cmp.Or(c.Assignee, by.Agent()), Tier: c.Tier, Policy: k.Policy, Business: k.Used,
	}
	switch {
	case k.Waived():
		p.Outcome = OutcomeWaived
	case k.MetAt.IsZero():
		p.Outcome = OutcomeCancelled
	case !k.BreachedAt.IsZero():
		p.Outcome = OutcomeLate
	default:
		p.Outcome = OutcomeMet
	}
	p.Calendar = p.EndedAt.Sub(k.StartedAt)
	return p
}

// ReportLine is the promises of one key and target.
type ReportLine struct {
	Key                string // of the view: a date, an id, a word
	Target             desk.Target
	Met, Late          int
	Cancelled, Waived  int
	Calendar, Business Quantiles // of those that were met or late
}

// Kept is the share of promises kept of those that were neither cancelled nor waived, in per cent; false when there was none.
func (l ReportLine) Kept() (float64, bool) {
	n := l.Met + l.Late
	return 100 * float64(l.Met) / float64(max(n, 1)), n > 0
}

// Quantiles are the durations that 50, 90 and 95 of a hundred did not exceed: a value that occurred, never one between.
type Quantiles struct{ P50, P90, P95 time.Duration }

// Report sums up the promises that ended in a period, by any view; all views of one period have the same totals.
type Report struct {
	last map[reportKey]EndedPromise
}

type reportKey struct {
	conversation desk.ConversationID
	target       desk.Target
	n            int
}

// NewReport is an empty one.
func NewReport() *Report { return &Report{last: map[reportKey]EndedPromise{}} }

// Add takes a promise. One that ended twice in the period, because its reply bounced or the conversation was re-opened,
// counts once, as it ended last.
func (r *Report) Add(p EndedPromise) {
	key := reportKey{p.Conversation, p.Target, p.N}
	if old, ok := r.last[key]; !ok || !p.EndedAt.Before(old.EndedAt) {
		r.last[key] = p
	}
}

// By is the report in one view, by key and then target; days are those of the zone.
func (r *Report) By(view string, zone *time.Location) []ReportLine {
	type at struct {
		key    string
		target desk.Target
	}
	groups := map[at][]EndedPromise{}
	for _, p := range r.last {
		k := at{p.key(view, zone), p.Target}
		groups[k] = append(groups[k], p)
	}
	keys := slices.SortedFunc(maps.Keys(groups), func(a, b at) int {
		return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(slices.Index(targets, a.target), slices.Index(targets, b.target)))
	})
	out := make([]ReportLine, 0, len(keys))
	for _, k := range keys {
		out = append(out, lineOf(k.key, k.target, groups[k]))
	}
	return out
}

func (p EndedPromise) key(view string, zone *time.Location) string {
	switch view {
	case "day":
		return p.EndedAt.In(zone).Format(time.DateOnly)
	case "queue":
		return string(p.Queue)
	case "agent":
		return string(p.Agent)
	case "tier":
		return string(p.Tier)
	case "medium":
		return string(p.Medium)
	case "policy":
		return p.Policy
	case "inbox":
		return string(p.Inbox)
	case "contact":
		return string(p.Contact)
	}
	return ""
}

func lineOf(key string, target desk.Target, all []EndedPromise) ReportLine {
	l := ReportLine{Key: key, Target: target}
	var calendar, business []time.Duration
	for _, p := range all {
		switch p.Outcome {
		case OutcomeMet:
			l.Met++
		case OutcomeLate:
			l.Late++
		case OutcomeWaived:
			l.Waived++
			continue
		default:
			l.Cancelled++
			continue
		}
		calendar, business = append(calendar, p.Calendar), append(business, p.Business)
	}
	l.Calendar, l.Business = quantiles(calendar), quantiles(business)
	return l
}

func quantiles(all []time.Duration) Quantiles {
	if len(all) == 0 {
		return Quantiles{}
	}
	slices.Sort(all)
	at := func(share int) time.Duration { return all[(len(all)*share+99)/100-1] } // the nearest rank
	return Quantiles{at(50), at(90), at(95)}
}
