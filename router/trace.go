package router

import (
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"yingda/desk"
)

// This file answers "why not": with each offer, who else was looked at and why they were passed over; at any moment,
// why a conversation waits and why an agent gets nothing.

// tracePassed is how many agents a trace names: it is made with every offer, so it must not grow with the house.
const tracePassed = 8

// passedOver is the rest of an offer's trace: how many agents serve the queues, and the first of those who were not
// chosen, each with the reason: what WhyNot says, or how they compared.
func (m *mirror) passedOver(it *item, chosen *seat, rule desk.Rule, now time.Time) []desk.Reason {
	if it.prefer.Agent != "" {
		return nil // nobody else was asked
	}
	out := make([]desk.Reason, 0, tracePassed+1)
	named := make([]*seat, 1, tracePassed+1)
	named[0] = chosen
	look := func(seats []*seat) {
		for _, s := range seats {
			switch {
			case len(named) > tracePassed:
				return
			case slices.Contains(named, s):
				continue
			}
			named = append(named, s)
			why := m.refusal(it, s, now)
			if why == "" {
				c := m.candidate(it, s, now)
				why = behind(rule, &c, now)
			}
			out = append(out, desk.Reason{Rule: "passed", Value: string(s.Agent) + " " + why})
		}
	}
	for _, q := range it.stage.queues { // who is there first: they are the closer call
		look(m.serving[q])
	}
	for _, q := range it.stage.queues {
		look(m.roster[q])
	}
	for _, t := range it.stage.teams {
		look(m.members[t])
	}
	return append(out, desk.Reason{Rule: "considered", Value: strconv.Itoa(m.size(&it.stage))})
}

// size is how many seats the queues and teams of a stage have.
func (m *mirror) size(st *stage) int {
	if len(st.queues) == 1 && len(st.teams) == 0 {
		return len(m.roster[st.queues[0]])
	}
	n := 0
	for range m.enrolled(st) {
		n++
	}
	return n
}

// behind is how a seat that could have taken the work compared, by the rule that chose another.
func behind(rule desk.Rule, c *candidate, now time.Time) string {
	var b strings.Builder
	b.WriteString("behind")
	if c.declined {
		b.WriteString(" declined_before")
	}
	if !c.speaks {
		b.WriteString(" language")
	}
	switch rule {
	case desk.LeastLoaded:
		fmt.Fprintf(&b, " load=%d/%d", c.load, c.capacity)
	case desk.MostSkilled:
		fmt.Fprintf(&b, " skill=%d", c.skill)
	case desk.FairShare:
		fmt.Fprintf(&b, " taken=%d", c.taken)
	case desk.LongestIdle: // said below for every rule: it breaks their ties
	}
	if !c.turn.IsZero() {
		b.WriteString(" idle=" + now.Sub(c.turn).Round(time.Second).String())
	}
	return b.String()
}

// enrol notes which queues a seat serves, there or not; strike undoes it.
func (m *mirror) enrol(s *seat) {
	for _, q := range s.Queues {
		m.roster[q] = append(m.roster[q], s)
	}
	for _, t := range s.Teams {
		m.members[t] = append(m.members[t], s)
	}
}

func (m *mirror) strike(s *seat) {
	same := func(x *seat) bool { return x == s }
	for _, q := range s.Queues {
		m.roster[q] = slices.DeleteFunc(m.roster[q], same)
	}
	for _, t := range s.Teams {
		m.members[t] = slices.DeleteFunc(m.members[t], same)
	}
}

// enrolled are the seats of the queues and teams that may have work of a stage, there or not, each once.
func (m *mirror) enrolled(st *stage) iter.Seq[*seat] {
	return func(yield func(*seat) bool) {
		for i, q := range st.queues {
			for _, s := range m.roster[q] {
				if !slices.ContainsFunc(st.queues[:i], s.Serves) && !yield(s) {
					return
				}
			}
		}
		for i, t := range st.teams {
			for _, s := range m.members[t] {
				before := stage{queues: st.queues, teams: st.teams[:i]}
				if !before.serves(&s.Seat) && !yield(s) {
					return
				}
			}
		}
	}
}

