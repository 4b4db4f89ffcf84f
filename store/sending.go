package store

import (
	"context"
	"strconv"
	"sync"

	"yingda/desk"
)

// starts gathers what is asked for at the same moment, so that several mails share the commit that has to be durable
// before the first byte of any of them.
type starts struct {
	mu      sync.Mutex
	waiting []*start
	busy    bool // somebody works on those that wait
}

// start is one mail that wants to go out.
type start struct {
	ctx  context.Context
	id   desk.MessageID
	err  error
	done chan struct{}
}

// Sending marks the claimed row as on the wire. It succeeds once per claim: when the lease ran out or another node was
// first it refuses with Conflict "claim_lost". It returns after the commit. A cancelled ctx ends the wait; whether the
// row was marked is then not known, and nothing may be sent.
func (db *DB) Sending(ctx context.Context, id desk.MessageID) error {
	s := &start{ctx: ctx, id: id, done: make(chan struct{})}
	if db.eng.name() != "postgres" { // one file has one writer: there is nothing to wait for in company
		db.startShare([]*start{s})
		return s.err
	}
	db.starts.mu.Lock()
	db.starts.waiting = append(db.starts.waiting, s)
	lead := !db.starts.busy
	db.starts.busy = true
	db.starts.mu.Unlock()
	if lead {
		go db.startAll() // ends when nobody waits
	}
	select {
	case <-s.done:
		return s.err
	case <-ctx.Done():
		return down(ctx.Err())
	}
}

// startAll marks all that wait, and all that come meanwhile.
func (db *DB) startAll() {
	for {
		db.starts.mu.Lock()
		share := db.starts.waiting[:min(len(db.starts.waiting), maxBatch)]
		db.starts.waiting = db.starts.waiting[len(share):]
		db.starts.busy = len(share) > 0
		db.starts.mu.Unlock()
		if len(share) == 0 {
			return
		}
		db.startShare(share)
		for _, s := range share {
			close(s.done)
		}
	}
}

// startShare marks the rows of a share in one statement. Only those it changed were ours to start, and each is granted
// to one caller.
func (db *DB) startShare(share []*start) {
	var ids order[desk.MessageID]
	for _, s := range share {
		if s.err = down(s.ctx.Err()); s.err == nil {
			ids.add(s.id)
		}
	}
	if len(ids.keys) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), batchLimit)
	defer cancel()
	granted := map[desk.MessageID]bool{}
	args := padded(ids.keys)
	err := db.eng.query(ctx, func(r rows) error {
		var id string
		err := r.Scan(&id)
		granted[desk.MessageID(id)] = true
		return err
	}, `UPDATE outbox SET started_at = $`+strconv.Itoa(len(args)+1)+` WHERE started_at = 0 AND lease_until > $`+strconv.Itoa(len(args)+1)+
		` AND message IN (`+holes(1, len(args))+`) RETURNING message`, append(args, ms(db.now()))...)
	for _, s := range share {
		switch {
		case s.err != nil:
		case err != nil:
			s.err = down(err)
		case !granted[s.id]:
			s.err = desk.Refuse(desk.Conflict, "claim_lost")
		default:
			granted[s.id] = false // asked twice at once, it goes out once
		}
	}
}
