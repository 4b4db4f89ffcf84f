package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"yingda/desk"
	"yingda/sla"
	"yingda/store"
)

// slaWhy tells the history of a conversation's clocks from its facts, and whether the stored ones are what they give.
func (p *program) slaWhy(ctx context.Context, args []string) error {
	if len(args) == 0 || strings.HasPrefix(args[0], "-") {
		return fmt.Errorf("%w: sla why CONVERSATION -c FILE", errUsage)
	}
	var asJSON bool
	cfg, err := p.config("sla why", args[1:], func(f *flag.FlagSet) { f.BoolVar(&asJSON, "json", false, "") })
	if err != nil {
		return err
	}
	now, err := clock()
	if err != nil {
		return err
	}
	db, err := openRecord(ctx, cfg.Store, p.logger(cfg.Log), "GET /api/v1/conversations/ID/clocks")
	if err != nil {
		return fmt.Errorf("sla why: %w", err)
	}
	defer db.Close()
	var w whyOut
	id, err := conversationNamed(ctx, db, args[0])
	if err == nil {
		w, err = whyOf(ctx, db, id, now())
	}
	if errors.Is(err, desk.ErrNotFound) {
		return fmt.Errorf("there is no conversation %s", args[0])
	}
	if err != nil {
		return fmt.Errorf("sla why %s: %w", args[0], err)
	}
	if asJSON {
		return p.printJSON(w)
	}
	return w.print(p.out)
}

type (
	whyOut struct {
		Conversation string    `json:"conversation"`
		Agrees       bool      `json:"agrees"` // the stored clocks are what the facts give
		Turns        []whyTurn `json:"turns"`
	}
	whyTurn struct {
		At     time.Time         `json:"at"`
		Target string            `json:"target"`
		N      int               `json:"n"`
		What   string            `json:"what"`
		Level  int               `json:"level,omitempty"`
		Due    time.Time         `json:"due"`
		OldDue *time.Time        `json:"old_due,omitempty"`
		Left   float64           `json:"left_s"`
		Policy string            `json:"policy"`
		Cal    string            `json:"calendar"`
		Cause  string            `json:"cause"`
		Seq    int64             `json:"seq,omitempty"`
		By     string            `json:"by,omitempty"`
		Params map[string]string `json:"params,omitempty"`
	}
)

func whyOf(ctx context.Context, db *store.DB, id desk.ConversationID, now time.Time) (whyOut, error) {
	conv, kept, err := db.Conversation(ctx, id)
	if err != nil {
		return whyOut{}, err
	}
	events, err := eventsOf(ctx, db, id)
	if err != nil {
		return whyOut{}, err
	}
	books, err := db.BookEvents(ctx)
	if err != nil {
		return whyOut{}, err
	}
	ledger := sla.NewLedger(books, nil)
	turns, made := sla.Why(conv, events, ledger.At, now)
	w := whyOut{Conversation: string(id), Agrees: sla.Agree(kept, made), Turns: []whyTurn{}}
	for _, t := range turns {
		one := whyTurn{
			At: t.At, Target: string(t.Clock.Target), N: t.Clock.N, What: t.What, Level: t.Level, Due: t.Clock.DueAt,
			Left: ledger.At(t.At).Left(t.Clock, t.At).Seconds(), Policy: t.Clock.Policy, Cal: t.Clock.Calendar,
			Cause: t.Cause, Seq: t.Seq, Params: t.Params,
		}
		if t.Seq != 0 {
			one.By = strings.TrimSpace(string(t.Actor.Kind) + " " + t.Actor.ID)
		}
		if !t.Old.IsZero() {
			one.OldDue = &t.Old
		}
		w.Turns = append(w.Turns, one)
	}
	return w, nil
}

func (w whyOut) print(out io.Writer) error {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "at\tclock\twhat\tdue\tleft\tbecause\tby\n")
	for _, x := range w.Turns {
		what := x.What
		if x.Level > 0 {
			what += fmt.Sprintf(" %d%%", x.Level)
		}
		because := x.Cause
		for _, key := range slices.Sorted(maps.Keys(x.Params)) {
			because += " " + key + "=" + x.Params[key]
		}
		fmt.Fprintf(t, "%s\t%s %d\t%s\t%s\t%s\t%s\t%s\n", x.At.Format(time.RFC3339Nano), x.Target, x.N, what,
			x.Due.Format(time.RFC3339), time.Duration(x.Left*float64(time.Second)).Round(time.Second), because, x.By)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if w.Agrees {
		_, err := fmt.Fprintln(out, "\nThe stored clocks are what the facts give.")
		return err
	}
	_, err := fmt.Fprintln(out, "\nThe stored clocks DIFFER from what the facts give.")
	return err
}
