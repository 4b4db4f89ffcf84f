// Package desk is the work itself: conversations, messages, contacts and the facts about them.
//
// It owns what a contact centre records and the rules for changing it. It promises that every change is one atomic
// unit that carries state, clocks and facts together, and that the same inbound message changes nothing twice. It
// never knows a transport, SQL, Redis, HTTP or a translated sentence, and it reads neither clock nor randomness:
// both are injected.
//
// # One write path
//
// A use case is one method on [Service]. Each opens one [Store.Update], works on a unit (unit.go) and leaves:
//
//	Receive, Call      what customers send            receive.go, calls.go
//	Reply, Note, Sent  what agents and the outbox do  reply.go, delivery.go
//	Assign, Release    who works on what              assign.go
//	SetStatus, …       what becomes of it             status.go
//	SetPresence, Save  people and settings            people.go
//	Rate, Identify     what a chat's visitor does     visit.go
//	Erase…             what must be forgotten         erase.go
//
// # One read path
//
// After commit the [Feed] hands the facts on, in commit order, to each listener at its own pace.
//
// # Two state machines, kept apart on purpose
//
//	status:   open ⇄ pending, open ⇄ snoozed, any → resolved → open (re-opened)
//	routing:  waiting → on offer → assigned → (released → waiting)
//
// Status is stored with the conversation. Routing is derived: open without an assignee is waiting (or on offer, which
// only the router knows); open with an assignee is held by that agent and counts to their load.
package desk
