package testkit_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"yingda/internal/testkit"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(testkit.Around(m)) }

// echo is a server that sends back what it gets.
func echo(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				_, _ = io.Copy(c, c)
			}()
		}
	}()
	return l.Addr().String()
}

func dial(t *testing.T, addr string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// says sends a line and returns what comes back within patience.
func says(c net.Conn, line string, patience time.Duration) (string, error) {
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		return "", err
	}
	if _, err := io.WriteString(c, line+"\n"); err != nil {
		return "", err
	}
	return bufio.NewReader(c).ReadString('\n')
}

func TestWireFlowsAndBreaks(t *testing.T) {
	t.Parallel()
	link := testkit.Wire(t, echo(t))
	c := dial(t, link.Addr)
	if got, err := says(c, "one", 5*time.Second); err != nil || got != "one\n" {
		t.Fatalf("through the wire: got %q, %v, want %q", got, err, "one\n")
	}
	if got := link.Open(); got != 1 {
		t.Errorf("open connections: got %d, want 1", got)
	}
	link.Cut()
	if got, err := says(c, "two", 5*time.Second); err == nil {
		t.Fatalf("on a cut wire: got %q, want an error", got)
	}
	if got, err := says(dial(t, link.Addr), "three", 5*time.Second); err == nil {
		t.Fatalf("a new connection on a cut wire: got %q, want an error", got)
	}
	link.Resume()
	if got, err := says(dial(t, link.Addr), "four", 5*time.Second); err != nil || got != "four\n" {
		t.Fatalf("after Resume: got %q, %v, want %q", got, err, "four\n")
	}
}

func TestWireStallsAndDeliversLater(t *testing.T) {
	t.Parallel()
	link := testkit.Wire(t, echo(t))
	c := dial(t, link.Addr)
	if _, err := says(c, "one", 5*time.Second); err != nil {
		t.Fatal(err)
	}
	link.Stall()
	_, err := says(c, "two", 100*time.Millisecond)
	if netErr := net.Error(nil); !errors.As(err, &netErr) || !netErr.Timeout() {
		t.Fatalf("on a stalled wire: got %v, want a timeout", err)
	}
	link.Resume()
	if err := c.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if got, err := bufio.NewReader(c).ReadString('\n'); err != nil || got != "two\n" {
		t.Fatalf("after Resume: got %q, %v, want the stalled line", got, err)
	}
}

// TestServersDieWithAKilledProcess starts this test binary again, kills it
// without warning, and looks for what it left.
func TestServersDieWithAKilledProcess(t *testing.T) {
	t.Parallel()
	if os.Getenv("TESTKIT_VICTIM") != "" {
		victim(t)
		return
	}
	t.Log(testkit.Postgres(t)) // skips or fails where there is none
	cmd := exec.Command(os.Args[0], "-test.run=^TestServersDieWithAKilledProcess$", "-test.v")
	cmd.Env = append(os.Environ(), "TESTKIT_VICTIM=1", "TEST_POSTGRES=", "TMPDIR="+openFolder(t))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var addrs []string
	lines := bufio.NewScanner(out)
	for len(addrs) < 2 && lines.Scan() {
		if addr, ok := strings.CutPrefix(lines.Text(), "listening "); ok {
			addrs = append(addrs, addr)
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, out)
	_ = cmd.Wait() // killed
	if len(addrs) != 2 {
		t.Fatalf("servers of the victim: got %v, want two addresses", addrs)
	}
	for _, addr := range addrs {
		waitClosed(t, addr)
	}
}

// openFolder is a temporary folder that PostgreSQL's user may enter.
func openFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "yd")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// victim starts servers, names them and waits for its end.
func victim(t *testing.T) {
	_, pg, _ := strings.Cut(testkit.Postgres(t), "@")
	pg, _, _ = strings.Cut(pg, "/")
	_, _ = os.Stdout.WriteString("listening " + pg + "\nlistening " + testkit.Redis(t) + "\n")
	select {}
}

func waitClosed(t *testing.T, addr string) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			return
		}
		_ = c.Close()
		select {
		case <-deadline:
			t.Fatalf("%s still listens after its test process was killed", addr)
		case <-tick.C:
		}
	}
}
