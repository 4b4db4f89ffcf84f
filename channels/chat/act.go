package chat

import (
	"context"
	"errors"
	"time"

	"yingda/desk"
)

// act does what one frame asks. A refusal goes back to the tab; nothing is half done.
func (s *socket) act(ctx context.Context, f inFrame) error {
	switch f.Type {
	case frHello:
		return s.hello(ctx, f)
	case frSend:
		return s.send(ctx, f)
	case frTyping:
		s.typing(f.On)
		return nil
	case frDelivered:
		return s.delivered(ctx, f.Number)
	case frRead:
		return s.readUpTo(ctx, f.Number)
	case frResume:
		return s.resume(ctx, f)
	case frEarlier:
		return s.earlier(ctx, f.Before)
	case frPing:
		s.push(pong)
	}
	return nil
}

// pong answers a ping; it says nothing more.
var pong = encode(kind("pong"))

// hello lets the visitor in and brings the tab up to the record. The tab stands in its room before the record is read:
// what comes after that reading comes as a fact, and nothing falls between.
func (s *socket) hello(ctx context.Context, f inFrame) error {
	v, err := s.c.visitorOf(s.k, f.Token)
	if err != nil {
		s.c.m.refused.WithLabelValues("token").Inc()
		s.close(closeToken, "token_invalid")
		return nil
	}
	if !s.c.perVisitor.take(v.key()) {
		s.c.m.refused.WithLabelValues("limit").Inc()
		s.close(closeLimit, "too_many_sockets")
		return nil
	}
	s.v, s.lang = v, f.Lang
	s.room = s.c.rooms.enter(s)
	err = s.greet(ctx, f)
	if err != nil { // a tab that was not greeted must not sit there: it comes back
		s.close(1013, "try_again") // RFC 6455 registry: try again later
	}
	s.c.move()
	return err
}

// greet binds the room to the visitor's conversation and brings the tab up to the record.
func (s *socket) greet(ctx context.Context, f inFrame) error {
	conv, err := s.c.d.Records.ChatOf(ctx, s.v.Inbox, s.v.identity())
	if err != nil && !errors.Is(err, desk.ErrNotFound) {
		return err
	}
	if conv.ID != "" {
		s.room.bind(conv)
	}
	return s.room.welcome(ctx, s, f)
}

// welcome greets one tab and sends what it has not got. A tab that has nothing gets the newest page first: the rest is
// there when asked for.
func (r *room) welcome(ctx context.Context, s *socket, f inFrame) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	conv, err := r.recall(ctx)
	if err != nil {
		return err
	}
	open, _ := r.c.hours(s.k)
	w := welcomeFrame{
		head: kind("welcome"), Conversation: r.conv, Status: r.status, Agent: r.c.nameOf(r.assignee), Seen: r.seen,
		Last: conv.Messages, Open: open, Now: r.c.d.Now().UTC(),
	}
	if conv.Status == desk.Resolved {
		w.Agent = ""
	}
	page, err := r.newest(ctx)
	if err != nil {
		return err
	}
	w.Read = r.agentRead
	s.greeted = true
	s.push(encode(w))
	if r.place.Waiting {
		s.push(encode(r.place))
	}
	if f.Conversation == r.conv && f.After > 0 && f.After <= max(r.last, conv.Messages) {
		s.sent = f.After
		return r.showLocked(ctx)
	}
	h := historyFrame{head: kind("history"), Conversation: r.conv, Messages: []messageBody{}}
	for _, m := range page {
		if visible(m) {
			h.Messages = append(h.Messages, r.body(m))
		}
		s.sent = m.Number
	}
	h.More = len(page) > 0 && page[0].Number > 1
	s.push(encode(h))
	return r.showLocked(ctx)
}

// newest reads the last page, which also says how far the desk has read.
func (r *room) newest(ctx context.Context) ([]desk.Message, error) {
	if r.conv == "" {
		return nil, nil
	}
	page, err := r.c.d.Records.Messages(ctx, r.conv, desk.MessagePage{Limit: pageSize})
	for _, m := range page {
		r.reads(m)
		r.last = max(r.last, m.Number)
	}
	return page, err
}

// recall reads the room's conversation while no fact can change the room: what was read before it stood in the room may
// be older than the facts the room has missed.
func (r *room) recall(ctx context.Context) (desk.Conversation, error) {
	if r.conv == "" {
		return desk.Conversation{}, nil
	}
	conv, err := r.c.d.Records.ChatOf(ctx, r.v.Inbox, r.v.identity())
	if errors.Is(err, desk.ErrNotFound) || err == nil && conv.ID != r.conv {
		return desk.Conversation{}, nil // another one was opened meanwhile: its fact brings the room there
	}
	if err == nil {
		r.status, r.assignee = conv.Status, conv.Assignee
	}
	return conv, err
}

func (c *Chat) nameOf(a desk.AgentID) string {
	if a == "" {
		return ""
	}
	who, _ := c.d.Directory.Agent(a)
	return who.Name
}

