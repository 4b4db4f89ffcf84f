package router

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"yingda/desk"
	"yingda/internal/testkit"
)

// ledger keeps what the desk and its store keep, as far as the router can see it: who waits, who holds what, and the
// numbered facts. It refuses what the desk refuses.
type ledger struct {
	mu      sync.Mutex
	facts   []desk.Event
	waits   map[desk.ConversationID]desk.Work
	owner   map[desk.ConversationID]desk.AgentID
	held    map[desk.ConversationID]desk.Work
	seats   map[desk.AgentID]desk.Seat
	sick    error // what every write answers while it is set
	now     func() time.Time
	wake    chan struct{}
	assigns int
	news    chan desk.Fact            // every recorded fact, when it is set
	look    func(desk.Seat) desk.Seat // a seat by the settings in force; nil: as it was seated
}

func newLedger() *ledger {
	return &ledger{
		waits: map[desk.ConversationID]desk.Work{}, owner: map[desk.ConversationID]desk.AgentID{},
		held: map[desk.ConversationID]desk.Work{}, seats: map[desk.AgentID]desk.Seat{},
		now: time.Now, wake: make(chan struct{}, 1),
	}
}

func (l *ledger) append(subject string, kind desk.SubjectKind, facts ...desk.Fact) {
	for _, f := range facts {
		l.facts = append(l.facts, desk.Event{
			Seq: int64(len(l.facts) + 1), Subject: desk.Subject{Kind: kind, ID: subject}, At: l.now(), Fact: f,
		})
	}
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

func (l *ledger) queue(works ...desk.Work) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, w := range works {
		l.waits[w.Conversation] = w
		l.append(string(w.Conversation), desk.AboutConversation, desk.Queued{Work: w})
	}
}

func (l *ledger) sit(s desk.Seat) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s.Presence.State == "" {
		s.Presence = desk.Presence{Agent: s.Agent, State: desk.Available}
	}
	l.seats[s.Agent] = s
}

// Assign is Desk.
func (l *ledger) Assign(_ context.Context, a desk.Assign) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.sick != nil {
		return l.sick
	}
	if who, ok := l.owner[a.Conversation]; ok && !a.Forced {
		return desk.Refuse(desk.Conflict, "already_assigned", "agent", string(who))
	}
	w, ok := l.waits[a.Conversation]
	if !ok {
		return desk.Refuse(desk.Conflict, "not_open")
	}
	delete(l.waits, a.Conversation)
	l.owner[a.Conversation], l.held[a.Conversation] = a.Agent, w
	l.assigns++
	l.append(string(a.Conversation), desk.AboutConversation,
		desk.OfferAccepted{Offer: a.Offer, Agent: a.Agent, Auto: a.Auto},
		desk.Assigned{Agent: a.Agent, Offer: a.Offer, Forced: a.Forced, Work: w})
	return nil
}

// Record is Desk.
func (l *ledger) Record(_ context.Context, id desk.ConversationID, _ desk.Actor, facts ...desk.Fact) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.sick != nil {
		return l.sick
	}
	l.append(string(id), desk.AboutConversation, facts...)
	if l.news != nil {
		l.news <- facts[0]
	}
	return nil
}

// SetPresence is Desk.
func (l *ledger) SetPresence(_ context.Context, _ desk.Actor, m desk.Mode) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.sick != nil {
		return l.sick
	}
	s := l.seats[m.Agent]
	was := s.Presence
	s.Presence = desk.Presence{Agent: m.Agent, State: m.State, Reason: m.Reason, Since: l.now()}
	l.seats[m.Agent] = s
	l.append(string(m.Agent), desk.AboutAgent, desk.PresenceChanged{From: was, To: s.Presence})
	return nil
}

// release ends what an agent holds; again puts it back into the queue.
func (l *ledger) release(c desk.ConversationID, why string, again bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	a, ok := l.owner[c]
	if !ok {
		return
	}
	w := l.held[c]
	delete(l.owner, c)
	delete(l.held, c)
	facts := []desk.Fact{desk.Released{Agent: a, Why: why}}
	if again {
		l.waits[c] = w
		facts = append(facts, desk.Queued{Work: w})
	}
	l.append(string(c), desk.AboutConversation, facts...)
}

// LastSeq is Records.
func (l *ledger) LastSeq(context.Context) (int64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return int64(len(l.facts)), nil
}

// Waiting is Records.
func (l *ledger) Waiting(context.Context) ([]desk.Work, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make([]desk.Work, 0, len(l.waits))
	for _, w := range l.waits {
		out = append(out, w)
	}
	return out, nil
}

