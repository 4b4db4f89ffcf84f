package main

import (
	"context"
	"time"
)

// reviewsEvery is how often mails that nobody reviewed in time are looked for.
const reviewsEvery = 15 * time.Second

// escalate does what the policy says with mails that waited too long for a second pair of eyes. It runs on every node:
// the record lets the first one through.
func (n *node) escalate(ctx context.Context) error {
	for ctx.Err() == nil {
		late, err := n.db.ReviewsLate(ctx, n.now(), 100)
		if err != nil && ctx.Err() == nil {
			n.log.Debug("reviews: late ones not found", "err", err)
		}
		for _, r := range late {
			if err := n.desk.Escalate(ctx, r.Message); err != nil && ctx.Err() == nil {
				n.log.Warn("reviews: one is late and was not escalated", "message", r.Message, "err", err)
			}
		}
		rest(ctx, reviewsEvery)
	}
	return nil
}
