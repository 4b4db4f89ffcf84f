package desk

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// What a chat's visitor may do besides writing: say how it was, go on by mail or phone, and become known.

// Bounds of a rating.
const (
	maxStars       = 5
	MaxRatingWords = 1000 // characters
)

// Rate records what a customer thinks of a resolved conversation: 1 to 5 stars and words. A later word counts instead
// of an earlier one; it wakes nobody. Errors: Invalid "stars_unknown"; Conflict "not_resolved"; NotFound.
func (s *Service) Rate(ctx context.Context, actor Actor, id ConversationID, stars int, words string) error {
	if stars < 1 || stars > maxStars {
		return Refuse(Invalid, "stars_unknown")
	}
	return s.on(ctx, actor, id, func(u *unit) error {
		if u.conv.Status != Resolved {
			return Refuse(Conflict, "not_resolved")
		}
		u.note(Rated{Stars: stars, Words: clip(strings.TrimSpace(words), MaxRatingWords), Agent: u.conv.LastAgent})
		return nil
	})
}

// Continue says that a matter goes on in another conversation, where its customer asked to be answered: it is resolved
// here, and the other names it as the one before and takes its place in line. Saying it twice changes nothing. Errors: Invalid "merge_self" when both
// are the same; NotFound; those of [Store.Update].
func (s *Service) Continue(ctx context.Context, actor Actor, from, into ConversationID) error {
	if from == into {
		return Refuse(Invalid, "merge_self")
	}
	now := s.instant()
	err := s.update(ctx, About{Conversations: []ConversationID{from, into}}, func(tx Tx) error {
		a, err := s.load(tx, actor, from, now)
		if err != nil {
			return err
		}
		b, err := s.load(tx, actor, into, now)
		if err != nil {
			return err
		}
		if b.conv.Previous == from {
			return nil
		}
		a.note(ContinuedIn{Conversation: into, Medium: b.conv.Medium, Kept: b.inPlaceOf(a)})
		if a.conv.Status != Resolved {
			if err := a.to(Resolved, time.Time{}); err != nil {
				return err
			}
		}
		b.conv.Previous = from
		return errors.Join(a.finish(), b.finish())
	})
	if err != nil {
		return fmt.Errorf("continue %s in %s: %w", from, into, err)
	}
	return nil
}

// Known is who a visitor turned out to be, by the firm's own signature.
type Known struct {
	Visitor  Identity // who they were
	External Identity // who they are
	Name     string
	Email    string // proven too; "" none
}

// Identify gives a visitor's open chat to the customer they have proven to be. A visitor nobody knew becomes that
// customer. When the customer already talks in this inbox, both chats stay as they are. It reports whether anything
// changed; a second time changes nothing. Errors: those of [Store.Update].
func (s *Service) Identify(ctx context.Context, inbox InboxID, k Known) (changed bool, err error) {
	k.Visitor, k.External = k.Visitor.Clean(), k.External.Clean()
	now, fresh := s.instant(), ContactID(s.newID())
	err = s.update(ctx, About{Identities: []Identity{k.Visitor, k.External}}, func(tx Tx) error {
		changed = false
		was, err := tx.ContactByIdentity(k.Visitor)
		if errors.Is(err, ErrNotFound) || err == nil && was.Has(k.External) {
			return nil
		}
		if err != nil {
			return err
		}
		id, err := tx.OpenChat(inbox, was.ID)
		if errors.Is(err, ErrNotFound) {
			return nil // nothing is under way: what was said before stays the stranger's
		}
		if err != nil {
			return err
		}
		changed, err = s.identify(tx, k, was, inboxChat{inbox, id}, fresh, now)
		return err
	})
	return changed, err
}

// inboxChat is an open chat and where it is.
type inboxChat struct {
	inbox InboxID
	id    ConversationID
}

func (s *Service) identify(tx Tx, k Known, was Contact, c inboxChat, fresh ContactID, now time.Time) (bool, error) {
	is, err := tx.ContactByIdentity(k.External)
	if errors.Is(err, ErrNotFound) {
		in := Inbound{From: k.External, ContactName: k.Name, FromName: k.Name, Locale: was.Locale}
		if k.Email != "" {
			in.Identities = []Identity{{Kind: ByEmail, Value: k.Email}}
		}
		is, err = s.resolveContact(tx, in, fresh, now)
	}
	if err != nil {
		return false, err
	}
	switch _, err := tx.OpenChat(c.inbox, is.ID); {
	case err == nil:
		return false, nil
	case !errors.Is(err, ErrNotFound):
		return false, err
	}
	u, err := s.load(tx, ContactActor(is.ID), c.id, now)
	if err != nil {
		return false, err
	}
	u.note(Identified{From: was.ID, To: is.ID})
	u.serves(is)
	u.conv.Contact, u.conv.ContactName = is.ID, first(is.Name, k.Name)
	if u.conv.Waiting() && is.Owner != "" && len(u.conv.Prefer) == 0 {
		u.owned(is.Owner, seconds(u.queue().OwnerWait, DefaultOwner))
		u.place = true
	}
	return true, u.finish()
}
