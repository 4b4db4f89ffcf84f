package desk

import "time"

// SubjectKind says what a fact is about.
type SubjectKind string

// The kinds of subject.
const (
	AboutConversation SubjectKind = "conversation"
	AboutAgent        SubjectKind = "agent"
	AboutContact      SubjectKind = "contact"
	AboutSetting      SubjectKind = "setting"
	AboutInbox        SubjectKind = "inbox"
)

// Subject is what a fact is about: the order of facts is kept within a subject.
type Subject struct {
	Kind SubjectKind
	ID   string
}

// Event is one fact, numbered. The log is append-only and is the only way lasting news travels. Seq is without gaps
// and grows in commit order; it is given by the store.
type Event struct {
	Seq     int64
	Subject Subject
	Actor   Actor
	At      time.Time
	Fact    Fact
}

// Fact is one of the types below, a closed list. Kind is the name it is stored under.
type Fact interface{ Kind() string }

// Facts about a conversation's words.
type (
	// Opened says that a conversation began.
	Opened struct {
		Inbox    InboxID
		Medium   Medium
		Contact  ContactID
		Queue    QueueID
		Previous ConversationID
		History  bool // imported: no clock starts
	}
	// MessageReceived says that a customer's message is in the record. At is when it counts for promises: its receipt
	// (INTERNALDATE), never the Date header; zero is the moment of the fact.
	MessageReceived struct {
		Message MessageID
		Number  int64
		At      time.Time
		Auto    Auto
		History bool
	}
	// MessageQueued says that a message of ours waits to be sent.
	MessageQueued struct {
		Message   MessageID
		Number    int64
		NotBefore time.Time
		ClientKey string
	}
	// MessageSent says that the next server (mail) or the record (chat) has a message of ours. Human is false for
	// automatic ones, which satisfy no clock. At is when the server or the record took it; zero is the moment of the fact.
	MessageSent struct {
		Message   MessageID
		Number    int64
		At        time.Time
		Human     bool
		ClientKey string
	}
	// MessageWithdrawn says that sending was undone in time.
	MessageWithdrawn struct{ Message MessageID }
	// MessageDelivered says that the widget has a message of ours (all up to Number).
	MessageDelivered struct{ Number int64 }
	// MessageRead says that the widget showed a message of ours (all up to Number).
	MessageRead struct{ Number int64 }
	// MessageFailed says that a message of ours was refused for good, or bounced.
	MessageFailed struct {
		Message MessageID
		Reason  string
		Bounced bool
	}
	// MessageUnknown says that the line died between DATA and 250: a person decides.
	MessageUnknown struct {
		Message MessageID
		Reason  string
	}
	// MessageDelayed says that sending will be tried again, and why.
	MessageDelayed struct {
		Message   MessageID
		Reason    string
		NotBefore time.Time
	}
	// SideMessage says that a message was written to a third party or came from one, or what became of one of ours.
	// Delivery is "" for what came in.
	SideMessage struct {
		Message   MessageID
		Number    int64
		Side      MessageID
		Delivery  Delivery
		Reason    string
		ClientKey string
	}
	// MessageRescheduled says that the moment a mail is sent at was moved by a person.
	MessageRescheduled struct {
		Message   MessageID
		NotBefore time.Time
	}
	// ReviewAsked says that a mail waits for a second pair of eyes, and why.
	ReviewAsked struct {
		Message   MessageID
		Number    int64
		Why       []Reason
		DueAt     time.Time
		ClientKey string
	}
	// ReviewDecided says what the reviewer did, and how long the mail waited. Sent is the corrected mail.
	ReviewDecided struct {
		Message  MessageID
		State    ReviewState
		Reviewer AgentID
		Reason   string
		Sent     MessageID
		Waited   time.Duration
	}
	// ReviewEscalated says that nobody looked in time, and what the rule does.
	ReviewEscalated struct {
		Message MessageID
		After   AfterWait
	}
	// AddressSuppressed says that a recipient of a message of ours is not written to any more, and why.
	AddressSuppressed struct {
		Message MessageID
		Reason  string
	}
	// NoteAdded says that an internal note was written.
	NoteAdded struct {
		Message   MessageID
		Number    int64
		Mentions  []AgentID
		ClientKey string
	}
)

