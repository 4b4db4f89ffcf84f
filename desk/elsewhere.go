package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Elsewhere takes in a mail of ours that was sent with another program and found in the mailbox's Sent folder (UP-E17).
// It joins the conversation it answers, by In-Reply-To or References, when it went to somebody of that conversation, and
// counts as a person's answer unless the customer has written again since, or it is history. Nobody's work that was
// answered so waits on the customer from then on. A copy of a mail this desk sent itself is a Duplicate and says at most
// that it was sent after all. What answers nothing here changes nothing: then Conversation is "".
// Errors: Invalid "inbound_incomplete", NotFound "inbox_unknown"; those of [Store.Update].
func (s *Service) Elsewhere(ctx context.Context, in Inbound) (Received, error) {
	if in.External == "" || in.Medium != Email {
		return Received{}, Refuse(Invalid, "inbound_incomplete")
	}
	inbox, ok := s.dir().Inbox(in.Inbox)
	if !ok {
		return Received{}, Refuse(NotFound, "inbox_unknown")
	}
	r := &receiver{s: s, in: in, inbox: inbox, now: s.instant(), ids: s.fresh()}
	about := About{Seen: []SeenKey{r.key()}, Threads: r.threads()}
	if in.Message.RFCMessageID != "" {
		about.Threads = append(about.Threads, ThreadKey{Inbox: in.Inbox, MessageID: in.Message.RFCMessageID})
	}
	var got Received
	var copied Message
	err := s.update(ctx, about, func(tx Tx) error {
		var err error
		got, copied, err = r.elsewhere(tx)
		return err
	})
	if err == nil && copied.Delivery == DeliveryUnknown {
		// The provider keeps a copy of what it took: nobody has to decide any more.
		err = s.Sent(ctx, copied.ID, Receipt{At: in.At, Response: "a copy stands in the Sent folder"})
	}
	if err != nil {
		return Received{}, fmt.Errorf("take in %s: %w", in.External, err)
	}
	return got, nil
}

func (r *receiver) elsewhere(tx Tx) (Received, Message, error) {
	seen, ok, err := tx.Seen(r.key())
	if err != nil {
		return Received{}, Message{}, err
	}
	if ok {
		return Received{Conversation: seen.Conversation, Message: seen.Message, Number: seen.Number, Duplicate: true}, Message{}, nil
	}
	if m, ok, err := r.known(tx); err != nil || ok {
		return Received{Conversation: m.Conversation, Message: m.ID, Number: m.Number, Duplicate: true}, m, err
	}
	u, err := r.answered(tx)
	if err != nil || u == nil {
		return Received{}, Message{}, err
	}
	m, err := r.sentElsewhere(u)
	if err != nil {
		return Received{}, Message{}, err
	}
	mark := Seen{Key: r.key(), Hash: r.in.Hash, Conversation: u.conv.ID, Message: m.ID, Number: m.Number}
	if err := errors.Join(tx.MarkSeen(mark), u.finish()); err != nil {
		return Received{}, Message{}, err
	}
	return Received{Conversation: u.conv.ID, Message: m.ID, Number: m.Number}, Message{}, nil
}

// known is the message of ours that this mail is a copy of: by its own header, by its Message-ID, or by its looks, since
// providers change the second and some drop the first.
func (r *receiver) known(tx Tx) (Message, bool, error) {
	if r.in.Copy != "" {
		m, err := tx.Message(r.in.Copy)
		if err == nil && m.Inbox == r.in.Inbox && m.Direction == Out {
			return m, true, nil
		}
		if err != nil && CodeOf(err) != NotFound {
			return Message{}, false, err
		}
	}
	if id := r.in.Message.RFCMessageID; id != "" {
		hits, err := tx.Thread([]ThreadKey{{Inbox: r.in.Inbox, MessageID: id}})
		if err != nil {
			return Message{}, false, err
		}
		if len(hits) > 0 {
			m, err := tx.Message(hits[0].Message)
			return m, err == nil, err
		}
	}
	return r.twin(tx)
}

// twinSpan is how far the Date we wrote into a mail and the moment it was written may lie apart.
const twinSpan = time.Minute

