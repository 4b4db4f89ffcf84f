package webui

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"

	"yingda/desk"
)

func (s *Server) contactOps() {
	add(s, op{desk.RoleAgent, http.MethodGet, "/contacts", "listContacts", "Customers, by name; those who left none come last"}, s.listContacts)
	add(s, op{desk.RoleAgent, http.MethodPost, "/contacts", "addContact", "A new customer"}, s.addContact)
	add(s, op{desk.RoleAgent, http.MethodGet, "/contacts/{id}", "getContact", "One customer"}, s.getContact)
	add(s, op{desk.RoleAgent, http.MethodPatch, "/contacts/{id}", "editContact", "Change a customer"}, s.editContact)
	add(s, op{desk.RoleAgent, http.MethodGet, "/contacts/{id}/conversations", "listContactConversations", "The customer's conversations I may see"}, s.contactConversations)
	add(s, op{desk.RoleAgent, http.MethodPost, "/contacts/{id}/identities", "addIdentity", "One more way to know them"}, s.addIdentity)
	add(s, op{desk.RoleAgent, http.MethodDelete, "/contacts/{id}/identities", "removeIdentity", "An address or number that is not theirs"}, s.removeIdentity)
}

type contactQuery struct {
	Paging
	Text string `query:"q" maxLength:"200"`
	Tier string `query:"tier" enum:"strategic,key,ordinary"`
}

func (s *Server) listContacts(ctx context.Context, in *contactQuery) (*out[Page[Contact]], error) {
	q := desk.ContactQuery{Text: in.Text, Tier: desk.Tier(in.Tier), Limit: in.Limit}
	if err := s.sign.open("contacts", in.Cursor, &q.After); err != nil {
		return nil, err
	}
	found, err := s.People.Contacts(ctx, q)
	if err != nil {
		return nil, err
	}
	page := Page[Contact]{Items: mapped(found, wireContact)}
	if len(found) == in.Limit {
		last := found[len(found)-1]
		page.Next = s.sign.seal("contacts", desk.ContactKeyset{Name: last.Name, ID: string(last.ID)})
	}
	return &out[Page[Contact]]{page}, nil
}

func (s *Server) getContact(ctx context.Context, in *ByID) (*out[Contact], error) {
	c, err := s.People.Contact(ctx, desk.ContactID(in.ID))
	if err != nil {
		return nil, err
	}
	w := wireContact(c)
	var addresses []string
	for _, i := range c.Identities {
		if i.Kind == desk.ByEmail {
			addresses = append(addresses, i.Value)
		}
	}
	w.Suppressed, err = s.suppressed(ctx, addresses...)
	return &out[Contact]{w}, err
}

func (s *Server) addContact(ctx context.Context, in *struct{ Body NewContact }) (*out[Contact], error) {
	b := in.Body
	if err := s.ownerKnown(b.Owner); err != nil {
		return nil, err
	}
	return s.saveContact(ctx, desk.Contact{
		Name: b.Name, Company: b.Company, Locale: b.Locale, Tier: tierOr(desk.Tier(b.Tier)), Owner: desk.AgentID(b.Owner),
		Note: b.Note, Identities: mapped(b.Identities, s.identity),
	})
}

// identity is an identity as it is stored; numbers typed in any form become the form callers are known by (UP-V3).
func (s *Server) identity(i Identity) desk.Identity {
	id := desk.Identity{Kind: desk.IdentityKind(i.Kind), Value: i.Value}.Clean()
	if id.Kind == desk.ByPhone && s.Phone != nil {
		id.Value = s.Phone(id.Value)
	}
	return id
}

func (s *Server) ownerKnown(id string) error {
	if _, ok := s.Dir().Agent(desk.AgentID(id)); id != "" && !ok {
		return refuse(desk.NotFound, "agent_unknown")
	}
	return nil
}

