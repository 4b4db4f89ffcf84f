package notify

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// A mail calls each target what the page calls it, in both languages, and leaves none without a name.
func TestTargetsAreCalledAsOnThePage(t *testing.T) {
	t.Parallel()
	for lang, file := range map[string]string{"en": "en", "zh": "zh-CN"} {
		raw, err := os.ReadFile("../../webui/app/src/shared/i18n/" + file + "/common.json")
		if err != nil {
			t.Fatal(err)
		}
		var page struct {
			Target map[string]string `json:"target"`
		}
		if err := json.Unmarshal(raw, &page); err != nil || len(page.Target) == 0 {
			t.Fatalf("%s: got %d targets, %v", file, len(page.Target), err)
		}
		ours := map[string]string{}
		for target, name := range tongues[lang].targets {
			ours[string(target)] = name
		}
		for target, want := range page.Target {
			if got := ours[target]; !strings.EqualFold(got, strings.ReplaceAll(want, "’", "'")) {
				t.Errorf("%s, %s: got %q, want %q", lang, target, got, want)
			}
		}
	}
}
