package webui

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"yingda/desk"
)

// recipients is whom an answer goes to: the one answered, or everybody in it, and never ourselves (UP-E16). Without
// message it answers the last one from the customer, else it goes where our own last mail went.
func (s *Server) recipients(ctx context.Context, r desk.ConversationRow, message string, all bool) (Recipients, error) {
	m, ok, err := s.answered(ctx, r, message)
	if err != nil {
		return Recipients{}, err
	}
	rcpt := Recipients{To: []Address{}, Cc: []Address{}, Subject: desk.AnswerTo(r.Subject), Suppressed: []string{}}
	if !ok {
		return rcpt, nil
	}
	seen, ours := map[string]bool{}, s.ours()
	add := func(list []Address, in []desk.Address) []Address {
		for _, a := range in {
			key := strings.ToLower(strings.TrimSpace(a.Address))
			if key != "" && !seen[key] && !ours[desk.PlainAddress(key)] {
				seen[key] = true
				list = append(list, Address(a))
			}
		}
		return list
	}
	if m.Direction == desk.Out {
		rcpt.To = add(rcpt.To, m.To)
		if all {
			rcpt.Cc = add(rcpt.Cc, m.Cc)
		}
		return rcpt, nil
	}
	to := m.ReplyTo
	if len(to) == 0 {
		to = []desk.Address{m.From}
	}
	rcpt.To = add(rcpt.To, to)
	if all {
		rcpt.Cc = add(add(rcpt.Cc, m.To), m.Cc)
	}
	return rcpt, nil
}

// ours are the addresses of our own mailboxes: an answer to all must not come back to us (UP-E16).
func (s *Server) ours() map[string]bool {
	seen := map[string]bool{}
	for _, i := range s.Dir().Inboxes() {
		if i.Medium != desk.Email {
			continue
		}
		own := []string{i.Address}
		if s.OwnAddresses != nil {
			own = s.OwnAddresses(i)
		}
		for _, a := range own {
			seen[desk.PlainAddress(a)] = true
		}
	}
	return seen
}

// answered is the message an answer refers to.
func (s *Server) answered(ctx context.Context, r desk.ConversationRow, id string) (desk.Message, bool, error) {
	if id != "" {
		m, err := s.Lists.Message(ctx, desk.MessageID(id))
		if errors.Is(err, desk.ErrNotFound) || err == nil && m.Conversation != r.ID {
			return desk.Message{}, false, notYours()
		}
		return m, true, err
	}
	last, err := s.Lists.Messages(ctx, r.ID, desk.MessagePage{Limit: 100})
	if err != nil {
		return desk.Message{}, false, err
	}
	var out desk.Message
	for i := len(last) - 1; i >= 0; i-- {
		switch m := last[i]; {
		case m.Side != "" || m.Delivery == desk.DeliveryWithdrawn || m.Delivery == desk.DeliveryReturned || m.Auto == desk.Greeting:
			// not of the customer's thread, or never sent
		case m.Direction == desk.In && m.Auto == desk.ByHuman:
			return m, true, nil
		case m.Direction == desk.Out && out.ID == "":
			out = m
		}
	}
	return out, out.ID != "", nil
}

// addressesFit refuses what no mail server takes as an address, before a person believes it was sent.
func addressesFit(to, cc, bcc []Address) error {
	for i, list := range [][]Address{to, cc, bcc} {
		for j, a := range list {
			if !desk.AddressFits(a.Address) {
				return refuse(desk.Invalid, "field_wrong", "field", fmt.Sprintf("%s[%d].address", []string{"to", "cc", "bcc"}[i], j))
			}
		}
	}
	return nil
}
