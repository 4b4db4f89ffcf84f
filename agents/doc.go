// Package agents is the people who answer: their passwords, their sessions and whether they are there.
//
// It owns sign-in, the list of a person's sessions, and the watch over who is connected. It promises that a password
// is kept only as an argon2id hash, that guessing is slowed per account and per address whatever node is asked, that
// a stolen database holds no usable session, and that nobody turns offline because a tab sleeps: only when their last
// socket has been gone for a minute (UP-R3). It never holds a profile (that is the settings document desk.Agent),
// never decides who gets work, and never speaks HTTP.
//
// # Where things are
//
//	store.go     what is asked of the records
//	password.go  argon2id, bounded in number
//	account.go   sign-in, sessions, password change
//	tracker.go   sockets, heartbeat, offline after the grace
//	duty.go      the ends of wrap-up, focus and breaks, planned leave
//	wrapup.go    after which work an agent gets time to write up
//	scope.go     whose conversations a role may see
package agents
