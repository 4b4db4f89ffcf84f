package webui

import (
	"context"
	"encoding/json"
	"net/http"
	"reflect"
	"slices"

	"yingda/desk"
	"yingda/router"
)

// Routing policies are documents like others, kept by supervisors of their queues, with a draft beside each.

func (s *Server) policyOps() {
	d := docs[router.Routing]{s: s, kind: desk.SettingRouting, may: s.mayRoute}
	const base, role = "/settings/routing", desk.RoleSupervisor
	documentRoutes(s, d, role, base, "Routing")
	w := docs[router.Routing]{s: s, kind: desk.SettingRoutingDraft, may: s.mayRoute}
	p := papers{s, d, w}
	add(s, op{role, http.MethodGet, base + "/{id}/draft", "getRoutingDraft", "The draft of a queue's policy, with what is to be said about it"}, p.draft)
	add(s, op{role, http.MethodPut, base + "/{id}/draft", "saveRoutingDraft", "Save a draft; nothing of it is in force"}, p.saveDraft)
	add(s, op{role, http.MethodDelete, base + "/{id}/draft", "deleteRoutingDraft", "Throw the draft away"}, w.remove)
	add(s, op{role, http.MethodGet, base + "/{id}/draft/difference", "compareRoutingDraft", "What the draft changes"}, p.difference)
	add(s, op{role, http.MethodPost, base + "/{id}/check", "checkRouting", "What is to be said about a policy; nothing is saved"}, p.check)
	add(s, op{role, http.MethodPost, base + "/{id}/publish", "publishRouting", "Put the draft in force"}, p.publish)
	add(s, op{role, http.MethodPost, "/routing/queues/{queue}/forecast", "forecastRouting", "Play a recorded day with a policy or other people, before it is real"}, s.forecastRouting)
}

// mayRoute says whether the viewer may see a queue's policy and, with a document, save it: every queue it names must be
// theirs, since it sends work there, and of each team that it lends agents from one queue at least, if it serves any.
func (s *Server) mayRoute(ctx context.Context, id string, doc *router.Routing) error {
	v := viewing(ctx)
	if _, ok := s.Dir().Queue(desk.QueueID(id)); !ok || !v.scope.HasQueue(desk.QueueID(id)) {
		return notYours()
	}
	if doc == nil {
		return nil
	}
	for _, q := range doc.Named() {
		if _, known := s.Dir().Queue(q); known && q != desk.QueueID(id) && !v.scope.HasQueue(q) {
			return refuse(desk.Forbidden, "queue_not_yours", "queue", string(q))
		}
	}
	for _, id := range doc.Lent() {
		if t, _ := s.Dir().Team(id); len(t.Queues) > 0 && !slices.ContainsFunc(t.Queues, v.scope.HasQueue) {
			return refuse(desk.Forbidden, "team_not_yours", "team", t.Name)
		}
	}
	return nil
}

// papers are a queue's policy in force and its draft.
type papers struct {
	s    *Server
	d, w docs[router.Routing]
}

func (p papers) findings(ctx context.Context, id string, doc router.Routing) ([]router.RoutingFinding, error) {
	if p.s.Steering == nil {
		return nil, refuse(desk.Unavailable, "routing_down")
	}
	doc.ID = desk.QueueID(id)
	found, err := p.s.Steering.Check(ctx, doc)
	if found == nil {
		found = []router.RoutingFinding{}
	}
	return found, err
}

func (p papers) withFindings(ctx context.Context, set SettingOf[router.Routing]) (*out[RoutingDraft], error) {
	found, err := p.findings(ctx, set.ID, set.Doc)
	return &out[RoutingDraft]{RoutingDraft{SettingOf: set, Findings: found}}, err
}

func (p papers) draft(ctx context.Context, in *ByID) (*out[RoutingDraft], error) {
	set, err := p.w.get(ctx, in)
	if err != nil {
		return nil, err
	}
	return p.withFindings(ctx, set.Body)
}

func (p papers) saveDraft(ctx context.Context, in *saveIn[router.Routing]) (*out[RoutingDraft], error) {
	set, err := p.w.put(ctx, in)
	if err != nil {
		return nil, err
	}
	return p.withFindings(ctx, set.Body)
}

type checkIn struct {
	ByID
	Body RoutingCheck
}

func (p papers) check(ctx context.Context, in *checkIn) (*out[RoutingChecked], error) {
	if err := p.s.mayRoute(ctx, in.ID, nil); err != nil {
		return nil, err
	}
	found, err := p.findings(ctx, in.ID, in.Body.Doc)
	return &out[RoutingChecked]{RoutingChecked{found}}, err
}

type publishIn struct {
	ByID
	Body Publish
}

