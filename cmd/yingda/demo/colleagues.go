package demo

import (
	"context"
	"encoding/json"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// Login is one person who can sign in.
type Login struct {
	Name, Email, Password string
}

// colleague is a simulated agent: it takes what it is offered and answers with plain sentences, through the same API
// as a person at a console.
type colleague struct {
	login  Login
	api    *client
	pace   float64
	logger *slog.Logger
	id     string // known once signed in

	mu   sync.Mutex
	said map[string]int // replies given, by conversation
	busy map[string]bool
}

func newColleague(base string, login Login, pace float64, logger *slog.Logger) *colleague {
	return &colleague{login: login, api: newClient(base), pace: pace, logger: logger, said: map[string]int{}, busy: map[string]bool{}}
}

// run works until ctx ends; a broken line is opened again.
func (c *colleague) run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	for wait := 2 * time.Second; ctx.Err() == nil; wait = min(2*wait, time.Minute) {
		if err := c.shift(ctx, g); err != nil && ctx.Err() == nil {
			c.logger.Warn("demo: a colleague's line broke", "agent", c.login.Email, "err", err)
		}
		pause(ctx, wait)
	}
	return g.Wait()
}

func (c *colleague) shift(ctx context.Context, g *errgroup.Group) error {
	var me struct{ Agent struct{ ID string } }
	err := c.api.call(ctx, http.MethodGet, "/me", nil, &me)
	if refused(err) {
		if err := c.api.signIn(ctx, c.login.Email, c.login.Password); err != nil {
			return err
		}
		err = c.api.call(ctx, http.MethodGet, "/me", nil, &me)
	}
	if err != nil {
		return err
	}
	c.id = me.Agent.ID
	if err := c.resume(ctx, g); err != nil {
		return err
	}
	available := func() error {
		return c.api.call(ctx, http.MethodPut, "/me/presence", map[string]string{"state": "available"}, nil)
	}
	g.Go(func() error { // once the socket stands, so that the desk sees somebody connected
		pause(ctx, 500*time.Millisecond)
		if err := available(); err != nil && ctx.Err() == nil {
			c.logger.Debug("demo: presence", "err", err)
		}
		return nil
	})
	return c.api.listen(ctx, func(f frame) {
		switch {
		case f.Kind == "offer":
			g.Go(func() error { c.accept(ctx, f.Offer.ID, f.Offer.Conversation); return nil })
		case f.Kind == "message" && f.Message.Direction == "in":
			g.Go(func() error { c.answer(ctx, f.Message.Conversation); return nil })
		case f.Kind == "conversation":
			c.given(ctx, g, f)
		}
	})
}

// given takes up work that came without a question: mail is accepted on the agent's behalf.
func (c *colleague) given(ctx context.Context, g *errgroup.Group, f frame) {
	var conv conversation
	if json.Unmarshal(f.Conversation, &conv) != nil || conv.Assignee != c.id || conv.Status != "open" || conv.LastBy != "in" {
		return
	}
	g.Go(func() error { c.work(ctx, conv); return nil })
}

// work does what the conversation's medium asks for.
func (c *colleague) work(ctx context.Context, conv conversation) {
	if conv.Medium == "voice" {
		c.talk(ctx, conv.ID)
		return
	}
	c.answer(ctx, conv.ID)
}

// talk stays with a call until it is over, calls back one that was missed, and closes it.
func (c *colleague) talk(ctx context.Context, id string) {
	if !c.begin(id) {
		return
	}
	defer c.end(id)
	missed := false
	for over := false; !over; {
		pause(ctx, time.Second)
		var page struct {
			Items []struct {
				Call *struct {
					Outcome string     `json:"outcome"`
					EndedAt *time.Time `json:"ended_at"`
				} `json:"call"`
			}
		}
		if err := c.api.call(ctx, http.MethodGet, "/conversations/"+id+"/messages", nil, &page); err != nil {
			return
		}
		for _, m := range page.Items {
			if m.Call != nil && m.Call.EndedAt != nil {
				over, missed = true, m.Call.Outcome != "answered"
			}
		}
	}
	c.thinks(ctx, 3, 8)
	if missed {
		if err := c.api.call(ctx, http.MethodPost, "/conversations/"+id+"/called-back", map[string]string{"note": ""}, nil); err != nil {
			c.complain("call back", err)
			return
		}
	}
	var conv conversation
	if err := c.api.call(ctx, http.MethodGet, "/conversations/"+id, nil, &conv); err != nil || conv.Status != "open" {
		return
	}
	c.resolve(ctx, conv)
}

