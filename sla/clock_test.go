package sla

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"yingda/desk"
)

func (h *history) clock(t desk.Target) desk.Clock {
	h.t.Helper()
	r := run{clocks: h.clocks}
	k := r.last(t)
	if k == nil {
		h.t.Fatalf("no clock %s", t)
	}
	return *k
}

func promised(t testing.TB, calendar *Calendar, lines ...Promise) *Book {
	t.Helper()
	var calendars []Calendar
	if calendar != nil {
		calendars = append(calendars, *calendar)
	}
	b, err := NewBook([]Policy{{ID: "p", Name: "p", Targets: lines}}, calendars)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestMailIn24Hours is the built-in promise, by the clock and, where a firm prefers, in business time (UP-S1).
func TestMailIn24Hours(t *testing.T) {
	t.Parallel()
	friday := at(t, "2026-09-18T16:30:00+08:00")
	h := storyWith(t, desk.Email, Defaults())
	h.now = friday
	h.writes()
	if got, want := h.clock(desk.FirstResponse).DueAt, at(t, "2026-09-19T16:30:00+08:00"); !got.Equal(want) {
		t.Errorf("by the clock: got %v, want %v", got, want)
	}
	if h.state(desk.Resolution) != "none" || h.state(desk.Answer) != "none" {
		t.Errorf("got %s, want responses only", h.states())
	}
	c := office("Asia/Shanghai")
	c.Lists = []string{"cn"}
	h = storyWith(t, desk.Email, promised(t, &c, Promise{Target: desk.FirstResponse, Within: 24 * 3600, Calendar: "office"}))
	h.now = friday
	h.writes()
	// 1.5 h on Friday, 7.5 h each on the worked Sunday, Monday and Tuesday: 24 h end on Tuesday at 18:00.
	k := h.clock(desk.FirstResponse)
	if want := at(t, "2026-09-22T18:00:00+08:00"); !k.DueAt.Equal(want) {
		t.Errorf("in business time: got %v, want %v", k.DueAt, want)
	}
	for now, want := range map[string]time.Duration{
		"2026-09-19T12:00:00+08:00": 22*time.Hour + 30*time.Minute, "2026-09-22T17:30:00+08:00": 30 * time.Minute,
		"2026-09-23T10:00:00+08:00": -time.Hour,
	} {
		if got := h.book.Left(k, at(t, now)); got != want {
			t.Errorf("working time left at %s: got %v, want %v", now, got, want)
		}
	}
}

// TestOneLatenessIsToldOnce: both responses to a first mail run; only the first is announced, until they differ.
func TestOneLatenessIsToldOnce(t *testing.T) {
	t.Parallel()
	h := storyWith(t, desk.Email, Defaults()).writes()
	if got := h.clock(desk.NextResponse).NextAt; !got.IsZero() {
		t.Errorf("next response: announced at %v, want never", got)
	}
	if got, want := h.clock(desk.FirstResponse).NextAt, monday.Add(12*time.Hour); !got.Equal(want) {
		t.Errorf("first response: announced at %v, want %v", got, want)
	}
	h.after(25 * time.Hour).unit() // the desk breaks the first
	if h.clock(desk.NextResponse).BreachedAt.IsZero() {
		t.Error("the next response is not broken with the first")
	}
	h.replies().after(time.Hour).writes()
	if got, want := h.clock(desk.NextResponse).NextAt, monday.Add(38*time.Hour); !got.Equal(want) {
		t.Errorf("the next one: announced at %v, want %v", got, want)
	}
}

func TestBuiltInPolicies(t *testing.T) {
	t.Parallel()
	h := storyWith(t, desk.Chat, Defaults()).writes()
	if got, want := h.states(), "answer running until 1m0s; next_response running until 3m0s"; got != want {
		t.Errorf("chat: got %s, want %s", got, want)
	}
	h = storyWith(t, desk.Voice, Defaults()).unit(desk.CallRinging{Call: call(0, -1, -1)}).after(30 * time.Second)
	h.unit(desk.CallEnded{Call: call(0, -1, 30*time.Second)})
	if got, want := h.states(), "answer cancelled at 30s late; callback running until 4h0m30s"; got != want {
		t.Errorf("phone: got %s, want %s", got, want)
	}
}

// TestPausesKeepWhatIsLeft pauses a resolution with 4 h left over a holiday, several times (UP-S2).
func TestPausesKeepWhatIsLeft(t *testing.T) {
	t.Parallel()
	c := office("Asia/Shanghai")
	c.Lists = []string{"cn"}
	h := storyWith(t, desk.Email, promised(t, &c, Promise{Target: desk.Resolution, Within: 8 * 3600, Calendar: "office"}))
	h.now = at(t, "2026-09-29T09:00:00+08:00") // Tuesday before National Day
	h.writes()
	h.now = at(t, "2026-09-29T14:30:00+08:00") // 4 h used
	h.replies().to(desk.Pending)
	if got := h.clock(desk.Resolution).Used; got != 4*time.Hour {
		t.Fatalf("used at the first pause: got %v, want 4h", got)
	}
	h.now = at(t, "2026-10-02T23:00:00+08:00")
	h.writes()
	if got, want := h.clock(desk.Resolution).DueAt, at(t, "2026-10-08T14:30:00+08:00"); !got.Equal(want) {
		t.Errorf("resumed in the holiday: due %v, want %v", got, want)
	}
	for range 5 { // on and off while closed: nothing is used
		h.after(time.Hour).to(desk.Pending).after(time.Hour).to(desk.Open)
	}
	h.now = at(t, "2026-10-08T10:00:00+08:00")
	h.to(desk.Snoozed)
	h.now = at(t, "2026-10-10T09:30:00+08:00") // the worked Saturday
	h.to(desk.Open)
	if got, want := h.clock(desk.Resolution).DueAt, at(t, "2026-10-10T14:00:00+08:00"); !got.Equal(want) {
		t.Errorf("3 h left on the worked Saturday: due %v, want %v", got, want)
	}
	if v := h.clock(desk.Resolution).DueVersion; v != 1 {
		t.Errorf("due version after pauses: got %d, want 1: what was announced stays announced", v)
	}
}

func TestPolicyMayForbidPauses(t *testing.T) {
	t.Parallel()
	b, err := NewBook([]Policy{{ID: "p", Name: "p", KeepRunning: true, Targets: []Promise{{Target: desk.Resolution, Within: 3600}}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	h := storyWith(t, desk.Email, b).writes().after(time.Minute).to(desk.Pending)
	if got, want := h.states(), "resolution running until 1h0m0s"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestChangesOfTarget: the new due counts from the original start, a breach is not told twice, the version re-arms
// warnings, and a changed calendar counts as it would have from the start (UP-S3).
func TestChangesOfTarget(t *testing.T) {
	t.Parallel()
	h := story(t, desk.Email).writes().after(10 * time.Minute).unit(desk.PriorityChanged{From: desk.Normal, To: desk.Urgent})
	k := h.clock(desk.FirstResponse)
	if k.DueVersion != 2 || !k.NextAt.Equal(monday.Add(15*time.Minute)) {
		t.Errorf("got version %d, next notice %v, want 2 and half of 30 minutes", k.DueVersion, k.NextAt.Sub(monday))
	}
	h.after(21 * time.Minute).unit(desk.PriorityChanged{From: desk.Urgent, To: desk.Normal})
	k = h.clock(desk.FirstResponse)
	if !k.BreachedAt.Equal(monday.Add(30*time.Minute)) || !k.NextAt.IsZero() || !k.DueAt.Equal(monday.Add(time.Hour)) {
		t.Errorf("after a breach the due moves and nothing more is announced: got %+v", k)
	}

	c := office("Asia/Shanghai")
	lines := []Promise{{Target: desk.Resolution, Within: 8 * 3600, Calendar: "office"}}
	h = storyWith(t, desk.Email, promised(t, &c, lines...)).writes() // Monday noon: due Tuesday 14:00
	h.after(time.Hour)
	c.Holidays = []string{"2026-09-15"}
	h.use(promised(t, &c, lines...)).unit(desk.TargetsReviewed{})
	if got, want := h.clock(desk.Resolution).DueAt, at(t, "2026-09-16T14:00:00+08:00"); !got.Equal(want) {
		t.Errorf("a holiday was added: due %v, want %v", got, want)
	}
	h.after(time.Hour).use(promised(t, nil, Promise{Target: desk.FirstResponse, Within: 60})).unit(desk.TargetsReviewed{})
	if got, want := h.states(), "resolution cancelled at 2h0m0s"; got != want {
		t.Errorf("the promise is no longer made: got %s, want %s", got, want)
	}
}

func TestFirstPolicyThatFitsDecides(t *testing.T) {
	t.Parallel()
	line := func(s int64) []Promise { return []Promise{{Target: desk.FirstResponse, Within: s}} }
	b, err := NewBook([]Policy{
		{ID: "z", Name: "last", Order: 9, Targets: line(5)},
		{ID: "b", Name: "tie, later id", Order: 1, When: Conditions{Queues: []desk.QueueID{"q"}}, Targets: line(3)},
		{ID: "a", Name: "tie", Order: 1, When: Conditions{Queues: []desk.QueueID{"q"}, Tiers: []desk.Tier{desk.Key}}},
		{ID: "off", Name: "off", Order: 0, Disabled: true, Targets: line(1)},
		{ID: "vip", Name: "vip", Order: 0, When: Conditions{Media: []desk.Medium{desk.Email}, Inboxes: []desk.InboxID{"i"}, Priorities: []desk.Priority{desk.Urgent}}, Targets: line(2)},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	base := view{medium: desk.Email, inbox: "i", queue: "q", tier: desk.Ordinary, priority: desk.Normal}
	for _, c := range []struct {
		name string
		edit func(*view)
		want time.Duration
	}{
		{"queue", func(*view) {}, 3 * time.Second},
		{"other queue", func(v *view) { v.queue = "r" }, 5 * time.Second},
		{"urgent", func(v *view) { v.priority = desk.Urgent }, 2 * time.Second},
		{"key: a policy without targets promises nothing", func(v *view) { v.tier = desk.Key }, 0},
	} {
		v := base
		c.edit(&v)
		if got, _ := b.term(desk.FirstResponse, v); got.budget != c.want {
			t.Errorf("%s: got %v, want %v", c.name, got.budget, c.want)
		}
	}
}

// TestNoticesWaitForTheShift: a breach at night is announced when the notice calendar opens, and dated when it was.
func TestNoticesWaitForTheShift(t *testing.T) {
	t.Parallel()
	c := office("Asia/Shanghai")
	b, err := NewBook([]Policy{{
		ID: "p", Name: "p", NoticesIn: "office", NoWarnings: true, Targets: []Promise{{Target: desk.FirstResponse, Within: 10 * 3600}},
	}}, []Calendar{c})
	if err != nil {
		t.Fatal(err)
	}
	h := storyWith(t, desk.Email, b).writes() // Monday noon, due at 22:00
	if got, want := h.clock(desk.FirstResponse).NextAt, at(t, "2026-09-15T09:00:00+08:00"); !got.Equal(want) {
		t.Errorf("announced at %v, want %v", got, want)
	}
}

// TestRecomputeGivesTheSame plays random histories: history.check compares after every unit (UP-S2).
func TestRecomputeGivesTheSame(t *testing.T) {
	t.Parallel()
	books := []*Book{allTargets(t), Defaults(), promised(t, nil, Promise{Target: desk.NextResponse, Within: 600})}
	rapid.Check(t, func(rt *rapid.T) {
		medium := rapid.SampledFrom([]desk.Medium{desk.Email, desk.Chat, desk.Voice}).Draw(rt, "medium")
		h := storyWith(t, medium, allTargets(t))
		sent := 0
		for i := range rapid.IntRange(1, 30).Draw(rt, "units") {
			h.after(time.Duration(rapid.Int64Range(int64(time.Millisecond), int64(20*time.Hour)).Draw(rt, "later")))
			facts := []desk.Fact{anyFact(rt, h, i, &sent)}
			if rapid.Bool().Draw(rt, "together") {
				h.t = t
				facts = append(facts, anyPlainFact(rt, h, i))
			}
			if rapid.IntRange(0, 9).Draw(rt, "settings change") == 0 {
				h.use(books[rapid.IntRange(0, len(books)-1).Draw(rt, "book")])
				facts = append(facts, desk.TargetsReviewed{})
			}
			h.unit(facts...)
			alive := map[desk.Target]int{}
			for _, k := range h.clocks {
				if !k.Ended() {
					alive[k.Target]++
				}
				if alive[k.Target] > 1 {
					rt.Fatalf("two clocks of %s run at once", k.Target)
				}
			}
		}
	})
}

func anyFact(rt *rapid.T, h *history, i int, sent *int) desk.Fact {
	at := h.now.Add(-time.Duration(rapid.Int64Range(-int64(time.Minute), int64(2*time.Hour)).Draw(rt, "at")))
	switch rapid.IntRange(0, 5).Draw(rt, "what") {
	case 0:
		h.number++
		return desk.MessageReceived{Message: desk.MessageID(fmt.Sprint("in", i)), Number: h.number, At: at}
	case 1:
		*sent++
		return desk.MessageSent{Message: desk.MessageID(fmt.Sprint("out", *sent)), Human: true, At: at}
	case 2:
		return desk.MessageFailed{Message: desk.MessageID(fmt.Sprint("out", rapid.IntRange(0, *sent).Draw(rt, "of")))}
	case 3:
		c := desk.Call{Direction: desk.In, RingingAt: at}
		if rapid.Bool().Draw(rt, "answered") {
			c.AnsweredAt = at.Add(5 * time.Second)
			return desk.CallAnswered{Call: c}
		}
		if rapid.Bool().Draw(rt, "ended") {
			c.EndedAt, c.Outcome = at.Add(9*time.Second), desk.OutcomeMissed
			return desk.CallEnded{Call: c}
		}
		return desk.CallRinging{Call: c}
	case 4:
		return rapid.SampledFrom([]desk.Fact{desk.CustomerReached{}, desk.MessageUnknown{}, desk.Merged{}}).Draw(rt, "rare")
	}
	return anyPlainFact(rt, h, i)
}

func anyPlainFact(rt *rapid.T, h *history, _ int) desk.Fact {
	switch rapid.IntRange(0, 2).Draw(rt, "change") {
	case 0:
		to := rapid.SampledFrom([]desk.Priority{desk.Urgent, desk.Normal}).Draw(rt, "priority")
		return desk.PriorityChanged{From: h.conv.Priority, To: to}
	case 1:
		to := rapid.SampledFrom([]desk.Tier{desk.Strategic, desk.Ordinary}).Draw(rt, "tier")
		return desk.TierChanged{From: h.conv.Tier, To: to}
	}
	steps := desk.Steps(h.conv.Status)
	return desk.StatusChanged{From: h.conv.Status, To: rapid.SampledFrom(steps).Draw(rt, "status")}
}

func BenchmarkAdvance(b *testing.B) {
	book := Defaults()
	c := desk.Conversation{ID: "c", Medium: desk.Email}
	facts := []desk.Fact{desk.MessageReceived{Message: "m", Number: 1}}
	b.ReportAllocs()
	for b.Loop() {
		book.Advance(c, nil, facts, monday)
	}
}
