package desk_test

import (
	"testing"

	"yingda/desk"
)

// An address that was written down for the wrong customer can be taken away: what was said stays, what comes later is a
// stranger's. What a signature proved, and the last trace of a nameless customer, cannot.
func TestRemoveIdentity(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.mail("li@customer.example", "help")
	c, err := w.db.Contact(w.ctx(), w.conversation(first.Conversation).Contact)
	w.must(err)
	wrong := desk.Identity{Kind: desk.ByEmail, Value: "wang@customer.example"}
	c.Identities = append(c.Identities, wrong)
	_, err = w.svc.SaveContact(w.ctx(), agent(ann), c)
	w.must(err)
	before := w.mail(wrong.Value, "his own matter").Conversation
	w.must(w.svc.RemoveIdentity(w.ctx(), agent(ann), c.ID, desk.Identity{Kind: desk.ByEmail, Value: " Wang@customer.example"}))
	wantReason(t, w.svc.RemoveIdentity(w.ctx(), agent(ann), c.ID, wrong), "not_found")
	if after := w.conversation(w.mail(wrong.Value, "more").Conversation).Contact; after == c.ID || w.conversation(before).Contact != c.ID {
		t.Errorf("who writes now: got contact %s, want a new one; what was said stays with %s", after, c.ID)
	}
	now, err := w.db.Contact(w.ctx(), c.ID)
	if err != nil || now.Has(wrong) || now.Version != 3 {
		t.Errorf("contact: got %+v, %v; want it without %s", now, err, wrong.Value)
	}
	events, err := w.db.SubjectEvents(w.ctx(), desk.Subject{Kind: desk.AboutContact, ID: string(c.ID)}, 0, 1)
	w.must(err)
	if f, ok := events[0].Fact.(desk.ContactChanged); !ok || f.After["identities"] != "email:li@customer.example" || events[0].Actor.Agent() != ann {
		t.Errorf("the fact: got %+v by %v", events[0].Fact, events[0].Actor)
	}
	wantReason(t, w.svc.RemoveIdentity(w.ctx(), agent(ann), c.ID, desk.Identity{Kind: desk.ByVisitor, Value: "v"}), "identity_kind")
	nameless, err := w.svc.SaveContact(w.ctx(), agent(ann), desk.Contact{Tier: desk.Ordinary, Identities: []desk.Identity{{Kind: desk.ByPhone, Value: "+8613800138000"}}})
	w.must(err)
	wantReason(t, w.svc.RemoveIdentity(w.ctx(), agent(ann), nameless.ID, nameless.Identities[0]), "contact_empty")
}

// UP-N5: a name stands everywhere as its owner wrote it, family first without a blank or given first with one, whatever
// the language of customer or screen.
func TestNamesStayWhole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for address, want := range map[string]struct{ name, locale string }{
		"li@customer.example": {"李小龙", "en"}, "lee@customer.example": {"Bruce Lee", "zh-CN"}, "gu@customer.example": {"古丽娜·买买提", "en"},
	} {
		got := w.mail(address, "help", func(in *desk.Inbound) {
			in.FromName, in.Locale = want.name, want.locale
			in.Message.From.Name = want.name
		})
		c := w.conversation(got.Conversation)
		contact, err := w.db.Contact(w.ctx(), c.Contact)
		if err != nil || contact.Name != want.name || c.ContactName != want.name || w.message(got.Message).AuthorName != want.name {
			t.Errorf("%s: got contact %q, list %q, message %q; want %q", address, contact.Name, c.ContactName, w.message(got.Message).AuthorName, want.name)
		}
		hits, err := w.db.Contacts(w.ctx(), desk.ContactQuery{Text: want.name, Limit: 5})
		if err != nil || len(hits) != 1 || hits[0].ID != contact.ID {
			t.Errorf("search for %s: got %v, %v", want.name, hits, err)
		}
	}
}

// What a contact became while nothing was open counts once they come back: tier, owner and name.
func TestAReopenedConversationKnowsItsContact(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := w.mail("ada@customer.example", "hello")
	done, again := desk.Resolved, desk.Open
	w.must(w.svc.Change(w.ctx(), in.Conversation, desk.Change{Actor: agent(lead), Status: &done}))
	c, err := w.db.Contact(w.ctx(), in.Contact)
	w.must(err)
	c.Tier, c.Owner, c.Name = desk.Strategic, bob, "Ada L."
	_, err = w.svc.SaveContact(w.ctx(), agent(lead), c)
	w.must(err)
	if got := w.conversation(in.Conversation).Tier; got != desk.Ordinary {
		t.Errorf("resolved: got tier %s, want it as it was", got)
	}
	w.must(w.svc.Change(w.ctx(), in.Conversation, desk.Change{Actor: agent(lead), Status: &again}))
	got := w.conversation(in.Conversation)
	if got.Tier != desk.Strategic || got.Owner != bob || got.ContactName != "Ada L." {
		t.Errorf("open again: got %s of %s, %q, want strategic of bob, Ada L.", got.Tier, got.Owner, got.ContactName)
	}
	if f := fact[desk.TierChanged](w, in.Conversation); f.To != desk.Strategic {
		t.Errorf("the fact: got %+v, want the new tier told", f)
	}
}
