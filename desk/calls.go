package desk

import (
	"context"
	"errors"
	"fmt"
)

// Call takes one event of a phone call into the record. A call is one conversation with one entry in its thread; its
// events may come in any order, twice, or not at all, and the record converges (UP-V1, UP-V2). A repeated event
// changes nothing and says Duplicate. Errors: Invalid "call_incomplete"; NotFound "inbox_unknown"; those of
// [Store.Update].
func (s *Service) Call(ctx context.Context, e CallEvent) (Received, error) {
	e.Phone = e.Phone.Clean()
	if e.CallID == "" || e.External == "" || e.Phone.Value == "" || e.At.IsZero() {
		return Received{}, Refuse(Invalid, "call_incomplete")
	}
	inbox, ok := s.dir().Inbox(e.Inbox)
	if !ok {
		return Received{}, Refuse(NotFound, "inbox_unknown")
	}
	e.Direction = first(e.Direction, In)
	c := &caller{receiver: receiver{s: s, inbox: inbox, now: s.instant(), ids: s.fresh(), in: Inbound{
		Inbox: e.Inbox, Medium: Voice, External: e.External, At: e.At, From: e.Phone, FromName: e.Name,
	}}, e: e, agent: s.extension(e.Extension)}
	var got Received
	about := About{Seen: []SeenKey{c.key(), c.call()}, Identities: []Identity{e.Phone}}
	err := s.update(ctx, about, func(tx Tx) error {
		var err error
		got, err = c.run(tx)
		return err
	})
	if err != nil {
		return Received{}, fmt.Errorf("call %s: %w", e.External, err)
	}
	return got, nil
}

// extension is the agent who sits at a phone extension, or "".
func (s *Service) extension(ext string) AgentID {
	if ext == "" {
		return ""
	}
	for _, a := range s.dir().Agents() {
		if a.Extension == ext && !a.Disabled {
			return a.ID
		}
	}
	return ""
}

// caller is one Call under way.
type caller struct {
	receiver
	e     CallEvent
	agent AgentID
}

// call is the key under which the call's own entry is found.
func (c *caller) call() SeenKey {
	return SeenKey{Scope: string(c.e.Inbox), External: "call:" + c.e.CallID}
}

func (c *caller) run(tx Tx) (Received, error) {
	seen, ok, err := tx.Seen(c.key())
	if err != nil {
		return Received{}, err
	}
	if ok {
		return Received{Conversation: seen.Conversation, Message: seen.Message, Number: seen.Number, Duplicate: true}, nil
	}
	if seen, ok, err = tx.Seen(c.call()); err != nil || ok && seen.Conversation == "" {
		return Received{Duplicate: true}, err // erased: a late word about it brings nothing back (UP-E4)
	}
	u, m, isNew, err := c.entry(tx)
	if err != nil {
		return Received{}, err
	}
	before := *m.Call
	after := before.Merge(c.e, c.agent)
	m.Call = &after
	if after.Transcript != before.Transcript { // what a list shows of it, as of any message
		u.conv.Snippet = clip(oneLine(after.Transcript), maxSnippet)
	}
	if isNew {
		err = u.say(&m)
	} else {
		err = tx.SaveMessage(m)
	}
	if err == nil {
		err = c.happened(u, before, after)
	}
	if err != nil {
		return Received{}, err
	}
	mark := Seen{Conversation: u.conv.ID, Message: m.ID, Number: m.Number}
	mark.Key = c.key()
	err = tx.MarkSeen(mark)
	if isNew {
		mark.Key = c.call()
		err = errors.Join(err, tx.MarkSeen(mark))
	}
	if err := errors.Join(err, u.finish()); err != nil {
		return Received{}, err
	}
	return Received{Conversation: u.conv.ID, Message: m.ID, Number: m.Number, Contact: u.conv.Contact, New: isNew}, nil
}

