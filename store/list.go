package store

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"yingda/desk"
)

// A list is a merge of streams. Each stream has one equality prefix that an index serves in order (one queue and one
// status, one assignee and one status, …), so that a page costs one short index walk per stream whatever the house
// holds, and no list is ever counted.

// query builds a statement's text and arguments together.
type query struct {
	args []any
}

// arg adds a value and gives its placeholder.
func (b *query) arg(v any) string {
	b.args = append(b.args, v)
	return "$" + strconv.Itoa(len(b.args))
}

// in makes "column IN ($1,…)"; an empty list matches nothing.
func in[T ~string](q *query, column string, values []T) string {
	if len(values) == 0 {
		return "1 = 0"
	}
	parts := make([]string, len(values))
	for i, v := range values {
		parts[i] = q.arg(string(v))
	}
	return column + " IN (" + strings.Join(parts, ",") + ")"
}

// stream is one equality prefix of a list.
type stream struct {
	column string // queue, assignee, contact, "" for all
	value  string
	status desk.Status // "" any
	free   bool        // without assignee
	named  bool        // where the agent is mentioned
}

// maxStreams bounds one statement: SQLite takes 500 parts.
const maxStreams = 100

var statuses = []desk.Status{desk.Open, desk.Pending, desk.Snoozed, desk.Resolved}

// Conversations returns one page of a list, within the query's scope, by one statement.
func (db *DB) Conversations(ctx context.Context, q desk.ConversationQuery) ([]desk.ConversationRow, error) {
	q.Limit = pageSize(q.Limit)
	streams := db.streams(q)
	if len(streams) <= maxStreams {
		return db.walk(ctx, q, streams)
	}
	var found []desk.ConversationRow
	for len(streams) > 0 {
		n := min(maxStreams, len(streams))
		some, err := db.walk(ctx, q, streams[:n])
		if err != nil {
			return nil, err
		}
		found, streams = append(found, some...), streams[n:]
	}
	found = merge(found, q.Sort)
	return found[:min(q.Limit, len(found))], nil
}

// merge sorts what the statements gave and drops what two of them gave.
func merge(found []desk.ConversationRow, sort desk.SortName) []desk.ConversationRow {
	slices.SortFunc(found, func(a, b desk.ConversationRow) int {
		var order int
		switch sort {
		case desk.SortNewest:
			a, b = b, a
			order = a.LastAt.Compare(b.LastAt)
		case desk.SortOldest:
			order = a.LastAt.Compare(b.LastAt)
		default:
			order = cmp.Compare(msNever(a.DueAt), msNever(b.DueAt))
		}
		return cmp.Or(order, strings.Compare(string(a.ID), string(b.ID)))
	})
	return slices.CompactFunc(found, func(a, b desk.ConversationRow) bool { return a.ID == b.ID })
}

// streams says which index walks the query needs.
func (db *DB) streams(q desk.ConversationQuery) []stream {
	want := q.Statuses
	if len(want) == 0 {
		want = statuses
	}
	var out []stream
	add := func(s stream) {
		for _, st := range want {
			s.status = st
			out = append(out, s)
		}
	}
	switch {
	case q.List == desk.ListMentioned:
		return []stream{{named: true}}
	case q.Contact != "":
		return []stream{{column: "contact", value: string(q.Contact), free: q.List == desk.ListUnassigned}}
	case q.List == desk.ListMine:
		add(stream{column: "assignee", value: string(q.Scope.Agent)})
	case q.Assignee != "":
		add(stream{column: "assignee", value: string(q.Assignee)})
	case q.Queue != "":
		add(stream{column: "queue", value: string(q.Queue), free: q.List == desk.ListUnassigned})
	case q.List == desk.ListMyQueues:
		for _, id := range q.Scope.Queues {
			add(stream{column: "queue", value: string(id)})
		}
	case q.List == desk.ListUnassigned && q.Scope.All:
		for _, id := range db.dir.Load().everyQueue {
			add(stream{column: "queue", value: string(id), free: true})
		}
	case q.List == desk.ListUnassigned:
		for _, id := range q.Scope.Queues {
			add(stream{column: "queue", value: string(id), free: true})
		}
	case q.Scope.All:
		add(stream{})
	default:
		for _, id := range q.Scope.Queues {
			add(stream{column: "queue", value: string(id)})
		}
		for _, id := range q.Scope.Agents {
			add(stream{column: "assignee", value: string(id)})
		}
		out = append(out, stream{named: true})
	}
	return out
}

