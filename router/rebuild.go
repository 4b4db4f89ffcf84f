package router

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"

	"yingda/desk"
)

// unknownSince marks held work of which the beginning is not known: it says nothing about pace.
var unknownSince = time.Unix(0, 0)

// snapshot reads the records into a new mirror that holds every fact up to seq, and keeps what only memory knows:
// who declined what, whose turn it is, how fast work goes.
func (r *Router) snapshot(ctx context.Context) (*mirror, int64, error) {
	seq, err := r.records.LastSeq(ctx)
	if err != nil {
		return nil, 0, fmt.Errorf("read the last fact: %w", err)
	}
	seats, err := r.records.Seats(ctx)
	if err != nil {
		return nil, 0, fmt.Errorf("read the seats: %w", err)
	}
	work, err := r.records.Waiting(ctx)
	if err != nil {
		return nil, 0, fmt.Errorf("read the waiting list: %w", err)
	}
	now := r.now()
	m := newMirror(r.dir, &r.cfg)
	r.equip(m)
	for _, p := range seats {
		held := p.Held
		p.Held = nil
		m.seat(p, now)
		for _, w := range held {
			m.held(p.Agent, w, unknownSince)
		}
	}
	r.inherit(m)
	for _, w := range work {
		m.enqueue(w, now)
	}
	maps.DeleteFunc(m.foreseen, func(c desk.ConversationID, _ desk.WaitForecast) bool { return m.items[c] == nil })
	return m, seq, nil
}

// inherit gives a new mirror what only memory knows: copies, since a sweep reads its own mirror while facts change the
// other.
func (r *Router) inherit(m *mirror) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	m.gauges, m.pace = copied(r.m.gauges), copied(r.m.pace)
	m.order, m.foreseen = r.m.order, maps.Clone(r.m.foreseen)
	m.over, m.overBefore = maps.Clone(r.m.over), maps.Clone(r.m.overBefore)
	for id, s := range m.seats {
		if was := r.m.seats[id]; was != nil {
			s.turn, s.order = was.turn, was.order
			m.lines.move(s)
			if len(s.Taken) < len(was.Taken) {
				s.Taken = slices.Clone(was.Taken)
			}
		}
	}
	for c, was := range r.m.items {
		if was.declined != nil {
			m.declined[c] = maps.Clone(was.declined)
		}
	}
}

// copied is a map whose values are nobody else's.
func copied[M ~map[paceKey]*V, V any](m M) M {
	out := make(M, len(m))
	for k, v := range m {
		own := *v
		out[k] = &own
	}
	return out
}

// load reads the records for a node that does not lead (yet).
func (r *Router) load(ctx context.Context) error {
	r.turn.Lock()
	defer r.turn.Unlock()
	m, seq, err := r.snapshot(ctx)
	if err != nil {
		if ctx.Err() == nil {
			r.log.Warn("router: records not read", "err", err)
		}
		return err
	}
	r.mu.Lock()
	r.m = m
	r.mu.Unlock()
	r.loaded, r.applied = true, seq
	return nil
}

// maxPause keeps the promise that routing resumes within 5 s of Redis coming back.
const maxPause = 2 * time.Second

// rebuildUntilDone rebuilds until it succeeds; it returns an error only when this node may not lead any more.
func (r *Router) rebuildUntilDone(ctx context.Context) error {
	for pause := r.cfg.Retry; ; pause = min(2*pause, maxPause) {
		err := r.Rebuild(ctx)
		if err == nil || errors.Is(err, errFenced) {
			return err
		}
		r.log.Warn("router: rebuild", "again_in", pause, "err", err)
		if !rest(ctx, pause) {
			return nil
		}
	}
}

// Rebuild makes Redis what the records say and takes the lead in it. Offers that still ring are kept. The leader calls
// it by itself; `yingda rebuild` calls it while no server runs.
func (r *Router) Rebuild(ctx context.Context) error {
	r.turn.Lock()
	defer r.turn.Unlock()
	began := r.now()
	if err := r.ping(ctx); err != nil {
		return err
	}
	m, seq, err := r.snapshot(ctx)
	if err != nil {
		return err
	}
	claim, err := list(ctx, r.rdb, claimScript, []string{r.keys.epoch(), r.keys.seq()}, began.UnixMilli(), seq)
	if err != nil {
		return fmt.Errorf("claim: %w", err)
	}
	if err := r.carryOffers(ctx, m, claim[1] == "1"); err != nil {
		return err
	}
	if err := r.loadScripts(ctx); err != nil {
		return err
	}
	found, err := r.compare(ctx, m.want())
	if err != nil {
		return err
	}
	if err := r.repair(ctx, found); err != nil {
		return err
	}
	r.mu.Lock()
	r.m = m
	waiting := len(m.items)
	r.mu.Unlock()
	clear(r.doubtful)
	r.loaded, r.applied, r.epoch, r.lost, r.unsaid = true, seq, claim[0], false, 0
	r.met.leader.Set(1)
	r.met.rebuilds.Inc()
	r.log.Info("router: rebuilt", "waiting", waiting, "seats", len(m.seats), "repairs", len(found), "seq", seq,
		"took", r.now().Sub(began))
	return nil
}

func (r *Router) ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	if err := r.rdb.Ping(ctx).Err(); err != nil {
		return fmt.Errorf("ask redis: %w", err)
	}
	return nil
}

func (r *Router) loadScripts(ctx context.Context) error {
	for _, s := range allScripts {
		if err := s.Load(ctx, r.rdb).Err(); err != nil {
			return fmt.Errorf("load script: %w", err)
		}
	}
	return nil
}

// carryOffers carries the offers that still ring into a new mirror: Redis knows them, or, when it was emptied, the old
// mirror does. Offers of unknown outcome that nobody was told of are left out, and those that no record tells of are
// ended.
func (r *Router) carryOffers(ctx context.Context, m *mirror, emptied bool) error {
	open, err := r.openOffers(ctx)
	if err != nil {
		return err
	}
	if open, err = r.endUnseen(ctx, open); err != nil {
		return err
	}
	now := r.now()
	if emptied {
		r.mu.RLock()
		for _, it := range r.m.offers {
			if it.offer.ExpiresAt.After(now) {
				open = append(open, it.offer)
			}
		}
		r.mu.RUnlock()
	}
	for _, o := range open {
		it := m.items[o.Conversation]
		if it == nil || it.state == onOffer || r.doubtful[o.ID] {
			continue
		}
		if s := m.seats[o.Agent]; s != nil {
			turn, order := s.turn, s.order
			m.offered(it, o, now)
			s.turn, s.order = turn, order
		}
	}
	return nil
}

func (r *Router) openOffers(ctx context.Context) ([]Offer, error) {
	ids, err := r.rdb.HVals(ctx, r.keys.offered()).Result()
	if err != nil {
		return nil, fmt.Errorf("read offers: %w", err)
	}
	pipe := r.rdb.Pipeline()
	cmds := make([]*redis.MapStringStringCmd, len(ids))
	for i, id := range ids {
		cmds[i] = pipe.HGetAll(ctx, r.keys.offer(desk.OfferID(id)))
	}
	if _, err := pipe.Exec(ctx); err != nil && len(ids) > 0 {
		return nil, fmt.Errorf("read offers: %w", err)
	}
	var out []Offer
	for i, cmd := range cmds {
		if o, ok := offerFrom(desk.OfferID(ids[i]), cmd.Val()); ok {
			out = append(out, o)
		}
	}
	return out, nil
}
