package webui

import (
	"context"
	"net/http"

	"yingda/desk"
)

func (s *Server) eraseOps() {
	add(s, op{desk.RoleAdministrator, http.MethodPost, "/conversations/{id}/erase", "eraseConversation", "Erase it for good; a tombstone stays"}, s.eraseConversation)
	add(s, op{desk.RoleAdministrator, http.MethodPost, "/contacts/{id}/erase", "eraseContact", "Erase a customer and all their conversations for good"}, s.eraseContact)
}

type eraseConversationIn struct {
	ByID
	Body struct {
		Confirm string `json:"confirm" minLength:"1" maxLength:"32" doc:"the conversation's number, to show that this one is meant"`
		Reason  string `json:"reason" minLength:"1" maxLength:"500" doc:"kept with the tombstone: write no customer's words into it"`
	}
}

func (s *Server) eraseConversation(ctx context.Context, in *eraseConversationIn) (*ack, error) {
	v := viewing(ctx)
	r, err := s.visible(ctx, v, in.ID)
	if err != nil {
		return nil, err
	}
	e := desk.Erase{Actor: v.actor(), Confirm: in.Body.Confirm, Reason: in.Body.Reason}
	return done(), s.Desk.EraseConversation(ctx, r.ID, e)
}

type eraseContactIn struct {
	ByID
	Body struct {
		Confirm string `json:"confirm" minLength:"1" maxLength:"200" doc:"the customer's name, or the id of one without"`
		Reason  string `json:"reason" minLength:"1" maxLength:"500" doc:"kept in the log: write no customer's words into it"`
	}
}

// Erasure says how much was erased.
type Erasure struct {
	Conversations int `json:"conversations"`
}

func (s *Server) eraseContact(ctx context.Context, in *eraseContactIn) (*out[Erasure], error) {
	e := desk.Erase{Actor: viewing(ctx).actor(), Confirm: in.Body.Confirm, Reason: in.Body.Reason}
	n, err := s.Desk.EraseContact(ctx, desk.ContactID(in.ID), e)
	return &out[Erasure]{Erasure{Conversations: n}}, err
}
