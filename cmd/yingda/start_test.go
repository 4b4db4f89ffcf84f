package main

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"yingda/desk"
	"yingda/internal/testkit"
	"yingda/webui"
)

// process is a node that runs as a program of its own, so that it can be killed.
type process struct {
	*house
	base   string
	listen string
	env    []string
	log    string

	cmd  *exec.Cmd
	done chan struct{} // closed once it was waited for
	code int
}

// newProcess prepares a node of this house; more are further "KEY=value" settings.
func (h *house) newProcess(more ...string) *process {
	h.Helper()
	listen := testkit.FreeAddress(h)
	p := &process{house: h, listen: listen, base: "http://" + listen, log: filepath.Join(h.TempDir(), "node.log")}
	for _, line := range os.Environ() {
		if !strings.HasPrefix(line, "YINGDA") {
			p.env = append(p.env, line)
		}
	}
	p.env = append(p.env, actAs+"=1", "YINGDA_LISTEN="+listen, "YINGDA_PUBLIC_URL="+p.base, "YINGDA_STORE__URL="+h.cfg.Store.URL,
		"YINGDA_STORE__KEY="+h.cfg.Store.Key, "YINGDA_LOG__LEVEL=warn", "YINGDA_DRAIN=3s",
		"YINGDA_AGENTS__ATTEMPTS_PER_ADDRESS="+strconv.Itoa(h.cfg.Agents.AttemptsPerAddress))
	if len(h.cfg.Redis.Addresses) > 0 {
		p.env = append(p.env, "YINGDA_REDIS__ADDRESSES=["+strings.Join(h.cfg.Redis.Addresses, ",")+"]")
	}
	p.env = append(p.env, more...)
	h.Cleanup(func() {
		p.Kill()
		if h.Failed() {
			h.Logf("the node at %s said:\n%s", p.base, p.said())
		}
	})
	return p
}

// Starts runs `yingda serve` until it answers.
func (p *process) Starts() *process {
	p.Helper()
	p.Launches()
	until(p, "the node answers", func() bool {
		select {
		case <-p.done:
			p.Fatalf("the node ended with %d: %s", p.code, p.said())
		default:
		}
		res, err := http.Get(p.base + "/healthz")
		if err != nil {
			return false
		}
		_ = res.Body.Close()
		return res.StatusCode == http.StatusOK
	})
	return p
}

// Launches starts the program and waits for nothing.
func (p *process) Launches() {
	p.Helper()
	out, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		p.Fatalf("open the node's log: %v", err)
	}
	defer out.Close()
	p.cmd = exec.Command(os.Args[0], "serve")
	p.cmd.Env, p.cmd.Stdout, p.cmd.Stderr = p.env, out, out
	if err := p.cmd.Start(); err != nil {
		p.Fatalf("start a node: %v", err)
	}
	done := make(chan struct{})
	p.done = done
	go func() {
		_ = p.cmd.Wait() // its code says how it went
		p.code = p.cmd.ProcessState.ExitCode()
		close(done)
	}()
}

// Kill ends the process as a power cut would: kill -9. Once it is gone it does nothing.
func (p *process) Kill() {
	if p.cmd == nil {
		return
	}
	_ = p.cmd.Process.Kill() // already gone is what we want
	<-p.done
}

// Stops asks the process to end and waits until it did.
func (p *process) Stops() {
	p.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.Fatalf("ask the node to stop: %v", err)
	}
	p.Ends()
}

// Ends waits until the process is gone by itself.
func (p *process) Ends() {
	p.Helper()
	until(p, "the node ends", func() bool {
		select {
		case <-p.done:
			return true
		default:
			return false
		}
	})
}

func (p *process) said() string {
	raw, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return string(raw[max(0, len(raw)-4000):])
}

