package storetest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yingda/desk"
	"yingda/sla"
	"yingda/store"
)

// An alert is one row from raising to clearing, and one is open at most about the same.
func testAlerts(t *testing.T, db *store.DB) {
	a := desk.Alert{ID: desk.AlertID(id("alert")), Rule: "r", Name: "长队", Measure: desk.MeasureWaiting, Queue: "q", Value: 9, Raise: 5, RaisedAt: day}
	put := func(a desk.Alert) {
		update(t, db, func(tx desk.Tx) error { return tx.SaveAlert(a) })
	}
	newest := func() (got desk.Alert) {
		update(t, db, func(tx desk.Tx) (err error) { got, err = tx.Alert(a.About()); return err })
		return got
	}
	put(a)
	if d := cmp.Diff(a, newest()); d != "" {
		t.Errorf("as saved (-want +got):\n%s", d)
	}
	twin := a
	twin.ID = desk.AlertID(id("alert"))
	if err := db.Update(t.Context(), desk.About{}, func(tx desk.Tx) error { return tx.SaveAlert(twin) }); err == nil {
		t.Error("a second open one about the same: got no error")
	}
	a.ClearedAt = day.Add(time.Minute)
	put(a)
	twin.RaisedAt = day.Add(2 * time.Minute)
	put(twin)
	if got := newest(); got.ID != twin.ID {
		t.Errorf("newest: got %s, want %s", got.ID, twin.ID)
	}
	open, err := db.OpenAlerts(t.Context())
	must(t, err)
	if d := cmp.Diff([]desk.Alert{twin}, open); d != "" {
		t.Errorf("open (-want +got):\n%s", d)
	}
	first, err := db.Alerts(t.Context(), desk.Keyset{}, 1)
	must(t, err)
	second, err := db.Alerts(t.Context(), desk.Keyset{At: first[0].RaisedAt, ID: string(first[0].ID)}, 1)
	must(t, err)
	if d := cmp.Diff([]desk.Alert{twin, a}, slices.Concat(first, second)); d != "" {
		t.Errorf("history by pages (-want +got):\n%s", d)
	}
	if got, err := db.AlertByID(t.Context(), a.ID); err != nil || got.Open() {
		t.Errorf("by id: got %+v, %v", got, err)
	}
	if _, err := db.AlertByID(t.Context(), "nobody"); desk.CodeOf(err) != desk.NotFound {
		t.Errorf("unknown: got %v, want not_found", err)
	}
}

// A fact stands in the day of the agent it is about, else of who did it; pages of a day have neither holes nor repeats.
func testDays(t *testing.T, db *store.DB) {
	c := save(t, db, conversation(func(c *desk.Conversation) { c.Assignee = "ann" }))
	ann, bo := desk.AgentActor("ann", desk.RoleAgent), desk.AgentActor("bo", desk.RoleSupervisor)
	met := desk.Clock{Conversation: c.ID, Target: desk.FirstResponse, N: 1, StartedAt: day, MetAt: day}
	type fact struct {
		by desk.Actor
		f  desk.Fact
	}
	facts := []fact{
		{desk.System(), desk.Offered{Offer: "o", Agent: "ann"}},
		{bo, desk.Assigned{Agent: "ann"}},
		{ann, desk.MessageQueued{Message: "m", Number: 1}},
		{desk.System(), desk.ClockMet{Clock: met}}, // the outbox said so: it is hers who holds it
		{bo, desk.NoteAdded{Message: "n", Number: 2}},
		{desk.System(), desk.OfferExpired{Offer: "o2", Agent: "ann"}},
	}
	update(t, db, func(tx desk.Tx) error {
		for i, f := range facts {
			e := event(c.ID, f.f)
			e.Actor, e.At = f.by, day.Add(time.Duration(i/2)*time.Second) // some share a moment
			if err := tx.Append(e); err != nil {
				return err
			}
		}
		return tx.Append(desk.Event{Subject: desk.Subject{Kind: desk.AboutAgent, ID: "ann"}, Actor: bo, At: day.Add(time.Hour), Fact: desk.Looked{What: "day"}})
	})
	for _, w := range []struct {
		agent desk.AgentID
		want  []string
	}{
		{"ann", []string{"looked", "offer_expired", "clock_met", "message_queued", "assigned", "offered"}},
		{"bo", []string{"note_added"}},
		{"", nil},
	} {
		var got []string
		for before := (desk.LogPlace{}); ; {
			page, err := db.AgentEvents(t.Context(), w.agent, day, day.Add(24*time.Hour), before, 2)
			must(t, err)
			for _, e := range page {
				got = append(got, e.Fact.Kind())
				before = desk.LogPlace{At: e.At, Seq: e.Seq}
			}
			if len(page) < 2 {
				break
			}
		}
		if d := cmp.Diff(w.want, got); d != "" {
			t.Errorf("day of %q (-want +got):\n%s", w.agent, d)
		}
	}
	answered, err := db.AnsweredBy(t.Context(), "ann", day, day.Add(time.Hour))
	must(t, err)
	if d := cmp.Diff([]desk.ConversationID{c.ID}, answered); d != "" {
		t.Errorf("answered (-want +got):\n%s", d)
	}
	sheet := desk.Score{Conversation: c.ID, Agent: "ann", Reviewer: "bo", At: day, Points: []desk.Points{{Question: "tone", Points: 4}}, Words: "好"}
	for _, points := range []int{4, 5} {
		update(t, db, func(tx desk.Tx) error {
			sheet.Points[0].Points = points
			return tx.SaveScore(sheet)
		})
	}
	look := desk.Event{Subject: desk.Subject{Kind: desk.AboutAgent, ID: "ann"}, Actor: desk.AgentActor("bo", ""), At: day, Fact: desk.Looked{What: "day:x"}}
	update(t, db, func(tx desk.Tx) error { return tx.Append(look) })
	for _, q := range []struct {
		by    desk.AgentID
		what  string
		since time.Time
		want  bool
	}{{"bo", "day:x", day.Add(-time.Minute), true}, {"bo", "day:x", day, false}, {"cai", "day:x", day.Add(-time.Minute), false}, {"bo", "day:y", day.Add(-time.Minute), false}} {
		update(t, db, func(tx desk.Tx) error {
			if got, err := tx.LookedSince("ann", q.by, q.what, q.since); err != nil || got != q.want {
				t.Errorf("looked %+v: got %t (%v)", q, got, err)
			}
			return nil
		})
	}
	for agent, want := range map[desk.AgentID]bool{"ann": true, "dan": false} {
		update(t, db, func(tx desk.Tx) error {
			if led, err := tx.Led(c.ID, agent); err != nil || led != want {
				t.Errorf("%s led it: got %t (%v), want %t", agent, led, err, want)
			}
			return nil
		})
	}
	scores, err := db.Scores(t.Context(), "ann", day, day.Add(time.Hour))
	must(t, err)
	if d := cmp.Diff([]desk.Score{sheet}, scores); d != "" {
		t.Errorf("scores (-want +got):\n%s", d)
	}
}

