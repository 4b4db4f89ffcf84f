package webui

import (
	"cmp"
	"context"
	"math"
	"net/http"
	"slices"
	"sync"
	"time"

	"yingda/desk"
)

// Foresight is what it takes to look ahead. cmd brings it: the router's simulator and the record's past.
type Foresight interface {
	// LookAhead answers each of asks from the present; it may take seconds.
	LookAhead(ctx context.Context, asks []Ahead) ([][]AheadLine, error)
	Arrivals(ctx context.Context, from, to time.Time) ([]desk.Flow, error)
	Handled(ctx context.Context, from, to time.Time) ([]desk.Flow, error)
	SaveForesight(ctx context.Context, all []desk.Foreseen) error
	Foresight(ctx context.Context, from, to time.Time) ([]desk.Foreseen, error)
	Broke(ctx context.Context, from, to time.Time) (map[desk.QueueID]int64, error)
}

// Ahead is one question about the next hour.
type Ahead struct {
	Horizon time.Duration
	Runs    int
	Seed    uint64
	Streams []AheadStream
	Due     map[desk.ConversationID]time.Time // of what agents hold
	Change  AheadChange
}

// AheadStream is what is to be expected of a queue and medium.
type AheadStream struct {
	Queue            desk.QueueID
	Medium           desk.Medium
	PerHour          float64
	Handling, Budget time.Duration
}

// AheadChange is one thing that could be done: "agent", "overflow" or "limit".
type AheadChange struct {
	Kind      string
	Queue, To desk.QueueID
	Agent     desk.AgentID
}

// AheadLine is what is to be expected of a queue, by quarters of an hour.
type AheadLine struct {
	Queue          desk.QueueID
	Arrivals, Late []float64
}

// Rhythms and bounds of looking ahead.
const (
	aheadFor    = time.Hour
	aheadEvery  = time.Minute      // a forecast older than this is made anew when somebody asks
	aheadWithin = 10 * time.Second // for all runs of one forecast
	aheadRuns   = 20
	whatIfRuns  = 12
	maxRemedies = 2
	whatIfFrom  = 0.5 // late ones below which nothing needs to be prevented
)

// Outlook is what the next hour brings if nothing is done, and what would help.
type Outlook struct {
	At        Time            `json:"at" doc:"of what moment it is; null: none was made yet, ask again"`
	Enough    bool            `json:"enough" doc:"false: there are not two weeks of history yet, so the past hour stands in for it"`
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
	if now.Sub(o.last.At.Time) > aheadEvery && !o.making && s.Hub.ready() {
		o.making = true
		s.Hub.later(func(ctx context.Context) { s.lookAhead(ctx, now) })
	}
	return &out[Outlook]{o.last.within(viewing(ctx).scope)}, nil
}

// within is the part of a forecast that a scope may see.
func (o Outlook) within(scope desk.Scope) Outlook {
	o.Quarters, o.Queues, o.Remedies = whole(o.Quarters), slices.Clone(whole(o.Queues)), slices.Clone(whole(o.Remedies))
	if scope.All {
		return o
	}
	o.Queues = slices.DeleteFunc(o.Queues, func(q OutlookQueue) bool { return !scope.HasQueue(desk.QueueID(q.Queue)) })
	o.Remedies = slices.DeleteFunc(o.Remedies, func(r OutlookRemedy) bool { return !scope.HasQueue(desk.QueueID(r.Queue)) })
	o.Yesterday = nil // it is the whole house's
	return o
}

// lookAhead makes a forecast and keeps it.
func (s *Server) lookAhead(ctx context.Context, now time.Time) {
	ctx, stop := context.WithTimeout(ctx, aheadWithin)
	defer stop()
	made, err := s.forecast(ctx, now)
	o := &s.Hub.ahead
	o.mu.Lock()
	defer o.mu.Unlock()
	o.making = false
	if err != nil {
		s.Hub.warn("look ahead", err)
		return
	}
	o.last = made
}

