package webhook

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Asker posts signed questions to endpoints that answer, over the same guard and with the same signature as deliveries;
// the answer is signed likewise, with the same secret and under the question's id.
type Asker struct {
	wire *wire
	now  func() time.Time
}

// NewAsker makes one. It keeps connections for a while: an answer is waited for.
func NewAsker(cfg Config, now func() time.Time) *Asker {
	w := newWire(cfg)
	w.transport.DisableKeepAlives, w.transport.MaxIdleConnsPerHost, w.transport.IdleConnTimeout = false, atOnce, time.Minute
	return &Asker{wire: w, now: now}
}

// ErrAnswer is for what is no answer: a line that fails, an address that is not to be reached, a status other than 200,
// more than maxAnswer bytes.
var ErrAnswer = errors.New("no answer")

// maxAnswer bounds an answer, in bytes.
const maxAnswer = 64 << 10

// Ask posts body under id and returns the answer. Errors: ErrSignature, ErrTooOld: the answer is not that endpoint's, or
// not to this question; ErrAnswer; ctx's.
func (a *Asker) Ask(ctx context.Context, address, secret, id string, body []byte) ([]byte, error) {
	req, reason := a.wire.request(ctx, address, secret, id, body, a.now())
	if reason != "" {
		return nil, fmt.Errorf("%w: %s", ErrAnswer, reason)
	}
	res, err := a.wire.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAnswer, err)
	}
	defer func() { _ = res.Body.Close() }() // read only
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrAnswer, err)
	case res.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("%w: status %d", ErrAnswer, res.StatusCode)
	case len(answer) > maxAnswer:
		return nil, fmt.Errorf("%w: more than %d bytes", ErrAnswer, maxAnswer)
	case res.Header.Get(HeaderID) != id:
		return nil, ErrSignature
	}
	return answer, Verify(secret, res.Header, answer, a.now())
}
