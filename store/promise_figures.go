package store

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"yingda/desk"
	"yingda/sla"
)

// PromiseFigures hands the promises that ended in a period to take, in no order, with no more of each than the view and
// its figures need. One that ended twice in it is handed on as it ended last. Hours that are packed are read so, the
// others from their rows, as of one moment. It reads beside the desk and may be slow.
func (db *DB) PromiseFigures(ctx context.Context, q sla.PromiseQuery, take func(sla.EndedPromise)) error {
	q.Keyed = false
	if q.Until.IsZero() {
		q.Until = q.To
	}
	err := db.read.snapshot(ctx, func(ask asking) error {
		if q.Contact != "" { // few, and there is an index of them
			return figuresOfRows(ask, q, take)
		}
		open, err := figuresOfPacks(ask, q, take)
		if err != nil {
			return err
		}
		for _, part := range open {
			some := q
			some.From, some.To = later(q.From, hourAt(part.first)), earlier(q.To, hourAt(part.last+1))
			if err := figuresOfRows(ask, some, take); err != nil {
				return err
			}
		}
		return nil
	})
	return cmp.Or(down(err), ctx.Err())
}

// PromiseCustomers names the customers with most promises of a query, those with most first, at most limit.
func (db *DB) PromiseCustomers(ctx context.Context, q sla.PromiseQuery, limit int) ([]desk.ContactID, error) {
	q.By = "contact"
	counts := map[desk.ContactID]int{}
	if err := db.PromiseFigures(ctx, q, func(p sla.EndedPromise) { counts[p.Contact]++ }); err != nil {
		return nil, err
	}
	delete(counts, "")
	out := make([]desk.ContactID, 0, len(counts))
	for id := range counts {
		out = append(out, id)
	}
	slices.SortFunc(out, func(a, b desk.ContactID) int { return cmp.Or(counts[b]-counts[a], cmp.Compare(a, b)) })
	return out[:min(limit, len(out))], nil
}

// asking runs one query of several that see the same moment.
type asking func(scan func(rows) error, query string, args ...any) error

// snapshot lets fn ask several questions of one moment of the record.
func (r *readers) snapshot(ctx context.Context, fn func(asking) error) error {
	if r.pool == nil {
		return inTx(ctx, r.DB, func(tx *sql.Tx) error {
			return fn(func(scan func(rows) error, query string, args ...any) error {
				return scanRows(ctx, tx, scan, query, args...)
			})
		})
	}
	return pgx.BeginTxFunc(ctx, r.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		return fn(func(scan func(rows) error, query string, args ...any) error {
			rs, err := tx.Query(ctx, query, args...)
			if err != nil {
				return err
			}
			return drain(rs, scan)
		})
	})
}

// hourSpan is hours beside each other, the last counted.
type hourSpan struct{ first, last int64 }

func hourAt(h int64) time.Time { return time.UnixMilli(h * hourMS) }

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// figuresOfPacks hands on what is packed of a query and returns which hours are not.
func figuresOfPacks(ask asking, q sla.PromiseQuery, take func(sla.EndedPromise)) (open []hourSpan, err error) {
	u := newUnpacker(q, take)
	running := false // the last hour seen was open: the next may join it, for hours between them have no promises
	err = ask(func(r rows) error {
		var hour int64
		var raw []byte
		if err := r.Scan(&hour, &raw); err != nil {
			return err
		}
		if raw != nil && u.hour(hour, raw) == nil {
			running = false
			return nil
		}
		if running {
			open[len(open)-1].last = hour
		} else {
			open = append(open, hourSpan{hour, hour})
		}
		running = true
		return nil
	}, `SELECT hour, pack FROM promise_hours WHERE hour >= $1 AND hour <= $2 ORDER BY hour`, ms(q.From)/hourMS, (ms(q.To)-1)/hourMS)
	return open, err
}

// figuresOfRows hands on what the rows say.
func figuresOfRows(ask asking, q sla.PromiseQuery, take func(sla.EndedPromise)) error {
	b := &query{}
	where := wherePromises(b, q)
	column := cmp.Or(promiseColumns[q.By], "''")
	var p sla.EndedPromise
	var key string
	var ended, calendar, business int64
	return ask(func(r rows) error {
		if err := r.Scan(&key, (*string)(&p.Target), &p.Outcome, &ended, &calendar, &business); err != nil {
			return err
		}
		p.EndedAt = time.UnixMilli(ended)
		p.Calendar, p.Business = time.Duration(calendar)*time.Millisecond, time.Duration(business)*time.Millisecond
		p.SetKey(q.By, key)
		take(p)
		return nil
	}, `SELECT `+column+`, target, outcome, ended_at, calendar_ms, business_ms FROM promises WHERE `+where, b.args...)
}