// Facts about what becomes of a conversation.
type (
	// StatusChanged says that the status changed.
	StatusChanged struct {
		From, To Status
		Until    time.Time
	}
	// PriorityChanged says that the priority changed.
	PriorityChanged struct{ From, To Priority }
	// TierChanged says that the contact's tier changed; it is told of each conversation that is not resolved.
	TierChanged struct{ From, To Tier }
	// LocaleChanged says that a person set the language of the customer's words.
	LocaleChanged struct{ From, To string }
	// OwnerChanged says that the contact's owner changed; it is told of each conversation that is not resolved.
	OwnerChanged struct{ From, To AgentID }
	// TagsChanged says which tags were added and removed.
	TagsChanged struct{ Added, Removed []string }
	// SubjectChanged says that the subject was rewritten.
	SubjectChanged struct{ From, To string }
	// Merged says that this conversation went into another.
	Merged struct{ Into ConversationID }
	// Absorbed says that another conversation came into this one. Clocks are those that ran there, as they were: the
	// earlier next response survives.
	Absorbed struct {
		From   ConversationID
		Clocks []Clock
	}
	// QueueChanged says that the conversation moved to another queue.
	QueueChanged struct {
		From, To QueueID
		Note     string
	}
	// TargetsReviewed says that policies or calendars changed and the clocks were looked at again.
	TargetsReviewed struct{}
	// Rated says what the customer thought of a resolved conversation; Agent had it last. The newest counts.
	Rated struct {
		Stars int // 1 to 5
		Words string
		Agent AgentID
	}
	// ReportMailEnded says that a report is not mailed to its agent any more, and why: no_access.
	ReportMailEnded struct {
		Agent AgentID
		Why   string
	}
	// ContinuedIn says that the customer asked to be answered elsewhere, by mail or by phone. Kept: that conversation
	// stands in line where this one stood.
	ContinuedIn struct {
		Conversation ConversationID
		Medium       Medium
		Kept         bool
	}
	// Identified says that a visitor has proven to be a customer; the conversation went from one contact to the other.
	Identified struct{ From, To ContactID }
	// Erased says that an administrator erased the conversation; a Released or Unqueued before it freed whoever worked
	// on it. Nothing of what was said is in the record any more.
	Erased struct {
		Number   int64
		Contact  ContactID
		Queue    QueueID // where it was, for those who saw it there
		Assignee AgentID
		Reason   string
	}
	// ContactErased says that an administrator erased a customer, after all their conversations.
	ContactErased struct{ Reason string }
	// Redacted stands where a fact about something erased stood: the log has no holes. Kind is what it was.
	Redacted struct{ Was string }
	// CustomerReached says that an agent reached the customer otherwise: it meets a callback clock.
	CustomerReached struct{ Note string }
)

// Facts about routing.
type (
	// Queued says that the conversation waits for an agent.
	Queued struct{ Work Work }
	// Unqueued says that a waiting conversation needs no agent any more.
	Unqueued struct{ Why string }
	// Offered says that the router put the conversation before an agent, and why.
	Offered struct {
		Offer     OfferID
		Agent     AgentID
		ExpiresAt time.Time
		Auto      bool
		Why       []Reason
	}
	// OfferAccepted says that the agent took the offer. Assigned follows in the same unit.
	OfferAccepted struct {
		Offer OfferID
		Agent AgentID
		Auto  bool
	}
	// OfferDeclined says that the agent refused, and why.
	OfferDeclined struct {
		Offer  OfferID
		Agent  AgentID
		Reason string
	}
	// OfferExpired says that nobody answered in time.
	OfferExpired struct {
		Offer OfferID
		Agent AgentID
	}
	// OfferWithdrawn says that the offer ended for a reason of our own: resolved, taken, agent gone.
	OfferWithdrawn struct {
		Offer  OfferID
		Agent  AgentID
		Reason string
	}
	// Assigned says who works on the conversation now. Forced is a supervisor's word over capacity.
	Assigned struct {
		Agent  AgentID
		Offer  OfferID
		Forced bool
		Work   Work
	}
	// Released says that the agent works on it no longer.
	Released struct {
		Agent AgentID
		Why   string // transfer, reassigned, woke_up, agent_left, pending, snoozed, resolved
	}
	// Resumed says that a conversation whose assignee stayed counts to their load again.
	Resumed struct {
		Agent AgentID
		Work  Work
	}
)

