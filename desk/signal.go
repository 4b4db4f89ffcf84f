package desk

import "sync"

// SignalKind names a piece of passing news.
type SignalKind string

// The signals. None of them is stored, any of them may be lost.
const (
	Typing   SignalKind = "typing"
	Viewing  SignalKind = "viewing"
	Position SignalKind = "position" // a waiting customer's place changed
)

// Signal is news that need not survive: who types, who looks, how far the queue has moved.
type Signal struct {
	Kind         SignalKind
	Conversation ConversationID
	Actor        Actor
	Name         string
	On           bool
}

// Signals passes signals to whoever listens in this process, and to other nodes when Relay is set.
type Signals struct {
	mu    sync.RWMutex
	subs  map[int]func(Signal)
	next  int
	relay func(Signal)
}

// NewSignals makes an empty exchange.
func NewSignals() *Signals { return &Signals{subs: map[int]func(Signal){}} }

// Subscribe calls fn for each signal until stop is called. fn must not block: it stands in the sender's way.
func (s *Signals) Subscribe(fn func(Signal)) (stop func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := s.next
	s.next++
	s.subs[id] = fn
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.subs, id)
	}
}

// Relay sets how signals of this node reach the others. It is called once, while wiring.
func (s *Signals) Relay(send func(Signal)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.relay = send
}

// Publish tells this node's listeners and the other nodes.
func (s *Signals) Publish(sig Signal) {
	s.mu.RLock()
	relay := s.relay
	s.mu.RUnlock()
	s.Arrived(sig)
	if relay != nil {
		relay(sig)
	}
}

// Arrived tells this node's listeners of a signal that came from another node.
func (s *Signals) Arrived(sig Signal) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, fn := range s.subs {
		fn(sig)
	}
}
