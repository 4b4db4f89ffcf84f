package webui

import (
	"context"
	"net/http"
	"slices"

	"yingda/desk"
)

func (s *Server) boardOps() {
	add(s, op{desk.RoleSupervisor, http.MethodGet, "/board", "getBoard", "The picture of now, within my scope"}, s.getBoard)
}

func (s *Server) getBoard(ctx context.Context, _ *struct{}) (*out[Board], error) {
	b, err := s.boardFor(ctx, viewing(ctx))
	return &out[Board]{b}, err
}

func (s *Server) boardFor(ctx context.Context, v viewer) (Board, error) {
	b := s.Hub.board.picture(v.scope, s.Now())
	b.Warnings = s.warnings()
	statuses, err := s.Channels.ChannelStatuses(ctx)
	if err != nil {
		return Board{}, err
	}
	b.Channels = make([]Channel, 0, len(statuses))
	for _, st := range statuses {
		if inbox, ok := s.Dir().Inbox(st.Inbox); ok && (v.scope.All || containsQueue(v.scope.Queues, inbox.Queue)) {
			b.Channels = append(b.Channels, wireChannel(inbox, st))
		}
	}
	b.Channels = append(b.Channels, s.doors(v, b.Channels)...)
	if b.Alerts, err = s.openAlerts(ctx, v.scope); err != nil {
		return Board{}, err
	}
	if v.is(desk.RoleAdministrator) {
		b.Quarantine, err = s.Channels.QuarantineCount(ctx)
	}
	return b, err
}

func wireChannel(inbox desk.Inbox, st desk.ChannelStatus) Channel {
	return Channel{
		Inbox: string(inbox.ID), Name: inbox.Name, Medium: string(inbox.Medium), Up: st.Up, Cause: st.Cause,
		LastGood: at(st.LastGood), Since: at(st.Since),
	}
}

// doors are the chat and phone inboxes of a viewer: they keep no connection of their own that could be down.
func (s *Server) doors(v viewer, told []Channel) []Channel {
	var out []Channel
	if s.Doors == nil {
		return out
	}
	for _, i := range s.Dir().Inboxes() {
		known := slices.ContainsFunc(told, func(c Channel) bool { return c.Inbox == string(i.ID) })
		if known || !i.Enabled || i.Medium == desk.Email || !v.scope.All && !containsQueue(v.scope.Queues, i.Queue) {
			continue
		}
		d := s.Doors(i.ID)
		c := Channel{Inbox: string(i.ID), Name: i.Name, Medium: string(i.Medium), Up: true, LastGood: at(d.LastGood)}
		if i.Medium == desk.Chat {
			c.Visitors = &d.Visitors
		} else {
			c.Refused = &d.Refused
		}
		out = append(out, c)
	}
	return out
}
