package words

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"yingda/desk"
)

// Every phrase is there in both languages, and takes the same values.
func TestBothLanguagesSayEverything(t *testing.T) {
	t.Parallel()
	verb := regexp.MustCompile(`%(\[\d\])?(\.\d)?[a-z%]`)
	for key, both := range table {
		if both[English] == "" || both[Chinese] == "" {
			t.Errorf("%s: got %q, want both languages", key, both)
		}
		if strings.HasPrefix(key, "sheet.") {
			continue // headings, said as they are
		}
		if en, zh := verb.FindAllString(both[English], -1), verb.FindAllString(both[Chinese], -1); !slices.Equal(en, zh) {
			t.Errorf("%s: Chinese takes %v, want %v", key, zh, en)
		}
	}
}

// A mail calls each target what the page calls it, in both languages, and leaves none without a name.
func TestTargetsAreCalledAsOnThePage(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"en", "zh-CN"} {
		raw, err := os.ReadFile("../../webui/app/src/shared/i18n/" + lang + "/common.json")
		if err != nil {
			t.Fatal(err)
		}
		var page struct {
			Target map[string]string `json:"target"`
		}
		if err := json.Unmarshal(raw, &page); err != nil || len(page.Target) == 0 {
			t.Fatalf("%s: got %d targets, %v", lang, len(page.Target), err)
		}
		for target, want := range page.Target {
			if got := Of(lang).Word("target", target); !strings.EqualFold(got, strings.ReplaceAll(want, "’", "'")) {
				t.Errorf("%s, %s: got %q, want %q", lang, target, got, want)
			}
		}
	}
}

// What an alert measures has a phrase each.
func TestEveryMeasureIsSaid(t *testing.T) {
	t.Parallel()
	for _, m := range []desk.Measure{desk.MeasureWaiting, desk.MeasureLongest, desk.MeasureService, desk.MeasureChannel} {
		if got := English.Say("measure."+string(m), "Sales", 3, 2); !strings.HasPrefix(got, "Sales: ") || strings.Contains(got, "%!") {
			t.Errorf("%s: got %q, want a sentence", m, got)
		}
	}
}

func TestTongue(t *testing.T) {
	t.Parallel()
	for locale, want := range map[string]string{"zh-CN": "接待", "zh": "接待", "ZH-tw": "接待", "en": "Answer", "": "Answer", "fr-CH": "Answer"} {
		if got := Of(locale).Heading("target", "answer"); got != want {
			t.Errorf("%q: got %q, want %q", locale, got, want)
		}
	}
	if got := Of("zh").Word("tier", "gold"); got != "gold" {
		t.Errorf("a word that is not ours: got %q, want it as it is", got)
	}
}
