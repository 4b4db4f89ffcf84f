package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"yingda/desk"
	"yingda/router"
	"yingda/store"
)

// Forecasts are made of a day in the log: who came, how long agents held it, who left, who was there.

// Bounds of reading a day.
const (
	maxForecasts = 2       // made at once: each keeps a core busy for seconds
	trafficPage  = 2000    // facts read at once
	trafficFacts = 600_000 // facts read at most; the rest of the day is cut off
	trafficTail  = 2 * time.Hour
	trafficRows  = 200
)

// Forecast is webui.Steering: it plays a recorded day with the policies in force and with what is asked about.
func (s steering) Forecast(ctx context.Context, q desk.QueueID, ask router.ForecastAsk) (router.RoutingForecast, error) {
	select {
	case s.busy <- struct{}{}:
		defer func() { <-s.busy }()
	default:
		return router.RoutingForecast{}, desk.Refuse(desk.TooMany, "forecast_busy")
	}
	began := time.Now()
	docs, _, err := storedRouting(ctx, s.db)
	if err != nil {
		return router.RoutingForecast{}, err
	}
	asked := docs
	if ask.Doc != nil {
		found, err := s.Check(ctx, *ask.Doc)
		if err != nil {
			return router.RoutingForecast{}, err
		}
		if i := slices.IndexFunc(found, func(f router.RoutingFinding) bool { return f.Error }); i >= 0 {
			return router.RoutingForecast{}, desk.Refuse(desk.Invalid, "routing_invalid", "path", found[i].Path, "why", found[i].Reason, "more", "1")
		}
		asked = append(slices.Clone(docs), *ask.Doc)
	}
	from, to, err := dayOf(ask.Day, ask.Zone, s.now())
	if err != nil {
		return router.RoutingForecast{}, err
	}
	t, err := readTraffic(ctx, s.db, from, to, asked)
	if err != nil {
		return router.RoutingForecast{}, fmt.Errorf("read the traffic of %s: %w", from.Format(time.DateOnly), err)
	}
	t.Open = calendarsOf(s.book)
	out, err := router.Compare(ctx, q, t, docs, ask)
	out.Took = time.Since(began).Seconds()
	return out, err
}

// dayOf is the day a forecast is made of.
func dayOf(day, zone string, now time.Time) (from, to time.Time, err error) {
	loc, err := time.LoadLocation(zone) // "" is UTC
	if err != nil || zone == "Local" {
		return from, to, desk.Refuse(desk.Invalid, "setting_invalid", "field", "zone")
	}
	y, m, d := now.In(loc).Date()
	switch day {
	case "", "yesterday":
		from = time.Date(y, m, d-1, 0, 0, 0, 0, loc)
	case "week":
		from = time.Date(y, m, d-7, 0, 0, 0, 0, loc)
	default:
		if from, err = time.ParseInLocation(time.DateOnly, day, loc); err != nil || from.After(now) {
			return from, to, desk.Refuse(desk.Invalid, "setting_invalid", "field", "day")
		}
	}
	y, m, d = from.Date()
	return from, time.Date(y, m, d+1, 0, 0, 0, 0, loc), nil
}

// track is one conversation as the log tells of it.
type track struct {
	comer   router.Comer
	contact desk.ContactID
	first   desk.MessageID
	queued  time.Time
	held    time.Time
	over    bool // it was answered or given up
}

// trafficReader gathers a day.
type trafficReader struct {
	from, to time.Time
	dir      desk.Directory
	tracks   map[desk.ConversationID]*track
	order    []desk.ConversationID
	states   map[desk.AgentID]desk.PresenceState
	since    map[desk.AgentID]time.Time
	there    map[desk.AgentID][][2]time.Time
}

func readTraffic(ctx context.Context, db *store.DB, from, to time.Time, docs []router.Routing) (router.Traffic, error) {
	r := &trafficReader{
		from: from, to: to, dir: db.Directory(), tracks: map[desk.ConversationID]*track{},
		states: map[desk.AgentID]desk.PresenceState{}, since: map[desk.AgentID]time.Time{}, there: map[desk.AgentID][][2]time.Time{},
	}
	t := router.Traffic{Start: from, Length: to.Sub(from), Queues: r.dir.Queues()}
	seq, err := factAt(ctx, db, from)
	if err != nil {
		return t, err
	}
	if err := r.presenceBefore(ctx, db, seq); err != nil {
		return t, err
	}
	end := to
	for read := 0; ; {
		events, err := db.EventsAfter(ctx, seq, trafficPage)
		if err != nil {
			return t, err
		}
		for _, e := range events {
			if seq = e.Seq; !e.At.After(to.Add(trafficTail)) {
				r.take(e)
			}
		}
		read += len(events)
		if len(events) < trafficPage || events[len(events)-1].At.After(to.Add(trafficTail)) {
			break
		}
		if read >= trafficFacts {
			end = events[len(events)-1].At
			break
		}
	}
	if end.Before(to) {
		t.Length = max(time.Minute, end.Sub(from))
	}
	r.leave(end)
	t.People = r.people()
	t.Comers, err = r.comers(ctx, db, docs)
	return t, err
}

