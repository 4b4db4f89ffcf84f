package webui

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"time"

	"yingda/desk"
)

func (s *Server) threadOps() {
	add(s, op{desk.RoleAgent, http.MethodGet, "/conversations/{id}/messages", "listMessages", "A page of the thread"}, s.listMessages)
	add(s, op{desk.RoleAgent, http.MethodGet, "/conversations/{id}/reply-to", "getRecipients", "Exactly whom an answer would go to"}, s.replyTo)
	add(s, op{desk.RoleAgent, http.MethodPost, "/conversations", "beginConversation", "Begin with a mail of ours"}, s.begin)
	add(s, op{desk.RoleAgent, http.MethodPost, "/conversations/{id}/messages", "reply", "Answer the customer"}, s.reply)
	add(s, op{desk.RoleAgent, http.MethodPost, "/conversations/{id}/notes", "addNote", "Write an internal note"}, s.note)
	add(s, op{desk.RoleAgent, http.MethodPost, "/conversations/{id}/messages/{mid}/withdraw", "withdraw", "Undo sending in time"}, s.withdraw)
	add(s, op{desk.RoleAgent, http.MethodPost, "/conversations/{id}/messages/{mid}/resend", "resend", "Send a failed or unknown mail again, by hand"}, s.resend)
}

type threadQuery struct {
	ByID
	Before int64 `query:"before" minimum:"0"`
	After  int64 `query:"after" minimum:"0"`
	Limit  int   `query:"limit" minimum:"1" maximum:"100" default:"40"`
}

func (s *Server) listMessages(ctx context.Context, in *threadQuery) (*out[Thread], error) {
	v := viewing(ctx)
	r, err := s.visible(ctx, v, in.ID)
	if err != nil {
		return nil, err
	}
	if v.is(desk.RoleSupervisor) { // nobody hears of it at once, and the one who is read finds it in their day
		if err := s.looksAt(ctx, v, r.Assignee, "conversation:"+string(r.ID)); err != nil {
			return nil, err
		}
	}
	page := desk.MessagePage{Before: in.Before, After: in.After, Limit: in.Limit}
	found, err := s.Lists.Messages(ctx, r.ID, page)
	if err != nil {
		return nil, err
	}
	t := Thread{Items: mapped(found, wireMessage)}
	if len(found) > 0 {
		if first := found[0].Number; first > 1 {
			t.NextBefore = first
		}
		if last := found[len(found)-1].Number; last < r.Messages {
			t.NextAfter = last
		}
	}
	return &out[Thread]{t}, nil
}

type recipientQuery struct {
	ByID
	Message string `query:"message" maxLength:"64"`
	All     bool   `query:"all"`
}

