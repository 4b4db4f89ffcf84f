package storetest

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yingda/desk"
	"yingda/store"
)

// testIdentityRemoved: an identity that was taken from a contact is nobody's, and the next one's whoever comes with it, in
// the same commit too; what is found by it is found no more.
func testIdentityRemoved(t *testing.T, db *store.DB) {
	first := desk.Identity{Kind: desk.ByEmail, Value: "first@gone.example"}
	mail, phone := desk.Identity{Kind: desk.ByEmail, Value: "moved@gone.example"}, desk.Identity{Kind: desk.ByPhone, Value: "+8613800138001"}
	ann := desk.Contact{ID: desk.ContactID(id("contact")), Name: "安娜", Tier: desk.Key, Identities: []desk.Identity{first, mail, phone}, CreatedAt: day, UpdatedAt: day}
	update(t, db, func(tx desk.Tx) error { return tx.SaveContact(ann) })
	remove := func(tx desk.Tx, i desk.Identity) error {
		if err := tx.RemoveIdentity(ann.ID, i); err != nil {
			return err
		}
		c, err := tx.Contact(ann.ID)
		return errors.Join(err, tx.SaveContact(c))
	}
	bob := desk.Contact{ID: desk.ContactID(id("contact")), Identities: []desk.Identity{mail}, Tier: desk.Ordinary, CreatedAt: day, UpdatedAt: day}
	update(t, db, func(tx desk.Tx) error {
		if err := remove(tx, mail); err != nil {
			return err
		}
		if _, err := tx.ContactByIdentity(mail); !errors.Is(err, desk.ErrNotFound) {
			return fmt.Errorf("removed: got %v, want nobody", err)
		}
		if err := remove(tx, mail); !errors.Is(err, desk.ErrNotFound) {
			return fmt.Errorf("removed twice: got %v, want not found", err)
		}
		return tx.SaveContact(bob)
	})
	again := desk.Identity{Kind: desk.ByEmail, Value: "ann.2@gone.example"}
	update(t, db, func(tx desk.Tx) error { // taken away and given back at once, behind a new one
		c, err := tx.Contact(ann.ID)
		c.Identities = append(c.Identities, again)
		err = errors.Join(err, tx.SaveContact(c), remove(tx, first))
		c, readErr := tx.Contact(ann.ID)
		c.Identities = append(c.Identities, first)
		return errors.Join(err, readErr, tx.SaveContact(c))
	})
	got, err := db.Contact(t.Context(), ann.ID)
	if d := cmp.Diff([]desk.Identity{phone, again, first}, got.Identities); err != nil || d != "" {
		t.Errorf("ann is known by (-want +got): %v\n%s", err, d)
	}
	if got, err := db.Contact(t.Context(), bob.ID); err != nil || len(got.Identities) != 1 || got.Identities[0] != mail {
		t.Errorf("bob is known by %v, %v; want %v", got.Identities, err, mail)
	}
	for text, want := range map[string]desk.ContactID{"moved@gone.example": bob.ID, "ann.2@gone.example": ann.ID, "first@gone.example": ann.ID} {
		list, err := db.Contacts(t.Context(), desk.ContactQuery{Text: text, Limit: 10})
		if err != nil || len(list) != 1 || list[0].ID != want {
			t.Errorf("search for %s: got %v, %v; want %s", text, list, err, want)
		}
	}
}
