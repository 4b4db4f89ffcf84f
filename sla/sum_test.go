package sla

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"yingda/desk"
)

// sums promises the targets that add up time: the customer waits 2 h in all, an agent works 1 h, a word every 4 h, a team
// has it for 8 h. What is tagged "slow" gets twice as long with a team.
func sums(t testing.TB) *Book {
	t.Helper()
	lines := func(team int64) []Promise {
		return []Promise{
			{Target: desk.RequesterWait, Within: 2 * 3600},
			{Target: desk.AgentWork, Within: 3600},
			{Target: desk.Update, Within: 4 * 3600},
			{Target: desk.Group, Within: team},
		}
	}
	b, err := NewBook([]Policy{
		{ID: "slow", Name: "slow", Order: 1, When: Conditions{Tags: []string{"slow"}}, Targets: lines(16 * 3600)},
		{ID: "sums", Name: "sums", Order: 2, Targets: lines(8 * 3600)},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestSums goes through the columns of the table that add up time (UP-S2, UP-S4).
func TestSums(t *testing.T) {
	t.Parallel()
	const m, hr = time.Minute, time.Hour
	cases := []struct {
		row    string
		medium desk.Medium
		play   func(h *history)
		want   string
	}{
		{
			"the customer writes", desk.Email, func(h *history) { h.writes() },
			"requester_wait running until 2h0m0s; update running until 4h0m0s; group running until 8h0m0s",
		},
		{
			"we answer: they wait no more, and the next word is due from there", desk.Email, func(h *history) { h.writes().after(hr).replies() },
			"requester_wait paused at 1h0m0s used 1h0m0s; update running until 5h0m0s; group running until 8h0m0s",
		},
		{
			"they write again: what they have waited counts", desk.Email, func(h *history) { h.writes().after(hr).replies().after(hr).writes() },
			"requester_wait running until 3h0m0s; update running until 5h0m0s; group running until 8h0m0s",
		},
		{"the answer bounces: they waited on", desk.Email, func(h *history) {
			h.writes().after(hr).replies().after(m).unit(desk.MessageFailed{Message: "out2", Bounced: true})
		}, "requester_wait running until 2h0m0s; update cancelled at 1h1m0s; group running until 8h0m0s"},
		{"pending: the wait runs on, the others stand", desk.Email, func(h *history) {
			h.writes().after(hr).to(desk.Pending)
		}, "requester_wait running until 2h0m0s; update paused at 1h0m0s used 1h0m0s; group paused at 1h0m0s used 1h0m0s"},
		{"an answer of a pending conversation: the next word is due when it is open again", desk.Email, func(h *history) {
			h.writes().after(hr).to(desk.Pending).after(m).replies().after(hr).to(desk.Open)
		}, "requester_wait paused at 1h1m0s used 1h1m0s; update running until 6h1m0s; group running until 9h1m0s"},
		{
			"resolved", desk.Email, func(h *history) { h.writes().after(hr).replies().after(hr).to(desk.Resolved) },
			"requester_wait met at 2h0m0s; update cancelled at 2h0m0s; group met at 2h0m0s",
		},
		{"re-opened by the customer: sums go on", desk.Email, func(h *history) {
			h.writes().after(hr).replies().to(desk.Resolved).after(10 * hr).writes()
		}, "requester_wait running until 12h0m0s; update running until 15h0m0s; group running until 18h0m0s"},
		{"an agent has it, twice", desk.Email, func(h *history) {
			h.writes().unit(desk.Assigned{Agent: "ann"}).after(20 * m).unit(desk.Released{Agent: "ann"})
			h.after(hr).unit(desk.Assigned{Agent: "bo"})
		}, "requester_wait running until 2h0m0s; agent_work running until 2h0m0s; update running until 4h0m0s; group running until 8h0m0s"},
		{"in hand until resolved", desk.Email, func(h *history) {
			h.writes().replies().unit(desk.Assigned{Agent: "ann"}).after(90*m).unit(desk.StatusChanged{From: desk.Open, To: desk.Resolved}, desk.Released{Agent: "ann"})
		}, "requester_wait met at 1h30m0s; agent_work met at 1h30m0s late; update cancelled at 1h30m0s; group met at 1h30m0s"},
		{"handed to another queue: its team begins anew", desk.Email, func(h *history) {
			h.writes().after(hr).unit(desk.QueueChanged{From: "q", To: "r"})
		}, "requester_wait running until 2h0m0s; update running until 4h0m0s; group running until 9h0m0s"},
		{"a tag brings another policy", desk.Email, func(h *history) {
			h.writes().after(hr).unit(desk.TagsChanged{Added: []string{"slow"}})
		}, "requester_wait running until 2h0m0s; update running until 4h0m0s; group running until 16h0m0s"},
		{"merged: all fall away", desk.Email, func(h *history) {
			h.writes().unit(desk.Assigned{Agent: "a"}).after(m).unit(desk.StatusChanged{From: desk.Open, To: desk.Resolved}, desk.Merged{Into: "d"})
		}, "requester_wait cancelled at 1m0s; agent_work cancelled at 1m0s; update cancelled at 1m0s; group cancelled at 1m0s"},
		{"a call: they wait while it rings", desk.Voice, func(h *history) {
			h.unit(desk.CallRinging{Call: call(0, -1, -1)}).after(12 * time.Second).unit(desk.CallAnswered{Call: call(0, 10*time.Second, -1)})
		}, "requester_wait paused at 10s used 10s; group running until 8h0m0s"},
		{"a missed call: they wait until we call back", desk.Voice, func(h *history) {
			h.unit(desk.CallRinging{Call: call(0, -1, -1)}).after(20 * time.Second).unit(desk.CallEnded{Call: call(0, -1, 20*time.Second)})
			h.after(hr).unit(desk.CustomerReached{})
		}, "requester_wait paused at 1h0m20s used 1h0m20s; group running until 8h0m0s"},
	}
	for _, c := range cases {
		t.Run(c.row, func(t *testing.T) {
			t.Parallel()
			h := storyWith(t, c.medium, sums(t))
			c.play(h)
			if got := h.states(); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// TestConditions: a policy may ask for whatever the router does, and is asked again when that changes (UP-S3).
func TestConditions(t *testing.T) {
	t.Parallel()
	yes, no := true, false
	v := view{language: "zh-CN", tags: []string{"a", "b"}, skills: []desk.Skill{{Name: "sql", Level: 2}}, owner: "ann"}
	for i, c := range []struct {
		when Conditions
		want bool
	}{
		{Conditions{}, true},
		{Conditions{Languages: []string{"zh"}}, true},
		{Conditions{Languages: []string{"zh-TW", "en"}}, false},
		{Conditions{Tags: []string{"x", "b"}}, true},
		{Conditions{Tags: []string{"x"}}, false},
		{Conditions{Skills: []string{"sql"}}, true},
		{Conditions{Skills: []string{"tls"}}, false},
		{Conditions{Owned: &yes}, true},
		{Conditions{Owned: &no}, false},
		{Conditions{Languages: []string{"zh"}, Owned: &no}, false},
	} {
		if got := c.when.fit(v); got != c.want {
			t.Errorf("%d: got %t, want %t", i, got, c.want)
		}
	}
	for _, f := range []desk.Fact{
		desk.LocaleChanged{From: "zh-CN", To: "en"}, desk.OwnerChanged{From: "ann", To: ""}, desk.TagsChanged{Added: []string{"c"}, Removed: []string{"a"}},
	} {
		there := v.turn(f, false)
		if back := there.turn(f, true); back.language != v.language || back.owner != v.owner || len(back.tags) != 2 || there.language == v.language && there.owner == v.owner && there.tags[1] != "c" {
			t.Errorf("%T: got %+v and back %+v", f, there, back)
		}
	}
	if err := (Policy{ID: "p", Name: "p", When: Conditions{Tags: []string{" "}}}).Validate(); err == nil {
		t.Error("an empty tag: got no error")
	}
}

// TestWaiver: nothing is announced of a promise that was let go, it ends counted apart, and taking the waiver back leaves
// things as if it had never been.
func TestWaiver(t *testing.T) {
	t.Parallel()
	h := storyWith(t, desk.Email, Defaults()).writes()
	given := desk.WaiverGiven{Target: desk.FirstResponse, N: 1, Reason: "a power cut", By: "bo"}
	h.after(time.Hour).unit(given)
	if k := h.clock(desk.FirstResponse); !k.Waived() || !k.NextAt.IsZero() || !k.Running() {
		t.Errorf("let go: got %+v, want it to run unannounced", k)
	}
	h.after(30 * time.Hour).unit()
	if k := h.clock(desk.FirstResponse); !k.BreachedAt.IsZero() {
		t.Errorf("past its due moment: got a breach at %v", k.BreachedAt)
	}
	h.unit(desk.WaiverUndone{Target: desk.FirstResponse, N: 1})
	if k := h.clock(desk.FirstResponse); !k.BreachedAt.Equal(k.DueAt) || k.Waiver != (desk.Waiver{}) {
		t.Errorf("taken back: got %+v, want it late since its due moment", k)
	}
	h.unit(given).replies()
	p := Ended(h.conv, h.clock(desk.FirstResponse), desk.System())
	if p.Outcome != OutcomeWaived {
		t.Errorf("answered late: got %q, want %q", p.Outcome, OutcomeWaived)
	}
	turns, _ := Why(h.conv, h.events, h.bookAt, h.now)
	var got []string
	for _, x := range turns {
		if x.Clock.Target == desk.FirstResponse {
			got = append(got, x.What)
		}
	}
	if want := "[started waived breached waiver_undone waived met]"; fmt.Sprint(got) != want {
		t.Errorf("why: got %v, want %s", got, want)
	}
	h.unit(desk.WaiverRequested{Target: desk.NextResponse, N: 1, Reason: "x", By: "bo"}).unit(desk.WaiverDenied{Target: desk.NextResponse, N: 1, Decider: "cai", Note: "no"})
	if w := h.clock(desk.NextResponse).Waiver; w.State != desk.WaiverRefused || w.By != "bo" || w.Decider != "cai" {
		t.Errorf("refused: got %+v", w)
	}
}

// TestVersions: a clock knows the version of the policy that set it, and what was computed again agrees (UP-S3).
func TestVersions(t *testing.T) {
	t.Parallel()
	read := func(version int64) *Book {
		b, err := ReadBook([]desk.Setting{{Kind: desk.SettingPolicy, ID: "p", Version: version, Doc: []byte(`{"id":"p","name":"P","targets":[{"target":"first_response","within_s":60}]}`)}})
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	h := storyWith(t, desk.Email, read(3)).writes()
	h.after(time.Second).use(read(4)).unit(desk.TargetsReviewed{})
	if k := h.clock(desk.FirstResponse); k.PolicyVersion != 4 || k.DueVersion != 1 {
		t.Errorf("got version %d of the policy, due version %d; want 4 and 1", k.PolicyVersion, k.DueVersion)
	}
	old := []desk.Clock{h.clock(desk.FirstResponse)}
	old[0].PolicyVersion = 0
	if !Agree(old, h.clocks) {
		t.Error("a clock stored before versions were kept: got a difference")
	}
}

// TestSumsRecomputeTheSame plays random histories of all that adds up time; history.check compares after every unit.
func TestSumsRecomputeTheSame(t *testing.T) {
	t.Parallel()
	books := []*Book{sums(t), allTargets(t), Defaults()}
	rapid.Check(t, func(rt *rapid.T) {
		h := storyWith(t, rapid.SampledFrom([]desk.Medium{desk.Email, desk.Chat, desk.Voice}).Draw(rt, "medium"), sums(t))
		sent := 0
		for i := range rapid.IntRange(1, 25).Draw(rt, "units") {
			h.after(time.Duration(rapid.Int64Range(int64(time.Millisecond), int64(5*time.Hour)).Draw(rt, "later")))
			facts := []desk.Fact{anyFact(rt, h, i, &sent), anySumFact(rt, h)}
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
				if k.Used < 0 {
					rt.Fatalf("%s has used %v", k.Target, k.Used)
				}
			}
		}
	})
}

func anySumFact(rt *rapid.T, h *history) desk.Fact {
	target, n := rapid.SampledFrom(targets).Draw(rt, "target"), 1
	if last := (&run{clocks: h.clocks}).last(target); last != nil { // one of the two the desk has at hand
		n = max(1, last.N-rapid.IntRange(0, 1).Draw(rt, "older"))
	}
	return rapid.SampledFrom([]desk.Fact{
		desk.Assigned{Agent: "a"},
		desk.Released{Agent: "a"},
		desk.Resumed{Agent: "a"},
		desk.QueueChanged{From: h.conv.Queue, To: "r"},
		desk.QueueChanged{From: h.conv.Queue, To: "q"},
		desk.WaiverGiven{Target: target, N: n, Reason: "x", By: "bo"},
		desk.WaiverUndone{Target: target, N: n},
		desk.WaiverRequested{Target: target, N: n, Reason: "x", By: "bo"},
		desk.NoteAdded{},
	}).Draw(rt, "sum")
}
