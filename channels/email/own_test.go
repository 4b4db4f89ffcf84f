package email

import (
	"slices"
	"testing"

	"yingda/desk"
)

// Addresses of ours are the inbox's, its accounts' and its aliases, for reading mail and for answering to all (UP-E16).
func TestOwnAddresses(t *testing.T) {
	t.Parallel()
	i := desk.Inbox{Address: "help@firm.example", Channel: []byte(`{"imap":{"username":"box@firm.example"},"smtp":{"username":"out@firm.example"},"aliases":["hilfe@firm.example"]}`)}
	want := []string{"help@firm.example", "box@firm.example", "out@firm.example", "hilfe@firm.example"}
	if got := OwnAddresses(i); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	i.Channel = []byte(`{"imap":7}`)
	if got := OwnAddresses(i); !slices.Equal(got, want[:1]) {
		t.Errorf("unreadable settings: got %v, want the inbox's own address", got)
	}
}
