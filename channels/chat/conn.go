package chat

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"yingda/channels"
	"yingda/desk"
)

// Times and sizes of a socket.
const (
	helloWithin = 10 * time.Second
	pingEvery   = 25 * time.Second
	pongWithin  = 60 * time.Second
	writeWithin = 10 * time.Second
	actWithin   = 15 * time.Second // one frame's work on the record
	queueLength = 64
	maxNonsense = 5 // frames nobody understands, before the line is cut
)

// Close codes of ours. The widget signs in anew on 4001, comes back at once on 4008 and stays away on 4003 and 4009.
const (
	closeToken    = 4001
	closeNonsense = 4003
	closeResync   = 4008
	closeLimit    = 4009
)

// socket is one tab of a visitor. The reader goroutine alone calls act; pushes come from anywhere.
type socket struct {
	c    *Chat
	k    counter
	conn *websocket.Conn
	ip   string

	pushing sync.Mutex // whoever queues
	out     chan []byte

	gone chan struct{}
	over chan struct{} // the reader has ended
	once sync.Once
	code int
	why  string

	// Of the reader goroutine.
	v        visitor
	room     *room
	lang     string
	nonsense int
	frames   *pace
	typedAt  time.Time

	// Guarded by room.mu.
	greeted bool  // before it, the tab stands in its room and is told nothing
	sent    int64 // every public entry up to this number is queued for this tab
}

// socket answers GET /widget/v1/{key}/socket. The token comes in the first frame, since addresses are logged.
func (c *Chat) socket(w http.ResponseWriter, r *http.Request) {
	k, err := c.enter(r)
	if err != nil {
		channels.WriteProblem(w, err)
		return
	}
	ip := c.d.ClientIP(r)
	if c.base.Err() != nil || !c.perIP.take(ip) {
		c.m.refused.WithLabelValues("limit").Inc()
		channels.WriteProblem(w, desk.Refuse(desk.TooMany, "too_many_sockets"))
		return
	}
	conn, err := c.up.Upgrade(w, r, nil)
	if err != nil { // it has answered by itself
		c.perIP.free(ip)
		return
	}
	s := &socket{c: c, k: k, conn: conn, ip: ip, out: make(chan []byte, queueLength), gone: make(chan struct{}), over: make(chan struct{}), frames: newPace(60, 50*time.Millisecond)}
	c.m.sockets.Inc()
	c.open.add(k.inbox.ID, 1)
	c.wg.Add(2)
	go s.write()
	go s.read() // the request's own goroutine ends here and gives its memory back
}

// close ends the socket with a code; the first word counts.
func (s *socket) close(code int, why string) {
	s.once.Do(func() {
		s.code, s.why = code, why
		close(s.gone)
	})
}

// push queues a frame. A tab that has not taken the last 64 is told to come back and say what it has. After a frame that
// did not fit none may follow: the tab would name an entry behind the one it never got.
func (s *socket) push(frame []byte) {
	s.pushing.Lock()
	defer s.pushing.Unlock()
	if s.ending() {
		return
	}
	select {
	case s.out <- frame:
	default:
		s.c.m.overflow.Inc()
		s.close(closeResync, "resync")
	}
}

func (s *socket) write() {
	defer s.c.wg.Done()
	defer s.conn.Close()
	ping := time.NewTicker(pingEvery)
	defer ping.Stop()
	for {
		select {
		case frame := <-s.out:
			_ = s.conn.SetWriteDeadline(time.Now().Add(writeWithin))
			if s.conn.WriteMessage(websocket.TextMessage, frame) != nil {
				s.close(websocket.CloseAbnormalClosure, "")
				return
			}
		case <-ping.C:
			if s.conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(writeWithin)) != nil {
				s.close(websocket.CloseAbnormalClosure, "")
				return
			}
		case <-s.c.base.Done():
			s.close(websocket.CloseGoingAway, "restart")
			s.farewell()
			return
		case <-s.gone:
			s.farewell()
			s.linger()
			return
		}
	}
}