// Idle says why an agent is not offered a group of waiting work that is alike: Count conversations, of which First goes
// first. Reason is a Hindrance's; "" means that it is about to be offered.
type Idle struct {
	First  desk.ConversationID
	Queue  desk.QueueID
	Medium desk.Medium
	Rank   time.Time
	Count  int
	Reason string
}

// Standing is what the router sees of an agent.
type Standing struct {
	Presence desk.PresenceState
	Load     int // units held and reserved, mail included
	Firm     int // the same without mail, which a call or a chat may interrupt
	Capacity int
	Queues   []desk.QueueID
	Waiting  int // conversations in the agent's reach, whatever keeps them apart
	Lanes    []Lane
	Changes  time.Time // when what they may be offered changes by itself; zero: never
	Reason   string
	Idle     []Idle // the first of them
}

// Lane is how an agent stands with one medium.
type Lane struct {
	Medium desk.Medium
	Held   int    // conversations held and reserved
	Units  int    // what they weigh
	Most   int    // the agent's own maximum; 0: none
	Why    string // why no more of it now, as a Hindrance's reason; "": there is room
}

// The one answer to why an agent is not offered more: Standing.Reason.
const (
	IdleAway       = shutAway        // not available
	IdleFocus      = shutFocus       // in a focus block
	IdleLeave      = shutLeave       // on planned leave
	IdleEnding     = shutEnding      // the shift is about to end
	IdleOff        = shutOff         // the shift is over, or has not begun
	IdleNoQueue    = "no_queue"      // serves no queue
	IdleNothing    = "nothing_waits" // nothing waits in these queues
	IdleOutOfReach = "out_of_reach"  // all of it is kept away, each group by its own reason
	IdleNext       = "next"          // some is about to be offered
)

// reason is the first thing that keeps work away; Idle is whole.
func (st *Standing) reason(d *doors) string {
	switch {
	case !d.any():
		return d.why[0]
	case len(st.Queues) == 0:
		return IdleNoQueue
	case st.Waiting == 0:
		return IdleNothing
	case slices.ContainsFunc(st.Idle, func(i Idle) bool { return i.Reason == "" }):
		return IdleNext
	}
	return IdleOutOfReach
}

// idleGroups bounds a Standing.
const idleGroups = 20

// WhyIdle says why an agent is not offered more: the waiting work of their queues in order of rank, alike together, and
// what stands between. ok is false when there is no such agent.
func (r *Router) WhyIdle(a desk.AgentID) (st Standing, ok bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	s := r.m.seats[a]
	if s == nil {
		return Standing{}, false
	}
	now := r.now()
	st = Standing{
		Presence: s.Presence.State, Load: s.load.All, Firm: s.load.Firm, Capacity: s.Capacity, Queues: slices.Clone(s.Queues),
	}
	seen := map[*bucket]bool{}
	look := func(b *bucket) {
		if seen[b] || len(b.items) == 0 {
			return
		}
		seen[b] = true
		st.Waiting += len(b.items)
		it := b.items[0]
		st.Idle = append(st.Idle, Idle{
			First: it.Conversation, Queue: it.Queue, Medium: it.Medium, Rank: it.Rank(), Count: len(b.items),
			Reason: r.m.refusal(it, s, now),
		})
	}
	for _, b := range r.m.byAgent[a] {
		look(b)
	}
	for _, q := range s.Queues {
		for _, b := range r.m.byQueue[q] {
			look(b)
		}
	}
	for _, t := range s.Teams {
		for _, b := range r.m.byTeam[t] {
			look(b)
		}
	}
	r.preferredElsewhere(s, look)
	slices.SortStableFunc(st.Idle, func(x, y Idle) int { return x.Rank.Compare(y.Rank) })
	d := r.m.doorsAt(s, now)
	st.Reason, st.Lanes, st.Changes = st.reason(d), r.m.lanes(s, d), d.next
	st.Idle = st.Idle[:min(len(st.Idle), idleGroups)]
	return st, true
}

// preferredElsewhere looks at the work of the seat's queues that waits for one other agent alone. Callers hold mu.
func (r *Router) preferredElsewhere(s *seat, look func(*bucket)) {
	for a, buckets := range r.m.byAgent {
		for _, b := range buckets {
			if a != s.Agent && len(b.items) > 0 && s.Serves(b.items[0].Queue) {
				look(b)
			}
		}
	}
}
