package webui

import (
	"context"
	"errors"
	"testing"
	"time"

	"yingda/desk"
	"yingda/router"
	"yingda/sla"
	"yingda/store"
)

// foresight is a record with a router beside it that foresees two late ones for support and one for sales.
type foresight struct {
	*store.DB
	asked  chan router.OutlookAsk
	helps  chan error // Remedies answers when it is sent something
	broken error
}

func (f *foresight) Outlook(_ context.Context, asks []router.OutlookAsk) ([][]router.OutlookLine, error) {
	f.asked <- asks[0]
	line := func(q desk.QueueID, late float64) router.OutlookLine {
		return router.OutlookLine{Queue: q, Arrivals: []float64{1, 0, 0, 0}, Late: []float64{late, 0, 0, 0}}
	}
	return [][]router.OutlookLine{{line("support", 2), line("sales", 1)}}, f.broken
}

func (f *foresight) Remedies(ctx context.Context, _ router.OutlookAsk, lines []router.OutlookLine) ([]router.Remedy, error) {
	change := func(kind string, q, to desk.QueueID, a desk.AgentID) router.Remedy {
		return router.Remedy{Change: router.OutlookChange{Kind: kind, Queue: q, To: to, Agent: a}, Before: 3, After: 1}
	}
	select {
	case err := <-f.helps:
		return []router.Remedy{
			change("agent", "sales", "", "dan"), change("overflow", "support", "sales", ""), change("agent", "support", "", "dan"),
			change("agent", "support", "", "ann"), change("limit", "support", "", ""), change("limit", "sales", "", ""),
		}, err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (f *foresight) Due(string, time.Duration) func(time.Time) time.Time { return nil }

// A forecast is there as soon as it is made; slow and failing remedies take nothing away from it, and nobody sees queues
// or people of others in them.
func TestOutlookAndItsRemedies(t *testing.T) {
	t.Parallel()
	f := &foresight{asked: make(chan router.OutlookAsk, 9), helps: make(chan error, 1)}
	s := newShop(t, func(d *Deps) { f.DB, d.Ahead = d.Lists.(*store.DB), f })
	bo, cai := s.signsIn("bo"), s.signsIn("cai")
	s.until(func() bool { return s.srv.Hub.ready() })
	until := func(ok func(Outlook) bool) Outlook {
		var got Outlook
		s.until(func() bool { got = get[Outlook](cai, "/board/outlook"); return ok(got) })
		return got
	}
	made := until(func(o Outlook) bool { return !o.At.IsZero() })
	if len(made.Queues) != 2 || made.Enough || len(made.Remedies) != 0 {
		t.Errorf("before its remedies: got %+v, want both queues, a young record, no remedy yet", made)
	}
	f.helps <- nil
	all := until(func(o Outlook) bool { return len(o.Remedies) > 0 })
	if len(all.Remedies) != maxRemedies || all.Remedies[0].Queue != "sales" || all.Remedies[0].AgentName != "Dan" {
		t.Errorf("the administrator's remedies: got %+v", all.Remedies)
	}
	mine := get[Outlook](bo, "/board/outlook")
	if len(mine.Queues) != 1 || mine.Queues[0].Queue != "support" || mine.Yesterday != nil {
		t.Errorf("bo's queues: got %+v", mine)
	}
	if r := mine.Remedies; len(r) != 2 || r[0].Agent != "ann" || r[1].Kind != "limit" || r[1].Queue != "support" {
		t.Errorf("bo's remedies: got %+v, want ann and more room in support", r)
	}

	// A look that fails is not tried again at once, and the last forecast stays.
	s.srv.Hub.ahead.mu.Lock()
	s.srv.Hub.ahead.tried = time.Now().Add(-2 * aheadEvery)
	s.srv.Hub.ahead.mu.Unlock()
	f.broken = errors.New("no")
	for len(f.asked) > 0 {
		<-f.asked
	}
	s.until(func() bool { get[Outlook](cai, "/board/outlook"); return len(f.asked) == 1 })
	s.until(func() bool {
		o := &s.srv.Hub.ahead
		o.mu.Lock()
		defer o.mu.Unlock()
		return !o.making
	})
	for range 3 {
		if o := get[Outlook](cai, "/board/outlook"); !o.At.Equal(made.At.Time) || len(o.Remedies) == 0 {
			t.Errorf("after a failure: got %+v, want the last forecast", o)
		}
	}
	if len(f.asked) != 1 {
		t.Errorf("asked %d times, want once a minute", len(f.asked))
	}
}

// until waits for a state, generously.
func (s *shop) until(ok func() bool) {
	s.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); pause(s.Context(), 10*time.Millisecond) {
		if ok() {
			return
		}
	}
	s.Fatal("waited for half a minute")
}

// The hour ahead is asked about with promises by the calendar, of what waits and of what agents hold.
func TestOutlookAsksForPromises(t *testing.T) {
	t.Parallel()
	f := &foresight{asked: make(chan router.OutlookAsk, 9), helps: make(chan error, 1)}
	f.helps <- nil
	s := newShop(t, func(d *Deps) { f.DB, d.Ahead = d.Lists.(*store.DB), f })
	s.promises.Use(sla.Defaults())
	cai := s.signsIn("cai")
	waits, held := s.mail("help", "x@customer.test", "one"), s.mail("help", "y@customer.test", "two")
	want[Conversation](cai, "POST", "/conversations/"+string(held.Conversation)+"/assign", `{"agent":"ann"}`)
	s.settled("support", 1)
	get[Outlook](cai, "/board/outlook")
	ask := <-f.asked
	if len(ask.Due) != 2 || ask.Due[waits.Conversation].IsZero() || ask.Due[held.Conversation].IsZero() {
		t.Errorf("promises: got %v, want those of both", ask.Due)
	}
	if len(ask.Streams) != 1 || ask.Streams[0].PerHour != 2 || ask.Streams[0].Budget != 24*time.Hour {
		t.Errorf("expected: got %+v, want the past hour's two mails with 24 hours each", ask.Streams)
	}
}
