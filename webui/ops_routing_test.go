package webui

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"yingda/desk"
	"yingda/router"
)

// judge is a Steering that knows the shop's names and forecasts nothing.
type judge struct{ d func() desk.Directory }

func (j judge) Check(_ context.Context, doc router.Routing) ([]router.RoutingFinding, error) {
	return doc.Check(router.House{Dir: j.d()}), nil
}

func (judge) Forecast(context.Context, desk.QueueID, router.ForecastAsk) (router.RoutingForecast, error) {
	side := router.Forecast{
		Queues: []router.QueueForecast{{Queue: "support"}, {Queue: "sales"}},
		Agents: []router.AgentForecast{{Agent: "ann"}, {Agent: "dan"}, {Agent: "added 1"}},
	}
	return router.RoutingForecast{
		Day: "2026-11-21", Present: side, Draft: side, Queues: []router.FiguresDifference{{}, {Queue: "support"}, {Queue: "sales"}},
	}, nil
}

// A draft is saved, judged, compared, published and rolled back; what it was stays to be read.
func TestRoutingFromDraftToRollback(t *testing.T) {
	t.Parallel()
	s := newShop(t, func(d *Deps) { d.Steering = judge{d.Dir} })
	ann, bo, cai := s.signsIn("ann"), s.signsIn("bo"), s.signsIn("cai")
	const base = "/settings/routing/support"
	must := func(p *person, method, path, body string, status int) answer {
		t.Helper()
		got := p.do(method, path, body)
		if got.status != status {
			t.Fatalf("%s %s: got %d %s, want %d", method, path, got.status, got.body, status)
		}
		return got
	}
	must(ann, http.MethodGet, base+"/draft", "", http.StatusForbidden)
	must(bo, http.MethodGet, "/settings/routing/sales/draft", "", http.StatusNotFound)
	must(bo, http.MethodPut, base+"/draft", `{"version":0,"doc":{"id":"support","steps":[],"delays":[],"rules":[{"name":"one","when":{"channel":["chat"]},"boost_min":5}]}}`, http.StatusOK)
	diff := get[RoutingDifference](bo, base+"/draft/difference")
	if diff.Version != 0 || len(diff.Changes) != 1 || diff.Changes[0].Path != "rules" || diff.Changes[0].Kind != "added" {
		t.Errorf("against the queue's own settings: got %+v", diff)
	}
	must(bo, http.MethodPost, base+"/publish", `{"draft":9,"version":0}`, http.StatusConflict)
	must(bo, http.MethodPost, base+"/publish", `{"draft":1,"version":0}`, http.StatusOK)
	must(bo, http.MethodGet, base+"/draft", "", http.StatusNotFound)

	got := must(bo, http.MethodPut, base+"/draft", `{"version":0,"doc":{"id":"support","steps":[],"delays":[],"rules":[{"name":"two","when":{},"queue":"nowhere"},{"name":"one","when":{"channel":["chat"]},"boost_min":9}]}}`, http.StatusOK)
	var draft RoutingDraft
	if err := json.Unmarshal([]byte(got.body), &draft); err != nil || len(draft.Findings) == 0 || !draft.Findings[0].Error || draft.Findings[0].Path != "rules[0].queue" {
		t.Errorf("findings of a draft: got %v %s", err, got.body)
	}
	diff = get[RoutingDifference](bo, base+"/draft/difference")
	var paths []string
	for _, c := range diff.Changes {
		paths = append(paths, c.Kind+" "+c.Path)
	}
	if want := "added rules[two], changed rules[one].boost_min"; strings.Join(paths, ", ") != want {
		t.Errorf("the difference: got %s, want %s", strings.Join(paths, ", "), want)
	}
	// bo may not send work to a queue that is not theirs, in a draft neither.
	if got := bo.do(http.MethodPut, base+"/draft", `{"version":3,"doc":{"id":"support","steps":[],"delays":[],"rules":[{"name":"x","when":{},"queue":"sales"}]}}`); got.reason() != "queue_not_yours" {
		t.Errorf("another's queue: got %d %s", got.status, got.body)
	}
	s.save(desk.SettingTeam, "two", desk.Team{ID: "two", Name: "Two", Queues: []desk.QueueID{"sales"}})
	if got := bo.do(http.MethodPut, base+"/draft", `{"version":3,"doc":{"id":"support","steps":[{"after_s":9,"teams":["two"]}],"delays":[],"rules":[]}}`); got.reason() != "team_not_yours" {
		t.Errorf("another's team: got %d %s", got.status, got.body)
	}
	must(cai, http.MethodPut, base+"/draft", `{"version":3,"doc":{"id":"support","steps":[],"delays":[],"rules":[{"name":"x","when":{},"queue":"sales"}]}}`, http.StatusOK)
	must(cai, http.MethodPost, base+"/publish", `{"draft":4,"version":1}`, http.StatusOK)

	versions := get[Page[DocVersion[router.Routing]]](bo, base+"/versions")
	if len(versions.Items) != 2 || !versions.Items[0].Current || versions.Items[0].By.ID != "cai" || versions.Items[1].By.ID != "bo" {
		t.Fatalf("versions: got %+v", versions.Items)
	}
	if one := get[DocVersion[router.Routing]](bo, base+"/versions/1"); len(one.Doc.Rules) != 1 || one.Doc.Rules[0].Name != "one" || one.Current {
		t.Errorf("version 1: got %+v", one)
	}
	must(bo, http.MethodPost, base+"/versions/1/restore", `{"version":1}`, http.StatusConflict)
	must(bo, http.MethodPost, base+"/versions/1/restore", `{"version":2}`, http.StatusOK)
	if now := get[SettingOf[router.Routing]](bo, base); now.Version != 3 || now.Doc.Rules[0].Name != "one" {
		t.Errorf("after the rollback: got %+v", now)
	}
	must(bo, http.MethodGet, base+"/versions/77", "", http.StatusNotFound)
	must(bo, http.MethodPost, "/routing/queues/support/forecast", `{}`, http.StatusOK)
	must(bo, http.MethodPost, "/routing/queues/sales/forecast", `{}`, http.StatusNotFound)
	must(cai, http.MethodGet, "/settings/queues/support/versions", "", http.StatusOK)
}

