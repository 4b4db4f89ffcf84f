package webui

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"
	"unicode"

	"github.com/gin-gonic/gin"

	"yingda/desk"
)

// keyHeader carries the caller's own id of a request: the same one again changes nothing and is answered as the first
// was.
const keyHeader = "Idempotency-Key"

// Limits of keys and of the answers that are written down.
const (
	maxKey    = 100
	maxAnswer = 256 << 10 // bytes; a longer one is not repeated word for word

	answerTime = 5 * time.Second // for writing an answer down
)

// once makes any POST with an Idempotency-Key happen once per account, route and key, for 24 hours. The mark is written
// in the unit that does the deed (desk.Request), the answer right after it: a process that dies in between leaves a mark
// that says what was made. Uploads need none: the same bytes are the same file.
func (s *Server) once(c *gin.Context) {
	key := c.GetHeader(keyHeader)
	v := viewing(c.Request.Context())
	if key == "" || c.Request.Method != http.MethodPost || v.id() == "" || strings.HasPrefix(c.ContentType(), "multipart/") {
		return
	}
	r, err := s.requestOf(c, v, key)
	if err == nil {
		var again bool
		if again, err = s.repeat(c, *r); again {
			return
		}
	}
	if err != nil {
		stop(c, err)
		return
	}
	heard := &listener{ResponseWriter: c.Writer}
	c.Writer = heard
	c.Request = c.Request.WithContext(desk.WithRequest(c.Request.Context(), r))
	c.Next()
	if c.Writer.Status()/100 == 2 && heard.body.Len() <= maxAnswer {
		// A caller that is gone before the answer is the very one who comes again: its context has ended, ours has not.
		ctx, stop := context.WithTimeout(context.WithoutCancel(c.Request.Context()), answerTime)
		defer stop()
		if err := s.Requests.KeepAnswer(ctx, *r, c.Writer.Status(), heard.body.String()); err != nil {
			s.Log.Warn("answer not written down", "route", c.FullPath(), "err", err) // the mark in the record stays
		}
	}
}

// requestOf reads the body, which is part of what the key stands for, and puts it back.
func (s *Server) requestOf(c *gin.Context, v viewer, key string) (*desk.Request, error) {
	if len(key) > maxKey || strings.ContainsFunc(key, func(r rune) bool { return r > unicode.MaxASCII || !unicode.IsPrint(r) }) {
		return nil, refuse(desk.Invalid, "field_wrong", "field", keyHeader)
	}
	if s.Requests == nil {
		return nil, refuse(desk.Unavailable, "store_down")
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, s.Config.MaxBody))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, refuse(desk.TooLarge, "body_too_large")
	}
	if err != nil {
		return nil, withStatus(refuse(desk.Invalid, "body_too_slow"), http.StatusRequestTimeout)
	}
	c.Request.Body = io.NopCloser(bytes.NewReader(body))
	// Keyed, for a body may be as short as a password: whoever reads the table must not be able to guess it.
	sum := s.sign.mac("request", append([]byte(c.Request.URL.RequestURI()+"\n"), body...))
	return &desk.Request{
		Agent: v.id(), Route: c.Request.Method + " " + strings.TrimPrefix(c.FullPath(), apiPrefix), Key: key,
		Hash: hex.EncodeToString(sum),
	}, nil
}

// repeat answers a request that was made before as it was answered then.
func (s *Server) repeat(c *gin.Context, r desk.Request) (again bool, err error) {
	a, err := s.Requests.Answered(c.Request.Context(), r)
	if errors.Is(err, desk.ErrNotFound) {
		return false, nil
	}
	switch {
	case err != nil:
		return false, err
	case a.Hash != r.Hash:
		return false, refuse(desk.Conflict, "key_reused")
	case a.Status == 0:
		kind, id, _ := strings.Cut(a.Made, ":")
		return false, refuse(desk.Conflict, "request_done", "kind", kind, "id", id)
	}
	c.Header("Idempotent-Replay", "true")
	c.Data(a.Status, "application/json", []byte(a.Body))
	c.Abort()
	return true, nil
}

// listener keeps what is answered, up to maxAnswer and one byte more.
type listener struct {
	gin.ResponseWriter
	body bytes.Buffer
}

// Write answers, and keeps a copy.
func (l *listener) Write(p []byte) (int, error) {
	l.body.Write(p[:min(len(p), maxAnswer+1-l.body.Len())])
	return l.ResponseWriter.Write(p)
}

// WriteString answers, and keeps a copy.
func (l *listener) WriteString(p string) (int, error) {
	l.body.WriteString(p[:min(len(p), maxAnswer+1-l.body.Len())])
	return l.ResponseWriter.WriteString(p)
}
