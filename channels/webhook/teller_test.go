package webhook_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yingda/channels/webhook"
	"yingda/desk"
	"yingda/internal/testkit"
	"yingda/store/storetest"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// rig is a teller over a real record and a receiver on loopback.
type rig struct {
	*storetest.Rig
	secret string
	hook   desk.Webhook

	mu     sync.Mutex
	answer func(n int, kind string) int
	calls  int
	heard  []string
}

func engines(t *testing.T, play func(*testing.T, *rig)) {
	t.Helper()
	storetest.Engines(t, day, func(t *testing.T, bare *storetest.Rig) { play(t, newRig(bare)) })
}

var day = time.Date(2026, 9, 21, 1, 0, 0, 0, time.UTC)

func newRig(bare *storetest.Rig) *rig {
	bare.T.Helper()
	r := &rig{Rig: bare, answer: func(int, string) int { return http.StatusNoContent }}
	var err error
	if r.secret, err = webhook.NewSecret(); err != nil {
		bare.T.Fatal(err)
	}
	receiver := httptest.NewServer(http.HandlerFunc(r.receive))
	bare.T.Cleanup(receiver.Close)
	r.hook = desk.Webhook{ID: "crm", Name: "CRM", URL: receiver.URL + "/in", Enabled: true, Events: []string{"clock_breached", "clock_met"}, DisableAfter: 2}
	return r
}