// send takes one message into the record and acknowledges it. The same client id again is the same message.
func (s *socket) send(ctx context.Context, f inFrame) error {
	if !s.c.messages.allow(s.v.key(), s.c.d.Now()) {
		return desk.Refuse(desk.TooMany, "too_many_messages", "max", itoa(burst), "seconds", "10")
	}
	files, err := s.c.attachments(s.v, f.Files)
	if err != nil {
		return err
	}
	in := desk.Inbound{
		Inbox: s.v.Inbox, Medium: desk.Chat, External: s.v.ID + ":" + f.ClientID, At: s.c.d.Now().UTC().Truncate(time.Millisecond),
		From: s.v.identity(), FromName: s.v.Name, ContactName: s.v.Name, Locale: locale(s.lang),
		Message: desk.Message{Body: desk.Body{Text: f.Text}, Attachments: files, ClientKey: f.ClientID, Unverified: s.v.Refused},
	}
	if s.v.Email != "" {
		in.Identities = []desk.Identity{{Kind: desk.ByEmail, Value: s.v.Email}}
	}
	got, err := s.receive(ctx, in)
	if err != nil {
		return err
	}
	s.c.m.messages.Inc()
	s.push(encode(ackFrame{kind("ack"), f.ClientID, got.Number, got.Conversation}))
	return s.c.follow(ctx, s.room, got.Conversation)
}

// receive names the resolved conversation this visitor had, so that it re-opens inside its window or is continued by a
// linked one (UP-W7). When another tab was first, the desk finds that one's conversation by itself.
func (s *socket) receive(ctx context.Context, in desk.Inbound) (desk.Received, error) {
	s.room.mu.Lock()
	if s.room.status == desk.Resolved {
		in.Conversation = s.room.conv
	}
	s.room.mu.Unlock()
	got, err := s.c.d.Desk.Receive(ctx, in)
	if desk.CodeOf(err) == desk.Conflict && in.Conversation != "" {
		in.Conversation = ""
		got, err = s.c.d.Desk.Receive(ctx, in)
	}
	return got, err
}

// follow makes sure that the room watches the conversation its visitor speaks in.
func (c *Chat) follow(ctx context.Context, r *room, id desk.ConversationID) error {
	r.mu.Lock()
	same := r.conv == id
	r.mu.Unlock()
	if same {
		return nil
	}
	conv, err := c.d.Records.ChatOf(ctx, r.v.Inbox, r.v.identity())
	if errors.Is(err, desk.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	r.bind(conv)
	c.move()
	return r.show(ctx)
}

// typing passes the visitor's keys on, at most one "on" in two seconds; the agent's screen ends it by itself (UP-W8).
func (s *socket) typing(on bool) {
	now := s.c.d.Now()
	if s.c.d.Signals == nil || on && now.Sub(s.typedAt) < 2*time.Second || !on && s.typedAt.IsZero() {
		return
	}
	s.typedAt = now
	if !on {
		s.typedAt = time.Time{}
	}
	s.room.mu.Lock()
	sig := desk.Signal{Kind: desk.Typing, Conversation: s.room.conv, Actor: desk.ContactActor(s.room.contact), Name: s.v.Name, On: on}
	s.room.mu.Unlock()
	if sig.Conversation != "" {
		s.c.d.Signals.Publish(sig)
	}
}

// delivered records how far the widget has our words; each number once.
func (s *socket) delivered(ctx context.Context, n int64) error {
	conv, actor, ok := s.room.advance(&s.room.delivered, n, s)
	if !ok {
		return nil
	}
	return s.c.d.Desk.Delivered(ctx, actor, conv, n)
}

// readUpTo records how far the widget has shown our words, and tells the visitor's other tabs.
func (s *socket) readUpTo(ctx context.Context, n int64) error {
	conv, actor, ok := s.room.advance(&s.room.seen, n, s)
	if !ok {
		return nil
	}
	return s.c.d.Desk.ReadUpTo(ctx, actor, conv, n)
}

// advance moves one of the room's marks forward, never past what the tab was sent.
func (r *room) advance(mark *int64, n int64, s *socket) (desk.ConversationID, desk.Actor, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.conv == "" || n <= *mark || n > s.sent {
		return "", desk.Actor{}, false
	}
	*mark = n
	return r.conv, desk.ContactActor(r.contact), true
}

// resume says again everything after a number.
func (s *socket) resume(ctx context.Context, f inFrame) error {
	s.room.mu.Lock()
	defer s.room.mu.Unlock()
	s.sent = min(f.After, s.sent)
	if f.Conversation != s.room.conv {
		s.sent = 0
	}
	return s.room.showLocked(ctx)
}

// earlier pages back.
func (s *socket) earlier(ctx context.Context, before int64) error {
	r := s.room
	r.mu.Lock()
	defer r.mu.Unlock()
	h := historyFrame{head: kind("history"), Conversation: r.conv, Messages: []messageBody{}, Earlier: true}
	if r.conv != "" && before > 1 {
		page, err := s.c.d.Records.Messages(ctx, r.conv, desk.MessagePage{Before: before, Limit: pageSize})
		if err != nil {
			return err
		}
		for _, m := range page {
			if visible(m) {
				h.Messages = append(h.Messages, r.body(m))
			}
		}
		h.More = len(page) > 0 && page[0].Number > 1
	}
	s.push(encode(h))
	return nil
}

// locale is the desk's name of a page's language: "zh", "en", or "" for any other.
func locale(lang string) string {
	if len(lang) >= 2 && (lang[:2] == "zh" || lang[:2] == "en") {
		return lang[:2]
	}
	return ""
}
