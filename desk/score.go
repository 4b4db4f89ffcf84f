package desk

import (
	"context"
	"slices"
	"time"
)

// Score is what a supervisor thought of a conversation as an agent led it: points from 1 to 5 for each question of the
// sheet, and words.
type Score struct {
	Conversation ConversationID
	Agent        AgentID
	Reviewer     AgentID
	At           time.Time
	Points       []Points
	Words        string
}

// Points are one question's.
type Points struct {
	Question string
	Points   int
}

// TxDays is what agents' days are made of, besides facts.
type TxDays interface {
	// Led reports whether an agent ever had a conversation or answered in it.
	Led(ConversationID, AgentID) (bool, error)
	// SaveScore writes one; the same reviewer's of the same conversation and agent is replaced.
	SaveScore(Score) error
	// LookedSince reports whether somebody's look at an agent's work stands in that agent's day since a moment.
	LookedSince(a AgentID, by AgentID, what string, since time.Time) (bool, error)
}

// LookFor is how long a look lasts: within it, the same person looking at the same thing again is not told again.
const LookFor = 15 * time.Minute

// Look writes into an agent's day that somebody else looks at their work, and at what. Looking on, also after a restart
// or by way of another node, is one look. Errors: those of [Store.Update].
func (s *Service) Look(ctx context.Context, actor Actor, a AgentID, what string) error {
	now := s.instant()
	return s.update(ctx, About{}, func(tx Tx) error {
		before, err := tx.LookedSince(a, actor.Agent(), what, now.Add(-LookFor))
		if err != nil || before {
			return err
		}
		return tx.Append(Event{Subject: Subject{AboutAgent, string(a)}, Actor: actor, At: now, Fact: Looked{What: what}})
	})
}

// Score keeps what a supervisor thought of a conversation, and says so in the agent's day. Errors: Forbidden
// "supervisors_only", "not_yours" (nobody scores themselves); Invalid "field_wrong" (points); NotFound when there is no
// such conversation, or the agent never had it.
func (s *Service) Score(ctx context.Context, actor Actor, x Score) error {
	x.Reviewer, x.At = actor.Agent(), s.instant()
	switch {
	case !actor.Supervises():
		return Refuse(Forbidden, "supervisors_only")
	case x.Agent == x.Reviewer:
		return Refuse(Forbidden, "not_yours")
	case !scoreFits(x.Points):
		return Refuse(Invalid, "field_wrong", "field", "points")
	}
	return s.update(ctx, About{Conversations: []ConversationID{x.Conversation}}, func(tx Tx) error {
		c, _, err := tx.Conversation(x.Conversation)
		if err != nil {
			return err
		}
		led := x.Agent == c.Assignee || x.Agent == c.LastAgent
		if !led {
			if led, err = tx.Led(c.ID, x.Agent); err != nil {
				return err
			}
		}
		if !led {
			return ErrNotFound
		}
		if err := tx.SaveScore(x); err != nil {
			return err
		}
		return tx.Append(Event{
			Subject: Subject{AboutAgent, string(x.Agent)}, Actor: actor, At: x.At, Fact: Looked{What: "score:" + string(c.ID)},
		})
	})
}

// mostQuestions bounds what a score asks.
const mostQuestions = 4

// scoreFits wants each question once, with 1 to 5 points.
func scoreFits(points []Points) bool {
	for i, p := range points {
		twice := slices.ContainsFunc(points[:i], func(x Points) bool { return x.Question == p.Question })
		if twice || p.Points < 1 || p.Points > 5 {
			return false
		}
	}
	return len(points) > 0 && len(points) <= mostQuestions
}
