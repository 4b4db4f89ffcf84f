package router

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"yingda/desk"
)

// Accept takes an offer for its agent. It works on any node. Accepting twice is accepting once. Errors: ErrOfferGone;
// Conflict "offer_late" when it rang out; Unavailable "router_down" or "store_down", then nothing happened; what
// desk.Assign refuses, then the offer is gone.
func (r *Router) Accept(ctx context.Context, o desk.OfferID, a desk.AgentID) (Offer, error) {
	actor := desk.AgentActor(a, desk.RoleAgent)
	return r.accept(ctx, o, desk.Assign{Agent: a, Offer: o, Actor: actor})
}

// accept runs accept.lua and has the desk record it; the conversation comes from the offer.
func (r *Router) accept(ctx context.Context, id desk.OfferID, a desk.Assign) (Offer, error) {
	now := r.now()
	said, err := list(ctx, r.rdb, acceptScript, []string{r.keys.offer(id), r.keys.expiry(), r.keys.seat(a.Agent)},
		string(id), string(a.Agent), now.UnixMilli(), now.Add(r.cfg.Grace).UnixMilli())
	if err != nil {
		return Offer{}, down("accept", err)
	}
	switch said[0] {
	case saidOK, "again":
	case "late":
		return Offer{}, desk.Refuse(desk.Conflict, "offer_late")
	default:
		if r.rings(id, a.Agent) {
			return Offer{}, down("accept", errForgotten)
		}
		return Offer{}, ErrOfferGone
	}
	weight, _ := strconv.Atoi(said[4])
	o := Offer{
		ID: id, Conversation: desk.ConversationID(said[1]), Agent: a.Agent, Queue: desk.QueueID(said[2]),
		Medium: desk.Medium(said[3]), Weight: weight, Accepted: true,
	}
	if said[0] == "again" {
		return o, nil
	}
	a.Conversation = o.Conversation
	if err := r.desk.Assign(ctx, a); err != nil {
		r.unaccept(ctx, o, err)
		return Offer{}, fmt.Errorf("accept %s: %w", id, err)
	}
	return o, nil
}

// errForgotten is for what Redis lost with its last seconds and the next rebuild brings back.
var errForgotten = errors.New("redis does not know an offer that rings")

// rings reports whether this node holds an offer to be open. Who is told "gone" of such a one would be told something
// untrue: after a failover it rings on.
func (r *Router) rings(id desk.OfferID, a desk.AgentID) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	it := r.m.offers[id]
	return it != nil && it.offer.Agent == a && !it.offer.Accepted && r.now().Before(it.offer.ExpiresAt)
}

// unaccept undoes an acceptance the desk did not record. Refused by the desk, the conversation does not wait again by
// our word; otherwise it does, and a record that did come through after all wins by its fact.
func (r *Router) unaccept(ctx context.Context, o Offer, cause error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTimeout)
	defer cancel()
	how := "return"
	if c := desk.CodeOf(cause); c == desk.Conflict || c == desk.NotFound || c == desk.Forbidden {
		how = "drop"
	}
	_, err := r.end(ctx, o, how)
	if err == nil {
		err = r.desk.Record(ctx, o.Conversation, desk.System(),
			desk.OfferWithdrawn{Offer: o.ID, Agent: o.Agent, Reason: "not_recorded"})
	}
	if err != nil { // its grace ends and the leader returns it
		r.log.Warn("router: acceptance not undone", "conversation", o.Conversation, "offer", o.ID, "err", err)
	}
}

// maxReason bounds what an agent may give as a reason, in bytes.
const maxReason = 200

// Decline refuses an offer for its agent, with a reason; the conversation waits again in its old place. Errors:
// Invalid "reason_missing"; ErrOfferGone; Unavailable "router_down".
func (r *Router) Decline(ctx context.Context, id desk.OfferID, a desk.AgentID, reason string) error {
	if reason == "" || len(reason) > maxReason {
		return desk.Refuse(desk.Invalid, "reason_missing")
	}
	o, ok, err := r.offer(ctx, id)
	switch {
	case err != nil:
		return down("decline", err)
	case !ok || o.Agent != a:
		return ErrOfferGone
	}
	said, err := r.end(ctx, o, "decline")
	switch {
	case err != nil:
		return down("decline", err)
	case said[0] != saidOK:
		return ErrOfferGone
	}
	f := desk.OfferDeclined{Offer: id, Agent: a, Reason: reason}
	if err := r.desk.Record(ctx, o.Conversation, desk.AgentActor(a, desk.RoleAgent), f); err != nil {
		return fmt.Errorf("decline %s: %w", id, err) // it waits again; the leader finds out when the offer would have ended
	}
	return nil
}

// Take gives a waiting conversation to an agent by hand: an offer to them, accepted. force is a supervisor's word: it
// exceeds capacity and takes what rings elsewhere. Errors: Forbidden "not_yours" or "supervisors_only"; ErrNotWaiting;
// Conflict "on_offer" (param agent), "full", "chat_first", what desk.Assign refuses; Unavailable "router_down".
func (r *Router) Take(ctx context.Context, c desk.ConversationID, a desk.AgentID, actor desk.Actor, force bool) (Offer, error) {
	if a != actor.Agent() && !actor.Supervises() {
		return Offer{}, desk.Refuse(desk.Forbidden, "not_yours")
	}
	if force && !actor.Supervises() {
		return Offer{}, desk.Refuse(desk.Forbidden, "supervisors_only")
	}
	w, ok := r.waitingWork(c)
	if !ok {
		return Offer{}, ErrNotWaiting
	}
	was, found, err := r.offerOf(ctx, c)
	if err != nil {
		return Offer{}, down("take", err)
	}
	assign := desk.Assign{Conversation: c, Agent: a, Actor: actor, Forced: force}
	if found && was.Agent == a {
		assign.Offer = was.ID
		return r.accept(ctx, was.ID, assign)
	}
	if found && !force {
		return Offer{}, desk.Refuse(desk.Conflict, "on_offer", "agent", string(was.Agent))
	}
	if found {
		if _, err := r.end(ctx, was, "return"); err != nil {
			return Offer{}, down("take", err)
		}
	}
	o, err := r.takeNow(ctx, w, was, assign)
	if errors.Is(err, ErrNotWaiting) && r.stillWaits(c) {
		o, err = r.takeNow(ctx, w, was, assign)
	}
	return o, err
}

