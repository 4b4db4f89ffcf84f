package webui

import (
	"context"
	"net/http"

	"yingda/desk"
	"yingda/router"
)

// Hindrance is an agent who is not offered a waiting conversation, and why.
type Hindrance struct {
	Agent  string `json:"agent"`
	Reason string `json:"reason" doc:"away, status, focus, leave, shift_end, off_shift, settling, preferred, declined, skill, full, maximum or chat_first"`
}

// AgentRouting answers "why am I not getting work?".
type AgentRouting struct {
	Agent    string        `json:"agent"`
	Presence string        `json:"presence"`
	Load     int           `json:"load" doc:"units held and reserved by open offers"`
	Firm     int           `json:"firm" doc:"the same without mail, which a call or a chat may interrupt"`
	Capacity int           `json:"capacity"`
	Queues   []string      `json:"queues" nullable:"false"`
	Waiting  int           `json:"waiting" doc:"conversations in these queues that wait"`
	Reason   string        `json:"reason" enum:"away,focus,leave,shift_end,off_shift,no_queue,nothing_waits,out_of_reach,next" doc:"the one answer"`
	Media    []MediumLoad  `json:"media" nullable:"false" doc:"mail, chat, phone"`
	Changes  Time          `json:"changes" doc:"when what may be offered changes by itself: leave, focus or the shift; null: never"`
	Groups   []WaitingWork `json:"groups" nullable:"false" doc:"the first of what waits, alike together, and what stands between"`
}

// MediumLoad is how an agent stands with one medium.
type MediumLoad struct {
	Medium string `json:"medium" enum:"email,chat,voice"`
	Held   int    `json:"held" doc:"conversations in hand and ringing"`
	Units  int    `json:"units" doc:"what they weigh"`
	Most   int    `json:"most" doc:"the agent's own maximum; 0: none"`
	Why    string `json:"why" doc:"why no more of it now, as of a hindrance; empty: there is room"`
}

// WaitingWork is conversations that wait alike.
type WaitingWork struct {
	First  string `json:"first" doc:"the conversation that goes first"`
	Queue  string `json:"queue"`
	Medium string `json:"medium" enum:"email,chat,voice"`
	Rank   Time   `json:"rank"`
	Count  int    `json:"count"`
	Reason string `json:"reason" doc:"as of a hindrance; empty: it is about to be offered"`
}

func (s *Server) routingOps() {
	add(s, op{desk.RoleAgent, http.MethodGet, "/agents/{id}/routing", "getAgentRouting", "Why an agent is not offered more work; one's own, a supervisor's people's"}, s.getAgentRouting)
}

func (s *Server) getAgentRouting(ctx context.Context, in *ByID) (*out[AgentRouting], error) {
	a, err := s.covered(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if s.Explain == nil {
		return nil, errNoRouting
	}
	st, ok := s.Explain.WhyIdle(a.ID)
	if !ok {
		return nil, notYours()
	}
	w := AgentRouting{
		Agent: in.ID, Presence: string(st.Presence), Load: st.Load, Firm: st.Firm, Capacity: st.Capacity, Waiting: st.Waiting,
		Queues: mapped(st.Queues, func(q desk.QueueID) string { return string(q) }), Reason: st.Reason,
		Media:   mapped(st.Lanes, func(l router.Lane) MediumLoad { return MediumLoad{string(l.Medium), l.Held, l.Units, l.Most, l.Why} }),
		Changes: at(st.Changes),
		Groups: mapped(st.Idle, func(g router.Idle) WaitingWork {
			return WaitingWork{
				First: string(g.First), Queue: string(g.Queue), Medium: string(g.Medium), Rank: at(g.Rank), Count: g.Count, Reason: g.Reason,
			}
		}),
	}
	return &out[AgentRouting]{w}, nil
}

// ahead is how many of its queue go before a waiting conversation, by the router's own order.
func (s *Server) ahead(c desk.ConversationID) int {
	if s.Explain == nil {
		return 0
	}
	pos, _ := s.Explain.Position(c)
	return max(pos-1, 0)
}

// hindrances are why nobody whom the viewer may see is offered a waiting conversation.
func (s *Server) hindrances(mine func(desk.AgentID) bool, c desk.ConversationID) []Hindrance {
	out := []Hindrance{}
	if s.Explain == nil {
		return out
	}
	for _, o := range s.Explain.WhyNot(c) {
		if mine(o.Agent) {
			out = append(out, Hindrance{Agent: string(o.Agent), Reason: o.Reason})
		}
	}
	return out
}
