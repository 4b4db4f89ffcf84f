package webui

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"

	"yingda/desk"
)

// frame is one encoded frame without its head, and who may have it.
type frame struct {
	tail []byte
	to   func(*socket) bool
}

// headStub is how an empty FrameHead encodes; every socket writes its own in its place.
var headStub = []byte(`{"v":0,"n":0,"cursor":"",`)

// encode makes the shared part of a frame. What cannot be encoded is a mistake of ours and sends nothing.
func encode(v any) []byte {
	raw, err := json.Marshal(v)
	if err != nil || !bytes.HasPrefix(raw, headStub) {
		panic("webui: frame does not begin with its head")
	}
	return raw[len(headStub):]
}

func everybody(*socket) bool { return true }

func only(a desk.AgentID) func(*socket) bool { return func(s *socket) bool { return s.agent == a } }

func sees(r desk.ConversationRow) func(*socket) bool {
	return func(s *socket) bool { return s.scope.Sees(r) }
}

// follows are those who have the conversation on screen and still may.
func follows(r desk.ConversationRow) func(*socket) bool {
	return func(s *socket) bool { return s.topics[r.ID] && s.scope.Sees(r) }
}

// reads are those who follow it, and its assignee wherever they are.
func reads(r desk.ConversationRow) func(*socket) bool {
	return func(s *socket) bool { return (s.topics[r.ID] || s.agent == r.Assignee) && s.scope.Sees(r) }
}

// touched is all that a batch of facts makes worth reading, read once.
type touched struct {
	rows     map[desk.ConversationID]desk.ConversationRow
	messages map[desk.MessageID]desk.Message
	contacts map[desk.ContactID]desk.Contact
	channels map[desk.InboxID]desk.ChannelStatus
}

func (h *Hub) read(ctx context.Context, batch []desk.Event) (touched, error) {
	t := touched{
		rows: map[desk.ConversationID]desk.ConversationRow{}, messages: map[desk.MessageID]desk.Message{},
		contacts: map[desk.ContactID]desk.Contact{}, channels: map[desk.InboxID]desk.ChannelStatus{},
	}
	var ids []desk.ConversationID
	var mids []desk.MessageID
	for _, e := range batch {
		switch e.Subject.Kind { //nolint:exhaustive // the others carry all that is shown of them
		case desk.AboutConversation:
			if id := desk.ConversationID(e.Subject.ID); !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
			if m := messageOf(e.Fact); m != "" && !slices.Contains(mids, m) {
				mids = append(mids, m)
			}
		case desk.AboutContact:
			c, err := h.s.People.Contact(ctx, desk.ContactID(e.Subject.ID))
			if err == nil {
				t.contacts[c.ID] = c
			}
		case desk.AboutInbox:
			if err := h.readChannels(ctx, &t); err != nil {
				return t, err
			}
		}
	}
	if len(ids) > 0 {
		rows, err := h.s.Lists.ConversationRows(ctx, "", ids)
		if err != nil {
			return t, err
		}
		for _, r := range rows {
			t.rows[r.ID] = r
		}
	}
	if len(mids) > 0 {
		found, err := h.s.Lists.MessagesByID(ctx, mids)
		if err != nil {
			return t, err
		}
		for _, m := range found {
			t.messages[m.ID] = m
		}
	}
	return t, h.readByNumber(ctx, batch, &t)
}

// readChannels reads how every inbox's connection is: a fact says what it changed to, the record since when.
func (h *Hub) readChannels(ctx context.Context, t *touched) error {
	if len(t.channels) > 0 {
		return nil
	}
	list, err := h.s.Channels.ChannelStatuses(ctx)
	for _, st := range list {
		t.channels[st.Inbox] = st
	}
	return err
}

