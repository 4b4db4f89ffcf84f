package store

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"

	"yingda/desk"
)

// sealer encrypts what must not be readable in a stolen database or a backup.
type sealer struct{ aead cipher.AEAD }

func newSealer(key string) *sealer {
	if key == "" {
		return &sealer{}
	}
	// The key is a secret of full length, not a password: one hash brings it to 32 bytes.
	k := sha256.Sum256([]byte("yingda secrets v1\x00" + key))
	block, err := aes.NewCipher(k[:])
	if err != nil {
		panic(err) // 32 bytes are always a key
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	return &sealer{aead: aead}
}

// SaveSecret encrypts and stores a secret; the empty text deletes it. It is refused with Unavailable "no_key" when no key is configured.
func (db *DB) SaveSecret(ctx context.Context, inbox desk.InboxID, name, secret string) error {
	if secret == "" {
		_, err := db.eng.exec(ctx, `DELETE FROM secrets WHERE owner = $1 AND name = $2`, string(inbox), name)
		return down(err)
	}
	if db.box.aead == nil {
		return desk.Refuse(desk.Unavailable, "no_key")
	}
	nonce := make([]byte, db.box.aead.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return fmt.Errorf("nonce: %w", err)
	}
	box := db.box.aead.Seal(nonce, nonce, []byte(secret), []byte(string(inbox)+"\x00"+name))
	_, err := db.eng.exec(ctx, `INSERT INTO secrets (owner, name, box, updated_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (owner, name) DO UPDATE SET box = $3, updated_at = $4`, string(inbox), name, box, ms(db.now()))
	return down(err)
}

// Secret returns a stored secret, or ErrNotFound. A box that the configured key does not open is Unavailable
// "wrong_key".
func (db *DB) Secret(ctx context.Context, inbox desk.InboxID, name string) (string, error) {
	var box []byte
	err := db.read.QueryRowContext(ctx, `SELECT box FROM secrets WHERE owner = $1 AND name = $2`, string(inbox), name).Scan(&box)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return "", desk.ErrNotFound
	case err != nil:
		return "", down(err)
	case db.box.aead == nil:
		return "", desk.Refuse(desk.Unavailable, "no_key")
	}
	n := db.box.aead.NonceSize()
	if len(box) < n {
		return "", desk.Refuse(desk.Unavailable, "wrong_key")
	}
	plain, err := db.box.aead.Open(nil, box[:n], box[n:], []byte(string(inbox)+"\x00"+name))
	if err != nil {
		return "", desk.Refuse(desk.Unavailable, "wrong_key")
	}
	return string(plain), nil
}

// SecretNames lists which secrets an inbox has, never their values.
func (db *DB) SecretNames(ctx context.Context, inbox desk.InboxID) ([]string, error) {
	var out []string
	err := queryAll(ctx, db.read, func(r rows) error {
		var name string
		err := r.Scan(&name)
		out = append(out, name)
		return err
	}, `SELECT name FROM secrets WHERE owner = $1 ORDER BY name`, string(inbox))
	return out, down(err)
}
