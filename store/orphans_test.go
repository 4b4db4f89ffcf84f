package store_test

import (
	"errors"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"yingda/desk"
	"yingda/store"
	"yingda/store/storetest"
)

// Blobs nobody refers to go after a day; what a message or an upload names stays.
func TestOrphans(t *testing.T) {
	t.Parallel()
	var now atomic.Pointer[time.Time]
	now.Store(&day)
	db := start(t, store.Config{
		URL: storetest.SQLite(t), Readers: 2, Now: func() time.Time { return *now.Load() },
	})
	put := func(text string) string {
		hash, _, err := db.PutBlob(t.Context(), strings.NewReader(text), 0)
		if err != nil {
			t.Fatal(err)
		}
		return hash
	}
	orphan, raw, file, upload := put("orphan"), put("raw"), put("file"), put("upload")
	broken := io.MultiReader(strings.NewReader(strings.Repeat("x", 600<<10)), iotest.ErrReader(errors.New("cut")))
	if _, _, err := db.PutBlob(t.Context(), broken, 0); err == nil {
		t.Fatal("a cut stream: got no error")
	}
	m := desk.Message{ID: "m", Conversation: "c", Number: 1, Raw: raw, Attachments: []desk.Attachment{{Blob: file}}, At: day, CreatedAt: day}
	err := db.Update(t.Context(), desk.About{}, func(tx desk.Tx) error { return tx.AddMessage(m) })
	if err := errors.Join(err, db.AddUpload(t.Context(), desk.Upload{Agent: "bo", Blob: upload, At: day})); err != nil {
		t.Fatal(err)
	}
	later := day.Add(25 * time.Hour)
	now.Store(&later)
	if n, err := db.CollectOrphans(t.Context()); err != nil || n != 1 {
		t.Errorf("collected: got %d, %v; want 1", n, err)
	}
	for hash, want := range map[string]bool{orphan: false, raw: true, file: true, upload: true} {
		if _, _, err := db.OpenBlob(t.Context(), hash); (err == nil) != want {
			t.Errorf("blob %s: got %v, want there %v", hash[:6], err, want)
		}
	}
}
