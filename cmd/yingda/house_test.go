package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"yingda/channels/voice"
	"yingda/configs"
	"yingda/desk"
	"yingda/internal/testkit"
	"yingda/sla"
	"yingda/store/storetest"
)

// What the house is called and how it is reached.
const (
	deskAddress = "help@house.test"
	widgetKey   = "house"
	hotline     = "hotline"
	hookSecret  = "hook secret of the house"
	password    = "correct horse 9"
)

// house is one firm: mail servers, settings, people, and its node in this process.
type house struct {
	testing.TB
	base     string // of the node that is spoken to
	cfg      configs.Config
	imap     *testkit.IMAPServer
	smtp     *testkit.Sink
	imapLine *testkit.Link
	smtpLine *testkit.Link
	extra    []desk.Setting // beside the house's own, replacing those of the same name
	node     *node
	stop     func()
}

// newHouse prepares a house whose doors are still closed: SQLite and the embedded Redis unless a change says otherwise.
func newHouse(t testing.TB, changes ...func(*house)) *house {
	t.Helper()
	h := &house{TB: t, cfg: configs.Default(), imap: testkit.IMAP(t), smtp: testkit.SMTPSink(t, testkit.SMTPOptions{})}
	h.imapLine, h.smtpLine = testkit.Wire(t, h.imap.Addr), testkit.Wire(t, h.smtp.Addr)
	h.cfg.Drain, h.cfg.Log.Level = 3*time.Second, "warn"
	h.cfg.Store.URL, h.cfg.Store.Key = storetest.SQLite(t), "0123456789abcdef"
	h.cfg.Agents.AttemptsPerAddress = 10_000 // everybody signs in from here
	for _, change := range changes {
		change(h)
	}
	return h
}

// openHouse opens the doors of a new one.
func openHouse(t testing.TB, changes ...func(*house)) *house {
	t.Helper()
	h := newHouse(t, changes...)
	h.Opens()
	return h
}

// onPostgres keeps the record in a PostgreSQL database of its own.
func onPostgres(h *house) { h.cfg.Store.URL = testkit.Postgres(h) }

// with adds or replaces a setting.
func with(kind desk.SettingKind, id string, doc any) func(*house) {
	return func(h *house) { h.extra = append(h.extra, document(kind, id, doc)) }
}

// Opens starts a node in this process, as serve does, and waits until it answers.
func (h *house) Opens() {
	h.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		h.Fatalf("listen: %v", err)
	}
	h.base = "http://" + l.Addr().String()
	h.cfg.Listen, h.cfg.PublicURL = l.Addr().String(), h.base
	log := slog.New(slog.NewTextHandler(h.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	n, err := openNode(h.Context(), h.cfg, log)
	if err != nil {
		h.Fatalf("open: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- n.run(ctx, l, func(ctx context.Context) error { return h.furnish(ctx, n) }) }()
	h.node, h.stop = n, sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			h.Errorf("run: %v", err)
		}
		n.close()
	})
	h.Cleanup(h.stop)
	h.answers(h.base)
}

// Closes stops the node in an orderly way.
func (h *house) Closes() { h.stop() }

// answers waits until a node serves.
func (h *house) answers(base string) {
	h.Helper()
	until(h, base+" answers", func() bool {
		res, err := http.Get(base + "/healthz")
		if err != nil {
			return false
		}
		_ = res.Body.Close()
		return res.StatusCode == http.StatusOK
	})
}

