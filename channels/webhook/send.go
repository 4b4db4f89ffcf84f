package webhook

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"yingda/desk"
	"yingda/internal/outward"
)

// Bounds of sending.
const (
	atOnce    = 16               // deliveries on the wire
	sendTime  = 10 * time.Second // one request, answer included
	keepFor   = 24 * time.Hour   // a delivery is tried for so long
	firstWait = 5 * time.Second
	longWait  = 2 * time.Hour
	readBack  = 4 << 10 // bytes of an answer that are read, to let the other side finish
)

// Reasons of a try that failed; translation keys of the webhooks' page. An HTTP answer has "status".
const (
	ReasonStatus    = "status"
	ReasonForbidden = "forbidden_address"
	ReasonTimeout   = "timeout"
	ReasonNetwork   = "network"
	ReasonNoSecret  = "no_secret"
	ReasonGone      = "gone" // 410: the receiver wants no more
	ReasonSwitched  = "webhook_disabled"
)

// wire sends signed requests.
type wire struct {
	guard     outward.Guard
	transport *http.Transport
	client    *http.Client
}

func newWire(cfg Config) *wire {
	guard := outward.New(cfg.Hosts)
	transport := guard.Transport()
	transport.ResponseHeaderTimeout = sendTime
	return &wire{guard: guard, transport: transport, client: &http.Client{
		Transport: transport, Timeout: sendTime,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // a signature is for one address
	}}
}

// post sends a delivery. It returns the answer's status, and why it did not go well, "" when it did.
func (w *wire) post(ctx context.Context, address, secret string, d desk.HookDelivery, now time.Time) (status int, reason string) {
	req, reason := w.request(ctx, address, secret, d.ID, []byte(d.Body), now)
	if reason != "" {
		return 0, reason
	}
	res, err := w.client.Do(req)
	var late interface{ Timeout() bool }
	switch {
	case errors.Is(err, outward.ErrForbidden):
		return 0, ReasonForbidden
	case errors.As(err, &late) && late.Timeout():
		return 0, ReasonTimeout
	case err != nil:
		return 0, ReasonNetwork
	}
	defer func() { _ = res.Body.Close() }()                        // read only
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, readBack)) // what it says is not ours to judge
	switch {
	case res.StatusCode >= 200 && res.StatusCode < 300:
		return res.StatusCode, ""
	case res.StatusCode == http.StatusGone:
		return res.StatusCode, ReasonGone
	}
	return res.StatusCode, ReasonStatus
}

// request is a signed POST to an address that may be reached, or why there is none.
func (w *wire) request(ctx context.Context, address, secret, id string, body []byte, now time.Time) (req *http.Request, reason string) {
	u, err := url.Parse(address)
	if err != nil || w.guard.Check(u) != nil || u.Scheme != "https" && !w.guard.Named(u) {
		return nil, ReasonForbidden
	}
	signature, err := Sign(secret, id, now, body)
	if err != nil {
		return nil, ReasonNoSecret
	}
	if req, err = http.NewRequestWithContext(ctx, http.MethodPost, u.String(), bytes.NewReader(body)); err != nil {
		return nil, ReasonForbidden
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "Yingda-Webhook/1")
	req.Header.Set(HeaderID, id)
	req.Header.Set(HeaderTimestamp, strconv.FormatInt(now.Unix(), 10))
	req.Header.Set(HeaderSignature, signature)
	return req, ""
}

// send puts what is due on the wire, and says whether there was as much as can be sent at once.
func (t *Teller) send(ctx context.Context, hooks []desk.Webhook, health map[string]desk.HookHealth) (more bool, err error) {
	due, err := t.Spool.HooksDue(ctx, t.Now(), atOnce)
	if err != nil {
		return false, err
	}
	byID := make(map[string]desk.Webhook, len(hooks))
	for _, w := range hooks {
		byID[w.ID] = w
	}
	tried := make([]desk.HookDelivery, len(due))
	var wg sync.WaitGroup
	for i, d := range due {
		wg.Go(func() { tried[i] = t.try(ctx, byID[d.Webhook], health[d.Webhook], d) })
	}
	wg.Wait()
	if ctx.Err() != nil {
		return false, nil // what was cut off is sent again
	}
	for _, d := range tried {
		h := t.judge(byID[d.Webhook], health[d.Webhook], d)
		health[d.Webhook] = h
		if e := t.Spool.HookTried(ctx, d, h); e != nil {
			err = e
		}
	}
	return len(due) > 0, err
}

// try sends one delivery and says what became of it.
func (t *Teller) try(ctx context.Context, w desk.Webhook, h desk.HookHealth, d desk.HookDelivery) desk.HookDelivery {
	d.Attempts++
	if !w.Enabled || !h.DisabledAt.IsZero() { // or it is not there any more
		d.Status, d.Reason = 0, ReasonSwitched
		return t.end(d, desk.HookFailed)
	}
	secret, err := t.Book.Secret(ctx, w.ID)
	if err != nil {
		d.Status, d.Reason = 0, ReasonNoSecret
	} else {
		d.Status, d.Reason = t.wire.post(ctx, w.URL, secret, d, t.Now())
	}
	t.Metrics.tried(d.Reason)
	now := t.Now()
	switch {
	case d.Reason == "":
		return t.end(d, desk.HookDelivered)
	case d.Reason == ReasonGone, now.Sub(d.At) >= keepFor:
		return t.end(d, desk.HookFailed)
	}
	d.NextAt = now.Add(t.wait(d.Attempts))
	return d
}

func (t *Teller) end(d desk.HookDelivery, s desk.HookState) desk.HookDelivery {
	d.State, d.EndedAt = s, t.Now()
	return d
}

// wait doubles from five seconds to two hours, with a tenth of chance in it.
func (t *Teller) wait(attempts int) time.Duration {
	d := min(firstWait<<min(attempts-1, 20), longWait)
	return d + time.Duration(t.Random()*float64(d)/10)
}

// judge is how a webhook is doing after a try. One that has not gone well once for so many days, or whose receiver
// says that it is gone, is switched off.
func (t *Teller) judge(w desk.Webhook, h desk.HookHealth, d desk.HookDelivery) desk.HookHealth {
	now := t.Now()
	h.Webhook = d.Webhook
	switch {
	case d.Reason == ReasonSwitched:
		return h
	case d.Reason == "":
		h.LastGood, h.FailingSince, h.Reason = now, time.Time{}, ""
		return h
	case h.FailingSince.IsZero():
		h.FailingSince = now
	}
	h.Reason = d.Reason
	if h.DisabledAt.IsZero() && (d.Reason == ReasonGone || now.Sub(h.FailingSince) >= w.Patience()) {
		h.DisabledAt = now
		t.Log.Warn("webhooks: one was switched off", "webhook", w.ID, "failing_since", h.FailingSince, "reason", h.Reason, "status", d.Status)
	}
	return h
}
