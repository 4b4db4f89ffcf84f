package webui

import (
	"context"
	"net/http"

	"yingda/desk"
)

func (s *Server) waiverOps() {
	add(s, op{desk.RoleSupervisor, http.MethodPost, "/conversations/{id}/clocks/{target}/waive", "waiveClock", "Let a promise go that runs or was broken, or ask for it where its policy wants a second person"}, s.waive)
	add(s, op{desk.RoleSupervisor, http.MethodPost, "/conversations/{id}/clocks/{target}/waiver/decide", "decideWaiver", "Agree to let a promise go, or refuse it; whoever asked does not decide"}, s.decideWaiver)
	add(s, op{desk.RoleSupervisor, http.MethodDelete, "/conversations/{id}/clocks/{target}/waiver", "undoWaiver", "Take back a waiver, or the wish for one: the promise counts as if it always had"}, s.undoWaiver)
	add(s, op{desk.RoleSupervisor, http.MethodGet, "/waivers", "listWaivers", "Waivers in my scope that wait for a second person, the oldest wish first"}, s.listWaivers)
}

// Waivers lists promises that somebody wants to let go; *store.DB is one.
type Waivers interface {
	// WaiversAsked is a page of the clocks after a place whose waiver waits for a second person, the oldest wish first.
	WaiversAsked(ctx context.Context, after desk.ClockPlace, limit int) ([]desk.Clock, error)
}

type waiveIn struct {
	ClockPath
	Body struct {
		N      int    `json:"n,omitempty" minimum:"0" doc:"which clock of the target; 0: the newest"`
		Reason string `json:"reason" maxLength:"500"`
	}
}

type waiverDecision struct {
	ClockPath
	Body struct {
		N     int    `json:"n,omitempty" minimum:"0" doc:"which clock of the target; 0: the newest"`
		Agree bool   `json:"agree"`
		Note  string `json:"note,omitempty" maxLength:"500" doc:"required to refuse"`
	}
}

type waiverUndo struct {
	ClockPath
	N int `query:"n" minimum:"0" doc:"which clock of the target; 0: the newest"`
}

// AskedWaiver is a promise that somebody wants to let go.
type AskedWaiver struct {
	Conversation Conversation `json:"conversation"`
	Clock        Clock        `json:"clock"`
}

func (s *Server) waive(ctx context.Context, in *waiveIn) (*out[Conversation], error) {
	return s.waiver(ctx, &in.ClockPath, in.Body.N, in.Body.Reason, s.Desk.Waive)
}

func (s *Server) decideWaiver(ctx context.Context, in *waiverDecision) (*out[Conversation], error) {
	return s.waiver(ctx, &in.ClockPath, in.Body.N, in.Body.Note, func(ctx context.Context, w desk.Waive) error {
		return s.Desk.DecideWaiver(ctx, w, in.Body.Agree)
	})
}

func (s *Server) undoWaiver(ctx context.Context, in *waiverUndo) (*out[Conversation], error) {
	return s.waiver(ctx, &in.ClockPath, in.N, "", s.Desk.Unwaive)
}

func (s *Server) waiver(ctx context.Context, in *ClockPath, n int, reason string, do func(context.Context, desk.Waive) error) (*out[Conversation], error) {
	v := viewing(ctx)
	r, err := s.visible(ctx, v, in.ID)
	if err != nil {
		return nil, err
	}
	w := desk.Waive{Actor: v.actor(), Conversation: r.ID, Target: desk.Target(in.Target), N: n, Reason: reason}
	if err := do(ctx, w); err != nil {
		return nil, err
	}
	return s.fresh(ctx, r.ID)
}

// waiverReads is how often wishes are read for one page. A small scope in a large house may get a short page with more
// behind it.
const waiverReads = 10

func (s *Server) listWaivers(ctx context.Context, in *Paging) (*out[Page[AskedWaiver]], error) {
	if s.Waivers == nil {
		return nil, refuse(desk.Unavailable, "store_down")
	}
	var after desk.ClockPlace
	if err := s.sign.open("waivers", in.Cursor, &after); err != nil {
		return nil, err
	}
	v := viewing(ctx)
	page := Page[AskedWaiver]{Items: []AskedWaiver{}}
	for range waiverReads {
		clocks, err := s.Waivers.WaiversAsked(ctx, after, desk.PageMost)
		if err != nil {
			return nil, err
		}
		asked, err := s.askedOf(ctx, v, clocks)
		if err != nil {
			return nil, err
		}
		for i, a := range asked {
			if a != nil && len(page.Items) == in.Limit {
				page.Next = s.sign.seal("waivers", after)
				return &out[Page[AskedWaiver]]{page}, nil
			}
			after = clocks[i].Place()
			if a != nil {
				page.Items = append(page.Items, *a)
			}
		}
		if len(clocks) < desk.PageMost {
			return &out[Page[AskedWaiver]]{page}, nil
		}
	}
	page.Next = s.sign.seal("waivers", after)
	return &out[Page[AskedWaiver]]{page}, nil
}

// askedOf are the wishes of some clocks, in their order; nil for one that the viewer may not see.
func (s *Server) askedOf(ctx context.Context, v viewer, clocks []desk.Clock) ([]*AskedWaiver, error) {
	rows, err := s.Lists.ConversationRows(ctx, v.id(), mapped(clocks, func(k desk.Clock) desk.ConversationID { return k.Conversation }))
	by := map[desk.ConversationID]desk.ConversationRow{}
	for _, r := range rows {
		by[r.ID] = r
	}
	return mapped(clocks, func(k desk.Clock) *AskedWaiver {
		r, ok := by[k.Conversation]
		if !ok || !v.scope.Sees(r) {
			return nil
		}
		return &AskedWaiver{Conversation: s.row(r), Clock: wireClock(k)}
	}), err
}

func wireWaiver(w desk.Waiver) *Waiver {
	return &Waiver{
		State: string(w.State), Reason: w.Reason, By: string(w.By), At: at(w.At), Decider: string(w.Decider), DecidedAt: at(w.DecidedAt), Note: w.Note,
	}
}
