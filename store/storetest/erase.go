package storetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"yingda/desk"
	"yingda/store"
)

// UP-E4, UP-X6: an erased conversation is nowhere: not in lists, search, threads, clocks, drafts or the outbox, and no
// word of it stands in the log; its number and its sources' ids stay, so that it does not come back.
func testErase(t *testing.T, db *store.DB) {
	c := conversation(func(c *desk.Conversation) { c.Subject = "secretsubject" })
	m := message(&c, "secretwords")
	m.RFCMessageID = "secret@x"
	seen := desk.Seen{Key: desk.SeenKey{Scope: "mail", External: "secret@x"}, Hash: "h", Conversation: c.ID, Message: m.ID, Number: 1}
	k := desk.Clock{Conversation: c.ID, Target: desk.FirstResponse, N: 1, Budget: time.Hour, DueVersion: 1, StartedAt: day, DueAt: day.Add(time.Hour), NextAt: day.Add(time.Hour)}
	other := conversation(func(c *desk.Conversation) { c.Contact = "bob" })
	update(t, db, func(tx desk.Tx) error {
		return errors.Join(tx.AddMessage(m), tx.SaveConversation(c, []desk.Clock{k}, ""), tx.SaveConversation(other, nil, ""), tx.MarkSeen(seen),
			tx.SaveContact(desk.Contact{ID: "ann", Name: "Secretname", Identities: []desk.Identity{{Kind: desk.ByEmail, Value: "secret@customer.test"}}}),
			tx.Append(event(c.ID, desk.Opened{Contact: "ann"}), event(c.ID, desk.SubjectChanged{From: "x", To: "secretsubject"})))
	})
	must(t, db.SaveDraft(t.Context(), desk.Draft{Agent: "bo", Conversation: c.ID, Doc: []byte(`{"text":"secretdraft"}`)}))
	must(t, db.MarkRead(t.Context(), "bo", c.ID, 1, day))
	must(t, db.SaveRemoteMail(t.Context(), m.ID, store.RemoteMail{Inbox: "mail", Mailbox: "INBOX", Validity: 1, UID: 7}))
	said := desk.Request{Agent: "bo", Route: "POST /x", Key: "k", Hash: "h", Made: "conversation:" + string(c.ID), At: day}
	update(t, db, func(tx desk.Tx) error { return tx.KeepRequest(said) })
	must(t, db.KeepAnswer(t.Context(), said, 200, `{"text":"secretwords"}`))
	stone := desk.Tombstone{ID: c.ID, Number: 1001, Inbox: "mail", By: "root", Reason: "asked", At: day}
	update(t, db, func(tx desk.Tx) error {
		if err := tx.EraseConversation(stone); err != nil {
			return err
		}
		if _, _, err := tx.Conversation(c.ID); !errors.Is(err, desk.ErrNotFound) {
			return fmt.Errorf("in the same unit: got %v, want not found", err)
		}
		hits, err := tx.Thread([]desk.ThreadKey{{Inbox: "mail", MessageID: "secret@x"}})
		if err != nil || len(hits) != 0 {
			return fmt.Errorf("thread in the same unit: got %v, %v", hits, err)
		}
		of, err := tx.ConversationsOf("ann", 10)
		if err != nil || len(of) != 0 {
			return fmt.Errorf("conversations in the same unit: got %v, %v", of, err)
		}
		return tx.Append(event(c.ID, desk.Erased{Number: 1001, Reason: "asked"}))
	})
	erasedEverywhere(t, db, c.ID, m.ID)
	if got, err := db.Answered(t.Context(), said); err != nil || got.Status != 0 || got.Body != "" {
		t.Errorf("what an agent was answered: got %+v, %v; want the mark alone", got, err)
	}
	if got := load(t, db, other.ID); got.ID != other.ID {
		t.Errorf("another conversation: got %v, want it untouched", got)
	}
	update(t, db, func(tx desk.Tx) error { return tx.EraseContact("ann") })
	if _, err := db.Contact(t.Context(), "ann"); !errors.Is(err, desk.ErrNotFound) {
		t.Errorf("contact: got %v, want not found", err)
	}
	update(t, db, func(tx desk.Tx) error {
		_, err := tx.ContactByIdentity(desk.Identity{Kind: desk.ByEmail, Value: "secret@customer.test"})
		if !errors.Is(err, desk.ErrNotFound) {
			return fmt.Errorf("identity: got %v, want not found", err)
		}
		return nil
	})
	for _, e := range all(t.Context(), t, db) {
		if s := fmt.Sprintf("%+v", e.Fact); strings.Contains(s, "ecret") {
			t.Errorf("the log still says %s", s)
		}
	}
	fresh := save(t, db, conversation())
	if fresh.Number != 1003 {
		t.Errorf("the next number: got %d, want 1003: a tombstone keeps its own", fresh.Number)
	}
}

