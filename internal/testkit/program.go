package testkit

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// startTimeout is how long a server may take until it answers. Two busy cores
// with the race detector have been seen to need 8 s for PostgreSQL.
const startTimeout = 60 * time.Second

// program is one server process. Its output goes to a file, never through a
// goroutine of ours, so that leak checks see nothing but reap.
type program struct {
	cmd  *exec.Cmd
	log  string
	done chan struct{} // closed once the process has been waited for
}

// account is a user that a server gives its rights up to; nil keeps ours.
type account struct{ uid, gid int }

// lesserAccount returns the first of names that exists when we are root, since
// PostgreSQL refuses to run as root. For everybody else it returns nil.
func lesserAccount(names ...string) (*account, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	for _, name := range names {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.Atoi(u.Uid)
		gid, gidErr := strconv.Atoi(u.Gid)
		return &account{uid, gid}, errors.Join(uidErr, gidErr)
	}
	return nil, fmt.Errorf("none of the users %v exists and root may not run this server", names)
}

// launch starts the program at path. The kernel sends it dying when this
// process ends without having stopped it (Linux only).
func launch(dir string, as *account, dying syscall.Signal, path string, args ...string) (*program, error) {
	logPath := filepath.Join(dir, filepath.Base(path)+".out")
	out, err := os.OpenFile(logPath, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open the server's log: %w", err)
	}
	defer out.Close()
	cmd := exec.Command(path, args...)
	cmd.Dir = dir
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = attributes(as, dying)
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", path, err)
	}
	p := &program{cmd: cmd, log: logPath, done: make(chan struct{})}
	go p.reap()
	return p, nil
}

func (p *program) reap() {
	_ = p.cmd.Wait() // how it ended is told by the log, shown when it ends too early
	close(p.done)
}

// waitFor returns once ready succeeds, or with the program's own last words if
// it ended first or never answered.
func (p *program) waitFor(ready func() error) error {
	deadline := time.NewTimer(startTimeout)
	defer deadline.Stop()
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for {
		err := ready()
		if err == nil {
			return nil
		}
		select {
		case <-p.done:
			return fmt.Errorf("%s ended at once: %s", p.cmd.Path, p.lastWords())
		case <-deadline.C:
			return fmt.Errorf("%s does not answer after %v: %w: %s", p.cmd.Path, startTimeout, err, p.lastWords())
		case <-again.C:
		}
	}
}

// stop asks with sig and, when the program lingers, kills it.
func (p *program) stop(sig os.Signal) {
	_ = p.cmd.Process.Signal(sig) // already gone is what we want
	select {
	case <-p.done:
	case <-time.After(10 * time.Second):
		_ = p.cmd.Process.Kill()
		<-p.done
	}
}

func (p *program) lastWords() string {
	text, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-2000):])
}

// folder makes a short temporary folder that other users may enter: t.TempDir
// is closed to them, and socket paths end at 108 bytes.
func folder(t testing.TB) string {
	t.Helper()
	dir, err := newFolder()
	if err != nil {
		t.Fatalf("make a folder: %v", err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Errorf("remove the server's folder: %v", err)
		}
	})
	return dir
}

func newFolder() (string, error) {
	dir, err := os.MkdirTemp("", "yd")
	if err != nil {
		return "", err
	}
	return dir, os.Chmod(dir, 0o755)
}

// freePort returns a loopback port that was free a moment ago. It lies below
// those that systems give to whoever dials or asks for any port, so that it also
// stays free while a server that had it is started again; another process that
// looks for one may still come first, so whoever uses it must be ready to try again.
func freePort() (int, error) {
	const first, ports, tries = 20_000, 12_000, 100
	var last error
	for range tries {
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(first+rand.IntN(ports))))
		if err != nil {
			last = err
			continue
		}
		port := l.Addr().(*net.TCPAddr).Port
		return port, l.Close()
	}
	return 0, last
}

// FreeAddress returns a loopback address for a server that is started again on it.
func FreeAddress(t testing.TB) string {
	t.Helper()
	port, err := freePort()
	if err != nil {
		t.Fatalf("find a free address: %v", err)
	}
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
}

// errMissing marks a program that isn't installed.
var errMissing = errors.New("not installed")

// find looks for a program in the folders that match the patterns, newest
// first, and then on PATH.
func find(name string, patterns ...string) (string, error) {
	for _, pattern := range patterns {
		found, err := filepath.Glob(filepath.Join(pattern, name))
		if err != nil {
			return "", fmt.Errorf("look for %s: %w", name, err)
		}
		if len(found) > 0 {
			return slices.Max(found), nil
		}
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("%s is %w", name, errMissing)
	}
	return path, nil
}

// must ends the test on err. A missing program skips it instead.
func must(t testing.TB, what string, err error) {
	t.Helper()
	switch {
	case err == nil:
	case errors.Is(err, errMissing):
		Skip(t, "tests with "+what, err.Error())
	default:
		t.Fatalf("start %s: %v", what, err)
	}
}

// retry runs start until it succeeds, three times at most: another process may
// have taken the port between freePort and the server's own bind.
func retry(start func(port int) error) error {
	var last error
	for range 3 {
		port, err := freePort()
		if err != nil {
			return fmt.Errorf("find a free port: %w", err)
		}
		if last = start(port); last == nil || errors.Is(last, errMissing) {
			return last
		}
	}
	return last
}

// dialable reports whether somebody listens on addr.
func dialable(addr string) func() error {
	return func() error {
		c, err := net.DialTimeout("tcp", addr, time.Second)
		if err != nil {
			return err
		}
		return c.Close()
	}
}
