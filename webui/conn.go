package webui

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/gorilla/websocket"

	"yingda/agents"
	"yingda/desk"
)

// Limits and rhythms of a socket.
const (
	socketQueue  = 64       // bursts a socket may be behind before it is told to resync
	readLimit    = 64 << 10 // bytes of one frame from the page
	writeWait    = 10 * time.Second
	pingEvery    = 25 * time.Second
	pongWait     = 60 * time.Second
	helloWithin  = 15 * time.Second // to say hello and be welcomed; a page that waits longer would sit there deaf
	sessionEvery = 50 * time.Second // how often a socket asks whether its session still holds
	maxTopics    = 50
	socketBuffer = 1 << 10 // most frames of an idle console are small; larger ones take several writes into the kernel
)

// burst is what one batch of facts says to one socket: frames without heads, and the cursor after them. Only the last
// frame carries it: a page whose line is cut in the middle resumes before the burst and hears it again, whole.
type burst struct {
	cursor string
	tails  [][]byte
}

// socket is one console page. Fields above the line are set once; those below belong to Hub.mu.
type socket struct {
	h       *Hub
	ws      *websocket.Conn
	agent   desk.AgentID
	session string
	token   string
	visit   agents.Visit
	queue   chan *burst
	gone    chan struct{}
	once    sync.Once
	code    int // why it was closed; set before gone is

	role         desk.Role
	supervises   bool
	scope        desk.Scope
	joined       bool // said hello
	topics       map[desk.ConversationID]bool
	watchesBoard bool
	viewing      desk.ConversationID

	// n and buf belong to the writer alone.
	n   int64
	buf []byte
}

// buffers are shared, so that an idle socket holds no write buffer.
var buffers sync.Pool

// socket upgrades one page's connection. The session was checked by the door; the origin is checked here, because the
// browser lets any page open a socket with the reader's cookie.
func (s *Server) socket(c *gin.Context) {
	up := websocket.Upgrader{
		ReadBufferSize: socketBuffer, WriteBufferSize: 4 << 10, WriteBufferPool: &buffers, CheckOrigin: s.originFits,
		HandshakeTimeout: writeWait,
		Error: func(_ http.ResponseWriter, _ *http.Request, status int, reason error) {
			p := withStatus(refuse(desk.Invalid, "malformed"), status)
			if status == http.StatusForbidden {
				p = refuse(desk.Forbidden, "foreign_origin")
			}
			p.cause = reason
			stop(c, p)
		},
	}
	v := viewing(c.Request.Context())
	token, _ := c.Cookie(cookieName)
	ws, err := up.Upgrade(c.Writer, c.Request, nil)
	if err != nil {
		return
	}
	sock := &socket{
		h: s.Hub, ws: ws, agent: v.id(), session: v.session.ID, token: token, visit: v.visit(),
		queue: make(chan *burst, socketQueue), gone: make(chan struct{}), role: v.agent.Role, scope: v.scope,
		supervises: v.is(desk.RoleSupervisor), topics: map[desk.ConversationID]bool{},
	}
	s.Hub.serve(sock)
}

// originFits compares the Origin header with the host asked for, and with the origins an operator allows.
func (s *Server) originFits(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true // no browser: no cookie that a page could misuse
	}
	u, err := url.Parse(origin)
	return err == nil && (u.Host == r.Host || slices.Contains(s.Config.Origins, origin))
}

// serve runs a socket until it ends: the reader here, the writer beside it.
func (h *Hub) serve(s *socket) {
	h.mu.Lock()
	select {
	case <-h.done:
		h.mu.Unlock()
		_ = s.ws.Close()
		return
	default:
	}
	h.sockets[s] = struct{}{}
	h.s.metrics.sockets.Inc()
	h.mu.Unlock()
	tracked := make(chan struct{}) // presence has its own store: a slow one must not keep the page waiting
	go func() {
		defer close(tracked)
		h.track(s, true)
	}()
	written := make(chan struct{})
	go func() {
		defer close(written)
		s.write()
	}()
	s.read()
	s.close(websocket.CloseNormalClosure)
	<-written
	h.leave(s)
	<-tracked // opened is told before closed
	h.track(s, false)
}

func (h *Hub) leave(s *socket) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.sockets, s)
	h.s.metrics.sockets.Dec()
	if s.viewing != "" {
		h.look(s, "")
	}
}

// track tells the tracker of presence, which lives by its own store: its trouble is not the socket's.
func (h *Hub) track(s *socket, opened bool) {
	if h.s.Tracker == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), writeWait)
	defer cancel()
	tell := h.s.Tracker.Opened
	if !opened {
		tell = h.s.Tracker.Closed
	}
	h.warn("presence", tell(ctx, s.agent))
}

// close ends the socket, once, with a code; it never waits.
func (s *socket) close(code int) {
	s.once.Do(func() {
		s.code = code
		close(s.gone)
	})
}

