package webhook

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
)

// An answer counts when it is signed with the secret, under the question's id, a moment ago; nothing else does.
func TestOnlyASignedAnswerCounts(t *testing.T) {
	t.Parallel()
	secret, _ := NewSecret()
	other, _ := NewSecret()
	now := time.Unix(1_800_000_000, 0)
	sign := func(w http.ResponseWriter, key, id string, at time.Time, body string) {
		s, _ := Sign(key, id, at, []byte(body))
		w.Header().Set(HeaderID, id)
		w.Header().Set(HeaderTimestamp, strconv.FormatInt(at.Unix(), 10))
		w.Header().Set(HeaderSignature, s)
		_, _ = io.WriteString(w, body)
	}
	const answer = `{"agent":"ann"}`
	ways := map[string]func(w http.ResponseWriter, id string){
		"/good":     func(w http.ResponseWriter, id string) { sign(w, secret, id, now, answer) },
		"/other":    func(w http.ResponseWriter, id string) { sign(w, other, id, now, answer) },
		"/replayed": func(w http.ResponseWriter, _ string) { sign(w, secret, "another question", now, answer) },
		"/old":      func(w http.ResponseWriter, id string) { sign(w, secret, id, now.Add(-time.Hour), answer) },
		"/plain":    func(w http.ResponseWriter, _ string) { _, _ = io.WriteString(w, answer) },
		"/500":      func(w http.ResponseWriter, _ string) { w.WriteHeader(http.StatusInternalServerError) },
		"/moved": func(w http.ResponseWriter, _ string) {
			w.Header().Set("Location", "/good")
			w.WriteHeader(http.StatusFound)
		},
		"/long": func(w http.ResponseWriter, id string) { sign(w, secret, id, now, strings.Repeat(" ", maxAnswer+1)) },
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if err := Verify(secret, r.Header, body, now); err != nil || string(body) != "question" {
			t.Errorf("the question: got %q, %v", body, err)
		}
		ways[r.URL.Path](w, r.Header.Get(HeaderID))
	}))
	t.Cleanup(server.Close)
	at, _ := url.Parse(server.URL)
	a := NewAsker(Config{Hosts: []string{at.Host}}, func() time.Time { return now })
	for path, want := range map[string]error{
		"/good": nil, "/other": ErrSignature, "/replayed": ErrSignature, "/old": ErrTooOld, "/plain": ErrSignature, "/500": ErrAnswer, "/moved": ErrAnswer, "/long": ErrAnswer,
	} {
		got, err := a.Ask(t.Context(), server.URL+path, secret, "q1", []byte("question"))
		if !errors.Is(err, want) || want == nil && string(got) != answer {
			t.Errorf("%s: got %q, %v, want %v", path, got, err, want)
		}
	}
	if _, err := NewAsker(Config{}, time.Now).Ask(t.Context(), server.URL+"/good", secret, "q1", nil); !errors.Is(err, ErrAnswer) {
		t.Errorf("an address of our own network nobody named: got %v, want it refused", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := a.Ask(ctx, server.URL+"/good", secret, "q1", []byte("question")); !errors.Is(err, context.Canceled) {
		t.Errorf("a question nobody waits for: got %v", err)
	}
}
