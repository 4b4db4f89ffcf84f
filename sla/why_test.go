package sla

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"yingda/desk"
)

// told writes the history of a story's clocks of one target, in words.
func (h *history) told(target desk.Target) string {
	h.t.Helper()
	turns, clocks := Why(h.conv, h.events, h.bookAt, h.now)
	if !Agree(h.clocks, clocks) {
		h.t.Errorf("the history ends in other clocks: got %v, want %v", clocks, h.clocks)
	}
	var out []string
	for _, t := range turns {
		if t.Clock.Target == target {
			out = append(out, fmt.Sprintf("%s %s by %s", t.At.Sub(monday), t.What, t.Cause))
		}
	}
	return strings.Join(out, "; ")
}

// TestWhy tells each turn with its cause (UP-S2, UP-S3, UP-S4).
func TestWhy(t *testing.T) {
	t.Parallel()
	h := story(t, desk.Email).writes().after(time.Hour).to(desk.Pending).after(time.Hour).to(desk.Open)
	h.after(time.Hour)
	h.unit(desk.PriorityChanged{From: desk.Normal, To: desk.Urgent})
	h.after(10 * time.Hour).to(desk.Resolved)
	if got, want := h.told(desk.Resolution), "0s started by message_received; 1h0m0s paused by status_changed; 2h0m0s resumed by status_changed; "+
		"3h0m0s changed by priority_changed; 5h0m0s breached by time; 13h0m0s met by status_changed"; got != want {
		t.Errorf("resolution:\ngot  %s\nwant %s", got, want)
	}
	if got, want := h.told(desk.NextResponse), "0s started by message_received; 2h0m0s breached by time; 3h0m0s changed by priority_changed; "+
		"13h0m0s cancelled by status_changed"; got != want {
		t.Errorf("next response:\ngot  %s\nwant %s", got, want)
	}
	h = story(t, desk.Email).writes().after(30 * time.Minute).replies()
	h.after(time.Hour).unit(desk.MessageFailed{Message: h.clock(desk.FirstResponse).MetBy, Reason: "bounced"})
	if got, want := h.told(desk.FirstResponse), "0s started by message_received; 30m0s met by message_sent; 1h30m0s revived by message_failed; 1h0m0s breached by time"; sorted(got) != sorted(want) {
		t.Errorf("first response:\ngot  %s\nwant %s", got, want)
	}
}

func sorted(s string) string {
	parts := strings.Split(s, "; ")
	seen := map[string]int{}
	for _, p := range parts {
		seen[p]++
	}
	return fmt.Sprint(seen)
}

// TestWhyPartsMakeTheWhole: of any history, each clock starts once, its last turn is its state, and nothing is told that
// did not change.
func TestWhyPartsMakeTheWhole(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		h := storyWith(t, desk.Email, allTargets(t))
		sent := 0
		for i := range rapid.IntRange(1, 20).Draw(rt, "units") {
			h.after(time.Duration(rapid.Int64Range(int64(time.Millisecond), int64(20*time.Hour)).Draw(rt, "later")))
			h.unit(anyFact(rt, h, i, &sent))
		}
		turns, clocks := Why(h.conv, h.events, h.bookAt, h.now)
		if !Agree(h.clocks, clocks) {
			rt.Fatalf("got %v, want %v", clocks, h.clocks)
		}
		started := map[string]int{}
		for _, turn := range turns {
			key := fmt.Sprint(turn.Clock.Target, turn.Clock.N)
			if turn.What == TurnStarted {
				started[key]++
			}
			if turn.Cause == "" || turn.At.IsZero() || turn.At.After(h.now) {
				rt.Fatalf("a turn without cause or out of time: %+v", turn)
			}
		}
		for _, k := range clocks {
			if n := started[fmt.Sprint(k.Target, k.N)]; n != 1 {
				rt.Fatalf("%s %d started %d times", k.Target, k.N, n)
			}
		}
	})
}

// TestLedger: the book in force is the one of that moment, and one that could not be made was never in force.
func TestLedger(t *testing.T) {
	t.Parallel()
	first := monday.Add(-24 * time.Hour)
	change := func(seq int64, at time.Time, kind desk.SettingKind, id string, doc any) desk.Event {
		raw, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		return desk.Event{Seq: seq, At: at, Fact: desk.SettingChanged{Setting: kind, ID: id, Version: seq, After: string(raw)}}
	}
	p := Policy{ID: "p", Name: "p", Targets: []Promise{{Target: desk.FirstResponse, Within: 3600}}}
	later := p
	later.Targets = []Promise{{Target: desk.FirstResponse, Within: 60, Calendar: "office"}}
	l := NewLedger([]desk.Event{
		change(3, monday.Add(2*time.Hour), desk.SettingCalendar, "office", office("Asia/Shanghai")),
		change(1, first, desk.SettingPolicy, "p", p),
		change(2, monday.Add(time.Hour), desk.SettingPolicy, "p", later), // its calendar comes later
		{Seq: 4, At: monday, Fact: desk.SettingChanged{Setting: desk.SettingQueue, ID: "q", After: "{}"}},
	}, nil)
	mail := desk.Conversation{Medium: desk.Email}
	var got []string
	for _, at := range []time.Time{first.Add(-time.Second), first, monday.Add(90 * time.Minute), monday.Add(2 * time.Hour)} {
		term, _ := l.At(at).term(desk.FirstResponse, viewOf(mail))
		got = append(got, term.policy.ID+" "+term.budget.String()+" "+term.calendar)
	}
	want := []string{"email-24h 24h0m0s ", "p 1h0m0s ", "p 1h0m0s ", "p 1m0s office"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("in force (-want +got):\n%s", d)
	}
}
