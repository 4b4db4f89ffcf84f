package chat

import (
	"context"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"yingda/desk"
)

// wish is what a visitor may ask for besides writing. ClientID makes the same wish sent twice one wish.
type wish struct {
	Kind     string `json:"kind"` // rate, mail, call
	ClientID string `json:"client_id"`
	Stars    int    `json:"stars,omitempty"`
	Text     string `json:"text,omitempty"`   // of a rating
	Email    string `json:"email,omitempty"`  // where to answer
	Number   string `json:"number,omitempty"` // whom to call
}

// wish answers POST /widget/v1/{key}/wish.
func (c *Chat) wish(w http.ResponseWriter, r *http.Request) {
	done(w, http.StatusOK, c.grant(w, r))
}

func (c *Chat) grant(w http.ResponseWriter, r *http.Request) error {
	k, err := c.enter(r)
	if err != nil {
		return err
	}
	v, err := c.bearer(k, r)
	if err != nil {
		return err
	}
	var ask wish
	if err := body(w, r, maxFrame, &ask); err != nil {
		return err
	}
	if ask.ClientID == "" || len(ask.ClientID) > maxID || !printable(ask.ClientID) {
		return desk.Refuse(desk.Invalid, "client_id_invalid")
	}
	if !c.wishes.allow(v.key(), c.d.Now()) {
		return desk.Refuse(desk.TooMany, "too_many_forms")
	}
	conv, err := c.d.Records.ChatOf(r.Context(), v.Inbox, v.identity())
	if err != nil {
		return err
	}
	switch ask.Kind {
	case "rate":
		return c.rate(r.Context(), conv, ask)
	case "mail":
		return c.byMail(r.Context(), k, v, conv, ask)
	case "call":
		return c.callMe(r.Context(), k, v, conv, ask)
	}
	return desk.Refuse(desk.Invalid, "wish_unknown")
}

func (c *Chat) rate(ctx context.Context, conv desk.Conversation, ask wish) error {
	if utf8.RuneCountInString(ask.Text) > desk.MaxRatingWords {
		return desk.Refuse(desk.TooLarge, "text_too_long", "max", itoa(desk.MaxRatingWords), "length", itoa(utf8.RuneCountInString(ask.Text)))
	}
	return c.d.Desk.Rate(ctx, desk.ContactActor(conv.Contact), conv.ID, ask.Stars, ask.Text)
}

// byMail makes a mail of what the visitor has written and nobody has answered; the answer goes to the address they
// leave. The address is not proven, so the mail is marked as such.
func (c *Chat) byMail(ctx context.Context, k counter, v visitor, conv desk.Conversation, ask wish) error {
	to, ok := c.d.Directory.Inbox(k.set.Offline)
	if !ok || to.Medium != desk.Email {
		return desk.Refuse(desk.Conflict, "offline_form_off")
	}
	address := strings.TrimSpace(ask.Email)
	if !desk.AddressFits(address) {
		return desk.Refuse(desk.Invalid, "email_invalid")
	}
	text, err := c.unanswered(ctx, conv)
	if err != nil {
		return err
	}
	in := (&offlineForm{ClientID: ask.ClientID, Name: v.Name, Email: address, Text: text, Lang: conv.Locale}).inbound(to, c.d.Now())
	in.External = "chat:" + string(conv.ID) + ":" + in.External // the same wish for another address is another
	got, err := c.d.Desk.Receive(ctx, in)
	if err != nil || got.Conversation == "" {
		return err
	}
	return c.d.Desk.Continue(ctx, desk.ContactActor(conv.Contact), conv.ID, got.Conversation)
}

// unanswered are the visitor's words since our last answer, at most a page of them.
func (c *Chat) unanswered(ctx context.Context, conv desk.Conversation) (string, error) {
	page, err := c.d.Records.Messages(ctx, conv.ID, desk.MessagePage{Limit: pageSize})
	if err != nil {
		return "", err
	}
	var lines []string
	for _, m := range page {
		switch {
		case m.Direction == desk.Out && m.Human():
			lines = nil
		case m.Direction == desk.In && !blank(m.Body.Text):
			lines = append(lines, m.Body.Text)
		}
	}
	text := strings.Join(lines, "\n\n")
	if blank(text) {
		return "", desk.Refuse(desk.Invalid, "text_empty")
	}
	return text, nil
}

// callMe leaves a call to be made: an entry in a phone inbox whose promise is a callback.
func (c *Chat) callMe(ctx context.Context, k counter, v visitor, conv desk.Conversation, ask wish) error {
	to, ok := c.d.Directory.Inbox(k.set.Callback)
	if !ok || to.Medium != desk.Voice || c.d.Phone == nil {
		return desk.Refuse(desk.Conflict, "callback_off")
	}
	number := strings.TrimSpace(ask.Number)
	digits := strings.Count(strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return '0'
		}
		return -1
	}, number), "0")
	if digits < 5 || digits > 20 || len(number) > 40 || strings.ContainsFunc(number, func(r rune) bool { return !strings.ContainsRune("+0123456789 -()./", r) }) {
		return desk.Refuse(desk.Invalid, "number_invalid")
	}
	id := "chat:" + string(conv.ID) + ":" + ask.ClientID
	got, err := c.d.Desk.Call(ctx, desk.CallEvent{
		Inbox: to.ID, CallID: id, External: id, Type: desk.CallHungUp, Outcome: desk.OutcomeRequested, Direction: desk.In,
		At: c.d.Now().UTC().Truncate(time.Millisecond), From: number, To: to.Address, Name: v.Name,
		Phone: desk.Identity{Kind: desk.ByPhone, Value: c.d.Phone(number)},
	})
	if err != nil || got.Conversation == "" {
		return err
	}
	return c.d.Desk.Continue(ctx, desk.ContactActor(conv.Contact), conv.ID, got.Conversation)
}