// The first start makes an administrator, once; a second process is refused while the first lives; what people change
// survives a restart; SIGTERM ends it well (UP-A1).
func TestFirstAndSecondStart(t *testing.T) {
	t.Parallel()
	c := newHouse(t)
	first := c.newProcess().Starts()
	secret := shownPassword(t, first)
	admin := &person{house: c, id: "admin", base: first.base, http: browser(t)}
	admin.must(http.MethodPost, "/auth/sign-in", map[string]any{"email": "admin@localhost", "password": secret}, nil)
	var queue webui.SettingOf[desk.Queue]
	admin.must(http.MethodGet, "/settings/queues/general", nil, &queue)
	queue.Doc.Name = "My own name"
	admin.must(http.MethodPut, "/settings/queues/general", map[string]any{"version": queue.Version, "doc": queue.Doc}, nil)

	second := c.newProcess()
	second.Launches()
	second.Ends()
	if second.code == 0 || !strings.Contains(second.said(), "data_in_use") {
		t.Errorf("a second process: ended with %d and %q, want a refusal that names data_in_use", second.code, second.said())
	}

	first.Stops()
	if first.code != 0 {
		t.Errorf("after SIGTERM: got exit code %d, want 0: %s", first.code, first.said())
	}
	first.Starts()
	if n := strings.Count(first.said(), "shown once"); n != 1 {
		t.Errorf("a first password was shown %d times, want 1", n)
	}
	admin.must(http.MethodGet, "/settings/queues/general", nil, &queue) // the session outlives the restart
	if queue.Doc.Name != "My own name" {
		t.Errorf("the queue's name: got %q, want what was changed", queue.Doc.Name)
	}
}

func shownPassword(t *testing.T, p *process) string {
	t.Helper()
	_, rest, ok := strings.Cut(p.said(), "with password ")
	if !ok {
		t.Fatalf("the first start showed no password: %s", p.said())
	}
	secret, _, _ := strings.Cut(rest, " ")
	return secret
}

// A demo that is furnished anew keeps what people changed (UP-A1).
func TestFurnishKeepsChanges(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := &stage{listen: testkit.FreeAddress(t), data: dir, pace: 1, quiet: true, out: t.Output(), log: quietLog()}
	rename := func(n *node) {
		set, err := n.db.Setting(t.Context(), desk.SettingTeam, "service")
		if err != nil {
			t.Fatal(err)
		}
		var team desk.Team
		if err := json.Unmarshal(set.Doc, &team); err != nil {
			t.Fatal(err)
		}
		team.Name = "Renamed"
		set.Doc = document(set.Kind, set.ID, team).Doc
		if _, err := n.desk.SaveSetting(t.Context(), desk.System(), set); err != nil {
			t.Fatal(err)
		}
	}
	s.furnished(t, rename)
	s.furnished(t, func(n *node) {
		if team, _ := n.db.Directory().Team("service"); team.Name != "Renamed" {
			t.Errorf("after a second start: got team %q, want Renamed", team.Name)
		}
	})
}

// furnished opens the demo's record, furnishes it, and closes it again.
func (s *stage) furnished(t *testing.T, then func(*node)) {
	t.Helper()
	cfg, err := s.config()
	if err != nil {
		t.Fatal(err)
	}
	mail, err := s.mail()
	if err != nil {
		t.Fatal(err)
	}
	n, err := openNode(t.Context(), cfg, s.log)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { _ = n.db.Run(ctx) })
	running.Go(func() { _ = mail.Run(ctx) })
	if err := n.furnish(ctx, mail); err != nil {
		t.Fatalf("furnish: %v", err)
	}
	then(n)
	cancel()
	running.Wait()
	n.close()
}

// SIGTERM lets a request that is under way finish, and what was sent goes out.
func TestSIGTERMDrains(t *testing.T) {
	t.Parallel()
	c := newHouse(t)
	c.prepare()
	node := c.newProcess().Starts()
	c.base = node.base
	ann := c.SignsIn("ann")
	c.EmailArrives("hu@customer.test", "Draining", "x")
	conv := ann.Accepts(ann.IsOffered("email"))
	ann.Replies(conv, "Just before the end.")
	began := time.Now()
	node.Stops()
	if node.code != 0 {
		t.Errorf("exit code: got %d, want 0: %s", node.code, node.said())
	}
	if took := time.Since(began); took > slack(10*time.Second) {
		t.Errorf("stopping took %v", took)
	}
	node.Starts()
	c.Mailbox("hu@customer.test").Has("Just before the end.")
}
