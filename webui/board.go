package webui

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"yingda/desk"
)

// Limits of what the board lists; the numbers beside count everything.
const (
	maxLate = 100
	maxNext = 50
)

// board is the picture of all conversations that are not resolved, read once and then kept by the feed: no number on
// it is ever counted in SQL again, but for today's service level, which board_service.go keeps.
type board struct {
	dir func() desk.Directory

	mu       sync.Mutex
	rows     map[desk.ConversationID]desk.ConversationRow
	offers   map[desk.OfferID]OpenOffer
	on       map[desk.ConversationID]desk.OfferID // the offer a conversation lies on
	presence map[desk.AgentID]desk.Presence
	service  map[desk.QueueID]*ServiceLevel
	counted  int64     // the last fact that service had in it when it was read
	stale    bool      // service is to be read again
	day      time.Time // the midnight the service level counts from
	past     past      // the same weekday before
	told     told
	wishes   map[desk.ConversationID]*wish // see board_wishes.go
	lost     bool                          // facts were lost: wishes are to be read again
}

// told is what board frames last said, so that only rows that changed are sent.
type told struct {
	queues map[string]BoardQueue
	agents map[string]BoardAgent
	late   string
	stale  bool // wishes changed since
}

func newBoard(dir func() desk.Directory) *board {
	return &board{
		dir: dir, rows: map[desk.ConversationID]desk.ConversationRow{}, offers: map[desk.OfferID]OpenOffer{},
		on: map[desk.ConversationID]desk.OfferID{}, presence: map[desk.AgentID]desk.Presence{},
		service: map[desk.QueueID]*ServiceLevel{}, told: told{queues: map[string]BoardQueue{}, agents: map[string]BoardAgent{}},
		wishes: map[desk.ConversationID]*wish{},
	}
}

// snapshotPage is how many rows the board reads at once at start.
const snapshotPage = 500

// load reads the picture. Facts after the moment the caller noted before are applied over it and converge.
func (b *board) load(ctx context.Context, s *Server) error {
	rows := map[desk.ConversationID]desk.ConversationRow{}
	for after := desk.ConversationID(""); ; {
		page, err := s.Lists.OpenRows(ctx, after, snapshotPage)
		if err != nil {
			return err
		}
		for _, r := range page {
			rows[r.ID], after = r, r.ID
		}
		if len(page) < snapshotPage {
			break
		}
	}
	present, err := s.presences(ctx)
	if err != nil {
		return err
	}
	b.mu.Lock()
	b.rows, b.presence = rows, present
	b.mu.Unlock()
	if s.Routing != nil {
		b.loadOffers(ctx, s, present)
	}
	if err := b.loadWishes(ctx, s); err != nil {
		return err
	}
	return b.loadService(ctx, s)
}

// loadOffers is best effort: without Redis there are none to know of, and the feed tells of later ones.
func (b *board) loadOffers(ctx context.Context, s *Server, present map[desk.AgentID]desk.Presence) {
	for a := range present {
		open, err := s.Routing.Offers(ctx, a)
		if err != nil {
			s.Log.Warn("board: offers", "err", err)
			return
		}
		for _, o := range open {
			b.offered(s.explained(ctx, o))
		}
	}
}

// put takes a row in and returns the one before, if the board had it.
func (b *board) put(r desk.ConversationRow) (before desk.ConversationRow, had bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	before, had = b.rows[r.ID]
	b.moveWish(r)
	if r.Status == desk.Resolved {
		delete(b.rows, r.ID)
	} else {
		b.rows[r.ID] = r
	}
	return before, had
}

// forget takes an erased conversation off the board.
func (b *board) forget(id desk.ConversationID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.offers, b.on[id])
	delete(b.on, id)
	delete(b.rows, id)
	if _, had := b.wishes[id]; had {
		delete(b.wishes, id)
		b.told.stale = true
	}
}

func (b *board) offered(o OpenOffer) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.offers[o.ID], b.on[o.Conversation] = o, o.ID
}

// offerEnded forgets an offer and returns it.
func (b *board) offerEnded(id desk.OfferID) (OpenOffer, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	o, ok := b.offers[id]
	delete(b.offers, id)
	if ok && b.on[o.Conversation] == id {
		delete(b.on, o.Conversation)
	}
	return o, ok
}

func (b *board) offer(id desk.OfferID) (OpenOffer, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	o, ok := b.offers[id]
	return o, ok
}

func (b *board) offeredTo(c desk.ConversationID) desk.AgentID {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.offers[b.on[c]].Agent
}

func (b *board) present(p desk.Presence) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.presence[p.Agent] = p
}

