package webui

import (
	"encoding/json"
	"time"

	"yingda/desk"
)

// The shapes of requests and answers that are not nouns of their own.

type out[T any] struct{ Body T }

// Page is one page of a list; Next asks for the following one and is empty at the end.
type Page[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next"`
}

// Paging asks for one page.
type Paging struct {
	Cursor string `query:"cursor" maxLength:"400"`
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"40"`
}

// ByID names the thing asked about. Like Paging it must be exported: huma fills embedded fields only then.
type ByID struct {
	ID string `path:"id" maxLength:"64"`
}

// Idempotent carries the caller's key of a change.
type Idempotent struct {
	Key string `header:"Idempotency-Key" maxLength:"100" doc:"the same key within 24 h changes nothing and answers as the first time"`
}

// Me is who is signed in.
type Me struct {
	Agent       Agent          `json:"agent"`
	Scope       MyScope        `json:"scope"`
	Session     string         `json:"session"`
	Cursor      string         `json:"cursor" doc:"the place before everything read from now on: say it in hello, and nothing falls between"`
	ServerTime  Time           `json:"server_time"`
	Preferences map[string]any `json:"preferences"`
	Features    Features       `json:"features"`
	Load        int            `json:"load" doc:"what I hold, in units, as the router counts it"`
	Capacity    int            `json:"capacity" doc:"how much I may hold, in units"`
}

// MyScope is whose conversations one may see.
type MyScope struct {
	All    bool     `json:"all"`
	Queues []string `json:"queues"`
	Agents []string `json:"agents" doc:"oneself and, for supervisors, the people of their teams"`
}

// Features are limits and usual values the page needs to know.
type Features struct {
	MaxFile     int64 `json:"max_file_bytes"`
	MaxFiles    int   `json:"max_files"`
	MaxChatText int   `json:"max_chat_text"`
	MaxUndo     int   `json:"max_undo_s"`
	MaxReport   int   `json:"max_report_days" doc:"the longest period of a report, its first and last day counted"`
	Warnings    []int `json:"warnings" doc:"when a policy that names none warns, per cent of the time"`
}

// SignIn is a sign-in.
type SignIn struct {
	Email    string `json:"email" minLength:"1" maxLength:"320"`
	Password string `json:"password" minLength:"1" maxLength:"256"`
}

// Session is one signed-in browser.
type Session struct {
	ID        string `json:"id"`
	Address   string `json:"address"`
	Client    string `json:"client"`
	CreatedAt Time   `json:"created_at"`
	SeenAt    Time   `json:"seen_at"`
	ExpiresAt Time   `json:"expires_at"`
	Current   bool   `json:"current"`
}

// NewPassword changes one's own password.
type NewPassword struct {
	Old string `json:"old" maxLength:"256"`
	New string `json:"new" minLength:"10" maxLength:"256"`
}

// Directory is the names a page shows, as far as one's role may see them.
type Directory struct {
	Agents  []Agent      `json:"agents"`
	Queues  []Named      `json:"queues"`
	Teams   []TeamRef    `json:"teams"`
	Inboxes []InboxRef   `json:"inboxes"`
	Tags    []TagDoc     `json:"tags"`
	Skills  []NamedSkill `json:"skills"`
	Canned  []Canned     `json:"canned"`
	Tiers   TiersDoc     `json:"tiers"`
	// Calendars are for those who write rules about hours.
	Calendars []Named `json:"calendars" nullable:"false" doc:"for supervisors and administrators; else none"`

	Reasons []desk.AwayReason `json:"reasons" doc:"why somebody may be away, in order of menus"`
}

// Named is an id and its name.
type Named struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// TeamRef is a team as pages need it.
type TeamRef struct {
	ID     string   `json:"id"`
	Name   string   `json:"name"`
	Queues []string `json:"queues"`
	Leads  []string `json:"leads"`
}

// InboxRef is an inbox as pages need it.
type InboxRef struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Medium  string `json:"medium" enum:"email,chat,voice"`
	Queue   string `json:"queue"`
	Address string `json:"address"`
	Enabled bool   `json:"enabled"`
}

// Canned is a reply kept for use again (快捷回复).
type Canned struct {
	ID       string `json:"id"`
	Shortcut string `json:"shortcut"`
	Title    string `json:"title"`
	Text     string `json:"text"`
	HTML     string `json:"html"`
	Locale   string `json:"locale"`
	Team     string `json:"team"`
}

// PresenceChange is a wish about presence.
type PresenceChange struct {
	State  string `json:"state" enum:"available,away,offline"`
	Reason string `json:"reason,omitempty" maxLength:"64" doc:"of away: id of a reason in the directory"`

	Minutes int  `json:"minutes,omitempty" minimum:"0" maximum:"1440" doc:"away for so long, then available by itself"`
	Until   Time `json:"until,omitzero" required:"false" doc:"or until then"`
}

type conversationQuery struct {
	Paging
	List     string `query:"list" enum:"mine,my_queues,unassigned,mentioned,all" default:"all"`
	Status   string `query:"status" enum:"open,pending,snoozed,resolved,active,any" default:"active" doc:"active: all but resolved"`
	Queue    string `query:"queue" maxLength:"64"`
	Inbox    string `query:"inbox" maxLength:"64"`
	Medium   string `query:"medium" enum:"email,chat,voice"`
	Tier     string `query:"tier" enum:"strategic,key,ordinary"`
	Priority string `query:"priority" enum:"urgent,high,normal,low"`
	Tag      string `query:"tag" maxLength:"60"`
	Assignee string `query:"assignee" maxLength:"64"`
	Late     bool   `query:"late"`
	Sort     string `query:"sort" enum:"due,newest,oldest" default:"newest"`
}

// Thread is a page of messages, ascending by number. NextBefore and NextAfter are 0 where there is no more.
type Thread struct {
	Items      []Message `json:"items"`
	NextBefore int64     `json:"next_before"`
	NextAfter  int64     `json:"next_after"`
}

// FileRef names an uploaded file to attach.
type FileRef struct {
	Blob        string `json:"blob" pattern:"^[0-9a-f]{64}$"`
	Name        string `json:"name" minLength:"1" maxLength:"255"`
	ContentType string `json:"content_type,omitempty" maxLength:"120"`
	Size        int64  `json:"size,omitempty"`
	Inline      bool   `json:"inline,omitempty"`
	ContentID   string `json:"content_id,omitempty" maxLength:"200"`
	URL         string `json:"url,omitempty" maxLength:"300" doc:"ignored, so that an attachment can be sent back as it was read"`
}

// NewMail begins a conversation with a mail of ours.
type NewMail struct {
	Inbox       string     `json:"inbox"`
	Contact     string     `json:"contact,omitempty"`
	To          []Address  `json:"to" minItems:"1" maxItems:"100"`
	Cc          []Address  `json:"cc,omitempty" maxItems:"100"`
	Bcc         []Address  `json:"bcc,omitempty" maxItems:"100"`
	Subject     string     `json:"subject" maxLength:"500"`
	Text        string     `json:"text" maxLength:"500000"`
	HTML        string     `json:"html,omitempty" maxLength:"900000"`
	Attachments []FileRef  `json:"attachments,omitempty" maxItems:"40"`
	Undo        *int       `json:"undo_s,omitempty" minimum:"0" maximum:"30"`
	Confirmed   bool       `json:"confirmed,omitempty" doc:"send to suppressed addresses too"`
	SendAt      *time.Time `json:"send_at,omitempty" doc:"not before this moment, within a year"`
}

// NewReply is an answer to the customer.
type NewReply struct {
	ClientKey   string     `json:"client_key,omitempty" maxLength:"100" doc:"also its idempotency key"`
	Text        string     `json:"text" maxLength:"500000"`
	HTML        string     `json:"html,omitempty" maxLength:"900000"`
	Subject     string     `json:"subject,omitempty" maxLength:"500"`
	To          []Address  `json:"to,omitempty" maxItems:"100" doc:"mail; absent: whom reply-to would name"`
	Cc          []Address  `json:"cc,omitempty" maxItems:"100"`
	Bcc         []Address  `json:"bcc,omitempty" maxItems:"100"`
	Attachments []FileRef  `json:"attachments,omitempty" maxItems:"40"`
	InReplyTo   string     `json:"in_reply_to,omitempty" maxLength:"64"`
	Seen        int64      `json:"seen,omitempty" doc:"last message number on the writer's screen"`
	Force       bool       `json:"force,omitempty" doc:"send though newer messages came"`
	Then        string     `json:"then,omitempty" enum:",pending,resolved"`
	Undo        *int       `json:"undo_s,omitempty" minimum:"0" maximum:"30" doc:"default 5 for mail"`
	Confirmed   bool       `json:"confirmed,omitempty" doc:"send to suppressed addresses too"`
	SendAt      *time.Time `json:"send_at,omitempty" doc:"mail: not before this moment, within a year"`
	Replaces    string     `json:"replaces,omitempty" maxLength:"64" doc:"a mail of mine that waits or was returned, and that this one is written instead of"`
}

// NewNote is an internal note (内部备注).
type NewNote struct {
	ClientKey   string    `json:"client_key,omitempty" maxLength:"100" doc:"also its idempotency key"`
	Text        string    `json:"text" maxLength:"100000"`
	HTML        string    `json:"html,omitempty" maxLength:"300000"`
	Mentions    []string  `json:"mentions,omitempty" maxItems:"50"`
	Attachments []FileRef `json:"attachments,omitempty" maxItems:"40"`
}

// Recipients is exactly whom an answer would go to.
type Recipients struct {
	To         []Address `json:"to"`
	Cc         []Address `json:"cc"`
	Subject    string    `json:"subject"`
	Suppressed []string  `json:"suppressed" doc:"those of them that mail came back from for good"`
}

// Edit changes a conversation; what is absent stays.
type Edit struct {
	Version     int64      `json:"version" doc:"the one you saw"`
	Status      *string    `json:"status,omitempty" enum:"open,pending,snoozed,resolved"`
	SnoozeUntil *time.Time `json:"snooze_until,omitempty"`
	Priority    *string    `json:"priority,omitempty" enum:"urgent,high,normal,low"`
	Tags        *[]string  `json:"tags,omitempty" maxItems:"30"`
	Subject     *string    `json:"subject,omitempty" maxLength:"500"`
	Locale      *string    `json:"locale,omitempty" maxLength:"35"`
}

// Bulk changes many conversations; each stands alone.
type Bulk struct {
	IDs      []string  `json:"ids" minItems:"1" maxItems:"100"`
	Status   *string   `json:"status,omitempty" enum:"open,pending,resolved"`
	Priority *string   `json:"priority,omitempty" enum:"urgent,high,normal,low"`
	Assignee *string   `json:"assignee,omitempty" doc:"empty: back to the queue" maxLength:"64"`
	Queue    *string   `json:"queue,omitempty" maxLength:"64"`
	TagsAdd  *[]string `json:"tags_add,omitempty" maxItems:"30"`
}

// BulkResult is what became of one of them. Error is absent when it went well.
type BulkResult struct {
	ID    string   `json:"id"`
	Error *Problem `json:"error,omitempty"`
}

// Draft is what one has written and not sent, per conversation.
type Draft struct {
	Text        string       `json:"text" maxLength:"500000"`
	HTML        string       `json:"html" maxLength:"900000"`
	To          []Address    `json:"to"`
	Cc          []Address    `json:"cc"`
	Bcc         []Address    `json:"bcc"`
	Attachments []Attachment `json:"attachments"`
	Mode        string       `json:"mode" enum:"reply,note"`
	Version     int64        `json:"version"`
	UpdatedAt   Time         `json:"updated_at"`
}

// SearchResult is one find.
type SearchResult struct {
	Conversation Conversation `json:"conversation"`
	Message      SearchSpot   `json:"message"`
}

// SearchSpot is where it was found; found words stand between U+0001 and U+0002.
type SearchSpot struct {
	ID      string `json:"id"`
	Number  int64  `json:"number"`
	Excerpt string `json:"excerpt"`
	At      Time   `json:"at"`
}

// File is an uploaded file.
type File struct {
	Blob        string `json:"blob"`
	Name        string `json:"name"`
	ContentType string `json:"content_type"`
	Size        int64  `json:"size"`
}

// NewContact makes a contact.
type NewContact struct {
	Name       string     `json:"name" maxLength:"200"`
	Company    string     `json:"company,omitempty" maxLength:"200"`
	Locale     string     `json:"locale,omitempty" maxLength:"35"`
	Tier       string     `json:"tier,omitempty" enum:"strategic,key,ordinary"`
	Owner      string     `json:"owner,omitempty" maxLength:"64"`
	Note       string     `json:"note,omitempty" maxLength:"10000"`
	Identities []Identity `json:"identities,omitempty" maxItems:"20"`
}

// ContactEdit changes a contact; what is absent stays.
type ContactEdit struct {
	Version int64   `json:"version"`
	Name    *string `json:"name,omitempty" maxLength:"200"`
	Company *string `json:"company,omitempty" maxLength:"200"`
	Locale  *string `json:"locale,omitempty" maxLength:"35"`
	Tier    *string `json:"tier,omitempty" enum:"strategic,key,ordinary"`
	Owner   *string `json:"owner,omitempty" maxLength:"64"`
	Note    *string `json:"note,omitempty" maxLength:"10000"`
}

// SettingOf is a settings document with its version.
type SettingOf[T any] struct {
	ID        string `json:"id"`
	Version   int64  `json:"version"`
	Doc       T      `json:"doc"`
	UpdatedAt Time   `json:"updated_at"`
}

// SaveOf saves a document; Version is the one seen, 0 for a new one.
type SaveOf[T any] struct {
	Version int64 `json:"version" minimum:"0"`
	Doc     T     `json:"doc"`
}

// NamedSkill names a skill.
type NamedSkill struct {
	ID   string `json:"id"`
	Name string `json:"name" maxLength:"60"`
}

// TagDoc names a tag.
type TagDoc struct {
	ID    string `json:"id"`
	Name  string `json:"name" maxLength:"60"`
	Color string `json:"color,omitempty" maxLength:"20"`
}

// TiersDoc is what the firm calls its tiers; empty names mean the page's own words.
type TiersDoc struct {
	Strategic string `json:"strategic" maxLength:"40"`
	Key       string `json:"key" maxLength:"40"`
	Ordinary  string `json:"ordinary" maxLength:"40"`
}

// InboxCheck asks for an inspection of an inbox before it is saved. Secrets left out are those that are kept.
type InboxCheck struct {
	Doc     json.RawMessage   `json:"doc"`
	Secrets map[string]string `json:"secrets,omitempty"`
}

// InboxVerdict is what an inspection found.
type InboxVerdict struct {
	OK       bool      `json:"ok"`
	Findings []Finding `json:"findings"`
}

// QuarantineItem is something that could not be read (隔离区).
type QuarantineItem struct {
	ID        string `json:"id"`
	Inbox     string `json:"inbox"`
	Source    string `json:"source"`
	Cause     string `json:"cause"`
	Size      int64  `json:"size"`
	At        Time   `json:"at"`
	RetriedAt Time   `json:"retried_at"`
}
