package webui

import (
	"net/http"
	"strconv"
	"testing"

	"yingda/desk"
	"yingda/sla"
)

// The history of a conversation's promises: started by the mail, met by nothing but a reply that was sent.
func TestClockHistory(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.promises.Use(sla.Defaults())
	own := s.mail("help", "x@customer.test", "where is it")
	ann := s.signsIn("ann")
	path := "/conversations/" + string(own.Conversation)
	want[Message](ann, http.MethodPost, path+"/notes", `{"text":"a note meets nothing"}`)
	h := get[ClockHistory](ann, path+"/clocks")
	if !h.Agrees || !h.Complete || len(h.Clocks) != 2 || len(h.Turns) != 2 {
		t.Fatalf("got %+v, want two clocks that agree with the record, each started", h)
	}
	for _, turn := range h.Turns {
		if turn.What != "started" || turn.Cause != "message_received" || turn.Params["message"] != string(own.Message) || turn.Seq == 0 ||
			turn.Clock.DueAt.Sub(turn.Clock.StartedAt.Time).Hours() != 24 || turn.Left != 24*3600 {
			t.Errorf("got %+v, want started by the mail, due in 24 h", turn)
		}
	}
	ann.do(http.MethodPatch, path, `{"version":`+strconv.FormatInt(get[Conversation](ann, path).Version, 10)+`,"status":"resolved"}`)
	h = get[ClockHistory](ann, path+"/clocks")
	last := h.Turns[len(h.Turns)-1]
	if !h.Agrees || last.What != "cancelled" || last.By.ID != "ann" || last.Params["to"] != string(desk.Resolved) {
		t.Errorf("after resolving without an answer: got %+v, want cancelled by ann", last)
	}
}
