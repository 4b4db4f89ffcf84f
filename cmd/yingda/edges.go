package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"yingda/agents"
	"yingda/channels/chat"
	"yingda/channels/email"
	"yingda/channels/voice"
	"yingda/desk"
	"yingda/webui"
)

// buildEdges makes what the world outside touches: console, widget and webhooks, all on one engine.
func (n *node) buildEdges(context.Context) error {
	n.tracker = agents.NewTracker(agents.TrackerDeps{
		Log: n.log, Now: n.now, Node: n.db.Node(), Sockets: n.db, Desk: n.desk, Conversations: n.db, Dir: n.db.Directory,
	}, n.cfg.Agents)
	n.web = webui.New(webui.Deps{
		Log: n.log, Now: n.now, NewID: newID, Dir: n.db.Directory, Desk: n.desk, Accounts: n.accounts, Tracker: n.tracker, Signals: n.signals,
		Lists: n.db, People: n.db, Papers: n.db, Desktop: n.db, Files: n.db, Requests: n.db, Channels: n.db, Reports: n.db, Alerting: n.db, Days: n.db, Ahead: ahead{n.db, n}, Doors: n.door, WaitsTold: n.db, Routing: routing{n.router}, Explain: n.router, Lines: n.router, Steering: n.steering(), Facts: n.db,
		Inspector: inspector{n}, Retrier: quarantine{n}, Whole: wholeMails{n.db, &email.Wholes{}}, Ready: n.ready, Warnings: n.warnings, Metrics: n.metrics, Register: n.metrics,
		Phone:     typedPhone,
		Answering: n.db, Notices: n.db, Hooks: hooks{n}, Letters: letters{n}, SignIns: signIns{n}, OwnAddresses: email.OwnAddresses, Waivers: n.db, PublicURL: n.trimmed(),
		CursorKey: n.key("cursors"), Config: n.cfg.Web,
	})
	cfg := n.cfg.Chat
	cfg.Key, cfg.PublicURL = n.key("widget"), n.cfg.PublicURL
	var err error
	n.chat, err = chat.New(chat.Deps{
		Desk: n.desk, Records: n.db, Directory: liveDirectory{n.db}, Queue: queuePlaces{n}, Hours: hours{n}, Blobs: n.db,
		Secrets: n.db, Signals: n.signals, Pages: webui.WidgetPages(), Logger: n.log, Registry: n.metrics, Now: n.now, Config: cfg,
		Phone: typedPhone,
	})
	if err != nil {
		return fmt.Errorf("build the widget: %w", err)
	}
	n.voice = voice.New(voice.Deps{
		Intake: n.desk, Secrets: n.db, Directory: n.db.Directory, Records: n.db, Now: n.now, PublicURL: n.cfg.PublicURL, Log: n.log,
	})
	e := n.web.Engine()
	e.GET("/widget.js", mounted(n.chat.Handler()))
	e.Any("/widget/*path", mounted(n.chat.Handler()))
	e.POST("/hooks/voice/:inbox", mounted(n.voice.Handler()))
	return nil
}

// mounted serves another room's handler on the console's engine, with the address of the real client where a trusted
// proxy stands before us: limits are per visitor, not per proxy.
func mounted(h http.Handler) gin.HandlerFunc {
	return func(c *gin.Context) {
		r := c.Request
		if ip := c.ClientIP(); ip != "" && ip != c.RemoteIP() {
			r = r.WithContext(r.Context())
			r.RemoteAddr = net.JoinHostPort(ip, "0")
		}
		h.ServeHTTP(c.Writer, r)
	}
}

// typedPhone is a number typed by hand in the form callers are known by; what is no number stays as typed.
func typedPhone(raw string) string {
	if id := voice.Phone(raw, "", ""); id.Kind == desk.ByPhone {
		return id.Value
	}
	return raw
}

// listenEdges puts the edges on the feed.
func (n *node) listenEdges(last int64) {
	n.feed.Listen("widget", last, n.chat.Listen)
	n.feed.Listen("voice", last, n.voice.Listen)
}

// ready names what is not ready and why.
func (n *node) ready(ctx context.Context) map[string]string {
	ctx, stop := context.WithTimeout(ctx, 2*time.Second)
	defer stop()
	out := map[string]string{}
	if err := n.db.Ping(ctx); err != nil {
		out["store"] = reason(err, "store_down")
	}
	if err := n.redis.Ping(ctx).Err(); err != nil {
		out["redis"] = "router_down" // intake and replies go on; routing resumes by itself
	}
	if n.push != nil && n.push.Down() != "" {
		out["smtp_in"] = n.push.Down()
	}
	statuses, err := n.db.ChannelStatuses(ctx)
	if err != nil {
		return out
	}
	for _, s := range statuses {
		if !s.Up {
			out["inbox:"+string(s.Inbox)] = s.Cause
		}
	}
	return out
}

func reason(err error, otherwise string) string {
	if r := desk.ReasonOf(err); r != "" {
		return r
	}
	return otherwise
}

// queuePlaces tells waiting visitors where they stand.
type queuePlaces struct{ n *node }

func (q queuePlaces) Place(id desk.ConversationID) (chat.Place, bool) {
	pos, ok := q.n.router.Position(id)
	if !ok {
		return chat.Place{}, false
	}
	p := chat.Place{Number: pos}
	if low, high, known := q.n.router.Wait(id); known {
		p.Low, p.High = low, high
	}
	return p, true
}

// hours answers from the calendars in the book of promises.
type hours struct{ n *node }

func (h hours) Open(calendar string, at time.Time) (bool, time.Time) {
	s := h.n.promises.Book().Schedule(calendar)
	if s == nil {
		return true, time.Time{}
	}
	if s.Open(at) {
		for p := range s.After(at) {
			return true, p.End
		}
		return true, time.Time{}
	}
	next, err := s.Next(at)
	if err != nil {
		return false, time.Time{} // it never opens again
	}
	return false, next
}

// inspector tries a mail inbox's settings for real before they are saved.
type inspector struct{ n *node }

func (i inspector) Inspect(ctx context.Context, inbox desk.Inbox, secrets map[string]string) []webui.Finding {
	settings, err := email.ParseSettings(inbox.Channel)
	if err != nil {
		return []webui.Finding{{Step: "settings", Reason: reason(err, "settings_invalid"), Params: params(err)}}
	}
	kept := givenSecrets{inboxSecrets{i.n.db, inbox.ID}, secrets}
	var out []webui.Finding
	for _, f := range email.Check(ctx, settings, inbox.Address, email.Network{}, kept) {
		p := map[string]string{"detail": f.Detail}
		for k, v := range f.Params {
			p[k] = v
		}
		out = append(out, webui.Finding{Step: f.Side + "." + f.Step, OK: f.OK, Reason: f.Reason, Params: p})
	}
	return out
}

func params(err error) map[string]string {
	if e, ok := err.(*desk.Error); ok { //nolint:errorlint // ParseSettings returns it unwrapped
		return e.Params
	}
	return nil
}
