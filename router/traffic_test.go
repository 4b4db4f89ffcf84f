package router

import (
	"testing"
	"time"

	"yingda/desk"
)

// A day in the log: who came and waited, how long they were held, who left, who was there; mail never leaves.
func TestRecording(t *testing.T) {
	t.Parallel()
	from := time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
	h := newHouse(desk.Queue{ID: "q"})
	h.inboxes = map[desk.InboxID]desk.Inbox{"in": {ID: "in", Queue: "q"}}
	for _, a := range []desk.AgentID{"ann", "bo", "cai"} {
		h.agents[a] = desk.Agent{ID: a, Queues: []desk.QueueID{"q"}}
	}
	r := NewRecording(h, from, from.AddDate(0, 0, 1))
	r.Stood("ann", desk.Available)
	at := func(minute int) time.Time { return from.Add(time.Duration(minute) * time.Minute) }
	tell := func(minute int, id string, f desk.Fact) {
		kind := desk.AboutConversation
		if _, ok := f.(desk.PresenceChanged); ok {
			kind = desk.AboutAgent
		}
		r.Take(desk.Event{Subject: desk.Subject{Kind: kind, ID: id}, Actor: desk.System(), At: at(minute), Fact: f})
	}
	move := func(s desk.PresenceState) desk.Fact { return desk.PresenceChanged{To: desk.Presence{State: s}} }
	opened := func(m desk.Medium) desk.Fact { return desk.Opened{Inbox: "in", Medium: m} }
	queued := func(minute int) desk.Fact {
		return desk.Queued{Work: desk.Work{Since: at(minute), DueAt: at(minute + 30), Prefer: []desk.Preference{{Agent: "bo", Until: at(minute + 2)}}}}
	}
	tell(-5, "early", opened(desk.Chat)) // the day before
	tell(60, "bo", move(desk.Available))
	tell(90, "bo", move(desk.WrapUp)) // works on
	tell(120, "bo", move(desk.Away))
	for i, id := range []string{"served", "left", "mail", "picked up"} {
		tell(100+i, id, opened([]desk.Medium{desk.Chat, desk.Chat, desk.Email, desk.Voice}[i]))
		if id != "picked up" { // whoever took that call had it before it waited
			tell(100+i, id, queued(100+i))
		}
	}
	tell(100, "served", desk.MessageReceived{Message: "m1", Number: 1})
	tell(104, "served", desk.Assigned{Agent: "ann"})
	tell(110, "served", desk.Released{Agent: "ann"})
	tell(112, "served", desk.Assigned{Agent: "bo"})
	tell(115, "served", desk.Released{Agent: "bo"})
	tell(109, "left", desk.Unqueued{})
	tell(110, "mail", desk.Unqueued{})
	tell(24*60+30, "cai", move(desk.Available)) // the day after
	if got := r.Came(); len(got) != 3 || r.FirstMessage("served") != "m1" {
		t.Fatalf("came: got %v, first message %q, want three and m1", got, r.FirstMessage("served"))
	}
	for _, id := range r.Came() {
		r.Know(desk.Conversation{ID: id, Medium: map[desk.ConversationID]desk.Medium{"mail": desk.Email}[id], Assignee: "ann", Owner: "bo"}, "words")
	}
	day := r.Traffic(from.AddDate(0, 0, 1))
	if len(day.Comers) != 3 || len(day.People) != 2 || day.Cut || day.Length != 24*time.Hour {
		t.Fatalf("got %+v, want three who came and two who were there", day)
	}
	served, left, mail := day.Comers[0], day.Comers[1], day.Comers[2]
	if served.Handling != 9*time.Minute || served.Waited != 4*time.Minute || served.Budget != 30*time.Minute || served.GaveUp != 0 ||
		served.Conversation.Assignee != "" || served.Conversation.Queue != "q" || served.Contact.Owner != "bo" || served.Words != "words" ||
		!served.Prefer[0].Until.Equal(time.Time{}.Add(2*time.Minute)) {
		t.Errorf("who was served: got %+v", served)
	}
	if left.GaveUp != 8*time.Minute || left.Handling != 0 || mail.GaveUp != 0 || mail.Waited != 8*time.Minute {
		t.Errorf("who left: got %v and %v, mail %v and %v", left.GaveUp, left.Handling, mail.GaveUp, mail.Waited)
	}
	ann, bo := day.People[0], day.People[1]
	if ann.Seat.Agent == "bo" {
		ann, bo = bo, ann
	}
	if len(ann.There) != 1 || ann.There[0] != [2]time.Time{from, from.AddDate(0, 0, 1)} || len(bo.There) != 1 || bo.There[0] != [2]time.Time{at(60), at(120)} {
		t.Errorf("there: got %v and %v, want ann all day and bo for an hour", ann.There, bo.There)
	}
}

// A day that was not read to its end says so, and its people leave where it ends; so does the forecast made of it.
func TestRecordingCut(t *testing.T) {
	t.Parallel()
	from := time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
	h := newHouse(desk.Queue{ID: "q"})
	h.agents["ann"] = desk.Agent{ID: "ann"}
	r := NewRecording(h, from, from.AddDate(0, 0, 1))
	r.Stood("ann", desk.Available)
	day := r.Traffic(from.Add(time.Hour))
	if !day.Cut || day.Length != time.Hour || len(day.People) != 1 || day.People[0].There[0][1] != from.Add(time.Hour) {
		t.Errorf("got %+v, want an hour, cut", day)
	}
	whole := recordedDay()
	whole.Cut = true
	if got, err := Compare(t.Context(), "help", whole, nil, ForecastAsk{}); err != nil || !got.Cut {
		t.Errorf("its forecast: got cut %t, %v, want true", got.Cut, err)
	}
}
