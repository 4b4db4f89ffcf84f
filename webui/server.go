package webui

import (
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"

	"yingda/agents"
	"yingda/desk"
)

const apiPrefix = "/api/v1"

// Deps is all the server needs. What may be nil says so: what depends on it then answers Unavailable, or leaves that part
// of its answer out. Everything else is required.
type Deps struct {
	Log *slog.Logger
	Now func() time.Time
	// NewID makes ids of what the desk does not make itself, lowercase UUIDv7.
	NewID func() string
	// Dir is the current directory of settings: store.DB's Directory method.
	Dir func() desk.Directory

	Desk     *desk.Service
	Accounts *agents.Accounts
	Tracker  *agents.Tracker // told of every socket; nil: nobody turns offline by losing theirs
	Signals  *desk.Signals   // typing across rooms; nil: the console's own only

	Lists    Lists
	People   People
	Papers   Papers
	Desktop  Desktop
	Files    Files
	Requests Requests // nil: idempotency keys are refused as Unavailable
	Channels Channels
	Routing  Routing    // may be nil
	Explain  Explaining // may be nil
	Lines    Lines      // may be nil
	Reports  Reports    // may be nil
	Steering Steering   // may be nil
	Alerting Alerting
	Ahead    Foresight // may be nil
	Days     Days
	// WaitsTold keeps what waiting customers were told, and what came.
	WaitsTold WaitsTold
	// Doors is how chat and phone inboxes do on this node; nil: nobody knows.
	Doors func(desk.InboxID) Door
	Facts Facts

	Inspector Inspector // may be nil
	Retrier   Retrier   // may be nil
	Whole     Whole     // may be nil
	// Phone brings a typed phone number into the form callers are known by; nil: it stays as typed.
	Phone func(raw string) string

	// Ready names what is not ready and why; an empty map is ready. Keys are stable: store, redis, inbox:<id>…
	Ready func(ctx context.Context) map[string]string
	// Warnings names what will need a person soon though everything works, such as a calendar that does not know next
	// year's holidays; nil: nothing ever does.
	Warnings func() []Warning
	// Metrics is where /metrics reads; nil: the route is not there.
	Metrics prometheus.Gatherer
	// Register takes the hub's own metrics; may be nil.
	Register prometheus.Registerer
	// Answering reads what was sent, held back and suppressed; *store.DB is one.
	Answering Answering
	Letters   Letters // may be nil
	Notices   Notices
	Hooks     Hooks
	SignIns   SignIns // may be nil
	Waivers   Waivers // may be nil
	// OwnAddresses are the addresses of ours that an inbox of mail stands for; nil: its own address alone.
	OwnAddresses func(desk.Inbox) []string
	// PublicURL is where browsers find us: providers send them back there.
	PublicURL string
	// Pages is the built pages; nil: those embedded in the binary.
	Pages fs.FS
	// CursorKey signs cursors, 32 bytes; nil: one for this process, so that cursors end with it.
	CursorKey []byte
	Config    Config
}

// Facts is where the hub resumes from; EventsAfter may stop short of the newest, as desk.Store's may.
type Facts interface {
	EventsAfter(ctx context.Context, seq int64, limit int) ([]desk.Event, error)
	LastSeq(ctx context.Context) (int64, error)
}

// Config is what an operator may set about the web side.
type Config struct {
	// Origins are further origins (scheme://host) the console may be opened from; its own host always may.
	Origins []string `yaml:"origins"`
	// SecureCookies says that the console is served by HTTPS, so that its cookie never travels in clear.
	SecureCookies bool `yaml:"secure_cookies"`
	// TrustedProxies are the addresses or networks (10.0.0.0/8) of proxies whose X-Forwarded-For is believed; without
	// them every visitor behind a proxy shares its address, and its limits.
	TrustedProxies []string `yaml:"trusted_proxies"`
	// MetricsFrom are the addresses or networks that may read /metrics; for everybody else it is not there. By default
	// this machine and private networks.
	MetricsFrom []string `yaml:"metrics_from"`
	// MetricsToken opens /metrics from anywhere to "Authorization: Bearer <token>"; "" is no token.
	MetricsToken string `yaml:"metrics_token"`
	// MaxFile bounds one uploaded file, in bytes.
	MaxFile int64 `yaml:"max_file_bytes"`
	// MaxBody bounds one JSON body, in bytes.
	MaxBody int64 `yaml:"max_body_bytes"`
	// PictureHosts are hosts of our own network (name, or name:port) that mails may show pictures from. All other private,
	// loopback and link-local addresses are refused when a picture is fetched for a reader.
	PictureHosts []string `yaml:"picture_hosts"`
}

