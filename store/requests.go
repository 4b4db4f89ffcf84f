package store

import (
	"context"
	"time"

	"yingda/desk"
)

// KeepRequest marks a request as done in the unit that does it; see [desk.TxRecords].
func (u *unit) KeepRequest(r desk.Request) error {
	there := false
	look := func(row rows) error {
		var one int
		there = true
		return row.Scan(&one)
	}
	args := []any{string(r.Agent), r.Route, r.Key}
	err := u.load(read{`SELECT 1 FROM requests WHERE agent = $1 AND route = $2 AND key = $3`, args, look})
	key := requestKey{r.Agent, r.Route, r.Key}
	if _, ok := find(u.own, key, func(s *state) map[requestKey]bool { return s.requests }); ok || there {
		return desk.Refuse(desk.Conflict, "request_under_way")
	}
	put(&u.own.requests, key, true)
	u.do(`INSERT INTO requests (agent, route, key, hash, made, status, answer, at) VALUES ($1, $2, $3, $4, $5, 0, '', $6)`,
		string(r.Agent), r.Route, r.Key, r.Hash, r.Made, ms(r.At))
	return err
}

type requestKey struct {
	agent      desk.AgentID
	route, key string
}

// Answered finds what a request was answered, or desk.ErrNotFound.
func (db *DB) Answered(ctx context.Context, r desk.Request) (desk.Answered, error) {
	var a desk.Answered
	found := false
	err := queryAll(ctx, db.read, func(row rows) error {
		found = true
		return row.Scan(&a.Hash, &a.Made, &a.Status, &a.Body)
	}, `SELECT hash, made, status, answer FROM requests WHERE agent = $1 AND route = $2 AND key = $3`, string(r.Agent), r.Route, r.Key)
	if err != nil {
		return a, down(err)
	}
	if !found {
		return a, desk.ErrNotFound
	}
	return a, nil
}

// KeepAnswer writes down what a request was answered, so that the same request again is answered the same.
func (db *DB) KeepAnswer(ctx context.Context, r desk.Request, status int, body string) error {
	_, err := db.eng.exec(ctx, `INSERT INTO requests (agent, route, key, hash, made, status, answer, at) VALUES ($1, $2, $3, $4, '', $5, $6, $7)
		ON CONFLICT (agent, route, key) DO UPDATE SET status = $5, answer = $6`,
		string(r.Agent), r.Route, r.Key, r.Hash, status, clean(body), ms(db.now()))
	return down(err)
}

// ForgetRequests removes the marks of requests made before t and says how many.
func (db *DB) ForgetRequests(ctx context.Context, t time.Time) (int64, error) {
	res, err := db.eng.exec(ctx, `DELETE FROM requests WHERE at < $1`, ms(t))
	if err != nil {
		return 0, down(err)
	}
	n, err := res.RowsAffected()
	return n, down(err)
}
