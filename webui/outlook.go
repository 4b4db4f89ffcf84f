package webui

import (
	"context"
	"math"
	"net/http"
	"slices"
	"sync"
	"time"

	"yingda/desk"
	"yingda/router"
)

// Foresight is what it takes to look ahead. cmd brings it: the router's simulator, its calendars and the record's past.
type Foresight interface {
	// Outlook answers each of asks from the present; it may take seconds.
	Outlook(ctx context.Context, asks []router.OutlookAsk) ([][]router.OutlookLine, error)
	// Remedies are changes that help where an outlook has late promises, best first; it may take seconds.
	Remedies(ctx context.Context, ask router.OutlookAsk, lines []router.OutlookLine) ([]router.Remedy, error)
	// Due is when a promise of so much time in a calendar breaks, by the moment it begins; nil: on the wall clock.
	Due(calendar string, budget time.Duration) func(time.Time) time.Time
	Arrivals(ctx context.Context, from, to time.Time) ([]desk.Flow, error)
	Handled(ctx context.Context, from, to time.Time) ([]desk.Flow, error)
	SaveForesight(ctx context.Context, all []desk.Foreseen) error
	Foresight(ctx context.Context, from, to time.Time) ([]desk.Foreseen, error)
	Broke(ctx context.Context, from, to time.Time) (map[desk.QueueID]int64, error)
}

// Rhythms and bounds of looking ahead.
const (
	aheadFor    = time.Hour
	aheadEvery  = time.Minute      // a forecast is made anew, or tried again, no sooner, and when somebody asks
	aheadWithin = 10 * time.Second // for all runs of one forecast; as much again for its remedies
	aheadRuns   = 20
	maxRemedies = 2 // shown to one reader
)

// Outlook is what the next hour brings if nothing is done, and what would help.
type Outlook struct {
	At        Time            `json:"at" doc:"of what moment it is; null: none was made yet, ask again"`
	Enough    bool            `json:"enough" doc:"false: the record does not go back two weeks yet, so what came in the past hour stands in for the weeks before"`
	Quarters  []Time          `json:"quarters" doc:"when each quarter of an hour begins"`
	Queues    []OutlookQueue  `json:"queues"`
	Remedies  []OutlookRemedy `json:"remedies" doc:"what would make fewer late, best first"`
	Yesterday *OutlookError   `json:"yesterday,omitempty" doc:"how yesterday's forecasts came out; absent when there was none"`
}

// OutlookQueue is one queue's next hour.
type OutlookQueue struct {
	Queue    string    `json:"queue"`
	Name     string    `json:"name"`
	Arrivals []float64 `json:"arrivals" doc:"expected, by quarter"`
	Late     []float64 `json:"late" doc:"promises expected to break, by quarter of their due moment"`
}

// OutlookRemedy is one change and what it would do.
type OutlookRemedy struct {
	Kind      string  `json:"kind" enum:"agent,overflow,limit"`
	Queue     string  `json:"queue"`
	QueueName string  `json:"queue_name"`
	To        string  `json:"to" doc:"overflow: the queue that would help"`
	ToName    string  `json:"to_name"`
	Agent     string  `json:"agent" doc:"agent: who is signed in but away; empty: one more like the best of the queue"`
	AgentName string  `json:"agent_name"`
	Before    float64 `json:"before" doc:"late in all queues without it"`
	After     float64 `json:"after"`
}

// OutlookError is how the forecasts of a day compare with what happened.
type OutlookError struct {
	Foreseen float64 `json:"foreseen" doc:"late, summed over the hours"`
	Happened int64   `json:"happened"`
	Error    float64 `json:"error" doc:"mean difference of an hour, whichever way"`
	Hours    int     `json:"hours"`
}

// outlook keeps the last forecast; one is made at a time, beside everything else.
type outlook struct {
	mu     sync.Mutex
	last   Outlook
	tried  time.Time // when the last one was begun, whatever became of it
	making bool
}

func (s *Server) outlookOps() {
	add(s, op{desk.RoleSupervisor, http.MethodGet, "/board/outlook", "getOutlook", "What the next hour brings within my scope, and what would help"}, s.getOutlook)
}

func (s *Server) getOutlook(ctx context.Context, _ *struct{}) (*out[Outlook], error) {
	if s.Ahead == nil {
		return nil, refuse(desk.Unavailable, "router_down")
	}
	now := s.Now()
	o := &s.Hub.ahead
	o.mu.Lock()
	defer o.mu.Unlock()
	if now.Sub(o.tried) > aheadEvery && !o.making && s.Hub.ready() {
		o.making, o.tried = true, now
		s.Hub.later(func(ctx context.Context) { s.lookAhead(ctx, now) })
	}
	return &out[Outlook]{o.last.within(viewing(ctx).scope)}, nil
}

