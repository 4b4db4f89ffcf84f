package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yingda/desk"
	"yingda/store"
)

// testFields changes what stands in an index alone, one field after another: an update writes only those that changed.
func testFields(t *testing.T, db *store.DB) {
	c := save(t, db, conversation())
	for _, edit := range []func(*desk.Conversation){
		func(c *desk.Conversation) { c.Subject = "换货" },
		func(c *desk.Conversation) { c.LastAt = day.Add(time.Hour) },
		func(c *desk.Conversation) { c.DueAt = day.Add(2 * time.Hour) },
		func(c *desk.Conversation) { c.Queue = "service" },
		func(c *desk.Conversation) { c.Assignee = "bo" },
		func(c *desk.Conversation) { c.Status = desk.Pending },
		func(c *desk.Conversation) { c.Status, c.SnoozeUntil = desk.Snoozed, day.Add(3*time.Hour) },
		func(c *desk.Conversation) { c.SnoozeUntil = day.Add(4 * time.Hour) },
		func(c *desk.Conversation) { c.Inbox = "other" },
		func(c *desk.Conversation) { c.Contact = "bea" },
		func(c *desk.Conversation) { c.DueAt, c.LastAt = time.Time{}, day.Add(5*time.Hour) },
	} {
		edit(&c)
		update(t, db, func(tx desk.Tx) error { return tx.SaveConversation(c, nil, "") })
		c.Version++
		if d := cmp.Diff(c, load(t, db, c.ID)); d != "" {
			t.Fatalf("after a change (-want +got):\n%s", d)
		}
	}
}
