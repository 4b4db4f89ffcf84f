package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"yingda/configs"
	"yingda/desk"
)

// config reads -c FILE and what else the flags say.
func (p *program) config(name string, args []string, more func(*flag.FlagSet)) (configs.Config, error) {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	file := flags.String("c", "", "configuration file")
	if more != nil {
		more(flags)
	}
	if err := flags.Parse(args); err != nil {
		return configs.Config{}, fmt.Errorf("%w: %s: %w", errUsage, name, err)
	}
	if flags.NArg() > 0 {
		return configs.Config{}, fmt.Errorf("%w: %s: unexpected %q", errUsage, name, flags.Arg(0))
	}
	return configs.Load(*file, p.environ)
}

func (p *program) logger(l configs.Log) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(l.Level)) // validated
	options := &slog.HandlerOptions{Level: level}
	if l.Format == "json" {
		return slog.New(slog.NewJSONHandler(p.err, options))
	}
	return slog.New(slog.NewTextHandler(p.err, options))
}

// serve runs a node until ctx ends.
func (p *program) serve(ctx context.Context, args []string) error {
	cfg, err := p.config("serve", args, nil)
	if err != nil {
		return err
	}
	if cfg.Store.Key == "" {
		return errors.New("store.key is not set: mailbox and webhook secrets cannot be kept; set YINGDA_STORE__KEY to 16 characters or more, or store.key_file to a file that holds them")
	}
	log := p.logger(cfg.Log)
	n, err := openNode(ctx, cfg, log)
	if err != nil {
		return err
	}
	defer n.close()
	l, err := net.Listen("tcp", cfg.Listen)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	return n.run(ctx, l, func(ctx context.Context) error { return p.firstStart(ctx, n) })
}

// firstStart makes an empty record usable, says so once, and imports the seeds that are not there yet.
func (p *program) firstStart(ctx context.Context, n *node) error {
	late := func(k desk.SettingKind) bool { return k == desk.SettingAgent || k == desk.SettingPolicy || k.Routing() }
	if err := n.sow(ctx, func(k desk.SettingKind) bool { return !late(k) }); err != nil {
		return err
	}
	seeded := func(s desk.Setting) bool {
		return s.Kind == desk.SettingPolicy && slices.ContainsFunc(n.cfg.Seed, func(x configs.Seed) bool { return x.Kind == s.Kind && x.ID == s.ID })
	}
	admin, err := n.bootstrap(ctx, seeded)
	if err != nil {
		return err
	}
	if admin != nil {
		const hello = "First start: sign in at %s as %s with password %s (shown once)\n"
		if _, err := fmt.Fprintf(p.out, hello, n.cfg.PublicURL, admin.Email, admin.Password); err != nil {
			return fmt.Errorf("show the first password: %w", err)
		}
	}
	if err := n.sow(ctx, func(k desk.SettingKind) bool { return k == desk.SettingAgent }); err != nil {
		return err
	}
	return n.sow(ctx, func(k desk.SettingKind) bool { return late(k) && k != desk.SettingAgent }) // they name queues and people of all the others
}

