package desk_test

import (
	"testing"
	"time"

	"yingda/desk"
)

// A promise that was let go decides no rank and no due moment, and a call that rings still goes before everything else.
func TestWaivedPromisesDecideNoRank(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	c := desk.Conversation{Medium: desk.Voice, QueuedAt: at}
	clocks := []desk.Clock{
		{Target: desk.Answer, N: 1, Budget: 20 * time.Second, StartedAt: at, DueAt: at.Add(20 * time.Second), Waiver: desk.Waiver{State: desk.WaiverHolds}},
		{Target: desk.Callback, N: 1, Budget: time.Hour, StartedAt: at, DueAt: at.Add(time.Hour)},
	}
	w := desk.WorkOf(c, clocks, desk.Queue{})
	if !w.DueAt.Equal(at.Add(time.Hour)) || !w.Ringing {
		t.Errorf("got due %v, ringing %t; want the callback's, ringing", w.DueAt, w.Ringing)
	}
	clocks[0].Waiver.State = desk.WaiverRefused
	if w = desk.WorkOf(c, clocks, desk.Queue{}); !w.DueAt.Equal(at.Add(20 * time.Second)) {
		t.Errorf("refused: got due %v, want the answer's", w.DueAt)
	}
}
