package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"yingda/desk"
)

// Limits of the writer.
const (
	maxBatch   = 256                   // units in one commit: beyond it the commit's own cost no longer shows
	slowUnit   = 50 * time.Millisecond // an fn that takes longer holds everybody up and is logged
	maxReruns  = 3                     // of one unit alone, when what it read was changed by another node
	batchLimit = 10 * time.Second      // one batch, before its connection to PostgreSQL is given up
	reconnect  = 100 * time.Millisecond
)

// errStale is what a session answers when a guarded write found nothing to change.
var errStale = desk.Refuse(desk.Conflict, "stale")

// session is the writer's connection: one transaction at a time, in two round trips.
type session interface {
	// begin opens the transaction, locks the feed row and does the reads.
	begin(ctx context.Context, reads []read) error
	// read does more reads inside the transaction.
	read(ctx context.Context, reads []read) error
	// commit does the writes and commits. errStale when a guarded one changed nothing; Unavailable "commit_unknown"
	// when the line was lost.
	commit(ctx context.Context, writes []write) error
	rollback(ctx context.Context) error
	// broken reports that the connection is of no more use.
	broken() bool
	close() error
}

// read is one query of a round trip; scan is called for each row.
type read struct {
	sql  string
	args []any
	scan func(rows) error
}

// write is one buffered statement. one: it must change exactly one row.
type write struct {
	sql  string
	args []any
	one  bool
}

// job is one caller's unit.
type job struct {
	ctx   context.Context
	about desk.About
	fn    func(desk.Tx) error
	err   error
	done  chan struct{}
}

// writer runs units one after another and commits those that wait together.
type writer struct {
	db      *DB
	jobs    chan *job
	closed  chan struct{}
	closing sync.Once
	inside  atomic.Pointer[[]byte] // the goroutine that runs an fn now, to refuse an Update inside it
	sess    session
	batches atomic.Int64
	units   atomic.Int64
}

func newWriter(db *DB) *writer {
	return &writer{db: db, jobs: make(chan *job, maxBatch), closed: make(chan struct{})}
}

// Update runs fn as one atomic unit; see [desk.Store]. A cancelled ctx abandons the wait, not the batch: whether the
// unit was stored is then not known, as with a lost connection.
func (db *DB) Update(ctx context.Context, about desk.About, fn func(desk.Tx) error) error {
	w := db.writer
	if g := w.inside.Load(); g != nil && bytes.Equal(*g, goroutine()) {
		return desk.Refuse(desk.Internal, "update_nested")
	}
	j := &job{ctx: ctx, about: about, fn: fn, done: make(chan struct{})}
	select {
	case w.jobs <- j:
	case <-ctx.Done():
		return ctx.Err()
	case <-w.closed:
		return down(errClosed)
	}
	select {
	case <-j.done:
		return j.err
	case <-ctx.Done():
		return ctx.Err()
	case <-w.closed:
		// The last batch may still have answered.
		select {
		case <-j.done:
			return j.err
		default:
			return down(errClosed)
		}
	}
}

var errClosed = errors.New("store is closed")

// goroutine names the running goroutine: "goroutine 17 ". It costs about a microsecond and is asked only while an fn
// runs.
func goroutine() []byte {
	var buf [40]byte
	n := runtime.Stack(buf[:], false)
	if i := bytes.IndexByte(buf[:n], '['); i > 0 {
		n = i
	}
	return bytes.Clone(buf[:n])
}

// refuse turns away whoever comes after the writer stopped.
func (w *writer) refuse() { w.closing.Do(func() { close(w.closed) }) }

// run takes units until ctx ends; those already waiting are still done.
func (w *writer) run(ctx context.Context) error {
	defer w.refuse()
	defer w.disconnect()
	self := goroutine()
	for {
		var first *job
		select {
		case first = <-w.jobs:
		case <-ctx.Done():
			select {
			case first = <-w.jobs:
			default:
				return nil
			}
		}
		w.serve(w.gather(first), self)
	}
}

// gather takes all that wait beside first. There is no timer: waiting for company costs a lone sender and gains a
// busy house nothing.
func (w *writer) gather(first *job) []*job {
	jobs := []*job{first}
	for len(jobs) < maxBatch {
		select {
		case j := <-w.jobs:
			jobs = append(jobs, j)
		default:
			return jobs
		}
	}
	return jobs
}

// serve does one batch and answers it.
func (w *writer) serve(jobs []*job, self []byte) {
	live := jobs[:0:0]
	for _, j := range jobs {
		if j.err = j.ctx.Err(); j.err == nil {
			live = append(live, j)
		}
	}
	if len(live) > 0 {
		w.attempt(live, self)
	}
	for _, j := range jobs {
		close(j.done)
	}
}

// attempt commits the jobs together; when SQL refuses, each runs alone and only the guilty one fails.
func (w *writer) attempt(jobs []*job, self []byte) {
	err := w.commit(jobs, self)
	if err == nil {
		return
	}
	if final(err) {
		w.fail(jobs, err)
		return
	}
	for _, j := range jobs {
		w.alone(j, self)
	}
}