func (s *Server) replyTo(ctx context.Context, in *recipientQuery) (*out[Recipients], error) {
	r, err := s.visible(ctx, viewing(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	rcpt, err := s.recipients(ctx, r, in.Message, in.All)
	if err != nil {
		return nil, err
	}
	var to []string
	for _, a := range append(append([]Address{}, rcpt.To...), rcpt.Cc...) {
		to = append(to, a.Address)
	}
	rcpt.Suppressed, err = s.suppressed(ctx, to...)
	return &out[Recipients]{rcpt}, err
}

type beginIn struct {
	Idempotent
	Body NewMail
}

func (s *Server) begin(ctx context.Context, in *beginIn) (*out[Conversation], error) {
	v, b := viewing(ctx), in.Body
	inbox, ok := s.Dir().Inbox(desk.InboxID(b.Inbox))
	if !ok || !v.scope.HasQueue(inbox.Queue) {
		return nil, refuse(desk.NotFound, "inbox_unknown")
	}
	if err := addressesFit(b.To, b.Cc, b.Bcc); err != nil {
		return nil, err
	}
	files, err := s.attach(ctx, v, b.Attachments, nil)
	if err != nil {
		return nil, err
	}
	conv, _, err := s.Desk.Begin(ctx, desk.NewMail{
		Inbox: inbox.ID, Contact: desk.ContactID(b.Contact),
		Reply: desk.Reply{
			Actor: v.actor(), AuthorName: v.agent.Name, Body: body(b.Text, b.HTML), Subject: b.Subject,
			To: deskAddresses(b.To), Cc: deskAddresses(b.Cc), Bcc: deskAddresses(b.Bcc), Attachments: files,
			Idempotency: in.Key, Undo: undo(b.Undo), SendAt: moment(b.SendAt), Confirmed: b.Confirmed,
		},
	})
	if err != nil {
		return nil, err
	}
	return s.fresh(ctx, conv.ID)
}

// defaultUndo is how long a mail waits to be undone when the page does not say.
const defaultUndo = 5 * time.Second

func undo(seconds *int) time.Duration {
	if seconds == nil {
		return defaultUndo
	}
	return time.Duration(*seconds) * time.Second
}

// body is what somebody of the house wrote. Pages may send HTML; what is kept is what our own cleaner lets through.
func body(text, html string) desk.Body { return desk.Body{Text: text, HTML: clean(html)} }

type replyIn struct {
	ByID
	Idempotent
	Body NewReply
}

func (s *Server) reply(ctx context.Context, in *replyIn) (*out[Message], error) {
	v, b := viewing(ctx), in.Body
	r, err := s.visible(ctx, v, in.ID)
	if err != nil {
		return nil, err
	}
	if err := addressesFit(b.To, b.Cc, b.Bcc); err != nil {
		return nil, err
	}
	files, err := s.attach(ctx, v, b.Attachments, &r)
	if err != nil {
		return nil, err
	}
	to, cc := b.To, b.Cc
	if r.Medium == desk.Email && b.InReplyTo == "" { // what is answered is quoted below and named by In-Reply-To
		if m, ok, err := s.answered(ctx, r, ""); err != nil {
			return nil, err
		} else if ok {
			b.InReplyTo = string(m.ID)
		}
	}
	if r.Medium == desk.Email && len(b.To)+len(b.Cc)+len(b.Bcc) == 0 {
		rcpt, err := s.recipients(ctx, r, b.InReplyTo, false)
		if err != nil {
			return nil, err
		}
		to, cc = rcpt.To, rcpt.Cc
	}
	m, err := s.Desk.Reply(ctx, desk.Reply{
		Actor: v.actor(), AuthorName: v.agent.Name, Conversation: r.ID, Body: body(b.Text, b.HTML), Subject: b.Subject,
		To: deskAddresses(to), Cc: deskAddresses(cc), Bcc: deskAddresses(b.Bcc), Attachments: files,
		InReplyTo: desk.MessageID(b.InReplyTo), ClientKey: b.ClientKey, Idempotency: cmp.Or(in.Key, b.ClientKey),
		Seen: b.Seen, Force: b.Force, Then: desk.Status(b.Then), Undo: undo(b.Undo), SendAt: moment(b.SendAt),
		Replaces: desk.MessageID(b.Replaces), Confirmed: b.Confirmed,
	})
	if err != nil {
		return nil, s.withCurrent(ctx, err, r.ID)
	}
	return &out[Message]{wireMessage(m)}, nil
}

// withCurrent adds the conversation as it is now to a refusal because the writer's picture was old (UP-C1).
func (s *Server) withCurrent(ctx context.Context, err error, id desk.ConversationID) error {
	if reason := desk.ReasonOf(err); reason != "stale" && reason != "stale_send" {
		return err
	}
	p := problemOf(err)
	if now, readErr := s.fresh(ctx, id); readErr == nil {
		p.Current = now.Body
	}
	return p
}

type noteIn struct {
	ByID
	Idempotent
	Body NewNote
}

func (s *Server) note(ctx context.Context, in *noteIn) (*out[Message], error) {
	v, b := viewing(ctx), in.Body
	r, err := s.visible(ctx, v, in.ID)
	if err != nil {
		return nil, err
	}
	files, err := s.attach(ctx, v, b.Attachments, &r)
	if err != nil {
		return nil, err
	}
	for _, m := range b.Mentions {
		if _, ok := s.Dir().Agent(desk.AgentID(m)); !ok {
			return nil, refuse(desk.NotFound, "agent_unknown")
		}
	}
	m, err := s.Desk.Note(ctx, desk.NewNote{
		Actor: v.actor(), AuthorName: v.agent.Name, Conversation: r.ID, Body: body(b.Text, b.HTML),
		Mentions: idsOf[desk.AgentID](b.Mentions), Attachments: files, ClientKey: b.ClientKey,
		Idempotency: cmp.Or(in.Key, b.ClientKey),
	})
	if err != nil {
		return nil, err
	}
	return &out[Message]{wireMessage(m)}, nil
}

type messageIn struct {
	ByID
	Message string `path:"mid" maxLength:"64"`
}

// message returns a message of a conversation the viewer may see.
func (s *Server) message(ctx context.Context, v viewer, conversation, id string) (desk.Message, error) {
	if _, err := s.visible(ctx, v, conversation); err != nil {
		return desk.Message{}, err
	}
	m, err := s.Lists.Message(ctx, desk.MessageID(id))
	if errors.Is(err, desk.ErrNotFound) || err == nil && string(m.Conversation) != conversation {
		return desk.Message{}, notYours()
	}
	return m, err
}

type withdrawn struct {
	Body struct {
		Message Message `json:"message"`
	}
}

func (s *Server) withdraw(ctx context.Context, in *messageIn) (*withdrawn, error) {
	m, err := s.onMessage(ctx, in, s.Desk.Withdraw)
	if err != nil {
		return nil, err
	}
	res := &withdrawn{}
	res.Body.Message = wireMessage(m)
	return res, nil
}

func (s *Server) resend(ctx context.Context, in *messageIn) (*out[Message], error) {
	m, err := s.onMessage(ctx, in, s.Desk.Resend)
	if err != nil {
		return nil, err
	}
	return &out[Message]{wireMessage(m)}, nil
}

// act is something the desk does to one message.
type act func(context.Context, desk.Actor, desk.MessageID) (desk.Message, error)

func (s *Server) onMessage(ctx context.Context, in *messageIn, do act) (desk.Message, error) {
	v := viewing(ctx)
	m, err := s.message(ctx, v, in.ID, in.Message)
	if err != nil {
		return desk.Message{}, err
	}
	return do(ctx, v.actor(), m.ID)
}
