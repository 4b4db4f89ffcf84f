package channels

import (
	"context"
	"errors"
	"time"

	"yingda/desk"
)

// Channel brings in what customers send to one inbox. Run blocks until ctx ends and reconnects by itself.
type Channel interface {
	Inbox() desk.InboxID
	Run(ctx context.Context) error
}

// Sender hands one message to the next server. An error is a *[SendError]; any other is taken as unknown.
type Sender interface {
	Send(ctx context.Context, m desk.Outbound) (desk.Receipt, error)
}

// Intake takes in what a channel received; *desk.Service is one. It returns after commit.
type Intake interface {
	Receive(ctx context.Context, in desk.Inbound) (desk.Received, error)
}

// Starter is told just before the bytes of a message go out for good.
type Starter interface {
	// Sending marks the claimed row as on the wire. It succeeds once per claim: when the lease ran out or another
	// node was first it refuses with Conflict, and the caller must not send.
	Sending(ctx context.Context, id desk.MessageID) error
}

// Spool is what the outbox needs of the store.
type Spool interface {
	Starter
	// Claim takes at most n queued messages whose time has come, under a lease of at least [Lease]. Rows whose lease
	// ran out before Sending are claimed again; rows whose lease ran out after it are not.
	Claim(ctx context.Context, node string, n int) ([]desk.Outbound, error)
	// FreeClaims ends the leases of processes that are gone; of those that only may be, the leases of what they have not
	// begun to send. With first it is the first call of this process: whatever its name holds is of an earlier life.
	FreeClaims(ctx context.Context, node string, first bool) error
	// Stranded lists at most n messages whose lease ran out after Sending: nobody knows what became of them.
	Stranded(ctx context.Context, n int) ([]desk.MessageID, error)
	// Next is the moment the next queued message may be claimed; zero when there is none.
	Next(ctx context.Context) (time.Time, error)
	// Backlog claims at most n unclaimed messages of a backlog, so that no other node sends them while they are told why they wait. That counts for no attempt.
	Backlog(ctx context.Context, node string, of desk.Backlog, n int) ([]desk.MessageID, error)
	// Untried takes a claim back that was not used: it counts for no attempt.
	Untried(ctx context.Context, id desk.MessageID) error
}

// Results is where the outcome of a send goes; *desk.Service is one.
type Results interface {
	Sent(ctx context.Context, id desk.MessageID, r desk.Receipt) error
	Failed(ctx context.Context, id desk.MessageID, reason string) error
	Unknown(ctx context.Context, id desk.MessageID, reason string) error
	Delayed(ctx context.Context, id desk.MessageID, reason string, notBefore time.Time) error
}

// Times of a send.
const (
	// MaxSend is the longest one send may take, from dialling to the last answer.
	MaxSend = 6 * time.Minute
	// Lease is how long a claim must hold: waiting in the node, one whole send and the recording of its result.
	Lease = 15 * time.Minute
)

// Outcome is what is known about a send that did not succeed.
type Outcome int

// The outcomes.
const (
	Unknown Outcome = iota // the line died between the end of DATA and the answer: it may have arrived
	Refused                // the other side said no for good
	Later                  // it certainly did not go out; worth another try
	Lost                   // the claim was not ours any more; nothing to record
	Quota                  // the server takes no more of this mailbox until SendError.Until
)

// SendError says why a send did not succeed. Reason is for people: the other side's words where it spoke.
type SendError struct {
	Outcome Outcome
	Reason  string
	Until   time.Time // of Quota
	Err     error
}

// Error is the reason.
func (e *SendError) Error() string { return e.Reason }

// Unwrap returns the cause.
func (e *SendError) Unwrap() error { return e.Err }

// Fail makes a *SendError from err; its text is the reason.
func Fail(o Outcome, err error) *SendError {
	return &SendError{Outcome: o, Reason: err.Error(), Err: err}
}

// outcomeOf sorts an error of a Sender. What is not sorted may have gone out.
func outcomeOf(err error) (Outcome, string) {
	var e *SendError
	if errors.As(err, &e) {
		return e.Outcome, e.Reason
	}
	return Unknown, err.Error()
}
