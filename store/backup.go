package store

import (
	"bufio"
	"compress/gzip"
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"yingda/desk"
)

// A backup is gzip over lines of JSON: a head, then for each table its name and columns and one array a row, then an
// end that counts the rows, so that a cut file is noticed. It is the same for both engines: a backup of one restores
// into the other. Sessions, sockets, heartbeats, counted attempts and the search index are
// left out: people sign in again, words are indexed again.

// backupFormat is the number of the form written today.
const backupFormat = 1

// backupTables are the tables in a backup, in an order that suits reading.
var backupTables = []string{
	"feed", "settings", "contacts", "identities", "conversations", "assignments", "messages", "attachments", "threads",
	"seen", "requests", "clocks", "clock_notices", "promises", "mentions", "marks", "events", "outbox", "presence", "drafts", "uploads",
	"preferences", "cursors", "readings", "remote_mails", "quarantine", "tombstones", "suppressions", "greetings", "reviews", "alerts", "forecasts", "scores",
	"notice_wishes", "mail_notices", "mail_notice_turns", "hook_deliveries", "hook_states", "listeners", "channel_status", "credentials", "secrets", "positions", "counters",
	"blobs", "blob_chunks",
	"waits",
}

// bytesIn are the columns that hold bytes and are written as base64.
var bytesIn = map[string]string{"blob_chunks": "data", "secrets": "box"}

// backupLine is any line but a row.
type backupLine struct {
	Yingda  int      `json:"yingda,omitempty"` // the head: backupFormat
	Schema  int64    `json:"schema,omitempty"`
	Table   string   `json:"table,omitempty"`
	Columns []string `json:"columns,omitempty"`
	End     bool     `json:"end,omitempty"`
	Rows    int64    `json:"rows,omitempty"`
}

// Backup writes a consistent copy of the record while the house goes on working.
func (db *DB) Backup(ctx context.Context, w io.Writer) error {
	schema, err := db.SchemaVersion(ctx)
	if err != nil {
		return err
	}
	var opts *sql.TxOptions
	if db.Engine() == "postgres" {
		opts = &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
	}
	tx, err := db.read.BeginTx(ctx, opts)
	if err != nil {
		return down(err)
	}
	defer func() { _ = tx.Rollback() }()
	z := gzip.NewWriter(w)
	out := json.NewEncoder(z)
	out.SetEscapeHTML(false)
	total := int64(0)
	if err := out.Encode(backupLine{Yingda: backupFormat, Schema: schema}); err != nil {
		return fmt.Errorf("write backup: %w", err)
	}
	for _, t := range backupTables {
		n, err := dump(ctx, tx, out, t)
		if err != nil {
			return fmt.Errorf("back up %s: %w", t, err)
		}
		total += n
	}
	if err := errors.Join(out.Encode(backupLine{End: true, Rows: total}), z.Close()); err != nil {
		return fmt.Errorf("write backup: %w", err)
	}
	return nil
}

// dump writes one table.
func dump(ctx context.Context, tx *sql.Tx, out *json.Encoder, table string) (int64, error) {
	rs, err := tx.QueryContext(ctx, `SELECT * FROM `+table) //nolint:gosec // a name of ours
	if err != nil {
		return 0, err
	}
	defer func() { _ = rs.Close() }()
	columns, err := rs.Columns()
	if err != nil {
		return 0, err
	}
	if err := out.Encode(backupLine{Table: table, Columns: columns}); err != nil {
		return 0, err
	}
	values, dest := make([]any, len(columns)), make([]any, len(columns))
	for i := range dest {
		dest[i] = &values[i]
	}
	n := int64(0)
	for rs.Next() {
		if err := rs.Scan(dest...); err != nil {
			return n, err
		}
		for i, v := range values {
			if b, ok := v.([]byte); ok && bytesIn[table] != columns[i] {
				values[i] = string(b)
			}
		}
		if err := out.Encode(values); err != nil {
			return n, err
		}
		n++
	}
	return n, rs.Err()
}

