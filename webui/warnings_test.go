package webui

import (
	"net/http"
	"strings"
	"testing"
)

// What will need a person soon is on the board and in /readyz, which stays ready.
func TestWarnings(t *testing.T) {
	t.Parallel()
	s := newShop(t, func(d *Deps) {
		d.Warnings = func() []Warning {
			return []Warning{{Code: "holidays_missing", Params: map[string]string{"calendar": "c", "year": "2027"}}}
		}
	})
	if got := serveOnce(s.srv, "/readyz", nil); got.Code != http.StatusOK || !strings.Contains(got.Body.String(), `"warnings":[{"code":"holidays_missing"`) {
		t.Errorf("readyz: got %d %s", got.Code, got.Body)
	}
	if b := get[Board](s.signsIn("bo"), "/board"); len(b.Warnings) != 1 || b.Warnings[0].Params["year"] != "2027" {
		t.Errorf("board: got %+v", b.Warnings)
	}
}
