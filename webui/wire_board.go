package webui

import "time"

// Board is the supervisor's picture of now.
type Board struct {
	At         Time         `json:"at"`
	Queues     []BoardQueue `json:"queues"`
	Agents     []BoardAgent `json:"agents"`
	Late       []BoardRow   `json:"late" doc:"promises already broken and still open, worst first, at most 100"`
	Next       []BoardRow   `json:"next" doc:"promises that come due next, at most 50"`
	LateTotal  int          `json:"late_total"`
	Waivers    int          `json:"waivers" doc:"promises of mine that somebody wants to let go and nobody has decided about"`
	Channels   []Channel    `json:"channels"`
	Alerts     []Alert      `json:"alerts" doc:"open ones, oldest first"`
	Quarantine int64        `json:"quarantine"`
	Warnings   []Warning    `json:"warnings,omitempty" doc:"what will need a person soon though everything works"`
}

// BoardQueue is one queue's numbers.
type BoardQueue struct {
	ID           string       `json:"id"`
	Name         string       `json:"name"`
	Waiting      int          `json:"waiting"`
	LongestSince Time         `json:"longest_since" doc:"since when the one that waits longest waits, on offer or not"`
	Oldest       string       `json:"oldest" doc:"that conversation's id, or empty"`
	OnOffer      int          `json:"on_offer"`
	Held         int          `json:"held" doc:"open and assigned"`
	Pending      int          `json:"pending" doc:"pending and snoozed"`
	Late         int          `json:"late"`
	Available    int          `json:"available" doc:"agents of this queue who are available"`
	Service      ServiceLevel `json:"service"`
	LastWeek     ServiceLevel `json:"last_week" doc:"the same weekday a week ago up to this time of the day, by quarters of an hour"`
	Usual        ServiceLevel `json:"usual" doc:"the same of the last four weeks together"`
	Goal         int          `json:"goal_pct" doc:"per cent of the day's promises that are to be kept"`
}

// ServiceLevel is how today's response promises came out.
type ServiceLevel struct {
	Met    int64    `json:"met"`
	Late   int64    `json:"late"`
	Target *float64 `json:"target_pct,omitempty" doc:"met of all, in per cent; absent when there was none"`
}

// BoardAgent is one agent's numbers.
type BoardAgent struct {
	Agent    string      `json:"agent"`
	Name     string      `json:"name"`
	Presence Presence    `json:"presence"`
	Load     int         `json:"load"`
	Capacity int         `json:"capacity"`
	Held     []BoardHeld `json:"held"`
	Offers   int         `json:"offers" doc:"offers ringing now"`
}

// BoardHeld is one conversation an agent holds.
type BoardHeld struct {
	Conversation string `json:"conversation"`
	Number       int64  `json:"number"`
	Medium       string `json:"medium" enum:"email,chat,voice"`
	Weight       int    `json:"weight"`
	Contact      string `json:"contact"`
	Since        Time   `json:"since"`
}

// BoardRow is one promise with the time left; negative when it is broken.
type BoardRow struct {
	Conversation Conversation `json:"conversation"`
	Clock        Clock        `json:"clock"`
	Slack        int64        `json:"slack_s"`
	Help         *BoardHelp   `json:"help,omitempty" doc:"what would help most; absent while the router is away"`
}

// BoardHelp is the one thing a supervisor can do that helps a promise most.
type BoardHelp struct {
	Do    string `json:"do" enum:"call_back,offer,raise,reassign"`
	Agent string `json:"agent" doc:"offer, reassign: an agent of mine with room for it, empty when somebody must choose; call_back: who has it"`
}

// QueueLine is one page of a queue's line: first what rings at somebody, then what waits, each in the order of ranks.
type QueueLine struct {
	At    Time        `json:"at"`
	Queue string      `json:"queue"`
	Items []LinePlace `json:"items"`
	Next  string      `json:"next"`
}

// LinePlace is one conversation in line.
type LinePlace struct {
	Conversation Conversation     `json:"conversation" doc:"offered_to is whom it rings at"`
	Position     int              `json:"position" doc:"1 goes next; mail waits for calls and chats, these not for mail; 0: it rings"`
	Rank         Time             `json:"rank" doc:"due_at less boost_s: the smallest goes first"`
	DueAt        Time             `json:"due_at"`
	Slack        int64            `json:"slack_s" doc:"until due_at; negative when it is over"`
	Boost        int64            `json:"boost_s" doc:"what its steps have raised so far included"`
	ExpiresAt    Time             `json:"expires_at" doc:"until when it rings; null when it waits"`
	Hindrances   []HindranceCount `json:"hindrances" doc:"why those of its queue whom I may see are not offered it, most frequent first; empty while it rings"`
}

// HindranceCount is how many agents are not offered a conversation for one reason.
type HindranceCount struct {
	Reason string `json:"reason" doc:"as of a hindrance"`
	Agents int    `json:"agents"`
}

// Channel is how an inbox's connection is.
type Channel struct {
	Inbox    string `json:"inbox"`
	Name     string `json:"name"`
	Medium   string `json:"medium" enum:"email,chat,voice"`
	Up       bool   `json:"up"`
	Cause    string `json:"cause"`
	LastGood Time   `json:"last_good"`
	Since    Time   `json:"since"`
	Visitors *int   `json:"visitors,omitempty" doc:"of a chat inbox: open widget sockets of this node"`
	Refused  *int   `json:"refused,omitempty" doc:"of a phone inbox: webhooks refused in the last hour on this node"`
}

// Door is how a chat or phone inbox does.
type Door struct {
	Visitors int       // open widget sockets
	LastGood time.Time // webhook
	Refused  int       // webhooks in the last hour
}

// Trace answers "why here": how a conversation was offered and assigned, newest first.
type Trace struct {
	Conversation string      `json:"conversation"`
	Routing      string      `json:"routing" enum:"waiting,on_offer,assigned,none"`
	Rank         Time        `json:"rank" doc:"due minus boost: the smallest goes first; null when it does not wait"`
	DueAt        Time        `json:"due_at"`
	Boost        int64       `json:"boost_s"`
	Ahead        int         `json:"ahead" doc:"how many wait before it in its queue"`
	Steps        []TraceStep `json:"steps"`
	Hindrances   []Hindrance `json:"hindrances" nullable:"false" doc:"agents of its queue who are not offered it now, and why"`
}

// TraceStep is one step of routing.
type TraceStep struct {
	Seq    int64    `json:"seq"`
	Kind   string   `json:"kind"`
	Agent  string   `json:"agent"`
	At     Time     `json:"at"`
	Offer  string   `json:"offer"`
	Reason string   `json:"reason"`
	Auto   bool     `json:"auto"`
	Forced bool     `json:"forced"`
	Why    []Reason `json:"why"`
}
