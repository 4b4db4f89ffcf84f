package webui

import (
	"net/http"
	"testing"
)

// An old version comes back as a new one, and only over the version that the caller saw.
func TestRestoreVersion(t *testing.T) {
	t.Parallel()
	cai := newShop(t).signsIn("cai")
	first := want[SettingOf[TagDoc]](cai, http.MethodPut, "/settings/tags/vip", `{"version":0,"doc":{"id":"vip","name":"VIP"}}`)
	second := want[SettingOf[TagDoc]](cai, http.MethodPut, "/settings/tags/vip", `{"version":1,"doc":{"id":"vip","name":"Very"}}`)
	if got := cai.do(http.MethodPost, "/settings/tags/vip/versions/1/restore", `{"version":1}`); got.status != http.StatusConflict {
		t.Errorf("over a version nobody sees any more: got %d %s, want 409", got.status, got.body)
	}
	back := want[SettingOf[TagDoc]](cai, http.MethodPost, "/settings/tags/vip/versions/1/restore", `{"version":2}`)
	if back.Version != second.Version+1 || back.Doc != first.Doc {
		t.Errorf("restored: got %+v, want %+v as version %d", back, first.Doc, second.Version+1)
	}
	if got := cai.do(http.MethodPost, "/settings/tags/vip/versions/9/restore", `{"version":3}`); got.status != http.StatusNotFound {
		t.Errorf("a version there never was: got %d %s, want 404", got.status, got.body)
	}
}
