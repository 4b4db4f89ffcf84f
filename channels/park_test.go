package channels

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"yingda/desk"
)

// paced is a sender with a pace.
type paced struct {
	send
	pace Pace
}

func (p paced) Pace() Pace { return p.pace }

func runningPaced(t *testing.T, s *spool, p Pace, f send) func() {
	t.Helper()
	o := NewOutbox(OutboxConfig{
		Spool: s, Results: s, Node: "n", Now: time.Now, PerInbox: 2, Total: 8,
		Sender: func(desk.InboxID) (Sender, bool) { return paced{f, p}, true },
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- o.Run(ctx) }()
	return func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run: got %v, want nil", err)
		}
	}
}

// A mailbox sends no faster than it may, nothing is lost over it, and what waits says why (UP-N7).
func TestOutboxKeepsThePace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &spool{}
		for i := range 60 {
			s.add(desk.MessageID(fmt.Sprint("m", i)), time.Now())
		}
		start := time.Now()
		var sent []time.Duration
		stop := runningPaced(t, s, Pace{PerMinute: 30}, func(context.Context, desk.Outbound) error {
			s.mu.Lock()
			sent = append(sent, time.Since(start))
			s.mu.Unlock()
			return nil
		})
		time.Sleep(30 * time.Second)
		s.mu.Lock()
		half, why := len(sent), ""
		for _, r := range s.rows {
			if r.state == desk.DeliveryQueued && r.why != "" {
				why = r.why
			}
		}
		s.mu.Unlock()
		time.Sleep(10 * time.Minute)
		stop()
		if half < 15 || half > 22 || why != "rate_mailbox" {
			t.Errorf("after 30 s: got %d sent and %q, want about 20 of 30 a minute and rate_mailbox", half, why)
		}
		if len(sent) != 60 || sent[59] < 100*time.Second || sent[59] > 4*time.Minute {
			t.Errorf("got %d sent, the last after %s; want 60 in about two minutes", len(sent), sent[len(sent)-1])
		}
	})
}

// A domain's own bound holds beside the mailbox's.
func TestPaceByDomain(t *testing.T) {
	t.Parallel()
	p, now := newPacer(), time.Unix(1e9, 0)
	pace := Pace{PerDomain: 60, Domains: map[string]int{"qq.com": 6, "free.example": 0}}
	to := func(id, address string) desk.Outbound {
		return desk.Outbound{Message: desk.Message{ID: desk.MessageID(id), Inbox: "i", To: []desk.Address{{Address: address}}}}
	}
	var last time.Duration
	for i := range 4 {
		at, why := p.turn(to(fmt.Sprint("q", i), "x@QQ.com"), pace, now)
		if last = at.Sub(now); last > 0 && why != "rate_domain qq.com" {
			t.Errorf("why: got %q", why)
		}
	}
	if last != 20*time.Second {
		t.Errorf("fourth mail to qq.com: got %s, want 20 s (6 a minute, one ahead)", last)
	}
	for i := range 50 {
		if at, _ := p.turn(to(fmt.Sprint("f", i), "x@free.example"), pace, now); at.After(now) {
			t.Fatalf("mail %d to a domain without bound waits %s", i, at.Sub(now))
		}
	}
	if at, _ := p.turn(to("q3", "x@qq.com"), pace, now.Add(20*time.Second)); at.After(now.Add(20 * time.Second)) {
		t.Errorf("its turn has come: got %s more", at.Sub(now.Add(20*time.Second)))
	}
}

// UP-N7: a quota on mails to strangers parks those until its time; answers to people who wrote go on; all that waits
// says why; nothing fails for it, however long it lasts.
func TestOutboxHonoursQuotas(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &spool{}
		for i := range 6 {
			s.add(desk.MessageID(fmt.Sprint("cold", i)), time.Now())
			s.rows[desk.MessageID(fmt.Sprint("cold", i))].rank = desk.RankFirst
		}
		over := time.Now().Add(72 * time.Hour)
		var asked atomic.Int64 // two lanes ask at once
		stop := runningPaced(t, s, Pace{}, func(_ context.Context, m desk.Outbound) error {
			if m.Rank == desk.RankAnswer || time.Now().After(over) {
				return nil
			}
			asked.Add(1)
			return &SendError{Outcome: Quota, Reason: "550 daily limit", Until: time.Now().Add(24 * time.Hour)}
		})
		time.Sleep(time.Minute)
		s.add("answer", time.Now())
		time.Sleep(2 * time.Minute)
		s.mu.Lock()
		if got := s.rows["answer"].state; got != desk.DeliverySent {
			t.Errorf("an answer to somebody who wrote: got %s, want sent", got)
		}
		for id, r := range s.rows {
			if strings.HasPrefix(string(id), "cold") && (r.state != desk.DeliveryQueued || !strings.Contains(r.why, "550 daily limit") || r.notBefore.Before(time.Now().Add(20*time.Hour))) {
				t.Errorf("%s: got %s until %s, %q; want it to wait a day and to say why", id, r.state, r.notBefore, r.why)
			}
		}
		s.mu.Unlock()
		time.Sleep(100 * time.Hour)
		stop()
		for id, r := range s.rows {
			if r.state != desk.DeliverySent {
				t.Errorf("%s after the quota: got %s, want sent", id, r.state)
			}
		}
		if n := asked.Load(); n > 12 {
			t.Errorf("the server was asked %d times in three days, want a few times a day at most", n)
		}
	})
}