// Restore fills an empty record from a backup, all or nothing, before [DB.Run]. Errors: Conflict "store_not_empty";
// Invalid "backup_unreadable" for a file that is cut, foreign or newer than this program.
func (db *DB) Restore(ctx context.Context, r io.Reader) error {
	z, err := gzip.NewReader(r)
	if err != nil {
		return unreadable(err)
	}
	schema, err := db.SchemaVersion(ctx)
	if err != nil {
		return err
	}
	err = db.eng.atomically(ctx, func(tx *sql.Tx) error {
		var n int
		err := tx.QueryRowContext(ctx, `SELECT (SELECT COUNT(*) FROM events) + (SELECT COUNT(*) FROM settings)`).Scan(&n)
		switch {
		case err != nil:
			return down(err)
		case n > 0:
			return desk.Refuse(desk.Conflict, "store_not_empty")
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM feed`); err != nil {
			return down(err)
		}
		in := &restorer{ctx: ctx, tx: tx, schema: schema}
		if err := in.read(bufio.NewReaderSize(z, 1<<20)); err != nil {
			return err
		}
		return db.reindex(ctx, tx)
	})
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	return db.refresh(ctx)
}

func unreadable(err error) error {
	e := desk.Refuse(desk.Invalid, "backup_unreadable")
	e.Err = err
	return e
}

// restorer puts the lines of a backup into their tables.
type restorer struct {
	ctx    context.Context
	tx     *sql.Tx
	schema int64
	table  backupLine
	insert *sql.Stmt
	rows   int64
}

func (in *restorer) read(r io.Reader) error {
	d := json.NewDecoder(r)
	d.UseNumber()
	var head backupLine
	if err := d.Decode(&head); err != nil {
		return unreadable(err)
	}
	if head.Yingda != backupFormat || head.Schema > in.schema {
		return unreadable(fmt.Errorf("form %d, schema %d", head.Yingda, head.Schema))
	}
	for {
		var line json.RawMessage
		if err := d.Decode(&line); err != nil {
			return unreadable(err)
		}
		if line[0] == '[' {
			if err := in.row(line); err != nil {
				return err
			}
			continue
		}
		var l backupLine
		if err := json.Unmarshal(line, &l); err != nil {
			return unreadable(err)
		}
		if l.End {
			if l.Rows != in.rows {
				return unreadable(fmt.Errorf("%d rows, want %d", in.rows, l.Rows))
			}
			return nil
		}
		if err := in.open(l); err != nil {
			return err
		}
	}
}

// open begins a table. Names come from the file, so only known ones are let through.
func (in *restorer) open(l backupLine) error {
	known := false
	for _, t := range backupTables {
		known = known || t == l.Table
	}
	for _, c := range l.Columns {
		known = known && c != "" && strings.Trim(c, "abcdefghijklmnopqrstuvwxyz_") == ""
	}
	if !known || len(l.Columns) == 0 {
		return unreadable(fmt.Errorf("table %q", l.Table))
	}
	in.table = l
	st, err := in.tx.PrepareContext(in.ctx, `INSERT INTO `+l.Table+` (`+strings.Join(l.Columns, ", ")+`) VALUES (`+holes(1, len(l.Columns))+`)`) //nolint:gosec // table and columns are known names, looked at above
	in.insert = st
	return down(err)
}

func (in *restorer) row(line json.RawMessage) error {
	var values []any
	d := json.NewDecoder(strings.NewReader(string(line)))
	d.UseNumber()
	if err := d.Decode(&values); err != nil || len(values) != len(in.table.Columns) {
		return unreadable(fmt.Errorf("row %d of %s: %w", in.rows, in.table.Table, err))
	}
	for i, v := range values {
		switch v := v.(type) {
		case json.Number:
			n, err := v.Int64()
			if err != nil {
				return unreadable(err)
			}
			values[i] = n
		case string:
			if bytesIn[in.table.Table] == in.table.Columns[i] {
				b, err := base64.StdEncoding.DecodeString(v)
				if err != nil {
					return unreadable(err)
				}
				values[i] = b
			}
		}
	}
	if _, err := in.insert.ExecContext(in.ctx, values...); err != nil {
		return down(fmt.Errorf("%s: %w", in.table.Table, err))
	}
	in.rows++
	return nil
}

// reindexPage is how many records are indexed between two reads.
const reindexPage = 500

// reindex makes every word findable again.
func (db *DB) reindex(ctx context.Context, tx *sql.Tx) error {
	b := &batch{db: db}
	do := func(ws []write) error {
		for _, w := range ws {
			if _, err := tx.ExecContext(ctx, w.sql, w.args...); err != nil {
				return down(fmt.Errorf("index: %w", err))
			}
		}
		return nil
	}
	err := paged(ctx, tx, `SELECT `+convColumns+` FROM conversations`, func(r rows) (string, []write, error) {
		c, err := scanConv(r)
		return string(c.ID), b.indexConv(&convRec{c: c}), err
	}, do)
	if err != nil {
		return err
	}
	err = paged(ctx, tx, `SELECT `+messageColumns+` FROM messages`, func(r rows) (string, []write, error) {
		m, err := scanMessage(r)
		return string(m.ID), b.indexMessage(m), err
	}, do)
	if err != nil {
		return err
	}
	if err := db.reindexContacts(ctx, tx, b, do); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE feed SET doc = $1`, b.doc)
	return down(err)
}

func (db *DB) reindexContacts(ctx context.Context, tx *sql.Tx, b *batch, do func([]write) error) error {
	known := map[desk.ContactID][]desk.Identity{}
	err := queryAll(ctx, tx, func(r rows) error {
		var i desk.Identity
		var id string
		err := r.Scan((*string)(&i.Kind), &i.Value, &id)
		known[desk.ContactID(id)] = append(known[desk.ContactID(id)], i)
		return err
	}, `SELECT kind, value, contact FROM identities ORDER BY contact, n`)
	if err != nil {
		return down(err)
	}
	return paged(ctx, tx, `SELECT `+contactColumns+` FROM contacts`, func(r rows) (string, []write, error) {
		c, err := scanContact(r)
		c.Identities = known[c.ID]
		return string(c.ID), b.indexContact(&contactRec{c: c}), err
	}, do)
}

// paged walks a table in order of id, writing between the pages: one connection cannot read and write at once.
func paged(ctx context.Context, tx *sql.Tx, query string, scan func(rows) (string, []write, error), do func([]write) error) error {
	after := ""
	for {
		var ws []write
		n := 0
		err := queryAll(ctx, tx, func(r rows) error {
			id, some, err := scan(r)
			after, ws = id, append(ws, some...)
			n++
			return err
		}, query+` WHERE id > $1 ORDER BY id LIMIT $2`, after, reindexPage)
		if err != nil {
			return down(err)
		}
		if err := do(ws); err != nil || n < reindexPage {
			return err
		}
	}
}
