package webui

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"yingda/desk"
)

// look holds the board against the rules once, as the watching node does every few seconds.
func (s *shop) look(since map[string]time.Time) {
	s.Helper()
	if err := s.srv.Hub.lookForAlerts(s.Context(), since); err != nil {
		s.Fatal(err)
	}
}

// settled waits until the board has heard what was done.
func (s *shop) settled(queue string, waiting int) {
	s.Helper()
	bo := s.signsIn("cai")
	for range 3000 {
		for _, q := range get[Board](bo, "/board").Queues {
			if q.ID == queue && q.Waiting == waiting {
				return
			}
		}
		pause(s.Context(), 10*time.Millisecond)
	}
	s.Fatalf("%s never had %d waiting", queue, waiting)
}

// An alert is raised once, is there after the watcher changed, stays while the number wavers, is acknowledged and snoozed
// within one's scope, and is cleared when the number is well back.
func TestAlerts(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.save(desk.SettingAlert, "long", desk.AlertRule{ID: "long", Name: "长队", Measure: desk.MeasureWaiting, Raise: 2, Clear: 1})
	bo, ann, cai := s.signsIn("bo"), s.signsIn("ann"), s.signsIn("cai")
	since := map[string]time.Time{}
	first := s.mail("help", "x@customer.test", "one")
	s.mail("help", "y@customer.test", "two")
	s.mail("buy", "z@customer.test", "three")
	s.settled("support", 2)
	s.settled("sales", 1)
	s.look(since)
	s.look(map[string]time.Time{}) // another node, or the same after a restart
	open := get[Board](bo, "/board").Alerts
	if len(open) != 1 || open[0].Queue != "support" || open[0].Value != 2 || open[0].Name != "长队" {
		t.Fatalf("open: got %+v, want one of support at 2", open)
	}
	path := "/alerts/" + open[0].ID
	if got := bo.do(http.MethodPost, path+"/acknowledge", ""); got.status != http.StatusOK || !strings.Contains(got.body, `"Bo"`) {
		t.Errorf("acknowledge: got %d %s", got.status, got.body)
	}
	for reason, until := range map[string]time.Time{
		"snooze_in_past": time.Now().Add(-time.Minute), "snooze_too_long": time.Now().Add(31*24*time.Hour + time.Minute),
	} {
		if got := bo.do(http.MethodPost, path+"/snooze", `{"until":"`+until.UTC().Format(time.RFC3339)+`"}`); got.status != http.StatusUnprocessableEntity || got.reason() != reason {
			t.Errorf("snooze until %s: got %d %s, want %s", until, got.status, got.body, reason)
		}
	}
	if got := bo.do(http.MethodPost, path+"/snooze", `{"until":"9999-12-31T00:00:00Z"}`); got.reason() != "snooze_too_long" {
		t.Errorf("snooze for ever: got %d %s, want snooze_too_long", got.status, got.body)
	}
	until := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	if got := bo.do(http.MethodPost, path+"/snooze", `{"until":"`+until+`"}`); got.status != http.StatusOK {
		t.Errorf("snooze: got %d %s", got.status, got.body)
	}
	if got := ann.do(http.MethodGet, "/alerts", ""); got.status != http.StatusForbidden {
		t.Errorf("as agent: got %d %s, want 403", got.status, got.body)
	}
	resolve(cai, string(first.Conversation))
	s.settled("support", 1)
	s.look(since)
	if open := get[Board](bo, "/board").Alerts; len(open) != 0 {
		t.Errorf("back at 1: got %+v, want it cleared", open)
	}
	past := get[Page[Alert]](bo, "/alerts").Items
	if len(past) != 1 || past[0].ClearedAt.IsZero() || past[0].Acknowledged == nil {
		t.Errorf("history: got %+v", past)
	}
	if got := bo.do(http.MethodPost, path+"/acknowledge", ""); got.status != http.StatusConflict || got.reason() != "alert_over" {
		t.Errorf("acknowledge what is over: got %d %s", got.status, got.body)
	}
	s.save(desk.SettingAlert, "sales", desk.AlertRule{ID: "sales", Name: "Sales", Measure: desk.MeasureWaiting, Queues: []desk.QueueID{"sales"}, Raise: 1})
	s.look(since)
	foreign := get[Page[Alert]](cai, "/alerts").Items[0]
	if foreign.Queue != "sales" || len(get[Page[Alert]](bo, "/alerts").Items) != 1 {
		t.Errorf("of another team: got %+v; bo must not see it", foreign)
	}
	if got := bo.do(http.MethodPost, "/alerts/"+foreign.ID+"/acknowledge", ""); got.status != http.StatusNotFound {
		t.Errorf("foreign: got %d %s, want 404", got.status, got.body)
	}
}

