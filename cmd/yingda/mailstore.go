package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"yingda/channels/email"
	"yingda/desk"
	"yingda/store"
)

// mailRetry is the pause before a mailbox whose lease or start failed is tried again.
const mailRetry = 5 * time.Second

// mailCursors keeps reading positions in the record.
type mailCursors struct{ db *store.DB }

func (c mailCursors) Cursor(ctx context.Context, inbox desk.InboxID, mailbox string) (email.Cursor, error) {
	at, err := c.db.Cursor(ctx, inbox, mailbox)
	return email.Cursor{Validity: at.Validity, UID: at.UID, Connected: at.Connected}, err
}

func (c mailCursors) SaveCursor(ctx context.Context, inbox desk.InboxID, mailbox string, at email.Cursor) error {
	return c.db.SaveCursor(ctx, inbox, mailbox, store.MailCursor{Validity: at.Validity, UID: at.UID, Connected: at.Connected})
}

func (c mailCursors) Attempt(ctx context.Context, inbox desk.InboxID, mailbox string, validity, uid uint32) (int, error) {
	return c.db.Reading(ctx, inbox, mailbox, validity, uid)
}

// quarantine keeps what could not be read where administrators see it, and reads it once more when they ask.
type quarantine struct{ n *node }

// Quarantine keeps one mail; the first time leaves a fact, which is the one alert (UP-E1).
func (q quarantine) Quarantine(ctx context.Context, u email.Unreadable) error {
	item := desk.Quarantine{
		ID: newID(), Inbox: u.Inbox, Source: u.Mailbox + ":" + strconv.FormatUint(uint64(u.Validity), 10) + ":" + strconv.FormatUint(uint64(u.UID), 10),
		Cause: u.Cause, Raw: u.Raw, Size: u.Size, At: u.At,
	}
	fresh, err := q.n.db.SaveQuarantine(ctx, item)
	if err != nil || !fresh {
		return err
	}
	return q.n.desk.Log(ctx, desk.Subject{Kind: desk.AboutInbox, ID: string(u.Inbox)}, desk.System(), desk.Quarantined{Item: item.ID, Cause: u.Cause})
}

// Retry reads an item's raw bytes again. Errors: NotFound; what still stops it, as Invalid "still_unreadable".
func (q quarantine) Retry(ctx context.Context, id string) error {
	item, err := q.n.db.QuarantinedOne(ctx, id)
	if err != nil {
		return err
	}
	inbox, ok := q.n.db.Directory().Inbox(item.Inbox)
	if !ok {
		return desk.Refuse(desk.NotFound, "inbox_unknown")
	}
	if item.Raw == "" {
		return desk.Refuse(desk.Conflict, "raw_missing")
	}
	body, _, err := q.n.db.OpenBlob(ctx, item.Raw)
	if err != nil {
		return err
	}
	defer body.Close()
	raw, err := io.ReadAll(io.LimitReader(body, maxBlob))
	if err != nil {
		return fmt.Errorf("read the raw mail: %w", err)
	}
	taker, err := q.n.mail.taker(inbox)
	if err != nil {
		return err
	}
	if _, err := taker.Retry(ctx, raw, unreadable(item)); err != nil {
		refusal := desk.Refuse(desk.Invalid, "still_unreadable", "cause", err.Error())
		refusal.Err = q.n.db.RetriedQuarantine(ctx, id, err.Error(), q.n.now())
		return refusal
	}
	return q.n.db.DeleteQuarantine(ctx, id)
}

// unreadable is an item as the mail room first saw it.
func unreadable(i desk.Quarantine) email.Unreadable {
	u := email.Unreadable{Inbox: i.Inbox, Raw: i.Raw, Size: i.Size, At: i.At, Cause: i.Cause, Mailbox: i.Source}
	parts := strings.Split(i.Source, ":")
	if len(parts) < 3 {
		return u
	}
	number := func(s string) uint32 {
		n, err := strconv.ParseUint(s, 10, 32)
		if err != nil {
			return 0
		}
		return uint32(n)
	}
	u.Mailbox = strings.Join(parts[:len(parts)-2], ":")
	u.Validity, u.UID = number(parts[len(parts)-2]), number(parts[len(parts)-1])
	return u
}

// remoteMails knows where mails lie that were too large to be kept, and opens them there.
type remoteMails struct{ db *store.DB }

// KeepPlace notes where the whole of a message lies.
func (r remoteMails) KeepPlace(ctx context.Context, m desk.MessageID, u email.Unreadable) error {
	return r.db.SaveRemoteMail(ctx, m, store.RemoteMail{Inbox: u.Inbox, Mailbox: u.Mailbox, Validity: u.Validity, UID: u.UID})
}

// wholeMails opens whole mails for the console.
type wholeMails struct {
	db     *store.DB
	wholes *email.Wholes
}

// Whole opens the whole of a message on its mail server.
func (r wholeMails) Whole(ctx context.Context, m desk.MessageID) (io.ReadCloser, int64, error) {
	at, err := r.db.RemoteMail(ctx, m)
	if desk.CodeOf(err) == desk.NotFound {
		return nil, 0, email.ErrMailGone
	}
	if err != nil {
		return nil, 0, err
	}
	inbox, ok := r.db.Directory().Inbox(at.Inbox)
	if !ok {
		return nil, 0, email.ErrMailGone
	}
	settings, err := email.ParseSettings(inbox.Channel)
	if err != nil {
		return nil, 0, err
	}
	return r.wholes.Open(ctx, settings, email.Network{}, inboxSecrets{r.db, inbox.ID}, email.Unreadable{Inbox: inbox.ID, Mailbox: at.Mailbox, Validity: at.Validity, UID: at.UID})
}
