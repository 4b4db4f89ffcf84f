package sla

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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
		d := newDryRun(nil, nil, monday, monday.AddDate(0, 1, 0), time.Time{})
		for i, after := range []time.Duration{time.Hour, 3 * time.Hour, 30 * time.Hour} {
			h := storyWith(t, desk.Email, Defaults())
			h.conv.ID = desk.ConversationID(rune('a' + i))
			h.writes().after(after).replies()
			would, err := h.book.With([]Policy{c.p}, []Calendar{office("Asia/Shanghai")})
			if err != nil {
				t.Fatal(err)
			}
			d.was, d.would, d.now = h.bookAt, func(time.Time) *Book { return would }, h.now // a story each
			d.Add(h.conv, h.events)
		}
		want := []DryLine{{Target: desk.FirstResponse, Was: DryCount{Met: 2, Late: 1}, Would: DryCount{Met: 3 - c.late, Late: c.late}}}
		if diff := cmp.Diff(want, d.Lines()[:1]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
	if _, err := Defaults().With([]Policy{policy(time.Hour, "nowhere")}, nil); err == nil {
		t.Error("a policy whose calendar is nowhere: got no error")
	}
}

// TestDryRunCountsWhatTheReportCounts: what was resolved in the period, and again after it was re-opened, counts in both,
// as in the report, whose rows were written each time.
func TestDryRunCountsWhatTheReportCounts(t *testing.T) {
	t.Parallel()
	h := story(t, desk.Email).writes().after(time.Hour).to(desk.Resolved)
	h.after(30 * 24 * time.Hour).writes().after(20 * time.Hour).to(desk.Resolved)
	resolution := func(from, to time.Duration) (found DryCount) {
		d := newDryRun(h.bookAt, h.bookAt, monday.Add(from), monday.Add(to), h.now)
		d.Add(h.conv, h.events)
		for _, l := range d.Lines() {
			if l.Was != l.Would {
				t.Errorf("the same book twice: got %+v", l)
			}
			if l.Target == desk.Resolution {
				found = l.Was
			}
		}
		return found
	}
	if got, want := resolution(0, 24*time.Hour), (DryCount{Met: 1}); got != want {
		t.Errorf("the first day: got %+v, want %+v", got, want)
	}
	if got, want := resolution(30*24*time.Hour, 40*24*time.Hour), (DryCount{Late: 1}); got != want {
		t.Errorf("after it was re-opened: got %+v, want %+v", got, want)
	}
	if got, want := resolution(0, 40*24*time.Hour), (DryCount{Late: 1}); got != want {
		t.Errorf("over both: got %+v, want once, as it ended last, %+v", got, want)
	}
}
