package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"yingda/agents"
	"yingda/channels/voice"
	"yingda/configs"
	"yingda/desk"
	"yingda/internal/testkit"
	"yingda/sla"
)

// BenchmarkFigures measures the whole program against its floors; `make bench` prints the table (docs/performance.md).
func BenchmarkFigures(b *testing.B) {
	for _, engine := range []string{"sqlite", "postgres"} {
		b.Run("toSocket/"+engine, func(b *testing.B) { figureToSocket(b, engine) })
		b.Run("messages/"+engine, func(b *testing.B) { figureMessages(b, engine) })
		b.Run("lists/"+engine, func(b *testing.B) { figureLists(b, engine) })
		b.Run("offers/"+engine, func(b *testing.B) { figureOffers(b, engine) })
		b.Run("outbox/"+engine, func(b *testing.B) { figureOutbox(b, engine) })
	}
	b.Run("reports/postgres", func(b *testing.B) { figureReports(b, "postgres") })
	b.Run("deliveries", figureDeliveries)
	b.Run("idle", figureIdleSockets)
	b.Run("webhooks", figureWebhooks)
	b.Run("mail lag", figureMailLag)
	b.Run("start", figureStart)
}

const (
	gaugeWidget = "gauge"
	gaugeLine   = "gauge-line"
	gaugeSecret = "secret of the gauge's exchange"
	gaugeLogin  = "ann@gauge.test"
	gaugeWord   = "a word for the gauge"
)

// gauge is a node under measurement, in this process and behind a real port, with ann signed in: she sees everything.
type gauge struct {
	*testing.B
	engine, url string
	redis       string // host:port, "" embedded
	node        *node
	base        string
	token       string
	client      *http.Client
}

// openGauge starts a node: SQLite with the embedded Redis, or PostgreSQL with a real one.
func openGauge(b *testing.B, engine string, more ...desk.Setting) *gauge {
	b.Helper()
	g := &gauge{B: b, engine: engine, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}}
	cfg := configs.Default()
	cfg.Drain, cfg.Store.Key, cfg.Chat.SocketsPerIP = time.Second, "0123456789abcdef", 10_000
	if cfg.Store.URL = "sqlite:" + filepath.Join(b.TempDir(), "yingda.db"); engine == "postgres" {
		cfg.Store.URL = testkit.PostgresServer(b, testkit.PostgresOptions{Durable: true}).Database(b)
		g.redis = testkit.Redis(b)
		cfg.Redis.Addresses = []string{g.redis}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	g.url, g.base = cfg.Store.URL, "http://"+l.Addr().String()
	cfg.Listen, cfg.PublicURL = l.Addr().String(), g.base
	if g.node, err = openNode(b.Context(), cfg, slog.New(slog.NewTextHandler(b.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))); err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	furnished := make(chan struct{})
	go func() {
		done <- g.node.run(ctx, l, func(ctx context.Context) error {
			defer close(furnished)
			return g.furnish(ctx, more)
		})
	}()
	b.Cleanup(func() {
		g.client.CloseIdleConnections()
		cancel()
		if err := <-done; err != nil {
			b.Errorf("run: %v", err)
		}
		g.node.close()
	})
	<-furnished
	if err := reachable(b.Context(), g.base); err != nil {
		b.Fatal(err)
	}
	if g.token, _, err = g.node.accounts.SignIn(b.Context(), gaugeLogin, gaugeWord, agents.Visit{Address: "127.0.0.1"}); err != nil {
		b.Fatal(err)
	}
	return g
}

func (g *gauge) furnish(ctx context.Context, more []desk.Setting) error {
	docs, err := sla.DefaultSettings()
	if err != nil {
		return err
	}
	docs = append(docs,
		document(desk.SettingQueue, "one", desk.Queue{ID: "one", Name: "One", Ring: 3600, Weights: map[desk.Medium]int{desk.Chat: 1, desk.Voice: 1, desk.Email: 1}}),
		document(desk.SettingTeam, "all", desk.Team{ID: "all", Name: "All", Queues: []desk.QueueID{"one"}, Leads: []desk.AgentID{"ann"}}),
		document(desk.SettingAgent, "ann", gaugeAgent("ann", "administrator")),
		document(desk.SettingInbox, "widget", desk.Inbox{
			ID: "widget", Name: "Widget", Medium: desk.Chat, Queue: "one", Address: gaugeWidget, Enabled: true, Skills: []desk.Skill{},
			Channel: []byte(`{"origins":[],"reply_within_h":24,"offline_inbox":""}`),
		}),
		document(desk.SettingInbox, gaugeLine, desk.Inbox{
			ID: gaugeLine, Name: "Line", Medium: desk.Voice, Queue: "one", Address: "4008001234", Enabled: true, Skills: []desk.Skill{},
			Channel: []byte(`{"provider":"generic","country":"CN","dial":""}`),
		}),
	)
	for _, d := range append(docs, more...) {
		if err := g.node.put(ctx, d); err != nil {
			return fmt.Errorf("%s %s: %w", d.Kind, d.ID, err)
		}
	}
	return errors.Join(g.node.accounts.SetPassword(ctx, "ann", gaugeWord), g.node.db.SaveSecret(ctx, gaugeLine, voice.SecretName, gaugeSecret))
}

func gaugeAgent(id, role string) desk.Agent {
	return desk.Agent{
		ID: desk.AgentID(id), Name: id, Email: id + "@gauge.test", Role: desk.Role(role), Extension: id, Locale: "en", Teams: []desk.TeamID{"all"},
		Languages: []string{}, Queues: []desk.QueueID{}, Skills: []desk.Skill{}, Capacity: 10_000, Maximum: map[desk.Medium]int{desk.Chat: 10_000, desk.Voice: 10_000, desk.Email: 10_000},
	}
}

