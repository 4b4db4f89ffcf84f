package webui

import (
	"context"
	"sync"
	"time"

	"yingda/desk"
)

// Hub turns facts into frames: it hears the feed, reads what each batch of facts touched once, encodes each frame
// once, and hands it to every socket that may have it. Sockets are held by conn.go.
type Hub struct {
	s     *Server
	board *board

	mu      sync.Mutex
	sockets map[*socket]struct{}
	views   map[desk.ConversationID]map[desk.AgentID]time.Time // who looks, and when they last said so

	ahead outlook
	life  context.Context // Run's, for work beside it; nil before
	bg    sync.WaitGroup

	in   chan desk.Event
	jobs chan func(context.Context)
	seq  int64 // the last fact whose frames went out; only Run's goroutine writes, under mu

	recounted time.Time // when the service level was last read again; Run's alone
	done      chan struct{}
}

// Sizes and rhythms of the hub.
const (
	hubBacklog  = 1024 // facts taken from the feed before it must wait for us
	hubBatch    = 256  // facts turned into frames at once
	boardEvery  = 250 * time.Millisecond
	viewEvery   = 30 * time.Second
	viewExpires = 75 * time.Second // of a node that died with its viewers
	hubTimeout  = 10 * time.Second // for the reads of one batch
)

func newHub(s *Server) *Hub {
	return &Hub{
		s: s, board: newBoard(s.Dir), sockets: map[*socket]struct{}{}, views: map[desk.ConversationID]map[desk.AgentID]time.Time{},
		in: make(chan desk.Event, hubBacklog), jobs: make(chan func(context.Context), 64), done: make(chan struct{}),
	}
}

