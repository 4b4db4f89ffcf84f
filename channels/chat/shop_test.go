package chat_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"
	"go.uber.org/goleak"

	"yingda/channels/chat"
	"yingda/desk"
	"yingda/sla"
	"yingda/store"
	"yingda/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	widgetKey = "corner-shop"
	secret    = "the firm's own secret"
	ann       = desk.AgentID("ann")
)

// shop is a desk over a real store with one or more nodes of the chat edge before it.
type shop struct {
	t       *testing.T
	db      *store.DB
	svc     *desk.Service
	signals *desk.Signals
	queue   *line
	hours   *doors
	shift   atomic.Int64 // how far the clock was moved, ns
	base    string       // of the first node
}

// line is the router as the widget sees it.
type line struct {
	mu sync.Mutex
	at map[desk.ConversationID]chat.Place
}

func (l *line) Place(id desk.ConversationID) (chat.Place, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p, ok := l.at[id]
	return p, ok
}

func (l *line) put(id desk.ConversationID, p chat.Place) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.at[id] = p
}

type doors struct{ closed atomic.Bool }

func (d *doors) Open(string, time.Time) (bool, time.Time) {
	return !d.closed.Load(), time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

func (s *shop) now() time.Time { return time.Now().Add(time.Duration(s.shift.Load())).UTC() }

func (s *shop) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *shop) setting(kind desk.SettingKind, id string, doc any) {
	s.t.Helper()
	raw, err := json.Marshal(doc)
	s.must(err)
	_, err = s.svc.SaveSetting(s.t.Context(), desk.System(), desk.Setting{Kind: kind, ID: id, Doc: raw})
	s.must(err)
}

func newShop(t *testing.T, edit ...func(*chat.Settings)) *shop {
	t.Helper()
	s := &shop{t: t, signals: desk.NewSignals(), queue: &line{at: map[desk.ConversationID]chat.Place{}}, hours: &doors{}}
	ctx, stop := context.WithCancel(context.Background())
	db, err := store.Open(ctx, store.Config{URL: storetest.SQLite(t), Readers: 2, Now: s.now, Key: strings.Repeat("k", 32)}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatalf("open the store: %v", err)
	}
	done := make(chan error, 1)
	go func() { done <- db.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		<-done
		_ = db.Close()
	})
	s.db = db
	s.svc = desk.New(desk.Config{Store: db, Promises: sla.Defaults(), Now: s.now, NewID: newID})
	set := chat.Settings{Origins: []string{}, Calendar: "c", Offline: "mail", Callback: "line", Title: map[string]string{"en": "Corner shop"}}
	for _, e := range edit {
		e(&set)
	}
	raw, err := json.Marshal(set)
	s.must(err)
	s.setting(desk.SettingQueue, "general", desk.Queue{ID: "general", Name: "General"})
	s.setting(desk.SettingInbox, "mail", desk.Inbox{ID: "mail", Name: "Mail", Medium: desk.Email, Queue: "general", Address: "help@shop.example", Enabled: true})
	s.setting(desk.SettingInbox, "line", desk.Inbox{ID: "line", Name: "Line", Medium: desk.Voice, Queue: "general", Address: "400", Enabled: true})
	s.setting(desk.SettingInbox, "chat", desk.Inbox{ID: "chat", Name: "Chat", Medium: desk.Chat, Queue: "general", Address: widgetKey, Enabled: true, Channel: raw})
	s.setting(desk.SettingAgent, string(ann), desk.Agent{ID: ann, Name: "林婉清", Role: desk.RoleAgent, Queues: []desk.QueueID{"general"}})
	s.must(db.SaveSecret(ctx, "chat", chat.IdentitySecret, secret))
	s.base = s.node()
	return s
}

