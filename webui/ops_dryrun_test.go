package webui

import (
	"net/http"
	"strings"
	"testing"

	"yingda/desk"
	"yingda/sla"
)

// A policy is tried on what happened before it is in force: a shorter promise would have been broken, nothing is changed
// by asking, and a document that does not fit is refused at its field.
func TestDryRun(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.promises.Use(sla.Defaults())
	m := s.mail("help", "x@customer.test", "where is it")
	boss := s.signsIn("cai")
	path := "/conversations/" + string(m.Conversation)
	resolved := desk.Resolved
	if err := s.desk.Change(t.Context(), m.Conversation, desk.Change{Actor: desk.System(), Status: &resolved}); err != nil {
		t.Fatal(err)
	}
	before := get[ClockHistory](boss, path+"/clocks")
	const doc = `{"id":"","name":"Mail","order":1,"disabled":false,"when":{},"targets":[{"target":"resolution","within_s":1,"calendar":""}],"warnings":[],"keep_running":false,"notices_in":""}`
	a := want[DryRunAnswer](boss, http.MethodPost, "/settings/policies/tried/dryrun", `{"days":7,"doc":`+doc+`}`)
	if !a.Whole || a.Played != 1 || len(a.Items) == 0 {
		t.Fatalf("got %+v, want the one conversation counted again", a)
	}
	var was, would int
	for _, l := range a.Items {
		switch l.Target { //nolint:exhaustive // the others ended in neither way
		case desk.FirstResponse, desk.NextResponse:
			was, would = was+l.Was.Cancelled, would+l.Would.Cancelled
		case desk.Resolution:
			if l.Would.Met+l.Would.Late != 1 || l.Was.Met+l.Was.Late != 0 {
				t.Errorf("resolution: got %+v, want one that nobody had promised", l)
			}
		}
	}
	if was != 2 || would != 0 {
		t.Errorf("responses: got %d, would have been %d, want 2 and none: the tried policy promises none", was, would)
	}
	if after := get[ClockHistory](boss, path+"/clocks"); len(after.Turns) != len(before.Turns) {
		t.Errorf("asking changed the record: got %d turns, want %d", len(after.Turns), len(before.Turns))
	}
	wrong := strings.Replace(doc, `"within_s":1,"calendar":""`, `"within_s":1,"calendar":"nowhere"`, 1)
	if got := boss.do(http.MethodPost, "/settings/policies/tried/dryrun", `{"days":7,"doc":`+wrong+`}`); got.reason() != "setting_invalid" || !strings.Contains(string(got.body), "targets[0].calendar") {
		t.Errorf("a calendar that is none: got %d %s", got.status, got.body)
	}
}
