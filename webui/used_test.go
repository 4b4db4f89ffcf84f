package webui

import (
	"net/http"
	"strings"
	"testing"

	"yingda/desk"
	"yingda/sla"
)

// What an alert or an SLA policy watches or tells is not deleted under it.
func TestAlertsAndPromisesKeepWhatTheyName(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	cai := s.signsIn("cai")
	for _, by := range []string{"alert", "policy"} {
		s.save(desk.SettingQueue, "night", desk.Queue{ID: "night", Name: "Night"})
		s.save(desk.SettingInbox, "old", desk.Inbox{ID: "old", Name: "Old", Medium: desk.Email, Queue: "support"})
		s.save(desk.SettingWebhook, "erp", desk.Webhook{ID: "erp", Name: "ERP", URL: "https://erp.test/hook"})
		to := []desk.Recipient{{Kind: desk.ToWebhook, ID: "erp"}}
		rule := desk.AlertRule{ID: "w", Name: "Watches", Measure: desk.MeasureWaiting, Raise: 1}
		policy := sla.Policy{ID: "w", Name: "Watches"}
		if by == "alert" {
			rule.Queues, rule.Inboxes, rule.To, rule.NoticesIn = []desk.QueueID{"night"}, []desk.InboxID{"old"}, to, "duty"
		} else {
			policy.When = sla.Conditions{Queues: []desk.QueueID{"night"}, Inboxes: []desk.InboxID{"old"}}
			policy.Ladder = []sla.Step{{Level: 100, To: to}}
		}
		s.save(desk.SettingAlert, "w", rule)
		s.save(desk.SettingPolicy, "w", policy)
		version := "?version=" + map[string]string{"alert": "1", "policy": "3"}[by]
		paths := []string{"/settings/queues/night", "/settings/inboxes/old", "/settings/webhooks/erp"}
		if by == "alert" { // a policy's calendars are the book's to know
			s.save(desk.SettingCalendar, "duty", sla.Calendar{ID: "duty", Name: "Duty", TimeZone: "UTC", AlwaysOpen: true})
			paths = append(paths, "/settings/calendars/duty")
		}
		for _, path := range paths {
			got := cai.do(http.MethodDelete, path+version, "")
			if got.reason() != "in_use" || !strings.Contains(string(got.body), "Watches") {
				t.Errorf("%s that the %s names: got %d %s, want in_use", path, by, got.status, got.body)
			}
		}
		s.save(desk.SettingAlert, "w", desk.AlertRule{ID: "w", Name: "Watches", Measure: desk.MeasureWaiting, Raise: 1})
		s.save(desk.SettingPolicy, "w", sla.Policy{ID: "w", Name: "Watches"})
		for _, path := range paths {
			if got := cai.do(http.MethodDelete, path+version, ""); got.status != http.StatusOK {
				t.Errorf("%s that nobody names: got %d %s, want it deleted", path, got.status, got.body)
			}
		}
	}
}
