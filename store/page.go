package store

import (
	"crypto/rand"
	"encoding/hex"

	"yingda/desk"
)

// pageSize keeps a limit between 1 and the longest page.
func pageSize(limit int) int {
	if limit < 1 || limit > desk.PageMost {
		return desk.PageMost
	}
	return limit
}

// newToken is a random name nobody can guess.
func newToken() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails: see crypto/rand
	return hex.EncodeToString(b[:])
}
