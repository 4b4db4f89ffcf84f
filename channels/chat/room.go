package chat

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"yingda/desk"
)

// roomKey is one visitor of one inbox.
type roomKey struct {
	inbox desk.InboxID
	who   desk.Identity
}

func (v visitor) key() string { return string(v.Inbox) + " " + v.ID }

// rooms are the visitors who are connected to this node. A room is found by who somebody is and by conversation.
type rooms struct {
	mu     sync.RWMutex
	by     map[roomKey]*room
	byConv map[desk.ConversationID]*room
}

func newRooms() *rooms {
	return &rooms{by: map[roomKey]*room{}, byConv: map[desk.ConversationID]*room{}}
}

// room is one visitor and all their tabs here. Tabs share one conversation (UP-W2).
type room struct {
	c   *Chat
	all *rooms
	v   visitor
	key string // the widget key, for links

	mu        sync.Mutex
	conv      desk.ConversationID
	contact   desk.ContactID
	status    desk.Status
	assignee  desk.AgentID
	last      int64 // the highest number that was read from the record
	agentRead int64 // the desk has read the visitor's words up to it
	seen      int64 // the visitor has read ours up to it
	delivered int64
	place     queueFrame // what was last said
	tabs      []*socket
}

// enter puts a tab into its visitor's room.
func (rs *rooms) enter(s *socket) *room {
	k := roomKey{s.v.Inbox, s.v.identity()}
	rs.mu.Lock()
	r := rs.by[k]
	if r == nil {
		r = &room{c: s.c, all: rs, v: s.v, key: s.k.inbox.Address}
		rs.by[k] = r
	}
	r.mu.Lock()
	rs.mu.Unlock()
	r.tabs = append(r.tabs, s)
	r.mu.Unlock()
	return r
}

// leave takes a tab out, and the room away when it was the last one.
func (rs *rooms) leave(r *room, s *socket) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tabs = slices.DeleteFunc(r.tabs, func(t *socket) bool { return t == s })
	if len(r.tabs) == 0 {
		delete(rs.by, roomKey{r.v.Inbox, r.v.identity()})
		if rs.byConv[r.conv] == r {
			delete(rs.byConv, r.conv)
		}
	}
}

func (rs *rooms) of(id desk.ConversationID) *room {
	rs.mu.RLock()
	defer rs.mu.RUnlock()
	return rs.byConv[id]
}

// snapshot lists the rooms now.
func (rs *rooms) snapshot() []*room {
	rs.mu.RLock()
	defer rs.mu.RUnlock()
	out := make([]*room, 0, len(rs.by))
	for _, r := range rs.by {
		out = append(out, r)
	}
	return out
}

// known lists the rooms of somebody with these identities in an inbox, and whether the inbox has any visitor here.
func (rs *rooms) known(inbox desk.InboxID, ids []desk.Identity) []*room {
	rs.mu.RLock()
	defer rs.mu.RUnlock()
	var out []*room
	for _, i := range ids {
		if r := rs.by[roomKey{inbox, i}]; r != nil {
			out = append(out, r)
		}
	}
	return out
}

func (rs *rooms) empty() bool {
	rs.mu.RLock()
	defer rs.mu.RUnlock()
	return len(rs.by) == 0
}

// bind makes c the room's conversation. What tabs had of another one is behind them.
func (r *room) bind(c desk.Conversation) {
	r.all.mu.Lock()
	defer r.all.mu.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.contact, r.status, r.assignee = c.Contact, c.Status, c.Assignee
	r.seen = max(r.seen, c.VisitorRead)
	if r.conv == c.ID || len(r.tabs) == 0 {
		return
	}
	if r.all.byConv[r.conv] == r {
		delete(r.all.byConv, r.conv)
	}
	r.conv, r.last, r.agentRead, r.seen, r.delivered, r.place = c.ID, 0, 0, c.VisitorRead, 0, queueFrame{}
	r.all.byConv[c.ID] = r
	for _, t := range r.tabs {
		t.sent = 0
	}
}

