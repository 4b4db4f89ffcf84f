package sla

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"yingda/desk"
)

// history plays facts to Advance as the desk does, unit by unit, keeps them as events, and checks after each unit that
// Recompute gives the same clocks.
type history struct {
	t      testing.TB
	book   *Book
	books  []bookFrom
	conv   desk.Conversation
	clocks []desk.Clock
	events []desk.Event
	now    time.Time
	number int64
}

type bookFrom struct {
	at   time.Time
	book *Book
}

// monday is when every story of these tests begins: 12:00 in Shanghai.
var monday = time.Date(2026, 9, 14, 4, 0, 0, 0, time.UTC)

func story(t testing.TB, medium desk.Medium) *history {
	t.Helper()
	return storyWith(t, medium, allTargets(t))
}

func storyWith(t testing.TB, medium desk.Medium, b *Book) *history {
	t.Helper()
	return &history{t: t, book: b, books: []bookFrom{{time.Time{}, b}}, now: monday, conv: desk.Conversation{
		ID: "c", Medium: medium, Inbox: "i", Queue: "q", Tier: desk.Ordinary, Priority: desk.Normal, Status: desk.Open,
	}}
}

// allTargets promises everything to everybody: answer 1 min, first response 1 h, next 2 h, resolution 8 h, callback
// 4 h; half of each when urgent; resolution in office hours for strategic customers.
func allTargets(t testing.TB) *Book {
	t.Helper()
	urgent := []desk.Priority{desk.Urgent}
	p := Policy{ID: "all", Name: "all", Targets: []Promise{
		{Target: desk.Answer, Priorities: urgent, Within: 30},
		{Target: desk.Answer, Within: 60},
		{Target: desk.FirstResponse, Priorities: urgent, Within: 1800},
		{Target: desk.FirstResponse, Within: 3600},
		{Target: desk.NextResponse, Priorities: urgent, Within: 3600},
		{Target: desk.NextResponse, Within: 7200},
		{Target: desk.Resolution, Tiers: []desk.Tier{desk.Strategic}, Within: 8 * 3600, Calendar: "office"},
		{Target: desk.Resolution, Priorities: urgent, Within: 4 * 3600},
		{Target: desk.Resolution, Within: 8 * 3600},
		{Target: desk.Callback, Priorities: urgent, Within: 2 * 3600},
		{Target: desk.Callback, Within: 4 * 3600},
	}}
	b, err := NewBook([]Policy{p}, []Calendar{office("Asia/Shanghai")})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (h *history) after(d time.Duration) *history { h.now = h.now.Add(d); return h }

// unit records facts that happen together.
func (h *history) unit(facts ...desk.Fact) *history {
	h.t.Helper()
	for _, f := range facts {
		switch f := f.(type) {
		case desk.PriorityChanged:
			h.conv.Priority = f.To
		case desk.TierChanged:
			h.conv.Tier = f.To
		case desk.QueueChanged:
			h.conv.Queue = f.To
		case desk.TagsChanged:
			h.conv.Tags = append(h.conv.Tags, f.Added...)
		case desk.StatusChanged:
			h.conv.Status = f.To
		}
		h.events = append(h.events, desk.Event{At: h.now, Fact: f})
	}
	old, recent := h.loaded()
	h.clocks = append(old, h.book.Advance(h.conv, recent, facts, h.now)...)
	h.check()
	return h
}

// loaded splits off the last two clocks of each target: what the desk loads.
func (h *history) loaded() (old, recent []desk.Clock) {
	r := run{clocks: h.clocks}
	for _, k := range h.clocks {
		if k.N < r.last(k.Target).N-1 {
			old = append(old, k)
		} else {
			recent = append(recent, k)
		}
	}
	return old, recent
}

func (h *history) check() {
	h.t.Helper()
	again := Recompute(h.conv, h.events, h.bookAt, h.now)
	sort := cmpopts.SortSlices(func(a, b desk.Clock) bool { return fmt.Sprint(a.Target, a.N) < fmt.Sprint(b.Target, b.N) })
	if d := cmp.Diff(again, h.clocks, sort, cmpopts.EquateEmpty(), cmpopts.IgnoreFields(desk.Clock{}, "NextAt")); d != "" {
		h.t.Fatalf("recomputed from %d facts differs from what was kept (-again +kept):\n%s", len(h.events), d)
	}
}

func (h *history) bookAt(t time.Time) *Book {
	b := h.books[0].book
	for _, x := range h.books {
		if !x.at.After(t) {
			b = x.book
		}
	}
	return b
}

func (h *history) use(b *Book) *history {
	h.book = b
	h.books = append(h.books, bookFrom{h.now, b})
	return h
}

func (h *history) writes() *history {
	h.t.Helper()
	h.number++
	m := desk.MessageReceived{Message: desk.MessageID(fmt.Sprintf("in%d", h.number)), Number: h.number}
	if h.conv.Status == desk.Open {
		return h.unit(m)
	}
	return h.unit(m, desk.StatusChanged{From: h.conv.Status, To: desk.Open})
}

func (h *history) replies() *history {
	h.t.Helper()
	h.number++
	return h.unit(desk.MessageSent{Message: desk.MessageID(fmt.Sprintf("out%d", h.number)), Number: h.number, Human: true})
}

func (h *history) to(s desk.Status) *history {
	h.t.Helper()
	return h.unit(desk.StatusChanged{From: h.conv.Status, To: s})
}

// state is the newest clock of a target in words: "running until 1h0m0s" counts from the story's beginning.
func (h *history) state(t desk.Target) string {
	r := run{clocks: h.clocks}
	k := r.last(t)
	if k == nil {
		return "none"
	}
	late := ""
	if !k.BreachedAt.IsZero() {
		late = " late"
	}
	switch {
	case !k.MetAt.IsZero():
		return fmt.Sprintf("met at %v%s", k.MetAt.Sub(monday), late)
	case !k.CancelledAt.IsZero():
		return fmt.Sprintf("cancelled at %v%s", k.CancelledAt.Sub(monday), late)
	case !k.PausedAt.IsZero():
		return fmt.Sprintf("paused at %v used %v%s", k.PausedAt.Sub(monday), k.Used, late)
	}
	mark := ""
	if k.Marked {
		mark = " marked"
	}
	return fmt.Sprintf("running until %v%s%s", k.DueAt.Sub(monday), mark, late)
}

func (h *history) states() string {
	var out []string
	for _, t := range order {
		if s := h.state(t); s != "none" {
			out = append(out, string(t)+" "+s)
		}
	}
	return strings.Join(out, "; ")
}

func call(ring, answer, end time.Duration) desk.Call {
	c := desk.Call{ID: "call", Direction: desk.In}
	set := func(t *time.Time, d time.Duration) {
		if d >= 0 {
			*t = monday.Add(d)
		}
	}
	set(&c.RingingAt, ring)
	set(&c.AnsweredAt, answer)
	set(&c.EndedAt, end)
	if end >= 0 && answer < 0 {
		c.Outcome = desk.OutcomeAbandoned
	}
	return c
}

// TestTable goes through the table of DESIGN 2.4 row by row (UP-S4: what starts, stops and stays is published).
func TestTable(t *testing.T) {
	t.Parallel()
	const s, m, hr = time.Second, time.Minute, time.Hour
	cases := []struct {
		row    string
		medium desk.Medium
		play   func(h *history)
		want   string
	}{
		{
			"call rings", desk.Voice, func(h *history) { h.unit(desk.CallRinging{Call: call(0, -1, -1)}) },
			"answer running until 1m0s; resolution running until 8h0m0s",
		},
		{"call answered by an agent", desk.Voice, func(h *history) {
			h.unit(desk.CallRinging{Call: call(0, -1, -1)}).after(12 * s).unit(desk.CallAnswered{Call: call(0, 10*s, -1)})
		}, "answer met at 10s; resolution running until 8h0m0s"},
		{"call answered, and word of it comes late", desk.Voice, func(h *history) {
			h.unit(desk.CallRinging{Call: call(0, -1, -1)}).after(2 * m).unit().unit(desk.CallAnswered{Call: call(0, 10*s, -1)})
		}, "answer met at 10s; resolution running until 8h0m0s"},
		{"call answered too late", desk.Voice, func(h *history) {
			h.unit(desk.CallRinging{Call: call(0, -1, -1)}).after(90 * s).unit(desk.CallAnswered{Call: call(0, 90*s, -1)})
		}, "answer met at 1m30s late; resolution running until 8h0m0s"},
		{"call missed or abandoned", desk.Voice, func(h *history) {
			h.unit(desk.CallRinging{Call: call(0, -1, -1)}).after(20 * s).unit(desk.CallEnded{Call: call(0, -1, 20*s)})
		}, "answer cancelled at 20s; resolution running until 8h0m0s; callback running until 4h0m20s"},
		{"call missed, the ringing was never told", desk.Voice, func(h *history) {
			h.after(20 * s).unit(desk.CallEnded{Call: call(-1, -1, 20*s)})
		}, "resolution running until 8h0m20s; callback running until 4h0m20s"},
		{"call taken for missed, then its answer becomes known", desk.Voice, func(h *history) {
			h.unit(desk.CallRinging{Call: call(0, -1, -1)}).after(20 * s).unit(desk.CallEnded{Call: call(0, -1, 20*s)})
			h.after(s).unit(desk.CallAnswered{Call: call(0, 5*s, 20*s)})
		}, "answer met at 5s; resolution running until 8h0m0s; callback cancelled at 21s"},
		{"a routing policy promises to call back", desk.Voice, func(h *history) {
			h.unit(desk.CallRinging{Call: call(0, -1, -1)}).after(20 * s).unit(desk.PolicyActed{Do: desk.DoCallback})
			h.after(s).unit(desk.PolicyActed{Do: desk.DoAlert})
		}, "answer cancelled at 20s; resolution running until 8h0m0s; callback running until 4h0m20s"},
		{"agent calls back", desk.Voice, func(h *history) {
			h.unit(desk.CallRinging{Call: call(0, -1, -1)}).after(20 * s).unit(desk.CallEnded{Call: call(0, -1, 20*s)})
			h.after(hr).unit(desk.CalledBack{Call: call(-1, hr, -1)})
		}, "answer cancelled at 20s; resolution running until 8h0m0s; callback met at 1h0m0s"},
		{"agent reaches the customer otherwise", desk.Voice, func(h *history) {
			h.unit(desk.CallEnded{Call: call(-1, -1, 0)}).after(hr).unit(desk.CustomerReached{})
		}, "resolution running until 8h0m0s; callback met at 1h0m0s"},
		{"a call of ours starts nothing", desk.Voice, func(h *history) {
			c := call(0, -1, 5*s)
			c.Direction = desk.Out
			h.unit(desk.CallRinging{Call: c}, desk.CallEnded{Call: c})
		}, ""},
		{
			"first customer message, mail", desk.Email, func(h *history) { h.writes() },
			"first_response running until 1h0m0s; next_response running until 2h0m0s; resolution running until 8h0m0s",
		},
		{
			"first customer message, chat", desk.Chat, func(h *history) { h.writes() },
			"answer running until 1m0s; first_response running until 1h0m0s; next_response running until 2h0m0s; resolution running until 8h0m0s",
		},
		{"it counts from receipt, and not from a clock ahead of ours", desk.Email, func(h *history) {
			h.after(10 * m).unit(desk.MessageReceived{Number: 1, At: monday})
			h.unit(desk.MessageSent{Message: "r", Human: true}).unit(desk.MessageReceived{Number: 3, At: monday.Add(hr)})
		}, "first_response met at 10m0s; next_response running until 2h10m0s; resolution running until 8h0m0s"},
		{
			"later customer message: the oldest unanswered counts", desk.Email, func(h *history) { h.writes().after(30 * m).writes() },
			"first_response running until 1h0m0s; next_response running until 2h0m0s; resolution running until 8h0m0s",
		},
		{
			"later customer message after a reply", desk.Email, func(h *history) { h.writes().after(30 * m).replies().after(30 * m).writes() },
			"first_response met at 30m0s; next_response running until 3h0m0s; resolution running until 8h0m0s",
		},
		{
			"human public reply, mail", desk.Email, func(h *history) { h.writes().after(30 * m).replies() },
			"first_response met at 30m0s; next_response met at 30m0s; resolution running until 8h0m0s",
		},
		{
			"human public reply, chat", desk.Chat, func(h *history) { h.writes().after(30 * s).replies() },
			"answer met at 30s; first_response met at 30s; next_response met at 30s; resolution running until 8h0m0s",
		},
		{
			"a reply at the due moment is in time", desk.Email, func(h *history) { h.writes().after(hr).replies() },
			"first_response met at 1h0m0s; next_response met at 1h0m0s; resolution running until 8h0m0s",
		},
		{
			"a reply after it is met, and late", desk.Email, func(h *history) { h.writes().after(hr + time.Millisecond).replies() },
			"first_response met at 1h0m0.001s late; next_response met at 1h0m0.001s; resolution running until 8h0m0s",
		},
		{"a reply the server took in time, recorded late", desk.Email, func(h *history) {
			h.writes().after(3 * hr).unit(desk.MessageSent{Message: "r", Human: true, At: monday.Add(50 * m)})
		}, "first_response met at 50m0s; next_response met at 50m0s; resolution running until 8h0m0s"},
		{"that reply bounces", desk.Email, func(h *history) {
			h.writes().after(30 * m).replies().after(10 * m).unit(desk.MessageFailed{Message: "out2", Bounced: true})
		}, "first_response running until 1h0m0s; next_response running until 2h0m0s; resolution running until 8h0m0s"},
		{"it bounces after the due moment", desk.Email, func(h *history) {
			h.writes().after(30 * m).replies().after(hr).unit(desk.MessageFailed{Message: "out2", Bounced: true})
		}, "first_response running until 1h0m0s late; next_response running until 2h0m0s; resolution running until 8h0m0s"},
		{"it bounces when the customer has asked again", desk.Email, func(h *history) {
			h.writes().after(30 * m).replies().after(10 * m).writes().after(m).unit(desk.MessageFailed{Message: "out2"})
		}, "first_response running until 1h0m0s; next_response cancelled at 41m0s; resolution running until 8h0m0s"},
		{"another message fails: nothing", desk.Email, func(h *history) {
			h.writes().after(30 * m).replies().unit(desk.MessageFailed{Message: "greeting"})
		}, "first_response met at 30m0s; next_response met at 30m0s; resolution running until 8h0m0s"},
		{"delivery unknown: runs on, marked", desk.Email, func(h *history) {
			h.writes().after(m).unit(desk.MessageUnknown{Message: "r"})
		}, "first_response running until 1h0m0s marked; next_response running until 2h0m0s marked; resolution running until 8h0m0s"},
		{"delivery unknown, a person sends it again", desk.Email, func(h *history) {
			h.writes().after(m).unit(desk.MessageUnknown{Message: "r"}).after(m).unit(desk.MessageSent{Message: "r", Human: true})
		}, "first_response met at 2m0s; next_response met at 2m0s; resolution running until 8h0m0s"},
		{"delivery unknown, then it failed", desk.Email, func(h *history) {
			h.writes().after(m).unit(desk.MessageUnknown{Message: "r"}).after(m).unit(desk.MessageFailed{Message: "r"})
		}, "first_response running until 1h0m0s; next_response running until 2h0m0s; resolution running until 8h0m0s"},
		{
			"pending: resolution pauses, responses run on", desk.Email, func(h *history) { h.writes().after(hr / 2).to(desk.Pending) },
			"first_response running until 1h0m0s; next_response running until 2h0m0s; resolution paused at 30m0s used 30m0s",
		},
		{"snoozed out of pending: it stays paused", desk.Email, func(h *history) {
			h.writes().after(hr / 2).to(desk.Pending).after(hr / 4).to(desk.Snoozed)
		}, "first_response running until 1h0m0s; next_response running until 2h0m0s; resolution paused at 30m0s used 30m0s"},
		{"customer writes while pending", desk.Email, func(h *history) {
			h.writes().after(hr / 2).replies().to(desk.Pending).after(5 * hr).writes()
		}, "first_response met at 30m0s; next_response running until 7h30m0s; resolution running until 13h0m0s"},
		{"missed call, pending: the callback runs on", desk.Voice, func(h *history) {
			h.unit(desk.CallEnded{Call: call(-1, -1, 0)}).after(hr).to(desk.Pending)
		}, "resolution paused at 1h0m0s used 1h0m0s; callback running until 4h0m0s"},
		{
			"resolved without a reply", desk.Chat, func(h *history) { h.writes().after(30 * s).to(desk.Resolved) },
			"answer cancelled at 30s; first_response cancelled at 30s; next_response cancelled at 30s; resolution met at 30s",
		},
		{"resolved without calling back", desk.Voice, func(h *history) {
			h.unit(desk.CallEnded{Call: call(-1, -1, 0)}).after(hr).to(desk.Resolved)
		}, "resolution met at 1h0m0s; callback cancelled at 1h0m0s"},
		{"resolved while pending: met", desk.Email, func(h *history) {
			h.writes().after(hr).replies().to(desk.Pending).after(20 * hr).to(desk.Resolved)
		}, "first_response met at 1h0m0s; next_response met at 1h0m0s; resolution met at 21h0m0s"},
		{"re-opened: next starts with that message, resolution goes on", desk.Email, func(h *history) {
			h.writes().after(hr).replies().to(desk.Resolved).after(100 * hr).writes()
		}, "first_response met at 1h0m0s; next_response running until 103h0m0s; resolution running until 108h0m0s"},
		{"re-opened by hand: resolution alone goes on", desk.Email, func(h *history) {
			h.writes().after(hr).replies().to(desk.Resolved).after(9 * hr).to(desk.Open)
		}, "first_response met at 1h0m0s; next_response met at 1h0m0s; resolution running until 17h0m0s"},
		{"re-opened when it was late: it stays late", desk.Email, func(h *history) {
			h.writes().after(9 * hr).replies().to(desk.Resolved).after(hr).to(desk.Open)
		}, "first_response met at 9h0m0s late; next_response met at 9h0m0s late; resolution running until 8h0m0s late"},
		{"merged into another", desk.Email, func(h *history) {
			h.writes().after(m).unit(desk.StatusChanged{From: desk.Open, To: desk.Resolved}, desk.Merged{Into: "d"})
		}, "first_response cancelled at 1m0s; next_response cancelled at 1m0s; resolution cancelled at 1m0s"},
		{"the other is merged in: the earlier next response survives", desk.Email, func(h *history) {
			other := storyWith(h.t, desk.Email, h.book).writes()
			h.after(10 * m).writes().after(m).unit(desk.Absorbed{From: "o", Clocks: other.clocks})
		}, "first_response running until 1h10m0s; next_response running until 2h0m0s; resolution running until 8h10m0s"},
		{"the other is merged in where nothing ran", desk.Email, func(h *history) {
			other := storyWith(h.t, desk.Email, h.book).writes()
			h.writes().replies().after(m).unit(desk.Absorbed{From: "o", Clocks: other.clocks})
		}, "first_response met at 0s; next_response running until 2h0m0s; resolution running until 8h0m0s"},
		{"the later one is merged in: nothing", desk.Email, func(h *history) {
			other := storyWith(h.t, desk.Email, h.book).after(m).writes()
			h.writes().after(hr).unit(desk.Absorbed{From: "o", Clocks: other.clocks})
		}, "first_response running until 1h0m0s; next_response running until 2h0m0s; resolution running until 8h0m0s"},
		{"priority changes: the new time from the original start", desk.Email, func(h *history) {
			h.writes().after(10 * m).unit(desk.PriorityChanged{From: desk.Normal, To: desk.Urgent})
		}, "first_response running until 30m0s; next_response running until 1h0m0s; resolution running until 4h0m0s"},
		{"priority changes, the new due is past: late at once", desk.Email, func(h *history) {
			h.writes().after(40 * m).unit(desk.PriorityChanged{From: desk.Normal, To: desk.Urgent})
		}, "first_response running until 30m0s late; next_response running until 1h0m0s; resolution running until 4h0m0s"},
		{"tier changes: another calendar, from the original start", desk.Email, func(h *history) {
			h.writes().after(m).unit(desk.TierChanged{From: desk.Ordinary, To: desk.Strategic}) // 13:30 to 18:00, then Tuesday until 14:00
		}, "first_response running until 1h0m0s; next_response running until 2h0m0s; resolution running until 26h0m0s"},
	}
	for _, c := range cases {
		t.Run(c.row, func(t *testing.T) {
			t.Parallel()
			h := story(t, c.medium)
			c.play(h)
			if got := h.states(); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// TestNothingElseTouchesClocks: notes, automatic mail, bots, greetings, ticks and routing leave every clock alone.
func TestNothingElseTouchesClocks(t *testing.T) {
	t.Parallel()
	still := []desk.Fact{
		desk.NoteAdded{},
		desk.MessageReceived{Number: 1, Auto: desk.AutoReply},
		desk.MessageReceived{Number: 1, History: true},
		desk.MessageReceived{Number: 4, Auto: desk.Bounce},
		desk.MessageSent{Message: "g"},
		desk.MessageDelivered{},
		desk.MessageRead{},
		desk.MessageQueued{},
		desk.MessageDelayed{},
		desk.MessageWithdrawn{},
		desk.Opened{History: true},
		desk.CallNoted{Call: desk.Call{Recording: "x", Outcome: desk.OutcomeAbandoned}},
	}
	known := []string{
		"message_received", "message_sent", "message_failed", "message_unknown", "status_changed", "priority_changed",
		"tier_changed", "queue_changed", "targets_reviewed", "merged", "absorbed", "customer_reached", "called_back",
		"call_ringing", "call_answered", "call_ended", "call_noted", "tags_changed", "locale_changed", "owner_changed", "assigned", "resumed", "released",
	}
	for _, f := range desk.Facts() {
		if !slices.Contains(known, f.Kind()) {
			still = append(still, f)
		}
	}
	for _, medium := range []desk.Medium{desk.Email, desk.Chat} {
		h := story(t, medium)
		for _, f := range still {
			if h.unit(f); h.states() != "" {
				t.Fatalf("%s %#v started %s", medium, f, h.states())
			}
		}
		h.writes()
		want := h.states()
		for _, f := range still {
			if h.unit(f); h.states() != want {
				t.Errorf("%s %#v: got %s, want %s", medium, f, h.states(), want)
			}
		}
	}
}
