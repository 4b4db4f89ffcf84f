package notify_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"yingda/channels/notify"
	"yingda/desk"
	"yingda/sla"
	"yingda/store/storetest"
)

// press makes reports: the wishes are those of the record, the figures are always the same.
type press struct {
	*rig
	desk   *desk.Service
	barred bool // the reader may see nothing any more
	asked  []string
}

func newPress(r *rig) *press {
	return &press{rig: r, desk: desk.New(desk.Config{
		Store: r.DB, Promises: sla.Defaults(), Now: r.Now, NewID: func() string { return uuid.Must(uuid.NewV7()).String() },
	})}
}

func (p *press) Wishes(ctx context.Context) ([]notify.Wish, error) {
	docs, err := p.DB.Settings(ctx, desk.SettingReportMail)
	var out []notify.Wish
	for _, d := range docs {
		w := notify.Wish{Since: d.UpdatedAt}
		if err := json.Unmarshal(d.Doc, &w.ReportMail); err != nil {
			return nil, err
		}
		out = append(out, w)
	}
	return out, err
}

func (p *press) Report(_ context.Context, m desk.ReportMail, from, to string) (notify.Report, error) {
	if p.barred {
		return notify.Report{}, desk.Refuse(desk.Forbidden, "no_access")
	}
	p.asked = append(p.asked, from+".."+to)
	kept := 75.0
	return notify.Report{To: string(m.Agent) + "@firm.test", Name: "promises.csv", File: []byte("queue,met\n"), Lines: []notify.ReportLine{
		{Key: "q1", Name: "General", Target: desk.FirstResponse, Met: 3, Late: 1, Kept: &kept},
		{Key: "q1", Name: "General", Target: desk.RequesterWait, Cancelled: 2},
	}}, nil
}

func (p *press) End(ctx context.Context, id, why string) error {
	return p.desk.EndReportMail(ctx, desk.System(), id, why)
}

// wants subscribes wei.
func (p *press) wants(every desk.Rhythm, hour int) desk.ReportMail {
	p.T.Helper()
	m, err := p.desk.MailReports(p.T.Context(), desk.AgentActor("wei", desk.RoleSupervisor), desk.ReportMail{
		By: "queue", Every: every, Hour: hour, Zone: "Asia/Shanghai", Locale: "zh-CN",
	})
	if err != nil {
		p.T.Fatal(err)
	}
	return m
}

// reporter is one more node, or the same one after a restart.
func (p *press) reporter() *notify.Reporter {
	return notify.NewReporter(notify.ReporterDeps{Reports: p, Spool: p.DB, Post: p, Page: "https://desk.test/reports", Now: p.Now, Log: slog.New(slog.DiscardHandler)})
}

func (p *press) round(r *notify.Reporter) []notify.Mail {
	p.T.Helper()
	if err := r.Round(p.T.Context()); err != nil {
		p.T.Fatal(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	out := p.box
	p.box = nil
	return out
}

// A report comes at its hour, once over restarts and nodes, with the figures in the text and the file.
func TestAReportComesOnceAtItsHour(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, r *rig) {
		p := newPress(r) // Monday 09:00 in Shanghai
		p.wants(desk.EachDay, 18)
		first, second := p.reporter(), p.reporter()
		p.Pass(9*time.Hour - time.Second)
		if got := p.round(first); len(got) != 0 {
			t.Fatalf("before its hour: got %+v, want nothing", got)
		}
		p.Pass(time.Second)
		got := p.round(first)
		if len(got) != 1 || got[0].To != "wei@firm.test" || len(got[0].Files) != 1 || string(got[0].Files[0].Data) != "queue,met\n" {
			t.Fatalf("at its hour: got %+v, want one with its file", got)
		}
		want := "时限报表（按队列），2026-09-20，日期按 Asia/Shanghai 计\n\n" +
			"General · 首次响应：已达标 3，超时 1（达标率 75.0%），不再适用 0，已豁免 0\nGeneral · 客户等待：已达标 0，超时 0，不再适用 2，已豁免 0\n\n" +
			"完整数据见附件，内容以您目前的查看权限为准。\n修改或取消这些邮件：\nhttps://desk.test/reports\n"
		if d := cmp.Diff(want, got[0].Text); d != "" {
			t.Errorf("text (-want +got):\n%s", d)
		}
		for name, n := range map[string]*notify.Reporter{"the same node": first, "the other": second, "after a restart": p.reporter()} {
			if again := p.round(n); len(again) != 0 {
				t.Errorf("%s: got %+v, want nothing more", name, again)
			}
		}
		if d := cmp.Diff([]string{"2026-09-20..2026-09-20"}, p.asked); d != "" {
			t.Errorf("days (-want +got):\n%s", d)
		}
	})
}

