package desk

import (
	"strings"
	"time"
)

// Direction is which way a message goes.
type Direction string

// The directions.
const (
	In   Direction = "in"   // from the customer
	Out  Direction = "out"  // to the customer
	Note Direction = "note" // inside the house: 内部备注
)

// Delivery is how far an outgoing message has come.
type Delivery string

// The states of an outgoing message. Mail goes queued → sending → sent, failed or unknown; chat is sent when it is
// committed and then delivered and read by the widget's word.
const (
	DeliveryQueued    Delivery = "queued"    // a row, not yet a send; may still be withdrawn
	DeliverySending   Delivery = "sending"   // claimed by a node
	DeliverySent      Delivery = "sent"      // the next server (mail) or the record (chat) has it
	DeliveryDelivered Delivery = "delivered" // the widget has it
	DeliveryRead      Delivery = "read"      // the widget showed it
	DeliveryFailed    Delivery = "failed"    // refused for good, or bounced
	DeliveryUnknown   Delivery = "unknown"   // the process or line died between DATA and 250: only a person sends again
	DeliveryWithdrawn Delivery = "withdrawn" // undone in time
	DeliveryReview    Delivery = "in_review" // frozen until somebody else has read it
	DeliveryReturned  Delivery = "returned"  // by the reviewer, with a reason; its author writes it anew
)

// Auto marks mail that no human wrote now. It joins quietly (DESIGN 2.5).
type Auto string

// The kinds of automatic mail; "" is a human's.
const (
	ByHuman   Auto = ""
	AutoReply Auto = "auto_reply"
	Bounce    Auto = "bounce"
	Report    Auto = "report"
	List      Auto = "list"
	Calendar  Auto = "calendar"
	Greeting  Auto = "greeting" // ours: acknowledgement, out-of-hours text, survey
)

// What may be known of a mail's sender.
const (
	SenderVerified = "verified" // From is who wrote
	SenderFailed   = "failed"   // somebody else wrote in that name
)

// Address is a mail address with the name beside it.
type Address struct{ Name, Address string }

// Attachment is a file of a message. The bytes lie in the blob store under Blob (hex SHA-256 of the content).
// A Blob of "" says that the file was over a limit and is not kept: it is in the raw mail, or still at the source.
type Attachment struct {
	Blob        string
	Name        string
	ContentType string
	Size        int64
	Inline      bool
	ContentID   string // without <>, for cid: references
}

// Body is what a message says. Text and HTML are the writer's own words; quoted text is folded by the reader's
// screen, never deleted. HTML is sanitised before it gets here.
type Body struct {
	Text, HTML             string
	QuotedText, QuotedHTML string
	Signature              string
}

// Message is one entry of a conversation's thread: a mail, a chat line, a call or a note.
type Message struct {
	ID           MessageID
	Conversation ConversationID
	Number       int64 // from 1 without gaps in its conversation; given by the unit
	Inbox        InboxID
	Direction    Direction
	Medium       Medium
	Author       Actor
	AuthorName   string
	Body         Body

	// Mail
	Subject       string
	From          Address
	To, Cc, Bcc   []Address
	ReplyTo       []Address
	RFCMessageID  string // without <>; RFC 5322 3.6.4
	References    []string
	Auto          Auto
	Unverified    bool   // sender not proven by SPF, DKIM or DMARC
	SenderState   string // what is known of the sender: verified, failed or ""
	SenderDetail  string // how it is known
	Elsewhere     bool   // ours, but sent with another program and found in the mailbox (UP-E17)
	Raw           string // blob of the mail as it came
	HeaderDate    time.Time
	InReplyTo     MessageID // ours: the message this one answers
	Side          MessageID // side conversation with a third party: its first message; "" is the customer's thread
	Scheduled     bool      // NotBefore was chosen by its writer: send later
	Replaces      MessageID // a mail that was taken back, or corrected by its reviewer, for this one
	Attachments   []Attachment
	Mentions      []AgentID
	Call          *Call
	ClientKey     string // the sender's own id of a chat line, so that its screen can settle it
	Delivery      Delivery
	Failure       string // the other side's words, when failed, delayed or unknown
	NotBefore     time.Time
	Then          Status    // what the conversation becomes when this message is out; "" nothing
	CreatedAt, At time.Time // At is when it counts: receipt (INTERNALDATE) or commit, never the Date header
}

