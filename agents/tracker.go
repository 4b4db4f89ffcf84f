package agents

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"yingda/desk"
)

// Rhythm of the tracker. With them an agent is offline at most 90 s after their last socket really died: the node's
// beat is too old after 25 s, is noticed within 5 s, and the grace is 60 s (UP-R3).
const (
	beatEvery  = 10 * time.Second
	lookEvery  = 5 * time.Second
	nodeAlive  = 25 * time.Second
	nodeForget = time.Hour // rows of nodes that never came back
)

// Desk is what the tracker asks of the desk; *desk.Service implements it.
type Desk interface {
	SetPresence(ctx context.Context, actor desk.Actor, m desk.Mode) error
}

// Conversations is where the tracker looks up whose work ended.
type Conversations interface {
	Conversation(ctx context.Context, id desk.ConversationID) (desk.Conversation, []desk.Clock, error)
}

// TrackerDeps is what a Tracker is made of.
type TrackerDeps struct {
	Log           *slog.Logger
	Now           func() time.Time
	Node          string // names this process among the nodes; unique
	Sockets       Sockets
	Desk          Desk
	Conversations Conversations
	Dir           func() desk.Directory
}

// Tracker watches who is connected and turns agents offline, out of wrap-up and other timed states, and on leave and
// back, when it is time. It runs on every
// node; what it does twice changes nothing.
type Tracker struct {
	TrackerDeps
	grace time.Duration
	wake  chan struct{}

	mu       sync.Mutex
	open     map[desk.AgentID]int           // sockets on this node
	presence map[desk.AgentID]desk.Presence // all that are not offline
	missing  map[desk.AgentID]time.Time     // since when nobody is connected for them
}

// NewTracker makes a Tracker; Run it, hand it every socket, and let it Listen to the feed.
func NewTracker(d TrackerDeps, cfg Config) *Tracker {
	return &Tracker{
		TrackerDeps: d, grace: cfg.Grace, wake: make(chan struct{}, 1), open: map[desk.AgentID]int{},
		presence: map[desk.AgentID]desk.Presence{}, missing: map[desk.AgentID]time.Time{},
	}
}

// Opened notes one more socket of agent a on this node. Errors: those of the store; the socket may stay open, the
// next look repairs the row.
func (t *Tracker) Opened(ctx context.Context, a desk.AgentID) error { return t.count(ctx, a, 1) }

// Closed notes one socket fewer.
func (t *Tracker) Closed(ctx context.Context, a desk.AgentID) error { return t.count(ctx, a, -1) }

func (t *Tracker) count(ctx context.Context, a desk.AgentID, by int) error {
	t.mu.Lock()
	n := max(0, t.open[a]+by)
	t.open[a] = n
	if n == 0 {
		delete(t.open, a)
	} else {
		delete(t.missing, a)
	}
	t.mu.Unlock()
	if err := t.Sockets.SetSockets(ctx, t.Node, a, n, t.Now()); err != nil {
		return fmt.Errorf("note sockets of %s: %w", a, err)
	}
	return nil
}

// Run beats and looks until ctx ends; it returns nil then. A store that is down is tried again: nobody turns offline
// because we cannot look.
func (t *Tracker) Run(ctx context.Context) error {
	if err := t.begin(ctx); err != nil && ctx.Err() == nil {
		t.Log.Warn("presence: start", "err", err)
	}
	beat, look := time.NewTicker(beatEvery), time.NewTicker(lookEvery)
	defer beat.Stop()
	defer look.Stop()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		t.must(ctx, "turn", t.turnDue(ctx))
		timer.Reset(t.nextTurn())
		select {
		case <-ctx.Done():
			return t.end()
		case <-beat.C:
			t.must(ctx, "beat", t.Sockets.Beat(ctx, t.Node, t.Now()))
		case <-look.C:
			t.must(ctx, "look", t.look(ctx))
		case <-t.wake:
		case <-timer.C:
		}
	}
}

func (t *Tracker) must(ctx context.Context, doing string, err error) {
	if err != nil && ctx.Err() == nil {
		t.Log.Warn("presence", "doing", doing, "err", err)
	}
}

// begin forgets what a former life of this node left and reads who is there.
func (t *Tracker) begin(ctx context.Context) error {
	now := t.Now()
	if err := t.Sockets.Forget(ctx, t.Node, now.Add(-nodeForget)); err != nil {
		return err
	}
	if err := t.Sockets.Beat(ctx, t.Node, now); err != nil {
		return err
	}
	t.mu.Lock()
	open := make(map[desk.AgentID]int, len(t.open))
	for a, n := range t.open {
		open[a] = n
	}
	t.mu.Unlock()
	for a, n := range open { // sockets that were faster than we
		if err := t.Sockets.SetSockets(ctx, t.Node, a, n, now); err != nil {
			return err
		}
	}
	return t.read(ctx)
}

func (t *Tracker) read(ctx context.Context) error {
	all, err := t.Sockets.Presences(ctx)
	if err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	clear(t.presence)
	for _, p := range all {
		t.presence[p.Agent] = p
	}
	return nil
}

// end takes this node's sockets off the record, so that the grace of its agents begins now and not with the last beat.
func (t *Tracker) end() error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if err := t.Sockets.Forget(ctx, t.Node, time.Time{}); err != nil {
		t.Log.Warn("presence: stop", "err", err)
	}
	return nil
}

// look turns those offline who have had no connection anywhere for the grace.
func (t *Tracker) look(ctx context.Context) error {
	now := t.Now()
	if err := t.read(ctx); err != nil {
		return err
	}
	connected, err := t.Sockets.Connected(ctx, now.Add(-nodeAlive))
	if err != nil {
		return err
	}
	var failed error
	for _, a := range t.overdue(connected, now) {
		t.Log.Info("presence: nobody connected", "agent", a)
		failed = errors.Join(failed, t.Desk.SetPresence(ctx, desk.System(), desk.Mode{Agent: a, State: desk.Offline, Reason: "disconnected"}))
	}
	return failed
}

func (t *Tracker) overdue(connected []desk.AgentID, now time.Time) []desk.AgentID {
	t.mu.Lock()
	defer t.mu.Unlock()
	here := make(map[desk.AgentID]bool, len(connected)+len(t.open))
	for _, a := range connected {
		here[a] = true
	}
	for a := range t.open {
		here[a] = true
	}
	for a := range t.missing {
		if _, online := t.presence[a]; here[a] || !online {
			delete(t.missing, a)
		}
	}
	var gone []desk.AgentID
	for a := range t.presence {
		since, known := t.missing[a]
		switch {
		case here[a]:
		case !known:
			t.missing[a] = now
		case now.Sub(since) >= t.grace:
			gone = append(gone, a)
		}
	}
	return gone
}