func (s *Server) forecast(ctx context.Context, now time.Time) (Outlook, error) {
	streams, enough, err := s.expected(ctx, now)
	if err != nil {
		return Outlook{}, err
	}
	ask := Ahead{Horizon: aheadFor, Runs: aheadRuns, Seed: uint64(now.Unix()), Streams: streams, Due: s.Hub.board.heldDue()}
	lines, err := s.Ahead.LookAhead(ctx, []Ahead{ask})
	if err != nil {
		return Outlook{}, err
	}
	o := Outlook{At: at(now), Enough: enough, Queues: []OutlookQueue{}, Remedies: []OutlookRemedy{}}
	for t := now; t.Before(now.Add(aheadFor)); t = t.Add(15 * time.Minute) {
		o.Quarters = append(o.Quarters, at(t))
	}
	d := s.Dir()
	for _, l := range lines[0] {
		q, _ := d.Queue(l.Queue)
		o.Queues = append(o.Queues, OutlookQueue{Queue: string(l.Queue), Name: q.Name, Arrivals: rounded(l.Arrivals), Late: rounded(l.Late)})
	}
	if o.Remedies, err = s.remedies(ctx, ask, lines[0]); err != nil {
		return o, err
	}
	o.Yesterday, err = s.yesterday(ctx, now)
	return o, err
}

func rounded(in []float64) []float64 {
	out := make([]float64, len(in))
	for i, v := range in {
		out[i] = math.Round(v*100) / 100
	}
	return out
}

func lateOf(lines []AheadLine) float64 {
	sum := 0.0
	for _, l := range lines {
		for _, n := range l.Late {
			sum += n
		}
	}
	return sum
}

// remedies tries changes on the queue with most late ones, and keeps those that help.
func (s *Server) remedies(ctx context.Context, ask Ahead, lines []AheadLine) ([]OutlookRemedy, error) {
	out := []OutlookRemedy{}
	if len(lines) == 0 {
		return out, nil
	}
	worst := slices.MaxFunc(lines, func(a, b AheadLine) int { return cmp.Compare(lateOf([]AheadLine{a}), lateOf([]AheadLine{b})) })
	if lateOf([]AheadLine{worst}) < whatIfFrom {
		return out, nil
	}
	ask.Runs = whatIfRuns
	asks := []Ahead{ask}
	for _, c := range s.changes(worst.Queue) {
		with := ask
		with.Change = c
		asks = append(asks, with)
	}
	all, err := s.Ahead.LookAhead(ctx, asks)
	if err != nil {
		return nil, err
	}
	before := lateOf(all[0])
	d := s.Dir()
	for i, lines := range all[1:] {
		c, after := asks[i+1].Change, lateOf(lines)
		if after > before*.9 {
			continue
		}
		q, _ := d.Queue(c.Queue)
		to, _ := d.Queue(c.To)
		agent, _ := d.Agent(c.Agent)
		out = append(out, OutlookRemedy{
			Kind: c.Kind, Queue: string(c.Queue), QueueName: q.Name, To: string(c.To), ToName: to.Name, Agent: string(c.Agent), AgentName: agent.Name,
			Before: rounded([]float64{before})[0], After: rounded([]float64{after})[0],
		})
	}
	slices.SortStableFunc(out, func(a, b OutlookRemedy) int { return cmp.Compare(a.After, b.After) })
	return out[:min(len(out), maxRemedies)], nil
}

// maxOverflow bounds how many other queues are tried as help.
const maxOverflow = 3

// changes are what could be done for a queue: somebody who is there but away, else one more; another queue's people; more
// at once.
func (s *Server) changes(q desk.QueueID) []AheadChange {
	d := s.Dir()
	queues, agents := s.Hub.board.whole(s.Now())
	more := AheadChange{Kind: "agent", Queue: q}
	for _, a := range agents {
		agent, _ := d.Agent(desk.AgentID(a.Agent))
		if a.Presence.State == string(desk.Away) && slices.Contains(desk.QueuesOf(d, agent), q) {
			more.Agent = agent.ID
			break
		}
	}
	out := []AheadChange{more, {Kind: "limit", Queue: q}}
	own, _ := d.Queue(q)
	for _, other := range queues {
		id := desk.QueueID(other.ID)
		open := slices.ContainsFunc(own.Overflow, func(o desk.Overflow) bool { return o.Queue == id })
		if id != q && other.Available > 0 && !open && len(out) < 2+maxOverflow {
			out = append(out, AheadChange{Kind: "overflow", Queue: q, To: id})
		}
	}
	return out
}

