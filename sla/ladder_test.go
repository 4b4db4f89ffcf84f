package sla

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"yingda/desk"
)

func told(kinds ...desk.RecipientKind) (out []desk.Recipient) {
	for _, k := range kinds {
		out = append(out, desk.Recipient{Kind: k})
	}
	return out
}

func laddered(t testing.TB, notices string, steps ...Step) *Book {
	t.Helper()
	b, err := NewBook([]Policy{{
		ID: "p", Name: "p", Targets: []Promise{{Target: desk.FirstResponse, Within: 3600}}, NoticesIn: notices, Ladder: steps,
	}}, []Calendar{office("Asia/Shanghai")})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestClimb: steps count from the announcement, in plain or in business time, wait for the shift where the policy says
// so, and those that are past are due together.
func TestClimb(t *testing.T) {
	t.Parallel()
	steps := []Step{
		{Level: 100, After: 60, Time: "business", To: told(desk.ToSupervisors)}, // 60 minutes of the office come after 10 plain ones
		{Level: 100, To: told(desk.ToAssignee)},
		{Level: 100, After: 10, To: told(desk.ToTeamLeads), Mail: true},
		{Level: 50, To: told(desk.ToAssignee)},
	}
	evening := at(t, "2026-09-21T17:55:00+08:00") // a Monday; the office closes at 18:00
	for _, c := range []struct {
		name, notices string
		from          int
		now           string
		taken         int
		next          string
	}{
		{"at once", "", 0, "2026-09-21T17:55:00+08:00", 1, "2026-09-21T18:05:00+08:00"},
		{"plain minutes go on at night", "", 1, "2026-09-21T18:05:00+08:00", 1, "2026-09-21T18:55:00+08:00"},
		{"notices wait for the shift", "office", 1, "2026-09-21T18:05:00+08:00", 0, "2026-09-22T09:00:00+08:00"},
		{"minutes of the office", "office", 2, "2026-09-22T09:00:00+08:00", 0, "2026-09-22T09:55:00+08:00"},
		{"after a stop all are due", "office", 0, "2026-09-23T12:00:00+08:00", 3, ""},
		{"the ladder is over", "", 3, "2026-09-23T12:00:00+08:00", 0, ""},
		{"a step was taken out of the policy", "", 7, "2026-09-23T12:00:00+08:00", 0, ""},
	} {
		b := laddered(t, c.notices, steps...)
		got := b.Climb(desk.Clock{Policy: "p"}, 100, c.from, evening, at(t, c.now))
		var next time.Time
		if c.next != "" {
			next = at(t, c.next)
		}
		if len(got.Taken) != c.taken || got.Rung.Step != c.from+c.taken || !got.Rung.At.Equal(next) {
			t.Errorf("%s: got %d steps taken, rung %+v; want %d and the next at %v", c.name, len(got.Taken), got.Rung, c.taken, next)
		}
	}
	// One minute of the office that begins tomorrow holds up no ten minutes of tonight, at the first look and the second.
	night := at(t, "2026-09-21T20:00:00+08:00")
	mixed := laddered(t, "", Step{Level: 100, After: 1, Time: "business", To: told(desk.ToOwner)}, Step{Level: 100, After: 10, To: told(desk.ToTeamLeads)})
	k := desk.Clock{Policy: "p", Calendar: "office"}
	first := mixed.Climb(k, 100, 0, night, night.Add(10*time.Minute))
	morning := at(t, "2026-09-22T09:01:00+08:00")
	if len(first.Taken) != 1 || first.Taken[0].To[0].Kind != desk.ToTeamLeads || !first.Rung.At.Equal(morning) {
		t.Errorf("at night: got %+v, want the team leads told and the rest at %v", first, morning)
	}
	second := mixed.Climb(k, 100, first.Rung.Step, night, morning)
	if len(second.Taken) != 1 || second.Taken[0].To[0].Kind != desk.ToOwner || !second.Rung.At.IsZero() {
		t.Errorf("in the morning: got %+v, want the owner told and the end", second)
	}
	if got := laddered(t, "", steps...).Climb(desk.Clock{Policy: "gone"}, 100, 0, evening, evening); len(got.Taken) != 0 || !got.Rung.At.IsZero() {
		t.Errorf("a policy that is gone: got %+v, want no ladder", got)
	}
}

// TestLadderIsChecked: each mistake is refused under its field.
func TestLadderIsChecked(t *testing.T) {
	t.Parallel()
	to := told(desk.ToAssignee)
	for field, s := range map[string]Step{
		"ladder[0].level":      {Level: 60, To: to},
		"ladder[0].after_min":  {Level: 100, After: -1, To: to},
		"ladder[0].time":       {Level: 100, Time: "lunar", To: to},
		"ladder[0].to":         {Level: 100},
		"ladder[0].to[0].kind": {Level: 100, To: told("everybody")},
		"ladder[0].to[0].id":   {Level: 100, To: []desk.Recipient{{Kind: desk.ToMail, ID: "duty@firm.test,boss@firm.test"}}},
	} {
		var got *FieldError
		err := Policy{ID: "p", Name: "p", Ladder: []Step{s}}.Validate()
		if !errors.As(err, &got) || got.Field != field {
			t.Errorf("%s: got %v", field, err)
		}
	}
	for _, p := range DefaultPolicies() {
		if err := p.Validate(); err != nil || len(p.Ladder) == 0 {
			t.Errorf("%s: got %v and %d steps, want a ladder", p.ID, err, len(p.Ladder))
		}
	}
}

// rungs are ladders in memory, each step taken once.
type rungs struct {
	mu    sync.Mutex
	rows  map[desk.NoticeKey]desk.Ladder
	taken []string
	now   func() time.Time
	reads int
}

func (r *rungs) Ladders(_ context.Context, before time.Time, limit int) ([]desk.Ladder, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reads++
	var out []desk.Ladder
	for _, l := range r.rows {
		if !l.Rung.At.IsZero() && !l.Rung.At.After(before) {
			out = append(out, l)
		}
	}
	slices.SortFunc(out, func(a, b desk.Ladder) int { return a.Rung.At.Compare(b.Rung.At) })
	return out[:min(limit, len(out))], nil
}

func (r *rungs) Ascend(_ context.Context, list []desk.Ascent) (moved int, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, a := range list {
		if a.Notice.Conversation == "sick" && len(list) > 1 {
			return 0, desk.Refuse(desk.Internal, "store_refused")
		}
		l := r.rows[a.Notice]
		if l.Rung.Step != a.From || a.Notice.Conversation == "sick" {
			continue
		}
		l.Rung = a.Climb.Rung
		r.rows[a.Notice] = l
		moved++
		for range a.Climb.Taken {
			r.taken = append(r.taken, fmt.Sprint(a.Notice.Conversation, " ", r.now().Sub(monday)))
		}
	}
	return moved, nil
}

// TestClimbers: two nodes take each step once and at its moment, one sick ladder holds up no other, and the nodes sleep
// in between (UP-S5).
func TestClimbers(t *testing.T) {
	t.Parallel()
	b := laddered(t, "", Step{Level: 100, To: told(desk.ToAssignee)}, Step{Level: 100, After: 15, To: told(desk.ToTeamLeads)})
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		now := func() time.Time { return monday.Add(time.Since(begin)) }
		r := &rungs{rows: map[desk.NoticeKey]desk.Ladder{}, now: now}
		for _, id := range []desk.ConversationID{"a", "b", "sick"} {
			k := desk.NoticeKey{Conversation: id, Target: desk.FirstResponse, N: 1, DueVersion: 1, Level: 100}
			r.rows[k] = desk.Ladder{Notice: k, At: monday, Rung: desk.Rung{At: monday}, Clock: desk.Clock{Policy: "p"}}
		}
		ctx, stop := context.WithCancel(context.Background())
		var wg sync.WaitGroup
		for range 2 {
			c := NewClimber(r, r, NewPromises(b), now, slog.New(slog.DiscardHandler), Default())
			wg.Go(func() {
				if err := c.Run(ctx); err != nil {
					t.Errorf("Run: got %v, want nil after a clean stop", err)
				}
			})
		}
		time.Sleep(16 * time.Minute)
		r.mu.Lock()
		delete(r.rows, desk.NoticeKey{Conversation: "sick", Target: desk.FirstResponse, N: 1, DueVersion: 1, Level: 100})
		before := r.reads
		r.mu.Unlock()
		time.Sleep(time.Minute)
		stop()
		wg.Wait()
		if n := r.reads - before; n > 125 {
			t.Errorf("got %d reads in a quiet minute, want two a second", n)
		}
		slices.Sort(r.taken)
		if d := cmp.Diff("a 0s a 15m0s b 0s b 15m0s", strings.Join(r.taken, " ")); d != "" {
			t.Errorf("steps (-want +got):\n%s", d)
		}
	})
}
