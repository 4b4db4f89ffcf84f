package router

import (
	"yingda/desk"
)

// Routing is a queue's routing policy: which of its rules fits a conversation that is to wait there, and what follows.
// It is one settings document (kind "routing", its id is the queue's), the same in JSON and YAML. What it leaves out, the
// queue's own settings say. docs/routing.md publishes what each part means.
type Routing struct {
	ID   desk.QueueID `json:"id" yaml:"id"`
	Name string       `json:"name,omitempty" yaml:"name"`
	// Rules are tried in order; the first that fits counts.
	Rules []RoutingRule `json:"rules" yaml:"rules" nullable:"false"`
	// Steps are those of conversations whose rule has none, and of those that fit no rule.
	Steps []RoutingStep `json:"steps" yaml:"steps" nullable:"false"`
	// Limit says when the queue is full, and what happens to who comes then.
	Limit *RoutingLimit `json:"limit,omitempty" yaml:"limit"`
	// Delays keep the queue's work from teams for a while.
	Delays []RoutingDelay `json:"delays" yaml:"delays" nullable:"false"`
	// OwnFirst: work that waits for one agent alone goes before everything else of that agent's, ringing calls apart.
	OwnFirst bool `json:"own_first,omitempty" yaml:"own_first"`
	// Prefer says whom to try first, where it is not as the queue's settings have it.
	Prefer *RoutingPrefer `json:"prefer,omitempty" yaml:"prefer"`
	// Order is the rule among agents who could take the same work; "" is the queue's.
	Order desk.Rule `json:"order,omitempty" yaml:"order" enum:",longest_idle,least_loaded,most_skilled,fair_share"`
	// Decide lets an endpoint of the firm choose the agent.
	Decide *RoutingDecide `json:"decide,omitempty" yaml:"decide"`
}

// RoutingDecide is an endpoint that chooses who is to have the queue's work: docs/routing.md, "An endpoint that decides".
type RoutingDecide struct {
	URL      string        `json:"url" yaml:"url" maxLength:"2000"`
	Secret   string        `json:"secret" yaml:"secret" doc:"the webhook whose secret signs question and answer; the url is of its host"`
	Deadline int           `json:"deadline_ms,omitempty" yaml:"deadline_ms" minimum:"0" maximum:"3000" doc:"then our own choice counts; 0: 800"`
	On       []desk.Medium `json:"on,omitempty" yaml:"on" nullable:"false" doc:"channels it is asked about; none: all"`
}

// RoutingRule is one rule: when it fits, and what it says.
type RoutingRule struct {
	Name string      `json:"name" yaml:"name" minLength:"1" maxLength:"100"`
	When RoutingWhen `json:"when" yaml:"when"`

	Need   []desk.Skill   `json:"need,omitempty" yaml:"need" nullable:"false" doc:"required skills, levels 1 to 5"`
	Want   []desk.Skill   `json:"want,omitempty" yaml:"want" nullable:"false" doc:"who has them goes first"`
	Boost  int            `json:"boost_min,omitempty" yaml:"boost_min" minimum:"0" doc:"minutes added to the head start"`
	Queue  desk.QueueID   `json:"queue,omitempty" yaml:"queue" doc:"send it to this queue, whose policy is asked next"`
	Order  desk.Rule      `json:"order,omitempty" yaml:"order" enum:",longest_idle,least_loaded,most_skilled,fair_share"`
	Prefer *RoutingPrefer `json:"prefer,omitempty" yaml:"prefer"`
	Steps  []RoutingStep  `json:"steps,omitempty" yaml:"steps" nullable:"false"`
	Split  []RoutingShare `json:"split,omitempty" yaml:"split" nullable:"false" doc:"a share of the customers, always the same ones, goes otherwise"`
}

// RoutingWhen is the conditions of a rule: all that are given must hold; within a list one is enough.
type RoutingWhen struct {
	Channel  []desk.Medium  `json:"channel,omitempty" yaml:"channel" nullable:"false"`
	Inbox    []desk.InboxID `json:"inbox,omitempty" yaml:"inbox" nullable:"false"`
	Tier     []desk.Tier    `json:"tier,omitempty" yaml:"tier" nullable:"false"`
	Owner    []desk.AgentID `json:"owner,omitempty" yaml:"owner" nullable:"false"`
	Owned    *bool          `json:"owned,omitempty" yaml:"owned" doc:"whether the customer has an owner at all"`
	Language []string       `json:"language,omitempty" yaml:"language" nullable:"false" doc:"zh also means zh-CN"`
	Words    []string       `json:"words,omitempty" yaml:"words" nullable:"false" doc:"any of them stands in the subject or the first message"`
	NoWords  []string       `json:"no_words,omitempty" yaml:"no_words" nullable:"false" doc:"none of them does"`
	Hours    *RoutingHours  `json:"hours,omitempty" yaml:"hours"`
}

