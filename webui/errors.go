package webui

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"yingda/desk"
)

// Problem is how every refusal and failure travels: a code that says what can be done about it, a reason the page
// translates (errors.<reason>), and parameters for the sentence. Stale changes bring the current state along.
type Problem struct {
	Code    string            `json:"code" enum:"invalid,unauthenticated,forbidden,not_found,conflict,too_large,too_many,unavailable,internal"`
	Reason  string            `json:"reason"`
	Params  map[string]string `json:"params"`
	Current any               `json:"current,omitempty" doc:"the object as it is now, when the reason is stale"`

	status int
	retry  int // seconds, for Retry-After
	cause  error
}

// unauthenticated is the one code that is not the desk's: nobody is signed in.
const unauthenticated = "unauthenticated"

// statuses is the one place where codes become HTTP.
var statuses = map[desk.Code]int{
	desk.Invalid:     http.StatusUnprocessableEntity,
	desk.NotFound:    http.StatusNotFound,
	desk.Conflict:    http.StatusConflict,
	desk.Forbidden:   http.StatusForbidden,
	desk.TooMany:     http.StatusTooManyRequests,
	desk.TooLarge:    http.StatusRequestEntityTooLarge,
	desk.Unavailable: http.StatusServiceUnavailable,
	desk.Internal:    http.StatusInternalServerError,
}

// Waits that a refused caller is told when the refusal itself does not say, in seconds.
const (
	retryUnavailable = 2
	retryTooMany     = 30
)

// Error says code and reason, for logs.
func (p *Problem) Error() string { return p.Code + " " + p.Reason }

// Unwrap returns what lies behind, for logs.
func (p *Problem) Unwrap() error { return p.cause }

// GetStatus is the HTTP status.
func (p *Problem) GetStatus() int { return p.status }

// GetHeaders adds Retry-After where trying again makes sense.
func (p *Problem) GetHeaders() http.Header {
	if p.retry == 0 {
		return nil
	}
	return http.Header{"Retry-After": {strconv.Itoa(p.retry)}}
}

// problemOf makes the answer to err. What is not a *desk.Error is our fault and says nothing about itself.
func problemOf(err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	var e *desk.Error
	if !errors.As(err, &e) {
		if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
			e = desk.Refuse(desk.Unavailable, "timed_out")
		} else {
			e = desk.Refuse(desk.Internal, "internal")
		}
	}
	p = &Problem{Code: string(e.Code), Reason: e.Reason, Params: e.Params, status: statuses[e.Code], cause: err}
	if p.Params == nil {
		p.Params = map[string]string{}
	}
	switch e.Code {
	case desk.NotFound, desk.Invalid, desk.Conflict, desk.Forbidden, desk.TooLarge, desk.Internal:
	case desk.Unavailable:
		p.retry = retryUnavailable
	case desk.TooMany:
		p.retry = retryTooMany
		if n, err := strconv.Atoi(e.Params["retry_s"]); err == nil {
			p.retry = n
		}
	}
	return p
}

// refuse is desk.Refuse as a Problem, for what only the wire knows.
func refuse(code desk.Code, reason string, params ...string) *Problem {
	return problemOf(desk.Refuse(code, reason, params...))
}

func signedOut() *Problem {
	return &Problem{Code: unauthenticated, Reason: "signed_out", Params: map[string]string{}, status: http.StatusUnauthorized}
}

// notYours is the answer for what is not there and for what is somebody else's: the same on purpose (UP-X3).
func notYours() *Problem { return refuse(desk.NotFound, "not_found") }

// huma keeps its way of making errors in package variables; this package is their only owner in the binary.
func init() {
	huma.DefaultArrayNullable = false
	huma.NewError = func(status int, msg string, errs ...error) huma.StatusError { return humaProblem(status, msg, errs) }
	huma.NewErrorWithContext = func(ctx huma.Context, status int, msg string, errs ...error) huma.StatusError {
		p := humaProblem(status, msg, errs)
		if ctx != nil {
			noteProblem(humagin.Unwrap(ctx), p)
			for k, v := range p.GetHeaders() { // huma asks only errors that are answers already
				ctx.SetHeader(k, v[0])
			}
		}
		return p
	}
}

// humaProblem turns huma's own findings into ours: unknown or wrong fields, bodies too large, bad JSON.
func humaProblem(status int, msg string, errs []error) *Problem {
	for _, err := range errs {
		var e *desk.Error
		var p *Problem
		if errors.As(err, &e) || errors.As(err, &p) {
			return problemOf(err)
		}
	}
	switch status {
	case http.StatusUnprocessableEntity:
		return fieldProblem(errs)
	case http.StatusRequestEntityTooLarge:
		return refuse(desk.TooLarge, "body_too_large")
	case http.StatusUnsupportedMediaType:
		return withStatus(refuse(desk.Invalid, "wrong_content_type"), status)
	case http.StatusRequestTimeout:
		return withStatus(refuse(desk.Invalid, "body_too_slow"), status)
	case http.StatusNotFound:
		return notYours()
	case 0, http.StatusInternalServerError:
		return problemOf(errors.Join(append(errs, errors.New(msg))...))
	}
	if status >= http.StatusInternalServerError {
		return problemOf(errors.New(msg))
	}
	return withStatus(refuse(desk.Invalid, "malformed"), http.StatusBadRequest)
}

func withStatus(p *Problem, status int) *Problem { p.status = status; return p }

// fieldProblem names the first field that is wrong and says whether it is unknown, missing or out of range.
func fieldProblem(errs []error) *Problem {
	for _, err := range errs {
		var d *huma.ErrorDetail
		if !errors.As(err, &d) {
			continue
		}
		field := strings.TrimPrefix(d.Location, "body.")
		switch {
		case strings.Contains(d.Message, "unexpected property"):
			return refuse(desk.Invalid, "field_unknown", "field", field)
		case strings.Contains(d.Message, "expected required property"):
			return refuse(desk.Invalid, "field_missing", "field", missingField(d.Message, field))
		}
		if name := field[strings.LastIndexByte(field, '.')+1:]; name == "locale" || strings.HasPrefix(name, "languages[") {
			return problemOf(desk.RefuseLanguage(field))
		}
		return refuse(desk.Invalid, "field_wrong", "field", field)
	}
	return refuse(desk.Invalid, "malformed")
}

// missingField reads the name out of "expected required property name to be present".
func missingField(msg, at string) string {
	words := strings.Fields(msg)
	if len(words) > 3 {
		return strings.TrimPrefix(at+"."+words[3], "body.")
	}
	return at
}

const problemKey = "yingda.problem"

// noteProblem leaves the problem for the access line, where it is logged once.
func noteProblem(c *gin.Context, p *Problem) { c.Set(problemKey, p) }

// stop ends a plain gin request with a problem.
func stop(c *gin.Context, err error) {
	p := problemOf(err)
	noteProblem(c, p)
	for k, v := range p.GetHeaders() {
		c.Writer.Header()[k] = v
	}
	c.AbortWithStatusJSON(p.status, p)
}

// logProblem writes what the operator should know; refusals are the access line's business alone.
func logProblem(log *slog.Logger, c *gin.Context, attrs ...any) {
	v, ok := c.Get(problemKey)
	if !ok {
		return
	}
	p, ok := v.(*Problem)
	if !ok || p.status < http.StatusInternalServerError {
		return
	}
	log.Error("request failed", append(attrs, "err", p.cause)...)
}