// Public reports whether the customer can see the message.
func (m Message) Public() bool { return m.Direction != Note && m.Side == "" }

// Human reports whether a person wrote the message now.
func (m Message) Human() bool {
	return m.Auto == ByHuman && (m.Author.Kind != BySystem || m.Elsewhere)
}

// Inbound is what a channel hands in: one message as its source gave it, already parsed.
type Inbound struct {
	Inbox    InboxID
	Medium   Medium
	External string // the source's own id, the same on every re-delivery; unique in the inbox
	Hash     string // mail: SHA-256 of the raw bytes
	At       time.Time

	From        Identity
	FromName    string
	Identities  []Identity // further ones that are proven to be the same person
	Locale      string
	ContactName string // proven name, from a signed identity

	Conversation ConversationID // chat: the open conversation this visitor is known to have, if any
	Token        ConversationID // mail: the conversation our signed reply address names, signature checked
	Thread       []string       // mail: In-Reply-To first, then References from the last
	Message      Message        // body, subject, recipients, attachments, auto, raw…; ids are given by the desk
	Copy         MessageID      // mail: the message of ours that its own header says it is; believed in a Sent folder alone
	Bounces      []BounceOf
	NoGreeting   bool // mail: it asks for no automatic answer, or comes from ourselves or a machine
	History      bool // older than the date the mailbox was connected from: recorded, answered by nobody
	Parked       bool // a flood of one sender: recorded, resolved and tagged, nobody's work until a person looks
}

// ParkedTag marks conversations of senders who flooded us; they stand resolved until a person looks (UP-E20).
const ParkedTag = "parked"

// BounceOf says that a mail of ours did not reach one recipient, or will be late, or did arrive after all.
type BounceOf struct {
	RFCMessageID string // of our mail, when the notice names it
	Recipient    string
	Status       string // RFC 3463, "5.1.1"; x.0.9nn is our own reading of a notice that prints no code
	Action       string // RFC 3464 2.3.3: failed, delayed, delivered …, or complaint (RFC 5965); "" when nobody says
	Permanent    bool   // the address itself is of no use: a full mailbox or a filter is not permanent, though the mail failed
	Diagnostic   string
}

// Failed reports whether the mail will not reach this recipient any more.
func (b BounceOf) Failed() bool { return b.Action == "failed" || b.Action == "" && b.Permanent }

// Dead reports whether writing to the address again makes no sense.
func (b BounceOf) Dead() bool { return b.Failed() && b.Permanent && (b.Action != "" || Gone(b.Status)) }

// reason is what people read about it: whom it did not reach, and the other side's words.
func (b BounceOf) reason() string {
	words := first(b.Diagnostic, b.Status)
	if b.Recipient == "" || strings.Contains(strings.ToLower(words), strings.ToLower(b.Recipient)) {
		return clip(words, maxBounceReason)
	}
	return clip(b.Recipient+": "+words, maxBounceReason)
}

// maxBounceReason bounds the other side's words, in characters.
const maxBounceReason = 500

// Received is what became of an Inbound.
type Received struct {
	Conversation ConversationID
	Message      MessageID
	Number       int64
	Contact      ContactID
	Duplicate    bool // nothing was changed
	New          bool // the conversation was opened by this message
}

// Outbound is a claimed message on its way to a channel's Sender, with all that composing needs.
type Outbound struct {
	Message      Message
	Conversation Conversation
	References   []string // ids of the thread, oldest first, at most 20
	Attempt      int      // 1 for the first
	FirstTried   time.Time
	Rank         Rank
	Answers      *Message // the mail it answers, when it names one
}

// Rank is who goes first when a mailbox may send only so much; the smaller first. The record keeps the numbers.
type Rank int

// The ranks.
const (
	RankAnswer Rank = iota // to people who wrote to us
	RankFirst              // we write first
	RankAuto               // nobody wrote it
)

// Backlog are the queued mails that a quota of their mailbox concerns: of a rank or one after it, whose time comes before
// a moment.
type Backlog struct {
	Inbox  InboxID
	Rank   Rank
	Before time.Time
}

// Receipt is what the next server said when it took an outgoing message.
type Receipt struct {
	Response string            // its last line
	Refused  map[string]string // recipients it did not take, with its words
	At       time.Time
}
