package webui

import (
	"context"
	"net/http"
	"slices"

	"yingda/desk"
)

func (s *Server) actionOps() {
	add(s, op{desk.RoleAgent, http.MethodPatch, "/conversations/{id}", "editConversation", "Change status, priority, tags, subject, language"}, s.edit)
	add(s, op{desk.RoleAgent, http.MethodPost, "/conversations/{id}/take", "take", "Take it myself"}, s.take)
	add(s, op{desk.RoleAgent, http.MethodPost, "/conversations/{id}/assign", "assign", "Give it to somebody, or back to its queue"}, s.assign)
	add(s, op{desk.RoleAgent, http.MethodPost, "/conversations/{id}/transfer", "transfer", "Hand it on with a note"}, s.transfer)
	add(s, op{desk.RoleAgent, http.MethodPost, "/conversations/{id}/merge", "merge", "Put it into another of the same customer"}, s.merge)
	add(s, op{desk.RoleAgent, http.MethodPost, "/conversations/{id}/called-back", "calledBack", "I reached the customer otherwise"}, s.calledBack)
	add(s, op{desk.RoleAgent, http.MethodPost, "/conversations/{id}/end-call", "endCall", "The call is over, though the exchange did not say so"}, s.endCall)
	add(s, op{desk.RoleAgent, http.MethodPost, "/conversations/{id}/seen", "markSeen", "I have read up to here"}, s.seen)
	add(s, op{desk.RoleAgent, http.MethodPost, "/conversations/{id}/typing", "typing", "I type, or stopped"}, s.typing)
	add(s, op{desk.RoleAgent, http.MethodPost, "/conversations/bulk", "bulk", "Change many; each stands alone"}, s.bulk)
}

type editIn struct {
	ByID
	Body Edit
}

func (s *Server) edit(ctx context.Context, in *editIn) (*out[Conversation], error) {
	v, b := viewing(ctx), in.Body
	r, err := s.visible(ctx, v, in.ID)
	if err != nil {
		return nil, err
	}
	ch := desk.Change{Actor: v.actor(), Version: b.Version, Tags: b.Tags, Subject: b.Subject, Locale: b.Locale}
	if b.Status != nil {
		status := desk.Status(*b.Status)
		ch.Status = &status
	}
	if b.Priority != nil {
		p := desk.Priority(*b.Priority)
		ch.Priority = &p
	}
	if b.SnoozeUntil != nil {
		ch.SnoozeUntil = b.SnoozeUntil.UTC()
	}
	if err := s.Desk.Change(ctx, r.ID, ch); err != nil {
		return nil, s.withCurrent(ctx, err, r.ID)
	}
	return s.fresh(ctx, r.ID)
}

type takeIn struct {
	ByID
	Body struct {
		Force bool `json:"force,omitempty" doc:"supervisors: from somebody else, or over capacity"`
	}
}

func (s *Server) take(ctx context.Context, in *takeIn) (*out[Conversation], error) {
	v := viewing(ctx)
	r, err := s.visible(ctx, v, in.ID)
	if err != nil {
		return nil, err
	}
	if err := s.give(ctx, v, r, v.id(), in.Body.Force); err != nil {
		return nil, err
	}
	return s.fresh(ctx, r.ID)
}

// give assigns by hand. Waiting work goes through the router, which knows capacity and open offers; taking it from a
// colleague is a supervisor's word to the desk.
func (s *Server) give(ctx context.Context, v viewer, r desk.ConversationRow, to desk.AgentID, force bool) error {
	if force && !v.is(desk.RoleSupervisor) {
		return refuse(desk.Forbidden, "supervisors_only")
	}
	if r.Waiting() && s.Routing != nil {
		return s.Routing.Take(ctx, v.actor(), r.ID, to, force)
	}
	return s.Desk.Assign(ctx, desk.Assign{Conversation: r.ID, Agent: to, Actor: v.actor(), Forced: force})
}

type assignIn struct {
	ByID
	Body struct {
		Agent string `json:"agent" maxLength:"64" doc:"empty: back to the queue"`
		Force bool   `json:"force,omitempty"`
	}
}

func (s *Server) assign(ctx context.Context, in *assignIn) (*out[Conversation], error) {
	v := viewing(ctx)
	r, err := s.visible(ctx, v, in.ID)
	if err != nil {
		return nil, err
	}
	if err := s.assignTo(ctx, v, r, desk.AgentID(in.Body.Agent), in.Body.Force); err != nil {
		return nil, err
	}
	return s.fresh(ctx, r.ID)
}

func (s *Server) assignTo(ctx context.Context, v viewer, r desk.ConversationRow, to desk.AgentID, force bool) error {
	switch {
	case to == "":
		return s.Desk.Unassign(ctx, v.actor(), r.ID)
	case to == v.id():
		return s.give(ctx, v, r, to, force)
	case !v.is(desk.RoleSupervisor):
		return refuse(desk.Forbidden, "supervisors_only")
	case !v.scope.Covers(to):
		return refuse(desk.NotFound, "agent_unknown")
	}
	return s.give(ctx, v, r, to, force || r.Assignee != "")
}

type transferIn struct {
	ByID
	Body struct {
		Queue string `json:"queue,omitempty" maxLength:"64"`
		Agent string `json:"agent,omitempty" maxLength:"64"`
		Note  string `json:"note,omitempty" maxLength:"10000"`
	}
}