// Seats is Records.
func (l *ledger) Seats(context.Context) ([]desk.Seat, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []desk.Seat
	for _, s := range l.seats {
		if l.look != nil {
			s = l.look(s)
		}
		for c, who := range l.owner {
			if who == s.Agent {
				s.Held = append(slices.Clone(s.Held), l.held[c])
			}
		}
		out = append(out, s)
	}
	return out, nil
}

// Offered is Records.
func (l *ledger) Offered(_ context.Context, ids []desk.ConversationID) (map[desk.OfferID]bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := map[desk.OfferID]bool{}
	for _, e := range l.facts {
		if f, ok := e.Fact.(desk.Offered); ok && slices.Contains(ids, desk.ConversationID(e.Subject.ID)) {
			out[f.Offer] = true
		}
	}
	return out, nil
}

// EventsAfter is desk.Log.
func (l *ledger) EventsAfter(_ context.Context, seq int64, limit int) ([]desk.Event, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if seq >= int64(len(l.facts)) {
		return nil, nil
	}
	return slices.Clone(l.facts[seq:min(int64(len(l.facts)), seq+int64(limit))]), nil
}

// factsOf lists the facts of one kind.
func factsOf[F desk.Fact](l *ledger) []F {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []F
	for _, e := range l.facts {
		if f, ok := e.Fact.(F); ok {
			out = append(out, f)
		}
	}
	return out
}

func (l *ledger) ownerOf(c desk.ConversationID) desk.AgentID {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.owner[c]
}

func (l *ledger) owned() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.owner)
}

// house is a directory of fixed settings.
type house struct {
	mu     sync.Mutex
	queues map[desk.QueueID]desk.Queue
	agents map[desk.AgentID]desk.Agent
	reason []desk.AwayReason
	leave  map[desk.AgentID][]desk.Absence

	inboxes map[desk.InboxID]desk.Inbox
	teams   map[desk.TeamID]desk.Team
}

// Reasons and Leave are desk.Duties.
func (h *house) Reasons() []desk.AwayReason {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.reason
}

// Leave is desk.Duties.
func (h *house) Leave(a desk.AgentID) []desk.Absence {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.leave[a]
}

func (h *house) Inbox(id desk.InboxID) (desk.Inbox, bool) { i, ok := h.inboxes[id]; return i, ok }
func (h *house) Team(id desk.TeamID) (desk.Team, bool)    { t, ok := h.teams[id]; return t, ok }
func (h *house) Inboxes() []desk.Inbox                    { return nil }
func (h *house) Teams() []desk.Team                       { return nil }
func (h *house) Review() desk.ReviewPolicy                { return desk.ReviewPolicy{} }
func (h *house) Queue(id desk.QueueID) (desk.Queue, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	q, ok := h.queues[id]
	return q, ok
}

func (h *house) Agent(id desk.AgentID) (desk.Agent, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	a, ok := h.agents[id]
	return a, ok
}

func (h *house) Agents() []desk.Agent {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []desk.Agent
	for _, a := range h.agents {
		out = append(out, a)
	}
	return out
}

func (h *house) Queues() []desk.Queue {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []desk.Queue
	for _, q := range h.queues {
		out = append(out, q)
	}
	return out
}

// latch is a lease within one process: one holder at a time, in turn.
type latch struct{ sem chan struct{} }

func newLatch() *latch { return &latch{sem: make(chan struct{}, 1)} }

// Hold is Leases.
func (l *latch) Hold(ctx context.Context, _ string, fn func(context.Context) error) error {
	select {
	case l.sem <- struct{}{}:
	case <-ctx.Done():
		return nil
	}
	defer func() { <-l.sem }()
	return fn(ctx)
}

// room is a router at work over a ledger and a Redis.
type room struct {
	*Router
	t      testing.TB
	ledger *ledger
	house  *house
	leases Leases
	rdb    redis.UniversalClient
	stop   context.CancelFunc
	done   chan struct{}
}

var nextID atomic.Int64

func testID() string { return fmt.Sprintf("id-%08d", nextID.Add(1)) }

func out() io.Writer {
	if os.Getenv("ROUTER_LOG") != "" {
		return os.Stderr
	}
	return io.Discard
}

func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(out(), nil)) }

// fast is the default configuration with short pauses.
func fast() Config {
	c := Default()
	c.Probe, c.Retry = 50*time.Millisecond, 20*time.Millisecond
	return c
}

