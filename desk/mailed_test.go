package desk_test

import (
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
