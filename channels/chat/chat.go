package chat

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"yingda/desk"
)

// Chat is the web chat edge of one node.
type Chat struct {
	d      Deps
	public string // origin of PublicURL, or ""
	up     websocket.Upgrader
	m      *metrics
	rooms  *rooms
	pages  *pages

	perIP, perVisitor *counts
	sessions          *pace // by address
	messages          *pace // by visitor
	uploads           *pace // by visitor
	forms             *pace // by address
	wishes            *pace // by visitor

	open opened

	moved chan struct{} // some waiting visitor's place may have changed
	base  context.Context
	stop  context.CancelFunc
	wg    sync.WaitGroup
}

// New makes a Chat. [Chat.Run] must run for places to be told and sockets to end with the process.
func New(d Deps) (*Chat, error) {
	if err := d.Config.Validate(); err != nil {
		return nil, err
	}
	if len(d.Config.Key) < minKey {
		return nil, fmt.Errorf("the widget's key has %d bytes; want %d or more", len(d.Config.Key), minKey)
	}
	if d.ClientIP == nil {
		d.ClientIP = peer
	}
	c := &Chat{
		d: d, m: newMetrics(d.Registry), moved: make(chan struct{}, 1),
		perIP: newCounts(d.Config.SocketsPerIP), perVisitor: newCounts(d.Config.SocketsPerVisitor),
		sessions: newPace(60, time.Second), messages: newPace(burst, time.Second),
		uploads: newPace(20, 3*time.Second), forms: newPace(5, 2*time.Minute), wishes: newPace(10, 30*time.Second),
	}
	if u, err := url.Parse(d.Config.PublicURL); err == nil && u.Host != "" {
		c.public = u.Scheme + "://" + u.Host
	}
	c.rooms = newRooms()
	c.pages = newPages(d.Pages)
	c.up = websocket.Upgrader{
		HandshakeTimeout: 5 * time.Second, ReadBufferSize: 1024, WriteBufferSize: 1024, WriteBufferPool: &sync.Pool{},
		CheckOrigin: func(*http.Request) bool { return true }, // judged before the upgrade, against the inbox: sameSite
	}
	c.base, c.stop = context.WithCancel(context.Background())
	return c, nil
}

func peer(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// Handler serves the widget's pages and its whole API; cmd mounts it at /widget/ and /widget.js.
func (c *Chat) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /widget/v1/{key}/settings", c.settings)
	mux.HandleFunc("POST /widget/v1/{key}/session", c.session)
	mux.HandleFunc("GET /widget/v1/{key}/socket", c.socket)
	mux.HandleFunc("POST /widget/v1/{key}/files", c.upload)
	mux.HandleFunc("GET /widget/v1/{key}/files/{blob}", c.file)
	mux.HandleFunc("POST /widget/v1/{key}/offline", c.offline)
	mux.HandleFunc("POST /widget/v1/{key}/wish", c.wish)
	mux.HandleFunc("GET /widget.js", c.loader)
	mux.HandleFunc("GET /widget/frame/{key}", c.frame)
	mux.HandleFunc("GET /widget/assets/{file...}", c.asset)
	return mux
}

// placePace is the least time between two looks at the waiting visitors' places.
const placePace = time.Second

// Run tells waiting visitors their places until ctx ends; then it closes every socket and waits for them.
func (c *Chat) Run(ctx context.Context) error {
	if c.d.Signals != nil {
		defer c.d.Signals.Subscribe(c.hear)()
	}
	defer c.wg.Wait()
	defer c.stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-c.moved:
			c.places()
		}
		t := time.NewTimer(placePace)
		select {
		case <-ctx.Done():
			t.Stop()
			return nil
		case <-t.C:
		}
	}
}

func (c *Chat) move() {
	select {
	case c.moved <- struct{}{}:
	default:
	}
}

// hear takes passing news from the agents' side: who types, who looks, that the queue moved. It must not block.
func (c *Chat) hear(sig desk.Signal) {
	if sig.Kind == desk.Position {
		c.move()
		return
	}
	if sig.Actor.Kind != desk.ByAgent {
		return
	}
	r := c.rooms.of(sig.Conversation)
	if r == nil {
		return
	}
	switch sig.Kind {
	case desk.Typing:
		r.say(encode(typingFrame{kind("typing"), sig.On, sig.Name}))
	case desk.Viewing:
		if sig.On {
			r.seenByAgent(sig.Actor.Agent())
		}
	case desk.Position:
	}
}
