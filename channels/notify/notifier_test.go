package notify_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"yingda/channels/notify"
	"yingda/desk"
	"yingda/internal/testkit"
	"yingda/store"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// rig is a notifier over a real record; mails end in a box.
type rig struct {
	t   *testing.T
	db  *store.DB
	now atomic.Int64 // Unix ms

	mu    sync.Mutex
	down  bool
	tries []string // ids
	box   []notify.Mail
}

func engines(t *testing.T, play func(*testing.T, *rig)) {
	t.Helper()
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			url := "sqlite:" + filepath.Join(t.TempDir(), "yingda.db")
			if engine == "postgres" {
				url = testkit.Postgres(t)
			}
			play(t, newRig(t, url))
		})
	}
}

var day = time.Date(2026, 9, 21, 1, 0, 0, 0, time.UTC) // 09:00 in Shanghai

func newRig(t *testing.T, url string) *rig {
	t.Helper()
	r := &rig{t: t}
	r.now.Store(day.UnixMilli())
	cfg := store.Default()
	cfg.URL, cfg.Now = url, r.clock
	db, err := store.Open(t.Context(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	r.db = db
	r.run(db.Run, func() { _ = db.Close() })
	r.update(func(tx desk.Tx) error {
		for id, locale := range map[string]string{"ann": "en", "wei": "zh-CN"} {
			doc := fmt.Sprintf(`{"name":%q,"email":"%s@Firm.test","role":"agent","locale":%q}`, strings.ToUpper(id[:1])+id[1:], id, locale)
			if err := tx.SaveSetting(desk.Setting{Kind: desk.SettingAgent, ID: id, Doc: []byte(doc)}); err != nil {
				return err
			}
		}
		return nil
	})
	return r
}

func (r *rig) run(loop func(context.Context) error, after func()) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- loop(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			r.t.Errorf("Run: got %v, want nil after a clean stop", err)
		}
		if after != nil {
			after()
		}
	})
	r.t.Cleanup(stop)
	return stop
}

func (r *rig) clock() time.Time { return time.UnixMilli(r.now.Load()).UTC() }

func (r *rig) passes(d time.Duration) { r.now.Add(d.Milliseconds()) }

func (r *rig) update(fn func(desk.Tx) error) {
	r.t.Helper()
	if err := r.db.Update(r.t.Context(), desk.About{}, fn); err != nil {
		r.t.Fatal(err)
	}
}

// Notify puts a mail into the box, unless the server is down.
func (r *rig) Notify(_ context.Context, m notify.Mail) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tries = append(r.tries, m.ID)
	if r.down {
		return errors.New("down")
	}
	r.box = append(r.box, m)
	return nil
}

func (r *rig) starts() (stop func()) {
	stop = r.run(notify.New(notify.Deps{
		Spool: r.db, Records: r.db, Post: r, Now: r.clock, NewID: uuid.NewString, Log: slog.New(slog.DiscardHandler),
		Link: func(id desk.ConversationID) string { return "https://desk.test/inbox/all/" + string(id) },
	}).Run, nil)
	r.until("the notifier has begun", func() bool {
		_, ok, err := r.db.Listener(r.t.Context(), "notices")
		return err == nil && ok
	})
	return stop
}

// late is a conversation whose promise a step tells people of.
func (r *rig) late(id string, told ...desk.AgentID) {
	r.t.Helper()
	c := desk.Conversation{
		ID: desk.ConversationID(id), Inbox: "mail", Medium: desk.Email, Contact: "li", Subject: "About " + id, Status: desk.Open,
		Priority: desk.Normal, Tier: desk.Ordinary, LastAt: r.clock(), CreatedAt: r.clock(), UpdatedAt: r.clock(),
	}
	k := desk.Clock{Conversation: c.ID, Target: desk.FirstResponse, N: 1, DueVersion: 1, StartedAt: day, DueAt: r.clock()}
	r.update(func(tx desk.Tx) error {
		if err := tx.SaveConversation(c, []desk.Clock{k}, ""); err != nil {
			return err
		}
		return tx.Append(desk.Event{
			Subject: desk.Subject{Kind: desk.AboutConversation, ID: id}, Actor: desk.System(), At: r.clock(),
			Fact: desk.ClockEscalated{Clock: k, Level: 100, Step: 1, Told: told, Mail: true},
		})
	})
}

