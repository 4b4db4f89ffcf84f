package main

import (
	"context"
	"sync"
	"time"

	"yingda/desk"
	"yingda/store"
)

// secretFresh is how long a secret read for a webhook is used again: so long may a rotated one still be good, and so
// seldom is the record asked while an exchange is busy.
const secretFresh = 5 * time.Second

// hookSecrets remembers the secrets that sign webhooks for a moment.
type hookSecrets struct {
	db  *store.DB
	now func() time.Time

	mu   sync.Mutex
	kept map[secretName]keptSecret
}

type secretName struct {
	inbox desk.InboxID
	name  string
}

type keptSecret struct {
	value string
	until time.Time
}

func newHookSecrets(db *store.DB, now func() time.Time) *hookSecrets {
	return &hookSecrets{db: db, now: now, kept: map[secretName]keptSecret{}}
}

// Secret is the secret as it is, or was a moment ago. Errors: those of the store; a failure is not remembered.
func (h *hookSecrets) Secret(ctx context.Context, inbox desk.InboxID, name string) (string, error) {
	key, now := secretName{inbox, name}, h.now()
	h.mu.Lock()
	kept, ok := h.kept[key]
	h.mu.Unlock()
	if ok && now.Before(kept.until) {
		return kept.value, nil
	}
	value, err := h.db.Secret(ctx, inbox, name)
	if err != nil {
		return "", err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.kept[key] = keptSecret{value, now.Add(secretFresh)}
	return value, nil
}
