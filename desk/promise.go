package desk

import (
	"context"
	"slices"
	"time"
)

// BreachLevel is the notice level of a breach; warnings have the per cent of their budget.
const BreachLevel = 100

// Announcement is a clock that has reached a level. Clock.NextAt is the moment of what comes after it.
type Announcement struct {
	Clock Clock
	Level int
	Climb Climb
}

func (a Announcement) key() NoticeKey {
	k := a.Clock
	return NoticeKey{Conversation: k.Conversation, Target: k.Target, N: k.N, DueVersion: k.DueVersion, Level: a.Level}
}

// Announce says of clocks that they reached a level, each once per due version over all nodes and restarts, in one
// unit. It reports how many were first told by this call; a clock that does not run any more as the caller saw it, or
// whose conversation is gone, is passed over. Errors: those of [Store.Update].
func (s *Service) Announce(ctx context.Context, list []Announcement, at time.Time) (int, error) {
	at = at.UTC().Truncate(time.Millisecond)
	var about About
	for _, a := range list {
		about.Conversations = append(about.Conversations, a.Clock.Conversation)
		about.Notices = append(about.Notices, a.key())
	}
	told := 0
	err := s.update(ctx, about, func(tx Tx) error {
		told = 0
		for _, a := range list {
			first, err := s.announce(tx, a, at)
			if err != nil {
				return err
			}
			if first {
				told++
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return told, nil
}

func (s *Service) announce(tx Tx, a Announcement, at time.Time) (bool, error) {
	u, err := s.load(tx, System(), a.Clock.Conversation, at)
	if CodeOf(err) == NotFound {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	u.clocks = slices.Clone(u.clocks)
	k := u.clock(a.Clock.Target, a.Clock.N)
	if k == nil || !k.Owed() || k.DueVersion != a.Clock.DueVersion || a.Level == BreachLevel && !k.BreachedAt.IsZero() {
		return false, nil
	}
	k.NextAt = a.Clock.NextAt // the ticker knows what comes after this level
	if first, err := tx.Notice(*k, a.Level, at, a.Climb.Rung); err != nil || !first {
		return false, err
	}
	if a.Level < BreachLevel {
		facts := append([]Fact{ClockWarned{Clock: *k, Level: a.Level}}, u.escalations(*k, a.Level, a.Climb)...)
		return true, u.append(AboutConversation, string(u.conv.ID), facts...)
	}
	k.BreachedAt, k.NextAt = k.DueAt, time.Time{} // broken then, told now
	u.told = a.key()
	u.after = u.escalations(*k, a.Level, a.Climb)
	return true, u.finish()
}

func (u *unit) clock(t Target, n int) *Clock {
	i := slices.IndexFunc(u.clocks, func(c Clock) bool { return c.Target == t && c.N == n })
	if i < 0 {
		return nil
	}
	return &u.clocks[i]
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
