package desk

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A second pair of eyes (复核): mails of new agents, to chosen customers, with chosen words, or a sample of all, wait
// until somebody else has read them. What waits is frozen: recipients, subject, body and files are the stored message,
// and their hash is checked before it leaves. The customer's clocks run on meanwhile.

// SettingReview is the one document, id "review", that says which mails wait.
const SettingReview SettingKind = "review"

// ReviewPolicy says which mails of agents wait for a second pair of eyes. Supervisors' and administrators' never do.
type ReviewPolicy struct {
	Enabled  bool        `json:"enabled"`
	Agents   []AgentID   `json:"agents" nullable:"false"`   // whose mails all wait: new people
	Tiers    []Tier      `json:"tiers" nullable:"false"`    // of customers
	Contacts []ContactID `json:"contacts" nullable:"false"` // chosen customers
	Words    []string    `json:"words" nullable:"false"`    // found anywhere in subject or text, whatever the case
	Share    int         `json:"share_percent"`             // of all other mails, picked by chance
	Timeout  int         `json:"timeout_s"`                 // after which a waiting mail is escalated; 0: 1800
	After    AfterWait   `json:"after_timeout"`             // "": it waits on, shown to supervisors as late
}

// AfterWait is what becomes of a mail that nobody looked at in time.
type AfterWait string

// The rules for late reviews. Each leaves a ReviewEscalated.
const (
	WaitOn     AfterWait = ""
	SendAnyway AfterWait = "send"
	SendBack   AfterWait = "return"
)

const (
	defaultReview = 30 * time.Minute
	maxWords      = 200
)

func checkReview(p ReviewPolicy) error {
	switch {
	case p.Share < 0 || p.Share > 100:
		return badSetting("share_percent")
	case !within(p.Timeout, maxQueueWait):
		return badSetting("timeout_s")
	case p.After != WaitOn && p.After != SendAnyway && p.After != SendBack:
		return badSetting("after_timeout")
	case len(p.Words) > maxWords || slices.ContainsFunc(p.Words, func(w string) bool { return strings.TrimSpace(w) == "" }):
		return badSetting("words")
	case slices.ContainsFunc(p.Tiers, func(t Tier) bool { return !t.Valid() }):
		return badSetting("tiers")
	}
	return nil
}

// ReviewState is how far a review has come.
type ReviewState string

// The states of a review.
const (
	ReviewWaiting  ReviewState = "waiting"
	ReviewApproved ReviewState = "approved" // sent as it was frozen
	ReviewEdited   ReviewState = "edited"   // sent as the reviewer changed it; the author sees both
	ReviewReturned ReviewState = "returned" // back to the author, with a reason
	ReviewTaken    ReviewState = "withdrawn"
)

// Review is a mail that waits for, or had, a second pair of eyes.
type Review struct {
	Message      MessageID // what was frozen
	Conversation ConversationID
	Queue        QueueID
	Author       AgentID
	State        ReviewState
	Why          []Reason
	Hash         string // hex SHA-256 over recipients, subject, body and files
	AskedAt      time.Time
	DueAt        time.Time // when it is escalated
	EscalatedAt  time.Time
	DecidedAt    time.Time
	Reviewer     AgentID // "": the time-out rule
	Reason       string
	Sent         MessageID // what was sent instead, when edited
}

// Waited is how long the mail waited for its reviewer, until now when it still does.
func (r Review) Waited(now time.Time) time.Duration {
	if r.DecidedAt.IsZero() {
		return now.Sub(r.AskedAt)
	}
	return r.DecidedAt.Sub(r.AskedAt)
}

// TxReviews keeps reviews.
type TxReviews interface {
	// Review returns the one of a message, or ErrNotFound.
	Review(MessageID) (Review, error)
	SaveReview(Review) error
}

// whyReview says why a mail waits; nil: it does not. It is a pure function of policy, conversation and message, so that
// a unit that runs twice comes to the same: the sample is picked by the message's own id.
func (p ReviewPolicy) whyReview(c Conversation, m Message) []Reason {
	if !p.Enabled || m.Auto != ByHuman || m.Author.Agent() == "" || m.Author.Supervises() {
		return nil
	}
	var why []Reason
	if slices.Contains(p.Agents, m.Author.Agent()) {
		why = append(why, Reason{Rule: "agent", Value: string(m.Author.Agent())})
	}
	if slices.Contains(p.Tiers, c.Tier) {
		why = append(why, Reason{Rule: "tier", Value: string(c.Tier)})
	}
	if slices.Contains(p.Contacts, c.Contact) {
		why = append(why, Reason{Rule: "contact", Value: string(c.Contact)})
	}
	text := strings.ToLower(m.Subject + "\n" + m.Body.Text + "\n" + m.Body.HTML)
	for _, w := range p.Words {
		if w = strings.ToLower(strings.TrimSpace(w)); strings.Contains(text, w) {
			why = append(why, Reason{Rule: "word", Value: w})
		}
	}
	if sum := sha256.Sum256([]byte(m.ID)); len(why) == 0 && (int(sum[0])<<8|int(sum[1]))%100 < p.Share {
		why = append(why, Reason{Rule: "sample", Value: strconv.Itoa(p.Share)})
	}
	return why
}

