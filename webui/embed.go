package webui

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"

	"github.com/gin-gonic/gin"

	"yingda/desk"
)

// The built pages. dist holds a placeholder when Node has not built them, so that Go alone builds and tests.
//
//go:embed all:app/dist
var dist embed.FS

func (s *Server) pages() fs.FS {
	if s.Pages != nil {
		return s.Pages
	}
	return built()
}

func built() fs.FS {
	sub, err := fs.Sub(dist, "app/dist")
	if err != nil {
		panic(err) // the path is a constant
	}
	return sub
}

// page serves the built files; every other GET outside /api is the console itself, whose router reads the address.
func (s *Server) page(c *gin.Context) {
	name := strings.TrimPrefix(path.Clean(c.Request.URL.Path), "/")
	if strings.HasPrefix(name, "api/") || c.Request.Method != http.MethodGet && c.Request.Method != http.MethodHead {
		stop(c, notYours())
		return
	}
	if name != "" && name != "index.html" && fs.ValidPath(name) {
		if body, err := fs.ReadFile(s.pages(), name); err == nil {
			s.serveFile(c, name, body)
			return
		}
		if strings.Contains(path.Base(name), ".") {
			stop(c, refuse(desk.NotFound, "not_found"))
			return
		}
	}
	body, err := fs.ReadFile(s.pages(), "index.html")
	if err != nil {
		body = []byte("<!doctype html><meta charset=\"utf-8\"><title>Yingda</title><p>The pages are not built: run make build.")
	}
	s.serveFile(c, "index.html", body)
}

// serveFile serves one built file. Names under assets/ carry their content's hash and never change.
func (s *Server) serveFile(c *gin.Context, name string, body []byte) {
	sum := sha256.Sum256(body)
	tag := `"` + hex.EncodeToString(sum[:12]) + `"`
	h := c.Writer.Header()
	h.Set("ETag", tag)
	h.Set("Cache-Control", "no-cache")
	if strings.HasPrefix(name, "assets/") {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	h.Set("Content-Security-Policy", pagePolicy)
	if strings.Contains(c.GetHeader("If-None-Match"), tag) {
		c.Status(http.StatusNotModified)
		return
	}
	kind := mime.TypeByExtension(path.Ext(name))
	if kind == "" {
		kind = "application/octet-stream"
	}
	c.Data(http.StatusOK, kind, body)
}

// WidgetPages are the built pages of the chat widget, for the room that serves them.
func WidgetPages() fs.FS {
	sub, err := fs.Sub(dist, "app/dist/widget")
	if err != nil {
		panic(err) // the path is a constant
	}
	return sub
}
