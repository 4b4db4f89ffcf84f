package channels

import (
	"fmt"
	"testing"
	"time"

	"yingda/desk"
)

// What the pacer remembers is bounded by what still waits: domains written to once and mails that were taken back while
// they waited for their turn are forgotten. A turn that is still to come is not.
func TestPacerForgets(t *testing.T) {
	t.Parallel()
	p, now := newPacer(), time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	mail := func(id, to string) desk.Outbound {
		return desk.Outbound{Message: desk.Message{ID: desk.MessageID(id), Inbox: "mail", To: []desk.Address{{Address: to}}}}
	}
	pace := Pace{PerDomain: 1}
	p.turn(mail("first", "a@slow.example"), pace, now)
	due, _ := p.turn(mail("waits", "b@slow.example"), pace, now)
	if !due.After(now) {
		t.Fatalf("the second mail of a minute: got %s, want later than %s", due, now)
	}
	for i := range 100 {
		p.turn(mail(fmt.Sprint(i), fmt.Sprintf("x@d%d.example", i)), pace, now)
	}
	if again, _ := p.turn(mail("waits", "b@slow.example"), pace, now.Add(time.Second)); !again.Equal(due) {
		t.Errorf("the turn that was given: got %s, want %s", again, due)
	}
	p.turn(mail("later", "c@new.example"), pace, now.Add(time.Hour))
	if len(p.next) != 1 || len(p.turns) != 0 {
		t.Errorf("an hour later: got %d domains and %d turns, want the new one's alone", len(p.next), len(p.turns))
	}
}
