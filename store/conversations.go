package store

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"yingda/desk"
)

// convRec is a conversation in the identity map. It is never changed in place: saving puts a new one over it.
type convRec struct {
	c      desk.Conversation
	clocks []desk.Clock
	base   int64             // the version in SQL; 0: not there yet
	was    desk.Conversation // as it stands in SQL
	dirty  []desk.Clock      // clocks to write
}

// convColumns is the one order conversations are read and written in.
const convColumns = `id, number, inbox, medium, contact, subject, status, priority, queue, skills, tags, locale, assignee,
 last_agent, last_agent_at, prefer, queued_at, snooze_until, resolved_at, merged_into, previous, contact_name, tier,
 people, messages, last_at, last_by, snippet, visitor_read, due_at, due_target, version, created_at, updated_at, plan, owner, kept`

// convScan reads rows of convColumns, and more columns after them, into the same places again and again.
type convScan struct {
	c                                                                desk.Conversation
	skills, tags, prefer, people, plan, kept                         string
	lastAgent, queued, snooze, resolved, last, due, created, updated int64
	dest                                                             []any
}

func newConvScan(more ...any) *convScan {
	s := &convScan{}
	c := &s.c
	s.dest = append([]any{
		(*string)(&c.ID), &c.Number, (*string)(&c.Inbox), (*string)(&c.Medium), (*string)(&c.Contact), &c.Subject,
		(*string)(&c.Status), (*string)(&c.Priority), (*string)(&c.Queue), &s.skills, &s.tags, &c.Locale, (*string)(&c.Assignee),
		(*string)(&c.LastAgent), &s.lastAgent, &s.prefer, &s.queued, &s.snooze, &s.resolved, (*string)(&c.MergedInto),
		(*string)(&c.Previous), &c.ContactName, (*string)(&c.Tier), &s.people, &c.Messages, &s.last, (*string)(&c.LastBy),
		&c.Snippet, &c.VisitorRead, &s.due, (*string)(&c.DueTarget), &c.Version, &s.created, &s.updated, &s.plan, (*string)(&c.Owner), &s.kept,
	}, more...)
	return s
}

// row reads one.
func (s *convScan) row(r rows) (desk.Conversation, error) {
	if err := r.Scan(s.dest...); err != nil {
		return desk.Conversation{}, err
	}
	c := s.c
	c.LastAgentAt, c.QueuedAt, c.SnoozeUntil, c.ResolvedAt = at(s.lastAgent), at(s.queued), at(s.snooze), at(s.resolved)
	c.LastAt, c.DueAt, c.CreatedAt, c.UpdatedAt = at(s.last), at(s.due), at(s.created), at(s.updated)
	for _, err := range [...]error{
		decode(s.skills, &c.Skills), words(s.tags, &c.Tags), decode(s.prefer, &c.Prefer), words(s.people, &c.People), optional(s.plan, &c.Plan), optional(s.kept, &c.Kept),
	} {
		if err != nil {
			return c, err
		}
	}
	return c, nil
}

// optional reads what most conversations have none of.
func optional[T any](text string, into **T) error {
	*into = nil
	if text == "" {
		return nil
	}
	*into = new(T)
	return decode(text, *into)
}

// optionalText is what [optional] reads.
func optionalText[T any](v *T) (string, error) {
	if v == nil {
		return "", nil
	}
	text, err := encode(v)
	return clean(text), err
}

// scanConv reads one row of convColumns.
func scanConv(r rows) (desk.Conversation, error) { return newConvScan().row(r) }

// words reads a stored list of words. One without escapes, as nearly all are, is cut by hand.
func words(text string, into *[]string) error {
	if len(text) < 4 || !strings.HasPrefix(text, `["`) || !strings.HasSuffix(text, `"]`) || strings.IndexByte(text, '\\') >= 0 {
		return decode(text, into)
	}
	*into = strings.Split(text[2:len(text)-2], `","`)
	return nil
}

// list is the stored form of a slice; an empty one is the empty text, which costs nothing to read.
func list[T any](v []T) (string, error) {
	if len(v) == 0 {
		return "", nil
	}
	return encode(&v)
}

