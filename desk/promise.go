package desk

import (
	"context"
	"slices"
	"time"
)

// BreachLevel is the notice level of a breach; warnings have the per cent of their budget.
const BreachLevel = 100

// Breach announces that a clock ran out, once per due version over all nodes and restarts. It reports whether this
// call was the first and the clock still runs as the caller saw it. Errors: NotFound; those of [Store.Update].
func (s *Service) Breach(ctx context.Context, k Clock, at time.Time) (bool, error) {
	return s.notice(ctx, k, BreachLevel, at)
}

// Warn announces that level per cent of a clock's time are gone, once. Errors as [Service.Breach].
func (s *Service) Warn(ctx context.Context, k Clock, level int, at time.Time) (bool, error) {
	return s.notice(ctx, k, level, at)
}

func (s *Service) notice(ctx context.Context, k Clock, level int, at time.Time) (bool, error) {
	at = at.UTC().Truncate(time.Millisecond)
	told := false
	err := s.update(ctx, About{Conversations: []ConversationID{k.Conversation}}, func(tx Tx) error {
		told = false
		u, err := s.load(tx, System(), k.Conversation, at)
		if err != nil {
			return err
		}
		u.clocks = slices.Clone(u.clocks)
		i := slices.IndexFunc(u.clocks, func(c Clock) bool { return c.Target == k.Target && c.N == k.N })
		if i < 0 || !u.clocks[i].Running() || u.clocks[i].DueVersion != k.DueVersion {
			return nil
		}
		u.clocks[i].NextAt = k.NextAt // the ticker knows what comes after this level
		if told, err = tx.Notice(u.clocks[i], level, at); err != nil || !told {
			return err
		}
		if level < BreachLevel {
			return u.append(AboutConversation, string(k.Conversation), ClockWarned{Clock: u.clocks[i], Level: level})
		}
		u.clocks[i].BreachedAt, u.clocks[i].NextAt = u.clocks[i].DueAt, time.Time{} // broken then, told now
		return u.finish()
	})
	return told && err == nil, err
}

// Review looks at a conversation's clocks again after policies or calendars changed. Errors: NotFound.
func (s *Service) Review(ctx context.Context, id ConversationID) error {
	return s.on(ctx, System(), id, func(u *unit) error {
		if u.conv.Status == Resolved {
			return nil
		}
		u.note(TargetsReviewed{})
		return nil
	})
}
