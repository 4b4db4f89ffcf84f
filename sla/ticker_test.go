package sla

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"yingda/desk"
)

// record is the desk and its store in memory: it keeps clocks, and notices once each.
type record struct {
	mu      sync.Mutex
	clocks  map[desk.ConversationID]desk.Clock
	notices map[string]time.Time
	said    []string
	down    bool
	reads   int
}

func newRecord() *record {
	return &record{clocks: map[desk.ConversationID]desk.Clock{}, notices: map[string]time.Time{}}
}

func (r *record) put(k desk.Clock) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.clocks[k.Conversation] = k
}

func (r *record) get(id desk.ConversationID) desk.Clock {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.clocks[id]
}

func (r *record) Due(_ context.Context, before time.Time, limit int) ([]desk.Clock, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.reads++; r.down {
		return nil, errors.New("down")
	}
	var out []desk.Clock
	for _, k := range r.clocks {
		if k.Running() && !k.NextAt.IsZero() && !k.NextAt.After(before) {
			out = append(out, k)
		}
	}
	slices.SortFunc(out, func(a, b desk.Clock) int { return a.NextAt.Compare(b.NextAt) })
	return out[:min(limit, len(out))], nil
}

func (r *record) Announce(_ context.Context, list []desk.Announcement, at time.Time) (first int, err error) {
	for _, a := range list {
		told, err := r.notice(a.Clock, a.Level, at)
		if err != nil {
			return 0, err
		}
		if told {
			first++
		}
	}
	return first, nil
}

func (r *record) notice(k desk.Clock, level int, at time.Time) (bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	kept := r.clocks[k.Conversation]
	if r.down {
		return false, errors.New("down")
	}
	if !kept.Running() || kept.DueVersion != k.DueVersion {
		return false, nil
	}
	kept.NextAt = k.NextAt
	if level == desk.BreachLevel {
		kept.BreachedAt = kept.DueAt
	}
	r.clocks[k.Conversation] = kept
	key := fmt.Sprint(k.Conversation, k.Target, k.N, k.DueVersion, level)
	if _, ok := r.notices[key]; ok {
		return false, nil
	}
	r.notices[key] = at
	r.said = append(r.said, fmt.Sprintf("%s v%d %d%% at %v", k.Conversation, k.DueVersion, level, at.Sub(monday)))
	return true, nil
}

func (r *record) heard() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.said)
}

// behind is a record read before another node told what was due.
type behind struct {
	*record
	due    []desk.Clock
	looked int
}

func (b *behind) Due(context.Context, time.Time, int) ([]desk.Clock, error) { return b.due, nil }

func (b *behind) Announce(ctx context.Context, list []desk.Announcement, at time.Time) (int, error) {
	b.looked += len(list)
	return b.record.Announce(ctx, list, at)
}

// tenUnitsLate is a record of ten units of mails that nobody answered in time.
func tenUnitsLate(t *testing.T) (*record, *Promises, []desk.Clock, func() time.Time) {
	t.Helper()
	r, p := newRecord(), NewPromises(hourBook(t))
	for i := range 10 * unitSize {
		r.put(mailAt(t, p.Book(), fmt.Sprint("c", i), monday))
	}
	now := func() time.Time { return monday.Add(25 * time.Hour) }
	due, err := r.Due(t.Context(), now(), 10*unitSize)
	if err != nil {
		t.Fatal(err)
	}
	return r, p, due, now
}

// A node that finds another was first reads again what is due, instead of going over all that the other told.
func TestTickerLeavesToOthersWhatTheyTold(t *testing.T) {
	t.Parallel()
	r, p, due, now := tenUnitsLate(t)
	cfg := Config{Every: time.Second, Batch: 10 * unitSize, Parallel: unitSize}
	first := &behind{record: r, due: due}
	second := &behind{record: r, due: due}
	for _, b := range []*behind{first, second} {
		NewTicker(Deps{Desk: b, Store: b, Promises: p, Now: now, Log: slog.New(slog.DiscardHandler)}, cfg).tick(t.Context())
	}
	if first.looked != len(due) || len(r.heard()) != len(due) {
		t.Errorf("the first: got %d looked at and %d told, want %d", first.looked, len(r.heard()), len(due))
	}
	if second.looked != unitSize {
		t.Errorf("the second: got %d looked at, want one unit of %d", second.looked, unitSize)
	}
}

