package webui

import (
	"context"
	"net/http"

	"yingda/desk"
)

func (s *Server) reviewOps() {
	add(s, op{desk.RoleAgent, http.MethodGet, "/reviews", "listReviews", "Mails that wait for my eyes, oldest first"}, s.listReviews)
	add(s, op{desk.RoleAgent, http.MethodGet, "/reviews/{id}", "getReview", "One review, by its message: what was frozen, and what was sent instead"}, s.getReview)
	add(s, op{desk.RoleAgent, http.MethodPost, "/reviews/{id}/approve", "approveReview", "Let it go as it is, or with corrections"}, s.approve)
	add(s, op{desk.RoleAgent, http.MethodPost, "/reviews/{id}/return", "returnReview", "Give it back to its author, with a reason"}, s.giveBack)
}

// reviews reports whether the viewer may look at other people's mails before they leave.
func (v viewer) reviews() bool { return v.is(desk.RoleSupervisor) || v.agent.Reviewer }

func (s *Server) listReviews(ctx context.Context, in *Paging) (*out[Page[Review]], error) {
	v := viewing(ctx)
	page := Page[Review]{Items: []Review{}}
	if !v.reviews() {
		return &out[Page[Review]]{page}, nil // nothing waits for who may not look
	}
	var after desk.Keyset
	if err := s.sign.open("reviews", in.Cursor, &after); err != nil {
		return nil, err
	}
	for len(page.Items) < in.Limit {
		found, err := s.Answering.ReviewsWaiting(ctx, after, in.Limit)
		if err != nil {
			return nil, err
		}
		for _, r := range found {
			after = desk.Keyset{At: r.AskedAt, ID: string(r.Message)}
			if r.Author == v.id() || len(page.Items) == in.Limit {
				continue
			}
			if _, err := s.visible(ctx, v, string(r.Conversation)); err != nil {
				continue
			}
			w, err := s.wireReview(ctx, r)
			if err != nil {
				return nil, err
			}
			page.Items = append(page.Items, w)
			page.Next = s.sign.seal("reviews", after)
		}
		if len(found) < in.Limit {
			page.Next = ""
			break
		}
	}
	return &out[Page[Review]]{page}, nil
}

func (s *Server) wireReview(ctx context.Context, r desk.Review) (Review, error) {
	w := Review{
		Conversation: string(r.Conversation), State: string(r.State), Author: who(s.Dir(), desk.AgentActor(r.Author, "")), Why: reasons(r.Why),
		AskedAt: at(r.AskedAt), DueAt: at(r.DueAt), EscalatedAt: at(r.EscalatedAt), DecidedAt: at(r.DecidedAt), Reason: r.Reason,
		Waited: int64(r.Waited(s.Now()).Seconds()),
	}
	if r.Reviewer != "" {
		w.Reviewer = who(s.Dir(), desk.AgentActor(r.Reviewer, ""))
	} else {
		w.Reviewer = Who{Kind: string(desk.BySystem)}
	}
	m, err := s.Lists.Message(ctx, r.Message)
	if err != nil {
		return w, err
	}
	w.Message = wireMessage(m)
	if r.Sent != "" {
		sent, err := s.Lists.Message(ctx, r.Sent)
		if err != nil {
			return w, err
		}
		full := wireMessage(sent)
		w.Sent = &full
	}
	return w, nil
}

// review is one the viewer may see: its author, or who may review and sees the conversation.
func (s *Server) review(ctx context.Context, id string) (desk.Review, error) {
	v := viewing(ctx)
	r, err := s.Answering.Review(ctx, desk.MessageID(id))
	if err != nil {
		return r, err
	}
	if _, err := s.visible(ctx, v, string(r.Conversation)); err != nil {
		return r, err
	}
	if r.Author != v.id() && !v.reviews() {
		return r, refuse(desk.Forbidden, "reviewers_only")
	}
	return r, nil
}

func (s *Server) getReview(ctx context.Context, in *ByID) (*out[Review], error) {
	r, err := s.review(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	w, err := s.wireReview(ctx, r)
	return &out[Review]{w}, err
}

type approveIn struct {
	ByID
	Body Correction
}

func (s *Server) approve(ctx context.Context, in *approveIn) (*out[Review], error) {
	v, b := viewing(ctx), in.Body
	r, err := s.review(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if !b.Edited {
		if err := s.Desk.Approve(ctx, v.actor(), r.Message); err != nil {
			return nil, err
		}
		return s.getReview(ctx, &in.ByID)
	}
	m, err := s.Lists.Message(ctx, r.Message)
	if err != nil {
		return nil, err
	}
	c := desk.Correction{Subject: b.Subject, Body: body(b.Text, b.HTML), To: m.To, Cc: m.Cc, Bcc: m.Bcc, Attachments: m.Attachments}
	if len(b.To)+len(b.Cc)+len(b.Bcc) > 0 {
		if err := addressesFit(b.To, b.Cc, b.Bcc); err != nil {
			return nil, err
		}
		c.To, c.Cc, c.Bcc = deskAddresses(b.To), deskAddresses(b.Cc), deskAddresses(b.Bcc)
	}
	if _, err := s.Desk.ApproveEdited(ctx, v.actor(), r.Message, c); err != nil {
		return nil, err
	}
	return s.getReview(ctx, &in.ByID)
}

type returnIn struct {
	ByID
	Body struct {
		Reason string `json:"reason" minLength:"1" maxLength:"2000"`
	}
}

func (s *Server) giveBack(ctx context.Context, in *returnIn) (*out[Review], error) {
	r, err := s.review(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if err := s.Desk.Return(ctx, viewing(ctx).actor(), r.Message, in.Body.Reason); err != nil {
		return nil, err
	}
	return s.getReview(ctx, &in.ByID)
}
