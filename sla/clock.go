package sla

import (
	"cmp"
	"slices"
	"time"

	"yingda/desk"
)

// Advance applies new facts to a conversation's clocks, by the table. It is pure: c is the conversation as it is
// after the facts, now is the moment they are recorded. It returns all clocks it was given, changed or not, and those
// it started. Times are cut to milliseconds, as they are stored.
func (b *Book) Advance(c desk.Conversation, clocks []desk.Clock, facts []desk.Fact, now time.Time) []desk.Clock {
	r := &run{book: b, id: c.ID, view: rewound(viewOf(c), facts), clocks: slices.Clone(clocks), now: milli(now)}
	for i := range r.clocks {
		r.clocks[i] = cut(r.clocks[i])
	}
	for _, f := range facts {
		r.settle() // before each fact, so that facts told together and one by one come to the same
		r.apply(f)
	}
	r.settle()
	return r.clocks
}

// rewound is the conversation as policies saw it before the facts.
func rewound(v view, facts []desk.Fact) view {
	for _, f := range slices.Backward(facts) {
		v = v.turn(f, true)
	}
	return v
}

// run is facts being applied at one moment.
type run struct {
	book   *Book
	id     desk.ConversationID
	view   view
	clocks []desk.Clock
	now    time.Time
}

func (r *run) apply(f desk.Fact) {
	r.view = r.view.turn(f, false)
	switch f := f.(type) {
	case desk.ClockAcknowledged:
		r.acknowledge(f)
	case desk.WaiverRequested, desk.WaiverGiven, desk.WaiverDenied, desk.WaiverUndone:
		r.waive(f)
	}
	event := eventOf(f)
	d := details(f)
	d.at = r.since(d.at)
	for i, target := range order {
		r.do(table[event][i], target, d)
	}
}

// detail is what a deed needs to know of its fact.
type detail struct {
	at      time.Time // when it counts; zero: now
	message desk.MessageID
	clocks  []desk.Clock
}

func details(f desk.Fact) detail {
	switch f := f.(type) {
	case desk.MessageReceived:
		return detail{at: f.At, message: f.Message}
	case desk.MessageSent:
		return detail{at: f.At, message: f.Message}
	case desk.MessageFailed:
		return detail{message: f.Message}
	case desk.Absorbed:
		return detail{clocks: f.Clocks}
	case desk.CallRinging:
		return detail{at: f.Call.RingingAt}
	case desk.CallAnswered:
		return detail{at: f.Call.AnsweredAt}
	case desk.CallEnded:
		return detail{at: cmp.Or(f.Call.AnsweredAt, f.Call.EndedAt)}
	case desk.CallNoted:
		return detail{at: cmp.Or(f.Call.AnsweredAt, f.Call.EndedAt)}
	case desk.CalledBack:
		return detail{at: f.Call.AnsweredAt}
	}
	return detail{}
}

// since is when a fact counts: its own moment, but never one that has not come; other people's clocks run ahead.
func (r *run) since(at time.Time) time.Time {
	if at.IsZero() || at.After(r.now) {
		return r.now
	}
	return milli(at)
}

func (r *run) do(what deed, target desk.Target, d detail) {
	switch what {
	case _______:
	case starts:
		r.start(target, d)
	case startsC:
		if r.view.medium == desk.Chat {
			r.start(target, d)
		}
	case startsF:
		if r.last(target) == nil {
			r.start(target, d)
		}
	case isMet:
		r.meet(r.alive(target), d)
	case isMetC:
		if r.view.medium == desk.Chat {
			r.meet(r.alive(target), d)
		}
	case pickedUp:
		r.pickUp(target, d)
	case cancels:
		r.cancel(target)
	case pauses:
		if k := r.alive(target); k != nil && !r.keepsRunning(k) {
			r.halt(k, r.now)
		}
	case halts:
		r.halt(r.alive(target), r.now)
	case resumes:
		r.resume(r.alive(target))
	case again:
		r.again(target, d)
	case goesOn:
		r.goOn(r.last(target))
	case marks:
		if k := r.alive(target); k != nil {
			k.Marked = true
		}
	case earlier:
		r.earlier(target, d)
	case changes:
		r.change(r.alive(target))
	default:
		r.sum(what, target, d)
	}
}

