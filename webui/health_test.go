package webui

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

// Figures of a firm's work are nobody's business: /metrics is there for this machine, private networks and whoever has
// the token, also when a proxy stands between.
func TestMetricsAreNotPublic(t *testing.T) {
	t.Parallel()
	cfg := Default()
	cfg.MetricsToken, cfg.TrustedProxies = "0123456789abcdef", []string{"10.9.9.9"}
	srv := New(Deps{Dir: emptyDirectory, Metrics: prometheus.NewRegistry(), Config: cfg})
	for _, c := range []struct {
		name, peer string
		head       map[string]string
		want       int
	}{
		{"this machine", "127.0.0.1", nil, 200},
		{"this machine by IPv6", "[::1]", nil, 200},
		{"a private network", "192.168.3.4", nil, 200},
		{"the world", "203.0.113.5", nil, 404},
		{"the world with a token", "203.0.113.5", map[string]string{"Authorization": "Bearer 0123456789abcdef"}, 200},
		{"the world with another token", "203.0.113.5", map[string]string{"Authorization": "Bearer 0123456789abcdee"}, 404},
		{"the world through an unknown proxy here", "127.0.0.1", map[string]string{"X-Forwarded-For": "203.0.113.5"}, 404},
		{"an unknown proxy that claims this machine", "127.0.0.1", map[string]string{"X-Forwarded-For": "127.0.0.1"}, 404},
		{"the world through a trusted proxy", "10.9.9.9", map[string]string{"X-Forwarded-For": "203.0.113.5"}, 404},
		{"a private client of a trusted proxy", "10.9.9.9", map[string]string{"X-Forwarded-For": "10.1.1.1"}, 200},
	} {
		req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil)
		req.RemoteAddr = c.peer + ":5000"
		for k, v := range c.head {
			req.Header.Set(k, v)
		}
		w := httptest.NewRecorder()
		srv.Handler().ServeHTTP(w, req)
		if w.Code != c.want {
			t.Errorf("%s: got %d %s, want %d", c.name, w.Code, w.Body, c.want)
		}
	}
	cfg.MetricsFrom = []string{"everybody"}
	if err := cfg.Validate(); err == nil || !strings.Contains(err.Error(), "metrics_from") {
		t.Errorf("a wrong network: got %v, want metrics_from named", err)
	}
}

// One dead mailbox does not take the desk out of service; a dead store does.
func TestOneDeadMailboxIsNoOutage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		parts    map[string]string
		status   int
		contains string
	}{
		{map[string]string{}, 200, `"degraded":{}`},
		{map[string]string{"inbox:help": "login_refused"}, 200, `"degraded":{"inbox:help":"login_refused"}`},
		{map[string]string{"inbox:help": "login_refused", "store": "store_down"}, 503, `"causes":{"store":"store_down"}`},
	} {
		srv := New(Deps{Dir: emptyDirectory, Ready: func(context.Context) map[string]string { return c.parts }})
		got := serveOnce(srv, "/readyz", nil)
		if got.Code != c.status || !strings.Contains(got.Body.String(), c.contains) {
			t.Errorf("%v: got %d %s, want %d with %s", c.parts, got.Code, got.Body, c.status, c.contains)
		}
	}
}
