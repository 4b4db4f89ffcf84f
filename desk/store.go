package desk

import (
	"context"
	"time"
)

// About names what fn of [Store.Update] is going to read; the writer loads it all in one round trip before it runs.
// A read of anything else works too and costs one more.
type About struct {
	Conversations []ConversationID
	Seen          []SeenKey
	Threads       []ThreadKey
	Identities    []Identity
	Recipients    []string    // lower-case addresses a mail goes to
	Messages      []MessageID // with their conversations
	Notices       []NoticeKey
}

// NoticeKey names one announcement about a clock.
type NoticeKey struct {
	Conversation ConversationID
	Target       Target
	N            int
	DueVersion   int
	Level        int // per cent of the time; 100 the breach; 0 what the customer was told at the end of the day
}

// Rung is where the ladder of an announcement stands: Step steps are taken, and the next is looked at at At; zero: none.
type Rung struct {
	Step int
	At   time.Time
}

// SeenKey names something that came from outside under its source's id. Scope is an inbox id, or "agent:<id>" for an
// agent's idempotency keys.
type SeenKey struct{ Scope, External string }

// Seen is what became of a SeenKey. A tombstone has no ids: its conversation was deleted and stays away (UP-E4).
type Seen struct {
	Key          SeenKey
	Hash         string
	Conversation ConversationID
	Message      MessageID
	Number       int64
}

// ThreadKey is a Message-ID as known in one inbox.
type ThreadKey struct {
	Inbox     InboxID
	MessageID string
}

// ThreadOf is where a Message-ID stands.
type ThreadOf struct {
	Key          ThreadKey
	Conversation ConversationID
	Message      MessageID
}

// Store keeps desk's records; *store.DB implements it.
type Store interface {
	// Update runs fn as one atomic unit that may share its commit with other callers' units, one fn at a time, and
	// returns when the commit is durable. fn sees its own writes and those of every unit before it. It may run more
	// than once: no effect outside tx, no waiting, no clock and no id made inside. An fn that returns an error changes
	// nothing, costs no SQL and harms no other. Errors: fn's own; Unavailable "store_down"; Conflict "stale".
	Update(ctx context.Context, about About, fn func(Tx) error) error
	// Conversation returns one with its clocks, or ErrNotFound.
	Conversation(ctx context.Context, id ConversationID) (Conversation, []Clock, error)
	// EventsAfter returns facts after seq in commit order, at most limit; gap-free: a hole is a bug. It may stop short of
	// what another node, or a commit of this very moment, wrote: asked from there, it goes on.
	EventsAfter(ctx context.Context, seq int64, limit int) ([]Event, error)
	// LastSeq is the number of the newest fact.
	LastSeq(ctx context.Context) (int64, error)
	Directory() Directory
}

// Tx is what a unit may do. Reads see the unit's own writes; writes are buffered and sent together at commit.
type Tx interface {
	TxRecords
	TxPeople
	TxMail
	TxReviews
	TxAlerts
	TxDays
	// Append adds facts to the log. Seq is given at commit.
	Append(events ...Event) error
}

// TxRecords are conversations and what is said in them.
type TxRecords interface {
	// Conversation returns one with the last two clocks of each target, or ErrNotFound.
	Conversation(ConversationID) (Conversation, []Clock, error)
	// SaveConversation writes c if c.Version is still the stored one (0: new), else Conflict "stale"; the stored version
	// becomes c.Version+1. Clocks are upserted by (conversation, target, n). A new conversation gets its Number at
	// commit. Opening, ending and changing the assignment follows from c.Assignee: one open assignment at most.
	SaveConversation(c Conversation, clocks []Clock, offer OfferID) error
	// AddMessage appends to the thread; the unit has given it its number. Mail with DeliveryQueued enters the outbox.
	AddMessage(Message) error
	// Message returns one, or ErrNotFound.
	Message(MessageID) (Message, error)
	// SaveMessage writes delivery, failure, not-before and call of a message that exists.
	SaveMessage(Message) error
	// SentAround returns what we wrote in a conversation between two moments, oldest first, at most 20.
	SentAround(c ConversationID, from, to time.Time) ([]Message, error)
	// Opening returns the first message of a conversation, or ErrNotFound.
	Opening(ConversationID) (Message, error)
	// Thread finds where Message-IDs stand in an inbox; unknown ones are left out.
	Thread([]ThreadKey) ([]ThreadOf, error)
	// Await makes the keys that are still free lead to a message; a key that leads somewhere stays.
	Await([]ThreadKey, ConversationID, MessageID) error
	// OpenChat is the contact's conversation in a chat inbox that is not resolved, or ErrNotFound (unique index).
	OpenChat(InboxID, ContactID) (ConversationID, error)
	// Seen says whether the key came before.
	Seen(SeenKey) (Seen, bool, error)
	// EraseConversation removes a conversation with all that hangs on it, in this unit and in the log, where its facts
	// become [Redacted]; what came from outside under its source's id stays known. ErrNotFound when there is none.
	EraseConversation(Tombstone) error
	// KeepRequest marks a request as done; one that is marked already is Conflict "request_under_way".
	KeepRequest(Request) error
	// MarkSeen records the key; one key twice is refused by the store and the unit runs again, to find it.
	MarkSeen(Seen) error
}

// TxPeople are contacts, presence and settings.
type TxPeople interface {
	// ContactByIdentity returns who is known by i, or ErrNotFound.
	ContactByIdentity(Identity) (Contact, error)
	Contact(ContactID) (Contact, error)
	// SaveContact writes c if c.Version is still the stored one (0: new) and adds its identities.
	SaveContact(Contact) error
	// RemoveIdentity takes an identity away, or ErrNotFound; saving the contact completes it.
	RemoveIdentity(ContactID, Identity) error
	// EraseContact removes a contact and their identities; the facts about them become [Redacted].
	EraseContact(ContactID) error
	// ConversationsOf lists the contact's conversations, at most limit.
	ConversationsOf(c ContactID, limit int) ([]ConversationID, error)
	// OpenOf lists the contact's conversations that are not resolved, newest first, at most limit.
	OpenOf(c ContactID, limit int) ([]ConversationID, error)
	// LastAgent is who last held a conversation of the contact, and when; "" when nobody did.
	LastAgent(ContactID) (AgentID, time.Time, error)
	// HeldBy lists the open conversations assigned to a.
	HeldBy(AgentID) ([]ConversationID, error)
	Presence(AgentID) (Presence, error) // Offline when never set
	SavePresence(Presence) error
	Setting(SettingKind, string) (Setting, error)
	// Settings lists the documents of a kind that are not deleted, in order of id.
	Settings(SettingKind) ([]Setting, error)
	// SaveSetting writes s if s.Version is still the stored one (0: new); the stored version becomes s.Version+1.
	SaveSetting(Setting) error
	// Notice records that (clock, level, due version) was announced, with its rung; false when it was before. First or
	// not, it saves Clock.NextAt as the clock's next moment, and nothing else of the clock or conversation. Level 0 is
	// the customer's: it leaves NextAt alone.
	Notice(k Clock, level int, at time.Time, r Rung) (first bool, err error)
	// Climb moves the ladder of an announcement to r, and reports false when it does not stand at step from any more.
	Climb(n NoticeKey, from int, r Rung) (bool, error)
}
