package store

import (
	"context"
	"strings"
	"time"

	"yingda/desk"
)

// A message is stored as one document, plus the few columns that queries need or that change after it was written.

const messageColumns = `doc, delivery, failure, not_before, call`

func scanMessage(r rows) (desk.Message, error) {
	var m desk.Message
	var doc, delivery, failure, call string
	var notBefore int64
	if err := r.Scan(&doc, &delivery, &failure, &notBefore, &call); err != nil {
		return m, err
	}
	if err := decode(doc, &m); err != nil {
		return m, err
	}
	m.Delivery, m.Failure, m.NotBefore = desk.Delivery(delivery), failure, at(notBefore)
	if call != "" {
		m.Call = new(desk.Call)
		if err := decode(call, m.Call); err != nil {
			return m, err
		}
	}
	return m, nil
}

func encodeCall(c *desk.Call) (string, error) {
	if c == nil {
		return "", nil
	}
	return encode(c)
}

// clean takes out the one character PostgreSQL cannot store and bytes that are no UTF-8.
func clean(s string) string {
	if strings.IndexByte(s, 0) >= 0 {
		s = strings.ReplaceAll(s, "\x00", "")
	}
	return strings.ToValidUTF8(s, "�")
}

// AddMessage appends to the thread; see [desk.TxRecords].
func (u *unit) AddMessage(m desk.Message) error {
	m.At, m.CreatedAt, m.NotBefore = exact(m.At), exact(m.CreatedAt), exact(m.NotBefore)
	m.Failure = clean(m.Failure)
	call, err := encodeCall(m.Call)
	if err != nil {
		return err
	}
	stored := m
	stored.Call, stored.Failure = nil, ""
	stored.Body.Text, stored.Body.QuotedText = clean(m.Body.Text), clean(m.Body.QuotedText)
	doc, err := encode(&stored)
	if err != nil {
		return err
	}
	u.do(`INSERT INTO messages (id, conversation, number, inbox, direction, at, delivery, failure, not_before, call, raw, doc, side)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		string(m.ID), string(m.Conversation), m.Number, string(m.Inbox), string(m.Direction), ms(m.At),
		string(m.Delivery), m.Failure, ms(m.NotBefore), call, m.Raw, strings.ReplaceAll(doc, `\u0000`, ""), string(m.Side))
	for i, a := range m.Attachments {
		u.do(`INSERT INTO attachments (message, n, blob, name, content_type, size) VALUES ($1, $2, $3, $4, $5, $6)`,
			string(m.ID), i, a.Blob, clean(a.Name), clean(a.ContentType), a.Size)
	}
	for _, a := range m.Mentions {
		u.do(`INSERT INTO mentions (agent, conversation, message, at) VALUES ($1, $2, $3, $4)
			ON CONFLICT (agent, conversation) DO UPDATE SET message = $3, at = $4`,
			string(a), string(m.Conversation), string(m.ID), ms(m.At))
		u.do(`UPDATE conversations SET mentioned = mentioned || $2 WHERE id = $1 AND replace(mentioned, $2, '') = mentioned`,
			string(m.Conversation), "\n"+string(a)+"\n")
	}
	u.thread(m)
	u.outbox(m)
	u.stmts = append(u.stmts, u.b.indexMessage(m)...)
	put(&u.own.messages, m.ID, &m)
	return nil
}

// outbox puts a queued mail before the senders, or takes it away when its fate is known.
func (u *unit) outbox(m desk.Message) {
	if m.Medium != desk.Email || m.Direction != desk.Out {
		return
	}
	switch m.Delivery {
	case desk.DeliveryQueued:
		rank, known := desk.RankFirst, desk.RankAnswer
		if m.Auto != desk.ByHuman {
			rank, known = desk.RankAuto, desk.RankAuto
		}
		// Answers to people who wrote go before mails to people who did not: providers count the latter (UP-N7). Who is
		// put back is looked at anew: a stranger may have written meanwhile.
		u.do(`INSERT INTO outbox (message, inbox, not_before, attempts, first_tried, lease_until, node, started_at, rank)
			VALUES ($1, $2, $3, 0, 0, 0, '', 0, CASE WHEN EXISTS (
				SELECT 1 FROM messages WHERE conversation IN ($5, `+sideBegan+`$6)) AND side = $6 AND direction = 'in') THEN CAST($7 AS INTEGER) ELSE CAST($4 AS INTEGER) END)
			ON CONFLICT (message) DO UPDATE SET not_before = $3, lease_until = 0, node = '', started_at = 0, rank = excluded.rank`,
			string(m.ID), string(m.Inbox), ms(m.NotBefore), int64(rank), string(m.Conversation), string(m.Side), int64(known))
	case desk.DeliverySending:
	default:
		u.do(`DELETE FROM outbox WHERE message = $1`, string(m.ID))
	}
}

// Message returns one, or ErrNotFound.
func (u *unit) Message(id desk.MessageID) (desk.Message, error) {
	m, ok := find(u.own, id, func(s *state) map[desk.MessageID]*desk.Message { return s.messages })
	if !ok {
		err := u.load(read{`SELECT ` + messageColumns + ` FROM messages WHERE id = $1`, []any{string(id)}, func(r rows) error {
			got, err := scanMessage(r)
			m = &got
			return err
		}})
		if err != nil {
			return desk.Message{}, err
		}
		put(&u.b.state.messages, id, m)
	}
	if m == nil {
		return desk.Message{}, desk.ErrNotFound
	}
	out := *m
	if m.Call != nil {
		call := *m.Call
		out.Call = &call
	}
	return out, nil
}

// SentAround finds messages of ours by when they were written; see [desk.TxRecords]. Those of this very commit have not
// gone anywhere yet and are not among them.
func (u *unit) SentAround(c desk.ConversationID, from, to time.Time) ([]desk.Message, error) {
	var out []desk.Message
	err := u.load(read{
		`SELECT ` + messageColumns + ` FROM messages WHERE conversation = $1 AND direction = 'out' AND at >= $2 AND at <= $3 ORDER BY number LIMIT 20`,
		[]any{string(c), ms(from), ms(to)},
		func(r rows) error {
			m, err := scanMessage(r)
			out = append(out, m)
			return err
		},
	})
	return out, err
}

// Opening returns the first message of a conversation, or ErrNotFound.
func (u *unit) Opening(id desk.ConversationID) (desk.Message, error) {
	for st := u.own; st != nil; st = st.parent {
		for _, m := range st.messages {
			if m != nil && m.Conversation == id && m.Number == 1 {
				return *m, nil
			}
		}
	}
	var found *desk.Message
	err := u.load(read{
		`SELECT ` + messageColumns + ` FROM messages WHERE conversation = $1 AND number = 1`, []any{string(id)}, func(r rows) error {
			m, err := scanMessage(r)
			found = &m
			return err
		},
	})
	if err != nil {
		return desk.Message{}, err
	}
	if found == nil {
		return desk.Message{}, desk.ErrNotFound
	}
	return *found, nil
}

// loadMessages reads messages and the conversations they stand in.
func (s *state) loadMessages(ids []desk.MessageID) []read {
	if len(ids) == 0 {
		return nil
	}
	for _, id := range ids {
		put(&s.messages, id, nil)
	}
	args := padded(ids)
	return []read{
		{`SELECT ` + messageColumns + ` FROM messages WHERE id IN (` + holes(1, len(args)) + `)`, args, func(r rows) error {
			m, err := scanMessage(r)
			put(&s.messages, m.ID, &m)
			return err
		}},
		s.readConvs(`SELECT conversation FROM messages WHERE id IN (`+holes(1, len(args))+`)`, args),
	}
}

// SaveMessage writes delivery, failure, not-before and call of a message that exists.
func (u *unit) SaveMessage(m desk.Message) error {
	old, err := u.Message(m.ID)
	if err != nil {
		return err
	}
	old.Delivery, old.Failure, old.NotBefore, old.Call = m.Delivery, clean(m.Failure), exact(m.NotBefore), m.Call
	call, err := encodeCall(m.Call)
	if err != nil {
		return err
	}
	u.do(`UPDATE messages SET delivery = $2, failure = $3, not_before = $4, call = $5 WHERE id = $1`,
		string(m.ID), string(m.Delivery), old.Failure, ms(old.NotBefore), call)
	u.outbox(old)
	put(&u.own.messages, m.ID, &old)
	return nil
}

func seenOf(s *state) map[desk.SeenKey]*desk.Seen { return s.seen }

func (s *state) loadSeen(keys []desk.SeenKey) []read {
	if len(keys) == 0 {
		return nil
	}
	for _, k := range keys {
		put(&s.seen, k, nil)
	}
	args := pairs(keys, func(k desk.SeenKey) (string, string) { return k.Scope, clean(k.External) })
	return []read{{`SELECT scope, external, hash, conversation, message, number FROM seen WHERE ` +
		tuples("scope", "external", len(args)/2), args, func(r rows) error {
		var v desk.Seen
		err := r.Scan(&v.Key.Scope, &v.Key.External, &v.Hash, (*string)(&v.Conversation), (*string)(&v.Message), &v.Number)
		put(&s.seen, v.Key, &v)
		return err
	}}}
}

// Seen says whether the key came before.
func (u *unit) Seen(k desk.SeenKey) (desk.Seen, bool, error) {
	k.External = clean(k.External)
	v, ok := find(u.own, k, seenOf)
	if !ok {
		if err := u.load(u.b.state.loadSeen([]desk.SeenKey{k})...); err != nil {
			return desk.Seen{}, false, err
		}
		v = u.b.state.seen[k]
	}
	if v == nil {
		return desk.Seen{}, false, nil
	}
	return *v, true, nil
}

// MarkSeen records the key. A key that this unit could have found is refused with Conflict "seen_twice"; one that
// another node was first with makes the unit run again.
func (u *unit) MarkSeen(v desk.Seen) error {
	v.Key.External = clean(v.Key.External)
	if have, ok := find(u.own, v.Key, seenOf); ok && have != nil {
		return desk.Refuse(desk.Conflict, "seen_twice")
	}
	var born int64
	if strings.HasPrefix(v.Key.Scope, agentScope) {
		born = ms(u.b.db.now())
	}
	u.do(`INSERT INTO seen (scope, external, hash, conversation, message, number, at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		v.Key.Scope, v.Key.External, v.Hash, string(v.Conversation), string(v.Message), v.Number, born)
	put(&u.own.seen, v.Key, &v)
	return nil
}

