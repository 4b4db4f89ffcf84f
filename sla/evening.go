package sla

import (
	"context"
	"log/slog"
	"time"

	"yingda/desk"
)

// Reassurer tells customers by when they hear from us; *desk.Service is one.
type Reassurer interface {
	Reassure(ctx context.Context, k desk.Clock) (bool, error)
}

// EveningStore finds whom to tell; *store.DB is one.
type EveningStore interface {
	// Unreassured lists running response clocks of a policy that started before a moment, are due after another, and whose
	// customer was not told yet, in mail: the earliest due first, those behind the place of the last one seen.
	Unreassured(ctx context.Context, policy string, startedBefore, dueAfter time.Time, after desk.Keyset, limit int) ([]desk.Clock, error)
}

// Evening writes the promise mails of policies that ask for them, when their day ends. Every node runs one: the record
// lets the first through.
type Evening struct {
	desk     Reassurer
	store    EveningStore
	promises *Promises
	now      func() time.Time
	log      *slog.Logger
}

// NewEvening makes one.
func NewEvening(d Reassurer, s EveningStore, p *Promises, now func() time.Time, log *slog.Logger) *Evening {
	return &Evening{desk: d, store: s, promises: p, now: now, log: log}
}

const (
	eveningEvery = 15 * time.Second
	eveningBatch = 100
	eveningLong  = 6 * time.Hour // after closing, for a house that was down; later than that nobody is told at night
)

// Run looks until ctx ends, and returns nil then.
func (e *Evening) Run(ctx context.Context) error {
	timer := time.NewTicker(eveningEvery)
	defer timer.Stop()
	for ctx.Err() == nil {
		e.Look(ctx)
		select {
		case <-ctx.Done():
		case <-timer.C:
		}
	}
	return nil
}

// Look tells customers of every policy whose day has ended, as far as they were not told.
func (e *Evening) Look(ctx context.Context) {
	for _, p := range e.promises.Book().policies {
		if p.PromiseMail != "" && !p.Disabled {
			e.close(ctx, p)
		}
	}
}

// close tells whoever a policy's day has ended without an answer for.
func (e *Evening) close(ctx context.Context, p Policy) {
	now := e.now()
	s := e.promises.Book().Schedule(p.PromiseMail)
	if s == nil {
		return
	}
	ended, ok := s.dayEnd(now)
	if !ok || now.Sub(ended) > eveningLong {
		return
	}
	// Each is tried once a look: one that cannot be told neither holds up the others nor keeps the house busy.
	for after := (desk.Keyset{}); ctx.Err() == nil; {
		list, err := e.store.Unreassured(ctx, p.ID, ended, now, after, eveningBatch)
		if err != nil {
			e.log.Warn("sla: finding whom to tell at the end of the day", "err", err)
			return
		}
		for _, k := range list {
			after = desk.Keyset{At: k.DueAt, ID: eveningPlace(k)}
			_, err := e.desk.Reassure(ctx, k)
			if err != nil && ctx.Err() == nil {
				e.log.Warn("sla: a customer was not told at the end of the day", "conversation", k.Conversation, "err", err)
			}
			if desk.CodeOf(err) == desk.Unavailable {
				return // nobody else could be told either; the next look tries again
			}
		}
		if len(list) < eveningBatch {
			return
		}
	}
}

// eveningPlace tells clocks due at one moment apart, in the order of the record.
func eveningPlace(k desk.Clock) string { return string(k.Conversation) + " " + string(k.Target) }

// dayEnd is the last closing, when it is closed now and the next opening lies on another date: a lunch break ends no
// day.
func (s *Schedule) dayEnd(now time.Time) (time.Time, bool) {
	if s.Open(now) {
		return time.Time{}, false
	}
	ended, err1 := s.Previous(now)
	opens, err2 := s.Next(now)
	if err1 != nil || err2 != nil {
		return time.Time{}, false
	}
	zone := s.Location()
	y1, m1, d1 := ended.Add(-time.Second).In(zone).Date() // closing at 24:00 belongs to the day before
	y2, m2, d2 := opens.In(zone).Date()
	return ended, y1 != y2 || m1 != m2 || d1 != d2
}
