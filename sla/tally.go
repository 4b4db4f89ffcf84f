package sla

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"time"

	"yingda/desk"
)

// PromiseQuery asks for promises that ended from From until before To, by a view. One that ended twice in the period
// counts once, as it ended last.
type PromiseQuery struct {
	From, To  time.Time
	By        string // one of desk.ReportViews
	AllQueues bool
	Queues    []desk.QueueID   // whose promises, unless AllQueues
	Contact   desk.ContactID   // of this customer alone; "": of all
	Contacts  []desk.ContactID // of these alone; nil: of all

	// What is behind one figure: a key of the view (for days the period says it), a target and an outcome; "" is any.
	// Until is the end of the period whose last endings count, where From and To are a part of it; zero: To.
	Until   time.Time
	Keyed   bool
	Key     string
	Target  desk.Target
	Outcome string
}

// SetKey puts a view's key where it belongs; days follow from EndedAt.
func (p *EndedPromise) SetKey(view, key string) {
	switch view {
	case "queue":
		p.Queue = desk.QueueID(key)
	case "agent":
		p.Agent = desk.AgentID(key)
	case "tier":
		p.Tier = desk.Tier(key)
	case "medium":
		p.Medium = desk.Medium(key)
	case "policy":
		p.Policy = key
	case "inbox":
		p.Inbox = desk.InboxID(key)
	case "contact":
		p.Contact = desk.ContactID(key)
	}
}

// Place tells promises that ended at the same moment apart, in a fixed order.
func (p EndedPromise) Place() string {
	return string(p.Conversation) + " " + string(p.Target) + " " + strconv.Itoa(p.N)
}

// Tally sums promises up by one view as they are read, so that a year's need no more memory than their durations. What
// ended twice must have been left out before.
type Tally struct {
	view   string
	zone   *time.Location
	groups map[tallyKey]*tallied
	// The day of the promise before: those read together mostly ended together.
	from, to int64
	day      string
}

type tallyKey struct {
	key    string
	target desk.Target
}

type tallied struct {
	line               ReportLine
	calendar, business []time.Duration
}

// NewTally is an empty one; days are those of the zone.
func NewTally(view string, zone *time.Location) *Tally {
	return &Tally{view: view, zone: zone, groups: map[tallyKey]*tallied{}}
}

// Add counts one.
func (t *Tally) Add(p EndedPromise) {
	k := tallyKey{target: p.Target}
	if t.view == "day" {
		k.key = t.dayOf(p.EndedAt)
	} else {
		k.key = p.key(t.view, t.zone)
	}
	g := t.groups[k]
	if g == nil {
		g = &tallied{line: ReportLine{Key: k.key, Target: k.target}}
		t.groups[k] = g
	}
	switch p.Outcome {
	case OutcomeMet:
		g.line.Met++
	case OutcomeLate:
		g.line.Late++
	case OutcomeWaived:
		g.line.Waived++
		return
	default:
		g.line.Cancelled++
		return
	}
	g.calendar, g.business = append(g.calendar, p.Calendar), append(g.business, p.Business)
}

func (t *Tally) dayOf(at time.Time) string {
	if s := at.Unix(); s < t.from || s >= t.to {
		l := at.In(t.zone)
		start := time.Date(l.Year(), l.Month(), l.Day(), 0, 0, 0, 0, t.zone)
		t.from, t.to, t.day = start.Unix(), start.AddDate(0, 0, 1).Unix(), l.Format(time.DateOnly)
	}
	return t.day
}

// Lines are the sums by key and then target. The tally is used up.
func (t *Tally) Lines() []ReportLine {
	out := make([]ReportLine, 0, len(t.groups))
	for _, k := range slices.SortedFunc(maps.Keys(t.groups), func(a, b tallyKey) int {
		return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(slices.Index(targets, a.target), slices.Index(targets, b.target)))
	}) {
		g := t.groups[k]
		g.line.Calendar, g.line.Business = quantiles(g.calendar), quantiles(g.business)
		out = append(out, g.line)
	}
	return out
}
