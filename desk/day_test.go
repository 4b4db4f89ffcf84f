package desk

import (
	"reflect"
	"testing"
	"time"
)

// An answer that keeps two promises is one, and late when either was.
func TestDay(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	met := func(id string, target Target, late bool) Event {
		k := Clock{Target: target}
		if late {
			k.BreachedAt = at
		}
		return Event{Subject: Subject{AboutConversation, id}, At: at, Fact: ClockMet{Clock: k}}
	}
	var d Day
	for _, e := range []Event{
		met("a", FirstResponse, false), met("a", NextResponse, true), met("a", Answer, true), met("b", NextResponse, false), met("b", Resolution, true),
		{Fact: Offered{}},
		{Fact: Offered{}},
		{Fact: OfferExpired{}},
		{Fact: OfferDeclined{}},
		{Fact: QueueChanged{}},
		{Fact: Looked{}},
		{Fact: NoteAdded{}},
	} {
		d.Add(e)
	}
	d.answers = nil
	want := Day{Answers: 2, Late: 1, Offers: 2, Missed: 1, Declined: 1, Transfers: 1, Looks: 1}
	if !reflect.DeepEqual(d, want) {
		t.Errorf("got %+v, want %+v", d, want)
	}
}
