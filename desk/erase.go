package desk

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Erasure takes words and people out of the record for good, on an administrator's word with a reason. What stays is
// a content-free tombstone: the number people said aloud, when, by whom and why, and the sources' own ids, so that a
// mail that still lies on its server does not come back (UP-E4, UP-X6).

// Tombstone is what is left of an erased conversation.
type Tombstone struct {
	ID     ConversationID
	Number int64
	Inbox  InboxID
	By     AgentID
	Reason string
	At     time.Time
}

// Erase is an administrator's wish to erase. Confirm is said to show that the right one is meant: a conversation's
// number ("1042" or "#1042"), a contact's name, or their id where they have no name.
type Erase struct {
	Actor   Actor
	Confirm string
	Reason  string
}

// maxReason bounds the reason of an erasure or a waiver, in characters.
const maxReason = 500

// eraseAtOnce is how many conversations of one contact go in one unit: a unit holds up everybody else's. Whoever has
// more is erased in several; the contact goes with the last, so that a crash in between is seen and can be finished.
const eraseAtOnce = 100

func (e *Erase) check() error {
	if e.Actor.Role != RoleAdministrator {
		return Refuse(Forbidden, "administrators_only")
	}
	e.Reason = clip(oneLine(e.Reason), maxReason)
	if e.Reason == "" {
		return Refuse(Invalid, "reason_missing")
	}
	e.Confirm = strings.TrimSpace(e.Confirm)
	return nil
}

// EraseConversation erases one conversation: its messages, files, history, clocks, drafts and what search knows of it.
// Files go once nothing else refers to them and a day has passed since they were last sent in.
// Errors: Forbidden "administrators_only"; Invalid "reason_missing", "confirm_wrong"; NotFound; those of
// [Store.Update].
func (s *Service) EraseConversation(ctx context.Context, id ConversationID, e Erase) error {
	if err := e.check(); err != nil {
		return err
	}
	now := s.instant()
	err := s.update(ctx, About{Conversations: []ConversationID{id}}, func(tx Tx) error {
		u, err := s.load(tx, e.Actor, id, now)
		if err != nil {
			return err
		}
		if strings.TrimPrefix(e.Confirm, "#") != strconv.FormatInt(u.conv.Number, 10) {
			return Refuse(Invalid, "confirm_wrong")
		}
		return u.erase(e.Reason)
	})
	if err != nil {
		return fmt.Errorf("erase conversation %s: %w", id, err)
	}
	return nil
}

// erase ends the conversation for the router and puts a tombstone in its place.
func (u *unit) erase(reason string) error {
	var last []Fact
	switch {
	case u.was.Held():
		last = append(last, Released{Agent: u.was.Assignee, Why: "erased"})
	case u.was.Waiting():
		last = append(last, Unqueued{Why: "erased"})
	}
	last = append(last, Erased{
		Number: u.was.Number, Contact: u.was.Contact, Queue: u.was.Queue, Assignee: u.was.Assignee, Reason: reason,
	})
	stone := Tombstone{ID: u.was.ID, Number: u.was.Number, Inbox: u.was.Inbox, By: u.actor.Agent(), Reason: reason, At: u.now}
	if err := u.tx.EraseConversation(stone); err != nil {
		return err
	}
	return u.append(AboutConversation, string(u.was.ID), last...)
}

// EraseContact erases a customer with all their conversations, whoever may see those. It reports how many there were.
// What comes from them later comes from a stranger. Errors: as [Service.EraseConversation].
func (s *Service) EraseContact(ctx context.Context, id ContactID, e Erase) (conversations int, err error) {
	if err := e.check(); err != nil {
		return 0, err
	}
	for left := true; left && err == nil; {
		var n int
		n, left, err = s.eraseSome(ctx, id, e)
		conversations += n
	}
	if err != nil {
		return conversations, fmt.Errorf("erase contact %s: %w", id, err)
	}
	return conversations, nil
}

// eraseSome erases up to eraseAtOnce conversations of a contact and, when no more are left, the contact.
func (s *Service) eraseSome(ctx context.Context, id ContactID, e Erase) (n int, left bool, err error) {
	now := s.instant()
	err = s.update(ctx, About{}, func(tx Tx) error {
		n, left = 0, false
		c, err := tx.Contact(id)
		if err != nil {
			return err
		}
		if e.Confirm != first(strings.TrimSpace(c.Name), string(c.ID)) {
			return Refuse(Invalid, "confirm_wrong")
		}
		all, err := tx.ConversationsOf(id, eraseAtOnce+1)
		if err != nil {
			return err
		}
		left = len(all) > eraseAtOnce
		for _, conv := range all[:min(len(all), eraseAtOnce)] {
			u, err := s.load(tx, e.Actor, conv, now)
			if errors.Is(err, ErrNotFound) {
				continue
			}
			if err == nil {
				err = u.erase(e.Reason)
			}
			if err != nil {
				return err
			}
			n++
		}
		if left {
			return nil
		}
		if err := tx.EraseContact(id); err != nil {
			return err
		}
		return tx.Append(Event{Subject: Subject{AboutContact, string(id)}, Actor: e.Actor, At: now, Fact: ContactErased{Reason: e.Reason}})
	})
	return n, left, err
}