func (w *writer) alone(j *job, self []byte) {
	var err error
	for range maxReruns {
		if err = w.commit([]*job{j}, self); err == nil {
			return
		}
		if final(err) || !retryable(err) {
			break
		}
	}
	w.fail([]*job{j}, err)
}

func (w *writer) fail(jobs []*job, err error) {
	var e *desk.Error
	if !errors.As(err, &e) {
		w.db.log.Error("unit not stored", "err", err)
		e = desk.Refuse(desk.Internal, "store_refused")
		if noRoom(err) {
			e = desk.Refuse(desk.Unavailable, "store_down")
			w.db.full.Store(true)
		}
		e.Err = err
	}
	for _, j := range jobs {
		if j.err == nil {
			j.err = e
		}
	}
}

// final reports errors that running the units one by one cannot mend.
func final(err error) bool { return desk.CodeOf(err) == desk.Unavailable }

// commit is one transaction for all jobs. It returns an error when nothing was stored, or when that is not known; a
// job's own refusal is left in the job.
func (w *writer) commit(jobs []*job, self []byte) error {
	ctx, cancel := context.WithTimeout(context.Background(), batchLimit)
	defer cancel()
	b := newBatch(ctx, w.db)
	if err := w.begin(ctx, b, jobs); err != nil {
		return err
	}
	w.batches.Add(1)
	for _, j := range jobs {
		u := newUnit(b)
		j.err = nil
		if err := w.call(j, u, self); err != nil {
			j.err = err
		} else if err := b.take(u); err != nil {
			j.err = err
		}
		if b.err != nil { // a read failed: the transaction is of no more use
			w.undo(ctx)
			clearErrs(jobs)
			return b.err
		}
	}
	if b.empty() {
		w.undo(ctx)
		return nil
	}
	writes, err := b.writes()
	if err == nil {
		err = w.sess.commit(ctx, writes)
	}
	if err != nil {
		w.undo(ctx)
		return err
	}
	w.units.Add(int64(len(jobs)))
	w.committed(b)
	return nil
}

// clearErrs forgets what the jobs answered in a batch that is run again.
func clearErrs(jobs []*job) {
	for _, j := range jobs {
		j.err = nil
	}
}

// committed tells whoever follows the log.
func (w *writer) committed(b *batch) {
	if len(b.settings) > 0 {
		w.db.applySettings(b.settings, b.last+int64(len(b.events)))
	}
	if len(b.events) > 0 {
		w.db.tail.add(b.events, b.bodies)
	}
	if len(b.final) > 0 {
		w.db.tail.forget()
	}
	if len(b.events) > 0 {
		w.db.wake()
	}
}

// begin opens the transaction on a connection that works. A dead one is replaced once: nothing was done on it yet.
func (w *writer) begin(ctx context.Context, b *batch, jobs []*job) error {
	reads := b.ahead(jobs)
	var err error
	for range 2 {
		if err = w.connect(ctx); err != nil {
			return down(err)
		}
		if err = w.sess.begin(ctx, reads); err == nil {
			b.sess = w.sess
			return nil
		}
		broken := w.sess.broken()
		w.undo(ctx)
		if !broken {
			return busy(err)
		}
		w.disconnect()
	}
	return down(err)
}

func (w *writer) connect(ctx context.Context) error {
	if w.sess != nil {
		return nil
	}
	s, err := w.db.eng.session(ctx)
	if err == nil {
		w.sess = s
	}
	return err
}

func (w *writer) disconnect() {
	if w.sess != nil {
		_ = w.sess.close()
		w.sess = nil
	}
}

// undo rolls back; a connection that cannot even do that is dropped.
func (w *writer) undo(ctx context.Context) {
	if err := w.sess.rollback(ctx); err != nil || w.sess.broken() {
		w.disconnect()
	}
}

// call runs fn and survives it.
func (w *writer) call(j *job, u *unit, self []byte) (err error) {
	defer func() {
		w.inside.Store(nil)
		if p := recover(); p != nil {
			w.db.log.Error("unit panicked", "err", p, "stack", string(debug.Stack()))
			err = desk.Refuse(desk.Internal, "panic")
		}
	}()
	w.inside.Store(&self)
	start := time.Now()
	err = j.fn(u)
	if took := time.Since(start); took > slowUnit {
		w.db.log.Warn("slow unit holds everybody up", "took", took)
	}
	if err == nil {
		err = u.err
	}
	return err
}

// busy is the answer when the feed row or the file could not be had in time; nothing was changed.
func busy(err error) error {
	e := desk.Refuse(desk.Unavailable, "store_busy")
	e.Err = fmt.Errorf("begin: %w", err)
	return e
}

// Batches is how many commits there were and how many units they carried, for metrics.
func (db *DB) Batches() (commits, units int64) {
	return db.writer.batches.Load(), db.writer.units.Load()
}
