package desk

import (
	"context"
	"time"
)

// Request is one request of an agent that carries an idempotency key: the same key again must change nothing. Its mark
// is written in the very unit that does what was asked, so that a process that dies in between leaves both or neither.
type Request struct {
	Agent AgentID
	Route string // method and pattern of the address
	Key   string
	Hash  string // of the address and body: the same key for something else is a mistake
	Made  string // kind:id of what the unit is about, given by the unit
	At    time.Time

	kept bool // by an earlier unit of the same request
}

// Answered is what a request was answered before.
type Answered struct {
	Hash   string // of the request
	Made   string // kind:id; "" when it made nothing that has a fact
	Status int    // 0: not written down, or not yet
	Body   string
}

type requestKey struct{}

// WithRequest lets the first unit that runs under the context mark r. Requests must not share it.
func WithRequest(ctx context.Context, r *Request) context.Context {
	return context.WithValue(ctx, requestKey{}, r)
}

// update is Store.Update for a unit that may be an agent's request: the request's mark is kept with what it did.
// Errors: Conflict "request_under_way" when somebody was first with the key; fn's own; those of [Store.Update].
func (s *Service) update(ctx context.Context, about About, fn func(Tx) error) error {
	r, _ := ctx.Value(requestKey{}).(*Request)
	if r == nil || r.kept {
		return s.store.Update(ctx, about, fn)
	}
	r.At = s.instant()
	err := s.store.Update(ctx, about, func(tx Tx) error {
		w := &witness{Tx: tx}
		if err := fn(w); err != nil || w.made == "" {
			return err
		}
		mark := *r
		mark.Made = w.made
		return tx.KeepRequest(mark)
	})
	r.kept = err == nil
	return err
}

// witness notes what a unit is about: the subject of its first fact. A unit without a fact made nothing.
type witness struct {
	Tx
	made string
}

// Append adds facts to the log.
func (w *witness) Append(events ...Event) error {
	if w.made == "" && len(events) > 0 {
		w.made = string(events[0].Subject.Kind) + ":" + events[0].Subject.ID
	}
	return w.Tx.Append(events...)
}
