package store

import (
	"context"
	"time"

	"yingda/desk"
)

// dayOf says in whose day a fact stands: the agent it is about, else who did it; "" when it is nobody's. holds tells who
// has a conversation at that moment.
func dayOf(e desk.Event, holds func() (desk.AgentID, error)) (desk.AgentID, error) {
	if e.Subject.Kind == desk.AboutAgent {
		return desk.AgentID(e.Subject.ID), nil
	}
	switch f := e.Fact.(type) {
	case desk.Offered:
		return f.Agent, nil
	case desk.OfferAccepted:
		return f.Agent, nil
	case desk.OfferDeclined:
		return f.Agent, nil
	case desk.OfferExpired:
		return f.Agent, nil
	case desk.OfferWithdrawn:
		return f.Agent, nil
	case desk.Assigned:
		return f.Agent, nil
	case desk.Released:
		return f.Agent, nil
	case desk.ClockMet, desk.ClockBreached:
		return holds()
	case desk.CallAnswered:
		return orActor(f.Call.Agent, e.Actor), nil
	case desk.CallEnded:
		return orActor(f.Call.Agent, e.Actor), nil
	case desk.MessageQueued, desk.MessageSent, desk.NoteAdded, desk.StatusChanged, desk.PriorityChanged, desk.QueueChanged,
		desk.CalledBack, desk.CustomerReached, desk.Merged, desk.SideMessage, desk.ReviewAsked:
		return e.Actor.Agent(), nil
	}
	return "", nil
}

func orActor(a desk.AgentID, by desk.Actor) desk.AgentID {
	if a != "" {
		return a
	}
	return by.Agent()
}

// day is dayOf with the unit's own view of who holds the conversation.
func (u *unit) day(e desk.Event) (desk.AgentID, error) {
	return dayOf(e, func() (desk.AgentID, error) {
		rec, err := u.conv(desk.ConversationID(e.Subject.ID))
		if err != nil || rec == nil {
			return "", err
		}
		return orActor(rec.c.Assignee, e.Actor), nil
	})
}

// AgentEvents is one page of an agent's day: the facts of a period that are about them or that they did, newest first,
// before the place of the last one seen (its moment and number).
func (db *DB) AgentEvents(ctx context.Context, a desk.AgentID, from, to time.Time, before desk.LogPlace, limit int) ([]desk.Event, error) {
	last, number := ms(to)-1, never
	if !before.At.IsZero() {
		last, number = ms(before.At), before.Seq
	}
	return db.events(ctx, `WHERE agent = $1 AND agent <> '' AND at >= $2 AND at <= $3 AND (at < $3 OR seq < $4)
		ORDER BY at DESC, seq DESC LIMIT $5`, string(a), ms(from), last, number, pageSize(limit))
}

// AnsweredBy names the conversations an agent answered in a period, without repeats, in order of id. Erased ones are
// left out.
func (db *DB) AnsweredBy(ctx context.Context, a desk.AgentID, from, to time.Time) ([]desk.ConversationID, error) {
	var out []desk.ConversationID
	err := queryAll(ctx, db.read, func(r rows) error {
		var id string
		err := r.Scan(&id)
		out = append(out, desk.ConversationID(id))
		return err
	}, `SELECT DISTINCT e.subject_id FROM events e JOIN conversations c ON c.id = e.subject_id
		WHERE e.agent = $1 AND e.agent <> '' AND e.at >= $2 AND e.at < $3 AND e.kind IN ('message_queued', 'message_sent', 'call_answered')
		AND e.subject_kind = 'conversation' ORDER BY e.subject_id`, string(a), ms(from), ms(to))
	return out, down(err)
}

// PresencesAt is how agents stood at a fact, as those say of them that come after another; who is not named did not move
// between the two.
func (db *DB) PresencesAt(ctx context.Context, after, seq int64) (map[desk.AgentID]desk.PresenceState, error) {
	moves, err := db.events(ctx, `WHERE seq IN (SELECT MAX(seq) FROM events WHERE seq > $1 AND seq <= $2 AND kind = 'presence_changed'
		AND (subject_kind IN ('setting', 'inbox') OR kind IN ('looked', 'presence_changed', 'erased', 'contact_erased')) GROUP BY subject_id)`,
		after, seq)
	out := make(map[desk.AgentID]desk.PresenceState, len(moves))
	for _, e := range moves {
		if f, ok := e.Fact.(desk.PresenceChanged); ok {
			out[desk.AgentID(e.Subject.ID)] = f.To.State
		}
	}
	return out, err
}
