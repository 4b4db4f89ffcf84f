package notify_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"yingda/channels/notify"
	"yingda/desk"
	"yingda/internal/testkit"
	"yingda/sla"
	"yingda/store/storetest"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// rig is a notifier over a real record; mails end in a box.
type rig struct {
	*storetest.Rig

	mu    sync.Mutex
	down  bool
	tries []string // ids
	box   []notify.Mail
}

func engines(t *testing.T, play func(*testing.T, *rig)) {
	t.Helper()
	storetest.Engines(t, day, func(t *testing.T, bare *storetest.Rig) {
		play(t, newRig(bare))
	})
}

// office is a book with the calendar office, open from nine to six in Shanghai.
var office = func() *sla.Book {
	b, err := sla.NewBook(nil, []sla.Calendar{{ID: "office", TimeZone: "Asia/Shanghai", Hours: map[string][]sla.Interval{
		"mon": {{"09:00", "18:00"}}, "tue": {{"09:00", "18:00"}},
	}}})
	if err != nil {
		panic(err)
	}
	return b
}()

var day = time.Date(2026, 9, 21, 1, 0, 0, 0, time.UTC) // 09:00 in Shanghai

func newRig(bare *storetest.Rig) *rig {
	bare.T.Helper()
	r := &rig{Rig: bare}
	r.Update(func(tx desk.Tx) error {
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
	stop = r.Run(notify.New(notify.Deps{
		Spool: r.DB, Records: r.DB, Post: r, Now: r.Now, NewID: uuid.NewString, Log: slog.New(slog.DiscardHandler),
		Link:   func(id desk.ConversationID) string { return "https://desk.test/inbox/all/" + string(id) },
		Alerts: "https://desk.test/alerts", Opening: office.Opening,
	}).Run, nil)
	r.Until("the notifier has begun", func() bool {
		_, ok, err := r.DB.Listener(r.T.Context(), "notices")
		return err == nil && ok
	})
	return stop
}

// late is a conversation whose promise a step tells people of.
func (r *rig) late(id string, told ...desk.AgentID) {
	r.T.Helper()
	c := desk.Conversation{
		ID: desk.ConversationID(id), Inbox: "mail", Medium: desk.Email, Contact: "li", Subject: "About " + id, Status: desk.Open,
		Priority: desk.Normal, Tier: desk.Ordinary, LastAt: r.Now(), CreatedAt: r.Now(), UpdatedAt: r.Now(),
	}
	k := desk.Clock{Conversation: c.ID, Target: desk.FirstResponse, N: 1, DueVersion: 1, StartedAt: day, DueAt: r.Now()}
	r.Update(func(tx desk.Tx) error {
		if err := tx.SaveConversation(c, []desk.Clock{k}, ""); err != nil {
			return err
		}
		return tx.Append(desk.Event{
			Subject: desk.Subject{Kind: desk.AboutConversation, ID: id}, Actor: desk.System(), At: r.Now(),
			Fact: desk.ClockEscalated{Clock: k, Level: 100, Step: 1, Told: told, Mail: true},
		})
	})
}

// to waits for the n-th mail to an address.
func (r *rig) to(address string, n int) notify.Mail {
	r.T.Helper()
	var found notify.Mail
	r.Until(fmt.Sprintf("mail %d to %s", n, address), func() bool {
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
			r.T.Fatalf("got %d mails to %s, want %d", seen, address, n)
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
		r.Until("they wait together", func() bool {
			turns, err := r.DB.NoticeTurns(t.Context(), r.Now(), 10)
			return err == nil && len(turns) == 1
		})
		r.Pass(61 * time.Second)
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
			if err := r.DB.SaveNoticeWish(t.Context(), a, w); err != nil {
				t.Fatal(err)
			}
		}
		r.starts()
		r.late("a", "ann", "wei")
		r.late("b", "ann", "wei")
		r.Until("both wait", func() bool {
			turns, err := r.DB.NoticeTurns(t.Context(), r.Now(), 10)
			return err == nil && len(turns) == 1 && turns[0].Agent == "ann"
		})
		r.Pass(time.Hour)
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
		r.Until("it was tried", tried(1))
		r.Until("the failure is written down", func() bool {
			turns, err := r.DB.NoticeTurns(t.Context(), r.Now(), 1)
			return err == nil && len(turns) == 1 && turns[0].Failed == 1
		})
		stop()
		r.late("b", "ann") // not part of the mail that may be out already
		r.starts()
		r.Pass(3 * time.Minute)
		r.Until("it was tried again", tried(2))
		r.mu.Lock()
		r.down = false
		if r.tries[0] != r.tries[1] {
			t.Errorf("ids of two tries: got %q, want the same", r.tries)
		}
		r.mu.Unlock()
		r.Pass(time.Hour)
		if m := r.to("ann@firm.test", 1); !strings.HasSuffix(m.Subject, "first response is late") {
			t.Errorf("got %+v, want the first alone", m)
		}
		r.Pass(2 * time.Minute)
		r.to("ann@firm.test", 2)
	})
}
