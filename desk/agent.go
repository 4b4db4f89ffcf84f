package desk

import "time"

// Skill is something an agent can do, or work needs, at a level from 1 to 5.
type Skill struct {
	Name  string `json:"name"`
	Level int    `json:"level"`
}

// PresenceState is whether an agent can be offered work.
type PresenceState string

// The presence states (在线状态).
const (
	Offline       PresenceState = "offline"
	Available     PresenceState = "available"
	Away          PresenceState = "away"           // with a reason
	WrapUp        PresenceState = "wrap_up"        // 话后处理: until Until, then available
	NotResponding PresenceState = "not_responding" // after two missed offers; the agent returns by hand
)

// Valid reports whether s is one of the five states.
func (s PresenceState) Valid() bool {
	switch s {
	case Offline, Available, Away, WrapUp, NotResponding:
		return true
	}
	return false
}

// Presence is an agent's state, why and since when.
type Presence struct {
	Agent  AgentID
	State  PresenceState
	Reason string    // of away: id of an AwayReason; of wrap-up: UntilDone or ""
	Since  time.Time // when the state was entered
	Until  time.Time // away and wrap-up: when it ends by itself, zero: it does not; with UntilDone: when it is too long
}

// Seat is an agent as the router sees one: what they serve, what they hold, what they have room for.
type Seat struct {
	Agent     AgentID
	Presence  Presence
	Queues    []QueueID
	Teams     []TeamID
	Skills    []Skill
	Languages []string
	Taken     []time.Time    // when they were given work within FairSpan, oldest first
	Capacity  int            // units, 100 by default
	Maximum   map[Medium]int // conversations held at once per medium; missing or 0: no own limit
	Held      []Work
	IdleSince time.Time // when they last finished or left something; longest idle goes first
	Takes     []Medium  // while away: media that are offered all the same
	Leave     []Absence // planned, in order of From
	Deputy    AgentID   // stands in while they are on leave
	Shifts    []Shift   // when they work; none: always
}

// Load is the sum of the weights the seat holds (占用).
func (s Seat) Load() int {
	sum := 0
	for _, w := range s.Held {
		sum += w.Weight
	}
	return sum
}

// Serves reports whether the seat takes work of queue q.
func (s Seat) Serves(q QueueID) bool {
	for _, have := range s.Queues {
		if have == q {
			return true
		}
	}
	return false
}

// Skilled reports whether the seat has every needed skill at the needed level.
func (s Seat) Skilled(need []Skill) bool {
	for _, n := range need {
		ok := false
		for _, h := range s.Skills {
			ok = ok || h.Name == n.Name && h.Level >= n.Level
		}
		if !ok {
			return false
		}
	}
	return true
}
