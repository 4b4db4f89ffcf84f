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

func (k Shard) prefix() string { return "yd:{" + string(k) + "}:" }

// Pattern matches every key of the shard, for `yingda rebuild`.
func (k Shard) Pattern() string { return k.prefix() + "*" }

// epoch is a STRING: the leader's fencing number.
func (k Shard) epoch() string { return k.prefix() + "epoch" }

// seq is a STRING: the last fact applied.
func (k Shard) seq() string { return k.prefix() + "seq" }

// offered is a HASH conversation → offer.
func (k Shard) offered() string { return k.prefix() + "offered" }

// expiry is a ZSET offer → moment it ends, Unix ms.
func (k Shard) expiry() string { return k.prefix() + "expiry" }

// waiting is a ZSET conversation → score.
func (k Shard) waiting(q desk.QueueID) string { return k.prefix() + "waiting:" + string(q) }

// offer is a HASH: conversation, agent, queue, medium, weight, score, expires, state.
func (k Shard) offer(o desk.OfferID) string { return k.prefix() + "offer:" + string(o) }

// seat is a HASH: presence, capacity, max:<medium>, takes, missed.
func (k Shard) seat(a desk.AgentID) string { return k.prefix() + "seat:" + string(a) }

// held is a HASH conversation → medium:weight, or medium:weight:offer while it is only reserved.
func (k Shard) held(a desk.AgentID) string { return k.prefix() + "held:" + string(a) }
