package router

import (
	"slices"
	"strconv"
	"time"

	"yingda/desk"
)

// This file lets policies speak in a simulation: the same Policies and steps as for real work.

// comer is a customer as the record knows them.
type comer struct {
	conversation desk.Conversation
	contact      desk.Contact
	words        string
	budget       time.Duration // of the promise that gave the rank; 0: the queue's target
	prefer       []desk.Preference
}

// steers reports whether anything of the scenario asks for policies.
func (s *Scenario) steers() bool {
	return len(s.Policies) > 0 || slices.ContainsFunc(s.Arrivals, func(st Stream) bool {
		return slices.ContainsFunc(st.History, func(r Recorded) bool { return r.who != nil })
	})
}

// moment is what the calendars are asked about.
func (s *simulation) moment() time.Time {
	if s.spec.base.IsZero() {
		return s.time()
	}
	return s.spec.base.Add(time.Duration(s.now))
}

// opener is the scenario's calendars: open at the same times every day, or the real ones.
func (s *Scenario) opener() func(string, time.Time) (bool, bool) {
	if s.open != nil {
		return s.open
	}
	return func(calendar string, at time.Time) (open, known bool) {
		spans, known := s.Calendars[calendar]
		t := at.Sub(at.Truncate(wholeDay))
		return slices.ContainsFunc(spans, func(text string) bool {
			from, to, err := shift(text)
			return err == nil && (t >= from && t < to || t+wholeDay >= from && t+wholeDay < to)
		}), known
	}
}

// steer asks the policies about the customer who comes now and makes their work; it reports whether they are turned away.
func (s *simulation) steer(src *source, c *customer, w *desk.Work, budget time.Duration) (refused bool) {
	conv := desk.Conversation{
		Inbox: src.spec.Inbox, Medium: src.spec.Channel, Tier: src.spec.Tier, Priority: src.spec.Priority,
		Locale: src.spec.Language, Skills: skillsOf(src.spec.Skills), Queue: src.spec.Queue,
	}
	contact := desk.Contact{ID: desk.ContactID(strconv.Itoa(c.stream) + "." + strconv.Itoa(s.arrivals)), Owner: src.spec.Owner}
	words := src.spec.Words
	var prefer []desk.Preference
	if rec := src.record(); rec != nil && rec.who != nil {
		conv, contact, words, prefer = rec.who.conversation, rec.who.contact, rec.who.words, rec.who.prefer
		if rec.who.budget > 0 {
			budget = rec.who.budget
		}
	}
	conv.ID, conv.QueuedAt = c.id, w.Since
	v := desk.Verdict{Queue: conv.Queue}
	if s.plans != nil {
		v = s.plans.Plan(desk.Arrival{Conversation: conv, Contact: contact, Words: words, Now: s.moment(), New: true})
	}
	q := s.m.queue(v.Queue)
	q.Target = wholeSeconds(budget)
	conv.Queue, conv.Plan = v.Queue, v.Plan
	*w = desk.WorkOf(conv, nil, q)
	w.Ringing = conv.Medium == desk.Voice
	for _, p := range prefer {
		p.Until = w.Since.Add(p.Until.Sub(time.Time{}))
		w.Prefer = append(w.Prefer, p)
	}
	if line := s.lines[v.Queue]; line != nil {
		c.line = line
	}
	return v.Do == desk.DoRefuse || v.Do == desk.DoCallback
}

// record is the history's row of the customer drawn last, or nil.
func (s *source) record() *Recorded {
	if s.history == nil || s.drawn == 0 {
		return nil
	}
	return &s.history[s.drawn-1]
}

// lineOf is the queue a customer waits in.
func (s *simulation) lineOf(c *customer) *line {
	if c.line != nil {
		return c.line
	}
	return s.streams[c.stream].line
}

// acts does what is to be done for customers whose steps have come: who is to be called back or leaves a message is gone.
func (s *simulation) acts() {
	if len(s.m.acts) == 0 {
		return
	}
	due := make([]desk.ConversationID, 0, len(s.m.acts))
	for id := range s.m.acts {
		due = append(due, id)
	}
	clear(s.m.acts)
	slices.Sort(due) // maps have no order, and equal seeds give equal days
	for _, id := range due {
		it := s.m.items[id]
		if it == nil || it.state != waiting {
			continue
		}
		for _, step := range it.stage.acts {
			do := it.Plan.Steps[step].Do
			if i := s.slot(id); (do == desk.DoCallback || do == desk.DoVoicemail) && s.customers[i].stay == inLine {
				s.leave(i, turnedAway)
				break
			}
		}
	}
}
