package webui

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"

	"yingda/agents"
	"yingda/desk"
	"yingda/sla"
)

func (s *Server) meOps() {
	add(s, op{desk.RoleAgent, http.MethodGet, "/me", "getMe", "Who I am and what I may see"}, s.getMe)
	add(s, op{desk.RoleAgent, http.MethodGet, "/me/counts", "countLists", "How many conversations stand in my lists"}, s.listCounts)
	add(s, op{desk.RoleAgent, http.MethodGet, "/me/sessions", "listSessions", "Where I am signed in"}, s.listSessions)
	add(s, op{desk.RoleAgent, http.MethodDelete, "/me/sessions/{id}", "endSession", "Sign out one browser"}, s.endSession)
	add(s, op{desk.RoleAgent, http.MethodPost, "/me/password", "changePassword", "Change my password; other browsers are signed out"}, s.changePassword)
	add(s, op{desk.RoleAgent, http.MethodPut, "/me/preferences", "savePreferences", "Keep my preferences"}, s.savePreferences)
	add(s, op{desk.RoleAgent, http.MethodPut, "/me/presence", "setMyPresence", "Change my presence"}, s.setMyPresence)
	add(s, op{desk.RoleSupervisor, http.MethodPut, "/agents/{id}/presence", "setPresence", "Change somebody's presence"}, s.setPresence)
	add(s, op{desk.RoleAgent, http.MethodGet, "/directory", "getDirectory", "Names to show"}, s.directory)
}

func (s *Server) getMe(ctx context.Context, _ *struct{}) (*out[Me], error) {
	me, err := s.me(ctx, viewing(ctx))
	return &out[Me]{me}, err
}

func (s *Server) listSessions(ctx context.Context, _ *struct{}) (*out[Page[Session]], error) {
	v := viewing(ctx)
	all, err := s.Accounts.Sessions(ctx, v.id())
	if err != nil {
		return nil, err
	}
	items := mapped(all, func(x agents.Session) Session {
		return Session{
			ID: x.ID, Address: x.Address, Client: x.Client, CreatedAt: at(x.CreatedAt), SeenAt: at(x.SeenAt),
			ExpiresAt: at(x.ExpiresAt), Current: x.ID == v.session.ID,
		}
	})
	return &out[Page[Session]]{Page[Session]{Items: items}}, nil
}

func (s *Server) endSession(ctx context.Context, in *ByID) (*ack, error) {
	if err := s.Accounts.End(ctx, viewing(ctx).id(), in.ID); err != nil {
		return nil, err
	}
	s.Hub.SignedOut(in.ID)
	return done(), nil
}

func (s *Server) changePassword(ctx context.Context, in *struct{ Body NewPassword }) (*ack, error) {
	v := viewing(ctx)
	ended, err := s.Accounts.ChangePassword(ctx, v.session, v.visit(), in.Body.Old, in.Body.New)
	if err != nil {
		return nil, err
	}
	s.Hub.SignedOut(ended...)
	return done(), nil
}

// maxPreferences bounds one agent's preferences, in bytes.
const maxPreferences = 32 << 10

func (s *Server) savePreferences(ctx context.Context, in *struct{ Body map[string]any }) (*ack, error) {
	doc, err := json.Marshal(in.Body)
	if err != nil || len(doc) > maxPreferences {
		return nil, refuse(desk.TooLarge, "body_too_large")
	}
	return done(), s.Desktop.SavePreferences(ctx, viewing(ctx).id(), doc)
}

func (s *Server) setMyPresence(ctx context.Context, in *struct{ Body PresenceChange }) (*out[Presence], error) {
	return s.changePresence(ctx, viewing(ctx).id(), in.Body)
}