// testPresencesAt: how everybody stood at a fact, by what was said of them since another.
func testPresencesAt(t *testing.T, db *store.DB) {
	var seqs []int64
	for _, m := range []struct {
		who   string
		state desk.PresenceState
	}{{"cai", desk.Available}, {"ann", desk.Available}, {"bo", desk.Available}, {"ann", desk.Away}, {"ann", desk.Offline}} {
		update(t, db, func(tx desk.Tx) error {
			to := desk.Presence{Agent: desk.AgentID(m.who), State: m.state}
			return tx.Append(desk.Event{Subject: desk.Subject{Kind: desk.AboutAgent, ID: m.who}, Actor: desk.System(), At: day, Fact: desk.PresenceChanged{To: to}})
		})
		last, err := db.LastSeq(t.Context())
		must(t, err)
		seqs = append(seqs, last)
	}
	got, err := db.PresencesAt(t.Context(), seqs[0], seqs[3])
	must(t, err)
	if d := cmp.Diff(map[desk.AgentID]desk.PresenceState{"ann": desk.Away, "bo": desk.Available}, got); d != "" {
		t.Errorf("presences (-want +got):\n%s", d)
	}
}

// Wishes to let a promise go come by when they were made, the oldest first, whenever their conversation was opened and
// wherever a page ends; one that was decided comes no more.
func testWishes(t *testing.T, db *store.DB) {
	ctx := t.Context()
	wish := func(id desk.ConversationID, target desk.Target, asked time.Duration, state desk.WaiverState) desk.ClockPlace {
		t.Helper()
		k := desk.Clock{Conversation: id, Target: target, N: 1, StartedAt: day, DueAt: day.Add(time.Hour), Waiver: desk.Waiver{State: state, By: "ann", At: day.Add(asked)}}
		update(t, db, func(tx desk.Tx) error {
			c, _, err := tx.Conversation(id)
			if err != nil {
				return err
			}
			return tx.SaveConversation(c, []desk.Clock{k}, "")
		})
		return k.Place()
	}
	ids := []desk.ConversationID{"0198f000-1000-7000-8000-00000000000a", "0198f000-2000-7000-8000-00000000000a", "0198f000-3000-7000-8000-00000000000a"}
	for _, id := range ids {
		save(t, db, conversation(func(c *desk.Conversation) { c.ID = id }))
	}
	late := wish(ids[0], desk.FirstResponse, 3*time.Minute, desk.WaiverAwaits)
	first := wish(ids[1], desk.NextResponse, time.Minute, desk.WaiverAwaits)
	same := wish(ids[2], desk.FirstResponse, time.Minute, desk.WaiverAwaits)
	wish(ids[1], desk.Resolution, 0, desk.WaiverRefused)
	wish(ids[0], desk.Resolution, 2*time.Minute, desk.WaiverAwaits)
	wish(ids[0], desk.Resolution, 2*time.Minute, desk.WaiverHolds)
	var got []desk.ClockPlace
	for after := (desk.ClockPlace{}); ; {
		page, err := db.WaiversAsked(ctx, after, 1)
		must(t, err)
		if len(page) == 0 {
			break
		}
		after = page[0].Place()
		got = append(got, after)
	}
	if d := cmp.Diff([]desk.ClockPlace{first, same, late}, got); d != "" {
		t.Errorf("wishes (-want +got):\n%s", d)
	}
}

