package desk

import (
	"context"
	"fmt"
	"strconv"
	"time"
)

// Reply is what an agent sends to the customer.
type Reply struct {
	Actor        Actor
	AuthorName   string
	Conversation ConversationID
	Body         Body
	Subject      string // mail; "": the conversation's, as a reply
	To, Cc, Bcc  []Address
	Attachments  []Attachment
	InReplyTo    MessageID
	ClientKey    string
	Idempotency  string // the same key a second time changes nothing and returns the first message
	Seen         int64  // the last message number the writer had on screen
	Force        bool   // send though newer messages came
	Then         Status // Pending or Resolved once it is out
	Undo         time.Duration
	Auto         Auto
	Confirmed    bool      // send to suppressed addresses too
	SendAt       time.Time // mail: not before; the zero time is after Undo
	Replaces     MessageID // a mail of one's own that waits, and that this one is written instead of
}

// Limits of what an agent may send.
const (
	MaxChatText    = 8000 // characters
	MaxAttachments = 40
	MaxUndo        = 30 * time.Second
	maxRecipients  = 100
	maxLater       = 366 * 24 * time.Hour // a mail planned, a conversation snoozed
)

// Reply writes an answer. Mail becomes a queued row first and is sent by the outbox after Undo; chat is sent by being
// committed. Nobody is locked out: a writer whose screen is old is told so once and may insist (UP-C1).
// Errors: Invalid "reply_empty", "no_recipient", "too_many_recipients", "reply_too_long", "no_reply_by_voice",
// "only_mail_waits", "send_too_late", "in_reply_to_unknown";
// Conflict "stale_send" (params last, seen), "recipient_suppressed" (address, cause), "conversation_merged", "key_reused"; NotFound.
func (s *Service) Reply(ctx context.Context, r Reply) (Message, error) {
	out, err := s.say(ctx, r, func(u *unit, r Reply, id MessageID) (Message, error) { return u.reply(r, id) })
	if err != nil {
		return Message{}, fmt.Errorf("reply to %s: %w", r.Conversation, err)
	}
	return out, nil
}

// say runs one unit that puts a message of ours into a conversation, once for each idempotency key.
func (s *Service) say(ctx context.Context, r Reply, put func(*unit, Reply, MessageID) (Message, error)) (Message, error) {
	if err := r.check(); err != nil {
		return Message{}, err
	}
	id, now := MessageID(s.newID()), s.instant()
	key := SeenKey{Scope: "agent:" + r.Actor.ID, External: r.Idempotency}
	about := About{Conversations: []ConversationID{r.Conversation}, Recipients: everyone(r.To, r.Cc, r.Bcc)}
	if r.Idempotency != "" {
		about.Seen = []SeenKey{key}
	}
	var out Message
	err := s.update(ctx, about, func(tx Tx) error {
		if again, m, err := repeated(tx, key, r.Conversation, r.Body); again || err != nil {
			out = m
			return err
		}
		u, err := s.load(tx, r.Actor, r.Conversation, now)
		if err != nil {
			return err
		}
		if out, err = put(u, r, id); err != nil {
			return err
		}
		if r.Idempotency != "" {
			if err := tx.MarkSeen(Seen{Key: key, Conversation: u.conv.ID, Message: id, Number: out.Number}); err != nil {
				return err
			}
		}
		return u.finish()
	})
	return out, err
}

func (r *Reply) check() error {
	if r.Body.Text == "" && r.Body.HTML == "" && len(r.Attachments) == 0 {
		return Refuse(Invalid, "reply_empty")
	}
	if len(r.Attachments) > MaxAttachments {
		return Refuse(Invalid, "too_many_attachments", "max", strconv.Itoa(MaxAttachments))
	}
	if r.Then != "" && r.Then != Pending && r.Then != Resolved {
		return Refuse(Invalid, "then_illegal")
	}
	r.Undo = min(max(0, r.Undo), MaxUndo)
	return nil
}