func (s *Server) setPresence(ctx context.Context, in *struct {
	ByID
	Body PresenceChange
},
) (*out[Presence], error) {
	a, err := s.covered(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return s.changePresence(ctx, a.ID, in.Body)
}

// covered is an agent whose work the viewer may see: themselves and, for supervisors, the people of their teams. Who may
// not learns nothing (UP-X3).
func (s *Server) covered(ctx context.Context, id string) (desk.Agent, error) {
	a, ok := s.Dir().Agent(desk.AgentID(id))
	if !ok || !viewing(ctx).scope.Covers(a.ID) {
		return desk.Agent{}, notYours()
	}
	return a, nil
}

func (s *Server) changePresence(ctx context.Context, a desk.AgentID, in PresenceChange) (*out[Presence], error) {
	m := desk.Mode{Agent: a, State: desk.PresenceState(in.State)}
	if m.State == desk.Away {
		m.Reason, m.Until = in.Reason, s.awayUntil(in)
	}
	if err := s.Desk.SetPresence(ctx, viewing(ctx).actor(), m); err != nil {
		return nil, err
	}
	p, err := s.presenceOf(ctx, a)
	return &out[Presence]{wirePresence(p)}, err
}

func (s *Server) directory(ctx context.Context, _ *struct{}) (*out[Directory], error) {
	v, d := viewing(ctx), s.Dir()
	present, err := s.presences(ctx)
	if err != nil {
		return nil, err
	}
	dir := Directory{
		Agents: []Agent{}, Reasons: wireReasons(d),
		Queues: mapped(d.Queues(), func(q desk.Queue) Named { return Named{string(q.ID), q.Name} }),
		Teams: mapped(d.Teams(), func(t desk.Team) TeamRef {
			return TeamRef{string(t.ID), t.Name, texts(t.Queues), texts(t.Leads)}
		}),
		Inboxes: mapped(d.Inboxes(), func(i desk.Inbox) InboxRef {
			return InboxRef{string(i.ID), i.Name, string(i.Medium), string(i.Queue), i.Address, i.Enabled}
		}),
	}
	for _, a := range d.Agents() {
		w := wireAgent(d, a, present[a.ID])
		if !v.scope.Covers(a.ID) { // colleagues are names to mention and hand over to, not records
			w.Email, w.Extension, w.Languages, w.Skills = "", "", []string{}, []Skill{}
		}
		dir.Agents = append(dir.Agents, w)
	}
	if dir.Tags, err = documents[TagDoc](ctx, s, desk.SettingTag); err != nil {
		return nil, err
	}
	if dir.Skills, err = documents[NamedSkill](ctx, s, desk.SettingSkill); err != nil {
		return nil, err
	}
	if dir.Canned, err = documents[Canned](ctx, s, desk.SettingCanned); err != nil {
		return nil, err
	}
	dir.Canned = slices.DeleteFunc(dir.Canned, func(c Canned) bool {
		return c.Team != "" && !v.scope.All && !slices.Contains(v.agent.Teams, desk.TeamID(c.Team))
	})
	if dir.Calendars, err = s.calendarNames(ctx, v); err != nil {
		return nil, err
	}
	tiers, err := documents[TiersDoc](ctx, s, desk.SettingTiers)
	if err == nil && len(tiers) > 0 {
		dir.Tiers = tiers[0]
	}
	return &out[Directory]{dir}, err
}

// calendarNames are the calendars a supervisor's rules may speak of.
func (s *Server) calendarNames(ctx context.Context, v viewer) ([]Named, error) {
	if !v.is(desk.RoleSupervisor) {
		return []Named{}, nil
	}
	all, err := documents[sla.Calendar](ctx, s, desk.SettingCalendar)
	return mapped(all, func(c sla.Calendar) Named { return Named{c.ID, c.Name} }), err
}

func (s *Server) presences(ctx context.Context) (map[desk.AgentID]desk.Presence, error) {
	all, err := s.People.Presences(ctx)
	if err != nil {
		return nil, err
	}
	m := make(map[desk.AgentID]desk.Presence, len(all))
	for _, p := range all {
		m[p.Agent] = p
	}
	return m, nil
}

// documents reads all settings of a kind into their type.
func documents[T any](ctx context.Context, s *Server, kind desk.SettingKind) ([]T, error) {
	all, err := s.Papers.Settings(ctx, kind)
	if err != nil {
		return nil, err
	}
	docs := make([]T, 0, len(all))
	for _, set := range all {
		var doc T
		if err := json.Unmarshal(set.Doc, &doc); err != nil {
			return nil, errors.Join(errors.New("read "+string(kind)+" "+set.ID), err)
		}
		docs = append(docs, doc)
	}
	return docs, nil
}
