package voice

import (
	"context"
	"fmt"
	"sync"
	"time"

	"yingda/desk"
)

// A hang-up that never comes must not hold a caller's promise or an agent's seat for ever (UP-V2). What an exchange
// says later still counts: calls converge.
const (
	// RingLimit is after how long a call that still rings is taken for given up.
	RingLimit = 3 * time.Minute
	// CallLimit is after how long an answered call is taken for over, where its inbox sets no limit of its own.
	CallLimit = 4 * time.Hour

	silenceLook = 10 * time.Second
	silencePage = 200
)

// Records is where the watch finds calls that were on when the process started, and answers what became of a call.
type Records interface {
	// OpenRows pages through all conversations that are not resolved, by id.
	OpenRows(ctx context.Context, after desk.ConversationID, limit int) ([]desk.ConversationRow, error)
	Messages(ctx context.Context, id desk.ConversationID, page desk.MessagePage) ([]desk.Message, error)
	// SubjectEvents are the facts of a subject below a number (0: from the end), newest first.
	SubjectEvents(ctx context.Context, s desk.Subject, before int64, limit int) ([]desk.Event, error)
}

// silence knows the calls that are on.
type silence struct {
	mu sync.Mutex
	on map[desk.ConversationID]desk.Call
}

func (s *silence) note(id desk.ConversationID, c desk.Call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.on == nil {
		s.on = map[desk.ConversationID]desk.Call{}
	}
	if c.On() {
		s.on[id] = c
	} else {
		delete(s.on, id)
	}
}

// over lists the calls whose time is up at now when an answered one may last so long, each with its end: a moment
// every node agrees on.
func (s *silence) over(now time.Time, answered time.Duration) map[desk.ConversationID]desk.CallEvent {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[desk.ConversationID]desk.CallEvent{}
	for id, c := range s.on {
		end, outcome := c.AnsweredAt.Add(answered), desk.OutcomeAnswered
		if c.AnsweredAt.IsZero() {
			end, outcome = c.RingingAt.Add(RingLimit), desk.OutcomeAbandoned
		}
		if end.After(now) {
			continue
		}
		out[id] = desk.CallEvent{
			CallID: c.ID, External: c.ID + ":silence:" + string(outcome), Type: desk.CallHungUp, At: end, Direction: c.Direction,
			From: c.From, To: c.To, Outcome: outcome,
		}
	}
	return out
}

// Run closes calls whose hang-up never came, until ctx ends. Every node may run it: the second end is a repeat.
func (v *Voice) Run(ctx context.Context) error {
	look := time.NewTicker(silenceLook)
	defer look.Stop()
	loaded := false
	for {
		if !loaded {
			err := v.recall(ctx)
			loaded = err == nil
			if err != nil && ctx.Err() == nil {
				v.Log.Warn("voice: reading calls that are on", "err", err)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-look.C:
			v.closeSilent(ctx)
		}
	}
}

func (v *Voice) closeSilent(ctx context.Context) {
	for id, e := range v.silence.over(v.Now().UTC(), v.shortest()) {
		if err := v.closeOne(ctx, id, e); err != nil && ctx.Err() == nil {
			v.Log.Warn("voice: closing a silent call", "conversation", id, "err", err)
		}
	}
}

// shortest is the least limit of any line: which line a call is on is read only when it may be over.
func (v *Voice) shortest() time.Duration {
	least := CallLimit
	for _, inbox := range v.Directory().Inboxes() {
		if inbox.Medium == desk.Voice {
			least = min(least, limitOf(inbox))
		}
	}
	return least
}

// limitOf is how long an answered call of an inbox may last.
func limitOf(inbox desk.Inbox) time.Duration {
	s, err := ParseSettings(inbox.Channel)
	if err != nil || s.MaxCall == 0 {
		return CallLimit
	}
	return time.Duration(s.MaxCall) * time.Minute
}

func (v *Voice) closeOne(ctx context.Context, id desk.ConversationID, e desk.CallEvent) error {
	rows, err := v.Records.Messages(ctx, id, desk.MessagePage{Limit: 1})
	if err != nil {
		return fmt.Errorf("find its inbox: %w", err)
	}
	if len(rows) == 0 {
		return nil
	}
	e.Inbox = rows[0].Inbox
	if e.Outcome == desk.OutcomeAnswered { // its own line may allow more than the shortest does
		inbox, _ := v.Directory().Inbox(e.Inbox)
		if e.At = e.At.Add(limitOf(inbox) - v.shortest()); e.At.After(v.Now()) {
			return nil
		}
	}
	e.Phone = desk.Identity{Kind: desk.ByPhone, Value: "-"} // the call's own entry is found by its id
	if _, err := v.Intake.Call(ctx, e); err != nil {
		return err
	}
	return nil
}

// recall finds the calls that were on when the process started.
func (v *Voice) recall(ctx context.Context) error {
	var after desk.ConversationID
	for {
		rows, err := v.Records.OpenRows(ctx, after, silencePage)
		if err != nil {
			return fmt.Errorf("list open conversations: %w", err)
		}
		for _, r := range rows {
			after = r.ID
			if r.Medium != desk.Voice {
				continue
			}
			messages, err := v.Records.Messages(ctx, r.ID, desk.MessagePage{Limit: 20})
			if err != nil {
				return fmt.Errorf("read calls of %s: %w", r.ID, err)
			}
			for _, m := range messages {
				if m.Call != nil {
					v.silence.note(r.ID, *m.Call)
				}
			}
		}
		if len(rows) < silencePage {
			return nil
		}
	}
}
