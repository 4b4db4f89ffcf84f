package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"strings"

	"yingda/configs"
	"yingda/desk"
	"yingda/router"
	"yingda/store"
	"yingda/webui"
)

var errPolicy = errors.New("the policy cannot be published so")

// onRecord is a command about one thing in the record: its name among the arguments, its own options, and the open store.
func (p *program) onRecord(ctx context.Context, command string, args []string, options func(*flag.FlagSet), run func(what string, db *store.DB) error) error {
	what, rest := "", args
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		what, rest = args[0], args[1:]
	}
	if what == "" {
		return fmt.Errorf("%w: %s: name it first, then the options", errUsage, command)
	}
	cfg, err := p.config(command, rest, options)
	if err != nil {
		return err
	}
	db, err := store.Open(ctx, cfg.Store, p.logger(cfg.Log))
	if desk.ReasonOf(err) == "data_in_use" {
		return fmt.Errorf("open the record: %w; a running yingda works on this folder: stop it first, or ask it under /api/v1/settings/routing", err)
	} else if err != nil {
		return fmt.Errorf("open the record: %w", err)
	}
	defer db.Close()
	return run(what, db)
}

// check validates a routing policy against the settings in the record: its queues, teams, skills and people.
func (p *program) check(ctx context.Context, args []string) error {
	asJSON, queue := false, ""
	options := func(f *flag.FlagSet) {
		f.BoolVar(&asJSON, "json", false, "")
		f.StringVar(&queue, "queue", "", "")
	}
	return p.onRecord(ctx, "route check", args, options, func(file string, db *store.DB) error {
		doc, lines, err := configs.ReadDocument[router.Routing](file)
		if err != nil {
			return err
		}
		if queue != "" {
			doc.ID = desk.QueueID(queue)
		}
		if _, ok := db.Directory().Queue(doc.ID); !ok {
			return fmt.Errorf("%s: id: there is no queue %q here; name one with --queue", file, doc.ID)
		}
		found, err := steering{db: db}.Check(ctx, doc)
		if err != nil {
			return err
		}
		for i := range found {
			found[i].Line = lineOf(lines, found[i].Path)
		}
		if asJSON {
			err = p.printJSON(found)
		} else {
			err = p.printFindings(file, found)
		}
		if err == nil && router.Refused(found) {
			err = errPolicy
		}
		return err
	})
}

// export prints a queue's routing policy as a file.
func (p *program) export(ctx context.Context, args []string) error {
	draft := false
	options := func(f *flag.FlagSet) { f.BoolVar(&draft, "draft", false, "") }
	return p.onRecord(ctx, "route export", args, options, func(queue string, db *store.DB) error {
		q, ok := db.Directory().Queue(desk.QueueID(queue))
		if !ok {
			return fmt.Errorf("there is no queue %q", queue)
		}
		kind := desk.SettingRouting
		if draft {
			kind = desk.SettingRoutingDraft
		}
		set, err := db.Setting(ctx, kind, queue)
		doc := router.RoutingOf(q)
		switch {
		case err == nil:
			doc, err = readRouting(set)
		case desk.CodeOf(err) == desk.NotFound && !draft:
			err = nil
		}
		if err != nil {
			return fmt.Errorf("read the policy of %s: %w", queue, err)
		}
		return configs.SaveRouting(p.out, doc)
	})
}

// lineOf is the line of a key, or of the nearest one around it that stands in the file.
func lineOf(lines map[string]int, path string) int {
	for {
		if n := lines[path]; n > 0 {
			return n
		}
		i := strings.LastIndexAny(path, ".[")
		if i < 0 {
			return lines[""]
		}
		path = path[:i]
	}
}

func (p *program) printFindings(file string, found []router.RoutingFinding) error {
	var b strings.Builder
	for _, f := range found {
		kind := "warning"
		if f.Error {
			kind = "error"
		}
		fmt.Fprintf(&b, "%s:%d: %s: %s\n", file, f.Line, kind, webui.FindingSentence(f))
	}
	if len(found) == 0 {
		b.WriteString("Nothing is wrong with it.\n")
	}
	if _, err := p.out.Write([]byte(b.String())); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}
