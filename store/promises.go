package store

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"yingda/desk"
	"yingda/sla"
)

// promised keeps a promise that ended as it stood then, for reports. What is written once is not changed.
func (u *unit) promised(e desk.Event) error {
	var k desk.Clock
	again := false // it had ended: the waiver, or its end, is what is new
	switch f := e.Fact.(type) {
	case desk.ClockMet:
		k = f.Clock
	case desk.ClockCancelled:
		k = f.Clock
	case desk.WaiverGiven:
		k.Target, k.N, again = f.Target, f.N, true
	case desk.WaiverUndone:
		k.Target, k.N, again = f.Target, f.N, true
	default:
		return nil
	}
	rec, err := u.conv(desk.ConversationID(e.Subject.ID))
	if err != nil || rec == nil {
		return err
	}
	if again {
		i := rec.clock(k)
		if i < 0 || !rec.clocks[i].Ended() {
			return nil
		}
		k = rec.clocks[i]
	}
	p := sla.Ended(rec.c, k, e.Actor)
	if again {
		p.EndedAt = e.At
	}
	key := []any{string(p.Conversation), string(p.Target), p.N, ms(p.EndedAt)}
	u.do(`INSERT INTO promises (conversation, target, n, ended_at, outcome, medium, inbox, queue, agent, tier, policy, calendar_ms, business_ms, contact, later)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, COALESCE((SELECT MIN(p.ended_at) FROM promises p
		WHERE p.conversation = $1 AND p.target = $2 AND p.n = $3 AND p.ended_at > $4), $15))
		ON CONFLICT (conversation, target, n, ended_at) DO NOTHING`,
		append(slices.Clone(key), p.Outcome, string(p.Medium), string(p.Inbox), string(p.Queue), string(p.Agent), string(p.Tier), p.Policy,
			p.Calendar.Milliseconds(), p.Business.Milliseconds(), string(p.Contact), never)...)
	// It may have ended before: its reply bounced, or the conversation came back. That ending counts up to here.
	u.do(`UPDATE promises SET later = $4 WHERE conversation = $1 AND target = $2 AND n = $3 AND ended_at < $4 AND later > $4`, key...)
	return nil
}

// Promises hands every promise that ended from a moment until before another to take, the earliest first.
func (db *DB) Promises(ctx context.Context, from, to time.Time, take func(sla.EndedPromise)) error {
	err := queryAll(ctx, db.read, func(r rows) error {
		p, err := scanPromise(r)
		if err == nil {
			take(p)
		}
		return err
	}, `SELECT `+promiseRow+` FROM promises WHERE ended_at >= $1 AND ended_at < $2 ORDER BY ended_at`, ms(from), ms(to))
	return cmp.Or(down(err), ctx.Err())
}

const promiseRow = `conversation, target, n, ended_at, outcome, medium, inbox, queue, agent, tier, policy, calendar_ms, business_ms, contact`

func scanPromise(r rows, more ...any) (sla.EndedPromise, error) {
	var p sla.EndedPromise
	var ended, calendar, business int64
	err := r.Scan(append([]any{
		(*string)(&p.Conversation), (*string)(&p.Target), &p.N, &ended, &p.Outcome, (*string)(&p.Medium), (*string)(&p.Inbox),
		(*string)(&p.Queue), (*string)(&p.Agent), (*string)(&p.Tier), &p.Policy, &calendar, &business, (*string)(&p.Contact),
	}, more...)...)
	p.EndedAt = at(ended)
	p.Calendar, p.Business = time.Duration(calendar)*time.Millisecond, time.Duration(business)*time.Millisecond
	return p, err
}

// promiseColumns are what a view's key is stored as; the day is made of the moment.
var promiseColumns = map[string]string{
	"queue": "queue", "agent": "agent", "tier": "tier", "medium": "medium", "policy": "policy", "inbox": "inbox", "contact": "contact",
}

// wherePromises is the question as SQL: what ended in the period, and not again in it.
func wherePromises(b *query, q sla.PromiseQuery) string {
	until := q.Until
	if until.IsZero() {
		until = q.To
	}
	where := []string{"ended_at >= " + b.arg(ms(q.From)), "ended_at < " + b.arg(ms(q.To)), "later >= " + b.arg(ms(until))}
	if !q.AllQueues {
		where = append(where, in(b, "queue", q.Queues))
	}
	if q.Contact != "" {
		where = append(where, "contact = "+b.arg(string(q.Contact)))
	}
	if q.Contacts != nil {
		where = append(where, "contact <> ''", in(b, "contact", q.Contacts))
	}
	if q.Target != "" {
		where = append(where, "target = "+b.arg(string(q.Target)))
	}
	if q.Outcome != "" {
		where = append(where, "outcome = "+b.arg(q.Outcome))
	}
	if column := promiseColumns[q.By]; column != "" && q.Keyed {
		where = append(where, column+" = "+b.arg(q.Key))
	}
	return strings.Join(where, " AND ")
}

// ContactNames are the names of those contacts that are there.
func (db *DB) ContactNames(ctx context.Context, ids []desk.ContactID) (map[desk.ContactID]string, error) {
	out := make(map[desk.ContactID]string, len(ids))
	b := &query{}
	where := in(b, "id", ids)
	err := queryAll(ctx, db.read, func(r rows) error {
		var id, name string
		err := r.Scan(&id, &name)
		out[desk.ContactID(id)] = name
		return err
	}, `SELECT id, name FROM contacts WHERE `+where, b.args...)
	return out, down(err)
}

// PromiseRows is one page of the promises behind a figure, newest first, before the place of the last one seen. Those of
// erased conversations are among them, for the figure counts them.
func (db *DB) PromiseRows(ctx context.Context, q sla.PromiseQuery, before desk.Keyset, limit int) ([]sla.EndedPromise, error) {
	b := &query{}
	where := wherePromises(b, q)
	if !before.At.IsZero() {
		at, id := b.arg(ms(before.At)), b.arg(before.ID)
		where += " AND (ended_at < " + at + " OR ended_at = " + at + " AND conversation || ' ' || target || ' ' || n < " + id + ")"
	}
	var out []sla.EndedPromise
	err := queryAll(ctx, db.read, func(r rows) error {
		p, err := scanPromise(r)
		out = append(out, p)
		return err
	}, `SELECT `+promiseRow+` FROM promises WHERE `+where+`
		ORDER BY ended_at DESC, conversation || ' ' || target || ' ' || n DESC LIMIT `+b.arg(pageSize(limit)), b.args...)
	return out, down(err)
}
