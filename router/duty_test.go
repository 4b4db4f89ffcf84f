package router

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yingda/desk"
)

// officeHours is open from 9 to 17 UTC every day, whatever the calendar's name.
type officeHours struct{}

// Open is Hours.
func (officeHours) Open(_ string, at time.Time) (open bool, changes time.Time) {
	day := at.UTC().Truncate(24 * time.Hour)
	begins, ends := day.Add(9*time.Hour), day.Add(17*time.Hour)
	switch {
	case at.Before(begins):
		return false, begins
	case at.Before(ends):
		return true, ends
	}
	return false, begins.Add(24 * time.Hour)
}

// What a seat may be offered, by status, leave and shift.
func TestDoors(t *testing.T) {
	t.Parallel()
	day := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	hour := func(h, m int) time.Time {
		return day.Add(time.Duration(h)*time.Hour + time.Duration(m)*time.Minute)
	}
	there := desk.Presence{State: desk.Available, Since: hour(9, 0)}
	shift := []desk.Shift{{Calendar: "day", Lead: map[desk.Medium]int{desk.Voice: 15, desk.Chat: 30}}}
	leave := []desk.Absence{{From: hour(12, 0), To: hour(14, 0)}}
	for _, tc := range []struct {
		name string
		seat desk.Seat
		now  time.Time
		want [3]string // mail, chat, phone
		next time.Time
	}{
		{"there", desk.Seat{Presence: there}, hour(10, 0), [3]string{}, time.Time{}},
		{"offline", desk.Seat{}, hour(10, 0), [3]string{"away", "away", "away"}, time.Time{}},
		{"writes up", desk.Seat{Presence: desk.Presence{State: desk.WrapUp}}, hour(10, 0), [3]string{"away", "away", "away"}, time.Time{}},
		{
			"a meeting that leaves mail",
			desk.Seat{Presence: desk.Presence{State: desk.Away, Reason: "meeting"}, Takes: []desk.Medium{desk.Email}},
			hour(10, 0),
			[3]string{"", "status", "status"},
			time.Time{},
		},
		{
			"what a reason leaves counts only while away",
			desk.Seat{Presence: desk.Presence{State: desk.NotResponding}, Takes: []desk.Medium{desk.Email}},
			hour(10, 0),
			[3]string{"away", "away", "away"},
			time.Time{},
		},
		{
			"focus",
			desk.Seat{Presence: desk.Presence{State: desk.Away, Reason: desk.ReasonFocus}},
			hour(10, 0),
			[3]string{"focus", "focus", "focus"},
			time.Time{},
		},
		{"before leave", desk.Seat{Presence: there, Leave: leave}, hour(11, 0), [3]string{}, hour(12, 0)},
		{"on leave", desk.Seat{Presence: there, Leave: leave}, hour(12, 0), [3]string{"leave", "leave", "leave"}, hour(14, 0)},
		{"after leave", desk.Seat{Presence: there, Leave: leave}, hour(14, 0), [3]string{}, time.Time{}},
		{"in the shift", desk.Seat{Presence: there, Shifts: shift}, hour(10, 0), [3]string{}, hour(16, 30)},
		{"half an hour before its end", desk.Seat{Presence: there, Shifts: shift}, hour(16, 30), [3]string{"", "shift_end", ""}, hour(16, 45)},
		{"a quarter of an hour", desk.Seat{Presence: there, Shifts: shift}, hour(16, 45), [3]string{"", "shift_end", "shift_end"}, hour(17, 0)},
		{"after its end", desk.Seat{Presence: there, Shifts: shift}, hour(17, 0), [3]string{"off_shift", "off_shift", "off_shift"}, hour(33, 0)},
		{
			"overtime is taken at its word",
			desk.Seat{Presence: desk.Presence{State: desk.Available, Since: hour(17, 5)}, Shifts: shift},
			hour(18, 0),
			[3]string{},
			hour(33, 0),
		},
		{
			"but not into the next evening",
			desk.Seat{Presence: desk.Presence{State: desk.Available, Since: hour(17, 5)}, Shifts: shift},
			hour(42, 0),
			[3]string{"off_shift", "off_shift", "off_shift"},
			hour(57, 0),
		},
	} {
		got := doorsOf(&tc.seat, officeHours{}, tc.now)
		if diff := cmp.Diff(tc.want, got.why); diff != "" {
			t.Errorf("%s: doors (-want +got):\n%s", tc.name, diff)
		}
		if !got.next.Equal(tc.next) {
			t.Errorf("%s: next: got %v, want %v", tc.name, got.next, tc.next)
		}
	}
}

