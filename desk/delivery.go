package desk

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// onMessage runs fn on a message of ours and its conversation as one unit.
func (s *Service) onMessage(ctx context.Context, actor Actor, id MessageID, fn func(*unit, Message) error) error {
	now := s.instant()
	err := s.update(ctx, About{Messages: []MessageID{id}}, func(tx Tx) error {
		m, err := tx.Message(id)
		if err != nil {
			return err
		}
		u, err := s.load(tx, actor, m.Conversation, now)
		if err != nil {
			return err
		}
		if err := fn(u, m); err != nil {
			return err
		}
		return u.finish()
	})
	if err != nil {
		return fmt.Errorf("message %s: %w", id, err)
	}
	return nil
}

// Sent records that the next server took a mail of ours: this is the moment that meets a response clock. Recipients it
// refused stand in Failure. Saying it twice changes nothing. Errors: NotFound.
func (s *Service) Sent(ctx context.Context, id MessageID, r Receipt) error {
	return s.onMessage(ctx, System(), id, func(u *unit, m Message) error {
		if m.Delivery != DeliveryQueued && m.Delivery != DeliverySending && m.Delivery != DeliveryUnknown && m.Delivery != DeliveryWithdrawn {
			return nil
		}
		// One that was taken back while its bytes were on the wire did go out: what happened is what is written.
		m.Delivery, m.Failure = DeliverySent, refusals(r.Refused)
		if err := u.tx.SaveMessage(m); err != nil {
			return err
		}
		u.tell(m, MessageSent{Message: m.ID, Number: m.Number, At: r.At, Human: m.Human(), ClientKey: m.ClientKey})
		if m.Side != "" {
			return nil
		}
		if m.Human() {
			u.conv.LastAgent, u.conv.LastAgentAt = m.Author.Agent(), u.now
		}
		if m.Then != "" && u.conv.Messages == m.Number { // the customer has not written meanwhile
			return u.to(m.Then, time.Time{})
		}
		return nil
	})
}

func refusals(refused map[string]string) string {
	lines := make([]string, 0, len(refused))
	for _, rcpt := range slices.Sorted(maps.Keys(refused)) {
		lines = append(lines, rcpt+": "+refused[rcpt])
	}
	return strings.Join(lines, "\n")
}

// Failed records that a mail of ours was refused for good. The conversation comes back to whoever can act on it
// (UP-E10). Errors: NotFound.
func (s *Service) Failed(ctx context.Context, id MessageID, reason string) error {
	return s.onMessage(ctx, System(), id, func(u *unit, m Message) error { return u.failed(m.ID, reason, false) })
}

// failed marks one message and brings the conversation back when a person wrote it; automatic mail only gets the mark.
func (u *unit) failed(id MessageID, reason string, bounced bool) error {
	m, err := u.tx.Message(id)
	if err != nil {
		return err
	}
	if m.Direction != Out || m.Delivery == DeliveryFailed || m.Delivery == DeliveryWithdrawn {
		return nil
	}
	m.Delivery, m.Failure = DeliveryFailed, reason
	if err := u.tx.SaveMessage(m); err != nil {
		return err
	}
	u.tell(m, MessageFailed{Message: m.ID, Reason: reason, Bounced: bounced})
	if !m.Human() {
		return nil
	}
	return u.back("send_failed")
}

// Unknown records that nobody can say whether the next server took the mail. Only a person sends it again (UP-E9).
// Errors: NotFound.
func (s *Service) Unknown(ctx context.Context, id MessageID, reason string) error {
	return s.onMessage(ctx, System(), id, func(u *unit, m Message) error {
		if m.Delivery != DeliveryQueued && m.Delivery != DeliverySending {
			return nil
		}
		m.Delivery, m.Failure = DeliveryUnknown, reason
		if err := u.tx.SaveMessage(m); err != nil {
			return err
		}
		u.tell(m, MessageUnknown{Message: m.ID, Reason: reason})
		return u.back("send_unknown")
	})
}

// Delayed records that sending will be tried again at notBefore, and why. Errors: NotFound.
func (s *Service) Delayed(ctx context.Context, id MessageID, reason string, notBefore time.Time) error {
	return s.onMessage(ctx, System(), id, func(u *unit, m Message) error {
		if m.Delivery != DeliveryQueued && m.Delivery != DeliverySending {
			return nil
		}
		m.Delivery, m.Failure, m.NotBefore = DeliveryQueued, reason, notBefore
		u.tell(m, MessageDelayed{Message: m.ID, Reason: reason, NotBefore: notBefore})
		return u.tx.SaveMessage(m)
	})
}