// readByNumber finds the messages that facts name by number or by call: ticks of the widget, and calls.
func (h *Hub) readByNumber(ctx context.Context, batch []desk.Event, t *touched) error {
	for _, e := range batch {
		if e.Subject.Kind != desk.AboutConversation {
			continue
		}
		page, match := byTickOrCall(e.Fact)
		if match == nil {
			continue
		}
		found, err := h.s.Lists.Messages(ctx, desk.ConversationID(e.Subject.ID), page)
		if err != nil {
			return err
		}
		for _, m := range found {
			if match(m) {
				t.messages[m.ID] = m
			}
		}
	}
	return nil
}

// callWindow is how many of the last messages are searched for a call's entry.
const callWindow = 20

func byTickOrCall(f desk.Fact) (desk.MessagePage, func(desk.Message) bool) {
	number := func(n int64) (desk.MessagePage, func(desk.Message) bool) {
		return desk.MessagePage{Before: n + 1, Limit: 1}, func(m desk.Message) bool { return m.Direction == desk.Out }
	}
	call := func(c desk.Call) (desk.MessagePage, func(desk.Message) bool) {
		return desk.MessagePage{Limit: callWindow}, func(m desk.Message) bool { return m.Call != nil && m.Call.ID == c.ID }
	}
	switch f := f.(type) {
	case desk.MessageDelivered:
		return number(f.Number)
	case desk.MessageRead:
		return number(f.Number)
	case desk.CallRinging:
		return call(f.Call)
	case desk.CallAnswered:
		return call(f.Call)
	case desk.CallEnded:
		return call(f.Call)
	case desk.CallNoted:
		return call(f.Call)
	case desk.CalledBack:
		return call(f.Call)
	}
	return desk.MessagePage{}, nil
}

// messageOf is the message a fact is about, or "".
func messageOf(f desk.Fact) desk.MessageID {
	switch f := f.(type) {
	case desk.MessageReceived:
		return f.Message
	case desk.MessageQueued:
		return f.Message
	case desk.MessageSent:
		return f.Message
	case desk.MessageWithdrawn:
		return f.Message
	case desk.MessageFailed:
		return f.Message
	case desk.MessageUnknown:
		return f.Message
	case desk.MessageDelayed:
		return f.Message
	case desk.NoteAdded:
		return f.Message
	case desk.SideMessage:
		return f.Message
	case desk.MessageRescheduled:
		return f.Message
	case desk.ReviewAsked:
		return f.Message
	case desk.ReviewDecided:
		return f.Message
	case desk.ReviewEscalated:
		return f.Message
	}
	return ""
}

// isNew reports whether a fact brings a message that no screen has yet.
func isNew(f desk.Fact, m desk.Message) bool {
	switch f := f.(type) {
	case desk.MessageReceived, desk.MessageQueued, desk.NoteAdded, desk.CallRinging, desk.ReviewAsked:
		return true
	case desk.SideMessage:
		return f.Delivery == "" || f.Delivery == desk.DeliveryQueued
	case desk.MessageSent:
		return m.Medium == desk.Chat // chat is sent by being committed: this is its first news
	}
	return false
}

// frames makes what a batch of facts says, in an order that reads well: words and history first, then the rows as they
// are after all of it, then offers and the rest.
func (h *Hub) frames(batch []desk.Event, t touched) []frame {
	var out []frame
	told := map[desk.MessageID]bool{}
	for _, e := range batch {
		out = append(out, h.wordFrames(e, t, told)...)
	}
	for _, e := range batch {
		h.noteOffers(e)
		h.board.noteWish(e)
	}
	for _, r := range t.rows {
		out = append(out, h.rowFrames(r)...)
	}
	for _, e := range batch {
		out = append(out, h.otherFrames(e, t)...)
	}
	return out
}

