package router

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"yingda/desk"
)

// The place of each in line is what counting one by one says, whatever came, changed and went before.
func TestPlacesInLine(t *testing.T) {
	t.Parallel()
	m := newMirror(newHouse(desk.Queue{ID: "q"}), &Config{Again: time.Minute, Forget: 10 * time.Minute})
	rnd := rand.New(rand.NewPCG(4, 4))
	media := []desk.Medium{desk.Email, desk.Chat, desk.Voice}
	for i := range 3000 {
		c := fmt.Sprint("c", rnd.IntN(200))
		switch rnd.IntN(4) {
		case 0:
			m.drop(desk.ConversationID(c), dawn)
		case 1:
			if it := m.items[desk.ConversationID(c)]; it != nil && it.state == waiting {
				m.drift(it, dawn.Add(time.Hour))
			}
		default:
			w := work(c, "q", media[rnd.IntN(3)], 10, rnd.IntN(50))
			w.Ringing = w.Medium == desk.Voice && rnd.IntN(2) == 0
			m.enqueue(w, dawn)
		}
		for _, it := range m.items {
			want := 0
			for _, other := range m.items {
				if other.state == waiting && other != it && ahead(other, it) && (it.Medium == desk.Email || other.Medium != desk.Email) {
					want++
				}
			}
			if got := m.aheadOf(it); got != want {
				t.Fatalf("step %d: before %s: got %d, want %d", i, it.Conversation, got, want)
			}
			if rnd.IntN(4) > 0 {
				break // one or two of them each time
			}
		}
	}
}
