package main

import (
	"net"
	"sync"
	"time"
)

// eager is a line into the embedded Redis that takes every write at once. The line itself is unbuffered, as net.Pipe
// is: a client that writes a long pipeline and a server that already answers it would wait for each other for ever,
// where a socket's buffers would help them out.
type eager struct {
	net.Conn

	mu   sync.Mutex
	more sync.Cond
	buf  []byte
	err  error // why nothing can be written any more
}

func newEager(c net.Conn) *eager {
	e := &eager{Conn: c}
	e.more.L = &e.mu
	go e.pass()
	return e
}

// Write never waits.
func (e *eager) Write(p []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.err != nil {
		return 0, e.err
	}
	e.buf = append(e.buf, p...)
	e.more.Signal()
	return len(p), nil
}

// pass hands on what was written until the line is closed.
func (e *eager) pass() {
	var out []byte
	for {
		e.mu.Lock()
		for len(e.buf) == 0 && e.err == nil {
			e.more.Wait()
		}
		if e.err != nil {
			e.mu.Unlock()
			return
		}
		out, e.buf = e.buf, out[:0]
		e.mu.Unlock()
		if _, err := e.Conn.Write(out); err != nil {
			e.end(err)
			return
		}
	}
}

func (e *eager) end(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.err == nil {
		e.err = err
	}
	e.more.Signal()
}

func (e *eager) Close() error {
	e.end(net.ErrClosed)
	return e.Conn.Close()
}

// SetWriteDeadline means nothing: writes do not wait.
func (e *eager) SetWriteDeadline(time.Time) error { return nil }

// SetDeadline is for reads alone.
func (e *eager) SetDeadline(t time.Time) error { return e.SetReadDeadline(t) }
