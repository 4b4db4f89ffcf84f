package webui

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"yingda/desk"
)

func (s *Server) answeringOps() {
	add(s, op{desk.RoleAgent, http.MethodPatch, "/conversations/{id}/messages/{mid}", "reschedule", "Move the moment a mail is sent at; now, or earlier, is at once"}, s.reschedule)
	add(s, op{desk.RoleAgent, http.MethodGet, "/conversations/{id}/sides", "listSides", "What was written aside, to third parties"}, s.listSides)
	add(s, op{desk.RoleAgent, http.MethodPost, "/conversations/{id}/sides", "writeAside", "Write or forward to a third party; the customer sees nothing of it"}, s.writeAside)
	add(s, op{desk.RoleAdministrator, http.MethodGet, "/suppressions", "listSuppressions", "Addresses that mail came back from for good, newest first"}, s.suppressions)
	add(s, op{desk.RoleAdministrator, http.MethodDelete, "/suppressions/{address}", "liftSuppression", "Let an address be written to again"}, s.lift)
	add(s, op{desk.RoleAdministrator, http.MethodPost, "/settings/inboxes/preview", "previewLetter", "How an answer would look by these settings"}, s.previewLetter)
	add(s, op{desk.RoleAdministrator, http.MethodGet, "/settings/inboxes/{id}/dkim", "getSigningKey", "The DNS record of its signing key"}, s.getKey)
	add(s, op{desk.RoleAdministrator, http.MethodPost, "/settings/inboxes/{id}/dkim", "makeSigningKey", "Make a new signing key; publish its record before it is used"}, s.makeKey)
}

type rescheduleIn struct {
	ByID
	Message string `path:"mid" maxLength:"64"`
	Body    struct {
		SendAt time.Time `json:"send_at"`
	}
}

func (s *Server) reschedule(ctx context.Context, in *rescheduleIn) (*out[Message], error) {
	m, err := s.onMessage(ctx, &messageIn{in.ByID, in.Message}, func(ctx context.Context, a desk.Actor, id desk.MessageID) (desk.Message, error) {
		return s.Desk.Reschedule(ctx, a, id, in.Body.SendAt)
	})
	if err != nil {
		return nil, err
	}
	return &out[Message]{wireMessage(m)}, nil
}