// expected is what comes in the next hour: the mean of this hour of the last four same weekdays, counting those
// in which anybody came; with less than two such weeks, the last hour. Handling times are those of the last week.
func (s *Server) expected(ctx context.Context, now time.Time) ([]AheadStream, bool, error) {
	type key struct {
		q desk.QueueID
		m desk.Medium
	}
	sum, weeks := map[key]float64{}, 0
	for week := 1; week <= pastWeeks; week++ {
		from := now.AddDate(0, 0, -7*week)
		flows, err := s.Ahead.Arrivals(ctx, from, from.Add(aheadFor))
		if err != nil {
			return nil, false, err
		}
		if len(flows) > 0 {
			weeks++
		}
		for _, f := range flows {
			sum[key{f.Queue, f.Medium}] += float64(f.Count)
		}
	}
	enough := weeks >= 2 // UI.md 5.11: two weeks of history
	if !enough {
		clear(sum)
		weeks = 1
		flows, err := s.Ahead.Arrivals(ctx, now.Add(-aheadFor), now)
		if err != nil {
			return nil, false, err
		}
		for _, f := range flows {
			sum[key{f.Queue, f.Medium}] += float64(f.Count)
		}
	}
	took, err := s.Ahead.Handled(ctx, now.AddDate(0, 0, -7), now)
	if err != nil {
		return nil, false, err
	}
	handling := map[key]time.Duration{}
	for _, f := range took {
		handling[key{f.Queue, f.Medium}] = f.Took / time.Duration(max(1, f.Count))
	}
	budgets := s.Hub.board.budgets()
	var out []AheadStream
	for k, n := range sum {
		out = append(out, AheadStream{
			Queue: k.q, Medium: k.m, PerHour: n / float64(weeks), Handling: cmp.Or(handling[k], defaultHandling), Budget: budgets[k.q][k.m],
		})
	}
	slices.SortFunc(out, func(a, b AheadStream) int {
		return cmp.Or(cmp.Compare(a.Queue, b.Queue), cmp.Compare(a.Medium, b.Medium))
	})
	return out, enough, nil
}

// defaultHandling is what one takes while nothing is known of a queue.
const defaultHandling = 10 * time.Minute

// heldDue is the earliest running response promise of what agents hold.
func (b *board) heldDue() map[desk.ConversationID]time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := map[desk.ConversationID]time.Time{}
	for id, r := range b.rows {
		if r.Assignee == "" {
			continue
		}
		for _, k := range r.Clocks {
			if k.Running() && !k.Waived() && k.Target.Response() && (out[id].IsZero() || k.DueAt.Before(out[id])) {
				out[id] = k.DueAt
			}
		}
	}
	return out
}

// budgets are how long a promise to who comes now lasts, as the newest running ones do; business hours are not looked
// into.
func (b *board) budgets() map[desk.QueueID]map[desk.Medium]time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	out, newest := map[desk.QueueID]map[desk.Medium]time.Duration{}, map[desk.QueueID]map[desk.Medium]time.Time{}
	for _, r := range b.rows {
		for _, k := range r.Clocks {
			if !k.Target.Response() || k.Target == desk.Callback {
				continue
			}
			if out[r.Queue] == nil {
				out[r.Queue], newest[r.Queue] = map[desk.Medium]time.Duration{}, map[desk.Medium]time.Time{}
			}
			if k.StartedAt.After(newest[r.Queue][r.Medium]) {
				out[r.Queue][r.Medium], newest[r.Queue][r.Medium] = k.Budget, k.StartedAt
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
	ctx, stop := context.WithTimeout(ctx, aheadWithin)
	defer stop()
	streams, _, err := h.s.expected(ctx, hour)
	if err != nil {
		return err
	}
	lines, err := h.s.Ahead.LookAhead(ctx, []Ahead{{Horizon: aheadFor, Runs: aheadRuns, Seed: uint64(hour.Unix()), Streams: streams, Due: h.board.heldDue()}})
	if err != nil {
		return err
	}
	var all []desk.Foreseen
	for _, l := range lines[0] {
		f := desk.Foreseen{Hour: hour, Queue: l.Queue, Late: lateOf([]AheadLine{l})}
		for _, n := range l.Arrivals {
			f.Arrivals += n
		}
		all = append(all, f)
	}
	return h.s.Ahead.SaveForesight(ctx, all)
}