// node starts one more process of the edge: its own feed, sockets and pages.
func (s *shop) node() string {
	s.t.Helper()
	cfg := chat.Default()
	cfg.Key = bytes.Repeat([]byte{7}, 32)
	c, err := chat.New(chat.Deps{
		Desk: s.svc, Records: s.db, Directory: s.db.Directory(), Queue: s.queue, Hours: s.hours, Blobs: s.db, Secrets: s.db,
		Signals: s.signals, Logger: slog.New(slog.DiscardHandler), Now: s.now, Config: cfg, Phone: func(raw string) string { return "+86" + raw },
		Pages: fstest.MapFS{"widget.html": {Data: []byte("<!doctype html>")}, "widget.js": {Data: []byte("0")}, "assets/a.js": {Data: []byte("1")}},
	})
	s.must(err)
	seq, err := s.db.LastSeq(s.t.Context())
	s.must(err)
	ctx, stop := context.WithCancel(context.Background())
	feed := desk.NewFeed(s.db, slog.New(slog.DiscardHandler))
	feed.Listen("chat", seq, c.Listen)
	srv := httptest.NewServer(c.Handler())
	var wg sync.WaitGroup
	wg.Go(func() { _ = feed.Run(ctx) })
	wg.Go(func() { _ = c.Run(ctx) })
	wg.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-s.db.Committed():
				feed.Wake()
			}
		}
	})
	s.t.Cleanup(func() {
		stop()
		wg.Wait()
		srv.Close()
	})
	return srv.URL
}

// answer is what an HTTP request got.
type answer struct {
	status int
	body   []byte
	header http.Header
}

func (a answer) reason() string {
	var p struct{ Reason string }
	_ = json.Unmarshal(a.body, &p)
	return p.Reason
}

func (s *shop) ask(method, url string, body io.Reader, header ...string) answer {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, url, body)
	s.must(err)
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	tr := &http.Transport{DisableKeepAlives: true}
	res, err := (&http.Client{Transport: tr, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Do(req)
	s.must(err)
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	s.must(err)
	return answer{res.StatusCode, raw, res.Header}
}

type sessionAnswer struct {
	Token, Visitor, Identity, Reason string
}

func (s *shop) session(doc any) sessionAnswer {
	s.t.Helper()
	raw, err := json.Marshal(doc)
	s.must(err)
	a := s.ask(http.MethodPost, s.base+"/widget/v1/"+widgetKey+"/session", bytes.NewReader(raw))
	if a.status != http.StatusOK {
		s.t.Fatalf("session: got %d %s, want 200", a.status, a.body)
	}
	var out sessionAnswer
	s.must(json.Unmarshal(a.body, &out))
	return out
}

// said is one frame from the server.
type said struct {
	Type, Conversation, Name, Status, Code, Reason, Agent string
	ClientID                                              string `json:"client_id"`
	Number, Read, Last                                    int64
	On, Waiting, More                                     bool
	Position                                              int
	Way                                                   string
	Kept                                                  bool
	LowS                                                  int `json:"low_s"`
	Message                                               entry
	Messages                                              []entry
}

type entry struct {
	Number   int64
	Mine     bool
	Name     string
	Text     string
	ClientID string `json:"client_id"`
	Files    []struct{ Name, URL, Type string }
}

// tab is one browser tab: a socket and the thread it shows.
type tab struct {
	s      *shop
	conn   *websocket.Conn
	conv   string
	thread []entry
	last   int64
}

// opens connects a tab with a token and says hello; after is what it has already.
func (s *shop) opens(base, token string, conv string, after int64) *tab {
	s.t.Helper()
	conn, res, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(base, "http")+"/widget/v1/"+widgetKey+"/socket", nil)
	if err != nil {
		s.t.Fatalf("open a socket: %v %v", err, res)
	}
	t := &tab{s: s, conn: conn, conv: conv, last: after}
	s.t.Cleanup(func() { conn.Close() })
	t.says(map[string]any{"type": "hello", "token": token, "conversation": conv, "after": after})
	return t
}

