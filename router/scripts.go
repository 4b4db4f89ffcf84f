package router

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"yingda/desk"
)

//go:embed lua/fence.lua
var fence string

var (
	//go:embed lua/claim.lua
	claimText string
	//go:embed lua/pass.lua
	passText string
	//go:embed lua/enqueue.lua
	enqueueText string
	//go:embed lua/withdraw.lua
	withdrawText string
	//go:embed lua/offer.lua
	offerText string
	//go:embed lua/accept.lua
	acceptText string
	//go:embed lua/decline.lua
	declineText string
	//go:embed lua/hold.lua
	holdText string
	//go:embed lua/release.lua
	releaseText string
	//go:embed lua/seat.lua
	seatText string
)

// The scripts. Those called on behalf of a fact or by the leader begin with the fence; accept and decline arrive on
// any node and are safe by the offer they name.
var (
	claimScript    = redis.NewScript(claimText)
	acceptScript   = redis.NewScript(acceptText)
	declineScript  = redis.NewScript(declineText)
	passScript     = redis.NewScript(fence + passText)
	enqueueScript  = redis.NewScript(fence + enqueueText)
	withdrawScript = redis.NewScript(fence + withdrawText)
	offerScript    = redis.NewScript(fence + offerText)
	holdScript     = redis.NewScript(fence + holdText)
	releaseScript  = redis.NewScript(fence + releaseText)
	seatScript     = redis.NewScript(fence + seatText)
)

// allScripts are loaded before a leader pipelines any of them.
var allScripts = []*redis.Script{
	claimScript, acceptScript, declineScript, passScript, enqueueScript, withdrawScript, offerScript, holdScript,
	releaseScript, seatScript,
}

// What scripts answer besides their own results.
const (
	saidOK     = "ok"
	saidLost   = "lost"   // Redis was emptied under us
	saidStale  = "stale"  // another leads
	saidPassed = "passed" // the fact was applied before
	saidGone   = "gone"
)

// callTimeout bounds one trip to Redis: a Redis that is away must not hold up the feed.
const callTimeout = 2 * time.Second

// batchTimeout bounds a trip with many scripts: an embedded Redis on a busy laptop takes a millisecond for each.
const batchTimeout = 5 * time.Second

// call is one script run: keys and arguments without the fence's.
type call struct {
	shard  Shard
	script *redis.Script
	keys   []string
	args   []any
}

// fenced puts epoch and seq before the call's own keys and arguments.
func (c call) fenced(epoch string, seq int64) ([]string, []any) {
	keys := append([]string{c.shard.epoch(), c.shard.seq()}, c.keys...)
	return keys, append([]any{epoch, strconv.FormatInt(seq, 10)}, c.args...)
}

// run executes a fenced call and returns the script's word.
func (c call) run(ctx context.Context, rdb redis.Scripter, epoch string, seq int64) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	keys, args := c.fenced(epoch, seq)
	said, err := c.script.Run(ctx, rdb, keys, args...).Text()
	if err != nil {
		return "", fmt.Errorf("run script: %w", err)
	}
	return said, nil
}

// list runs a script that answers with a list of strings.
func list(ctx context.Context, rdb redis.Scripter, s *redis.Script, keys []string, args ...any) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	said, err := s.Run(ctx, rdb, keys, args...).StringSlice()
	if err != nil {
		return nil, fmt.Errorf("run script: %w", err)
	}
	if len(said) == 0 {
		return nil, errors.New("run script: empty answer")
	}
	return said, nil
}

// passCall changes nothing: it is sent to hear what the fence says.
func (k Shard) passCall() call { return call{shard: k, script: passScript} }

func (k Shard) enqueueCall(w desk.Work, was desk.QueueID, o desk.OfferID) call {
	return call{
		k, enqueueScript,
		[]string{k.waiting(w.Queue), k.waiting(was), k.offered(), k.offer(o)},
		[]any{string(w.Conversation), scoreOf(w)},
	}
}

