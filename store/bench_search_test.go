package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"yingda/desk"
	"yingda/internal/bench"
	"yingda/store"
)

// figureSearch searches a record for a word of every mail, one of the oldest mail alone and one of none, beside a record a
// fortieth (with the long sizes a two-hundredth) of its size.
func figureSearch(b *testing.B, engine string) {
	small, big := 5_000, 200_000
	if bench.Full() {
		big = 1_000_000
	}
	took := map[int]map[string]time.Duration{}
	for _, n := range []int{small, big} {
		db, url := openBench(b, engine)
		fillWords(b, db, n)
		if engine == "postgres" {
			analyse(b, url)
		}
		took[n] = map[string]time.Duration{}
		for name, text := range map[string]string{"a word of every mail": "refund", "a word of the oldest": "zanzibar", "a word of none": "quagga"} {
			took[n][name] = searchTime(b, db, text)
		}
	}
	for name, d := range took[big] {
		bench.Row{
			Name: fmt.Sprintf("search for %s, %d mails, %s", name, big, engine), Unit: "ms", Ours: d.Seconds() * 1000,
			Floor: took[small][name].Seconds() * 1000, FloorIs: fmt.Sprintf("the same among %d", small), AtMost: 4,
		}.Report(b)
	}
}

// searchTime is the median of 31 first pages.
func searchTime(b *testing.B, db *store.DB, text string) time.Duration {
	b.Helper()
	var all []time.Duration
	for range 31 {
		began := time.Now()
		if _, err := db.Search(b.Context(), desk.SearchQuery{Scope: desk.Scope{All: true}, Text: text, Limit: 40}); err != nil {
			b.Fatal(err)
		}
		all = append(all, time.Since(began))
	}
	slices.Sort(all)
	return all[len(all)/2]
}

// fillWords stores n conversations of one mail each.
func fillWords(b *testing.B, db *store.DB, n int) {
	b.Helper()
	for from := 0; from < n; from += 1000 {
		err := db.Update(b.Context(), desk.About{}, func(tx desk.Tx) error {
			for i := from; i < min(n, from+1000); i++ {
				c := benchConversation(desk.ConversationID(fmt.Sprintf("0190-%08d", i)), i)
				c.Subject, c.Messages = fmt.Sprint("refund of order ", 100_000+i), 1
				body := benchText
				if i == 0 {
					body += " zanzibar"
				}
				m := desk.Message{
					ID: desk.MessageID(fmt.Sprintf("m-%08d", i)), Conversation: c.ID, Number: 1, Inbox: c.Inbox, Medium: c.Medium,
					Direction: desk.In, Subject: c.Subject, Body: desk.Body{Text: body}, At: c.LastAt, CreatedAt: c.LastAt,
				}
				if err := tx.SaveConversation(c, nil, ""); err != nil {
					return err
				}
				if err := tx.AddMessage(m); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}
