package webui

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// Time is an instant on the wire: RFC 3339, UTC, milliseconds; null when there is none.
type Time struct{ time.Time }

const wireTime = "2006-01-02T15:04:05.000Z"

// MarshalJSON writes the instant, or null for the zero one.
func (t Time) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("null"), nil
	}
	b := make([]byte, 0, len(wireTime)+2)
	b = append(b, '"')
	b = t.UTC().AppendFormat(b, wireTime)
	return append(b, '"'), nil
}

// UnmarshalJSON reads RFC 3339 or null.
func (t *Time) UnmarshalJSON(b []byte) error {
	if bytes.Equal(b, []byte("null")) || bytes.Equal(b, []byte(`""`)) {
		t.Time = time.Time{}
		return nil
	}
	return json.Unmarshal(b, &t.Time)
}

// Schema is a nullable date-time.
func (Time) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Format: "date-time", Nullable: true}
}

// Conversation is a conversation as list rows and heads show it. What depends on the reader alone (Read) is 0 in
// socket frames, because a frame is encoded once for everybody.
type Conversation struct {
	ID          string     `json:"id"`
	Number      int64      `json:"number" doc:"what people say aloud: #1042"`
	Inbox       string     `json:"inbox"`
	Medium      string     `json:"medium" enum:"email,chat,voice"`
	Contact     ContactRef `json:"contact"`
	Subject     string     `json:"subject"`
	Status      string     `json:"status" enum:"open,pending,snoozed,resolved"`
	Priority    string     `json:"priority" enum:"urgent,high,normal,low"`
	Queue       string     `json:"queue"`
	Tags        []string   `json:"tags"`
	Locale      string     `json:"locale"`
	Assignee    string     `json:"assignee" doc:"agent id, or empty"`
	LastAgent   string     `json:"last_agent"`
	Mentioned   []string   `json:"mentioned" doc:"agents named in its notes"`
	Waiting     bool       `json:"waiting" doc:"open, in a queue, and nobody has it"`
	OfferedTo   string     `json:"offered_to" doc:"agent before whom it lies now, or empty"`
	QueuedAt    Time       `json:"queued_at"`
	SnoozeUntil Time       `json:"snooze_until"`
	ResolvedAt  Time       `json:"resolved_at"`
	MergedInto  string     `json:"merged_into"`
	Previous    string     `json:"previous"`
	Messages    int64      `json:"messages" doc:"number of the last message"`
	LastAt      Time       `json:"last_at"`
	LastBy      string     `json:"last_by" enum:",in,out,note"`
	Snippet     string     `json:"snippet"`
	VisitorRead int64      `json:"visitor_read"`
	Read        int64      `json:"read" doc:"last message number I have read; 0 in socket frames: keep your own"`
	Unread      bool       `json:"unread" doc:"messages > read; false in socket frames"`
	Clocks      []Clock    `json:"clocks" doc:"running, paused, and breached ones that are not met"`
	DueAt       Time       `json:"due_at"`
	DueTarget   string     `json:"due_target" enum:",answer,first_response,next_response,resolution,callback,requester_wait,agent_work,update,group"`
	Version     int64      `json:"version"`
	CreatedAt   Time       `json:"created_at"`
	UpdatedAt   Time       `json:"updated_at"`
}

// ContactRef is a contact as a row shows one.
type ContactRef struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Company string `json:"company"`
	Tier    string `json:"tier" enum:"strategic,key,ordinary"`
}

