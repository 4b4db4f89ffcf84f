package webui

import (
	"context"
	"net/http"
	"slices"

	"yingda/desk"
)

func (s *Server) waiverOps() {
	add(s, op{desk.RoleSupervisor, http.MethodPost, "/conversations/{id}/clocks/{target}/waive", "waiveClock", "Let a promise go that runs or was broken, or ask for it where its policy wants a second person"}, s.waive)
	add(s, op{desk.RoleSupervisor, http.MethodPost, "/conversations/{id}/clocks/{target}/waiver/decide", "decideWaiver", "Agree to let a promise go, or refuse it; whoever asked does not decide"}, s.decideWaiver)
	add(s, op{desk.RoleSupervisor, http.MethodDelete, "/conversations/{id}/clocks/{target}/waiver", "undoWaiver", "Take back a waiver, or the wish for one: the promise counts as if it always had"}, s.undoWaiver)
	add(s, op{desk.RoleSupervisor, http.MethodGet, "/waivers", "listWaivers", "Waivers in my scope that wait for a second person, the oldest first"}, s.listWaivers)
}

// Waivers lists promises that somebody wants to let go; *store.DB is one.
type Waivers interface {
	// WaiversAsked lists clocks whose waiver waits for a second person, the oldest wish first.
	WaiversAsked(ctx context.Context) ([]desk.Clock, error)
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
	Mine         bool         `json:"mine" doc:"I asked: somebody else decides"`
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

// maxWaivers bounds the list, within the viewer's scope: a firm with more that wait has other worries.
const maxWaivers = 200

func (s *Server) listWaivers(ctx context.Context, _ *struct{}) (*out[Page[AskedWaiver]], error) {
	v := viewing(ctx)
	page := Page[AskedWaiver]{Items: []AskedWaiver{}}
	if s.Waivers == nil {
		return nil, refuse(desk.Unavailable, "store_down")
	}
	clocks, err := s.Waivers.WaiversAsked(ctx)
	if err != nil {
		return nil, err
	}
	for some := range slices.Chunk(clocks, maxWaivers) {
		if err := s.askedOf(ctx, v, some, &page); err != nil || len(page.Items) >= maxWaivers {
			page.Items = page.Items[:min(maxWaivers, len(page.Items))]
			return &out[Page[AskedWaiver]]{page}, err
		}
	}
	return &out[Page[AskedWaiver]]{page}, nil
}

// askedOf adds to a page those of some clocks that the viewer may see.
func (s *Server) askedOf(ctx context.Context, v viewer, clocks []desk.Clock, page *Page[AskedWaiver]) error {
	ids := make([]desk.ConversationID, 0, len(clocks))
	for _, k := range clocks {
		ids = append(ids, k.Conversation)
	}
	rows, err := s.Lists.ConversationRows(ctx, v.id(), ids)
	by := map[desk.ConversationID]desk.ConversationRow{}
	for _, r := range rows {
		by[r.ID] = r
	}
	for _, k := range clocks {
		if r, ok := by[k.Conversation]; ok && v.scope.Sees(r) {
			page.Items = append(page.Items, AskedWaiver{Conversation: s.row(r), Clock: wireClock(k), Mine: k.Waiver.By == v.id()})
		}
	}
	return err
}

func wireWaiver(w desk.Waiver) *Waiver {
	return &Waiver{
		State: string(w.State), Reason: w.Reason, By: string(w.By), At: at(w.At), Decider: string(w.Decider), DecidedAt: at(w.DecidedAt), Note: w.Note,
	}
}
