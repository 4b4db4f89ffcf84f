package router

import "yingda/desk"

// Every key this room uses. All carry one hash tag, so that a script's keys lie in one slot of a cluster.
const (
	prefix = "yd:{r}:"

	keyEpoch   = prefix + "epoch"   // STRING the leader's fencing number
	keySeq     = prefix + "seq"     // STRING the last fact applied
	keyOffered = prefix + "offered" // HASH   conversation → offer
	keyExpiry  = prefix + "expiry"  // ZSET   offer → moment it ends, Unix ms
)

// waitingKey is a ZSET conversation → score.
func waitingKey(q desk.QueueID) string { return prefix + "waiting:" + string(q) }

// offerKey is a HASH: conversation, agent, queue, medium, weight, score, expires, state.
func offerKey(o desk.OfferID) string { return prefix + "offer:" + string(o) }

// seatKey is a HASH: presence, capacity, max:<medium>, missed.
func seatKey(a desk.AgentID) string { return prefix + "seat:" + string(a) }

// heldKey is a HASH conversation → medium:weight, or medium:weight:offer while it is only reserved.
func heldKey(a desk.AgentID) string { return prefix + "held:" + string(a) }

// KeyPattern matches every key of this room, for `yingda rebuild`.
const KeyPattern = prefix + "*"
