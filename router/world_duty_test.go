package router

import (
	"time"

	"yingda/desk"
)

// turns is a calendar that is open five minutes of every eight from dawn on.
type turns struct{}

const (
	turnOpen = 5 * time.Minute
	turnLong = 8 * time.Minute
)

// Open is Hours.
func (turns) Open(_ string, at time.Time) (open bool, changes time.Time) {
	into := at.Sub(dawn) % turnLong
	if into < turnOpen {
		return true, at.Add(turnOpen - into)
	}
	return false, at.Add(turnLong - into)
}

// planLeave sends somebody on leave in a little while, for a little while, or calls it off.
func (w *world) planLeave() {
	w.did = "leave"
	a := w.someone()
	from := w.clock.Add(time.Duration(w.rnd.IntN(120)-30) * time.Second)
	leave := []desk.Absence{{From: from, To: from.Add(time.Duration(1+w.rnd.IntN(180)) * time.Second)}}
	if w.rnd.IntN(2) == 0 {
		leave[0].Deputy = w.someone()
	}
	if w.rnd.IntN(4) == 0 {
		leave = nil
	}
	w.h.leave[a] = leave
	w.l.mu.Lock()
	w.l.append(string(a), desk.AboutSetting, desk.SettingChanged{Setting: desk.SettingLeave, ID: string(a)})
	w.l.mu.Unlock()
}

// onLeave is the leave the agent is on now, or nil.
func (w *world) onLeave(a desk.AgentID) *desk.Absence {
	for _, x := range w.h.leave[a] {
		if x.In(w.clock) {
			return &x
		}
	}
	return nil
}

// doorOpen says naively whether the agent may be offered something of the medium now, room apart.
func (w *world) doorOpen(a desk.AgentID, m desk.Medium) bool {
	p, profile := w.l.seats[a].Presence, w.h.agents[a]
	there := p.State == desk.Available || p.State == desk.Away && p.Reason == "meeting" && m == desk.Email
	if !there || w.onLeave(a) != nil {
		return false
	}
	if profile.ShiftCalendar == "" {
		return true
	}
	into, began := w.clock.Sub(dawn)%turnLong, w.clock.Sub(dawn)/turnLong
	if into < turnOpen-time.Duration(profile.ShiftLead[m])*time.Minute {
		return true
	}
	said := p.Since.Sub(dawn)
	return into >= turnOpen && said/turnLong == began && said%turnLong >= turnOpen // overtime, by their own word
}