func (s *Server) listSides(ctx context.Context, in *ByID) (*out[Page[Side]], error) {
	r, err := s.visible(ctx, viewing(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	found, err := s.Answering.SideMessages(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	return &out[Page[Side]]{Page[Side]{Items: sides(found)}}, nil
}

// sides gathers messages by their thread, in order of the first.
func sides(messages []desk.Message) []Side {
	list := []Side{}
	at := map[desk.MessageID]int{}
	for _, m := range messages {
		i, known := at[m.Side]
		if !known {
			i = len(list)
			at[m.Side] = i
			list = append(list, Side{ID: string(m.Side), Subject: m.Subject, With: []Address{}, Messages: []string{}})
		}
		side := &list[i]
		side.Messages = append(side.Messages, string(m.ID))
		side.LastAt, side.LastBy, side.Delivery = at2(m.At), string(m.Direction), string(m.Delivery)
		if m.Direction != desk.Out {
			continue
		}
		for _, a := range slices.Concat(m.To, m.Cc, m.Bcc) {
			if !slices.ContainsFunc(side.With, func(have Address) bool { return strings.EqualFold(have.Address, a.Address) }) {
				side.With = append(side.With, Address(a))
			}
		}
	}
	return list
}

// at2 is at, where a local of that name stands before it.
func at2(t time.Time) Time { return Time{t} }

type asideIn struct {
	ByID
	Idempotent
	Body NewAside
}

func (s *Server) writeAside(ctx context.Context, in *asideIn) (*out[Message], error) {
	v, b := viewing(ctx), in.Body
	r, err := s.visible(ctx, v, in.ID)
	if err != nil {
		return nil, err
	}
	if err := addressesFit(b.To, b.Cc, b.Bcc); err != nil {
		return nil, err
	}
	files, err := s.attach(ctx, v, b.Attachments, &r)
	if err != nil {
		return nil, err
	}
	m, err := s.Desk.WriteAside(ctx, desk.Aside{Side: desk.MessageID(b.Side), Reply: desk.Reply{
		Actor: v.actor(), AuthorName: v.agent.Name, Conversation: r.ID, Body: body(b.Text, b.HTML), Subject: b.Subject,
		To: deskAddresses(b.To), Cc: deskAddresses(b.Cc), Bcc: deskAddresses(b.Bcc), Attachments: files, ClientKey: b.ClientKey,
		Idempotency: cmp.Or(in.Key, b.ClientKey), Undo: undo(b.Undo), SendAt: moment(b.SendAt), Confirmed: b.Confirmed,
	}})
	if err != nil {
		return nil, err
	}
	return &out[Message]{wireMessage(m)}, nil
}

func moment(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

func (s *Server) suppressions(ctx context.Context, in *Paging) (*out[Page[Suppression]], error) {
	var after desk.Keyset
	if err := s.sign.open("suppressions", in.Cursor, &after); err != nil {
		return nil, err
	}
	found, err := s.Answering.Suppressions(ctx, after, in.Limit)
	if err != nil {
		return nil, err
	}
	page := Page[Suppression]{Items: mapped(found, func(v desk.Suppression) Suppression {
		return Suppression{Address: v.Address, Reason: v.Reason, Message: string(v.Message), Conversation: string(v.Conversation), At: at(v.At)}
	})}
	if len(found) == in.Limit {
		last := found[len(found)-1]
		page.Next = s.sign.seal("suppressions", desk.Keyset{At: last.At, ID: last.Address})
	}
	return &out[Page[Suppression]]{page}, nil
}

type liftIn struct {
	Address string `path:"address" maxLength:"320"`
}

func (s *Server) lift(ctx context.Context, in *liftIn) (*ack, error) {
	return done(), s.Desk.Lift(ctx, viewing(ctx).actor(), in.Address)
}

// suppressed names those of addresses that mail is not sent to any more.
func (s *Server) suppressed(ctx context.Context, addresses ...string) ([]string, error) {
	list := []string{}
	if s.Answering == nil || len(addresses) == 0 {
		return list, nil
	}
	for i := range addresses {
		addresses[i] = strings.ToLower(strings.TrimSpace(addresses[i]))
	}
	found, err := s.Answering.SuppressedOf(ctx, addresses)
	for _, v := range found {
		list = append(list, v.Address)
	}
	return list, err
}

func (s *Server) previewLetter(_ context.Context, in *struct{ Body LetterSample }) (*out[Letter], error) {
	if s.Letters == nil {
		return nil, refuse(desk.Unavailable, "letters_down")
	}
	var inbox desk.Inbox
	if json.Unmarshal(in.Body.Doc, &inbox) != nil {
		return nil, refuse(desk.Invalid, "field_wrong", "field", "doc")
	}
	l, err := s.Letters.Preview(inbox, in.Body)
	return &out[Letter]{l}, err
}

func (s *Server) getKey(ctx context.Context, in *ByID) (*out[SigningKey], error) {
	inbox, err := s.keyInbox(in.ID)
	if err != nil {
		return nil, err
	}
	record, err := s.Letters.SigningRecord(ctx, inbox)
	return &out[SigningKey]{SigningKey{Record: record}}, err
}

func (s *Server) makeKey(ctx context.Context, in *ByID) (*out[SigningKey], error) {
	inbox, err := s.keyInbox(in.ID)
	if err != nil {
		return nil, err
	}
	record, err := s.Letters.MakeSigningKey(ctx, inbox)
	if err != nil {
		return nil, err
	}
	subject := desk.Subject{Kind: desk.AboutInbox, ID: in.ID}
	return &out[SigningKey]{SigningKey{Record: record}}, s.Desk.Log(ctx, subject, viewing(ctx).actor(), desk.Looked{What: "secret_set:dkim"})
}

func (s *Server) keyInbox(id string) (desk.Inbox, error) {
	inbox, ok := s.Dir().Inbox(desk.InboxID(id))
	if !ok {
		return inbox, notYours()
	}
	if s.Letters == nil {
		return inbox, refuse(desk.Unavailable, "letters_down")
	}
	return inbox, nil
}