// agentScope begins the scope of agents' idempotency keys; see [desk.SeenKey].
const agentScope = "agent:"

// ForgetKeys removes agents' idempotency keys recorded before t and says how many. What came from customers is never
// forgotten: its source may deliver it again after years (UP-E4).
func (db *DB) ForgetKeys(ctx context.Context, t time.Time) (int64, error) {
	res, err := db.eng.exec(ctx, `DELETE FROM seen WHERE at > 0 AND at < $1`, ms(t))
	if err != nil {
		return 0, down(err)
	}
	n, err := res.RowsAffected()
	return n, down(err)
}

// Message returns one, or ErrNotFound.
func (db *DB) Message(ctx context.Context, id desk.MessageID) (desk.Message, error) {
	ms, err := db.messages(ctx, `WHERE id = $1`, string(id))
	if err != nil {
		return desk.Message{}, err
	}
	if len(ms) == 0 {
		return desk.Message{}, desk.ErrNotFound
	}
	return ms[0], nil
}

func (db *DB) messages(ctx context.Context, where string, args ...any) ([]desk.Message, error) {
	var out []desk.Message
	err := queryAll(ctx, db.read, func(r rows) error {
		m, err := scanMessage(r)
		out = append(out, m)
		return err
	}, `SELECT `+messageColumns+` FROM messages `+where, args...)
	if err != nil {
		return nil, down(err)
	}
	return out, nil
}
