package webui

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"yingda/desk"
)

// picturePNG is a small real picture.
func picturePNG(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 2, 2))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// gallery serves good and bad answers on loopback.
func gallery(t *testing.T, pic []byte, seen func(*http.Request)) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/ok.png", func(w http.ResponseWriter, r *http.Request) {
		seen(r)
		w.Header().Set("Content-Type", "text/html") // its word does not count
		w.Header().Set("Set-Cookie", "track=1")
		_, _ = w.Write(pic)
	})
	mux.HandleFunc("/page.png", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "image/png")
		_, _ = w.Write([]byte("<html><script>alert(1)</script>"))
	})
	mux.HandleFunc("/program.svg", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "image/svg+xml")
		_, _ = w.Write([]byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`))
	})
	mux.HandleFunc("/endless.png", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(pic)
		for range 6 << 10 {
			if _, err := w.Write(make([]byte, 1024)); err != nil {
				return
			}
		}
	})
	mux.HandleFunc("/hop", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, r.URL.Query().Get("to"), http.StatusFound)
	})
	mux.HandleFunc("/loop", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/loop", http.StatusFound) })
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

// UP-X2: what is fetched is a picture, of a bounded size, in a bounded number of steps, each to a public address or an
// allowed host; the sender learns nothing of the reader.
func TestFetchPictures(t *testing.T) {
	t.Parallel()
	pic := picturePNG(t)
	var header http.Header
	inside, outside := gallery(t, pic, func(r *http.Request) { header = r.Header.Clone() }), gallery(t, pic, func(*http.Request) {})
	f := newFetcher([]string{strings.TrimPrefix(inside.URL, "http://")})
	kind, body, err := f.picture(t.Context(), inside.URL+"/ok.png")
	if err != nil || kind != "image/png" || !bytes.Equal(body, pic) {
		t.Fatalf("a picture: got %s %d bytes, %v", kind, len(body), err)
	}
	for _, name := range []string{"Cookie", "Referer", "X-Forwarded-For", "Authorization"} {
		if header.Get(name) != "" {
			t.Errorf("%s was sent: %s", name, header.Get(name))
		}
	}
	for name, address := range map[string]string{
		"a page":                            inside.URL + "/page.png",
		"a program":                         inside.URL + "/program.svg",
		"too large":                         inside.URL + "/endless.png",
		"not there":                         inside.URL + "/nothing",
		"a loop":                            inside.URL + "/loop",
		"a host that is not allowed":        outside.URL + "/ok.png",
		"by a redirect inside":              inside.URL + "/hop?to=" + url.QueryEscape(outside.URL+"/ok.png"),
		"by a redirect to metadata":         inside.URL + "/hop?to=" + url.QueryEscape("http://169.254.169.254/latest/meta-data/"),
		"by a redirect to another scheme":   inside.URL + "/hop?to=" + url.QueryEscape("file:///etc/passwd"),
		"by a name that means this machine": "http://localhost/ok.png",
		"in another notation":               "http://2130706433/ok.png",
		"in hexadecimal":                    "http://0x7f000001/ok.png",
	} {
		ctx, stop := context.WithTimeout(t.Context(), 5*time.Second)
		if kind, _, err := f.picture(ctx, address); err == nil {
			t.Errorf("%s: got %s, want it refused", name, kind)
		}
		stop()
	}
}

// The route serves only what stands in that very mail, to who may read it, as a picture that can be nothing else.
func TestPictureRoute(t *testing.T) {
	t.Parallel()
	pic := picturePNG(t)
	g := gallery(t, pic, func(*http.Request) {})
	s := newShop(t)
	s.srv.fetch = newFetcher([]string{strings.TrimPrefix(g.URL, "http://")})
	mail := func(html string) desk.Received {
		got, err := s.desk.Receive(t.Context(), desk.Inbound{
			Inbox: "help", Medium: desk.Email, External: newID(), At: time.Now(), From: desk.Identity{Kind: desk.ByEmail, Value: "li@customer.test"},
			Message: desk.Message{Subject: "x", Body: desk.Body{Text: "x", HTML: html}, From: desk.Address{Address: "li@customer.test"}},
		})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	one, two := mail(`<img data-remote-src="`+g.URL+`/ok.png?a=1&amp;b=2">`), mail("none")
	ann, dan := s.signsIn("ann"), s.signsIn("dan")
	at := func(r desk.Received) string {
		return "/conversations/" + string(r.Conversation) + "/messages/" + string(r.Message)
	}
	page := ann.do(http.MethodGet, at(one)+"/html?images=1", "")
	_, rest, _ := strings.Cut(page.body, `src="`+apiPrefix)
	src, _, _ := strings.Cut(rest, `"`)
	src = strings.ReplaceAll(src, "&amp;", "&")
	got := ann.do(http.MethodGet, src, "")
	if got.status != http.StatusOK || got.header.Get("Content-Type") != "image/png" || got.header.Get("X-Content-Type-Options") != "nosniff" ||
		!strings.Contains(got.header.Get("Content-Security-Policy"), "sandbox") || got.header.Get("Set-Cookie") != "" {
		t.Errorf("picture: got %d %v", got.status, got.header)
	}
	_, query, _ := strings.Cut(src, "?")
	for name, path := range map[string]string{
		"another mail":      at(two) + "/image?" + query,
		"another address":   strings.Replace(src, "ok.png", "program.svg", 1),
		"without signature": at(one) + "/image?u=" + url.QueryEscape(g.URL+"/ok.png"),
	} {
		if got := ann.do(http.MethodGet, path, ""); got.status != http.StatusNotFound || got.reason() != "not_found" {
			t.Errorf("%s: got %d %s", name, got.status, got.body)
		}
	}
	if got := dan.do(http.MethodGet, src, ""); got.status != http.StatusNotFound {
		t.Errorf("a colleague without the queue: got %d", got.status)
	}
}

func TestDangerousFiles(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"invoice.pdf.exe": true, "a.EXE": true, "x.svg": true, "page.html": true, "sheet.xlsm": true, "run.js ": true, "a.scr.": true, "a.lnk": true,
		"bill\u202Efdp.exe": true, "发票.pdf": false, "photo.jpg": false, "archive.zip": false, "letter.docx": false, "noending": false,
	} {
		if got := dangerousFile(name, ""); got != want {
			t.Errorf("%q: got %v, want %v", name, got, want)
		}
	}
	if !dangerousFile("harmless.txt", "text/html; charset=utf-8") {
		t.Error("a page called text is no page")
	}
}