// wordFrames are the messages and history lines of one fact, for those who have the conversation on screen.
func (h *Hub) wordFrames(e desk.Event, t touched, told map[desk.MessageID]bool) []frame {
	r, ok := t.rows[desk.ConversationID(e.Subject.ID)]
	if e.Subject.Kind != desk.AboutConversation || !ok {
		return nil
	}
	var out []frame
	for id, m := range t.messages {
		if m.Conversation != r.ID || told[id] || !concerns(e.Fact, m) {
			continue
		}
		told[id] = true
		w := wireMessage(m)
		if isNew(e.Fact, m) {
			out = append(out, frame{encode(MessageFrame{Kind: "message", Message: w}), reads(r)})
		} else {
			out = append(out, frame{encode(MessageChangedFrame{Kind: "message_changed", Message: w}), reads(r)})
		}
	}
	f := EventFrame{Kind: "event", Conversation: string(r.ID), Event: wireEvent(h.s.Dir(), e)}
	return append(out, frame{encode(f), follows(r)})
}

func concerns(f desk.Fact, m desk.Message) bool {
	if id := messageOf(f); id != "" {
		return id == m.ID
	}
	_, match := byTickOrCall(f)
	return match != nil && match(m)
}

// rowFrames are the row for those who see it, and a farewell for those who did before.
func (h *Hub) rowFrames(r desk.ConversationRow) []frame {
	before, had := h.board.put(r)
	c := forFrames(wireConversation(r, h.board.offeredTo(r.ID)))
	out := []frame{{encode(ConversationFrame{Kind: "conversation", Conversation: c}), sees(r)}}
	if had && (before.Queue != r.Queue || before.Assignee != r.Assignee) {
		out = append(out, frame{encode(RemovedFrame{Kind: "removed", ID: string(r.ID)}), func(s *socket) bool {
			return s.scope.Sees(before) && !s.scope.Sees(r)
		}})
	}
	return out
}

// noteOffers keeps the board's offers before rows are made, so that a row says whom it is offered to.
func (h *Hub) noteOffers(e desk.Event) {
	if f, ok := e.Fact.(desk.Offered); ok {
		h.board.offered(OpenOffer{
			ID: f.Offer, Conversation: desk.ConversationID(e.Subject.ID), Agent: f.Agent, MadeAt: e.At, ExpiresAt: f.ExpiresAt,
			Auto: f.Auto, Why: f.Why,
		})
	}
	if id, _, _ := offerEnd(e.Fact); id != "" {
		h.board.offerEnded(id)
	}
}

// offerEnd is the offer a fact ends, how, and whose it was.
func offerEnd(f desk.Fact) (desk.OfferID, string, desk.AgentID) {
	switch f := f.(type) {
	case desk.OfferAccepted:
		return f.Offer, "accepted", f.Agent
	case desk.OfferDeclined:
		return f.Offer, "declined", f.Agent
	case desk.OfferExpired:
		return f.Offer, "expired", f.Agent
	case desk.OfferWithdrawn:
		return f.Offer, "withdrawn", f.Agent
	}
	return "", "", ""
}