// What a board looks back at.
func testOutlook(t *testing.T, db *store.DB) {
	ctx := t.Context()
	c := save(t, db, conversation(func(c *desk.Conversation) { c.ID = "0198f000-1000-7000-8000-00000000000a" }))
	opened := time.UnixMilli(0x0198f0001000).UTC()
	flows, err := db.Arrivals(ctx, opened, opened.Add(time.Millisecond))
	must(t, err)
	if d := cmp.Diff([]desk.Flow{{Queue: c.Queue, Medium: c.Medium, Count: 1}}, flows); d != "" {
		t.Errorf("arrivals (-want +got):\n%s", d)
	}
	if flows, err = db.Arrivals(ctx, opened.Add(time.Millisecond), opened.Add(time.Hour)); err != nil || len(flows) > 0 {
		t.Errorf("arrivals after it: got %v, %v", flows, err)
	}
	if _, err := db.Handled(ctx, day, day.Add(time.Hour)); err != nil {
		t.Errorf("handled: %v", err)
	}
	f := desk.Foreseen{Hour: day, Queue: "q", Arrivals: 12.5, Late: 0.25}
	must(t, db.SaveForesight(ctx, []desk.Foreseen{f}))
	other := f
	other.Late = 9
	must(t, db.SaveForesight(ctx, []desk.Foreseen{other})) // another node's, later: the first stays
	seen, err := db.Foresight(ctx, day, day.Add(time.Hour))
	must(t, err)
	if d := cmp.Diff([]desk.Foreseen{f}, seen); d != "" {
		t.Errorf("foresight (-want +got):\n%s", d)
	}
	late := desk.Clock{Conversation: c.ID, Target: desk.FirstResponse, N: 1, StartedAt: day, DueAt: day.Add(16 * time.Minute), BreachedAt: day.Add(16 * time.Minute)}
	kept := desk.Clock{Conversation: c.ID, Target: desk.NextResponse, N: 1, StartedAt: day, DueAt: day.Add(time.Hour), MetAt: day.Add(31 * time.Minute)}
	update(t, db, func(tx desk.Tx) error {
		c, _, err := tx.Conversation(c.ID)
		if err != nil {
			return err
		}
		// What was let go counts nowhere, broken or kept late; a waiver that is only asked for changes nothing.
		waived := desk.Waiver{State: desk.WaiverHolds, Reason: "a power cut"}
		broken := desk.Clock{Conversation: c.ID, Target: desk.Answer, N: 1, StartedAt: day, DueAt: late.DueAt, BreachedAt: late.DueAt, Waiver: waived}
		tardy := desk.Clock{Conversation: c.ID, Target: desk.Callback, N: 1, StartedAt: day, DueAt: late.DueAt, BreachedAt: late.DueAt, MetAt: kept.MetAt, Waiver: waived}
		late.Waiver = desk.Waiver{State: desk.WaiverAwaits}
		return errors.Join(tx.SaveConversation(c, []desk.Clock{late, kept, broken, tardy}, ""), tx.Append(event(c.ID, desk.ClockMet{Clock: kept})))
	})
	asked, err := db.WaiversAsked(ctx, desk.ClockPlace{}, 1)
	must(t, err)
	if len(asked) != 1 || asked[0].Place() != late.Place() || asked[0].Waiver.State != desk.WaiverAwaits {
		t.Errorf("waivers asked: got %+v, want %+v", asked, late.Place())
	}
	if beyond, err := db.WaiversAsked(ctx, late.Place(), 1); err != nil || len(beyond) > 0 {
		t.Errorf("waivers after it: got %v, %v", beyond, err)
	}
	before := late.Place()
	before.N--
	if again, err := db.WaiversAsked(ctx, before, 1); err != nil || len(again) != 1 {
		t.Errorf("waivers after the place before it: got %v, %v, want it", again, err)
	}
	since, seq, err := db.ServiceSince(ctx, day)
	must(t, err)
	if last, err := db.LastSeq(ctx); err != nil || seq != last || last == 0 {
		t.Errorf("the last fact counted: got %d, want %d (%v)", seq, last, err)
	}
	if d := cmp.Diff([]desk.ServiceCount{{Queue: c.Queue, Met: 1, Late: 1}}, since); d != "" {
		t.Errorf("since (-want +got):\n%s", d)
	}
	quarters, err := db.ServiceQuarters(ctx, day, day.Add(time.Hour))
	must(t, err)
	slices.SortFunc(quarters, func(a, b desk.ServiceQuarter) int { return a.Quarter - b.Quarter })
	want := []desk.ServiceQuarter{{Queue: c.Queue, Quarter: 1, Late: 1}, {Queue: c.Queue, Quarter: 2, Met: 1}}
	if d := cmp.Diff(want, quarters); d != "" {
		t.Errorf("quarters (-want +got):\n%s", d)
	}
	broke, err := db.Broke(ctx, day, day.Add(time.Hour))
	must(t, err)
	if d := cmp.Diff(map[desk.QueueID]int64{c.Queue: 1}, broke); d != "" {
		t.Errorf("broke (-want +got):\n%s", d)
	}
}

