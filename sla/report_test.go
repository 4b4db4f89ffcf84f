package sla

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"yingda/desk"
)

func TestReport(t *testing.T) {
	t.Parallel()
	r := NewReport()
	for i := range 100 { // 1 to 100 minutes, in any order
		r.Add(EndedPromise{
			Conversation: desk.ConversationID(fmt.Sprint(i)), Target: desk.FirstResponse, N: 1, Outcome: OutcomeMet, Queue: "q",
			EndedAt: monday.Add(time.Duration(i) * time.Minute), Calendar: time.Duration((i*37)%100+1) * time.Minute, Business: time.Minute,
		})
	}
	late := EndedPromise{Conversation: "x", Target: desk.Resolution, N: 1, Outcome: OutcomeMet, Queue: "p", EndedAt: monday, Calendar: time.Hour}
	r.Add(late)
	late.Outcome, late.EndedAt, late.Calendar = OutcomeLate, monday.Add(13*time.Hour), 14*time.Hour
	r.Add(late) // re-opened and resolved again: once, as it ended last
	r.Add(EndedPromise{Conversation: "y", Target: desk.Answer, N: 1, Outcome: OutcomeCancelled, Queue: "p", EndedAt: monday})
	want := []ReportLine{
		{Key: "p", Target: desk.Answer, Cancelled: 1},
		{Key: "p", Target: desk.Resolution, Late: 1, Calendar: Quantiles{14 * time.Hour, 14 * time.Hour, 14 * time.Hour}},
		{
			Key: "q", Target: desk.FirstResponse, Met: 100, Calendar: Quantiles{50 * time.Minute, 90 * time.Minute, 95 * time.Minute},
			Business: Quantiles{time.Minute, time.Minute, time.Minute},
		},
	}
	if d := cmp.Diff(want, r.By("queue", time.UTC)); d != "" {
		t.Errorf("by queue (-want +got):\n%s", d)
	}
	shanghai, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	if got := r.By("day", shanghai); got[len(got)-1].Key != "2026-09-15" || got[len(got)-1].Target != desk.Resolution {
		t.Errorf("13 h after noon in Shanghai is the next day: got %+v", got[len(got)-1])
	}
	if kept, ok := want[0].Kept(); ok || kept != 0 {
		t.Errorf("of nothing: got %v, %t", kept, ok)
	}
}

// TestViewsAgree: every view of one period has the same totals (UP-P1, UP-P2).
func TestViewsAgree(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		r := NewReport()
		for range rapid.IntRange(0, 200).Draw(rt, "promises") {
			r.Add(EndedPromise{
				Conversation: desk.ConversationID(rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(rt, "c")),
				Target:       rapid.SampledFrom(order[:]).Draw(rt, "target"), N: rapid.IntRange(1, 3).Draw(rt, "n"),
				EndedAt: monday.Add(time.Duration(rapid.IntRange(0, 1000).Draw(rt, "at")) * time.Hour),
				Outcome: rapid.SampledFrom([]string{OutcomeMet, OutcomeLate, OutcomeCancelled}).Draw(rt, "outcome"),
				Queue:   desk.QueueID(rapid.SampledFrom([]string{"", "p", "q"}).Draw(rt, "queue")), Tier: desk.Key, Medium: desk.Email,
			})
		}
		var first [3]int
		for i, view := range desk.ReportViews {
			var sum [3]int
			for _, l := range r.By(view, time.UTC) {
				sum = [3]int{sum[0] + l.Met, sum[1] + l.Late, sum[2] + l.Cancelled}
			}
			if i == 0 {
				first = sum
			}
			if sum != first {
				rt.Fatalf("by %s: got %v, by %s %v", view, sum, desk.ReportViews[0], first)
			}
		}
	})
}