// Offers stop at the moment a shift's lead begins and start at the next one's, by themselves (UP-R3: no tick involved).
func TestDoorsTurnByThemselves(t *testing.T) {
	t.Parallel()
	m := newMirror(newHouse(desk.Queue{ID: "q"}), &Config{Again: time.Minute, Forget: 10 * time.Minute})
	m.hours = officeHours{}
	now := time.Date(2026, 3, 2, 16, 20, 0, 0, time.UTC)
	m.seat(desk.Seat{
		Agent: "amy", Queues: []desk.QueueID{"q"}, Presence: desk.Presence{State: desk.Available, Since: now},
		Shifts: []desk.Shift{{Calendar: "day", Lead: map[desk.Medium]int{desk.Chat: 30}}},
	}, now)
	chat := work("c1", "q", desk.Chat, 30, 0)
	chat.Since, chat.DueAt = now, now.Add(24*time.Hour)
	for i := range 2 {
		next, ok := m.next()
		if !ok {
			t.Fatal("no step is planned")
		}
		now = next
		m.due(now)
		if i == 0 {
			m.enqueue(chat, now)
		}
		if got := m.settle(now, 8, testID); len(got) != 0 {
			t.Fatalf("at %v: got %d offers, want none", now, len(got))
		}
	}
	if now.Hour() != 17 {
		t.Fatalf("second step: got %v, want the shift's end", now)
	}
	next, _ := m.next()
	m.due(next)
	if got := m.settle(next, 8, testID); len(got) != 1 || next.Hour() != 9 {
		t.Fatalf("at %v: got %d offers, want the one that waited, at 9", next, len(got))
	}
}

// Whoever is asked for as an owner who is on leave is asked for as the deputy (peers A15), and back afterwards.
func TestOwnerOnLeaveIsTheDeputy(t *testing.T) {
	t.Parallel()
	m := newMirror(newHouse(desk.Queue{ID: "q"}), &Config{Again: time.Minute, Forget: 10 * time.Minute})
	now := dawn
	seat := func(a desk.AgentID, leave ...desk.Absence) {
		m.seat(desk.Seat{Agent: a, Queues: []desk.QueueID{"q"}, Presence: desk.Presence{State: desk.Available}, Leave: leave, Deputy: "ben"}, now)
	}
	seat("amy", desk.Absence{From: dawn.Add(time.Hour), To: dawn.Add(2 * time.Hour)})
	seat("ben")
	seat("cleo")
	asked := func(c string) desk.AgentID {
		w := work(c, "q", desk.Email, 10, 0)
		w.Since, w.Prefer = now, []desk.Preference{{Agent: "amy", Until: now.Add(time.Minute), Rule: "owner"}}
		it := m.enqueue(w, now)
		defer m.drop(w.Conversation, now)
		return it.prefer.Agent
	}
	if got := asked("c1"); got != "amy" {
		t.Errorf("before leave: got %q, want amy", got)
	}
	now = dawn.Add(90 * time.Minute)
	m.due(now)
	if got := asked("c2"); got != "ben" {
		t.Errorf("on leave: got %q, want ben", got)
	}
	now = dawn.Add(2 * time.Hour)
	m.due(now)
	if got := asked("c3"); got != "amy" {
		t.Errorf("after leave: got %q, want amy", got)
	}
}