// picture is the board within a scope, without its rows of promises: those are handed over beside it.
func (b *board) picture(scope desk.Scope, now time.Time) (p Board, late, next []promisedRow) {
	b.mu.Lock()
	defer b.mu.Unlock()
	queues, agents := b.sums(now)
	p = Board{At: at(now), Queues: []BoardQueue{}, Agents: []BoardAgent{}, Channels: []Channel{}, Alerts: []Alert{}}
	for _, q := range queues {
		if scope.HasQueue(desk.QueueID(q.ID)) {
			p.Queues = append(p.Queues, q)
		}
	}
	mine := scope.Covering()
	for _, a := range agents {
		if mine(desk.AgentID(a.Agent)) {
			p.Agents = append(p.Agents, a)
		}
	}
	broken, coming := b.promises(scope, now)
	p.LateTotal, p.Waivers = len(broken), b.wishesOf(scope)
	return p, b.rowsOf(broken, maxLate), b.rowsOf(coming, maxNext)
}

// sums are all queues and agents with their numbers; the caller holds mu.
func (b *board) sums(now time.Time) ([]BoardQueue, []BoardAgent) {
	d := b.dir()
	queues, agents := map[desk.QueueID]*BoardQueue{}, map[desk.AgentID]*BoardAgent{}
	for _, q := range d.Queues() {
		row := &BoardQueue{ID: string(q.ID), Name: q.Name, Service: level(b.service[q.ID]), Goal: cmp.Or(q.Goal, desk.DefaultGoal)}
		row.LastWeek, row.Usual = b.past.compare(q.ID, b.day, now)
		queues[q.ID] = row
	}
	for _, a := range d.Agents() {
		if a.Disabled {
			continue
		}
		p := b.presence[a.ID]
		p.Agent = a.ID
		agents[a.ID] = &BoardAgent{
			Agent: string(a.ID), Name: a.Name, Presence: wirePresence(p), Capacity: cmp.Or(a.Capacity, desk.DefaultCapacity), Held: []BoardHeld{},
		}
		if p.State == desk.Available {
			for _, q := range desk.QueuesOf(d, a) {
				if row := queues[q]; row != nil {
					row.Available++
				}
			}
		}
	}
	for _, r := range b.rows {
		b.addRow(d, r, queues[r.Queue], agents[r.Assignee], now)
	}
	for _, o := range b.offers {
		if a := agents[o.Agent]; a != nil {
			a.Offers++
		}
	}
	return sorted(d, queues, agents)
}

// addRow counts one conversation to its queue and its agent; either may be missing.
func (b *board) addRow(d desk.Directory, r desk.ConversationRow, q *BoardQueue, a *BoardAgent, now time.Time) {
	if q != nil {
		countRow(q, r, b.on[r.ID] != "", now)
	}
	if a == nil || !r.Held() {
		return
	}
	queue, _ := d.Queue(r.Queue)
	h := BoardHeld{
		Conversation: string(r.ID), Number: r.Number, Medium: string(r.Medium), Weight: queue.WeightOf(r.Medium),
		Contact: r.ContactName, Since: at(r.LastAgentAt),
	}
	a.Load += h.Weight
	a.Held = append(a.Held, h)
}

func countRow(q *BoardQueue, r desk.ConversationRow, onOffer bool, now time.Time) {
	switch {
	case r.Waiting() && onOffer:
		q.OnOffer++
	case r.Waiting():
		q.Waiting++
	case r.Held():
		q.Held++
	case r.Status == desk.Pending || r.Status == desk.Snoozed:
		q.Pending++
	}
	if r.Waiting() && (q.LongestSince.IsZero() || r.QueuedAt.Before(q.LongestSince.Time)) {
		q.LongestSince, q.Oldest = at(r.QueuedAt), string(r.ID)
	}
	for _, k := range r.Clocks {
		if k.Owed() && !k.DueAt.After(now) {
			q.Late++
			break
		}
	}
}

func sorted(d desk.Directory, queues map[desk.QueueID]*BoardQueue, agents map[desk.AgentID]*BoardAgent) (qs []BoardQueue, as []BoardAgent) {
	for _, q := range d.Queues() {
		qs = append(qs, *queues[q.ID])
	}
	for _, a := range d.Agents() {
		if row := agents[a.ID]; row != nil {
			slices.SortFunc(row.Held, func(x, y BoardHeld) int { return cmp.Compare(x.Conversation, y.Conversation) })
			as = append(as, *row)
		}
	}
	return qs, as
}

// whole is every row as it is now.
func (b *board) whole(now time.Time) ([]BoardQueue, []BoardAgent) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.sums(now)
}