// run starts everything and blocks until ctx ends or a part fails. Edges (HTTP, mailboxes, sockets) stop first; then,
// once open requests and sends have finished or Drain is over, the core. ready runs when the record takes writes and
// before the doors open.
func (n *node) run(ctx context.Context, l net.Listener, ready func(context.Context) error) error {
	push, err := n.openPush()
	if err != nil {
		return err
	}
	if push != nil {
		defer func() { _ = push.Close() }() // closed already when it was served
	}
	core, stopCore := context.WithCancel(context.WithoutCancel(ctx))
	defer stopCore()
	inner, coreCtx := errgroup.WithContext(core)
	inner.Go(func() error { return n.db.Run(coreCtx) })
	if err := ready(coreCtx); err != nil {
		stopCore()
		return errors.Join(err, inner.Wait())
	}
	for _, refresh := range []func(context.Context) error{n.refreshBook, n.refreshRouting} { // with what ready sowed
		if err := refresh(coreCtx); err != nil {
			stopCore()
			return errors.Join(err, inner.Wait())
		}
	}
	if err := n.listenToFacts(coreCtx); err != nil {
		stopCore()
		return errors.Join(err, inner.Wait())
	}
	for _, part := range []func(context.Context) error{n.wakeFeed, n.feed.Run, n.relay.Run, n.router.Run, n.ticker.Run, n.climber.Run, n.evening.Run, n.notify, n.mailReports, n.tell, n.alarm.Run, n.tracker.Run, n.voice.Run, n.escalate, n.watchCalendars, n.rerouting, n.reroutingAtStart} {
		inner.Go(func() error { return part(coreCtx) })
	}

	inner.Go(func() error { return n.pack(coreCtx) })

	edge, stopEdge := context.WithCancel(ctx)
	defer stopEdge()
	outer, edgeCtx := errgroup.WithContext(edge)
	context.AfterFunc(coreCtx, stopEdge) // a core that fails takes the edges with it
	outer.Go(func() error { return n.serveHTTP(edgeCtx, l) })
	outer.Go(func() error { return n.servePush(edgeCtx, push) })
	for _, part := range []func(context.Context) error{n.web.Hub.Run, n.watchBoard, n.chat.Run, n.mail.Run, n.outbox.Run} {
		outer.Go(func() error { return part(edgeCtx) })
	}
	n.log.Info("ready", "url", n.cfg.PublicURL, "listen", l.Addr().String(), "store", n.db.Engine(), "node", n.db.Node())

	err = outer.Wait()
	n.log.Info("edges are closed; stopping the core")
	stopCore()
	return errors.Join(err, inner.Wait())
}

// serveHTTP serves until ctx ends, then lets open requests finish for Drain.
func (n *node) serveHTTP(ctx context.Context, l net.Listener) error {
	server := &http.Server{
		Handler: n.web.Handler(), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		BaseContext: func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
		ErrorLog:    slog.NewLogLogger(n.log.Handler(), slog.LevelDebug),
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	drain, stop := context.WithTimeout(context.WithoutCancel(ctx), n.cfg.Drain)
	defer stop()
	if err := server.Shutdown(drain); err != nil {
		n.log.Warn("some requests were cut", "after", n.cfg.Drain)
		return errors.Join(server.Close())
	}
	return nil
}

// listenToFacts puts every listener on the feed. Those whose rows carry their state, or whose screens resume by
// themselves, start at the newest fact.
func (n *node) listenToFacts(ctx context.Context) error {
	last, err := n.db.LastSeq(ctx)
	if err != nil {
		return fmt.Errorf("find the newest fact: %w", err)
	}
	from := last
	if seq, ok, err := n.router.Cursor(ctx); err == nil && ok {
		from = min(seq, last)
	}
	screens, err := n.web.Hub.From(ctx)
	if err != nil {
		return fmt.Errorf("find the newest fact: %w", err)
	}
	n.feed.Listen("router", from, n.router.Listen)
	n.feed.Listen("screens", screens, n.web.Hub.Listen)
	n.feed.Listen("outbox", last, n.wakeOutbox)
	n.feed.Listen("promises", last, n.ticker.Hear)
	n.feed.Listen("notices", last, n.notifier.Hear)
	n.feed.Listen("webhooks", last, n.teller.Hear)
	n.feed.Listen("book", last, n.hearBook)
	n.feed.Listen("routing", last, n.hearRouting)
	n.feed.Listen("mailrooms", last, n.mail.Hear)
	n.feed.Listen("people", last, n.tracker.Listen)
	n.listenEdges(last)
	return nil
}

func (n *node) wakeFeed(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-n.db.Committed():
			n.feed.Wake()
		}
	}
}

func (n *node) wakeOutbox(_ context.Context, e desk.Event) error {
	switch e.Fact.(type) {
	case desk.MessageQueued, desk.MessageDelayed, desk.MessageRescheduled, desk.SideMessage:
		n.outbox.Wake()
	}
	return nil
}

func rest(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

func (p *program) checkconfig(_ context.Context, args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("%w: checkconfig FILE", errUsage)
	}
	if _, err := configs.Load(args[0], p.environ); err != nil {
		return err
	}
	_, err := fmt.Fprintln(p.out, "ok")
	return err
}

// terminal reports whether f is a terminal rather than a pipe or file.
func terminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
