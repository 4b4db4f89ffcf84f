package store

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"yingda/desk"
)

// Bounds of a search.
const (
	maxHeads    = 50 // conversations found by number, subject, name or address: they stand before the messages
	excerptSide = 40 // characters of an excerpt before and after the first found word
)

// Search finds messages, subjects, names, addresses and numbers within the query's scope, newest first. Conversations
// found by number, subject or contact come first and on the first page only; messages follow, page after page.
func (db *DB) Search(ctx context.Context, q desk.SearchQuery) ([]desk.SearchHit, error) {
	limit := pageSize(q.Limit)
	ts := terms(q.Text)
	if len(ts) == 0 {
		return nil, nil
	}
	var hits []desk.SearchHit
	var err error
	if q.After.ID == "" {
		if hits, err = db.searchHeads(ctx, q, ts); err != nil {
			return nil, err
		}
	}
	if len(hits) < limit {
		more, err := db.searchMessages(ctx, q, ts, limit-len(hits))
		if err != nil {
			return nil, err
		}
		hits = append(hits, more...)
	}
	return db.fill(ctx, q, hits[:min(limit, len(hits))])
}

func (db *DB) searchMessages(ctx context.Context, q desk.SearchQuery, ts []term, limit int) ([]desk.SearchHit, error) {
	before := never
	if q.After.ID != "" {
		var doc int64
		err := db.read.QueryRowContext(ctx, `SELECT COALESCE(MIN(doc), 0) FROM search_docs WHERE message = $1 AND message <> ''`, q.After.ID).Scan(&doc)
		if err != nil {
			return nil, down(err)
		}
		if doc > 0 {
			before = doc
		}
	}
	var out []desk.SearchHit
	look := looking{terms: ts, kind: "message <> ''", before: before, limit: limit, text: func(b *query, d documents) string {
		return "SELECT d.conversation, d.message, d.number, d.at FROM " + d.from + " JOIN conversations c ON c.id = d.conversation WHERE " +
			d.where + " AND " + b.scope(q.Scope) + " ORDER BY " + d.key + " DESC"
	}}
	err := db.look(ctx, look, func(r rows) error {
		var h desk.SearchHit
		var when int64
		err := r.Scan((*string)(&h.Conversation.ID), (*string)(&h.Message), &h.Number, &when)
		h.At = at(when)
		if n := len(out); n == 0 || out[n-1].Message != h.Message { // a long message is several documents
			out = append(out, h)
		}
		return err
	})
	return out, down(err)
}

// searchHeads finds conversations by their number, subject or contact, the newest first. Of more than maxHeads found by one
// of the three it knows those whose subject or contact came last into the index.
func (db *DB) searchHeads(ctx context.Context, q desk.SearchQuery, ts []term) ([]desk.SearchHit, error) {
	var out []desk.SearchHit
	seen := map[desk.ConversationID]bool{}
	keep := func(r rows) error {
		var h desk.SearchHit
		var last int64
		err := r.Scan((*string)(&h.Conversation.ID), &last)
		h.At = at(last)
		if !seen[h.Conversation.ID] {
			seen[h.Conversation.ID] = true
			out = append(out, h)
		}
		return err
	}
	if n, err := strconv.ParseInt(strings.TrimLeft(strings.TrimSpace(q.Text), "#＃"), 10, 64); err == nil {
		b := &query{}
		text := "SELECT c.id, c.last_at FROM conversations c WHERE c.number = " + b.arg(n) + " AND " + b.scope(q.Scope)
		if err := queryAll(ctx, db.read, keep, text, b.args...); err != nil {
			return nil, down(err)
		}
	}
	numbered := len(out)
	for _, by := range []struct{ kind, join string }{{"message = ''", "c.id = d.conversation"}, {"contact <> ''", "c.contact = d.contact"}} {
		look := looking{terms: ts, kind: by.kind, before: never, limit: maxHeads, text: func(b *query, d documents) string {
			return "SELECT c.id, c.last_at FROM " + d.from + " JOIN conversations c ON " + by.join + " WHERE " + d.where + " AND " + b.scope(q.Scope) +
				" ORDER BY " + d.key + " DESC, c.last_at DESC, c.id DESC"
		}}
		if err := db.look(ctx, look, keep); err != nil {
			return nil, down(err)
		}
	}
	slices.SortStableFunc(out[numbered:], func(a, b desk.SearchHit) int { return b.At.Compare(a.At) })
	return out[:min(maxHeads, len(out))], nil
}

// fill gives the hits their rows and excerpts.
func (db *DB) fill(ctx context.Context, q desk.SearchQuery, hits []desk.SearchHit) ([]desk.SearchHit, error) {
	var convs order[desk.ConversationID]
	var ids []desk.MessageID
	for _, h := range hits {
		convs.add(h.Conversation.ID)
		if h.Message != "" {
			ids = append(ids, h.Message)
		}
	}
	found, err := db.ConversationRows(ctx, q.Scope.Agent, convs.keys)
	if err != nil {
		return nil, err
	}
	messages, err := db.MessagesByID(ctx, ids)
	if err != nil {
		return nil, err
	}
	rowOf := map[desk.ConversationID]desk.ConversationRow{}
	for _, r := range found {
		rowOf[r.ID] = r
	}
	texts := map[desk.MessageID]string{}
	for _, m := range messages {
		texts[m.ID] = strings.Join([]string{m.Body.Text, m.Subject, m.AuthorName, m.From.Name, m.From.Address}, "\n")
	}
	words := wordsOf(q.Text)
	for i := range hits {
		h := &hits[i]
		h.Conversation = rowOf[h.Conversation.ID]
		text := texts[h.Message]
		if h.Message == "" {
			text = h.Conversation.Subject + "\n" + h.Conversation.ContactName
		}
		h.Excerpt = excerpt(text, words)
	}
	return slices.DeleteFunc(hits, func(h desk.SearchHit) bool { return h.Conversation.ID == "" }), nil
}

