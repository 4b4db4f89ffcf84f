package store

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yingda/desk"
)

// TestCard writes clocks and reads them again, in the order of target and number, with nothing lost.
func TestCard(t *testing.T) {
	t.Parallel()
	when := time.Date(2026, 3, 2, 9, 0, 0, 1e6, time.UTC)
	first := desk.Clock{
		Conversation: "c", Target: desk.FirstResponse, N: 1, Policy: "24 小时", Calendar: "cn", Budget: 24 * time.Hour, Used: time.Minute,
		DueVersion: 2, Warnings: []int{50, 80}, Started: "m1", MetBy: "m2", Marked: true, StartedAt: when, PausedAt: when.Add(1e9),
		ResumedAt: when.Add(2e9), DueAt: when.Add(3e9), MetAt: when.Add(4e9), CancelledAt: when.Add(5e9), BreachedAt: when.Add(6e9),
		NextAt: when.Add(7e9), AckBy: "ann", AckAt: when.Add(8e9), AckDue: 2, PolicyVersion: 7,
		Waiver: desk.Waiver{State: desk.WaiverHolds, Reason: "停电 <&>", By: "bo", At: when, Decider: "cai", DecidedAt: when.Add(9e9)},
	}
	older := desk.Clock{Conversation: "c", Target: desk.NextResponse, N: 9}
	newer := desk.Clock{Conversation: "c", Target: desk.NextResponse, N: 10, Policy: "a\x1fb\x1e"}
	got, err := clocksOf(cardOf([]desk.Clock{newer, first, older}), "c")
	if err != nil {
		t.Fatal(err)
	}
	newer.Policy = "ab"
	if d := cmp.Diff([]desk.Clock{first, older, newer}, got); d != "" {
		t.Errorf("card (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]desk.Clock{first, newer}, newest(got)); d != "" {
		t.Errorf("newest (-want +got):\n%s", d)
	}
	if _, err := clocksOf("x\x1f\x1f\x1f\x1f\x1f\x1fnumber\x1e", "c"); err == nil {
		t.Error("a broken card: got no error")
	}
}

// TestWords: the short way of reading a stored list gives what JSON gives.
func TestWords(t *testing.T) {
	t.Parallel()
	for _, want := range [][]string{nil, {"a"}, {"a", "b c"}, {""}, {`x","y`}, {"换行\n", "引号\""}, {"", ""}, {"<&>"}} {
		text, err := list(want)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		if err := words(text, &got); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", text, d)
		}
	}
}
