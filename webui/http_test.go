package webui

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/gin-gonic/gin"
)

// A foreign page cannot make a signed-in browser change anything, nor read the socket.
func TestForeignOrigin(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ann := s.signsIn("ann")
	for _, h := range []map[string]string{
		{"Origin": "https://evil.test"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}, {"Sec-Fetch-Site": "same-site"},
	} {
		h["Content-Type"] = "application/json"
		got := ann.ask(http.MethodPut, apiPrefix+"/me/presence", `{"state":"available"}`, h)
		if got.status != http.StatusForbidden || got.reason() != "foreign_origin" {
			t.Errorf("%v: got %d %s, want 403 foreign_origin", h, got.status, got.body)
		}
	}
	got := ann.ask(http.MethodGet, apiPrefix+"/socket", "", map[string]string{
		"Origin": "https://evil.test", "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
	})
	if got.status != http.StatusForbidden || got.reason() != "foreign_origin" {
		t.Errorf("socket: got %d %s, want 403 foreign_origin", got.status, got.body)
	}
	got = ann.ask(http.MethodPut, apiPrefix+"/me/presence", `{"state":"available"}`, map[string]string{"Origin": s.http.URL, "Content-Type": "application/json"})
	if got.status != http.StatusOK {
		t.Errorf("own origin: got %d %s, want 200", got.status, got.body)
	}
}

// What is malformed, unknown, too large or of the wrong kind is refused with a stable reason and changes nothing.
func TestRefusals(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	in := s.mail("help", "x@c.test", "x")
	ann := s.signsIn("ann")
	conv := "/conversations/" + string(in.Conversation)
	for _, c := range []struct {
		name, method, path, body string
		status                   int
		reason                   string
	}{
		{"unknown field", http.MethodPost, conv + "/notes", `{"text":"x","colour":1}`, 422, "field_unknown"},
		{"missing field", http.MethodPost, conv + "/notes", `{}`, 422, "field_missing"},
		{"wrong type", http.MethodPost, conv + "/notes", `{"text":1}`, 422, "field_wrong"},
		{"not in the list", http.MethodPut, "/me/presence", `{"state":"wrap_up"}`, 422, "field_wrong"},
		{"broken JSON", http.MethodPost, conv + "/notes", `{"text":`, 400, "malformed"},
		{"no body", http.MethodPost, conv + "/notes", ``, 400, "malformed"},
		{"too large", http.MethodPost, conv + "/notes", `{"text":"` + strings.Repeat("x", 2<<20) + `"}`, 413, "body_too_large"},
		{"limit too high", http.MethodGet, "/conversations?limit=1000", ``, 422, "field_wrong"},
		{"no such list", http.MethodGet, "/conversations?list=everything", ``, 422, "field_wrong"},
		{"empty answer", http.MethodPost, conv + "/messages", `{"text":"","seen":1}`, 422, "reply_empty"},
		{"snooze in the past", http.MethodPatch, conv, `{"version":1,"status":"snoozed","snooze_until":"2001-01-01T00:00:00Z"}`, 422, "snooze_in_past"},
		{"snooze for ever", http.MethodPatch, conv, `{"version":1,"status":"snoozed","snooze_until":"9999-01-01T00:00:00Z"}`, 422, "snooze_too_late"},
		{"no such route", http.MethodGet, "/nothing", ``, 404, "not_found"},
		{"no such method", http.MethodPut, "/search", `{}`, 405, "method_not_allowed"},
		{"no router's offer", http.MethodPost, "/offers/x/accept", ``, 409, "offer_gone"},
	} {
		got := ann.do(c.method, c.path, c.body)
		if got.status != c.status || got.reason() != c.reason {
			t.Errorf("%s: got %d %.200s, want %d %s", c.name, got.status, got.body, c.status, c.reason)
		}
	}
	if c := get[Conversation](ann, conv); c.Version != 1 || c.Messages != 1 {
		t.Errorf("after all refusals: got version %d, %d messages, want 1 and 1", c.Version, c.Messages)
	}
	got := ann.ask(http.MethodPost, apiPrefix+"/files", "x", map[string]string{"Content-Type": "text/plain"})
	if got.status != http.StatusUnsupportedMediaType || got.reason() != "wrong_content_type" {
		t.Errorf("upload of no form: got %d %s, want 415", got.status, got.body)
	}
	s.srv.Config.MaxFile = 1 << 10
	body := "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x\"\r\n\r\n" + strings.Repeat("x", 200<<10) + "\r\n--b--\r\n"
	got = ann.ask(http.MethodPost, apiPrefix+"/files", body, map[string]string{"Content-Type": "multipart/form-data; boundary=b"})
	if got.status != http.StatusRequestEntityTooLarge || got.reason() != "file_too_large" {
		t.Errorf("upload over the limit: got %d %s, want 413 file_too_large", got.status, got.body)
	}
}

// Sign-in sets a cookie no script reads, and sign-out ends the session on the server.
func TestSession(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ann, second := s.signsIn("ann"), s.signsIn("ann")
	c := ann.cookie
	if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || len(c.Value) < 43 {
		t.Errorf("cookie: got %+v, want HttpOnly, Lax, /", c)
	}
	list := get[Page[Session]](ann, "/me/sessions")
	if len(list.Items) != 2 {
		t.Fatalf("sessions: got %d, want 2", len(list.Items))
	}
	for _, x := range list.Items {
		if !x.Current {
			ann.do(http.MethodDelete, "/me/sessions/"+x.ID, "")
		}
	}
	if got := second.do(http.MethodGet, "/me", ""); got.status != http.StatusUnauthorized {
		t.Errorf("revoked: got %d, want 401", got.status)
	}
	got := ann.do(http.MethodPost, "/auth/sign-out", "")
	if got.status != http.StatusOK || len(got.cookies) != 1 || got.cookies[0].MaxAge >= 0 {
		t.Errorf("sign out: got %d %v, want the cookie taken away", got.status, got.cookies)
	}
	if got := ann.do(http.MethodGet, "/me", ""); got.status != http.StatusUnauthorized {
		t.Errorf("the old cookie: got %d, want 401", got.status)
	}
	got = (&person{shop: s}).do(http.MethodPost, "/auth/sign-in", `{"email":"ann@yingda.test","password":"wrong wrong wrong"}`)
	if got.status != http.StatusForbidden || got.reason() != "sign_in_wrong" || len(got.cookies) != 0 {
		t.Errorf("wrong password: got %d %s, want 403 sign_in_wrong", got.status, got.body)
	}
}

