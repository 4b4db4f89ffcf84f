package channels

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"yingda/desk"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// spool is an outbox table in memory that keeps the rules of [Spool].
type spool struct {
	mu      sync.Mutex
	rows    map[desk.MessageID]*row
	order   []desk.MessageID
	claims  int
	results []string
	refuse  int // how many results the record refuses before it takes one
}

type row struct {
	inbox     desk.InboxID
	state     desk.Delivery
	notBefore time.Time
	lease     time.Time
	sending   bool
	attempt   int
	first     time.Time
	rank      desk.Rank
	why       string
}

func (s *spool) add(id desk.MessageID, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rows == nil {
		s.rows = map[desk.MessageID]*row{}
	}
	s.rows[id] = &row{inbox: "i", state: desk.DeliveryQueued, notBefore: at}
	s.order = append(s.order, id)
}

func (s *spool) Claim(_ context.Context, _ string, n int) ([]desk.Outbound, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.claims++
	now := time.Now()
	var out []desk.Outbound
	for _, id := range s.order {
		r := s.rows[id]
		if r.state != desk.DeliveryQueued || r.notBefore.After(now) || r.lease.After(now) || r.sending || len(out) == n {
			continue
		}
		r.lease = now.Add(Lease)
		r.attempt++
		if r.first.IsZero() {
			r.first = now
		}
		out = append(out, desk.Outbound{Message: desk.Message{ID: id, Inbox: r.inbox}, Attempt: r.attempt, FirstTried: r.first, Rank: r.rank})
	}
	return out, nil
}

func (s *spool) Sending(_ context.Context, id desk.MessageID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.rows[id]
	if r.sending || !r.lease.After(time.Now()) {
		return desk.Refuse(desk.Conflict, "claim_lost")
	}
	r.sending = true
	return nil
}

// FreeClaims frees nothing: a synctest has one process, and the lease itself is what it looks at.
func (s *spool) FreeClaims(context.Context, string, bool) error { return nil }

func (s *spool) Stranded(context.Context, int) ([]desk.MessageID, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []desk.MessageID
	for _, id := range s.order {
		if r := s.rows[id]; r.state == desk.DeliveryQueued && r.sending && !r.lease.After(time.Now()) {
			out = append(out, id)
		}
	}
	return out, nil
}

func (s *spool) Next(context.Context) (time.Time, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var next time.Time
	for _, r := range s.rows {
		if r.state == desk.DeliveryQueued && !r.sending && !r.lease.After(time.Now()) && (next.IsZero() || r.notBefore.Before(next)) {
			next = r.notBefore
		}
	}
	return next, nil
}

func (s *spool) settle(id desk.MessageID, d desk.Delivery, at time.Time, what string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refuse > 0 {
		s.refuse--
		return desk.Refuse(desk.Unavailable, "store_down")
	}
	r := s.rows[id]
	r.state, r.notBefore, r.sending, r.lease = d, at, false, time.Time{}
	s.results = append(s.results, fmt.Sprintf("%s %s", id, what))
	return nil
}

func (s *spool) Sent(_ context.Context, id desk.MessageID, _ desk.Receipt) error {
	return s.settle(id, desk.DeliverySent, time.Time{}, "sent")
}

func (s *spool) Failed(_ context.Context, id desk.MessageID, reason string) error {
	return s.settle(id, desk.DeliveryFailed, time.Time{}, "failed "+reason)
}

func (s *spool) Unknown(_ context.Context, id desk.MessageID, reason string) error {
	return s.settle(id, desk.DeliveryUnknown, time.Time{}, "unknown "+reason)
}

func (s *spool) Delayed(_ context.Context, id desk.MessageID, reason string, at time.Time) error {
	s.mu.Lock()
	s.rows[id].why = reason
	s.mu.Unlock()
	return s.settle(id, desk.DeliveryQueued, at, "delayed "+reason)
}

