package testkit

import (
	"os"
	"sync"
	"testing"
)

// Main runs the tests, stops the servers the process shares, and exits. Use it as
//
//	func TestMain(m *testing.M) { testkit.Main(m) }
func Main(m *testing.M) { os.Exit(Around(m).Run()) }

// Around returns a runner that stops the shared servers after m, for leak checks:
//
//	func TestMain(m *testing.M) { goleak.VerifyTestMain(testkit.Around(m)) }
func Around(m *testing.M) *Runner { return &Runner{m} }

// Runner is a testing.M that cleans up after itself.
type Runner struct{ m *testing.M }

// Run runs the tests and returns the exit code.
func (r *Runner) Run() int {
	code := r.m.Run()
	shared.stop()
	return code
}

// shared is the one cluster of this process, started by the first test that
// asks for a database.
var shared sharedCluster

type sharedCluster struct {
	mu     sync.Mutex
	server *PostgresCluster
	keeper *keeper
	err    error
}

// dsn returns the cluster's base DSN: the run's (TEST_POSTGRES) or our own.
func (s *sharedCluster) dsn() (string, error) {
	if base := os.Getenv("TEST_POSTGRES"); base != "" {
		return base, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.server == nil && s.err == nil {
		s.server, s.err = StartPostgres(PostgresOptions{})
		if s.err == nil {
			s.keeper, s.err = keep(s.server.program.cmd.Process.Pid, s.server.dir)
		}
	}
	if s.err != nil {
		return "", s.err
	}
	return s.server.BaseDSN(), nil
}

func (s *sharedCluster) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.server == nil {
		return
	}
	s.server.Stop()
	if s.keeper != nil {
		s.keeper.release()
	}
	s.server, s.keeper = nil, nil
}
