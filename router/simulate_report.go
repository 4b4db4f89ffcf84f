package router

import (
	"math"
	"slices"
	"time"

	"yingda/desk"
)

// Figures are what a forecast says of a queue, or of all of them.
type Figures struct {
	Offered  int `json:"offered"`
	Answered int `json:"answered"`
	GaveUp   int `json:"gave_up"`
	Refused  int `json:"refused"` // turned away, the line was full
	LeftOver int `json:"left_over"`

	ServiceLevel float64 `json:"service_level"` // answered within the threshold, of all offered
	MeanWait     float64 `json:"mean_wait_s"`   // of all offered, those who gave up included
	PWait        float64 `json:"p_wait"`        // not answered at once
	Abandoned    float64 `json:"abandoned"`     // share of all offered
	Blocked      float64 `json:"blocked"`       // share of all offered
	P50          float64 `json:"wait_p50_s"`
	P90          float64 `json:"wait_p90_s"`
	P99          float64 `json:"wait_p99_s"`
	MaxWait      float64 `json:"wait_max_s"`
}

// QueueForecast is one queue's.
type QueueForecast struct {
	Queue  desk.QueueID `json:"queue"`
	Within float64      `json:"within_s"`
	Figures
}

// AgentForecast is one agent's. Occupancy is the share of capacity in use while there, Busy the share of time with
// anything to do.
type AgentForecast struct {
	Agent     desk.AgentID `json:"agent"`
	Hours     float64      `json:"hours"`
	Handled   float64      `json:"handled"`
	Missed    float64      `json:"missed"`
	Occupancy float64      `json:"occupancy"`
	Busy      float64      `json:"busy"`
}

// Forecast is how a scenario goes. Counts are sums over its runs, Hours and Handled of agents are of one run.
type Forecast struct {
	Name      string  `json:"name"`
	Runs      int     `json:"runs"`
	Occupancy float64 `json:"occupancy"`
	Figures
	Queues []QueueForecast `json:"queues"`
	Agents []AgentForecast `json:"agents"`
}

// outcome sums runs up.
type outcome struct {
	spec   *Scenario
	runs   int
	lines  []*line
	left   []int
	agents []post
}

func newOutcome(spec *Scenario) *outcome { return &outcome{spec: spec} }

func (o *outcome) add(s *simulation) {
	o.runs++
	s.count(false)
	for i, q := range s.book.list {
		l := s.lines[q.ID]
		left := l.offered - l.answered - l.abandoned - l.blocked
		for c := range s.customers { // who still waits has waited so long already
			if k := &s.customers[c]; k.batch >= 0 && (k.stay == inLine || k.stay == atRing) && s.lineOf(k) == l {
				l.wait(s.now - k.arrived)
			}
		}
		if len(o.lines) <= i {
			o.lines, o.left = append(o.lines, &line{id: q.ID, within: l.within}), append(o.left, 0)
		}
		o.lines[i].sum(l)
		o.left[i] += left
	}
	for i := range s.seats {
		if len(o.agents) <= i {
			o.agents = append(o.agents, post{id: s.seats[i].id})
		}
		a, p := &o.agents[i], &s.seats[i]
		a.handled, a.missed = a.handled+p.handled, a.missed+p.missed
		a.staffed, a.used, a.busy = a.staffed+p.staffed, a.used+p.used, a.busy+p.busy
	}
}

func (l *line) sum(of *line) {
	l.offered, l.answered, l.intime = l.offered+of.offered, l.answered+of.answered, l.intime+of.intime
	l.abandoned, l.blocked, l.delayed = l.abandoned+of.abandoned, l.blocked+of.blocked, l.delayed+of.delayed
	l.waits = append(l.waits, of.waits...)
}

