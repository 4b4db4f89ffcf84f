package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/redis/go-redis/v9"
)

// program is one run of the command: what it may touch of the world outside.
type program struct {
	in       io.Reader
	out, err io.Writer
	environ  []string
}

// errUsage is a command line nobody can make sense of; it exits with 2.
var errUsage = errors.New("usage")

func main() {
	redis.SetLogger(hushed{})
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	p := &program{in: os.Stdin, out: os.Stdout, err: os.Stderr, environ: os.Environ()}
	err := p.run(ctx, os.Args[1:])
	stop()
	switch {
	case err == nil:
	case errors.Is(err, errUsage):
		fmt.Fprintf(os.Stderr, "yingda: %v\nTry 'yingda help'.\n", err)
		os.Exit(2)
	default:
		fmt.Fprintf(os.Stderr, "yingda: %v\n", err)
		os.Exit(1)
	}
}

// commands are the words that may follow `yingda`.
var commands = map[string]func(*program, context.Context, []string) error{
	"serve":       (*program).serve,
	"demo":        (*program).demo,
	"migrate":     (*program).migrate,
	"checkconfig": (*program).checkconfig,
	"rebuild":     (*program).rebuild,
	"user":        (*program).user,
	"backup":      (*program).backup,
	"restore":     (*program).restore,
	"route":       (*program).route,
	"sla":         (*program).sla,
	"mail":        (*program).mail,
	"openapi":     (*program).openapi,
	"version":     (*program).version,
	"help":        (*program).help,
}

func (p *program) run(ctx context.Context, args []string) error {
	if len(args) == 0 || asksHelp(args[0]) {
		return p.help(ctx, nil)
	}
	command, ok := commands[args[0]]
	if !ok {
		return fmt.Errorf("%w: unknown command %q; known: %s", errUsage, args[0], strings.Join(known(), ", "))
	}
	if n := len(args) - 1; asksHelp(args[n]) {
		_, err := io.WriteString(p.out, manualOf(args[:n]))
		return err
	}
	return command(p, ctx, args[1:])
}

func known() []string {
	out := make([]string, 0, len(commands))
	for name := range commands {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

func asksHelp(word string) bool { return slices.Contains([]string{"-h", "--help", "-help"}, word) }

func (p *program) help(context.Context, []string) error {
	_, err := io.WriteString(p.out, manual)
	return err
}
