package router

import (
	"context"
	"fmt"
	"strconv"

	"github.com/redis/go-redis/v9"

	"yingda/desk"
)

// wanted is what Redis should hold.
type wanted struct {
	waiting map[desk.QueueID]map[string]float64
	offers  map[string]Offer // by conversation
	scores  map[string]int64 // of conversations on offer
	seats   map[desk.AgentID]map[string]string
	held    map[desk.AgentID]map[string]string
	adrift  map[string]bool // not judged: their own step looks at them
}

// want is what Redis should hold by the mirror.
func (m *mirror) want() wanted {
	w := wanted{
		waiting: map[desk.QueueID]map[string]float64{}, offers: map[string]Offer{}, scores: map[string]int64{},
		seats: map[desk.AgentID]map[string]string{}, held: map[desk.AgentID]map[string]string{}, adrift: map[string]bool{},
	}
	for _, q := range m.dir.Queues() {
		w.waiting[q.ID] = map[string]float64{}
	}
	for c, it := range m.items {
		if w.waiting[it.Queue] == nil {
			w.waiting[it.Queue] = map[string]float64{}
		}
		switch it.state {
		case waiting, asking:
			w.waiting[it.Queue][string(c)] = float64(it.rank)
		case onOffer:
			w.offers[string(c)], w.scores[string(c)] = it.offer, it.rank
		case adrift:
			w.adrift[string(c)] = true
		}
	}
	for a, s := range m.seats {
		w.seats[a] = map[string]string{
			"presence": string(s.Presence.State), "capacity": strconv.Itoa(s.Capacity),
			"max:email": strconv.Itoa(s.Maximum[desk.Email]), "max:chat": strconv.Itoa(s.Maximum[desk.Chat]),
			"max:voice": strconv.Itoa(s.Maximum[desk.Voice]), "takes": s.doors.takes(),
		}
		w.held[a] = map[string]string{}
		for _, h := range s.Held {
			if it := m.items[h.Conversation]; it != nil && it.state == asking {
				continue // room is kept for it here alone
			}
			o := desk.OfferID("")
			if s.since[h.Conversation].IsZero() {
				o = w.offers[string(h.Conversation)].ID
			}
			w.held[a][string(h.Conversation)] = holding(h, o)
		}
	}
	return w
}

// difference is one thing that Redis has otherwise, named by its conversation or agent, and what mends it.
type difference struct {
	about string
	what  string
	mend  func(ctx context.Context, p redis.Pipeliner)
}

// compare reads Redis and returns how it differs from w. Extra ids are told from missing ones by what.
func (r *Router) compare(ctx context.Context, w wanted) ([]difference, error) {
	var out []difference
	add := func(about, what string, mend func(ctx context.Context, p redis.Pipeliner)) {
		if !w.adrift[about] {
			out = append(out, difference{about, what, mend})
		}
	}
	if err := r.compareWaiting(ctx, w, add); err != nil {
		return nil, fmt.Errorf("compare waiting: %w", err)
	}
	if err := r.compareOffers(ctx, w, add); err != nil {
		return nil, fmt.Errorf("compare offers: %w", err)
	}
	if err := r.compareSeats(ctx, w, add); err != nil {
		return nil, fmt.Errorf("compare seats: %w", err)
	}
	return out, nil
}

type adder func(about, what string, mend func(ctx context.Context, p redis.Pipeliner))

func (r *Router) compareWaiting(ctx context.Context, w wanted, add adder) error {
	for q, want := range w.waiting {
		key := r.keys.waiting(q)
		have, err := r.rdb.ZRangeWithScores(ctx, key, 0, -1).Result()
		if err != nil {
			return err
		}
		same := make(map[string]bool, len(have))
		for _, z := range have {
			c := z.Member.(string)
			score, ok := want[c]
			switch {
			case !ok:
				add(c, "extra in waiting", func(ctx context.Context, p redis.Pipeliner) { p.ZRem(ctx, key, c) })
			case score == z.Score:
				same[c] = true
			}
		}
		for c, score := range want {
			if !same[c] {
				add(c, "missing in waiting", func(ctx context.Context, p redis.Pipeliner) {
					p.ZAdd(ctx, key, redis.Z{Score: score, Member: c})
				})
			}
		}
	}
	return nil
}

func (r *Router) compareOffers(ctx context.Context, w wanted, add adder) error {
	have, err := r.rdb.HGetAll(ctx, r.keys.offered()).Result()
	if err != nil {
		return err
	}
	for c, id := range have {
		if string(w.offers[c].ID) != id {
			add(c, "extra on offer", func(ctx context.Context, p redis.Pipeliner) {
				p.HDel(ctx, r.keys.offered(), c)
				p.ZRem(ctx, r.keys.expiry(), id)
				p.Del(ctx, r.keys.offer(desk.OfferID(id)))
			})
		}
	}
	for c, o := range w.offers {
		if have[c] == string(o.ID) {
			continue
		}
		score := w.scores[c]
		add(c, "missing on offer", func(ctx context.Context, p redis.Pipeliner) {
			p.HSet(ctx, r.keys.offered(), c, string(o.ID))
			p.ZAdd(ctx, r.keys.expiry(), redis.Z{Score: float64(o.ExpiresAt.UnixMilli()), Member: string(o.ID)})
			p.HSet(ctx, r.keys.offer(o.ID), "conversation", c, "agent", string(o.Agent), "queue", string(o.Queue),
				"medium", string(o.Medium), "weight", o.Weight, "score", score, "expires", o.ExpiresAt.UnixMilli(),
				"state", "open")
		})
	}
	return nil
}

func (r *Router) compareSeats(ctx context.Context, w wanted, add adder) error {
	pipe := r.rdb.Pipeline()
	seats, held := map[desk.AgentID]*redis.MapStringStringCmd{}, map[desk.AgentID]*redis.MapStringStringCmd{}
	for a := range w.seats {
		seats[a], held[a] = pipe.HGetAll(ctx, r.keys.seat(a)), pipe.HGetAll(ctx, r.keys.held(a))
	}
	if len(w.seats) == 0 {
		return nil
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return err
	}
	for a, want := range w.seats {
		have := seats[a].Val()
		for k, v := range want {
			if have[k] != v {
				add(string(a), "seat", func(ctx context.Context, p redis.Pipeliner) { p.HSet(ctx, r.keys.seat(a), k, v) })
			}
		}
		for c, v := range held[a].Val() {
			if _, ok := w.held[a][c]; !ok {
				add(c, "extra held "+v, func(ctx context.Context, p redis.Pipeliner) { p.HDel(ctx, r.keys.held(a), c) })
			}
		}
		for c, v := range w.held[a] {
			if held[a].Val()[c] != v {
				add(c, "missing held", func(ctx context.Context, p redis.Pipeliner) { p.HSet(ctx, r.keys.held(a), c, v) })
			}
		}
	}
	return nil
}

// chunk is how many repairs go to Redis in one trip.
const chunk = 1000

// repair mends the differences.
func (r *Router) repair(ctx context.Context, found []difference) error {
	for len(found) > 0 {
		n := min(chunk, len(found))
		pipe := r.rdb.Pipeline()
		for _, d := range found[:n] {
			d.mend(ctx, pipe)
		}
		if _, err := pipe.Exec(ctx); err != nil {
			return fmt.Errorf("repair: %w", err)
		}
		found = found[n:]
	}
	return nil
}
