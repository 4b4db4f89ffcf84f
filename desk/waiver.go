package desk

import (
	"context"
	"strings"
	"time"
)

// WaiverState is how far letting a promise go has come.
type WaiverState string

// The states of a waiver; "" is a promise nobody asked to let go.
const (
	WaiverAwaits  WaiverState = "asked"   // somebody else must agree
	WaiverHolds   WaiverState = "waived"  // the promise is let go: nothing is announced of it, and it is counted apart
	WaiverRefused WaiverState = "refused" // somebody else did not agree: the promise stands
)

// Waiver is a supervisor's word that a promise does not count, and why. The clock runs on as it would without, so that
// taking the waiver back leaves everything as if it had never been.
type Waiver struct {
	State     WaiverState
	Reason    string
	By        AgentID // who asked, or let it go alone
	At        time.Time
	Decider   AgentID // the second person; "" where none was needed
	DecidedAt time.Time
	Note      string // what the second person said
}

// Waive asks to let a promise go.
type Waive struct {
	Actor        Actor
	Conversation ConversationID
	Target       Target
	N            int // which clock of the target; 0: the newest
	Reason       string
}

// Waive lets a promise go that runs, stands, or was broken; where its policy wants a second person it asks for one.
// Errors: Forbidden "supervisors_only"; Invalid "reason_required"; NotFound "clock_unknown" or the conversation; Conflict
// "clock_kept" (it was kept in time or fell away), "waiver_there".
func (s *Service) Waive(ctx context.Context, w Waive) error {
	reason := clip(strings.TrimSpace(w.Reason), maxReason)
	if reason == "" {
		return Refuse(Invalid, "reason_required")
	}
	return s.waiver(ctx, w, func(k Clock) (Fact, error) {
		switch {
		case !k.CancelledAt.IsZero() || !k.MetAt.IsZero() && k.BreachedAt.IsZero():
			return nil, Refuse(Conflict, "clock_kept")
		case k.Waiver.State == WaiverAwaits || k.Waived():
			return nil, Refuse(Conflict, "waiver_there")
		case s.promises.TwoToWaive(k):
			return WaiverRequested{Target: k.Target, N: k.N, Reason: reason, By: w.Actor.Agent()}, nil
		}
		return WaiverGiven{Target: k.Target, N: k.N, Reason: reason, By: w.Actor.Agent(), MetAt: k.MetAt, BreachedAt: k.BreachedAt}, nil
	})
}

// DecideWaiver answers a waiver that waits for a second person; w.Reason is what that person says and may be empty when
// they agree. Errors: Forbidden "supervisors_only", "waiver_own" (who asked does not decide); Invalid "reason_required";
// NotFound "clock_unknown" or the conversation; Conflict "waiver_not_asked".
func (s *Service) DecideWaiver(ctx context.Context, w Waive, agree bool) error {
	note := clip(strings.TrimSpace(w.Reason), maxReason)
	if note == "" && !agree {
		return Refuse(Invalid, "reason_required")
	}
	return s.waiver(ctx, w, func(k Clock) (Fact, error) {
		switch {
		case k.Waiver.State != WaiverAwaits:
			return nil, Refuse(Conflict, "waiver_not_asked")
		case k.Waiver.By == w.Actor.Agent():
			return nil, Refuse(Forbidden, "waiver_own")
		case agree:
			return WaiverGiven{
				Target: k.Target, N: k.N, Reason: k.Waiver.Reason, By: k.Waiver.By, Decider: w.Actor.Agent(), Note: note,
				MetAt: k.MetAt, BreachedAt: k.BreachedAt,
			}, nil
		}
		return WaiverDenied{Target: k.Target, N: k.N, Decider: w.Actor.Agent(), Note: note}, nil
	})
}

// Unwaive takes back a waiver, or the wish for one: the promise counts again, as if it had counted all the time. Errors:
// Forbidden "supervisors_only"; NotFound "clock_unknown" or the conversation; Conflict "waiver_not_there".
func (s *Service) Unwaive(ctx context.Context, w Waive) error {
	return s.waiver(ctx, w, func(k Clock) (Fact, error) {
		if k.Waiver.State != WaiverAwaits && !k.Waived() {
			return nil, Refuse(Conflict, "waiver_not_there")
		}
		return WaiverUndone{Target: k.Target, N: k.N, Held: k.Waived(), MetAt: k.MetAt, BreachedAt: k.BreachedAt}, nil
	})
}

func (s *Service) waiver(ctx context.Context, w Waive, decide func(Clock) (Fact, error)) error {
	if !w.Actor.Supervises() {
		return Refuse(Forbidden, "supervisors_only")
	}
	return s.on(ctx, w.Actor, w.Conversation, func(u *unit) error {
		k, ok := pick(u.clocks, w.Target, w.N)
		if !ok {
			return Refuse(NotFound, "clock_unknown")
		}
		f, err := decide(k)
		if err != nil {
			return err
		}
		u.note(f)
		return nil
	})
}

// pick is a target's clock n, or its newest.
func pick(clocks []Clock, t Target, n int) (Clock, bool) {
	i := -1
	for j, k := range clocks {
		if k.Target == t && (k.N == n || n == 0) && (i < 0 || k.N > clocks[i].N) {
			i = j
		}
	}
	if i < 0 {
		return Clock{}, false
	}
	return clocks[i], true
}
