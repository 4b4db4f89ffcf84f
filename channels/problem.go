package channels

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"yingda/desk"
)

// Problem is how an edge that speaks HTTP refuses: the same shape as the REST API's, so that one table of reasons
// serves every reader. Sentences are made in the browser.
type Problem struct {
	Code   desk.Code         `json:"code"`
	Reason string            `json:"reason"`
	Params map[string]string `json:"params"`
}

var statuses = map[desk.Code]int{
	desk.Invalid: http.StatusUnprocessableEntity, desk.NotFound: http.StatusNotFound, desk.Conflict: http.StatusConflict,
	desk.Forbidden: http.StatusForbidden, desk.TooMany: http.StatusTooManyRequests, desk.TooLarge: http.StatusRequestEntityTooLarge,
	desk.Unavailable: http.StatusServiceUnavailable, desk.Internal: http.StatusInternalServerError, Unsigned: http.StatusUnauthorized,
}

// Unsigned is the code of a request that does not prove who sent it.
const Unsigned desk.Code = "unauthenticated"

// Seconds a refused sender is told to wait.
const (
	retryUnavailable = 2
	retryTooMany     = 10
)

// ProblemOf is what the other side is told of err: its code, reason and parameters, never its cause.
func ProblemOf(err error) Problem {
	p := Problem{Code: desk.Internal, Reason: "internal", Params: map[string]string{}}
	var e *desk.Error
	if errors.As(err, &e) {
		p.Code, p.Reason = e.Code, e.Reason
		if e.Params != nil {
			p.Params = e.Params
		}
	}
	return p
}

// WriteProblem answers a request with err.
func WriteProblem(w http.ResponseWriter, err error) {
	p := ProblemOf(err)
	switch p.Code {
	case desk.Unavailable:
		w.Header().Set("Retry-After", strconv.Itoa(retryUnavailable))
	case desk.TooMany:
		w.Header().Set("Retry-After", strconv.Itoa(retryTooMany))
	}
	status, ok := statuses[p.Code]
	if !ok {
		status = http.StatusInternalServerError
	}
	WriteJSON(w, status, p)
}

// WriteJSON answers with v; nothing of it may be cached or sniffed.
func WriteJSON(w http.ResponseWriter, status int, v any) {
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "no-store")
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the line is the reader's; a broken one needs no words
}