// unpacker hands on what packs say of a query: wherePromises, said again of columns.
type unpacker struct {
	q                                sla.PromiseQuery
	take                             func(sla.EndedPromise)
	words                            wordsSeen
	from, to, until                  int64
	ended, later, calendar, business []int64
	contacts                         map[string]bool
	places                           [packWordColumns][]int // scratch
	wanted                           []bool                 // of the rows at hand
}

func newUnpacker(q sla.PromiseQuery, take func(sla.EndedPromise)) *unpacker {
	u := &unpacker{q: q, take: take, words: newWordsSeen(), from: ms(q.From), to: ms(q.To), until: ms(q.Until), contacts: map[string]bool{}}
	for _, id := range q.Contacts {
		u.contacts[string(id)] = id != ""
	}
	return u
}

// hour hands on what one pack says. Errors: errPack, and then it has handed on nothing.
func (u *unpacker) hour(hour int64, raw []byte) error {
	p, err := openPack(raw, u.words)
	if err != nil {
		return err
	}
	u.ended, err = p.moments(hour, u.ended)
	again, e := p.later(hour, u.later)
	u.later = again
	u.calendar, err = numbers(p.calendar, u.calendar, cmp.Or(err, e))
	u.business, err = numbers(p.business, u.business, err)
	if err != nil {
		return err
	}
	u.wanted = u.wanted[:0]
	for i, at := range u.ended {
		u.wanted = append(u.wanted, at >= u.from && at < u.to && again[i] >= u.until)
	}
	if err := u.narrow(p); err != nil {
		return err
	}
	return u.hand(p)
}

func numbers(read func([]int64) ([]int64, error), into []int64, err error) ([]int64, error) {
	if err != nil {
		return into, err
	}
	return read(into)
}

// narrow leaves out what the query does not ask for.
func (u *unpacker) narrow(p *pack) error {
	q := &u.q
	if !q.AllQueues {
		if err := u.only(p, packQueue, func(w string) bool { return slices.Contains(q.Queues, desk.QueueID(w)) }); err != nil {
			return err
		}
	}
	if q.Contacts != nil {
		if err := u.only(p, packContact, func(w string) bool { return u.contacts[w] }); err != nil {
			return err
		}
	}
	if q.Target != "" {
		if err := u.only(p, packTarget, func(w string) bool { return w == string(q.Target) }); err != nil {
			return err
		}
	}
	if q.Outcome != "" {
		return u.only(p, packOutcome, func(w string) bool { return w == q.Outcome })
	}
	return nil
}

// only keeps the rows whose word in a column fits.
func (u *unpacker) only(p *pack, column int, fits func(string) bool) error {
	words, rows, err := p.column(column, u.places[column])
	if err != nil {
		return err
	}
	u.places[column] = rows
	fit := make([]bool, len(words))
	for i, w := range words {
		fit[i] = fits(w)
	}
	for i, at := range rows {
		u.wanted[i] = u.wanted[i] && fit[at]
	}
	return nil
}

// hand hands on the rows that are wanted.
func (u *unpacker) hand(p *pack) error {
	targets, target, err := p.column(packTarget, u.places[packTarget])
	if err != nil {
		return err
	}
	outcomes, outcome, err := p.column(packOutcome, u.places[packOutcome])
	if err != nil {
		return err
	}
	u.places[packTarget], u.places[packOutcome] = target, outcome
	keys, key := []string{""}, []int(nil)
	if column, ok := packedAs[u.q.By]; ok && column != packTarget {
		if keys, key, err = p.column(column, u.places[column]); err != nil {
			return err
		}
		u.places[column] = key
	}
	var out sla.EndedPromise
	for i, wanted := range u.wanted {
		if !wanted {
			continue
		}
		out.EndedAt, out.Target, out.Outcome = time.UnixMilli(u.ended[i]), desk.Target(targets[target[i]]), outcomes[outcome[i]]
		out.Calendar, out.Business = time.Duration(u.calendar[i])*time.Millisecond, time.Duration(u.business[i])*time.Millisecond
		if key != nil {
			out.SetKey(u.q.By, keys[key[i]])
		}
		u.take(out)
	}
	return nil
}
