package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yingda/desk"
	"yingda/sla"
	"yingda/store"
)

// testPromises: a promise that ended is kept as it stood then, once, whatever becomes of its conversation.
func testPromises(t *testing.T, db *store.DB) {
	start := time.Date(2026, 10, 31, 8, 0, 0, 0, time.UTC)
	c := conversation(func(c *desk.Conversation) { c.Queue, c.Tier, c.Assignee = "q", desk.Key, "ann" })
	k := desk.Clock{
		Conversation: c.ID, Target: desk.FirstResponse, N: 1, Policy: "p", Budget: time.Hour, Used: 20 * time.Minute,
		StartedAt: start, DueAt: start.Add(time.Hour), MetAt: start.Add(30 * time.Minute),
	}
	late := k
	late.Target, late.MetAt, late.BreachedAt = desk.NextResponse, start.Add(2*time.Hour), late.DueAt
	gone := k
	gone.Target, gone.MetAt, gone.CancelledAt = desk.Resolution, time.Time{}, start.Add(3*time.Hour)
	tell := func(facts ...desk.Fact) {
		update(t, db, func(tx desk.Tx) error {
			for _, f := range facts {
				if err := tx.Append(event(c.ID, f)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	c = save(t, db, c)
	tell(desk.ClockStarted{Clock: k}, desk.ClockMet{Clock: k}, desk.ClockMet{Clock: late}, desk.ClockCancelled{Clock: gone})
	tell(desk.ClockMet{Clock: k}) // told again: the same row
	c.Queue, c.Assignee = "elsewhere", ""
	save(t, db, c)
	again := late
	again.MetAt = start.Add(48 * time.Hour) // it was revived, and met again in the next month
	tell(desk.ClockMet{Clock: again})
	read := func(from, to time.Time) (out []sla.EndedPromise) {
		must(t, db.Promises(t.Context(), from, to, func(p sla.EndedPromise) { out = append(out, p) }))
		return out
	}
	p := sla.EndedPromise{
		Conversation: c.ID, Target: desk.FirstResponse, N: 1, EndedAt: k.MetAt, Outcome: sla.OutcomeMet, Medium: c.Medium, Inbox: c.Inbox,
		Contact: c.Contact, Queue: "q", Agent: "ann", Tier: desk.Key, Policy: "p", Calendar: 30 * time.Minute, Business: 20 * time.Minute,
	}
	p2, p3 := p, p
	p2.Target, p2.Outcome, p2.EndedAt, p2.Calendar = desk.NextResponse, sla.OutcomeLate, late.MetAt, 2*time.Hour
	p3.Target, p3.Outcome, p3.EndedAt, p3.Calendar = desk.Resolution, sla.OutcomeCancelled, gone.CancelledAt, 3*time.Hour
	month := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	if d := cmp.Diff([]sla.EndedPromise{p, p2, p3}, read(month.AddDate(0, -1, 0), month)); d != "" {
		t.Errorf("the closed month (-want +got):\n%s", d)
	}
	if got := read(month, month.AddDate(0, 1, 0)); len(got) != 1 || got[0].Queue != "elsewhere" {
		t.Errorf("the month after: got %+v, want one, of the queue it is in now", got)
	}
}
