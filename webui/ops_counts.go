package webui

import (
	"context"
	"slices"

	"yingda/desk"
)

// ListCounts is how many conversations that are not resolved stand in the lists of whoever asks.
type ListCounts struct {
	Mine       int            `json:"mine"`
	MyQueues   int            `json:"my_queues"`
	Unassigned int            `json:"unassigned"`
	Mentioned  int            `json:"mentioned"`
	Queues     map[string]int `json:"queues" doc:"of my_queues, by queue; a queue without any is left out"`
}

// listCounts counts in memory, where every open conversation stands: what it costs grows with the open work of the house and
// not with what is stored.
func (s *Server) listCounts(ctx context.Context, _ *struct{}) (*out[ListCounts], error) {
	return &out[ListCounts]{s.Hub.board.counts(viewing(ctx).scope)}, nil
}

// counts follows what the store's lists hold, see desk.ConversationQuery.
func (b *board) counts(scope desk.Scope) ListCounts {
	c := ListCounts{Queues: map[string]int{}}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range b.rows {
		switch {
		case r.Assignee == scope.Agent:
			c.Mine++
		case r.Assignee == "" && scope.HasQueue(r.Queue):
			c.Unassigned++
		}
		if r.Queue != "" && slices.Contains(scope.Queues, r.Queue) {
			c.MyQueues++
			c.Queues[string(r.Queue)]++
		}
		if slices.Contains(r.Mentioned, scope.Agent) {
			c.Mentioned++
		}
	}
	return c
}
