package webui

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"yingda/agents"
	"yingda/desk"
	"yingda/internal/testkit"
	"yingda/sla"
	"yingda/store"
	"yingda/store/storetest"
)

// A hash's memory goes back to the system a while after the last sign-in, which may be the end of the tests.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("runtime/debug.freeOSMemory"))
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

const password = "correct horse 9"

// happens is how long what must happen may take on a machine that is choked: only a failure costs it.
const happens = 30 * time.Second

// shop is a whole web side over a real record, with people, two queues and a mailbox in each.
type shop struct {
	*testing.T
	db       *store.DB
	desk     *desk.Service
	srv      *Server
	http     *httptest.Server
	offers   *offerBook
	promises *sla.Promises // promises nothing, until a test wants it
}

// offerBook stands where cmd puts the router: it knows the offers a test made.
type offerBook struct {
	mu   sync.Mutex
	open []OpenOffer
	desk *desk.Service
}

func (b *offerBook) Offers(_ context.Context, a desk.AgentID) ([]OpenOffer, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []OpenOffer
	for _, o := range b.open {
		if o.Agent == a {
			out = append(out, o)
		}
	}
	return out, nil
}

func (b *offerBook) Accept(ctx context.Context, id desk.OfferID, a desk.AgentID) error {
	o, err := b.end(id, a)
	if err != nil {
		return err
	}
	return b.desk.Assign(ctx, desk.Assign{Conversation: o.Conversation, Agent: a, Offer: id, Actor: desk.AgentActor(a, desk.RoleAgent)})
}

func (b *offerBook) Decline(ctx context.Context, id desk.OfferID, a desk.AgentID, reason string) error {
	o, err := b.end(id, a)
	if err != nil {
		return err
	}
	return b.desk.Record(ctx, o.Conversation, desk.AgentActor(a, desk.RoleAgent), desk.OfferDeclined{Offer: id, Agent: a, Reason: reason})
}

func (b *offerBook) Take(ctx context.Context, by desk.Actor, c desk.ConversationID, a desk.AgentID, force bool) error {
	return b.desk.Assign(ctx, desk.Assign{Conversation: c, Agent: a, Actor: by, Forced: force})
}

func (b *offerBook) end(id desk.OfferID, a desk.AgentID) (OpenOffer, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, o := range b.open {
		if o.ID == id && o.Agent == a {
			b.open = append(b.open[:i], b.open[i+1:]...)
			return o, nil
		}
	}
	return OpenOffer{}, desk.Refuse(desk.Conflict, "offer_gone")
}

// newShop opens the house. ann (agent) and bo (supervisor) serve support; dan (agent) serves sales; cai administers. changes are made
// before anything runs.
func newShop(t *testing.T, changes ...func(*Deps)) *shop {
	t.Helper()
	cfg := store.Default()
	cfg.URL, cfg.Key = storetest.SQLite(t), "0123456789abcdef"
	db, err := store.Open(t.Context(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	book, err := sla.ReadBook(nil)
	if err != nil {
		t.Fatalf("book: %v", err)
	}
	s := &shop{T: t, db: db, promises: sla.NewPromises(book)}
	s.desk = desk.New(desk.Config{
		Store: db, Promises: s.promises, Now: time.Now, NewID: newID,
		Checks: map[desk.SettingKind]desk.SettingCheck{desk.SettingAgent: agents.CheckSetting(db.Directory)},
	})
	s.offers = &offerBook{desk: s.desk}
	reg := prometheus.NewRegistry()
	accounts := agents.Default()
	accounts.AttemptsPerAddress = 10_000 // every test signs in from one address
	deps := Deps{
		Log: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})),
		Now: time.Now, NewID: newID, Dir: db.Directory, Desk: s.desk, Signals: desk.NewSignals(),
		Accounts: agents.NewAccounts(db, db.Directory, time.Now, newID, accounts),
		Lists:    db, People: db, Papers: db, Desktop: db, Files: db, Requests: db, Channels: db, Reports: db, WaitsTold: db, Waivers: db, Alerting: db, Days: db, Facts: db, Routing: s.offers, Answering: db, Notices: db,
		Metrics: reg, Register: reg,
	}
	for _, change := range changes {
		change(&deps)
	}
	s.srv = New(deps)
	feed := desk.NewFeed(db, slog.New(slog.DiscardHandler))
	t.Cleanup(func() { _ = db.Close() })
	s.run(db.Run)
	s.people()
	from, err := s.srv.Hub.From(t.Context())
	if err != nil {
		t.Fatalf("from: %v", err)
	}
	feed.Listen("hub", from, s.srv.Hub.Listen)
	s.run(func(ctx context.Context) error {
		for {
			select {
			case <-ctx.Done():
				return nil
			case <-db.Committed():
				feed.Wake()
			}
		}
	})
	s.run(feed.Run)
	s.run(s.srv.Hub.Run)
	s.http = httptest.NewServer(s.srv.Handler())
	t.Cleanup(func() { // runs first: edges stop before the core
		s.http.CloseClientConnections()
		s.http.Close()
		http.DefaultClient.CloseIdleConnections()
	})
	return s
}

