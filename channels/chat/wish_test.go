package chat_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yingda/desk"
)

// wishes asks for something and returns the status and the reason of a refusal.
func (s *shop) wishes(token string, doc map[string]any) answer {
	s.t.Helper()
	raw, err := json.Marshal(doc)
	s.must(err)
	return s.ask(http.MethodPost, s.base+"/widget/v1/"+widgetKey+"/wish", bytes.NewReader(raw), "Authorization", "Bearer "+token)
}

// facts are those of a kind, oldest first.
func facts[F desk.Fact](s *shop) (out []F) {
	s.t.Helper()
	all, err := s.db.EventsAfter(s.t.Context(), 0, 1000)
	s.must(err)
	for _, e := range all {
		if f, ok := e.Fact.(F); ok {
			out = append(out, f)
		}
	}
	return out
}

// A resolved chat can be rated; one that is under way cannot.
func TestAVisitorRates(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	me := s.session(map[string]any{})
	if got := s.wishes(me.Token, map[string]any{"kind": "rate", "client_id": "r", "stars": 5}); got.status != http.StatusNotFound {
		t.Errorf("before a word: got %d %s, want 404", got.status, got.body)
	}
	tab := s.opens(s.base, me.Token, "", 0)
	tab.hears("welcome")
	tab.sends("1", "hello")
	conv := tab.hears("ack").Conversation
	s.takes(conv)
	s.answers(conv, "done")
	if got := s.wishes(me.Token, map[string]any{"kind": "rate", "client_id": "r", "stars": 5}); got.reason() != "not_resolved" {
		t.Errorf("under way: got %s, want not_resolved", got.body)
	}
	s.resolves(conv)
	for _, c := range []struct {
		doc    map[string]any
		reason string
	}{
		{map[string]any{"kind": "rate", "client_id": "r", "stars": 6}, "stars_unknown"},
		{map[string]any{"kind": "rate", "client_id": "", "stars": 5}, "client_id_invalid"},
		{map[string]any{"kind": "praise", "client_id": "r"}, "wish_unknown"},
		{map[string]any{"kind": "rate", "client_id": "r", "stars": 4, "text": "很快"}, ""},
	} {
		if got := s.wishes(me.Token, c.doc); got.reason() != c.reason {
			t.Errorf("%v: got %d %s, want %q", c.doc, got.status, got.body, c.reason)
		}
	}
	if diff := cmp.Diff([]desk.Rated{{Stars: 4, Words: "很快", Agent: ann}}, facts[desk.Rated](s)); diff != "" {
		t.Errorf("ratings (-want +got):\n%s", diff)
	}
	if got := s.wishes("forged", map[string]any{"kind": "rate", "client_id": "r", "stars": 1}); got.reason() != "token_invalid" {
		t.Errorf("a forged token: got %s, want token_invalid", got.body)
	}
}

// UP-W5: who waits may leave an address: their words become one mail, the chat ends, and the mail names it.
func TestAWaitingVisitorAsksForAMail(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	me := s.session(map[string]any{})
	tab := s.opens(s.base, me.Token, "", 0)
	tab.hears("welcome")
	tab.sends("1", "退款三天了")
	conv := tab.hears("ack").Conversation
	tab.sends("2", "还没到账")
	tab.hears("ack")
	if got := s.wishes(me.Token, map[string]any{"kind": "mail", "client_id": "m", "email": "no address"}); got.reason() != "email_invalid" {
		t.Errorf("no address: got %s, want email_invalid", got.body)
	}
	for range 2 { // sent twice it is one
		if got := s.wishes(me.Token, map[string]any{"kind": "mail", "client_id": "m", "email": "sun@customer.test"}); got.status != http.StatusOK {
			t.Fatalf("got %d %s, want 200", got.status, got.body)
		}
	}
	if f := tab.hears("status"); f.Status != "resolved" {
		t.Errorf("the chat: got %s, want resolved", f.Status)
	}
	moved := facts[desk.ContinuedIn](s)
	if len(moved) != 1 {
		t.Fatalf("continued: got %v, want once", moved)
	}
	c, _, err := s.db.Conversation(t.Context(), moved[0].Conversation)
	s.must(err)
	page, err := s.db.Messages(t.Context(), c.ID, desk.MessagePage{Limit: 10})
	s.must(err)
	if c.Medium != desk.Email || string(c.Previous) != conv || len(page) != 1 || page[0].Body.Text != "退款三天了\n\n还没到账" || !page[0].Unverified || page[0].From.Address != "sun@customer.test" {
		t.Errorf("the mail: got %+v with %+v, want the words of the chat, from the address, unverified", c, page)
	}
	// A typing mistake put right is no repeat: else the answer would go to the wrong address, and the page say otherwise.
	if got := s.wishes(me.Token, map[string]any{"kind": "mail", "client_id": "m", "email": "sun@customer.example"}); got.status != http.StatusOK {
		t.Fatalf("another address: got %d %s, want 200", got.status, got.body)
	}
	if moved := facts[desk.ContinuedIn](s); len(moved) != 2 {
		t.Errorf("another address: got %d mails, want a second one", len(moved))
	}
}

