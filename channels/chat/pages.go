package chat

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"

	"yingda/channels"
	"yingda/desk"
)

// pages are the widget's built files: widget.js, widget.html and assets/. Where the pages were not built there are
// none, and the answer is "not found".
type pages struct{ fsys fs.FS }

func newPages(f fs.FS) *pages { return &pages{f} }

func (p *pages) read(name string) ([]byte, error) {
	if p.fsys == nil || !fs.ValidPath(name) {
		return nil, desk.ErrNotFound
	}
	raw, err := fs.ReadFile(p.fsys, name)
	if err != nil {
		return nil, desk.ErrNotFound
	}
	return raw, nil
}

// loader answers GET /widget.js: the one line a customer's page has. Any page may run it; it holds nothing secret.
func (c *Chat) loader(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
	w.Header().Set("Cache-Control", "public, max-age=300")
	c.page(w, r, "widget.js")
}

// asset answers GET /widget/assets/…: names carry a hash of their content and never change.
func (c *Chat) asset(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	c.page(w, r, "assets/"+r.PathValue("file"))
}

// frame answers GET /widget/frame/{key}: the page inside the iframe. Who may hold it is said by frame-ancestors; it may
// load and ask nothing but this server.
func (c *Chat) frame(w http.ResponseWriter, r *http.Request) {
	k, err := c.counter(r.PathValue("key"))
	if err != nil {
		channels.WriteProblem(w, err)
		return
	}
	may := "*"
	if len(k.set.Origins) > 0 {
		may = "'self' " + strings.Join(k.set.Origins, " ")
	}
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; font-src 'self'; "+
		"connect-src 'self' "+socketOrigin(r)+"; base-uri 'none'; form-action 'none'; frame-ancestors "+may)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-cache")
	c.page(w, r, "widget.html")
}

// socketOrigin names our own socket for browsers in which 'self' does not cover it (Safari before 16).
func socketOrigin(r *http.Request) string {
	for _, ch := range r.Host {
		if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]_", ch) {
			return ""
		}
	}
	return "ws://" + r.Host + " wss://" + r.Host
}

func (c *Chat) page(w http.ResponseWriter, r *http.Request, name string) {
	raw, err := c.pages.read(name)
	if err != nil {
		w.Header().Set("Cache-Control", "no-store")
		channels.WriteProblem(w, err)
		return
	}
	sum := sha256.Sum256(raw)
	h := w.Header()
	if t := mime.TypeByExtension(path.Ext(name)); t != "" {
		h.Set("Content-Type", t)
	}
	h.Set("Etag", `"`+hex.EncodeToString(sum[:12])+`"`)
	h.Set("X-Content-Type-Options", "nosniff")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(raw))
}
