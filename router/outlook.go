package router

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"yingda/desk"
)

// This file looks ahead from the present: the mirror as it stands is put into a simulation with the arrivals and
// handling times that are to be expected, and what breaks within the horizon is counted. Who is next and who gets it is
// decided by the same code as ever; see simulate.go.

// OutlookStream is what is to be expected of one queue and medium.
type OutlookStream struct {
	Queue    desk.QueueID
	Medium   desk.Medium
	PerHour  float64
	Handling time.Duration // mean, from taking one to giving it back
	Budget   time.Duration // of the promise to who comes; 0: none is made to them
	// Due is when the promise to who comes at a moment breaks, by its calendar; nil: Budget later, on the wall clock.
	Due func(time.Time) time.Time
}

// OutlookAsk is a question about the next hour or so.
type OutlookAsk struct {
	Horizon time.Duration
	Runs    int
	Seed    uint64
	Streams []OutlookStream
	// Due are the running promises of what waits and of what agents hold now, by conversation; what is paused runs not.
	Due map[desk.ConversationID]time.Time
	// Policies are those in force, and Open what their conditions ask calendars for; nil: no calendar is known.
	Policies []Routing
	Open     func(calendar string, at time.Time) (open, known bool)
	// Change is what would be different; zero: nothing.
	Change OutlookChange
}

// OutlookChange is one thing that could be done. Which fields count follows from Kind.
type OutlookChange struct {
	Kind  string // "agent": one more in Queue, as Agent is or as its best are; "overflow": Queue to To at once; "limit": half as much room again for who serves Queue
	Queue desk.QueueID
	Agent desk.AgentID
	To    desk.QueueID
}

// OutlookLine is what is to be expected of one queue: means over the runs.
type OutlookLine struct {
	Queue    desk.QueueID
	Arrivals []float64 // by quarter of an hour
	Late     []float64 // promises that break, by the quarter of their due moment; those broken already are not among them
}

// Sum is how many promises break in all.
func (l OutlookLine) Sum() (sum float64) {
	for _, n := range l.Late {
		sum += n
	}
	return sum
}

// quarter is how finely an outlook counts.
const quarter = 15 * time.Minute

// lookahead is what an outlook keeps of its simulation.
type lookahead struct {
	due      map[int]int64 // by slot, ns since the start; a slot is used again only after it was judged
	horizon  int64
	late     map[desk.QueueID][]float64
	arrivals map[desk.QueueID][]float64
}

// came notes an arrival and its promise, if one was made.
func (l *lookahead) came(s *simulation, i int, budget time.Duration) {
	if s.now <= l.horizon {
		count(l.arrivals, s.lineOf(&s.customers[i]).id, s.now, l.horizon)
	}
	if s.streams[s.customers[i].stream].promises {
		l.due[i] = s.now + budget.Nanoseconds()
	}
}

// answered judges a promise at the moment its answer leaves: mail when its agent is done with it, the rest when it is
// taken.
func (l *lookahead) answered(s *simulation, i int, done bool) {
	src := &s.streams[s.customers[i].stream]
	if due, ok := l.due[i]; ok && done == (src.work.Medium == desk.Email) {
		l.judge(s.lineOf(&s.customers[i]).id, due, s.now)
		delete(l.due, i)
	}
}

func (l *lookahead) judge(q desk.QueueID, due, now int64) {
	if due > 0 && due <= l.horizon && now > due {
		count(l.late, q, due, l.horizon)
	}
}

func count(by map[desk.QueueID][]float64, q desk.QueueID, at, horizon int64) {
	if by[q] == nil {
		by[q] = make([]float64, (horizon+quarter.Nanoseconds()-1)/quarter.Nanoseconds())
	}
	by[q][min(len(by[q])-1, int(at/quarter.Nanoseconds()))]++
}

// scene is the present: what waits and rings, and who is there with what.
type scene struct {
	waiting []desk.Work
	seats   []desk.Seat
	queues  []desk.Queue
	hours   Hours
}

// scene copies the mirror, so that the router goes on while it is thought about.
func (r *Router) scene() scene {
	r.mu.RLock()
	defer r.mu.RUnlock()
	sc := scene{queues: slices.Clone(r.dir.Queues()), hours: r.hours}
	for _, it := range r.m.items {
		sc.waiting = append(sc.waiting, it.Work)
	}
	for _, s := range r.m.seats {
		seat := s.Seat
		seat.Held = nil
		for _, w := range s.Held {
			if r.m.items[w.Conversation] == nil { // what only rings there waits
				seat.Held = append(seat.Held, w)
			}
		}
		sc.seats = append(sc.seats, seat)
	}
	slices.SortFunc(sc.waiting, func(a, b desk.Work) int { return a.Since.Compare(b.Since) })
	slices.SortFunc(sc.seats, func(a, b desk.Seat) int { return cmp.Compare(a.Agent, b.Agent) })
	return sc
}

