//go:build unix

package store

import (
	"path/filepath"
	"syscall"
	"testing"
)

// A closed record can be opened again at once, though a child that is just being started still holds its lock's file.
func TestClosedRecordIsFreeAtOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "one.db")
	for range 2 {
		eng, readers, err := openSQLite(t.Context(), path, 1)
		if err != nil {
			t.Fatal(err)
		}
		child, err := syscall.Dup(int(eng.(*sqlite).lock.Fd()))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = syscall.Close(child) }()
		_ = readers.Close()
		if err := eng.close(); err != nil {
			t.Fatal(err)
		}
	}
}
