package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"yingda/agents"
	"yingda/desk"
	"yingda/store"
	"yingda/webui"
)

// migrate brings the record to this version's schema.
func (p *program) migrate(ctx context.Context, args []string) error {
	cfg, err := p.config("migrate", args, nil)
	if err != nil {
		return err
	}
	db, err := openRecord(ctx, cfg.Store, p.logger(cfg.Log), "")
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	defer db.Close()
	v, err := db.SchemaVersion(ctx)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	_, err = fmt.Fprintf(p.out, "schema version %d\n", v)
	return err
}

// rebuild forgets the routing index, so that the node that leads, or the next one to start, fills it from SQL, and makes
// what reports read anew from the promises' rows.
func (p *program) rebuild(ctx context.Context, args []string) error {
	cfg, err := p.config("rebuild", args, nil)
	if err != nil {
		return err
	}
	said := "the embedded Redis is empty at every start; nothing to rebuild\n"
	if !cfg.Redis.Embedded() {
		rdb, stop := openRedis(cfg.Redis)
		defer stop()
		n, err := forgetRouting(ctx, rdb, cfg.Router.Shard)
		if err != nil {
			return fmt.Errorf("rebuild: %w", err)
		}
		said = fmt.Sprintf("forgot %d keys; the leading node fills the index from the record within seconds\n", n)
	}
	if _, err := io.WriteString(p.out, said); err != nil {
		return fmt.Errorf("rebuild: %w", err)
	}
	return p.repack(ctx, cfg.Store)
}

func (p *program) repack(ctx context.Context, cfg store.Config) error {
	db, err := store.Open(ctx, cfg, slog.New(slog.DiscardHandler))
	if desk.ReasonOf(err) == "data_in_use" {
		_, err := fmt.Fprintln(p.out, "another yingda works on this folder: stop it first to have what reports read made anew")
		return err
	}
	if err != nil {
		return fmt.Errorf("rebuild: %w", err)
	}
	defer func() { _ = db.Close() }()
	hours, differed, err := db.RepackPromises(ctx)
	if err != nil {
		return fmt.Errorf("rebuild: %w", err)
	}
	_, err = fmt.Fprintf(p.out, "packed %d hours of promises for reports again; %d did not say what their rows say\n", hours, differed)
	return err
}

// user adds a person or gives them a new password.
func (p *program) user(ctx context.Context, args []string) error {
	if len(args) == 0 || args[0] != "add" && args[0] != "passwd" {
		return fmt.Errorf("%w: user add or user passwd", errUsage)
	}
	var email, name, role string
	cfg, err := p.config("user", args[1:], func(f *flag.FlagSet) {
		f.StringVar(&email, "email", "", "")
		f.StringVar(&name, "name", "", "")
		f.StringVar(&role, "role", string(desk.RoleAgent), "")
	})
	if err != nil {
		return err
	}
	if email == "" {
		return fmt.Errorf("%w: user %s needs --email", errUsage, args[0])
	}
	n, err := openNode(ctx, cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer n.close()
	running, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- n.db.Run(running) }()
	err = p.person(ctx, n, args[0], desk.Agent{Email: email, Name: name, Role: desk.Role(role)})
	stop()
	return errors.Join(err, <-done)
}

func (p *program) person(ctx context.Context, n *node, verb string, a desk.Agent) error {
	if verb == "add" {
		if err := p.firstStart(ctx, n); err != nil {
			return err
		}
		if a.Role != desk.RoleAgent && a.Role != desk.RoleSupervisor && a.Role != desk.RoleAdministrator {
			return fmt.Errorf("%w: --role %q; want agent, supervisor or administrator", errUsage, a.Role)
		}
		a.ID = desk.AgentID(newID())
		if a.Name == "" {
			a.Name, _, _ = strings.Cut(a.Email, "@")
		}
		if _, err := n.desk.SaveSetting(ctx, desk.System(), document(desk.SettingAgent, string(a.ID), a)); err != nil {
			return fmt.Errorf("user add: %w", said(err))
		}
	} else {
		found, ok := byEmail(n, a.Email)
		if !ok {
			return fmt.Errorf("user passwd: nobody signs in as %s", a.Email)
		}
		a = found
	}
	password, shown, err := p.password()
	if err != nil {
		return err
	}
	if err := n.accounts.SetPassword(ctx, a.ID, password); err != nil {
		return fmt.Errorf("set the password: %w", said(err))
	}
	if _, err := n.accounts.EndAll(ctx, a.ID); err != nil { // who knew the old one may be signed in
		return fmt.Errorf("sign them out: %w", err)
	}
	if !shown {
		_, err = fmt.Fprintf(p.out, "%s may sign in\n", a.Email)
		return err
	}
	_, err = fmt.Fprintf(p.out, "%s may sign in with password %s (shown once)\n", a.Email, password)
	return err
}

func byEmail(n *node, email string) (desk.Agent, bool) {
	for _, a := range n.db.Directory().Agents() {
		if strings.EqualFold(a.Email, email) {
			return a, true
		}
	}
	return desk.Agent{}, false
}

// password is the first line of standard input, or a random one, to be shown, when that is a terminal or empty.
func (p *program) password() (password string, shown bool, err error) {
	if f, ok := p.in.(*os.File); ok && terminal(f) {
		return agents.NewPassword(), true, nil
	}
	line, err := bufio.NewReader(io.LimitReader(p.in, 4096)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", false, fmt.Errorf("read the password: %w", err)
	}
	if line = strings.TrimRight(line, "\r\n"); line == "" {
		return agents.NewPassword(), true, nil
	}
	return line, false, nil
}

// openapi prints the description of the REST API.
func (p *program) openapi(context.Context, []string) error {
	raw, err := webui.OpenAPI()
	if err != nil {
		return fmt.Errorf("describe the API: %w", err)
	}
	_, err = p.out.Write(append(raw, '\n'))
	return err
}
