package webui

import (
	"encoding/json"
	"strings"
	"time"
	"unicode"

	"yingda/desk"
)

// From desk's nouns to the wire's.

func at(t time.Time) Time { return Time{t} }

// texts makes plain strings of a list, never nil: JSON lists are [] on the wire.
func texts[T ~string](in []T) []string {
	out := make([]string, len(in))
	for i, v := range in {
		out[i] = string(v)
	}
	return out
}

func idsOf[T ~string](in []string) []T {
	out := make([]T, len(in))
	for i, v := range in {
		out[i] = T(v)
	}
	return out
}

func mapped[A, B any](in []A, f func(A) B) []B {
	out := make([]B, len(in))
	for i, v := range in {
		out[i] = f(v)
	}
	return out
}

func wireConversation(r desk.ConversationRow, offeredTo desk.AgentID) Conversation {
	c := Conversation{
		ID: string(r.ID), Number: r.Number, Inbox: string(r.Inbox), Medium: string(r.Medium),
		Contact: ContactRef{ID: string(r.Contact), Name: r.ContactName, Company: r.Company, Tier: string(tierOr(r.Tier))},
		Subject: r.Subject, Status: string(r.Status), Priority: string(r.Priority), Queue: string(r.Queue),
		Tags: texts(r.Tags), Locale: r.Locale, Assignee: string(r.Assignee), LastAgent: string(r.LastAgent),
		Mentioned: texts(r.Mentioned), Waiting: r.Waiting(), QueuedAt: at(r.QueuedAt), SnoozeUntil: at(r.SnoozeUntil),
		ResolvedAt: at(r.ResolvedAt), MergedInto: string(r.MergedInto), Previous: string(r.Previous), Messages: r.Messages,
		LastAt: at(r.LastAt), LastBy: string(r.LastBy), Snippet: r.Snippet, VisitorRead: r.VisitorRead,
		Read: r.ReadUpTo, Unread: r.ReadUpTo < r.Messages, Clocks: []Clock{},
		DueAt: at(r.DueAt), DueTarget: string(r.DueTarget), Version: r.Version,
		CreatedAt: at(r.CreatedAt), UpdatedAt: at(r.UpdatedAt),
	}
	if c.Waiting {
		c.OfferedTo = string(offeredTo)
	}
	for _, k := range r.Clocks {
		if !k.Ended() {
			c.Clocks = append(c.Clocks, wireClock(k))
		}
	}
	return c
}

// forFrames is the row without what depends on the reader.
func forFrames(c Conversation) Conversation {
	c.Read, c.Unread = 0, false
	return c
}

func tierOr(t desk.Tier) desk.Tier {
	if t == "" {
		return desk.Ordinary
	}
	return t
}

func wireClock(k desk.Clock) Clock {
	w := Clock{
		Target: string(k.Target), N: k.N, State: "running", StartedAt: at(k.StartedAt), DueAt: at(k.DueAt), PausedAt: at(k.PausedAt),
		MetAt: at(k.MetAt), BreachedAt: at(k.BreachedAt), Budget: int64(k.Budget / time.Second), Calendar: k.Calendar,
		Policy: k.Policy, Version: k.PolicyVersion, Marked: k.Marked, WarnAt: at(warnAt(k)),
	}
	if k.AckDue == k.DueVersion {
		w.AckBy, w.AckAt = string(k.AckBy), at(k.AckAt)
	}
	if k.Waiver.State != "" {
		w.Waiver = wireWaiver(k.Waiver)
	}
	switch {
	case !k.CancelledAt.IsZero():
		w.State = "cancelled"
	case !k.MetAt.IsZero():
		w.State = "met"
	case !k.PausedAt.IsZero():
		w.State = "paused"
	}
	return w
}

// warnAt is when the last warning is given: from then on the promise is at risk. It is exact for calendar time; in
// business time the announcement itself (clock frame) is exact and this is the latest it can be.
func warnAt(k desk.Clock) time.Time {
	if len(k.Warnings) == 0 || k.DueAt.IsZero() {
		return time.Time{}
	}
	level := k.Warnings[len(k.Warnings)-1]
	return k.DueAt.Add(-k.Budget * time.Duration(100-level) / 100)
}

func wireMessage(m desk.Message) Message {
	w := Message{
		ID: string(m.ID), Conversation: string(m.Conversation), Number: m.Number, Direction: string(m.Direction),
		Medium: string(m.Medium), Author: Who{Kind: string(m.Author.Kind), ID: m.Author.ID, Name: m.AuthorName},
		Text: m.Body.Text, HTML: m.Body.HTML, QuotedText: m.Body.QuotedText, QuotedHTML: m.Body.QuotedHTML,
		Signature: m.Body.Signature, Subject: m.Subject, From: Address(m.From), To: addresses(m.To), Cc: addresses(m.Cc),
		Bcc: []Address{}, Auto: string(m.Auto), Unverified: m.Unverified, Attachments: attachments(m),
		Mentions: texts(m.Mentions), ClientKey: m.ClientKey, Delivery: string(m.Delivery), Failure: m.Failure,
		NotBefore: at(m.NotBefore), At: at(m.At), HeaderDate: at(m.HeaderDate), HasRaw: m.Raw != "",
		SenderState: m.SenderState, SenderDetail: m.SenderDetail, Side: string(m.Side), Scheduled: m.Scheduled, Replaces: string(m.Replaces),
		Elsewhere: m.Elsewhere,
	}
	if m.Direction == desk.Out {
		w.Bcc = addresses(m.Bcc)
	}
	if m.Call != nil {
		w.Call = wireCall(*m.Call)
	}
	return w
}

func addresses(in []desk.Address) []Address {
	return mapped(in, func(a desk.Address) Address { return Address(a) })
}