func (r *rig) receive(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	// The test may move its clock while a request is on the wire; TestVerify judges timestamps.
	unix, _ := strconv.ParseInt(req.Header.Get(webhook.HeaderTimestamp), 10, 64)
	if err := webhook.Verify(r.secret, req.Header, body, time.Unix(unix, 0)); err != nil {
		r.T.Errorf("signature: %v", err)
	}
	var p struct {
		ID, Kind string
		Seq      int64
		Subject  struct{ ID string }
	}
	if err := json.Unmarshal(body, &p); err != nil || p.ID != req.Header.Get(webhook.HeaderID) {
		r.T.Errorf("body: got %s (%v) under id %s", body, err, req.Header.Get(webhook.HeaderID))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls++
	status := r.answer(r.calls, p.Kind)
	if status < 300 {
		r.heard = append(r.heard, fmt.Sprintf("%s %s", p.Subject.ID, p.Kind))
	}
	w.WriteHeader(status)
}

func (r *rig) Webhooks(context.Context) ([]desk.Webhook, error) { return []desk.Webhook{r.hook}, nil }

func (r *rig) Secret(context.Context, string) (string, error) { return r.secret, nil }

// tells starts a teller; hosts are those inside that it may reach.
func (r *rig) tells(hosts ...string) (stop func()) {
	t := webhook.New(webhook.Deps{
		Spool: r.DB, Book: r, Config: webhook.Config{Hosts: hosts}, Now: r.Now, Random: func() float64 { return 0 },
		Log: slog.New(slog.DiscardHandler),
	})
	stop = r.Run(t.Run, nil)
	r.Until("the teller has begun", func() bool {
		_, ok, err := r.DB.Listener(r.T.Context(), "webhooks")
		return err == nil && ok
	})
	return stop
}

func (r *rig) host() string {
	return strings.TrimSuffix(strings.TrimPrefix(r.hook.URL, "http://"), "/in")
}

func (r *rig) happens(facts ...desk.Event) {
	r.T.Helper()
	err := r.DB.Update(r.T.Context(), desk.About{}, func(tx desk.Tx) error { return tx.Append(facts...) })
	if err != nil {
		r.T.Fatal(err)
	}
}

func (r *rig) about(id string, f desk.Fact) desk.Event {
	return desk.Event{Subject: desk.Subject{Kind: desk.AboutConversation, ID: id}, Actor: desk.System(), At: r.Now(), Fact: f}
}

func (r *rig) hears(want ...string) {
	r.T.Helper()
	got := func() []string {
		r.mu.Lock()
		defer r.mu.Unlock()
		return slices.Clone(r.heard)
	}
	r.Until(fmt.Sprintf("%q is heard", want), func() bool { return len(got()) >= len(want) })
	if d := cmp.Diff(want, got()); d != "" {
		r.T.Fatalf("heard (-want +got):\n%s", d)
	}
}

func (r *rig) log() []desk.HookDelivery {
	r.T.Helper()
	list, err := r.DB.HookDeliveries(r.T.Context(), desk.HookQuery{Webhook: "crm", Limit: 100})
	if err != nil {
		r.T.Fatal(err)
	}
	return list
}

// TestToldInOrder: what was chosen is told, signed, once, in the order of its conversation, also while the receiver is
// down for a while, over a restart, and beside others that go well (UP-V5).
func TestToldInOrder(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, r *rig) {
		stop := r.tells(r.host())
		r.mu.Lock()
		r.answer = func(n int, _ string) int {
			if n <= 2 {
				return http.StatusServiceUnavailable
			}
			return http.StatusOK
		}
		r.mu.Unlock()
		r.happens(r.about("a", desk.ClockBreached{}), r.about("a", desk.NoteAdded{}), r.about("a", desk.ClockMet{}))
		r.Until("the first try failed", func() bool { l := r.log(); return len(l) == 2 && l[1].Attempts == 1 })
		if l := r.log(); l[0].Attempts != 0 || l[1].Status != 503 || l[1].Reason != webhook.ReasonStatus {
			t.Fatalf("after a refusal: got %+v, want the second to wait for the first", l)
		}
		stop()
		r.Pass(6 * time.Second)
		r.tells(r.host()) // a restart
		r.Until("the second try failed", func() bool { return r.log()[1].Attempts == 2 })
		r.Pass(11 * time.Second)
		r.hears("a clock_breached", "a clock_met")
		r.happens(r.about("b", desk.ClockEscalated{To: []desk.Recipient{{Kind: desk.ToWebhook, ID: "crm"}}}), r.about("b", desk.ClockEscalated{}))
		r.hears("a clock_breached", "a clock_met", "b clock_escalated")
		well := func() bool { // heard is not yet written down
			health, err := r.DB.HookHealth(t.Context())
			return err == nil && len(health) == 1 && !health[0].LastGood.IsZero() && health[0].FailingSince.IsZero() && health[0].Waiting == 0
		}
		r.Until("it is well and nothing waits", well)
		crm := []desk.Recipient{{Kind: desk.ToWebhook, ID: "crm"}}
		alert := desk.Subject{Kind: desk.AboutAlert, ID: "al"}
		r.happens(desk.Event{Subject: alert, Actor: desk.System(), At: r.Now(), Fact: desk.AlertRaised{To: crm}},
			desk.Event{Subject: alert, Actor: desk.System(), At: r.Now(), Fact: desk.AlertRaised{}})
		r.hears("a clock_breached", "a clock_met", "b clock_escalated", "al alert_raised")
		r.Until("the last is written down too", well)
		if err := r.DB.ResendHook(t.Context(), r.log()[0].ID); err != nil {
			t.Fatal(err)
		}
		r.hears("a clock_breached", "a clock_met", "b clock_escalated", "al alert_raised", "al alert_raised")
	})
}

