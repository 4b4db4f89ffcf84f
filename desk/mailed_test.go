package desk_test

import (
	"encoding/json"
	"slices"
	"sync"
	"testing"
	"time"

	"yingda/desk"
)

// When a report comes and what it is about, over months, weeks and nights that are longer or shorter.
func TestWhenAReportComes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		every      desk.Rhythm
		hour       int
		zone, now  string
		last, days string
	}{
		{desk.EachDay, 8, "Asia/Shanghai", "2026-09-21T08:00:00+08:00", "2026-09-21T00:00:00Z", "2026-09-20..2026-09-20"},
		{desk.EachDay, 8, "Asia/Shanghai", "2026-09-21T07:59:59+08:00", "2026-09-20T00:00:00Z", "2026-09-19..2026-09-19"},
		{desk.EachDay, 0, "UTC", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", "2025-12-31..2025-12-31"},
		{desk.EachDay, 2, "Europe/Berlin", "2026-03-29T12:00:00Z", "2026-03-29T01:00:00Z", "2026-03-28..2026-03-28"}, // 02:00 is not there
		{desk.EachWeek, 8, "Asia/Shanghai", "2026-09-21T08:00:00+08:00", "2026-09-21T00:00:00Z", "2026-09-14..2026-09-20"},
		{desk.EachWeek, 8, "Asia/Shanghai", "2026-09-27T23:00:00+08:00", "2026-09-21T00:00:00Z", "2026-09-14..2026-09-20"}, // a Sunday
		{desk.EachWeek, 9, "Asia/Shanghai", "2026-09-21T08:00:00+08:00", "2026-09-14T01:00:00Z", "2026-09-07..2026-09-13"},
		{desk.EachMonth, 8, "America/New_York", "2026-03-31T12:00:00-04:00", "2026-03-01T13:00:00Z", "2026-02-01..2026-02-28"},
		{desk.EachMonth, 8, "UTC", "2026-01-01T07:00:00Z", "2025-12-01T08:00:00Z", "2025-11-01..2025-11-30"},
	} {
		now, err := time.Parse(time.RFC3339, c.now)
		if err != nil {
			t.Fatal(err)
		}
		m := desk.ReportMail{Every: c.every, Hour: c.hour, Zone: c.zone}
		at, ok := m.Last(now)
		from, to := m.Days(at)
		if got := at.UTC().Format(time.RFC3339); !ok || got != c.last || from+".."+to != c.days {
			t.Errorf("%s at %d in %s, seen at %s: got %s about %s..%s, want %s about %s", c.every, c.hour, c.zone, c.now, got, from, to, c.last, c.days)
		}
	}
	if _, ok := (desk.ReportMail{Every: desk.EachDay, Zone: "Mars"}).Last(monday); ok {
		t.Error("a zone nobody knows: got a moment, want none")
	}
}

// Supervisors alone get reports by mail, and only ones that make sense; nobody ends another's.
func TestReportMailsAreOnesOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	good := desk.ReportMail{By: "queue", Every: desk.EachWeek, Hour: 8, Zone: "Asia/Shanghai", Locale: "zh-CN"}
	for field, edit := range map[string]func(*desk.ReportMail){
		"by": func(m *desk.ReportMail) { m.By = "mood" }, "every": func(m *desk.ReportMail) { m.Every = "year" },
		"hour": func(m *desk.ReportMail) { m.Hour = 24 }, "zone": func(m *desk.ReportMail) { m.Zone = "Local" },
	} {
		bad := good
		edit(&bad)
		if _, err := w.svc.MailReports(w.ctx(), agent(lead), bad); desk.ReasonOf(err) != "setting_invalid" {
			t.Errorf("%s: got %v, want it refused", field, err)
		}
	}
	if _, err := w.svc.MailReports(w.ctx(), agent(ann), good); desk.ReasonOf(err) != "supervisors_only" {
		t.Errorf("an agent: got %v, want supervisors_only", err)
	}
	m, err := w.svc.MailReports(w.ctx(), agent(lead), good)
	w.must(err)
	if err := w.svc.EndReportMail(w.ctx(), desk.AgentActor(bob, desk.RoleSupervisor), m.ID, ""); desk.CodeOf(err) != desk.NotFound {
		t.Errorf("another's: got %v, want not found", err)
	}
	w.must(w.svc.EndReportMail(w.ctx(), agent(lead), m.ID, ""))
}

// Asked for at once by many pages a report comes once, and nobody gets more than so many; who has no address gets none.
func TestReportMailsAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	good := desk.ReportMail{By: "queue", Every: desk.EachWeek, Hour: 8, Zone: "Asia/Shanghai", Locale: "zh-CN"}
	var wg sync.WaitGroup
	ids := make([]string, 8)
	for i := range ids {
		wg.Go(func() {
			m, err := w.svc.MailReports(w.ctx(), agent(lead), good)
			if err != nil {
				t.Errorf("asked at once: %v", err)
			}
			ids[i] = m.ID
		})
	}
	wg.Wait()
	if got := slices.Compact(slices.Sorted(slices.Values(ids))); len(got) != 1 || got[0] == "" {
		t.Fatalf("asked at once: got %v, want one wish", got)
	}
	another := func(who desk.Actor, hour int, every desk.Rhythm) error {
		m := good
		m.Hour, m.Every = hour, every
		_, err := w.svc.MailReports(w.ctx(), who, m)
		return err
	}
	for i := 1; i < desk.MaxReportMails; i++ {
		w.must(another(agent(lead), i, desk.EachDay))
	}
	if err := another(agent(lead), 23, desk.EachMonth); desk.ReasonOf(err) != "too_many_report_mails" {
		t.Errorf("one more: got %v, want too_many_report_mails", err)
	}
	if err := another(agent(lead), 1, desk.EachDay); err != nil {
		t.Errorf("one that is there: got %v, want it again", err)
	}
	w.must(another(desk.AgentActor(bob, desk.RoleSupervisor), 23, desk.EachMonth)) // another's do not count
	w.must(w.svc.EndReportMail(w.ctx(), agent(lead), ids[0], ""))
	w.must(another(agent(lead), 23, desk.EachMonth))

	mute, err := json.Marshal(desk.Agent{ID: "mute", Name: "Mute", Role: desk.RoleSupervisor})
	w.must(err)
	_, err = w.svc.SaveSetting(w.ctx(), desk.System(), desk.Setting{Kind: desk.SettingAgent, ID: "mute", Doc: mute})
	w.must(err)
	if err := another(desk.AgentActor("mute", desk.RoleSupervisor), 8, desk.EachDay); desk.ReasonOf(err) != "no_mail_address" {
		t.Errorf("without an address: got %v, want no_mail_address", err)
	}
}
