package chat

import (
	"context"
	"errors"
	"time"

	"yingda/desk"
)

// Listen is the feed's listener: it brings this node's visitors what happened in their conversations. It runs on every
// node and starts from the newest fact, since tabs read the record when they come. It is idempotent.
func (c *Chat) Listen(ctx context.Context, e desk.Event) error {
	if e.Subject.Kind != desk.AboutConversation || c.rooms.empty() {
		return nil
	}
	id := desk.ConversationID(e.Subject.ID)
	switch f := e.Fact.(type) {
	case desk.Opened:
		if f.Medium == desk.Chat {
			return c.opened(ctx, f, id)
		}
		return nil
	case desk.Queued, desk.Unqueued, desk.Reranked, desk.Offered, desk.OfferDeclined, desk.OfferExpired, desk.OfferWithdrawn:
		c.move() // somebody's place may have changed, whoever the fact is about
	}
	if _, ok := e.Fact.(desk.Identified); ok {
		c.disown(id)
		return nil
	}
	r := c.rooms.of(id)
	if r == nil {
		if _, ok := e.Fact.(desk.Assigned); ok {
			c.move()
		}
		return nil
	}
	return r.learn(ctx, id, e.Fact)
}

// disown takes a conversation from the rooms of strangers: its customer has proven who they are, and only their own tabs
// may have it from now on.
func (c *Chat) disown(id desk.ConversationID) {
	for _, r := range c.rooms.snapshot() {
		if r.v.External == "" {
			r.forget(id)
		}
	}
}

// learn takes a fact about the room's own conversation.
func (r *room) learn(ctx context.Context, id desk.ConversationID, fact desk.Fact) error {
	switch f := fact.(type) {
	case desk.MessageReceived, desk.MessageSent:
		return r.show(ctx)
	case desk.Assigned:
		r.set(func() { r.assignee = f.Agent })
		r.say(encode(joinedFrame{kind("joined"), r.c.nameOf(f.Agent)}))
		r.c.move()
	case desk.Released:
		r.set(func() {
			if r.assignee == f.Agent {
				r.assignee = ""
			}
		})
		r.c.move()
	case desk.Resumed:
		r.set(func() { r.assignee = f.Agent })
	case desk.StatusChanged:
		r.set(func() { r.status = f.To })
		r.say(encode(statusFrame{kind("status"), id, f.To}))
		r.c.move()
	case desk.ContinuedIn:
		way := map[desk.Medium]string{desk.Email: "mail", desk.Voice: "call"}[f.Medium]
		r.say(encode(movedFrame{kind("moved"), id, way, f.Kept}))
	case desk.Erased:
		r.forget(id)
	case desk.Merged:
		return r.c.follow(ctx, r, f.Into)
	}
	return nil
}

func (r *room) set(fn func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	fn()
}

// opened finds the tabs here of a visitor whose conversation another node opened.
func (c *Chat) opened(ctx context.Context, f desk.Opened, id desk.ConversationID) error {
	who, err := c.d.Records.Contact(ctx, f.Contact)
	if errors.Is(err, desk.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, r := range c.rooms.known(f.Inbox, who.Identities) {
		if err := c.follow(ctx, r, id); err != nil {
			return err
		}
	}
	return nil
}

// places tells each waiting visitor where they stand, when that changed.
func (c *Chat) places() {
	if c.d.Queue == nil {
		return
	}
	for _, r := range c.rooms.snapshot() {
		r.standing()
	}
}

func (r *room) standing() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.conv == "" {
		return
	}
	f := queueFrame{head: kind("queue")}
	if r.status != desk.Resolved && r.assignee == "" {
		if p, ok := r.c.d.Queue.Place(r.conv); ok {
			f.Waiting, f.Position = true, p.Number
			f.LowS, f.HighS = seconds(p.Low), seconds(p.High)
			if before := r.place; before.Waiting && before.Position > 0 && p.Number > before.Position {
				f.Reason = "urgent" // the number never grows without a word why
			}
		}
	}
	same := r.place
	same.Reason = f.Reason
	if same == f && f.Reason == "" || !f.Waiting && !r.place.Waiting {
		return
	}
	r.place = f
	frame := encode(f)
	for _, t := range r.tabs {
		t.push(frame)
	}
}

func seconds(d time.Duration) int { return int(d.Round(time.Second) / time.Second) }
