package chat

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"
)

// FuzzDecode: whatever a stranger sends is a frame within the limits or a refusal, never a panic.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{"v":1,"type":"hello","token":"x","after":3}`, `{"v":1,"type":"send","client_id":"a","text":"你好","files":["t"]}`,
		`{"v":1,"type":"read","number":9}`, `{"v":1,"type":"send","client_id":" ","text":""}`, `{}`, `[]`, `null`, `{"v":1}{"v":1}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, err := decode(raw)
		if err != nil {
			return
		}
		if got.V != frameVersion || got.After < 0 || got.Number < 0 || got.Before < 0 {
			t.Errorf("got %+v, want a refusal", got)
		}
		if got.Type == frSend && (got.ClientID == "" || utf8.RuneCountInString(got.Text) > maxText || len(got.Files) > maxFiles) {
			t.Errorf("got %+v, want a refusal", got)
		}
	})
}

func TestPace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPace(burst, time.Second)
		took := func(n int) (ok int) {
			for range n {
				if p.allow("v", time.Now()) {
					ok++
				}
			}
			return ok
		}
		if got := took(15); got != 10 {
			t.Errorf("fifteen at once: got %d, want 10", got)
		}
		time.Sleep(3 * time.Second) // synctest's clock
		if got := took(15); got != 3 {
			t.Errorf("three seconds later: got %d, want 3", got)
		}
		if !p.allow("w", time.Now()) {
			t.Error("another visitor is refused, want allowed")
		}
		time.Sleep(time.Minute)
		p.allow("x", time.Now())
		if got := len(p.keys); got != 1 {
			t.Errorf("keys after a minute's rest: got %d, want 1", got)
		}
	})
}

func TestCleanName(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"a/b/c.txt": "c.txt", `C:\x\发票.pdf`: "发票.pdf", "": "file", "..": "file", "in\x00voice\u202efdp.exe": "invoicefdp.exe",
		strings.Repeat("长", 300) + ".pdf": strings.Repeat("长", 196) + ".pdf",
	} {
		if got := cleanName(in); got != want {
			t.Errorf("cleanName(%q): got %q, want %q", in, got, want)
		}
	}
}

// UP-W1: nothing follows a frame that was dropped: a tab that came back would name an entry behind the one it never got.
func TestNothingFollowsADroppedFrame(t *testing.T) {
	t.Parallel()
	s := &socket{c: &Chat{m: newMetrics(nil)}, out: make(chan []byte, 1), gone: make(chan struct{})}
	s.push([]byte("kept"))
	s.push([]byte("dropped"))
	<-s.out
	s.push([]byte("after"))
	if n := len(s.out); n != 0 || s.code != closeResync {
		t.Errorf("got %d frames after the dropped one and code %d, want none and %d", n, s.code, closeResync)
	}
}
