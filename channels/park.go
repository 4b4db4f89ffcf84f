package channels

import (
	"context"
	"errors"
	"time"

	"yingda/desk"
)

// maxSpread bounds how many waiting messages are told why they wait, per answer about a quota. The rest are told when
// their turn comes.
const maxSpread = 2000

// itsTurn reports whether m may go now. When it may not, it goes back into the record with the moment and the reason,
// for people to see (UP-N7), and the claim counts for no attempt.
func (o *Outbox) itsTurn(work context.Context, m desk.Outbound) bool {
	now := o.Now()
	if k, waits := o.pacer.parked(m.Message.Inbox, m.Rank, now); waits {
		o.pacer.forget(m.Message.ID)
		o.putBack(work, m.Message.ID, "quota_waiting: "+k.words, k.until)
		return false
	}
	sender, ok := o.Sender(m.Message.Inbox)
	paced, is := sender.(Paced)
	if !ok || !is {
		return true
	}
	at, why := o.pacer.turn(m, paced.Pace(), now)
	wait := at.Sub(now)
	if wait <= 0 {
		return true
	}
	if wait > nap {
		o.putBack(work, m.Message.ID, why, at)
		return false
	}
	defer o.pacer.forget(m.Message.ID)
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-work.Done():
		return false
	}
}

// putBack returns an unused claim. A row that cannot be returned comes back by its lease.
func (o *Outbox) putBack(work context.Context, id desk.MessageID, reason string, at time.Time) {
	if err := o.Spool.Untried(work, id); err != nil {
		o.Log.Warn("outbox claim not taken back", "message", id, "err", err)
	}
	o.record(work, "waiting", id, func(ctx context.Context) error { return o.Results.Delayed(ctx, id, reason, at) })
	o.Wake()
}

// park honours a quota: the mailbox rests until its time for mails of this rank and below. Answers to people who wrote
// go on when only mails to strangers were too many. What waits already says why from now on.
func (o *Outbox) park(work context.Context, m desk.Outbound, err error) {
	var e *SendError
	if !errors.As(err, &e) || !e.Until.After(o.Now()) {
		o.later(work, m, err.Error())
		return
	}
	inbox := m.Message.Inbox
	o.pacer.park(inbox, m.Rank, e.Until, e.Reason)
	o.Log.Warn("mailbox may send no more for now", "inbox", inbox, "until", e.Until, "rank", int(m.Rank), "err", e.Reason)
	id := m.Message.ID
	if err := o.Spool.Untried(work, id); err != nil { // a quota is nobody's fault: the 48 hours do not run
		o.Log.Warn("outbox claim not taken back", "message", id, "err", err)
	}
	o.record(work, "delayed", id, func(ctx context.Context) error { return o.Results.Delayed(ctx, id, "quota: "+e.Reason, e.Until) })
	waiting, err := o.Spool.Backlog(work, o.Node, desk.Backlog{Inbox: inbox, Rank: m.Rank, Before: e.Until}, maxSpread)
	if err != nil {
		o.Log.Warn("waiting mails not told of a quota", "inbox", inbox, "err", err)
		return
	}
	for _, id := range waiting {
		if err := o.Results.Delayed(work, id, "quota_waiting: "+e.Reason, e.Until); err != nil {
			o.Log.Warn("waiting mail not told of a quota", "message", id, "err", err)
		}
	}
	o.Wake()
}
