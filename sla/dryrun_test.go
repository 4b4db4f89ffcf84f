package sla

import (
	"testing"
	"time"

	"yingda/desk"
)

// TestDryRun: three mails answered after 1, 3 and 30 hours; the built-in 24 hours were late once, four hours in office
// time would have been late once, two hours twice.
func TestDryRun(t *testing.T) {
	t.Parallel()
	policy := func(within time.Duration, calendar string) Policy {
		return Policy{ID: "email-24h", Name: "tried", Targets: []Promise{{Target: desk.FirstResponse, Within: int64(within / time.Second), Calendar: calendar}}}
	}
	for _, c := range []struct {
		name string
		p    Policy
		late int
	}{
		{"the same again", policy(24*time.Hour, ""), 1},
		{"four hours of the office", policy(4*time.Hour, "office"), 1},
		{"two hours", policy(2*time.Hour, ""), 2},
	} {
		d := NewDryRun(monday, monday.AddDate(0, 1, 0))
		for i, after := range []time.Duration{time.Hour, 3 * time.Hour, 30 * time.Hour} {
			h := storyWith(t, desk.Email, Defaults())
			h.conv.ID = desk.ConversationID(rune('a' + i))
			h.writes().after(after).replies()
			would, err := h.book.With([]Policy{c.p}, []Calendar{office("Asia/Shanghai")})
			if err != nil {
				t.Fatal(err)
			}
			d.Add(h.conv, h.events, h.bookAt, func(time.Time) *Book { return would }, h.now)
		}
		count := func(r *Report) (met, late int) {
			for _, l := range r.By("target", time.UTC) {
				if l.Target == desk.FirstResponse {
					met, late = l.Met, l.Late
				}
			}
			return met, late
		}
		if met, late := count(d.Was); met != 2 || late != 1 {
			t.Errorf("%s: was: got %d met, %d late, want 2 and 1", c.name, met, late)
		}
		if met, late := count(d.Would); late != c.late || met != 3-c.late {
			t.Errorf("%s: would: got %d met, %d late, want %d late", c.name, met, late, c.late)
		}
	}
	if _, err := Defaults().With([]Policy{policy(time.Hour, "nowhere")}, nil); err == nil {
		t.Error("a policy whose calendar is nowhere: got no error")
	}
}