// stillWaits asks again once the fact being taken in now, which the mirror has before Redis, stands in both.
func (r *Router) stillWaits(c desk.ConversationID) bool {
	r.turn.Lock()
	defer r.turn.Unlock()
	_, ok := r.waitingWork(c)
	return ok
}

// takeNow makes the offer to oneself and accepts it. was is the offer it supersedes, if any.
func (r *Router) takeNow(ctx context.Context, w desk.Work, was Offer, a desk.Assign) (Offer, error) {
	o := Offer{
		ID: desk.OfferID(r.newID()), Conversation: w.Conversation, Agent: a.Agent, Queue: w.Queue, Medium: w.Medium,
		Weight: w.Weight, ExpiresAt: r.now().Add(r.cfg.Grace).Truncate(time.Millisecond),
	}
	mode := "take"
	if a.Forced {
		mode = "force"
	}
	r.telling.begin(o.ID)
	defer r.telling.end(o.ID)
	said, err := r.keys.offerCall(o, mode).run(ctx, r.rdb, "", 0)
	switch {
	case err != nil:
		return Offer{}, down("take", err)
	case said == saidLost:
		return Offer{}, down("take", errLost)
	case said == saidGone:
		return Offer{}, ErrNotWaiting
	case said != saidOK:
		return Offer{}, desk.Refuse(desk.Conflict, said)
	}
	facts := []desk.Fact{desk.Offered{
		Offer: o.ID, Agent: o.Agent, ExpiresAt: o.ExpiresAt, Auto: true,
		Why: []desk.Reason{{Rule: "by_hand", Value: a.Actor.ID}, {Rule: "forced", Value: strconv.FormatBool(a.Forced)}},
	}}
	if was.ID != "" {
		gone := desk.OfferWithdrawn{Offer: was.ID, Agent: was.Agent, Reason: "taken"}
		facts = append([]desk.Fact{gone}, facts...)
	}
	if err := r.desk.Record(ctx, w.Conversation, a.Actor, facts...); err != nil {
		r.unaccept(ctx, o, err)
		return Offer{}, fmt.Errorf("take %s: %w", w.Conversation, err)
	}
	a.Offer = o.ID
	return r.accept(ctx, o.ID, a)
}

// waitingWork is the work of a conversation that waits or rings.
func (r *Router) waitingWork(c desk.ConversationID) (desk.Work, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if it := r.m.items[c]; it != nil {
		return it.Work, true
	}
	return desk.Work{}, false
}

// Withdraw ends the open offer of a conversation, if there is one, and lets it wait again. Errors: Unavailable.
func (r *Router) Withdraw(ctx context.Context, c desk.ConversationID, actor desk.Actor, reason string) error {
	o, found, err := r.offerOf(ctx, c)
	if err != nil {
		return down("withdraw", err)
	}
	if !found {
		return nil
	}
	said, err := r.end(ctx, o, "return")
	if err != nil {
		return down("withdraw", err)
	}
	if said[0] != saidOK {
		return nil
	}
	return r.desk.Record(ctx, c, actor, desk.OfferWithdrawn{Offer: o.ID, Agent: o.Agent, Reason: reason})
}

// Offers are the offers that ring for an agent now, for a screen that just connected. Errors: Unavailable.
func (r *Router) Offers(ctx context.Context, a desk.AgentID) ([]Offer, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	held, err := r.rdb.HGetAll(ctx, r.keys.held(a)).Result()
	if err != nil {
		return nil, down("read offers", err)
	}
	var out []Offer
	for _, v := range held {
		id := reservedBy(v)
		if id == "" {
			continue
		}
		o, ok, err := r.offer(ctx, id)
		if err != nil {
			return nil, down("read offers", err)
		}
		if ok && !o.Accepted && o.ExpiresAt.After(r.now()) {
			out = append(out, o)
		}
	}
	return out, nil
}

// offer reads one offer.
func (r *Router) offer(ctx context.Context, id desk.OfferID) (Offer, bool, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	h, err := r.rdb.HGetAll(ctx, r.keys.offer(id)).Result()
	if err != nil {
		return Offer{}, false, fmt.Errorf("read offer %s: %w", id, err)
	}
	o, ok := offerFrom(id, h)
	return o, ok, nil
}

// offerOf reads the offer a conversation is on.
func (r *Router) offerOf(ctx context.Context, c desk.ConversationID) (Offer, bool, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	id, err := r.rdb.HGet(ctx, r.keys.offered(), string(c)).Result()
	if errors.Is(err, redis.Nil) {
		return Offer{}, false, nil
	}
	if err != nil {
		return Offer{}, false, fmt.Errorf("read the offer of %s: %w", c, err)
	}
	return r.offer(ctx, desk.OfferID(id))
}

func unixMilli(s string) time.Time { return time.UnixMilli(number(s)).UTC() }

func number(s string) int64 {
	n, _ := strconv.ParseInt(s, 10, 64)
	return n
}