// A number left while waiting becomes a callback with its own promise.
func TestAWaitingVisitorAsksForACall(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	me := s.session(map[string]any{})
	tab := s.opens(s.base, me.Token, "", 0)
	tab.hears("welcome")
	tab.sends("1", "hello")
	conv := tab.hears("ack").Conversation
	for _, bad := range []string{"", "12", "call me", "138<script>00138000"} {
		if got := s.wishes(me.Token, map[string]any{"kind": "call", "client_id": "c", "number": bad}); got.reason() != "number_invalid" {
			t.Errorf("%q: got %s, want number_invalid", bad, got.body)
		}
	}
	for range 2 {
		if got := s.wishes(me.Token, map[string]any{"kind": "call", "client_id": "c", "number": "13800138000"}); got.status != http.StatusOK {
			t.Fatalf("got %d %s, want 200", got.status, got.body)
		}
	}
	moved := facts[desk.ContinuedIn](s)
	if len(moved) != 1 {
		t.Fatalf("continued: got %v, want once", moved)
	}
	c, clocks, err := s.db.Conversation(t.Context(), moved[0].Conversation)
	s.must(err)
	if c.Medium != desk.Voice || c.Status != desk.Open || string(c.Previous) != conv || !c.Waiting() {
		t.Errorf("the callback: got %+v, want it waiting, after the chat", c)
	}
	running := map[desk.Target]bool{}
	for _, k := range clocks {
		running[k.Target] = k.Running()
	}
	if running[desk.Answer] {
		t.Errorf("clocks: got %v, want no answer clock: nothing rings", running)
	}
}

// UP-W3: a stranger who signs in midway takes the open chat along; their old tabs and the next stranger in this browser
// do not have it any more.
func TestAStrangerSignsInMidway(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	stranger := s.session(map[string]any{})
	tab := s.opens(s.base, stranger.Token, "", 0)
	tab.hears("welcome")
	tab.sends("1", "where is my parcel")
	conv := tab.hears("ack").Conversation
	known := s.session(map[string]any{"token": stranger.Token, "identity": proof("8841", time.Hour)})
	if known.Identity != "verified" {
		t.Fatalf("session: got %+v, want verified", known)
	}
	mine := s.opens(s.base, known.Token, "", 0)
	if w := mine.hears("welcome"); w.Conversation != conv {
		t.Errorf("signed in: got conversation %q, want %s", w.Conversation, conv)
	}
	if got := mine.until(1); got[0] != "where is my parcel" {
		t.Errorf("thread: got %v, want what was said before", got)
	}
	if code := tab.closes(); code != 4008 {
		t.Errorf("the stranger's tab: closed with %d, want 4008", code)
	}
	again := s.opens(s.base, stranger.Token, "", 0)
	if w := again.hears("welcome"); w.Conversation != "" {
		t.Errorf("the stranger again: got conversation %q, want none", w.Conversation)
	}
	c, _, err := s.db.Conversation(t.Context(), desk.ConversationID(conv))
	s.must(err)
	who, err := s.db.Contact(t.Context(), c.Contact)
	s.must(err)
	if !who.Has(desk.Identity{Kind: desk.ByExternal, Value: "8841"}) || c.ContactName != "孙倩" {
		t.Errorf("the customer: got %+v, want the one who proved it", who)
	}
	mine.sends("2", "still there?")
	if a := mine.hears("ack"); a.Conversation != conv || a.Number != 2 {
		t.Errorf("the next word: got %+v, want number 2 of the same chat", a)
	}
	if n := len(facts[desk.Identified](s)); n != 1 {
		t.Errorf("identified: got %d times, want once", n)
	}
}

// Keep my place: who waits in the chat and asks to be answered by mail, or called, stands where they stood, is told so in
// every tab, and keeps the place over declines until the promise is kept.
func TestAWaitingVisitorKeepsTheirPlace(t *testing.T) {
	t.Parallel()
	for way, doc := range map[string]map[string]any{
		"mail": {"kind": "mail", "client_id": "w", "email": "sun@customer.test"},
		"call": {"kind": "call", "client_id": "w", "number": "13800138000"},
	} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			me := s.session(map[string]any{})
			mine := s.opens(s.base, me.Token, "", 0)
			mine.hears("welcome")
			other := s.opens(s.node(), me.Token, "", 0) // another tab, on another node
			other.hears("welcome")
			mine.sends("1", "退款三天了")
			mine.hears("ack")
			before := s.waiting()[0]
			s.shift.Add(int64(7 * time.Minute))
			for range 2 {
				if got := s.wishes(me.Token, doc); got.status != http.StatusOK {
					t.Fatalf("got %d %s, want 200", got.status, got.body)
				}
			}
			for _, tb := range []*tab{mine, other} {
				if f := tb.hears("moved"); f.Way != way || !f.Kept || f.Conversation != string(before.Conversation) {
					t.Errorf("told: got %+v, want %s with the place kept", f, way)
				}
			}
			same := func(when string) desk.Work {
				t.Helper()
				all := s.waiting()
				if len(all) != 1 || !all[0].Since.Equal(before.Since) || !all[0].Rank().Equal(before.Rank()) {
					t.Fatalf("%s: got %+v, want one in the place of %+v", when, all, before)
				}
				return all[0]
			}
			w := same("moved")
			s.takes(string(w.Conversation))
			s.must(s.svc.Unassign(t.Context(), desk.AgentActor(ann, desk.RoleAgent), w.Conversation))
			same("given back")
			if way == "call" {
				s.must(s.svc.Reached(t.Context(), desk.AgentActor(ann, desk.RoleAgent), w.Conversation, "called"))
				c, _, err := s.db.Conversation(t.Context(), w.Conversation)
				if err != nil || c.Kept != nil {
					t.Errorf("called back: got place %+v (%v), want none any more", c.Kept, err)
				}
			}
		})
	}
}

// waiting is what waits for an agent.
func (s *shop) waiting() []desk.Work {
	s.t.Helper()
	all, err := s.db.Waiting(s.t.Context())
	s.must(err)
	return all
}