// What was missed while nobody could send comes once, the newest alone, and says that it is late; a mail that is tried
// again is the same mail.
func TestAMissedReportComesOnceAndSaysSo(t *testing.T) {
	t.Parallel()
	r := newRig(storetest.NewRig(t, storetest.SQLite(t), day))
	p := newPress(r)
	p.wants(desk.EachDay, 18)
	p.Pass(3*24*time.Hour + 10*time.Hour) // down from Monday to Thursday 19:00
	n := p.reporter()
	p.mu.Lock()
	p.down = true
	p.mu.Unlock()
	if got := p.round(n); len(got) != 0 {
		t.Fatalf("the server is down: got %+v", got)
	}
	if got := p.round(n); len(p.tries) != 1 || len(got) != 0 {
		t.Errorf("at once again: got %d tries, want a pause first", len(p.tries))
	}
	p.mu.Lock()
	p.down = false
	p.mu.Unlock()
	p.Pass(2 * time.Minute)
	got := p.round(n)
	if len(got) != 1 || !strings.Contains(got[0].Text, "原定 2026-09-24 18:00 CST 发送") || p.asked[len(p.asked)-1] != "2026-09-23..2026-09-23" {
		t.Fatalf("got %+v for %v, want Thursday's alone, said to be late", got, p.asked)
	}
	if p.tries[0] != p.tries[len(p.tries)-1] {
		t.Errorf("ids: got %v, want the same on every try", p.tries)
	}
	if again := p.round(p.reporter()); len(again) != 0 {
		t.Errorf("again: got %+v, want nothing", again)
	}
}

// A mail server that refuses a report for a day hears no more of it; the next one comes at its hour.
func TestAReportThatFailsForADayIsGivenUp(t *testing.T) {
	t.Parallel()
	p := newPress(newRig(storetest.NewRig(t, storetest.SQLite(t), day)))
	p.wants(desk.EachWeek, 6)
	p.down = true
	p.Pass(8 * 24 * time.Hour)
	n := p.reporter()
	for range 30 {
		p.round(n)
		p.Pass(time.Hour)
	}
	tries := len(p.tries)
	p.Pass(24 * time.Hour)
	if p.round(n); tries < 20 || len(p.tries) != tries {
		t.Errorf("tries: got %d, then %d; want a day of them and no more", tries, len(p.tries))
	}
	p.down = false
	p.Pass(7 * 24 * time.Hour)
	if got := p.round(n); len(got) != 1 || got[0].ID == p.tries[0] {
		t.Errorf("a week later: got %+v, want the next report", got)
	}
}

// Who may see nothing any more gets nothing, and the wish ends with a fact.
func TestAReportEndsWithItsReadersAccess(t *testing.T) {
	t.Parallel()
	r := newRig(storetest.NewRig(t, storetest.SQLite(t), day))
	p := newPress(r)
	m := p.wants(desk.EachWeek, 6)
	p.barred = true
	p.Pass(8 * 24 * time.Hour)
	if got := p.round(p.reporter()); len(got) != 0 {
		t.Fatalf("got %+v, want nothing sent", got)
	}
	left, err := p.Wishes(t.Context())
	if err != nil || len(left) != 0 {
		t.Errorf("wishes: got %+v (%v), want none left", left, err)
	}
	facts, err := p.DB.EventsAfter(t.Context(), 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	last := facts[len(facts)-1]
	if d := cmp.Diff(desk.Fact(desk.ReportMailEnded{Agent: "wei", Why: "no_access"}), last.Fact); d != "" || !strings.HasSuffix(last.Subject.ID, m.ID) {
		t.Errorf("the fact about %s (-want +got):\n%s", last.Subject.ID, d)
	}
	if err := p.desk.EndReportMail(t.Context(), desk.AgentActor("wei", desk.RoleSupervisor), m.ID, ""); desk.CodeOf(err) != desk.NotFound {
		t.Errorf("ended twice: got %v, want not found", err)
	}
}
