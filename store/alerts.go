package store

import (
	"context"
	"time"

	"yingda/desk"
)

func alertsOf(s *state) map[string]*desk.Alert { return s.alerts }

func scanAlert(r rows) (desk.Alert, error) {
	var a desk.Alert
	var doc string
	if err := r.Scan(&doc); err != nil {
		return a, err
	}
	err := decode(doc, &a)
	return a, err
}

const lastAlert = `SELECT doc FROM alerts WHERE about = $1 ORDER BY raised_at DESC, id DESC LIMIT 1`

// Alert returns the newest about something, open or cleared, or ErrNotFound.
func (u *unit) Alert(about string) (desk.Alert, error) {
	a, ok := find(u.own, about, alertsOf)
	if !ok {
		err := u.load(read{lastAlert, []any{about}, func(r rows) error {
			got, err := scanAlert(r)
			a = &got
			return err
		}})
		if err != nil {
			return desk.Alert{}, err
		}
		put(&u.b.state.alerts, about, a)
	}
	if a == nil {
		return desk.Alert{}, desk.ErrNotFound
	}
	return *a, nil
}

// SaveAlert writes one. A second open one about the same is refused by the index.
func (u *unit) SaveAlert(a desk.Alert) error {
	a.RaisedAt, a.ClearedAt, a.AckedAt, a.SnoozedUntil = exact(a.RaisedAt), exact(a.ClearedAt), exact(a.AckedAt), exact(a.SnoozedUntil)
	doc, err := encode(&a)
	if err != nil {
		return err
	}
	u.do(`INSERT INTO alerts (id, about, raised_at, cleared_at, doc) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (id) DO UPDATE SET cleared_at = $4, doc = $5`, string(a.ID), a.About(), ms(a.RaisedAt), ms(a.ClearedAt), doc)
	put(&u.own.alerts, a.About(), &a)
	return nil
}

// OpenAlerts lists the alerts that are not cleared, oldest first.
func (db *DB) OpenAlerts(ctx context.Context) ([]desk.Alert, error) {
	return db.alerts(ctx, `WHERE cleared_at = 0 ORDER BY raised_at, id`)
}

// Alerts is one page of all alerts, newest first, before the place of the last one seen.
func (db *DB) Alerts(ctx context.Context, before desk.Keyset, limit int) ([]desk.Alert, error) {
	when := msNever(before.At)
	return db.alerts(ctx, `WHERE raised_at < $1 OR raised_at = $1 AND id < $2 ORDER BY raised_at DESC, id DESC LIMIT $3`,
		when, before.ID, pageSize(limit))
}

// AlertByID returns one, or ErrNotFound.
func (db *DB) AlertByID(ctx context.Context, id desk.AlertID) (desk.Alert, error) {
	found, err := db.alerts(ctx, `WHERE id = $1`, string(id))
	if err != nil {
		return desk.Alert{}, err
	}
	if len(found) == 0 {
		return desk.Alert{}, desk.ErrNotFound
	}
	return found[0], nil
}

func (db *DB) alerts(ctx context.Context, where string, args ...any) ([]desk.Alert, error) {
	var out []desk.Alert
	err := queryAll(ctx, db.read, func(r rows) error {
		a, err := scanAlert(r)
		out = append(out, a)
		return err
	}, `SELECT doc FROM alerts `+where, args...)
	return out, down(err)
}

// forgetAlerts clears away alerts that were cleared before a moment. The facts about them stay.
func (db *DB) forgetAlerts(ctx context.Context, before time.Time) error {
	return db.do(ctx, `DELETE FROM alerts WHERE cleared_at > 0 AND raised_at < $1 AND cleared_at < $1`, ms(before))
}