// The five views of a period agree, a closed one does not change, and each figure leads to its rows (UP-P1, UP-P2).
func testPromiseFigures(t *testing.T, db *store.DB) {
	ctx := t.Context()
	month := time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)
	var convs []desk.Conversation
	for i := range 6 {
		convs = append(convs, save(t, db, conversation(func(c *desk.Conversation) {
			c.Queue, c.Assignee = desk.QueueID([]string{"q1", "q2"}[i%2]), desk.AgentID([]string{"ann", "bo", ""}[i%3])
			c.Contact = desk.ContactID([]string{"x", "y"}[i/3])
		})))
	}
	end := func(i int, target desk.Target, at time.Time, breached bool) {
		k := desk.Clock{Conversation: convs[i].ID, Target: target, N: 1, StartedAt: month, MetAt: at, Used: time.Minute}
		if breached {
			k.BreachedAt = at
		}
		update(t, db, func(tx desk.Tx) error { return tx.Append(event(convs[i].ID, desk.ClockMet{Clock: k})) })
	}
	for i := range convs {
		end(i, desk.FirstResponse, month.Add(time.Duration(i)*26*time.Hour), i%2 == 0)
	}
	end(0, desk.FirstResponse, month.Add(100*time.Hour), false) // ended again in the month: counts once, as it ended last
	q := sla.PromiseQuery{From: month, To: month.AddDate(0, 1, 0), AllQueues: true}
	total := func(q sla.PromiseQuery) (met, late int) {
		for _, view := range desk.ReportViews {
			q.By = view
			sums := sla.NewTally(view, time.UTC)
			must(t, db.PromiseFigures(ctx, q, sums.Add))
			m, l := 0, 0
			for _, line := range sums.Lines() {
				m, l = m+line.Met, l+line.Late
				behind := q
				behind.Keyed, behind.Key, behind.Target, behind.Outcome = true, line.Key, line.Target, sla.OutcomeLate
				if view == "day" {
					behind.From, _ = time.Parse(time.DateOnly, line.Key)
					behind.To, behind.Until = behind.From.AddDate(0, 0, 1), q.To
				}
				var rows []sla.EndedPromise
				for before := (desk.Keyset{}); ; {
					page, err := db.PromiseRows(ctx, behind, before, 1)
					must(t, err)
					if len(page) == 0 {
						break
					}
					rows = append(rows, page...)
					before = desk.Keyset{At: page[0].EndedAt, ID: page[0].Place()}
				}
				if len(rows) != line.Late {
					t.Errorf("by %s, %q: got %d late rows, want %d", view, line.Key, len(rows), line.Late)
				}
			}
			if view == desk.ReportViews[0] {
				met, late = m, l
			} else if m != met || l != late {
				t.Errorf("by %s: got %d met and %d late, by %s it was %d and %d", view, m, l, desk.ReportViews[0], met, late)
			}
		}
		return met, late
	}
	if met, late := total(q); met != 4 || late != 2 {
		t.Errorf("got %d met, %d late, want 4 and 2", met, late)
	}
	end(2, desk.FirstResponse, month.AddDate(0, 1, 3), false) // revived and met again in the month after
	if met, late := total(q); met != 4 || late != 2 {
		t.Errorf("the closed month changed: got %d met, %d late, want 4 and 2", met, late)
	}
	one := q
	one.AllQueues, one.Queues, one.Contact = false, []desk.QueueID{"q1"}, "x"
	if met, late := total(one); met != 1 || late != 1 {
		t.Errorf("one queue and customer: got %d met, %d late, want 1 and 1", met, late)
	}
}