// within is the part of a forecast that a scope may see: remedies that need a queue or somebody outside it are no help.
func (o Outlook) within(scope desk.Scope) Outlook {
	o.Quarters, o.Queues, o.Remedies = whole(o.Quarters), slices.Clone(whole(o.Queues)), slices.Clone(whole(o.Remedies))
	o.Queues = slices.DeleteFunc(o.Queues, func(q OutlookQueue) bool { return !scope.HasQueue(desk.QueueID(q.Queue)) })
	o.Remedies = slices.DeleteFunc(o.Remedies, func(r OutlookRemedy) bool {
		return !scope.HasQueue(desk.QueueID(r.Queue)) || r.To != "" && !scope.HasQueue(desk.QueueID(r.To)) ||
			r.Agent != "" && !scope.Covers(desk.AgentID(r.Agent))
	})
	o.Remedies = o.Remedies[:min(len(o.Remedies), maxRemedies)]
	if !scope.All {
		o.Yesterday = nil // it is the whole house's
	}
	return o
}

// lookAhead makes a forecast and shows it at once; remedies and yesterday's error follow, and take nothing away when they
// are slow or fail.
func (s *Server) lookAhead(ctx context.Context, now time.Time) {
	o := &s.Hub.ahead
	defer func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.making = false
	}()
	show := func(change func(*Outlook)) {
		o.mu.Lock()
		defer o.mu.Unlock()
		change(&o.last)
	}
	made, ask, lines, err := s.forecast(ctx, now)
	if err != nil {
		s.Hub.warn("look ahead", err)
		return
	}
	show(func(last *Outlook) {
		made.Yesterday = last.Yesterday
		*last = made
	})
	if helps, err := s.remedies(ctx, ask, lines); err != nil {
		s.Hub.warn("look for remedies", err)
	} else {
		show(func(last *Outlook) { last.Remedies = helps })
	}
	if e, err := s.yesterday(ctx, now); err != nil {
		s.Hub.warn("look at yesterday's forecasts", err)
	} else {
		show(func(last *Outlook) { last.Yesterday = e })
	}
}

func (s *Server) forecast(ctx context.Context, now time.Time) (Outlook, router.OutlookAsk, []router.OutlookLine, error) {
	ask, enough, lines, err := s.ask(ctx, now)
	if err != nil {
		return Outlook{}, ask, nil, err
	}
	o := Outlook{At: at(now), Enough: enough, Queues: []OutlookQueue{}, Remedies: []OutlookRemedy{}}
	for t := now; t.Before(now.Add(aheadFor)); t = t.Add(15 * time.Minute) {
		o.Quarters = append(o.Quarters, at(t))
	}
	for _, l := range lines {
		o.Queues = append(o.Queues, OutlookQueue{Queue: string(l.Queue), Name: s.queueName(l.Queue), Arrivals: rounded(l.Arrivals), Late: rounded(l.Late)})
	}
	return o, ask, lines, nil
}

// ask asks what the hour from now brings.
func (s *Server) ask(ctx context.Context, now time.Time) (ask router.OutlookAsk, enough bool, lines []router.OutlookLine, err error) {
	ctx, stop := context.WithTimeout(ctx, aheadWithin)
	defer stop()
	ask = router.OutlookAsk{Horizon: aheadFor, Runs: aheadRuns, Seed: uint64(now.Unix()), Due: s.Hub.board.promised()}
	if ask.Streams, enough, err = s.expected(ctx, now); err != nil {
		return ask, false, nil, err
	}
	all, err := s.Ahead.Outlook(ctx, []router.OutlookAsk{ask})
	if err != nil {
		return ask, false, nil, err
	}
	return ask, enough, all[0], nil
}

func rounded(in []float64) []float64 {
	out := make([]float64, len(in))
	for i, v := range in {
		out[i] = math.Round(v*100) / 100
	}
	return out
}

func (s *Server) remedies(ctx context.Context, ask router.OutlookAsk, lines []router.OutlookLine) ([]OutlookRemedy, error) {
	ctx, stop := context.WithTimeout(ctx, aheadWithin)
	defer stop()
	found, err := s.Ahead.Remedies(ctx, ask, lines)
	d := s.Dir()
	return mapped(found, func(r router.Remedy) OutlookRemedy {
		c, figures := r.Change, rounded([]float64{r.Before, r.After})
		agent, _ := d.Agent(c.Agent)
		return OutlookRemedy{
			Kind: c.Kind, Queue: string(c.Queue), QueueName: s.queueName(c.Queue), To: string(c.To), ToName: s.queueName(c.To),
			Agent: string(c.Agent), AgentName: agent.Name, Before: figures[0], After: figures[1],
		}
	}), err
}

