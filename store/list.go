package store

import (
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
func (q *query) arg(v any) string {
	q.args = append(q.args, v)
	return "$" + strconv.Itoa(len(q.args))
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

// Conversations returns one page of a list, within the query's scope.
func (db *DB) Conversations(ctx context.Context, q desk.ConversationQuery) ([]desk.ConversationRow, error) {
	q.Limit = pageSize(q.Limit)
	streams := db.streams(q)
	var found []place64
	for len(streams) > 0 {
		n := min(maxStreams, len(streams))
		some, err := db.walk(ctx, q, streams[:n])
		if err != nil {
			return nil, err
		}
		found, streams = append(found, some...), streams[n:]
	}
	found = merge(found, q.Sort)
	found = found[:min(q.Limit, len(found))]
	ids := make([]desk.ConversationID, len(found))
	for i, f := range found {
		ids[i] = f.id
	}
	rows, err := db.ConversationRows(ctx, q.Scope.Agent, ids)
	if err != nil {
		return nil, err
	}
	return inOrder(rows, ids), nil
}

// inOrder puts rows in the order of ids.
func inOrder(rows []desk.ConversationRow, ids []desk.ConversationID) []desk.ConversationRow {
	at := make(map[desk.ConversationID]int, len(ids))
	for i, id := range ids {
		at[id] = i
	}
	slices.SortFunc(rows, func(a, b desk.ConversationRow) int { return at[a.ID] - at[b.ID] })
	return rows
}

// place64 is a conversation's place in a list.
type place64 struct {
	id desk.ConversationID
	at int64
}

// merge sorts what the streams gave and drops what two of them gave.
func merge(found []place64, sort desk.SortName) []place64 {
	slices.SortFunc(found, func(a, b place64) int {
		if sort == desk.SortNewest {
			a, b = b, a
		}
		switch {
		case a.at != b.at && a.at < b.at:
			return -1
		case a.at != b.at:
			return 1
		}
		return strings.Compare(string(a.id), string(b.id))
	})
	return slices.Compact(found)
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

// walk runs the streams as one statement.
func (db *DB) walk(ctx context.Context, q desk.ConversationQuery, streams []stream) ([]place64, error) {
	b := &query{}
	parts := make([]string, len(streams))
	for i, s := range streams {
		parts[i] = b.stream(q, s)
	}
	text := parts[0]
	if len(parts) > 1 {
		for i, p := range parts {
			parts[i] = "SELECT id, k FROM (" + p + ") AS s" + strconv.Itoa(i)
		}
		text = strings.Join(parts, " UNION ALL ")
	}
	var out []place64
	err := queryAll(ctx, db.read, func(r rows) error {
		var p place64
		err := r.Scan((*string)(&p.id), &p.at)
		out = append(out, p)
		return err
	}, text, b.args...)
	return out, down(err)
}

// stream is one index walk of a page: c.id and its sort value.
func (b *query) stream(q desk.ConversationQuery, s stream) string {
	key, order, after := "c.last_at", "c.last_at, c.id", ">"
	from := ms(q.After.At)
	switch q.Sort {
	case desk.SortNewest:
		order, after = "c.last_at DESC, c.id DESC", "<"
	case desk.SortOldest:
	default:
		key, order, from = "c.due_at", "c.due_at, c.id", msNever(q.After.At)
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
	return "SELECT c.id AS id, " + key + " AS k FROM " + source + " WHERE " + strings.Join(where, " AND ") +
		" ORDER BY " + order + " LIMIT " + b.arg(q.Limit)
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
	if q.List == desk.ListMyQueues && !(s.column == "queue" && slices.Contains(q.Scope.Queues, desk.QueueID(s.value))) {
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

// convPrefixed is convColumns of c.
var convPrefixed = "c." + strings.ReplaceAll(strings.Join(strings.Fields(convColumns), " "), ", ", ", c.")

// ConversationRows returns the rows of ids that exist, in any order; ReadUpTo is agent's.
func (db *DB) ConversationRows(ctx context.Context, agent desk.AgentID, ids []desk.ConversationID) ([]desk.ConversationRow, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	args := padded(ids)
	return db.rows(ctx, agent, "c.id IN ("+holes(2, len(args))+")", "", args)
}

// OpenRows pages through all conversations that are not resolved, in order of id, after the given one.
func (db *DB) OpenRows(ctx context.Context, after desk.ConversationID, limit int) ([]desk.ConversationRow, error) {
	return db.rows(ctx, "", "c.status <> 'resolved' AND c.id > $2", " ORDER BY c.id LIMIT $3", []any{string(after), max(1, min(limit, 1000))})
}

// rows reads rows with clocks, mentions, read mark and company. $1 is the asking agent.
func (db *DB) rows(ctx context.Context, agent desk.AgentID, where, tail string, args []any) ([]desk.ConversationRow, error) {
	var out []desk.ConversationRow
	at := map[desk.ConversationID]int{}
	err := queryAll(ctx, db.read, func(r rows) error {
		var row desk.ConversationRow
		var err error
		row.Conversation, err = scanConv(r, &row.Company, &row.ReadUpTo)
		at[row.ID] = len(out)
		out = append(out, row)
		return err
	}, `SELECT `+convPrefixed+`, COALESCE(k.company, ''), COALESCE(m.number, 0) FROM conversations c
	    LEFT JOIN contacts k ON k.id = c.contact
	    LEFT JOIN marks m ON m.agent = $1 AND m.conversation = c.id
	    WHERE `+where+tail, append([]any{string(agent)}, args...)...)
	if err != nil || len(out) == 0 {
		return nil, down(err)
	}
	ids := make([]desk.ConversationID, len(out))
	for i := range out {
		ids[i] = out[i].ID
	}
	in := padded(ids)
	err = queryAll(ctx, db.read, func(r rows) error {
		k, err := scanClock(r)
		if i, ok := at[k.Conversation]; ok {
			out[i].Clocks = lastOf(out[i].Clocks, k)
		}
		return err
	}, `SELECT `+clockColumns+` FROM clocks WHERE recent = 1 AND conversation IN (`+holes(1, len(in))+`) ORDER BY conversation, target, n`, in...)
	if err != nil {
		return nil, down(err)
	}
	err = queryAll(ctx, db.read, func(r rows) error {
		var id, who string
		err := r.Scan(&id, &who)
		if i, ok := at[desk.ConversationID(id)]; ok {
			out[i].Mentioned = append(out[i].Mentioned, desk.AgentID(who))
		}
		return err
	}, `SELECT conversation, agent FROM mentions WHERE conversation IN (`+holes(1, len(in))+`) ORDER BY conversation, agent`, in...)
	return out, down(err)
}

// lastOf keeps the newest clock of each target; k comes in order of n.
func lastOf(clocks []desk.Clock, k desk.Clock) []desk.Clock {
	if n := len(clocks); n > 0 && clocks[n-1].Target == k.Target {
		clocks[n-1] = k
		return clocks
	}
	return append(clocks, k)
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
