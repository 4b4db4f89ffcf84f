package router

import (
	"slices"
	"time"

	"yingda/desk"
)

// held notes that an agent holds the work since at.
func (m *mirror) held(a desk.AgentID, w desk.Work, at time.Time) {
	m.came(w.Conversation, at, true)
	s := m.seats[a]
	if s == nil {
		return
	}
	s.hold(w)
	if s.since == nil {
		s.since = map[desk.ConversationID]time.Time{}
	}
	s.since[w.Conversation] = at
	if at.After(unknownSince) {
		n := s.takenSince(at.Add(-desk.FairSpan))
		s.Taken = append(s.Taken[len(s.Taken)-n:], at)
	}
	m.turned(s, at)
}

// takenSince counts what the seat was given from a moment on.
func (s *seat) takenSince(at time.Time) int {
	n := 0
	for n < len(s.Taken) && !s.Taken[len(s.Taken)-1-n].Before(at) {
		n++
	}
	return n
}

// released notes that an agent holds the conversation no longer.
func (m *mirror) released(a desk.AgentID, c desk.ConversationID, at time.Time) {
	s := m.seats[a]
	if s == nil || s.since[c].IsZero() {
		return
	}
	if i := slices.IndexFunc(s.Held, func(w desk.Work) bool { return w.Conversation == c }); i >= 0 {
		m.pace.add(s.Held[i].Queue, s.Held[i].Medium, at.Sub(s.since[c]))
	}
	delete(s.since, c)
	s.unhold(c)
	m.turned(s, at)
	m.free(s)
}

func (s *seat) hold(w desk.Work) {
	if i := slices.IndexFunc(s.Held, func(h desk.Work) bool { return h.Conversation == w.Conversation }); i >= 0 {
		s.Held[i] = w
	} else {
		s.Held = append(s.Held, w)
	}
	s.load = LoadOf(s.Held)
}

func (s *seat) unhold(c desk.ConversationID) {
	s.Held = slices.DeleteFunc(s.Held, func(h desk.Work) bool { return h.Conversation == c })
	s.load = LoadOf(s.Held)
}

func (m *mirror) turned(s *seat, at time.Time) {
	m.lines.move(s)
	m.order++
	s.order = m.order
	if at.After(s.turn) {
		s.turn = at
	}
}

func (m *mirror) free(s *seat) {
	if !s.fresh {
		s.fresh = true
		m.freed = append(m.freed, s)
	}
}

// seat puts an agent's profile and presence in, keeping what they hold when held is false.
func (m *mirror) seat(p desk.Seat, now time.Time) *seat {
	s := m.seats[p.Agent]
	if s == nil {
		s = &seat{turn: p.IdleSince}
		m.seats[p.Agent] = s
	} else {
		p.Held, p.Taken = s.Held, s.Taken
	}
	m.unserve(s)
	m.undeputise(s)
	moved := !slices.Equal(s.Queues, p.Queues) || !slices.Equal(s.Teams, p.Teams)
	staffing := moved || present(&s.Seat) != present(&p) || !slices.Equal(s.Skills, p.Skills)
	if moved {
		m.strike(s)
	}
	if p.Capacity <= 0 {
		p.Capacity = desk.DefaultCapacity
	}
	s.Seat = p
	s.load = LoadOf(s.Held)
	if moved {
		m.enrol(s)
	}
	m.deputise(s)
	m.lines.move(s)
	m.hang(s, now)
	m.serve(s)
	if staffing {
		m.restaff(now)
	}
	m.placeWanted(s, now)
	return s
}

func (m *mirror) unserve(s *seat) {
	for _, q := range s.Queues {
		m.serving[q] = slices.DeleteFunc(m.serving[q], func(x *seat) bool { return x == s })
	}
}