// picky refuses what it is told of some conversations.
type picky struct {
	*behind
	refused map[desk.ConversationID]bool
}

func (p *picky) Announce(ctx context.Context, list []desk.Announcement, at time.Time) (int, error) {
	for _, a := range list {
		if p.refused[a.Clock.Conversation] {
			return 0, desk.Refuse(desk.Conflict, "stale")
		}
	}
	return p.record.Announce(ctx, list, at)
}

// What is refused keeps nothing else from being told in the same round, not even where all of a unit is.
func TestTickerGoesOnPastWhatIsRefused(t *testing.T) {
	t.Parallel()
	r, p, due, now := tenUnitsLate(t)
	b := &picky{&behind{record: r, due: due}, map[desk.ConversationID]bool{}}
	for u := 0; u < 10; u += 2 {
		for _, k := range due[u*unitSize : (u+1)*unitSize] {
			b.refused[k.Conversation] = true
		}
	}
	cfg := Config{Every: time.Second, Batch: 10 * unitSize, Parallel: unitSize}
	NewTicker(Deps{Desk: b, Store: b, Promises: p, Now: now, Log: slog.New(slog.DiscardHandler)}, cfg).tick(t.Context())
	if got, want := len(r.heard()), len(due)-len(b.refused); got != want {
		t.Errorf("told: got %d, want %d", got, want)
	}
}

// mailAt starts a first response of an hour.
func mailAt(t testing.TB, b *Book, id string, now time.Time) desk.Clock {
	t.Helper()
	c := desk.Conversation{ID: desk.ConversationID(id), Medium: desk.Email}
	clocks := b.Advance(c, nil, []desk.Fact{desk.MessageReceived{Number: 1}}, now)
	if len(clocks) != 1 {
		t.Fatalf("got %d clocks, want 1", len(clocks))
	}
	return clocks[0]
}

func hourBook(t testing.TB) *Book {
	t.Helper()
	return promised(t, nil, Promise{Target: desk.FirstResponse, Within: 3600})
}

// bubble runs play with n tickers over one record; its now is monday when play begins.
func bubble(t *testing.T, n int, play func(t *testing.T, r *record, b *Book, tickers []*Ticker, now func() time.Time)) {
	t.Helper()
	b := hourBook(t)
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		now := func() time.Time { return monday.Add(time.Since(begin)) }
		ctx, stop := context.WithCancel(context.Background())
		r := newRecord()
		var wg sync.WaitGroup
		tickers := make([]*Ticker, n)
		for i := range tickers {
			tickers[i] = NewTicker(Deps{Desk: r, Store: r, Promises: NewPromises(b), Now: now, Log: slog.New(slog.DiscardHandler)}, Default())
			wg.Go(func() {
				if err := tickers[i].Run(ctx); err != nil {
					t.Errorf("Run: got %v, want nil after a clean stop", err)
				}
			})
		}
		synctest.Wait() // every node has looked once and sleeps
		play(t, r, b, tickers, now)
		stop()
		wg.Wait()
	})
}

// TestNoticesOnceAndInTime: two nodes, one clock; each level once, within a second of its moment (UP-S5).
func TestNoticesOnceAndInTime(t *testing.T) {
	t.Parallel()
	bubble(t, 2, func(t *testing.T, r *record, b *Book, _ []*Ticker, now func() time.Time) {
		r.put(mailAt(t, b, "c", now()))
		time.Sleep(2 * time.Hour)
		want := []string{"c v1 50% at 30m0s", "c v1 80% at 48m0s", "c v1 100% at 1h0m0.001s"}
		if d := cmp.Diff(want, r.heard()); d != "" {
			t.Errorf("-want +got\n%s", d)
		}
	})
}

