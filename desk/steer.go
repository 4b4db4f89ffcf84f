package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Act asks for the deed of a step of a conversation's plan.
type Act struct {
	Conversation ConversationID
	Policy       QueueID
	Version      int64
	Step         int // place in Plan.Steps
}

// Act does the deed of a step that has come, once: a conversation that does not wait any more, has another plan by now or
// had the deed done is left alone. Errors: NotFound; those of [Store.Update].
func (s *Service) Act(ctx context.Context, a Act) error {
	id := MessageID(s.newID())
	err := s.on(ctx, System(), a.Conversation, func(u *unit) error {
		p := u.conv.Plan
		if p == nil || !u.conv.Waiting() || p.Policy != a.Policy || p.Version != a.Version || a.Step < 0 || a.Step >= len(p.Steps) ||
			slices.Contains(p.Done, a.Step) {
			return nil
		}
		step := p.Steps[a.Step]
		u.conv.Plan = p.did(a.Step)
		u.due = deed{do: step.Do, text: step.Text, step: a.Step + 1, id: id}
		return nil
	})
	if err != nil {
		return fmt.Errorf("act on %s: %w", a.Conversation, err)
	}
	return nil
}

// deed is something a policy wants done in a unit.
type deed struct {
	do   Deed
	text string
	step int // from 1; 0: the queue was full
	id   MessageID
}

// perform does what the policy wants. It never fails for the sake of the words: an address that is suppressed, a robot's
// or had its share gets none.
func (u *unit) perform(d deed) error {
	p := u.conv.Plan
	f := PolicyActed{Step: d.step, Do: d.do}
	if p != nil {
		f.Policy, f.Version, f.Rule, f.Limit = p.Policy, p.Version, p.Rule, p.Limit
	}
	if u.conv.Medium == Voice {
		f.Text = d.text // the exchange says it
	}
	u.note(f)
	if d.text != "" {
		if err := u.automatic(d.text, d.id); err != nil {
			return err
		}
	}
	if d.do == DoRefuse && u.conv.Medium != Email {
		u.why = "refused"
		return u.to(Resolved, time.Time{})
	}
	return nil
}

// automatic says words to the customer that no person wrote.
func (u *unit) automatic(text string, id MessageID) error {
	inbox, _ := u.s.dir().Inbox(u.conv.Inbox)
	m := Message{
		ID: id, Direction: Out, Author: System(), AuthorName: inbox.Name, Body: Body{Text: text}, Auto: Greeting, Subject: u.conv.Subject,
	}
	switch u.conv.Medium {
	case Chat:
		_, err := u.chat(m)
		return err
	case Email:
		c, err := u.tx.Contact(u.conv.Contact)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(c.Identities, func(i Identity) bool { return i.Kind == ByEmail })
		if i < 0 {
			return nil
		}
		u.greets = nil // one automatic mail is enough
		m.To = []Address{{Name: c.Name, Address: c.Identities[i].Value}}
		return u.courteous(m)
	case Voice:
	}
	return nil
}

// courteous sends an automatic mail to its one recipient, unless that is a machine, is suppressed, or had its share.
func (u *unit) courteous(m Message) error {
	to := lower(m.To[0])
	if robot(to) {
		return nil
	}
	if had, err := u.tx.Greeted(to, u.now.Add(-GreetingSpan)); err != nil || had >= MaxGreetings {
		return err
	}
	if found, err := u.tx.Suppressed([]string{to}); err != nil || len(found) > 0 {
		return err
	}
	if err := u.tx.Greet(to, u.now); err != nil {
		return err
	}
	u.actor = System()
	_, err := u.mail(m, Reply{Auto: Greeting})
	return err
}

// verdict asks the policies about an arrival.
func (s *Service) verdict(a Arrival) Verdict {
	if s.policies == nil || a.Conversation.Queue == "" {
		return Verdict{Queue: a.Conversation.Queue}
	}
	v := s.policies.Plan(a)
	if _, ok := s.dir().Queue(v.Queue); !ok { // a queue that was deleted a moment ago: nothing may be lost in it
		return Verdict{Queue: a.Conversation.Queue}
	}
	return v
}

// wordsOf is what key words are looked for in.
func wordsOf(subject string, m Message) string {
	return subject + "\n" + clip(m.Body.Text, maxPolicyWords)
}

