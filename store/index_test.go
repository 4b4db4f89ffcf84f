package store

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// A mail of 24 MB must not hold the one writer while its words are counted: its beginning is searchable, all of it is
// kept.
func TestOnlyTheBeginningOfALongTextIsIndexed(t *testing.T) {
	t.Parallel()
	if got := utf8.RuneCountInString(beginning(strings.Repeat("退款", maxIndexed))); got != maxIndexed {
		t.Errorf("long text: got %d characters, want %d", got, maxIndexed)
	}
	if got := beginning("退款 please"); got != "退款 please" {
		t.Errorf("short text: got %q, want all of it", got)
	}
}
