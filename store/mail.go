package store

import (
	"context"
	"time"

	"yingda/desk"
)

// What sending mail must know: who is not written to any more, and how often somebody was answered by itself.

func suppressedOf(s *state) map[string]*desk.Suppression { return s.suppressed }

func scanSuppression(r rows) (desk.Suppression, error) {
	var v desk.Suppression
	var when int64
	err := r.Scan(&v.Address, &v.Reason, (*string)(&v.Message), (*string)(&v.Conversation), &when)
	v.At = at(when)
	return v, err
}

func (s *state) loadSuppressed(addresses []string) []read {
	if len(addresses) == 0 {
		return nil
	}
	for _, a := range addresses {
		put(&s.suppressed, a, nil)
	}
	args := padded(addresses)
	return []read{{
		`SELECT address, reason, message, conversation, at FROM suppressions WHERE address IN (` + holes(1, len(args)) + `)`, args,
		func(r rows) error {
			v, err := scanSuppression(r)
			put(&s.suppressed, v.Address, &v)
			return err
		},
	}}
}

// Suppressed returns those of addresses that are on the suppression list.
func (u *unit) Suppressed(addresses []string) ([]desk.Suppression, error) {
	var missing []string
	for _, a := range addresses {
		if _, ok := find(u.own, a, suppressedOf); !ok {
			missing = append(missing, a)
		}
	}
	if len(missing) > 0 {
		if err := u.load(u.b.state.loadSuppressed(missing)...); err != nil {
			return nil, err
		}
	}
	var out []desk.Suppression
	for _, a := range addresses {
		if v, _ := find(u.own, a, suppressedOf); v != nil {
			out = append(out, *v)
		}
	}
	return out, nil
}

// Suppress adds an address; one that is there stays as it is.
func (u *unit) Suppress(s desk.Suppression) error {
	s.Address, s.Reason, s.At = clean(s.Address), clean(s.Reason), exact(s.At)
	u.do(`INSERT INTO suppressions (address, reason, message, conversation, at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (address) DO NOTHING`, s.Address, s.Reason, string(s.Message), string(s.Conversation), ms(s.At))
	put(&u.own.suppressed, s.Address, &s)
	return nil
}

// Lift takes an address from the list and reports whether it was there.
func (u *unit) Lift(address string) (bool, error) {
	found, err := u.Suppressed([]string{clean(address)})
	if err != nil || len(found) == 0 {
		return false, err
	}
	u.do(`DELETE FROM suppressions WHERE address = $1`, found[0].Address)
	put(&u.own.suppressed, found[0].Address, nil)
	return true, nil
}

// Greeted counts automatic mails to an address since t.
func (u *unit) Greeted(address string, since time.Time) (int, error) {
	n := 0
	for st := u.own; st != nil; st = st.parent {
		for _, when := range st.greeted[address] {
			if !when.Before(since) {
				n++
			}
		}
	}
	var stored int
	err := u.load(read{
		`SELECT COUNT(*) FROM greetings WHERE address = $1 AND at >= $2`,
		[]any{clean(address), ms(since)},
		func(r rows) error { return r.Scan(&stored) },
	})
	return n + stored, err
}

// Greet records one more.
func (u *unit) Greet(address string, when time.Time) error {
	u.do(`INSERT INTO greetings (address, at) VALUES ($1, $2)`, clean(address), ms(when))
	put(&u.own.greeted, address, append([]time.Time(nil), append(u.own.greeted[address], when)...))
	return nil
}

// Suppressions lists the suppression list, newest first, after the place of the last one seen.
func (db *DB) Suppressions(ctx context.Context, after desk.Keyset, limit int) ([]desk.Suppression, error) {
	before := never
	if !after.At.IsZero() {
		before = ms(after.At)
	}
	return db.suppressions(ctx, `WHERE at < $1 OR at = $1 AND address > $2 ORDER BY at DESC, address LIMIT $3`, before, after.ID, pageSize(limit))
}

// SuppressedOf returns those of addresses (lower case) that are on the list.
func (db *DB) SuppressedOf(ctx context.Context, addresses []string) ([]desk.Suppression, error) {
	if len(addresses) == 0 {
		return nil, nil
	}
	args := padded(addresses)
	return db.suppressions(ctx, `WHERE address IN (`+holes(1, len(args))+`)`, args...)
}

func (db *DB) suppressions(ctx context.Context, where string, args ...any) ([]desk.Suppression, error) {
	var out []desk.Suppression
	err := queryAll(ctx, db.read, func(r rows) error {
		v, err := scanSuppression(r)
		out = append(out, v)
		return err
	}, `SELECT address, reason, message, conversation, at FROM suppressions `+where, args...)
	return out, down(err)
}

// forgetGreetings removes what is too old to count.
func (db *DB) forgetGreetings(ctx context.Context, t time.Time) error {
	_, err := db.eng.exec(ctx, `DELETE FROM greetings WHERE at < $1`, ms(t))
	return down(err)
}