// walk runs the streams as one statement. What several streams give, each in order, is merged by SQL; a conversation
// that two of them give comes once.
func (db *DB) walk(ctx context.Context, q desk.ConversationQuery, streams []stream) ([]desk.ConversationRow, error) {
	if len(streams) == 0 {
		return nil, nil
	}
	b := &query{}
	agent := b.arg(string(q.Scope.Agent)) // $1, see rows
	_, order := sorting(q.Sort)
	if len(streams) == 1 {
		source, where := b.stream(q, streams[0])
		return db.rows(ctx, agent, source, where+" ORDER BY "+order+b.limit(q.Limit), b.args)
	}
	key, _ := sorting(q.Sort)
	desc := ""
	if q.Sort == desk.SortNewest {
		desc = " DESC"
	}
	parts := make([]string, len(streams))
	for i, s := range streams {
		source, where := b.stream(q, s)
		parts[i] = "SELECT id, k FROM (SELECT c.id AS id, " + key + " AS k FROM " + source + " WHERE " + where +
			" ORDER BY " + order + b.limit(q.Limit) + ") AS s" + strconv.Itoa(i)
	}
	places := "(" + strings.Join(parts, " UNION ") + " ORDER BY k" + desc + ", id" + desc + b.limit(q.Limit) + ") AS p"
	return db.rows(ctx, agent, places+" JOIN conversations c ON c.id = p.id", "1 = 1 ORDER BY p.k"+desc+", p.id"+desc, b.args)
}

// limit stands in the text, so that PostgreSQL plans for a page and not for a tenth of the table.
func (b *query) limit(n int) string { return " LIMIT " + strconv.Itoa(n) }

// sorting gives the sort value's column and the order.
func sorting(s desk.SortName) (key, order string) {
	switch s {
	case desk.SortNewest:
		return "c.last_at", "c.last_at DESC, c.id DESC"
	case desk.SortOldest:
		return "c.last_at", "c.last_at, c.id"
	case desk.SortDue:
	}
	return "c.due_at", "c.due_at, c.id"
}

// stream is one index walk of a page over conversations c: its source and conditions.
func (b *query) stream(q desk.ConversationQuery, s stream) (string, string) {
	key, _ := sorting(q.Sort)
	after, from := ">", ms(q.After.At)
	switch q.Sort {
	case desk.SortNewest:
		after = "<"
	case desk.SortOldest:
	default:
		from = msNever(q.After.At)
	}
	var where []string
	source := "conversations c"
	if s.named {
		source = "mentions n JOIN conversations c ON c.id = n.conversation"
		where = append(where, "n.agent = "+b.arg(string(q.Scope.Agent)))
		if len(q.Statuses) > 0 {
			where = append(where, in(b, "c.status", q.Statuses))
		}
	}
	if s.column != "" {
		where = append(where, "c."+s.column+" = "+b.arg(s.value))
	}
	if s.column == "assignee" {
		where = append(where, "c.assignee <> ''") // the partial index's own words
	}
	if s.status != "" {
		where = append(where, "c.status = "+b.arg(string(s.status)))
	} else if !s.named && len(q.Statuses) > 0 {
		where = append(where, in(b, "c.status", q.Statuses))
	}
	if s.free || q.List == desk.ListUnassigned {
		where = append(where, "c.assignee = ''")
	}
	where = append(where, b.filters(q, s)...)
	if q.After.ID != "" {
		where = append(where, "("+key+", c.id) "+after+" ("+b.arg(from)+", "+b.arg(q.After.ID)+")")
	}
	if len(where) == 0 {
		where = append(where, "1 = 1")
	}
	return source, strings.Join(where, " AND ")
}

