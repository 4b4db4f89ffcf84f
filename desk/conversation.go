package desk

import "time"

// Status is what a conversation waits for.
type Status string

// The statuses. Legal steps between them are in [Conversation.To].
const (
	Open     Status = "open"     // waits on us
	Pending  Status = "pending"  // waits on the contact
	Snoozed  Status = "snoozed"  // waits for a moment
	Resolved Status = "resolved" // done
)

// Conversation is one matter with one contact over one medium.
type Conversation struct {
	ID       ConversationID
	Number   int64 // what people say aloud: #1042; never accepted as an id; given by the store at first save
	Inbox    InboxID
	Medium   Medium
	Contact  ContactID
	Subject  string
	Status   Status
	Priority Priority
	Queue    QueueID
	Skills   []Skill
	Tags     []string
	Locale   string // language of the customer's words, "zh" or "en" or "" when not known

	Assignee    AgentID // empty: nobody; open without one is waiting or on offer
	LastAgent   AgentID // who last answered or held it
	LastAgentAt time.Time
	Prefer      []Preference // whom to try first while it waits
	Plan        *Plan        // what its queue's routing policy says of it; nil: the queue's own settings
	Kept        *Kept        // a place in line from before, until its promise is kept; nil: by its own
	QueuedAt    time.Time    // first queueing since it last waited on nobody: kept over declines, transfers and crashes
	SnoozeUntil time.Time
	ResolvedAt  time.Time
	MergedInto  ConversationID
	Previous    ConversationID // the resolved conversation this one continues, when its window had passed

	// Copies that lists need, so that a page is one keyset query.
	ContactName string
	Tier        Tier
	Owner       AgentID  // the contact's
	People      []string // addresses (lower case) that stand in From, To or Cc here: who may join by reference
	Messages    int64    // number of the last message; messages are numbered from 1 without gaps
	LastAt      time.Time
	LastBy      Direction
	Snippet     string
	VisitorRead int64 // chat: the last message number the visitor's widget has shown
	DueAt       time.Time
	DueTarget   Target

	Version              int64 // compare-and-set: a stale save is a conflict
	CreatedAt, UpdatedAt time.Time
}

// ReopenWindow is how long after resolving a customer's message re-opens a conversation instead of starting a new one
// (DESIGN 2.5). A default; each inbox may set its own.
const ReopenWindow = 7 * 24 * time.Hour

// steps is the table of legal status changes. A missing pair is refused.
var steps = map[Status][]Status{
	Open:     {Pending, Snoozed, Resolved},
	Pending:  {Open, Snoozed, Resolved},
	Snoozed:  {Open, Pending, Resolved},
	Resolved: {Open},
}

// Steps lists the statuses a conversation may go to from s, for menus.
func Steps(s Status) []Status { return steps[s] }

// To changes the status, or refuses with Conflict "status_illegal". until is the end of a snooze, a year ahead at most, and
// ignored otherwise. The returned fact is what happened.
func (c *Conversation) To(s Status, until time.Time, now time.Time) (StatusChanged, error) {
	if c.MergedInto != "" {
		return StatusChanged{}, Refuse(Conflict, "conversation_merged")
	}
	legal := false
	for _, t := range steps[c.Status] {
		legal = legal || t == s
	}
	if !legal {
		return StatusChanged{}, Refuse(Conflict, "status_illegal", "from", string(c.Status), "to", string(s))
	}
	if s == Snoozed && !until.After(now) {
		return StatusChanged{}, Refuse(Invalid, "snooze_in_past")
	}
	if s == Snoozed && until.After(now.Add(maxLater)) {
		return StatusChanged{}, Refuse(Invalid, "snooze_too_late")
	}
	f := StatusChanged{From: c.Status, To: s, Until: until}
	c.Status, c.SnoozeUntil, c.ResolvedAt = s, time.Time{}, time.Time{}
	switch s {
	case Snoozed:
		c.SnoozeUntil = until
	case Resolved:
		c.ResolvedAt = now
	case Open, Pending:
	}
	return f, nil
}

// Held reports whether the conversation counts to its assignee's load: only work waiting on us does (DESIGN 2.3).
func (c Conversation) Held() bool { return c.Status == Open && c.Assignee != "" }

// Waiting reports whether the conversation needs an agent it has not got.
func (c Conversation) Waiting() bool { return c.Status == Open && c.Assignee == "" && c.Queue != "" }

// Knows reports whether address (lower case) is one of the conversation's people.
func (c Conversation) Knows(address string) bool {
	for _, p := range c.People {
		if p == address {
			return true
		}
	}
	return false
}

// Reopens reports whether a customer's message at now joins this conversation rather than opening a new one.
func (c Conversation) Reopens(window time.Duration, now time.Time) bool {
	return c.MergedInto == "" && (c.Status != Resolved || now.Sub(c.ResolvedAt) <= window)
}