func newHouse(queues ...desk.Queue) *house {
	h := &house{queues: map[desk.QueueID]desk.Queue{}, agents: map[desk.AgentID]desk.Agent{}, leave: map[desk.AgentID][]desk.Absence{}}
	for _, q := range queues {
		h.queues[q.ID] = q
	}
	return h
}

// client is a client of addr as cmd makes it: calls end with their context, nothing is sent twice by itself.
func client(t testing.TB, addr string) redis.UniversalClient {
	t.Helper()
	rdb := redis.NewClient(&redis.Options{Addr: addr, ContextTimeoutEnabled: true, MaxRetries: -1})
	t.Cleanup(func() { _ = rdb.Close() })
	return rdb
}

// mini is an embedded Redis, as cmd starts one: without ClockTTL, which would sort all keys at every command, and this
// room sets no expiry on any.
func mini(t testing.TB) string {
	t.Helper()
	m := miniredis.NewMiniRedis()
	if err := m.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	return m.Addr()
}

// both runs fn over the embedded Redis and over a real one.
func both(t *testing.T, fn func(t *testing.T, addr string)) {
	t.Helper()
	t.Run("embedded", func(t *testing.T) { t.Parallel(); fn(t, mini(t)) })
	t.Run("redis", func(t *testing.T) { t.Parallel(); fn(t, testkit.Redis(t)) })
}

// open makes a router over ledger, house and leases; start runs it.
func open(t testing.TB, addr string, l *ledger, h *house, leases Leases, cfg Config) *room {
	t.Helper()
	rm := &room{t: t, ledger: l, house: h, leases: leases, rdb: client(t, addr)}
	rm.Router = New(Deps{
		Redis: rm.rdb, Desk: l, Records: l, Directory: h, Leases: leases, Now: l.now, NewID: testID, Log: quiet(),
	}, cfg)
	return rm
}

// start runs the router and a feed into it until the test ends or stop is called.
func (rm *room) start() *room {
	ctx, cancel := context.WithCancel(context.Background())
	rm.stop, rm.done = cancel, make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() { _ = rm.Run(ctx) })
	feed := desk.NewFeed(rm.ledger, quiet())
	from, _, _ := rm.Cursor(ctx)
	feed.Listen("router", from, rm.Listen)
	wg.Go(func() { _ = feed.Run(ctx) })
	wg.Go(func() {
		for ctx.Err() == nil {
			select {
			case <-ctx.Done():
			case <-rm.ledger.wake:
				feed.Wake()
			}
		}
	})
	go func() { wg.Wait(); close(rm.done) }()
	rm.t.Cleanup(rm.halt)
	return rm
}

func (rm *room) halt() { rm.stop(); <-rm.done }

// patience is how long a busy machine may take; nothing here is about time but what says so.
const patience = 30 * time.Second

// slack is a promised time as far as a machine can be held to it whose cores other tests share, the race detector making
// everything several times slower.
func slack(d time.Duration) time.Duration {
	if raceDetector {
		return 6 * d
	}
	return 2 * d
}

// eventually waits for ok; it polls, since what it waits for is a state and not an event.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within %s", what, patience)
		}
		<-tick.C
	}
}

// ringing is the one open offer of an agent.
func (rm *room) ringing(a desk.AgentID) Offer {
	rm.t.Helper()
	var got []Offer
	eventually(rm.t, "an offer for "+string(a), func() bool {
		offers, err := rm.Offers(context.Background(), a)
		if err != nil {
			return false
		}
		got = offers
		return len(got) > 0
	})
	return got[0]
}

func agent(id string, queues ...desk.QueueID) desk.Seat {
	return desk.Seat{Agent: desk.AgentID(id), Queues: queues, Capacity: 100}
}

// mail, chat and phone are pieces of work; due says how many seconds from a fixed start.
func mail(id string, q desk.QueueID, due int) desk.Work { return work(id, q, desk.Email, 10, due) }
func chat(id string, q desk.QueueID, due int) desk.Work { return work(id, q, desk.Chat, 30, due) }

var dawn = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func work(id string, q desk.QueueID, m desk.Medium, weight, due int) desk.Work {
	return desk.Work{
		Conversation: desk.ConversationID(id), Queue: q, Medium: m, Weight: weight,
		Since: dawn, DueAt: dawn.Add(time.Duration(due) * time.Second),
	}
}

func conv(i int) string { return "c" + strconv.Itoa(i) }

func zed(member string) redis.Z { return redis.Z{Score: 1, Member: member} }
