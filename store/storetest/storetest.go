// Package storetest is the one conformance suite of the records, run on each engine.
//
// It owns the question whether SQLite and PostgreSQL give the same answers. It promises that every rule of the store
// that a caller relies on is tried on a real engine. It never mocks one.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"yingda/desk"
	"yingda/store"
)

// Open gives a fresh, empty set of records that runs until the test ends.
type Open func(t *testing.T) *store.DB

// Exercise runs the suite.
func Exercise(t *testing.T, open Open) {
	t.Helper()
	for _, c := range []struct {
		name string
		run  func(*testing.T, *store.DB)
	}{
		{"unit", testUnit},
		{"refused units change nothing", testRefusal},
		{"versions", testVersions},
		{"fields", testFields},
		{"seen keys", testSeen},
		{"forgotten keys", testKeysForgotten},
		{"contacts", testContacts},
		{"identity removed", testIdentityRemoved},
		{"assignments", testAssignments},
		{"open chat", testOpenChat},
		{"clocks", testClocks},
		{"promises that ended", testPromises},
		{"figures of promises", testPromiseFigures},
		{"packed promises", testPacked},
		{"promises packed while they end", testPackedBeside},
		{"alerts", testAlerts},
		{"days", testDays},
		{"presences at a fact", testPresencesAt},
		{"waits", testWaits},
		{"outlook", testOutlook},
		{"wishes to let a promise go", testWishes},
		{"ladders", testLadder},
		{"ladders end", testLadderEnds},
		{"the end of the day", testEvening},
		{"settings", testSettings},
		{"nested and panicking units", testNested},
		{"lists", testLists},
		{"pages stay whole while work arrives", testCursor},
		{"search", testSearch},
		{"outbox", testOutbox},
		{"ranks", testRanks},
		{"rank rises", testRankRises},
		{"awaited", testAwaited},
		{"suppressions", testSuppressions},
		{"greetings", testGreetings},
		{"blobs", testBlobs},
		{"erasure", testErase},
		{"erasure inside a batch", testEraseInBatch},
		{"requests", testRequests},
		{"secrets", testSecrets},
		{"people", testPeople},
		{"routing", testRouting},
		{"channels", testChannels},
		{"nothing acknowledged is lost, no hole is read", testConcurrent},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(t, open(t))
		})
	}
}

var counter atomic.Int64

// id is a fresh id that sorts by birth.
func id(kind string) string { return fmt.Sprintf("%s-%012d", kind, counter.Add(1)) }

var day = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// conversation is a new one as the desk would make it.
func conversation(edit ...func(*desk.Conversation)) desk.Conversation {
	c := desk.Conversation{
		ID: desk.ConversationID(id("conv")), Inbox: "mail", Medium: desk.Email, Contact: "ann", Subject: "退款申请",
		Status: desk.Open, Priority: desk.Normal, Queue: "sales", Tier: desk.Ordinary, ContactName: "安娜",
		People: []string{"ann@example.com"}, LastAt: day, CreatedAt: day, UpdatedAt: day, QueuedAt: day,
	}
	for _, e := range edit {
		e(&c)
	}
	return c
}

// message is the next message of c.
func message(c *desk.Conversation, text string) desk.Message {
	c.Messages++
	return desk.Message{
		ID: desk.MessageID(id("msg")), Conversation: c.ID, Number: c.Messages, Inbox: c.Inbox, Direction: desk.In,
		Medium: c.Medium, Author: desk.ContactActor(c.Contact), AuthorName: c.ContactName, Body: desk.Body{Text: text},
		At: day, CreatedAt: day,
	}
}

func event(c desk.ConversationID, f desk.Fact) desk.Event {
	return desk.Event{Subject: desk.Subject{Kind: desk.AboutConversation, ID: string(c)}, Actor: desk.System(), At: day, Fact: f}
}

func update(t *testing.T, db *store.DB, fn func(tx desk.Tx) error) {
	t.Helper()
	if err := db.Update(t.Context(), desk.About{}, fn); err != nil {
		t.Fatalf("update: %v", err)
	}
}

// save stores a new conversation.
func save(t *testing.T, db *store.DB, c desk.Conversation) desk.Conversation {
	t.Helper()
	update(t, db, func(tx desk.Tx) error { return tx.SaveConversation(c, nil, "") })
	return load(t, db, c.ID)
}

func load(t *testing.T, db *store.DB, id desk.ConversationID) desk.Conversation {
	t.Helper()
	c, _, err := db.Conversation(t.Context(), id)
	if err != nil {
		t.Fatalf("conversation %s: %v", id, err)
	}
	return c
}

func wantReason(t *testing.T, err error, want string) {
	t.Helper()
	if got := desk.ReasonOf(err); got != want {
		t.Fatalf("error: got %q (%v), want %q", got, err, want)
	}
}

var errRefused = errors.New("refused by fn")

// all reads the whole log.
func all(ctx context.Context, t *testing.T, db *store.DB) []desk.Event {
	t.Helper()
	var out []desk.Event
	for {
		es, err := db.EventsAfter(ctx, int64(len(out)), 500)
		if err != nil {
			t.Fatalf("events: %v", err)
		}
		if len(es) == 0 {
			return out
		}
		out = append(out, es...)
	}
}
