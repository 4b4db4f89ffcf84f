package storetest

import (
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yingda/desk"
	"yingda/sla"
	"yingda/store"
)

// ended is a house whose promises end and end again, at random.
type ended struct {
	*testing.T
	db    *store.DB
	rnd   *rand.Rand
	from  time.Time
	convs []desk.ConversationID
	gone  map[desk.ConversationID]bool
	ends  []desk.Clock
}

func pick[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

// moment is one of a few hours of eight days, so that they change again and again; some are their first or last instant.
func (e *ended) moment() time.Time {
	at := e.from.Add(time.Duration(e.rnd.IntN(8))*24*time.Hour + time.Duration(pick(e.rnd, 0, 9, 15, 16, 23))*time.Hour)
	return at.Add(pick(e.rnd, 0, time.Hour-time.Millisecond, time.Duration(e.rnd.Int64N(int64(time.Hour)))))
}

func (e *ended) conversation() desk.Conversation {
	c := conversation(func(c *desk.Conversation) {
		c.Queue, c.Assignee = pick[desk.QueueID](e.rnd, "q1", "q2", ""), pick[desk.AgentID](e.rnd, "ann", "0198f000-1000-7000-8000-00000000000a", "")
		c.Tier, c.Contact = pick(e.rnd, desk.Strategic, desk.Key, desk.Ordinary), pick[desk.ContactID](e.rnd, "x", "y", "")
		c.Inbox, c.Medium = pick[desk.InboxID](e.rnd, "mail", "widget"), pick(e.rnd, desk.Email, desk.Voice)
	})
	c = save(e.T, e.db, c)
	e.convs = append(e.convs, c.ID)
	return c
}

func (e *ended) tell(id desk.ConversationID, at time.Time, f desk.Fact) {
	update(e.T, e.db, func(tx desk.Tx) error {
		ev := event(id, f)
		ev.At = at
		return tx.Append(ev)
	})
}

// end lets a promise end, or end again: later, or earlier where word of it came late.
func (e *ended) end(id desk.ConversationID) {
	at := e.moment()
	target := pick(e.rnd, desk.FirstResponse, desk.NextResponse, desk.Resolution)
	k := desk.Clock{
		Conversation: id, Target: target, N: 1 + e.rnd.IntN(2), Policy: pick(e.rnd, "p", "p2"), StartedAt: at.Add(-time.Duration(e.rnd.Int64N(1e14))),
		Used: time.Duration(e.rnd.IntN(1e8)) * time.Millisecond, MetAt: at,
	}
	switch e.rnd.IntN(4) {
	case 0:
		k.BreachedAt = at.Add(-time.Minute)
	case 1: // fell away: the conversation was resolved, or merged into another
		k.MetAt, k.CancelledAt = time.Time{}, at
	}
	update(e.T, e.db, func(tx desk.Tx) error {
		c, _, err := tx.Conversation(id)
		if err != nil {
			return err
		}
		return tx.SaveConversation(c, []desk.Clock{k}, "")
	})
	if k.MetAt.IsZero() {
		e.tell(id, at, desk.ClockCancelled{Clock: k})
	} else {
		e.tell(id, at, desk.ClockMet{Clock: k})
	}
	e.ends = append(e.ends, k)
}

// step does one thing at random.
func (e *ended) step() {
	id := pick(e.rnd, e.convs...)
	if e.gone[id] {
		e.conversation()
		return
	}
	switch e.rnd.IntN(12) {
	case 0: // what reports are made of keeps what was, whoever is forgotten
		e.gone[id] = true
		c := load(e.T, e.db, id)
		update(e.T, e.db, func(tx desk.Tx) error { return tx.EraseConversation(desk.Tombstone{ID: id, Number: c.Number, At: day}) })
	case 1:
		update(e.T, e.db, func(tx desk.Tx) error {
			c, _, err := tx.Conversation(id)
			if err != nil {
				return err
			}
			c.Queue, c.Assignee, c.Tier = pick[desk.QueueID](e.rnd, "q1", "q2"), pick[desk.AgentID](e.rnd, "ann", "bo"), desk.Key
			return tx.SaveConversation(c, nil, "")
		})
	case 2, 3:
		if len(e.ends) > 0 {
			e.waive(pick(e.rnd, e.ends...))
		}
	default:
		e.end(id)
	}
}

// waive lets a promise go, or takes that back, after it ended.
func (e *ended) waive(k desk.Clock) {
	if e.gone[k.Conversation] {
		return
	}
	at := e.moment()
	if k.Waiver = (desk.Waiver{}); e.rnd.IntN(2) == 0 {
		k.Waiver = desk.Waiver{State: desk.WaiverHolds, Reason: "r", By: "bo", At: at}
	}
	update(e.T, e.db, func(tx desk.Tx) error {
		c, _, err := tx.Conversation(k.Conversation)
		if err != nil {
			return err
		}
		return tx.SaveConversation(c, []desk.Clock{k}, "")
	})
	if k.Waived() {
		e.tell(k.Conversation, at, desk.WaiverGiven{Target: k.Target, N: k.N, Reason: "r", By: "bo"})
	} else {
		e.tell(k.Conversation, at, desk.WaiverUndone{Target: k.Target, N: k.N})
	}
}

// ask is a question at random: whole days of some zone, and mostly a scope.
func (e *ended) ask() (sla.PromiseQuery, *time.Location) {
	zone := pick(e.rnd, "UTC", "Asia/Shanghai", "Asia/Kathmandu", "America/St_Johns")
	l, err := time.LoadLocation(zone)
	must(e.T, err)
	from := time.Date(e.from.Year(), e.from.Month(), e.from.Day()+e.rnd.IntN(8)-1, 0, 0, 0, 0, l)
	q := sla.PromiseQuery{From: from, To: from.AddDate(0, 0, 1+e.rnd.IntN(9)), AllQueues: e.rnd.IntN(3) > 0, Queues: []desk.QueueID{"q1", ""}}
	switch e.rnd.IntN(6) {
	case 0:
		q.Contact = "x"
	case 1:
		q.Contacts = []desk.ContactID{"y", "nobody"}
	case 2:
		q.Target = desk.Resolution
	case 3:
		q.Outcome = sla.OutcomeLate
	}
	return q, l
}

// agree compares every view of a question with the sums of the rows behind it.
func (e *ended) agree() {
	e.Helper()
	q, zone := e.ask()
	var rows []sla.EndedPromise
	for before := (desk.Keyset{}); ; {
		page, err := e.db.PromiseRows(e.Context(), q, before, 100)
		must(e.T, err)
		if len(page) == 0 {
			break
		}
		rows = append(rows, page...)
		last := page[len(page)-1]
		before = desk.Keyset{At: last.EndedAt, ID: last.Place()}
	}
	for _, view := range desk.ReportViews {
		q.By = view
		want, got := sla.NewTally(view, zone), sla.NewTally(view, zone)
		for _, p := range rows {
			want.Add(p)
		}
		must(e.T, e.db.PromiseFigures(e.Context(), q, got.Add))
		if d := cmp.Diff(want.Lines(), got.Lines()); d != "" {
			e.Fatalf("%+v by %s in %s (-rows +figures):\n%s", q, view, zone, d)
		}
	}
}

// testPacked: whatever becomes of promises that ended, figures read from packed hours are those of the rows, to the last
// percentile, in any zone and scope (UP-P1, UP-P2).
func testPacked(t *testing.T, db *store.DB) {
	e := &ended{T: t, db: db, rnd: rand.New(rand.NewPCG(13, 1)), gone: map[desk.ConversationID]bool{}}
	e.from = time.Now().UTC().AddDate(0, 0, -40).Truncate(24 * time.Hour)
	e.conversation()
	packed := 0
	for i := range 400 {
		if i%25 == 0 {
			e.conversation()
		}
		e.step()
		if e.rnd.IntN(6) == 0 {
			n, differed, err := db.RepackPromises(t.Context())
			must(t, err)
			if packed += n; differed > 0 {
				t.Fatalf("step %d: %d packs did not say what the rows say", i, differed)
			}
		}
		if i%4 == 0 {
			e.agree()
		}
	}
	if packed == 0 {
		t.Error("nothing was packed")
	}
}

// testPackedBeside: packs made while promises end, by two at once, are never older than the rows.
func testPackedBeside(t *testing.T, db *store.DB) {
	e := &ended{T: t, db: db, rnd: rand.New(rand.NewPCG(13, 2))}
	e.from = time.Now().UTC().AddDate(0, 0, -40).Truncate(24 * time.Hour)
	for range 8 {
		e.conversation()
	}
	done := make(chan struct{})
	var wg sync.WaitGroup
	stop := sync.OnceFunc(func() { close(done); wg.Wait() })
	defer stop()
	for range 2 {
		wg.Go(func() {
			for {
				_, differed, err := db.RepackPromises(t.Context())
				if err != nil || differed > 0 {
					t.Errorf("packed beside: %d differed, %v", differed, err)
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	for range 150 {
		e.end(pick(e.rnd, e.convs...))
	}
	stop()
	e.agree()
	if n, differed, err := db.RepackPromises(t.Context()); err != nil || n == 0 || differed > 0 {
		t.Errorf("afterwards: got %d hours, %d of them not as the rows, %v", n, differed, err)
	}
	e.agree()
}
