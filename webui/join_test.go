package webui

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"yingda/desk"
)

// joinWorkers and joinRounds make hundreds of joins while facts flow.
const (
	joinWorkers = 8
	joinRounds  = 40
)

// UP-W1: a page that was welcomed is never deaf. Hundreds of pages join, some with the cursor they left with, while
// facts flow; each must hear a fact that was committed after its welcome, or be told to come back.
func TestNoJoinedPageIsDeaf(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ann := s.signsIn("ann")
	flow, stop := context.WithCancel(t.Context())
	var talk, pages sync.WaitGroup
	talk.Go(func() {
		for i := 0; flow.Err() == nil; i++ {
			if _, err := s.chats(fmt.Sprintf("v%d", i%5), fmt.Sprintf("line %d", i)); err != nil {
				t.Errorf("chat: %v", err)
			}
		}
	})
	for w := range joinWorkers {
		pages.Go(func() {
			cursor, rnd := "", rand.New(rand.NewPCG(1, uint64(w)))
			for range joinRounds {
				next, err := ann.joinsAndHears(cursor, 1+rnd.IntN(4))
				if err != nil {
					t.Errorf("worker %d: %v", w, err)
					return
				}
				if cursor = next; rnd.IntN(3) == 0 {
					cursor = ""
				}
			}
		})
	}
	pages.Wait()
	stop()
	talk.Wait()
}

// joinsAndHears opens a page, waits for its welcome and for n rows after it, and leaves without a word. A page that is
// told to come back (4008) was not deaf.
func (p *person) joinsAndHears(cursor string, n int) (string, error) {
	ws, res, err := websocket.DefaultDialer.DialContext(p.Context(), "ws"+strings.TrimPrefix(p.http.URL, "http")+apiPrefix+"/socket",
		http.Header{"Cookie": {p.cookie.String()}})
	if err != nil {
		return "", fmt.Errorf("dial: %w", err)
	}
	defer ws.Close()
	_ = res.Body.Close()
	if err := ws.WriteJSON(map[string]any{"kind": "hello", "cursor": cursor}); err != nil {
		return "", err
	}
	welcomed := false
	for {
		_ = ws.SetReadDeadline(time.Now().Add(happens))
		var f live
		err := ws.ReadJSON(&f)
		var ce *websocket.CloseError
		switch {
		case errors.As(err, &ce) && ce.Code == closeResync:
			return "", nil
		case err != nil && !welcomed:
			return "", fmt.Errorf("no welcome: %w", err)
		case err != nil:
			return "", fmt.Errorf("welcomed, then deaf: %w", err)
		}
		if welcomed = welcomed || f.Kind == "welcome"; f.Cursor != "" {
			cursor = f.Cursor
		}
		if welcomed && f.Kind == "conversation" {
			if n--; n == 0 {
				return cursor, nil
			}
		}
	}
}

// UP-W1: a page that follows one chat and loses its line again and again has every message once it is quiet: what was
// replayed and what came live leave no hole. A page told to load anew loads the thread, as the console does.
func TestNothingFallsBetweenReplayAndLive(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ann := s.signsIn("ann")
	first := s.chat("v", "1")
	const total = 300
	var talk sync.WaitGroup
	talk.Go(func() {
		for i := 2; i <= total; i++ {
			if got, err := s.chats("v", fmt.Sprint(i)); err != nil || got.Number != int64(i) || got.Conversation != first.Conversation {
				t.Errorf("message %d: got number %d of %s, %v; want it in %s", i, got.Number, got.Conversation, err, first.Conversation)
			}
		}
	})
	defer talk.Wait()
	have := map[int64]bool{}
	cursor, frames := "", 5
	for len(have) < total {
		g := ann.opens(`{"kind":"hello","cursor":"` + cursor + `","topics":["conversation:` + string(first.Conversation) + `"]}`)
		if w := g.hears("welcome", nil); !w.Resumed {
			for before := int64(0); ; {
				page := get[Thread](ann, fmt.Sprintf("/conversations/%s/messages?limit=100&before=%d", first.Conversation, before))
				for _, m := range page.Items {
					have[m.Number] = true
				}
				if before = page.NextBefore; before == 0 {
					break
				}
			}
		}
		for range frames { // then the line is cut, in the middle of what was said at once
			f, err := g.next(happens)
			if websocket.IsCloseError(err, closeResync) {
				cursor = "" // too far behind: it loads anew
				break
			}
			if err != nil {
				last, _ := s.db.LastSeq(t.Context())
				t.Fatalf("after %d of %d messages, without %v, at %s, the hub at %s of %d: %v",
					len(have), total, missing(have, total), cursor, s.srv.Hub.place(), last, err)
			}
			if f.Cursor != "" {
				cursor = f.Cursor
			}
			if f.Kind == "message" {
				have[f.Message.Number] = true
			}
			if len(have) == total {
				break
			}
		}
		frames += 5 // a line that is cut ever earlier than a burst is long would never get on
		_ = g.ws.Close()
	}
}

// missing are the numbers up to total that are not there.
func missing(have map[int64]bool, total int64) []int64 {
	var out []int64
	for n := int64(1); n <= total; n++ {
		if !have[n] {
			out = append(out, n)
		}
	}
	return out
}

// lamp is the record as the hub reads it, out for one look.
type lamp struct {
	Lists
	out  atomic.Bool
	dark chan struct{}
}

