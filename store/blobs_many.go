package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"slices"
	"strings"
)

// PutBlobs keeps several blobs in one commit, each under the hex SHA-256 of its content, as [DB.PutBlob] does one by one.
// They are in memory already: it is for many small ones. Errors: those of the database; then none is kept.
func (db *DB) PutBlobs(ctx context.Context, blobs [][]byte) error {
	if len(blobs) == 0 {
		return nil
	}
	type named struct {
		hash string
		data []byte
	}
	all := make([]named, len(blobs))
	for i, data := range blobs {
		sum := sha256.Sum256(data)
		all[i] = named{hex.EncodeToString(sum[:]), data}
	}
	// In one order everywhere: two that keep the same ones shall not wait for each other.
	slices.SortFunc(all, func(a, b named) int { return strings.Compare(a.hash, b.hash) })
	now := ms(db.now())
	return down(db.eng.atomically(ctx, func(tx *sql.Tx) error {
		for _, b := range all {
			if err := putWhole(ctx, tx, b.hash, b.data, now); err != nil {
				return err
			}
		}
		return nil
	}))
}

func putWhole(ctx context.Context, tx *sql.Tx, hash string, data []byte, now int64) error {
	res, err := tx.ExecContext(ctx, `INSERT INTO blobs (hash, size, touched_at) VALUES ($1, $2, $3)
		ON CONFLICT (hash) DO NOTHING`, hash, len(data), now)
	if err != nil {
		return err
	}
	fresh, err := res.RowsAffected()
	if err != nil {
		return err
	}
	if fresh == 0 {
		_, err = tx.ExecContext(ctx, `UPDATE blobs SET touched_at = $2 WHERE hash = $1`, hash, now)
		return err
	}
	n := 0
	for r := bytes.NewBuffer(data); r.Len() > 0; {
		n++
		if _, err := tx.ExecContext(ctx, `INSERT INTO blob_chunks (hash, n, data) VALUES ($1, $2, $3)`, hash, n, r.Next(chunkSize)); err != nil {
			return err
		}
	}
	return nil
}
