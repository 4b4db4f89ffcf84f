package voice

import (
	"context"
	"testing"
	"time"

	"yingda/desk"
)

// after is a call that rings, and what else is heard of it, one fact after the other.
func after(facts ...desk.Fact) *rings {
	r := &rings{}
	for i, f := range append([]desk.Fact{desk.CallRinging{Call: desk.Call{ID: "c1"}}}, facts...) {
		r.hear("v1", desk.Event{Seq: int64(i + 1), Fact: f})
	}
	return r
}

// atOnce is what an answer says that cannot wait.
func (r *rings) atOnce(webhook string) turn {
	ctx, stop := context.WithCancel(context.Background())
	stop()
	return r.await(ctx, "v1", "c1", webhook)
}

// The words of a step are given to one webhook, and again when that is delivered twice; then answers wait for an offer as
// before. The next step's words are new.
func TestWordsAreSaidOnce(t *testing.T) {
	t.Parallel()
	message := func(words string) desk.Fact { return desk.PolicyActed{Step: 1, Do: desk.DoMessage, Text: words} }
	r := after(message("one"))
	for _, c := range []struct{ webhook, say string }{{"a", "one"}, {"b", ""}, {"a", "one"}, {"c", ""}} {
		if got := r.atOnce(c.webhook); got.say != c.say || (got.do == desk.DoMessage) != (c.say != "") {
			t.Errorf("%s: got %q %q, want %q", c.webhook, got.do, got.say, c.say)
		}
	}
	r.hear("v1", desk.Event{Seq: 2, Fact: message("one")})
	if got := r.atOnce("d"); got.say != "" {
		t.Errorf("the fact came twice: got %q, want nothing", got.say)
	}
	r.hear("v1", desk.Event{Seq: 3, Fact: message("two")})
	if got := r.atOnce("d"); got.say != "two" {
		t.Errorf("the next step: got %q, want its words", got.say)
	}
	got := make(chan turn)
	go func() { got <- r.await(t.Context(), "v1", "c1", "e") }()
	r.hear("v1", desk.Event{Seq: 4, Fact: desk.Offered{Offer: "o1", Agent: "ann"}})
	if turn := <-got; turn.agent != "ann" || turn.do != "" {
		t.Errorf("an answer after the words: got %+v, want it to wait for ann", turn)
	}
}

// An offer that ends late says nothing of the one that rings now.
func TestOnlyItsOwnEndEndsARing(t *testing.T) {
	t.Parallel()
	first, second := desk.Offered{Offer: "o1", Agent: "ann"}, desk.Offered{Offer: "o2", Agent: "bob"}
	for name, c := range map[string]struct {
		facts []desk.Fact
		want  desk.AgentID
	}{
		"withdrawn":                   {[]desk.Fact{first, desk.OfferWithdrawn{Offer: "o1", Agent: "ann"}}, ""},
		"an old one withdrawn":        {[]desk.Fact{first, second, desk.OfferWithdrawn{Offer: "o1", Agent: "ann"}}, "bob"},
		"an old one declined":         {[]desk.Fact{first, second, desk.OfferDeclined{Offer: "o1", Agent: "ann"}}, "bob"},
		"an old one expired":          {[]desk.Fact{first, second, desk.OfferExpired{Offer: "o1", Agent: "ann"}}, "bob"},
		"the same agent again":        {[]desk.Fact{first, desk.Offered{Offer: "o2", Agent: "ann"}, desk.OfferExpired{Offer: "o1", Agent: "ann"}}, "ann"},
		"taken":                       {[]desk.Fact{first, desk.OfferAccepted{Offer: "o1", Agent: "ann"}, desk.Assigned{Agent: "ann", Offer: "o1"}}, "ann"},
		"given while it rang another": {[]desk.Fact{first, desk.Assigned{Agent: "bob"}, desk.OfferWithdrawn{Offer: "o1", Agent: "ann"}}, "bob"},
		"released":                    {[]desk.Fact{first, desk.Assigned{Agent: "ann", Offer: "o1"}, desk.Released{Agent: "ann"}}, ""},
		"released by another":         {[]desk.Fact{desk.Assigned{Agent: "ann"}, second, desk.Released{Agent: "ann"}}, "bob"},
	} {
		if got := after(c.facts...).atOnce("w"); got.agent != c.want {
			t.Errorf("%s: got %q, want %q", name, got.agent, c.want)
		}
	}
}

// A late or repeated ringing of a call that was answered or is over rings nobody, on a node that heard of it and on one
// that did not; an answer to it does not wait.
func TestALateRingingRingsNobody(t *testing.T) {
	t.Parallel()
	l := newLine(t, "")
	l.follows(func(e desk.Event) desk.Fact {
		if e.Fact.Kind() == "queued" {
			return desk.Offered{Offer: "o1", Agent: "ann"}
		}
		return nil
	})
	first := l.told(ringing("c1"))
	if first.Ring == nil {
		t.Fatalf("got %+v, want it to ring ann", first)
	}
	other := New(l.voice.Deps)
	if got := other.turn(t.Context(), first.Conversation, "c1", "w"); got.agent != "ann" {
		t.Errorf("another node: got %+v, want ann", got)
	}
	for i, kind := range []string{"answered", "ended"} {
		l.told(as(kind, string(rune('2'+i)), `,"extension":"801"`))
		for _, id := range []string{"1", "late" + kind} {
			if got := l.told(as("ringing", id, "")); got.Ring != nil || got.Do != "" {
				t.Errorf("%s, then ringing %s: got %+v, want nobody rung", kind, id, got)
			}
		}
		other := New(l.voice.Deps)
		if got := other.turn(t.Context(), first.Conversation, "c1", "w"); got != (turn{}) || len(other.rings.now) != 0 {
			t.Errorf("%s, another node: got %+v, %d kept, want nothing", kind, got, len(other.rings.now))
		}
	}
}

// What a full queue did, and a step's words, are told by a node that was started since.
func TestAFullQueueIsToldAfterARestart(t *testing.T) {
	t.Parallel()
	l := newLine(t, "")
	l.full = desk.DoVoicemail
	if got := l.told(ringing("c1")); got.Do != desk.DoVoicemail || got.Say != "请留言" {
		t.Fatalf("got %+v, want to take a message", got)
	}
	l.voice.rings = rings{}
	if got := l.toldAt(ringing("c1"), noon.Add(time.Second)); got.Do != desk.DoVoicemail || got.Say != "请留言" {
		t.Errorf("after a restart: got %+v, want to take a message", got)
	}
}
