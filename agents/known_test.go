package agents_test

import (
	"testing"
	"time"

	"yingda/agents"
)

// A session that ends here is signed out at once; on another node within a second.
func TestEndedSessionIsKnownEverywhereWithinASecond(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	here, there := h.accounts(agents.Default()), h.accounts(agents.Default())
	if err := here.SetPassword(t.Context(), ann, password); err != nil {
		t.Fatal(err)
	}
	token, s, err := here.SignIn(t.Context(), "ann@yingda.test", password, agents.Visit{})
	if err != nil {
		t.Fatal(err)
	}
	for _, node := range []*agents.Accounts{here, there} {
		if _, _, err := node.Session(t.Context(), token); err != nil {
			t.Fatal(err)
		}
	}
	if err := here.End(t.Context(), ann, s.ID); err != nil {
		t.Fatal(err)
	}
	_, _, err = here.Session(t.Context(), token)
	wantReason(t, "ended here", err, "signed_out")
	h.pass(time.Second)
	_, _, err = there.Session(t.Context(), token)
	wantReason(t, "ended elsewhere a second ago", err, "signed_out")
}
