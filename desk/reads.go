package desk

import (
	"encoding/json"
	"slices"
	"time"
)

// What screens read: queries and rows that the store fills and the pages show. Nothing here changes anything.

// Scope is whose conversations somebody may see: all, or those of Queues, those assigned to one of Agents (themselves
// and, for supervisors, their teams) and those in which Agent is mentioned.
type Scope struct {
	Agent  AgentID
	All    bool
	Queues []QueueID
	Agents []AgentID
}

// Sees reports whether the scope has the conversation.
func (s Scope) Sees(r ConversationRow) bool {
	return r.Queue != "" && s.HasQueue(r.Queue) || s.All ||
		r.Assignee != "" && slices.Contains(s.Agents, r.Assignee) || slices.Contains(r.Mentioned, s.Agent)
}

// Lists reports whether a conversation that is not resolved stands in one of the scope's lists.
func (s Scope) Lists(list ListName, r ConversationRow) bool {
	switch list {
	case ListMine:
		return r.Assignee == s.Agent
	case ListMyQueues:
		return r.Queue != "" && slices.Contains(s.Queues, r.Queue)
	case ListUnassigned:
		return r.Assignee == "" && s.HasQueue(r.Queue)
	case ListMentioned:
		return slices.Contains(r.Mentioned, s.Agent)
	case ListAll:
	}
	return s.Sees(r)
}

// HasQueue reports whether the scope has all of queue q.
func (s Scope) HasQueue(q QueueID) bool { return s.All || slices.Contains(s.Queues, q) }

// Covers reports whether the scope has agent a's work.
func (s Scope) Covers(a AgentID) bool { return s.All || a == s.Agent || slices.Contains(s.Agents, a) }

// Covering is Covers for asking about many: it looks the scope's agents up and does not go through them each time.
func (s Scope) Covering() func(AgentID) bool {
	if s.All {
		return func(AgentID) bool { return true }
	}
	mine := make(map[AgentID]bool, len(s.Agents)+1)
	mine[s.Agent] = true
	for _, a := range s.Agents {
		mine[a] = true
	}
	return func(a AgentID) bool { return mine[a] }
}

// ConversationRow is a conversation with all a list or head shows.
type ConversationRow struct {
	Conversation
	Clocks    []Clock   // the last of each target
	Mentioned []AgentID // agents named in its notes
	ReadUpTo  int64     // the last message number the asking agent has read
	Company   string    // the contact's
}

// ListName names one of the console's lists.
type ListName string

// The lists.
const (
	ListMine       ListName = "mine"       // assigned to Scope.Agent
	ListMyQueues   ListName = "my_queues"  // in Scope.Queues
	ListUnassigned ListName = "unassigned" // without assignee
	ListMentioned  ListName = "mentioned"  // Scope.Agent is mentioned
	ListAll        ListName = "all"        // all the scope has
)

// SortName names an order of a list.
type SortName string

// The orders. Ties go by id.
const (
	SortDue    SortName = "due"    // earliest DueAt first, those without last
	SortNewest SortName = "newest" // latest LastAt first
	SortOldest SortName = "oldest" // earliest LastAt first
)

// PageMost is the longest page of a list the record gives, whatever is asked for: a page is what a person can look at.
// Who reads on until a page is short must ask for no more.
const PageMost = 100

// Keyset is the place in a list after which the next page begins: the sort value and id of the last row. The zero
// Keyset is the beginning. A row without due moment has At zero and a non-empty ID.
type Keyset struct {
	At time.Time
	ID string
}

// LogPlace is a place in the log: a fact's moment and number. Zero is before the first page.
type LogPlace struct {
	At  time.Time
	Seq int64
}

// ConversationQuery asks for one page of a list. Empty fields do not filter. Every answer lies within Scope.
type ConversationQuery struct {
	Scope    Scope
	List     ListName
	Statuses []Status
	Queue    QueueID
	Inbox    InboxID
	Medium   Medium
	Tier     Tier
	Priority Priority
	Tag      string
	Assignee AgentID
	Contact  ContactID
	LateAt   time.Time // only those with a due moment at or before it
	Sort     SortName
	After    Keyset
	Limit    int
}

// MessagePage asks for messages of one conversation by number: those below Before (the newest first found, 0: the
// end) or those above After. Answers are in ascending order.
type MessagePage struct {
	Before, After int64
	Limit         int
}

// SearchQuery asks for messages, subjects, names, addresses and numbers that contain Text, newest first.
type SearchQuery struct {
	Scope Scope
	Text  string
	After Keyset // At and message id of the last hit
	Limit int
}

// SearchHit is one find. Excerpt has the found words between U+0001 and U+0002.
type SearchHit struct {
	Conversation ConversationRow
	Message      MessageID // "" when subject, name, address or number were found
	Number       int64
	Excerpt      string
	At           time.Time
}

// ContactQuery asks for a page of contacts, by name; Text is looked for in names, companies and identities.
type ContactQuery struct {
	Text  string
	Tier  Tier
	After ContactKeyset
	Limit int
}

// ContactKeyset is the place in the list of contacts after which the next page begins.
type ContactKeyset struct{ Name, ID string }

// Draft is what an agent has written and not sent, one per agent and conversation.
type Draft struct {
	Conversation ConversationID
	Agent        AgentID
	Doc          json.RawMessage // text, recipients and attachments, as the page keeps them
	Version      int64           // from 1; saving states the version it saw (0: new)
	UpdatedAt    time.Time
}

// Upload is a file an agent has sent in and not yet attached. Only its agent may attach it.
type Upload struct {
	Blob        string // hex SHA-256
	Agent       AgentID
	Name        string
	ContentType string
	Size        int64
	At          time.Time
}

// Quarantine is something that came in and could not be read (隔离区). Its bytes are the blob Raw.
type Quarantine struct {
	ID        string
	Inbox     InboxID
	Source    string // mailbox, UIDVALIDITY and UID, or what else names it there
	Cause     string
	Raw       string
	Size      int64
	At        time.Time
	RetriedAt time.Time
}

// ChannelStatus is how an inbox's connection is.
type ChannelStatus struct {
	Inbox    InboxID
	Up       bool
	Cause    string
	LastGood time.Time
	Since    time.Time
}

// ServiceCount is how one queue's response promises came out in a span of time.
type ServiceCount struct {
	Queue     QueueID
	Met, Late int64
}