func (o *outcome) forecast() Forecast {
	f := Forecast{Name: o.spec.Name, Runs: o.runs}
	all, left := &line{}, 0
	for i, l := range o.lines {
		all.sum(l)
		left += o.left[i]
		f.Queues = append(f.Queues, QueueForecast{Queue: l.id, Within: float64(l.within) / 1e9, Figures: l.figures(o.left[i])})
	}
	f.Figures = all.figures(left)
	var staffed, used int64
	for i := range o.agents {
		p := &o.agents[i]
		staffed, used = staffed+p.staffed, used+p.used
		runs := float64(o.runs)
		f.Agents = append(f.Agents, AgentForecast{
			Agent: p.id, Hours: time.Duration(p.staffed).Hours() / runs, Handled: float64(p.handled) / runs,
			Missed: float64(p.missed) / runs, Occupancy: share(float64(p.used), float64(p.staffed)),
			Busy: share(float64(p.busy), float64(p.staffed)),
		})
	}
	f.Occupancy = share(float64(used), float64(staffed))
	return f
}

func share(part, whole float64) float64 {
	if whole == 0 {
		return 0
	}
	return part / whole
}

func (l *line) figures(left int) Figures {
	n := float64(l.offered)
	f := Figures{
		Offered: l.offered, Answered: l.answered, GaveUp: l.abandoned, Refused: l.blocked, LeftOver: left,
		ServiceLevel: share(float64(l.intime), n), PWait: share(float64(l.delayed), n),
		Abandoned: share(float64(l.abandoned), n), Blocked: share(float64(l.blocked), n),
	}
	sum := 0.0
	for _, w := range l.waits {
		sum += w
	}
	f.MeanWait = share(sum, float64(len(l.waits)))
	slices.Sort(l.waits)
	f.P50, f.P90, f.P99, f.MaxWait = quantile(l.waits, .5), quantile(l.waits, .9), quantile(l.waits, .99), quantile(l.waits, 1)
	return f
}

// quantile of sorted values, the nearest rank.
func quantile(sorted []float64, q float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)-1, max(0, int(math.Ceil(q*float64(len(sorted))))-1))]
}

// Rates are the figures that Erlang's formulas give too.
type Rates struct {
	ServiceLevel float64 `json:"service_level"`
	MeanWait     float64 `json:"mean_wait_s"`
	PWait        float64 `json:"p_wait"`
	Occupancy    float64 `json:"occupancy"`
	Abandoned    float64 `json:"abandoned"`
	Blocked      float64 `json:"blocked"`
}

// OneForecast is how one queue goes. Rates are the best estimates; Plain are the bare counts of the run, and Error is
// half of a 95 % interval around Rates.
type OneForecast struct {
	Rates
	P50         float64 `json:"wait_p50_s"`
	P90         float64 `json:"wait_p90_s"`
	P99         float64 `json:"wait_p99_s"`
	MaxWait     float64 `json:"wait_max_s"`
	Traffic     float64 `json:"traffic_erlangs"`
	Servers     int     `json:"servers"`
	Stable      bool    `json:"stable"` // false: more comes than can be served, so the line grows as long as it runs
	QueueLength float64 `json:"queue_length"`
	Arrivals    int     `json:"arrivals"`
	Warmup      int     `json:"warmup"`
	Seed        uint64  `json:"seed"`
	Plain       Rates   `json:"plain"`
	Error       Rates   `json:"error"`
	Took        float64 `json:"took_s"` // filled in by who measured it
}

// Stable reports whether the line has a length it settles at.
func (o OneQueue) Stable() bool {
	return o.Patience > 0 || o.QueueLimit >= 0 || o.Traffic() < float64(o.Servers())
}

func (o OneQueue) forecast(s *simulation) OneForecast {
	var l *line
	for _, l = range s.lines {
	}
	f := l.figures(0)
	var staffed, used int64
	for i := range s.seats {
		staffed, used = staffed+s.seats[i].staffed, used+s.seats[i].used
	}
	plain := Rates{
		ServiceLevel: f.ServiceLevel, MeanWait: f.MeanWait, PWait: f.PWait, Abandoned: f.Abandoned, Blocked: f.Blocked,
		Occupancy: share(float64(used), float64(staffed)),
	}
	out := OneForecast{
		Plain: plain, P50: f.P50, P90: f.P90, P99: f.P99, MaxWait: f.MaxWait, Traffic: o.Traffic(), Servers: o.Servers(),
		Stable: o.Stable(), Arrivals: f.Offered, Warmup: s.skip, Seed: o.Seed,
	}
	out.Rates, out.Error = s.watch.estimate(plain)
	out.QueueLength = out.MeanWait * o.ArrivalsPerHour / 3600
	return out
}