// expected is what comes in the hour from a moment on, with what is promised to it; false when the record does not go
// back two weeks (UI.md 5.11).
func (s *Server) expected(ctx context.Context, from time.Time) (streams []router.OutlookStream, enough bool, err error) {
	var past router.Past
	for week := 1; week <= pastWeeks; week++ {
		then := from.AddDate(0, 0, -7*week)
		flows, err := s.Ahead.Arrivals(ctx, then, then.Add(aheadFor))
		if err != nil {
			return nil, false, err
		}
		past.Weeks = append(past.Weeks, flows)
		past.Reaches = past.Reaches || week > 1 && len(flows) > 0
	}
	if !past.Reaches { // an hour nobody comes in says nothing about how old the record is
		then := from.AddDate(0, 0, -14)
		day, err := s.Ahead.Arrivals(ctx, then.AddDate(0, 0, -1), then)
		if err != nil {
			return nil, false, err
		}
		past.Reaches = len(day) > 0
	}
	if past.Hour, err = s.Ahead.Arrivals(ctx, from.Add(-aheadFor), from); err != nil {
		return nil, false, err
	}
	if past.Handled, err = s.Ahead.Handled(ctx, from.AddDate(0, 0, -7), from); err != nil {
		return nil, false, err
	}
	streams, newest := router.Expect(past), s.Hub.board.newest()
	for i := range streams {
		st := &streams[i]
		if k, ok := newest[[2]string{string(st.Queue), string(st.Medium)}]; ok {
			st.Budget, st.Due = k.Budget, s.Ahead.Due(k.Calendar, k.Budget)
		}
	}
	return streams, past.Reaches, nil
}

// promised is when the earliest running response promise of each conversation breaks.
func (b *board) promised() map[desk.ConversationID]time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := map[desk.ConversationID]time.Time{}
	for id, r := range b.rows {
		for _, k := range r.Clocks {
			if k.Owed() && k.Target.Response() && (out[id].IsZero() || k.DueAt.Before(out[id])) {
				out[id] = k.DueAt
			}
		}
	}
	return out
}

// newest is the response promise made last, by queue and medium: what is promised to who comes now.
func (b *board) newest() map[[2]string]desk.Clock {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := map[[2]string]desk.Clock{}
	for _, r := range b.rows {
		key := [2]string{string(r.Queue), string(r.Medium)}
		for _, k := range r.Clocks {
			if k.Target.Response() && k.Target != desk.Callback && k.StartedAt.After(out[key].StartedAt) {
				out[key] = k
			}
		}
	}
	return out
}

// yesterday compares what was foreseen for each hour with what broke.
func (s *Server) yesterday(ctx context.Context, now time.Time) (*OutlookError, error) {
	to := midnight(now)
	from := to.AddDate(0, 0, -1)
	seen, err := s.Ahead.Foresight(ctx, from, to)
	if err != nil || len(seen) == 0 {
		return nil, err
	}
	hours := map[time.Time]float64{}
	for _, f := range seen {
		hours[f.Hour] += f.Late
	}
	e := &OutlookError{Hours: len(hours)}
	for hour, late := range hours {
		broke, err := s.Ahead.Broke(ctx, hour, hour.Add(time.Hour))
		if err != nil {
			return nil, err
		}
		var n int64
		for _, c := range broke {
			n += c
		}
		e.Foreseen, e.Happened, e.Error = e.Foreseen+late, e.Happened+n, e.Error+math.Abs(late-float64(n))
	}
	e.Foreseen, e.Error = rounded([]float64{e.Foreseen})[0], rounded([]float64{e.Error / float64(e.Hours)})[0]
	return e, nil
}

// WatchHours writes down, at the beginning of each hour, what is foreseen for it, so that it can be held against what
// comes. It is meant for one node at a time; what was written first stays.
func (h *Hub) WatchHours(ctx context.Context) error {
	for ctx.Err() == nil {
		now := h.s.Now()
		next := now.Truncate(time.Hour).Add(time.Hour)
		pause(ctx, next.Sub(now))
		if ctx.Err() != nil || !h.ready() {
			continue
		}
		h.warn("foresee the hour", h.foresee(ctx, next))
	}
	return nil
}

func (h *Hub) foresee(ctx context.Context, hour time.Time) error {
	_, _, lines, err := h.s.ask(ctx, hour)
	if err != nil {
		return err
	}
	var all []desk.Foreseen
	for _, l := range lines {
		f := desk.Foreseen{Hour: hour, Queue: l.Queue, Late: l.Sum()}
		for _, n := range l.Arrivals {
			f.Arrivals += n
		}
		all = append(all, f)
	}
	return h.s.Ahead.SaveForesight(ctx, all)
}
