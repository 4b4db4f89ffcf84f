package voice

import (
	"encoding/json"
	"errors"
	"net/http"

	"yingda/desk"
)

// statuses are the HTTP answers of the codes; an exchange tries again after 5xx and 429, and gives up after others.
var statuses = map[desk.Code]int{
	desk.Invalid: http.StatusBadRequest, desk.NotFound: http.StatusNotFound, desk.Conflict: http.StatusConflict,
	desk.Forbidden: http.StatusForbidden, desk.TooMany: http.StatusTooManyRequests, desk.TooLarge: http.StatusRequestEntityTooLarge,
	desk.Unavailable: http.StatusServiceUnavailable, desk.Internal: http.StatusInternalServerError,
}

// refusal is the body of every refusal: a stable reason with parameters, never a sentence.
type refusal struct {
	Code   desk.Code         `json:"code"`
	Reason string            `json:"reason"`
	Params map[string]string `json:"params"`
}

func (v *Voice) refuse(w http.ResponseWriter, err error) {
	out := refusal{Code: desk.CodeOf(err), Reason: "internal"}
	var e *desk.Error
	if errors.As(err, &e) {
		out.Reason, out.Params = e.Reason, e.Params
	}
	if out.Code == desk.Internal || out.Code == desk.Unavailable {
		v.Log.Error("voice: a webhook was not recorded", "err", err)
		w.Header().Set("Retry-After", "5")
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(statuses[out.Code])
	if err := json.NewEncoder(w).Encode(out); err != nil {
		v.Log.Debug("voice: the exchange hung up before the refusal", "err", err)
	}
}