// Listen takes one fact of the feed; it waits only when the hub is hubBacklog facts behind. It is a [desk.Listener].
func (h *Hub) Listen(ctx context.Context, e desk.Event) error {
	select {
	case h.in <- e:
		return nil
	case <-h.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// From is the fact the hub begins after: call it before Feed.Listen. What it has not heard is in its snapshot.
func (h *Hub) From(ctx context.Context) (int64, error) {
	seq, err := h.s.Facts.LastSeq(ctx)
	h.mu.Lock()
	h.seq = seq
	h.mu.Unlock()
	return seq, err
}

// Run makes frames until ctx ends; then it closes every socket and returns nil.
func (h *Hub) Run(ctx context.Context) error {
	h.mu.Lock()
	h.life = ctx
	h.mu.Unlock()
	defer h.bg.Wait()
	defer h.shut()
	if h.s.Signals != nil {
		defer h.s.Signals.Subscribe(h.signal)()
	}
	for err := h.board.load(ctx, h.s); err != nil; err = h.board.load(ctx, h.s) {
		if ctx.Err() != nil {
			return nil
		}
		h.s.Log.Warn("hub: snapshot", "err", err)
		pause(ctx, time.Second)
	}
	tick, views := time.NewTicker(boardEvery), time.NewTicker(viewEvery)
	defer tick.Stop()
	defer views.Stop()
	dirty := true
	for {
		select {
		case <-ctx.Done():
			return nil
		case e := <-h.in:
			h.take(ctx, e)
			dirty = true
		case job := <-h.jobs:
			job(ctx)
		case now := <-tick.C:
			if dirty || now.Unix()%5 == 0 && now.Nanosecond() < int(boardEvery) { // promises also break by themselves
				h.tellBoard()
			}
			dirty = h.recount(ctx, now)
		case <-views.C:
			h.renewViews()
			h.warn("channel health", h.tellChannels(ctx))
		}
	}
}

// recount reads the service level again where that is due, and reports whether it did.
func (h *Hub) recount(ctx context.Context, now time.Time) bool {
	if now.Sub(h.recounted) < serviceEvery || !h.board.outdated(h.s.Now()) {
		return false
	}
	h.recounted = now
	ctx, cancel := context.WithTimeout(ctx, hubTimeout)
	defer cancel()
	err := h.board.loadService(ctx, h.s)
	h.warn("service level", err)
	if err == nil && h.board.wishesLost() {
		err = h.board.loadWishes(ctx, h.s)
		h.warn("waivers", err)
	}
	return err == nil
}

// later runs fn beside the hub, until it ends with Run; after that it runs nothing.
func (h *Hub) later(fn func(context.Context)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.life == nil || h.life.Err() != nil {
		return
	}
	ctx := h.life
	h.bg.Go(func() { fn(ctx) })
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

func (h *Hub) warn(doing string, err error) {
	if err != nil {
		h.s.Log.Warn("hub", "doing", doing, "err", err)
	}
}

// take works off one fact and all that wait behind it: the busier it is, the more facts share their reads.
func (h *Hub) take(ctx context.Context, e desk.Event) {
	batch := []desk.Event{e}
	for len(batch) < hubBatch {
		select {
		case e := <-h.in:
			batch = append(batch, e)
			continue
		default:
		}
		break
	}
	ctx, cancel := context.WithTimeout(ctx, hubTimeout)
	defer cancel()
	last := batch[len(batch)-1].Seq
	t, err := h.read(ctx, batch)
	if err != nil {
		// Frames that cannot be made must not be skipped in silence: every page loads its snapshots again, and one that
		// is away now and comes back with an earlier cursor has these facts replayed.
		h.warn("read what changed", err)
		h.board.doubt()
		h.mu.Lock()
		defer h.mu.Unlock()
		h.seq = max(h.seq, last)
		h.resyncAll() // in the same breath: no socket may be told the new place before it is closed
		return
	}
	frames := h.frames(batch, t)
	h.mu.Lock()
	h.seq = max(h.seq, last)
	h.send(frames, h.cursor())
	h.mu.Unlock()
	for _, e := range batch {
		if f, ok := e.Fact.(desk.SettingChanged); ok {
			h.rescope(f)
		}
	}
}

// cursor names the place after the last fact; the caller holds mu.
func (h *Hub) cursor() string { return h.s.sign.seal("live", h.seq) }

// send hands each socket its frames as one burst; the caller holds mu.
func (h *Hub) send(frames []frame, cursor string) {
	if len(frames) == 0 {
		return
	}
	for s := range h.sockets {
		if !s.joined {
			continue
		}
		h.sendTo(s, frames, cursor)
	}
}

func (h *Hub) sendTo(s *socket, frames []frame, cursor string) {
	var b *burst
	for i := range frames {
		if !frames[i].to(s) {
			continue
		}
		if b == nil {
			b = &burst{cursor: cursor}
		}
		b.tails = append(b.tails, frames[i].tail)
	}
	if b != nil {
		h.s.metrics.frames.Add(float64(len(b.tails)))
		s.push(b)
	}
}

// tellChannels brings the boards each channel's last good moment, which moves without a fact.
func (h *Hub) tellChannels(ctx context.Context) error {
	if !h.boardWatched() {
		return nil
	}
	statuses, err := h.s.Channels.ChannelStatuses(ctx)
	if err != nil {
		return err
	}
	var frames []frame
	for _, st := range statuses {
		frames = append(frames, h.channelFrame(st)...)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.send(frames, h.cursor())
	return nil
}

func (h *Hub) boardWatched() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	for s := range h.sockets {
		if s.watchesBoard {
			return true
		}
	}
	return false
}

// rescope looks at every socket again after people, teams or queues changed: a disabled agent is signed out, a changed
// scope loads its snapshots anew.
func (h *Hub) rescope(f desk.SettingChanged) {
	switch f.Setting {
	case desk.SettingAgent, desk.SettingTeam, desk.SettingQueue:
	default:
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for s := range h.sockets {
		h.rescopeOne(s)
	}
}

// resyncAll tells every page to load its snapshots again; the caller holds mu.
func (h *Hub) resyncAll() {
	for s := range h.sockets {
		s.close(closeResync)
	}
}

// SignedOut closes the sockets of sessions that ended, here. Sockets on other nodes look their session up themselves.
func (h *Hub) SignedOut(sessions ...string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for s := range h.sockets {
		for _, id := range sessions {
			if s.session == id {
				s.close(closeSignedOut)
			}
		}
	}
}

func (h *Hub) shut() {
	close(h.done)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.resyncAll()
}

func (h *Hub) offeredTo(c desk.ConversationID) desk.AgentID { return h.board.offeredTo(c) }

// tellBoard sends the rows that changed to those who watch the board, each within their scope.
func (h *Hub) tellBoard() {
	h.mu.Lock()
	defer h.mu.Unlock()
	watched := false
	for s := range h.sockets {
		watched = watched || s.watchesBoard
	}
	if !watched {
		return
	}
	queues, agents, late, wishes := h.board.changes(h.s.Now())
	if len(queues)+len(agents) == 0 && !late && !wishes {
		return
	}
	cursor := h.cursor()
	for s := range h.sockets {
		if s.joined && s.watchesBoard {
			h.sendTo(s, []frame{h.boardFrame(s.scope, queues, agents, late)}, cursor)
		}
	}
}
