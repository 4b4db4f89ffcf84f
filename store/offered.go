package store

import (
	"context"

	"yingda/desk"
)

// offeredPage is how many conversations are asked about in one query.
const offeredPage = 256

// Offered names, of the given conversations, every offer the record tells of, open or ended: what the router asks when
// it finds offers in Redis that it did not make itself.
func (db *DB) Offered(ctx context.Context, ids []desk.ConversationID) (map[desk.OfferID]bool, error) {
	out := map[desk.OfferID]bool{}
	for len(ids) > 0 {
		n := min(offeredPage, len(ids))
		q := &query{args: []any{string(desk.AboutConversation), desk.Offered{}.Kind()}}
		where := `WHERE subject_kind = $1 AND kind = $2 AND ` + in(q, "subject_id", ids[:n])
		found, err := db.events(ctx, where, q.args...)
		if err != nil {
			return nil, err
		}
		for _, e := range found {
			if f, ok := e.Fact.(desk.Offered); ok {
				out[f.Offer] = true
			}
		}
		ids = ids[n:]
	}
	return out, nil
}

// ConversationNumbered finds a conversation by the number people say aloud, for commands that a person types. Errors:
// ErrNotFound.
func (db *DB) ConversationNumbered(ctx context.Context, n int64) (desk.ConversationID, error) {
	var id desk.ConversationID
	err := queryAll(ctx, db.read, func(r rows) error { return r.Scan((*string)(&id)) },
		`SELECT id FROM conversations WHERE number = $1`, n)
	if err != nil {
		return "", down(err)
	}
	if id == "" {
		return "", desk.ErrNotFound
	}
	return id, nil
}
