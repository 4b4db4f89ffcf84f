package router

import (
	"slices"
	"time"

	"yingda/desk"
)

// This file makes a day to be played of a day in the log: who came, how long agents held them, who left, who was there.

// trafficTail is how long after its end facts still say what became of the day.
const trafficTail = 2 * time.Hour

// track is one conversation as the log tells of it.
type track struct {
	comer  Comer
	first  desk.MessageID
	queued time.Time
	held   time.Time
	over   bool // it was answered or given up
}

// Recording gathers a day from the facts of the log. Hand it how people stood at its beginning, then the facts in their
// order, then the conversations they named; it is done with Traffic.
type Recording struct {
	from, to time.Time
	dir      desk.Directory
	tracks   map[desk.ConversationID]*track
	order    []desk.ConversationID
	states   map[desk.AgentID]desk.PresenceState
	since    map[desk.AgentID]time.Time
	there    map[desk.AgentID][][2]time.Time
	comers   []Comer
}

// NewRecording is an empty day, by the settings as they are.
func NewRecording(dir desk.Directory, from, to time.Time) *Recording {
	return &Recording{
		from: from, to: to, dir: dir, tracks: map[desk.ConversationID]*track{},
		states: map[desk.AgentID]desk.PresenceState{}, since: map[desk.AgentID]time.Time{}, there: map[desk.AgentID][][2]time.Time{},
	}
}

// Stood says how an agent stood when the day began.
func (r *Recording) Stood(a desk.AgentID, state desk.PresenceState) {
	r.states[a], r.since[a] = state, r.from
}

// Past reports whether a fact of that moment says nothing of the day any more.
func (r *Recording) Past(at time.Time) bool { return at.After(r.to.Add(trafficTail)) }

func working(s desk.PresenceState) bool { return s == desk.Available || s == desk.WrapUp }

// Take notes what a fact says of the day.
func (r *Recording) Take(e desk.Event) {
	if r.Past(e.At) {
		return
	}
	switch f := e.Fact.(type) {
	case desk.PresenceChanged:
		if e.At.Before(r.to) {
			r.moved(desk.AgentID(e.Subject.ID), f.To.State, e.At)
		}
		return
	case desk.Opened:
		inbox, ok := r.dir.Inbox(f.Inbox)
		if f.History || !ok || e.At.Before(r.from) || !e.At.Before(r.to) {
			return
		}
		id := desk.ConversationID(e.Subject.ID)
		k := &track{}
		k.comer.At, k.comer.Conversation.Queue, k.comer.Conversation.Medium = e.At, inbox.Queue, f.Medium
		r.tracks[id], r.order = k, append(r.order, id)
		return
	}
	if k := r.tracks[desk.ConversationID(e.Subject.ID)]; k != nil {
		k.take(e)
	}
}

func (k *track) take(e desk.Event) {
	switch f := e.Fact.(type) {
	case desk.MessageReceived:
		if f.Number == 1 {
			k.first = f.Message
		}
	case desk.Queued:
		if k.queued.IsZero() {
			k.queued, k.comer.At = e.At, e.At
			k.comer.Budget = max(0, f.Work.DueAt.Sub(f.Work.Since))
			for _, p := range f.Work.Prefer {
				p.Until = time.Time{}.Add(max(0, p.Until.Sub(e.At)))
				k.comer.Prefer = append(k.comer.Prefer, p)
			}
		}
	case desk.Assigned:
		if !k.over && !k.queued.IsZero() {
			k.over, k.comer.Waited = true, e.At.Sub(k.queued)
		}
		k.held = e.At
	case desk.Released:
		if !k.held.IsZero() {
			k.comer.Handling += e.At.Sub(k.held)
			k.held = time.Time{}
		}
	case desk.Unqueued:
		if e.Actor.Kind != desk.ByAgent {
			k.left(e.At)
		}
	case desk.CallEnded:
		if f.Call.AnsweredAt.IsZero() {
			k.left(e.At)
		}
	}
}

// left notes that a customer who waited left by themselves. Mail waits for ever.
func (k *track) left(at time.Time) {
	if k.over || k.queued.IsZero() {
		return
	}
	k.over, k.comer.Waited = true, at.Sub(k.queued)
	if k.comer.Conversation.Medium != desk.Email {
		k.comer.GaveUp = max(time.Second, k.comer.Waited)
	}
}

// moved notes that an agent's state changed.
func (r *Recording) moved(a desk.AgentID, to desk.PresenceState, at time.Time) {
	if working(r.states[a]) && !working(to) && at.After(r.since[a]) {
		r.there[a] = append(r.there[a], [2]time.Time{r.since[a], at})
	}
	if !working(r.states[a]) && working(to) {
		r.since[a] = at
	}
	r.states[a] = to
}

// Came are those who came and waited; who was answered at once by whoever took the call is nobody's work.
func (r *Recording) Came() []desk.ConversationID {
	return slices.DeleteFunc(slices.Clone(r.order), func(id desk.ConversationID) bool { return r.tracks[id].queued.IsZero() })
}

// FirstMessage is the first message of one who came; "" the log does not say.
func (r *Recording) FirstMessage(id desk.ConversationID) desk.MessageID { return r.tracks[id].first }

// Know says of one who came what policies ask about: the conversation, and the customer's first words.
func (r *Recording) Know(c desk.Conversation, words string) {
	k := r.tracks[c.ID]
	comer := k.comer
	c.Queue, c.Plan, c.Prefer, c.Assignee = comer.Conversation.Queue, nil, nil, ""
	comer.Conversation, comer.Contact, comer.Words = c, desk.Contact{ID: c.Contact, Tier: c.Tier, Owner: c.Owner}, words
	r.comers = append(r.comers, comer)
}

// Traffic is the day. end is the moment up to which facts were read; before the day's end the rest of it is missing.
func (r *Recording) Traffic(end time.Time) Traffic {
	t := Traffic{Start: r.from, Length: r.to.Sub(r.from), Queues: r.dir.Queues(), Comers: r.comers}
	if end.Before(r.to) {
		t.Length, t.Cut = max(time.Minute, end.Sub(r.from)), true
	} else {
		end = r.to
	}
	for _, a := range r.dir.Agents() { // who is still there leaves; settings are as they are now
		r.moved(a.ID, desk.Offline, end)
		if len(r.there[a.ID]) > 0 && !a.Disabled {
			t.People = append(t.People, Person{Seat: desk.SeatOf(r.dir, a, desk.Presence{Agent: a.ID}), There: r.there[a.ID]})
		}
	}
	slices.SortStableFunc(t.Comers, func(a, b Comer) int { return a.At.Compare(b.At) })
	return t
}
