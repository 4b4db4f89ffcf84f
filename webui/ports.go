package webui

import (
	"context"
	"encoding/json"
	"io"
	"time"

	"yingda/desk"
	"yingda/router"
)

// What webui asks of others. *store.DB implements Lists, People, Papers, Desktop, Files, Requests and Channels; cmd brings the rest.

// Lists are conversations as screens read them.
type Lists interface {
	// Conversations returns one page, within the query's scope, with ReadUpTo of Scope.Agent.
	Conversations(ctx context.Context, q desk.ConversationQuery) ([]desk.ConversationRow, error)
	// ConversationRows returns the rows of ids that exist, in any order; ReadUpTo is agent's (0 when agent is "").
	ConversationRows(ctx context.Context, agent desk.AgentID, ids []desk.ConversationID) ([]desk.ConversationRow, error)
	// OpenRows pages through all conversations that are not resolved, by id after `after`: the board's snapshot.
	OpenRows(ctx context.Context, after desk.ConversationID, limit int) ([]desk.ConversationRow, error)
	// ConversationEvents returns the facts about one conversation with seq below before (0: from the end), newest
	// first, at most limit.
	ConversationEvents(ctx context.Context, id desk.ConversationID, before int64, limit int) ([]desk.Event, error)
	// Messages returns one page of a thread in ascending order.
	Messages(ctx context.Context, id desk.ConversationID, page desk.MessagePage) ([]desk.Message, error)
	// Message returns one, or desk.ErrNotFound.
	Message(ctx context.Context, id desk.MessageID) (desk.Message, error)
	// MessagesByID returns those of ids that exist, in any order.
	MessagesByID(ctx context.Context, ids []desk.MessageID) ([]desk.Message, error)
	// Search finds messages, subjects, names, addresses and numbers within the query's scope.
	Search(ctx context.Context, q desk.SearchQuery) ([]desk.SearchHit, error)
}

// People are contacts and presence.
type People interface {
	Contact(ctx context.Context, id desk.ContactID) (desk.Contact, error)
	Contacts(ctx context.Context, q desk.ContactQuery) ([]desk.Contact, error)
	// Presences lists the stored presence of every agent that is not offline.
	Presences(ctx context.Context) ([]desk.Presence, error)
}

// Papers are settings documents, their history and the audit trail.
type Papers interface {
	Setting(ctx context.Context, kind desk.SettingKind, id string) (desk.Setting, error)
	// Settings lists the documents of a kind that are not deleted, by id.
	Settings(ctx context.Context, kind desk.SettingKind) ([]desk.Setting, error)
	// SubjectEvents returns the facts about one subject with seq below before (0: from the end), newest first.
	SubjectEvents(ctx context.Context, s desk.Subject, before int64, limit int) ([]desk.Event, error)
	// Audit returns facts about settings, inboxes and looks, and presence that somebody else changed, newest first.
	Audit(ctx context.Context, before int64, limit int) ([]desk.Event, error)
	// BookEvents returns every fact about policies and calendars, in commit order.
	BookEvents(ctx context.Context) ([]desk.Event, error)
	// SaveSecret encrypts and keeps a secret of an inbox; "" deletes it.
	SaveSecret(ctx context.Context, inbox desk.InboxID, name, value string) error
	// SecretNames lists which secrets an inbox has, never their values.
	SecretNames(ctx context.Context, inbox desk.InboxID) ([]string, error)
	// ServiceSince counts, by queue, response clocks met in time and late (met late, or breached and unmet) since at; seq is
	// the last fact that these figures have in them.
	ServiceSince(ctx context.Context, at time.Time) (counts []desk.ServiceCount, seq int64, err error)
	// ServiceQuarters counts the same of a past span, by queue and quarter of an hour.
	ServiceQuarters(ctx context.Context, from, to time.Time) ([]desk.ServiceQuarter, error)
}

// Desktop is what the console keeps for one agent: drafts, read marks, preferences.
type Desktop interface {
	// Draft returns the agent's draft in a conversation, or desk.ErrNotFound.
	Draft(ctx context.Context, a desk.AgentID, c desk.ConversationID) (desk.Draft, error)
	// SaveDraft writes d if d.Version is still the stored one (0: new), else Conflict "stale"; stored is d.Version+1.
	SaveDraft(ctx context.Context, d desk.Draft) error
	DeleteDraft(ctx context.Context, a desk.AgentID, c desk.ConversationID) error
	// MarkRead moves the agent's read mark up to number; never down.
	MarkRead(ctx context.Context, a desk.AgentID, c desk.ConversationID, number int64, at time.Time) error
	// Preferences returns the agent's preferences document, or desk.ErrNotFound.
	Preferences(ctx context.Context, a desk.AgentID) (json.RawMessage, error)
	SavePreferences(ctx context.Context, a desk.AgentID, doc json.RawMessage) error
}

