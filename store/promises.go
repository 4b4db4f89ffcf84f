package store

import (
	"cmp"
	"context"
	"time"

	"yingda/desk"
	"yingda/sla"
)

// promised keeps a promise that ended as it stood then, for reports. What is written once is not changed.
func (u *unit) promised(e desk.Event) error {
	var k desk.Clock
	switch f := e.Fact.(type) {
	case desk.ClockMet:
		k = f.Clock
	case desk.ClockCancelled:
		k = f.Clock
	default:
		return nil
	}
	rec, err := u.conv(desk.ConversationID(e.Subject.ID))
	if err != nil || rec == nil {
		return err
	}
	p := sla.Ended(rec.c, k, e.Actor)
	u.do(`INSERT INTO promises (conversation, target, n, ended_at, outcome, medium, inbox, queue, agent, tier, policy, calendar_ms, business_ms)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT (conversation, target, n, ended_at) DO NOTHING`,
		string(p.Conversation), string(p.Target), p.N, ms(p.EndedAt), p.Outcome, string(p.Medium), string(p.Inbox), string(p.Queue),
		string(p.Agent), string(p.Tier), p.Policy, p.Calendar.Milliseconds(), p.Business.Milliseconds())
	return nil
}

// Promises hands every promise that ended from a moment until before another to take, the earliest first.
func (db *DB) Promises(ctx context.Context, from, to time.Time, take func(sla.EndedPromise)) error {
	err := queryAll(ctx, db.read, func(r rows) error {
		var p sla.EndedPromise
		var ended, calendar, business int64
		err := r.Scan((*string)(&p.Conversation), (*string)(&p.Target), &p.N, &ended, &p.Outcome, (*string)(&p.Medium), (*string)(&p.Inbox),
			(*string)(&p.Queue), (*string)(&p.Agent), (*string)(&p.Tier), &p.Policy, &calendar, &business)
		if err != nil {
			return err
		}
		p.EndedAt = at(ended)
		p.Calendar, p.Business = time.Duration(calendar)*time.Millisecond, time.Duration(business)*time.Millisecond
		take(p)
		return nil
	}, `SELECT conversation, target, n, ended_at, outcome, medium, inbox, queue, agent, tier, policy, calendar_ms, business_ms
		FROM promises WHERE ended_at >= $1 AND ended_at < $2 ORDER BY ended_at`, ms(from), ms(to))
	return cmp.Or(down(err), ctx.Err())
}
