package router

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"yingda/desk"
)

// newSimulation sets a scenario up at its first moment. Each stream and each purpose has chances of its own, so that
// the same customers come whoever is there to serve them.
func newSimulation(spec *Scenario, seed uint64) *simulation {
	start, _ := clockTime(spec.Start)
	s := &simulation{
		spec: spec, book: newScenarioBook(spec), cfg: Default(), seatOf: map[desk.AgentID]int{}, lines: map[desk.QueueID]*line{},
		now: start.Nanoseconds(), from: (start + spec.Warmup).Nanoseconds(), to: (start + spec.Length).Nanoseconds(),
	}
	s.m = newMirror(s.book, &s.cfg)
	s.m.silent, s.m.hours = true, spec.hours
	if s.steers = spec.steers(); len(spec.Policies) > 0 {
		s.plans = NewPolicies(spec.Policies, nil, Surroundings{Open: spec.opener(), Line: func(q desk.QueueID, medium desk.Medium) (int, time.Duration, bool) {
			return s.m.line(q, medium, s.time())
		}})
	}
	for _, q := range s.book.list {
		s.lines[q.ID] = &line{id: q.ID, limit: s.book.limit[q.ID], within: s.book.within[q.ID].Nanoseconds()}
	}
	for k := range spec.Arrivals {
		st := &spec.Arrivals[k]
		n := uint64(4 * k)
		q := s.book.queues[st.Queue]
		src := source{
			spec: st, line: s.lines[st.Queue], work: s.book.work(st, 0), budget: q.TargetFor(), start: s.now, at: s.now,
			rnd: rand.New(rand.NewPCG(seed, n+1)), handling: newDice(st.Handling, seed, n+2), history: slices.Clone(st.History),
		}
		slices.SortStableFunc(src.history, func(a, b Recorded) int { return int(a.At - b.At) })
		if st.Patience != nil {
			src.mayLeave, src.patience = true, newDice(*st.Patience, seed, n+3)
		}
		s.streams = append(s.streams, src)
	}
	s.seatEverybody(seed)
	for k := range s.streams {
		if at, ok := s.streams[k].next(); ok {
			s.events.push(event{at: at, kind: arrives, who: k})
		}
	}
	return s
}

func (s *simulation) seatEverybody(seed uint64) {
	for k := range s.spec.Agents {
		crew := &s.spec.Agents[k]
		for i := range max(1, crew.Count) {
			id := crew.member(i)
			n := len(s.seats)
			s.seatOf[id] = n
			s.seats = append(s.seats, post{
				id: id, seat: crew.seat(id), crew: crew, since: s.now, answer: newDice(crew.Answer, seed, uint64(1<<32+n)),
			})
			s.m.seat(s.seats[n].seat, s.time())
			for _, there := range crew.spans {
				s.events.push(event{at: max(there[0].Nanoseconds(), s.now), kind: shiftBegins, who: n})
				s.events.push(event{at: there[1].Nanoseconds(), kind: shiftEnds, who: n})
			}
			if len(crew.Shifts)+len(crew.spans) == 0 {
				s.staff(n, func(p *post) { p.shifts = 1 })
			}
			for _, text := range crew.Shifts {
				s.plan(n, text)
			}
		}
	}
}

// plan puts a daily shift into the events, from the day before the first to the end of all.
func (s *simulation) plan(seat int, text string) {
	from, to, _ := shift(text)
	for d := -wholeDay; int64(d) < s.to+s.spec.Length.Nanoseconds(); d += wholeDay {
		begins, ends := (d + from).Nanoseconds(), (d + to).Nanoseconds()
		if ends <= s.now {
			continue
		}
		s.events.push(event{at: max(begins, s.now), kind: shiftBegins, who: seat})
		s.events.push(event{at: ends, kind: shiftEnds, who: seat})
	}
}

// Simulate plays a scenario and says how it went. Errors: what Validate finds; ctx's.
func Simulate(ctx context.Context, spec Scenario) (Forecast, error) {
	if err := spec.Validate(); err != nil {
		return Forecast{}, err
	}
	return simulate(ctx, spec)
}

// simulate plays a scenario that makes sense.
func simulate(ctx context.Context, spec Scenario) (Forecast, error) {
	all := newOutcome(&spec)
	for run := range max(1, spec.Runs) {
		s := newSimulation(&spec, spec.Seed+uint64(run)*0x9e3779b97f4a7c15)
		s.events.push(event{at: s.from, kind: counts, who: 1})
		s.events.push(event{at: s.to, kind: counts, who: 0})
		if err := s.play(ctx); err != nil {
			return Forecast{}, fmt.Errorf("simulate: %w", err)
		}
		all.add(s)
	}
	return all.forecast(), nil
}

// Limits of a queue without a file.
const (
	maxServers  = 20_000
	maxArrivals = 50_000_000
	maxHours    = 100 * 365 * 24 // the virtual clock counts nanoseconds in 64 bits: 292 years
)

// Validate names the option that makes no sense, and what is allowed.
func (o OneQueue) Validate() error {
	for _, c := range []struct {
		wrong bool
		text  string
	}{
		{!(o.ArrivalsPerHour > 0 && o.ArrivalsPerHour <= 1e7), "--arrivals-per-hour: want over 0, up to 10 million"},
		{o.AHT <= 0 || o.AHT > 365*wholeDay, "--aht: want how long one takes, as 240s"},
		{o.Agents < 1 || o.Servers() > maxServers, "--agents: want 1 to 20000, times --concurrency"},
		{o.Concurrency < 0 || o.Concurrency > 100, "--concurrency: want 1 to 100"},
		{o.Patience < 0, "--patience: want the mean, as 180s; 0 is for ever"},
		{o.Target < 0, "--target: want the service level's threshold, as 20s"},
		{o.Arrivals < 1 || o.Arrivals > maxArrivals, "--arrivals: want 1 to 50 million"},
		{o.hours() > maxHours, "--arrivals: so many take more than 100 years to come and be served; want fewer, or more an hour"},
	} {
		if c.wrong {
			return fmt.Errorf("%s", c.text)
		}
	}
	return nil
}

// hours is about how long the whole run takes on its own clock: until all have come, and until all are served.
func (o OneQueue) hours() float64 {
	n := float64(o.warmup() + o.Arrivals)
	return n * (1/o.ArrivalsPerHour + o.AHT.Hours()/float64(o.Servers()))
}

// warmup is how many customers come before those that are counted: enough to fill the servers and to forget it.
func (o OneQueue) warmup() int {
	return max(o.Arrivals/10, 1000) + 10*o.Servers()
}

// SimulateOne plays one queue. Errors: what Validate finds; ctx's.
func SimulateOne(ctx context.Context, o OneQueue) (OneForecast, error) {
	if err := o.Validate(); err != nil {
		return OneForecast{}, err
	}
	spec := o.scenario()
	s := newSimulation(&spec, o.Seed)
	s.skip = o.warmup()
	s.quota = s.skip + o.Arrivals
	s.watch = newControls(o)
	if err := s.play(ctx); err != nil {
		return OneForecast{}, fmt.Errorf("simulate: %w", err)
	}
	return o.forecast(s), nil
}