func (l *lamp) ConversationRows(ctx context.Context, agent desk.AgentID, ids []desk.ConversationID) ([]desk.ConversationRow, error) {
	if agent == "" && l.out.CompareAndSwap(true, false) {
		close(l.dark)
		return nil, desk.Refuse(desk.Unavailable, "unavailable")
	}
	return l.Lists.ConversationRows(ctx, agent, ids)
}

// UP-W1: what the hub could not read while a page was away is replayed when the page comes back.
func TestWhatCouldNotBeReadIsReplayed(t *testing.T) {
	t.Parallel()
	record := &lamp{dark: make(chan struct{})}
	s := newShop(t, func(d *Deps) { record.Lists, d.Lists = d.Lists, record })
	ann := s.signsIn("ann")
	in := s.chat("v", "before")
	g := ann.opens(`{"kind":"hello"}`)
	g.hears("welcome", nil)
	s.chat("v", "while it is there")
	cursor := g.hears("conversation", func(l live) bool { return l.Cursor != "" && l.row().Messages == 2 }).Cursor
	_ = g.ws.Close()
	record.out.Store(true)
	s.chat("v", "in the dark")
	<-record.dark
	g = ann.opens(`{"kind":"hello","cursor":"` + cursor + `","topics":["conversation:` + string(in.Conversation) + `"]}`)
	if w := g.hears("welcome", nil); !w.Resumed {
		t.Fatal("got a fresh start, want resumed")
	}
	g.hears("message", func(l live) bool { return l.Message.Number == 3 })
}

// shortLog is the log of a node whose memory ends before what others wrote: each answer stops after one fact.
type shortLog struct{ Facts }

func (l shortLog) EventsAfter(ctx context.Context, seq int64, limit int) ([]desk.Event, error) {
	return l.Facts.EventsAfter(ctx, seq, min(limit, 1))
}

// UP-W1: a page that comes back has everything replayed that the hub has told, wherever one answer of the log ends.
func TestReplayReachesTheHubsPlace(t *testing.T) {
	t.Parallel()
	s := newShop(t, func(d *Deps) { d.Facts = shortLog{d.Facts} })
	ann, bo := s.signsIn("ann"), s.signsIn("bo")
	in := s.chat("v", "before")
	topic := `"topics":["conversation:` + string(in.Conversation) + `"]`
	a, b := ann.opens(`{"kind":"hello",`+topic+`}`), bo.opens(`{"kind":"hello",`+topic+`}`)
	a.hears("welcome", nil)
	b.hears("welcome", nil)
	s.chat("v", "while both are there")
	cursor := a.hears("conversation", func(l live) bool { return l.Cursor != "" && l.row().Messages == 2 }).Cursor
	_ = a.ws.Close()
	for n := int64(3); n <= 6; n++ {
		s.chat("v", fmt.Sprint("while ann is away ", n))
		b.hears("message", func(l live) bool { return l.Message.Number == n }) // the hub told it
	}
	a = ann.opens(`{"kind":"hello","cursor":"` + cursor + `",` + topic + `}`)
	if w := a.hears("welcome", nil); !w.Resumed {
		t.Fatal("got a fresh start, want resumed")
	}
	s.chat("v", "live again")
	for n := int64(3); n <= 7; n++ {
		if m := a.hears("message", nil).Message; m.Number != n {
			t.Fatalf("got message %d, want %d: nothing twice and nothing lost", m.Number, n)
		}
	}
}

// A page that comes back is told who looks at what it shows after its welcome, never before: that frame's cursor stands
// beyond what is still to be replayed.
func TestNothingIsSaidBeforeTheWelcome(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ann, bo := s.signsIn("ann"), s.signsIn("bo")
	in := s.chat("v", "hello")
	topic := `"topics":["conversation:` + string(in.Conversation) + `"]`
	a := ann.opens(`{"kind":"hello",` + topic + `}`)
	a.hears("welcome", nil)
	a.says(`{"kind":"viewing","conversation":"` + string(in.Conversation) + `"}`)
	a.hears("viewing", nil)
	b := bo.opens(`{"kind":"hello",` + topic + `}`)
	if f, err := b.next(happens); err != nil || f.Kind != "welcome" {
		t.Fatalf("first frame: got %q, %v, want the welcome", f.Kind, err)
	}
	b.hears("viewing", func(l live) bool { return strings.Contains(string(l.Agents), `"ann"`) })
}

// The page's snapshots are read before its socket is open: what happens in between is replayed from the place that
// GET /me named first.
func TestNothingFallsBetweenSnapshotAndSocket(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ann := s.signsIn("ann")
	me := get[Me](ann, "/me")
	in := s.chat("v", "between")
	g := ann.opens(`{"kind":"hello","cursor":"` + me.Cursor + `"}`)
	if w := g.hears("welcome", nil); !w.Resumed {
		t.Error("with the cursor of GET /me: got a fresh start, want resumed")
	}
	g.hears("conversation", func(l live) bool { return l.row().ID == string(in.Conversation) })
}

// A socket that says nothing is not kept: a page that believes itself connected would show yesterday's board.
func TestSilentSocketIsClosed(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for the limit of the greeting")
	}
	t.Parallel()
	s := newShop(t)
	ann := s.signsIn("ann")
	g := ann.opens(`{"kind":"nothing"}`)
	_ = g.ws.SetReadDeadline(time.Now().Add(helloWithin + happens))
	for {
		_, _, err := g.ws.ReadMessage()
		var ce *websocket.CloseError
		if errors.As(err, &ce) {
			if ce.Code != closeResync {
				t.Errorf("closed with %d, want %d", ce.Code, closeResync)
			}
			return
		}
		if err != nil {
			t.Fatalf("a socket without hello: got %v, want a close", err)
		}
	}
}