// Pages come with a strict policy; what carries its hash is kept for ever, the rest is asked for again.
func TestPages(t *testing.T) {
	t.Parallel()
	srv := New(Deps{Dir: emptyDirectory, Pages: fstest.MapFS{
		"index.html": {Data: []byte("<!doctype html>home")}, "assets/app-1a2b.js": {Data: []byte("1")}, "mark.svg": {Data: []byte("<svg/>")},
	}})
	for _, c := range []struct {
		path, kind, cache, body string
		status                  int
	}{
		{"/", "text/html", "no-cache", "home", 200},
		{"/inbox/42", "text/html", "no-cache", "home", 200},
		{"/assets/app-1a2b.js", "text/javascript", "immutable", "1", 200},
		{"/assets/gone.js", "application/json", "no-store", "not_found", 404},
		{"/api/v2/me", "application/json", "no-store", "not_found", 404},
		{"/../../etc/passwd", "text/html", "no-cache", "home", 200},
	} {
		got := serveOnce(srv, c.path, nil)
		h := got.Header()
		if got.Code != c.status || !strings.HasPrefix(h.Get("Content-Type"), c.kind) || !strings.Contains(h.Get("Cache-Control"), c.cache) || !strings.Contains(got.Body.String(), c.body) {
			t.Errorf("%s: got %d %s %s %q", c.path, got.Code, h.Get("Content-Type"), h.Get("Cache-Control"), got.Body)
		}
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get(requestIDHeader) == "" {
			t.Errorf("%s: got headers %v, want nosniff and a request id", c.path, h)
		}
	}
	first := serveOnce(srv, "/", nil)
	csp := first.Header().Get("Content-Security-Policy")
	if !strings.Contains(csp, "script-src 'self';") || !strings.Contains(csp, "frame-ancestors 'none'") || strings.Contains(csp, "script-src 'self' 'unsafe") {
		t.Errorf("policy: got %s, want scripts of ours alone and no frame around us", csp)
	}
	again := serveOnce(srv, "/", map[string]string{"If-None-Match": first.Header().Get("ETag")})
	if again.Code != http.StatusNotModified || again.Body.Len() != 0 {
		t.Errorf("asked again: got %d with %d bytes, want 304 and none", again.Code, again.Body.Len())
	}
}

// A body that never comes whole ends by itself, whichever room the route belongs to.
func TestDrippingBody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		e := gin.New()
		e.Use(patience)
		e.POST("/hooks/slow", func(c *gin.Context) {
			if _, err := io.ReadAll(c.Request.Body); errors.Is(err, os.ErrDeadlineExceeded) {
				c.Status(http.StatusRequestTimeout)
			}
		})
		server := &http.Server{Handler: e}
		done := make(chan error, 1)
		go func() { done <- server.Serve(newOneConn(far)) }()
		go func() {
			_, _ = io.WriteString(near, "POST /hooks/slow HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc")
		}()
		start := time.Now()
		res, err := http.ReadResponse(bufio.NewReader(near), nil)
		if err != nil || res.StatusCode != http.StatusRequestTimeout || time.Since(start) != bodyWithin {
			t.Errorf("a dripping body: got %v, %v after %s; want 408 after %s", res, err, time.Since(start), bodyWithin)
		}
		_ = near.Close()
		_ = server.Close()
		<-done
	})
}

// oneConn is a listener with one connection.
type oneConn struct {
	conns chan net.Conn
	gone  chan struct{}
	once  sync.Once
}

func newOneConn(c net.Conn) *oneConn {
	l := &oneConn{conns: make(chan net.Conn, 1), gone: make(chan struct{})}
	l.conns <- c
	return l
}

func (l *oneConn) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.gone:
		return nil, net.ErrClosed
	}
}

func (l *oneConn) Close() error {
	l.once.Do(func() { close(l.gone) })
	return nil
}

func (l *oneConn) Addr() net.Addr { return &net.TCPAddr{} }

// A browser that signed in is known again: its cookie opens nothing, and goes to the sign-in alone.
func TestDeviceCookie(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	got := (&person{shop: s}).do(http.MethodPost, "/auth/sign-in", `{"email":"ann@yingda.test","password":"`+password+`"}`)
	if len(got.cookies) != 2 || got.cookies[1].Name != deviceName || got.cookies[1].Path != apiPrefix+"/auth" || !got.cookies[1].HttpOnly {
		t.Fatalf("cookies: got %v, want a session and a browser", got.cookies)
	}
	known := &person{shop: s, cookie: got.cookies[1]}
	if again := known.do(http.MethodPost, "/auth/sign-in", `{"email":"ann@yingda.test","password":"`+password+`"}`); len(again.cookies) != 1 {
		t.Errorf("a known browser: got %v, want no new mark", again.cookies)
	}
	if got := known.do(http.MethodGet, "/me", ""); got.status != http.StatusUnauthorized {
		t.Errorf("with the browser's mark alone: got %d, want 401", got.status)
	}
}
