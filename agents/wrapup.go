package agents

import (
	"context"
	"errors"
	"time"

	"yingda/desk"
)

// Listen takes the facts that concern presence: it keeps the tracker's picture fresh and gives agents their wrap-up
// (话后处理) after work that has one. It is a [desk.Listener].
func (t *Tracker) Listen(ctx context.Context, e desk.Event) error {
	switch f := e.Fact.(type) {
	case desk.PresenceChanged:
		t.noted(f.To)
	case desk.CallEnded:
		if f.Call.Agent != "" && !f.Call.AnsweredAt.IsZero() {
			return t.wrapUp(ctx, f.Call.Agent, e)
		}
	case desk.Released:
		if f.Why == "resolved" {
			return t.wrapUp(ctx, f.Agent, e)
		}
	}
	return nil
}

func (t *Tracker) noted(p desk.Presence) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if p.State == desk.Offline {
		delete(t.presence, p.Agent)
		return
	}
	t.presence[p.Agent] = p
	select {
	case t.wake <- struct{}{}: // the next wrap-up may end sooner than the timer stands
	default:
	}
}

// wrapUp gives agent a the queue's wrap-up time after the work that e ended. Facts that come late, after a crash, give
// only what is left of it; a resolved call has had its wrap-up when it ended.
func (t *Tracker) wrapUp(ctx context.Context, a desk.AgentID, e desk.Event) error {
	if e.Subject.Kind != desk.AboutConversation {
		return nil
	}
	t.mu.Lock()
	was := t.presence[a]
	t.mu.Unlock()
	if was.State != desk.Available {
		return nil
	}
	c, _, err := t.Conversations.Conversation(ctx, desk.ConversationID(e.Subject.ID))
	if errors.Is(err, desk.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if _, resolved := e.Fact.(desk.Released); resolved && c.Medium == desk.Voice {
		return nil
	}
	q, ok := t.Dir().Queue(c.Queue)
	if !ok {
		return nil
	}
	until := e.At.Add(time.Duration(q.WrapUp[c.Medium]) * time.Second)
	if !until.After(t.Now()) {
		return nil
	}
	return t.Desk.SetPresence(ctx, desk.System(), desk.Mode{Agent: a, State: desk.WrapUp, Until: until})
}

// endWrapUps makes those available again whose wrap-up is over.
func (t *Tracker) endWrapUps(ctx context.Context) error {
	now := t.Now()
	t.mu.Lock()
	var over []desk.AgentID
	for a, p := range t.presence {
		if p.State == desk.WrapUp && !p.Until.IsZero() && !p.Until.After(now) {
			over = append(over, a)
		}
	}
	t.mu.Unlock()
	for _, a := range over {
		if err := t.Desk.SetPresence(ctx, desk.System(), desk.Mode{Agent: a, State: desk.Available}); err != nil {
			return err
		}
		t.noted(desk.Presence{Agent: a, State: desk.Available, Since: now})
	}
	return nil
}

// nextWrapUp is how long until the first wrap-up ends, at most an hour. One that is over already was refused by the
// store just now and waits a second.
func (t *Tracker) nextWrapUp() time.Duration {
	now, next := t.Now(), time.Hour
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, p := range t.presence {
		if p.State == desk.WrapUp && !p.Until.IsZero() {
			next = min(next, p.Until.Sub(now))
		}
	}
	if next <= 0 {
		return time.Second
	}
	return next
}
