package store

import (
	"context"
	"time"

	"yingda/desk"
)

func reviewsOf(s *state) map[desk.MessageID]*desk.Review { return s.reviews }

func scanReview(r rows) (desk.Review, error) {
	var v desk.Review
	var doc string
	if err := r.Scan(&doc); err != nil {
		return v, err
	}
	err := decode(doc, &v)
	return v, err
}

// Review returns the one of a message, or ErrNotFound.
func (u *unit) Review(id desk.MessageID) (desk.Review, error) {
	v, ok := find(u.own, id, reviewsOf)
	if !ok {
		err := u.load(read{`SELECT doc FROM reviews WHERE message = $1`, []any{string(id)}, func(r rows) error {
			got, err := scanReview(r)
			v = &got
			return err
		}})
		if err != nil {
			return desk.Review{}, err
		}
		put(&u.b.state.reviews, id, v)
	}
	if v == nil {
		return desk.Review{}, desk.ErrNotFound
	}
	return *v, nil
}

// SaveReview writes one.
func (u *unit) SaveReview(v desk.Review) error {
	v.AskedAt, v.DueAt, v.EscalatedAt, v.DecidedAt = exact(v.AskedAt), exact(v.DueAt), exact(v.EscalatedAt), exact(v.DecidedAt)
	v.Reason = clean(v.Reason)
	doc, err := encode(&v)
	if err != nil {
		return err
	}
	due := msNever(v.DueAt)
	if !v.EscalatedAt.IsZero() {
		due = never
	}
	u.do(`INSERT INTO reviews (message, conversation, state, asked_at, due_at, doc) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (message) DO UPDATE SET state = $3, due_at = $5, doc = $6`,
		string(v.Message), string(v.Conversation), string(v.State), ms(v.AskedAt), due, doc)
	put(&u.own.reviews, v.Message, &v)
	return nil
}

// Review returns the one of a message, or ErrNotFound.
func (db *DB) Review(ctx context.Context, id desk.MessageID) (desk.Review, error) {
	list, err := db.reviews(ctx, `WHERE message = $1`, string(id))
	if err != nil {
		return desk.Review{}, err
	}
	if len(list) == 0 {
		return desk.Review{}, desk.ErrNotFound
	}
	return list[0], nil
}

// ReviewsWaiting lists mails that wait for a second pair of eyes, oldest first, after the place of the last one seen.
func (db *DB) ReviewsWaiting(ctx context.Context, after desk.Keyset, limit int) ([]desk.Review, error) {
	return db.reviews(ctx, `WHERE state = 'waiting' AND (asked_at > $1 OR asked_at = $1 AND message > $2) ORDER BY asked_at, message LIMIT $3`,
		ms(after.At), after.ID, pageSize(limit))
}

// ReviewsLate lists waiting mails that nobody looked at in time, at most n.
func (db *DB) ReviewsLate(ctx context.Context, now time.Time, n int) ([]desk.Review, error) {
	return db.reviews(ctx, `WHERE state = 'waiting' AND due_at <= $1 ORDER BY due_at LIMIT $2`, ms(now), n)
}

// ReviewsOf lists the reviews of a conversation's mails, oldest first.
func (db *DB) ReviewsOf(ctx context.Context, id desk.ConversationID) ([]desk.Review, error) {
	return db.reviews(ctx, `WHERE conversation = $1 ORDER BY asked_at, message LIMIT 200`, string(id))
}

func (db *DB) reviews(ctx context.Context, where string, args ...any) ([]desk.Review, error) {
	var out []desk.Review
	err := queryAll(ctx, db.read, func(r rows) error {
		v, err := scanReview(r)
		out = append(out, v)
		return err
	}, `SELECT doc FROM reviews `+where, args...)
	return out, down(err)
}

// maxSides bounds the messages of a conversation's side threads that are listed.
const maxSides = 500

// SideMessages lists what was said aside in a conversation, oldest first.
func (db *DB) SideMessages(ctx context.Context, id desk.ConversationID) ([]desk.Message, error) {
	return db.messages(ctx, `WHERE conversation = $1 AND side <> '' ORDER BY number LIMIT $2`, string(id), maxSides)
}