// maxPolicyWords bounds how much of a first message is looked at, in characters.
const maxPolicyWords = 10_000

// replan asks the policies again about a conversation that is to wait in queue from; a queue that is full matters only to
// who has just come. What was done for the customer already is not done again.
func (u *unit) replan(from QueueID) error {
	if u.s.policies == nil || from == "" {
		return nil
	}
	c, err := u.tx.Contact(u.conv.Contact)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	first, err := u.tx.Opening(u.conv.ID)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	conv := u.conv
	conv.Queue = from
	v := u.s.verdict(Arrival{Conversation: conv, Contact: c, Words: wordsOf(u.conv.Subject, first), Now: u.now})
	was := u.conv.Plan
	if v.Queue != u.conv.Queue {
		u.note(QueueChanged{From: u.conv.Queue, To: v.Queue})
		u.conv.Queue = v.Queue
	}
	u.conv.Plan = v.Plan.after(was)
	return nil
}

// after is the plan that takes the place of another: what a full queue sent along stays, and deeds that were done are
// done. What the old version of a policy asked that was asked again counts no more.
func (p *Plan) after(was *Plan) *Plan {
	if was == nil || p == nil && was.Limit == "" {
		return p
	}
	var next Plan
	if p != nil {
		next = *p
	}
	if was.Limit != "" {
		sent := was.sent(p)
		if p == nil { // no policy where it waits: what came along is all there is
			switch sent.By {
			case "":
				return nil
			case was.Policy:
				return was
			}
			next.Policy, next.Version = sent.By, sent.Version
		}
		way := was.From
		if i := slices.Index(way, sent.To); i >= 0 {
			way = way[:i]
		}
		next.Limit, next.Sent, next.From = was.Limit, sent, slices.Concat(way, next.From)
		next.Need, next.Want, next.Boost = Together(sent.Need, next.Need), Together(sent.Want, next.Want), sent.Boost+next.Boost
	}
	for i, s := range next.Steps {
		for _, j := range was.Done {
			if j < len(was.Steps) && s.Do != DoNothing && was.Steps[j].Do == s.Do && was.Steps[j].Text == s.Text {
				next.Done = append(next.Done, i)
				break
			}
		}
	}
	return &next
}

// sent is what had come along. Plans of before it was kept apart hold it together with what their own policy asked: then
// all of that stays, once.
func (p *Plan) sent(next *Plan) *Sent {
	if p.Sent != nil {
		return p.Sent
	}
	s := &Sent{By: p.Policy, Version: p.Version, Need: p.Need, Want: p.Want, Boost: p.Boost}
	if next != nil {
		s.To, s.Boost = next.Policy, max(0, p.Boost-next.Boost)
		if len(next.From) > 0 {
			s.To = next.From[0]
		}
	}
	return s
}

// origin is the queue whose policy is to be asked about a waiting conversation: where it came in, or where a queue that
// was full sent it.
func (c *Conversation) origin() QueueID {
	switch p := c.Plan; {
	case p == nil:
	case p.Limit != "" && p.Sent != nil:
		return p.Sent.To
	case p.Limit == "" && len(p.From) > 0:
		return p.From[0]
	}
	return c.Queue
}

// Reroute asks the policies again about a waiting conversation, after they changed; nothing else changes nothing. It keeps
// its place by its first queueing. Errors: NotFound; those of [Store.Update].
func (s *Service) Reroute(ctx context.Context, id ConversationID) error {
	c, _, err := s.store.Conversation(ctx, id)
	if err != nil {
		return err
	}
	if !c.Waiting() {
		return nil
	}
	now := s.instant()
	return s.update(ctx, About{Conversations: []ConversationID{id}}, func(tx Tx) error {
		u, err := s.load(tx, System(), id, now)
		if err != nil || !u.conv.Waiting() {
			return err
		}
		from := u.conv.origin()
		if _, ok := s.dir().Queue(from); !ok { // deleted since
			from = u.conv.Queue
		}
		if err := u.replan(from); err != nil {
			return err
		}
		if u.conv.Queue == u.was.Queue && u.conv.Plan.same(u.was.Plan) {
			return nil
		}
		return u.finish()
	})
}
