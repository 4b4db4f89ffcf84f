package store

import (
	"context"
	"database/sql"
	"errors"

	"yingda/desk"
)

// ChatOf returns the newest conversation of the contact known by i in a chat inbox, one that is not resolved before any
// other, or ErrNotFound.
func (db *DB) ChatOf(ctx context.Context, inbox desk.InboxID, i desk.Identity) (desk.Conversation, error) {
	i = i.Clean()
	var id string
	err := db.read.QueryRowContext(ctx, `SELECT c.id FROM identities i JOIN conversations c ON c.contact = i.contact
		WHERE i.kind = $1 AND i.value = $2 AND c.inbox = $3 AND c.medium = 'chat' AND c.merged_into = ''
		ORDER BY CASE WHEN c.status = 'resolved' THEN 1 ELSE 0 END, c.last_at DESC, c.id DESC LIMIT 1`,
		string(i.Kind), i.Value, string(inbox)).Scan(&id)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return desk.Conversation{}, desk.ErrNotFound
	case err != nil:
		return desk.Conversation{}, down(err)
	}
	c, _, err := db.Conversation(ctx, desk.ConversationID(id))
	return c, err
}