// last is the newest clock of the target, or nil.
func (r *run) last(t desk.Target) *desk.Clock {
	var found *desk.Clock
	for i := range r.clocks {
		if k := &r.clocks[i]; k.Target == t && (found == nil || k.N > found.N) {
			found = k
		}
	}
	return found
}

// alive is the target's clock that runs or stands, or nil. There is one at most.
func (r *run) alive(t desk.Target) *desk.Clock {
	for i := range r.clocks {
		if k := &r.clocks[i]; k.Target == t && !k.Ended() {
			return k
		}
	}
	return nil
}

func (r *run) start(t desk.Target, d detail) {
	term, ok := r.book.term(t, r.view)
	if !ok || r.alive(t) != nil || t == desk.Group && r.view.queue == "" {
		return
	}
	k := desk.Clock{Conversation: r.id, Target: t, N: 1, StartedAt: d.at, Started: d.message}
	if last := r.last(t); last != nil {
		k.N = last.N + 1
	}
	term.bind(&k)
	k.DueVersion = 1
	r.plan(&k)
	r.clocks = append(r.clocks, k)
}

// meet keeps the promise at d.at. One that was taken for broken, because word of the answer came late, was kept.
func (r *run) meet(k *desk.Clock, d detail) {
	if k == nil {
		return
	}
	k.MetAt, k.MetBy, k.Marked = later(d.at, k.StartedAt), cmp.Or(d.message, k.MetBy), false
	if k.PausedAt.IsZero() {
		k.Used = r.used(k, k.MetAt)
		if k.MetAt.After(k.DueAt) {
			k.BreachedAt = k.DueAt
		} else {
			k.BreachedAt = time.Time{}
		}
	}
	k.PausedAt, k.NextAt = time.Time{}, time.Time{}
}

func (r *run) pickUp(t desk.Target, d detail) {
	k := r.alive(t)
	if last := r.last(t); k == nil && last != nil && !last.CancelledAt.IsZero() {
		k = last
		k.CancelledAt = time.Time{}
	}
	r.meet(k, d)
}

// cancel lets the promise fall away. What was met in the same unit by the resolving that merging brings fell away
// too.
func (r *run) cancel(t desk.Target) {
	k := r.alive(t)
	if last := r.last(t); k == nil && last != nil && table[resolved][slices.Index(targets, t)] == isMet && last.MetAt.Equal(r.now) {
		k = last
		k.MetAt = time.Time{}
	}
	if k == nil {
		return
	}
	if k.PausedAt.IsZero() {
		k.Used = r.used(k, r.now)
	}
	k.CancelledAt, k.PausedAt, k.NextAt = r.now, time.Time{}, time.Time{}
}

// keepsRunning reports whether the clock's policy forbids pauses.
func (r *run) keepsRunning(k *desk.Clock) bool {
	p := r.book.policy(k.Policy)
	return p != nil && p.KeepRunning
}

// halt lets no time pass for a clock from a moment on.
func (r *run) halt(k *desk.Clock, at time.Time) {
	if k == nil || !k.PausedAt.IsZero() {
		return
	}
	k.Used = r.used(k, at)
	k.PausedAt, k.NextAt = at, time.Time{}
}

func (r *run) resume(k *desk.Clock) {
	r.resumeAt(k, r.now)
}

func (r *run) resumeAt(k *desk.Clock, at time.Time) {
	if k == nil || k.PausedAt.IsZero() {
		return
	}
	k.PausedAt, k.ResumedAt = time.Time{}, later(at, k.PausedAt)
	r.plan(k)
}

