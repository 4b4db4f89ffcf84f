package demo

import (
	_ "embed"
	"net/http"
	"strings"
)

//go:embed shop.html
var shopPage string

// Shop serves the corner shop's page, with the widget of key in it.
func Shop(key string) http.Handler {
	page := strings.ReplaceAll(shopPage, "{{key}}", key)
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; img-src 'self' data:; frame-src 'self'; connect-src 'self'")
		_, _ = w.Write([]byte(page)) // a reader that left misses nothing
	})
}