// factAt is the number of the last fact before a moment. Numbers grow with time.
func factAt(ctx context.Context, db *store.DB, at time.Time) (int64, error) {
	last, err := db.LastSeq(ctx)
	if err != nil {
		return 0, err
	}
	low, high := int64(0), last
	for low < high {
		mid := low + (high-low)/2
		e, err := db.EventsAfter(ctx, mid, 1)
		if err != nil {
			return 0, err
		}
		if len(e) == 0 || !e[0].At.Before(at) {
			high = mid
		} else {
			low = mid + 1
		}
	}
	return low, nil
}

// presenceBefore is how everybody stood when the day began.
func (r *trafficReader) presenceBefore(ctx context.Context, db *store.DB, seq int64) error {
	for _, a := range r.dir.Agents() {
		facts, err := db.SubjectEvents(ctx, desk.Subject{Kind: desk.AboutAgent, ID: string(a.ID)}, seq+1, trafficPage)
		if err != nil {
			return err
		}
		for _, e := range facts {
			if f, ok := e.Fact.(desk.PresenceChanged); ok {
				r.states[a.ID], r.since[a.ID] = f.To.State, r.from
				break
			}
		}
	}
	return nil
}

func working(s desk.PresenceState) bool { return s == desk.Available || s == desk.WrapUp }

// take notes what a fact says of the day.
func (r *trafficReader) take(e desk.Event) {
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
		k := &track{contact: f.Contact}
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
func (r *trafficReader) moved(a desk.AgentID, to desk.PresenceState, at time.Time) {
	if working(r.states[a]) && !working(to) && at.After(r.since[a]) {
		r.there[a] = append(r.there[a], [2]time.Time{r.since[a], at})
	}
	if !working(r.states[a]) && working(to) {
		r.since[a] = at
	}
	r.states[a] = to
}

// leave ends the day for everybody who is still there.
func (r *trafficReader) leave(end time.Time) {
	for _, a := range r.dir.Agents() {
		r.moved(a.ID, desk.Offline, end)
	}
}

// people are who was there, as their settings are now.
func (r *trafficReader) people() []router.Person {
	var out []router.Person
	for _, a := range r.dir.Agents() {
		if len(r.there[a.ID]) > 0 && !a.Disabled {
			out = append(out, router.Person{Seat: desk.SeatOf(r.dir, a, desk.Presence{Agent: a.ID}), There: r.there[a.ID]})
		}
	}
	return out
}

// comers are who came and waited, with what the policies ask about them.
func (r *trafficReader) comers(ctx context.Context, db *store.DB, docs []router.Routing) ([]router.Comer, error) {
	owners, words := router.Asks(docs)
	out := make([]router.Comer, 0, len(r.order))
	for ids := range slices.Chunk(r.order, trafficRows) {
		rows, err := db.ConversationRows(ctx, "", ids)
		if err != nil {
			return nil, err
		}
		said := map[desk.MessageID]string{}
		if words {
			if said, err = r.said(ctx, db, ids); err != nil {
				return nil, err
			}
		}
		for i := range rows {
			k := r.tracks[rows[i].ID]
			if k.queued.IsZero() { // it was answered by whoever took the call, or nobody's work
				continue
			}
			c := rows[i].Conversation
			c.Queue, c.Plan, c.Prefer, c.Assignee = k.comer.Conversation.Queue, nil, nil, ""
			k.comer.Conversation, k.comer.Contact = c, desk.Contact{ID: c.Contact}
			if words {
				k.comer.Words = c.Subject + "\n" + said[k.first]
			}
			if owners {
				if k.comer.Contact, err = db.Contact(ctx, c.Contact); err != nil && desk.CodeOf(err) != desk.NotFound {
					return nil, err
				}
			}
			out = append(out, k.comer)
		}
	}
	slices.SortStableFunc(out, func(a, b router.Comer) int { return a.At.Compare(b.At) })
	return out, nil
}

func (r *trafficReader) said(ctx context.Context, db *store.DB, ids []desk.ConversationID) (map[desk.MessageID]string, error) {
	var first []desk.MessageID
	for _, id := range ids {
		if m := r.tracks[id].first; m != "" {
			first = append(first, m)
		}
	}
	out := map[desk.MessageID]string{}
	if len(first) == 0 {
		return out, nil
	}
	messages, err := db.MessagesByID(ctx, first)
	for _, m := range messages {
		out[m.ID] = m.Body.Text
	}
	return out, err
}
