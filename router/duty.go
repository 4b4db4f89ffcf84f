package router

import (
	"context"
	"slices"
	"strings"
	"time"

	"yingda/desk"
)

// This file is when offers stop and start besides presence, as docs/routing.md publishes it: a pure function of a seat,
// the calendars and time, and the steps that make it come true at its moment.

// Hours knows when a calendar is open; *sla.Book's answers are passed in. Changes is the next moment that turns it over,
// zero when none is known.
type Hours interface {
	Open(calendar string, at time.Time) (open bool, changes time.Time)
}

// Why a seat is offered nothing of a medium now, besides room: what doors.why holds.
const (
	shutAway   = "away"      // offline, on a break, writing up or not responding
	shutStatus = "status"    // away for a reason that leaves other media open
	shutFocus  = "focus"     // in a focus block
	shutLeave  = "leave"     // on planned leave
	shutEnding = "shift_end" // the shift is about to end
	shutOff    = "off_shift" // the shift is over, or has not begun
)

// media are the three in the order of doors.
var media = [3]desk.Medium{desk.Email, desk.Chat, desk.Voice}

func mediumAt(m desk.Medium) int { return max(0, slices.Index(media[:], m)) }

// doors say for each medium why a seat may be offered nothing of it; "" it may.
type doors struct {
	why  [3]string
	next time.Time // when that may change by itself; zero: never
}

// any reports whether the seat may be offered anything.
func (d *doors) any() bool { return d.why[0] == "" || d.why[1] == "" || d.why[2] == "" }

// takes are the open media as Redis keeps them: each between blanks.
func (d *doors) takes() string {
	var b strings.Builder
	b.WriteByte(' ')
	for i, m := range media {
		if d.why[i] == "" {
			b.WriteString(string(m) + " ")
		}
	}
	return b.String()
}

func (d *doors) shutAll(why string) {
	for i := range d.why {
		if d.why[i] == "" {
			d.why[i] = why
		}
	}
}

// doorsOf is the rule: leave shuts all, then presence with its reason, then the end of the shift.
func doorsOf(s *desk.Seat, hours Hours, now time.Time) doors {
	var d doors
	for _, a := range s.Leave {
		if a.In(now) {
			d.shutAll(shutLeave)
			d.next = sooner(d.next, a.To)
		} else if a.From.After(now) {
			d.next = sooner(d.next, a.From)
		}
	}
	if s.Presence.State != desk.Available {
		d.byStatus(s)
	}
	if d.any() && hours != nil && len(s.Shifts) > 0 {
		d.byShift(s, hours, now)
	}
	return d
}

// byStatus leaves open what the reason for being away leaves.
func (d *doors) byStatus(s *desk.Seat) {
	why := shutAway
	switch {
	case s.Presence.State != desk.Away:
	case len(s.Takes) > 0:
		why = shutStatus
	case s.Presence.Reason == desk.ReasonFocus:
		why = shutFocus
	}
	for i, m := range media {
		if d.why[i] == "" && (s.Presence.State != desk.Away || !slices.Contains(s.Takes, m)) {
			d.why[i] = why
		}
	}
}

// byShift shuts what no shift of the seat has open. Of several shifts that are open the one that leaves most counts.
func (d *doors) byShift(s *desk.Seat, hours Hours, now time.Time) {
	shut := [3]string{}
	for i, m := range media {
		open := false
		for _, shift := range s.Shifts {
			why, next := shiftShuts(shift, m, s.Presence.Since, hours, now)
			d.next = sooner(d.next, next)
			open = open || why == ""
			if shut[i] == "" || why == shutEnding {
				shut[i] = why
			}
		}
		if open {
			shut[i] = ""
		}
		if d.why[i] == "" {
			d.why[i] = shut[i]
		}
	}
}

// shiftShuts says why a shift has nothing of a medium offered now, and when that changes: from its lead before the end
// of the calendar's open hours until these begin again. Who said that they are there while it was closed is taken at
// their word until it opens.
func shiftShuts(s desk.Shift, m desk.Medium, since time.Time, hours Hours, now time.Time) (why string, next time.Time) {
	open, changes := hours.Open(s.Calendar, now)
	if !open {
		if was, opens := hours.Open(s.Calendar, since); !was && opens.Equal(changes) {
			return "", changes
		}
		return shutOff, changes
	}
	if changes.IsZero() {
		return "", changes
	}
	stop := changes.Add(-time.Duration(s.Lead[m]) * time.Minute)
	if now.Before(stop) {
		return "", stop
	}
	return shutEnding, changes
}

