package agents

import (
	"context"
	"time"

	"yingda/desk"
)

// Store keeps passwords, attempts and sessions; *store.DB implements it.
type Store interface {
	Passwords
	Sessions
}

// Passwords are hashes and the count of guesses.
type Passwords interface {
	// PasswordHash returns the agent's argon2id hash in PHC form, or desk.ErrNotFound when none was ever set.
	PasswordHash(ctx context.Context, a desk.AgentID) (string, error)
	// SavePasswordHash sets or replaces it.
	SavePasswordHash(ctx context.Context, a desk.AgentID, hash string, at time.Time) error
	// Attempt records one attempt at `at` for each key and returns, in the order of keys, how many there are at or
	// after since, this one included. It is one atomic step, so that parallel guesses cannot slip under the limit.
	// Attempts before since may be deleted on the way. Keys are "account:…", "address:…" and "device:…", at most 250 characters.
	Attempt(ctx context.Context, keys []string, at, since time.Time) ([]int, error)
	// ForgiveAttempt says that the attempt of all these keys at that moment succeeded: the first key's attempts are deleted,
	// of each other's only this one.
	ForgiveAttempt(ctx context.Context, keys []string, when time.Time) error
}

// Sessions are the signed-in browsers.
type Sessions interface {
	AddSession(ctx context.Context, s Session) error
	// SessionByHash returns the session with this token hash, expired or not, or desk.ErrNotFound.
	SessionByHash(ctx context.Context, tokenHash string) (Session, error)
	// SessionsOf lists the agent's sessions, newest SeenAt first.
	SessionsOf(ctx context.Context, a desk.AgentID) ([]Session, error)
	// TouchSession sets SeenAt and IdleUntil.
	TouchSession(ctx context.Context, id string, seen, idleUntil time.Time) error
	// EndSessions deletes the agent's sessions: the one with id only, or with id "" all but the one with id except
	// ("" : all). It returns the ids that were ended, so that their sockets can be closed.
	EndSessions(ctx context.Context, a desk.AgentID, id, except string) ([]string, error)
}

// Session is one signed-in browser. The token itself is known to the browser alone: TokenHash is the hex SHA-256.
type Session struct {
	ID        string // names it in lists and when revoking; worth nothing as a credential
	Agent     desk.AgentID
	TokenHash string
	Address   string // where it was opened from
	Client    string // User-Agent, clipped
	CreatedAt time.Time
	SeenAt    time.Time
	IdleUntil time.Time // ends when unused so long
	ExpiresAt time.Time // ends in any case
}

// Sockets is who is connected where: one row per agent and node, and one heartbeat per node. *store.DB implements it.
type Sockets interface {
	// SetSockets says that the node has n sockets of the agent open; 0 deletes the row.
	SetSockets(ctx context.Context, node string, a desk.AgentID, n int, at time.Time) error
	// Beat says that the node lives at `at`; it inserts or updates the node's row.
	Beat(ctx context.Context, node string, at time.Time) error
	// Connected lists the agents with a socket on a node whose last beat is at or after alive.
	Connected(ctx context.Context, alive time.Time) ([]desk.AgentID, error)
	// Forget deletes the rows of nodes whose last beat is before dead, and of this node when it starts or stops.
	Forget(ctx context.Context, node string, dead time.Time) error
	// Presences lists the stored presence of every agent that is not offline.
	Presences(ctx context.Context) ([]desk.Presence, error)
}
