package webui

import (
	"context"
	"net/http"

	"yingda/desk"
)

func (s *Server) offerOps() {
	add(s, op{desk.RoleAgent, http.MethodGet, "/offers", "listOffers", "What lies before me now"}, s.listOffers)
	add(s, op{desk.RoleAgent, http.MethodPost, "/offers/{id}/accept", "acceptOffer", "Take it"}, s.acceptOffer)
	add(s, op{desk.RoleAgent, http.MethodPost, "/offers/{id}/decline", "declineOffer", "Refuse it, and say why"}, s.declineOffer)
}

func (s *Server) listOffers(ctx context.Context, _ *struct{}) (*out[[]Offer], error) {
	v := viewing(ctx)
	open, err := s.routing().Offers(ctx, v.id())
	if err != nil {
		return nil, err
	}
	items, err := s.offers(ctx, v.id(), mapped(open, func(o OpenOffer) OpenOffer { return s.explained(ctx, o) }))
	return &out[[]Offer]{items}, err
}

// offers joins offers with their conversations; one whose conversation is gone is left out.
func (s *Server) offers(ctx context.Context, reader desk.AgentID, open []OpenOffer) ([]Offer, error) {
	ids := mapped(open, func(o OpenOffer) desk.ConversationID { return o.Conversation })
	rows, err := s.Lists.ConversationRows(ctx, reader, ids)
	if err != nil {
		return nil, err
	}
	rowOf := make(map[desk.ConversationID]desk.ConversationRow, len(rows))
	for _, r := range rows {
		rowOf[r.ID] = r
	}
	items := make([]Offer, 0, len(open))
	for _, o := range open {
		if r, ok := rowOf[o.Conversation]; ok {
			items = append(items, wireOffer(o, wireConversation(r, o.Agent)))
		}
	}
	return items, nil
}

func wireOffer(o OpenOffer, c Conversation) Offer {
	return Offer{
		ID: string(o.ID), Conversation: c, Agent: string(o.Agent), MadeAt: at(o.MadeAt), ExpiresAt: at(o.ExpiresAt),
		Auto: o.Auto, Weight: o.Weight, Why: reasons(o.Why),
	}
}

// mine finds an open offer of the viewer; another's looks like none.
func (s *Server) mine(ctx context.Context, v viewer, id string) (OpenOffer, error) {
	open, err := s.routing().Offers(ctx, v.id())
	if err != nil {
		return OpenOffer{}, err
	}
	for _, o := range open {
		if string(o.ID) == id {
			return o, nil
		}
	}
	return OpenOffer{}, refuse(desk.Conflict, "offer_gone")
}

func (s *Server) acceptOffer(ctx context.Context, in *ByID) (*out[Conversation], error) {
	v := viewing(ctx)
	o, err := s.mine(ctx, v, in.ID)
	if err != nil {
		return nil, err
	}
	if err := s.routing().Accept(ctx, o.ID, v.id()); err != nil {
		return nil, err
	}
	return s.fresh(ctx, o.Conversation)
}

type declineIn struct {
	ByID
	Body struct {
		Reason string `json:"reason" enum:"busy,not_my_skill,break,other"`
		Text   string `json:"text,omitempty" maxLength:"300"`
	}
}

func (s *Server) declineOffer(ctx context.Context, in *declineIn) (*ack, error) {
	v := viewing(ctx)
	o, err := s.mine(ctx, v, in.ID)
	if err != nil {
		return nil, err
	}
	reason := in.Body.Reason
	if in.Body.Text != "" {
		reason += ": " + in.Body.Text
	}
	return done(), s.routing().Decline(ctx, o.ID, v.id(), reason)
}

// explained adds to an offer of the router what its fact says: why, and when it was made. The hub knows those made
// since it runs; older ones are looked up.
func (s *Server) explained(ctx context.Context, o OpenOffer) OpenOffer {
	if known, ok := s.Hub.board.offer(o.ID); ok {
		known.Weight = o.Weight
		return known
	}
	events, err := s.Lists.ConversationEvents(ctx, o.Conversation, 0, maxExplain)
	if err != nil {
		s.Log.Warn("explain offer", "offer", o.ID, "err", err) // the offer itself is not worth less
		return o
	}
	for _, e := range events {
		if f, ok := e.Fact.(desk.Offered); ok && f.Offer == o.ID {
			o.MadeAt, o.Auto, o.Why = e.At, f.Auto, f.Why
		}
	}
	return o
}

// maxExplain bounds how far back the fact of an open offer is looked for, in facts.
const maxExplain = 50

// routing is the router, or one that says it is not there.
func (s *Server) routing() Routing {
	if s.Routing == nil {
		return noRouting{}
	}
	return s.Routing
}

type noRouting struct{}

var errNoRouting = desk.Refuse(desk.Unavailable, "routing_down")

func (noRouting) Offers(context.Context, desk.AgentID) ([]OpenOffer, error) { return nil, errNoRouting }
func (noRouting) Accept(context.Context, desk.OfferID, desk.AgentID) error  { return errNoRouting }
func (noRouting) Decline(context.Context, desk.OfferID, desk.AgentID, string) error {
	return errNoRouting
}

func (noRouting) Take(context.Context, desk.Actor, desk.ConversationID, desk.AgentID, bool) error {
	return errNoRouting
}
