package testkit

import (
	"errors"
	"io"
	"net"
	"sync"
	"testing"
)

// Link is a TCP proxy between a client and the server behind it. It can be cut
// (connections break, new ones are refused), stalled (bytes stop, nothing
// breaks: a dead peer) and resumed.
type Link struct {
	// Addr is where clients dial, host:port.
	Addr string

	target   string
	listener net.Listener
	wg       sync.WaitGroup

	mu      sync.Mutex
	flow    *sync.Cond // signalled when state changes
	stalled bool
	cut     bool
	closed  bool
	conns   map[net.Conn]struct{}
}

// Wire puts a Link in front of target (host:port), flowing. It ends with the test.
func Wire(t testing.TB, target string) *Link {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("listen for the wire: %v", err)
	}
	w := &Link{Addr: l.Addr().String(), target: target, listener: l, conns: map[net.Conn]struct{}{}}
	w.flow = sync.NewCond(&w.mu)
	w.wg.Go(w.accept)
	t.Cleanup(w.close)
	return w
}

// Cut breaks every connection and refuses new ones until Resume.
func (w *Link) Cut() { w.set(func() { w.cut, w.stalled = true, false; w.breakAll() }) }

// Stall lets no byte pass in either direction and breaks nothing, until Resume or Cut.
func (w *Link) Stall() { w.set(func() { w.stalled = true }) }

// Resume lets bytes and new connections pass again. What was stalled arrives.
func (w *Link) Resume() { w.set(func() { w.cut, w.stalled = false, false }) }

// Break cuts the connections there are and lets new ones pass.
func (w *Link) Break() { w.set(w.breakAll) }

// Open counts the clients connected now.
func (w *Link) Open() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.conns) / 2
}

func (w *Link) set(change func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change()
	w.flow.Broadcast()
}

// breakAll resets rather than closes, so that the peer sees an error and not an
// orderly end. The caller holds mu.
func (w *Link) breakAll() {
	for c := range w.conns {
		if tcp, ok := c.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
		_ = c.Close()
	}
}

func (w *Link) close() {
	_ = w.listener.Close()
	w.set(func() { w.closed = true; w.breakAll() })
	w.wg.Wait()
}

func (w *Link) accept() {
	for {
		client, err := w.listener.Accept()
		if err != nil {
			return // closed by close
		}
		w.wg.Go(func() { w.join(client) })
	}
}

func (w *Link) join(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", w.target)
	if err != nil {
		return // the client sees its connection end, as it would without us
	}
	defer server.Close()
	if !w.add(client, server) {
		return
	}
	defer w.remove(client, server)
	var both sync.WaitGroup
	both.Go(func() { w.pump(server, client) })
	both.Go(func() { w.pump(client, server) })
	both.Wait()
}

// pump copies one direction and passes an orderly end of it on.
func (w *Link) pump(to, from net.Conn) {
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if !w.mayPass() {
			return
		}
		if n > 0 {
			if _, werr := to.Write(buf[:n]); werr != nil {
				_ = from.Close()
				return
			}
		}
		if err == nil {
			continue
		}
		if tcp, ok := to.(*net.TCPConn); ok && errors.Is(err, io.EOF) {
			_ = tcp.CloseWrite()
			return
		}
		_ = to.Close()
		return
	}
}

// mayPass waits while the link is stalled; false means it was cut or closed.
func (w *Link) mayPass() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.stalled && !w.cut && !w.closed {
		w.flow.Wait()
	}
	return !w.cut && !w.closed
}

func (w *Link) add(conns ...net.Conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.cut || w.closed {
		return false
	}
	for _, c := range conns {
		w.conns[c] = struct{}{}
	}
	return true
}

func (w *Link) remove(conns ...net.Conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range conns {
		delete(w.conns, c)
	}
}
