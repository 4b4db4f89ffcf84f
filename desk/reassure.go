package desk

import (
	"context"
	"slices"
)

// told names the notice that a customer was told when a clock is due. It has no due version: once is enough.
func (c Clock) told() Clock { c.DueVersion = 0; return c }

// Reassure tells the customer whose question a response clock waits for by when they hear from us, once for the clock,
// as a mail in their conversation. Nothing is sent, now or later, where the inbox's words, the limits of automatic mail, or the
// address forbid it. It reports whether a mail was written. Errors: NotFound; those of [Store.Update].
func (s *Service) Reassure(ctx context.Context, k Clock) (bool, error) {
	words, ok := s.courtesy.(Reassurer)
	if !ok {
		return false, nil
	}
	now, id, sent := s.instant(), MessageID(s.newID()), false
	about := About{Conversations: []ConversationID{k.Conversation}, Messages: []MessageID{k.Started}, Notices: []NoticeKey{
		{Conversation: k.Conversation, Target: k.Target, N: k.N},
	}}
	err := s.update(ctx, about, func(tx Tx) error {
		sent = false
		u, err := s.load(tx, System(), k.Conversation, now)
		if err != nil {
			return err
		}
		have := u.clock(k.Target, k.N)
		if have == nil || !have.Running() || !have.Target.Response() || !have.DueAt.After(now) {
			return nil
		}
		if first, err := tx.Notice(have.told(), 0, now, Rung{}); err != nil || !first {
			return err
		}
		if err := u.tellPromised(have.Started); err != nil { // the same mail may have started another
			return err
		}
		sent, err = u.reassure(words, *have, id)
		return err
	})
	return sent && err == nil, err
}

func (u *unit) reassure(words Reassurer, k Clock, id MessageID) (bool, error) {
	m, err := u.tx.Message(k.Started)
	if CodeOf(err) == NotFound {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if u.conv.Status != Open || m.Direction != In || m.Medium != Email || m.Auto != ByHuman || m.Unverified || !u.s.writable(lower(m.From)) {
		return false, nil
	}
	inbox, _ := u.s.dir().Inbox(u.conv.Inbox)
	body, ok := words.Reassure(Acknowledgement{Inbox: inbox, Conversation: u.conv, Clocks: []Clock{k}, Message: m, Now: u.now})
	if !ok || !inbox.Enabled {
		return false, nil
	}
	before := u.conv.Messages
	err = u.courteous(Message{
		ID: id, Direction: Out, Author: System(), AuthorName: inbox.Name, Body: body, Subject: u.conv.Subject, Auto: Greeting,
		To: []Address{m.From}, InReplyTo: m.ID,
	})
	if err != nil || u.conv.Messages == before {
		return false, err
	}
	u.note(CustomerReassured{Target: k.Target, N: k.N, DueAt: k.DueAt, Message: id})
	return true, u.finish()
}

// tellPromised keeps that the customer was told when the clocks their mail started are due.
func (u *unit) tellPromised(m MessageID) error {
	for _, k := range slices.Clone(u.clocks) {
		if k.Started != m || !k.Running() || !k.Target.Response() {
			continue
		}
		if _, err := u.tx.Notice(k.told(), 0, u.now, Rung{}); err != nil {
			return err
		}
	}
	return nil
}
