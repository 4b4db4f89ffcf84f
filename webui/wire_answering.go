package webui

import (
	"encoding/json"
	"time"
)

// NewAside is a mail to a third party about a customer's matter.
type NewAside struct {
	Side        string     `json:"side,omitempty" maxLength:"64" doc:"the side thread it continues; empty begins one"`
	ClientKey   string     `json:"client_key,omitempty" maxLength:"100" doc:"also its idempotency key"`
	To          []Address  `json:"to" minItems:"1" maxItems:"100"`
	Cc          []Address  `json:"cc,omitempty" maxItems:"100"`
	Bcc         []Address  `json:"bcc,omitempty" maxItems:"100"`
	Subject     string     `json:"subject,omitempty" maxLength:"500"`
	Text        string     `json:"text" maxLength:"500000"`
	HTML        string     `json:"html,omitempty" maxLength:"900000"`
	Attachments []FileRef  `json:"attachments,omitempty" maxItems:"40" doc:"files of the conversation may be named by their blob"`
	Undo        *int       `json:"undo_s,omitempty" minimum:"0" maximum:"30"`
	SendAt      *time.Time `json:"send_at,omitempty"`
	Confirmed   bool       `json:"confirmed,omitempty"`
}

// Side is a side conversation: mail with a third party that the customer never sees.
type Side struct {
	ID       string    `json:"id" doc:"of its first message; messages of the thread carry it as side"`
	Subject  string    `json:"subject"`
	With     []Address `json:"with"`
	Messages []string  `json:"messages"`
	LastAt   Time      `json:"last_at"`
	LastBy   string    `json:"last_by" enum:"in,out"`
	Delivery string    `json:"delivery" doc:"of the last message, when it is ours"`
}

// Suppression is an address that mail came back from for good.
type Suppression struct {
	Address      string `json:"address"`
	Reason       string `json:"reason"`
	Message      string `json:"message"`
	Conversation string `json:"conversation"`
	At           Time   `json:"at"`
}

// LetterSample asks how an answer would look. Doc is the inbox's document, saved or not.
type LetterSample struct {
	Doc      json.RawMessage `json:"doc"`
	Text     string          `json:"text,omitempty" maxLength:"20000"`
	Agent    string          `json:"agent,omitempty" maxLength:"200"`
	Customer string          `json:"customer,omitempty" maxLength:"200"`
	Locale   string          `json:"locale,omitempty" maxLength:"35"`
}

// Letter is an answer as its reader would get it, and the acknowledgement before it.
type Letter struct {
	Subject string `json:"subject"`
	Text    string `json:"text"`
	HTML    string `json:"html" doc:"sanitised; for a sandboxed frame"`
	Ack     string `json:"ack" doc:"the automatic acknowledgement in hours; empty: none is sent"`
	AckShut string `json:"ack_closed" doc:"the same out of hours"`
}

// SigningKey is the public half of a DKIM key, as the text of its DNS record.
type SigningKey struct {
	Record string `json:"record"`
}

// SignInAt is where a mailbox is signed in.
type SignInAt struct {
	URL string `json:"url"`
}

// Review is a mail that waits for, or had, a second pair of eyes (复核).
type Review struct {
	Message      Message  `json:"message" doc:"what was frozen"`
	Sent         *Message `json:"sent,omitempty" doc:"what the reviewer sent instead; compare"`
	Conversation string   `json:"conversation"`
	State        string   `json:"state" enum:"waiting,approved,edited,returned,withdrawn"`
	Author       Who      `json:"author"`
	Reviewer     Who      `json:"reviewer"`
	Why          []Reason `json:"why" doc:"rules: agent, tier, contact, word, sample"`
	AskedAt      Time     `json:"asked_at"`
	DueAt        Time     `json:"due_at"`
	EscalatedAt  Time     `json:"escalated_at"`
	DecidedAt    Time     `json:"decided_at"`
	Reason       string   `json:"reason"`
	Waited       int64    `json:"waited_s"`
}

// Correction is how a reviewer lets a mail go. Without edited it leaves as it was frozen and the rest is ignored.
type Correction struct {
	Edited  bool      `json:"edited,omitempty"`
	Subject string    `json:"subject,omitempty" maxLength:"500"`
	Text    string    `json:"text,omitempty" maxLength:"500000"`
	HTML    string    `json:"html,omitempty" maxLength:"900000"`
	To      []Address `json:"to,omitempty" maxItems:"100" doc:"absent with cc and bcc: as it was"`
	Cc      []Address `json:"cc,omitempty" maxItems:"100"`
	Bcc     []Address `json:"bcc,omitempty" maxItems:"100"`
}
