package webui

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"yingda/desk"
)

// wideHouse is 50 queues and 1,000 agents, three queues each.
type wideHouse struct {
	desk.Directory
	queues []desk.Queue
	agents []desk.Agent
}

func (h *wideHouse) Queues() []desk.Queue { return h.queues }
func (h *wideHouse) Agents() []desk.Agent { return h.agents }
func (h *wideHouse) Queue(id desk.QueueID) (desk.Queue, bool) {
	return desk.Queue{ID: id}, true
}
func (h *wideHouse) Team(desk.TeamID) (desk.Team, bool) { return desk.Team{}, false }

// BenchmarkBoard is what the hub does for one change of the board: sum up 5,000 open conversations, find the rows that
// differ, and encode them.
func BenchmarkBoard(b *testing.B) {
	h := &wideHouse{}
	for i := range 50 {
		h.queues = append(h.queues, desk.Queue{ID: desk.QueueID(fmt.Sprint("queue-", i)), Name: fmt.Sprint("Queue ", i)})
	}
	for i := range 1000 {
		a := desk.Agent{ID: desk.AgentID(fmt.Sprint("agent-", i)), Name: fmt.Sprint("Agent ", i)}
		for k := range 3 {
			a.Queues = append(a.Queues, h.queues[(i+17*k)%50].ID)
		}
		h.agents = append(h.agents, a)
	}
	board := newBoard(func() desk.Directory { return h })
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	row := func(i int) desk.ConversationRow {
		r := desk.ConversationRow{Conversation: desk.Conversation{
			ID: desk.ConversationID(fmt.Sprint("conv-", i)), Queue: h.queues[i%50].ID, Medium: desk.Email, Status: desk.Open, QueuedAt: now,
		}}
		if i%3 > 0 {
			r.Assignee = h.agents[i%1000].ID
		}
		r.Clocks = []desk.Clock{{Target: desk.FirstResponse, N: 1, StartedAt: now, DueAt: now.Add(time.Duration(i) * time.Minute)}}
		return r
	}
	for i := range 5000 {
		board.put(row(i))
	}
	for _, a := range h.agents {
		board.present(desk.Presence{Agent: a.ID, State: desk.Available, Since: now})
	}
	board.changes(now)
	size := 0
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		r := row(i % 5000)
		r.Assignee = h.agents[(i*7)%1000].ID
		board.put(r)
		queues, agents, late, _ := board.changes(now)
		f := (&Hub{board: board}).boardFrame(desk.Scope{All: true}, queues, agents, late)
		raw, err := json.Marshal(f.tail)
		if err != nil {
			b.Fatal(err)
		}
		size += len(raw)
	}
	b.ReportMetric(float64(size)/float64(b.N), "B/update")
}