// A forecast asks about nobody else's queues and people, and tells of none (UP-X3).
func TestForecastWithinScope(t *testing.T) {
	t.Parallel()
	s := newShop(t, func(d *Deps) { d.Steering = judge{d.Dir} })
	bo, cai := s.signsIn("bo"), s.signsIn("cai")
	const path = "/routing/queues/support/forecast"
	s.save(desk.SettingTeam, "two", desk.Team{ID: "two", Name: "Two", Queues: []desk.QueueID{"sales"}})
	s.save(desk.SettingTeam, "both", desk.Team{ID: "both", Name: "Both", Queues: []desk.QueueID{"sales", "support"}})
	s.save(desk.SettingTeam, "night", desk.Team{ID: "night", Name: "Night"})
	for _, lent := range []string{"both", "night"} { // a team that shares a queue, or serves none by itself
		want[router.RoutingForecast](bo, http.MethodPost, path, `{"doc":{"id":"support","steps":[{"after_s":9,"teams":["`+lent+`"]}],"delays":[],"rules":[]}}`)
	}
	for body, reason := range map[string]string{
		`{"doc":{"id":"support","steps":[],"delays":[],"rules":[{"name":"x","when":{},"queue":"sales"}]}}`:                         "queue_not_yours",
		`{"doc":{"id":"support","steps":[],"delays":[],"rules":[{"name":"x","when":{},"steps":[{"after_s":9,"teams":["two"]}]}]}}`: "team_not_yours",
		`{"add":[{"count":1,"queues":["sales"]}]}`: "queue_not_yours",
		`{"remove":["dan"]}`:                       "agent_unknown",
	} {
		if got := bo.do(http.MethodPost, path, body); got.reason() != reason {
			t.Errorf("%s: got %d %s, want %s", body, got.status, got.body, reason)
		}
		want[router.RoutingForecast](cai, http.MethodPost, path, body)
	}
	for who, n := range map[*person]int{bo: 1, cai: 2} {
		got := want[router.RoutingForecast](who, http.MethodPost, path, `{"remove":["ann"]}`)
		if len(got.Present.Queues) != n || len(got.Draft.Queues) != n || len(got.Queues) != n+1 || len(got.Draft.Agents) != n+1 {
			t.Errorf("got %+v, want %d queues and as many agents, and who was added", got, n)
		}
	}
}

// What a policy in force names is not deleted under it.
func TestAPolicyKeepsWhatItNames(t *testing.T) {
	t.Parallel()
	s := newShop(t, func(d *Deps) { d.Steering = judge{d.Dir} })
	cai := s.signsIn("cai")
	s.save(desk.SettingTeam, "night", desk.Team{ID: "night", Name: "Night"})
	s.save(desk.SettingRouting, "support", router.Routing{ID: "support", Steps: []router.RoutingStep{{After: 60, Teams: []desk.TeamID{"night"}}}})
	if got := cai.do(http.MethodDelete, "/settings/teams/night?version=1", ""); got.reason() != "in_use" {
		t.Errorf("a team the policy widens to: got %d %s, want in_use", got.status, got.body)
	}
	s.save(desk.SettingRouting, "support", router.Routing{ID: "support"})
	if got := cai.do(http.MethodDelete, "/settings/teams/night?version=1", ""); got.status != http.StatusOK {
		t.Errorf("a team nobody names: got %d %s, want it deleted", got.status, got.body)
	}
}

func TestDifferences(t *testing.T) {
	t.Parallel()
	rule := func(name string, boost int) router.RoutingRule { return router.RoutingRule{Name: name, Boost: boost} }
	a := router.Routing{ID: "q", Rules: []router.RoutingRule{rule("a", 1), rule("b", 2), rule("c", 3)}}
	b := router.Routing{ID: "q", Rules: []router.RoutingRule{rule("c", 3), rule("a", 1), rule("d", 4)}, OwnFirst: true}
	got, err := differences(a, b)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, c := range got {
		lines = append(lines, c.Kind+" "+c.Path)
	}
	if want := "added own_first, removed rules[b], moved rules[c], moved rules[a], added rules[d]"; strings.Join(lines, ", ") != want {
		t.Errorf("got %s, want %s", strings.Join(lines, ", "), want)
	}
	if same, _ := differences(a, a); len(same) != 0 {
		t.Errorf("a document and itself: got %+v", same)
	}
}
