package desk

// Ids are lowercase UUIDv7 text, so that they sort by birth. They are opaque: nothing is read out of them.
type (
	ConversationID string
	MessageID      string
	ContactID      string
	InboxID        string
	AgentID        string
	QueueID        string
	TeamID         string
	OfferID        string
)

// Medium is how the customer reaches us.
type Medium string

// The three media.
const (
	Email Medium = "email"
	Chat  Medium = "chat"
	Voice Medium = "voice"
)

// Priority is how urgent a conversation is in itself, whoever it comes from.
type Priority string

// The priorities, most urgent first.
const (
	Urgent Priority = "urgent"
	High   Priority = "high"
	Normal Priority = "normal"
	Low    Priority = "low"
)

// Tier is how much the firm cares for a contact: 战略, 重点, 普通.
type Tier string

// The tiers, dearest first.
const (
	Strategic Tier = "strategic"
	Key       Tier = "key"
	Ordinary  Tier = "ordinary"
)

// Valid reports whether p is one of the four priorities.
func (p Priority) Valid() bool { return p == Urgent || p == High || p == Normal || p == Low }

// Valid reports whether t is one of the three tiers.
func (t Tier) Valid() bool { return t == Strategic || t == Key || t == Ordinary }

// Valid reports whether m is one of the three media.
func (m Medium) Valid() bool { return m == Email || m == Chat || m == Voice }

// ActorKind says what sort of somebody did something.
type ActorKind string

// The kinds of actor.
const (
	BySystem  ActorKind = "system"
	ByAgent   ActorKind = "agent"
	ByContact ActorKind = "contact"
)

// Role is what an agent may do. Every agent has exactly one.
type Role string

// The roles, least first. Each may do what the one before may, within its scope.
const (
	RoleAgent         Role = "agent"
	RoleSupervisor    Role = "supervisor"
	RoleAdministrator Role = "administrator"
)

// Actor is who did something: a person, a contact or the system itself. Role is empty but for agents.
type Actor struct {
	Kind ActorKind
	ID   string
	Role Role
}

// System is the actor of what nobody in particular did.
func System() Actor { return Actor{Kind: BySystem} }

// AgentActor is agent a acting with role r.
func AgentActor(a AgentID, r Role) Actor { return Actor{Kind: ByAgent, ID: string(a), Role: r} }

// ContactActor is contact c acting.
func ContactActor(c ContactID) Actor { return Actor{Kind: ByContact, ID: string(c)} }

// Agent is the agent this actor is, or "".
func (a Actor) Agent() AgentID {
	if a.Kind != ByAgent {
		return ""
	}
	return AgentID(a.ID)
}

// Supervises reports whether the actor may direct other people's work.
func (a Actor) Supervises() bool {
	return a.Kind == BySystem || a.Role == RoleSupervisor || a.Role == RoleAdministrator
}