// TestGivenUp: a delivery is tried for a day; a webhook that never goes well is switched off after its days and says
// why; nothing more is told until somebody switches it on again.
func TestGivenUp(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, r *rig) {
		r.answer = func(int, string) int { return http.StatusInternalServerError }
		r.tells(r.host())
		r.happens(r.about("a", desk.ClockBreached{}))
		r.Until("it was tried", func() bool { l := r.log(); return len(l) == 1 && l[0].Attempts == 1 })
		r.Pass(25 * time.Hour)
		r.Until("it was given up", func() bool { return r.log()[0].State == desk.HookFailed })
		r.happens(r.about("a", desk.ClockMet{}))
		r.Until("the next was tried", func() bool { return len(r.log()) == 2 && r.log()[0].Attempts == 1 })
		r.Pass(23 * time.Hour)
		r.Until("it is switched off", func() bool {
			h, err := r.DB.HookHealth(t.Context())
			return err == nil && len(h) == 1 && !h[0].DisabledAt.IsZero() && h[0].Reason == webhook.ReasonStatus
		})
		r.Pass(3 * time.Hour)
		r.Until("what waited is shown as failed", func() bool {
			l := r.log()
			return l[0].State == desk.HookFailed && l[0].Reason == webhook.ReasonSwitched
		})
		r.mu.Lock()
		r.answer = func(int, string) int { return http.StatusOK }
		r.mu.Unlock()
		if err := r.DB.EnableHook(t.Context(), "crm"); err != nil {
			t.Fatal(err)
		}
		r.happens(r.about("b", desk.ClockMet{}))
		r.hears("b clock_met")
	})
}

// TestOnlyPublicReceivers: an address inside our network that nobody named is never called (UP-X2).
func TestOnlyPublicReceivers(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, r *rig) {
		r.tells()
		r.happens(r.about("a", desk.ClockBreached{}))
		r.Until("it was refused", func() bool { l := r.log(); return len(l) == 1 && l[0].Reason == webhook.ReasonForbidden })
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.calls != 0 {
			t.Errorf("got %d calls, want none", r.calls)
		}
	})
}

// TestVerify: another body, secret, id or time is refused; one of two signatures is enough.
func TestVerify(t *testing.T) {
	t.Parallel()
	secret, err := webhook.NewSecret()
	if err != nil {
		t.Fatal(err)
	}
	other, err := webhook.NewSecret()
	if err != nil {
		t.Fatal(err)
	}
	body := []byte(`{"id":"x"}`)
	sig, err := webhook.Sign(secret, "x", day, body)
	if err != nil {
		t.Fatal(err)
	}
	old, err := webhook.Sign(other, "x", day, body)
	if err != nil {
		t.Fatal(err)
	}
	head := func(id, sig string, at time.Time) http.Header {
		h := http.Header{}
		h.Set(webhook.HeaderID, id)
		h.Set(webhook.HeaderSignature, sig)
		h.Set(webhook.HeaderTimestamp, fmt.Sprint(at.Unix()))
		return h
	}
	for name, c := range map[string]struct {
		h    http.Header
		body string
		now  time.Time
		want error
	}{
		"good":           {head("x", sig, day), string(body), day.Add(time.Minute), nil},
		"two signatures": {head("x", old+" "+sig, day), string(body), day, nil},
		"another body":   {head("x", sig, day), `{"id":"y"}`, day, webhook.ErrSignature},
		"another id":     {head("y", sig, day), string(body), day, webhook.ErrSignature},
		"another secret": {head("x", old, day), string(body), day, webhook.ErrSignature},
		"another moment": {head("x", sig, day.Add(time.Second)), string(body), day, webhook.ErrSignature},
		"kept for later": {head("x", sig, day), string(body), day.Add(6 * time.Minute), webhook.ErrTooOld},
		"no time at all": {http.Header{}, string(body), day, webhook.ErrTooOld},
	} {
		if got := webhook.Verify(secret, c.h, []byte(c.body), c.now); got != c.want {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}

// A receiver in Go checks what it got before it believes it.
func ExampleVerify() {
	secret := "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
	body, at := []byte(`{"id":"crm-7","kind":"clock_breached"}`), time.Unix(1789952400, 0)
	h := http.Header{}
	h.Set(webhook.HeaderID, "crm-7")
	h.Set(webhook.HeaderTimestamp, "1789952400")
	signature, _ := webhook.Sign(secret, "crm-7", at, body)
	h.Set(webhook.HeaderSignature, signature)
	fmt.Println(webhook.Verify(secret, h, body, at), webhook.Verify(secret, h, []byte("{}"), at))
	// Output: <nil> the signature does not fit
}
