package router

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"yingda/desk"
)

// event is something that will happen.
type event struct {
	at   int64
	kind kind
	life uint32
	who  int
}

// events is a heap without interfaces: a simulation does little else.
type events []event

func (h *events) push(e event) {
	q := append(*h, e)
	i := len(q) - 1
	for i > 0 {
		up := (i - 1) / 2
		if q[up].at <= e.at {
			break
		}
		q[i] = q[up]
		i = up
	}
	q[i] = e
	*h = q
}

func (h *events) pop() event {
	q := *h
	first, last := q[0], q[len(q)-1]
	q = q[:len(q)-1]
	n := len(q)
	i := 0
	for {
		down := 2*i + 1
		if down >= n {
			break
		}
		if down+1 < n && q[down+1].at < q[down].at {
			down++
		}
		if last.at <= q[down].at {
			break
		}
		q[i] = q[down]
		i = down
	}
	if n > 0 {
		q[i] = last
	}
	*h = q
	return first
}

// dice draws from a Dist.
type dice struct {
	Dist
	rnd       *rand.Rand
	mu, sigma float64 // of the lognormal's logarithm
}

func newDice(d Dist, seed, n uint64) dice {
	out := dice{Dist: d, rnd: rand.New(rand.NewPCG(seed, n))}
	if d.Lognormal > 0 {
		ratio := float64(d.SD) / float64(d.Lognormal)
		out.sigma = math.Sqrt(math.Log1p(ratio * ratio))
		out.mu = math.Log(float64(d.Lognormal)) - out.sigma*out.sigma/2
	}
	return out
}

// draw is a time in ns.
func (d *dice) draw() int64 {
	switch {
	case d.Exponential > 0:
		return int64(d.rnd.ExpFloat64() * float64(d.Exponential))
	case d.Lognormal > 0:
		return int64(math.Exp(d.mu + d.sigma*d.rnd.NormFloat64()))
	}
	return d.Fixed.Nanoseconds()
}

// source is a stream in play.
type source struct {
	spec     *Stream
	line     *line
	work     desk.Work
	budget   time.Duration
	due      func(time.Time) time.Time // when the promise to who comes breaks; nil: budget later
	promises bool                      // of an outlook: a promise is made to who comes
	rnd      *rand.Rand
	handling dice
	patience dice
	mayLeave bool
	at       int64 // the last arrival
	seen     int   // of the history
	drawn    int   // of the history: the customer who came last
	history  []Recorded
	start    int64
}

// lasts is how long the promise to who comes at a moment lasts.
func (s *source) lasts(at time.Time) time.Duration {
	if s.due == nil {
		return s.budget
	}
	return s.due(at).Sub(at)
}

// draw is how long the customer who comes now will be handled, and how long they wait.
func (s *source) draw() (handling, patience int64) {
	s.drawn = s.seen
	handling = s.handling.draw()
	if s.mayLeave {
		patience = max(1, s.patience.draw())
	}
	if s.history != nil {
		if r := s.history[s.seen-1]; true {
			if r.Handling > 0 {
				handling = r.Handling.Nanoseconds()
			}
			if r.Patience > 0 {
				patience = r.Patience.Nanoseconds()
			}
		}
	}
	return handling, patience
}

const halfHour = 30 * time.Minute

// next is when the next customer comes; false: nobody any more.
func (s *source) next() (int64, bool) {
	switch {
	case s.history != nil:
		if s.seen >= len(s.history) {
			return 0, false
		}
		s.at = s.start + s.history[s.seen].At.Nanoseconds()
		s.seen++
	case s.spec.Profile != nil:
		return s.byProfile()
	default:
		s.at += max(1, int64(s.rnd.ExpFloat64()/s.spec.PerHour*float64(time.Hour)))
	}
	return s.at, true
}

// byProfile walks the half hours until one unit of chance is used up.
func (s *source) byProfile() (int64, bool) {
	p := s.spec.Profile
	from, _ := clockTime(p.From)
	left := s.rnd.ExpFloat64()
	for range 2 * 48 * 7 {
		at := time.Duration(s.at)
		slot := int(((at-from)%wholeDay + wholeDay) % wholeDay / halfHour)
		ends := at + halfHour - ((at-from)%halfHour+halfHour)%halfHour
		rate := 0.0 // per ns
		if slot < len(p.PerHalfHour) {
			rate = p.PerHalfHour[slot] / float64(halfHour)
		}
		if inside := rate * float64(ends-at); inside >= left {
			s.at += max(1, int64(left/rate))
			return s.at, true
		} else {
			left -= inside
		}
		s.at = int64(ends)
	}
	return 0, false
}

// post is an agent in play.
type post struct {
	id       desk.AgentID
	seat     desk.Seat
	crew     *Crew
	answer   dice
	shifts   int // running now
	wrapping bool
	holding  int
	units    int
	since    int64 // accounted up to here
	handled  int
	missed   int

	staffed, used, busy int64 // ns there; ns × share of capacity; ns with anything to do
}

// account books the time since the last change of a seat.
func (s *simulation) account(i int) {
	p := &s.seats[i]
	dt := s.now - p.since
	p.since = s.now
	if dt <= 0 || !s.open || p.shifts == 0 && p.holding == 0 && !p.wrapping {
		return
	}
	p.staffed += dt
	switch {
	case p.wrapping:
		p.used += dt
	case p.units >= p.seat.Capacity:
		p.used += dt
	default:
		p.used += int64(float64(dt) * float64(p.units) / float64(p.seat.Capacity))
	}
	if p.holding > 0 || p.wrapping {
		p.busy += dt
	}
}

// staff changes a seat's presence.
func (s *simulation) staff(i int, change func(*post)) {
	s.account(i)
	p := &s.seats[i]
	change(p)
	was := p.seat.Presence.State
	p.seat.Presence.State = desk.Offline
	if p.shifts > 0 {
		switch p.seat.Presence.State = desk.Available; {
		case p.wrapping:
			p.seat.Presence.State = desk.WrapUp
		case len(p.seat.Takes) > 0:
			p.seat.Presence.State = desk.Away
		}
	}
	if was == p.seat.Presence.State {
		return
	}
	seat := s.m.seat(p.seat, s.time())
	if seat.doors.any() {
		return
	}
	for _, it := range slices.Collect(offersTo(s.m, seat)) { // what rings there goes back, as listen.go does it
		c := s.slot(it.Conversation)
		if s.m.refused(it.offer.ID, s.time(), false) {
			s.customers[c].stay = inLine
		}
	}
}

// offersTo are the items that ring at a seat.
func offersTo(m *mirror, s *seat) func(yield func(*item) bool) {
	return func(yield func(*item) bool) {
		for i := range s.Held {
			it := m.items[s.Held[i].Conversation]
			if it != nil && it.state == onOffer && it.offer.Agent == s.Agent && !yield(it) {
				return
			}
		}
	}
}

// line is a queue in play, and what happened in it.
type line struct {
	id      desk.QueueID
	limit   int // below 0: none
	waiting int
	within  int64

	offered, answered, intime, abandoned, blocked, delayed int
	waits                                                  []float64 // s, of everybody who is gone from the line
}

func (l *line) wait(ns int64) { l.waits = append(l.waits, float64(ns)/float64(time.Second)) }

// count opens or closes what is counted by time.
func (s *simulation) count(on bool) {
	for i := range s.seats {
		s.account(i)
	}
	s.open = on
	if s.watch != nil && on {
		s.watch.begin(s.present)
	}
}
