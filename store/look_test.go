package store

import (
	"cmp"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"yingda/desk"
	"yingda/internal/testkit"
)

// What a search finds, and in which order, is the same wherever the line runs between what is read one by one and what the
// index of words is asked for.
func TestSearchWhereverTheLineRuns(t *testing.T) {
	t.Parallel()
	db, err := Open(t.Context(), Config{URL: testkit.Postgres(t), Readers: 2}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- db.Run(t.Context()) }()
	t.Cleanup(func() { <-ended })
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	const n = 12
	err = db.Update(t.Context(), desk.About{}, func(tx desk.Tx) error {
		for i := range n {
			at := at.Add(time.Duration(i) * time.Minute)
			c := desk.Conversation{
				ID: desk.ConversationID(fmt.Sprintf("c%02d", i)), Inbox: "mail", Medium: desk.Email, Subject: "refund 退款", Status: desk.Open,
				Priority: desk.Normal, Tier: desk.Ordinary, Messages: 1, LastAt: at, CreatedAt: at,
			}
			if err := tx.SaveConversation(c, nil, ""); err != nil {
				return err
			}
			m := desk.Message{
				ID: desk.MessageID(fmt.Sprintf("m%02d", i)), Conversation: c.ID, Number: 1, Inbox: "mail", Medium: desk.Email,
				Direction: desk.In, Body: desk.Body{Text: "my refund 退款"}, At: at, CreatedAt: at,
			}
			if err := tx.AddMessage(m); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var first []string
	for _, recent := range []int64{0, 1, 7, 1000} {
		db.recent = recent
		var found []string
		q := desk.SearchQuery{Scope: desk.Scope{All: true}, Text: "退款", Limit: 5}
		for {
			hits, err := db.Search(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			for _, h := range hits {
				found = append(found, string(h.Conversation.ID)+"/"+string(h.Message))
			}
			if len(hits) < q.Limit {
				break
			}
			last := hits[len(hits)-1]
			q.After.ID = cmp.Or(string(last.Message), string(last.Conversation.ID))
		}
		if first == nil {
			first = found
		}
		if !slices.Equal(found, first) {
			t.Errorf("line %d documents back: got %v, want %v", recent, found, first)
		}
	}
	if len(first) != 5+n || first[0] != "c11/" || first[5] != "c11/m11" {
		t.Errorf("got %v, want a page of conversations and then every message, the newest first", first)
	}
}