// Clock is one promise about time.
type Clock struct {
	Target     string  `json:"target" enum:"answer,first_response,next_response,resolution,callback,requester_wait,agent_work,update,group"`
	N          int     `json:"n" doc:"counts the clocks of one target from 1"`
	State      string  `json:"state" enum:"running,paused,met,cancelled"`
	StartedAt  Time    `json:"started_at"`
	DueAt      Time    `json:"due_at"`
	PausedAt   Time    `json:"paused_at"`
	MetAt      Time    `json:"met_at"`
	BreachedAt Time    `json:"breached_at"`
	WarnAt     Time    `json:"warn_at" doc:"when it becomes at risk"`
	Budget     int64   `json:"budget_s"`
	Calendar   string  `json:"calendar"`
	Policy     string  `json:"policy"`
	Version    int64   `json:"policy_version" doc:"of the policy that set it; 0: the built-in one"`
	Waiver     *Waiver `json:"waiver,omitempty" doc:"who let the promise go, or wants to"`
	Marked     bool    `json:"marked" doc:"its reply is delivery unknown: a person decides"`
	AckBy      string  `json:"acknowledged_by" doc:"the agent who has it in hand; empty: nobody"`
	AckAt      Time    `json:"acknowledged_at"`
}

// Waiver is a supervisor's word that a promise does not count.
type Waiver struct {
	State     string `json:"state" enum:"asked,waived,refused" doc:"asked: somebody else must agree"`
	Reason    string `json:"reason"`
	By        string `json:"by" doc:"the agent who asked, or let it go alone"`
	At        Time   `json:"at"`
	Decider   string `json:"decided_by" doc:"the second person; empty: none was needed, or none yet"`
	DecidedAt Time   `json:"decided_at"`
	Note      string `json:"note" doc:"what the second person said"`
}

// Message is one entry of a thread.
type Message struct {
	ID           string       `json:"id"`
	Conversation string       `json:"conversation"`
	Number       int64        `json:"number"`
	Direction    string       `json:"direction" enum:"in,out,note"`
	Medium       string       `json:"medium" enum:",email,chat,voice"`
	Author       Who          `json:"author"`
	Text         string       `json:"text"`
	HTML         string       `json:"html"`
	QuotedText   string       `json:"quoted_text"`
	QuotedHTML   string       `json:"quoted_html"`
	Signature    string       `json:"signature"`
	Subject      string       `json:"subject"`
	From         Address      `json:"from"`
	To           []Address    `json:"to"`
	Cc           []Address    `json:"cc"`
	Bcc          []Address    `json:"bcc" doc:"of our own mails only"`
	Auto         string       `json:"auto" enum:",auto_reply,bounce,report,list,calendar,greeting"`
	Unverified   bool         `json:"unverified" doc:"the sender is not proven"`
	SenderState  string       `json:"sender_state" enum:",verified,failed" doc:"whether From is who wrote; empty: nobody can tell"`
	SenderDetail string       `json:"sender_detail"`
	Side         string       `json:"side" doc:"side thread with a third party; the customer sees nothing of it"`
	Elsewhere    bool         `json:"elsewhere" doc:"ours, but sent with another program and found in the mailbox"`
	Scheduled    bool         `json:"scheduled" doc:"written to be sent later, at not_before"`
	Replaces     string       `json:"replaces" doc:"the message this one was written instead of"`
	Attachments  []Attachment `json:"attachments"`
	Mentions     []string     `json:"mentions"`
	Call         *Call        `json:"call,omitempty"`
	ClientKey    string       `json:"client_key"`
	Delivery     string       `json:"delivery" enum:",queued,sending,sent,delivered,read,failed,unknown,withdrawn,in_review,returned"`
	Failure      string       `json:"failure"`
	NotBefore    Time         `json:"not_before"`
	At           Time         `json:"at"`
	HeaderDate   Time         `json:"header_date"`
	HasRaw       bool         `json:"has_raw"`
}