func resolve(p *person, id string) {
	p.Helper()
	path := "/conversations/" + id
	version := get[Conversation](p, path).Version
	if res := p.do(http.MethodPatch, path, `{"version":`+strconv.FormatInt(version, 10)+`,"status":"resolved"}`); res.status != http.StatusOK {
		p.Fatalf("resolve: got %d %s", res.status, res.body)
	}
}

// A number that wavers between the two thresholds changes nothing; one that must last is not told before.
// A board says of its alerts how what they look at stands on it, by the rule that raises them.
func TestAlertStanding(t *testing.T) {
	t.Parallel()
	now, share := time.Unix(1000, 0), 89.9
	queues := []BoardQueue{{
		ID: "q", Waiting: 3, OnOffer: 2, LongestSince: at(now.Add(-5 * time.Second)), Service: ServiceLevel{Met: 899, Late: 101, Target: &share},
	}}
	channels := []Channel{{Inbox: "down", Since: at(now.Add(-9 * time.Second))}, {Inbox: "up", Up: true, Since: at(now.Add(-9 * time.Second))}}
	alerts := []Alert{
		{Measure: "waiting", Queue: "q"},
		{Measure: "longest_wait", Queue: "q"},
		{Measure: "service_level", Queue: "q"},
		{Measure: "channel_down", Inbox: "down"},
		{Measure: "channel_down", Inbox: "up"},
		{Measure: "waiting", Queue: "gone"},
	}
	standing(alerts, queues, channels, now)
	for i, want := range []int{5, 5, 89, 9, 0} {
		if got := alerts[i].Now; got == nil || *got != want {
			t.Errorf("%s %s: got %v, want %d", alerts[i].Measure, alerts[i].Inbox, got, want)
		}
	}
	if alerts[5].Now != nil {
		t.Errorf("of a queue that is not there: got %d, want nothing", *alerts[5].Now)
	}
}

func TestAlertJudged(t *testing.T) {
	t.Parallel()
	r := desk.AlertRule{Measure: desk.MeasureLongest, Raise: 100}
	for value, want := range map[int][2]bool{79: {false, true}, 80: {false, true}, 81: {false, false}, 99: {false, false}, 100: {true, false}} {
		if got := [2]bool{r.Beyond(value), r.Back(value)}; got != want {
			t.Errorf("%d: got beyond and back %v, want %v", value, got, want)
		}
	}
	service := desk.AlertRule{Measure: desk.MeasureService, Raise: 90}
	for value, want := range map[int][2]bool{89: {true, false}, 90: {false, false}, 91: {false, false}, 92: {false, true}} {
		if got := [2]bool{service.Beyond(value), service.Back(value)}; got != want {
			t.Errorf("service %d: got %v, want %v", value, got, want)
		}
	}
}

// An inbox that is down is told of from when it went down; one that was switched off is not down.
func TestChannelAlerts(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	cai := s.signsIn("cai")
	s.settled("support", 0)
	s.save(desk.SettingAlert, "down", desk.AlertRule{ID: "down", Name: "Down", Measure: desk.MeasureChannel, Raise: 60, Inboxes: []desk.InboxID{"help"}})
	down := desk.Event{
		Subject: desk.Subject{Kind: desk.AboutInbox, ID: "help"}, Actor: desk.System(), At: time.Now().Add(-time.Hour), Fact: desk.ChannelState{Cause: "timeout"},
	}
	again := down
	again.At, again.Fact = time.Now(), desk.ChannelState{Cause: "refused"}
	if err := s.db.Update(t.Context(), desk.About{}, func(tx desk.Tx) error { return tx.Append(down, again) }); err != nil {
		t.Fatal(err)
	}
	s.look(map[string]time.Time{})
	if open := get[Board](cai, "/board").Alerts; len(open) != 1 || open[0].Inbox != "help" || open[0].Value < 3600 {
		t.Fatalf("down for an hour, with a new cause: got %+v", open)
	}
	inbox, _ := s.db.Directory().Inbox("help")
	inbox.Enabled = false
	s.save(desk.SettingInbox, "help", inbox)
	s.look(map[string]time.Time{})
	if open := get[Board](cai, "/board").Alerts; len(open) != 0 {
		t.Errorf("switched off: got %+v, want no alert", open)
	}
}
