package store

import (
	"context"

	"yingda/desk"
)

// RemoteMail is where a mail still lies that was too large to be kept whole.
type RemoteMail struct {
	Inbox         desk.InboxID
	Mailbox       string
	Validity, UID uint32
}

// SaveRemoteMail notes where the rest of a message lies; the newest place counts.
func (db *DB) SaveRemoteMail(ctx context.Context, m desk.MessageID, r RemoteMail) error {
	return db.do(ctx, `INSERT INTO remote_mails (message, inbox, mailbox, validity, uid) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (message) DO UPDATE SET mailbox = $3, validity = $4, uid = $5`,
		string(m), string(r.Inbox), r.Mailbox, int64(r.Validity), int64(r.UID))
}

// RemoteMail returns where the rest of a message lies, or ErrNotFound.
func (db *DB) RemoteMail(ctx context.Context, m desk.MessageID) (RemoteMail, error) {
	var r RemoteMail
	err := db.one(ctx, []any{(*string)(&r.Inbox), &r.Mailbox, &r.Validity, &r.UID},
		`SELECT inbox, mailbox, validity, uid FROM remote_mails WHERE message = $1`, string(m))
	return r, err
}
