package sla

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"yingda/desk"
)

// stubborn are customers who wait: the first cannot be told, the second needs not be, and both stay on the list.
type stubborn struct {
	clocks []desk.Clock
	asked  []desk.ConversationID
	refuse desk.Code
}

func (s *stubborn) Unreassured(_ context.Context, _ string, _, _ time.Time, after desk.Keyset, limit int) ([]desk.Clock, error) {
	i := slices.IndexFunc(s.clocks, func(k desk.Clock) bool { return eveningPlace(k) == after.ID })
	rest := s.clocks[i+1:]
	return rest[:min(limit, len(rest))], nil
}

func (s *stubborn) Reassure(_ context.Context, k desk.Clock) (bool, error) {
	s.asked = append(s.asked, k.Conversation)
	if k.Conversation == "c000" {
		return false, desk.Refuse(s.refuse, "no")
	}
	return false, nil
}

// One customer who cannot be told holds up nobody, and who stays on the list is asked about once a look; when the record
// is down the look ends.
func TestEveningGoesOn(t *testing.T) {
	t.Parallel()
	b, err := NewBook([]Policy{{
		ID: "p", Name: "p", Targets: []Promise{{Target: desk.FirstResponse, Within: 86400}}, PromiseMail: "office",
	}}, []Calendar{office("Asia/Shanghai")})
	if err != nil {
		t.Fatal(err)
	}
	closed := at(t, "2026-09-21T18:05:00+08:00")
	for code, want := range map[desk.Code]int{desk.Internal: 2*eveningBatch + 1, desk.Unavailable: 1} {
		s := &stubborn{refuse: code}
		for i := range 2*eveningBatch + 1 {
			s.clocks = append(s.clocks, desk.Clock{Conversation: desk.ConversationID(fmt.Sprintf("c%03d", i)), Target: desk.FirstResponse})
		}
		NewEvening(s, s, NewPromises(b), func() time.Time { return closed }, slog.New(slog.DiscardHandler)).Look(t.Context())
		if len(s.asked) != want {
			t.Errorf("%s: asked %d times, want %d", code, len(s.asked), want)
		}
	}
}
