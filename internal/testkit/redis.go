package testkit

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// RedisServer is a real redis-server without persistence: what it knew is lost
// when it stops, which is what the router must survive.
type RedisServer struct {
	// Addr is host:port.
	Addr string

	dir     string
	program *program
}

// Redis starts a redis-server for this test alone and returns its host:port.
// The test may flush it; for one that can be stopped see NewRedis.
func Redis(t testing.TB) string {
	t.Helper()
	return NewRedis(t).Addr
}

// NewRedis starts a redis-server that this test may stop and start again.
func NewRedis(t testing.TB) *RedisServer {
	t.Helper()
	s, err := StartRedis()
	must(t, "redis-server", err)
	t.Cleanup(s.Close)
	return s
}

// StartRedis starts a redis-server outside a test. The caller calls Close.
func StartRedis() (*RedisServer, error) {
	if _, err := find("redis-server"); err != nil {
		return nil, err
	}
	dir, err := newFolder()
	if err != nil {
		return nil, fmt.Errorf("make redis' folder: %w", err)
	}
	s := &RedisServer{dir: dir}
	err = retry(func(port int) error {
		s.Addr = "127.0.0.1:" + strconv.Itoa(port)
		return s.Start()
	})
	if err != nil {
		_ = os.RemoveAll(dir)
		return nil, err
	}
	return s, nil
}

// Start starts the server, empty, on its address. Call it after Stop.
func (s *RedisServer) Start() error {
	path, err := find("redis-server")
	if err != nil {
		return err
	}
	host, port, err := net.SplitHostPort(s.Addr)
	if err != nil {
		return err
	}
	s.program, err = launch(s.dir, nil, syscall.SIGKILL, path,
		"--port", port, "--bind", host, "--save", "", "--appendonly", "no", "--daemonize", "no",
		"--dir", s.dir, "--databases", "256")
	if err != nil {
		return err
	}
	if err := s.program.waitFor(s.ping); err != nil {
		s.Stop()
		return err
	}
	return nil
}

// Stop kills the server as a crash would.
func (s *RedisServer) Stop() { s.program.stop(syscall.SIGKILL) }

// Pause holds the server as a machine that hangs: its connections stand, and nothing answers. Resume lets it go on.
func (s *RedisServer) Pause() error { return s.program.cmd.Process.Signal(syscall.SIGSTOP) }

// Resume ends a pause.
func (s *RedisServer) Resume() error { return s.program.cmd.Process.Signal(syscall.SIGCONT) }

// Close kills the server and removes its folder.
func (s *RedisServer) Close() {
	s.Stop()
	_ = os.RemoveAll(s.dir) // in the system's temporary folder; nothing depends on it
}

// ping speaks the protocol: an open port alone may be a server still loading.
func (s *RedisServer) ping() error {
	c, err := net.DialTimeout("tcp", s.Addr, time.Second)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(time.Second)); err != nil {
		return err
	}
	if _, err := c.Write([]byte("PING\r\n")); err != nil {
		return err
	}
	line, err := bufio.NewReader(c).ReadString('\n')
	if err != nil {
		return err
	}
	if got := strings.TrimSpace(line); got != "+PONG" {
		return fmt.Errorf("got %q, want +PONG", got)
	}
	return nil
}
