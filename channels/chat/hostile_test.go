package chat_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"yingda/channels/chat"
	"yingda/desk"
)

func TestForeignPagesAreRefused(t *testing.T) {
	t.Parallel()
	s := newShop(t, func(set *chat.Settings) { set.Origins = []string{"https://shop.example"} })
	url := s.base + "/widget/v1/" + widgetKey
	for _, c := range []struct {
		origin string
		status int
	}{{"https://evil.example", 403}, {"null", 403}, {"https://shop.example.evil.example", 403}, {"https://shop.example", 200}, {s.base, 200}, {"", 200}} {
		h := []string{}
		if c.origin != "" {
			h = append(h, "Origin", c.origin)
		}
		if got := s.ask(http.MethodPost, url+"/session", strings.NewReader(`{}`), h...); got.status != c.status {
			t.Errorf("session from %q: got %d %s, want %d", c.origin, got.status, got.body, c.status)
		}
		conn, res, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(url, "http")+"/socket", http.Header{"Origin": {c.origin}})
		if c.status == 403 && (err == nil || res.StatusCode != 403) {
			t.Errorf("socket from %q: got %v, want 403", c.origin, err)
		}
		if conn != nil {
			conn.Close()
		}
	}
	a := s.ask(http.MethodGet, s.base+"/widget/frame/"+widgetKey, nil)
	if csp := a.header.Get("Content-Security-Policy"); !strings.Contains(csp, "frame-ancestors 'self' https://shop.example") || !strings.Contains(csp, "default-src 'none'") {
		t.Errorf("frame: got policy %q", csp)
	}
	for _, path := range []string{"/widget/frame/other", "/widget/v1/other/settings", "/widget/v1/help@shop.example/settings", "/widget/assets/../widget.html", "/widget/assets/none.js"} {
		if got := s.ask(http.MethodGet, s.base+path, nil); got.status == 200 {
			t.Errorf("%s: got 200, want a refusal", path)
		}
	}
}

// UP-W3: nobody is somebody without the firm's signature, and what a known customer said is theirs alone.
func TestIdentitiesAreProven(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	good := proof("C-1001", time.Hour)
	known := s.session(map[string]any{"identity": good})
	if known.Identity != "verified" {
		t.Fatalf("a good signature: got %+v, want verified", known)
	}
	tab := s.opens(s.base, known.Token, "", 0)
	tab.hears("welcome")
	tab.sends("1", "my secret order")
	conv := tab.hears("ack").Conversation
	c, _, err := s.db.Conversation(t.Context(), desk.ConversationID(conv))
	s.must(err)
	who, err := s.db.Contact(t.Context(), c.Contact)
	s.must(err)
	if who.Name != "孙倩" || !who.Has(desk.Identity{Kind: desk.ByExternal, Value: "C-1001"}) {
		t.Errorf("contact: got %+v, want 孙倩 known as C-1001", who)
	}
	again := s.opens(s.base, s.session(map[string]any{"identity": proof("C-1001", time.Minute)}).Token, "", 0)
	if w := again.hears("welcome"); w.Conversation != conv {
		t.Errorf("the same customer elsewhere: got %q, want their conversation %q", w.Conversation, conv)
	}

	other := good
	other.ID = "C-2002" // the same signature for another customer
	renamed := good
	renamed.Name = "Mallory"
	unsigned := good
	unsigned.Signature = ""
	random := good
	random.Signature = strings.Repeat("ab", 32)
	torn := good
	torn.ID, torn.Name = "C-1001\n孙倩", ""
	for name, c := range map[string]struct {
		p      chat.Proof
		reason string
	}{
		"replayed for another": {other, "identity_forged"}, "renamed": {renamed, "identity_forged"}, "missing": {unsigned, "identity_incomplete"},
		"random": {random, "identity_forged"}, "torn": {torn, "identity_incomplete"},
		"expired": {proof("C-1001", -time.Second), "identity_expired"}, "for ever": {proof("C-1001", 90*24*time.Hour), "identity_too_long"},
	} {
		got := s.session(map[string]any{"identity": c.p})
		if got.Identity != "refused" || got.Reason != c.reason || got.Visitor == known.Visitor {
			t.Errorf("%s: got %+v, want refused %s", name, got, c.reason)
			continue
		}
		tab := s.opens(s.base, got.Token, conv, 0)
		if w := tab.hears("welcome"); w.Conversation != "" {
			t.Errorf("%s: got conversation %q, want nothing", name, w.Conversation)
		}
		tab.sends("x", "who am I")
		ack := tab.hears("ack")
		m, err := s.db.Messages(t.Context(), desk.ConversationID(ack.Conversation), desk.MessagePage{Limit: 1})
		if err != nil || len(m) != 1 || !m[0].Unverified || ack.Conversation == conv {
			t.Errorf("%s: got %+v %v, want an unverified message in a conversation of its own", name, m, err)
		}
	}
	// Signed out on the same machine: nothing of the customer's is there.
	out := s.session(map[string]any{"token": known.Token})
	if out.Identity != "none" || out.Visitor == known.Visitor {
		t.Errorf("signed out: got %+v, want a new visitor", out)
	}
}

