package router

import (
	"context"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"yingda/desk"
)

// place makes one batch of offers and says how many it tried.
func (r *Router) place(ctx context.Context) (int, error) {
	r.turn.Lock()
	defer r.turn.Unlock()
	if err := r.ready(); err != nil {
		return 0, err
	}
	now := r.now()
	r.mu.Lock()
	var matches []Match
	if !now.Before(r.paused) && !r.rec.crowded() {
		matches = r.m.settle(now, batch, r.newID)
	}
	questions := r.oracle.take()
	r.mu.Unlock()
	r.consult(ctx, questions)
	if len(matches) == 0 {
		return 0, nil
	}
	said, err := r.offerAll(ctx, matches)
	if err != nil {
		r.undo(matches)
		return 0, err
	}
	for i, m := range matches {
		r.met.offers.WithLabelValues(said[i]).Inc()
		if said[i] == saidOK {
			r.announce(m)
			continue
		}
		r.mu.Lock()
		r.missed(m, said[i], now)
		r.mu.Unlock()
	}
	return len(matches), nil
}

// offerAll sends the offers in one trip and returns a word for each.
func (r *Router) offerAll(ctx context.Context, matches []Match) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, batchTimeout)
	defer cancel()
	pipe := r.rdb.Pipeline()
	cmds := make([]*redis.Cmd, len(matches))
	for i, m := range matches {
		keys, args := r.keys.offerCall(m.offer, "").fenced(r.epoch, 0)
		cmds[i] = offerScript.EvalSha(ctx, pipe, keys, args...)
	}
	_, _ = pipe.Exec(ctx) // each command's own error is judged below
	said := make([]string, len(matches))
	for i, cmd := range cmds {
		word, err := cmd.Text()
		if err := r.judge(word, err); err != nil {
			r.doubt(matches)
			return nil, fmt.Errorf("offer: %w", err)
		}
		said[i] = word
	}
	return said, nil
}

// doubt remembers offers that Redis may have made and nobody was told of: the rebuild removes them. Callers hold turn.
func (r *Router) doubt(matches []Match) {
	for _, m := range matches {
		r.doubtful[m.offer.ID] = true
	}
}

// undo takes back what the mirror reserved for offers of unknown outcome; the rebuild that follows removes those made.
func (r *Router) undo(matches []Match) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, m := range matches {
		r.m.refused(m.offer.ID, r.now(), false)
	}
}

// missed brings the mirror back after Redis refused an offer: the conversation is not waiting there, or the seat is
// not as we thought. Facts on their way explain either; until then neither is tried again. Callers hold mu and turn.
func (r *Router) missed(m Match, said string, now time.Time) {
	it := r.m.offers[m.offer.ID]
	if it == nil {
		return
	}
	r.touch(string(it.Conversation))
	if said == saidGone {
		r.m.unoffer(it, now)
		r.m.drift(it, now.Add(adriftFor))
		return
	}
	if s := r.m.seats[m.Agent]; s != nil {
		s.shy = now.Add(r.cfg.Retry)
		r.m.plan(step{at: s.shy, seat: s.Agent})
	}
	r.m.refused(m.offer.ID, now, false)
}

// announce records an offer that Redis made, and accepts it when nobody is to be asked.
func (r *Router) announce(m Match) {
	r.touch(string(m.Work.Conversation))
	r.met.waited.Observe(max(0, r.now().Sub(m.Work.Since).Seconds()))
	o := m.offer
	r.telling.begin(o.ID)
	r.rec.put(o.Conversation, func(ctx context.Context) {
		defer r.telling.end(o.ID)
		f := desk.Offered{Offer: o.ID, Agent: o.Agent, ExpiresAt: o.ExpiresAt, Auto: m.Auto, Why: m.Why}
		if err := r.desk.Record(ctx, o.Conversation, desk.System(), f); err != nil {
			r.takeBack(ctx, o, err)
			return
		}
		if !m.Auto {
			return
		}
		a := desk.Assign{Conversation: o.Conversation, Agent: o.Agent, Offer: o.ID, Actor: desk.System(), Auto: true}
		if _, err := r.accept(ctx, o.ID, a); err != nil && ctx.Err() == nil {
			r.log.Warn("router: not accepted for the agent", "conversation", o.Conversation, "offer", o.ID, "err", err)
		}
	})
}

// takeBack ends an offer the desk could not record: nobody saw it.
func (r *Router) takeBack(ctx context.Context, o Offer, cause error) {
	if ctx.Err() != nil {
		return
	}
	r.log.Warn("router: offer not recorded, taken back", "conversation", o.Conversation, "offer", o.ID, "err", cause)
	_, err := r.end(ctx, o, "return")
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	if desk.CodeOf(cause) == desk.Unavailable || desk.CodeOf(cause) == desk.Internal {
		r.paused = now.Add(time.Second)
	}
	it := r.m.offers[o.ID]
	if it != nil && (err != nil || desk.CodeOf(cause) == desk.Conflict || desk.CodeOf(cause) == desk.NotFound) {
		r.m.unoffer(it, now)
		r.m.drift(it, now.Add(adriftFor))
	}
	r.m.refused(o.ID, now, false)
	r.kick()
}