// convArgs are the values of convColumns.
func convArgs(c *desk.Conversation) ([]any, error) {
	skills, err1 := list(c.Skills)
	tags, err2 := list(c.Tags)
	prefer, err3 := list(c.Prefer)
	people, err4 := list(c.People)
	plan, err5 := optionalText(c.Plan)
	kept, err6 := optionalText(c.Kept)
	for _, err := range []error{err1, err2, err3, err4, err5, err6} {
		if err != nil {
			return nil, err
		}
	}
	return []any{
		string(c.ID), c.Number, string(c.Inbox), string(c.Medium), string(c.Contact), clean(c.Subject), string(c.Status),
		string(c.Priority), string(c.Queue), skills, tags, c.Locale, string(c.Assignee), string(c.LastAgent),
		ms(c.LastAgentAt), prefer, ms(c.QueuedAt), ms(c.SnoozeUntil), ms(c.ResolvedAt), string(c.MergedInto),
		string(c.Previous), clean(c.ContactName), string(c.Tier), people, c.Messages, ms(c.LastAt), string(c.LastBy),
		clean(c.Snippet), c.VisitorRead, msNever(c.DueAt), string(c.DueTarget), c.Version, ms(c.CreatedAt), ms(c.UpdatedAt), plan, string(c.Owner), kept,
	}, nil
}

const insertConv = `INSERT INTO conversations (` + convColumns + `, clocks) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,
 $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38)`

// changed says which indexed columns an update writes. SQLite rewrites the entry of every index with a column in SET,
// whether its value changed or not, and a message changes one of them: so there is one text for each combination.
type changed uint8

const (
	placed changed = 1 << iota // inbox, medium, contact, status, queue, assignee, snooze_until
	spoken                     // last_at
	dated                      // due_at
	timed                      // clocks: no index, but long
	laid                       // plan, owner, kept: likewise
	allChanges
)

// convFields are the columns an update may write, with the group of those that stand in an index.
var convFields = func() []convField {
	groups := map[string]changed{
		"inbox": placed, "medium": placed, "contact": placed, "status": placed, "queue": placed, "assignee": placed,
		"snooze_until": placed, "last_at": spoken, "due_at": dated, "clocks": timed, "plan": laid, "owner": laid, "kept": laid,
	}
	names := append(strings.Split(strings.Join(strings.Fields(convColumns), ""), ","), "clocks")
	out := make([]convField, len(names))
	for i, name := range names {
		out[i] = convField{name, groups[name]}
	}
	return out[2:] // id and number never change
}()

type convField struct {
	name  string
	group changed
}

// updateConv are the texts of each combination.
var updateConv = func() (texts [allChanges]string) {
	for what := range texts {
		var set []string
		for _, f := range convFields {
			if f.group == 0 || changed(what)&f.group != 0 {
				set = append(set, f.name+" = $"+strconv.Itoa(len(set)+3))
			}
		}
		texts[what] = `UPDATE conversations SET ` + strings.Join(set, ", ") +
			` WHERE id = $1 AND number = $2 AND version = $` + strconv.Itoa(len(set)+3)
	}
	return texts
}()

// update is the write over what stands in SQL; all are the values of every column.
func (rec *convRec) update(all []any) write {
	what := rec.changes()
	args := append(make([]any, 0, len(all)+1), all[0], all[1])
	for i, f := range convFields {
		if f.group == 0 || what&f.group != 0 {
			args = append(args, all[i+2])
		}
	}
	return write{sql: updateConv[what], args: append(args, rec.base), one: true}
}

func (rec *convRec) changes() (what changed) {
	a, b := &rec.c, &rec.was
	if a.Inbox != b.Inbox || a.Medium != b.Medium || a.Contact != b.Contact || a.Status != b.Status || a.Queue != b.Queue ||
		a.Assignee != b.Assignee || !a.SnoozeUntil.Equal(b.SnoozeUntil) {
		what |= placed
	}
	if !a.LastAt.Equal(b.LastAt) {
		what |= spoken
	}
	if !a.DueAt.Equal(b.DueAt) {
		what |= dated
	}
	if len(rec.dirty) > 0 {
		what |= timed
	}
	if a.Plan != b.Plan || a.Owner != b.Owner || a.Kept != b.Kept {
		what |= laid
	}
	return what
}

// writeConv writes a conversation once, however often the batch saved it.
func (b *batch) writeConv(rec *convRec) ([]write, error) {
	args, err := convArgs(&rec.c)
	if err != nil {
		return nil, err
	}
	args = append(args, cardOf(rec.clocks))
	var out []write
	switch rec.base {
	case 0:
		out = append(out, write{sql: insertConv, args: args})
	case rec.c.Version: // only a clock's next moment moved
		if len(rec.dirty) > 0 {
			out = append(out, write{sql: `UPDATE conversations SET clocks = $2 WHERE id = $1`, args: []any{args[0], args[len(args)-1]}})
		}
	default:
		out = append(out, rec.update(args))
	}
	for _, d := range rec.dirty {
		out = append(out, writeClock(d, rec.c.Queue))
	}
	return append(out, b.indexConv(rec)...), nil
}

