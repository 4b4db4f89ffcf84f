package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"runtime/debug"
	"strconv"
	"text/tabwriter"
	"time"

	"yingda/configs"
	"yingda/router"
)

// route explains and tries routing.
func (p *program) route(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("%w: route simulate, route explain, route check or route export", errUsage)
	}
	switch args[0] {
	case "simulate":
		return p.simulate(ctx, args[1:])
	case "explain":
		return p.explain(ctx, args[1:])
	case "check":
		return p.check(ctx, args[1:])
	case "export":
		return p.export(ctx, args[1:])
	}
	return fmt.Errorf("%w: route %s; want route simulate, route explain, route check or route export", errUsage, args[0])
}

// seconds is a flag's duration; a bare number is seconds.
type seconds time.Duration

// String is flag.Value.
func (s *seconds) String() string { return time.Duration(*s).String() }

// Set is flag.Value.
func (s *seconds) Set(text string) error {
	if n, err := strconv.ParseFloat(text, 64); err == nil {
		*s = seconds(n * float64(time.Second))
		return nil
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return errors.New("want a duration, as 240s")
	}
	*s = seconds(d)
	return nil
}

// simulationGC is how far the heap may grow between collections: a simulation makes garbage and keeps little.
const simulationGC = 800

// simulate plays a scenario, or one queue by flags.
func (p *program) simulate(ctx context.Context, args []string) error {
	one := router.OneQueue{QueueLimit: -1}
	aht, patience, target := seconds(0), seconds(0), seconds(20*time.Second)
	asJSON := false
	flags := flag.NewFlagSet("route simulate", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.Float64Var(&one.ArrivalsPerHour, "arrivals-per-hour", 0, "")
	flags.Var(&aht, "aht", "")
	flags.IntVar(&one.Agents, "agents", 0, "")
	flags.IntVar(&one.Concurrency, "concurrency", 1, "")
	flags.Var(&patience, "patience", "")
	flags.IntVar(&one.QueueLimit, "queue-limit", -1, "")
	flags.Var(&target, "target", "")
	flags.IntVar(&one.Arrivals, "arrivals", 300_000, "")
	flags.Uint64Var(&one.Seed, "seed", 1, "")
	flags.BoolVar(&asJSON, "json", false, "")
	var files []string
	for rest := args; ; rest = rest[1:] { // the file may stand among the options
		if err := flags.Parse(rest); err != nil {
			return fmt.Errorf("%w: route simulate: %w", errUsage, err)
		}
		if rest = flags.Args(); len(rest) == 0 {
			break
		}
		files = append(files, rest[0])
	}
	given := map[string]bool{}
	flags.Visit(func(f *flag.Flag) { given[f.Name] = true })
	defer debug.SetGCPercent(debug.SetGCPercent(simulationGC))
	switch {
	case len(files) > 1:
		return fmt.Errorf("%w: route simulate: unexpected %q", errUsage, files[1])
	case len(files) == 1:
		for name := range given {
			if name != "json" && name != "seed" {
				return fmt.Errorf("%w: route simulate: --%s stands in the scenario's file", errUsage, name)
			}
		}
		return p.simulateFile(ctx, files[0], one.Seed, given["seed"], asJSON)
	}
	one.AHT, one.Patience, one.Target = time.Duration(aht), time.Duration(patience), time.Duration(target)
	switch {
	case one.Concurrency == 0:
		return fmt.Errorf("%w: route simulate: --concurrency: want 1 to 100", errUsage)
	case given["queue-limit"] && one.QueueLimit < 0:
		return fmt.Errorf("%w: route simulate: --queue-limit: want how many may wait, 0 or more; without it there is no limit", errUsage)
	}
	if err := one.Validate(); err != nil {
		return fmt.Errorf("%w: route simulate: %w", errUsage, err)
	}
	began := time.Now()
	got, err := router.SimulateOne(ctx, one)
	if err != nil {
		return err
	}
	got.Took = time.Since(began).Seconds()
	if asJSON {
		return p.printJSON(got)
	}
	return p.printOne(got)
}

func (p *program) simulateFile(ctx context.Context, file string, seed uint64, seeded, asJSON bool) error {
	s, err := configs.LoadScenario(file)
	if err != nil {
		return err
	}
	if seeded {
		s.Seed = seed
	}
	got, err := router.Simulate(ctx, s)
	if err != nil {
		return err
	}
	if asJSON {
		return p.printJSON(got)
	}
	return p.printForecast(got)
}

// printOne is one queue as text.
func (p *program) printOne(f router.OneForecast) error {
	w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	row := func(what, best, plain, off string) { fmt.Fprintf(w, "%s\t%s\t%s\t%s\t\n", what, best, plain, off) }
	row("", "estimate", "± (95 %)", "plain count")
	pct := func(what string, best, off, plain float64) {
		row(what, percent(best), percent(off), percent(plain))
	}
	pct("answered within the target", f.ServiceLevel, f.Error.ServiceLevel, f.Plain.ServiceLevel)
	row("mean wait", fmt.Sprintf("%.2f s", f.MeanWait), fmt.Sprintf("%.2f s", f.Error.MeanWait), fmt.Sprintf("%.2f s", f.Plain.MeanWait))
	pct("have to wait", f.PWait, f.Error.PWait, f.Plain.PWait)
	pct("occupancy", f.Occupancy, f.Error.Occupancy, f.Plain.Occupancy)
	pct("give up", f.Abandoned, f.Error.Abandoned, f.Plain.Abandoned)
	pct("turned away", f.Blocked, f.Error.Blocked, f.Plain.Blocked)
	if err := w.Flush(); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	_, err := fmt.Fprintf(p.out, "\nwaits: half within %.1f s, 90 %% within %.1f s, 99 %% within %.1f s, longest %.1f s\n"+
		"%.2f Erlangs on %d servers; %d customers counted after %d of warm-up, seed %d, %.1f s\n",
		f.P50, f.P90, f.P99, f.MaxWait, f.Traffic, f.Servers, f.Arrivals, f.Warmup, f.Seed, f.Took)
	if err == nil && !f.Stable {
		_, err = fmt.Fprintln(p.out, "More comes than these agents can serve: the line grows for as long as it runs, and so do its figures.")
	}
	return err
}

func percent(v float64) string { return strconv.FormatFloat(100*v, 'f', 2, 64) + " %" }

// printForecast is a scenario's as text.
func (p *program) printForecast(f router.Forecast) error {
	w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "queue\twithin\toffered\tanswered\tgave up\tturned away\tleft over\tin time\tmean wait\tp50\tp90\tp99\t\n")
	row := func(name, within string, g router.Figures) {
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d\t%d\t%d\t%s\t%s\t%s\t%s\t%s\t\n", name, within, g.Offered, g.Answered, g.GaveUp, g.Refused,
			g.LeftOver, percent(g.ServiceLevel), span(g.MeanWait), span(g.P50), span(g.P90), span(g.P99))
	}
	for _, q := range f.Queues {
		row(string(q.Queue), span(q.Within), q.Figures)
	}
	row("all", "", f.Figures)
	fmt.Fprintf(w, "\nagent\thours\thandled\tmissed\toccupancy\tbusy\t\n")
	for _, a := range f.Agents {
		fmt.Fprintf(w, "%s\t%.1f\t%.1f\t%.1f\t%s\t%s\t\n", a.Agent, a.Hours, a.Handled, a.Missed, percent(a.Occupancy), percent(a.Busy))
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	_, err := fmt.Fprintf(p.out, "\n%s: %d run(s), occupancy %s, %s gave up\n", f.Name, f.Runs, percent(f.Occupancy), percent(f.Abandoned))
	return err
}

// span is seconds as people say them.
func span(s float64) string {
	d := time.Duration(s * float64(time.Second))
	if d < 10*time.Second {
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(time.Second).String()
}
