package webui

import (
	"strings"
	"testing"

	"yingda/router"
)

// The command line says of a policy what the console says, and leaves no gap unfilled.
func TestFindingsAreSentences(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		found router.RoutingFinding
		want  string
	}{
		{
			router.RoutingFinding{Path: "rules[2].need[0]", Reason: "nobody", Params: map[string]string{"queue": "help", "skill": "French", "level": "4", "best": "2"}},
			"rules[2].need[0]: Nobody in help has French 4; the best is 2.",
		},
		{
			router.RoutingFinding{Path: "rules[0]", Reason: "nobody_until", Params: map[string]string{"queue": "help", "after_s": "90"}},
			"rules[0]: Nobody could take this before 1m30s: no agent serves help.",
		},
		{router.RoutingFinding{Reason: "name_missing"}, "A name is needed."},
		{router.RoutingFinding{Path: "split", Reason: "brand_new", Params: map[string]string{"max": "3"}}, "split: brand_new; max: 3"},
	} {
		if got := FindingSentence(c.found); got != c.want || strings.Contains(got, "{") {
			t.Errorf("%s: got %q, want %q", c.found.Reason, got, c.want)
		}
	}
}
