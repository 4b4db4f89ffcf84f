package store

import (
	"context"
	"encoding/json"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
)

// Channels of PostgreSQL's NOTIFY.
const (
	channelCommits = "yingda_commits" // payload: the node that committed
	channelSignals = "yingda_signals" // payload: node, a space, JSON of the signal
	channelHello   = "yingda_hello"   // payload: a node that just started
)

// Times of the relay.
const (
	pollEvery   = 250 * time.Millisecond // the net under the wake-ups; 0.24 % of a core when idle
	nodesEvery  = 10 * time.Second       // how often a node says that it lives
	nodesGone   = 30 * time.Second       // silence after which a node counts as dead
	maxSignal   = 7000                   // bytes: PostgreSQL's NOTIFY takes 8000
	reconnectIn = time.Second
)

// relay carries wake-ups and signals between nodes on one PostgreSQL. On SQLite there is one node and it only keeps
// the heartbeat of the poll.
type relay struct {
	db      *DB
	many    atomic.Bool // another node lives
	handler atomic.Pointer[func([]byte)]
}

func newRelay(db *DB) *relay {
	r := &relay{db: db}
	if p, ok := db.eng.(*postgres); ok {
		p.node, p.many = db.node, r.many.Load
	}
	return r
}

// OnSignal sets who is given the signals of other nodes. Set it before [DB.Run].
func (db *DB) OnSignal(fn func(payload []byte)) { db.relay.handler.Store(&fn) }

// Signal tells the other nodes something that need not survive: typing, who is viewing. It is lossy on purpose, and
// nothing is sent where there is no other node.
func (db *DB) Signal(ctx context.Context, signal any) error {
	if !db.relay.many.Load() {
		return nil
	}
	b, err := json.Marshal(signal)
	if err != nil || len(b) > maxSignal {
		return err
	}
	_, err = db.eng.exec(ctx, `SELECT pg_notify($1, $2)`, channelSignals, db.node+" "+string(b))
	return down(err)
}

func (r *relay) run(ctx context.Context) error {
	p, ok := r.db.eng.(*postgres)
	if !ok {
		<-ctx.Done()
		return nil
	}
	go r.poll(ctx)
	for ctx.Err() == nil {
		if err := r.listen(ctx, p); err != nil && ctx.Err() == nil {
			r.db.log.WarnContext(ctx, "listening for other nodes stopped; trying again", "err", err)
			pause(ctx, reconnectIn)
		}
	}
	return nil
}

// poll wakes the feed when another node's facts came without a notice, and keeps the directory fresh.
func (r *relay) poll(ctx context.Context) {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	var last int64
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		seq, err := r.db.LastSeq(ctx)
		if err != nil || seq == last {
			continue
		}
		if r.fresh(ctx) {
			last = seq
		}
		r.db.wake()
	}
}

// fresh reads the directory again when settings changed since it was read. It asks for what came after that reading, not
// after this node's own newest change: another node's may stand between the two. It reports whether the record answered.
func (r *relay) fresh(ctx context.Context) bool {
	var changed bool
	err := r.db.read.QueryRowContext(ctx,
		`SELECT EXISTS (SELECT 1 FROM events WHERE kind = 'setting_changed' AND seq > $1)`, r.db.dirRead.Load()).Scan(&changed)
	if err == nil && changed {
		err = r.db.refresh(ctx)
	}
	if err != nil && ctx.Err() == nil {
		r.db.log.WarnContext(ctx, "settings not refreshed", "err", err)
	}
	return err == nil
}

func (r *relay) listen(ctx context.Context, p *postgres) error {
	conn, err := pgx.ConnectConfig(ctx, p.pool.Config().ConnConfig)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.Background()) }()
	for _, ch := range []string{channelCommits, channelSignals, channelHello} {
		if _, err := conn.Exec(ctx, "LISTEN "+ch); err != nil {
			return err
		}
	}
	if _, err := conn.Exec(ctx, "SELECT pg_notify($1, $2)", channelHello, r.db.node); err != nil {
		return err
	}
	r.db.wake() // notices sent while we did not listen are lost: look once
	for {
		n, err := conn.WaitForNotification(ctx)
		if err != nil {
			return err
		}
		r.heard(ctx, n.Channel, n.Payload)
	}
}

func (r *relay) heard(ctx context.Context, channel, payload string) {
	from, body, _ := strings.Cut(payload, " ")
	if from == r.db.node {
		return
	}
	switch channel {
	case channelHello:
		r.many.Store(true)
	case channelCommits:
		r.many.Store(true)
		r.fresh(ctx)
		r.db.tail.forget() // it ends before what was just committed: whoever asks once must get that too
		r.db.wake()
	case channelSignals:
		if fn := r.handler.Load(); fn != nil {
			(*fn)([]byte(body))
		}
	}
}

// pause waits d or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
