package testkit

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// slots is how many a Redis Cluster has.
const slots = 16384

// RedisCluster starts three masters that share the slots, without replicas, and returns their addresses.
func RedisCluster(t testing.TB) []string {
	t.Helper()
	var addrs []string
	const n = 3
	for i := range n {
		s := startRedis(t, func(port int) []string {
			return []string{
				"--cluster-enabled", "yes", "--cluster-config-file", "nodes.conf", "--cluster-node-timeout", "2000",
				"--cluster-port", bus(port),
			}
		})
		_, err := say(s.Addr, "CLUSTER", "ADDSLOTSRANGE", strconv.Itoa(i*slots/n), strconv.Itoa((i+1)*slots/n-1))
		must(t, "redis cluster", err)
		addrs = append(addrs, s.Addr)
	}
	for i, a := range addrs {
		_, err := say(a, "CLUSTER", "SET-CONFIG-EPOCH", strconv.Itoa(i+1))
		must(t, "redis cluster", err)
	}
	for _, other := range addrs[1:] {
		host, port, _ := net.SplitHostPort(other)
		n, _ := strconv.Atoi(port)
		_, err := say(addrs[0], "CLUSTER", "MEET", host, port, bus(n))
		must(t, "redis cluster", err)
	}
	for _, a := range addrs {
		must(t, "redis cluster", waitUntil(func() error {
			info, err := say(a, "CLUSTER", "INFO")
			if err == nil && (!strings.Contains(info, "cluster_state:ok") || !strings.Contains(info, "cluster_known_nodes:3")) {
				err = fmt.Errorf("cluster not ready: %s", info)
			}
			return err
		}))
	}
	return addrs
}

// bus is the port on which a cluster's node at port talks to the others: 10,000 off, away from the ports that systems give
// to whoever dials.
func bus(port int) string {
	if port > 15_000 {
		return strconv.Itoa(port - 10_000)
	}
	return strconv.Itoa(port + 10_000)
}

// RedisPair is a master, its replica and a sentinel that watches them.
type RedisPair struct {
	Sentinel string // its address
	Name     string // what the sentinel calls the master
	Master   *RedisServer
	Replica  *RedisServer
}

// RedisSentinel starts a pair. The sentinel alone decides, a second after the master fell silent.
func RedisSentinel(t testing.TB) *RedisPair {
	t.Helper()
	p := &RedisPair{Name: "house", Master: startRedis(t, nil)}
	host, port, err := net.SplitHostPort(p.Master.Addr)
	must(t, "redis sentinel", err)
	p.Replica = startRedis(t, func(int) []string {
		return []string{"--replicaof", host + " " + port, "--repl-diskless-sync-delay", "0"}
	})
	must(t, "redis replica", waitUntil(func() error {
		info, err := say(p.Replica.Addr, "INFO", "replication")
		if err == nil && !strings.Contains(info, "master_link_status:up") {
			err = errors.New("the replica has not caught up")
		}
		return err
	}))
	path, err := find("redis-server")
	must(t, "redis sentinel", err)
	dir, err := newFolder()
	must(t, "redis sentinel", err)
	conf := filepath.Join(dir, "sentinel.conf")
	var watcher *program
	must(t, "redis sentinel", retry(func(free int) error {
		text := fmt.Sprintf("port %d\nbind 127.0.0.1\ndir %s\nsentinel monitor %s %s %s 1\nsentinel down-after-milliseconds %s 1000\n"+
			"sentinel failover-timeout %s 5000\n", free, dir, p.Name, host, port, p.Name, p.Name)
		if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
			return fmt.Errorf("write the sentinel's configuration: %w", err)
		}
		var err error
		if watcher, err = launch(dir, nil, syscall.SIGKILL, path, conf, "--sentinel"); err != nil {
			return err
		}
		p.Sentinel = "127.0.0.1:" + strconv.Itoa(free)
		return watcher.waitFor(func() error {
			info, err := say(p.Sentinel, "SENTINEL", "REPLICAS", p.Name)
			if err == nil && !strings.Contains(info, "runid") {
				err = errors.New("the sentinel knows no replica yet")
			}
			return err
		})
	}))
	t.Cleanup(func() {
		watcher.stop(syscall.SIGKILL)
		_ = os.RemoveAll(dir)
	})
	return p
}

// startRedis starts one more server, with options of its own.
func startRedis(t testing.TB, options func(port int) []string) *RedisServer {
	t.Helper()
	path, err := find("redis-server")
	must(t, "redis-server", err)
	dir, err := newFolder()
	must(t, "redis-server", err)
	s := &RedisServer{dir: dir}
	must(t, "redis-server", retry(func(port int) error {
		s.Addr = "127.0.0.1:" + strconv.Itoa(port)
		args := []string{
			"--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--daemonize", "no", "--dir", dir,
		}
		if options != nil {
			args = append(args, options(port)...)
		}
		var err error
		if s.program, err = launch(dir, nil, syscall.SIGKILL, path, args...); err != nil {
			return err
		}
		return s.program.waitFor(s.ping)
	}))
	t.Cleanup(s.Close)
	return s
}

// waitUntil asks again until the answer is no error.
func waitUntil(ask func() error) error {
	deadline := time.Now().Add(startTimeout)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := ask()
		if err == nil || time.Now().After(deadline) {
			return err
		}
		<-tick.C
	}
}

// say sends one command and returns all of the answer that is text.
func say(addr string, words ...string) (string, error) {
	c, err := net.DialTimeout("tcp", addr, time.Second)
	if err != nil {
		return "", err
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(2 * time.Second)); err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "*%d\r\n", len(words))
	for _, w := range words {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(w), w)
	}
	if _, err := c.Write([]byte(b.String())); err != nil {
		return "", err
	}
	return reply(bufio.NewReader(c))
}

// reply reads one reply, lists flattened.
func reply(r *bufio.Reader) (string, error) {
	line, err := r.ReadString('\n')
	if err != nil {
		return "", err
	}
	line = strings.TrimRight(line, "\r\n")
	n, _ := strconv.Atoi(line[1:])
	switch line[0] {
	case '-':
		return "", errors.New(line[1:])
	case '$':
		if n < 0 {
			return "", nil
		}
		text := make([]byte, n+2)
		for read := 0; read < len(text); {
			k, err := r.Read(text[read:])
			if err != nil {
				return "", err
			}
			read += k
		}
		return string(text[:n]), nil
	case '*':
		var all []string
		for range n {
			one, err := reply(r)
			if err != nil {
				return "", err
			}
			all = append(all, one)
		}
		return strings.Join(all, "\n"), nil
	}
	return line[1:], nil
}