// wordsOf are the runs of a query, folded, the longest first so that marks do not overlap.
func wordsOf(text string) [][]rune {
	if digits, ok := phoneLike(text); ok {
		text = digits
	}
	var out [][]rune
	for _, r := range runs(text) {
		out = append(out, []rune(r.text))
	}
	slices.SortFunc(out, func(a, b []rune) int { return len(b) - len(a) })
	return out
}

// excerpt is the neighbourhood of the first found word, with found words between U+0001 and U+0002, and an ellipsis where
// the text goes on.
func excerpt(text string, words [][]rune) string {
	rs := []rune(strings.Join(strings.Fields(text), " "))
	folded := make([]rune, len(rs))
	for i, r := range rs {
		folded[i] = fold(r)
	}
	first := -1
	for i := range folded {
		if wordAt(folded, i, words) > 0 {
			first = i
			break
		}
	}
	start := max(0, first-excerptSide)
	end := min(len(rs), max(first, 0)+2*excerptSide)
	var b strings.Builder
	if start > 0 {
		b.WriteRune('…')
	}
	for i := start; i < end; {
		n := wordAt(folded, i, words)
		if n == 0 {
			b.WriteRune(rs[i])
			i++
			continue
		}
		b.WriteString("\x01" + string(rs[i:i+n]) + "\x02")
		i += n
	}
	if end < len(rs) {
		b.WriteRune('…')
	}
	return b.String()
}

// wordAt is the length of the word that begins at i, or 0.
func wordAt(text []rune, i int, words [][]rune) int {
	for _, w := range words {
		if i+len(w) <= len(text) && slices.Equal(text[i:i+len(w)], w) {
			return len(w)
		}
	}
	return 0
}

// Contacts returns a page of contacts by name; Text is looked for in names, companies and identities. Who left no name
// comes last: a street of visitors would stand before the customers.
func (db *DB) Contacts(ctx context.Context, q desk.ContactQuery) ([]desk.Contact, error) {
	var out []desk.Contact
	var err error
	if q.After.ID == "" || q.After.Name != "" {
		if out, err = db.contactsOf(ctx, q, true); err != nil {
			return nil, down(err)
		}
		q.After = desk.ContactKeyset{}
	}
	if left := pageSize(q.Limit) - len(out); left > 0 {
		q.Limit = left
		nameless, err := db.contactsOf(ctx, q, false)
		if err != nil {
			return nil, down(err)
		}
		out = append(out, nameless...)
	}
	if len(out) == 0 {
		return nil, nil
	}
	return out, down(db.addIdentities(ctx, out))
}

// contactsOf reads those of a page that have a name, or those that have none, without their identities.
func (db *DB) contactsOf(ctx context.Context, q desk.ContactQuery, named bool) ([]desk.Contact, error) {
	b := &query{}
	where := []string{"k.name = ''"}
	if named {
		where[0] = "k.name > ''"
	}
	if q.After.ID != "" {
		where = append(where, "(k.name, k.id) > ("+b.arg(q.After.Name)+", "+b.arg(q.After.ID)+")")
	}
	if q.Tier != "" {
		where = append(where, "k.tier = "+b.arg(string(q.Tier)))
	}
	if strings.TrimSpace(q.Text) != "" {
		ts := terms(q.Text)
		if len(ts) == 0 {
			return nil, nil
		}
		d := db.indexed(b, ts, "contact <> ''")
		where = append(where, "k.id IN (SELECT d.contact FROM "+d.from+" WHERE "+d.where+")")
	}
	columns := "k." + strings.ReplaceAll(contactColumns, ", ", ", k.")
	var out []desk.Contact
	err := queryAll(ctx, db.read, func(r rows) error {
		c, err := scanContact(r)
		out = append(out, c)
		return err
	}, "SELECT "+columns+" FROM contacts k WHERE "+strings.Join(where, " AND ")+" ORDER BY k.name, k.id LIMIT "+b.arg(pageSize(q.Limit)), b.args...)
	return out, err
}

// addIdentities gives contacts of a page theirs.
func (db *DB) addIdentities(ctx context.Context, out []desk.Contact) error {
	ids, at := make([]desk.ContactID, len(out)), map[desk.ContactID]int{}
	for i := range out {
		ids[i], at[out[i].ID] = out[i].ID, i
	}
	args := padded(ids)
	return queryAll(ctx, db.read, func(r rows) error {
		var i desk.Identity
		var id string
		err := r.Scan((*string)(&i.Kind), &i.Value, &id)
		if n, ok := at[desk.ContactID(id)]; ok {
			out[n].Identities = append(out[n].Identities, i)
		}
		return err
	}, `SELECT kind, value, contact FROM identities WHERE contact IN (`+holes(1, len(args))+`) ORDER BY contact, n`, args...)
}
