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
	case desk.SettingChanged:
		if f.Setting == desk.SettingLeave {
			t.stir()
		}
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
	t.stir()
}

// stir wakes the loop: the next change may come sooner than its timer stands.
func (t *Tracker) stir() {
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// wrapUp gives agent a the queue's wrap-up after the work that e ended: its time, or until they say done. Facts that come late, after a crash, give
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
	m := desk.Mode{Agent: a, State: desk.WrapUp, Since: was.Since, Until: e.At.Add(time.Duration(q.WrapUp[c.Medium]) * time.Second)}
	if most := q.WrapUpMost[c.Medium]; most > 0 {
		m.Reason, m.Until = desk.UntilDone, e.At.Add(time.Duration(most)*time.Second)
	}
	if !m.Until.After(t.Now()) {
		return nil
	}
	return t.Desk.SetPresence(ctx, desk.System(), m)
}