// otherFrames are offers, presence, promises, contacts, channels and settings.
func (h *Hub) otherFrames(e desk.Event, t touched) []frame {
	r, known := t.rows[desk.ConversationID(e.Subject.ID)]
	h.board.count(r.Queue, e)
	if id, how, agent := offerEnd(e.Fact); id != "" {
		f := OfferGoneFrame{Kind: "offer_gone", ID: string(id), Conversation: e.Subject.ID, Reason: how, By: e.Actor.ID}
		return []frame{{encode(f), only(agent)}}
	}
	if a, ok := alertOf(e.Fact); ok {
		return h.alertFrame(a)
	}
	switch f := e.Fact.(type) {
	case desk.Offered:
		o, open := h.board.offer(f.Offer)
		if !open || !known {
			return nil // it ended in the same breath
		}
		if q, ok := h.s.Dir().Queue(r.Queue); ok {
			o.Weight = q.WeightOf(r.Medium)
			h.board.offered(o)
		}
		w := wireOffer(o, forFrames(wireConversation(r, o.Agent)))
		return []frame{{encode(OfferFrame{Kind: "offer", Offer: w}), only(f.Agent)}}
	case desk.Erased:
		return h.erasedFrame(desk.ConversationID(e.Subject.ID), f)
	case desk.ClockWarned:
		return clockFrame(r, known, f.Clock, "warned", f.Level)
	case desk.ClockBreached:
		return clockFrame(r, known, f.Clock, "breached", breachLevel)
	case desk.ClockEscalated:
		return escalationFrame(r, known, f)
	case desk.PresenceChanged:
		h.board.present(f.To)
		return []frame{{encode(PresenceFrame{Kind: "presence", Presence: wirePresence(f.To)}), everybody}}
	case desk.ContactChanged:
		if c, ok := t.contacts[desk.ContactID(e.Subject.ID)]; ok {
			return []frame{{encode(ContactFrame{Kind: "contact", Contact: wireContact(c)}), everybody}}
		}
	case desk.ChannelState:
		if st, ok := t.channels[desk.InboxID(e.Subject.ID)]; ok {
			return h.channelFrame(st)
		}
	case desk.SettingChanged:
		return []frame{{encode(SettingFrame{Kind: "setting", Setting: string(f.Setting), ID: f.ID}), everybody}}
	}
	return nil
}

// erasedFrame takes an erased conversation off every screen that may have it.
func (h *Hub) erasedFrame(id desk.ConversationID, f desk.Erased) []frame {
	h.board.forget(id)
	was := desk.ConversationRow{Conversation: desk.Conversation{ID: id, Queue: f.Queue, Assignee: f.Assignee}}
	gone := RemovedFrame{Kind: "removed", ID: string(id)}
	return []frame{{encode(gone), func(s *socket) bool { return s.topics[id] || s.scope.Sees(was) }}}
}

// breachLevel is the level of a breach, as in the table of notices.
const breachLevel = 100

// clockFrame announces a clock, but for one that only says again what another has said.
func clockFrame(r desk.ConversationRow, known bool, k desk.Clock, what string, lvl int) []frame {
	if !known || k.ShadowedBy(r.Clocks) {
		return nil
	}
	f := ClockFrame{Kind: "clock", Conversation: forFrames(wireConversation(r, "")), Clock: wireClock(k), What: what, Level: lvl}
	return []frame{{encode(f), sees(r)}}
}

// escalationFrame tells those whom a step names and who may see the conversation.
func escalationFrame(r desk.ConversationRow, known bool, e desk.ClockEscalated) []frame {
	if !known {
		return nil
	}
	f := EscalationFrame{
		Kind: "escalation", Conversation: forFrames(wireConversation(r, "")), Clock: wireClock(e.Clock), Level: e.Level, Step: e.Step,
	}
	return []frame{{encode(f), func(s *socket) bool { return slices.Contains(e.Told, s.agent) && s.scope.Sees(r) }}}
}

func (h *Hub) channelFrame(st desk.ChannelStatus) []frame {
	inbox, ok := h.s.Dir().Inbox(st.Inbox)
	if !ok {
		return nil
	}
	w := ChannelFrame{Kind: "channel", Channel: wireChannel(inbox, st)}
	return []frame{{encode(w), func(s *socket) bool {
		return s.supervises && s.scope.HasQueue(inbox.Queue)
	}}}
}

func (h *Hub) boardFrame(scope desk.Scope, queues []BoardQueue, agents []BoardAgent, late bool) frame {
	f := BoardFrame{Kind: "board", Queues: []BoardQueue{}, Agents: []BoardAgent{}, LateChanged: late, Waivers: h.board.waivers(scope)}
	for _, q := range queues {
		if scope.HasQueue(desk.QueueID(q.ID)) {
			f.Queues = append(f.Queues, q)
		}
	}
	mine := scope.Covering()
	for _, a := range agents {
		if mine(desk.AgentID(a.Agent)) {
			f.Agents = append(f.Agents, a)
		}
	}
	return frame{encode(f), everybody}
}