// run starts a loop and stops it, in reverse order, when the test ends.
func (s *shop) run(loop func(context.Context) error) {
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- loop(ctx) }()
	s.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			s.Errorf("run: %v", err)
		}
	})
}

func (s *shop) people() {
	s.Helper()
	s.save(desk.SettingQueue, "support", desk.Queue{ID: "support", Name: "Support"})
	s.save(desk.SettingQueue, "sales", desk.Queue{ID: "sales", Name: "Sales"})
	s.save(desk.SettingTeam, "one", desk.Team{ID: "one", Name: "One", Queues: []desk.QueueID{"support"}, Leads: []desk.AgentID{"bo"}})
	s.save(desk.SettingInbox, "help", desk.Inbox{ID: "help", Name: "Help", Medium: desk.Email, Queue: "support", Address: "help@yingda.test", Enabled: true})
	s.save(desk.SettingInbox, "buy", desk.Inbox{ID: "buy", Name: "Buy", Medium: desk.Email, Queue: "sales", Address: "buy@yingda.test", Enabled: true})
	s.save(desk.SettingInbox, "shop", desk.Inbox{ID: "shop", Name: "Shop", Medium: desk.Chat, Queue: "support", Address: "w", Enabled: true})
	for _, a := range []desk.Agent{
		{ID: "cai", Name: "Cai", Role: desk.RoleAdministrator},
		{ID: "bo", Name: "Bo", Role: desk.RoleSupervisor},
		{ID: "ann", Name: "Ann", Role: desk.RoleAgent, Teams: []desk.TeamID{"one"}},
		{ID: "dan", Name: "Dan", Role: desk.RoleAgent, Queues: []desk.QueueID{"sales"}},
	} {
		a.Email = string(a.ID) + "@yingda.test"
		s.save(desk.SettingAgent, string(a.ID), a)
		if err := s.db.SavePasswordHash(s.Context(), a.ID, testkit.PasswordHash(password), time.Now()); err != nil {
			s.Fatal(err)
		}
	}
}

func (s *shop) save(kind desk.SettingKind, id string, doc any) {
	s.Helper()
	raw, err := json.Marshal(doc)
	if err != nil {
		s.Fatal(err)
	}
	was, err := s.db.Setting(s.Context(), kind, id)
	version := was.Version
	if err != nil {
		version = 0
	}
	if _, err := s.desk.SaveSetting(s.Context(), desk.System(), desk.Setting{Kind: kind, ID: id, Version: version, Doc: raw}); err != nil {
		s.Fatalf("save %s %s: %v", kind, id, err)
	}
}

// mail lets a customer write; it returns the conversation.
func (s *shop) mail(inbox desk.InboxID, from, text string) desk.Received {
	s.Helper()
	got, err := s.desk.Receive(s.Context(), desk.Inbound{
		Inbox: inbox, Medium: desk.Email, External: newID(), At: time.Now(), From: desk.Identity{Kind: desk.ByEmail, Value: from},
		Message: desk.Message{
			Subject: "About " + text, Body: desk.Body{Text: text}, From: desk.Address{Name: "Customer", Address: from},
			To: []desk.Address{{Address: string(inbox) + "@yingda.test"}}, Raw: "",
		},
	})
	if err != nil {
		s.Fatalf("mail: %v", err)
	}
	return got
}

func (s *shop) chat(visitor, text string) desk.Received {
	s.Helper()
	got, err := s.chats(visitor, text)
	if err != nil {
		s.Fatalf("chat: %v", err)
	}
	return got
}

// chats is chat for goroutines beside the test's own, which must not end it.
func (s *shop) chats(visitor, text string) (desk.Received, error) {
	return s.desk.Receive(s.Context(), desk.Inbound{
		Inbox: "shop", Medium: desk.Chat, External: newID(), At: time.Now(), From: desk.Identity{Kind: desk.ByVisitor, Value: visitor},
		Message: desk.Message{Body: desk.Body{Text: text}},
	})
}

// person is a signed-in browser.
type person struct {
	*shop
	cookie *http.Cookie
}

func (s *shop) signsIn(who string) *person {
	s.Helper()
	p := &person{shop: s}
	body := `{"email":"` + who + `@yingda.test","password":"` + password + `"}`
	res := p.do(http.MethodPost, "/auth/sign-in", body)
	if res.status != http.StatusOK || len(res.cookies) != 2 {
		s.Fatalf("%s signs in: got %d %s", who, res.status, res.body)
	}
	p.cookie = res.cookies[0] // the second knows the browser again
	return p
}