// Who is somebody who did or wrote something.
type Who struct {
	Kind string `json:"kind" enum:"contact,agent,system"`
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Address is a mail address with the name beside it.
type Address struct {
	Name    string `json:"name" required:"false" maxLength:"200"`
	Address string `json:"address" minLength:"3" maxLength:"320"`
}

// Attachment is a file of a message. URL is where it can be fetched by whoever may see the message.
type Attachment struct {
	Blob        string `json:"blob"`
	Name        string `json:"name"`
	ContentType string `json:"content_type"`
	Size        int64  `json:"size"`
	Inline      bool   `json:"inline"`
	ContentID   string `json:"content_id"`
	Dangerous   bool   `json:"dangerous" doc:"may be a program: warn before it is saved"`
	URL         string `json:"url"`
}

// Call is what is known about a phone call.
type Call struct {
	ID         string `json:"id"`
	Direction  string `json:"direction" enum:"in,out"`
	From       string `json:"from"`
	To         string `json:"to"`
	Agent      string `json:"agent"`
	Outcome    string `json:"outcome" enum:",answered,missed,abandoned,voicemail,failed,requested,by_mail"`
	Recording  string `json:"recording"`
	Transcript string `json:"transcript"` // what the caller said to the machine
	RingingAt  Time   `json:"ringing_at"`
	AnsweredAt Time   `json:"answered_at"`
	EndedAt    Time   `json:"ended_at"`
	Talked     int64  `json:"talked_s"`
}

// Event is one fact as history lines show it. Data has the fact's fields in snake_case.
type Event struct {
	Seq  int64          `json:"seq"`
	Kind string         `json:"kind"`
	On   string         `json:"on" enum:"conversation,agent,contact,setting,inbox" doc:"what kind of thing it is about"`
	ID   string         `json:"id" doc:"the thing it is about"`
	By   Who            `json:"actor"`
	At   Time           `json:"at"`
	Data map[string]any `json:"data"`
}

// Identity is one way a contact is known.
type Identity struct {
	Kind  string `json:"kind" enum:"email,phone,visitor,external"`
	Value string `json:"value" minLength:"1" maxLength:"320"`
}

// Contact is a customer.
type Contact struct {
	ID         string     `json:"id"`
	Name       string     `json:"name"`
	Company    string     `json:"company"`
	Locale     string     `json:"locale"`
	Tier       string     `json:"tier" enum:"strategic,key,ordinary"`
	Owner      string     `json:"owner"`
	Note       string     `json:"note"`
	Identities []Identity `json:"identities"`
	Suppressed []string   `json:"suppressed" doc:"addresses mail came back from for good; filled when one contact is asked for"`
	Version    int64      `json:"version"`
	CreatedAt  Time       `json:"created_at"`
	UpdatedAt  Time       `json:"updated_at"`
}

// Skill is a skill at a level from 1 to 5.
type Skill struct {
	Name  string `json:"name" minLength:"1" maxLength:"60"`
	Level int    `json:"level" minimum:"1" maximum:"5"`
}

// Presence is an agent's state (在线状态).
type Presence struct {
	Agent  string `json:"agent"`
	State  string `json:"state" enum:"offline,available,away,wrap_up,not_responding"`
	Reason string `json:"reason"`
	Since  Time   `json:"since"`
	Until  Time   `json:"until"`
}

// Agent is one of the people of the house.
type Agent struct {
	ID        string         `json:"id"`
	Name      string         `json:"name"`
	Email     string         `json:"email"`
	Role      string         `json:"role" enum:"agent,supervisor,administrator"`
	Extension string         `json:"extension"`
	Locale    string         `json:"locale"`
	Languages []string       `json:"languages"`
	Teams     []string       `json:"teams"`
	Queues    []string       `json:"queues" doc:"all served: the teams' and their own"`
	Skills    []Skill        `json:"skills"`
	Capacity  int            `json:"capacity"`
	Maximum   map[string]int `json:"maximum"`
	Disabled  bool           `json:"disabled"`
	Reviewer  bool           `json:"reviewer" doc:"may review other people's mails; supervisors may anyway"`
	Presence  Presence       `json:"presence"`
}

// Offer is a conversation that lies before an agent (派单).
type Offer struct {
	ID           string       `json:"id"`
	Conversation Conversation `json:"conversation"`
	Agent        string       `json:"agent"`
	MadeAt       Time         `json:"made_at"`
	ExpiresAt    Time         `json:"expires_at"`
	Auto         bool         `json:"auto"`
	Weight       int          `json:"weight"`
	Why          []Reason     `json:"why"`
}

// Reason is one part of "why this one, why this agent".
type Reason struct {
	Rule  string `json:"rule"`
	Value string `json:"value"`
}
