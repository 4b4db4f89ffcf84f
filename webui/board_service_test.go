package webui

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yingda/desk"
	"yingda/sla"
)

// What each fact adds to the day's service level, and which facts leave it to the record.
func TestServiceLevelOfFacts(t *testing.T) {
	t.Parallel()
	day := time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)
	before, noon := day.Add(-time.Hour), day.Add(12*time.Hour)
	running := desk.Clock{Target: desk.FirstResponse, N: 1, DueAt: noon, DueVersion: 1}
	broken := running
	broken.BreachedAt = noon
	late := broken
	late.MetAt = noon.Add(time.Hour)
	waived := late
	waived.Waiver = desk.Waiver{State: desk.WaiverHolds}
	kept := running
	kept.MetAt = noon.Add(-time.Minute)
	moved := kept
	moved.DueVersion = 2
	old := running
	old.DueAt, old.BreachedAt = before, before
	oldMet := old
	oldMet.MetAt = noon
	yesterday := running
	yesterday.MetAt = before
	for _, c := range []struct {
		what      string
		at        time.Time
		fact      desk.Fact
		met, late int64
		sure      bool
	}{
		{"broken", noon, desk.ClockBreached{Clock: broken}, 0, 1, true},
		{"and kept late", noon, desk.ClockMet{Clock: late}, 0, 0, true},
		{"kept", noon, desk.ClockMet{Clock: kept}, 1, 0, true},
		{"kept, which is known late", noon.Add(time.Second), desk.ClockMet{Clock: kept}, 1, 0, false},
		{"kept after its due moment moved", noon, desk.ClockMet{Clock: moved}, 1, 0, false},
		{"kept late while let go", noon, desk.ClockMet{Clock: waived}, 0, 0, true},
		{"kept yesterday, known today", noon, desk.ClockMet{Clock: yesterday}, 0, 0, true},
		{"broken yesterday, told today", noon, desk.ClockBreached{Clock: old}, 0, 0, true},
		{"and kept today", noon, desk.ClockMet{Clock: oldMet}, 0, 1, true},
		{"no response", noon, desk.ClockBreached{Clock: desk.Clock{Target: desk.Resolution, BreachedAt: noon}}, 0, 0, true},
		{"a wish for a waiver", noon, desk.WaiverRequested{Target: desk.Answer, N: 1}, 0, 0, true},
		{"the wish taken back", noon, desk.WaiverUndone{Target: desk.Answer, N: 1}, 0, 0, true},
		{"let go", noon, desk.WaiverGiven{Target: desk.Answer, N: 1}, 0, 0, false},
		{"taken back", noon, desk.WaiverUndone{Target: desk.Answer, N: 1, Held: true}, 0, 0, false},
		{"moved to another queue", noon, desk.QueueChanged{From: "q", To: "r"}, 0, 0, false},
		{"a reply that did not arrive", noon, desk.MessageFailed{}, 0, 0, false},
		{"erased", noon, desk.Erased{}, 0, 0, false},
	} {
		met, late, sure := adds(desk.Event{At: c.at, Fact: c.fact}, day)
		if met != c.met || late != c.late || sure != c.sure {
			t.Errorf("%s: got %d met, %d late, sure %v; want %d, %d, %v", c.what, met, late, sure, c.met, c.late, c.sure)
		}
	}
}