// goOn starts a resolution that was met again where it stood: the time while it was resolved does not count.
func (r *run) goOn(k *desk.Clock) {
	r.goOnAt(k, r.now)
}

func (r *run) goOnAt(k *desk.Clock, at time.Time) {
	if k == nil || k.MetAt.IsZero() {
		return
	}
	k.MetAt, k.MetBy, k.ResumedAt = time.Time{}, "", later(at, k.MetAt)
	r.plan(k)
}

// again revives the clock that a message met which did not reach the customer after all. A later one that runs
// meanwhile falls away: the older question is asked first.
func (r *run) again(t desk.Target, d detail) {
	last := r.last(t)
	if last == nil || d.message == "" {
		return
	}
	for i := range r.clocks {
		k := &r.clocks[i]
		if k.Target != t || k.MetBy != d.message || k.N < last.N-1 {
			continue
		}
		if other := r.alive(t); other != nil {
			if other.N < k.N {
				return
			}
			r.cancel(t)
		}
		k.Used -= r.book.between(k.Calendar, running(k), k.MetAt)
		k.MetAt, k.MetBy = time.Time{}, ""
		r.announce(k)
		return
	}
	if k := r.alive(t); k != nil {
		k.Marked = false // the doubt is over: it failed
	}
}

// earlier keeps the earlier due of two conversations that became one.
func (r *run) earlier(t desk.Target, d detail) {
	for _, other := range d.clocks {
		if other.Target != t || !other.Running() {
			continue
		}
		other = cut(other)
		k := r.alive(t)
		if k == nil {
			other.Conversation, other.N, other.DueVersion = r.id, 1, 1
			if last := r.last(t); last != nil {
				other.N = last.N + 1
			}
			r.announce(&other)
			r.clocks = append(r.clocks, other)
			continue
		}
		if other.DueAt.Before(k.DueAt) {
			k.StartedAt, k.Started, k.DueAt = other.StartedAt, other.Started, other.DueAt
			k.Policy, k.PolicyVersion, k.Calendar, k.Budget, k.Warnings = other.Policy, other.PolicyVersion, other.Calendar, other.Budget, other.Warnings
			k.DueVersion++
			r.announce(k)
		}
	}
}

// change gives a clock the time the conversation is now promised, from its original start less the pauses. A promise
// that is no longer made falls away. A clock that stands takes the new time when it resumes.
func (r *run) change(k *desk.Clock) {
	if k == nil {
		return
	}
	term, ok := r.book.term(k.Target, r.view)
	if !ok {
		r.cancel(k.Target)
		return
	}
	term.bind(k)
	if !k.PausedAt.IsZero() {
		return
	}
	if due := r.due(k); !due.Equal(k.DueAt) {
		k.DueAt = due
		k.DueVersion++
	}
	r.announce(k)
}

// settle notes what became late by now. A clock is late once its due moment has passed, not at it.
func (r *run) settle() {
	for i := range r.clocks {
		k := &r.clocks[i]
		if k.Owed() && k.BreachedAt.IsZero() && k.DueAt.Before(r.now) {
			k.BreachedAt, k.NextAt = k.DueAt, time.Time{}
		}
	}
}

// plan sets due and next announcement of a clock that begins to run. What is late already stays due when it was.
func (r *run) plan(k *desk.Clock) {
	if k.BreachedAt.IsZero() {
		k.DueAt = r.due(k)
	}
	r.announce(k)
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

func milli(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Millisecond)
}

// cut brings a clock to the precision it is stored in, so that the first run and a later one agree.
func cut(k desk.Clock) desk.Clock {
	for _, t := range []*time.Time{
		&k.StartedAt, &k.PausedAt, &k.ResumedAt, &k.DueAt, &k.MetAt, &k.CancelledAt, &k.BreachedAt, &k.NextAt, &k.AckAt,
		&k.Waiver.At, &k.Waiver.DecidedAt,
	} {
		*t = milli(*t)
	}
	return k
}
