package router

import (
	"slices"
	"time"

	"yingda/desk"
)

// setting brings seats and queues up to changed settings.
func (r *Router) setting(f desk.SettingChanged, now time.Time) []call {
	switch f.Setting {
	case desk.SettingAgent:
		if a, ok := r.dir.Agent(desk.AgentID(f.ID)); ok && !f.Deleted {
			return r.reseat(a, now)
		}
		return r.reseat(desk.Agent{ID: desk.AgentID(f.ID), Disabled: true}, now)
	case desk.SettingLeave:
		if a, ok := r.dir.Agent(desk.AgentID(f.ID)); ok {
			return r.reseat(a, now)
		}
	case desk.SettingReason, desk.SettingCalendar, desk.SettingHolidays: // what a status takes, when a shift ends
		var calls []call
		for _, a := range r.dir.Agents() {
			if s := r.m.seats[a.ID]; s != nil && (s.Presence.Reason == f.ID || len(s.Shifts) > 0) {
				calls = append(calls, r.reseat(a, now)...)
			}
		}
		return calls
	case desk.SettingTeam:
		var calls []call
		for _, a := range r.dir.Agents() {
			if slices.Contains(a.Teams, desk.TeamID(f.ID)) {
				calls = append(calls, r.reseat(a, now)...)
			}
		}
		return calls
	case desk.SettingQueue: // steps, rule or ring changed: every item of the queue has a new stage
		for _, it := range r.m.items {
			if it.Queue == desk.QueueID(f.ID) && it.state == waiting {
				r.m.place(it, now)
			}
		}
		r.kick()
	}
	return nil
}

// reseat brings a seat up to its agent's profile. A disabled agent serves nothing.
func (r *Router) reseat(a desk.Agent, now time.Time) []call {
	presence, idle := desk.Presence{Agent: a.ID, State: desk.Offline}, now
	if s := r.m.seats[a.ID]; s != nil {
		presence, idle = s.Presence, s.IdleSince
	}
	p := desk.SeatOf(r.dir, a, presence)
	p.IdleSince = idle
	if a.Disabled {
		p.Queues, p.Teams, p.Presence.State = nil, nil, desk.Offline
	}
	s := r.m.seat(p, now)
	return append(r.freeOffers(s), r.keys.seatCall(s.Seat, s.doors.takes()))
}