// The board's service level is the record's after a reply that bounced was sent again, and after a promise was let go
// and taken back in another queue than the one it was broken in.
func TestServiceLevelIsTheRecords(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.use(sla.Policy{ID: "mail", Name: "Mail", Targets: []sla.Promise{{Target: desk.FirstResponse, Within: 3600}}})
	s.until(s.srv.Hub.ready)

	bounced := s.mail("help", "x@customer.test", "where is it").Conversation
	s.levels("nothing yet", map[desk.QueueID]ServiceLevel{})
	sent := s.replies(bounced)
	s.levels("answered", map[desk.QueueID]ServiceLevel{"support": {Met: 1}})
	if err := s.desk.Failed(t.Context(), sent, "no such mailbox"); err != nil {
		t.Fatal(err)
	}
	s.levels("it did not arrive", map[desk.QueueID]ServiceLevel{})
	s.replies(bounced)
	s.levels("answered again", map[desk.QueueID]ServiceLevel{"support": {Met: 1}})

	late := s.mail("help", "y@customer.test", "and mine").Conversation
	_, clocks, err := s.db.Conversation(t.Context(), late)
	if err != nil || len(clocks) != 1 {
		t.Fatalf("clocks: got %v, %v, want one", clocks, err)
	}
	k := clocks[0]
	k.NextAt = time.Time{}
	if _, err := s.desk.Announce(t.Context(), []desk.Announcement{{Clock: k, Level: desk.BreachLevel}}, k.DueAt.Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	s.levels("broken", map[desk.QueueID]ServiceLevel{"support": {Met: 1, Late: 1}})
	bo := desk.AgentActor("bo", desk.RoleSupervisor)
	if err := s.desk.Transfer(t.Context(), desk.Transfer{Actor: bo, Conversation: late, Queue: "sales"}); err != nil {
		t.Fatal(err)
	}
	s.levels("moved", map[desk.QueueID]ServiceLevel{"support": {Met: 1}, "sales": {Late: 1}})
	w := desk.Waive{Actor: bo, Conversation: late, Target: desk.FirstResponse, Reason: "a power cut"}
	if err := s.desk.Waive(t.Context(), w); err != nil {
		t.Fatal(err)
	}
	s.levels("let go", map[desk.QueueID]ServiceLevel{"support": {Met: 1}})
	if err := s.desk.Unwaive(t.Context(), w); err != nil {
		t.Fatal(err)
	}
	s.levels("taken back", map[desk.QueueID]ServiceLevel{"support": {Met: 1}, "sales": {Late: 1}})
}

// use puts policies in force.
func (s *shop) use(p ...sla.Policy) {
	s.Helper()
	book, err := sla.NewBook(p, nil)
	if err != nil {
		s.Fatal(err)
	}
	s.promises.Use(book)
}

// replies lets ann answer, and the mail go out.
func (s *shop) replies(id desk.ConversationID) desk.MessageID {
	s.Helper()
	c, _, err := s.db.Conversation(s.Context(), id)
	if err != nil {
		s.Fatal(err)
	}
	ann := desk.AgentActor("ann", desk.RoleAgent)
	if c.Assignee == "" {
		if err := s.desk.Assign(s.Context(), desk.Assign{Conversation: id, Agent: "ann", Offer: desk.OfferID(newID()), Actor: ann}); err != nil {
			s.Fatal(err)
		}
	}
	m, err := s.desk.Reply(s.Context(), desk.Reply{
		Actor: ann, Conversation: id, Body: desk.Body{Text: "Here it is."}, Seen: c.Messages, To: []desk.Address{{Address: "x@customer.test"}},
	})
	if err != nil {
		s.Fatal(err)
	}
	if err := s.desk.Sent(s.Context(), m.ID, desk.Receipt{At: time.Now()}); err != nil {
		s.Fatal(err)
	}
	return m.ID
}

// levels waits until the hub has heard of everything and doubts nothing, and compares its levels with the record's.
func (s *shop) levels(when string, want map[desk.QueueID]ServiceLevel) {
	s.Helper()
	h := s.srv.Hub
	last, err := s.db.LastSeq(s.Context())
	if err != nil {
		s.Fatal(err)
	}
	s.until(func() bool {
		h.mu.Lock()
		heard := h.seq
		h.mu.Unlock()
		return heard >= last && !h.board.outdated(s.srv.Now())
	})
	counts, _, err := s.db.ServiceSince(s.Context(), midnight(s.srv.Now()))
	if err != nil {
		s.Fatal(err)
	}
	record, live := map[desk.QueueID]ServiceLevel{}, map[desk.QueueID]ServiceLevel{}
	for _, c := range counts {
		record[c.Queue] = ServiceLevel{Met: c.Met, Late: c.Late}
	}
	h.board.mu.Lock()
	for q, l := range h.board.service {
		live[q] = *l
	}
	h.board.mu.Unlock()
	if d := cmp.Diff(record, live); d != "" {
		s.Errorf("%s: the board's level is not the record's (-record +board):\n%s", when, d)
	}
	if d := cmp.Diff(want, record); d != "" {
		s.Errorf("%s: (-want +record):\n%s", when, d)
	}
}
