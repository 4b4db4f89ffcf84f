package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yingda/router"
)

// The command line says of a policy what the console says, and leaves no gap unfilled.
func TestFindingsAreSentences(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../../webui/app/src/shared/i18n/en/settings.json")
	if err != nil {
		t.Fatal(err)
	}
	var page struct {
		Settings struct {
			Routing struct {
				Finding map[string]string `json:"finding"`
			} `json:"routing"`
		} `json:"settings"`
	}
	if err := json.Unmarshal(raw, &page); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(page.Settings.Routing.Finding, findingWords); diff != "" {
		t.Errorf("words (-console +command line):\n%s", diff)
	}
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
		if got := sentence(c.found); got != c.want || strings.Contains(got, "{") {
			t.Errorf("%s: got %q, want %q", c.found.Reason, got, c.want)
		}
	}
}
