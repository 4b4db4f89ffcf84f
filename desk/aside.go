package desk

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// A side conversation is mail with a third party about a customer's matter: a supplier, another department. Its
// messages stand in the conversation for agents to read, under their own Side; they touch no promise to the customer,
// and nothing of them ever goes to the customer. A side thread is named by the id of its first message, which is also
// what its reply address signs.

// Aside is a mail to a third party.
type Aside struct {
	Reply Reply     // To, Cc and Bcc are the third party's; InReplyTo, Seen, Force and Then are ignored
	Side  MessageID // the side thread it belongs to; "" begins one
}

// WriteAside writes to a third party. Errors: Invalid "not_a_mail_inbox", "side_to_customer" (address) and those of
// [Service.Reply]; NotFound "side_unknown".
func (s *Service) WriteAside(ctx context.Context, a Aside) (Message, error) {
	out, err := s.say(ctx, a.Reply, func(u *unit, r Reply, id MessageID) (Message, error) {
		a.Reply = r
		return u.aside(a, id)
	})
	if err != nil {
		return Message{}, fmt.Errorf("write aside of %s: %w", a.Reply.Conversation, err)
	}
	return out, nil
}

func (u *unit) aside(a Aside, id MessageID) (Message, error) {
	if u.conv.Medium != Email {
		return Message{}, Refuse(Invalid, "not_a_mail_inbox")
	}
	if u.conv.MergedInto != "" {
		return Message{}, Refuse(Conflict, "conversation_merged", "into", string(u.conv.MergedInto))
	}
	subject, last := first(a.Reply.Subject, "Fwd: "+u.conv.Subject), MessageID("")
	if a.Side != "" {
		head, err := u.sideHere(a.Side)
		if err != nil {
			return Message{}, err
		}
		subject, last = first(a.Reply.Subject, head.Subject), head.ID
	}
	if err := u.notTheCustomer(a.Reply); err != nil {
		return Message{}, err
	}
	r := a.Reply
	return u.mail(Message{
		ID: id, Direction: Out, Author: r.Actor, AuthorName: r.AuthorName, Body: r.Body, Subject: clip(subject, maxSubject), To: r.To, Cc: r.Cc,
		Bcc: r.Bcc, Attachments: r.Attachments, ClientKey: r.ClientKey, Side: first(a.Side, id), InReplyTo: last,
	}, r)
}

// sideHere is the first message of a side thread of this conversation, or of one that was merged into it.
func (u *unit) sideHere(side MessageID) (Message, error) {
	head, err := u.tx.Message(side)
	if err != nil && CodeOf(err) != NotFound {
		return Message{}, err
	}
	if err != nil || head.Side != side {
		return Message{}, Refuse(NotFound, "side_unknown")
	}
	at, err := survivor(u.tx, head.Conversation)
	if err == nil && at != u.conv.ID {
		err = Refuse(NotFound, "side_unknown")
	}
	return head, err
}

// survivor is where a conversation lives on after merges.
func survivor(tx Tx, id ConversationID) (ConversationID, error) {
	for range maxMerges {
		c, _, err := tx.Conversation(id)
		if err != nil || c.MergedInto == "" {
			return id, err
		}
		id = c.MergedInto
	}
	return id, nil
}

// notTheCustomer refuses the customer's own addresses: what is written aside is not for them.
func (u *unit) notTheCustomer(r Reply) error {
	c, err := u.tx.Contact(u.conv.Contact)
	if err != nil {
		return err
	}
	for _, address := range everyone(r.To, r.Cc, r.Bcc) {
		if c.Has(Identity{Kind: ByEmail, Value: address}) {
			return Refuse(Invalid, "side_to_customer", "address", address)
		}
	}
	return nil
}

// sideBy finds the side thread that a signed reply address names.
func (r *receiver) sideBy(tx Tx, token ConversationID) (ConversationID, error) {
	m, err := tx.Message(MessageID(token))
	if CodeOf(err) == NotFound || err == nil && (m.Side == "" || m.Side != m.ID || m.Inbox != r.in.Inbox) {
		return "", nil
	}
	r.side = m.Side
	return m.Conversation, err
}

// joinsAside reports whether a hit stands in a side thread, and whether this sender was part of it there: who answers
// a side mail must be one it went to.
func (r *receiver) joinsAside(tx Tx, hit MessageID) (side MessageID, mine bool, err error) {
	m, err := tx.Message(hit)
	if CodeOf(err) == NotFound {
		return "", false, nil
	}
	if err != nil || m.Side == "" {
		return "", false, err
	}
	return m.Side, slices.Contains(append(m.Everyone(), lower(m.From)), strings.ToLower(r.in.From.Value)), nil
}

// arriveAside writes down what a third party answered. It is no word of the customer: no promise begins or ends. Work
// that waits for it comes back.
func (r *receiver) arriveAside(u *unit, m *Message) error {
	m.Side = r.side
	if err := u.say(m); err != nil {
		return err
	}
	u.note(SideMessage{Message: m.ID, Number: m.Number, Side: m.Side})
	if m.Auto == Bounce {
		return r.bounced(u)
	}
	if !r.quiet() && (u.conv.Status == Pending || u.conv.Status == Snoozed) {
		return u.back("side_answer")
	}
	return nil
}

// tell notes what became of a message of ours: f for the customer's thread, one and the same fact for side threads,
// which must not move the customer's clocks.
func (u *unit) tell(m Message, f Fact) {
	if m.Side == "" {
		u.note(f)
		return
	}
	u.note(SideMessage{Message: m.ID, Number: m.Number, Side: m.Side, Delivery: m.Delivery, Reason: m.Failure, ClientKey: m.ClientKey})
}
