package store

import "context"

// recentDocs is how many of the newest documents PostgreSQL reads one by one before it asks the index of words. The index
// gives all that it has of a word, in no order: it is fit for rare words, and a word of every mail is found among the newest.
const recentDocs = 20_000

// documents are search documents d as parts of a statement, and the column that orders them by age.
type documents struct{ from, where, key string }

// looking is a search for the newest documents that hold all terms.
type looking struct {
	terms  []term
	kind   string // a condition on their columns, as the partial index has it
	before int64  // document number they lie below
	limit  int    // rows
	// text is the statement up to its limit, newest documents first.
	text func(*query, documents) string
}

// look calls scan for each row. A word of every mail costs no more for what the house has stored; a rarer one costs what
// the index has of it.
func (db *DB) look(ctx context.Context, l looking, scan func(rows) error) error {
	found := 0
	count := func(r rows) error { found++; return scan(r) }
	run := func(b *query, d documents) error {
		text := l.text(b, d) + b.limit(l.limit-found)
		return queryAll(ctx, db.read, count, text, b.args...)
	}
	if db.Engine() == "sqlite" { // walks its index of words from the end
		b := &query{}
		d := db.indexed(b, l.terms, l.kind)
		d.where += " AND " + d.key + " < " + b.arg(l.before)
		return run(b, d)
	}
	newest := l.before
	if newest == never {
		if err := db.read.QueryRowContext(ctx, `SELECT doc + 1 FROM feed WHERE id = 1`).Scan(&newest); err != nil {
			return err
		}
	}
	low := newest - db.recent
	b := &query{}
	// IS TRUE keeps the index of words out of it.
	recent := documents{"search_docs d", "(d.tokens @@ CAST(" + b.arg(tsquery(l.terms)) + " AS tsquery)) IS TRUE AND d." + l.kind +
		" AND d.doc < " + b.arg(newest) + " AND d.doc >= " + b.arg(low), "d.doc"}
	if err := run(b, recent); err != nil || found >= l.limit || low <= 0 {
		return err
	}
	b = &query{}
	return run(b, db.indexed(b, l.terms, l.kind+" AND doc < "+b.arg(low)))
}

// indexed are the documents that the index of words gives; kind is a condition on their columns.
func (db *DB) indexed(b *query, ts []term, kind string) documents {
	if db.Engine() == "sqlite" {
		return documents{"search JOIN search_docs d ON d.doc = search.rowid", "search MATCH " + b.arg(fts5(ts)) + " AND d." + kind, "search.rowid"}
	}
	// OFFSET 0 keeps other conditions, and so other indexes, out of it.
	return documents{"(SELECT doc, conversation, message, contact, number, at FROM search_docs WHERE tokens @@ CAST(" +
		b.arg(tsquery(ts)) + " AS tsquery) AND " + kind + " OFFSET 0) AS d", "1 = 1", "d.doc"}
}
