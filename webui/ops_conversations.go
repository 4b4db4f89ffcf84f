package webui

import (
	"context"
	"net/http"

	"yingda/desk"
)

func (s *Server) conversationOps() {
	add(s, op{desk.RoleAgent, http.MethodGet, "/conversations", "listConversations", "A list of conversations"}, s.listConversations)
	add(s, op{desk.RoleAgent, http.MethodGet, "/conversations/{id}", "getConversation", "One conversation"}, s.getConversation)
	add(s, op{desk.RoleAgent, http.MethodGet, "/conversations/{id}/events", "listEvents", "Its history, newest first"}, s.listEvents)
	add(s, op{desk.RoleAgent, http.MethodGet, "/conversations/{id}/trace", "getTrace", "Why it is where it is"}, s.getTrace)
	add(s, op{desk.RoleAgent, http.MethodGet, "/conversations/{id}/clocks", "getClockHistory", "Its promises about time, and why they stand as they do"}, s.getClockHistory)
	add(s, op{desk.RoleAgent, http.MethodPost, "/conversations/{id}/clocks/{target}/acknowledge", "acknowledgeClock", "I have it: nobody else is told of this promise"}, s.acknowledge)
	s.waiverOps()
	add(s, op{desk.RoleAgent, http.MethodGet, "/search", "search", "Find messages, subjects, names, addresses and numbers"}, s.search)
}

// visible returns the conversation if the viewer may see it; what is missing and what is foreign look the same (UP-X3).
func (s *Server) visible(ctx context.Context, v viewer, id string) (desk.ConversationRow, error) {
	rows, err := s.Lists.ConversationRows(ctx, v.id(), []desk.ConversationID{desk.ConversationID(id)})
	if err != nil {
		return desk.ConversationRow{}, err
	}
	if len(rows) != 1 || !v.scope.Sees(rows[0]) {
		return desk.ConversationRow{}, notYours()
	}
	return rows[0], nil
}

func (s *Server) row(r desk.ConversationRow) Conversation {
	return wireConversation(r, s.Hub.offeredTo(r.ID))
}

// fresh reads a conversation again after a change of it.
func (s *Server) fresh(ctx context.Context, id desk.ConversationID) (*out[Conversation], error) {
	rows, err := s.Lists.ConversationRows(ctx, viewing(ctx).id(), []desk.ConversationID{id})
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, notYours()
	}
	return &out[Conversation]{s.row(rows[0])}, nil
}

func statusesOf(word string) []desk.Status {
	switch word {
	case "any":
		return nil
	case "active":
		return []desk.Status{desk.Open, desk.Pending, desk.Snoozed}
	}
	return []desk.Status{desk.Status(word)}
}

func (s *Server) listConversations(ctx context.Context, in *conversationQuery) (*out[Page[Conversation]], error) {
	v := viewing(ctx)
	q := desk.ConversationQuery{
		Scope: v.scope, List: desk.ListName(in.List), Statuses: statusesOf(in.Status), Queue: desk.QueueID(in.Queue),
		Inbox: desk.InboxID(in.Inbox), Medium: desk.Medium(in.Medium), Tier: desk.Tier(in.Tier),
		Priority: desk.Priority(in.Priority), Tag: in.Tag, Assignee: desk.AgentID(in.Assignee), Sort: desk.SortName(in.Sort),
	}
	if in.Late {
		q.LateAt = s.Now()
	}
	return s.conversations(ctx, q, in.Paging)
}

// conversations answers one page of q; the cursor belongs to the order it was made in.
func (s *Server) conversations(ctx context.Context, q desk.ConversationQuery, p Paging) (*out[Page[Conversation]], error) {
	purpose := "conversations:" + string(q.Sort)
	if err := s.sign.open(purpose, p.Cursor, &q.After); err != nil {
		return nil, err
	}
	q.Limit = p.Limit
	rows, err := s.Lists.Conversations(ctx, q)
	if err != nil {
		return nil, err
	}
	page := Page[Conversation]{Items: mapped(rows, s.row)}
	if len(rows) == p.Limit {
		last := rows[len(rows)-1]
		k := desk.Keyset{At: last.LastAt, ID: string(last.ID)}
		if q.Sort == desk.SortDue {
			k.At = last.DueAt
		}
		page.Next = s.sign.seal(purpose, k)
	}
	return &out[Page[Conversation]]{page}, nil
}

func (s *Server) getConversation(ctx context.Context, in *ByID) (*out[Conversation], error) {
	r, err := s.visible(ctx, viewing(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return &out[Conversation]{s.row(r)}, nil
}

type eventPage struct {
	ByID
	Paging
}

func (s *Server) listEvents(ctx context.Context, in *eventPage) (*out[Page[Event]], error) {
	r, err := s.visible(ctx, viewing(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return s.events(in.Paging, func(before int64, limit int) ([]desk.Event, error) {
		return s.Lists.ConversationEvents(ctx, r.ID, before, limit)
	})
}

// events answers one page of facts, newest first.
func (s *Server) events(p Paging, read func(before int64, limit int) ([]desk.Event, error)) (*out[Page[Event]], error) {
	var before int64
	if err := s.sign.open("events", p.Cursor, &before); err != nil {
		return nil, err
	}
	found, err := read(before, p.Limit)
	if err != nil {
		return nil, err
	}
	d := s.Dir()
	page := Page[Event]{Items: mapped(found, func(e desk.Event) Event { return wireEvent(d, e) })}
	if len(found) == p.Limit {
		page.Next = s.sign.seal("events", found[len(found)-1].Seq)
	}
	return &out[Page[Event]]{page}, nil
}

type searchQuery struct {
	Paging
	Text string `query:"q" required:"true" minLength:"1" maxLength:"200"`
}

func (s *Server) search(ctx context.Context, in *searchQuery) (*out[Page[SearchResult]], error) {
	q := desk.SearchQuery{Scope: viewing(ctx).scope, Text: in.Text, Limit: in.Limit}
	if err := s.sign.open("search", in.Cursor, &q.After); err != nil {
		return nil, err
	}
	hits, err := s.Lists.Search(ctx, q)
	if err != nil {
		return nil, err
	}
	page := Page[SearchResult]{Items: mapped(hits, func(h desk.SearchHit) SearchResult {
		return SearchResult{
			Conversation: s.row(h.Conversation),
			Message:      SearchSpot{ID: string(h.Message), Number: h.Number, Excerpt: h.Excerpt, At: at(h.At)},
		}
	})}
	if len(hits) == in.Limit {
		last := hits[len(hits)-1]
		id := string(last.Message)
		if id == "" {
			id = string(last.Conversation.ID)
		}
		page.Next = s.sign.seal("search", desk.Keyset{At: last.At, ID: id})
	}
	return &out[Page[SearchResult]]{page}, nil
}
