package webui

import (
	"context"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"yingda/desk"
)

// Deliveries to 1,000 sockets and the memory of an idle one, each beside bare gorilla in the same process.

const crowd = 1000

// sink is how many messages clients have read.
type sink struct{ n atomic.Int64 }

func (k *sink) read(ws *websocket.Conn, wg *sync.WaitGroup) {
	defer wg.Done()
	for {
		_, r, err := ws.NextReader()
		if err != nil {
			return
		}
		buf := make([]byte, 4096)
		for err == nil {
			_, err = r.Read(buf)
		}
		k.n.Add(1)
	}
}

func (k *sink) await(n int64) {
	for k.n.Load() < n {
		runtime.Gosched()
	}
}

// dialAll opens the crowd against a handler, over loopback.
func dialAll(b *testing.B, h http.Handler, k *sink, hello string) (stop func()) {
	b.Helper()
	srv := httptest.NewServer(h)
	var wg sync.WaitGroup
	all := make([]*websocket.Conn, crowd)
	for i := range all {
		ws, res, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(srv.URL, "http"), nil)
		if err != nil {
			b.Fatal(err)
		}
		_ = res.Body.Close()
		if hello != "" {
			if err := ws.WriteMessage(websocket.TextMessage, []byte(hello)); err != nil {
				b.Fatal(err)
			}
		}
		all[i] = ws
		wg.Add(1)
		go k.read(ws, &wg)
	}
	return func() {
		for _, ws := range all {
			_ = ws.Close()
		}
		wg.Wait()
		srv.Close()
	}
}

// payload is a row as it travels, about 1 kB.
func payload() frame {
	row := desk.ConversationRow{Conversation: desk.Conversation{
		ID: "0198f000-0000-7000-8000-000000000000", Subject: "发票抬头怎么改", Status: desk.Open, Queue: "support", Snippet: strings.Repeat("x", 100),
	}}
	return frame{encode(ConversationFrame{Kind: "conversation", Conversation: wireConversation(row, "")}), everybody}
}

// bareHub opens a hub without a record: only its sockets are measured.
func bareHub() (*Server, func()) {
	s := New(Deps{Dir: emptyDirectory, Now: time.Now})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case job := <-s.Hub.jobs:
				job(ctx)
			case <-ctx.Done():
				s.Hub.shut()
				return
			}
		}
	}()
	return s, func() { cancel(); <-done }
}

func hubHandler(s *Server) http.Handler {
	up := websocket.Upgrader{ReadBufferSize: socketBuffer, WriteBufferSize: 4 << 10, WriteBufferPool: &buffers}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ws, err := up.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		s.Hub.serve(&socket{
			h: s.Hub, ws: ws, agent: "ann", queue: make(chan *burst, socketQueue), gone: make(chan struct{}), scope: desk.Scope{All: true},
			topics: map[desk.ConversationID]bool{},
		})
	})
}

func BenchmarkHubDeliveries(b *testing.B) {
	s, stopHub := bareHub()
	k := &sink{}
	stop := dialAll(b, hubHandler(s), k, `{"kind":"hello"}`)
	k.await(crowd) // welcomes
	f := []frame{payload()}
	b.ReportAllocs()
	for b.Loop() {
		before := k.n.Load()
		s.Hub.mu.Lock()
		s.Hub.send(f, "AAAAAAAAAAAAAAAAAAAAAA")
		s.Hub.mu.Unlock()
		k.await(before + crowd)
	}
	b.ReportMetric(float64(b.N)*crowd/b.Elapsed().Seconds(), "deliveries/s")
	stop()
	stopHub()
}

// bareGorilla is the floor: the same fan-out by one goroutine and one queue a socket, nothing else.
func bareGorilla() (http.Handler, func([]byte), func()) {
	up := websocket.Upgrader{}
	var mu sync.Mutex
	var queues []chan []byte
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ws, err := up.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		q := make(chan []byte, socketQueue)
		mu.Lock()
		queues = append(queues, q)
		mu.Unlock()
		go func() {
			for m := range q {
				_ = ws.WriteMessage(websocket.TextMessage, m)
			}
		}()
		for {
			if _, _, err := ws.ReadMessage(); err != nil {
				return
			}
		}
	})
	send := func(m []byte) {
		mu.Lock()
		defer mu.Unlock()
		for _, q := range queues {
			q <- m
		}
	}
	return h, send, func() {
		mu.Lock()
		defer mu.Unlock()
		for _, q := range queues {
			close(q)
		}
	}
}

func BenchmarkBareGorillaDeliveries(b *testing.B) {
	h, send, end := bareGorilla()
	k := &sink{}
	stop := dialAll(b, h, k, "")
	m := append([]byte(`{"v":1,"n":1,"cursor":"AAAAAAAAAAAAAAAAAAAAAA",`), payload().tail...)
	b.ReportAllocs()
	for b.Loop() {
		before := k.n.Load()
		send(m)
		k.await(before + crowd)
	}
	b.ReportMetric(float64(b.N)*crowd/b.Elapsed().Seconds(), "deliveries/s")
	stop()
	end()
}

func resident() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse + m.StackInuse
}

// The clients are in the same process and the same on both sides; the bench reports the whole pair.
func BenchmarkIdleSocketMemory(b *testing.B) {
	for _, c := range []struct {
		name string
		open func(*testing.B, *sink) func()
	}{
		{"bare", func(b *testing.B, k *sink) func() {
			h, _, end := bareGorilla()
			stop := dialAll(b, h, k, "")
			return func() { stop(); end() }
		}},
		{"hub", func(b *testing.B, k *sink) func() {
			s, stopHub := bareHub()
			stop := dialAll(b, hubHandler(s), k, `{"kind":"hello"}`)
			k.await(crowd)
			return func() { stop(); stopHub() }
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				before := resident()
				stop := c.open(b, &sink{})
				b.ReportMetric(float64(resident()-before)/crowd, "B/socket-pair")
				stop()
			}
		})
	}
}
