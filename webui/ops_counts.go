package webui

import (
	"context"

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

func (b *board) counts(scope desk.Scope) ListCounts {
	c := ListCounts{Queues: map[string]int{}}
	lists := map[desk.ListName]*int{desk.ListMine: &c.Mine, desk.ListMyQueues: &c.MyQueues, desk.ListUnassigned: &c.Unassigned, desk.ListMentioned: &c.Mentioned}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range b.rows {
		for list, n := range lists {
			if !scope.Lists(list, r) {
				continue
			}
			*n++
			if list == desk.ListMyQueues {
				c.Queues[string(r.Queue)]++
			}
		}
	}
	return c
}