// Outlook answers each of asks from one and the same present. It may take seconds; it holds nobody up. Errors: ctx's.
func (r *Router) Outlook(ctx context.Context, asks []OutlookAsk) ([][]OutlookLine, error) {
	sc, now := r.scene(), r.now()
	out := make([][]OutlookLine, 0, len(asks))
	for _, ask := range asks {
		lines, err := sc.outlook(ctx, ask, now)
		if err != nil {
			return nil, fmt.Errorf("outlook: %w", err)
		}
		out = append(out, lines)
	}
	return out, nil
}

func (sc scene) outlook(ctx context.Context, ask OutlookAsk, now time.Time) ([]OutlookLine, error) {
	l := &lookahead{horizon: ask.Horizon.Nanoseconds(), late: map[desk.QueueID][]float64{}, arrivals: map[desk.QueueID][]float64{}}
	spec := sc.scenario(ask, now)
	for run := range max(1, ask.Runs) {
		l.due = map[int]int64{}
		s := newSimulation(&spec, ask.Seed+uint64(run)*0x9e3779b97f4a7c15)
		s.look = l
		sc.settleIn(s, ask, now)
		if err := s.play(ctx); err != nil {
			return nil, err
		}
		for i, due := range l.due { // nobody answered
			l.judge(s.lineOf(&s.customers[i]).id, due, l.horizon+1)
		}
	}
	var out []OutlookLine
	for _, q := range sc.queues {
		line := OutlookLine{Queue: q.ID, Arrivals: perRun(l.arrivals[q.ID], ask), Late: perRun(l.late[q.ID], ask)}
		out = append(out, line)
	}
	return out, nil
}

func perRun(sums []float64, ask OutlookAsk) []float64 {
	out := make([]float64, (ask.Horizon+quarter-1)/quarter)
	for i, n := range sums {
		out[i] = n / float64(max(1, ask.Runs))
	}
	return out
}

// scenario is the present's rules and people with what is to be expected.
func (sc scene) scenario(ask OutlookAsk, now time.Time) Scenario {
	spec := Scenario{Name: "outlook", Start: "00:00", Length: ask.Horizon, Policies: ask.Policies, base: now, open: ask.Open}
	if sc.hours != nil {
		spec.hours = movedHours{sc.hours, scenarioEpoch.Sub(now)}
	}
	if spec.open == nil {
		spec.open = func(string, time.Time) (open, known bool) { return false, false }
	}
	known := map[desk.QueueID]bool{}
	for _, q := range sc.queues {
		known[q.ID] = true
		q.Target = wholeSeconds(q.TargetFor())
		sq := ScenarioQueue{ID: q.ID, whole: &q}
		if ask.Change.Kind == "overflow" && ask.Change.Queue == q.ID {
			sq.Overflow = []ScenarioOverflow{{Queue: ask.Change.To}}
		}
		spec.Queues = append(spec.Queues, sq)
	}
	for _, st := range sc.streams(ask, known) {
		stream := Stream{Queue: st.Queue, Channel: st.Medium, PerHour: st.PerHour, Handling: Dist{Exponential: max(st.Handling, time.Second)}}
		if st.PerHour <= 0 {
			stream.History = []Recorded{} // nobody comes; those who are there have their handling from it
		}
		spec.Arrivals = append(spec.Arrivals, stream)
	}
	for _, s := range sc.people(ask.Change) {
		spec.Agents = append(spec.Agents, crewOf(s, scenarioEpoch.Sub(now)))
	}
	return spec
}

// streams are those asked for, and one for each queue and medium that has work now and none was named for.
func (sc scene) streams(ask OutlookAsk, known map[desk.QueueID]bool) []OutlookStream {
	type key struct {
		q desk.QueueID
		m desk.Medium
	}
	var out []OutlookStream
	has := map[key]bool{}
	add := func(st OutlookStream) {
		if k := (key{st.Queue, st.Medium}); known[st.Queue] && !has[k] {
			has[k] = true
			out = append(out, st)
		}
	}
	for _, st := range ask.Streams {
		add(st)
	}
	idle := func(w desk.Work) {
		add(OutlookStream{Queue: w.Queue, Medium: w.Medium, Handling: 10 * time.Minute, Budget: desk.DefaultTarget})
	}
	for _, w := range sc.waiting {
		idle(w)
	}
	for _, s := range sc.seats {
		for _, w := range s.Held {
			idle(w)
		}
	}
	return out
}