// lingerFor is how long the other side has to read why the line ends.
const lingerFor = time.Second

// linger keeps the line until the other side has answered the farewell: closing it while its frames lie unread here
// would reset it, and the browser would never learn the code.
func (s *socket) linger() {
	_ = s.conn.SetReadDeadline(time.Now().Add(lingerFor))
	<-s.over
}

func (s *socket) ending() bool {
	select {
	case <-s.gone:
		return true
	default:
		return false
	}
}

// farewell says what is queued and why the line ends. After an overflow nothing queued is worth sending.
func (s *socket) farewell() {
	deadline := time.Now().Add(time.Second)
	_ = s.conn.SetWriteDeadline(deadline)
	for s.code != closeResync {
		select {
		case frame := <-s.out:
			if s.conn.WriteMessage(websocket.TextMessage, frame) != nil {
				return
			}
			continue
		default:
		}
		break
	}
	if s.code != websocket.CloseAbnormalClosure {
		_ = s.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(s.code, s.why), deadline)
	}
}

func (s *socket) read() {
	defer s.c.wg.Done()
	defer close(s.over)
	defer s.leave()
	defer func() {
		if p := recover(); p != nil {
			s.c.d.Logger.Error("chat: a socket's frame panicked", "inbox", s.k.inbox.ID, "err", p)
			s.close(websocket.CloseInternalServerErr, "")
		}
	}()
	s.conn.SetReadLimit(maxFrame)
	_ = s.conn.SetReadDeadline(time.Now().Add(helloWithin))
	s.conn.SetPongHandler(func(string) error { s.alive(); return nil })
	for {
		t, raw, err := s.conn.ReadMessage()
		if err != nil {
			s.close(websocket.CloseNormalClosure, "")
			return
		}
		if s.ending() {
			continue // a flood after the last word is read and thrown away, for at most lingerFor
		}
		if t != websocket.TextMessage || !s.hears(raw) {
			s.close(closeNonsense, "frame_invalid")
			continue
		}
		s.alive()
	}
}

// alive gives the line time again. A pong greets nobody: the hello has its own deadline, and so has the end.
func (s *socket) alive() {
	if s.room != nil && !s.ending() {
		_ = s.conn.SetReadDeadline(time.Now().Add(pongWithin))
	}
}

// hears takes one frame; false ends the line.
func (s *socket) hears(raw []byte) bool {
	if !s.frames.allow("", s.c.d.Now()) {
		s.close(closeLimit, "too_many_frames")
		return true
	}
	f, err := decode(raw)
	if err == nil && (s.room == nil) != (f.Type == frHello) {
		err = desk.Refuse(desk.Invalid, "frame_out_of_turn")
	}
	if err != nil {
		s.fails(err, f.ClientID)
		if desk.CodeOf(err) == desk.Invalid && desk.ReasonOf(err) != "text_empty" {
			s.nonsense++
		}
		return s.nonsense < maxNonsense
	}
	ctx, cancel := context.WithTimeout(s.c.base, actWithin)
	defer cancel()
	if err := s.act(ctx, f); err != nil {
		s.fails(err, f.ClientID)
	}
	return true
}

// fails tells the widget of a refusal, and the log of a failure.
func (s *socket) fails(err error, clientID string) {
	if code := desk.CodeOf(err); (code == desk.Internal || code == desk.Unavailable) && s.c.base.Err() == nil {
		s.c.d.Logger.Warn("chat: a visitor's frame was not done", "inbox", s.k.inbox.ID, "err", err)
	}
	s.push(encode(errorFrame{kind("error"), channels.ProblemOf(err), clientID}))
}

// leave takes the tab out of its room. The writer closes the line, after its last words.
func (s *socket) leave() {
	s.c.m.sockets.Dec()
	s.c.open.add(s.k.inbox.ID, -1)
	s.c.perIP.free(s.ip)
	if s.room != nil {
		s.typing(false)
		s.c.rooms.leave(s.room, s)
		s.c.perVisitor.free(s.v.key())
	}
	s.close(websocket.CloseNormalClosure, "")
}
