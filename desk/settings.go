package desk

import (
	"context"
	"encoding/json"
	"time"
)

// Settings are documents: what an administrator may change while the desk runs. Each has a kind, an id and a version,
// is saved whole through [Service.SaveSetting], and leaves a fact with before and after. Their structs carry JSON
// tags because the document is the record; docs/decisions/001-settings-are-documents.md says why.

// SettingKind names a kind of settings document.
type SettingKind string

// The kinds of settings. Policies, calendars and holiday lists are sla's documents; desk stores them without reading them.
const (
	SettingInbox    SettingKind = "inbox"
	SettingQueue    SettingKind = "queue"
	SettingTeam     SettingKind = "team"
	SettingAgent    SettingKind = "agent"
	SettingSkill    SettingKind = "skill"
	SettingCanned   SettingKind = "canned"
	SettingTag      SettingKind = "tag"
	SettingTiers    SettingKind = "tiers" // one document, id "tiers": what the firm calls its tiers and their boosts
	SettingPolicy   SettingKind = "policy"
	SettingCalendar SettingKind = "calendar"
	SettingHolidays SettingKind = "holidays" // a published list of holidays that calendars may follow

	// The router's documents, which desk does not read. Their id is the queue's.
	SettingRouting      SettingKind = "routing"       // a queue's routing policy, in force
	SettingRoutingDraft SettingKind = "routing_draft" // one that is being written
)

// Subject is what facts about a document of the kind are about.
func (k SettingKind) Subject(id string) Subject { return Subject{AboutSetting, string(k) + ":" + id} }

// Setting is one settings document. Version counts from 1; saving states the version it saw (0: new).
type Setting struct {
	Kind      SettingKind
	ID        string
	Version   int64
	Doc       json.RawMessage
	Deleted   bool
	UpdatedAt time.Time
}

// Inbox is one address, widget or number (收件箱). Channel holds the settings of its channel's room, which desk does
// not read; secrets are never in it.
type Inbox struct {
	ID       InboxID         `json:"id"`
	Name     string          `json:"name"`
	Medium   Medium          `json:"medium"`
	Queue    QueueID         `json:"queue"`
	Address  string          `json:"address"` // mail address, widget key or phone number
	Enabled  bool            `json:"enabled"`
	Reopen   int             `json:"reopen_days"` // days a resolved conversation re-opens; 0: the default 7
	Priority Priority        `json:"priority"`    // of what comes in here; "": normal
	Skills   []Skill         `json:"skills" nullable:"false"`
	Channel  json.RawMessage `json:"channel,omitempty"`
}

// ReopenFor is the inbox's re-open window.
func (i Inbox) ReopenFor() time.Duration {
	if i.Reopen > 0 {
		return time.Duration(i.Reopen) * 24 * time.Hour
	}
	return ReopenWindow
}

// Rule is how a queue chooses among agents who could take the same work.
type Rule string

// The rules. "" means longest idle for chat and phone, least loaded for mail.
const (
	LongestIdle Rule = "longest_idle"
	LeastLoaded Rule = "least_loaded"
	MostSkilled Rule = "most_skilled"
	FairShare   Rule = "fair_share" // who was given the least work in the last FairSpan
)

// FairSpan is how far back fair share counts.
const FairSpan = 4 * time.Hour

// Valid reports whether r is one of the rules, or "".
func (r Rule) Valid() bool {
	return r == "" || r == LongestIdle || r == LeastLoaded || r == MostSkilled || r == FairShare
}

// Queue is where work of one kind waits (队列). Durations are in seconds, boosts in minutes.
type Queue struct {
	ID          QueueID          `json:"id"`
	Name        string           `json:"name"`
	Target      int              `json:"target_s"`                       // default time to answer, used for rank when no policy applies
	Ring        int              `json:"ring_s"`                         // an offer rings this long; 0: 30
	Rule        Rule             `json:"rule"`                           // "" by medium
	AutoAccept  []Medium         `json:"auto_accept" nullable:"false"`   // media whose offers are accepted at once
	OwnerWait   int              `json:"owner_wait_s"`                   // try the customer's owner first for so long; 0: 120
	LastWait    int              `json:"last_agent_wait_s"`              // then the last agent; 0: 60
	LastDays    int              `json:"last_agent_days"`                // the last agent counts for so many days; 0: 14
	KeepOnLeave []Medium         `json:"keep_on_leave" nullable:"false"` // media an absent agent keeps; others go back to the queue
	WrapUp      map[Medium]int   `json:"wrap_up_s,omitempty"`
	WrapUpMost  map[Medium]int   `json:"wrap_up_most_s,omitempty"`     // set: wrap-up lasts until the agent says done, and supervisors see it as long after so many seconds
	Weights     map[Medium]int   `json:"weights,omitempty"`            // units; defaults phone 100, chat 30, mail 10
	TierBoost   map[Tier]int     `json:"tier_boost_min,omitempty"`     // defaults 240, 120, 0
	PrioBoost   map[Priority]int `json:"priority_boost_min,omitempty"` // defaults 240, 60, 0, 0
	Overflow    []Overflow       `json:"overflow" nullable:"false"`
	Relax       []Relax          `json:"relax" nullable:"false"`
	Goal        int              `json:"goal_pct,omitempty"` // of the day's promises to be kept, per cent; 0: 90
}

// Overflow lets another queue's agents take work that waited After seconds.
type Overflow struct {
	After int     `json:"after_s"`
	Queue QueueID `json:"queue"`
}

// Relax lowers every required skill by By levels (or drops it when By is 5) after so many seconds.
type Relax struct {
	After int `json:"after_s"`
	By    int `json:"by"`
}

