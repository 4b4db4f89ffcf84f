package desk

import (
	"errors"
	"slices"
	"time"
)

// resolveContact finds whom an inbound message is from, or makes a new contact. Identities that are proven to be the
// same person are added unless somebody else has them: a person may merge contacts, a message may not.
func (s *Service) resolveContact(tx Tx, in Inbound, id ContactID, now time.Time) (Contact, error) {
	all := append([]Identity{in.From}, in.Identities...)
	var c Contact
	var free []Identity
	for _, i := range all {
		i = i.Clean()
		found, err := tx.ContactByIdentity(i)
		switch {
		case errors.Is(err, ErrNotFound):
			free = append(free, i)
		case err != nil:
			return Contact{}, err
		case c.ID == "":
			c = found
		}
	}
	isNew := c.ID == ""
	if isNew {
		c = Contact{ID: id, Name: nameFor(in), Locale: in.Locale, Tier: Ordinary, CreatedAt: now}
	}
	named := c.Name == "" && in.ContactName != ""
	if !isNew && len(free) == 0 && !named {
		return c, nil
	}
	if named {
		c.Name = clip(in.ContactName, maxName)
	}
	c.Identities = append(slices.Clone(c.Identities), free...)
	c.UpdatedAt = now
	if err := tx.SaveContact(c); err != nil {
		return Contact{}, err
	}
	fact := ContactChanged{Fields: []string{"identities"}, After: map[string]string{"name": c.Name}}
	e := Event{Subject: Subject{AboutContact, string(c.ID)}, Actor: System(), At: now, Fact: fact}
	return c, tx.Append(e)
}

// conversation chooses where the message belongs (DESIGN 2.5), or opens a new one.
func (r *receiver) conversation(tx Tx, c Contact) (*unit, bool, error) {
	id, err := r.existing(tx, c)
	if err != nil {
		return nil, false, err
	}
	actor := ContactActor(c.ID)
	var previous ConversationID
	r.parked = r.in.Parked
	for hops := 0; id != "" && hops < maxMerges; hops++ {
		u, err := r.s.load(tx, actor, id, r.now)
		if errors.Is(err, ErrNotFound) {
			break
		}
		if err != nil {
			return nil, false, err
		}
		if u.conv.MergedInto != "" {
			id = u.conv.MergedInto
			continue
		}
		if u.conv.Status != Resolved {
			r.parked = false // it is in hand already: one line more floods nobody
		}
		if r.side != "" || r.quiet() || u.conv.Reopens(r.inbox.ReopenFor(), r.now) {
			if r.parked && !slices.Contains(u.conv.Tags, ParkedTag) { // or nobody would ever look (UP-E20)
				u.conv.Tags = append(slices.Clone(u.conv.Tags), ParkedTag)
				u.note(TagsChanged{Added: []string{ParkedTag}})
			}
			return u, false, nil
		}
		previous = id
		break
	}
	u, err := r.open(tx, c, previous)
	return u, true, err
}

// maxMerges bounds how far a chain of merges is followed.
const maxMerges = 8

// existing is the conversation this message names and may join, or "".
func (r *receiver) existing(tx Tx, c Contact) (ConversationID, error) {
	switch {
	case r.in.Token != "":
		if id, err := r.inThisInbox(tx, r.in.Token); id != "" || err != nil {
			return id, err
		}
		return r.sideBy(tx, r.in.Token)
	case r.in.Conversation != "":
		return r.inThisInbox(tx, r.in.Conversation)
	case r.in.Medium == Chat:
		id, err := tx.OpenChat(r.in.Inbox, c.ID)
		if errors.Is(err, ErrNotFound) {
			return "", nil
		}
		return id, err
	case r.in.Medium == Email:
		return r.byThread(tx)
	}
	return "", nil
}

func (r *receiver) inThisInbox(tx Tx, id ConversationID) (ConversationID, error) {
	c, _, err := tx.Conversation(id)
	if errors.Is(err, ErrNotFound) || err == nil && c.Inbox != r.in.Inbox {
		return "", nil
	}
	return id, err
}

