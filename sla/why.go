package sla

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"yingda/desk"
)

// What happened to a clock.
const (
	TurnStarted   = "started"
	TurnPaused    = "paused"
	TurnResumed   = "resumed"
	TurnChanged   = "changed"   // another due moment: policy, calendar, priority, tier, queue or a merge
	TurnMarked    = "marked"    // its reply is delivery unknown: a person must decide
	TurnUnmarked  = "unmarked"  // the doubt is over
	TurnWarned    = "warned"    // announced at Level per cent of its time
	TurnBreached  = "breached"  // the due moment passed
	TurnEscalated = "escalated" // a step of the ladder told somebody
	TurnTaken     = "acknowledged"
	TurnForgiven  = "forgiven"  // word of an answer came late: the promise was kept, the breach is taken back
	TurnMet       = "met"       // kept, or kept late when it was breached
	TurnRevived   = "revived"   // runs again: the reply failed, or the conversation was re-opened
	TurnCancelled = "cancelled" // fell away, counted apart

	TurnWaiverAsked   = "waiver_asked"   // somebody wants to let it go, somebody else must agree
	TurnWaived        = "waived"         // let go, counted apart
	TurnWaiverRefused = "waiver_refused" // it stands
	TurnWaiverUndone  = "waiver_undone"  // it counts again
)

// Turn is one thing that happened to a clock, and why.
type Turn struct {
	At    time.Time // when it counts
	Seq   int64     // of the fact that caused it; 0 when only time passed
	What  string    // one of the Turn constants
	Clock desk.Clock
	Old   time.Time // the due moment before; zero when it did not move
	Level int       // of a warning, per cent

	Cause  string // the kind of the fact; "time" when only time passed
	Params map[string]string
	Actor  desk.Actor
}

// Why tells the history of a conversation's clocks from its facts, oldest first, with the clocks as they stand at now.
// It asks nothing of what was stored: arguments are those of [Recompute].
func Why(c desk.Conversation, events []desk.Event, at func(time.Time) *Book, now time.Time) ([]Turn, []desk.Clock) {
	w := &watcher{}
	clocks := recompute(c, events, at, now, w)
	slices.SortStableFunc(w.turns, func(a, b Turn) int { return a.At.Compare(b.At) })
	return w.turns, clocks
}

// watcher notes what changes between two looks at the clocks.
type watcher struct{ turns []Turn }

// look compares and notes; e is the fact between, nil when only time passed until now.
func (w *watcher) look(before, after []desk.Clock, e *desk.Event) {
	if w == nil {
		return
	}
	for _, k := range after {
		var old desk.Clock
		if i := slices.IndexFunc(before, func(o desk.Clock) bool { return o.Target == k.Target && o.N == k.N }); i >= 0 {
			old = before[i]
		}
		for _, what := range turned(old, k) {
			w.turns = append(w.turns, turn(what, old, k, e))
		}
	}
	if e == nil {
		return
	}
	switch f := e.Fact.(type) {
	case desk.ClockWarned:
		w.turns = append(w.turns, Turn{At: e.At, Seq: e.Seq, What: TurnWarned, Clock: f.Clock, Level: f.Level, Cause: "time"})
	case desk.ClockEscalated:
		w.turns = append(w.turns, Turn{
			At: e.At, Seq: e.Seq, What: TurnEscalated, Clock: f.Clock, Level: f.Level, Cause: "time", Params: paramsOf(f),
		})
	case desk.ClockAcknowledged:
		i := slices.IndexFunc(after, func(k desk.Clock) bool { return k.Target == f.Target && k.N == f.N })
		if i >= 0 {
			w.turns = append(w.turns, Turn{At: e.At, Seq: e.Seq, What: TurnTaken, Clock: after[i], Cause: f.Kind(), Actor: e.Actor})
		}
	}
}

// turned names what happened between two states of a clock, in the order it did.
func turned(old, k desk.Clock) []string {
	var out []string
	add := func(happened bool, what string) {
		if happened {
			out = append(out, what)
		}
	}
	if old.StartedAt.IsZero() {
		add(true, TurnStarted)
		add(!k.BreachedAt.IsZero(), TurnBreached)
		add(!k.MetAt.IsZero(), TurnMet) // by the fact that started it
		add(!k.CancelledAt.IsZero(), TurnCancelled)
		return out
	}
	moved := !old.DueAt.Equal(k.DueAt) || old.Budget != k.Budget || old.Policy != k.Policy || old.Calendar != k.Calendar
	resumed := !old.PausedAt.IsZero() && k.Running()
	revived := old.Ended() && !k.Ended()
	add(old.PausedAt.IsZero() && !k.PausedAt.IsZero(), TurnPaused)
	add(resumed, TurnResumed)
	add(revived, TurnRevived)
	add(moved && !resumed && !revived, TurnChanged)
	add(!old.Marked && k.Marked, TurnMarked)
	add(old.Marked && !k.Marked && !k.Ended(), TurnUnmarked)
	if old.Waiver.State != k.Waiver.State {
		add(true, waiverTurns[k.Waiver.State])
	}
	add(old.BreachedAt.IsZero() && !k.BreachedAt.IsZero(), TurnBreached)
	add(!old.BreachedAt.IsZero() && k.BreachedAt.IsZero(), TurnForgiven)
	add(old.MetAt.IsZero() && !k.MetAt.IsZero(), TurnMet)
	add(old.CancelledAt.IsZero() && !k.CancelledAt.IsZero(), TurnCancelled)
	return out
}

