package email

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"strconv"
	"time"
)

// Network is how we reach servers. The zero value is the real one; tests bring certificates of their own.
type Network struct {
	TLS *tls.Config // nil: the system's roots
}

const dialTimeout = 30 * time.Second

func (n Network) config(host string) *tls.Config {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if n.TLS != nil {
		c = n.TLS.Clone()
	}
	if c.ServerName == "" {
		c.ServerName = host
	}
	return c
}

// dial opens the line, with TLS when the mode begins with it.
func (n Network) dial(ctx context.Context, s Server) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	conn, err := n.dialPlain(ctx, s)
	if err != nil || s.TLS != TLSOn {
		return conn, err
	}
	return n.handshake(ctx, conn, s.Host)
}

func (n Network) dialPlain(ctx context.Context, s Server) (net.Conn, error) {
	if s.TLS == TLSLoopback && !loopback(s.Host) {
		return nil, fmt.Errorf("dial %s: a line without TLS leaves this machine", s.Host)
	}
	d := net.Dialer{KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 30 * time.Second, Interval: 15 * time.Second, Count: 4}}
	conn, err := d.DialContext(ctx, "tcp", net.JoinHostPort(s.Host, strconv.Itoa(s.Port)))
	if err != nil {
		return nil, fmt.Errorf("dial %s: %w", s.Host, err)
	}
	return conn, nil
}

func (n Network) handshake(ctx context.Context, conn net.Conn, host string) (net.Conn, error) {
	t := tls.Client(conn, n.config(host))
	if err := t.HandshakeContext(ctx); err != nil {
		_ = conn.Close() // the handshake's error says it all
		return nil, fmt.Errorf("tls with %s: %w", host, err)
	}
	return t, nil
}