func (s *spool) Backlog(_ context.Context, _ string, b desk.Backlog, n int) ([]desk.MessageID, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []desk.MessageID
	for _, id := range s.order {
		r := s.rows[id]
		if r.inbox == b.Inbox && r.rank >= b.Rank && r.notBefore.Before(b.Before) && r.state == desk.DeliveryQueued && !r.lease.After(time.Now()) && len(out) < n {
			r.lease = time.Now().Add(Lease)
			out = append(out, id)
		}
	}
	return out, nil
}

func (s *spool) Untried(_ context.Context, id desk.MessageID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.rows[id]
	if r.attempt--; r.attempt == 0 {
		r.first = time.Time{}
	}
	return nil
}

func (s *spool) last() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.results) == 0 {
		return ""
	}
	return s.results[len(s.results)-1]
}

// send is a Sender made of a function.
type send func(ctx context.Context, m desk.Outbound) error

func (f send) Send(ctx context.Context, m desk.Outbound) (desk.Receipt, error) {
	return desk.Receipt{}, f(ctx, m)
}

// running starts an outbox and returns it with a stop that waits.
func running(t *testing.T, s *spool, f send) (*Outbox, func()) {
	t.Helper()
	o := NewOutbox(OutboxConfig{
		Spool: s, Results: s, Node: "n", Now: time.Now, PerInbox: 2, Total: 8,
		Sender: func(desk.InboxID) (Sender, bool) { return f, true },
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- o.Run(ctx) }()
	return o, func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run: got %v, want nil", err)
		}
	}
}

func TestOutboxSendsWhenTheTimeHasCome(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &spool{}
		var sent []time.Duration
		start := time.Now()
		s.add("undo", start.Add(10*time.Second))
		o, stop := running(t, s, func(context.Context, desk.Outbound) error {
			sent = append(sent, time.Since(start))
			return nil
		})
		time.Sleep(5 * time.Second)
		s.add("now", time.Now())
		o.Wake()
		time.Sleep(time.Minute)
		stop()
		if len(sent) != 2 || sent[0] != 5*time.Second || sent[1] != 10*time.Second {
			t.Errorf("sent after: got %v, want 5s (by signal) and 10s (its not-before)", sent)
		}
		if s.claims > 8 {
			t.Errorf("claims in a minute: got %d, want a handful", s.claims)
		}
	})
}

// UP-E9: an outcome nobody knows is never tried again; a refusal is final; later is later.
func TestOutboxOutcomes(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		err   error
		want  string
		tries int
	}{
		"taken":    {nil, "m sent", 1},
		"refused":  {&SendError{Outcome: Refused, Reason: "550 no such user"}, "m failed 550 no such user", 1},
		"unknown":  {&SendError{Outcome: Unknown, Reason: "EOF"}, "m unknown EOF", 1},
		"unsorted": {errors.New("who knows"), "m unknown who knows", 1},
		"lost":     {&SendError{Outcome: Lost, Reason: "claim_lost"}, "", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, tries := &spool{}, 0
				s.add("m", time.Now())
				_, stop := running(t, s, func(context.Context, desk.Outbound) error { tries++; return tt.err })
				time.Sleep(10 * time.Minute)
				stop()
				if got := s.last(); got != tt.want || tries != tt.tries {
					t.Errorf("got %q after %d tries, want %q after %d", got, tries, tt.want, tt.tries)
				}
			})
		})
	}
}

func TestOutboxTriesFor48Hours(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &spool{}
		s.add("m", time.Now())
		var at []time.Duration
		start := time.Now()
		_, stop := running(t, s, func(context.Context, desk.Outbound) error {
			at = append(at, time.Since(start))
			return &SendError{Outcome: Later, Reason: "451 busy"}
		})
		time.Sleep(72 * time.Hour)
		stop()
		if got := s.last(); got != "m failed 451 busy" {
			t.Errorf("in the end: got %q, want failed", got)
		}
		if n := len(at); n < 48 || n > 60 || at[1] != time.Minute || at[n-1] < GiveUp || at[n-1] > GiveUp+time.Hour {
			t.Errorf("tries: got %d, second after %s, last after %s", n, at[1], at[n-1])
		}
	})
}