func deskAddresses(in []Address) []desk.Address {
	return mapped(in, func(a Address) desk.Address { return desk.Address(a) })
}

func attachments(m desk.Message) []Attachment {
	return mapped(m.Attachments, func(a desk.Attachment) Attachment {
		return Attachment{
			Blob: a.Blob, Name: a.Name, ContentType: a.ContentType, Size: a.Size, Inline: a.Inline, ContentID: a.ContentID,
			Dangerous: dangerousFile(a.Name, a.ContentType), URL: fileURL(m, a),
		}
	})
}

// fileURL is where the bytes of an attachment are. What was over a limit has no blob: it is in the raw mail, and of a
// mail that was too large as a whole, still on its server.
func fileURL(m desk.Message, a desk.Attachment) string {
	switch raw := apiPrefix + "/conversations/" + string(m.Conversation) + "/messages/" + string(m.ID) + "/raw"; {
	case a.Blob != "":
		return apiPrefix + "/files/" + a.Blob + "?message=" + string(m.ID)
	case len(m.Attachments) == 1 && a.ContentType == "message/rfc822":
		return raw + "?whole=1"
	default:
		return raw
	}
}

func wireCall(c desk.Call) *Call {
	return &Call{
		ID: c.ID, Direction: string(c.Direction), From: c.From, To: c.To, Agent: string(c.Agent), Outcome: string(c.Outcome),
		Recording: safeURL(c.Recording), Transcript: c.Transcript, RingingAt: at(c.RingingAt), AnsweredAt: at(c.AnsweredAt), EndedAt: at(c.EndedAt),
		Talked: int64(c.Talked() / time.Second),
	}
}

// safeURL lets only web addresses through: what comes in by webhook may be javascript: or worse (UP-X1).
func safeURL(u string) string {
	if strings.HasPrefix(u, "https://") || strings.HasPrefix(u, "http://") {
		return u
	}
	return ""
}

func wireContact(c desk.Contact) Contact {
	return Contact{
		ID: string(c.ID), Name: c.Name, Company: c.Company, Locale: c.Locale, Tier: string(tierOr(c.Tier)),
		Owner: string(c.Owner), Note: c.Note, Version: c.Version, CreatedAt: at(c.CreatedAt), UpdatedAt: at(c.UpdatedAt),
		Identities: mapped(c.Identities, func(i desk.Identity) Identity { return Identity{string(i.Kind), i.Value} }),
		Suppressed: []string{},
	}
}

func wirePresence(p desk.Presence) Presence {
	if p.State == "" {
		p.State = desk.Offline
	}
	return Presence{Agent: string(p.Agent), State: string(p.State), Reason: p.Reason, Since: at(p.Since), Until: at(p.Until)}
}

func wireAgent(d desk.Directory, a desk.Agent, p desk.Presence) Agent {
	p.Agent = a.ID
	w := Agent{
		ID: string(a.ID), Name: a.Name, Email: a.Email, Role: string(a.Role), Extension: a.Extension, Locale: a.Locale,
		Languages: texts(a.Languages), Teams: texts(a.Teams), Queues: texts(desk.QueuesOf(d, a)), Capacity: a.Capacity,
		Skills:  mapped(a.Skills, func(s desk.Skill) Skill { return Skill(s) }),
		Maximum: map[string]int{}, Disabled: a.Disabled, Reviewer: a.Reviewer, Presence: wirePresence(p),
	}
	if w.Capacity == 0 {
		w.Capacity = desk.DefaultCapacity
	}
	for m, n := range a.Maximum {
		w.Maximum[string(m)] = n
	}
	return w
}

func reasons(in []desk.Reason) []Reason {
	return mapped(in, func(r desk.Reason) Reason { return Reason(r) })
}

// who names an actor as people read it.
func who(d desk.Directory, a desk.Actor) Who {
	w := Who{Kind: string(a.Kind), ID: a.ID}
	if agent, ok := d.Agent(a.Agent()); ok {
		w.Name = agent.Name
	}
	return w
}

func wireEvent(d desk.Directory, e desk.Event) Event {
	return Event{
		Seq: e.Seq, Kind: e.Fact.Kind(), On: string(e.Subject.Kind), ID: e.Subject.ID, By: who(d, e.Actor), At: at(e.At),
		Data: factData(e.Fact),
	}
}

// factData is the fact's fields under snake_case names, zero times as null. History lines are read by people and by
// the page's formatter, which knows each kind; a struct per kind would say the same 50 times.
func factData(f desk.Fact) map[string]any {
	raw, err := json.Marshal(f)
	if err != nil {
		return map[string]any{}
	}
	var in map[string]any
	if json.Unmarshal(raw, &in) != nil {
		return map[string]any{}
	}
	return snakeMap(in)
}

func snakeMap(in map[string]any) map[string]any {
	out := make(map[string]any, len(in))
	for k, v := range in {
		out[snake(k)] = snakeValue(v)
	}
	return out
}

func snakeValue(v any) any {
	switch v := v.(type) {
	case map[string]any:
		return snakeMap(v)
	case []any:
		for i := range v {
			v[i] = snakeValue(v[i])
		}
		return v
	case string:
		if v == "0001-01-01T00:00:00Z" {
			return nil
		}
	}
	return v
}

// snake turns NotBefore into not_before and RFCMessageID into rfc_message_id.
func snake(s string) string {
	var b strings.Builder
	rs := []rune(s)
	for i, r := range rs {
		if unicode.IsUpper(r) {
			if i > 0 && (unicode.IsLower(rs[i-1]) || i+1 < len(rs) && unicode.IsLower(rs[i+1])) {
				b.WriteByte('_')
			}
			r = unicode.ToLower(r)
		}
		b.WriteRune(r)
	}
	return b.String()
}
