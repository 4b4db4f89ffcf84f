package store

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"yingda/desk"
)

// clockKey names a clock within its conversation.
type clockKey struct {
	target desk.Target
	n      int
}

func keyOf(k desk.Clock) clockKey { return clockKey{k.Target, k.N} }

const clockColumns = `conversation, target, n, policy, calendar, budget, used, due_version, warnings, started, met_by,
 marked, started_at, paused_at, resumed_at, due_at, met_at, cancelled_at, breached_at, next_at, ack_by, ack_at, ack_due, policy_version, waiver`

func scanClock(r rows, more ...any) (desk.Clock, error) {
	var k desk.Clock
	var warnings, waiver string
	var budget, used, marked, started, paused, resumed, due, met, cancelled, breached, next, acked int64
	dest := append([]any{
		(*string)(&k.Conversation), (*string)(&k.Target), &k.N, &k.Policy, &k.Calendar, &budget, &used, &k.DueVersion,
		&warnings, (*string)(&k.Started), (*string)(&k.MetBy), &marked, &started, &paused, &resumed, &due, &met,
		&cancelled, &breached, &next, (*string)(&k.AckBy), &acked, &k.AckDue, &k.PolicyVersion, &waiver,
	}, more...)
	if err := r.Scan(dest...); err != nil {
		return k, err
	}
	k.Budget, k.Used = time.Duration(budget)*time.Millisecond, time.Duration(used)*time.Millisecond
	k.Marked = marked != 0
	k.StartedAt, k.PausedAt, k.ResumedAt, k.DueAt = at(started), at(paused), at(resumed), at(due)
	k.MetAt, k.CancelledAt, k.BreachedAt, k.NextAt, k.AckAt = at(met), at(cancelled), at(breached), at(next), at(acked)
	for part := range strings.SplitSeq(warnings, ",") {
		if w, err := strconv.Atoi(part); err == nil {
			k.Warnings = append(k.Warnings, w)
		}
	}
	return k, decode(waiver, &k.Waiver)
}

const upsertClock = `INSERT INTO clocks (` + clockColumns + `, waiver_state, queue, running, waiver_asked)
 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29)
 ON CONFLICT (conversation, target, n) DO UPDATE SET policy = $4, calendar = $5, budget = $6, used = $7,
 due_version = $8, warnings = $9, started = $10, met_by = $11, marked = $12, started_at = $13, paused_at = $14,
 resumed_at = $15, due_at = $16, met_at = $17, cancelled_at = $18, breached_at = $19, next_at = $20, ack_by = $21, ack_at = $22, ack_due = $23, policy_version = $24, waiver = $25,
 waiver_state = $26, queue = $27, running = $28, waiver_asked = $29`

// writeClock writes a clock.
func writeClock(k desk.Clock, queue desk.QueueID) write {
	warnings := make([]string, len(k.Warnings))
	for i, w := range k.Warnings {
		warnings[i] = strconv.Itoa(w)
	}
	return write{sql: upsertClock, args: []any{
		string(k.Conversation), string(k.Target), k.N, k.Policy, k.Calendar, k.Budget.Milliseconds(),
		k.Used.Milliseconds(), k.DueVersion, strings.Join(warnings, ","), string(k.Started), string(k.MetBy),
		bit(k.Marked), ms(k.StartedAt), ms(k.PausedAt), ms(k.ResumedAt), msNever(k.DueAt), ms(k.MetAt),
		ms(k.CancelledAt), ms(k.BreachedAt), msNever(k.NextAt), string(k.AckBy), ms(k.AckAt), k.AckDue, k.PolicyVersion, waiverText(k.Waiver), string(k.Waiver.State),
		string(queue), bit(k.Owed()), ms(k.Place().AskedAt), // what is let go is on no list of what runs
	}}
}

// waiverText is the stored form of a waiver; that of none is the empty text.
func waiverText(w desk.Waiver) string {
	if w == (desk.Waiver{}) {
		return ""
	}
	text, err := encode(&w)
	if err != nil {
		panic(err) // texts and moments
	}
	return clean(text)
}

// mergeClocks lays clocks over those of old and remembers which are to be written.
func (rec *convRec) mergeClocks(old *convRec, clocks []desk.Clock) {
	rec.clocks, rec.dirty = slices.Clone(old.clocks), slices.Clone(old.dirty)
	moved := old.c.Queue != rec.c.Queue
	for _, k := range clocks {
		k.Conversation = rec.c.ID
		k = settleClock(k)
		i := rec.clock(k)
		switch {
		case i < 0:
			rec.clocks = append(rec.clocks, k)
			rec.soil(k)
		case moved || !sameClock(rec.clocks[i], k):
			rec.clocks[i] = k
			rec.soil(k)
		}
	}
	rec.clocks = recent(rec.clocks)
}