// loadConvs reads conversations with their recent clocks into s.
func (s *state) loadConvs(ids []desk.ConversationID) []read {
	if len(ids) == 0 {
		return nil
	}
	for _, id := range ids {
		put(&s.convs, id, nil)
	}
	args := padded(ids)
	return []read{s.readConvs(holes(1, len(args)), args)}
}

// readConvs reads the conversations whose ids are in a list or in what a query finds.
func (s *state) readConvs(in string, args []any) read {
	var card string
	scan := newConvScan(&card)
	return read{`SELECT ` + convColumns + `, clocks FROM conversations WHERE id IN (` + in + `)`, args, func(r rows) error {
		c, err := scan.row(r)
		if err != nil {
			return err
		}
		clocks, err := clocksOf(card, c.ID)
		put(&s.convs, c.ID, &convRec{c: c, clocks: clocks, was: c, base: c.Version})
		return err
	}}
}

// conv finds a conversation, loading it when nobody named it ahead; nil when there is none.
func (u *unit) conv(id desk.ConversationID) (*convRec, error) {
	pick := func(s *state) map[desk.ConversationID]*convRec { return s.convs }
	rec, ok := find(u.own, id, pick)
	if ok {
		return rec, nil
	}
	if err := u.load(u.b.state.loadConvs([]desk.ConversationID{id})...); err != nil {
		return nil, err
	}
	return u.b.state.convs[id], nil
}

// Conversation returns one with the last two clocks of each target, or ErrNotFound.
func (u *unit) Conversation(id desk.ConversationID) (desk.Conversation, []desk.Clock, error) {
	rec, err := u.conv(id)
	if err != nil {
		return desk.Conversation{}, nil, err
	}
	if rec == nil {
		return desk.Conversation{}, nil, desk.ErrNotFound
	}
	return lend(rec.c), slices.Clone(rec.clocks), nil
}

// lend gives a copy whose slices the caller may change.
func lend(c desk.Conversation) desk.Conversation {
	c.Skills, c.Tags = slices.Clone(c.Skills), slices.Clone(c.Tags)
	c.Prefer, c.People = slices.Clone(c.Prefer), slices.Clone(c.People)
	return c
}

// SaveConversation writes c if its version is still the stored one; see [desk.TxRecords].
func (u *unit) SaveConversation(c desk.Conversation, clocks []desk.Clock, offer desk.OfferID) error {
	old, err := u.conv(c.ID)
	if err != nil {
		return err
	}
	if old == nil {
		old = &convRec{}
	}
	if old.c.Version != c.Version {
		return desk.Refuse(desk.Conflict, "stale")
	}
	if c.Number != old.c.Number {
		return desk.Refuse(desk.Internal, "number_changed")
	}
	rec := &convRec{c: settle(lend(c)), base: old.base, was: old.was}
	rec.c.Version++
	rec.mergeClocks(old, clocks)
	if old.c.Assignee != c.Assignee {
		u.assign(old.c.Assignee, rec.c, offer)
	}
	put(&u.own.convs, c.ID, rec)
	u.convs.add(c.ID)
	return nil
}

// settle cuts every moment to what is stored, so that reading before and after the commit is the same.
func settle(c desk.Conversation) desk.Conversation {
	c.LastAgentAt, c.QueuedAt, c.SnoozeUntil = exact(c.LastAgentAt), exact(c.QueuedAt), exact(c.SnoozeUntil)
	c.ResolvedAt, c.LastAt, c.DueAt = exact(c.ResolvedAt), exact(c.LastAt), exact(c.DueAt)
	c.CreatedAt, c.UpdatedAt = exact(c.CreatedAt), exact(c.UpdatedAt)
	return c
}

// assign ends the open assignment and opens one. The partial unique index refuses a second open one whatever we do.
func (u *unit) assign(from desk.AgentID, c desk.Conversation, offer desk.OfferID) {
	if from != "" {
		u.do(`UPDATE assignments SET ended_at = $2 WHERE conversation = $1 AND ended_at IS NULL`, string(c.ID), ms(c.UpdatedAt))
	}
	if c.Assignee == "" {
		return
	}
	var by any
	if offer != "" {
		by = string(offer)
	}
	u.do(`INSERT INTO assignments (conversation, agent, offer, started_at) VALUES ($1, $2, $3, $4)`,
		string(c.ID), string(c.Assignee), by, ms(c.UpdatedAt))
}