// transfer answers with the conversation even when it leaves the viewer's scope by this: they saw it a moment ago.
func (s *Server) transfer(ctx context.Context, in *transferIn) (*out[Conversation], error) {
	v := viewing(ctx)
	r, err := s.visible(ctx, v, in.ID)
	if err != nil {
		return nil, err
	}
	err = s.Desk.Transfer(ctx, desk.Transfer{
		Actor: v.actor(), AuthorName: v.agent.Name, Conversation: r.ID, Queue: desk.QueueID(in.Body.Queue),
		Agent: desk.AgentID(in.Body.Agent), Note: in.Body.Note,
	})
	if err != nil {
		return nil, err
	}
	return s.fresh(ctx, r.ID)
}

type mergeIn struct {
	ByID
	Body struct {
		Into string `json:"into" minLength:"1" maxLength:"64"`
	}
}

func (s *Server) merge(ctx context.Context, in *mergeIn) (*out[Conversation], error) {
	v := viewing(ctx)
	from, err := s.visible(ctx, v, in.ID)
	if err != nil {
		return nil, err
	}
	into, err := s.visible(ctx, v, in.Body.Into)
	if err != nil {
		return nil, err
	}
	if err := s.Desk.Merge(ctx, v.actor(), from.ID, into.ID); err != nil {
		return nil, err
	}
	return s.fresh(ctx, into.ID)
}

type calledBackIn struct {
	ByID
	Body struct {
		Note string `json:"note,omitempty" maxLength:"500"`
	}
}

func (s *Server) calledBack(ctx context.Context, in *calledBackIn) (*out[Conversation], error) {
	v := viewing(ctx)
	r, err := s.visible(ctx, v, in.ID)
	if err != nil {
		return nil, err
	}
	if err := s.Desk.Reached(ctx, v.actor(), r.ID, in.Body.Note); err != nil {
		return nil, err
	}
	return s.fresh(ctx, r.ID)
}

type seenIn struct {
	ByID
	Body struct {
		Number int64 `json:"number" minimum:"0"`
	}
}

func (s *Server) seen(ctx context.Context, in *seenIn) (*ack, error) {
	v := viewing(ctx)
	r, err := s.visible(ctx, v, in.ID)
	if err != nil {
		return nil, err
	}
	return done(), s.Desktop.MarkRead(ctx, v.id(), r.ID, min(in.Body.Number, r.Messages), s.Now())
}

type typingIn struct {
	ByID
	Body struct {
		On bool `json:"on"`
	}
}

func (s *Server) typing(ctx context.Context, in *typingIn) (*ack, error) {
	v := viewing(ctx)
	r, err := s.visible(ctx, v, in.ID)
	if err != nil {
		return nil, err
	}
	s.Hub.types(v, r.ID, in.Body.On)
	return done(), nil
}

func (s *Server) bulk(ctx context.Context, in *struct{ Body Bulk }) (*out[Page[BulkResult]], error) {
	v, results := viewing(ctx), make([]BulkResult, 0, len(in.Body.IDs))
	for _, id := range in.Body.IDs {
		res := BulkResult{ID: id}
		if err := s.bulkOne(ctx, v, id, in.Body); err != nil {
			res.Error = problemOf(err)
		}
		results = append(results, res)
	}
	return &out[Page[BulkResult]]{Page[BulkResult]{Items: results}}, nil
}

func (s *Server) bulkOne(ctx context.Context, v viewer, id string, b Bulk) error {
	r, err := s.visible(ctx, v, id)
	if err != nil {
		return err
	}
	ch := desk.Change{Actor: v.actor()}
	if b.Priority != nil {
		p := desk.Priority(*b.Priority)
		ch.Priority = &p
	}
	if b.TagsAdd != nil {
		tags := slices.Concat(r.Tags, *b.TagsAdd)
		ch.Tags = &tags
	}
	if b.Status != nil && desk.Status(*b.Status) != r.Status {
		status := desk.Status(*b.Status)
		ch.Status = &status
	}
	if err := s.Desk.Change(ctx, r.ID, ch); err != nil {
		return err
	}
	if b.Queue != nil && desk.QueueID(*b.Queue) != r.Queue {
		t := desk.Transfer{Actor: v.actor(), AuthorName: v.agent.Name, Conversation: r.ID, Queue: desk.QueueID(*b.Queue)}
		if err := s.Desk.Transfer(ctx, t); err != nil {
			return err
		}
		r.Assignee, r.Queue = "", t.Queue
	}
	if b.Assignee != nil && desk.AgentID(*b.Assignee) != r.Assignee {
		return s.assignTo(ctx, v, r, desk.AgentID(*b.Assignee), false)
	}
	return nil
}

// callPage is how many of the newest entries are looked at for a call that is on.
const callPage = 20

// endCall ends the record of the call that is on.
func (s *Server) endCall(ctx context.Context, in *ByID) (*out[Conversation], error) {
	v := viewing(ctx)
	r, err := s.visible(ctx, v, in.ID)
	if err != nil {
		return nil, err
	}
	page, err := s.Lists.Messages(ctx, r.ID, desk.MessagePage{Limit: callPage})
	if err != nil {
		return nil, err
	}
	err = desk.Refuse(desk.Invalid, "not_a_call")
	for _, m := range page {
		if m.Call == nil {
			continue
		}
		if err = desk.Refuse(desk.Conflict, "call_over"); m.Call.On() {
			if err := s.Desk.EndCall(ctx, v.actor(), m.ID); err != nil {
				return nil, err
			}
			return s.fresh(ctx, r.ID)
		}
	}
	return nil, err
}
