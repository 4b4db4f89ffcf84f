package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"yingda/desk"
)

// chunkSize is how a blob is cut, in bytes: small enough to hold a few in memory, large enough to be few rows.
const chunkSize = 256 << 10

// orphanAge is how long a blob nobody refers to is kept: it is streamed in before the unit that refers to it.
const orphanAge = 24 * time.Hour

// uploadAge is how long a file that was sent in and never attached is kept: a draft may name it.
const uploadAge = 30 * 24 * time.Hour

// PutBlob streams a blob in and returns its name, the hex SHA-256 of its content. At most limit bytes are read (0: no
// limit); more is TooLarge "file_too_large". The same content is kept once.
func (db *DB) PutBlob(ctx context.Context, r io.Reader, limit int64) (hash string, size int64, err error) {
	spool, err := newSpool(db, limit)
	if err != nil {
		return "", 0, err
	}
	if err := spool.fill(ctx, r); err != nil {
		return "", 0, errors.Join(err, spool.drop(context.WithoutCancel(ctx)))
	}
	return spool.keep(ctx)
}

// spoolPrefix begins the names of chunks whose hash is not known yet; the moment follows, so that what a crash left
// behind can be told from what is being written.
const spoolPrefix = "spool:"

// spool writes chunks under a name of its own until the hash is known.
type spool struct {
	db    *DB
	name  string
	limit int64
	size  int64
	n     int
	sum   interface {
		io.Writer
		Sum([]byte) []byte
	}
	small []byte // the first chunk, held back: most blobs are one
}

func newSpool(db *DB, limit int64) (*spool, error) {
	return &spool{db: db, name: fmt.Sprintf("%s%013d:%s", spoolPrefix, ms(db.now()), newToken()), limit: limit, sum: sha256.New()}, nil
}

func (s *spool) fill(ctx context.Context, r io.Reader) error {
	buf := make([]byte, chunkSize)
	for {
		n, err := io.ReadFull(r, buf)
		if n > 0 {
			s.size += int64(n)
			if s.limit > 0 && s.size > s.limit {
				return desk.Refuse(desk.TooLarge, "file_too_large", "max", fmt.Sprint(s.limit))
			}
			_, _ = s.sum.Write(buf[:n])
			if err := s.chunk(ctx, buf[:n]); err != nil {
				return down(err)
			}
		}
		switch {
		case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
			return nil
		case err != nil:
			return fmt.Errorf("read blob: %w", err)
		}
	}
}

func (s *spool) chunk(ctx context.Context, data []byte) error {
	s.n++
	if s.n == 1 && len(data) < chunkSize {
		s.small = append([]byte(nil), data...)
		return nil
	}
	_, err := s.db.eng.exec(ctx, `INSERT INTO blob_chunks (hash, n, data) VALUES ($1, $2, $3)`, s.name, s.n, data)
	return err
}

// keep gives the chunks their lasting name, unless the content is there already.
func (s *spool) keep(ctx context.Context) (string, int64, error) {
	hash := hex.EncodeToString(s.sum.Sum(nil))
	err := s.db.eng.atomically(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `INSERT INTO blobs (hash, size, touched_at) VALUES ($1, $2, $3)
			ON CONFLICT (hash) DO NOTHING`, hash, s.size, ms(s.db.now()))
		if err != nil {
			return err
		}
		fresh, err := res.RowsAffected()
		if err != nil {
			return err
		}
		switch {
		case fresh == 0:
			_, err = tx.ExecContext(ctx, `UPDATE blobs SET touched_at = $2 WHERE hash = $1`, hash, ms(s.db.now()))
			if err == nil && s.small == nil {
				_, err = tx.ExecContext(ctx, `DELETE FROM blob_chunks WHERE hash = $1`, s.name)
			}
		case s.small != nil:
			_, err = tx.ExecContext(ctx, `INSERT INTO blob_chunks (hash, n, data) VALUES ($1, 1, $2)`, hash, s.small)
		default:
			_, err = tx.ExecContext(ctx, `UPDATE blob_chunks SET hash = $2 WHERE hash = $1`, s.name, hash)
		}
		return err
	})
	if err != nil {
		return "", 0, down(err)
	}
	return hash, s.size, nil
}

