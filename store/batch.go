package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"yingda/desk"
)

// batch is one commit in the making: what is known of the record, and what will be written.
type batch struct {
	db     *DB
	ctx    context.Context
	sess   session
	state  *state
	err    error // a read failed
	last   int64 // feed
	number int64
	doc    int64

	convs    order[desk.ConversationID]
	contacts order[desk.ContactID]
	stmts    []write
	events   []desk.Event
	days     []desk.AgentID // of events: in whose day each stands
	bodies   []string       // of events, as they are written
	settings []desk.Setting
	gone     order[desk.ConversationID] // erased
	final    []write                    // erasing, after all else
}

// order remembers keys in the order they first came.
type order[K comparable] struct {
	keys []K
	has  map[K]bool
}

func (o *order[K]) add(k K) {
	if o.has[k] {
		return
	}
	if o.has == nil {
		o.has = make(map[K]bool)
	}
	o.has[k] = true
	o.keys = append(o.keys, k)
}

// state is an identity map. A unit has its own over the batch's; a nil value means known to be absent.
type state struct {
	parent     *state
	convs      map[desk.ConversationID]*convRec
	contacts   map[desk.ContactID]*contactRec
	identities map[desk.Identity]desk.ContactID
	messages   map[desk.MessageID]*desk.Message
	threads    map[desk.ThreadKey]*desk.ThreadOf
	seen       map[desk.SeenKey]*desk.Seen
	presence   map[desk.AgentID]*desk.Presence
	settings   map[settingKey]*desk.Setting
	notices    map[desk.NoticeKey]*notice // nil: not announced
	requests   map[requestKey]bool
	suppressed map[string]*desk.Suppression
	reviews    map[desk.MessageID]*desk.Review
	alerts     map[string]*desk.Alert // the newest about something
	greeted    map[string][]time.Time // in this batch alone; the rest is counted in SQL
}

type settingKey struct {
	kind desk.SettingKind
	id   string
}

func newState(parent *state) *state { return &state{parent: parent} }

// find looks k up here and below.
func find[K comparable, V any](s *state, k K, in func(*state) map[K]V) (V, bool) {
	for ; s != nil; s = s.parent {
		if v, ok := in(s)[k]; ok {
			return v, true
		}
	}
	var none V
	return none, false
}

// put stores k in the map at m.
func put[K comparable, V any](m *map[K]V, k K, v V) {
	if *m == nil {
		*m = make(map[K]V)
	}
	(*m)[k] = v
}

// pour copies from's entries over into's.
func pour[K comparable, V any](into *map[K]V, from map[K]V) {
	for k, v := range from {
		put(into, k, v)
	}
}

func (s *state) merge(o *state) {
	pour(&s.convs, o.convs)
	pour(&s.contacts, o.contacts)
	pour(&s.identities, o.identities)
	pour(&s.messages, o.messages)
	pour(&s.threads, o.threads)
	pour(&s.seen, o.seen)
	pour(&s.presence, o.presence)
	pour(&s.settings, o.settings)
	pour(&s.notices, o.notices)
	pour(&s.requests, o.requests)
	pour(&s.suppressed, o.suppressed)
	pour(&s.reviews, o.reviews)
	pour(&s.alerts, o.alerts)
	for address, moments := range o.greeted {
		put(&s.greeted, address, append(s.greeted[address], moments...))
	}
}

func newBatch(ctx context.Context, db *DB) *batch {
	return &batch{db: db, ctx: ctx, state: newState(nil)}
}

// ahead is the first round trip: the feed row, locked, and all that the jobs named.
func (b *batch) ahead(jobs []*job) []read {
	feed := `SELECT last, number, doc FROM feed WHERE id = 1`
	if b.db.eng.name() == "postgres" {
		feed += ` FOR UPDATE`
	}
	reads := []read{{sql: feed, scan: func(r rows) error { return r.Scan(&b.last, &b.number, &b.doc) }}}
	var convs order[desk.ConversationID]
	var seen order[desk.SeenKey]
	var threads order[desk.ThreadKey]
	var identities order[desk.Identity]
	var recipients order[string]
	var messages order[desk.MessageID]
	var notices order[desk.NoticeKey]
	for _, j := range jobs {
		each(&convs, j.about.Conversations)
		each(&seen, j.about.Seen)
		each(&threads, j.about.Threads)
		each(&identities, j.about.Identities)
		each(&recipients, j.about.Recipients)
		each(&messages, j.about.Messages)
		each(&notices, j.about.Notices)
	}
	reads = append(reads, b.state.loadConvs(convs.keys)...)
	reads = append(reads, b.state.loadMessages(messages.keys)...)
	reads = append(reads, b.state.loadNotices(notices.keys)...)
	reads = append(reads, b.state.loadSeen(seen.keys)...)
	reads = append(reads, b.state.loadThreads(threads.keys)...)
	reads = append(reads, b.state.loadSuppressed(recipients.keys)...)
	return append(reads, b.state.loadIdentities(identities.keys)...)
}

