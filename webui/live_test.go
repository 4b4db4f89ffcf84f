package webui

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"yingda/desk"
)

// UP-W1: what happens reaches the pages that may see it, in order, and nobody else.
func TestLive(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ann, dan := s.signsIn("ann"), s.signsIn("dan")
	a, d := ann.opens(`{"kind":"hello","cursor":""}`), dan.opens(`{"kind":"hello","cursor":""}`)
	if w := a.hears("welcome", nil); w.Resumed {
		t.Error("welcome without a cursor: got resumed, want the page to load its snapshot")
	}
	d.hears("welcome", nil)
	in := s.chat("v1", "你好")
	row := a.hears("conversation", nil).row()
	if row.ID != string(in.Conversation) || !row.Waiting || row.Unread || row.Read != 0 {
		t.Errorf("row: got %s waiting %v read %d, want the waiting chat, without what only one reader knows", row.ID, row.Waiting, row.Read)
	}
	a.says(`{"kind":"watch","topics":["conversation:` + string(in.Conversation) + `","board"]}`)
	d.says(`{"kind":"watch","topics":["conversation:` + string(in.Conversation) + `","board"]}`)
	a.says(`{"kind":"ping"}`)
	a.hears("pong", nil) // the topics stand
	d.says(`{"kind":"ping"}`)
	d.hears("pong", nil)
	want[Message](ann, http.MethodPost, "/conversations/"+string(in.Conversation)+"/messages", `{"text":"Hello","seen":1,"client_key":"k"}`)
	if m := a.hears("message", nil).Message; m.Text != "Hello" || m.Number != 2 || m.ClientKey != "k" {
		t.Errorf("my own message: got %+v, want it with its client key", m)
	}
	a.hears("conversation", func(l live) bool { return l.row().Assignee == "ann" })
	d.says(`{"kind":"ping"}`)
	for {
		f, err := d.next(happens)
		if err != nil {
			t.Fatal(err)
		}
		if f.Kind == "pong" {
			break
		}
		if f.Kind == "message" || f.Kind == "conversation" || f.Kind == "event" || f.Kind == "board" {
			t.Errorf("dan hears %s of a foreign conversation or of the board (UP-X3)", f.Kind)
		}
	}
	want[Conversation](ann, http.MethodPost, "/conversations/"+string(in.Conversation)+"/transfer", `{"queue":"sales"}`)
	if f := a.hears("removed", nil); f.ID != string(in.Conversation) {
		t.Errorf("removed: got %s, want %s", f.ID, in.Conversation)
	}
	if r := d.hears("conversation", nil).row(); r.Queue != "sales" {
		t.Errorf("dan's row: got queue %s, want sales", r.Queue)
	}
}

// UP-W1: a page that lost its line resumes without a gap, and one that was away too long is told to start over.
func TestResume(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ann := s.signsIn("ann")
	p := ann.opens(`{"kind":"hello","cursor":""}`)
	p.hears("welcome", nil)
	in := s.chat("v1", "one")
	p.hears("conversation", nil)
	p.says(`{"kind":"ping"}`)
	cursor := p.hears("pong", nil).Cursor
	_ = p.ws.Close()
	s.chat("v1", "two")
	s.mail("buy", "x@c.test", "not ann's")
	back := ann.opens(`{"kind":"hello","cursor":"` + cursor + `","topics":["conversation:` + string(in.Conversation) + `"]}`)
	if w := back.hears("welcome", nil); !w.Resumed {
		t.Fatal("welcome: got a fresh start, want resumed")
	}
	if m := back.hears("message", nil).Message; m.Text != "two" {
		t.Errorf("missed message: got %q, want two", m.Text)
	}
	if r := back.hears("conversation", nil).row(); r.ID != string(in.Conversation) || r.Messages != 2 {
		t.Errorf("missed row: got %s with %d messages, want the chat with 2", r.ID, r.Messages)
	}
	for _, bad := range []string{"nonsense", s.srv.sign.seal("search", 1)} {
		g := ann.opens(`{"kind":"hello","cursor":"` + bad + `"}`)
		if w := g.hears("welcome", nil); w.Resumed {
			t.Errorf("cursor %.20s: got resumed, want a fresh start", bad)
		}
	}
	for range maxResume + 1 { // each leaves a fact or more
		s.chat("v2", "x")
	}
	late := ann.opens(`{"kind":"hello","cursor":"` + cursor + `"}`)
	if w := late.hears("welcome", nil); w.Resumed {
		t.Error("after more than 500 facts: got resumed, want a fresh start")
	}
}

