package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"yingda/channels/webhook"
	"yingda/desk"
	"yingda/router"
)

// planOf is the plan of the one conversation there is, by the record.
func (h *house) planOf() *desk.Plan {
	h.Helper()
	rows, err := h.node.db.OpenRows(h.Context(), "", 10)
	if err != nil {
		h.Fatal(err)
	}
	if len(rows) != 1 {
		return nil
	}
	return rows[0].Plan
}

// named is a policy of one rule that fits everything.
func named(rule string) router.Routing {
	return router.Routing{ID: "support", Rules: []router.RoutingRule{{Name: rule}}}
}

// A policy that the first start brings is in force for the first customer. One that was published while the node stood
// still, or just before it fell, counts for what waited all along.
func TestPoliciesCountFromTheStart(t *testing.T) {
	t.Parallel()
	c := openHouse(t, with(desk.SettingRouting, "support", named("first")))
	c.EmailArrives("wu@customer.test", "Grinder", "It does not grind.")
	until(c, "the mail waits by the policy", func() bool { p := c.planOf(); return p != nil && p.Rule == "first" })
	c.Closes()

	n, err := openNode(c.Context(), c.cfg, quietLog())
	if err != nil {
		c.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- n.db.Run(ctx) }()
	set := document(desk.SettingRouting, "support", named("second"))
	set.Version = 1
	if _, err := n.desk.SaveSetting(ctx, desk.System(), set); err != nil {
		c.Error(err)
	}
	cancel()
	if err := <-done; err != nil {
		c.Error(err)
	}
	n.close()

	c.Opens()
	until(c, "it is asked about again", func() bool { p := c.planOf(); return p != nil && p.Rule == "second" && p.Version == 2 })
}

// What could not be asked about is asked about again alone, after ever longer pauses; news begin with everything.
func TestOnlyWhatFailedIsRoutedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		type look struct {
			After time.Duration
			Left  string
		}
		began, news := time.Now(), make(chan struct{}, 1)
		broken := errors.New("the record is away")
		var got []look
		untilDone(t.Context(), news, func(_ context.Context, left []desk.ConversationID) ([]desk.ConversationID, error) {
			got = append(got, look{time.Since(began), fmt.Sprint(left)})
			switch len(got) {
			case 1: // nothing could be listed
				return nil, broken
			case 2:
				return []desk.ConversationID{"a", "b"}, broken
			case 3:
				return []desk.ConversationID{"b"}, broken
			case 4:
				news <- struct{}{}
				return []desk.ConversationID{"b"}, broken
			}
			return nil, nil
		}, func(error, int, time.Duration) {})
		want := []look{{0, "[]"}, {2 * time.Second, "[]"}, {6 * time.Second, "[a b]"}, {14 * time.Second, "[b]"}, {14 * time.Second, "[]"}}
		if !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	})
}

// judge is an endpoint of the firm: it checks who asks, always names the last candidate, and signs what it says.
type judge struct {
	secret atomic.Pointer[string]
	signed atomic.Bool
}

// ServeHTTP is what a receiver does by docs/routing.md.
func (j *judge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	secret := *j.secret.Load()
	if err := webhook.Verify(secret, r.Header, body, time.Now()); err != nil {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	var q struct {
		ID         string
		Candidates []struct{ Agent string }
	}
	if json.Unmarshal(body, &q) != nil || len(q.Candidates) != 2 {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	answer := fmt.Sprintf(`{"agent":%q}`, q.Candidates[1].Agent)
	if j.signed.Load() {
		now := time.Now()
		signature, _ := webhook.Sign(secret, q.ID, now, []byte(answer))
		w.Header().Set(webhook.HeaderID, q.ID)
		w.Header().Set(webhook.HeaderTimestamp, strconv.FormatInt(now.Unix(), 10))
		w.Header().Set(webhook.HeaderSignature, signature)
	}
	_, _ = io.WriteString(w, answer)
}

// An endpoint that a policy names chooses by a signed answer, through the guard of webhooks; unsigned it does not. The
// record says which.
func TestEndpointDecides(t *testing.T) {
	t.Parallel()
	j := &judge{}
	j.signed.Store(true)
	server := httptest.NewServer(j)
	t.Cleanup(server.Close)
	at, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	c := openHouse(t,
		func(h *house) { h.cfg.Webhooks.Hosts = []string{at.Host} },
		with(desk.SettingWebhook, "brain", desk.Webhook{ID: "brain", Name: "Brain", URL: server.URL + "/facts", Events: []string{"resumed"}}),
		with(desk.SettingRouting, "support", router.Routing{ID: "support", Decide: &router.RoutingDecide{URL: server.URL + "/decide", Secret: "brain", Deadline: 3000}}),
	)
	secret, err := hooks{c.node}.MakeSecret(c.Context(), "brain")
	if err != nil {
		t.Fatal(err)
	}
	j.secret.Store(&secret)
	elsewhere := router.Routing{ID: "sales", Decide: &router.RoutingDecide{URL: "https://elsewhere.test/", Secret: "brain"}}
	if err := c.node.checkRouting(c.Context(), document(desk.SettingRouting, "sales", elsewhere)); desk.ReasonOf(err) != "routing_invalid" {
		t.Errorf("an address no administrator vouched for: got %v, want it refused", err)
	}
	people := map[string]*person{"ann": c.SignsIn("ann"), "bo": c.SignsIn("bo")}
	ask := func(subject, want string) {
		t.Helper()
		c.EmailArrives("wu@customer.test", subject, "It does not grind.")
		var got desk.Offered
		until(c, "the offer of "+subject, func() bool {
			rows, err := c.node.db.OpenRows(c.Context(), "", 10)
			if err != nil {
				return false
			}
			i := slices.IndexFunc(rows, func(r desk.ConversationRow) bool { return r.Subject == subject })
			if i < 0 {
				return false
			}
			facts, err := c.node.db.SubjectEvents(c.Context(), desk.Subject{Kind: desk.AboutConversation, ID: string(rows[i].ID)}, 0, 100)
			if err != nil {
				return false
			}
			for _, e := range facts {
				if f, ok := e.Fact.(desk.Offered); ok {
					got = f
					return true
				}
			}
			return false
		})
		if !slices.Contains(got.Why, desk.Reason{Rule: "decided", Value: want}) || people[string(got.Agent)] == nil {
			t.Errorf("%s: got an offer to %s because %v, want decided %q", subject, got.Agent, got.Why, want)
		}
	}
	ask("Grinder", "endpoint")
	j.signed.Store(false)
	ask("Kettle", "unsigned")
}
