package agents

import (
	"slices"

	"yingda/desk"
)

// ScopeOf is whose conversations agent a may see: administrators all; supervisors the queues and people of the teams
// they lead or belong to, besides their own; agents their own queues, what is assigned to them, and, as for everybody,
// where they are mentioned.
func ScopeOf(d desk.Directory, a desk.Agent) desk.Scope {
	s := desk.Scope{Agent: a.ID, Agents: []desk.AgentID{a.ID}, Queues: desk.QueuesOf(d, a), All: a.Role == desk.RoleAdministrator}
	if a.Role != desk.RoleSupervisor {
		return s
	}
	teams := slices.Clone(a.Teams)
	for _, t := range d.Teams() {
		if slices.Contains(t.Leads, a.ID) && !slices.Contains(teams, t.ID) {
			teams = append(teams, t.ID)
		}
	}
	s.Queues = desk.QueuesOf(d, desk.Agent{Teams: teams, Queues: a.Queues})
	for _, other := range d.Agents() {
		if other.ID != a.ID && slices.ContainsFunc(other.Teams, func(t desk.TeamID) bool { return slices.Contains(teams, t) }) {
			s.Agents = append(s.Agents, other.ID)
		}
	}
	return s
}