// Offers reach their agent alone, and end everywhere.
func TestOffers(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ann, bo := s.signsIn("ann"), s.signsIn("bo")
	in := s.chat("v1", "hello")
	a, b := ann.opens(`{"kind":"hello"}`), bo.opens(`{"kind":"hello"}`)
	a.hears("welcome", nil)
	b.hears("welcome", nil)
	o := OpenOffer{ID: "o1", Conversation: in.Conversation, Agent: "ann", ExpiresAt: time.Now().Add(time.Minute), Weight: 30}
	s.offers.open = append(s.offers.open, o)
	fact := desk.Offered{Offer: o.ID, Agent: o.Agent, ExpiresAt: o.ExpiresAt, Why: []desk.Reason{{Rule: "longest_idle", Value: "60"}}}
	if err := s.desk.Record(t.Context(), in.Conversation, desk.System(), fact); err != nil {
		t.Fatal(err)
	}
	f := a.hears("offer", nil).Offer
	if f.ID != "o1" || f.Conversation.ID != string(in.Conversation) || f.Conversation.OfferedTo != "ann" || len(f.Why) != 1 {
		t.Errorf("offer: got %+v, want the chat with why", f)
	}
	if r := b.hears("conversation", nil).row(); r.OfferedTo != "ann" {
		t.Errorf("the supervisor's row: got offered to %q, want ann", r.OfferedTo)
	}
	if list := get[[]Offer](ann, "/offers"); len(list) != 1 || list[0].Weight != 30 || len(list[0].Why) != 1 {
		t.Errorf("list: got %+v, want the offer", list)
	}
	if got := bo.do(http.MethodPost, "/offers/o1/accept", ""); got.reason() != "offer_gone" {
		t.Errorf("another's offer: got %s, want offer_gone", got.body)
	}
	if c := want[Conversation](ann, http.MethodPost, "/offers/o1/accept", ""); c.Assignee != "ann" {
		t.Errorf("accept: got %q, want ann", c.Assignee)
	}
	if g := a.hears("offer_gone", nil); g.ID != "o1" || g.Reason != "accepted" {
		t.Errorf("gone: got %s %s, want o1 accepted", g.ID, g.Reason)
	}
	trace := get[Trace](bo, "/conversations/"+string(in.Conversation)+"/trace")
	if trace.Routing != "assigned" || len(trace.Steps) < 3 {
		t.Errorf("trace: got %+v, want assigned with its steps", trace)
	}
}

// The board counts from the snapshot and stays true by the feed, within each supervisor's scope.
func TestBoard(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.mail("buy", "x@c.test", "foreign")
	in := s.mail("help", "y@c.test", "own")
	bo := s.signsIn("bo")
	b := bo.opens(`{"kind":"hello","topics":["board"]}`)
	b.hears("welcome", nil)
	support := func(board Board) BoardQueue {
		if len(board.Queues) != 1 || board.Queues[0].ID != "support" {
			t.Fatalf("queues: got %+v, want support alone", board.Queues)
		}
		return board.Queues[0]
	}
	b.hears("board", func(l live) bool { return len(l.Queues) == 1 && l.Queues[0].Waiting == 1 })
	if q := support(get[Board](bo, "/board")); q.Waiting != 1 || q.Held != 0 || q.Oldest != string(in.Conversation) {
		t.Errorf("support: got %+v, want one waiting", q)
	}
	want[Conversation](bo, http.MethodPost, "/conversations/"+string(in.Conversation)+"/assign", `{"agent":"ann"}`)
	f := b.hears("board", func(l live) bool { return len(l.Queues) == 1 && l.Queues[0].Held == 1 })
	if f.Queues[0].Waiting != 0 {
		t.Errorf("board frame: got %+v, want one held and none waiting", f.Queues[0])
	}
	if me := get[Me](s.signsIn("ann"), "/me"); me.Load != 10 || me.Capacity != 100 {
		t.Errorf("ann's own figure: got %d of %d, want 10 of 100", me.Load, me.Capacity)
	}
	board := get[Board](bo, "/board")
	for _, a := range board.Agents {
		if a.Agent == "dan" || a.Agent == "cai" {
			t.Errorf("agents: got %s, want bo's team alone", a.Agent)
		}
		if a.Agent == "ann" && (a.Load != 10 || len(a.Held) != 1) {
			t.Errorf("ann: got load %d, %d held, want 10 and 1", a.Load, len(a.Held))
		}
	}
}