// Default is what holds when nothing is configured.
func Default() Config {
	return Config{
		MaxFile: 25 << 20, MaxBody: 1 << 20,
		MetricsFrom: []string{"127.0.0.0/8", "::1", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"},
	}
}

// Validate names the first value that makes no sense.
func (c Config) Validate() error {
	switch {
	case c.MaxFile < 1<<10 || c.MaxFile > 1<<30:
		return errors.New("max_file_bytes: must be from 1 KiB to 1 GiB")
	case c.MaxBody < 1<<10 || c.MaxBody > 64<<20:
		return errors.New("max_body_bytes: must be from 1 KiB to 64 MiB")
	}
	gin.SetMode(gin.ReleaseMode) // before the first engine, or it speaks on the console
	if err := gin.New().SetTrustedProxies(c.TrustedProxies); err != nil {
		return errors.New("trusted_proxies: want addresses or networks as 10.0.0.0/8: " + err.Error())
	}
	if _, err := networks(c.MetricsFrom); err != nil {
		return errors.New("metrics_from: want addresses or networks as 10.0.0.0/8: " + err.Error())
	}
	if n := len(c.MetricsToken); n > 0 && n < 16 {
		return errors.New("metrics_token: want 16 characters or more")
	}
	for _, o := range c.Origins {
		if err := http.NewCrossOriginProtection().AddTrustedOrigin(o); err != nil {
			return errors.New("origins: " + err.Error())
		}
	}
	return nil
}

// Server is the web side. Make it with New, mount other rooms' handlers on Engine, serve Handler, and Run the Hub.
type Server struct {
	Deps

	Hub     *Hub
	engine  *gin.Engine
	api     huma.API
	sign    signer
	cross   *http.CrossOriginProtection
	roles   map[string]desk.Role // "METHOD /path" → least role; what is not here is not served
	metrics *metrics
	fetch   *fetcher
	looks   looks
	dryRuns sync.Mutex // held while a dry run is played
}

// New makes the server and all its routes.
func New(d Deps) *Server {
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	if d.Config.MaxBody == 0 {
		d.Config = Default()
	}
	if len(d.CursorKey) == 0 {
		d.CursorKey = make([]byte, 32)
		_, _ = rand.Read(d.CursorKey) // never fails: crypto/rand aborts the program instead
	}
	s := &Server{
		Deps: d, sign: signer{d.CursorKey}, cross: http.NewCrossOriginProtection(), roles: map[string]desk.Role{},
		metrics: newMetrics(d.Register), fetch: newFetcher(d.Config.PictureHosts),
	}
	for _, o := range d.Config.Origins {
		_ = s.cross.AddTrustedOrigin(o) // Config.Validate has looked at them
	}
	s.Hub = newHub(s)
	s.engine = s.newEngine()
	s.routes()
	return s
}

func (s *Server) newEngine() *gin.Engine {
	gin.SetMode(gin.ReleaseMode)
	e := gin.New()
	e.ContextWithFallback = true
	e.HandleMethodNotAllowed = true
	_ = e.SetTrustedProxies(s.Config.TrustedProxies) // Config.Validate has looked at them; none: nobody is believed
	e.Use(s.accessLine, s.recovered, headers, patience)
	e.NoRoute(s.page)
	e.NoMethod(func(c *gin.Context) {
		stop(c, withStatus(refuse(desk.Invalid, "method_not_allowed"), http.StatusMethodNotAllowed))
	})
	return e
}

func (s *Server) routes() {
	e := s.engine
	e.GET("/healthz", s.healthz)
	e.GET("/readyz", s.readyz)
	if s.Metrics != nil {
		from, _ := networks(s.Config.MetricsFrom) // Config.Validate has looked at them
		e.GET("/metrics", s.scrapes(from))
	}
	e.GET("/api/openapi.json", s.openapi)
	group := e.Group(apiPrefix, s.sameOrigin, s.signedIn, s.once)
	s.api = humagin.NewWithGroup(e, group, apiConfig())
	s.authOps()
	s.meOps()
	s.dutyOps()
	s.conversationOps()
	s.threadOps()
	s.actionOps()
	s.draftOps()
	s.offerOps()
	s.contactOps()
	s.boardOps()
	s.alertOps()
	s.outlookOps()
	s.dayOps()
	s.reportOps()
	s.waitOps()
	s.dryRunOps()
	s.answeringOps()
	s.reviewOps()
	s.oauthRoutes(group)
	s.routingOps()
	s.settingOps()
	s.hookOps()
	s.adminOps()
	s.eraseOps()
	s.fileRoutes(group)
	s.plain(group, desk.RoleAgent, http.MethodGet, "/socket", s.socket)
	limit(s.api)
	registerFrames(s.api)
}

// Engine is where cmd mounts the handlers of other rooms (chat widget, voice webhooks), outside /api/v1.
func (s *Server) Engine() *gin.Engine { return s.engine }

// Handler is the whole site.
func (s *Server) Handler() http.Handler { return s.engine }

// op is how one operation is named and who may call it. An empty role is everybody, signed in or not.
type op struct {
	role    desk.Role
	method  string
	path    string // with {id}
	id      string
	summary string
}

// public is the role of what needs no session.
const public desk.Role = ""

// add registers an operation with huma and its role with the door.
func add[I, O any](s *Server, o op, h func(context.Context, *I) (*O, error)) {
	s.roles[o.method+" "+ginPath(o.path)] = o.role
	huma.Register(s.api, huma.Operation{
		OperationID: o.id, Method: o.method, Path: o.path, Summary: o.summary, Tags: []string{tagOf(o.path)},
		MaxBodyBytes: s.Config.MaxBody, Errors: errorsOf(o),
		Metadata: map[string]any{"role": string(o.role)},
	}, h)
}

// plain registers a route that streams or upgrades and so stays outside huma.
func (s *Server) plain(g *gin.RouterGroup, role desk.Role, method, path string, h gin.HandlerFunc) {
	s.roles[method+" "+apiPrefix+path] = role
	g.Handle(method, path, h)
}

type ackBody struct {
	OK bool `json:"ok"`
}

// ack is the answer of what has nothing to say.
type ack struct{ Body ackBody }

func done() *ack { return &ack{ackBody{OK: true}} }
