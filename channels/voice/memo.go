package voice

import (
	"context"
	"sync"
	"time"

	"yingda/desk"
)

// How long and how much is remembered. A call sends three to ten events with the same secret and the same two numbers.
const (
	secretFor  = time.Second // so long may an old key still hold on another node after an administrator changed it
	phonesKept = 4096
)

// memo remembers what each event of a call would ask again. Its zero value is ready.
type memo struct {
	mu      sync.Mutex
	secrets map[desk.InboxID]kept
	phones  map[numberAs]string // E.164, as read
	older   map[numberAs]string // those of the generation before
}

type kept struct {
	secret string
	until  time.Time
}

type numberAs struct{ raw, country string }

// secret asks the store at most once a second for an inbox's key; what it refuses is asked again.
func (m *memo) secret(ctx context.Context, from Secrets, inbox desk.InboxID, now time.Time) (string, error) {
	m.mu.Lock()
	k, ok := m.secrets[inbox]
	m.mu.Unlock()
	if ok && now.Before(k.until) {
		return k.secret, nil
	}
	s, err := from.Secret(ctx, inbox, SecretName)
	if err != nil {
		return "", err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.secrets == nil {
		m.secrets = map[desk.InboxID]kept{}
	}
	m.secrets[inbox] = kept{s, now.Add(secretFor)}
	return s, nil
}

// phone is [Phone], remembered in two generations of phonesKept numbers. Callers who hide their number are nobody and
// are not kept.
func (m *memo) phone(raw, country, callID string) desk.Identity {
	key := numberAs{clip(raw), country}
	m.mu.Lock()
	value, ok := m.phones[key]
	if !ok {
		value, ok = m.older[key]
	}
	m.mu.Unlock()
	if ok {
		return desk.Identity{Kind: desk.ByPhone, Value: value}
	}
	id := Phone(raw, country, callID)
	if id.Kind != desk.ByPhone {
		return id
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.phones) >= phonesKept || m.phones == nil {
		m.older, m.phones = m.phones, make(map[numberAs]string, 64)
	}
	m.phones[key] = id.Value
	return id
}
