package desk

import (
	"context"
	"log/slog"
	"time"
)

// Sleepers is where the alarm finds snoozed conversations.
type Sleepers interface {
	// SnoozedBefore lists snoozed conversations whose moment is at or before t, and the moment of the next one after
	// (zero: none).
	SnoozedBefore(ctx context.Context, t time.Time, limit int) ([]ConversationID, time.Time, error)
}

// Alarm wakes snoozed conversations at their moment. Every node may run one: waking twice changes nothing.
type Alarm struct {
	desk     *Service
	sleepers Sleepers
	logger   *slog.Logger
}

// NewAlarm makes an alarm.
func NewAlarm(desk *Service, sleepers Sleepers, logger *slog.Logger) *Alarm {
	return &Alarm{desk: desk, sleepers: sleepers, logger: logger}
}

// alarmEvery bounds how late a snooze set meanwhile, on any node, can be noticed.
const alarmEvery = time.Second

// Run wakes until ctx ends, and returns nil then.
func (a *Alarm) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		due, next, err := a.sleepers.SnoozedBefore(ctx, a.desk.instant(), 100)
		if err != nil && ctx.Err() == nil {
			a.logger.Warn("alarm: reading snoozed conversations", "err", err)
		}
		for _, id := range due {
			if err := a.desk.Wake(ctx, id); err != nil && ctx.Err() == nil {
				a.logger.Warn("alarm: waking", "conversation", id, "err", err)
			}
		}
		wait := alarmEvery
		if !next.IsZero() {
			wait = min(max(next.Sub(a.desk.instant()), 10*time.Millisecond), alarmEvery)
		}
		rest(ctx, wait)
	}
	return nil
}
