package main

import (
	"context"
	"flag"
	"fmt"
	"io"
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
	if len(files) == 0 {
		return fmt.Errorf("%w: sla dryrun needs --policy FILE, --from DAY and --to DAY", errUsage)
	}
	first, last, err := daysOf(from, to)
	if err != nil {
		return fmt.Errorf("%w: sla dryrun: %w", errUsage, err)
	}
	policies := make([]sla.Policy, len(files))
	for i, name := range files {
		if policies[i], err = readDocument(name, func(doc *sla.Policy) error { return doc.Validate() }); err != nil {
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

// daysOf reads the first and the last day of a period, in UTC.
func daysOf(from, to string) (first, last time.Time, err error) {
	for _, x := range []struct {
		flag, text string
		into       *time.Time
	}{{"--from", from, &first}, {"--to", to, &last}} {
		if x.text == "" {
			return first, last, fmt.Errorf("%s DAY is missing", x.flag)
		}
		if *x.into, err = time.Parse(time.DateOnly, x.text); err != nil {
			return first, last, fmt.Errorf("%s %q: want a day as 2026-10-01, in UTC", x.flag, x.text)
		}
	}
	if last.Before(first) {
		return first, last, fmt.Errorf("--from %s lies after --to %s", from, to)
	}
	return first, last, nil
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
