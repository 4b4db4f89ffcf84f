package voice

import (
	"context"
	"fmt"
	"testing"
	"time"

	"yingda/desk"
)

// askedSecrets counts how often the store is asked; it refuses until there is a key.
type askedSecrets struct {
	key   string
	asked int
}

func (a *askedSecrets) Secret(context.Context, desk.InboxID, string) (string, error) {
	a.asked++
	if a.key == "" {
		return "", desk.ErrNotFound
	}
	return a.key, nil
}

// A changed key holds within a second, and a missing one is looked for each time.
func TestMemoSecret(t *testing.T) {
	t.Parallel()
	var m memo
	from := &askedSecrets{}
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	ask := func() string {
		t.Helper()
		s, err := m.secret(t.Context(), from, "line", now)
		if err != nil {
			return "none"
		}
		return s
	}
	steps := []struct {
		do    func()
		want  string
		asked int
	}{
		{func() {}, "none", 1},
		{func() { from.key = "first" }, "first", 2},
		{func() { from.key = "second" }, "first", 2},
		{func() { now = now.Add(secretFor) }, "second", 3},
	}
	for i, s := range steps {
		s.do()
		if got := ask(); got != s.want || from.asked != s.asked {
			t.Errorf("step %d: got %q after asking %d times, want %q after %d", i, got, from.asked, s.want, s.asked)
		}
	}
}

// What is remembered is what would be read, for the two countries alike, and it does not grow without end.
func TestMemoPhone(t *testing.T) {
	t.Parallel()
	var m memo
	for range 2 {
		for _, c := range []struct{ raw, country string }{
			{"13800138000", "CN"}, {"4158675309", "US"}, {"4158675309", "CN"}, {"anonymous", "CN"}, {"10086", ""}, {"0755/8888 1234-601", "CN"},
		} {
			if got, want := m.phone(c.raw, c.country, "c1"), Phone(c.raw, c.country, "c1"); got != want {
				t.Errorf("%+v: got %+v, want %+v", c, got, want)
			}
		}
	}
	for i := range 3 * phonesKept {
		m.phone(fmt.Sprintf("139%08d", i), "CN", "c1")
	}
	if n := len(m.phones) + len(m.older); n > 2*phonesKept {
		t.Errorf("got %d numbers kept, want at most %d", n, 2*phonesKept)
	}
}
