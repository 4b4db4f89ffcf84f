package main

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/gorilla/websocket"

	"yingda/channels/voice"
	"yingda/desk"
	"yingda/internal/bench"
)

// bareSockets is gorilla with nothing around it: a reader that reads, a writer that writes what its channel brings.
type bareSockets struct {
	url   string
	mu    sync.Mutex
	lines []chan []byte
}

func openBareSockets(b *testing.B) *bareSockets {
	b.Helper()
	s := &bareSockets{}
	up := websocket.Upgrader{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := up.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		line := make(chan []byte, 64)
		s.mu.Lock()
		s.lines = append(s.lines, line)
		s.mu.Unlock()
		go func() {
			for raw := range line {
				if conn.WriteMessage(websocket.TextMessage, raw) != nil {
					return
				}
			}
		}()
		for {
			if _, _, err := conn.ReadMessage(); err != nil {
				return
			}
		}
	}))
	b.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	s.url = "ws" + strings.TrimPrefix(server.URL, "http")
	return s
}

func (s *bareSockets) tell(raw []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, line := range s.lines {
		line <- raw
	}
}

func (s *bareSockets) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.lines)
}

// thinDialer holds little memory of its own, so that a count of both ends is mostly the server's.
func thinDialer(i int) *websocket.Dialer {
	d := gaugeDialer(i)
	return &websocket.Dialer{NetDialContext: d.DialContext, ReadBufferSize: 256, WriteBufferSize: 256, WriteBufferPool: &thinBuffers}
}

var thinBuffers sync.Pool

// figureDeliveries hands facts to the hub with 1,000 consoles on it, and the same bytes to 1,000 bare sockets.
func figureDeliveries(b *testing.B) {
	const sockets, burst = 1000, 32
	g := openGauge(b, "sqlite")
	bare := openBareSockets(b)
	var heard atomic.Int64
	listen := func(url string, header http.Header, hello any) {
		conn, res, err := websocket.DefaultDialer.DialContext(b.Context(), url, header)
		if err != nil {
			b.Fatal(err)
		}
		_ = res.Body.Close()
		b.Cleanup(func() { _ = conn.Close() })
		if hello != nil {
			if err := conn.WriteJSON(hello); err != nil {
				b.Fatal(err)
			}
			if _, _, err := conn.ReadMessage(); err != nil { // welcome
				b.Fatal(err)
			}
		}
		go func() {
			for {
				if _, _, err := conn.NextReader(); err != nil {
					return
				}
				heard.Add(1)
			}
		}()
	}
	for range sockets {
		listen("ws"+strings.TrimPrefix(g.base, "http")+"/api/v1/socket", http.Header{"Origin": {g.base}, "Cookie": {"yd_session=" + g.token}}, map[string]string{"kind": "hello"})
		listen(bare.url, nil, nil)
	}
	until := func(n int64) error {
		for began := time.Now(); heard.Load() < n; {
			if time.Since(began) > 30*time.Second {
				return errUnheard
			}
			rest(b.Context(), 200*time.Microsecond)
		}
		heard.Add(-n)
		return nil
	}
	rest(b.Context(), 3*time.Second) // what joining caused is over
	heard.Store(0)
	fact := desk.Event{
		Subject: desk.Subject{Kind: desk.AboutAgent, ID: "ann"}, Actor: desk.System(), At: time.Now(),
		Fact: desk.PresenceChanged{To: desk.Presence{Agent: "ann", State: desk.Away, Reason: "lunch", Since: time.Now()}},
	}
	ours := &bench.Side{Do: func(int) error {
		for range burst {
			if err := g.node.web.Hub.Listen(b.Context(), fact); err != nil {
				return err
			}
		}
		return until(burst * sockets)
	}}
	raw := []byte(`{"v":1,"n":1000,"cursor":"` + strings.Repeat("c", 60) + `","kind":"presence","presence":{"agent":"ann","state":"away","reason":"lunch","since":"2026-03-02T09:00:00.000Z","until":null}}`)
	floor := &bench.Side{Do: func(int) error {
		for range burst {
			bare.tell(raw)
		}
		return until(burst * sockets)
	}}
	bench.Turns(b, 4, 5, 1, ours, floor)
	bench.Row{
		Name: "hub deliveries to 1000 consoles", Unit: "/s", Ours: ours.Rate() * burst * sockets, Floor: floor.Rate() * burst * sockets,
		FloorIs: "bare gorilla", AtLeast: 0.7,
	}.Report(b)
}