// RoutingHours holds while a calendar is open, or while it is closed.
type RoutingHours struct {
	Calendar string `json:"calendar" yaml:"calendar"`
	Outside  bool   `json:"outside,omitempty" yaml:"outside"`
}

// RoutingStep is what changes after a while.
type RoutingStep struct {
	After  int               `json:"after_s" yaml:"after_s" minimum:"0"`
	Hold   bool              `json:"hold,omitempty" yaml:"hold" doc:"wait for the moment though nobody signed in could take it before"`
	Relax  int               `json:"relax,omitempty" yaml:"relax" minimum:"0" maximum:"5" doc:"levels off every required skill; 5: none is required"`
	Drop   []string          `json:"drop,omitempty" yaml:"drop" nullable:"false" doc:"skills that are not required any more"`
	Queues []desk.QueueID    `json:"queues,omitempty" yaml:"queues" nullable:"false" doc:"their agents may have it as well"`
	Teams  []desk.TeamID     `json:"teams,omitempty" yaml:"teams" nullable:"false"`
	Boost  int               `json:"boost_min,omitempty" yaml:"boost_min" minimum:"0"`
	Do     desk.Deed         `json:"do,omitempty" yaml:"do" enum:",message,callback,voicemail,alert"`
	Text   map[string]string `json:"text,omitempty" yaml:"text" doc:"for the customer, by language: {\"zh\": …, \"en\": …}"`
}

// RoutingLimit says when a queue is full.
type RoutingLimit struct {
	Size  int               `json:"size,omitempty" yaml:"size" minimum:"0" doc:"so many wait already; 0: no limit"`
	Wait  int               `json:"wait_s,omitempty" yaml:"wait_s" minimum:"0" doc:"who comes would wait so long, as far as that is known; 0: no limit"`
	Do    desk.Deed         `json:"do" yaml:"do" enum:"overflow,callback,message,refuse"`
	Queue desk.QueueID      `json:"queue,omitempty" yaml:"queue" doc:"with overflow"`
	Text  map[string]string `json:"text,omitempty" yaml:"text"`
}

// RoutingShare is a part of a rule's customers.
type RoutingShare struct {
	Name    string       `json:"name" yaml:"name" minLength:"1" maxLength:"100"`
	Percent int          `json:"percent" yaml:"percent" minimum:"1" maximum:"100"`
	Queue   desk.QueueID `json:"queue,omitempty" yaml:"queue"`
	Order   desk.Rule    `json:"order,omitempty" yaml:"order" enum:",longest_idle,least_loaded,most_skilled,fair_share"`
}

// RoutingDelay keeps the queue's work from a team's agents until it has waited so long.
type RoutingDelay struct {
	Team  desk.TeamID `json:"team" yaml:"team"`
	After int         `json:"after_s" yaml:"after_s" minimum:"1"`
}

// RoutingPrefer is how long to try whom first; 0 is as the queue has it, below 0 is not at all.
type RoutingPrefer struct {
	Owner int `json:"owner_s,omitempty" yaml:"owner_s" doc:"the customer's owner, or the deputy while the owner is absent"`
	Last  int `json:"last_agent_s,omitempty" yaml:"last_agent_s"`
	Days  int `json:"last_agent_days,omitempty" yaml:"last_agent_days" minimum:"0"`
}

// RoutingOf is a queue's own settings as the policy that they are: what an editor begins with, and what a first draft is
// compared with.
func RoutingOf(q desk.Queue) Routing {
	doc := Routing{ID: q.ID, Order: q.Rule}
	for _, s := range desk.PlanOf(q).Steps {
		doc.Steps = append(doc.Steps, RoutingStep{After: s.After, Hold: s.Hold, Relax: s.Relax, Queues: s.Queues})
	}
	if q.OwnerWait != 0 || q.LastWait != 0 || q.LastDays != 0 {
		doc.Prefer = &RoutingPrefer{Owner: q.OwnerWait, Last: q.LastWait, Days: q.LastDays}
	}
	return doc
}