// call speaks the REST API as ann.
func (g *gauge) call(method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(g.Context(), method, g.base+"/api/v1"+path, body)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.AddCookie(&http.Cookie{Name: "yd_session", Value: g.token})
	return exchange(g.client, req, out)
}

// exchange sends and reads the whole answer, so that the connection is used again.
func exchange(c *http.Client, req *http.Request, out any) error {
	res, err := c.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode >= http.StatusMultipleChoices {
		return fmt.Errorf("%s %s: %s %s %w", req.Method, req.URL, res.Status, raw, err)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(raw, out)
}

// console opens ann's socket and hands every frame to hear until the benchmark ends.
func (g *gauge) console(hear func(raw []byte)) {
	g.Helper()
	conn, res, err := websocket.DefaultDialer.DialContext(g.Context(), "ws"+strings.TrimPrefix(g.base, "http")+"/api/v1/socket",
		http.Header{"Origin": {g.base}, "Cookie": {"yd_session=" + g.token}})
	if err != nil {
		g.Fatal(err)
	}
	_ = res.Body.Close()
	if err := conn.WriteJSON(map[string]string{"kind": "hello"}); err != nil {
		g.Fatal(err)
	}
	joined := make(chan struct{})
	greeted := sync.OnceFunc(func() { close(joined) })
	go func() {
		for {
			_, raw, err := conn.ReadMessage()
			if err != nil {
				return
			}
			greeted()
			hear(raw)
		}
	}()
	g.Cleanup(func() { _ = conn.Close() })
	<-joined
}

// gaugeVisitor is a customer at the widget, greeted.
type gaugeVisitor struct {
	conn *websocket.Conn
	seen chan string // conversation ids of acknowledged messages

	conversation string
}

// visitor opens the widget from one of many addresses: what one address may do is bounded.
func (g *gauge) visitor(i int) *gaugeVisitor {
	g.Helper()
	token, dial := g.widgetSession(i), gaugeDialer(i)
	ws := websocket.Dialer{NetDialContext: dial.DialContext}
	conn, res, err := ws.DialContext(g.Context(), "ws"+strings.TrimPrefix(g.base, "http")+"/widget/v1/"+gaugeWidget+"/socket", http.Header{"Origin": {g.base}})
	if err != nil {
		g.Fatal(err)
	}
	_ = res.Body.Close()
	if err := conn.WriteJSON(map[string]any{"v": 1, "type": "hello", "token": token, "lang": "en"}); err != nil {
		g.Fatal(err)
	}
	v := &gaugeVisitor{conn: conn, seen: make(chan string, 64)}
	greeted := make(chan struct{})
	open := sync.OnceFunc(func() { close(greeted) })
	go func() {
		for {
			var f struct{ Type, Conversation, Reason string }
			if conn.ReadJSON(&f) != nil {
				return
			}
			open()
			switch f.Type {
			case "ack":
				v.seen <- f.Conversation
			case "error":
				g.Errorf("the widget was refused: %s", f.Reason)
			}
		}
	}()
	g.Cleanup(func() { _ = conn.Close() })
	<-greeted
	return v
}

func (v *gaugeVisitor) say(text string) error {
	return v.conn.WriteJSON(map[string]any{"v": 1, "type": "send", "client_id": newID(), "text": text})
}

// gaugeDialer comes from another loopback address for every 50 visitors.
func gaugeDialer(i int) net.Dialer {
	return net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 1, byte(1+i/50))}}
}

func (g *gauge) widgetSession(i int) string {
	g.Helper()
	dial := gaugeDialer(i)
	c := &http.Client{Transport: &http.Transport{DialContext: dial.DialContext, DisableKeepAlives: true}}
	req, err := http.NewRequestWithContext(g.Context(), http.MethodPost, g.base+"/widget/v1/"+gaugeWidget+"/session", strings.NewReader("{}"))
	if err != nil {
		g.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Origin", g.base)
	var s struct{ Token string }
	if err := exchange(c, req, &s); err != nil {
		g.Fatal(err)
	}
	return s.Token
}

// chats opens n conversations of customers who are not connected, in ann's hands.
func (g *gauge) chats(n int) []string {
	g.Helper()
	ids := make([]string, n)
	for i := range ids {
		got, err := g.node.desk.Receive(g.Context(), desk.Inbound{
			Inbox: "widget", Medium: desk.Chat, External: "first" + strconv.Itoa(i), At: time.Now(), From: desk.Identity{Kind: "visitor", Value: newID()},
			FromName: "客户", Message: desk.Message{Body: desk.Body{Text: "您好，我的订单一直没有发货。"}},
		})
		if err != nil {
			g.Fatal(err)
		}
		ids[i] = string(got.Conversation)
		g.give(ids[i])
	}
	return ids
}

// give puts a conversation into ann's hands.
func (g *gauge) give(id string) {
	g.Helper()
	err := g.node.desk.Assign(g.Context(), desk.Assign{
		Conversation: desk.ConversationID(id), Agent: "ann", Actor: desk.AgentActor("ann", desk.RoleAdministrator), Forced: true,
	})
	if err != nil {
		g.Fatal(err)
	}
}

// close resolves a conversation.
func (g *gauge) close(id string) {
	g.Helper()
	over := desk.Resolved
	err := g.node.desk.Change(g.Context(), desk.ConversationID(id), desk.Change{Actor: desk.AgentActor("ann", desk.RoleAdministrator), Status: &over})
	if err != nil {
		g.Fatal(err)
	}
}
