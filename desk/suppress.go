package desk

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Suppression says that mail to an address came back for good: until an administrator lifts it, sending there warns
// and needs a confirmation (UP-E8, UP-E10).
type Suppression struct {
	Address      string // lower case
	Reason       string // the other side's words
	Message      MessageID
	Conversation ConversationID
	At           time.Time
}

// TxMail is what a unit must know to send mail.
type TxMail interface {
	// Suppressed returns those of addresses (lower case) that are on the suppression list.
	Suppressed(addresses []string) ([]Suppression, error)
	// Suppress adds one; an address that is on the list already stays as it is.
	Suppress(Suppression) error
	// Lift takes an address from the list and reports whether it was there.
	Lift(address string) (bool, error)
	// Greeted counts automatic mails to an address (lower case) since t.
	Greeted(address string, since time.Time) (int, error)
	// Greet records one more.
	Greet(address string, at time.Time) error
}

// gone are the statuses that say the address itself is of no use (RFC 3463 3.2 and 3.3): no such mailbox, host or
// domain, moved without a new address, disabled. A full mailbox or a policy's no may be over tomorrow.
var gone = []string{"5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"}

// Gone reports whether a permanent failure with this status means that the address is of no use at all.
func Gone(status string) bool { return slices.Contains(gone, status) }

// everyone lists whom a mail goes to, lower case.
func everyone(lists ...[]Address) []string {
	var out []string
	for _, list := range lists {
		for _, a := range list {
			if address := lower(a); address != "" && !slices.Contains(out, address) {
				out = append(out, address)
			}
		}
	}
	return out
}

// Everyone lists whom the message goes to by mail, lower case, each once.
func (m Message) Everyone() []string { return everyone(m.To, m.Cc, m.Bcc) }

// refuseSuppressed names the recipients that mail is not sent to any more, unless the writer insists.
func (u *unit) refuseSuppressed(m Message, confirmed bool) error {
	if confirmed {
		return nil
	}
	found, err := u.tx.Suppressed(m.Everyone())
	if err != nil || len(found) == 0 {
		return err
	}
	names := make([]string, len(found))
	for i, s := range found {
		names[i] = s.Address
	}
	slices.Sort(names)
	return Refuse(Conflict, "recipient_suppressed", "address", strings.Join(names, ", "), "cause", clip(found[0].Reason, 200))
}

// suppress puts an address that a mail of ours came back from on the list.
func (u *unit) suppress(address, reason string, m MessageID) error {
	address = strings.ToLower(strings.TrimSpace(address))
	if address == "" {
		return nil
	}
	u.note(AddressSuppressed{Message: m, Reason: clip(reason, 500)})
	return u.tx.Suppress(Suppression{Address: address, Reason: clip(reason, 500), Message: m, Conversation: u.conv.ID, At: u.now})
}

// suppressOf does so for a recipient that a notice names. One that the mail did not go to is believed only when there was
// a single recipient, whose server passed it on: anybody can write a notice.
func (u *unit) suppressOf(id MessageID, recipient, reason string) error {
	m, err := u.tx.Message(id)
	if err != nil {
		return err
	}
	went := m.Everyone()
	recipient = strings.ToLower(strings.TrimSpace(recipient))
	if !slices.Contains(went, recipient) {
		if len(went) != 1 {
			return nil
		}
		recipient = went[0]
	}
	return u.suppress(recipient, reason, id)
}

// Undeliverable records that a server refused one recipient of a mail of ours for good, as one that does not exist.
// Errors: NotFound.
func (s *Service) Undeliverable(ctx context.Context, id MessageID, address, reason string) error {
	return s.onMessage(ctx, System(), id, func(u *unit, m Message) error { return u.suppress(address, reason, m.ID) })
}

// Lift takes an address from the suppression list. The fact does not name it: it hangs on no customer, so their erasure
// would not reach it (UP-X6). Errors: NotFound.
func (s *Service) Lift(ctx context.Context, actor Actor, address string) error {
	address = strings.ToLower(strings.TrimSpace(address))
	now := s.instant()
	err := s.update(ctx, About{}, func(tx Tx) error {
		there, err := tx.Lift(address)
		if err != nil {
			return err
		}
		if !there {
			return ErrNotFound
		}
		return tx.Append(Event{
			Subject: Subject{AboutSetting, "suppressions"}, Actor: actor, At: now, Fact: Looked{What: "suppression_lifted"},
		})
	})
	if err != nil {
		return fmt.Errorf("lift a suppression: %w", err)
	}
	return nil
}
