package store

import (
	"maps"
	"slices"
	"strings"

	"yingda/desk"
)

// Erasing removes rows at the very end of a commit, after everything that units before it in the same batch wrote. The
// log keeps its numbers: facts with words in them stay as "redacted". Rows of seen stay too, without ids: they keep what
// still lies at its source from coming back (UP-E4).

// EraseConversation removes a conversation with all that hangs on it; see [desk.TxRecords].
func (u *unit) EraseConversation(t desk.Tombstone) error {
	rec, err := u.conv(t.ID)
	if err != nil {
		return err
	}
	if rec == nil {
		return desk.ErrNotFound
	}
	threads, err := u.threadsOfConv(t.ID)
	if err != nil {
		return err
	}
	put(&u.own.convs, t.ID, nil)
	u.gone.add(t.ID)
	id := []any{string(t.ID)}
	const said = ` IN (SELECT id FROM messages WHERE conversation = $1)`
	if u.b.db.Engine() == "sqlite" {
		u.last(`DELETE FROM search WHERE rowid IN (SELECT doc FROM search_docs WHERE conversation = $1 AND message = '')`, id...)
		u.last(`DELETE FROM search WHERE rowid IN (SELECT doc FROM search_docs WHERE message <> '' AND message`+said+`)`, id...)
	}
	u.last(`DELETE FROM search_docs WHERE conversation = $1 AND message = ''`, id...)
	u.last(`DELETE FROM search_docs WHERE message <> '' AND message`+said, id...)
	u.last(`DELETE FROM uploads WHERE blob IN (SELECT blob FROM attachments WHERE message`+said+`)`, id...)
	u.last(`DELETE FROM attachments WHERE message`+said, id...)
	u.last(`DELETE FROM remote_mails WHERE message`+said, id...)
	u.last(`DELETE FROM outbox WHERE message`+said, id...)
	for _, k := range threads {
		u.last(`DELETE FROM threads WHERE inbox = $1 AND message_id = $2`, string(k.Inbox), k.MessageID)
		put(&u.own.threads, k, nil)
	}
	for _, table := range []string{"messages", "assignments", "clocks", "clock_notices", "drafts", "mentions", "marks", "reviews", "scores", "mail_notices", "hook_deliveries"} {
		u.last(`DELETE FROM `+table+` WHERE conversation = $1`, id...)
	}
	u.last(`DELETE FROM conversations WHERE id = $1`, id...)
	// What agents were answered has the words too; the mark stays, so that the same request does nothing twice.
	u.last(`UPDATE requests SET status = 0, answer = '' WHERE made = $1`, string(desk.AboutConversation)+":"+string(t.ID))
	u.last(`UPDATE seen SET conversation = '', message = '' WHERE conversation = $1 AND conversation <> ''`, id...)
	u.redact(desk.AboutConversation, string(t.ID), wordless...)
	u.last(`INSERT INTO tombstones (id, number, inbox, erased_by, reason, erased_at) VALUES ($1, $2, $3, $4, $5, $6)`,
		string(t.ID), t.Number, string(t.Inbox), string(t.By), clean(t.Reason), ms(t.At))
	u.forgetSeen(t.ID)
	return nil
}

// wordless are the facts that hold no word, name, address or number of a customer: ids, moments and the house's own names.
// They stay, so that the figures of past days stay true. Whatever is not listed is redacted.
var wordless = []string{
	"opened", "message_received", "message_queued", "message_sent", "message_withdrawn", "message_delivered", "message_read",
	"status_changed", "priority_changed", "tier_changed", "merged", "absorbed", "continued_in", "targets_reviewed", "queued", "unqueued",
	"reranked", "offered", "offer_accepted", "offer_expired", "offer_withdrawn", "assigned", "released", "resumed",
	"clock_started", "clock_paused", "clock_resumed", "due_changed", "clock_warned", "clock_acknowledged", "customer_reassured", "clock_breached", "clock_met",
	"clock_cancelled", "erased", "redacted",
}

