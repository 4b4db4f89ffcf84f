package main

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/redis/go-redis/v9"

	"yingda/agents"
	"yingda/channels"
	"yingda/channels/chat"
	"yingda/channels/email"
	"yingda/channels/notify"
	"yingda/channels/voice"
	"yingda/channels/webhook"
	"yingda/configs"
	"yingda/desk"
	"yingda/router"
	"yingda/sla"
	"yingda/store"
	"yingda/webui"
)

// node is one running process: every room, wired. open builds it from top to bottom, run starts and stops it.
type node struct {
	cfg         configs.Config
	log         *slog.Logger
	now         func() time.Time
	metrics     *prometheus.Registry
	db          *store.DB
	redis       redis.UniversalClient
	promises    *sla.Promises
	policies    policies
	routingNews chan struct{}          // policies changed: what waits is to be asked about again
	forecasts   chan struct{}          // a place for each that may be made at once
	badBook     atomic.Pointer[string] // why the stored book is not the one in force; nil: it is
	desk        *desk.Service
	signals     *desk.Signals
	relay       *relay
	feed        *desk.Feed
	router      *router.Router
	ticker      *sla.Ticker
	climber     *sla.Climber
	evening     *sla.Evening
	notifier    *notify.Notifier
	reporter    *notify.Reporter
	teller      *webhook.Teller
	alarm       *desk.Alarm
	accounts    *agents.Accounts
	tracker     *agents.Tracker
	mail        *mailrooms
	push        *email.Listener // nil: no mail is pushed
	outbox      *channels.Outbox
	web         *webui.Server
	chat        *chat.Chat
	voice       *voice.Voice
	closers     []func()
}

// openNode builds a node. Nothing runs yet; close undoes it.
func openNode(ctx context.Context, cfg configs.Config, log *slog.Logger) (*node, error) {
	now, err := clock()
	if err != nil {
		return nil, err
	}
	n := &node{cfg: cfg, log: log, now: now, metrics: prometheus.NewRegistry(), routingNews: make(chan struct{}, 1)}
	n.metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	cfg.Store.Now = now
	if n.db, err = openRecord(ctx, cfg.Store, log, ""); err != nil {
		return nil, err
	}
	n.closers = append(n.closers, func() { _ = n.db.Close() })
	if err := n.build(ctx); err != nil {
		n.close()
		return nil, err
	}
	return n, nil
}

// clock is the one clock. YINGDA_NOW_OFFSET (a duration) moves it, for tests of whole days.
func clock() (func() time.Time, error) {
	text := os.Getenv("YINGDA_NOW_OFFSET")
	if text == "" {
		return time.Now, nil
	}
	offset, err := time.ParseDuration(text)
	if err != nil {
		return nil, fmt.Errorf("YINGDA_NOW_OFFSET: %q is no duration; want for example 24h", text)
	}
	return func() time.Time { return time.Now().Add(offset) }, nil
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// build makes the rooms in the order they need each other.
func (n *node) build(ctx context.Context) error {
	var stopRedis func()
	n.redis, stopRedis = openRedis(n.cfg.Redis)
	n.closers = append(n.closers, stopRedis)

	n.promises = sla.NewPromises(nil)
	if err := n.refreshBook(ctx); err != nil {
		return err
	}
	n.desk = desk.New(desk.Config{Store: n.db, Promises: n.promises, Now: n.now, NewID: newID, Checks: map[desk.SettingKind]desk.SettingCheck{
		desk.SettingPolicy: n.checkPolicy, desk.SettingAlert: desk.CheckNames(desk.NamedInAlert, n.db), desk.SettingCalendar: n.checkBook, desk.SettingHolidays: n.checkBook,
		desk.SettingInbox: checkInbox, desk.SettingAgent: agents.CheckSetting(n.db.Directory),
		desk.SettingRouting: n.checkRouting, desk.SettingRoutingDraft: checkDraft,
	}, Courtesy: email.Courtesy{Hours: hours{n}.Open}, Policies: &n.policies})
	n.signals = desk.NewSignals()
	n.relay = newRelay(n.db, n.signals, n.log)
	n.feed = desk.NewFeed(n.db, n.log)
	n.router = router.New(router.Deps{
		Redis: n.redis, Desk: n.desk, Records: n.db, Directory: liveDirectory{n.db}, Leases: n.db, Waits: n.db, Hours: hours{n}, Decider: n.decider(), Now: n.now,
		NewID: newID, Log: n.log, Metrics: n.metrics,
	}, n.cfg.Router)
	n.forecasts = make(chan struct{}, maxForecasts)
	if err := n.refreshRouting(ctx); err != nil {
		return err
	}
	n.ticker = sla.NewTicker(sla.Deps{Desk: n.desk, Store: n.db, Promises: n.promises, Now: n.now, Log: n.log}, n.cfg.SLA)
	n.climber = sla.NewClimber(n.desk, n.db, n.promises, n.now, n.log, n.cfg.SLA)
	n.evening = sla.NewEvening(n.desk, n.db, n.promises, n.now, n.log)
	n.alarm = desk.NewAlarm(n.desk, n.db, n.log)
	n.accounts = agents.NewAccounts(n.db, n.db.Directory, n.now, newID, n.cfg.Agents)
	n.mail = newMailrooms(n)
	if err := n.buildPush(); err != nil {
		return err
	}
	n.outbox = channels.NewOutbox(channels.OutboxConfig{
		Spool: n.db, Results: n.desk, Sender: n.mail.sender, Node: n.db.Node(), Now: n.now, Random: rand.Float64,
		Log: n.log, Metrics: n.metrics,
	})
	n.buildNotices()
	return n.buildEdges(ctx)
}

// key derives a key of its own for each purpose from the one secret, so that none can stand in for another.
func (n *node) key(purpose string) []byte {
	k, err := hkdf.Key(sha256.New, []byte(n.cfg.Store.Key), nil, "yingda "+purpose, 32)
	if err != nil {
		panic(err) // 32 bytes are always to be had of SHA-256
	}
	return k
}

func (n *node) close() {
	for i := len(n.closers) - 1; i >= 0; i-- {
		n.closers[i]()
	}
}

// trimmed is the public address without its last slash.
func (n *node) trimmed() string { return strings.TrimSuffix(n.cfg.PublicURL, "/") }
