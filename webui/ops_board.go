package webui

import (
	"context"
	"net/http"

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