// byThread joins by a stored Message-ID, but only for people who stand in that conversation already: a guessed or
// quoted id lets nobody in (UP-E5). A bounce joins by the id of the mail that failed. An unproven sender needs the
// signed token (UP-X5).
func (r *receiver) byThread(tx Tx) (ConversationID, error) {
	if r.in.Message.Unverified {
		return "", nil
	}
	hits, err := tx.Thread(r.threads())
	if err != nil {
		return "", err
	}
	at, messages := make(map[string]ConversationID, len(hits)), make(map[string]MessageID, len(hits))
	for _, h := range hits {
		at[h.Key.MessageID], messages[h.Key.MessageID] = h.Conversation, h.Message
	}
	if r.in.Message.Auto == Bounce {
		for _, b := range r.in.Bounces {
			if id := at[b.RFCMessageID]; id != "" {
				return id, nil
			}
		}
	}
	for _, key := range r.in.Thread {
		id := at[key]
		if id == "" {
			continue
		}
		side, mine, err := r.joinsAside(tx, messages[key])
		if err != nil {
			return "", err
		}
		if side != "" {
			if mine {
				r.side = side
				return id, nil
			}
			continue
		}
		c, _, err := tx.Conversation(id)
		if err != nil {
			return "", err
		}
		if c.Knows(r.in.From.Value) {
			return id, nil
		}
	}
	return r.byAwaited(tx)
}

// open begins a conversation for the message.
func (r *receiver) open(tx Tx, c Contact, previous ConversationID) (*unit, error) {
	conv := Conversation{
		ID: r.ids.conversation, Inbox: r.in.Inbox, Medium: r.in.Medium, Contact: c.ID, ContactName: c.Name, Tier: c.Tier, Owner: c.Owner,
		Subject: clip(r.in.Message.Subject, maxSubject), Status: Open, Priority: first(r.inbox.Priority, Normal),
		Queue: r.inbox.Queue, Skills: r.inbox.Skills, Locale: first(r.in.Locale, c.Locale), Previous: previous, CreatedAt: r.now,
	}
	var v Verdict
	if !r.quiet() {
		v = r.s.verdict(Arrival{Conversation: conv, Contact: c, Words: wordsOf(conv.Subject, r.in.Message), Now: r.now, New: true})
		conv.Queue, conv.Plan = v.Queue, v.Plan
	}
	u := &unit{s: r.s, tx: tx, actor: ContactActor(c.ID), now: r.now, conv: conv, asked: true}
	u.due = deed{do: v.Do, text: v.Text, id: r.ids.deed}
	u.note(Opened{Inbox: conv.Inbox, Medium: conv.Medium, Contact: c.ID, Queue: conv.Queue, Previous: previous, History: r.quiet()})
	if r.quiet() { // recorded, visible, and nobody's work
		u.conv.Status, u.conv.ResolvedAt = Resolved, r.now
		if r.parked {
			u.conv.Tags = []string{ParkedTag}
		}
		return u, nil
	}
	q := u.queue()
	if c.Owner != "" && v.Owner >= 0 {
		u.owned(c.Owner, seconds(first0n(v.Owner, q.OwnerWait), DefaultOwner))
	}
	if v.Last < 0 {
		return u, nil
	}
	q.LastWait, q.LastDays = first0n(v.Last, q.LastWait), first0n(v.Days, q.LastDays)
	return u, r.lastAgent(u, q, c)
}

// owned prefers the customer's owner for a while. The deputy comes behind with the same end, so that only an owner who
// is absent is stood in for.
func (u *unit) owned(owner AgentID, wait time.Duration) {
	until := u.now.Add(wait)
	u.conv.Prefer = append(u.conv.Prefer, Preference{Agent: owner, Until: until, Rule: "owner"})
	if a, ok := u.s.dir().Agent(owner); ok && a.Deputy != "" && a.Deputy != owner {
		u.conv.Prefer = append(u.conv.Prefer, Preference{Agent: a.Deputy, Until: until, Rule: "deputy"})
	}
}

// first0n is a, or b when a is 0.
func first0n(a, b int) int {
	if a != 0 {
		return a
	}
	return b
}

// lastAgent prefers whoever talked with this contact last, within the queue's days.
func (r *receiver) lastAgent(u *unit, q Queue, c Contact) error {
	days := q.LastDays
	if days == 0 {
		days = DefaultLastDays
	}
	last, at, err := u.tx.LastAgent(c.ID)
	if err != nil || last == "" || last == c.Owner || r.now.Sub(at) > time.Duration(days)*24*time.Hour {
		return err
	}
	from := r.now
	if n := len(u.conv.Prefer); n > 0 {
		from = u.conv.Prefer[n-1].Until
	}
	u.conv.Prefer = append(u.conv.Prefer, Preference{Agent: last, Until: from.Add(seconds(q.LastWait, DefaultLast)), Rule: "last_agent"})
	return nil
}
