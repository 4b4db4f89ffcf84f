package router

import (
	"context"
	"errors"
	"time"

	"yingda/desk"
)

// batch is how many offers go to Redis in one trip, and how long others wait for their turn at most.
const batch = 64

// adriftFor is how long an item waits for the fact that explains why Redis did not know it.
const adriftFor = 5 * time.Second

// lead makes the offers until ctx ends (nil) or another node leads (errFenced).
func (r *Router) lead(ctx context.Context) error {
	if err := r.rebuildUntilDone(ctx); err != nil {
		return err
	}
	defer r.sweeps.Wait()
	defer r.consults.Wait()
	probe, sweep := time.NewTicker(r.cfg.Probe), time.NewTicker(r.cfg.Sweep)
	defer probe.Stop()
	defer sweep.Stop()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for ctx.Err() == nil {
		next, err := r.round(ctx)
		if err == nil {
			timer.Reset(next)
			err = r.waitForNews(ctx, timer, probe, sweep)
		}
		switch {
		case err == nil || ctx.Err() != nil:
		case errors.Is(err, errFenced):
			return err
		default:
			r.log.Warn("router: routing stands still until Redis is back", "err", err)
			if err := r.rebuildUntilDone(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *Router) waitForNews(ctx context.Context, timer *time.Timer, probe, sweep *time.Ticker) error {
	select {
	case <-ctx.Done():
	case <-r.wake:
	case <-timer.C:
	case <-probe.C:
		return r.probe(ctx)
	case <-sweep.C:
		return r.sweep(ctx)
	}
	return nil
}

// probe asks whether Redis is there and this node still leads.
func (r *Router) probe(ctx context.Context) error {
	r.turn.Lock()
	defer r.turn.Unlock()
	if err := r.ready(); err != nil {
		return err
	}
	if _, err := r.send(ctx, r.keys.passCall(), 0); err != nil {
		return err
	}
	return nil
}

// ready says why nothing may be sent now. Callers hold turn.
func (r *Router) ready() error {
	switch {
	case r.epoch == "":
		return errFenced
	case r.lost:
		return errLost
	}
	return nil
}

// send runs one call as the leader. Callers hold turn. Its errors mean that Redis must be rebuilt, or that another
// node leads.
func (r *Router) send(ctx context.Context, c call, seq int64) (string, error) {
	said, err := c.run(ctx, r.rdb, r.epoch, seq)
	return said, r.judge(said, err)
}

// judge notes what an answer says about Redis itself. Callers hold turn.
func (r *Router) judge(said string, err error) error {
	switch {
	case err != nil:
		r.lost = true
		return err
	case said == saidLost:
		r.lost = true
		return errLost
	case said == saidStale:
		r.epoch = ""
		return errFenced
	}
	return nil
}

// farAway is how long the loop sleeps when no step is planned.
const farAway = time.Hour

// round does all there is to do now and says how long there is nothing more.
func (r *Router) round(ctx context.Context) (time.Duration, error) {
	if err := r.timed(ctx); err != nil {
		return 0, err
	}
	for ctx.Err() == nil {
		n, err := r.place(ctx)
		if err != nil {
			return 0, err
		}
		if n == 0 {
			break
		}
	}
	r.act()
	r.mu.RLock()
	defer r.mu.RUnlock()
	now := r.now()
	next, ok := r.m.next()
	if now.Before(r.paused) && (!ok || r.paused.Before(next)) {
		next, ok = r.paused, true
	}
	if !ok {
		return farAway, nil
	}
	return max(0, next.Sub(now)), nil
}

// timed does the steps whose moment has come.
func (r *Router) timed(ctx context.Context) error {
	r.turn.Lock()
	defer r.turn.Unlock()
	if err := r.ready(); err != nil {
		return err
	}
	r.mu.Lock()
	ended, lost := r.m.due(r.now())
	turned := r.m.doorsTurned
	r.m.doorsTurned = nil
	r.mu.Unlock()
	if err := r.tellTurned(ctx, turned); err != nil {
		return err
	}
	for _, o := range ended {
		if err := r.expire(ctx, o); err != nil {
			return err
		}
	}
	for _, it := range lost {
		if err := r.lookAgain(ctx, it); err != nil {
			return err
		}
	}
	return nil
}

// expire ends an offer nobody answered. Callers hold turn.
func (r *Router) expire(ctx context.Context, o Offer) error {
	said, err := r.end(ctx, o, "expire")
	if err != nil {
		r.lost = true
		return err
	}
	r.touch(string(o.Conversation))
	now := r.now()
	r.mu.Lock()
	defer r.mu.Unlock()
	it := r.m.offers[o.ID]
	if it == nil {
		return nil
	}
	switch said[0] {
	case saidOK:
		r.m.refused(o.ID, now, true)
		r.expired(o, said[1])
	case "later":
		it.offer.ExpiresAt = unixMilli(said[1])
		r.m.plan(step{at: it.offer.ExpiresAt, offer: o.ID})
	default:
		r.m.unoffer(it, now)
		r.m.drift(it, now.Add(adriftFor))
	}
	return nil
}

// expired tells the desk, and sets an agent who missed too many to "not responding". Callers hold mu.
func (r *Router) expired(o Offer, missed string) {
	if missed == "0" { // it was accepted, but no record came
		r.met.ends.WithLabelValues("unrecorded").Inc()
		r.tell(o.Conversation, desk.OfferWithdrawn{Offer: o.ID, Agent: o.Agent, Reason: "not_recorded"})
		return
	}
	r.met.ends.WithLabelValues("expired").Inc()
	r.tell(o.Conversation, desk.OfferExpired{Offer: o.ID, Agent: o.Agent})
	if number(missed) < int64(r.cfg.Misses) {
		return
	}
	var was desk.Presence
	if s := r.m.seats[o.Agent]; s != nil { // no third one while the word travels
		p := s.Seat
		was = p.Presence
		p.Presence.State = desk.NotResponding
		r.m.seat(p, r.now())
	}
	r.rec.put(o.Conversation, func(ctx context.Context) {
		mode := desk.Mode{Agent: o.Agent, State: desk.NotResponding, Reason: "missed_offers"}
		if err := r.desk.SetPresence(ctx, desk.System(), mode); err != nil && ctx.Err() == nil {
			r.log.Warn("router: presence not changed", "agent", o.Agent, "err", err)
			r.backAgain(was)
		}
	})
}

// backAgain undoes what the mirror assumed of an agent when the desk could not record it: the record says that they are
// there, and what it says holds.
func (r *Router) backAgain(was desk.Presence) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s := r.m.seats[was.Agent]; s != nil && s.Presence.State == desk.NotResponding {
		p := s.Seat
		p.Presence = was
		r.m.seat(p, r.now())
	}
	r.kick()
}

// lookAgain settles what an item set adrift is: on an offer made elsewhere, or waiting after all. Callers hold turn.
func (r *Router) lookAgain(ctx context.Context, it *item) error {
	o, found, err := r.offerOf(ctx, it.Conversation)
	if err != nil {
		r.lost = true
		return err
	}
	if !found {
		if _, err := r.send(ctx, r.keys.enqueueCall(it.Work, it.Queue, ""), 0); err != nil {
			return err
		}
	}
	r.touch(string(it.Conversation))
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case it.state != adrift || r.m.items[it.Conversation] != it:
	case found:
		r.m.offered(it, o, r.now())
	default:
		r.m.place(it, r.now())
	}
	return nil
}
