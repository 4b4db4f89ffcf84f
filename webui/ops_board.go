package webui

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"yingda/desk"
	"yingda/router"
)

func (s *Server) boardOps() {
	add(s, op{desk.RoleSupervisor, http.MethodGet, "/queues/{id}/line", "getQueueLine", "Who waits in a queue of mine, in the order the router takes them"}, s.getLine)
	add(s, op{desk.RoleSupervisor, http.MethodGet, "/board", "getBoard", "The picture of now, within my scope"}, s.getBoard)
}

func (s *Server) getBoard(ctx context.Context, _ *struct{}) (*out[Board], error) {
	b, err := s.boardFor(ctx, viewing(ctx))
	return &out[Board]{b}, err
}

func (s *Server) boardFor(ctx context.Context, v viewer) (Board, error) {
	b, late, next := s.Hub.board.picture(v.scope, s.Now())
	b.Late, b.Next = s.boardRows(v, late, b.At.Time), s.boardRows(v, next, b.At.Time)
	b.Warnings = s.warnings()
	statuses, err := s.Channels.ChannelStatuses(ctx)
	if err != nil {
		return Board{}, err
	}
	b.Channels = make([]Channel, 0, len(statuses))
	for _, st := range statuses {
		if inbox, ok := s.Dir().Inbox(st.Inbox); ok && v.scope.HasQueue(inbox.Queue) {
			b.Channels = append(b.Channels, wireChannel(inbox, st))
		}
	}
	b.Channels = append(b.Channels, s.doors(v, b.Channels)...)
	if b.Alerts, err = s.openAlerts(ctx, v.scope); err != nil {
		return Board{}, err
	}
	standing(b.Alerts, b.Queues, b.Channels, b.At.Time)
	if v.is(desk.RoleAdministrator) {
		b.Quarantine, err = s.Channels.QuarantineCount(ctx)
	}
	return b, err
}

// boardRows say of each promise what would help it most.
func (s *Server) boardRows(v viewer, in []promisedRow, now time.Time) []BoardRow {
	mine := v.scope.Covering()
	return mapped(in, func(p promisedRow) BoardRow {
		row := BoardRow{
			Conversation: forFrames(wireConversation(p.row, p.ringsAt)), Clock: wireClock(p.clock), Slack: slack(p.clock.DueAt, now),
		}
		if s.Lines != nil {
			h := s.Lines.Help(p.row.Conversation, p.row.Clocks, p.clock.Target, mine)
			row.Help = &BoardHelp{Do: string(h.Do), Agent: string(h.Agent)}
		}
		return row
	})
}

// slack is the time left until a due moment, in whole seconds; negative when it is over.
func slack(due, now time.Time) int64 { return int64(due.Sub(now) / time.Second) }

type lineQuery struct {
	ByID
	Paging
}

// getLine is a queue's line as the router takes it, read in one go.
func (s *Server) getLine(ctx context.Context, in *lineQuery) (*out[QueueLine], error) {
	v, q := viewing(ctx), desk.QueueID(in.ID)
	if _, ok := s.Dir().Queue(q); !ok || !v.scope.HasQueue(q) {
		return nil, notYours()
	}
	if s.Lines == nil {
		return nil, errNoRouting
	}
	var after *router.Mark
	if err := s.sign.open("line "+in.ID, in.Cursor, &after); err != nil {
		return nil, err
	}
	places, more := s.Lines.Places(q, after, in.Limit)
	rows, err := s.Lists.ConversationRows(ctx, v.id(), mapped(places, func(p router.Place) desk.ConversationID { return p.Conversation }))
	if err != nil {
		return nil, err
	}
	mine := v.scope.Covering()
	line := QueueLine{At: at(s.Now()), Queue: in.ID, Items: []LinePlace{}}
	for _, p := range places {
		i := slices.IndexFunc(rows, func(r desk.ConversationRow) bool { return r.ID == p.Conversation })
		if i >= 0 && rows[i].Waiting() && v.scope.Sees(rows[i]) { // else it was taken or moved a moment ago
			line.Items = append(line.Items, s.linePlace(mine, p, rows[i], line.At.Time))
		}
	}
	if more {
		line.Next = s.sign.seal("line "+in.ID, places[len(places)-1].Mark)
	}
	return &out[QueueLine]{line}, nil
}

func (s *Server) linePlace(mine func(desk.AgentID) bool, p router.Place, r desk.ConversationRow, now time.Time) LinePlace {
	w := LinePlace{
		Conversation: wireConversation(r, p.Agent), Position: p.Position, Rank: at(p.Rank), DueAt: at(p.DueAt), Slack: slack(p.DueAt, now),
		Boost: int64(p.Boost / time.Second), ExpiresAt: at(p.ExpiresAt), Hindrances: []HindranceCount{},
	}
	if p.Agent != "" {
		return w
	}
	by := map[string]int{}
	for _, h := range s.hindrances(mine, p.Conversation) {
		by[h.Reason]++
	}
	for why, n := range by {
		w.Hindrances = append(w.Hindrances, HindranceCount{why, n})
	}
	slices.SortFunc(w.Hindrances, func(a, b HindranceCount) int {
		return cmp.Or(cmp.Compare(b.Agents, a.Agents), cmp.Compare(a.Reason, b.Reason))
	})
	return w
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
		if known || !i.Enabled || i.Medium == desk.Email || !v.scope.HasQueue(i.Queue) {
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
