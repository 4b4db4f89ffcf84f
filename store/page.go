package store

import (
	"crypto/rand"
	"encoding/hex"
)

// maxPage bounds every list: a page is what a person can look at.
const maxPage = 100

// pageSize keeps a limit between 1 and maxPage.
func pageSize(limit int) int {
	if limit < 1 || limit > maxPage {
		return maxPage
	}
	return limit
}

// newToken is a random name nobody can guess.
func newToken() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails: see crypto/rand
	return hex.EncodeToString(b[:])
}
