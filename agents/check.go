package agents

import (
	"context"
	"encoding/json"

	"yingda/desk"
)

// CheckSetting looks at an agent's document before it is saved: a usable address nobody else signs in with, a role,
// skills at levels from 1 to 5, teams, queues and a deputy that are there. That an administrator stays is desk's to see to.
// Errors: Invalid "setting_invalid" (param field); Conflict "email_taken".
func CheckSetting(dir func() desk.Directory) desk.SettingCheck {
	return func(_ context.Context, s desk.Setting) error {
		if s.Kind != desk.SettingAgent {
			return nil
		}
		var a desk.Agent
		if err := json.Unmarshal(s.Doc, &a); err != nil {
			return invalid("doc")
		}
		a.ID = desk.AgentID(s.ID)
		if s.Deleted {
			return nil
		}
		if err := checkFields(a); err != nil {
			return err
		}
		return checkBeside(dir(), a)
	}
}

func invalid(field string) error { return desk.Refuse(desk.Invalid, "setting_invalid", "field", field) }

const maxCapacity = 10_000 // units: a hundred calls at once is a typing mistake

func checkFields(a desk.Agent) error {
	switch {
	case !desk.AddressFits(a.Email):
		return invalid("email")
	case a.Name == "":
		return invalid("name")
	case a.Role != desk.RoleAgent && a.Role != desk.RoleSupervisor && a.Role != desk.RoleAdministrator:
		return invalid("role")
	case a.Capacity < 0 || a.Capacity > maxCapacity:
		return invalid("capacity")
	}
	for _, sk := range a.Skills {
		if sk.Name == "" || sk.Level < 1 || sk.Level > 5 {
			return invalid("skills")
		}
	}
	for m, n := range a.Maximum {
		if !m.Valid() || n < 0 {
			return invalid("maximum")
		}
	}
	return nil
}

// checkBeside compares a with the rest of the house.
func checkBeside(d desk.Directory, a desk.Agent) error {
	for _, t := range a.Teams {
		if _, ok := d.Team(t); !ok {
			return invalid("teams")
		}
	}
	if _, ok := d.Agent(a.Deputy); a.Deputy != "" && (!ok || a.Deputy == a.ID) {
		return invalid("deputy")
	}
	for _, q := range a.Queues {
		if _, ok := d.Queue(q); !ok {
			return invalid("queues")
		}
	}
	for _, other := range d.Agents() {
		if other.ID != a.ID && fold(other.Email) == fold(a.Email) {
			return desk.Refuse(desk.Conflict, "email_taken", "email", a.Email)
		}
	}
	return nil
}
