package desk

import (
	"context"
	"sync"
	"time"
)

// Service is the desk: every change of the record is one of its methods, each one atomic unit.
type Service struct {
	store    Store
	promises Promises
	now      func() time.Time
	newID    func() string
	checks   map[SettingKind]SettingCheck
	courtesy Courtesy
	policies Policies
	settings sync.Mutex // one settings document at a time
}

// Config is what a Service is made of. Now and NewID are injected so that tests own time and ids; Checks may be nil.
type Config struct {
	Store    Store
	Promises Promises
	Now      func() time.Time
	NewID    func() string // lowercase UUIDv7
	Checks   map[SettingKind]SettingCheck
	Courtesy Courtesy // nil: nobody is answered automatically
	Policies Policies // nil: every conversation waits where its inbox says, by the queue's own settings
}

// New makes a Service.
func New(cfg Config) *Service {
	return &Service{store: cfg.Store, promises: cfg.Promises, now: cfg.Now, newID: cfg.NewID, checks: cfg.Checks, courtesy: cfg.Courtesy, policies: cfg.Policies}
}

// instant is now as the record keeps it: UTC, whole milliseconds.
func (s *Service) instant() time.Time { return s.now().UTC().Truncate(time.Millisecond) }

func (s *Service) dir() Directory { return s.store.Directory() }

// on runs fn on conversation id as one unit by actor, then advances the clocks, settles routing, saves and appends.
// Errors: NotFound; fn's own; those of [Store.Update].
func (s *Service) on(ctx context.Context, actor Actor, id ConversationID, fn func(*unit) error) error {
	now := s.instant()
	return s.update(ctx, About{Conversations: []ConversationID{id}}, func(tx Tx) error {
		u, err := s.load(tx, actor, id, now)
		if err != nil {
			return err
		}
		if err := fn(u); err != nil {
			return err
		}
		return u.finish()
	})
}
