package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Limits of what is taken in; a channel refuses larger things earlier and with its own words.
const (
	maxSubject = 998 // RFC 5322 2.1.1: the longest line, in characters
	maxPeople  = 100 // addresses remembered per conversation
)

// Receive takes one message of a customer into the record: found before? contact, conversation, message, clocks and
// facts, all in one unit. A second delivery of the same external id changes nothing and says Duplicate.
// Errors: Invalid "inbound_incomplete", NotFound "inbox_unknown"; those of [Store.Update].
func (s *Service) Receive(ctx context.Context, in Inbound) (Received, error) {
	in.From = in.From.Clean()
	if in.External == "" || in.From.Value == "" || !in.Medium.Valid() {
		return Received{}, Refuse(Invalid, "inbound_incomplete")
	}
	inbox, ok := s.dir().Inbox(in.Inbox)
	if !ok {
		return Received{}, Refuse(NotFound, "inbox_unknown")
	}
	r := &receiver{s: s, in: in, inbox: inbox, now: s.instant(), ids: s.fresh()}
	var got Received
	err := s.update(ctx, r.about(), func(tx Tx) error {
		var err error
		got, err = r.run(tx)
		return err
	})
	if err != nil {
		return Received{}, fmt.Errorf("receive %s: %w", in.External, err)
	}
	return got, nil
}

// freshIDs are made before the unit, which may run twice.
type freshIDs struct {
	conversation ConversationID
	message      MessageID
	contact      ContactID
	greeting     MessageID
	deed         MessageID
}

func (s *Service) fresh() freshIDs {
	return freshIDs{ConversationID(s.newID()), MessageID(s.newID()), ContactID(s.newID()), MessageID(s.newID()), MessageID(s.newID())}
}

// receiver is one Receive under way.
type receiver struct {
	s     *Service
	in    Inbound
	inbox Inbox
	now   time.Time
	ids   freshIDs
	side  MessageID // the side thread it joins, if any

	parked bool // nobody's work: see Inbound.Parked
}

func (r *receiver) about() About {
	a := About{Seen: []SeenKey{r.key()}, Identities: append([]Identity{r.in.From}, r.in.Identities...), Threads: append(r.threads(), r.awaited()...)}
	if id := r.in.Message.RFCMessageID; id != "" {
		a.Threads = append(a.Threads, ThreadKey{Inbox: r.in.Inbox, MessageID: id})
	}
	for _, id := range []ConversationID{r.in.Conversation, r.in.Token} {
		if id != "" {
			a.Conversations = append(a.Conversations, id)
		}
	}
	return a
}

func (r *receiver) key() SeenKey { return SeenKey{Scope: string(r.in.Inbox), External: r.in.External} }

func (r *receiver) threads() []ThreadKey {
	var keys []ThreadKey
	add := func(id string) {
		if id != "" {
			keys = append(keys, ThreadKey{Inbox: r.in.Inbox, MessageID: id})
		}
	}
	for _, id := range r.in.Thread {
		add(id)
	}
	for _, b := range r.in.Bounces {
		add(b.RFCMessageID)
	}
	return keys
}

func (r *receiver) run(tx Tx) (Received, error) {
	seen, ok, err := tx.Seen(r.key())
	if err != nil {
		return Received{}, err
	}
	if ok {
		return Received{Conversation: seen.Conversation, Message: seen.Message, Number: seen.Number, Duplicate: true}, nil
	}
	contact, err := r.s.resolveContact(tx, r.in, r.ids.contact, r.now)
	if err != nil {
		return Received{}, err
	}
	u, isNew, err := r.conversation(tx, contact)
	if err != nil {
		return Received{}, err
	}
	m := r.message(contact)
	if r.greets(&m, isNew) {
		u.greets, u.greet = &m, r.ids.greeting
	}
	if err := r.arrive(u, &m, isNew); err != nil {
		return Received{}, err
	}
	if err := r.await(tx, u.conv.ID, m.ID); err != nil {
		return Received{}, err
	}
	mark := Seen{Key: r.key(), Hash: r.in.Hash, Conversation: u.conv.ID, Message: m.ID, Number: m.Number}
	if err := errors.Join(tx.MarkSeen(mark), u.finish()); err != nil {
		return Received{}, err
	}
	return Received{Conversation: u.conv.ID, Message: m.ID, Number: m.Number, Contact: contact.ID, New: isNew}, nil
}

// quiet reports whether the message joins without waking anybody (DESIGN 2.5).
func (r *receiver) quiet() bool { return r.in.Message.Auto != ByHuman || r.in.History || r.parked }

// arrive writes the message and what it means: wake-up, re-opening, or nothing but a line in the thread.
func (r *receiver) arrive(u *unit, m *Message, isNew bool) error {
	if r.side != "" {
		return r.arriveAside(u, m)
	}
	u.conv.meet(r.inbox.Address, m)
	if err := u.say(m); err != nil {
		return err
	}
	u.note(MessageReceived{Message: m.ID, Number: m.Number, At: m.At, Auto: m.Auto, History: r.in.History || r.parked})
	if m.Auto == Bounce {
		return r.bounced(u)
	}
	if isNew || r.quiet() || u.conv.Status == Open {
		return nil
	}
	return u.back("woke_up")
}

// bounced marks the mails of ours that the notice names, and brings a human's back to the people who can act on it.
func (r *receiver) bounced(u *unit) error {
	for _, b := range r.in.Bounces {
		if !b.Failed() || b.RFCMessageID == "" {
			continue
		}
		hits, err := u.tx.Thread([]ThreadKey{{Inbox: r.in.Inbox, MessageID: b.RFCMessageID}})
		if err != nil {
			return err
		}
		for _, h := range hits {
			if h.Conversation != u.conv.ID {
				continue
			}
			if err := u.failed(h.Message, b.reason(), true); err != nil {
				return err
			}
			if !b.Dead() {
				continue
			}
			if err := u.suppressOf(h.Message, b.Recipient, first(b.Diagnostic, b.Status)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *receiver) message(c Contact) Message {
	m := r.in.Message
	m.ID, m.Direction, m.Medium = r.ids.message, In, r.in.Medium
	m.Author = ContactActor(c.ID)
	m.AuthorName = first(r.in.FromName, c.Name)
	m.Subject = clip(m.Subject, maxSubject)
	m.At = r.in.At
	return m
}

// meet remembers who stands in the message, so that any of them may join by reference later.
func (c *Conversation) meet(own string, m *Message) {
	c.People = slices.Clone(c.People)
	for _, list := range [][]Address{{m.From}, m.To, m.Cc} {
		for _, a := range list {
			address := lower(a)
			if address != "" && address != own && len(c.People) < maxPeople && !c.Knows(address) {
				c.People = append(c.People, address)
			}
		}
	}
}
