// Package router decides who works on what: it ranks waiting conversations and offers them to agents.
//
// It owns the waiting list, the offers and the agents' load. It promises that a conversation is on offer to one agent
// at most, that nobody is offered more than they have room for, and that work which can be placed is offered at once
// and not at the next tick. It never changes a conversation: it asks the desk, and where desk and Redis differ the
// desk's record wins.
//
// # Three places, one truth
//
//	SQL      who waits and who holds what: the truth, told by facts (Listen) and by Records (rebuild, sweep)
//	mirror   the same in memory on every node, in heaps, where policy chooses (mirror.go, policy.go)
//	Redis    the same once more, where short scripts make a choice true or refuse it (lua/, scripts.go)
//
// One node leads: it alone offers. Accept, Decline and Take arrive on any node; the scripts decide, the desk records,
// and the facts bring every mirror along. A leader that was replaced is refused by the epoch it carries.
//
// # The life of an offer
//
//	waiting ─offer→ open ─accept→ accepted ─Assigned (fact)→ held
//	   ↑              │ decline, expiry, withdrawal     │ no Assigned within Config.Grace
//	   └──────────────┴─────────────────────────────────┘
//
// A conversation that goes back keeps its rank.
package router