// push queues a burst; a socket too far behind is told to resync instead of holding up everybody. After a burst that did
// not fit none may follow: its cursor would stand behind what was dropped. The caller holds Hub.mu.
func (s *socket) push(b *burst) {
	select {
	case <-s.gone:
		return
	default:
	}
	select {
	case s.queue <- b:
	default:
		s.h.s.metrics.overflows.Inc()
		s.close(closeResync)
	}
}

// write is the only goroutine that writes data to the connection.
func (s *socket) write() {
	ping, check, hello := time.NewTicker(pingEvery), time.NewTicker(sessionEvery), time.NewTimer(helloWithin)
	defer ping.Stop()
	defer check.Stop()
	defer hello.Stop()
	defer func() { _ = s.ws.Close() }()
	for {
		select {
		case <-s.gone:
			s.farewell()
			return
		case b := <-s.queue:
			if s.writeBurst(b) != nil {
				s.close(websocket.CloseAbnormalClosure)
				return
			}
		case <-ping.C:
			if s.ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(writeWait)) != nil {
				s.close(websocket.CloseAbnormalClosure)
				return
			}
		case <-check.C:
			s.checkSession()
		case <-hello.C:
			if !s.welcomed() {
				s.close(closeResync)
			}
		}
	}
}

func (s *socket) welcomed() bool {
	s.h.mu.Lock()
	defer s.h.mu.Unlock()
	return s.joined
}

func (s *socket) writeBurst(b *burst) error {
	for i, tail := range b.tails {
		s.n++
		s.buf = append(s.buf[:0], `{"v":1,"n":`...)
		s.buf = strconv.AppendInt(s.buf, s.n, 10)
		s.buf = append(s.buf, `,"cursor":"`...)
		if i == len(b.tails)-1 {
			s.buf = append(s.buf, b.cursor...) // base64url: nothing to escape
		}
		s.buf = append(s.buf, `",`...)
		s.buf = append(s.buf, tail...)
		if err := s.ws.SetWriteDeadline(time.Now().Add(writeWait)); err != nil {
			return err
		}
		if err := s.ws.WriteMessage(websocket.TextMessage, s.buf); err != nil {
			return err
		}
	}
	if cap(s.buf) > 4<<10 {
		s.buf = nil // one large frame must not stay with an idle socket
	}
	return nil
}

// farewell says why, as a frame and as a close code.
func (s *socket) farewell() {
	switch s.code {
	case closeResync:
		_ = s.writeBurst(&burst{tails: [][]byte{encode(ResyncFrame{Kind: "resync"})}})
	case closeSignedOut:
		_ = s.writeBurst(&burst{tails: [][]byte{encode(SignedOutFrame{Kind: "signed_out"})}})
	case websocket.CloseAbnormalClosure:
		return
	}
	_ = s.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(s.code, ""), time.Now().Add(time.Second))
}

// checkSession closes the socket when its session ended on another node or by itself. An open console counts as use.
func (s *socket) checkSession() {
	ctx, cancel := context.WithTimeout(context.Background(), writeWait)
	defer cancel()
	_, _, err := s.h.s.Accounts.Session(ctx, s.token)
	if errors.Is(err, agents.ErrSignedOut) {
		s.close(closeSignedOut)
	}
}

// clientFrame is any frame from the page.
type clientFrame struct {
	Kind         string   `json:"kind"`
	Cursor       string   `json:"cursor"`
	Topics       []string `json:"topics"`
	Conversation string   `json:"conversation"`
	On           bool     `json:"on"`
}

// read takes the page's frames until the connection ends. What it does not understand it ignores: a newer page may
// talk to an older server.
func (s *socket) read() {
	s.ws.SetReadLimit(readLimit)
	alive := func(string) error { return s.ws.SetReadDeadline(time.Now().Add(pongWait)) }
	s.ws.SetPongHandler(alive)
	_ = alive("")
	for {
		kind, raw, err := s.ws.ReadMessage()
		if err != nil {
			return
		}
		_ = alive("")
		var f clientFrame
		if kind != websocket.TextMessage || json.Unmarshal(raw, &f) != nil {
			continue
		}
		ctx, cancel := context.WithTimeout(context.Background(), hubTimeout)
		s.obey(ctx, f)
		cancel()
	}
}

func (s *socket) obey(ctx context.Context, f clientFrame) {
	switch f.Kind {
	case "hello":
		s.watch(ctx, f.Topics)
		s.h.join(s, f.Cursor)
	case "watch":
		s.watch(ctx, f.Topics)
	case "typing":
		if s.follows(f.Conversation) {
			s.h.publish(desk.Typing, s, desk.ConversationID(f.Conversation), f.On)
		}
	case "viewing":
		s.h.shows(s, desk.ConversationID(f.Conversation))
	case "ping":
		s.pong()
	}
}

// pong answers a page's ping. Before the welcome it brings no cursor: what the page missed is not replayed yet.
func (s *socket) pong() {
	h := s.h
	h.mu.Lock()
	defer h.mu.Unlock()
	b := &burst{tails: [][]byte{encode(PongFrame{Kind: "pong", ServerTime: at(h.s.Now())})}}
	if s.joined {
		b.cursor = h.cursor()
	}
	s.push(b)
}
