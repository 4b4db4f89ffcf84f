package router

import (
	"context"
	"errors"
	"slices"
	"time"

	"yingda/desk"
)

// This file lets an endpoint of the firm choose who is to have a piece of work: docs/routing.md, "An endpoint that
// decides". The work is held while the endpoint is asked, with the seat of our own choice kept for it; all else goes on.
// Whatever comes back late, broken or for somebody who may not have the work, our own choice counts.

// Decider asks endpoints; cmd brings one.
type Decider interface {
	// Endpoint is where the policy of a queue has its work decided; nil: by us.
	Endpoint(policy desk.QueueID) *RoutingDecide
	// Ask posts body, signed under id, and returns the answer. Errors: ErrUnsigned; any other is a failure of the line.
	Ask(ctx context.Context, e RoutingDecide, id string, body []byte) ([]byte, error)
}

// ErrUnsigned is a Decider's word that the answer's signature does not fit.
var ErrUnsigned = errors.New("the answer is not signed as it should be")

// Bounds of asking.
const (
	decideDeadline = 800 * time.Millisecond // where the policy names none
	decideLeast    = 50                     // ms
	decideMost     = 3000                   // ms
	mostAsked      = 256                    // questions under way; beyond them our own choice counts
	mostCandidates = 200                    // named in a question, our own choice first
	longestHold    = 60                     // seconds the endpoint may hold work back at once
	holdsInAll     = 5 * time.Minute        // and in all: nothing starves by its word
	restAfter      = 5                      // failures one after the other: then the endpoint is left alone
	restFor        = 30 * time.Second       // and asked once to see whether it is well
)

// What became of a question: the trace's "decided", and the label result of yingda_router_decisions_total. All but the
// first are our own choice.
const (
	decidedThere = "endpoint"   // it chose
	decidedLeft  = "left"       // it left the choice to us
	decidedHeld  = "wait"       // it held the work back; not in traces
	heldEnough   = "held"       // it held the work back for as long as it may
	failedLate   = "late"       // no answer by the deadline
	failedLine   = "error"      // no connection, or another status than 200
	failedSign   = "unsigned"   // the signature does not fit
	failedRead   = "broken"     // not an answer as it should be
	failedSeat   = "ineligible" // it named nobody who may have the work
	leftResting  = "resting"    // not asked: it failed too often
	leftBusy     = "busy"       // not asked: too many questions are under way
	leftGone     = "gone"       // it chose, but whom it chose may not have the work any more
)

// byEndpoint is the rule of a choice that an endpoint made.
const byEndpoint desk.Rule = "endpoint"

// failure reports whether a result counts against the endpoint.
func failure(said string) bool {
	return slices.Contains([]string{failedLate, failedLine, failedSign, failedRead, failedSeat}, said)
}

// verdict is what counts for an item until its offer ends.
type verdict struct {
	order []desk.AgentID // whom to offer it to, the first who may have it; none: our own choice
	said  string
	hold  time.Duration // hold it back
}

// question is one that is under way.
type question struct {
	id         string
	conv       desk.ConversationID
	endpoint   RoutingDecide
	candidates []desk.AgentID
	body       []byte
}

// oracle is what a router keeps of its endpoints; Router.mu guards it.
type oracle struct {
	decider Decider
	fresh   []*question // not on the wire yet
	open    int
	rests   map[string]*breaker // by URL
	count   func(result string)
}

func newOracle(d Decider, count func(string)) *oracle {
	if d == nil {
		return nil
	}
	return &oracle{decider: d, rests: map[string]*breaker{}, count: count}
}

// take are the questions to be put on the wire.
func (o *oracle) take() []*question {
	if o == nil {
		return nil
	}
	out := o.fresh
	o.fresh = nil
	return out
}

// breaker leaves an endpoint alone that failed too often.
type breaker struct {
	failed int
	until  time.Time
	trying bool // one question finds out whether it is well
}

func (o *oracle) breaker(url string) *breaker {
	b := o.rests[url]
	if b == nil {
		b = &breaker{}
		o.rests[url] = b
	}
	return b
}

// lets reports whether the endpoint may be asked; who is let through has to come back with heard.
func (b *breaker) lets(now time.Time) bool {
	switch {
	case b.failed < restAfter:
		return true
	case now.Before(b.until) || b.trying:
		return false
	}
	b.trying = true
	return true
}

// heard notes how a question went; it reports whether the endpoint is left alone from now on.
func (b *breaker) heard(failed bool, now time.Time) (rests bool) {
	b.trying = false
	if !failed {
		b.failed = 0
		return false
	}
	b.failed++
	if b.failed >= restAfter {
		b.until = now.Add(restFor)
	}
	return b.failed == restAfter
}