// repeated finds what an idempotency key did before. The same key for other words, or in another conversation ("":
// whichever), is a mistake that must not pass for a sent message: Conflict "key_reused".
func repeated(tx Tx, key SeenKey, in ConversationID, said Body) (bool, Message, error) {
	if key.External == "" {
		return false, Message{}, nil
	}
	seen, ok, err := tx.Seen(key)
	if err != nil || !ok {
		return false, Message{}, err
	}
	m, err := tx.Message(seen.Message)
	if err == nil && (in != "" && m.Conversation != in || m.Body.Text != said.Text) {
		err = Refuse(Conflict, "key_reused")
	}
	return true, m, err
}

// answers checks the message a reply says it answers: one of the same conversation.
func (u *unit) answers(id MessageID) error {
	if id == "" {
		return nil
	}
	m, err := u.tx.Message(id)
	if CodeOf(err) == NotFound && err != nil || err == nil && (m.Conversation != u.conv.ID || m.Side != "") {
		return Refuse(Invalid, "in_reply_to_unknown")
	}
	return err
}

func (u *unit) reply(r Reply, id MessageID) (Message, error) {
	if u.conv.MergedInto != "" {
		return Message{}, Refuse(Conflict, "conversation_merged", "into", string(u.conv.MergedInto))
	}
	if !r.Force && r.Auto == ByHuman && r.Seen < u.conv.Messages && u.conv.Messages > 0 {
		return Message{}, Refuse(Conflict, "stale_send", "last", strconv.FormatInt(u.conv.Messages, 10),
			"seen", strconv.FormatInt(r.Seen, 10))
	}
	if err := u.answers(r.InReplyTo); err != nil {
		return Message{}, err
	}
	m := Message{
		ID: id, Direction: Out, Author: r.Actor, AuthorName: r.AuthorName, Body: r.Body, Subject: first(r.Subject, u.conv.Subject),
		To: r.To, Cc: r.Cc, Bcc: r.Bcc, Attachments: r.Attachments, InReplyTo: r.InReplyTo, ClientKey: r.ClientKey, Auto: r.Auto, Then: r.Then,
	}
	m.Replaces = r.Replaces
	if r.Replaces != "" {
		if err := u.supersede(r.Actor, r.Replaces); err != nil {
			return Message{}, err
		}
	}
	u.adopt(r)
	switch u.conv.Medium {
	case Email:
		return u.mail(m, r)
	case Chat:
		if !r.SendAt.IsZero() {
			return Message{}, Refuse(Invalid, "only_mail_waits")
		}
		return u.chat(m)
	default:
		return Message{}, Refuse(Invalid, "no_reply_by_voice")
	}
}

// adopt gives a conversation nobody works on to the agent who answers it.
func (u *unit) adopt(r Reply) {
	if r.Auto == ByHuman && u.conv.Waiting() && r.Actor.Agent() != "" {
		u.conv.Assignee, u.forced = r.Actor.Agent(), true
		u.conv.Prefer = nil
	}
}

// mail puts an outgoing mail before the senders, or before a reviewer.
func (u *unit) mail(m Message, r Reply) (Message, error) {
	if err := u.refuseSuppressed(m, r.Confirmed); err != nil {
		return Message{}, err
	}
	wait := r.Undo
	if r.SendAt.After(u.now.Add(wait)) {
		if r.SendAt.After(u.now.Add(maxLater)) {
			return Message{}, Refuse(Invalid, "send_too_late")
		}
		wait, m.Scheduled = r.SendAt.Sub(u.now), true
	}
	return u.send(m, wait, u.s.dir().Review().whyReview(u.conv, m))
}

