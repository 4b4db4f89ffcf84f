// Command servers owns the test servers that a whole run shares. It promises to
// start PostgreSQL and Redis once, to name them to the command it is given
// (TEST_POSTGRES, TEST_REDIS), and to stop them with it. It never fails because
// one isn't installed: the tests say themselves what they skip, or fail.
//
//	go run ./internal/testkit/servers -- go test ./...
//	go run ./internal/testkit/servers --durable -- go test -bench . ./...
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"yingda/internal/testkit"
)

func main() {
	durable := flag.Bool("durable", false, "keep fsync on, as figures need it")
	flag.Parse()
	if flag.NArg() == 0 {
		fmt.Fprintln(os.Stderr, "usage: servers [--durable] [--] command [argument …]")
		os.Exit(2)
	}
	code, err := run(flag.Args(), testkit.PostgresOptions{Durable: *durable})
	if err != nil {
		fmt.Fprintln(os.Stderr, "servers:", err)
	}
	os.Exit(code)
}

// run returns the command's exit code. Signals are passed on to the command and
// waited out, so that the servers are stopped after it.
func run(args []string, opt testkit.PostgresOptions) (int, error) {
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, os.Interrupt, syscall.SIGTERM)
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = os.Environ()
	if pg, err := testkit.StartPostgres(opt); err == nil {
		defer pg.Stop()
		cmd.Env = append(cmd.Env, "TEST_POSTGRES="+pg.BaseDSN())
	} else {
		fmt.Fprintln(os.Stderr, "servers: no PostgreSQL:", err)
	}
	if redis, err := testkit.StartRedis(); err == nil {
		defer redis.Close()
		cmd.Env = append(cmd.Env, "TEST_REDIS=redis://"+redis.Addr+"/0")
	} else {
		fmt.Fprintln(os.Stderr, "servers: no Redis:", err)
	}
	if err := cmd.Start(); err != nil {
		return 1, err
	}
	go func() {
		for sig := range asked {
			_ = cmd.Process.Signal(sig) // it may have ended by itself
		}
	}()
	err := cmd.Wait()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return max(exit.ExitCode(), 1), nil
	}
	if err != nil {
		return 1, err
	}
	return 0, nil
}
