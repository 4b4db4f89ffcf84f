package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"yingda/desk"
	"yingda/store"
)

// testSuppressions: an address is on the list once, with its first reason, until it is lifted.
func testSuppressions(t *testing.T, db *store.DB) {
	add := func(address, reason string, at time.Time) func(desk.Tx) error {
		return func(tx desk.Tx) error {
			return tx.Suppress(desk.Suppression{Address: address, Reason: reason, Message: "m", Conversation: "c", At: at})
		}
	}
	update(t, db, add("a@x.example", "first", day))
	update(t, db, add("a@x.example", "second", day.Add(time.Hour)))
	update(t, db, add("b@x.example", "b", day.Add(2*time.Hour)))
	about := desk.About{Recipients: []string{"a@x.example", "c@x.example"}}
	err := db.Update(t.Context(), about, func(tx desk.Tx) error {
		got, err := tx.Suppressed([]string{"c@x.example", "a@x.example"})
		if err != nil || len(got) != 1 || got[0].Reason != "first" || !got[0].At.Equal(day) {
			return fmt.Errorf("suppressed: got %+v, %v; want a with its first reason", got, err)
		}
		there, err := tx.Lift("a@x.example")
		if err != nil || !there {
			return fmt.Errorf("lift: got %v, %v", there, err)
		}
		if again, err := tx.Lift("a@x.example"); err != nil || again {
			return fmt.Errorf("lift again: got %v, %v", again, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	list, err := db.Suppressions(t.Context(), desk.Keyset{}, 10)
	if err != nil || len(list) != 1 || list[0].Address != "b@x.example" {
		t.Errorf("list: got %+v, %v; want b", list, err)
	}
	if list, err = db.Suppressions(t.Context(), desk.Keyset{At: list[0].At, ID: list[0].Address}, 10); err != nil || len(list) != 0 {
		t.Errorf("after the last: got %+v, %v", list, err)
	}
}

// testGreetings: automatic mails are counted by address, those of the unit itself too.
func testGreetings(t *testing.T, db *store.DB) {
	update(t, db, func(tx desk.Tx) error {
		return errors.Join(tx.Greet("a@x.example", day), tx.Greet("a@x.example", day.Add(time.Minute)), tx.Greet("b@x.example", day))
	})
	update(t, db, func(tx desk.Tx) error {
		if err := tx.Greet("a@x.example", day.Add(2*time.Minute)); err != nil {
			return err
		}
		for since, want := range map[time.Time]int{day: 3, day.Add(time.Second): 2, day.Add(time.Hour): 0} {
			if n, err := tx.Greeted("a@x.example", since); err != nil || n != want {
				return fmt.Errorf("since %s: got %d, %v; want %d", since, n, err, want)
			}
		}
		return nil
	})
}

// testRanks: answers to people who wrote are claimed before mails to strangers, and those before automatic ones; what
// waits for a quota can be found, and an unused claim counts for nothing (UP-N7).
func testRanks(t *testing.T, db *store.DB) {
	c, cold := conversation(), conversation()
	var auto, answer, first desk.Message
	update(t, db, func(tx desk.Tx) error {
		in := message(&c, "frage")
		auto, answer, first = message(&c, "a"), message(&c, "b"), message(&cold, "c")
		auto.Auto = desk.Greeting
		answer.InReplyTo = in.ID
		if err := tx.AddMessage(in); err != nil {
			return err
		}
		for _, m := range []*desk.Message{&auto, &first, &answer} {
			m.Direction, m.Delivery = desk.Out, desk.DeliveryQueued
			if err := tx.AddMessage(*m); err != nil {
				return err
			}
		}
		return errors.Join(tx.SaveConversation(c, nil, ""), tx.SaveConversation(cold, nil, ""))
	})
	waiting, err := db.Backlog(t.Context(), "n", desk.Backlog{Inbox: "mail", Rank: desk.RankFirst, Before: day.AddDate(20, 0, 0)}, 10)
	if err != nil || len(waiting) != 2 || !slices.Contains(waiting, first.ID) || !slices.Contains(waiting, auto.ID) {
		t.Errorf("backlog from the second rank: got %v, %v; want %s and %s", waiting, err, first.ID, auto.ID)
	}
	// Whoever is being told why they wait is sent by nobody else meanwhile.
	got, err := db.Claim(t.Context(), "n", 3)
	if err != nil || len(got) != 1 || got[0].Message.ID != answer.ID || got[0].Rank != desk.RankAnswer || got[0].Answers == nil {
		t.Fatalf("first claim: got %+v, %v; want the answer, with what it answers", got, err)
	}
	if err := db.Untried(t.Context(), answer.ID); err != nil {
		t.Fatal(err)
	}
	update(t, db, func(tx desk.Tx) error {
		for _, id := range []desk.MessageID{answer.ID, first.ID, auto.ID} {
			m, err := tx.Message(id)
			if err := errors.Join(err, tx.SaveMessage(m)); err != nil {
				return err
			}
		}
		return nil
	})
	got, err = db.Claim(t.Context(), "n", 3)
	if err != nil || len(got) != 3 {
		t.Fatalf("claim: got %d, %v; want 3", len(got), err)
	}
	for i, want := range []struct {
		id   desk.MessageID
		rank desk.Rank
	}{{answer.ID, desk.RankAnswer}, {first.ID, desk.RankFirst}, {auto.ID, desk.RankAuto}} {
		if got[i].Message.ID != want.id || got[i].Rank != want.rank || got[i].Attempt != 1 {
			t.Errorf("claim %d: got %s rank %d attempt %d, want %s rank %d attempt 1", i, got[i].Message.ID, got[i].Rank, got[i].Attempt, want.id, want.rank)
		}
	}
}

// testRankRises: a mail to a stranger that waits becomes an answer once they wrote, the next time it is put back (UP-N7).
func testRankRises(t *testing.T, db *store.DB) {
	c := conversation()
	var first desk.Message
	update(t, db, func(tx desk.Tx) error {
		first = message(&c, "guten tag")
		first.Direction, first.Delivery = desk.Out, desk.DeliveryQueued
		return errors.Join(tx.AddMessage(first), tx.SaveConversation(c, nil, ""))
	})
	ranks := func(want desk.Rank) {
		t.Helper()
		got, err := db.Claim(t.Context(), "n", 1)
		if err != nil || len(got) != 1 || got[0].Rank != want {
			t.Fatalf("claim: got %+v, %v; want rank %d", got, err, want)
		}
	}
	ranks(desk.RankFirst)
	update(t, db, func(tx desk.Tx) error {
		m, err := tx.Message(first.ID)
		return errors.Join(err, tx.AddMessage(message(&c, "wer da?")), tx.SaveMessage(m))
	})
	ranks(desk.RankAnswer)
}

// testAwaited: a place for a mail that never came is given up after a while; a mail's own id never is.
func testAwaited(t *testing.T, db *store.DB) {
	c := conversation()
	m := message(&c, "answer")
	m.RFCMessageID = "answer@x.example"
	own, place := desk.ThreadKey{Inbox: m.Inbox, MessageID: m.RFCMessageID}, desk.ThreadKey{Inbox: m.Inbox, MessageID: "?question"}
	update(t, db, func(tx desk.Tx) error {
		return errors.Join(tx.AddMessage(m), tx.Await([]desk.ThreadKey{own, place}, c.ID, m.ID), tx.SaveConversation(c, nil, ""))
	})
	known := func(want ...desk.ThreadKey) {
		t.Helper()
		update(t, db, func(tx desk.Tx) error {
			hits, err := tx.Thread([]desk.ThreadKey{own, place})
			if err != nil || len(hits) != len(want) {
				return fmt.Errorf("known: got %v, %v; want %v", hits, err, want)
			}
			return nil
		})
	}
	if n, err := db.ForgetAwaited(t.Context(), time.Now().Add(-time.Hour)); n != 0 || err != nil {
		t.Errorf("a young place: forgot %d, %v; want 0", n, err)
	}
	known(own, place)
	if n, err := db.ForgetAwaited(t.Context(), time.Now().Add(time.Hour)); n != 1 || err != nil {
		t.Errorf("an old place: forgot %d, %v; want 1", n, err)
	}
	known(own)
}