// filters are the conditions that no prefix serves.
func (b *query) filters(q desk.ConversationQuery, s stream) []string {
	var out []string
	equal := func(column, value string) {
		if value != "" && (s.column != column || s.value != value) {
			out = append(out, "c."+column+" = "+b.arg(value))
		}
	}
	equal("queue", string(q.Queue))
	equal("inbox", string(q.Inbox))
	equal("medium", string(q.Medium))
	equal("tier", string(q.Tier))
	equal("priority", string(q.Priority))
	equal("assignee", string(q.Assignee))
	equal("contact", string(q.Contact))
	if q.List == desk.ListMine && s.column != "assignee" {
		equal("assignee", string(q.Scope.Agent))
	}
	if q.List == desk.ListMyQueues && (s.column != "queue" || !slices.Contains(q.Scope.Queues, desk.QueueID(s.value))) {
		out = append(out, in(b, "c.queue", q.Scope.Queues))
	}
	if q.Tag != "" {
		// Tags are stored as a JSON list: what changes when "tag" is taken out holds it. LIKE would fold case on SQLite.
		word, _ := encode(&q.Tag)
		out = append(out, "replace(c.tags, "+b.arg(word)+", '') <> c.tags")
	}
	if !q.LateAt.IsZero() {
		out = append(out, "c.due_at <= "+b.arg(ms(q.LateAt)))
	}
	if !within(q.Scope, s) {
		out = append(out, b.scope(q.Scope))
	}
	return out
}

// within reports whether all of the stream lies in the scope.
func within(s desk.Scope, st stream) bool {
	switch {
	case s.All || st.named:
		return true
	case st.column == "queue":
		return slices.Contains(s.Queues, desk.QueueID(st.value))
	case st.column == "assignee":
		return slices.Contains(s.Agents, desk.AgentID(st.value)) || st.value == string(s.Agent)
	}
	return false
}

// scope is the condition that conversation c may be seen.
func (b *query) scope(s desk.Scope) string {
	if s.All {
		return "1 = 1"
	}
	return "(" + in(b, "c.queue", s.Queues) + " OR " + in(b, "c.assignee", s.Agents) +
		" OR EXISTS (SELECT 1 FROM mentions m WHERE m.agent = " + b.arg(string(s.Agent)) + " AND m.conversation = c.id))"
}

// Messages returns one page of a thread in ascending order.
func (db *DB) Messages(ctx context.Context, id desk.ConversationID, page desk.MessagePage) ([]desk.Message, error) {
	limit := pageSize(page.Limit)
	if page.After > 0 {
		return db.messages(ctx, `WHERE conversation = $1 AND number > $2 ORDER BY number LIMIT $3`, string(id), page.After, limit)
	}
	before := page.Before
	if before <= 0 {
		before = never
	}
	out, err := db.messages(ctx, `WHERE conversation = $1 AND number < $2 ORDER BY number DESC LIMIT $3`, string(id), before, limit)
	slices.Reverse(out)
	return out, err
}

// MessagesByID returns those of ids that exist, in any order.
func (db *DB) MessagesByID(ctx context.Context, ids []desk.MessageID) ([]desk.Message, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	args := padded(ids)
	return db.messages(ctx, `WHERE id IN (`+holes(1, len(args))+`)`, args...)
}

// SnoozedBefore lists snoozed conversations whose moment is at or before t, and the moment of the next one after.
func (db *DB) SnoozedBefore(ctx context.Context, t time.Time, limit int) ([]desk.ConversationID, time.Time, error) {
	var out []desk.ConversationID
	err := queryAll(ctx, db.read, func(r rows) error {
		var id string
		err := r.Scan(&id)
		out = append(out, desk.ConversationID(id))
		return err
	}, `SELECT id FROM conversations WHERE status = 'snoozed' AND snooze_until <= $1 ORDER BY snooze_until LIMIT $2`, ms(t), limit)
	if err != nil {
		return nil, time.Time{}, down(err)
	}
	var next int64
	err = db.read.QueryRowContext(ctx, `SELECT COALESCE(MIN(snooze_until), 0) FROM conversations
		WHERE status = 'snoozed' AND snooze_until > $1`, ms(t)).Scan(&next)
	return out, at(next), down(err)
}
