package chat_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yingda/channels/chat"
	"yingda/desk"
)

func TestAVisitorIsAnswered(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	me := s.session(map[string]any{})
	tab := s.opens(s.base, me.Token, "", 0)
	if w := tab.hears("welcome"); w.Conversation != "" || w.Status != "" {
		t.Fatalf("welcome of a new visitor: got %+v, want no conversation", w)
	}
	tab.sends("a1", "退款三天了还没到账")
	ack := tab.hears("ack")
	if ack.ClientID != "a1" || ack.Number != 1 {
		t.Fatalf("ack: got %+v, want a1 as number 1", ack)
	}
	s.queue.put(desk.ConversationID(ack.Conversation), chat.Place{Number: 3, Low: 3 * time.Minute, High: 5 * time.Minute})
	s.signals.Publish(desk.Signal{Kind: desk.Position})
	if q := tab.hears("queue"); !q.Waiting || q.Position != 3 || q.LowS != 180 {
		t.Errorf("queue: got %+v, want number 3 in 180 s or more", q)
	}
	s.takes(ack.Conversation)
	if j := tab.hears("joined"); j.Name != "林婉清" {
		t.Errorf("joined: got %q, want the agent's name", j.Name)
	}
	s.signals.Publish(desk.Signal{Kind: desk.Typing, Conversation: desk.ConversationID(ack.Conversation), Actor: desk.AgentActor(ann, desk.RoleAgent), Name: "林婉清", On: true})
	if f := tab.hears("typing"); !f.On || f.Name != "林婉清" {
		t.Errorf("typing: got %+v", f)
	}
	s.answers(ack.Conversation, "您好，我查一下。")
	want := []string{"退款三天了还没到账", "您好，我查一下。"}
	if diff := cmp.Diff(want, tab.until(2)); diff != "" {
		t.Errorf("thread (-want +got):\n%s", diff)
	}
	tab.says(map[string]any{"type": "delivered", "number": 2})
	tab.says(map[string]any{"type": "read", "number": 2})
	s.eventually("the visitor's reading is recorded", func() bool {
		c, _, err := s.db.Conversation(t.Context(), desk.ConversationID(ack.Conversation))
		return err == nil && c.VisitorRead == 2
	})
	s.resolves(ack.Conversation)
	if f := tab.hears("status"); f.Status != "resolved" {
		t.Errorf("status: got %q, want resolved", f.Status)
	}
	// UP-W7: what is written into an ended chat re-opens it inside the window and is never dropped.
	tab.sends("a2", "还有一个问题")
	if a := tab.hears("ack"); a.Conversation != ack.Conversation || a.Number != 3 {
		t.Errorf("after the end: got %+v, want number 3 of the same conversation", a)
	}
}

func (s *shop) resolves(conv string) {
	s.t.Helper()
	c, _, err := s.db.Conversation(s.t.Context(), desk.ConversationID(conv))
	s.must(err)
	to := desk.Resolved
	s.must(s.svc.Change(s.t.Context(), c.ID, desk.Change{Actor: desk.AgentActor(ann, desk.RoleAgent), Version: c.Version, Status: &to}))
}

func (s *shop) eventually(what string, ok func() bool) {
	s.t.Helper()
	for range 3000 {
		if ok() {
			return
		}
		<-time.After(10 * time.Millisecond)
	}
	s.t.Fatalf("never happened: %s", what)
}

// UP-W1: a line lost at any moment costs nothing: everything after the last number comes, once and in order.
func TestNothingIsLostAcrossReconnects(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	other := s.node()
	me := s.session(map[string]any{})
	tab := s.opens(s.base, me.Token, "", 0)
	tab.hears("welcome")
	tab.sends("first", "hello")
	conv := tab.hears("ack").Conversation
	tab.until(1)
	var all []string
	all = append(all, "hello")
	for round := range 5 {
		tab.conn.Close()
		for i := range 7 {
			text := fmt.Sprintf("answer %d.%d", round, i)
			s.answers(conv, text)
			all = append(all, text)
		}
		thread := tab.thread
		tab = s.opens([]string{s.base, other}[round%2], me.Token, conv, tab.last)
		tab.thread = thread
		tab.sends(fmt.Sprintf("late-%d", round), fmt.Sprintf("mine %d", round))
		tab.sends(fmt.Sprintf("late-%d", round), fmt.Sprintf("mine %d", round)) // the offline queue may say it twice
		all = append(all, fmt.Sprintf("mine %d", round))
		if diff := cmp.Diff(all, tab.until(len(all))); diff != "" {
			t.Fatalf("round %d: thread (-want +got):\n%s", round, diff)
		}
	}
	fresh := s.opens(other, me.Token, "", 0)
	if diff := cmp.Diff(all, fresh.until(len(all))); diff != "" {
		t.Errorf("a new tab's thread (-want +got):\n%s", diff)
	}
}