// publish saves the draft as the policy in force and then throws it away; one that stays behind, because the node died
// between the two, is equal to what is in force.
func (p papers) publish(ctx context.Context, in *publishIn) (*out[RoutingDraft], error) {
	draft, err := p.w.get(ctx, &in.ByID)
	if err != nil {
		return nil, err
	}
	if draft.Body.Version != in.Body.Draft {
		problem := refuse(desk.Conflict, "stale")
		problem.Current = draft.Body
		return nil, problem
	}
	saved, err := p.d.put(ctx, &saveIn[router.Routing]{ByID: in.ByID, Body: SaveOf[router.Routing]{Version: in.Body.Version, Doc: draft.Body.Doc}})
	if err != nil {
		return nil, err
	}
	if _, err := p.w.remove(ctx, &deleteIn{ByID: in.ByID, Version: in.Body.Draft}); err != nil {
		p.s.Log.WarnContext(ctx, "webui: a published draft was not thrown away", "queue", in.ID, "err", err)
	}
	return p.withFindings(ctx, saved.Body)
}

func (p papers) difference(ctx context.Context, in *ByID) (*out[RoutingDifference], error) {
	draft, err := p.w.get(ctx, in)
	if err != nil {
		return nil, err
	}
	diff := RoutingDifference{Draft: draft.Body.Version, Changes: []PathChange{}}
	before := router.RoutingOf(p.s.queueOf(in.ID))
	if now, err := p.d.get(ctx, in); err == nil {
		before, diff.Version = now.Body.Doc, now.Body.Version
	} else if desk.CodeOf(err) != desk.NotFound {
		return nil, err
	}
	if diff.Changes, err = differences(before, draft.Body.Doc); err != nil {
		return nil, err
	}
	return &out[RoutingDifference]{diff}, nil
}

func (s *Server) queueOf(id string) desk.Queue {
	q, _ := s.Dir().Queue(desk.QueueID(id))
	q.ID = desk.QueueID(id)
	return q
}

type forecastIn struct {
	Queue string `path:"queue" maxLength:"64"`
	Body  router.ForecastAsk
}

func (s *Server) forecastRouting(ctx context.Context, in *forecastIn) (*out[router.RoutingForecast], error) {
	if err := s.mayRoute(ctx, in.Queue, nil); err != nil {
		return nil, err
	}
	if s.Steering == nil {
		return nil, refuse(desk.Unavailable, "routing_down")
	}
	q := desk.QueueID(in.Queue)
	if in.Body.Doc == nil {
		set, err := s.Papers.Setting(ctx, desk.SettingRoutingDraft, in.Queue)
		if err == nil && !set.Deleted {
			var doc router.Routing
			if err := json.Unmarshal(set.Doc, &doc); err != nil {
				return nil, err
			}
			in.Body.Doc = &doc
		} else if err != nil && desk.CodeOf(err) != desk.NotFound {
			return nil, err
		}
	}
	if in.Body.Doc != nil {
		in.Body.Doc.ID = q
	}
	if err := s.mayForecast(ctx, in.Queue, &in.Body); err != nil {
		return nil, err
	}
	got, err := s.Steering.Forecast(ctx, q, in.Body)
	if err != nil {
		return nil, err
	}
	got.Within(viewing(ctx).scope)
	fill(reflect.ValueOf(&got).Elem())
	return &out[router.RoutingForecast]{got}, nil
}

// mayForecast refuses a question about queues and people outside the viewer's scope.
func (s *Server) mayForecast(ctx context.Context, queue string, ask *router.ForecastAsk) error {
	if err := s.mayRoute(ctx, queue, ask.Doc); err != nil {
		return err
	}
	scope := viewing(ctx).scope
	for i := range ask.Add {
		for _, q := range ask.Add[i].Queues {
			if !scope.HasQueue(q) {
				return refuse(desk.Forbidden, "queue_not_yours", "queue", string(q))
			}
		}
	}
	for _, a := range ask.Remove {
		if !scope.Covers(a) {
			return refuse(desk.NotFound, "agent_unknown")
		}
	}
	return nil
}

// policyNaming names a queue whose policy in force needs a document that is to be deleted.
func (s *Server) policyNaming(ctx context.Context, kind desk.SettingKind, id string) (string, error) {
	switch kind {
	case desk.SettingQueue, desk.SettingTeam, desk.SettingCalendar, desk.SettingInbox, desk.SettingWebhook:
	default:
		return "", nil
	}
	all, err := s.Papers.Settings(ctx, desk.SettingRouting)
	if err != nil {
		return "", err
	}
	for _, set := range all {
		var doc router.Routing
		q, ok := s.Dir().Queue(desk.QueueID(set.ID))
		if json.Unmarshal(set.Doc, &doc) == nil && ok && (kind != desk.SettingQueue || set.ID != id) && doc.Needs(kind, id) {
			return q.Name, nil
		}
	}
	return "", nil
}
