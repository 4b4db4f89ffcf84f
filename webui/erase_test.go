package webui

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"yingda/desk"
)

// UP-E4: what was erased stays away: neither the mail that still lies on its server nor a late word about a call brings
// it back, however often they come, and its sender is nobody's contact.
func TestErasedStaysAway(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.save(desk.SettingInbox, "line", desk.Inbox{ID: "line", Name: "Line", Medium: desk.Voice, Queue: "support", Address: "400", Enabled: true})
	letter := desk.Inbound{
		Inbox: "help", Medium: desk.Email, External: "m1@customer.test", Hash: "h", At: time.Now(),
		From:    desk.Identity{Kind: desk.ByEmail, Value: "gone@customer.test"},
		Message: desk.Message{Subject: "s", Body: desk.Body{Text: "t"}, RFCMessageID: "m1@customer.test", From: desk.Address{Address: "gone@customer.test"}},
	}
	in, err := s.desk.Receive(t.Context(), letter)
	if err != nil {
		t.Fatal(err)
	}
	ring := desk.CallEvent{
		Inbox: "line", CallID: "c1", External: "c1:ringing", Type: desk.CallRings, At: time.Now(), Phone: desk.Identity{Kind: desk.ByPhone, Value: "+8613900000000"},
	}
	call, err := s.desk.Call(t.Context(), ring)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []desk.ContactID{in.Contact, call.Contact} {
		who, err := s.db.Contact(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		e := desk.Erase{Actor: desk.AgentActor("cai", desk.RoleAdministrator), Confirm: who.Name, Reason: "asked"}
		if n, err := s.desk.EraseContact(t.Context(), c, e); n != 1 || err != nil {
			t.Fatalf("erase %s: got %d, %v; want 1", who.Name, n, err)
		}
	}
	for range 10 {
		got, err := s.desk.Receive(t.Context(), letter)
		if err != nil || !got.Duplicate || got.Conversation != "" {
			t.Fatalf("the mail again: got %+v, %v; want a duplicate without a conversation", got, err)
		}
	}
	late := ring
	late.External, late.Type = "c1:ended", desk.CallHungUp
	for _, e := range []desk.CallEvent{ring, late} {
		if got, err := s.desk.Call(t.Context(), e); err != nil || !got.Duplicate {
			t.Errorf("%s: got %+v, %v; want a duplicate", e.External, got, err)
		}
	}
	found, err := s.db.Contacts(t.Context(), desk.ContactQuery{Limit: 10})
	if err != nil || len(found) != 0 {
		t.Errorf("contacts: got %v, %v; want none", found, err)
	}
	// An answer to the erased mail is a new matter: its thread is gone.
	next := letter
	next.External, next.Thread, next.Message.RFCMessageID = "m2@customer.test", []string{"m1@customer.test"}, "m2@customer.test"
	if got, err := s.desk.Receive(t.Context(), next); err != nil || !got.New || got.Conversation == in.Conversation {
		t.Errorf("an answer to it: got %+v, %v; want a new conversation", got, err)
	}
}

// A contact with more conversations than fit into one unit goes whole; with nothing half done the contact goes last.
func TestEraseManyConversations(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	var who desk.Received
	const many = 230
	for i := range many {
		got, err := s.desk.Receive(t.Context(), desk.Inbound{
			Inbox: "help", Medium: desk.Email, External: fmt.Sprint(i), At: time.Now(), History: true,
			From: desk.Identity{Kind: desk.ByEmail, Value: "many@customer.test"}, Message: desk.Message{Body: desk.Body{Text: "t"}},
		})
		if err != nil {
			t.Fatal(err)
		}
		who = got
	}
	e := desk.Erase{Actor: desk.AgentActor("cai", desk.RoleAdministrator), Confirm: "many@customer.test", Reason: "asked"}
	n, err := s.desk.EraseContact(t.Context(), who.Contact, e)
	if err != nil || n != many {
		t.Errorf("erased: got %d, %v; want %d", n, err, many)
	}
	if _, err := s.db.Contact(t.Context(), who.Contact); !errors.Is(err, desk.ErrNotFound) {
		t.Errorf("contact: got %v, want not found", err)
	}
}
