package router

import (
	"context"
	"strconv"
	"time"

	"yingda/desk"
)

// This file plays a Scenario on a virtual clock. Who is next and who gets it is decided by the mirror that the leader
// uses (settle, due, place): the same code, without Redis, records or waiting.

// kind is what happens next in a simulation.
type kind uint8

const (
	arrives kind = iota
	answers
	finishes
	givesUp
	wrapsUp
	shiftBegins
	shiftEnds
	counts // what happens begins (1) or ends (0) to count
)

// customer is one customer in play. Slots are used again.
type customer struct {
	id       desk.ConversationID
	stream   int
	seat     int
	stay     stay
	life     uint32 // counts the slot's users, so that a late event finds nobody
	arrived  int64  // ns since the start, as all times here
	handling int64
	patience int64 // 0: for ever
	batch    int   // below 0: not counted
	line     *line // nil: the stream's
	weight   int   // in hand; 0: the stream's
}

// stay is where a customer is.
type stay uint8

const (
	gone stay = iota
	inLine
	atRing
	inHand
)

// simulation is one run of a scenario.
type simulation struct {
	spec      *Scenario
	book      *scenarioBook
	cfg       Config
	m         *mirror
	now       int64
	events    events
	customers []customer
	free      []int
	streams   []source
	seats     []post
	seatOf    map[desk.AgentID]int
	lines     map[desk.QueueID]*line
	offers    int
	present   int // waiting, ringing or in hand
	busy      int // in hand
	waits     int // waiting or ringing
	arrivals  int // so far
	open      bool
	from, to  int64 // what is counted by time
	quota     int   // how many arrivals, warm-up included; 0: by time
	skip      int   // how many of them are warm-up
	watch     *controls
	plans     *Policies  // nil: none
	steers    bool       // customers are asked about one by one
	look      *lookahead // of an outlook; nil: a scenario
}

// stopEvery is how many events pass between two looks at the context.
const stopEvery = 1 << 14

// play runs until the last customer is gone, nobody is left to serve them, or ctx ends.
func (s *simulation) play(ctx context.Context) error {
	for n := 0; ; n++ {
		if n%stopEvery == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		next, ok := s.m.next()
		step := next.Sub(scenarioEpoch).Nanoseconds()
		switch {
		case ok && (len(s.events) == 0 || step <= s.events[0].at):
			if s.over(step) {
				return nil
			}
			s.pass(step)
			s.stepped()
		case len(s.events) > 0:
			e := s.events.pop()
			if s.over(e.at) {
				return nil
			}
			s.pass(e.at)
			s.happen(e)
		default:
			return nil
		}
		s.route()
		s.acts()
		if s.streams == nil || s.present == 0 && s.ended() {
			return nil
		}
	}
}

// over reports whether nothing that happens at the moment or later counts.
func (s *simulation) over(at int64) bool {
	return s.quota == 0 && at > s.to+s.spec.Length.Nanoseconds()
}

// ended reports whether nobody will come any more.
func (s *simulation) ended() bool {
	if s.quota > 0 {
		return s.arrivals >= s.quota
	}
	return s.now >= s.to
}

// pass lets time go by.
func (s *simulation) pass(at int64) {
	if s.watch != nil && at > s.now {
		s.watch.stay(s.present, s.busy, at-s.now)
	}
	s.now = at
}

func (s *simulation) time() time.Time { return scenarioEpoch.Add(time.Duration(s.now)) }

// stepped does the timed steps of the rules; an offer that rang out goes on to somebody else.
func (s *simulation) stepped() {
	ended, _ := s.m.due(s.time())
	for _, o := range ended {
		c := s.slot(o.Conversation)
		if s.m.refused(o.ID, s.time(), true) {
			s.customers[c].stay = inLine
			s.seats[s.seatOf[o.Agent]].missed++
		}
	}
}

func (s *simulation) happen(e event) {
	switch e.kind {
	case arrives:
		s.arrive(e.who)
	case answers:
		if c := &s.customers[e.who]; c.life == e.life && c.stay == atRing {
			s.take(e.who)
		}
	case finishes:
		s.finish(e.who)
	case givesUp:
		if c := &s.customers[e.who]; c.life == e.life && (c.stay == inLine || c.stay == atRing) {
			s.leave(e.who, lost)
		}
	case wrapsUp:
		s.staff(e.who, func(p *post) { p.wrapping = false })
	case shiftBegins:
		s.staff(e.who, func(p *post) { p.shifts++ })
	case shiftEnds:
		s.staff(e.who, func(p *post) { p.shifts-- })
	case counts:
		s.count(e.who == 1)
	}
}

// slot is the number of a customer's slot, which is their id.
func (s *simulation) slot(id desk.ConversationID) int {
	n, _ := strconv.Atoi(string(id))
	return n
}

func (s *simulation) newID() string {
	s.offers++
	return strconv.Itoa(s.offers)
}