// people are the seats that may be offered something within the horizon, with the change; leave and shifts shut their
// doors in the simulation as they do for real.
func (sc scene) people(c OutlookChange) []desk.Seat {
	var out []desk.Seat
	var more desk.Seat
	for _, s := range sc.seats {
		there := s.Presence.State == desk.Available || s.Presence.State == desk.WrapUp || s.Presence.State == desk.Away && len(s.Takes) > 0
		if c.Kind == "agent" && s.Serves(c.Queue) && (s.Agent == c.Agent || c.Agent == "" && (more.Agent == "" || len(s.Skills) > len(more.Skills))) {
			more = s
		}
		if !there {
			continue
		}
		if c.Kind == "limit" && s.Serves(c.Queue) {
			s.Capacity += s.Capacity / 2
			s.Maximum = raised(s.Maximum)
		}
		out = append(out, s)
	}
	if c.Kind == "agent" && more.Agent != "" {
		if more.Agent != c.Agent {
			more.Agent, more.Held = "one more", nil
		}
		out = append(out, more)
	}
	return out
}

func raised(most map[desk.Medium]int) map[desk.Medium]int {
	out := maps.Clone(most)
	for m, n := range out {
		out[m] = n + (n+1)/2
	}
	return out
}

// crewOf is a seat in a simulation whose clock is that much ahead.
func crewOf(s desk.Seat, ahead time.Duration) Crew {
	c := Crew{
		Name: string(s.Agent), Queues: s.Queues, Teams: s.Teams, Skills: needed(s.Skills), Languages: s.Languages, Capacity: s.Capacity,
		Maximum: s.Maximum, duty: &duty{since: s.Presence.Since.Add(ahead), shifts: s.Shifts},
	}
	if s.Presence.State == desk.Away {
		c.duty.only = s.Takes
	}
	for _, a := range s.Leave {
		a.From, a.To = a.From.Add(ahead), a.To.Add(ahead)
		c.duty.leave = append(c.duty.leave, a)
	}
	return c
}

// movedHours are calendars on a clock that is that much ahead.
type movedHours struct {
	real  Hours
	ahead time.Duration
}

// Open is Hours.
func (h movedHours) Open(calendar string, at time.Time) (open bool, changes time.Time) {
	if open, changes = h.real.Open(calendar, at.Add(-h.ahead)); !changes.IsZero() {
		changes = changes.Add(h.ahead)
	}
	return open, changes
}

// settleIn puts what waits and what is in hand into a fresh simulation. Preferences for an agent are left out: they last
// a minute or two.
func (sc scene) settleIn(s *simulation, ask OutlookAsk, now time.Time) {
	stream := map[string]int{}
	for k := range s.streams {
		stream[string(s.streams[k].spec.Queue)+" "+string(s.streams[k].spec.Channel)] = k
	}
	for k := range s.streams {
		for _, st := range ask.Streams {
			if st.Queue == s.streams[k].spec.Queue && st.Medium == s.streams[k].spec.Channel && st.Budget > 0 {
				s.streams[k].budget, s.streams[k].due, s.streams[k].promises = st.Budget, st.Due, true
			}
		}
	}
	shift := scenarioEpoch.Sub(now)
	for _, w := range sc.waiting {
		k, ok := stream[string(w.Queue)+" "+string(w.Medium)]
		if !ok {
			continue
		}
		i := s.sits(k)
		s.customers[i].stay = inLine
		s.waits++
		s.streams[k].line.waiting++
		if due, ok := ask.Due[w.Conversation]; ok {
			s.look.due[i] = due.Sub(now).Nanoseconds()
		}
		w.DueAt = w.DueAt.Add(shift)
		w.Conversation, w.Prefer, w.Since = s.customers[i].id, nil, w.Since.Add(shift)
		s.m.enqueue(w, s.time())
	}
	for _, seat := range sc.seats {
		for _, w := range seat.Held {
			sc.inHand(s, seat, w, stream, ask, now)
		}
	}
	s.route()
}

// inHand puts one conversation into an agent's hands; what an agent holds who is not there waits for ever.
func (sc scene) inHand(s *simulation, seat desk.Seat, w desk.Work, stream map[string]int, ask OutlookAsk, now time.Time) {
	k, ok := stream[string(w.Queue)+" "+string(w.Medium)]
	if !ok {
		return
	}
	due, promised := ask.Due[w.Conversation]
	n, there := s.seatOf[seat.Agent]
	if !there {
		if promised {
			s.look.judge(w.Queue, due.Sub(now).Nanoseconds(), s.look.horizon+1)
		}
		return
	}
	i := s.sits(k)
	c := &s.customers[i]
	c.stay, c.seat = inHand, n
	p := &s.seats[n]
	w.Conversation = c.id
	s.m.held(p.id, w, s.time())
	p.holding++
	p.units += s.streams[k].work.Weight
	s.busy++
	if promised && w.Medium == desk.Email { // a chat or call in hand is being answered
		s.look.due[i] = due.Sub(now).Nanoseconds()
	}
	s.events.push(event{at: s.now + c.handling, kind: finishes, who: i})
}

// sits is a customer of a stream who is there at the beginning.
func (s *simulation) sits(k int) int {
	i := s.newCustomer()
	c := &s.customers[i]
	c.stream, c.arrived, c.batch, c.handling, c.patience = k, s.now, -1, s.streams[k].handling.draw(), 0
	s.present++
	return i
}