// UP-W2: twenty first messages of one visitor, each twice, through two nodes: one conversation with twenty messages.
func TestOneVisitorHasOneConversation(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	nodes := []string{s.base, s.node()}
	me := s.session(map[string]any{})
	var tabs []*tab
	for i := range 4 {
		tab := s.opens(nodes[i%2], me.Token, "", 0)
		tab.hears("welcome")
		tabs = append(tabs, tab)
	}
	var wg sync.WaitGroup
	for i, tab := range tabs {
		wg.Go(func() {
			for n := range 5 {
				for range 2 {
					_ = tab.conn.WriteJSON(map[string]any{"v": 1, "type": "send", "client_id": fmt.Sprintf("%d-%d", i, n), "text": fmt.Sprintf("%d-%d", i, n)})
				}
			}
		})
	}
	wg.Wait()
	// The pace refuses some; a widget sends those again when it is told so.
	for i, tab := range tabs {
		for answered := 0; answered < 10; {
			f, err := tab.next()
			s.must(err)
			switch {
			case f.Type == "ack":
				answered++
			case f.Type == "error" && f.Reason == "too_many_messages":
				s.shift.Add(int64(10 * time.Second))
				tab.sends(f.ClientID, f.ClientID)
			case f.Type == "error":
				t.Fatalf("tab %d: got %s", i, f.Reason)
			}
		}
	}
	conv, err := s.db.ChatOf(t.Context(), "chat", desk.Identity{Kind: desk.ByVisitor, Value: me.Visitor})
	s.must(err)
	if conv.Messages != 20 {
		t.Errorf("messages: got %d, want 20", conv.Messages)
	}
	for i, tab := range tabs {
		texts := tab.until(20)
		slices.Sort(texts)
		if got := len(slices.Compact(texts)); got != 20 {
			t.Errorf("tab %d shows %d different messages, want 20", i, got)
		}
	}
}

func TestPlacesNeverGrowWithoutAWord(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	tab := s.opens(s.base, s.session(map[string]any{}).Token, "", 0)
	tab.hears("welcome")
	tab.sends("1", "hi")
	id := desk.ConversationID(tab.hears("ack").Conversation)
	for i, p := range []struct {
		place  int
		reason string
	}{{2, ""}, {4, "urgent"}, {1, ""}, {0, ""}} {
		s.queue.put(id, chat.Place{Number: p.place})
		s.signals.Publish(desk.Signal{Kind: desk.Position})
		if q := tab.hears("queue"); q.Position != p.place || q.Reason != p.reason || q.LowS != 0 {
			t.Errorf("step %d: got %+v, want place %d, reason %q and no time", i, q, p.place, p.reason)
		}
	}
}

func TestAFullQueueMeansComeBack(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	me := s.session(map[string]any{})
	tab := s.opens(s.base, me.Token, "", 0)
	tab.hears("welcome")
	tab.sends("1", "hi")
	conv := desk.ConversationID(tab.hears("ack").Conversation)
	// The tab stops reading: what the kernel and the queue hold runs over.
	big := make([]byte, 4000)
	for i := range big {
		big[i] = 'x'
	}
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				s.signals.Publish(desk.Signal{Kind: desk.Typing, Conversation: conv, Actor: desk.AgentActor(ann, desk.RoleAgent), Name: string(big), On: true})
			}
		}
	})
	<-time.After(500 * time.Millisecond)
	code := tab.closes()
	close(stop)
	wg.Wait()
	if code != 4008 {
		t.Errorf("close code: got %d, want 4008", code)
	}
}