var waiverTurns = map[desk.WaiverState]string{
	desk.WaiverAwaits: TurnWaiverAsked, desk.WaiverHolds: TurnWaived, desk.WaiverRefused: TurnWaiverRefused, "": TurnWaiverUndone,
}

func turn(what string, old, k desk.Clock, e *desk.Event) Turn {
	t := Turn{What: what, Clock: k, Cause: "time"}
	if !old.DueAt.IsZero() && !old.DueAt.Equal(k.DueAt) {
		t.Old = old.DueAt
	}
	if e != nil {
		t.At, t.Seq, t.Cause, t.Actor, t.Params = milli(e.At), e.Seq, e.Fact.Kind(), e.Actor, paramsOf(e.Fact)
	}
	switch what {
	case TurnStarted:
		t.At = k.StartedAt
	case TurnMet:
		t.At = k.MetAt
	case TurnBreached: // by time alone, whatever fact made us look
		t = Turn{What: what, Clock: k, Cause: "time", At: k.BreachedAt}
	}
	return t
}

// paramsOf is what a reader wants to know of the cause.
func paramsOf(f desk.Fact) map[string]string {
	p := map[string]string{}
	put := func(key, value string) {
		if value != "" {
			p[key] = value
		}
	}
	switch f := f.(type) {
	case desk.ClockEscalated:
		put("step", strconv.Itoa(f.Step))
		var names []string
		for _, a := range f.Told {
			names = append(names, string(a))
		}
		put("told", strings.Join(names, ","))
	case desk.MessageReceived:
		put("message", string(f.Message))
		put("number", strconv.FormatInt(f.Number, 10))
	case desk.MessageSent:
		put("message", string(f.Message))
		put("number", strconv.FormatInt(f.Number, 10))
	case desk.MessageFailed:
		put("message", string(f.Message))
		put("reason", f.Reason)
	case desk.MessageUnknown:
		put("message", string(f.Message))
		put("reason", f.Reason)
	case desk.StatusChanged:
		put("from", string(f.From))
		put("to", string(f.To))
	case desk.PriorityChanged:
		put("from", string(f.From))
		put("to", string(f.To))
	case desk.TierChanged:
		put("from", string(f.From))
		put("to", string(f.To))
	case desk.QueueChanged:
		put("from", string(f.From))
		put("to", string(f.To))
	case desk.LocaleChanged:
		put("from", f.From)
		put("to", f.To)
	case desk.OwnerChanged:
		put("from", string(f.From))
		put("to", string(f.To))
	case desk.TagsChanged:
		put("added", strings.Join(f.Added, ", "))
		put("removed", strings.Join(f.Removed, ", "))
	case desk.Assigned:
		put("agent", string(f.Agent))
	case desk.Resumed:
		put("agent", string(f.Agent))
	case desk.Released:
		put("agent", string(f.Agent))
		put("why", f.Why)
	case desk.WaiverRequested:
		put("reason", f.Reason)
	case desk.WaiverGiven:
		put("reason", f.Reason)
		put("asked_by", string(f.By))
		put("note", f.Note)
	case desk.WaiverDenied:
		put("note", f.Note)
	case desk.Merged:
		put("into", string(f.Into))
	case desk.Absorbed:
		put("from", string(f.From))
	case desk.CustomerReached:
		put("note", f.Note)
	default:
		put("outcome", outcomeOf(f))
	}
	return p
}

// outcomeOf is how a call went.
func outcomeOf(f desk.Fact) string {
	switch f := f.(type) {
	case desk.CallEnded:
		return string(f.Call.Outcome)
	case desk.CallNoted:
		return string(f.Call.Outcome)
	}
	return ""
}

// Agree reports whether what is stored is what the facts give, to the millisecond: each stored clock, and none missing
// that has not ended. What was announced and when the ticker looks next are not compared: they are not facts about the
// promise.
func Agree(stored, computed []desk.Clock) bool {
	for _, k := range computed {
		if !k.Ended() && !slices.ContainsFunc(stored, func(o desk.Clock) bool { return o.Target == k.Target && o.N == k.N }) {
			return false
		}
	}
	for _, k := range stored {
		i := slices.IndexFunc(computed, func(o desk.Clock) bool { return o.Target == k.Target && o.N == k.N })
		if i < 0 || !same(k, computed[i]) {
			return false
		}
	}
	return true
}

func same(a, b desk.Clock) bool {
	a, b = cut(a), cut(b)
	// A breach is stored when it is announced; computed, it is there at once.
	a.BreachedAt, b.BreachedAt = cmp.Or(a.BreachedAt, b.BreachedAt), cmp.Or(b.BreachedAt, a.BreachedAt)
	if a.PolicyVersion == 0 || b.PolicyVersion == 0 { // set before versions were kept
		a.PolicyVersion, b.PolicyVersion = 0, 0
	}
	return a.PolicyVersion == b.PolicyVersion && a.Waiver == b.Waiver && a.Policy == b.Policy && a.Calendar == b.Calendar && a.Budget == b.Budget &&
		a.Used.Truncate(time.Millisecond) == b.Used.Truncate(time.Millisecond) && a.DueVersion == b.DueVersion &&
		a.Started == b.Started && a.MetBy == b.MetBy && a.Marked == b.Marked && a.StartedAt.Equal(b.StartedAt) &&
		a.PausedAt.Equal(b.PausedAt) && a.ResumedAt.Equal(b.ResumedAt) && a.DueAt.Equal(b.DueAt) &&
		a.MetAt.Equal(b.MetAt) && a.CancelledAt.Equal(b.CancelledAt) && a.BreachedAt.Equal(b.BreachedAt)
}