// send writes a mail down; why says why it waits for a second pair of eyes, nil that it does not.
func (u *unit) send(m Message, wait time.Duration, why []Reason) (Message, error) {
	n := len(m.To) + len(m.Cc) + len(m.Bcc)
	if n == 0 {
		return Message{}, Refuse(Invalid, "no_recipient")
	}
	if n > maxRecipients {
		return Message{}, Refuse(Invalid, "too_many_recipients", "max", strconv.Itoa(maxRecipients))
	}
	inbox, _ := u.s.dir().Inbox(u.conv.Inbox)
	m.From = Address{Name: inbox.Name, Address: inbox.Address}
	m.RFCMessageID = string(m.ID) + "@" + first(domainOf(inbox.Address), "yingda.invalid")
	m.Delivery, m.NotBefore = DeliveryQueued, u.now.Add(wait)
	if len(why) > 0 {
		m.Delivery = DeliveryReview
	}
	if m.Side == "" { // a third party must not get into the customer's thread by its references
		u.conv.meet(inbox.Address, &m)
	}
	if err := u.say(&m); err != nil {
		return Message{}, err
	}
	if len(why) > 0 {
		return m, u.ask(m, why)
	}
	u.tell(m, MessageQueued{Message: m.ID, Number: m.Number, NotBefore: m.NotBefore, ClientKey: m.ClientKey})
	return m, nil
}

// supersede takes back a mail that is written anew: one that waits for its time or a reviewer, or that came back from one.
// One whose time has come may be on the wire: the customer would get both.
func (u *unit) supersede(actor Actor, id MessageID) error {
	m, err := u.tx.Message(id)
	if err != nil {
		return err
	}
	if m.Conversation != u.conv.ID || m.Direction != Out || m.Side != "" { // a third party's mail is no answer to the customer
		return ErrNotFound
	}
	if m.Delivery == DeliveryQueued && !m.NotBefore.After(u.now) {
		return Refuse(Conflict, "already_sent")
	}
	return u.takeBack(actor, m)
}

func (u *unit) chat(m Message) (Message, error) {
	if len([]rune(m.Body.Text)) > MaxChatText {
		return Message{}, Refuse(Invalid, "reply_too_long", "max", strconv.Itoa(MaxChatText))
	}
	if m.Replaces != "" {
		return Message{}, Refuse(Invalid, "only_mail_waits")
	}
	m.Delivery = DeliverySent
	if err := u.say(&m); err != nil {
		return Message{}, err
	}
	u.note(MessageSent{Message: m.ID, Number: m.Number, Human: m.Human(), ClientKey: m.ClientKey})
	if m.Human() {
		u.conv.LastAgent, u.conv.LastAgentAt = m.Author.Agent(), u.now
	}
	if m.Then != "" {
		return m, u.to(m.Then, time.Time{})
	}
	return m, nil
}

// NewNote is what an agent writes for the house.
type NewNote struct {
	Actor        Actor
	AuthorName   string
	Conversation ConversationID
	Body         Body
	Mentions     []AgentID
	Attachments  []Attachment
	ClientKey    string
	Idempotency  string
}

// Note writes an internal note (内部备注). Errors: Invalid "note_empty"; NotFound.
func (s *Service) Note(ctx context.Context, n NewNote) (Message, error) {
	if n.Body.Text == "" && len(n.Attachments) == 0 {
		return Message{}, Refuse(Invalid, "note_empty")
	}
	id := MessageID(s.newID())
	key := SeenKey{Scope: "agent:" + n.Actor.ID, External: n.Idempotency}
	var out Message
	err := s.on(ctx, n.Actor, n.Conversation, func(u *unit) error {
		if again, m, err := repeated(u.tx, key, n.Conversation, n.Body); again || err != nil {
			out = m
			return err
		}
		out = Message{
			ID: id, Direction: Note, Author: n.Actor, AuthorName: n.AuthorName, Body: n.Body, Mentions: n.Mentions,
			Attachments: n.Attachments, ClientKey: n.ClientKey,
		}
		if err := u.say(&out); err != nil {
			return err
		}
		u.note(NoteAdded{Message: out.ID, Number: out.Number, Mentions: n.Mentions, ClientKey: n.ClientKey})
		if key.External == "" {
			return nil
		}
		return u.tx.MarkSeen(Seen{Key: key, Conversation: u.conv.ID, Message: id, Number: out.Number})
	})
	return out, err
}