func (t *tab) says(frame map[string]any) {
	t.s.t.Helper()
	frame["v"] = 1
	t.s.must(t.conn.WriteJSON(frame))
}

func (t *tab) sends(id, text string, files ...string) {
	t.s.t.Helper()
	t.says(map[string]any{"type": "send", "client_id": id, "text": text, "files": files})
}

// hears returns the next frame of a type, keeping the thread on the way; it fails after five seconds or when an entry
// comes twice or out of order.
func (t *tab) hears(want string) said {
	t.s.t.Helper()
	for {
		f, err := t.next()
		if err != nil {
			t.s.t.Fatalf("waiting for %q: %v", want, err)
		}
		if f.Type == want {
			return f
		}
	}
}

// heard waits for one frame of kind first and then for n messages, in goroutines beside the test's own.
func (t *tab) heard(first string, n int) error {
	for {
		f, err := t.next()
		switch {
		case err != nil:
			return fmt.Errorf("waiting for %q and %d messages: %w", first, n, err)
		case first != "" && f.Type == first:
			first = ""
		case first == "" && f.Type == "message":
			if n--; n == 0 {
				return nil
			}
		}
	}
}

func (t *tab) next() (said, error) {
	t.s.t.Helper()
	_ = t.conn.SetReadDeadline(time.Now().Add(30 * time.Second))
	var f said
	if err := t.conn.ReadJSON(&f); err != nil {
		return f, err
	}
	if f.Type == "message" {
		f.Messages = []entry{f.Message}
	}
	if len(f.Messages) > 0 && f.Conversation != t.conv {
		t.conv, t.last, t.thread = f.Conversation, 0, nil
	}
	for _, m := range f.Messages {
		if m.Number <= t.last {
			t.s.t.Fatalf("entry %d came after %d: doubled or out of order", m.Number, t.last)
		}
		t.last = m.Number
		t.thread = append(t.thread, m)
	}
	return f, nil
}

// until reads frames until the thread has n entries.
func (t *tab) until(n int) []string {
	t.s.t.Helper()
	for len(t.thread) < n {
		if _, err := t.next(); err != nil {
			t.s.t.Fatalf("waiting for %d entries, have %d: %v", n, len(t.thread), err)
		}
	}
	out := make([]string, len(t.thread))
	for i, m := range t.thread {
		out[i] = m.Text
	}
	return out
}

// closes waits for the server to end the line and returns its code.
func (t *tab) closes() int {
	t.s.t.Helper()
	for {
		if _, err := t.next(); err != nil {
			var ce *websocket.CloseError
			if ok := asClose(err, &ce); ok {
				return ce.Code
			}
			t.s.t.Fatalf("got %v, want a close", err)
		}
	}
}

func asClose(err error, ce **websocket.CloseError) bool {
	c, ok := err.(*websocket.CloseError)
	*ce = c
	return ok
}

// answers is the agent's word.
func (s *shop) answers(conv string, text string) {
	s.t.Helper()
	c, _, err := s.db.Conversation(s.t.Context(), desk.ConversationID(conv))
	s.must(err)
	_, err = s.svc.Reply(s.t.Context(), desk.Reply{
		Actor: desk.AgentActor(ann, desk.RoleAgent), AuthorName: "林婉清", Conversation: c.ID, Body: desk.Body{Text: text}, Idempotency: newID(), Seen: c.Messages,
	})
	s.must(err)
}

func (s *shop) takes(conv string) {
	s.t.Helper()
	s.must(s.svc.Assign(s.t.Context(), desk.Assign{Conversation: desk.ConversationID(conv), Agent: ann, Offer: desk.OfferID(newID()), Actor: desk.AgentActor(ann, desk.RoleAgent)}))
}

func proof(id string, in time.Duration) chat.Proof {
	return chat.Proof{ID: id, Name: "孙倩", Email: "sun@customer.example", Expires: time.Now().Add(in).Unix()}.Sign(secret)
}

func num(n int) string { return strconv.Itoa(n) }