func (s *Server) saveContact(ctx context.Context, c desk.Contact) (*out[Contact], error) {
	saved, err := s.Desk.SaveContact(ctx, viewing(ctx).actor(), c)
	if desk.ReasonOf(err) == "stale" {
		p := problemOf(err)
		if now, readErr := s.People.Contact(ctx, c.ID); readErr == nil {
			p.Current = wireContact(now)
		}
		return nil, p
	}
	if err != nil {
		return nil, err
	}
	c, err = s.People.Contact(ctx, saved.ID)
	return &out[Contact]{wireContact(c)}, err
}

type contactEditIn struct {
	ByID
	Body ContactEdit
}

func (s *Server) editContact(ctx context.Context, in *contactEditIn) (*out[Contact], error) {
	b := in.Body
	c, err := s.People.Contact(ctx, desk.ContactID(in.ID))
	if err != nil {
		return nil, err
	}
	c.Version = b.Version
	set(&c.Name, b.Name)
	set(&c.Company, b.Company)
	set(&c.Locale, b.Locale)
	set(&c.Note, b.Note)
	if b.Tier != nil {
		c.Tier = desk.Tier(*b.Tier)
	}
	if b.Owner != nil {
		if err := s.ownerKnown(*b.Owner); err != nil {
			return nil, err
		}
		c.Owner = desk.AgentID(*b.Owner)
	}
	return s.saveContact(ctx, c)
}

func set(field *string, v *string) {
	if v != nil {
		*field = *v
	}
}

type contactConversationsIn struct {
	ByID
	Paging
}

func (s *Server) contactConversations(ctx context.Context, in *contactConversationsIn) (*out[Page[Conversation]], error) {
	c, err := s.People.Contact(ctx, desk.ContactID(in.ID))
	if err != nil {
		return nil, err
	}
	q := desk.ConversationQuery{Scope: viewing(ctx).scope, List: desk.ListAll, Contact: c.ID, Sort: desk.SortNewest}
	return s.conversations(ctx, q, in.Paging)
}

type identityIn struct {
	ByID
	Body struct {
		Version int64 `json:"version,omitempty" doc:"the one you saw; absent: whatever it is now"`
		Identity
	}
}

func (s *Server) addIdentity(ctx context.Context, in *identityIn) (*out[Contact], error) {
	if k := desk.IdentityKind(in.Body.Kind); k != desk.ByEmail && k != desk.ByPhone {
		return nil, refuse(desk.Invalid, "identity_kind") // visitor and external ids are proven by signatures, not typed in
	}
	c, err := s.People.Contact(ctx, desk.ContactID(in.ID))
	if err != nil {
		return nil, err
	}
	id := s.identity(in.Body.Identity)
	if slices.Contains(c.Identities, id) {
		return &out[Contact]{wireContact(c)}, nil
	}
	c.Version, c.Identities = cmp.Or(in.Body.Version, c.Version), append(slices.Clone(c.Identities), id)
	res, err := s.saveContact(ctx, c)
	if errors.Is(err, desk.ErrNotFound) {
		return nil, notYours()
	}
	return res, err
}

type identityOut struct {
	ByID
	Kind  string `query:"kind" required:"true" enum:"email,phone"`
	Value string `query:"value" required:"true" minLength:"1" maxLength:"320"`
}

func (s *Server) removeIdentity(ctx context.Context, in *identityOut) (*out[Contact], error) {
	c, err := s.People.Contact(ctx, desk.ContactID(in.ID))
	if err != nil {
		return nil, err
	}
	id := desk.Identity{Kind: desk.IdentityKind(in.Kind), Value: in.Value}.Clean() // as it stands there, else as it would be typed
	if !c.Has(id) {
		id = s.identity(Identity{Kind: in.Kind, Value: in.Value})
	}
	err = s.Desk.RemoveIdentity(ctx, viewing(ctx).actor(), c.ID, id)
	if errors.Is(err, desk.ErrNotFound) {
		return nil, notYours()
	}
	if err != nil {
		return nil, err
	}
	c, err = s.People.Contact(ctx, c.ID)
	return &out[Contact]{wireContact(c)}, err
}