// twin finds the copy's original by its looks: in the conversation it answers, of the same minute, to the same people, under
// the same subject, with all of its words.
func (r *receiver) twin(tx Tx) (Message, bool, error) {
	date := r.in.Message.HeaderDate
	if date.IsZero() {
		return Message{}, false, nil
	}
	hits, err := tx.Thread(r.threads())
	if err != nil {
		return Message{}, false, err
	}
	for _, h := range hits {
		at, err := survivor(tx, h.Conversation)
		if CodeOf(err) == NotFound && err != nil {
			continue // erased since
		}
		if err != nil {
			return Message{}, false, err
		}
		for _, c := range slices.Compact([]ConversationID{h.Conversation, at}) {
			list, err := tx.SentAround(c, date.Add(-twinSpan), date.Add(twinSpan))
			if err != nil {
				return Message{}, false, err
			}
			if i := slices.IndexFunc(list, func(m Message) bool { return !m.Elsewhere && m.twinOf(r.in.Message) }); i >= 0 {
				return list[i], true, nil
			}
		}
	}
	return Message{}, false, nil
}

// twinOf reports whether a mail looks like this message after it was sent: with a signature, a quote and other line ends.
func (m Message) twinOf(mail Message) bool {
	to, went := everyone(m.To, m.Cc), everyone(mail.To, mail.Cc) // Bcc is in no copy
	slices.Sort(to)
	slices.Sort(went)
	words := squeezed(m.Body.Text)
	return words != "" && slices.Equal(to, went) && (m.Subject == "" || AnswerTo(m.Subject) == AnswerTo(mail.Subject)) &&
		strings.Contains(squeezed(mail.Body.Text)+squeezed(mail.Body.QuotedText), words)
}

// squeezed is a text without blanks and line ends.
func squeezed(s string) string { return strings.Join(strings.Fields(s), "") }

// answered is the conversation the mail answers: named by the ids it carries, and some recipient is one of its people. A
// customer's mail that was forwarded to a colleague is no answer. nil: none.
func (r *receiver) answered(tx Tx) (*unit, error) {
	hits, err := tx.Thread(r.threads())
	if err != nil {
		return nil, err
	}
	for _, h := range hits {
		id := h.Conversation
		for hops := 0; id != "" && hops < maxMerges; hops++ {
			u, err := r.s.load(tx, System(), id, r.now)
			if errors.Is(err, ErrNotFound) {
				break
			}
			if err != nil {
				return nil, err
			}
			if u.conv.MergedInto == "" && r.reaches(u.conv) {
				return u, nil
			}
			id = u.conv.MergedInto
		}
	}
	return nil, nil //nolint:nilnil // documented: none
}

func (r *receiver) reaches(c Conversation) bool {
	return slices.ContainsFunc(r.in.Message.Everyone(), c.Knows)
}

// sentElsewhere writes the mail into the thread. One that is older than the customer's newest words answers earlier
// ones: it is shown, and stops nothing.
func (r *receiver) sentElsewhere(u *unit) (Message, error) {
	m := r.in.Message
	m.ID, m.Direction, m.Elsewhere, m.Delivery = r.ids.message, Out, true, DeliverySent
	m.Author, m.AuthorName, m.At = System(), first(m.From.Name, r.inbox.Name), r.in.At
	m.Subject = clip(m.Subject, maxSubject)
	u.conv.meet(r.inbox.Address, &m)
	late := u.conv.LastAt.After(m.At)
	at, by, snippet := u.conv.LastAt, u.conv.LastBy, u.conv.Snippet
	answers := m.Human() && !r.in.History && (!late || by != In)
	if err := u.say(&m); err != nil {
		return m, err
	}
	if late || r.in.History || !m.Human() { // lists must not show the customer as answered
		u.conv.LastAt, u.conv.LastBy, u.conv.Snippet = at, by, snippet
	}
	u.note(MessageSent{Message: m.ID, Number: m.Number, At: m.At, Human: answers})
	if answers && u.conv.Waiting() {
		u.why = "answered_elsewhere"
		return m, u.to(Pending, time.Time{})
	}
	return m, nil
}
