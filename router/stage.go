package router

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"yingda/desk"
)

// stage is how far the timed steps have opened a piece of work by some moment.
type stage struct {
	relax   int            // levels taken off every required skill; 5 and more: no skill is required
	drop    []string       // skills that are not required any more
	queues  []desk.QueueID // whose agents may have it: its own first, then overflow
	teams   []desk.TeamID  // likewise
	late    []desk.TeamID  // teams that may not have it yet
	lift    time.Duration  // added to the boost, no more than Work.Lift
	step    int            // how many steps were taken
	skipped bool           // the last of them before its moment, since nobody could take it
	acts    []int          // steps taken whose deed is not done
	next    time.Time      // when the next step comes; zero: never
}

// stageAt applies the timed steps of a piece of work, counted from its first queueing: those of its plan, or the queue's
// own. anybody says whether somebody signed in could take work of a stage; a step that need not hold is taken at once
// when nobody could.
func stageAt(w *desk.Work, q *desk.Queue, now time.Time, anybody func(*stage) bool) stage {
	st := stage{queues: []desk.QueueID{w.Queue}}
	later := func(after int) bool {
		at := w.Since.Add(time.Duration(after) * time.Second)
		if at.After(now) {
			st.next = sooner(st.next, at)
			return true
		}
		return false
	}
	if w.Plan != nil {
		for _, d := range w.Plan.Delays {
			if later(d.After) {
				st.late = append(st.late, d.Team)
			}
		}
	}
	steps, own := stepsOf(w, q)
	for i := range steps {
		s := &steps[i]
		if w.Since.Add(time.Duration(s.After) * time.Second).After(now) {
			if s.Hold || anybody(&st) {
				later(s.After)
				break
			}
			st.skipped = true
		}
		st.take(s)
		if !own && s.Do != desk.DoNothing && !slices.Contains(w.Plan.Done, i) {
			st.acts = append(st.acts, i)
		}
	}
	st.lift = min(st.lift, w.Lift)
	return st
}

// stepsOf are the steps that count for a piece of work; own: they are the queue's own settings.
func stepsOf(w *desk.Work, q *desk.Queue) (steps []desk.Step, own bool) {
	if w.Plan != nil && len(w.Plan.Steps) > 0 {
		return w.Plan.Steps, false
	}
	if len(q.Relax)+len(q.Overflow) == 0 {
		return nil, true
	}
	return desk.PlanOf(*q).Steps, true
}

// take applies one step.
func (st *stage) take(s *desk.Step) {
	st.step++
	st.relax = max(st.relax, s.Relax)
	st.lift += time.Duration(s.Boost) * time.Minute
	for _, name := range s.Drop {
		if !slices.Contains(st.drop, name) {
			st.drop = append(st.drop, name)
		}
	}
	for _, q := range s.Queues {
		if !slices.Contains(st.queues, q) {
			st.queues = append(st.queues, q)
		}
	}
	for _, t := range s.Teams {
		if !slices.Contains(st.teams, t) {
			st.teams = append(st.teams, t)
		}
	}
}

// noSkill is the number of levels that drops a required skill altogether.
const noSkill = 5

// required are the skills still required: never below level 1, none when 5 levels or more are off.
func (st *stage) required(need []desk.Skill) []desk.Skill {
	if st.relax <= 0 && len(st.drop) == 0 {
		return need
	}
	if st.relax >= noSkill {
		return nil
	}
	out := make([]desk.Skill, 0, len(need))
	for _, s := range need {
		if !slices.Contains(st.drop, s.Name) {
			out = append(out, desk.Skill{Name: s.Name, Level: max(1, s.Level-st.relax)})
		}
	}
	return out
}

// serves reports whether a seat is of one of the queues or teams that may have the work by now.
func (st *stage) serves(s *desk.Seat) bool {
	return slices.ContainsFunc(st.queues, s.Serves) || len(st.teams) > 0 && st.ofTeam(s)
}

