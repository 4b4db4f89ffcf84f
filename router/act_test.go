package router

import (
	"context"

	"yingda/desk"
)

// Act notes that a policy's step was done; the desk's own unit is tested there.
func (l *ledger) Act(ctx context.Context, a desk.Act) error {
	return l.Record(ctx, a.Conversation, desk.System(), desk.PolicyActed{Policy: a.Policy, Version: a.Version, Step: a.Step + 1})
}