// answer is what came back.
type answer struct {
	status  int
	body    string
	header  http.Header
	cookies []*http.Cookie
}

func (a answer) reason() string {
	var p Problem
	_ = json.Unmarshal([]byte(a.body), &p)
	return p.Reason
}

// do asks the API; body is JSON text or "".
func (p *person) do(method, path, body string) answer {
	p.Helper()
	return p.ask(method, apiPrefix+path, body, map[string]string{"Content-Type": "application/json"})
}

func (p *person) ask(method, path, body string, header map[string]string) answer {
	p.Helper()
	req, err := http.NewRequestWithContext(p.Context(), method, p.http.URL+path, strings.NewReader(body))
	if err != nil {
		p.Fatal(err)
	}
	for k, v := range header {
		req.Header.Set(k, v)
	}
	if p.cookie != nil {
		req.AddCookie(p.cookie)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		p.Fatalf("%s %s: %v", method, path, err)
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		p.Fatalf("%s %s: %v", method, path, err)
	}
	return answer{status: res.StatusCode, body: string(bytes.TrimSpace(raw)), header: res.Header, cookies: res.Cookies()}
}

// get reads JSON into T and fails the test on anything but 200.
func get[T any](p *person, path string) T {
	p.Helper()
	return want[T](p, http.MethodGet, path, "")
}

func want[T any](p *person, method, path, body string) T {
	p.Helper()
	var out T
	res := p.do(method, path, body)
	if res.status != http.StatusOK {
		p.Fatalf("%s %s: got %d %s, want 200", method, path, res.status, res.body)
	}
	if err := json.Unmarshal([]byte(res.body), &out); err != nil {
		p.Fatalf("%s %s: %v in %s", method, path, err, res.body)
	}
	return out
}

// page is a console page's live socket.
type page struct {
	*person
	ws *websocket.Conn
	n  int64
}

func (p *person) opens(hello string) *page {
	p.Helper()
	ws, res, err := websocket.DefaultDialer.DialContext(p.Context(), "ws"+strings.TrimPrefix(p.http.URL, "http")+apiPrefix+"/socket",
		http.Header{"Cookie": {p.cookie.String()}})
	if err != nil {
		p.Fatalf("open a socket: %v", err)
	}
	_ = res.Body.Close()
	p.Cleanup(func() { _ = ws.Close() })
	g := &page{person: p, ws: ws}
	g.says(hello)
	return g
}

func (g *page) says(frame string) {
	g.Helper()
	if err := g.ws.WriteMessage(websocket.TextMessage, []byte(frame)); err != nil {
		g.Fatalf("say %s: %v", frame, err)
	}
}

// live is any frame from the server.
type live struct {
	FrameHead
	Kind         string          `json:"kind"`
	Resumed      bool            `json:"resumed"`
	ID           string          `json:"id"`
	Reason       string          `json:"reason"`
	Message      Message         `json:"message"`
	Offer        Offer           `json:"offer"`
	Presence     Presence        `json:"presence"`
	Queues       []BoardQueue    `json:"queues"`
	Agents       json.RawMessage `json:"agents"`
	Waivers      int             `json:"waivers"`
	Who          Who             `json:"who"`
	On           bool            `json:"on"`
	Setting      string          `json:"setting"`
	Conversation json.RawMessage `json:"conversation"`
}

func (l live) row() Conversation {
	var c Conversation
	_ = json.Unmarshal(l.Conversation, &c)
	return c
}

// hears waits for a frame of a kind that fits, and checks on the way that numbers have no holes.
func (g *page) hears(kind string, fits func(live) bool) live {
	g.Helper()
	for {
		f, err := g.next(happens)
		if err != nil {
			g.Fatalf("waiting for %s: %v", kind, err)
		}
		if f.Kind == kind && (fits == nil || fits(f)) {
			return f
		}
	}
}

func (g *page) next(within time.Duration) (live, error) {
	g.Helper()
	_ = g.ws.SetReadDeadline(time.Now().Add(within))
	_, raw, err := g.ws.ReadMessage()
	if err != nil {
		return live{}, err
	}
	var f live
	if err := json.Unmarshal(raw, &f); err != nil {
		g.Fatalf("frame %s: %v", raw, err)
	}
	if g.n++; f.N != g.n || f.V != 1 {
		g.Fatalf("frame %s: got n %d v %d, want n %d v 1", f.Kind, f.N, f.V, g.n)
	}
	return f, nil
}

// closes waits for the end of the socket and returns the code.
func (g *page) closes() int {
	g.Helper()
	for {
		_ = g.ws.SetReadDeadline(time.Now().Add(happens))
		_, _, err := g.ws.ReadMessage()
		if err == nil {
			continue
		}
		if e, ok := err.(*websocket.CloseError); ok {
			return e.Code
		}
		g.Fatalf("waiting for the close: %v", err)
	}
}
