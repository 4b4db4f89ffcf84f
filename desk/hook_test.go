package desk_test

import (
	"slices"
	"testing"

	"yingda/desk"
)

// TestHookEvents: every kind a webhook may choose is a fact, and none that holds a customer's words.
func TestHookEvents(t *testing.T) {
	t.Parallel()
	var kinds []string
	for _, f := range desk.Facts() {
		kinds = append(kinds, f.Kind())
	}
	for _, e := range desk.HookEvents() {
		if !slices.Contains(kinds, e) {
			t.Errorf("%s: no such fact", e)
		}
	}
	for _, private := range []string{"note_added", "subject_changed", "rated", "contact_changed", "call_ringing", "setting_changed", "quarantined"} {
		if slices.Contains(desk.HookEvents(), private) {
			t.Errorf("%s may be chosen", private)
		}
	}
}