func TestForgedTokensOpenNothing(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	me := s.session(map[string]any{})
	payload, mac, _ := strings.Cut(me.Token, ".")
	late := s.session(map[string]any{"identity": proof("C-1", time.Minute)})
	for name, token := range map[string]string{
		"empty": "", "torn": payload, "other mac": payload + "." + strings.Repeat("A", len(mac)), "other payload": payload[:len(payload)-4] + "AAAA." + mac,
		"nonsense": "a.b.c",
	} {
		tab := s.opens(s.base, token, "", 0)
		if got := tab.closes(); got != 4001 {
			t.Errorf("%s: got close %d, want 4001", name, got)
		}
	}
	s.shift.Add(int64(2 * time.Minute))
	if got := s.opens(s.base, late.Token, "", 0).closes(); got != 4001 {
		t.Errorf("expired: got close %d, want 4001", got)
	}
	if again := s.session(map[string]any{"token": me.Token}); again.Visitor != me.Visitor {
		t.Errorf("a good token: got visitor %q, want %q", again.Visitor, me.Visitor)
	}
}

func TestNonsenseIsRefused(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	me := s.session(map[string]any{})
	tab := s.opens(s.base, me.Token, "", 0)
	tab.hears("welcome")
	tab.sends("1", strings.Repeat("长", 8001))
	if e := tab.hears("error"); e.Reason != "text_too_long" || e.ClientID != "1" {
		t.Errorf("too long: got %+v, want text_too_long for 1", e)
	}
	for _, raw := range []string{`{`, `{"v":1,"type":"send","admin":true}`, `{"v":2,"type":"typing"}`, `{"v":1,"type":"shutdown"}`} {
		s.must(tab.conn.WriteMessage(websocket.TextMessage, []byte(raw)))
		if e := tab.hears("error"); e.Code != "invalid" {
			t.Errorf("%s: got %+v, want invalid", raw, e)
		}
	}
	s.must(tab.conn.WriteMessage(websocket.TextMessage, []byte(`[]`)))
	if got := tab.closes(); got != 4003 {
		t.Errorf("after five: got close %d, want 4003", got)
	}
	tab = s.opens(s.base, me.Token, "", 0)
	tab.hears("welcome")
	_ = tab.conn.WriteMessage(websocket.TextMessage, bytes.Repeat([]byte("x"), 65<<10))
	if got := tab.closes(); got != websocket.CloseMessageTooBig {
		t.Errorf("oversized frame: got close %d, want %d", got, websocket.CloseMessageTooBig)
	}
	tab = s.opens(s.base, me.Token, "", 0)
	tab.hears("welcome")
	refused := 0
	for i := range 12 {
		tab.sends("b"+num(i), "quick")
	}
	for range 12 {
		for {
			f, err := tab.next()
			s.must(err)
			if f.Type == "error" && f.Reason == "too_many_messages" {
				refused++
			}
			if f.Type == "error" || f.Type == "ack" {
				break
			}
		}
	}
	if refused < 1 || refused > 2 {
		t.Errorf("twelve at once: got %d refused, want one or two", refused)
	}
}

