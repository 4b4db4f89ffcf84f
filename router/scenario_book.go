package router

import (
	"slices"
	"strconv"
	"time"

	"yingda/desk"
)

// scenarioEpoch is when a scenario's first day begins. The date means nothing.
var scenarioEpoch = time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)

// scenarioBook is a scenario's settings as the policy reads them: a desk.Directory.
type scenarioBook struct {
	queues map[desk.QueueID]desk.Queue
	list   []desk.Queue
	within map[desk.QueueID]time.Duration
	limit  map[desk.QueueID]int // below 0: none
	teams  map[desk.TeamID]desk.Team
}

// DefaultWithin is the service level's threshold of a queue that names none.
const DefaultWithin = 20 * time.Second

func newScenarioBook(s *Scenario) *scenarioBook {
	b := &scenarioBook{queues: map[desk.QueueID]desk.Queue{}, within: map[desk.QueueID]time.Duration{}, limit: map[desk.QueueID]int{}, teams: map[desk.TeamID]desk.Team{}}
	for i := range s.Agents {
		for _, t := range s.Agents[i].Teams {
			team := b.teams[t]
			team.ID, team.Queues = t, append(team.Queues, s.Agents[i].Queues...)
			b.teams[t] = team
		}
	}
	for i := range s.Queues {
		sq := &s.Queues[i]
		q := desk.Queue{
			ID: sq.ID, Rule: sq.Rule, Weights: sq.Weights, TierBoost: sq.TierBoost, PrioBoost: sq.PrioBoost,
			Ring: wholeSeconds(sq.Ring), Target: wholeSeconds(sq.Target),
		}
		if sq.whole != nil {
			q = *sq.whole
			q.Overflow, q.Relax = slices.Clip(q.Overflow), slices.Clip(q.Relax) // what is added below is this book's alone
		}
		within := sq.Within
		if within == 0 {
			within = DefaultWithin
		}
		if q.Target == 0 {
			q.Target = wholeSeconds(within)
		}
		for _, o := range sq.Overflow {
			q.Overflow = append(q.Overflow, desk.Overflow{After: wholeSeconds(o.After), Queue: o.Queue})
		}
		for _, r := range sq.Relax {
			q.Relax = append(q.Relax, desk.Relax{After: wholeSeconds(r.After), By: r.By})
		}
		b.queues[q.ID], b.within[q.ID], b.limit[q.ID] = q, within, -1
		b.list = append(b.list, q)
		if sq.Limit != nil {
			b.limit[q.ID] = *sq.Limit
		}
	}
	return b
}

// wholeSeconds rounds up, as settings keep seconds.
func wholeSeconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }

// Queue is desk.Directory.
func (b *scenarioBook) Queue(id desk.QueueID) (desk.Queue, bool) { q, ok := b.queues[id]; return q, ok }

// Queues is desk.Directory.
func (b *scenarioBook) Queues() []desk.Queue { return b.list }

// Inbox, Agent and the lists are desk.Directory: a scenario has none.
func (b *scenarioBook) Inbox(desk.InboxID) (desk.Inbox, bool) { return desk.Inbox{}, false }

// Team is desk.Directory: a team serves what its crews serve.
func (b *scenarioBook) Team(id desk.TeamID) (desk.Team, bool) { t, ok := b.teams[id]; return t, ok }

// Agent is desk.Directory.
func (b *scenarioBook) Agent(desk.AgentID) (desk.Agent, bool) { return desk.Agent{}, false }

// Agents is desk.Directory.
func (b *scenarioBook) Agents() []desk.Agent { return nil }

// Inboxes is desk.Directory.
func (b *scenarioBook) Inboxes() []desk.Inbox { return nil }

// Teams is desk.Directory.
func (b *scenarioBook) Teams() []desk.Team { return nil }

// Review is desk.Directory.
func (b *scenarioBook) Review() desk.ReviewPolicy { return desk.ReviewPolicy{} }

// Reasons and Leave are desk.Duties: a scenario's people are there by their shifts alone.
func (b *scenarioBook) Reasons() []desk.AwayReason { return nil }

// Leave is desk.Duties.
func (b *scenarioBook) Leave(desk.AgentID) []desk.Absence { return nil }

// work is one customer of a stream as the router sees one; who and when is filled in by the run.
func (b *scenarioBook) work(s *Stream, at time.Duration) desk.Work {
	w := desk.WorkOf(desk.Conversation{
		Queue: s.Queue, Skills: skillsOf(s.Skills), Medium: s.Channel, Locale: s.Language, Tier: s.Tier, Priority: s.Priority,
		QueuedAt: scenarioEpoch.Add(at),
	}, nil, b.queues[s.Queue])
	w.Ringing = s.Channel == desk.Voice
	return w
}

func skillsOf(need []NeedSkill) []desk.Skill {
	var out []desk.Skill
	for _, n := range need {
		out = append(out, desk.Skill{Name: n.Name, Level: n.Level})
	}
	return out
}

// seat is one agent of the crew, there and free.
func (a *Crew) seat(id desk.AgentID) desk.Seat {
	capacity := a.Capacity
	if capacity == 0 {
		capacity = desk.DefaultCapacity
	}
	s := desk.Seat{
		Agent: id, Presence: desk.Presence{Agent: id, State: desk.Offline}, Queues: a.Queues, Teams: a.Teams, Skills: skillsOf(a.Skills),
		Languages: a.Languages, Capacity: capacity, Maximum: a.Maximum,
	}
	if a.duty != nil {
		s.Presence.Since, s.Takes, s.Leave, s.Shifts = a.duty.since, a.duty.only, a.duty.leave, a.duty.shifts
	}
	return s
}

// member names the i-th of a crew.
func (a *Crew) member(i int) desk.AgentID {
	if a.Count <= 1 {
		return desk.AgentID(a.Name)
	}
	return desk.AgentID(a.Name + " " + strconv.Itoa(i+1))
}
