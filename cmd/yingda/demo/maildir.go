package demo

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// maildir keeps one account's mail on disk: a file per mail, named by its UID, so that UIDs survive a restart. The
// demo's UIDVALIDITY never changes.
type maildir struct {
	dir string

	mu   sync.Mutex
	last uint32
}

// stored is one mail on disk.
type stored struct {
	UID uint32
	Raw []byte
}

func openMaildir(dir string) (*maildir, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open maildir: %w", err)
	}
	m := &maildir{dir: dir}
	uids, err := m.uids()
	if err != nil {
		return nil, err
	}
	if len(uids) > 0 {
		m.last = uids[len(uids)-1]
	}
	return m, nil
}

// uids lists what is stored, in order.
func (m *maildir) uids() ([]uint32, error) {
	entries, err := os.ReadDir(m.dir)
	if err != nil {
		return nil, fmt.Errorf("list maildir: %w", err)
	}
	var out []uint32
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), ".eml")
		n, err := strconv.ParseUint(name, 10, 32)
		if ok && err == nil {
			out = append(out, uint32(n))
		}
	}
	slices.Sort(out)
	return out, nil
}

// add stores one mail durably under the next UID: the 250 of the SMTP side is said after it.
func (m *maildir) add(raw []byte) (uint32, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	uid := m.last + 1
	name := filepath.Join(m.dir, fmt.Sprintf("%08d", uid))
	f, err := os.OpenFile(name+".tmp", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return 0, fmt.Errorf("store mail: %w", err)
	}
	_, err = f.Write(raw)
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(name+".tmp", name+".eml")
	}
	if err != nil {
		return 0, fmt.Errorf("store mail: %w", err)
	}
	m.last = uid
	return uid, nil
}

func (m *maildir) read(uid uint32) (stored, error) {
	raw, err := os.ReadFile(filepath.Join(m.dir, fmt.Sprintf("%08d.eml", uid)))
	if err != nil {
		return stored{}, fmt.Errorf("read mail %d: %w", uid, err)
	}
	return stored{UID: uid, Raw: raw}, nil
}
