package desk_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"yingda/desk"
)

// post is one mail of a random thread.
type post struct {
	thread, from int // whose: mails of two threads never meet
	id           string
	refs         []string
}

// threadsAtRandom makes threads of a few people each, answered here and there, some mails without a Message-ID, some
// programs that name only what they answer when that is the first mail.
func threadsAtRandom(rnd *rand.Rand, n int) []post {
	var all []post
	for t := range n {
		var thread []post
		for i := range 1 + rnd.IntN(6) {
			p := post{thread: t, from: rnd.IntN(3), id: fmt.Sprintf("%d.%d@people.example", t, i)}
			if i > 0 {
				parent := thread[rnd.IntN(len(thread))]
				for parent.id == "" {
					parent = thread[0]
				}
				p.refs = append(slices.Clone(parent.refs), parent.id)
			}
			if i > 0 && rnd.IntN(6) == 0 {
				p.id = "" // a program that leaves it to others
			}
			thread = append(thread, p)
		}
		all = append(all, thread...)
	}
	return all
}

// UP-E5, UP-E6, DESIGN 2.5: whatever the order of arrival, the same mails meet, and strangers never do, though all
// subjects are the same.
func TestThreadsInAnyOrder(t *testing.T) {
	t.Parallel()
	for seed := range uint64(12) {
		rnd := rand.New(rand.NewPCG(seed, 7))
		posts := threadsAtRandom(rnd, 8)
		w := newWorld(t)
		for round := range 3 {
			order := rnd.Perm(len(posts))
			got := map[int]desk.ConversationID{} // by thread
			owner := map[desk.ConversationID]int{}
			for _, i := range order {
				p := posts[i]
				person := func(n int) desk.Address {
					return desk.Address{Address: fmt.Sprintf("p%d.%d.%d@people.example", round, p.thread, n)}
				}
				rename := func(id string) string {
					if id == "" {
						return ""
					}
					return fmt.Sprintf("%d.%s", round, id)
				}
				r := w.mail(person(p.from).Address, "order", func(in *desk.Inbound) {
					in.Message.From, in.Message.RFCMessageID = person(p.from), rename(p.id)
					in.Message.Cc = []desk.Address{person(0), person(1), person(2)}
					in.Thread = nil
					for k := len(p.refs) - 1; k >= 0; k-- {
						in.Thread = append(in.Thread, rename(p.refs[k]))
					}
				})
				if other, ok := owner[r.Conversation]; ok && other != p.thread {
					t.Fatalf("seed %d: threads %d and %d met in %s", seed, other, p.thread, r.Conversation)
				}
				owner[r.Conversation] = p.thread
				if was, ok := got[p.thread]; ok && was != r.Conversation {
					t.Fatalf("seed %d round %d: thread %d stands in %s and %s; order %v", seed, round, p.thread, was, r.Conversation, order)
				}
				got[p.thread] = r.Conversation
			}
		}
	}
}

// A place that is kept lets nobody in whom the conversation does not know, and a Message-ID that is used twice leads
// nobody astray.
func TestAPlaceIsKeptForItsOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	answer := w.mail("li@customer.example", "Re: order", func(in *desk.Inbound) { in.Thread = []string{"first@customer.example"} })
	stranger := w.mail("eve@elsewhere.example", "order", func(in *desk.Inbound) { in.Message.RFCMessageID = "first@customer.example" })
	if stranger.Conversation == answer.Conversation {
		t.Fatal("a stranger took the place that was kept")
	}
	other := w.mail("wu@elsewhere.example", "Re: newsletter", func(in *desk.Inbound) { in.Thread = []string{"news@shop.example"} })
	same := w.mail("ma@elsewhere.example", "Re: newsletter", func(in *desk.Inbound) { in.Thread = []string{"news@shop.example"} })
	if other.Conversation == same.Conversation {
		t.Fatal("two people who answer the same mail met")
	}
	reuse := func(in *desk.Inbound) { in.Message.RFCMessageID, in.External = "always@broken.example", "" }
	one := w.mail("broken@customer.example", "one", reuse, func(in *desk.Inbound) { in.External = "1" })
	two := w.mail("broken@customer.example", "two", reuse, func(in *desk.Inbound) { in.External = "2" })
	if one.Conversation == two.Conversation {
		t.Fatal("two mails under one Message-ID met")
	}
}
