package webui

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gin-gonic/gin"

	"yingda/desk"
)

// noDirectory is a house without anybody.
type noDirectory struct{ desk.Directory }

func (noDirectory) Agents() []desk.Agent                  { return nil }
func (noDirectory) Queues() []desk.Queue                  { return nil }
func (noDirectory) Inboxes() []desk.Inbox                 { return nil }
func (noDirectory) Teams() []desk.Team                    { return nil }
func (noDirectory) Reasons() []desk.AwayReason            { return nil }
func (noDirectory) Leave(desk.AgentID) []desk.Absence     { return nil }
func (noDirectory) Review() desk.ReviewPolicy             { return desk.ReviewPolicy{} }
func (noDirectory) Agent(desk.AgentID) (desk.Agent, bool) { return desk.Agent{}, false }

func emptyDirectory() desk.Directory { return noDirectory{} }

func serveOnce(s *Server, path string, header map[string]string) *httptest.ResponseRecorder {
	req := httptest.NewRequest(http.MethodGet, "/", nil)
	req.URL.Path = path
	for k, v := range header {
		req.Header.Set(k, v)
	}
	rec := httptest.NewRecorder()
	s.Handler().ServeHTTP(rec, req)
	return rec
}

// A panic is a 500 with a request id, and the process goes on; readyz names what is down.
func TestTrouble(t *testing.T) {
	t.Parallel()
	s := New(Deps{Dir: emptyDirectory, Ready: func(context.Context) map[string]string { return map[string]string{"redis": "router_down"} }})
	s.plain(s.engine.Group(apiPrefix, s.signedIn), public, http.MethodGet, "/bang", func(*gin.Context) { panic("bang") })
	if got := serveOnce(s, apiPrefix+"/bang", nil); got.Code != http.StatusInternalServerError || got.Header().Get(requestIDHeader) == "" {
		t.Errorf("panic: got %d %s, want 500", got.Code, got.Body)
	}
	if got := serveOnce(s, "/healthz", nil); got.Code != http.StatusOK {
		t.Errorf("healthz: got %d, want 200", got.Code)
	}
	want := `{"causes":{"redis":"router_down"},"degraded":{},"ready":false}`
	if got := serveOnce(s, "/readyz", nil); got.Code != http.StatusServiceUnavailable || got.Body.String() != want {
		t.Errorf("readyz: got %d %s, want 503 %s", got.Code, got.Body, want)
	}
}