func (k Shard) withdrawCall(c desk.ConversationID, q desk.QueueID, o Offer) call {
	return call{
		k, withdrawScript,
		[]string{k.waiting(q), k.offered(), k.expiry(), k.offer(o.ID), k.held(o.Agent)},
		[]any{string(c), string(o.ID)},
	}
}

func (k Shard) holdCall(w desk.Work, q desk.QueueID, o Offer, a desk.AgentID) call {
	return call{
		k, holdScript,
		[]string{k.waiting(q), k.offered(), k.expiry(), k.offer(o.ID), k.held(o.Agent), k.held(a)},
		[]any{string(w.Conversation), string(o.ID), holding(w, "")},
	}
}

func (k Shard) releaseCall(c desk.ConversationID, a desk.AgentID) call {
	return call{k, releaseScript, []string{k.held(a)}, []any{string(c)}}
}

// seatCall says what an agent is; takes are the media they may be offered now, each between blanks.
func (k Shard) seatCall(s desk.Seat, takes string) call {
	return call{
		k, seatScript,
		[]string{k.seat(s.Agent)},
		[]any{string(s.Presence.State), s.Capacity, s.Maximum[desk.Email], s.Maximum[desk.Chat], s.Maximum[desk.Voice], takes},
	}
}

// offerCall offers o; mode is "", "take" or "force" as offer.lua says.
func (k Shard) offerCall(o Offer, mode string) call {
	return call{
		k, offerScript,
		[]string{k.waiting(o.Queue), k.offered(), k.expiry(), k.offer(o.ID), k.seat(o.Agent), k.held(o.Agent)},
		[]any{
			string(o.Conversation), string(o.Agent), string(o.ID), string(o.Queue), string(o.Medium), o.Weight,
			o.ExpiresAt.UnixMilli(), mode,
		},
	}
}

// end runs decline.lua for o: how is "decline", "expire", "return", "unseen" or "drop".
func (r *Router) end(ctx context.Context, o Offer, how string) ([]string, error) {
	k := r.keys
	keys := []string{k.offer(o.ID), k.expiry(), k.offered(), k.waiting(o.Queue), k.seat(o.Agent), k.held(o.Agent)}
	return list(ctx, r.rdb, declineScript, keys, string(o.ID), string(o.Agent), r.now().UnixMilli(), how)
}

// holding is a value of held:<agent>.
func holding(w desk.Work, o desk.OfferID) string {
	s := string(w.Medium) + ":" + strconv.Itoa(w.Weight)
	if o != "" {
		s += ":" + string(o)
	}
	return s
}

// reservedBy is the offer in a value of held:<agent>, or "".
func reservedBy(v string) desk.OfferID {
	if p := strings.SplitN(v, ":", 3); len(p) == 3 {
		return desk.OfferID(p[2])
	}
	return ""
}

// ringingFirst shifts the score of ringing calls before every other: 10^14 ms are 3,000 years.
const ringingFirst = 1e14

// scoreOf is the rank as stored: Unix ms, exact in a float64.
func scoreOf(w desk.Work) int64 {
	s := w.Rank().UnixMilli()
	if w.Ringing {
		s -= ringingFirst
	}
	return s
}

// offerFrom reads an offer hash; false when it is not one.
func offerFrom(id desk.OfferID, h map[string]string) (Offer, bool) {
	weight, err := strconv.Atoi(h["weight"])
	ends, err2 := strconv.ParseInt(h["expires"], 10, 64)
	if err != nil || err2 != nil || h["conversation"] == "" {
		return Offer{}, false
	}
	return Offer{
		ID: id, Conversation: desk.ConversationID(h["conversation"]), Agent: desk.AgentID(h["agent"]),
		Queue: desk.QueueID(h["queue"]), Medium: desk.Medium(h["medium"]), Weight: weight,
		ExpiresAt: time.UnixMilli(ends).UTC(), Accepted: h["state"] == "accepted",
	}, true
}