// about reports whether the endpoint is asked about a medium.
func (d *RoutingDecide) about(m desk.Medium) bool { return len(d.On) == 0 || slices.Contains(d.On, m) }

func (d *RoutingDecide) deadline() time.Duration {
	if d.Deadline == 0 {
		return decideDeadline
	}
	return time.Duration(d.Deadline) * time.Millisecond
}

// asks is the endpoint that has to be asked before the item is offered to anybody, or nil. Work that waits for one agent
// is not: a person, or the policy itself, has chosen.
func (m *mirror) asks(it *item, now time.Time) *RoutingDecide {
	o := m.oracle
	if o == nil || it.Plan == nil || it.prefer.Agent != "" || it.verdict != nil {
		return nil
	}
	d := o.decider.Endpoint(it.Plan.Policy)
	if d == nil || !d.about(it.Medium) {
		return nil
	}
	switch {
	case o.open >= mostAsked:
		it.verdict = &verdict{said: leftBusy}
	case !o.breaker(d.URL).lets(now):
		it.verdict = &verdict{said: leftResting}
	default:
		return d
	}
	o.count(it.verdict.said)
	return nil
}

// ask holds the item while its endpoint is asked: it keeps its place in line, and room at the seat of our own choice.
func (m *mirror) ask(it *item, s *seat, d *RoutingDecide, rule desk.Rule, now time.Time, newID func() string) {
	q := &question{id: newID(), conv: it.Conversation, endpoint: *d}
	all := m.eligible(it, s, rule, now)
	for i := range all {
		q.candidates = append(q.candidates, all[i].agent)
	}
	q.body = questionBody(q, it, all, now)
	m.unplace(it)
	it.state, it.question, it.kept, it.wake = asking, q.id, s.Agent, time.Time{}
	m.stand(it)
	s.hold(it.Work)
	m.lines.move(s)
	m.oracle.fresh = append(m.oracle.fresh, q)
	m.oracle.open++
}

// unask gives back the room kept for an item that was asked about; an answer that still comes means nothing.
func (m *mirror) unask(it *item) {
	if it.question == "" {
		return
	}
	s := m.seats[it.kept]
	it.question, it.kept = "", ""
	if s != nil && s.since[it.Conversation].IsZero() {
		s.unhold(it.Conversation)
		m.lines.move(s)
		m.free(s)
	}
}

// eligible are the seats that may have the item now as its rule compares them: own, our choice, first.
func (m *mirror) eligible(it *item, own *seat, rule desk.Rule, now time.Time) []candidate {
	var out []candidate
	for s := range m.enrolled(&it.stage) {
		if s != own && m.refusal(it, s, now) == "" {
			out = append(out, m.candidate(it, s, now))
		}
	}
	slices.SortFunc(out, func(a, b candidate) int {
		if better(rule, &a, &b) {
			return -1
		}
		return 1
	})
	out = slices.Insert(out, 0, m.candidate(it, own, now))
	return out[:min(len(out), mostCandidates)]
}

// answered lets an answer count, when its question still stands, and says what became of it.
func (m *mirror) answered(q *question, v verdict, now time.Time) (said string) {
	it := m.items[q.conv]
	if it == nil || it.question != q.id {
		return v.said
	}
	if v.hold > 0 {
		if it.heldBack.IsZero() {
			it.heldBack = now
		}
		if until := now.Add(v.hold); !until.After(it.heldBack.Add(holdsInAll)) {
			m.unask(it)
			wake := sooner(until, it.stage.next) // a step that comes meanwhile is taken, and asked about
			if it.actAt.After(now) {
				wake = sooner(wake, it.actAt)
			}
			m.wakeAt(it, wake)
			return v.said
		}
		v = verdict{said: heldEnough}
	}
	it.verdict = &v
	m.place(it, now)
	return v.said
}

// dismiss lets a question fall that nobody waits for any more: the work waits as before, with no room kept for it.
func (m *mirror) dismiss(q *question, now time.Time) {
	if it := m.items[q.conv]; it != nil && it.question == q.id {
		m.place(it, now)
	}
}

// decided is the seat the endpoint chose, the first of its order who may have the item now, or nil.
func (m *mirror) decided(it *item, now time.Time) *seat {
	if it.verdict == nil {
		return nil
	}
	for _, a := range it.verdict.order {
		if s := m.seats[a]; s != nil && m.refusal(it, s, now) == "" {
			return s
		}
	}
	return nil
}

// explainVerdict says who decided.
func explainVerdict(v *verdict, c *candidate) []desk.Reason {
	if v == nil {
		return nil
	}
	said := v.said
	if !c.decided && len(v.order) > 0 {
		said = leftGone
	}
	return []desk.Reason{{Rule: "decided", Value: said}}
}