// Two who look at or type in one conversation see each other within a second (UP-C1).
func TestTypingAndViewing(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	in := s.chat("v1", "hello")
	topic := `"conversation:` + string(in.Conversation) + `"`
	a, b := s.signsIn("ann").opens(`{"kind":"hello","topics":[`+topic+`]}`), s.signsIn("bo").opens(`{"kind":"hello","topics":[`+topic+`]}`)
	a.hears("welcome", nil)
	b.hears("welcome", nil)
	a.says(`{"kind":"viewing","conversation":"` + string(in.Conversation) + `"}`)
	b.hears("viewing", func(l live) bool { return strings.Contains(string(l.Agents), `"ann"`) })
	a.says(`{"kind":"typing","conversation":"` + string(in.Conversation) + `","on":true}`)
	if f := b.hears("typing", nil); f.Who.ID != "ann" || f.Who.Name != "Ann" || !f.On {
		t.Errorf("typing: got %+v, want Ann", f.Who)
	}
	s.srv.Signals.Publish(desk.Signal{Kind: desk.Typing, Conversation: in.Conversation, Actor: desk.ContactActor("c1"), On: true})
	if f := a.hears("typing", nil); f.Who.Kind != "contact" {
		t.Errorf("the customer types: got %+v", f.Who)
	}
	_ = a.ws.Close()
	b.hears("viewing", func(l live) bool { return string(l.Agents) == "[]" })
}

// Sessions that end, scopes that change and pages that do not read are closed with a code that says why.
func TestCloseCodes(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ann := s.signsIn("ann")
	p := ann.opens(`{"kind":"hello"}`)
	p.hears("welcome", nil)
	ann.do(http.MethodPost, "/auth/sign-out", "")
	if got := p.closes(); got != closeSignedOut {
		t.Errorf("signed out: got %d, want %d", got, closeSignedOut)
	}
	ann = s.signsIn("ann")
	p = ann.opens(`{"kind":"hello"}`)
	p.hears("welcome", nil)
	moved := desk.Agent{ID: "ann", Name: "Ann", Email: "ann@yingda.test", Role: desk.RoleAgent, Queues: []desk.QueueID{"sales"}}
	s.save(desk.SettingAgent, "ann", moved)
	if got := p.closes(); got != closeResync {
		t.Errorf("scope changed: got %d, want %d", got, closeResync)
	}
	p = ann.opens(`{"kind":"hello"}`)
	p.hears("welcome", nil)
	moved.Disabled = true
	s.save(desk.SettingAgent, "ann", moved)
	if got := p.closes(); got != closeSignedOut {
		t.Errorf("disabled: got %d, want %d", got, closeSignedOut)
	}
}

// What follows a burst that was dropped is not said: a page whose line is cut then would resume behind the hole (UP-W1).
func TestNothingFollowsADroppedBurst(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	for range 20 { // a select between two that are ready takes either
		full := &socket{h: s.srv.Hub, queue: make(chan *burst, 1), gone: make(chan struct{})}
		full.push(&burst{cursor: "kept"})
		full.push(&burst{cursor: "dropped"})
		<-full.queue
		full.push(&burst{cursor: "after"})
		if n := len(full.queue); n != 0 {
			t.Fatalf("got %d bursts after the dropped one, want none", n)
		}
	}
}

// A page that stops reading is cut off and holds nobody up.
func TestSlowSocket(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	cai, bo := s.signsIn("cai"), s.signsIn("bo")
	slow, quick := cai.opens(`{"kind":"hello"}`), bo.opens(`{"kind":"hello"}`)
	slow.hears("welcome", nil)
	quick.hears("welcome", nil)
	big, _ := json.Marshal(strings.Repeat("x", 1<<20))
	fat := []frame{{append([]byte(`"kind":"fat","fat":`), append(big, '}')...), func(x *socket) bool { return x.agent == "cai" }}}
	for range socketQueue * 3 { // 192 MB: more than any kernel buffers for one that does not read
		s.srv.Hub.mu.Lock()
		s.srv.Hub.send(fat, "c")
		s.srv.Hub.mu.Unlock()
	}
	s.chat("v1", "hello")
	quick.hears("conversation", nil)
	if got := slow.closes(); got != closeResync {
		t.Errorf("slow page: got close %d, want %d", got, closeResync)
	}
}
