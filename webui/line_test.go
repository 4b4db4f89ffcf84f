package webui

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"yingda/desk"
	"yingda/router"
	"yingda/sla"
)

// lineBook is a router's line of support: ring first, then what waits, in the order given.
type lineBook struct {
	explainingBook
	line []router.Place
}

func (b *lineBook) Places(_ desk.QueueID, after *router.Mark, limit int) ([]router.Place, bool) {
	from := 0
	for i := range b.line {
		if after != nil && b.line[i].Mark == *after {
			from = i + 1
		}
	}
	rest := b.line[from:]
	return rest[:min(limit, len(rest))], len(rest) > limit
}

func (b *lineBook) Help(_ desk.Conversation, _ []desk.Clock, _ desk.Target, among func(desk.AgentID) bool) router.Help {
	for _, a := range []desk.AgentID{"dan", "ann"} {
		if among(a) {
			return router.Help{Do: router.HelpOffer, Agent: a}
		}
	}
	return router.Help{Do: router.HelpRaise}
}

// A queue's line is one answer: in the router's order, with ranks, slack, whom it rings at and what holds it up.
func TestQueueLine(t *testing.T) {
	t.Parallel()
	book := &lineBook{}
	s := newShop(t, func(d *Deps) { d.Explain, d.Lines = book, book })
	now := time.Now().UTC().Truncate(time.Millisecond)
	var ids []desk.ConversationID
	for i := range 4 {
		in := s.mail("help", fmt.Sprintf("c%d@customer.test", i), "hello")
		ids = append(ids, in.Conversation)
		p := router.Place{
			Conversation: in.Conversation, Position: i, DueAt: now.Add(time.Hour), Boost: 10 * time.Minute, Rank: now.Add(50 * time.Minute),
			Mark: router.Mark{Turn: int64(i), ID: in.Conversation},
		}
		if i == 0 {
			p.Agent, p.ExpiresAt = "ann", now.Add(30*time.Second)
		}
		book.line = append(book.line, p)
	}
	bo, cai := s.signsIn("bo"), s.signsIn("cai")
	// The router has not heard yet that somebody took the third.
	want[Conversation](bo, http.MethodPost, "/conversations/"+string(ids[2])+"/assign", `{"agent":"ann"}`)
	page := get[QueueLine](bo, "/queues/support/line?limit=3")
	if len(page.Items) != 2 || page.Next == "" {
		t.Fatalf("got %d and next %q, want the two of the first three that wait, and a next page", len(page.Items), page.Next)
	}
	rings, first := page.Items[0], page.Items[1]
	if rings.Position != 0 || rings.Conversation.OfferedTo != "ann" || !rings.ExpiresAt.Equal(book.line[0].ExpiresAt) || len(rings.Hindrances) != 0 {
		t.Errorf("what rings: got %+v", rings)
	}
	if first.Position != 1 || first.Conversation.ID != string(ids[1]) || first.Boost != 600 || !first.Rank.Equal(book.line[1].Rank) || first.Slack < 3500 || first.Slack > 3600 {
		t.Errorf("the first in line: got %+v", first)
	}
	if got := first.Hindrances; len(got) != 1 || got[0] != (HindranceCount{"full", 1}) {
		t.Errorf("bo's hindrances: got %+v, want ann's alone", got)
	}
	rest := get[QueueLine](bo, "/queues/support/line?limit=3&cursor="+page.Next)
	if len(rest.Items) != 1 || rest.Items[0].Conversation.ID != string(ids[3]) || rest.Next != "" {
		t.Errorf("second page: got %+v", rest)
	}
	if all := get[QueueLine](cai, "/queues/support/line"); len(all.Items) != 3 || len(all.Items[2].Hindrances) != 2 {
		t.Errorf("the administrator's: got %+v, want three with both agents' hindrances", all.Items)
	}
	for path, who := range map[string]*person{"/queues/sales/line": bo, "/queues/none/line": cai} {
		if got := who.do(http.MethodGet, path, ""); got.status != http.StatusNotFound {
			t.Errorf("%s: got %d %s, want 404", path, got.status, got.body)
		}
	}
	if got := cai.do(http.MethodGet, "/queues/sales/line?cursor="+page.Next, ""); got.reason() != "cursor_unknown" {
		t.Errorf("a cursor of another queue: got %s, want cursor_unknown", got.body)
	}
}

// The board says of each promise the one thing that helps, and names nobody whom its reader may not see.
func TestBoardSaysWhatHelps(t *testing.T) {
	t.Parallel()
	book := &lineBook{}
	s := newShop(t, func(d *Deps) { d.Lines = book })
	s.promises.Use(sla.Defaults())
	s.mail("help", "x@customer.test", "hello")
	s.settled("support", 1)
	bo, cai := s.signsIn("bo"), s.signsIn("cai")
	for who, agent := range map[*person]string{bo: "ann", cai: "dan"} {
		rows := get[Board](who, "/board").Next
		if len(rows) == 0 || rows[0].Help == nil || *rows[0].Help != (BoardHelp{Do: "offer", Agent: agent}) {
			t.Errorf("got %+v, want an offer to %s", rows, agent)
		}
	}
}
