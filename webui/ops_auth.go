package webui

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"yingda/agents"
	"yingda/desk"
	"yingda/sla"
)

type signedInOut struct {
	SetCookie []http.Cookie `header:"Set-Cookie"`
	Body      struct {
		Me Me `json:"me"`
	}
}

type ackCookie struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
	Body      ackBody
}

func (s *Server) authOps() {
	add(s, op{public, http.MethodPost, "/auth/sign-in", "signIn", "Sign in"}, s.signIn)
	add(s, op{desk.RoleAgent, http.MethodPost, "/auth/sign-out", "signOut", "Sign out here"}, s.signOut)
}

func (s *Server) signIn(ctx context.Context, in *struct{ Body SignIn }) (*signedInOut, error) {
	v := viewing(ctx)
	token, session, err := s.Accounts.SignIn(ctx, in.Body.Email, in.Body.Password, v.visit())
	if err != nil {
		return nil, err
	}
	v.session = session
	v.agent, _ = s.Dir().Agent(session.Agent)
	v.scope = agents.ScopeOf(s.Dir(), v.agent)
	me, err := s.me(ctx, v)
	if err != nil {
		return nil, err
	}
	res := &signedInOut{SetCookie: []http.Cookie{s.cookie(token, int(session.ExpiresAt.Sub(session.CreatedAt)/time.Second))}}
	if v.device.ID == "" || v.device != agents.DeviceFor(in.Body.Email, v.device.ID) {
		res.SetCookie = append(res.SetCookie, s.deviceCookie(agents.DeviceFor(in.Body.Email, session.ID)))
	}
	res.Body.Me = me
	return res, nil
}

func (s *Server) signOut(ctx context.Context, _ *struct{}) (*ackCookie, error) {
	v := viewing(ctx)
	if err := s.Accounts.End(ctx, v.id(), v.session.ID); err != nil && !errors.Is(err, desk.ErrNotFound) {
		return nil, err
	}
	s.Hub.SignedOut(v.session.ID)
	return &ackCookie{SetCookie: s.cookie("", -1), Body: ackBody{OK: true}}, nil
}

func (s *Server) me(ctx context.Context, v viewer) (Me, error) {
	d, cursor := s.Dir(), s.Hub.place() // the place first: what is read later has it all
	presence, err := s.presenceOf(ctx, v.id())
	if err != nil {
		return Me{}, err
	}
	prefs, err := s.preferences(ctx, v.id())
	if err != nil {
		return Me{}, err
	}
	load, err := s.loadOf(ctx, d, v)
	if err != nil {
		return Me{}, err
	}
	return Me{
		Load: load, Capacity: cmp.Or(v.agent.Capacity, desk.DefaultCapacity),
		Agent:   wireAgent(d, v.agent, presence),
		Scope:   MyScope{All: v.scope.All, Queues: texts(v.scope.Queues), Agents: texts(v.scope.Agents)},
		Session: v.session.ID, Cursor: cursor, ServerTime: at(s.Now()), Preferences: prefs,
		Features: Features{
			MaxFile: s.Config.MaxFile, MaxFiles: desk.MaxAttachments, MaxChatText: desk.MaxChatText,
			MaxUndo: int(desk.MaxUndo / time.Second), MaxReport: maxReportDays, Warnings: sla.UsualWarnings(),
		},
	}, nil
}

// loadOf is what one holds, in the router's units. More than a page of held work weighs more than any capacity anyway.
func (s *Server) loadOf(ctx context.Context, d desk.Directory, v viewer) (int, error) {
	held, err := s.Lists.Conversations(ctx, desk.ConversationQuery{
		Scope: v.scope, List: desk.ListMine, Statuses: []desk.Status{desk.Open}, Limit: 100,
	})
	if err != nil {
		return 0, fmt.Errorf("sum the load of %s: %w", v.id(), err)
	}
	sum := 0
	for _, r := range held {
		q, _ := d.Queue(r.Queue)
		sum += q.WeightOf(r.Medium)
	}
	return sum, nil
}

func (s *Server) presenceOf(ctx context.Context, a desk.AgentID) (desk.Presence, error) {
	all, err := s.People.Presences(ctx)
	if err != nil {
		return desk.Presence{}, err
	}
	for _, p := range all {
		if p.Agent == a {
			return p, nil
		}
	}
	return desk.Presence{Agent: a, State: desk.Offline}, nil
}

func (s *Server) preferences(ctx context.Context, a desk.AgentID) (map[string]any, error) {
	raw, err := s.Desktop.Preferences(ctx, a)
	if errors.Is(err, desk.ErrNotFound) {
		return map[string]any{}, nil
	}
	if err != nil {
		return nil, err
	}
	prefs := map[string]any{}
	if err := json.Unmarshal(raw, &prefs); err != nil || prefs == nil {
		return map[string]any{}, nil // a broken preference is no reason to keep somebody out
	}
	return prefs, nil
}