// entry finds the call's conversation and entry, or opens them.
func (c *caller) entry(tx Tx) (*unit, Message, bool, error) {
	seen, ok, err := tx.Seen(c.call())
	if err != nil {
		return nil, Message{}, false, err
	}
	if ok {
		m, err := tx.Message(seen.Message)
		if err != nil {
			return nil, Message{}, false, err
		}
		u, err := c.s.load(tx, System(), m.Conversation, c.now)
		return u, m, false, err
	}
	contact, err := c.s.resolveContact(tx, c.in, c.ids.contact, c.now)
	if err != nil {
		return nil, Message{}, false, err
	}
	c.in.History = c.e.Direction == Out // a call of ours waits for nobody
	u, err := c.open(tx, contact, "")
	if err != nil {
		return nil, Message{}, false, err
	}
	m := Message{
		ID: c.ids.message, Direction: c.e.Direction, Medium: Voice, Author: ContactActor(contact.ID), AuthorName: contact.Name,
		At: c.e.At, Call: &Call{},
	}
	if c.e.Direction == Out {
		m.Author = AgentActor(c.agent, RoleAgent)
	}
	return u, m, true, nil
}

// happened turns the difference between two states of a call into facts and routing.
func (c *caller) happened(u *unit, before, after Call) error {
	noted := true
	if before.RingingAt.IsZero() && !after.RingingAt.IsZero() && after.On() && after.AnsweredAt.IsZero() {
		u.note(CallRinging{Call: after})
		noted = false
	}
	answered := before.AnsweredAt.IsZero() && !after.AnsweredAt.IsZero()
	if answered {
		u.note(CallAnswered{Call: after})
		noted = false
	}
	if before.On() && !after.On() {
		u.note(CallEnded{Call: after})
		noted = false
	}
	if noted {
		u.note(CallNoted{Call: after})
	}
	if after.Direction == Out {
		return c.calledBack(u, before, after)
	}
	if before.On() && (after.Outcome == OutcomeRequested || after.Outcome == OutcomeByMail) {
		u.keep()
	}
	if after.Agent != "" && u.conv.Assignee == "" && u.conv.Status == Open && (answered || after.Outcome == OutcomeAnswered) {
		u.conv.Assignee, u.conv.Prefer = after.Agent, nil
		u.forced = true // the phone was picked up: the record follows the world
	}
	return nil
}

// calledBack tells the contact's open calls that wait for a callback that the customer was reached.
func (c *caller) calledBack(u *unit, before, after Call) error {
	if !before.AnsweredAt.IsZero() || after.AnsweredAt.IsZero() {
		return nil
	}
	open, err := u.tx.OpenOf(u.conv.Contact, maxCallbacks)
	if err != nil {
		return err
	}
	for _, id := range open {
		if id == u.conv.ID {
			continue
		}
		other, err := c.s.load(u.tx, u.actor, id, c.now)
		if err != nil {
			return err
		}
		if other.conv.Medium != Voice {
			continue
		}
		other.note(CalledBack{Call: after})
		if err := other.finish(); err != nil {
			return err
		}
	}
	return nil
}

// maxCallbacks bounds how many open calls of one customer one callback can settle.
const maxCallbacks = 20

// EndCall ends a call's record by hand, when the exchange never said that it is over. What the exchange says later still
// counts. Errors: Invalid "not_a_call"; Conflict "call_over"; Forbidden "not_yours"; NotFound.
func (s *Service) EndCall(ctx context.Context, actor Actor, id MessageID) error {
	return s.onMessage(ctx, actor, id, func(u *unit, m Message) error {
		switch {
		case m.Call == nil:
			return Refuse(Invalid, "not_a_call")
		case !m.Call.On():
			return Refuse(Conflict, "call_over")
		case u.conv.Assignee != "" && u.conv.Assignee != actor.Agent() && !actor.Supervises():
			return Refuse(Forbidden, "not_yours")
		}
		e := CallEvent{CallID: m.Call.ID, Type: CallHungUp, At: u.now, Direction: m.Call.Direction}
		call := m.Call.Merge(e, "")
		m.Call = &call
		if err := u.tx.SaveMessage(m); err != nil {
			return err
		}
		u.note(CallEnded{Call: call})
		return nil
	})
}
