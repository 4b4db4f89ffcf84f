package sla

import (
	"context"
	"log/slog"
	"time"

	"yingda/desk"
)

// Ladders is the climber's view of the desk and its store; *desk.Service and *store.DB are one each.
type (
	// Ascender takes the steps; see [desk.Service.Ascend].
	Ascender interface {
		Ascend(ctx context.Context, list []desk.Ascent) (int, error)
	}
	// LadderStore finds what is to be climbed.
	LadderStore interface {
		// Ladders lists announcements whose next step is looked at at or before a moment, the earliest first.
		Ladders(ctx context.Context, before time.Time, limit int) ([]desk.Ladder, error)
	}
)

// Climber takes the steps of ladders at their moments. Every node runs one: the record decides who was first.
type Climber struct {
	desk     Ascender
	store    LadderStore
	promises *Promises
	now      func() time.Time
	log      *slog.Logger
	cfg      Config
}

// NewClimber makes a climber.
func NewClimber(d Ascender, s LadderStore, p *Promises, now func() time.Time, log *slog.Logger, cfg Config) *Climber {
	return &Climber{desk: d, store: s, promises: p, now: now, log: log, cfg: cfg}
}

// Run climbs until ctx ends, and returns nil then.
func (c *Climber) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		wait := c.round(ctx)
		if wait <= 0 {
			continue
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-timer.C:
		}
		timer.Stop()
	}
	return nil
}

// round climbs what is due and says how long to sleep; 0 when there is more.
func (c *Climber) round(ctx context.Context) time.Duration {
	now := c.now()
	due, err := c.store.Ladders(ctx, now, min(c.cfg.Batch, unitSize))
	if err != nil {
		if ctx.Err() == nil {
			c.log.Error("sla: reading which ladders are due", "err", err)
		}
		return c.cfg.Every
	}
	if len(due) == 0 {
		return c.cfg.Every
	}
	moved, err := c.desk.Ascend(ctx, c.plan(due, now))
	if err != nil {
		if ctx.Err() == nil {
			c.log.Error("sla: climbing ladders", "count", len(due), "err", err)
		}
		moved = c.oneByOne(ctx, due, now)
	}
	if moved == 0 {
		return min(c.cfg.Every, beaten) // another node was first, or the record is down
	}
	return 0
}

func (c *Climber) plan(due []desk.Ladder, now time.Time) []desk.Ascent {
	book := c.promises.Book()
	out := make([]desk.Ascent, 0, len(due))
	for _, l := range due {
		out = append(out, desk.Ascent{
			Notice: l.Notice, From: l.Rung.Step, Climb: book.Climb(l.Clock, l.Notice.Level, l.Rung.Step, l.At, now),
		})
	}
	return out
}

// oneByOne keeps one ladder that is refused from holding up the others.
func (c *Climber) oneByOne(ctx context.Context, due []desk.Ladder, now time.Time) (moved int) {
	for _, a := range c.plan(due, now) {
		n, err := c.desk.Ascend(ctx, []desk.Ascent{a})
		if desk.CodeOf(err) == desk.Unavailable || ctx.Err() != nil {
			return moved
		}
		moved += n
	}
	return moved
}
