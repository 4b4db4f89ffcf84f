package webui

import (
	"testing"
	"time"

	"yingda/desk"
)

// The day's service level follows each promise through being broken, let go, kept and taken back, as the record counts.
func TestServiceLevelFollowsWaivers(t *testing.T) {
	t.Parallel()
	b := newBoard(nil)
	b.day = time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)
	before, noon := b.day.Add(-time.Hour), b.day.Add(12*time.Hour)
	broken := desk.Clock{Target: desk.FirstResponse, N: 1, BreachedAt: noon}
	late := broken
	late.MetAt = noon.Add(time.Hour)
	waived := late
	waived.Waiver = desk.Waiver{State: desk.WaiverHolds}
	kept := desk.Clock{Target: desk.FirstResponse, N: 2, MetAt: noon}
	old := desk.Clock{Target: desk.FirstResponse, N: 3, BreachedAt: before}
	oldMet := old
	oldMet.MetAt = noon
	for _, step := range []struct {
		what      string
		fact      desk.Fact
		met, late int64
	}{
		{"broken", desk.ClockBreached{Clock: broken}, 0, 1},
		{"a wish for a waiver", desk.WaiverRequested{Target: broken.Target, N: 1}, 0, 1},
		{"the wish taken back", desk.WaiverUndone{Target: broken.Target, N: 1, BreachedAt: noon}, 0, 1},
		{"let go", desk.WaiverGiven{Target: broken.Target, N: 1, BreachedAt: noon}, 0, 0},
		{"kept late while let go", desk.ClockMet{Clock: waived}, 0, 0},
		{"taken back", desk.WaiverUndone{Target: broken.Target, N: 1, Held: true, BreachedAt: noon, MetAt: late.MetAt}, 0, 1},
		{"let go again", desk.WaiverGiven{Target: broken.Target, N: 1, BreachedAt: noon, MetAt: late.MetAt}, 0, 0},
		{"kept", desk.ClockMet{Clock: kept}, 1, 0},
		{"broken and kept late in one breath", desk.ClockBreached{Clock: late}, 1, 1},
		{"the second half of it", desk.ClockMet{Clock: late}, 1, 1},
		{"broken yesterday, told today", desk.ClockBreached{Clock: old}, 1, 1},
		{"and kept today", desk.ClockMet{Clock: oldMet}, 1, 2},
		{"let go while it ran", desk.WaiverGiven{Target: desk.Answer, N: 1}, 1, 2},
		{"no response", desk.ClockBreached{Clock: desk.Clock{Target: desk.Resolution, BreachedAt: noon}}, 1, 2},
	} {
		b.count("q", step.fact)
		var got ServiceLevel
		if lvl := b.service["q"]; lvl != nil {
			got = *lvl
		}
		if got.Met != step.met || got.Late != step.late {
			t.Fatalf("%s: got %d met and %d late, want %d and %d", step.what, got.Met, got.Late, step.met, step.late)
		}
	}
}