// redact takes the words out of the facts about a subject, but for those kinds that have none.
func (u *unit) redact(kind desk.SubjectKind, id string, keep ...string) {
	u.last(`UPDATE events SET body = '{"was":"' || kind || '"}', kind = 'redacted', version = 1
		WHERE subject_kind = $1 AND subject_id = $2 AND kind NOT IN ('`+strings.Join(keep, "', '")+`')`, string(kind), id)
}

// threadsOfConv are the Message-IDs that lead to a conversation: those in SQL and those of this batch.
func (u *unit) threadsOfConv(id desk.ConversationID) ([]desk.ThreadKey, error) {
	keys := map[desk.ThreadKey]bool{}
	err := u.load(read{`SELECT ` + messageColumns + ` FROM messages WHERE conversation = $1`, []any{string(id)}, func(r rows) error {
		m, err := scanMessage(r)
		if m.RFCMessageID != "" {
			keys[desk.ThreadKey{Inbox: m.Inbox, MessageID: clean(m.RFCMessageID)}] = true
		}
		return err
	}})
	if err != nil {
		return nil, err
	}
	owned := make(map[desk.ThreadKey]bool, len(keys))
	for s := u.own; s != nil; s = s.parent {
		for k, t := range s.threads {
			if t != nil && t.Conversation == id {
				owned[k] = true
			}
		}
	}
	var missing []desk.ThreadKey // a Message-ID may belong to the message of another conversation that had it first
	for k := range keys {
		if !owned[k] {
			missing = append(missing, k)
		}
	}
	hits, err := u.Thread(missing)
	for _, h := range hits {
		if h.Conversation == id {
			owned[h.Key] = true
		}
	}
	return slices.Collect(maps.Keys(owned)), err
}

// forgetSeen makes tombstones of what this batch knows about keys of an erased conversation.
func (u *unit) forgetSeen(id desk.ConversationID) {
	for s := u.own; s != nil; s = s.parent {
		for k, v := range s.seen {
			if v != nil && v.Conversation == id {
				stone := *v
				stone.Conversation, stone.Message = "", ""
				put(&u.own.seen, k, &stone)
			}
		}
		for k, m := range s.messages {
			if m != nil && m.Conversation == id {
				put(&u.own.messages, k, nil)
			}
		}
	}
}

// EraseContact removes a contact and their identities; see [desk.TxPeople].
func (u *unit) EraseContact(id desk.ContactID) error {
	rec, err := u.contact(id)
	if err != nil {
		return err
	}
	if rec == nil {
		return desk.ErrNotFound
	}
	for _, i := range rec.c.Identities {
		put(&u.own.identities, i, "")
		if i.Kind == desk.ByEmail {
			u.last(`DELETE FROM suppressions WHERE address = $1`, i.Value)
			u.last(`DELETE FROM greetings WHERE address = $1`, i.Value)
			put(&u.own.suppressed, i.Value, nil)
		}
	}
	u.last(`UPDATE requests SET status = 0, answer = '' WHERE made = $1`, string(desk.AboutContact)+":"+string(id))
	put(&u.own.contacts, id, nil)
	if u.b.db.Engine() == "sqlite" {
		u.last(`DELETE FROM search WHERE rowid IN (SELECT doc FROM search_docs WHERE contact = $1 AND contact <> '')`, string(id))
	}
	u.last(`DELETE FROM search_docs WHERE contact = $1 AND contact <> ''`, string(id))
	u.last(`DELETE FROM identities WHERE contact = $1`, string(id))
	u.last(`DELETE FROM contacts WHERE id = $1`, string(id))
	u.redact(desk.AboutContact, string(id), "contact_erased", "redacted")
	return nil
}

// ConversationsOf lists the contact's conversations, at most limit.
func (u *unit) ConversationsOf(contact desk.ContactID, limit int) ([]desk.ConversationID, error) {
	return u.matching(limit, func(c desk.Conversation) bool { return c.Contact == contact },
		`SELECT id FROM conversations WHERE contact = $1 ORDER BY last_at DESC, id DESC LIMIT $2`, string(contact))
}

// last buffers a statement that runs after all others of the commit.
func (u *unit) last(sql string, args ...any) { u.final = append(u.final, write{sql: sql, args: args}) }
