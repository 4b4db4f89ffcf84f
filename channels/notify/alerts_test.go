package notify_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"yingda/desk"
	"yingda/store"
)

// alarms raises and clears alerts as a node of the house does.
func (r *rig) alarms(db *store.DB) *desk.Service {
	return desk.New(desk.Config{Store: db, Now: r.Now, NewID: uuid.NewString})
}

var (
	long = desk.Alert{Rule: "long", Name: "Long queue", Measure: desk.MeasureWaiting, Queue: "sales", Value: 12, Raise: 10}
	duty = desk.AlertRule{Mail: true, To: []desk.Recipient{
		{Kind: desk.ToMail, ID: "Duty@Firm.test"}, {Kind: desk.ToAgent, ID: "ann"}, {Kind: desk.ToAgent, ID: "wei"},
	}}
)

// TestAlertsMailedOnce: an alert that every node of a house sees is mailed once to each person it names, in their
// language and hours, also when the node that mails is another one meanwhile and when it is raised again and again while
// it is open (UP-S5).
func TestAlertsMailedOnce(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, r *rig) {
		wish := desk.NoticeWish{Zone: "Asia/Shanghai", From: "10:00", To: "19:00"}
		if err := r.DB.SaveNoticeWish(t.Context(), "wei", wish); err != nil {
			t.Fatal(err)
		}
		nodes := []*desk.Service{r.alarms(r.DB), r.alarms(r.DB)}
		if strings.HasPrefix(r.URL, "postgres") {
			nodes[1] = r.alarms(r.Open())
		}
		stop := r.starts()
		r.raise(nodes, true)
		first := r.to("duty@firm.test", 1)
		if first.Subject != "sales: 12 conversations wait (told from 10)" || !strings.Contains(first.Text, "Long queue") || !strings.Contains(first.Text, "https://desk.test/alerts") {
			t.Errorf("mail: got %q\n%s", first.Subject, first.Text)
		}
		r.to("ann@firm.test", 1)
		stop()
		r.starts() // another node mails from here on
		r.raise(nodes, false)
		r.Pass(time.Hour)
		if got := r.to("wei@firm.test", 1).Subject; got != "sales：12 个会话在等待（达到 10 个即预警）" {
			t.Errorf("in wei's hours: got %q", got)
		}
		if err := nodes[1].ClearAlert(t.Context(), long.About(), 3); err != nil {
			t.Fatal(err)
		}
		r.raise(nodes, true) // it is a new one
		r.to("duty@firm.test", 2)
		r.to("ann@firm.test", 2)
	})
}

// raise lets every node see the same at once; fresh says whether that is a new alert.
func (r *rig) raise(nodes []*desk.Service, fresh bool) {
	r.T.Helper()
	var wg sync.WaitGroup
	raised := make([]bool, len(nodes))
	for i, n := range nodes {
		wg.Go(func() {
			for range 3 {
				ok, err := n.RaiseAlert(context.Background(), long, duty)
				if err != nil && desk.CodeOf(err) != desk.Conflict {
					r.T.Errorf("raise: %v", err)
				}
				raised[i] = raised[i] || ok
			}
		})
	}
	wg.Wait()
	count := 0
	for _, ok := range raised {
		if ok {
			count++
		}
	}
	if want := map[bool]int{true: 1, false: 0}[fresh]; count != want {
		r.T.Errorf("raised: got %d times, want %d", count, want)
	}
}

// TestSnoozedAlertsMailNobody: one that comes back within its snooze is on the board, and in nobody's mail; the next is
// mailed together with what else waits.
func TestSnoozedAlertsMailNobody(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, r *rig) {
		s := r.alarms(r.DB)
		r.starts()
		raise := func(a desk.Alert) {
			t.Helper()
			if ok, err := s.RaiseAlert(t.Context(), a, duty); err != nil || !ok {
				t.Fatalf("raise: got %t, %v", ok, err)
			}
		}
		raise(long)
		r.to("duty@firm.test", 1)
		open, err := r.DB.OpenAlerts(t.Context())
		if err != nil || len(open) != 1 {
			t.Fatalf("open: got %+v, %v", open, err)
		}
		if err := s.SnoozeAlert(t.Context(), desk.AgentActor("ann", desk.RoleSupervisor), long.About(), open[0].ID, r.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		if err := s.ClearAlert(t.Context(), long.About(), 1); err != nil {
			t.Fatal(err)
		}
		r.Pass(2 * time.Minute)
		raise(long)
		other := long
		other.Queue = "support"
		raise(other)
		if m := r.to("duty@firm.test", 2); m.Subject != "support: 12 conversations wait (told from 10)" {
			t.Errorf("got %q, want the one that is not snoozed alone", m.Subject)
		}
	})
}

// TestAlertsKeepTheirHours: an address that is nobody's has no hours of its own; where the rule names a calendar its mails
// wait for the next opening, also of another node, and come as one. People of ours are told by their own hours, and other
// mails to the same address go out meanwhile.
func TestAlertsKeepTheirHours(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, r *rig) {
		r.Pass(10 * time.Hour) // 19:00 in Shanghai
		s := r.alarms(r.DB)
		stop := r.starts()
		kept := duty
		kept.NoticesIn = "office"
		raise := func(queue desk.QueueID, rule desk.AlertRule) {
			t.Helper()
			a := long
			a.Queue = queue
			if ok, err := s.RaiseAlert(t.Context(), a, rule); err != nil || !ok {
				t.Fatalf("raise: got %t, %v", ok, err)
			}
		}
		raise("sales", kept)
		raise("support", kept)
		r.to("ann@firm.test", 1)
		loud := duty
		raise("returns", loud)
		if m := r.to("duty@firm.test", 1); !strings.Contains(m.Subject, "returns") || strings.Contains(m.Text, "sales") {
			t.Errorf("by night: got %q\n%s\nwant the rule without hours alone", m.Subject, m.Text)
		}
		stop()
		r.starts()
		r.Pass(13*time.Hour + 59*time.Minute)
		raise("evening", loud) // 08:59: what is not kept back goes, the rest stays
		if m := r.to("duty@firm.test", 2); strings.Contains(m.Text, "support") {
			t.Errorf("before the opening: got %q\n%s", m.Subject, m.Text)
		}
		r.Pass(time.Minute + time.Second)
		if m := r.to("duty@firm.test", 3); !strings.Contains(m.Text, "sales") || !strings.Contains(m.Text, "support") || strings.Contains(m.Text, "returns") {
			t.Errorf("at the opening: got %q\n%s\nwant both that waited", m.Subject, m.Text)
		}
	})
}