// Withdraw undoes sending while the message is still queued or in review, and returns it so that its text can go back
// into the composer. Errors: Conflict "already_sent"; Forbidden "not_yours"; NotFound.
func (s *Service) Withdraw(ctx context.Context, actor Actor, id MessageID) (Message, error) {
	var out Message
	err := s.onMessage(ctx, actor, id, func(u *unit, m Message) error {
		out = m
		out.Delivery = DeliveryWithdrawn
		return u.takeBack(actor, m)
	})
	return out, err
}

// takeBack is what Withdraw does, for one's own mails and those of people one supervises.
func (u *unit) takeBack(actor Actor, m Message) error {
	if m.Author.Agent() != actor.Agent() && !actor.Supervises() {
		return Refuse(Forbidden, "not_yours")
	}
	switch m.Delivery {
	case DeliveryQueued, DeliveryReview, DeliveryReturned:
	default:
		return Refuse(Conflict, "already_sent")
	}
	if err := u.drop(m); err != nil {
		return err
	}
	m.Delivery = DeliveryWithdrawn
	u.tell(m, MessageWithdrawn{Message: m.ID})
	return u.tx.SaveMessage(m)
}

// Reschedule moves the moment a mail that was written to be sent later leaves; one that has come is at once. A mail whose
// moment has come is not moved any more: its bytes may be on the wire, and it would leave twice (UP-E9). Errors:
// Conflict "already_sent", "not_scheduled"; Invalid "send_too_late"; Forbidden "not_yours"; NotFound.
func (s *Service) Reschedule(ctx context.Context, actor Actor, id MessageID, at time.Time) (Message, error) {
	var out Message
	err := s.onMessage(ctx, actor, id, func(u *unit, m Message) error {
		switch {
		case m.Author.Agent() != actor.Agent() && !actor.Supervises():
			return Refuse(Forbidden, "not_yours")
		case m.Delivery != DeliveryQueued && m.Delivery != DeliveryReview:
			return Refuse(Conflict, "already_sent")
		case !m.Scheduled:
			return Refuse(Conflict, "not_scheduled")
		case m.Delivery == DeliveryQueued && !m.NotBefore.After(u.now):
			return Refuse(Conflict, "already_sent")
		case at.After(u.now.Add(maxLater)):
			return Refuse(Invalid, "send_too_late")
		}
		m.NotBefore = at.UTC().Truncate(time.Millisecond)
		if m.NotBefore.Before(u.now) {
			m.NotBefore = u.now
		}
		out = m
		u.note(MessageRescheduled{Message: m.ID, NotBefore: m.NotBefore})
		return u.tx.SaveMessage(m)
	})
	return out, err
}

// Resend queues a failed or unknown mail again under its own Message-ID; only people call it.
// Errors: Conflict "not_failed"; NotFound.
func (s *Service) Resend(ctx context.Context, actor Actor, id MessageID) (Message, error) {
	var out Message
	err := s.onMessage(ctx, actor, id, func(u *unit, m Message) error {
		if m.Delivery != DeliveryFailed && m.Delivery != DeliveryUnknown {
			return Refuse(Conflict, "not_failed")
		}
		m.Delivery, m.Failure, m.NotBefore = DeliveryQueued, "", u.now
		out = m
		u.tell(m, MessageQueued{Message: m.ID, Number: m.Number, NotBefore: m.NotBefore})
		return u.tx.SaveMessage(m)
	})
	return out, err
}

// Delivered records that a chat visitor's widget has our messages up to number. Nothing but the fact is written.
// Errors: those of [Store.Update].
func (s *Service) Delivered(ctx context.Context, actor Actor, id ConversationID, number int64) error {
	return s.Record(ctx, id, actor, MessageDelivered{Number: number})
}

// ReadUpTo records how far a chat visitor's widget has shown our messages. Going back changes nothing.
// Errors: NotFound; Invalid "number_ahead".
func (s *Service) ReadUpTo(ctx context.Context, actor Actor, id ConversationID, number int64) error {
	return s.on(ctx, actor, id, func(u *unit) error {
		if number > u.conv.Messages {
			return Refuse(Invalid, "number_ahead")
		}
		if number <= u.conv.VisitorRead {
			return nil
		}
		u.conv.VisitorRead = number
		u.note(MessageRead{Number: number})
		return nil
	})
}
