package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"yingda/desk"
	"yingda/sla"
	"yingda/store"
)

// slaDryRun counts the promises of past days again, as if other policies had been in force.
func (p *program) slaDryRun(ctx context.Context, args []string) error {
	var files []string
	var from, to string
	var asJSON bool
	cfg, err := p.config("sla dryrun", args, func(f *flag.FlagSet) {
		f.Func("policy", "", func(s string) error { files = append(files, s); return nil })
		f.StringVar(&from, "from", "", "")
		f.StringVar(&to, "to", "", "")
		f.BoolVar(&asJSON, "json", false, "")
	})
	if err != nil {
		return err
	}
	first, errFrom := time.Parse(time.DateOnly, from)
	last, errTo := time.Parse(time.DateOnly, to)
	if len(files) == 0 || errFrom != nil || errTo != nil || last.Before(first) {
		return fmt.Errorf("%w: sla dryrun needs --policy FILE, --from DAY and --to DAY (2026-10-01, in UTC)", errUsage)
	}
	policies := make([]sla.Policy, len(files))
	for i, name := range files {
		if policies[i], err = readPolicy(name); err != nil {
			return fmt.Errorf("sla dryrun: %w", err)
		}
	}
	now, err := clock()
	if err != nil {
		return err
	}
	db, err := openRecord(ctx, cfg.Store, p.logger(cfg.Log), "")
	if err != nil {
		return fmt.Errorf("sla dryrun: %w", err)
	}
	defer db.Close()
	books, err := db.BookEvents(ctx)
	if err != nil {
		return fmt.Errorf("sla dryrun: %w", err)
	}
	d, err := sla.NewDryRun(sla.NewLedger(books, nil), policies, first, last.AddDate(0, 0, 1), now())
	if err != nil {
		return fmt.Errorf("sla dryrun: %w", err)
	}
	if err := playEnded(ctx, db, d); err != nil {
		return fmt.Errorf("sla dryrun: %w", err)
	}
	if asJSON {
		return p.printJSON(d.Lines())
	}
	return printDryRun(p.out, d.Lines())
}

func readPolicy(name string) (sla.Policy, error) {
	raw, err := os.ReadFile(name)
	if err != nil {
		return sla.Policy{}, err
	}
	var doc sla.Policy
	if err := strictYAML(raw, &doc); err != nil {
		return sla.Policy{}, fmt.Errorf("%s: %w", name, err)
	}
	if err := doc.Validate(); err != nil {
		return sla.Policy{}, fmt.Errorf("%s: %w", name, err)
	}
	return doc, nil
}

// playEnded plays every conversation of which a promise ended in the period.
func playEnded(ctx context.Context, db *store.DB, d *sla.DryRun) error {
	ids := map[desk.ConversationID]bool{}
	if err := db.Promises(ctx, d.From, d.To, func(p sla.EndedPromise) { ids[p.Conversation] = true }); err != nil {
		return err
	}
	for id := range ids {
		conv, _, err := db.Conversation(ctx, id)
		if desk.CodeOf(err) == desk.NotFound {
			continue // erased meanwhile
		} else if err != nil {
			return err
		}
		events, err := eventsOf(ctx, db, id)
		if err != nil {
			return err
		}
		d.Add(conv, events)
	}
	return nil
}

func printDryRun(out io.Writer, lines []sla.DryLine) error {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, l := range lines {
		fmt.Fprintf(t, "%s\twould have been late: %d instead of %d\tmet: %d instead of %d\tcancelled: %d instead of %d\twaived: %d instead of %d\n",
			l.Target, l.Would.Late, l.Was.Late, l.Would.Met, l.Was.Met, l.Would.Cancelled, l.Was.Cancelled, l.Would.Waived, l.Was.Waived)
	}
	return t.Flush()
}