func (p ReviewPolicy) timeout() time.Duration { return seconds(p.Timeout, defaultReview) }

// frozen is the hash of all that a reviewer reads and the customer will get.
func frozen(m Message) string {
	files := make([][3]string, len(m.Attachments))
	for i, a := range m.Attachments {
		files[i] = [3]string{a.Blob, a.Name, a.ContentType}
	}
	raw, err := json.Marshal([]any{m.To, m.Cc, m.Bcc, m.Subject, m.Body, files})
	if err != nil {
		panic(err) // texts are always JSON
	}
	raw = bytes.ReplaceAll(raw, []byte(`\u0000`), nil) // no store keeps it
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

// ask puts a written mail before somebody else.
func (u *unit) ask(m Message, why []Reason) error {
	r := Review{
		Message: m.ID, Conversation: u.conv.ID, Queue: u.conv.Queue, Author: m.Author.Agent(), State: ReviewWaiting, Why: why,
		Hash: frozen(m), AskedAt: u.now, DueAt: u.now.Add(u.s.dir().Review().timeout()),
	}
	u.note(ReviewAsked{Message: m.ID, Number: m.Number, Why: why, DueAt: r.DueAt, ClientKey: m.ClientKey})
	return u.tx.SaveReview(r)
}

// mayReview refuses authors, and agents without the right.
func (s *Service) mayReview(actor Actor, r Review) error {
	if actor.Kind == BySystem {
		return nil
	}
	a, _ := s.dir().Agent(actor.Agent())
	if !actor.Supervises() && !a.Reviewer {
		return Refuse(Forbidden, "reviewers_only")
	}
	if actor.Agent() == r.Author {
		return Refuse(Forbidden, "own_review")
	}
	return nil
}

// onReview runs fn on a waiting review and its message as one unit, then records who decided and how long it took.
func (s *Service) onReview(ctx context.Context, actor Actor, id MessageID, fn decision) error {
	return s.onMessage(ctx, actor, id, func(u *unit, m Message) error {
		r, err := u.tx.Review(id)
		if err != nil {
			return err
		}
		if err := s.mayReview(actor, r); err != nil {
			return err
		}
		return u.decide(actor, m, r, fn)
	})
}

// decision is what becomes of a waiting mail and its review.
type decision func(*unit, Message, *Review) error

// decide ends a waiting review. Refusals come before anything is written.
func (u *unit) decide(actor Actor, m Message, r Review, fn decision) error {
	if r.State != ReviewWaiting || m.Delivery != DeliveryReview {
		return Refuse(Conflict, "review_over", "state", string(r.State))
	}
	if frozen(m) != r.Hash {
		return Refuse(Conflict, "review_changed")
	}
	r.Reviewer, r.DecidedAt = actor.Agent(), u.now
	if err := fn(u, m, &r); err != nil {
		return err
	}
	u.note(ReviewDecided{Message: m.ID, State: r.State, Reviewer: r.Reviewer, Reason: r.Reason, Sent: r.Sent, Waited: r.Waited(u.now)})
	return u.tx.SaveReview(r)
}

// Approve lets a mail go exactly as it was frozen. Errors: Forbidden "reviewers_only", "own_review"; Conflict
// "review_over" (state), "review_changed"; NotFound.
func (s *Service) Approve(ctx context.Context, actor Actor, id MessageID) error {
	return s.onReview(ctx, actor, id, approved)
}

func approved(u *unit, m Message, r *Review) error {
	r.State = ReviewApproved
	return u.letGo(m)
}

// letGo puts a reviewed mail before the senders, not before its own time.
func (u *unit) letGo(m Message) error {
	m.Delivery = DeliveryQueued
	if m.NotBefore.Before(u.now) {
		m.NotBefore = u.now
	}
	u.tell(m, MessageQueued{Message: m.ID, Number: m.Number, NotBefore: m.NotBefore, ClientKey: m.ClientKey})
	return u.tx.SaveMessage(m)
}

// Correction is what a reviewer sends instead of what was frozen.
type Correction struct {
	Subject     string
	Body        Body
	To, Cc, Bcc []Address
	Attachments []Attachment
}

// ApproveEdited sends the reviewer's version in the author's name. What was frozen stays in the thread as withdrawn,
// so that the author can compare. Errors as [Service.Approve]; Invalid "reply_empty", "no_recipient", "side_to_customer"; Conflict
// "recipient_suppressed" for one the reviewer put in.
func (s *Service) ApproveEdited(ctx context.Context, actor Actor, id MessageID, c Correction) (Message, error) {
	if c.Body.Text == "" && c.Body.HTML == "" && len(c.Attachments) == 0 {
		return Message{}, Refuse(Invalid, "reply_empty")
	}
	fresh := MessageID(s.newID())
	var out Message
	err := s.onReview(ctx, actor, id, func(u *unit, m Message, r *Review) error {
		if m.Side != "" {
			if err := u.notTheCustomer(Reply{To: c.To, Cc: c.Cc, Bcc: c.Bcc}); err != nil {
				return err
			}
		}
		if err := u.refuseSuppressed(m.added(c), false); err != nil {
			return err
		}
		r.State, r.Sent = ReviewEdited, fresh
		old := m
		old.Delivery = DeliveryWithdrawn
		if err := u.tx.SaveMessage(old); err != nil {
			return err
		}
		m.ID, m.Subject, m.Body, m.To, m.Cc, m.Bcc, m.Attachments = fresh, first(c.Subject, m.Subject), c.Body, c.To, c.Cc, c.Bcc, c.Attachments
		m.Replaces, m.CreatedAt, m.At, m.Failure = old.ID, time.Time{}, time.Time{}, ""
		var err error
		out, err = u.send(m, max(0, m.NotBefore.Sub(u.now)), nil)
		return err
	})
	return out, err
}

// added is a message to those recipients alone whom the reviewer put in: the author answered for the others.
func (m *Message) added(c Correction) Message {
	had := m.Everyone()
	var fresh []Address
	for _, a := range everyone(c.To, c.Cc, c.Bcc) {
		if !slices.Contains(had, a) {
			fresh = append(fresh, Address{Address: a})
		}
	}
	return Message{To: fresh}
}

// Return gives a mail back to its author with a reason. Errors as [Service.Approve]; Invalid "reason_missing".
func (s *Service) Return(ctx context.Context, actor Actor, id MessageID, reason string) error {
	reason = strings.TrimSpace(reason)
	if reason == "" {
		return Refuse(Invalid, "reason_missing")
	}
	return s.onReview(ctx, actor, id, returned(reason))
}

func returned(reason string) decision {
	return func(u *unit, m Message, r *Review) error {
		r.State, r.Reason = ReviewReturned, clip(reason, 2000)
		m.Delivery, m.Failure = DeliveryReturned, r.Reason
		if err := u.tx.SaveMessage(m); err != nil {
			return err
		}
		if u.conv.Status == Open {
			return nil
		}
		return u.back("review_returned")
	}
}

// Escalate does with a review that nobody looked at in time what the policy says, once and in one unit: a process that
// dies has done both or neither. A mail that is not as it was frozen waits for a person. Errors: NotFound.
func (s *Service) Escalate(ctx context.Context, id MessageID) error {
	policy := s.dir().Review()
	err := s.onMessage(ctx, System(), id, func(u *unit, m Message) error {
		r, err := u.tx.Review(id)
		if err != nil || r.State != ReviewWaiting || !r.EscalatedAt.IsZero() || r.DueAt.After(u.now) {
			return err
		}
		r.EscalatedAt = u.now
		u.note(ReviewEscalated{Message: id, After: policy.After})
		switch policy.After {
		case WaitOn:
		case SendAnyway:
			err = u.decide(System(), m, r, approved)
		case SendBack:
			err = u.decide(System(), m, r, returned("timeout"))
		}
		if policy.After == WaitOn || CodeOf(err) == Conflict && err != nil {
			return u.tx.SaveReview(r)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("escalate the review of %s: %w", id, err)
	}
	return nil
}

// drop ends the review of a mail that its author took back.
func (u *unit) drop(m Message) error {
	if m.Delivery != DeliveryReview {
		return nil
	}
	r, err := u.tx.Review(m.ID)
	if err != nil || r.State != ReviewWaiting {
		return err
	}
	r.State, r.DecidedAt = ReviewTaken, u.now
	return u.tx.SaveReview(r)
}
