package router

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"

	"yingda/desk"
)

// Offer is a conversation put before one agent (派单).
type Offer struct {
	ID           desk.OfferID
	Conversation desk.ConversationID
	Agent        desk.AgentID
	Queue        desk.QueueID
	Medium       desk.Medium
	Weight       int // units reserved while it is open
	ExpiresAt    time.Time
	Accepted     bool // taken; the desk's record follows
}

// Desk is what the router asks of the desk; *desk.Service implements it.
type Desk interface {
	Assign(ctx context.Context, a desk.Assign) error
	Record(ctx context.Context, id desk.ConversationID, actor desk.Actor, facts ...desk.Fact) error
	SetPresence(ctx context.Context, actor desk.Actor, m desk.Mode) error
	Act(ctx context.Context, a desk.Act) error
}

// Records is the truth to rebuild from; *store.DB implements it. LastSeq is read before the other two, so that what
// they return holds every fact up to it.
type Records interface {
	LastSeq(ctx context.Context) (int64, error)
	Waiting(ctx context.Context) ([]desk.Work, error)
	Seats(ctx context.Context) ([]desk.Seat, error)
	// Offered names every offer of these conversations that was ever recorded.
	Offered(ctx context.Context, ids []desk.ConversationID) (map[desk.OfferID]bool, error)
}

// Leases says who leads. Hold waits until this node has the lease name, runs fn, and gives the lease back when fn
// returns; fn's context ends when the lease is lost. It returns fn's error, or why there was no lease.
type Leases interface {
	Hold(ctx context.Context, name string, fn func(ctx context.Context) error) error
}

// Deps is what a Router is made of. All but Decider, Hours, Waits and Metrics are needed.
type Deps struct {
	Redis     redis.UniversalClient // MaxRetries -1, ContextTimeoutEnabled: a script must not run twice unseen
	Desk      Desk
	Records   Records
	Directory desk.Directory
	Leases    Leases
	Waits     Waits   // keeps what waiting customers were told and what came; nil: nothing is kept
	Decider   Decider // asks endpoints that decide; nil: none is asked
	Hours     Hours   // calendars, for the ends of shifts; nil: no shift ends
	Now       func() time.Time
	NewID     func() string
	Log       *slog.Logger
	Metrics   prometheus.Registerer
}

// Router decides who works on what.
type Router struct {
	rdb      redis.UniversalClient
	keys     Shard
	desk     Desk
	records  Records
	dir      desk.Directory
	leases   Leases
	hours    Hours
	waits    *waitBook
	now      func() time.Time
	newID    func() string
	log      *slog.Logger
	cfg      Config
	met      *metrics
	rec      *recorder
	wake     chan struct{}
	sweeps   sync.WaitGroup
	consults sync.WaitGroup
	oracle   *oracle // guarded by mu; nil: nobody is asked
	telling  telling

	// turn is held by whoever changes the mirror together with Redis: one at a time, in the order of the facts.
	turn     sync.Mutex
	loaded   bool                  // the mirror was read from the records once
	applied  int64                 // the last fact in the mirror
	epoch    string                // this node leads with this number; "" it does not
	lost     bool                  // Redis is away or was emptied: nothing is sent until the rebuild
	unsaid   int                   // facts applied since Redis last heard a number
	doubtful map[desk.OfferID]bool // offers of unknown outcome that nobody was told of
	unseen   map[desk.OfferID]bool // offers ended because no record told of them; one may still come
	touched  map[string]bool       // what changed since the sweep began; nil: none runs

	mu     sync.RWMutex // guards m and paused; never held over a call to Redis or the desk
	m      *mirror
	paused time.Time // the desk could not record: no offers before then
}

// New makes a router. Nothing runs and nothing is read before Run.
func New(d Deps, cfg Config) *Router {
	r := &Router{
		rdb: d.Redis, keys: cfg.Shard, desk: d.Desk, records: d.Records, dir: d.Directory, leases: d.Leases, hours: d.Hours, now: d.Now, newID: d.NewID,
		log: d.Log, cfg: cfg, wake: make(chan struct{}, 1),
		doubtful: map[desk.OfferID]bool{}, unseen: map[desk.OfferID]bool{},
	}
	r.m = newMirror(d.Directory, &r.cfg)
	r.waits = newWaitBook(d.Waits, r)
	r.met = newMetrics(d.Metrics, r)
	r.oracle = newOracle(d.Decider, func(result string) { r.met.decisions.WithLabelValues(result).Inc() })
	r.equip(r.m)
	r.rec = newRecorder(r.kick)
	return r
}

// Refusals of this room, for callers that branch on them.
var (
	// ErrOfferGone is Conflict: the offer was accepted, declined, expired or withdrawn, or never was the caller's.
	ErrOfferGone = desk.Refuse(desk.Conflict, "offer_gone")
	// ErrNotWaiting is Conflict: the conversation waits for nobody.
	ErrNotWaiting = desk.Refuse(desk.Conflict, "not_waiting")
)

// down is what every call answers while Redis is away; nothing was changed.
func down(doing string, err error) error {
	e := desk.Refuse(desk.Unavailable, "router_down")
	e.Err = fmt.Errorf("%s: %w", doing, err)
	return e
}

var (
	errLost   = errors.New("redis was emptied")
	errFenced = errors.New("another node leads")
)

// Run follows the facts and, while this node holds the lease, makes the offers. It blocks until ctx ends and returns
// nil then; what fails meanwhile is logged and tried again.
func (r *Router) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	defer wg.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r.rec.start(ctx, &wg)
	wg.Go(func() { r.waits.run(ctx) })
	wg.Go(func() { r.follow(ctx) })
	for r.load(ctx) != nil {
		if !rest(ctx, r.cfg.Retry) {
			return nil
		}
	}
	for ctx.Err() == nil {
		err := r.leases.Hold(ctx, "router", r.lead)
		r.resign()
		if err != nil && ctx.Err() == nil {
			r.log.Warn("router: not leading", "err", err)
		}
		rest(ctx, r.cfg.Retry)
	}
	return nil
}

// resign stops this node's writing to Redis.
func (r *Router) resign() {
	r.turn.Lock()
	defer r.turn.Unlock()
	r.epoch = ""
	r.met.leader.Set(0)
}

// kick wakes the leader's loop; it never waits.
func (r *Router) kick() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// Cursor is the number of the last fact Redis has; false when there is none, or Redis is new: start at the newest
// fact then, Run reads the rest from the records.
func (r *Router) Cursor(ctx context.Context) (int64, bool, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	seq, err := r.rdb.Get(ctx, r.keys.seq()).Int64()
	switch {
	case errors.Is(err, redis.Nil):
		return 0, false, nil
	case err != nil:
		return 0, false, down("read the cursor", err)
	}
	return seq, true, nil
}

// rest waits for d; false when ctx ended first.
func rest(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