// forget lets go of an erased conversation. The tabs come back and find nothing.
func (r *room) forget(id desk.ConversationID) {
	r.all.mu.Lock()
	defer r.all.mu.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.conv != id {
		return
	}
	if r.all.byConv[id] == r {
		delete(r.all.byConv, id)
	}
	r.conv, r.contact, r.status, r.assignee = "", "", "", ""
	r.last, r.agentRead, r.seen, r.delivered, r.place = 0, 0, 0, 0, queueFrame{}
	for _, t := range r.tabs {
		t.sent = 0
		t.close(closeResync, "resync")
	}
}

// say queues a frame for every tab.
func (r *room) say(frame []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, t := range r.tabs {
		if t.greeted {
			t.push(frame)
		}
	}
}

// pageSize is how many entries are read and sent at once.
const pageSize = 50

// show brings every tab up to the record: what each has not, in order, once. The room is locked meanwhile, so that two
// shows cannot interleave.
func (r *room) show(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.showLocked(ctx)
}

func (r *room) showLocked(ctx context.Context) error {
	if r.conv == "" {
		return nil
	}
	for {
		low := int64(-1)
		for _, t := range r.tabs {
			if t.greeted && (low < 0 || t.sent < low) {
				low = t.sent
			}
		}
		if low < 0 {
			return nil
		}
		page, err := r.c.d.Records.Messages(ctx, r.conv, desk.MessagePage{After: low, Limit: pageSize})
		if err != nil {
			return fmt.Errorf("show %s after %d: %w", r.conv, low, err)
		}
		r.spread(page)
		if len(page) < pageSize {
			return nil
		}
	}
}

// spread queues a page of the record for each tab that has not got it.
func (r *room) spread(page []desk.Message) {
	if len(page) == 0 {
		return
	}
	var frames []pushed
	for _, m := range page {
		r.reads(m)
		if visible(m) {
			frames = append(frames, pushed{m.Number, encode(messageFrame{kind("message"), r.conv, r.body(m)}), m})
		}
	}
	last := page[len(page)-1].Number
	r.last = max(r.last, last)
	for _, t := range r.tabs {
		if !t.greeted || t.sent >= last {
			continue
		}
		r.tell(t, slices.DeleteFunc(slices.Clone(frames), func(p pushed) bool { return p.number <= t.sent }))
		t.sent = last
	}
}

type pushed struct {
	number int64
	frame  []byte
	m      desk.Message
}

// tell sends few entries one by one and many as one frame, so that a long absence does not overflow the queue.
func (r *room) tell(t *socket, list []pushed) {
	if len(list) <= 4 {
		for _, p := range list {
			t.push(p.frame)
		}
		return
	}
	h := historyFrame{head: kind("history"), Conversation: r.conv}
	for _, p := range list {
		h.Messages = append(h.Messages, r.body(p.m))
	}
	t.push(encode(h))
}

// reads learns from an answer that everything before it was read.
func (r *room) reads(m desk.Message) {
	if m.Direction == desk.Out && m.Human() && m.Number > r.agentRead {
		r.agentRead = m.Number
	}
}

// visible reports whether a visitor may see an entry.
func visible(m desk.Message) bool { return m.Public() && m.Delivery != desk.DeliveryWithdrawn }

// seenByAgent marks the visitor's words as read, when the conversation's own agent looks at it.
func (r *room) seenByAgent(a desk.AgentID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if a == "" || a != r.assignee || r.last <= r.agentRead {
		return
	}
	r.agentRead = r.last
	frame := encode(ticksFrame{kind("ticks"), r.conv, r.agentRead})
	for _, t := range r.tabs {
		t.push(frame)
	}
}

// body is an entry as the visitor sees it. The agent's own client key is nobody else's business.
func (r *room) body(m desk.Message) messageBody {
	b := messageBody{Number: m.Number, Mine: m.Direction == desk.In, Text: m.Body.Text, At: m.At.UTC(), Auto: m.Auto != desk.ByHuman}
	if b.At.IsZero() || m.At.IsZero() {
		b.At = m.CreatedAt.UTC()
	}
	if b.Mine {
		b.ClientID = m.ClientKey
	} else {
		b.Name = m.AuthorName
	}
	for _, a := range m.Attachments {
		b.Files = append(b.Files, r.c.fileBody(r.v, r.key, a))
	}
	return b
}