// Defaults of a queue, published in docs/routing.md.
const (
	DefaultRing     = 30 * time.Second
	DefaultOwner    = 120 * time.Second
	DefaultLast     = 60 * time.Second
	DefaultLastDays = 14
	DefaultTarget   = 24 * time.Hour
	DefaultCapacity = 100 // units
	DefaultGoal     = 90  // per cent of the day's promises
)

var (
	defaultWeight    = map[Medium]int{Voice: 100, Chat: 30, Email: 10}
	defaultTierBoost = map[Tier]int{Strategic: 240, Key: 120}
	defaultPrioBoost = map[Priority]int{Urgent: 240, High: 60}
)

// WeightOf is what one conversation of medium m weighs in this queue, in units.
func (q Queue) WeightOf(m Medium) int {
	if w := q.Weights[m]; w > 0 {
		return w
	}
	return defaultWeight[m]
}

// BoostOf is the head start of a tier and a priority together, before the cap of half a target.
func (q Queue) BoostOf(t Tier, p Priority) time.Duration {
	tier, ok := q.TierBoost[t]
	if !ok {
		tier = defaultTierBoost[t]
	}
	prio, ok := q.PrioBoost[p]
	if !ok {
		prio = defaultPrioBoost[p]
	}
	return time.Duration(max(0, tier)+max(0, prio)) * time.Minute
}

// RingFor is how long an offer of this queue rings.
func (q Queue) RingFor() time.Duration { return seconds(q.Ring, DefaultRing) }

// TargetFor is the answer target used for rank when no policy gives one.
func (q Queue) TargetFor() time.Duration { return seconds(q.Target, DefaultTarget) }

// Accepts reports whether offers of medium m are accepted for the agent at once.
func (q Queue) Accepts(m Medium) bool {
	for _, a := range q.AutoAccept {
		if a == m {
			return true
		}
	}
	return false
}

func seconds(n int, otherwise time.Duration) time.Duration {
	if n > 0 {
		return time.Duration(n) * time.Second
	}
	return otherwise
}

// Team is agents of one kind and the queues they serve (小组). Leads are supervisors of the team.
type Team struct {
	ID     TeamID    `json:"id"`
	Name   string    `json:"name"`
	Queues []QueueID `json:"queues" nullable:"false"`
	Leads  []AgentID `json:"leads" nullable:"false"`

	ShiftCalendar string         `json:"shift_calendar,omitempty"` // its open hours are the team's shift; "": always
	ShiftLead     map[Medium]int `json:"shift_lead_min,omitempty"` // new offers stop so many minutes before the shift ends
}

// Agent is one of the people who answer, supervise or administer. Credentials are kept elsewhere (room agents).
type Agent struct {
	ID        AgentID        `json:"id"`
	Name      string         `json:"name"`
	Email     string         `json:"email"` // signs in with it
	Role      Role           `json:"role"`
	Extension string         `json:"extension"` // phone
	Locale    string         `json:"locale"`
	Languages []string       `json:"languages" nullable:"false"`
	Teams     []TeamID       `json:"teams" nullable:"false"`
	Queues    []QueueID      `json:"queues" nullable:"false"` // besides those of the teams
	Skills    []Skill        `json:"skills" nullable:"false"`
	Capacity  int            `json:"capacity"` // units; 0: 100
	Maximum   map[Medium]int `json:"maximum,omitempty"`
	Disabled  bool           `json:"disabled"`
	Reviewer  bool           `json:"reviewer,omitempty"` // may review other people's mails; supervisors may anyway

	ShiftCalendar string         `json:"shift_calendar,omitempty"` // their own shift; "": the teams'
	ShiftLead     map[Medium]int `json:"shift_lead_min,omitempty"`
	Deputy        AgentID        `json:"deputy,omitempty"` // asked for this agent's customers while they are absent
}

// Canned is a reply kept for use again (快捷回复). Shortcut is what an agent types after "/".
type Canned struct {
	ID       string `json:"id"`
	Shortcut string `json:"shortcut"`
	Title    string `json:"title"`
	Text     string `json:"text"`
	HTML     string `json:"html"`
	Locale   string `json:"locale"`
	Team     TeamID `json:"team"` // "" everybody's
}

// Directory is a consistent, in-memory view of the settings desk itself reads. The store keeps it fresh.
type Directory interface {
	Inbox(id InboxID) (Inbox, bool)
	Queue(id QueueID) (Queue, bool)
	Team(id TeamID) (Team, bool)
	Agent(id AgentID) (Agent, bool)
	Agents() []Agent // in order of name; shared, not to be changed
	Queues() []Queue
	Inboxes() []Inbox
	Teams() []Team
	Review() ReviewPolicy // which mails wait for a second pair of eyes; none are asked for: the zero policy
	Duties
}

// QueuesOf are the queues agent a serves: the teams' and their own, without repeats.
func QueuesOf(d Directory, a Agent) []QueueID {
	seen := map[QueueID]bool{}
	var out []QueueID
	add := func(qs []QueueID) {
		for _, q := range qs {
			if !seen[q] {
				seen[q] = true
				out = append(out, q)
			}
		}
	}
	for _, t := range a.Teams {
		if team, ok := d.Team(t); ok {
			add(team.Queues)
		}
	}
	add(a.Queues)
	return out
}

// SettingCheck looks at a document before it is saved and returns an *Error that names the field, or nil. Rooms that
// own a kind (sla: policies and calendars; channels: an inbox's Channel) bring theirs.
type SettingCheck func(ctx context.Context, s Setting) error