// OpenChat is the contact's conversation in a chat inbox that is not resolved.
func (u *unit) OpenChat(inbox desk.InboxID, contact desk.ContactID) (desk.ConversationID, error) {
	ids, err := u.matching(1, func(c desk.Conversation) bool {
		return c.Inbox == inbox && c.Contact == contact && c.Medium == desk.Chat && c.Status != desk.Resolved
	}, `SELECT id FROM conversations WHERE inbox = $1 AND contact = $2 AND medium = 'chat' AND status <> 'resolved'
	    ORDER BY last_at DESC, id DESC LIMIT $3`, string(inbox), string(contact))
	if err != nil {
		return "", err
	}
	if len(ids) == 0 {
		return "", desk.ErrNotFound
	}
	return ids[0], nil
}

// OpenOf lists the contact's conversations that are not resolved, newest first.
func (u *unit) OpenOf(contact desk.ContactID, limit int) ([]desk.ConversationID, error) {
	return u.matching(limit, func(c desk.Conversation) bool { return c.Contact == contact && c.Status != desk.Resolved },
		`SELECT id FROM conversations WHERE contact = $1 AND status <> 'resolved' ORDER BY last_at DESC, id DESC LIMIT $2`,
		string(contact))
}

// HeldBy lists the open conversations assigned to a.
func (u *unit) HeldBy(a desk.AgentID) ([]desk.ConversationID, error) {
	return u.matching(maxHeld, func(c desk.Conversation) bool { return c.Assignee == a && c.Status == desk.Open },
		`SELECT id FROM conversations WHERE assignee = $1 AND assignee <> '' AND status = 'open'
		 ORDER BY last_at DESC, id DESC LIMIT $2`, string(a))
}

// maxHeld bounds how much one agent can hold: a few dozen in life.
const maxHeld = 10_000

// matching answers a query over the stored conversations as if this batch's saves were stored already. The last
// argument of the query is the limit.
func (u *unit) matching(limit int, holds func(desk.Conversation) bool, query string, args ...any) ([]desk.ConversationID, error) {
	changed := u.changed()
	var stored []desk.ConversationID
	err := u.load(read{query, append(args, int64(limit+len(changed))), func(r rows) error {
		var id string
		err := r.Scan(&id)
		stored = append(stored, desk.ConversationID(id))
		return err
	}})
	if err != nil {
		return nil, err
	}
	if len(changed) == 0 {
		return stored, nil
	}
	var out []desk.ConversationID
	fresh := make([]*convRec, 0, len(changed))
	for _, rec := range changed {
		if rec != nil && holds(rec.c) {
			fresh = append(fresh, rec)
		}
	}
	slices.SortFunc(fresh, func(a, b *convRec) int { return b.c.LastAt.Compare(a.c.LastAt) })
	for _, rec := range fresh {
		out = append(out, rec.c.ID)
	}
	for _, id := range stored {
		if _, ok := changed[id]; !ok {
			out = append(out, id)
		}
	}
	return out[:min(limit, len(out))], nil
}

// changed is every conversation saved in this batch so far, as the unit sees it; nil when it was erased.
func (u *unit) changed() map[desk.ConversationID]*convRec {
	out := make(map[desk.ConversationID]*convRec, len(u.b.convs.keys)+len(u.convs.keys))
	for _, id := range u.b.convs.keys {
		out[id] = u.b.state.convs[id]
	}
	for _, id := range u.convs.keys {
		out[id] = u.own.convs[id]
	}
	for _, gone := range [][]desk.ConversationID{u.b.gone.keys, u.gone.keys} {
		for _, id := range gone {
			out[id] = nil
		}
	}
	return out
}

// Conversation returns one with its clocks, or ErrNotFound.
func (db *DB) Conversation(ctx context.Context, id desk.ConversationID) (desk.Conversation, []desk.Clock, error) {
	s := newState(nil)
	for _, r := range s.loadConvs([]desk.ConversationID{id}) {
		if err := queryAll(ctx, db.read, r.scan, r.sql, r.args...); err != nil {
			return desk.Conversation{}, nil, down(err)
		}
	}
	rec := s.convs[id]
	if rec == nil {
		return desk.Conversation{}, nil, desk.ErrNotFound
	}
	return rec.c, rec.clocks, nil
}