func (r *rig) until(what string, ok func() bool) {
	r.t.Helper()
	poll, limit := time.NewTicker(5*time.Millisecond), time.NewTimer(30*time.Second)
	defer poll.Stop()
	defer limit.Stop()
	for !ok() {
		select {
		case <-poll.C:
		case <-limit.C:
			r.t.Fatalf("waited in vain until %s", what)
		}
	}
}

// to waits for the n-th mail to an address.
func (r *rig) to(address string, n int) notify.Mail {
	r.t.Helper()
	var found notify.Mail
	r.until(fmt.Sprintf("mail %d to %s", n, address), func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		seen := 0
		for _, m := range r.box {
			if m.To == address {
				seen++
				found = m
			}
		}
		if seen > n {
			r.t.Fatalf("got %d mails to %s, want %d", seen, address, n)
		}
		return seen == n
	})
	return found
}

// TestOneMailAMinute: the first at once, what comes within the minute together, each in the reader's own language.
func TestOneMailAMinute(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, r *rig) {
		r.starts()
		r.late("a", "ann", "wei")
		if m := r.to("ann@firm.test", 1); m.Subject != "#1001: first response is late" || !strings.Contains(m.Text, "About a\n") || !strings.Contains(m.Text, "/inbox/all/a\n") {
			t.Errorf("to ann: got %+v", m)
		}
		if m := r.to("wei@firm.test", 1); m.Subject != "#1001：首次响应已超时" {
			t.Errorf("to wei: got %+v", m)
		}
		for i := range 60 {
			r.late(fmt.Sprint("more-", i), "ann")
		}
		r.until("they wait together", func() bool {
			turns, err := r.db.NoticeTurns(t.Context(), 10)
			return err == nil && len(turns) == 1
		})
		r.passes(61 * time.Second)
		if m := r.to("ann@firm.test", 2); m.Subject != "60 promises need you" || strings.Count(m.Text, "https://") != 50 || !strings.Contains(m.Text, "… and 10 more") {
			t.Errorf("digest: got %s\n%s", m.Subject, m.Text)
		}
	})
}

// TestOwnHours: what comes outside of somebody's hours waits and comes as one; who wants no mail gets none.
func TestOwnHours(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, r *rig) {
		wish := desk.NoticeWish{Zone: "Asia/Shanghai", From: "10:00", To: "19:00"}
		for a, w := range map[desk.AgentID]desk.NoticeWish{"ann": wish, "wei": {NoMail: true}} {
			if err := r.db.SaveNoticeWish(t.Context(), a, w); err != nil {
				t.Fatal(err)
			}
		}
		r.starts()
		r.late("a", "ann", "wei")
		r.late("b", "ann", "wei")
		r.until("both wait", func() bool {
			turns, err := r.db.NoticeTurns(t.Context(), 10)
			return err == nil && len(turns) == 1 && turns[0].Agent == "ann"
		})
		r.passes(time.Hour)
		if m := r.to("ann@firm.test", 1); m.Subject != "2 promises need you" {
			t.Errorf("at 10:00: got %+v", m)
		}
		r.to("wei@firm.test", 0)
	})
}

// TestSameMailAgain: one that did not go out is the same mail on the next try, also after a restart, and is given up
// after a day.
func TestSameMailAgain(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, r *rig) {
		r.down = true
		stop := r.starts()
		r.late("a", "ann")
		tried := func(n int) func() bool {
			return func() bool {
				r.mu.Lock()
				defer r.mu.Unlock()
				return len(r.tries) >= n
			}
		}
		r.until("it was tried", tried(1))
		r.until("the failure is written down", func() bool {
			turns, err := r.db.NoticeTurns(t.Context(), 1)
			return err == nil && len(turns) == 1 && turns[0].Failed == 1
		})
		stop()
		r.late("b", "ann") // not part of the mail that may be out already
		r.starts()
		r.passes(3 * time.Minute)
		r.until("it was tried again", tried(2))
		r.mu.Lock()
		r.down = false
		if r.tries[0] != r.tries[1] {
			t.Errorf("ids of two tries: got %q, want the same", r.tries)
		}
		r.mu.Unlock()
		r.passes(time.Hour)
		if m := r.to("ann@firm.test", 1); !strings.HasSuffix(m.Subject, "first response is late") {
			t.Errorf("got %+v, want the first alone", m)
		}
		r.passes(2 * time.Minute)
		r.to("ann@firm.test", 2)
	})
}