// prepare furnishes the record without serving, for nodes that run as processes.
func (h *house) prepare() {
	h.Helper()
	n, err := openNode(h.Context(), h.cfg, quietLog())
	if err != nil {
		h.Fatalf("open: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- n.db.Run(ctx) }()
	if err := h.furnish(ctx, n); err != nil {
		h.Errorf("furnish: %v", err)
	}
	cancel()
	if err := <-done; err != nil {
		h.Errorf("run the record: %v", err)
	}
	n.close()
}

// furnish puts people, queues and inboxes into an empty record.
func (h *house) furnish(ctx context.Context, n *node) error {
	if len(n.db.Directory().Agents()) > 0 {
		return nil
	}
	docs, err := h.settings()
	if err != nil {
		return err
	}
	for _, d := range docs {
		if err := n.put(ctx, d); err != nil {
			return fmt.Errorf("%s %s: %w", d.Kind, d.ID, err)
		}
	}
	for _, a := range n.db.Directory().Agents() {
		if err := n.db.SavePasswordHash(ctx, a.ID, testkit.PasswordHash(password), n.now()); err != nil {
			return fmt.Errorf("the password of %s: %w", a.ID, err)
		}
	}
	if err := n.db.SaveSecret(ctx, "help", "password", h.imap.Password); err != nil {
		return err
	}
	return n.db.SaveSecret(ctx, hotline, voice.SecretName, hookSecret)
}

func (h *house) settings() ([]desk.Setting, error) {
	docs, err := sla.DefaultSettings()
	if err != nil {
		return nil, err
	}
	agent := func(id, role, ext string, teams ...desk.TeamID) desk.Setting {
		return document(desk.SettingAgent, id, desk.Agent{
			ID: desk.AgentID(id), Name: id, Email: id + "@house.test", Role: desk.Role(role), Extension: ext, Locale: "en", Teams: teams,
			Languages: []string{}, Queues: []desk.QueueID{}, Skills: []desk.Skill{},
		})
	}
	docs = append(docs,
		document(desk.SettingQueue, "support", desk.Queue{ID: "support", Name: "Support"}),
		document(desk.SettingQueue, "sales", desk.Queue{ID: "sales", Name: "Sales"}),
		document(desk.SettingTeam, "one", desk.Team{ID: "one", Name: "One", Queues: []desk.QueueID{"support"}, Leads: []desk.AgentID{"lea"}}),
		document(desk.SettingTeam, "two", desk.Team{ID: "two", Name: "Two", Queues: []desk.QueueID{"sales"}, Leads: []desk.AgentID{"max"}}),
		agent("ann", "agent", "801", "one"), agent("bo", "agent", "802", "one"), agent("dan", "agent", "803", "two"),
		agent("lea", "supervisor", "800", "one"), agent("max", "supervisor", "", "two"), agent("admin", "administrator", ""),
		document(desk.SettingInbox, "help", h.mailInbox()),
		document(desk.SettingInbox, "widget", desk.Inbox{
			ID: "widget", Name: "Widget", Medium: desk.Chat, Queue: "support", Address: widgetKey, Enabled: true, Skills: []desk.Skill{},
			Channel: []byte(`{"origins":[],"reply_within_h":24,"offline_inbox":"help"}`),
		}),
		document(desk.SettingInbox, hotline, desk.Inbox{
			ID: hotline, Name: "Hotline", Medium: desk.Voice, Queue: "support", Address: "4008001234", Enabled: true, Skills: []desk.Skill{},
			Channel: []byte(`{"provider":"generic","country":"CN","dial":""}`),
		}),
	)
	for _, x := range h.extra {
		docs = replace(docs, x)
	}
	return docs, nil
}

func replace(docs []desk.Setting, x desk.Setting) []desk.Setting {
	for i, d := range docs {
		if d.Kind == x.Kind && d.ID == x.ID {
			docs[i] = x
			return docs
		}
	}
	return append(docs, x)
}

// mailInbox reads and sends through lines that a test may cut.
func (h *house) mailInbox() desk.Inbox {
	channel := fmt.Sprintf(`{"imap":{"host":"127.0.0.1","port":%s,"tls":"none","auth":"password","username":%q,"secret":"password"},`+
		`"smtp":{"host":"127.0.0.1","port":%s,"tls":"none","auth":"none"},"mailboxes":["INBOX"],"since":"2020-01-01T00:00:00Z","poll_s":10,`+
		`"from_name":"The House","aliases":[],"signature":"","no_reply_token":false}`, port(h.imapLine.Addr), h.imap.User, port(h.smtpLine.Addr))
	return desk.Inbox{
		ID: "help", Name: "Help", Medium: desk.Email, Queue: "support", Address: deskAddress, Enabled: true, Skills: []desk.Skill{}, Channel: []byte(channel),
	}
}

func port(addr string) string {
	_, p, err := net.SplitHostPort(addr)
	if err != nil {
		panic(err) // testkit's own addresses
	}
	if _, err := strconv.Atoi(p); err != nil {
		panic(err)
	}
	return p
}

// everybody's password is hashed once: each hash takes 64 MiB and a tenth of a second.
func quietLog() *slog.Logger { return slog.New(slog.DiscardHandler) }
