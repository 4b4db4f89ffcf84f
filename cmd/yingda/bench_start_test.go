package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"yingda/internal/bench"
)

// figureStart builds the program and measures it as a process of its own: from start to ready on
// an empty folder, and what it holds when nobody came by for a while.
func figureStart(b *testing.B) {
	binary := filepath.Join(b.TempDir(), "yingda")
	build := exec.CommandContext(b.Context(), "go", "build", "-tags", "nomsgpack", "-ldflags", "-s -w", "-o", binary, ".")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("build: %v: %s", err, out)
	}
	var took []time.Duration
	for range 7 {
		p := startProgram(b, binary, "serve")
		took = append(took, p.ready)
		p.stop()
	}
	slices.Sort(took)
	bench.Row{Name: "start to ready, empty store", Unit: "s", Ours: took[len(took)/2].Seconds(), AtMost: 0.3}.Report(b)

	for _, command := range []string{"serve", "demo --quiet-street"} {
		p := startProgram(b, binary, strings.Fields(command)...)
		rest(b.Context(), 12*time.Second)
		bench.Row{Name: "resident when idle, " + command, Unit: "MB", Ours: p.resident(b), AtMost: 50}.Report(b)
		p.stop()
	}
}

type startedProgram struct {
	cmd   *exec.Cmd
	ready time.Duration
	stop  func()
}

// startProgram starts the program in a folder of its own and waits until it says ready.
func startProgram(b *testing.B, binary string, args ...string) *startedProgram {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	addr := l.Addr().String()
	_ = l.Close()
	dir := b.TempDir()
	if args[0] == "demo" {
		args = append(args, "--listen", addr, "--data", filepath.Join(dir, "demo"))
	}
	p := &startedProgram{cmd: exec.CommandContext(b.Context(), binary, args...)}
	p.cmd.Dir = dir
	p.cmd.Env = append(elsewhere(os.Environ()), "YINGDA_LISTEN="+addr, "YINGDA_PUBLIC_URL=http://"+addr, "YINGDA_STORE__KEY=0123456789abcdef",
		"YINGDA_STORE__URL=sqlite:"+filepath.Join(dir, "yingda.db"))
	var said strings.Builder
	p.cmd.Stdout, p.cmd.Stderr = &said, &said
	began := time.Now()
	if err := p.cmd.Start(); err != nil {
		b.Fatal(err)
	}
	gone := make(chan struct{})
	go func() { _ = p.cmd.Wait(); close(gone) }()
	p.stop = func() {
		_ = p.cmd.Process.Signal(syscall.SIGTERM)
		<-gone
	}
	b.Cleanup(p.stop)
	for {
		if res, err := http.Get("http://" + addr + "/readyz"); err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				p.ready = time.Since(began)
				return p
			}
		}
		select {
		case <-gone:
			b.Fatalf("%v ended before it was ready: %s", args, said.String())
		case <-time.After(2 * time.Millisecond):
		}
		if time.Since(began) > time.Minute {
			b.Fatalf("%v is not ready: %s", args, said.String())
		}
	}
}

// elsewhere is the environment without what steers the measuring itself, which the program would refuse as unknown keys.
func elsewhere(environ []string) []string {
	return slices.DeleteFunc(slices.Clone(environ), func(kv string) bool { return strings.HasPrefix(kv, "YINGDA_") })
}

// resident is VmRSS, in MB.
func (p *startedProgram) resident(b *testing.B) float64 {
	b.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		b.Skip("no /proc here")
	}
	for line := range strings.Lines(string(raw)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			if err != nil {
				b.Fatal(err)
			}
			return kb / 1024
		}
	}
	b.Fatal("no VmRSS")
	return 0
}