func (s *spool) drop(ctx context.Context) error {
	_, err := s.db.eng.exec(ctx, `DELETE FROM blob_chunks WHERE hash = $1`, s.name)
	return err
}

// OpenBlob opens a blob for reading, or ErrNotFound. The reader fetches a chunk at a time.
func (db *DB) OpenBlob(ctx context.Context, hash string) (io.ReadCloser, int64, error) {
	var size int64
	err := db.read.QueryRowContext(ctx, `SELECT size FROM blobs WHERE hash = $1`, hash).Scan(&size)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, 0, desk.ErrNotFound
	case err != nil:
		return nil, 0, down(err)
	}
	return &blobReader{ctx: ctx, db: db, hash: hash, left: size}, size, nil
}

type blobReader struct {
	ctx  context.Context
	db   *DB
	hash string
	n    int
	left int64
	buf  []byte
}

// Read gives the next bytes of the blob.
func (b *blobReader) Read(p []byte) (int, error) {
	for len(b.buf) == 0 {
		if b.left <= 0 {
			return 0, io.EOF
		}
		b.n++
		err := b.db.read.QueryRowContext(b.ctx, `SELECT data FROM blob_chunks WHERE hash = $1 AND n = $2`, b.hash, b.n).Scan(&b.buf)
		if err != nil {
			return 0, fmt.Errorf("blob %s: %w", b.hash, down(err))
		}
		b.left -= int64(len(b.buf))
	}
	n := copy(p, b.buf)
	b.buf = b.buf[n:]
	return n, nil
}

// Close lets go of the last chunk.
func (b *blobReader) Close() error {
	b.buf, b.left = nil, 0
	return nil
}

// CollectOrphans deletes blobs that nothing refers to and that nobody put for a day, and returns how many.
func (db *DB) CollectOrphans(ctx context.Context) (int, error) {
	old := ms(db.now().Add(-orphanAge))
	const unused = `touched_at < $1
		AND NOT EXISTS (SELECT 1 FROM attachments a WHERE a.blob = blobs.hash)
		AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.raw = blobs.hash AND m.raw <> '')
		AND NOT EXISTS (SELECT 1 FROM quarantine q WHERE q.blob = blobs.hash)
		AND NOT EXISTS (SELECT 1 FROM uploads u WHERE u.blob = blobs.hash)`
	if err := db.do(ctx, `DELETE FROM uploads WHERE at < $1`, ms(db.now().Add(-uploadAge))); err != nil {
		return 0, err
	}
	if err := db.do(ctx, `DELETE FROM blob_chunks WHERE hash >= $1 AND hash < $2`, spoolPrefix, fmt.Sprintf("%s%013d", spoolPrefix, old)); err != nil {
		return 0, err
	}
	count := 0
	err := db.eng.atomically(ctx, func(tx *sql.Tx) error {
		var hashes []string
		err := queryAll(ctx, tx, func(r rows) error {
			var h string
			err := r.Scan(&h)
			hashes = append(hashes, h)
			return err
		}, `SELECT hash FROM blobs WHERE `+unused+` LIMIT 1000`, old)
		if err != nil {
			return err
		}
		for _, h := range hashes {
			// The conditions stand here again: between looking and deleting somebody may have put or referred to it.
			res, err := tx.ExecContext(ctx, `DELETE FROM blobs WHERE hash = $2 AND `+unused, old, h)
			if err != nil {
				return err
			}
			if n, err := res.RowsAffected(); err != nil || n == 0 {
				continue
			}
			if _, err := tx.ExecContext(ctx, `DELETE FROM blob_chunks WHERE hash = $1`, h); err != nil {
				return err
			}
			count++
		}
		return nil
	})
	return count, down(err)
}
