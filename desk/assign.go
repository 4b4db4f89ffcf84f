package desk

import (
	"context"
	"fmt"
	"time"
)

// Assign says who shall work on a conversation. Offer is set when an accepted offer says so.
type Assign struct {
	Conversation ConversationID
	Agent        AgentID
	Offer        OfferID
	Actor        Actor
	Auto         bool // accepted on the agent's behalf
	Forced       bool // a supervisor's word: may take it from somebody and exceed capacity
}

// Assign gives the conversation to an agent. Under any race exactly one caller wins; the others get Conflict
// (UP-R2). Errors: Conflict "already_assigned" (param agent), "not_open", "conversation_merged"; Forbidden
// "supervisors_only"; NotFound "agent_unknown" or the conversation.
func (s *Service) Assign(ctx context.Context, a Assign) error {
	agent, ok := s.dir().Agent(a.Agent)
	if !ok || agent.Disabled {
		return Refuse(NotFound, "agent_unknown")
	}
	if a.Forced && !a.Actor.Supervises() {
		return Refuse(Forbidden, "supervisors_only")
	}
	err := s.on(ctx, a.Actor, a.Conversation, func(u *unit) error { return u.assign(a) })
	if err != nil {
		return fmt.Errorf("assign %s to %s: %w", a.Conversation, a.Agent, err)
	}
	return nil
}

func (u *unit) assign(a Assign) error {
	switch {
	case u.conv.MergedInto != "":
		return Refuse(Conflict, "conversation_merged")
	case u.conv.Status == Resolved || u.conv.Status != Open && a.Offer != "":
		return Refuse(Conflict, "not_open")
	case u.conv.Assignee == a.Agent:
		return nil
	case u.conv.Assignee != "" && !a.Forced:
		return Refuse(Conflict, "already_assigned", "agent", string(u.conv.Assignee))
	}
	if a.Offer != "" {
		u.note(OfferAccepted{Offer: a.Offer, Agent: a.Agent, Auto: a.Auto})
	}
	if u.conv.Assignee != "" {
		u.release("reassigned")
	}
	u.conv.Assignee, u.offer, u.forced = a.Agent, a.Offer, a.Forced
	u.conv.Prefer = nil
	return nil
}

// Unassign takes the conversation from its assignee and puts it back into its queue at its old place.
// Errors: Forbidden "not_yours"; Conflict "not_assigned"; NotFound.
func (s *Service) Unassign(ctx context.Context, actor Actor, id ConversationID) error {
	return s.on(ctx, actor, id, func(u *unit) error {
		if u.conv.Assignee == "" {
			return Refuse(Conflict, "not_assigned")
		}
		if u.conv.Assignee != actor.Agent() && !actor.Supervises() {
			return Refuse(Forbidden, "not_yours")
		}
		u.release("unassigned")
		return nil
	})
}

// Transfer hands a conversation on, to a queue or to an agent, with a note.
type Transfer struct {
	Actor        Actor
	AuthorName   string
	Conversation ConversationID
	Queue        QueueID // either this
	Agent        AgentID // or this: offered to that agent first, for TransferWait
	Note         string
}

// TransferWait is how long a transfer to an agent waits for that agent alone before the queue may have it.
const TransferWait = 5 * time.Minute

// Transfer hands the conversation on; it keeps its place by rank. Errors: Invalid "transfer_nowhere"; NotFound
// "queue_unknown", "agent_unknown"; Forbidden "not_yours"; Conflict "not_open", "conversation_merged".
func (s *Service) Transfer(ctx context.Context, t Transfer) error {
	if (t.Queue == "") == (t.Agent == "") {
		return Refuse(Invalid, "transfer_nowhere")
	}
	if _, ok := s.dir().Queue(t.Queue); t.Queue != "" && !ok {
		return Refuse(NotFound, "queue_unknown")
	}
	if to, ok := s.dir().Agent(t.Agent); t.Agent != "" && (!ok || to.Disabled) {
		return Refuse(NotFound, "agent_unknown")
	}
	id := MessageID(s.newID())
	return s.on(ctx, t.Actor, t.Conversation, func(u *unit) error {
		switch {
		case u.conv.MergedInto != "":
			return Refuse(Conflict, "conversation_merged")
		case u.conv.Status == Resolved:
			return Refuse(Conflict, "not_open")
		case u.conv.Assignee != "" && u.conv.Assignee != t.Actor.Agent() && !t.Actor.Supervises():
			return Refuse(Forbidden, "not_yours")
		}
		return u.transfer(t, id)
	})
}

func (u *unit) transfer(t Transfer, id MessageID) error {
	if t.Note != "" {
		m := Message{ID: id, Direction: Note, Author: t.Actor, AuthorName: t.AuthorName, Body: Body{Text: t.Note}}
		if err := u.say(&m); err != nil {
			return err
		}
		u.note(NoteAdded{Message: m.ID, Number: m.Number})
	}
	if err := u.to(Open, time.Time{}); err != nil {
		return err
	}
	if t.Agent != "" {
		u.release("transfer", Preference{Agent: t.Agent, Until: u.now.Add(TransferWait), Rule: "transfer"})
		return nil
	}
	if t.Queue != u.conv.Queue {
		u.note(QueueChanged{From: u.conv.Queue, To: t.Queue, Note: t.Note})
	}
	u.conv.Queue, u.asked, u.conv.Plan = t.Queue, true, u.conv.Plan.apart()
	u.release("transfer")
	return u.replan(t.Queue)
}

// Record appends facts the router found out: offers made, declined, expired, withdrawn. Errors: those of
// [Store.Update].
func (s *Service) Record(ctx context.Context, id ConversationID, actor Actor, facts ...Fact) error {
	now := s.instant()
	events := make([]Event, len(facts))
	for i, f := range facts {
		events[i] = Event{Subject: Subject{AboutConversation, string(id)}, Actor: actor, At: now, Fact: f}
	}
	return s.update(ctx, About{}, func(tx Tx) error { return tx.Append(events...) })
}