// clock is where k stands among the recent clocks, or -1.
func (rec *convRec) clock(k desk.Clock) int {
	return slices.IndexFunc(rec.clocks, func(h desk.Clock) bool { return keyOf(h) == keyOf(k) })
}

// soil marks k to be written, once.
func (rec *convRec) soil(k desk.Clock) {
	for i, d := range rec.dirty {
		if keyOf(d) == keyOf(k) {
			rec.dirty[i] = k
			return
		}
	}
	rec.dirty = append(rec.dirty, k)
}

// recent keeps the last two clocks of each target.
func recent(clocks []desk.Clock) []desk.Clock {
	newest := map[desk.Target]int{}
	for _, k := range clocks {
		newest[k.Target] = max(newest[k.Target], k.N)
	}
	return slices.DeleteFunc(clocks, func(k desk.Clock) bool { return k.N <= newest[k.Target]-2 })
}

func settleClock(k desk.Clock) desk.Clock {
	k.StartedAt, k.PausedAt, k.ResumedAt, k.DueAt = exact(k.StartedAt), exact(k.PausedAt), exact(k.ResumedAt), exact(k.DueAt)
	k.MetAt, k.CancelledAt, k.BreachedAt, k.NextAt = exact(k.MetAt), exact(k.CancelledAt), exact(k.BreachedAt), exact(k.NextAt)
	k.AckAt, k.Waiver.At, k.Waiver.DecidedAt = exact(k.AckAt), exact(k.Waiver.At), exact(k.Waiver.DecidedAt)
	k.Budget, k.Used = k.Budget.Truncate(time.Millisecond), k.Used.Truncate(time.Millisecond)
	return k
}

func sameClock(a, b desk.Clock) bool {
	if !slices.Equal(a.Warnings, b.Warnings) {
		return false
	}
	return a.PolicyVersion == b.PolicyVersion && a.Waiver == b.Waiver && a.Policy == b.Policy && a.Calendar == b.Calendar && a.Budget == b.Budget && a.Used == b.Used &&
		a.DueVersion == b.DueVersion && a.Started == b.Started && a.MetBy == b.MetBy && a.Marked == b.Marked &&
		a.StartedAt.Equal(b.StartedAt) && a.PausedAt.Equal(b.PausedAt) && a.ResumedAt.Equal(b.ResumedAt) &&
		a.DueAt.Equal(b.DueAt) && a.MetAt.Equal(b.MetAt) && a.CancelledAt.Equal(b.CancelledAt) &&
		a.BreachedAt.Equal(b.BreachedAt) && a.NextAt.Equal(b.NextAt) &&
		a.AckBy == b.AckBy && a.AckAt.Equal(b.AckAt) && a.AckDue == b.AckDue
}

// next moves the clock's next moment without touching anything else of it or of its conversation.
func (u *unit) next(k desk.Clock) error {
	rec, err := u.conv(k.Conversation)
	if err != nil || rec == nil {
		return err
	}
	i := rec.clock(k)
	if i < 0 {
		u.do(`UPDATE clocks SET next_at = $4 WHERE conversation = $1 AND target = $2 AND n = $3`,
			string(k.Conversation), string(k.Target), k.N, msNever(k.NextAt))
		return nil
	}
	if rec.clocks[i].NextAt.Equal(exact(k.NextAt)) {
		return nil // another node has moved it
	}
	over := *rec
	over.clocks, over.dirty = slices.Clone(rec.clocks), slices.Clone(rec.dirty)
	over.clocks[i].NextAt = exact(k.NextAt)
	over.soil(over.clocks[i])
	put(&u.own.convs, k.Conversation, &over)
	u.convs.add(k.Conversation)
	return nil
}

// WaiversAsked is a page of the clocks after a place whose waiver waits for a second person, the oldest wish first.
func (db *DB) WaiversAsked(ctx context.Context, after desk.ClockPlace, limit int) ([]desk.Clock, error) {
	var out []desk.Clock
	err := queryAll(ctx, db.read, func(r rows) error {
		k, err := scanClock(r)
		out = append(out, k)
		return err
	}, `SELECT `+clockColumns+` FROM clocks WHERE waiver_state = 'asked' AND (waiver_asked, conversation, target, n) > ($1, $2, $3, $4)
		ORDER BY waiver_asked, conversation, target, n LIMIT $5`, ms(after.AskedAt), string(after.Conversation), string(after.Target), after.N, pageSize(limit))
	return out, down(err)
}