// resume answers what was in hand when the demo stopped.
func (c *colleague) resume(ctx context.Context, g *errgroup.Group) error {
	var page struct{ Items []conversation }
	if err := c.api.call(ctx, http.MethodGet, "/conversations?list=mine&status=open", nil, &page); err != nil {
		return err
	}
	for _, conv := range page.Items {
		if conv.LastBy == "in" {
			g.Go(func() error { c.work(ctx, conv); return nil })
		}
	}
	return nil
}

func (c *colleague) accept(ctx context.Context, offer string, conv conversation) {
	c.thinks(ctx, 2, 6)
	if err := c.api.call(ctx, http.MethodPost, "/offers/"+offer+"/accept", nil, nil); err != nil {
		c.complain("accept", err)
		return
	}
	c.work(ctx, conv)
}

// answer writes the next plain sentence, and resolves after the last.
func (c *colleague) answer(ctx context.Context, id string) {
	if !c.begin(id) {
		return
	}
	defer c.end(id)
	var conv conversation
	if err := c.api.call(ctx, http.MethodGet, "/conversations/"+id, nil, &conv); err != nil || conv.Medium == "voice" || conv.Status != "open" {
		return
	}
	c.thinks(ctx, 4, 15)
	lines := replies["en"]
	if conv.Locale == "zh" {
		lines = replies["zh"]
	}
	n := c.next(id, len(lines))
	body := map[string]any{"text": lines[n], "html": "", "seen": conv.Messages, "force": true, "then": "", "to": []any{}, "cc": []any{}}
	if n == len(lines)-1 {
		body["then"] = "resolved"
	}
	if conv.Medium == "email" {
		var to map[string]any
		if err := c.api.call(ctx, http.MethodGet, "/conversations/"+id+"/reply-to", nil, &to); err != nil {
			c.complain("recipients", err)
			return
		}
		body["to"], body["cc"] = to["to"], to["cc"]
		if body["then"] == "" {
			body["then"] = "pending"
		}
	}
	if err := c.api.call(ctx, http.MethodPost, "/conversations/"+id+"/messages", body, nil); err != nil {
		c.complain("reply", err)
		return
	}
	if conv.Medium == "chat" && body["then"] == "" {
		go c.closes(ctx, id)
	}
}

// closes resolves a chat whose visitor has said nothing more for a while.
func (c *colleague) closes(ctx context.Context, id string) {
	var before, after conversation
	if err := c.api.call(ctx, http.MethodGet, "/conversations/"+id, nil, &before); err != nil {
		return
	}
	c.thinks(ctx, 60, 90)
	err := c.api.call(ctx, http.MethodGet, "/conversations/"+id, nil, &after)
	if err != nil || after.Messages != before.Messages || after.Status != "open" || after.LastBy != "out" {
		return
	}
	c.resolve(ctx, after)
}

func (c *colleague) resolve(ctx context.Context, conv conversation) {
	if err := c.api.call(ctx, http.MethodPatch, "/conversations/"+conv.ID, map[string]any{"version": conv.Version, "status": "resolved"}, nil); err != nil {
		c.complain("resolve", err)
	}
}

func (c *colleague) begin(id string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.busy[id] {
		return false
	}
	c.busy[id] = true
	return true
}

func (c *colleague) end(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.busy, id)
}

func (c *colleague) next(id string, n int) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	said := min(c.said[id], n-1)
	c.said[id]++
	return said
}

// thinks waits as a person would, from lo to hi seconds at pace 1.
func (c *colleague) thinks(ctx context.Context, lo, hi float64) {
	s := lo + rand.Float64()*(hi-lo)
	pause(ctx, time.Duration(s/max(c.pace, 0.1)*float64(time.Second)))
}

func (c *colleague) complain(doing string, err error) {
	if refused(err) {
		c.logger.Debug("demo: the desk said no", "agent", c.login.Email, "doing", doing, "err", err)
		return
	}
	c.logger.Warn("demo: a colleague could not work", "agent", c.login.Email, "doing", doing, "err", err)
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
