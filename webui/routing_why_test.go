package webui

import (
	"net/http"
	"strings"
	"testing"

	"yingda/desk"
	"yingda/router"
)

// explainingBook is a router with answers to "why not".
type explainingBook struct{}

func (explainingBook) Position(desk.ConversationID) (int, bool) { return 3, true }

func (explainingBook) WhyNot(desk.ConversationID) []router.Hindrance {
	return []router.Hindrance{{Agent: "ann", Reason: "full"}, {Agent: "dan", Reason: "away"}}
}

func (explainingBook) WhyIdle(a desk.AgentID) (router.Standing, bool) {
	return router.Standing{
		Presence: desk.Available, Load: 90, Firm: 90, Capacity: 100, Queues: []desk.QueueID{"support"}, Waiting: 3,
		Reason: "out_of_reach", Idle: []router.Idle{{First: "c1", Queue: "support", Medium: desk.Chat, Count: 3, Reason: "full"}},
	}, a != "cai"
}

func TestWhyNotAndWhyIdle(t *testing.T) {
	t.Parallel()
	s := newShop(t, func(d *Deps) { d.Explain = explainingBook{} })
	in := s.mail("help", "x@customer.test", "hello")
	ann, bo, cai := s.signsIn("ann"), s.signsIn("bo"), s.signsIn("cai")

	trace := get[Trace](bo, "/conversations/"+string(in.Conversation)+"/trace")
	if trace.Routing != "waiting" || len(trace.Hindrances) != 1 || trace.Hindrances[0] != (Hindrance{"ann", "full"}) {
		t.Errorf("bo's trace: got %s %+v, want ann full and nothing of dan's team", trace.Routing, trace.Hindrances)
	}
	if trace.Ahead != 2 {
		t.Errorf("ahead: got %d, want the two the router puts before the third", trace.Ahead)
	}
	if all := get[Trace](cai, "/conversations/"+string(in.Conversation)+"/trace"); len(all.Hindrances) != 2 {
		t.Errorf("the administrator's: got %+v, want both", all.Hindrances)
	}
	for _, p := range []*person{ann, bo, cai} {
		mine := get[AgentRouting](p, "/agents/ann/routing")
		if mine.Reason != "out_of_reach" || mine.Load != 90 || len(mine.Groups) != 1 || mine.Groups[0].Reason != "full" {
			t.Errorf("ann's standing: got %+v", mine)
		}
	}
	for path, who := range map[string]*person{"/agents/bo/routing": ann, "/agents/dan/routing": bo, "/agents/nobody/routing": cai, "/agents/cai/routing": cai} {
		if got := who.do(http.MethodGet, path, ""); got.status != http.StatusNotFound || !strings.Contains(got.body, "not_found") {
			t.Errorf("%s: got %d %s, want 404", path, got.status, got.body)
		}
	}
}

// The record gives a hundred facts at a time; an offer that lies further back is part of the answer, newest first.
func TestTraceReachesBack(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	in := s.mail("help", "x@customer.test", "hello")
	about := desk.Subject{Kind: desk.AboutConversation, ID: string(in.Conversation)}
	for range 120 {
		if err := s.desk.Log(t.Context(), about, desk.System(), desk.Looked{What: "test"}); err != nil {
			t.Fatal(err)
		}
	}
	bo := s.signsIn("bo")
	want[Conversation](bo, http.MethodPost, "/conversations/"+string(in.Conversation)+"/assign", `{"agent":"ann"}`)
	steps := get[Trace](bo, "/conversations/"+string(in.Conversation)+"/trace").Steps
	if n := len(steps); n < 2 || steps[0].Kind != "assigned" || steps[n-1].Kind != "queued" {
		t.Errorf("got %+v, want the newest step first and the first queueing last", steps)
	}
}
