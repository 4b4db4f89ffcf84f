package router

import (
	"regexp"

	"yingda/desk"
)

// Shard names what one router keeps in Redis. All its keys carry one hash tag made of the name, so that a script's keys
// lie in one slot of a cluster, and the shards of several firms spread over its masters. A firm's agents and queues are
// one shard: an agent's room is judged in one script.
type Shard string

// DefaultShard is the only one of most installations.
const DefaultShard Shard = "r"

var shardName = regexp.MustCompile(`^[a-z0-9_-]{1,32}$`)

func (s Shard) prefix() string { return "yd:{" + string(s) + "}:" }

// Pattern matches every key of the shard, for `yingda rebuild`.
func (s Shard) Pattern() string { return s.prefix() + "*" }

// epoch is a STRING: the leader's fencing number.
func (s Shard) epoch() string { return s.prefix() + "epoch" }

// seq is a STRING: the last fact applied.
func (s Shard) seq() string { return s.prefix() + "seq" }

// offered is a HASH conversation → offer.
func (s Shard) offered() string { return s.prefix() + "offered" }

// expiry is a ZSET offer → moment it ends, Unix ms.
func (s Shard) expiry() string { return s.prefix() + "expiry" }

// waiting is a ZSET conversation → score.
func (s Shard) waiting(q desk.QueueID) string { return s.prefix() + "waiting:" + string(q) }

// offer is a HASH: conversation, agent, queue, medium, weight, score, expires, state.
func (s Shard) offer(o desk.OfferID) string { return s.prefix() + "offer:" + string(o) }

// seat is a HASH: presence, capacity, max:<medium>, takes, missed.
func (s Shard) seat(a desk.AgentID) string { return s.prefix() + "seat:" + string(a) }

// held is a HASH conversation → medium:weight, or medium:weight:offer while it is only reserved.
func (s Shard) held(a desk.AgentID) string { return s.prefix() + "held:" + string(a) }
