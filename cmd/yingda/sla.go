package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"yingda/sla"
)

// sla counts business time on the command line, and says why a conversation's clocks stand as they do.
func (p *program) sla(ctx context.Context, args []string) error {
	deeds := map[string]func(*program, context.Context, []string) error{
		"due": (*program).slaDue, "between": (*program).slaBetween, "batch": (*program).slaBatch, "why": (*program).slaWhy, "holidays": (*program).slaHolidays,
		"dryrun": (*program).slaDryRun,
	}
	if len(args) == 0 || deeds[args[0]] == nil {
		return fmt.Errorf("%w: sla due, sla between, sla batch, sla why, sla dryrun or sla holidays", errUsage)
	}
	return deeds[args[0]](p, ctx, args[1:])
}

// slaBatch answers questions, one JSON object a line.
func (p *program) slaBatch(_ context.Context, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("%w: sla batch: unexpected %q", errUsage, args[0])
	}
	if err := sla.Batch(p.in, p.out); err != nil {
		return fmt.Errorf("sla batch: %w", err)
	}
	return nil
}

// reckoning is what due and between are asked.
type reckoning struct {
	calendar, target, from, to string
	pauses                     []string
	explain, json              bool

	schedule *sla.Schedule
	holes    []sla.Period
}

func (p *program) slaDue(_ context.Context, args []string) error {
	r, err := p.reckoning("sla due", args, func(f *flag.FlagSet, r *reckoning) {
		f.StringVar(&r.from, "start", "", "")
		f.StringVar(&r.target, "target", "", "")
	})
	if err != nil {
		return err
	}
	start, err := r.time("--start", r.from)
	if err != nil {
		return err
	}
	target, days, err := targetOf(r.target)
	if err != nil {
		return err
	}
	if days > 0 && len(r.holes) > 0 {
		return fmt.Errorf("%w: --target %s: working days cannot be paused; give hours", errUsage, r.target)
	}
	var due time.Time
	var counted []sla.Counted
	if days > 0 {
		due, err = r.schedule.AddDays(start, days)
		counted = r.schedule.Account(start, due, nil)
	} else {
		due, counted, err = r.schedule.Due(start, target, r.holes)
	}
	if err != nil {
		return fmt.Errorf("sla due: %w", err)
	}
	return r.print(p.out, statement{Start: start, Due: due, Target: r.target}, counted)
}

func (p *program) slaBetween(_ context.Context, args []string) error {
	r, err := p.reckoning("sla between", args, func(f *flag.FlagSet, r *reckoning) {
		f.StringVar(&r.from, "from", "", "")
		f.StringVar(&r.to, "to", "", "")
	})
	if err != nil {
		return err
	}
	from, err := r.time("--from", r.from)
	if err != nil {
		return err
	}
	to, err := r.time("--to", r.to)
	if err != nil {
		return err
	}
	if to.Sub(from) == math.MaxInt64 { // where Sub ends
		return fmt.Errorf("%w: sla between: --from and --to lie more than 292 years apart", errUsage)
	}
	return r.print(p.out, statement{Start: from, Due: to}, r.schedule.Account(from, to, r.holes))
}

// reckoning reads the command line and the calendar.
func (p *program) reckoning(name string, args []string, more func(*flag.FlagSet, *reckoning)) (*reckoning, error) {
	r := &reckoning{}
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&r.calendar, "calendar", "", "")
	flags.BoolVar(&r.explain, "explain", false, "")
	flags.BoolVar(&r.json, "json", false, "")
	flags.Func("pause", "", func(s string) error { r.pauses = append(r.pauses, s); return nil })
	more(flags, r)
	if err := flags.Parse(args); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", errUsage, name, err)
	}
	if flags.NArg() > 0 {
		return nil, fmt.Errorf("%w: %s: unexpected %q", errUsage, name, flags.Arg(0))
	}
	if r.calendar == "" {
		return nil, fmt.Errorf("%w: %s needs --calendar FILE", errUsage, name)
	}
	_, err := readDocument(r.calendar, func(doc *sla.Calendar) (err error) { r.schedule, err = sla.NewSchedule(*doc); return err })
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	for _, text := range r.pauses {
		from, to, found := strings.Cut(text, "/")
		hole := sla.Period{}
		if hole.Start, err = r.time("--pause", from); err != nil {
			return nil, err
		}
		if hole.End, err = r.time("--pause", to); err != nil {
			return nil, err
		}
		if !found || hole.End.Before(hole.Start) {
			return nil, fmt.Errorf("%w: --pause %s: want FROM/TO, TO not before FROM", errUsage, text)
		}
		r.holes = append(r.holes, hole)
	}
	return r, nil
}

func (r *reckoning) time(flagName, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, fmt.Errorf("%w: %s TIME is missing", errUsage, flagName)
	}
	t, err := r.schedule.ReadTime(text)
	if err != nil {
		return time.Time{}, fmt.Errorf("%w: %s: %w", errUsage, flagName, err)
	}
	return t, nil
}

// targetOf reads "24h", "90m", "1h30m" or, in working days, "3d".
func targetOf(text string) (time.Duration, int, error) {
	if number, isDays := strings.CutSuffix(text, "d"); isDays {
		if days, err := strconv.Atoi(number); err == nil && days > 0 && days <= 100_000 {
			return 0, days, nil
		}
	} else if d, err := time.ParseDuration(text); err == nil && d >= 0 {
		return d, 0, nil
	}
	return 0, 0, fmt.Errorf("%w: --target %q: want a duration such as 24h, 90m or 3d (working days)", errUsage, text)
}