// figureIdleSockets counts the memory of 500 greeted widgets and of 500 bare sockets, heap and stacks, both ends.
func figureIdleSockets(b *testing.B) {
	const sockets = 500
	g := openGauge(b, "sqlite")
	bare := openBareSockets(b)
	tokens := make([]string, sockets)
	for i := range tokens {
		tokens[i] = g.widgetSession(i)
	}
	dial := func(i int, url string, header http.Header) *websocket.Conn {
		conn, res, err := thinDialer(i).DialContext(b.Context(), url, header)
		if err != nil {
			b.Fatal(err)
		}
		_ = res.Body.Close()
		b.Cleanup(func() { _ = conn.Close() })
		return conn
	}
	before := held()
	for i := range sockets {
		dial(i, bare.url, nil)
	}
	for bare.count() < sockets {
		rest(b.Context(), time.Millisecond)
	}
	between := held()
	for i, token := range tokens {
		conn := dial(i, "ws"+strings.TrimPrefix(g.base, "http")+"/widget/v1/"+gaugeWidget+"/socket", http.Header{"Origin": {g.base}})
		if err := conn.WriteJSON(map[string]any{"v": 1, "type": "hello", "token": token, "lang": "en"}); err != nil {
			b.Fatal(err)
		}
		if _, _, err := conn.NextReader(); err != nil { // welcome; the rest stays in the kernel
			b.Fatal(err)
		}
	}
	after := held()
	bench.Row{
		Name: "idle widget socket", Unit: "KB", Ours: (after - between) / sockets / 1024, Floor: (between - before) / sockets / 1024,
		FloorIs: "bare gorilla", AtMost: 1.3,
	}.Report(b)
}

// held is heap and stacks in use, in bytes, once nothing is left to collect.
func held() float64 {
	rest(context.Background(), time.Second) // handshakes let go of their buffers
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc + m.StackInuse)
}

// nothing takes call events and keeps none: what is measured ends where the store would begin.
type nothing struct{ voice.Intake }

func (nothing) Call(context.Context, desk.CallEvent) (desk.Received, error) {
	return desk.Received{Conversation: "c", Message: "m", Number: 1}, nil
}

// figureWebhooks posts signed webhooks through the node's whole door into a desk that keeps nothing, beside a bare gin
// route that reads the same requests and answers.
func figureWebhooks(b *testing.B) {
	g := openGauge(b, "sqlite")
	v := voice.New(voice.Deps{
		Intake: nothing{}, Secrets: g.node.db, Directory: g.node.db.Directory, Now: time.Now, PublicURL: g.base, Log: g.node.log,
	}).Handler()
	g.node.web.Engine().POST("/gauge", func(c *gin.Context) {
		c.Request.URL.Path = "/hooks/voice/" + gaugeLine
		v.ServeHTTP(c.Writer, c.Request)
	})
	e := gin.New()
	e.POST("/hook", func(c *gin.Context) {
		if _, err := io.ReadAll(c.Request.Body); err != nil {
			c.Status(http.StatusBadRequest)
			return
		}
		c.JSON(http.StatusOK, gin.H{"conversation": "c"})
	})
	server := httptest.NewServer(e)
	b.Cleanup(server.Close)
	post := func(url string) func(int) error {
		return func(int) error {
			req, err := hookRequest(url, gaugeCall{CallID: "call", Type: "ended", Outcome: "abandoned", From: "13800138000"})
			if err != nil {
				return err
			}
			return exchange(g.client, req, nil)
		}
	}
	ours, floor := &bench.Side{Do: post(g.base + "/gauge")}, &bench.Side{Do: post(server.URL + "/hook")}
	bench.Turns(b, 4, 2000, 16, ours, floor)
	bench.Row{Name: "webhooks before the store", Unit: "/s", Ours: ours.Rate(), Floor: floor.Rate(), FloorIs: "bare gin", AtLeast: 0.6}.Report(b)
}
