package store

import (
	"context"
	"time"

	"yingda/desk"
)

// Led reports whether an agent ever had a conversation or answered in it.
func (u *unit) Led(c desk.ConversationID, a desk.AgentID) (bool, error) {
	led := false
	err := u.load(read{
		`SELECT 1 WHERE EXISTS (SELECT 1 FROM assignments WHERE agent = $1 AND conversation = $2)
			OR EXISTS (SELECT 1 FROM events WHERE subject_kind = 'conversation' AND subject_id = $2 AND agent = $1
			AND kind IN ('message_queued', 'message_sent', 'call_answered'))`,
		[]any{string(a), string(c)},
		func(r rows) error {
			led = true
			var one int
			return r.Scan(&one)
		},
	})
	return led, err
}

// LookedSince reports whether somebody's look at an agent's work stands in that agent's day since a moment.
func (u *unit) LookedSince(a, by desk.AgentID, what string, since time.Time) (bool, error) {
	body, err := encodeFact(desk.Looked{What: what})
	if err != nil {
		return false, err
	}
	looked := false
	err = u.load(read{
		`SELECT 1 FROM events WHERE agent = $1 AND agent <> '' AND at > $2 AND kind = 'looked' AND actor_id = $3 AND body = $4 LIMIT 1`,
		[]any{string(a), ms(since), string(by), body},
		func(r rows) error {
			looked = true
			var one int
			return r.Scan(&one)
		},
	})
	return looked, err
}

// SaveScore writes one; the same reviewer's of the same conversation and agent is replaced.
func (u *unit) SaveScore(s desk.Score) error {
	s.At, s.Words = exact(s.At), clean(s.Words)
	doc, err := encode(&s)
	if err != nil {
		return err
	}
	u.do(`INSERT INTO scores (conversation, agent, reviewer, at, doc) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (conversation, agent, reviewer) DO UPDATE SET at = $4, doc = $5`,
		string(s.Conversation), string(s.Agent), string(s.Reviewer), ms(s.At), doc)
	return nil
}

// Scores lists what was given for an agent's conversations in a period, newest first, at most 500.
func (db *DB) Scores(ctx context.Context, a desk.AgentID, from, to time.Time) ([]desk.Score, error) {
	var out []desk.Score
	err := queryAll(ctx, db.read, func(r rows) error {
		var s desk.Score
		var doc string
		if err := r.Scan(&doc); err != nil {
			return err
		}
		err := decode(doc, &s)
		out = append(out, s)
		return err
	}, `SELECT doc FROM scores WHERE agent = $1 AND at >= $2 AND at < $3 ORDER BY at DESC, conversation LIMIT 500`, string(a), ms(from), ms(to))
	return out, down(err)
}