// shut says why the seat is offered nothing of the medium now, or "". A step may be a little late, so what a moment has
// changed since is worked out anew.
func (m *mirror) shut(s *seat, medium desk.Medium, now time.Time) string {
	return m.doorsAt(s, now).why[mediumAt(medium)]
}

func (m *mirror) doorsAt(s *seat, now time.Time) *doors {
	if s.doors.next.IsZero() || now.Before(s.doors.next) {
		return &s.doors
	}
	d := doorsOf(&s.Seat, m.hours, now)
	return &d
}

// hang works out a seat's doors and plans the step at which they change.
func (m *mirror) hang(s *seat, now time.Time) {
	s.doors = doorsOf(&s.Seat, m.hours, now)
	if !s.doors.next.IsZero() {
		m.plan(step{at: s.doors.next, seat: s.Agent})
	}
}

// turnDoors does the step of a seat whose doors change at this moment: it is looked at again, and so is what waits for
// it or for whom it stands in.
func (m *mirror) turnDoors(s *seat, now time.Time) {
	if s.doors.next.IsZero() || now.Before(s.doors.next) {
		return
	}
	m.unserve(s)
	m.lines.move(s)
	m.hang(s, now)
	m.serve(s)
	m.doorsTurned = append(m.doorsTurned, s)
	m.placeWanted(s, now)
}

// serve notes that the seat may be offered work, when it may.
func (m *mirror) serve(s *seat) {
	if !s.doors.any() {
		return
	}
	for _, q := range s.Queues {
		m.serving[q] = append(m.serving[q], s)
	}
	m.free(s)
}

// placeWanted places anew what names the seat, or somebody it stands in for.
func (m *mirror) placeWanted(s *seat, now time.Time) {
	again := func(a desk.AgentID) {
		for c := range m.wanted[a] {
			if it := m.items[c]; it != nil && it.state == waiting {
				m.place(it, now)
			}
		}
	}
	again(s.Agent)
	for a := range m.standsFor[s.Agent] {
		again(a)
	}
}

// deputise notes who may stand in for the seat; undeputise forgets it.
func (m *mirror) deputise(s *seat) {
	note := func(d desk.AgentID) {
		if d == "" {
			return
		}
		if m.standsFor[d] == nil {
			m.standsFor[d] = map[desk.AgentID]bool{}
		}
		m.standsFor[d][s.Agent] = true
	}
	note(s.Deputy)
	for _, a := range s.Leave {
		note(a.Deputy)
	}
}

func (m *mirror) undeputise(s *seat) {
	delete(m.standsFor[s.Deputy], s.Agent)
	for _, a := range s.Leave {
		delete(m.standsFor[a.Deputy], s.Agent)
	}
}

// preferences are the work's own, the owner's passed on to the deputy while the owner is on leave.
func (m *mirror) preferences(w *desk.Work, now time.Time) []desk.Preference {
	for i, p := range w.Prefer {
		s := m.seats[p.Agent]
		if p.Rule != "owner" || s == nil {
			continue
		}
		if d := s.StandIn(now); d != "" {
			out := slices.Clone(w.Prefer)
			out[i].Agent, out[i].Rule = d, "deputy"
			return out
		}
	}
	return w.Prefer
}

// tellTurned tells Redis of seats whose doors changed at their moment. Callers hold turn.
func (r *Router) tellTurned(ctx context.Context, turned []*seat) error {
	for _, s := range turned {
		if _, err := r.send(ctx, r.keys.seatCall(s.Seat, s.doors.takes()), 0); err != nil {
			return err
		}
	}
	return nil
}

// lanes are how a seat stands with each medium: the lightest work its queues could bring counts.
func (m *mirror) lanes(s *seat, d *doors) []Lane {
	out := make([]Lane, 0, len(media))
	for i, medium := range media {
		l := Lane{Medium: medium, Held: s.load.Count[medium], Most: s.Maximum[medium], Why: d.why[i]}
		for _, w := range s.Held {
			if w.Medium == medium {
				l.Units += w.Weight
			}
		}
		if l.Why == "" {
			least := desk.Queue{}.WeightOf(medium)
			for n, q := range s.Queues {
				set := m.queue(q)
				if w := set.WeightOf(medium); n == 0 || w < least {
					least = w
				}
			}
			l.Why = Room(&s.Seat, &s.load, medium, least)
		}
		out = append(out, l)
	}
	return out
}
