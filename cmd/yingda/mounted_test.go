package main

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gin-gonic/gin"
)

func TestOnlyATrustedProxySpeaksForItsClients(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		trusted []string
		want    string
	}{
		"nobody trusted": {nil, "192.0.2.1:1234"},
		"the proxy is":   {[]string{"192.0.2.0/24"}, "203.0.113.9:0"},
		"another one is": {[]string{"198.51.100.7"}, "192.0.2.1:1234"},
	} {
		e := gin.New()
		if err := e.SetTrustedProxies(c.trusted); err != nil {
			t.Fatal(err)
		}
		got := ""
		e.GET("/", mounted(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.RemoteAddr })))
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = "192.0.2.1:1234"
		r.Header.Set("X-Forwarded-For", "203.0.113.9")
		e.ServeHTTP(httptest.NewRecorder(), r)
		if got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
}
