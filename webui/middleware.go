package webui

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/gin-gonic/gin"
)

// Policies for what may happen in the pages we serve. No request leaves for another origin; scripts come from files
// of ours alone; inline styles are allowed because the components set them (STACK 4.12).
const (
	pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; " +
		"font-src 'self'; connect-src 'self'; media-src 'self' blob:; frame-src 'self' blob:; manifest-src 'self'; " +
		"base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
	apiPolicy = "default-src 'none'; frame-ancestors 'none'; sandbox"
)

// requestIDHeader names a request in the answer and in the log.
const requestIDHeader = "X-Request-Id"

// headers are on every answer; the pages and files set their own policy over it.
func headers(c *gin.Context) {
	h := c.Writer.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Content-Security-Policy", apiPolicy)
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
	h.Set("Cache-Control", "no-store")
}

// Bodies must arrive within so long; a caller that drips bytes would hold a connection for ever. Uploads take longer
// and say so themselves.
const (
	bodyWithin   = 30 * time.Second
	uploadWithin = 10 * time.Minute
)

// patience bounds the wait for a request's body. Without a body there is nothing to wait for, and a deadline would
// cut a long download short.
func patience(c *gin.Context) {
	if c.Request.ContentLength != 0 {
		_ = http.NewResponseController(c.Writer).SetReadDeadline(time.Now().Add(bodyWithin)) // what cannot has no connection
	}
}

// accessLine writes one line per request, without bodies, query texts or addresses of customers.
func (s *Server) accessLine(c *gin.Context) {
	start := time.Now()
	id := newRequestID()
	c.Writer.Header().Set(requestIDHeader, id)
	c.Next()
	route := c.FullPath()
	if route == "" {
		route = "page"
	}
	took := time.Since(start)
	s.metrics.observe(c.Request.Method, route, c.Writer.Status(), took)
	attrs := []any{
		"method", c.Request.Method, "route", route, "status", c.Writer.Status(), "took", took, "bytes", max(0, c.Writer.Size()), "request", id,
	}
	if v := viewing(c.Request.Context()); v.id() != "" {
		attrs = append(attrs, "agent", v.id())
	}
	if p, ok := c.Get(problemKey); ok {
		if p, ok := p.(*Problem); ok {
			attrs = append(attrs, "reason", p.Reason)
		}
	}
	level := slog.LevelDebug // one line a request is for debugging; trouble shows at every level
	if c.Writer.Status() >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	s.Log.Log(c.Request.Context(), level, "request", attrs...)
	logProblem(s.Log, c, "route", route, "request", id)
}

func newRequestID() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand aborts the program instead
	return hex.EncodeToString(b[:])
}

var errPanicked = errors.New("handler panicked")

// recovered turns a panic into a 500 and a log entry with its stack; the process goes on.
func (s *Server) recovered(c *gin.Context) {
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
			panic(p)
		}
		s.metrics.panics.Inc()
		s.Log.Error("handler panicked", "route", c.FullPath(), "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
		if c.Writer.Written() {
			c.Abort()
			return
		}
		stop(c, fmt.Errorf("%w: %v", errPanicked, p))
	}()
	c.Next()
}
