package agents

import (
	"context"
	"testing"
)

// Beat does what Run does at each turn, once, so that tests own the time.
func Beat(ctx context.Context, t *testing.T, tr *Tracker) {
	t.Helper()
	for _, do := range []func(context.Context) error{
		func(ctx context.Context) error { return tr.Sockets.Beat(ctx, tr.Node, tr.Now()) }, tr.look, tr.turnDue,
	} {
		if err := do(ctx); err != nil {
			t.Fatalf("step: %v", err)
		}
	}
}

// Turn changes what is due by the tracker's own picture, without a look at the record.
func Turn(ctx context.Context, t *testing.T, tr *Tracker) {
	t.Helper()
	if err := tr.turnDue(ctx); err != nil {
		t.Fatal(err)
	}
}
