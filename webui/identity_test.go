package webui

import (
	"net/http"
	"net/url"
	"slices"
	"testing"
)

// An address or number that is not a customer's is taken away as it stands there; asked again it is not there.
func TestRemoveIdentity(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ann := s.signsIn("ann")
	c := want[Contact](ann, http.MethodPost, "/contacts", `{"name":"Li","identities":[{"kind":"email","value":"li+shop@y.test"},{"kind":"phone","value":"95588"},{"kind":"email","value":"wang@y.test"}]}`)
	path := func(kind, value string) string {
		return "/contacts/" + c.ID + "/identities?kind=" + kind + "&value=" + url.QueryEscape(value)
	}
	for _, i := range c.Identities[:2] {
		left := want[Contact](ann, http.MethodDelete, path(i.Kind, i.Value), "")
		if slices.Contains(left.Identities, i) {
			t.Errorf("%s: got %v, want it gone", i.Value, left.Identities)
		}
	}
	if got := get[Contact](ann, "/contacts/"+c.ID).Identities; len(got) != 1 || got[0].Value != "wang@y.test" {
		t.Errorf("left: got %v, want wang alone", got)
	}
	for path, reason := range map[string]string{
		path("email", "li+shop@y.test"):                                 "not_found",
		path("visitor", "v1"):                                           "field_wrong",
		"/contacts/" + c.ID + "/identities?kind=email":                  "field_wrong",
		"/contacts/nobody/identities?kind=email&value=li%2Bshop@y.test": "not_found",
	} {
		if got := ann.do(http.MethodDelete, path, ""); got.reason() != reason {
			t.Errorf("%s: got %d %s, want %s", path, got.status, got.body, reason)
		}
	}
}
