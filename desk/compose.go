package desk

import (
	"context"
	"fmt"
)

// NewMail is a conversation an agent begins by writing first.
type NewMail struct {
	Inbox   InboxID
	Contact ContactID // "": found or made by the first recipient
	Reply   Reply     // Conversation is ignored
}

// Begin opens a conversation with a mail of ours. No clock starts: nobody waits for us yet.
// Errors: NotFound "inbox_unknown"; Invalid "not_a_mail_inbox" and those of [Service.Reply].
func (s *Service) Begin(ctx context.Context, n NewMail) (Conversation, Message, error) {
	inbox, ok := s.dir().Inbox(n.Inbox)
	if !ok {
		return Conversation{}, Message{}, Refuse(NotFound, "inbox_unknown")
	}
	if inbox.Medium != Email {
		return Conversation{}, Message{}, Refuse(Invalid, "not_a_mail_inbox")
	}
	if err := n.Reply.check(); err != nil {
		return Conversation{}, Message{}, err
	}
	if len(n.Reply.To) == 0 {
		return Conversation{}, Message{}, Refuse(Invalid, "no_recipient")
	}
	ids, now, r := s.fresh(), s.instant(), n.Reply
	r.Force = true
	who := Inbound{From: Identity{Kind: ByEmail, Value: lower(r.To[0])}.Clean(), FromName: r.To[0].Name}
	key := SeenKey{Scope: "agent:" + r.Actor.ID, External: r.Idempotency}
	var conv Conversation
	var out Message
	err := s.update(ctx, About{Identities: []Identity{who.From}, Seen: []SeenKey{key}, Recipients: everyone(r.To, r.Cc, r.Bcc)}, func(tx Tx) error {
		if again, m, err := repeated(tx, key, "", r.Body); again || err != nil {
			out = m
			if err == nil {
				conv, _, err = tx.Conversation(m.Conversation)
			}
			return err
		}
		c, err := s.contactFor(tx, n.Contact, who, ids.contact)
		if err != nil {
			return err
		}
		u := &unit{s: s, tx: tx, actor: r.Actor, now: now, forced: true, conv: Conversation{
			ID: ids.conversation, Inbox: n.Inbox, Medium: Email, Contact: c.ID, ContactName: c.Name, Tier: c.Tier, Owner: c.Owner,
			Subject: clip(r.Subject, maxSubject), Status: Open, Priority: first(inbox.Priority, Normal), Queue: inbox.Queue,
			Assignee: r.Actor.Agent(), Locale: c.Locale, CreatedAt: now,
		}}
		u.note(Opened{Inbox: n.Inbox, Medium: Email, Contact: c.ID, Queue: inbox.Queue})
		if out, err = u.mail(Message{
			ID: ids.message, Direction: Out, Author: r.Actor, AuthorName: r.AuthorName, Body: r.Body, Subject: r.Subject,
			To: r.To, Cc: r.Cc, Bcc: r.Bcc, Attachments: r.Attachments, ClientKey: r.ClientKey, Then: r.Then,
		}, r); err != nil {
			return err
		}
		if r.Idempotency != "" {
			if err := tx.MarkSeen(Seen{Key: key, Conversation: u.conv.ID, Message: out.ID, Number: out.Number}); err != nil {
				return err
			}
		}
		err = u.finish()
		conv = u.conv
		return err
	})
	if err != nil {
		return Conversation{}, Message{}, fmt.Errorf("begin a mail: %w", err)
	}
	return conv, out, nil
}

func (s *Service) contactFor(tx Tx, id ContactID, who Inbound, fresh ContactID) (Contact, error) {
	if id != "" {
		return tx.Contact(id)
	}
	return s.resolveContact(tx, who, fresh, s.instant())
}