// arrive lets the next customer of a stream come in and plans the one after.
func (s *simulation) arrive(k int) {
	src := &s.streams[k]
	if s.quota > 0 && s.arrivals >= s.quota {
		return
	}
	s.arrivals++
	if s.quota > 0 && s.arrivals == s.skip+1 {
		s.count(true)
	}
	i := s.newCustomer()
	c := &s.customers[i]
	c.stream, c.arrived, c.stay, c.batch = k, s.now, inLine, -1
	c.handling, c.patience = src.draw()
	w := src.work
	w.Conversation, w.Since = c.id, s.time()
	budget := src.lasts(s.moment())
	w.DueAt = w.Since.Add(budget)
	refused := s.steers && s.steer(src, c, &w, budget)
	l := s.lineOf(c)
	if s.open {
		c.batch = s.watch.batch()
		l.offered++
	}
	if s.look != nil {
		s.look.came(s, i, budget)
	}
	s.present++
	s.waits++
	l.waiting++
	if !refused {
		s.m.enqueue(w, w.Since)
		s.route()
	}
	c = &s.customers[i]
	if refused || c.stay == inLine && l.limit >= 0 && l.waiting > l.limit {
		s.leave(i, turnedAway)
	} else if c.stay == inLine || c.stay == atRing {
		if c.batch >= 0 {
			s.watch.waited(c.batch)
			l.delayed++
		}
		if c.patience > 0 {
			s.events.push(event{at: s.now + c.patience, kind: givesUp, who: i, life: c.life})
		}
	}
	if at, ok := src.next(); ok && (s.quota > 0 || at < s.to) {
		s.events.push(event{at: at, kind: arrives, who: k})
	}
	if s.quota > 0 && s.open {
		s.watch.came(s.present)
		if s.arrivals == s.quota {
			s.count(false)
		}
	}
}

func (s *simulation) newCustomer() int {
	if n := len(s.free); n > 0 {
		i := s.free[n-1]
		s.free = s.free[:n-1]
		return i
	}
	i := len(s.customers)
	s.customers = append(s.customers, customer{id: desk.ConversationID(strconv.Itoa(i))})
	return i
}

// fate is how a customer left without being served.
type fate int

const (
	lost fate = iota
	turnedAway
)

func (s *simulation) leave(i int, why fate) {
	c := &s.customers[i]
	l := s.lineOf(c)
	if s.look != nil {
		delete(s.look.due, i) // called back, or gone: nobody waits for that answer any more
	}
	s.m.drop(c.id, s.time())
	l.waiting--
	s.waits--
	counted := c.batch >= 0
	if counted {
		l.wait(s.now - c.arrived)
	}
	switch {
	case why == lost:
		s.watch.lost()
		if counted {
			l.abandoned++
		}
	case counted:
		l.blocked++
		s.watch.blocked()
	}
	s.forget(i)
}

// forget frees a customer's slot.
func (s *simulation) forget(i int) {
	c := &s.customers[i]
	c.stay, c.line, c.weight = gone, nil, 0
	c.life++
	s.present--
	s.free = append(s.free, i)
}

// route places what can be placed.
func (s *simulation) route() {
	for len(s.m.works) > 0 || len(s.m.freed) > 0 {
		made := s.m.settle(s.time(), batch, s.newID)
		if len(made) == 0 {
			return
		}
		for i := range made {
			s.ring(&made[i])
		}
	}
}

// ring puts an offer before its agent, who takes it at once or after a while.
func (s *simulation) ring(m *Match) {
	i := s.slot(m.Work.Conversation)
	c := &s.customers[i]
	c.stay, c.seat = atRing, s.seatOf[m.Agent]
	after := s.seats[c.seat].answer.draw()
	if after == 0 {
		s.take(i)
		return
	}
	if at := s.now + after; scenarioEpoch.Add(time.Duration(at)).Before(m.offer.ExpiresAt) {
		s.events.push(event{at: at, kind: answers, who: i, life: c.life})
	}
}

// take begins the work.
func (s *simulation) take(i int) {
	c := &s.customers[i]
	p := &s.seats[c.seat]
	w := s.m.items[c.id].Work
	now := s.time()
	s.m.drop(c.id, now)
	s.account(c.seat)
	s.m.held(p.id, w, now)
	p.holding++
	p.units += w.Weight
	c.stay, c.weight = inHand, w.Weight
	l := s.lineOf(c)
	if s.look != nil {
		s.look.answered(s, i, false)
	}
	s.waits--
	l.waiting--
	s.busy++
	if c.batch >= 0 {
		p.handled++
		l.answered++
		wait := s.now - c.arrived
		l.wait(wait)
		if wait <= l.within {
			l.intime++
			s.watch.served(c.batch)
		}
	}
	s.events.push(event{at: s.now + c.handling, kind: finishes, who: i})
}

func (s *simulation) finish(i int) {
	c := &s.customers[i]
	src := &s.streams[c.stream]
	if s.look != nil {
		s.look.answered(s, i, true)
	}
	s.account(c.seat)
	p := &s.seats[c.seat]
	p.holding--
	if c.weight > 0 {
		p.units -= c.weight
	} else {
		p.units -= src.work.Weight
	}
	s.busy--
	s.m.released(p.id, c.id, s.time())
	seat := c.seat
	s.forget(i)
	if src.spec.WrapUp > 0 {
		s.staff(seat, func(p *post) { p.wrapping = true })
		s.events.push(event{at: s.now + src.spec.WrapUp.Nanoseconds(), kind: wrapsUp, who: seat})
	}
}