// TestAfterAStopOnlyTheHighestIsTold: nodes that were away tell what is, not what was.
func TestAfterAStopOnlyTheHighestIsTold(t *testing.T) {
	t.Parallel()
	bubble(t, 1, func(t *testing.T, r *record, b *Book, _ []*Ticker, now func() time.Time) {
		r.put(mailAt(t, b, "a", now().Add(-50*time.Minute)))
		r.put(mailAt(t, b, "b", now().Add(-3*time.Hour)))
		time.Sleep(2 * time.Second)
		got := r.heard()
		slices.Sort(got)
		want := []string{"a v1 80% at 1s", "b v1 100% at 1s"}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("-want +got\n%s", d)
		}
	})
}

// TestMovedDueIsArmedAgain: another version is announced anew, a met clock is not (UP-S5).
func TestMovedDueIsArmedAgain(t *testing.T) {
	t.Parallel()
	bubble(t, 2, func(t *testing.T, r *record, b *Book, ts []*Ticker, now func() time.Time) {
		r.put(mailAt(t, b, "c", now()))
		time.Sleep(31 * time.Minute)
		k := r.get("c")
		k.DueAt, k.DueVersion, k.Budget = monday.Add(2*time.Hour), 2, 2*time.Hour
		k.NextAt = monday.Add(time.Hour)
		r.put(k)
		time.Sleep(30 * time.Minute)
		k = r.get("c")
		k.MetAt = now()
		r.put(k)
		time.Sleep(3 * time.Hour)
		want := []string{"c v1 50% at 30m0s", "c v2 50% at 1h0m0s"}
		if d := cmp.Diff(want, r.heard()); d != "" {
			t.Errorf("-want +got\n%s", d)
		}
	})
}

// TestWakeIsHeard: a clock that starts with less than a second to go is told at its moment, not at the next look.
func TestWakeIsHeard(t *testing.T) {
	t.Parallel()
	bubble(t, 1, func(t *testing.T, r *record, b *Book, ts []*Ticker, now func() time.Time) {
		time.Sleep(10*time.Second + 100*time.Millisecond)
		k := mailAt(t, b, "c", now().Add(-time.Hour+300*time.Millisecond))
		k.NextAt = k.DueAt.Add(time.Millisecond)
		r.put(k)
		if err := ts[0].Hear(t.Context(), desk.Event{Fact: desk.ClockStarted{Clock: k}}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if d := cmp.Diff([]string{"c v1 100% at 10.401s"}, r.heard()); d != "" {
			t.Errorf("-want +got\n%s", d)
		}
	})
}

// TestStoreDown: nothing is lost while the record is away, and nobody spins.
func TestStoreDown(t *testing.T) {
	t.Parallel()
	bubble(t, 1, func(t *testing.T, r *record, b *Book, _ []*Ticker, now func() time.Time) {
		r.put(mailAt(t, b, "c", now()))
		r.mu.Lock()
		r.down = true
		r.mu.Unlock()
		time.Sleep(31 * time.Minute)
		r.mu.Lock()
		if r.reads > 31*60+2 {
			t.Errorf("got %d reads in 31 minutes, want one a second", r.reads)
		}
		r.down = false
		r.mu.Unlock()
		time.Sleep(2 * time.Second)
		if got := r.heard(); len(got) != 1 {
			t.Errorf("got %v, want one warning", got)
		}
	})
}

// TestManyAtOnce: 10,000 due in the same moment are all told, in batches, within a second.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	bubble(t, 2, func(t *testing.T, r *record, b *Book, _ []*Ticker, now func() time.Time) {
		for i := range 10_000 {
			k := mailAt(t, b, fmt.Sprint(i), now().Add(-time.Hour+5*time.Second))
			k.NextAt = k.DueAt.Add(time.Millisecond)
			r.put(k)
		}
		time.Sleep(6 * time.Second)
		if got := len(r.heard()); got != 10_000 {
			t.Errorf("got %d notices, want 10000", got)
		}
	})
}