// UP-E9: a node that dies on the wire leaves a message nobody knows of; one that dies before it leaves one to send.
func TestOutboxAfterADeadNode(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, sends := &spool{}, 0
		s.add("wire", time.Now())
		s.add("before", time.Now())
		if _, err := s.Claim(t.Context(), "dead", 2); err != nil {
			t.Fatal(err)
		}
		if err := s.Sending(t.Context(), "wire"); err != nil {
			t.Fatal(err)
		}
		_, stop := running(t, s, func(context.Context, desk.Outbound) error { sends++; return nil })
		time.Sleep(Lease + 2*time.Minute)
		stop()
		if sends != 1 || s.rows["wire"].state != desk.DeliveryUnknown || s.rows["before"].state != desk.DeliverySent {
			t.Errorf("got %d sends, wire %s, before %s; want 1, unknown, sent", sends, s.rows["wire"].state, s.rows["before"].state)
		}
	})
}

func TestOutboxInsistsOnResults(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, sends := &spool{refuse: 5}, 0
		s.add("m", time.Now())
		_, stop := running(t, s, func(context.Context, desk.Outbound) error { sends++; return nil })
		time.Sleep(time.Minute)
		stop()
		if sends != 1 || s.last() != "m sent" {
			t.Errorf("got %q after %d sends, want sent after one", s.last(), sends)
		}
	})
}

func TestOutboxBoundsOneInbox(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &spool{}
		for i := range 20 {
			s.add(desk.MessageID(fmt.Sprint("m", i)), time.Now())
		}
		var mu sync.Mutex
		now, most := 0, 0
		_, stop := running(t, s, func(context.Context, desk.Outbound) error {
			mu.Lock()
			now++
			most = max(most, now)
			mu.Unlock()
			time.Sleep(time.Second)
			mu.Lock()
			now--
			mu.Unlock()
			return nil
		})
		time.Sleep(2 * time.Minute)
		stop()
		if most != 2 || len(s.results) != 20 {
			t.Errorf("got %d at once and %d results, want 2 and 20", most, len(s.results))
		}
	})
}

func TestOutboxPanickingSender(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &spool{}
		s.add("m", time.Now())
		_, stop := running(t, s, func(context.Context, desk.Outbound) error { panic("bug") })
		time.Sleep(time.Second)
		stop()
		if got := s.last(); got != "m unknown internal: bug" {
			t.Errorf("got %q, want unknown", got)
		}
	})
}

func TestOutboxStopLetsSendsFinish(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &spool{}
		s.add("short", time.Now())
		s.add("long", time.Now())
		_, stop := running(t, s, func(ctx context.Context, m desk.Outbound) error {
			d := time.Hour
			if m.Message.ID == "short" {
				d = 10 * time.Second
			}
			select {
			case <-time.After(d):
				return nil
			case <-ctx.Done():
				return Fail(Unknown, ctx.Err())
			}
		})
		time.Sleep(time.Second)
		stop()
		if s.rows["short"].state != desk.DeliverySent || s.rows["long"].state != desk.DeliveryUnknown {
			t.Errorf("got short %s, long %s; want sent, unknown", s.rows["short"].state, s.rows["long"].state)
		}
	})
}

func TestBackoff(t *testing.T) {
	t.Parallel()
	b := Backoff{First: time.Second, Max: 10 * time.Second}
	for n, want := range map[int]time.Duration{1: time.Second, 2: 2 * time.Second, 4: 8 * time.Second, 5: 10 * time.Second, 1000: 10 * time.Second} {
		if got := b.After(n); got != want {
			t.Errorf("after %d failures: got %s, want %s", n, got, want)
		}
	}
	for _, r := range []float64{0, 0.5, 0.999} {
		b.Random = func() float64 { return r }
		if got := b.After(1); got < 800*time.Millisecond || got > 1200*time.Millisecond {
			t.Errorf("with jitter %v: got %s", r, got)
		}
	}
}
