package webui

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"yingda/desk"
	"yingda/sla"
)

// Reports by mail are one's own, asked for once however often, and say what their reader may see when they are made.
func TestReportMails(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.promises.Use(sla.Defaults())
	cai, bo, ann := s.signsIn("cai"), s.signsIn("bo"), s.signsIn("ann")
	for _, inbox := range []desk.InboxID{"help", "buy"} {
		m := s.mail(inbox, "x@customer.test", "where is it")
		done := desk.Resolved
		if err := s.srv.Desk.Change(t.Context(), m.Conversation, desk.Change{Actor: desk.System(), Status: &done}); err != nil {
			t.Fatal(err)
		}
	}
	body := `{"by":"queue","every":"week","hour":8,"zone":"Asia/Shanghai","locale":"zh-CN"}`
	if got := ann.do(http.MethodPost, "/reports/mails", body); got.status != http.StatusForbidden {
		t.Errorf("an agent: got %d, want 403", got.status)
	}
	if got := bo.do(http.MethodPost, "/reports/mails", strings.Replace(body, "Asia/Shanghai", "Mars", 1)); got.reason() != "setting_invalid" {
		t.Errorf("a zone nobody knows: got %s, want setting_invalid", got.reason())
	}
	first := want[desk.ReportMail](bo, http.MethodPost, "/reports/mails", body)
	if again := want[desk.ReportMail](bo, http.MethodPost, "/reports/mails", body); again != first || first.Agent != "bo" {
		t.Errorf("asked twice: got %+v, want %+v again, bo's", again, first)
	}
	if n := len(get[Page[desk.ReportMail]](cai, "/reports/mails").Items); n != 0 {
		t.Errorf("cai's list: got %d, want only one's own", n)
	}
	if got := cai.do(http.MethodDelete, "/reports/mails/"+first.ID, ""); got.status != http.StatusNotFound {
		t.Errorf("another's: got %d, want 404", got.status)
	}
	today := s.srv.Now().UTC().Format("2006-01-02")
	seen := func(who desk.AgentID) (int, error) {
		m := first
		m.Agent, m.Zone = who, "UTC"
		r, name, sheet, err := s.srv.MailedReport(context.Background(), m, today, today)
		if err == nil && (!strings.Contains(string(sheet), "met") || !strings.HasSuffix(name, "-by-queue.csv")) {
			t.Errorf("%s: got file %s with %q", who, name, sheet)
		}
		queues := map[string]bool{}
		for _, l := range r.Items {
			queues[l.Key] = true
		}
		return len(queues), err
	}
	for who, n := range map[desk.AgentID]int{"cai": 2, "bo": 1} {
		if got, err := seen(who); got != n || err != nil {
			t.Errorf("%s: got %d queues (%v), want %d", who, got, err, n)
		}
	}
	for _, who := range []desk.AgentID{"ann", "nobody"} { // no supervisor any more; gone
		if _, err := seen(who); desk.ReasonOf(err) != "no_access" {
			t.Errorf("%s: got %v, want no_access", who, err)
		}
	}
	want[struct{}](bo, http.MethodDelete, "/reports/mails/"+first.ID, "")
	if n := len(get[Page[desk.ReportMail]](bo, "/reports/mails").Items); n != 0 {
		t.Errorf("ended: got %d, want none", n)
	}
}
