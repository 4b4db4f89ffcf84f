package chat_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/gorilla/websocket"

	"yingda/desk"
)

// UP-W1: a tab that was welcomed is never deaf: tabs of several visitors join while answers flow, and each must hear
// one that was written after its welcome.
func TestNoJoinedTabIsDeaf(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	const visitors, tabs = 6, 25
	var all sync.WaitGroup
	for v := range visitors {
		me := s.session(map[string]any{})
		tab := s.opens(s.base, me.Token, "", 0)
		tab.hears("welcome")
		tab.sends("first", "hello")
		conv := tab.hears("ack").Conversation
		done := make(chan struct{})
		all.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-done:
					return
				default:
					s.answers(conv, fmt.Sprintf("answer %d", i))
				}
			}
		})
		all.Go(func() {
			defer close(done)
			rnd := rand.New(rand.NewPCG(2, uint64(v)))
			after := int64(0)
			for range tabs {
				tab := s.opens(s.base, me.Token, conv, after)
				if err := tab.heard("welcome", 1+rnd.IntN(3)); err != nil {
					t.Error(err)
					return
				}
				if after = tab.last; rnd.IntN(3) == 0 {
					after = 0
				}
				tab.conn.Close()
			}
		})
	}
	all.Wait()
}

// UP-W2: a tab that opens at the very moment another tab of its visitor says the first word sees that word, whichever
// was first. Before, a tab could read "no conversation", miss the fact that opened one, and stay deaf.
func TestATabThatOpensAtTheFirstWordHearsIt(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	for i := range 40 {
		me := s.session(map[string]any{})
		one := s.opens(s.base, me.Token, "", 0)
		one.hears("welcome")
		said := make(chan struct{})
		go func() {
			defer close(said)
			_, err := s.svc.Receive(t.Context(), desk.Inbound{
				Inbox: "chat", Medium: desk.Chat, External: me.Visitor + ":w", At: s.now(),
				From:    desk.Identity{Kind: desk.ByVisitor, Value: me.Visitor},
				Message: desk.Message{Body: desk.Body{Text: "first"}, ClientKey: "w"},
			})
			if err != nil {
				t.Errorf("receive: %v", err)
			}
		}()
		two := s.opens(s.base, me.Token, "", 0)
		if got := two.until(1); got[0] != "first" {
			t.Fatalf("round %d: got %v, want the first word", i, got)
		}
		<-said
		one.conn.Close()
		two.conn.Close()
	}
}

// UP-X6: a flood is told 4009, not cut without a word: the widget stays away instead of coming back at once.
func TestAFloodIsToldWhy(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	me := s.session(map[string]any{})
	tab := s.opens(s.base, me.Token, "", 0)
	tab.hears("welcome")
	flood := make(chan struct{})
	go func() {
		defer close(flood)
		for range 3000 {
			if tab.conn.WriteMessage(websocket.TextMessage, []byte(`{"v":1,"type":"typing","on":true}`)) != nil {
				return
			}
		}
	}()
	if code := tab.closes(); code != 4009 {
		t.Errorf("a flood: closed with %d, want 4009", code)
	}
	<-flood
}

// The widget asks whether the line lives: a page cannot hear the protocol's own pings.
func TestPingIsAnswered(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	tab := s.opens(s.base, s.session(map[string]any{}).Token, "", 0)
	tab.hears("welcome")
	tab.says(map[string]any{"type": "ping"})
	tab.hears("pong")
}
