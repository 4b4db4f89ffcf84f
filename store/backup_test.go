package store_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yingda/desk"
	"yingda/internal/testkit"
	"yingda/store"
	"yingda/store/storetest"
)

// A backup of either engine restores into either: records, facts, blobs, secrets and what search finds.
func TestBackup(t *testing.T) {
	t.Parallel()
	const key = "0123456789abcdef"
	open := map[string]func() store.Config{
		"sqlite": func() store.Config {
			return store.Config{URL: storetest.SQLite(t), Readers: 2, Key: key}
		},
		"postgres": func() store.Config { return store.Config{URL: testkit.Postgres(t), Readers: 2, Key: key} },
	}
	for from, fromConfig := range open {
		source := start(t, fromConfig())
		blob := furnish(t, source)
		var file bytes.Buffer
		if err := source.Backup(t.Context(), &file); err != nil {
			t.Fatalf("back up %s: %v", from, err)
		}
		for to, toConfig := range open {
			t.Run(from+" to "+to, func(t *testing.T) {
				target := restored(t, toConfig(), file.Bytes())
				compare(t, source, target, blob)
			})
		}
		err := source.Restore(t.Context(), bytes.NewReader(file.Bytes()))
		if got, want := desk.ReasonOf(err), "store_not_empty"; got != want {
			t.Errorf("restore over a record: got %q (%v), want %q", got, err, want)
		}
		empty, err := store.Open(t.Context(), open["sqlite"](), slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		err = empty.Restore(t.Context(), bytes.NewReader(file.Bytes()[:file.Len()/2]))
		if got, want := desk.ReasonOf(err), "backup_unreadable"; got != want {
			t.Errorf("a cut file: got %q (%v), want %q", got, err, want)
		}
		if seq, err := empty.LastSeq(t.Context()); err != nil || seq != 0 {
			t.Errorf("after a cut file: got seq %d, %v; want nothing changed", seq, err)
		}
		if err := empty.Close(); err != nil {
			t.Error(err)
		}
	}
}

func furnish(t *testing.T, db *store.DB) (blob string) {
	t.Helper()
	blob, _, err := db.PutBlob(t.Context(), bytes.NewReader(bytes.Repeat([]byte{0, 1, 0xff}, 200_000)), 0)
	if err != nil {
		t.Fatal(err)
	}
	c := benchConversation("0190-1", 1)
	c.Assignee, c.Messages, c.Contact = "bo", 1, "ann"
	m := desk.Message{
		ID: "m1", Conversation: c.ID, Number: 1, Inbox: "mail", Direction: desk.In, Medium: desk.Email, At: day, CreatedAt: day,
		Body: desk.Body{Text: benchText}, Attachments: []desk.Attachment{{Blob: blob, Name: "a.bin"}},
	}
	err = errors.Join(db.SaveSecret(t.Context(), "mail", "password", "geheim"), db.Update(t.Context(), desk.About{}, func(tx desk.Tx) error {
		return errors.Join(tx.AddMessage(m), tx.SaveConversation(c, []desk.Clock{{Target: desk.NextResponse, N: 1, StartedAt: day, DueAt: day}}, "offer"),
			tx.SaveContact(desk.Contact{ID: "ann", Name: "安娜", Identities: []desk.Identity{{Kind: desk.ByEmail, Value: "ann@example.com"}}}),
			tx.SaveSetting(desk.Setting{Kind: desk.SettingQueue, ID: "q1", Doc: []byte(`{"name":"售前 <1>"}`)}),
			tx.Append(event("0190-1")))
	}))
	if err != nil {
		t.Fatal(err)
	}
	return blob
}

// restored is a record filled from the file, running.
func restored(t *testing.T, cfg store.Config, file []byte) *store.DB {
	t.Helper()
	db, stop := startWith(t, cfg, func(db *store.DB) {
		if err := db.Restore(context.Background(), bytes.NewReader(file)); err != nil {
			t.Fatalf("restore: %v", err)
		}
	})
	t.Cleanup(stop)
	return db
}

func compare(t *testing.T, a, b *store.DB, blob string) {
	t.Helper()
	ctx := t.Context()
	ca, ka, errA := a.Conversation(ctx, "0190-1")
	cb, kb, errB := b.Conversation(ctx, "0190-1")
	if d := cmp.Diff(ca, cb) + cmp.Diff(ka, kb); errA != nil || errB != nil || d != "" {
		t.Errorf("conversation: %v %v\n%s", errA, errB, d)
	}
	ea, errA := a.EventsAfter(ctx, 0, 100)
	eb, errB := b.EventsAfter(ctx, 0, 100)
	if d := cmp.Diff(ea, eb); errA != nil || errB != nil || d != "" {
		t.Errorf("events: %v %v\n%s", errA, errB, d)
	}
	if s, err := b.Secret(ctx, "mail", "password"); err != nil || s != "geheim" {
		t.Errorf("secret: got %q, %v", s, err)
	}
	if q, ok := b.Directory().Queue("q1"); !ok || q.Name != "售前 <1>" {
		t.Errorf("directory: got %+v, %v", q, ok)
	}
	r, size, err := b.OpenBlob(ctx, blob)
	if err != nil || size != 600_000 {
		t.Fatalf("blob: got %d, %v", size, err)
	}
	var got bytes.Buffer
	if n, err := got.ReadFrom(r); err != nil || n != size {
		t.Errorf("blob: got %d bytes, %v", n, err)
	}
	for _, text := range []string{"打印机", "安娜", "订单查询"} {
		hits, err := b.Search(ctx, desk.SearchQuery{Scope: desk.Scope{All: true}, Text: text})
		if err != nil || len(hits) != 1 {
			t.Errorf("search %q: got %d hits, %v; want 1", text, len(hits), err)
		}
	}
	// Work goes on where it stood: the next fact has the next number.
	if err := b.Update(ctx, desk.About{}, func(tx desk.Tx) error { return tx.Append(event("after")) }); err != nil {
		t.Errorf("work after restore: %v", err)
	}
	if seq, err := b.LastSeq(ctx); err != nil || seq != int64(len(ea))+1 {
		t.Errorf("next seq: got %d, %v; want %d", seq, err, len(ea)+1)
	}
}
