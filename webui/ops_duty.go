package webui

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"yingda/desk"
)

// What agents say about when they work: the reason they are away for, focus blocks, planned leave.

func (s *Server) dutyOps() {
	add(s, op{desk.RoleAgent, http.MethodGet, "/agents/{id}/leave", "getLeave", "Planned leave; one's own, a supervisor's people's"}, s.getLeave)
	add(s, op{desk.RoleAgent, http.MethodPut, "/agents/{id}/leave", "planLeave", "Replace planned leave; one's own, a supervisor's people's"}, s.planLeave)
}

// Leave is an agent's planned leave. What ended more than 90 days ago is dropped when it is saved.
type Leave struct {
	Agent    string    `json:"agent"`
	Version  int64     `json:"version" doc:"to be said when it is replaced; 0: none was planned yet"`
	Absences []Absence `json:"absences"`
}

// Absence is one planned leave: offers stop at its beginning, what is held goes back, and at its end both are over.
type Absence struct {
	ID     string `json:"id" minLength:"1" maxLength:"64" doc:"given by whoever adds it"`
	From   Time   `json:"from"`
	To     Time   `json:"to"`
	Deputy string `json:"deputy" required:"false" maxLength:"64" doc:"asked as owner meanwhile; empty: the agent's own deputy"`
	Note   string `json:"note" required:"false" maxLength:"200"`
}

// LeavePlan replaces an agent's planned leave.
type LeavePlan struct {
	Version  int64     `json:"version" minimum:"0"`
	Absences []Absence `json:"absences" maxItems:"200" nullable:"false"`
}

func (s *Server) getLeave(ctx context.Context, in *ByID) (*out[Leave], error) {
	if _, err := s.covered(ctx, in.ID); err != nil {
		return nil, err
	}
	set, err := s.Papers.Setting(ctx, desk.SettingLeave, in.ID)
	if errors.Is(err, desk.ErrNotFound) {
		return &out[Leave]{Leave{Agent: in.ID, Absences: []Absence{}}}, nil
	}
	if err != nil {
		return nil, err
	}
	w, err := wireLeave(set)
	return &out[Leave]{w}, err
}

func (s *Server) planLeave(ctx context.Context, in *struct {
	ByID
	Body LeavePlan
},
) (*out[Leave], error) {
	a, err := s.covered(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	plan := make([]desk.Absence, len(in.Body.Absences))
	for i, x := range in.Body.Absences {
		plan[i] = desk.Absence{ID: x.ID, From: x.From.Time, To: x.To.Time, Deputy: desk.AgentID(x.Deputy), Note: x.Note}
	}
	set, err := s.Desk.PlanLeave(ctx, viewing(ctx).actor(), a.ID, in.Body.Version, plan)
	if err != nil {
		return nil, err
	}
	w, err := wireLeave(set)
	return &out[Leave]{w}, err
}

func wireLeave(set desk.Setting) (Leave, error) {
	var doc desk.Leave
	if err := json.Unmarshal(set.Doc, &doc); err != nil {
		return Leave{}, fmt.Errorf("read leave of %s: %w", set.ID, err)
	}
	return Leave{Agent: set.ID, Version: set.Version, Absences: mapped(doc.Absences, func(a desk.Absence) Absence {
		return Absence{ID: a.ID, From: at(a.From), To: at(a.To), Deputy: string(a.Deputy), Note: a.Note}
	})}, nil
}

// awayUntil is the end a presence change asks for: a moment, or so many minutes from now.
func (s *Server) awayUntil(in PresenceChange) time.Time {
	if in.Minutes > 0 {
		return s.Now().Add(time.Duration(in.Minutes) * time.Minute).UTC().Truncate(time.Millisecond)
	}
	return in.Until.Time
}

// wireReasons are the reasons in force; a list is never null.
func wireReasons(d desk.Directory) []desk.AwayReason {
	all := desk.ReasonsOf(d)
	for i := range all {
		if all[i].Takes == nil {
			all[i].Takes = []desk.Medium{}
		}
	}
	return all
}
