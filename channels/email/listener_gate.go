package email

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// gate counts what each peer does.
type gate struct {
	cfg InConfig
	now func() time.Time

	mu    sync.Mutex
	open  int
	peers map[netip.Addr]*peer
}

// peer is one address that pushes.
type peer struct {
	open   int
	minute time.Time // the window's beginning
	mails  int       // within it
}

func newGate(cfg InConfig, now func() time.Time) *gate {
	return &gate{cfg: cfg, now: now, peers: map[netip.Addr]*peer{}}
}

// enter lets a connection in; false: there are too many.
func (g *gate) enter(a netip.Addr) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	p := g.peers[a]
	if p == nil {
		p = &peer{}
		g.peers[a] = p
	}
	if g.open >= g.cfg.Connections || p.open >= g.cfg.PerPeer {
		g.forget(a, p)
		return false
	}
	g.open++
	p.open++
	return true
}

func (g *gate) leave(a netip.Addr) {
	g.mu.Lock()
	defer g.mu.Unlock()
	p := g.peers[a]
	if p == nil {
		return
	}
	g.open--
	p.open--
	g.forget(a, p)
}

// forget drops peers that left, unless their minute still counts.
func (g *gate) forget(a netip.Addr, p *peer) {
	if p.open == 0 && (p.mails == 0 || g.now().Sub(p.minute) >= time.Minute) {
		delete(g.peers, a)
	}
	if len(g.peers) < 10_000 {
		return
	}
	for a, p := range g.peers {
		if p.open == 0 {
			delete(g.peers, a)
		}
	}
}

// mail counts one more mail of a peer; false: it has had its share of this minute.
func (g *gate) mail(a netip.Addr) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	p := g.peers[a]
	if p == nil || g.cfg.PerMinute == 0 {
		return true
	}
	if now := g.now(); now.Sub(p.minute) >= time.Minute {
		p.minute, p.mails = now, 0
	}
	p.mails++
	return p.mails <= g.cfg.PerMinute
}

// door is where connections come in: those that may not are sent away before a session is made for them.
type door struct {
	net.Listener
	l       *Listener
	closing atomic.Bool

	mu   sync.Mutex
	open map[*guarded]bool
}

// Accept returns the next connection that may come in.
func (d *door) Accept() (net.Conn, error) {
	for {
		c, err := d.Listener.Accept()
		if err != nil {
			return nil, fmt.Errorf("accept: %w", err)
		}
		a := addrOf(c)
		if !d.l.allowed(a) {
			d.l.deps.Metrics.refused("peer")
			go sendAway(c, "554 5.7.1 you may not push mail here")
			continue
		}
		if !d.l.gate.enter(a) {
			d.l.deps.Metrics.refused("connections")
			go sendAway(c, "421 4.7.0 too many connections, try again later")
			continue
		}
		g := &guarded{Conn: c, door: d, addr: a, ends: time.Now().Add(sessionTime)}
		d.mu.Lock()
		d.open[g] = true
		d.mu.Unlock()
		d.l.deps.Metrics.connected(1)
		return g, nil
	}
}

func (l *Listener) allowed(a netip.Addr) bool {
	for _, p := range l.peers {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

func addrOf(c net.Conn) netip.Addr {
	ap, err := netip.ParseAddrPort(c.RemoteAddr().String())
	if err != nil {
		return netip.Addr{}
	}
	return ap.Addr().Unmap()
}

// sendAway says one line and hangs up; nobody waits for it.
func sendAway(c net.Conn, line string) {
	_ = c.SetDeadline(time.Now().Add(5 * time.Second))
	_, _ = fmt.Fprintf(c, "%s\r\n", line)
	_ = c.Close()
}

// cutAll ends every connection.
func (d *door) cutAll() { d.cut(func(*guarded) bool { return true }) }

// cutIdle ends those that have no mail under way.
func (d *door) cutIdle() { d.cut(func(g *guarded) bool { return !g.busy.Load() }) }

func (d *door) cut(which func(*guarded) bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for g := range d.open {
		if which(g) {
			_ = g.Conn.Close() // its session ends with it
		}
	}
}

// guarded is a connection that is counted, and ends at last. Its deadline moves with every byte: go-smtp sets it once
// before a whole mail.
type guarded struct {
	net.Conn
	door *door
	addr netip.Addr
	ends time.Time
	// busy says that a mail is under way; answers, that it only waits for its answer to be written.
	busy, answers atomic.Bool
	// spent are the bytes since the last MAIL: a mail over the limit is read to its end, but not for ever.
	spent atomic.Int64
	once  sync.Once
}

// Read reads with a deadline of its own.
func (g *guarded) Read(b []byte) (int, error) {
	if g.answers.CompareAndSwap(true, false) { // whoever reads again has answered
		g.busy.Store(false)
		if g.door.closing.Load() {
			return 0, io.EOF
		}
	}
	until := time.Now().Add(commandTime)
	if until.After(g.ends) {
		until = g.ends
	}
	if err := g.Conn.SetReadDeadline(until); err != nil {
		return 0, err //nolint:wrapcheck // go-smtp looks at net.Error
	}
	n, err := g.Conn.Read(b)
	if g.spent.Add(int64(n)) > 2*g.door.l.cfg.MaxBytes+(1<<20) {
		return n, errEndless
	}
	return n, err //nolint:wrapcheck // the same
}

var errEndless = errors.New("far more than the largest mail")

// SetReadDeadline does nothing: Read has its own.
func (g *guarded) SetReadDeadline(time.Time) error { return nil }

// Close ends it and gives its place back.
func (g *guarded) Close() error {
	g.once.Do(func() {
		g.door.mu.Lock()
		delete(g.door.open, g)
		g.door.mu.Unlock()
		g.door.l.gate.leave(g.addr)
		g.door.l.deps.Metrics.connected(-1)
	})
	return g.Conn.Close() //nolint:wrapcheck // as it is
}
