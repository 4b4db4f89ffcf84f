package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"golang.org/x/sync/errgroup"

	"yingda/cmd/yingda/demo"
	"yingda/configs"
	"yingda/desk"
)

// stage is one demo: a node, the world outside it, and what its visitors are told.
type stage struct {
	listen, data string
	pace         float64
	quiet        bool
	out          io.Writer
	log          *slog.Logger
}

// demo runs everything on this machine with nothing installed.
func (p *program) demo(ctx context.Context, args []string) error {
	s := &stage{out: p.out, log: p.logger(configs.Log{Level: "warn", Format: "text"})}
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&s.listen, "listen", "127.0.0.1:8080", "")
	flags.StringVar(&s.data, "data", "yingda-demo", "")
	flags.Float64Var(&s.pace, "pace", 1, "")
	flags.BoolVar(&s.quiet, "quiet-street", false, "")
	if err := flags.Parse(args); err != nil || flags.NArg() > 0 {
		return fmt.Errorf("%w: demo [--listen ADDR] [--data DIR] [--pace N] [--quiet-street]", errUsage)
	}
	if s.pace <= 0 || s.pace > 100 {
		return fmt.Errorf("%w: --pace %v; want more than 0, at most 100", errUsage, s.pace)
	}
	if err := loopback(s.listen); err != nil {
		return err
	}
	return s.run(ctx)
}

// loopback refuses an address that others could reach: the demo's passwords are printed in its manual.
func loopback(listen string) error {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return fmt.Errorf("%w: --listen %q; want host:port", errUsage, listen)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("%w: --listen %q; the demo listens on loopback only", errUsage, listen)
	}
	return nil
}

func (s *stage) run(ctx context.Context) error {
	cfg, err := s.config()
	if err != nil {
		return err
	}
	n, err := openNode(ctx, cfg, s.log)
	if desk.ReasonOf(err) == "data_in_use" {
		return fmt.Errorf("a demo is already running on %s; stop it first, or choose another folder with --data", s.data)
	}
	if err != nil {
		return err
	}
	defer n.close()
	l, err := net.Listen("tcp", s.listen)
	if err != nil {
		return fmt.Errorf("listen: %w; choose another address with --listen", err)
	}
	mail, err := s.mail()
	if err != nil {
		return err
	}
	n.web.Engine().GET("/shop", gin.WrapH(demo.Shop(shopKey)))
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return mail.Run(ctx) })
	g.Go(func() error {
		err := n.run(ctx, l, func(ctx context.Context) error { return n.furnish(ctx, mail) })
		if err == nil {
			err = errStopped // take the mail server and the street along
		}
		return err
	})
	g.Go(func() error { return s.open(ctx, n, mail) })
	if err := g.Wait(); err != nil && !errors.Is(err, errStopped) {
		return err
	}
	_, err = fmt.Fprintf(s.out, "\nStopped. Everything is kept in %s.\n", s.data)
	return err
}

var errStopped = errors.New("stopped")

// config is a node's configuration on one folder, with a secret made at the first start.
func (s *stage) config() (configs.Config, error) {
	if err := os.MkdirAll(s.data, 0o700); err != nil {
		return configs.Config{}, fmt.Errorf("make the data folder: %w", err)
	}
	cfg := configs.Default()
	cfg.Listen, cfg.PublicURL, cfg.Drain = s.listen, "http://"+s.listen, 3*time.Second
	cfg.Store.URL = "sqlite:" + filepath.Join(s.data, "yingda.db")
	// Whoever tries webhooks has the receiver on the same machine. A demo that others reach leaves its neighbours alone:
	// its passwords are known to everybody.
	if host, _, err := net.SplitHostPort(s.listen); err == nil && net.ParseIP(host).IsLoopback() {
		cfg.Webhooks.Hosts = []string{"127.0.0.1", "localhost"}
	}
	name := filepath.Join(s.data, "secret")
	raw, err := os.ReadFile(name)
	if errors.Is(err, os.ErrNotExist) {
		fresh := make([]byte, 32)
		_, _ = rand.Read(fresh) // never fails: crypto/rand aborts the program instead
		raw = []byte(hex.EncodeToString(fresh))
		err = os.WriteFile(name, raw, 0o600)
	}
	if err != nil {
		return configs.Config{}, fmt.Errorf("keep the demo's secret: %w", err)
	}
	cfg.Store.Key = strings.TrimSpace(string(raw))
	return cfg, nil
}