func each[K comparable](o *order[K], keys []K) {
	for _, k := range keys {
		o.add(k)
	}
}

// load does reads that nobody named ahead.
func (b *batch) load(reads ...read) error {
	if b.err == nil {
		b.err = b.sess.read(b.ctx, reads)
	}
	return b.err
}

// take makes a unit that did not refuse part of the batch.
func (b *batch) take(u *unit) error {
	for _, id := range u.convs.keys {
		rec := u.own.convs[id]
		if u.gone.has[id] {
			continue
		}
		if rec.c.Number == 0 {
			b.number++
			rec.c.Number = b.number
		}
		b.convs.add(id)
	}
	each(&b.contacts, u.contacts.keys)
	b.state.merge(u.own)
	b.stmts = append(b.stmts, u.stmts...)
	b.events, b.days = append(b.events, u.events...), append(b.days, u.days...)
	b.settings = append(b.settings, u.settings...)
	each(&b.gone, u.gone.keys)
	b.final = append(b.final, u.final...)
	return nil
}

func (b *batch) empty() bool {
	return len(b.stmts) == 0 && len(b.events) == 0 && len(b.final) == 0 && len(b.convs.keys) == 0 && len(b.contacts.keys) == 0
}

// retryable reports whether running the unit again may go well: somebody else changed what it read, or was first with
// a key.
func retryable(err error) bool {
	var pe interface{ SQLState() string }
	if errors.As(err, &pe) {
		switch pe.SQLState() {
		case "23505", "40001", "40P01": // unique_violation, serialization_failure, deadlock_detected
			return true
		}
		return false
	}
	return errors.Is(err, errStale) || strings.Contains(err.Error(), "UNIQUE constraint failed")
}

// writes is the second round trip, in an order in which nothing refers to what is not there yet.
func (b *batch) writes() ([]write, error) {
	out := make([]write, 0, len(b.stmts)+len(b.events)+len(b.convs.keys)*3+2)
	out = append(out, b.dropIdentities()...)
	for _, id := range b.contacts.keys {
		if b.state.contacts[id] == nil { // erased by a later unit
			continue
		}
		ws, err := b.writeContact(b.state.contacts[id])
		if err != nil {
			return nil, err
		}
		out = append(out, ws...)
	}
	for _, id := range b.convs.keys {
		if b.state.convs[id] == nil { // erased by a later unit
			continue
		}
		ws, err := b.writeConv(b.state.convs[id])
		if err != nil {
			return nil, err
		}
		out = append(out, ws...)
	}
	out = append(out, b.stmts...)
	for i := range b.events {
		b.events[i].Seq = b.last + int64(i) + 1
		body, err := encodeFact(b.events[i].Fact)
		if err != nil {
			return nil, err
		}
		b.bodies = append(b.bodies, clean(body))
		out = append(out, writeEvent(b.events[i], b.days[i], b.bodies[i]))
	}
	out = append(out, b.final...)
	return append(out, write{
		sql:  `UPDATE feed SET last = $1, number = $2, doc = $3 WHERE id = 1`,
		args: []any{b.last + int64(len(b.events)), b.number, b.doc}, one: true,
	}), nil
}

// unit is one caller's view of the batch. It implements desk.Tx.
type unit struct {
	b        *batch
	own      *state
	err      error // the first read that failed: a unit cannot go on past it
	convs    order[desk.ConversationID]
	contacts order[desk.ContactID]
	stmts    []write
	events   []desk.Event
	days     []desk.AgentID // of events
	settings []desk.Setting
	gone     order[desk.ConversationID] // erased
	final    []write
}

func newUnit(b *batch) *unit { return &unit{b: b, own: newState(b.state)} }

// load reads what was not named ahead into the batch's map.
func (u *unit) load(reads ...read) error {
	if err := u.b.load(reads...); err != nil {
		u.err = down(fmt.Errorf("read: %w", err))
		return u.err
	}
	return nil
}

func (u *unit) do(sql string, args ...any) { u.stmts = append(u.stmts, write{sql: sql, args: args}) }

// Append adds facts to the log.
func (u *unit) Append(events ...desk.Event) error {
	for i, e := range events {
		events[i].At = exact(e.At)
		if s, ok := e.Fact.(desk.ChannelState); ok && e.Subject.Kind == desk.AboutInbox {
			u.channelState(e, s)
		}
		if err := u.promised(e); err != nil {
			return err
		}
		day, err := u.day(e)
		if err != nil {
			return err
		}
		u.days = append(u.days, day)
	}
	u.events = append(u.events, events...)
	return nil
}
