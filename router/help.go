package router

import (
	"time"

	"yingda/desk"
)

// Deed is something a supervisor can do for a promise.
type Deed string

// The deeds, as docs/routing.md publishes when each is the one that helps.
const (
	HelpCallBack Deed = "call_back" // whoever has it calls the customer
	HelpOffer    Deed = "offer"     // put it before Help.Agent now
	HelpRaise    Deed = "raise"     // give it a higher priority: nobody has room, so it must go first when somebody has
	HelpReassign Deed = "reassign"  // give it to Help.Agent; "" somebody must choose, for nobody has room
)

// Help is the one thing that helps a promise most, and whom it takes. Agent has room for the work, except with
// HelpCallBack, where the work is theirs already.
type Help struct {
	Do    Deed
	Agent desk.AgentID
}

// Help says what would help the promise t of a conversation most. among says who may be named.
func (r *Router) Help(c desk.Conversation, clocks []desk.Clock, t desk.Target, among func(desk.AgentID) bool) Help {
	if t == desk.Callback && c.Assignee != "" {
		return Help{HelpCallBack, c.Assignee}
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	it, now := r.m.items[c.ID], r.now()
	waits := c.Waiting() && it != nil && it.state != onOffer
	if it == nil { // it is in somebody's hands: what would hold if it came back
		w := desk.WorkOf(c, clocks, r.m.queue(c.Queue))
		it = &item{Work: w, stage: stage{queues: []desk.QueueID{w.Queue}}, need: w.Skills}
	}
	who := r.m.helper(it, c.Assignee, among, now)
	switch {
	case waits && who != "":
		return Help{HelpOffer, who}
	case waits && c.Priority != desk.Urgent:
		return Help{Do: HelpRaise}
	}
	return Help{HelpReassign, who}
}

// helper is who could take the item at a supervisor's word: of its queue, skilled, with their doors open and room, whatever
// it was to wait for otherwise; the best by the queue's rule. "" when there is none but whom it rings at and who has it.
func (m *mirror) helper(it *item, has desk.AgentID, among func(desk.AgentID) bool, now time.Time) desk.AgentID {
	q := m.queue(it.Queue)
	rule := ruleFor(&it.Work, &q)
	var best desk.AgentID
	var chosen candidate
	for s := range m.enrolled(&it.stage) {
		switch {
		case s.Agent == has || s.Agent == it.offer.Agent:
		case m.shut(s, it.Medium, now) != "" || now.Before(s.shy) || !s.Skilled(it.need):
		case Room(&s.Seat, &s.load, it.Medium, it.Weight) != "":
		case !among(s.Agent):
		default:
			c := m.candidate(it, s, now)
			if !c.declined && (best == "" || better(rule, &c, &chosen)) { // who just refused it is not asked again (mayWaitFor)
				best, chosen = s.Agent, c
			}
		}
	}
	return best
}