func TestFilesAreTheVisitorsOwn(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	url := s.base + "/widget/v1/" + widgetKey
	me, you := s.session(map[string]any{}), s.session(map[string]any{})
	up := func(name string, body io.Reader, token string) answer {
		return s.ask(http.MethodPost, url+"/files?name="+name, body, "Authorization", "Bearer "+token, "Content-Type", "text/html")
	}
	png := append([]byte("\x89PNG\r\n\x1a\n"), bytes.Repeat([]byte{0}, 600)...)
	got := up("..%2F..%2Fcup.png", bytes.NewReader(png), me.Token)
	var file struct{ File, Name, Type, URL string }
	s.must(json.Unmarshal(got.body, &file))
	if got.status != 201 || file.Name != "cup.png" || file.Type != "image/png" {
		t.Fatalf("upload: got %d %s", got.status, got.body)
	}
	html := up("page.png", strings.NewReader("<html><script>alert(1)</script>"), me.Token)
	var page struct{ File, Type, URL string }
	s.must(json.Unmarshal(html.body, &page))

	tab := s.opens(s.base, me.Token, "", 0)
	tab.hears("welcome")
	tab.sends("1", "", file.File, page.File)
	tab.until(1)
	if n := len(tab.thread[0].Files); n != 2 {
		t.Fatalf("files of the entry: got %d, want 2", n)
	}
	for _, f := range tab.thread[0].Files {
		a := s.ask(http.MethodGet, s.base+f.URL, nil)
		if a.status != 200 || !strings.Contains(a.header.Get("Content-Security-Policy"), "sandbox") || a.header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: got %d %v", f.Name, a.status, a.header)
		}
		inline := strings.HasPrefix(a.header.Get("Content-Disposition"), "inline")
		if want := f.Name == "cup.png"; inline != want {
			t.Errorf("%s: shown in place: got %v, want %v", f.Name, inline, want)
		}
	}
	link := tab.thread[0].Files[0].URL
	bare, ticket, _ := strings.Cut(link, "?t=")
	for name, u := range map[string]string{
		"no ticket": bare, "upload ticket": bare + "?t=" + file.File, "cut ticket": bare + "?t=" + ticket[:len(ticket)-2],
		"other file": strings.Replace(bare, "/files/", "/files/0", 1) + "?t=" + ticket,
	} {
		a := s.ask(http.MethodGet, s.base+u, nil)
		none := s.ask(http.MethodGet, url+"/files/"+strings.Repeat("0", 64), nil)
		if a.status != 404 || !bytes.Equal(a.body, none.body) {
			t.Errorf("%s: got %d %s, want the 404 of nothing there", name, a.status, a.body)
		}
	}
	thief := s.opens(s.base, you.Token, tab.conv, 0)
	if w := thief.hears("welcome"); w.Conversation != "" {
		t.Errorf("another visitor: got %q, want no conversation", w.Conversation)
	}
	thief.sends("1", "", file.File)
	if e := thief.hears("error"); e.Reason != "file_unknown" {
		t.Errorf("another's upload: got %+v, want file_unknown", e)
	}
	for name, c := range map[string]struct {
		a      answer
		status int
		reason string
	}{
		"no token":  {up("a.txt", strings.NewReader("x"), ""), 401, "token_invalid"},
		"program":   {up("setup.exe", strings.NewReader("x"), me.Token), 422, "file_blocked"},
		"disguised": {up("photo.png", strings.NewReader("MZ\x90\x00"), me.Token), 422, "file_blocked"},
		"empty":     {up("a.txt", strings.NewReader(""), me.Token), 422, "file_empty"},
		"too large": {up("big.bin", io.LimitReader(zeros{}, 26<<20), me.Token), 413, "file_too_large"},
	} {
		if c.a.status != c.status || c.a.reason() != c.reason {
			t.Errorf("%s: got %d %s, want %d %s", name, c.a.status, c.a.body, c.status, c.reason)
		}
	}
	s.shift.Add(int64(25 * time.Hour))
	if a := s.ask(http.MethodGet, s.base+link, nil); a.status != 404 {
		t.Errorf("an old link: got %d, want 404", a.status)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// UP-W5: closed is said so, and what is left becomes a mail conversation, once.
func TestOutOfHours(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.hours.closed.Store(true)
	url := s.base + "/widget/v1/" + widgetKey
	first := s.ask(http.MethodGet, url+"/settings", nil)
	var set struct {
		Open, Offline bool
		Changes       time.Time
	}
	s.must(json.Unmarshal(first.body, &set))
	if set.Open || !set.Offline || set.Changes.IsZero() {
		t.Errorf("settings: got %s, want closed with the next opening", first.body)
	}
	if again := s.ask(http.MethodGet, url+"/settings", nil, "If-None-Match", first.header.Get("Etag")); again.status != 304 {
		t.Errorf("the same settings: got %d, want 304", again.status)
	}
	form := `{"client_id":"f1","name":"Sun Qian","email":"sun@customer.example","text":"Is it open tomorrow?\nThanks","lang":"en"}`
	for range 3 {
		if a := s.ask(http.MethodPost, url+"/offline", strings.NewReader(form)); a.status != 201 {
			t.Fatalf("offline: got %d %s, want 201", a.status, a.body)
		}
	}
	events, err := s.db.EventsAfter(t.Context(), 0, 1000)
	s.must(err)
	opened := 0
	for _, e := range events {
		if f, ok := e.Fact.(desk.Opened); ok {
			opened++
			c, _, err := s.db.Conversation(t.Context(), desk.ConversationID(e.Subject.ID))
			s.must(err)
			if f.Medium != desk.Email || c.Subject != "Is it open tomorrow?" {
				t.Errorf("got %s %q, want a mail conversation of the first line", f.Medium, c.Subject)
			}
		}
	}
	if opened != 1 {
		t.Errorf("conversations: got %d, want 1", opened)
	}
	for body, reason := range map[string]string{
		`{"client_id":"f2","email":"nobody","text":"x"}`:               "email_invalid",
		`{"client_id":"f2","email":"a@b.example","text":" "}`:          "text_empty",
		`{"client_id":"f2","email":"a@b.example","text":"x","role":1}`: "body_invalid",
	} {
		if a := s.ask(http.MethodPost, url+"/offline", strings.NewReader(body)); a.reason() != reason {
			t.Errorf("%s: got %s, want %s", body, a.body, reason)
		}
	}
	if a := s.ask(http.MethodPost, url+"/offline", io.LimitReader(zeros{}, 1<<20)); a.status != 413 && a.status != 422 {
		t.Errorf("endless form: got %d, want a refusal", a.status)
	}
	for i := range 3 {
		a := s.ask(http.MethodPost, url+"/offline", strings.NewReader(strings.Replace(form, "f1", "g"+num(i), 1)))
		if i == 2 && a.status != 429 {
			t.Errorf("the sixth form: got %d, want 429", a.status)
		}
	}
}
