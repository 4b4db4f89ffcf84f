package webui

import (
	_ "embed"
	"encoding/json"
	"strconv"
	"strings"
	"sync"
	"time"

	"yingda/router"
)

//go:embed app/src/shared/i18n/en/settings.json
var settingsWords []byte

// findingWords are the console's English sentences for findings, from its own file.
var findingWords = sync.OnceValue(func() map[string]string {
	var page struct {
		Settings struct {
			Routing struct {
				Finding map[string]string `json:"finding"`
			} `json:"routing"`
		} `json:"settings"`
	}
	if err := json.Unmarshal(settingsWords, &page); err != nil {
		panic(err) // built in, and a test reads it
	}
	return page.Settings.Routing.Finding
})

// FindingSentence says a finding for a terminal as the console does, with the names that stand in the file; one without
// words is said as the router says it.
func FindingSentence(f router.RoutingFinding) string {
	key := f.Reason
	if strings.HasPrefix(key, "nobody") && f.Params["skill"] == "" {
		key += "_queue"
	}
	text, ok := findingWords()[key]
	if !ok {
		return f.String()
	}
	for name, value := range f.Params {
		text = strings.ReplaceAll(text, "{"+name+"}", value)
	}
	if s, err := strconv.Atoi(f.Params["after_s"]); err == nil {
		text = strings.ReplaceAll(text, "{span}", (time.Duration(s) * time.Second).String())
	}
	if f.Path == "" {
		return text
	}
	return f.Path + ": " + text
}
