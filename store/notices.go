package store

import (
	"context"
	"time"

	"yingda/desk"
)

// notice is a row of clock_notices.
type notice struct {
	at   time.Time
	rung desk.Rung
}

func noticesOf(s *state) map[desk.NoticeKey]*notice { return s.notices }

// loadNotices reads what was announced of the clocks that keys name.
func (s *state) loadNotices(keys []desk.NoticeKey) []read {
	if len(keys) == 0 {
		return nil
	}
	var in order[desk.ConversationID]
	for _, k := range keys {
		put(&s.notices, k, nil)
		in.add(k.Conversation)
	}
	args := padded(in.keys)
	return []read{{
		`SELECT conversation, target, n, due_version, level, at, step, step_at FROM clock_notices
			WHERE conversation IN (` + holes(1, len(args)) + `)`, args,
		func(r rows) error {
			k, n, err := scanNotice(r)
			put(&s.notices, k, n)
			return err
		},
	}}
}

func scanNotice(r rows, more ...any) (desk.NoticeKey, *notice, error) {
	var k desk.NoticeKey
	var n notice
	var when, stepAt int64
	dest := append([]any{(*string)(&k.Conversation), (*string)(&k.Target), &k.N, &k.DueVersion, &k.Level, &when, &n.rung.Step, &stepAt}, more...)
	err := r.Scan(dest...)
	n.at, n.rung.At = at(when), at(stepAt)
	return k, &n, err
}

// notice is what was announced under a key, nil when nothing was.
func (u *unit) notice(k desk.NoticeKey) (*notice, error) {
	n, ok := find(u.own, k, noticesOf)
	if ok {
		return n, nil
	}
	if err := u.load(u.b.state.loadNotices([]desk.NoticeKey{k})...); err != nil {
		return nil, err
	}
	return u.b.state.notices[k], nil
}

// Notice records that (clock, level, due version) was announced, and the clock's next moment.
func (u *unit) Notice(k desk.Clock, level int, when time.Time, r desk.Rung) (bool, error) {
	key := desk.NoticeKey{Conversation: k.Conversation, Target: k.Target, N: k.N, DueVersion: k.DueVersion, Level: level}
	told, err := u.notice(key)
	if err != nil {
		return false, err
	}
	if level > 0 {
		if err := u.next(k); err != nil {
			return false, err
		}
	}
	if told != nil {
		return false, nil
	}
	put(&u.own.notices, key, &notice{at: exact(when), rung: desk.Rung{Step: r.Step, At: exact(r.At)}})
	u.do(`INSERT INTO clock_notices (conversation, target, n, due_version, level, at, step, step_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		string(k.Conversation), string(k.Target), k.N, k.DueVersion, level, ms(when), r.Step, ms(r.At))
	return true, nil
}

// Climb moves a ladder; see [desk.TxPeople].
func (u *unit) Climb(key desk.NoticeKey, from int, r desk.Rung) (bool, error) {
	n, err := u.notice(key)
	if err != nil || n == nil || n.rung.Step != from || n.rung.At.IsZero() {
		return false, err
	}
	put(&u.own.notices, key, &notice{at: n.at, rung: desk.Rung{Step: r.Step, At: exact(r.At)}})
	u.stmts = append(u.stmts, write{
		one: true, sql: `UPDATE clock_notices SET step = $7, step_at = $8
		WHERE conversation = $1 AND target = $2 AND n = $3 AND due_version = $4 AND level = $5 AND step = $6`,
		args: []any{string(key.Conversation), string(key.Target), key.N, key.DueVersion, key.Level, from, r.Step, ms(r.At)},
	})
	return true, nil
}

// Ladders lists announcements whose next step is looked at at or before a moment, the earliest first, with their clocks.
func (db *DB) Ladders(ctx context.Context, before time.Time, limit int) ([]desk.Ladder, error) {
	var out []desk.Ladder
	err := queryAll(ctx, db.read, func(r rows) error {
		var l desk.Ladder
		var due, breached int64
		k, n, err := scanNotice(r, &l.Clock.Policy, &l.Clock.Calendar, &due, &breached)
		l.Notice, l.Rung, l.At = k, n.rung, n.at
		l.Clock.Conversation, l.Clock.Target, l.Clock.N, l.Clock.DueVersion = k.Conversation, k.Target, k.N, k.DueVersion
		l.Clock.DueAt, l.Clock.BreachedAt = at(due), at(breached)
		out = append(out, l)
		return err
	}, `SELECT l.conversation, l.target, l.n, l.due_version, l.level, l.at, l.step, l.step_at, k.policy, k.calendar, k.due_at, k.breached_at
		FROM clock_notices l JOIN clocks k ON k.conversation = l.conversation AND k.target = l.target AND k.n = l.n
		WHERE l.step_at > 0 AND l.step_at <= $1 ORDER BY l.step_at LIMIT $2`, ms(before), limit)
	return out, down(err)
}