func (st *stage) ofTeam(s *desk.Seat) bool {
	return slices.ContainsFunc(st.teams, func(t desk.TeamID) bool { return slices.Contains(s.Teams, t) })
}

// delayed reports whether a seat of a team that may not have the queue's work yet has no other way to it: another team
// that serves the queue, or the queue in person.
func (m *mirror) delayed(s *seat, it *item) bool {
	late := it.stage.late
	if len(late) == 0 || !slices.ContainsFunc(late, func(t desk.TeamID) bool { return slices.Contains(s.Teams, t) }) {
		return false
	}
	for _, t := range s.Teams {
		if team, ok := m.dir.Team(t); ok && !slices.Contains(late, t) && slices.ContainsFunc(it.stage.queues, func(q desk.QueueID) bool {
			return slices.Contains(team.Queues, q)
		}) {
			return false
		}
	}
	a, ok := m.dir.Agent(s.Agent)
	return !ok || !slices.ContainsFunc(it.stage.queues, func(q desk.QueueID) bool { return slices.Contains(a.Queues, q) })
}

// gate is a stage at which work waits as long as somebody signed in could take it. Its items are looked at again when
// that changes: people sign in and out seldom, and alike work has one gate.
type gate struct {
	at     stage
	need   []desk.Skill
	open   bool
	behind map[desk.ConversationID]*item
}

// present reports whether a seat counts as signed in: there, busy with the last case or on a break, but not on leave.
func present(s *desk.Seat) bool {
	switch s.Presence.State {
	case desk.Available, desk.WrapUp, desk.Away:
		return s.Presence.Reason != desk.ReasonOnLeave
	case desk.Offline, desk.NotResponding:
	}
	return false
}

// anybody is the stage's gate for an item: whether somebody signed in could take it, room apart. The item is noted there.
func (m *mirror) anybody(it *item, st *stage) bool {
	need := st.required(it.Skills)
	key := gateKey(st, need)
	g := m.gates[key]
	if g == nil {
		g = &gate{at: *st, need: need, behind: map[desk.ConversationID]*item{}}
		g.at.queues, g.at.teams = slices.Clone(st.queues), slices.Clone(st.teams)
		g.open = m.staffed(g)
		m.gates[key] = g
	}
	g.behind[it.Conversation] = it
	it.gates = append(it.gates, key)
	return g.open
}

func gateKey(st *stage, need []desk.Skill) string {
	var b strings.Builder
	for _, q := range st.queues {
		b.WriteString(string(q))
		b.WriteByte(0)
	}
	b.WriteByte(1)
	for _, t := range st.teams {
		b.WriteString(string(t))
		b.WriteByte(0)
	}
	b.WriteByte(1)
	for _, s := range need {
		b.WriteString(s.Name)
		b.WriteByte(0)
		b.WriteString(strconv.Itoa(s.Level))
	}
	return b.String()
}

func (m *mirror) staffed(g *gate) bool {
	may := func(s *seat) bool { return present(&s.Seat) && s.Skilled(g.need) }
	for _, q := range g.at.queues {
		if slices.ContainsFunc(m.roster[q], may) {
			return true
		}
	}
	for _, t := range g.at.teams {
		if slices.ContainsFunc(m.members[t], may) {
			return true
		}
	}
	return false
}

// leaveGates takes an item off its gates.
func (m *mirror) leaveGates(it *item) {
	for _, key := range it.gates {
		if g := m.gates[key]; g != nil {
			if delete(g.behind, it.Conversation); len(g.behind) == 0 {
				delete(m.gates, key)
			}
		}
	}
	it.gates = it.gates[:0]
}

// restaff looks at the gates again after a seat came, went or changed, and places anew what waits behind those that
// opened or shut.
func (m *mirror) restaff(now time.Time) {
	var moved []*item
	for _, g := range m.gates {
		if open := m.staffed(g); open != g.open {
			g.open = open
			for _, it := range g.behind {
				moved = append(moved, it)
			}
		}
	}
	for _, it := range moved {
		if m.items[it.Conversation] == it && it.state == waiting {
			m.place(it, now)
		}
	}
}