// erasedEverywhere looks in every place that had something of the conversation.
func erasedEverywhere(t *testing.T, db *store.DB, id desk.ConversationID, mid desk.MessageID) {
	t.Helper()
	ctx := t.Context()
	if _, _, err := db.Conversation(ctx, id); !errors.Is(err, desk.ErrNotFound) {
		t.Errorf("conversation: got %v, want not found", err)
	}
	if _, err := db.Message(ctx, mid); !errors.Is(err, desk.ErrNotFound) {
		t.Errorf("message: got %v, want not found", err)
	}
	if _, err := db.RemoteMail(ctx, mid); !errors.Is(err, desk.ErrNotFound) {
		t.Errorf("where the whole mail lies: got %v, want not found", err)
	}
	if _, err := db.Draft(ctx, "bo", id); !errors.Is(err, desk.ErrNotFound) {
		t.Errorf("draft: got %v, want not found", err)
	}
	for _, text := range []string{"secretwords", "secretsubject"} {
		hits, err := db.Search(ctx, desk.SearchQuery{Scope: desk.Scope{All: true}, Text: text, Limit: 10})
		if err != nil || len(hits) != 0 {
			t.Errorf("search for %s: got %v, %v; want nothing", text, hits, err)
		}
	}
	if due, err := db.Due(ctx, day.Add(1000*time.Hour), 10); err != nil || len(due) != 0 {
		t.Errorf("clocks: got %v, %v; want none", due, err)
	}
	update(t, db, func(tx desk.Tx) error {
		s, ok, err := tx.Seen(desk.SeenKey{Scope: "mail", External: "secret@x"})
		if err != nil || !ok || s.Conversation != "" || s.Message != "" {
			return fmt.Errorf("the source's id: got %+v, %v, %v; want it known, without ids", s, ok, err)
		}
		return nil
	})
}

// A conversation that is written and erased by units of one batch is gone, whatever shared the commit.
func testEraseInBatch(t *testing.T, db *store.DB) {
	hold := make(chan struct{})
	first := make(chan error, 1)
	go func() { // holds the writer while the others queue up behind it
		first <- db.Update(context.WithoutCancel(t.Context()), desk.About{}, func(desk.Tx) error { <-hold; return nil })
	}()
	c := save2(db, conversation())
	results := []chan error{c.done}
	wait := func(fn func(desk.Tx) error) {
		done := make(chan error, 1)
		results = append(results, done)
		go func() { done <- db.Update(context.WithoutCancel(t.Context()), desk.About{}, fn) }()
	}
	wait(func(tx desk.Tx) error {
		err := tx.EraseConversation(desk.Tombstone{ID: c.conv.ID, Number: 1, Inbox: "mail", By: "root", Reason: "r", At: day})
		if errors.Is(err, desk.ErrNotFound) {
			return nil // this one was first
		}
		return err
	})
	close(hold)
	must(t, <-first)
	for _, r := range results {
		must(t, <-r)
	}
	_, _, err := db.Conversation(t.Context(), c.conv.ID)
	if err != nil && !errors.Is(err, desk.ErrNotFound) {
		t.Errorf("afterwards: got %v", err)
	}
}

type saving struct {
	conv desk.Conversation
	done chan error
}

func save2(db *store.DB, c desk.Conversation) saving {
	s := saving{c, make(chan error, 1)}
	go func() {
		m := message(&c, "x")
		s.done <- db.Update(context.Background(), desk.About{}, func(tx desk.Tx) error {
			return errors.Join(tx.SaveConversation(c, nil, ""), tx.AddMessage(m))
		})
	}()
	return s
}

// A request is marked once: who comes second with its key changes nothing.
func testRequests(t *testing.T, db *store.DB) {
	r := desk.Request{Agent: "ann", Route: "POST /contacts", Key: "k", Hash: "h", Made: "contact:1", At: day}
	update(t, db, func(tx desk.Tx) error { return tx.KeepRequest(r) })
	err := db.Update(t.Context(), desk.About{}, func(tx desk.Tx) error {
		return errors.Join(tx.SaveConversation(conversation(), nil, ""), tx.KeepRequest(r))
	})
	wantReason(t, err, "request_under_way")
	got, err := db.Answered(t.Context(), r)
	if err != nil || got.Status != 0 || got.Made != "contact:1" || got.Hash != "h" {
		t.Errorf("before its answer: got %+v, %v", got, err)
	}
	must(t, db.KeepAnswer(t.Context(), r, 200, `{"id":"1"}`))
	got, err = db.Answered(t.Context(), r)
	if err != nil || got.Status != 200 || got.Body != `{"id":"1"}` || got.Made != "contact:1" {
		t.Errorf("answered: got %+v, %v", got, err)
	}
	r.Agent = "bo"
	if _, err := db.Answered(t.Context(), r); !errors.Is(err, desk.ErrNotFound) {
		t.Errorf("another account's key: got %v, want not found", err)
	}
	if n, err := db.ForgetRequests(t.Context(), time.Now().Add(time.Hour)); err != nil || n != 1 {
		t.Errorf("forgotten: got %d, %v; want 1", n, err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
