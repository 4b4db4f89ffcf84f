package store

import (
	"context"
	"time"

	"yingda/desk"
)

// thread makes the message known by its Message-ID; the first message under an id keeps it.
func (u *unit) thread(m desk.Message) {
	if m.RFCMessageID == "" {
		return
	}
	key := desk.ThreadKey{Inbox: m.Inbox, MessageID: clean(m.RFCMessageID)}
	if have, ok := find(u.own, key, threadsOf); ok && have != nil {
		return
	}
	u.do(`INSERT INTO threads (inbox, message_id, conversation, message) VALUES ($1, $2, $3, $4)
		ON CONFLICT (inbox, message_id) DO NOTHING`,
		string(m.Inbox), key.MessageID, string(m.Conversation), string(m.ID))
	put(&u.own.threads, key, &desk.ThreadOf{Key: key, Conversation: m.Conversation, Message: m.ID})
}

// Await makes keys that lead nowhere lead to a message.
func (u *unit) Await(keys []desk.ThreadKey, c desk.ConversationID, m desk.MessageID) error {
	had, err := u.Thread(keys)
	if err != nil {
		return err
	}
	taken := make(map[desk.ThreadKey]bool, len(had))
	for _, t := range had {
		taken[t.Key] = true
	}
	for _, k := range keys {
		if taken[k] {
			continue
		}
		taken[k] = true
		u.do(`INSERT INTO threads (inbox, message_id, conversation, message, awaited_at) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (inbox, message_id) DO NOTHING`, string(k.Inbox), k.MessageID, string(c), string(m), ms(u.b.db.now()))
		put(&u.own.threads, k, &desk.ThreadOf{Key: k, Conversation: c, Message: m})
	}
	return nil
}

// awaitedKept is how long a place is kept: mails overtake each other by minutes, answers come within weeks.
const awaitedKept = 90 * 24 * time.Hour

// ForgetAwaited gives up the places kept before t for mails that never came, and says how many.
func (db *DB) ForgetAwaited(ctx context.Context, t time.Time) (int64, error) {
	res, err := db.eng.exec(ctx, `DELETE FROM threads WHERE awaited_at > 0 AND awaited_at < $1`, ms(t))
	if err != nil {
		return 0, down(err)
	}
	n, err := res.RowsAffected()
	return n, down(err)
}

func threadsOf(s *state) map[desk.ThreadKey]*desk.ThreadOf { return s.threads }

func (s *state) loadThreads(keys []desk.ThreadKey) []read {
	if len(keys) == 0 {
		return nil
	}
	for _, k := range keys {
		put(&s.threads, k, nil)
	}
	args := pairs(keys, func(k desk.ThreadKey) (string, string) { return string(k.Inbox), clean(k.MessageID) })
	return []read{{`SELECT inbox, message_id, conversation, message FROM threads WHERE ` +
		tuples("inbox", "message_id", len(args)/2), args, func(r rows) error {
		var t desk.ThreadOf
		err := r.Scan((*string)(&t.Key.Inbox), &t.Key.MessageID, (*string)(&t.Conversation), (*string)(&t.Message))
		put(&s.threads, t.Key, &t)
		return err
	}}}
}

// Thread finds where Message-IDs stand in an inbox, in the order of keys; unknown ones are left out.
func (u *unit) Thread(keys []desk.ThreadKey) ([]desk.ThreadOf, error) {
	var missing []desk.ThreadKey
	for _, k := range keys {
		if _, ok := find(u.own, k, threadsOf); !ok {
			missing = append(missing, k)
		}
	}
	if len(missing) > 0 {
		if err := u.load(u.b.state.loadThreads(missing)...); err != nil {
			return nil, err
		}
	}
	var out []desk.ThreadOf
	for _, k := range keys {
		if t, _ := find(u.own, k, threadsOf); t != nil {
			out = append(out, *t)
		}
	}
	return out, nil
}