// Where the demo's mail server listens when nobody else does; otherwise the system chooses.
const (
	smtpAddr = "127.0.0.1:2525"
	imapAddr = "127.0.0.1:1143"
)

func (s *stage) mail() (*demo.MailServer, error) {
	dir := filepath.Join(s.data, "mail")
	m, err := demo.OpenMailServer(dir, smtpAddr, imapAddr, s.log)
	if err != nil {
		m, err = demo.OpenMailServer(dir, "127.0.0.1:0", "127.0.0.1:0", s.log)
	}
	if err != nil {
		return nil, err
	}
	return m, m.Open(supportAddress)
}

// open says what there is to see and lets the street begin.
func (s *stage) open(ctx context.Context, n *node, mail *demo.MailServer) error {
	if err := reachable(ctx, n.trimmed()); err != nil {
		return err
	}
	if _, err := io.WriteString(s.out, s.programme(n, mail)); err != nil {
		return fmt.Errorf("say hello: %w", err)
	}
	if s.quiet {
		return nil
	}
	street := demo.NewStreet(demo.StreetConfig{
		Base: n.trimmed(), Mail: mail, Support: supportAddress, WidgetKey: shopKey, VoiceInbox: hotlineID, VoiceKey: demoSecret,
		Number: hotlineNumber, Pace: s.pace, Colleagues: colleagues(), Exchange: demo.Login{Email: leadEmail, Password: demoPassword},
	}, s.log)
	return street.Run(ctx)
}

// programme is what the demo prints: where to look, who may sign in, and how to send it something by hand.
func (s *stage) programme(n *node, mail *demo.MailServer) string {
	base := n.trimmed()
	var b strings.Builder
	fmt.Fprintf(&b, "Yingda 应答 is running. Ctrl+C stops it; everything is kept in %s.\n\n", s.data)
	fmt.Fprintf(&b, "  Console  %s/\n", base)
	for _, p := range demoPeople() {
		if !p.simulated {
			fmt.Fprintf(&b, "             %-13s  %s  %s\n", p.Role, p.Email, demoPassword)
		}
	}
	fmt.Fprintf(&b, "  Shop     %s/shop   a page with the chat widget\n\n", base)
	b.WriteString("By hand:\n")
	fmt.Fprintf(&b, "  a mail   swaks --server %s --from you@example.com --to %s --header 'Subject: Hello' --body 'Is anybody there?'\n", mail.SMTPAddr(), supportAddress)
	fmt.Fprintf(&b, "           (IMAP on %s, any address, password %s, shows what arrived)\n", mail.IMAPAddr(), demo.MailPassword)
	b.WriteString("  a chat   open the shop page\n")
	fmt.Fprintf(&b, "  a call   t=$(date +%%s); b='{\"call_id\":\"'$t'\",\"type\":\"ringing\",\"at\":\"'$(date -u +%%FT%%TZ)'\",\"direction\":\"in\",\"from\":\"13800138000\",\"to\":\"%s\"}'; \\\n", hotlineNumber)
	fmt.Fprintf(&b, "           curl -s %s/hooks/voice/%s -H 'Content-Type: application/json' -d \"$b\" \\\n", base, hotlineID)
	fmt.Fprintf(&b, "             -H \"Yingda-Signature: t=$t,v1=$(printf %%s \"$t.$b\" | openssl dgst -sha256 -hmac %s -r | cut -d' ' -f1)\"\n\n", demoSecret)
	if s.quiet {
		b.WriteString("The street is quiet: nobody comes by.\n")
	} else {
		b.WriteString("Customers come by now: mails, chats and calls, in Chinese and English.\n")
	}
	return b.String()
}