// PolicyActed says what a routing policy did for a waiting conversation: by which of its steps (from 1), or because the
// queue was full (Limit: size or wait). Text is what an exchange is to say.
type PolicyActed struct {
	Policy  QueueID
	Version int64
	Rule    string
	Limit   string
	Step    int
	Do      Deed
	Text    string
}

// Reason is one part of the answer to "why this one, why this agent".
type Reason struct {
	Rule  string
	Value string
}

// Facts about people, settings and channels.
type (
	// PresenceChanged says that an agent's state changed.
	PresenceChanged struct{ From, To Presence }
	// ContactChanged says that a contact was created, edited or merged; Fields names what.
	ContactChanged struct {
		Fields []string
		Before map[string]string
		After  map[string]string
	}
	// SettingChanged says that a settings document changed. Before and After are its JSON.
	SettingChanged struct {
		Setting       SettingKind
		ID            string
		Version       int64
		Before, After string
		Deleted       bool
	}
	// ChannelState says that an inbox's connection went up or down, with cause and last good moment.
	ChannelState struct {
		Up       bool
		Cause    string
		LastGood time.Time
	}
	// Quarantined says that something came in that could not be read; its raw bytes are kept.
	Quarantined struct {
		Item  string
		Cause string
	}
	// Looked says that a supervisor or administrator looked at or exported something that is logged.
	Looked struct{ What string }
)

// Facts about calls.
type (
	// CallRinging says that a call rings.
	CallRinging struct{ Call Call }
	// CallAnswered says that an agent picked up.
	CallAnswered struct{ Call Call }
	// CallEnded says that a call is over; Call.Outcome says how.
	CallEnded struct{ Call Call }
	// CallNoted says that more became known about a call: a recording, a late event.
	CallNoted struct{ Call Call }
	// CalledBack says that an agent rang the customer and was answered.
	CalledBack struct{ Call Call }
)

// Facts about promises.
type (
	// ClockStarted says that time runs.
	ClockStarted struct{ Clock Clock }
	// ClockPaused says that time stands.
	ClockPaused struct{ Clock Clock }
	// ClockResumed says that time runs again.
	ClockResumed struct{ Clock Clock }
	// DueChanged says that the due moment moved, from Old.
	DueChanged struct {
		Clock Clock
		Old   time.Time
	}
	// Reranked tells the router that waiting work has a new rank.
	Reranked struct{ Work Work }
	// ClockWarned says that Level per cent of the time are gone.
	ClockWarned struct {
		Clock Clock
		Level int
	}
	// ClockBreached says that the promise was broken at the clock's due moment.
	ClockBreached struct{ Clock Clock }
	// ClockAcknowledged says that an agent has a clock in hand: nobody else is told of it. It holds for the due version.
	ClockAcknowledged struct {
		Target     Target
		N          int
		DueVersion int
		Agent      AgentID
	}
	// WaiverRequested says that a supervisor wants to let a promise go, and that somebody else must agree.
	WaiverRequested struct {
		Target Target
		N      int
		Reason string
		By     AgentID
	}
	// WaiverGiven says that a promise was let go. Decider agreed, where the policy wants a second person.
	WaiverGiven struct {
		Target  Target
		N       int
		Reason  string
		By      AgentID
		Decider AgentID
		Note    string

		MetAt, BreachedAt time.Time // of the clock then
	}
	// WaiverDenied says that the second person did not agree.
	WaiverDenied struct {
		Target  Target
		N       int
		Decider AgentID
		Note    string
	}
	// WaiverUndone says that a waiver (Held), or the wish for one, was taken back.
	WaiverUndone struct {
		Target Target
		N      int
		Held   bool

		MetAt, BreachedAt time.Time // of the clock then
	}
	// ClockEscalated says whom a step of the ladder told. Step counts the level's steps from 1.
	ClockEscalated struct {
		Clock Clock
		Level int // what was announced: per cent of the time, 100 the breach
		Step  int
		To    []Recipient // as the policy says
		Told  []AgentID   // who that was
		Mail  bool        // agents are told by mail too
	}
	// CustomerReassured says that the customer was told, at the end of the day, by when they hear from us.
	CustomerReassured struct {
		Target  Target
		N       int
		DueAt   time.Time
		Message MessageID
	}
	// ClockMet says that the promise was kept, or kept late when it was breached before.
	ClockMet struct{ Clock Clock }
	// ClockCancelled says that the promise fell away.
	ClockCancelled struct{ Clock Clock }
)
