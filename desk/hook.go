package desk

import (
	"net/url"
	"slices"
	"strings"
	"time"
)

// SettingWebhook is a document that says which facts another system of the firm is told of.
const SettingWebhook SettingKind = "webhook"

// Webhook is where to tell whom of what. Its signing secret is kept apart and never read back.
type Webhook struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`
	URL     string   `json:"url" doc:"https; http only for hosts the operator names (webhooks.hosts)"`
	Events  []string `json:"events" nullable:"false" doc:"kinds of facts; a step of a ladder that names the webhook is told in any case"`
	Enabled bool     `json:"enabled"`
	// DisableAfter is after how many days without one success it is switched off; 0: 5.
	DisableAfter int `json:"disable_after_days" minimum:"0" maximum:"90"`
}

// Patience is how long it may fail before it is switched off.
func (w Webhook) Patience() time.Duration {
	if w.DisableAfter > 0 {
		return time.Duration(w.DisableAfter) * 24 * time.Hour
	}
	return 5 * 24 * time.Hour
}

// Wants reports whether facts of a kind are told.
func (w Webhook) Wants(kind string) bool { return slices.Contains(w.Events, kind) }

// HookEvents are the kinds of facts a webhook may be told of: those without a customer's words, addresses or numbers.
// Reasons and notes in them, which people and mail servers write, are withheld by the room that tells.
func HookEvents() []string {
	return []string{
		"opened", "message_received", "message_queued", "message_sent", "message_failed", "message_unknown", "status_changed",
		"priority_changed", "tier_changed", "queue_changed", "merged", "absorbed", "continued_in", "queued", "offered", "offer_accepted",
		"offer_declined", "offer_expired", "offer_withdrawn", "assigned", "released", "resumed", "clock_started", "clock_paused",
		"clock_resumed", "due_changed", "clock_warned", "clock_breached", "clock_escalated", "clock_acknowledged", "clock_met",
		"clock_cancelled", "customer_reassured", "presence_changed", "channel_state", "erased",
	}
}

// HookTest is the kind of a delivery that only tries the line.
const HookTest = "test"

const (
	maxHookURL  = 2000
	maxHookDays = 90
)

func checkWebhook(w Webhook) error {
	u, err := url.Parse(w.URL)
	switch {
	case !nameFits(w.Name):
		return badSetting("name")
	case err != nil, len(w.URL) > maxHookURL, u.Scheme != "https" && u.Scheme != "http", u.Host == "", u.User != nil, strings.ContainsAny(w.URL, " \r\n"):
		return badSetting("url")
	case !within(w.DisableAfter, maxHookDays):
		return badSetting("disable_after_days")
	}
	for _, e := range w.Events {
		if !slices.Contains(HookEvents(), e) {
			return badSetting("events")
		}
	}
	return nil
}

// HookState is what becomes of a delivery.
type HookState string

// The states of a delivery. A failed one was tried for a day, or its webhook was switched off.
const (
	HookWaiting   HookState = "waiting"
	HookDelivered HookState = "delivered"
	HookFailed    HookState = "failed"
)

// HookDelivery is one fact to be told to one webhook. ID is the same however often it is sent, for de-duplication.
// Deliveries about one conversation go out one after the other, in the order of Seq.
type HookDelivery struct {
	ID           string
	Webhook      string
	Seq          int64
	Conversation string // "" when it is about none
	Kind         string
	State        HookState
	Attempts     int
	Status       int    // of the last answer; 0: there was none
	Reason       string // why the last try failed; a translation key of the webhook's page
	At           time.Time
	NextAt       time.Time
	EndedAt      time.Time
	Body         string // JSON, as it is signed
}

// HookHealth is how a webhook is doing.
type HookHealth struct {
	Webhook      string
	FailingSince time.Time // zero: it goes well
	LastGood     time.Time
	DisabledAt   time.Time // zero: it was not switched off
	Reason       string    // why it was, or fails
	Waiting      int64
}

// HookQuery is one page of a webhook's deliveries, newest first.
type HookQuery struct {
	Webhook string
	State   HookState // "" any
	Before  int64     // at most this seq; 0: from the end
	After   string    // and at that seq after this id
	Limit   int
}

// StoredFact is a fact as the log keeps it: Body is JSON in snake_case whose names are kept for ever.
type StoredFact struct {
	Seq     int64
	Subject Subject
	Actor   Actor
	At      time.Time
	Kind    string
	Body    string
}
