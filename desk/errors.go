package desk

import (
	"errors"
	"fmt"
)

// Code is the kind of an error: what a caller can do about it.
type Code string

// The codes. Each is one HTTP status, mapped in one place (webui/errors.go).
const (
	Invalid     Code = "invalid"     // the caller asked for something that makes no sense
	NotFound    Code = "not_found"   // not there, or not the caller's to see: the same on purpose
	Conflict    Code = "conflict"    // the world moved on since the caller looked
	Forbidden   Code = "forbidden"   // the caller's role does not allow it
	TooMany     Code = "too_many"    // try again later, slower
	TooLarge    Code = "too_large"   // over a published limit
	Unavailable Code = "unavailable" // a part we need is down; nothing was changed; try again
	Internal    Code = "internal"    // our fault
)

// Error is a refusal or a failure with a stable name. Reason is snake_case, is translated in the browser and listed
// in docs/errors.md; Params fill the translated sentence. Err is for the operator's log only.
type Error struct {
	Code   Code
	Reason string
	Params map[string]string
	Err    error
}

// Error says reason and cause, for logs.
func (e *Error) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s: %v", e.Reason, e.Err)
	}
	return e.Reason
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Refuse makes an error of code and reason; params are key, value, key, value.
func Refuse(code Code, reason string, params ...string) *Error {
	e := &Error{Code: code, Reason: reason}
	for i := 0; i+1 < len(params); i += 2 {
		if e.Params == nil {
			e.Params = make(map[string]string, len(params)/2)
		}
		e.Params[params[i]] = params[i+1]
	}
	return e
}

// CodeOf is the code of the first *Error in err's chain, or Internal.
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return Internal
}

// ReasonOf is the reason of the first *Error in err's chain, or "".
func ReasonOf(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Reason
	}
	return ""
}

// ErrNotFound is what stores return for a record that is not there.
var ErrNotFound = Refuse(NotFound, "not_found")
