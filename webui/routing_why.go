package webui

import (
	"context"
	"net/http"
	"time"

	"yingda/desk"
)

// Explaining is a Routing that can say who is next and why not. One that cannot leaves these answers empty.
type Explaining interface {
	// Position is how many of its queue go before the waiting conversation, and one; 0 while it rings at an agent. It is
	// false when the router does not know that it waits.
	Position(c desk.ConversationID) (int, bool)
	// WhyNot says for every agent of its queue who is not offered the waiting conversation why.
	WhyNot(c desk.ConversationID) []Obstacle
	// WhyIdle says why an agent is not offered more; false when the router knows no such agent.
	WhyIdle(a desk.AgentID) (Standing, bool)
}

// Obstacle is why an agent is not offered a conversation: away, settling, preferred, declined, skill, full, maximum or
// chat_first.
type Obstacle struct {
	Agent  desk.AgentID
	Reason string
}

// Standing is what the router sees of an agent.
type Standing struct {
	Presence             desk.PresenceState
	Load, Firm, Capacity int
	Queues               []desk.QueueID
	Waiting              int
	Lanes                []Lane
	Changes              time.Time
	Reason               string // away, focus, leave, shift_end, off_shift, no_queue, nothing_waits, out_of_reach or next
	Groups               []StandingGroup
}

// Lane is how an agent stands with one medium.
type Lane struct {
	Medium desk.Medium
	Held   int
	Units  int
	Most   int
	Why    string
}

// StandingGroup is waiting work that is alike, and what keeps it from the agent.
type StandingGroup struct {
	First  desk.ConversationID
	Queue  desk.QueueID
	Medium desk.Medium
	Rank   time.Time
	Count  int
	Reason string
}

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
	v, a := viewing(ctx), desk.AgentID(in.ID)
	if _, ok := s.Dir().Agent(a); !ok || a != v.id() && (!v.is(desk.RoleSupervisor) || !v.scope.Covers(a)) {
		return nil, notYours()
	}
	r, ok := s.Routing.(Explaining)
	if !ok {
		return nil, errNoRouting
	}
	st, ok := r.WhyIdle(a)
	if !ok {
		return nil, notYours()
	}
	w := AgentRouting{
		Agent: in.ID, Presence: string(st.Presence), Load: st.Load, Firm: st.Firm, Capacity: st.Capacity, Waiting: st.Waiting,
		Queues: mapped(st.Queues, func(q desk.QueueID) string { return string(q) }), Reason: st.Reason,
		Media:   mapped(st.Lanes, func(l Lane) MediumLoad { return MediumLoad{string(l.Medium), l.Held, l.Units, l.Most, l.Why} }),
		Changes: at(st.Changes),
		Groups: mapped(st.Groups, func(g StandingGroup) WaitingWork {
			return WaitingWork{
				First: string(g.First), Queue: string(g.Queue), Medium: string(g.Medium), Rank: at(g.Rank), Count: g.Count, Reason: g.Reason,
			}
		}),
	}
	return &out[AgentRouting]{w}, nil
}

// ahead is how many of its queue go before a waiting conversation, by the router's own order.
func (s *Server) ahead(c desk.ConversationID) int {
	r, ok := s.Routing.(Explaining)
	if !ok {
		return 0
	}
	pos, _ := r.Position(c)
	return max(pos-1, 0)
}

// hindrances are why nobody whom the viewer may see is offered a waiting conversation.
func (s *Server) hindrances(v viewer, c desk.ConversationID) []Hindrance {
	out := []Hindrance{}
	r, ok := s.Routing.(Explaining)
	if !ok {
		return out
	}
	for _, o := range r.WhyNot(c) {
		if o.Agent == v.id() || v.scope.Covers(o.Agent) {
			out = append(out, Hindrance{Agent: string(o.Agent), Reason: o.Reason})
		}
	}
	return out
}