// Requests remembers what requests with an idempotency key were answered, for a day.
type Requests interface {
	// Answered returns what r was answered, or desk.ErrNotFound.
	Answered(ctx context.Context, r desk.Request) (desk.Answered, error)
	// KeepAnswer writes an answer down.
	KeepAnswer(ctx context.Context, r desk.Request, status int, body string) error
}

// Files are blobs and who sent them in.
type Files interface {
	// PutBlob streams r (at most max bytes, else TooLarge "file_too_large") into the blob store.
	PutBlob(ctx context.Context, r io.Reader, max int64) (blob string, size int64, err error)
	// OpenBlob reads one, or desk.ErrNotFound.
	OpenBlob(ctx context.Context, blob string) (io.ReadCloser, int64, error)
	// AddUpload notes that an agent sent a file in.
	AddUpload(ctx context.Context, u desk.Upload) error
	// Upload returns the agent's upload of this blob, or desk.ErrNotFound.
	Upload(ctx context.Context, a desk.AgentID, blob string) (desk.Upload, error)
}

// Whole opens mails that were too large to be kept, where they still lie.
type Whole interface {
	// Whole streams one with its size. Errors: NotFound "mail_gone"; Unavailable "mailbox_away"; TooMany
	// "mailbox_busy".
	Whole(ctx context.Context, m desk.MessageID) (io.ReadCloser, int64, error)
}

// Channels are the inboxes' connections and what could not be read.
type Channels interface {
	ChannelStatuses(ctx context.Context) ([]desk.ChannelStatus, error)
	// Quarantined lists items, newest first.
	Quarantined(ctx context.Context, limit int) ([]desk.Quarantine, error)
	QuarantinedOne(ctx context.Context, id string) (desk.Quarantine, error)
	QuarantineCount(ctx context.Context) (int64, error)
}

// Routing is the router as agents meet it.
type Routing interface {
	// Offers lists what rings for agent a now; MadeAt, Auto and Why may be left out, they are taken from the facts.
	Offers(ctx context.Context, a desk.AgentID) ([]OpenOffer, error)
	// Accept takes the offer for its agent. Errors: Conflict "offer_gone", "offer_late"; Unavailable.
	Accept(ctx context.Context, id desk.OfferID, a desk.AgentID) error
	// Decline refuses it.
	Decline(ctx context.Context, id desk.OfferID, a desk.AgentID, reason string) error
	// Take gives waiting work to an agent by hand: an offer to oneself, accepted. force is a supervisor's word over
	// capacity. Errors: Conflict "already_assigned", "full", "chat_first", "on_offer", "not_waiting".
	Take(ctx context.Context, by desk.Actor, c desk.ConversationID, a desk.AgentID, force bool) error
}

// Explaining is the router as it says who is next and why not; *router.Router is one.
type Explaining interface {
	// Position is how many of its queue go before the waiting conversation, and one; 0 while it rings at an agent. It is
	// false when the router does not know that it waits.
	Position(c desk.ConversationID) (int, bool)
	// WhyNot says for every agent of its queue who is not offered the waiting conversation why.
	WhyNot(c desk.ConversationID) []router.Hindrance
	// WhyIdle says why an agent is not offered more; false when the router knows no such agent.
	WhyIdle(a desk.AgentID) (router.Standing, bool)
}

// Lines is the router as a supervisor looks at what waits; *router.Router is one.
type Lines interface {
	// Places is a queue's line behind a mark, in the order the router takes it, and whether there are others behind.
	Places(q desk.QueueID, after *router.Mark, limit int) (line []router.Place, more bool)
	// Help is the one thing that helps a conversation's promise most; among says who may be named.
	Help(c desk.Conversation, clocks []desk.Clock, t desk.Target, among func(desk.AgentID) bool) router.Help
}

// OpenOffer is an offer with what its fact says about it.
type OpenOffer struct {
	ID           desk.OfferID
	Conversation desk.ConversationID
	Agent        desk.AgentID
	MadeAt       time.Time
	ExpiresAt    time.Time
	Auto         bool
	Weight       int
	Why          []desk.Reason
}

// Inspector tries an inbox's settings and says exactly what is wrong, step by step.
type Inspector interface {
	Inspect(ctx context.Context, inbox desk.Inbox, secrets map[string]string) []Finding
}

// Finding is one step of an inspection. Reason is a translation key, "" when it went well.
type Finding struct {
	Step   string            `json:"step" doc:"such as resolve, connect, tls, sign_in, select, send"`
	OK     bool              `json:"ok"`
	Reason string            `json:"reason"`
	Params map[string]string `json:"params"`
}

// Retrier reads a quarantined item once more.
type Retrier interface {
	Retry(ctx context.Context, id string) error
}
