package webui

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"yingda/desk"
	"yingda/router"
)

// Agents plan their own leave and set a focus block; supervisors those of their people, and nobody else's.
func TestLeaveAndFocus(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ann, bo := s.signsIn("ann"), s.signsIn("bo")
	from := time.Now().UTC().Add(time.Hour).Format(time.RFC3339)
	to := time.Now().UTC().Add(2 * time.Hour).Format(time.RFC3339)
	plan := `{"version":0,"absences":[{"id":"l1","from":"` + from + `","to":"` + to + `","deputy":"bo"}]}`
	got := want[Leave](ann, http.MethodPut, "/agents/ann/leave", plan)
	if got.Version != 1 || len(got.Absences) != 1 || got.Absences[0].Deputy != "bo" {
		t.Errorf("planned: got %+v", got)
	}
	if seen := get[Leave](bo, "/agents/ann/leave"); len(seen.Absences) != 1 {
		t.Errorf("the supervisor's view: got %+v, want one absence", seen)
	}
	if res := ann.do(http.MethodPut, "/agents/ann/leave", plan); res.status != http.StatusConflict {
		t.Errorf("an old version: got %d %s, want 409", res.status, res.body)
	}
	if res := ann.do(http.MethodGet, "/agents/bo/leave", ""); res.status != http.StatusNotFound {
		t.Errorf("a colleague's: got %d, want 404", res.status)
	}
	p := want[Presence](ann, http.MethodPut, "/me/presence", `{"state":"away","reason":"focus","minutes":30}`)
	if p.Reason != desk.ReasonFocus || p.Until.IsZero() {
		t.Errorf("focus: got %+v, want an end", p)
	}
	for _, bad := range []string{`{"state":"away","reason":"focus","minutes":600}`, `{"state":"away","reason":"siesta"}`} {
		if res := ann.do(http.MethodPut, "/me/presence", bad); res.status != http.StatusUnprocessableEntity && res.status != http.StatusBadRequest {
			t.Errorf("%s: got %d %s, want it refused", bad, res.status, res.body)
		}
	}
	if reasons := get[Directory](ann, "/directory").Reasons; len(reasons) < 6 {
		t.Errorf("reasons: got %+v, want the default ones", reasons)
	}
}

// How far what customers were told was from what came, within the supervisor's scope.
func TestWaitReport(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	now := s.srv.Now().UTC()
	wait := func(c string, q desk.QueueID, took time.Duration) desk.WaitForecast {
		return desk.WaitForecast{
			Conversation: desk.ConversationID(c), Queue: q, Medium: desk.Chat, At: now, Position: 2, Low: time.Minute, High: 3 * time.Minute,
			Shown: true, Took: took, Taken: true,
		}
	}
	waits := []desk.WaitForecast{wait("a", "support", 2*time.Minute), wait("b", "support", 5*time.Minute), wait("c", "sales", time.Minute)}
	if err := s.db.SaveWaits(t.Context(), waits); err != nil {
		t.Fatal(err)
	}
	rep := get[WaitReport](s.signsIn("bo"), "/reports/waits")
	if len(rep.Items) != 1 || rep.Items[0].Queue != "support" {
		t.Fatalf("bo's: got %+v, want support alone", rep.Items)
	}
	if rep.Enough != router.WaitEnough || rep.Promised != 100*router.WaitShare {
		t.Errorf("got %v %% promised of %d or more, want what the router goes by", rep.Promised, rep.Enough)
	}
	day := rep.Items[0].Today
	if day.Judged != 2 || day.Inside == nil || *day.Inside != 50 || day.Later != 1 || day.Off == nil || *day.Off != 90 {
		t.Errorf("today: got %+v, want half inside and 90 s off", day)
	}
	if res := s.signsIn("cai").do(http.MethodGet, "/reports/waits?zone=Mars", ""); !strings.Contains(res.body, "field_wrong") {
		t.Errorf("a zone of no planet of ours: got %d %s", res.status, res.body)
	}
}
