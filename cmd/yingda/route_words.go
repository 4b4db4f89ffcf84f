package main

import (
	"strconv"
	"strings"
	"time"

	"yingda/router"
)

// sentence says a finding as the console does, with the names that stand in the file; one without words is said as the
// router says it.
func sentence(f router.RoutingFinding) string {
	key := f.Reason
	if strings.HasPrefix(key, "nobody") && f.Params["skill"] == "" {
		key += "_queue"
	}
	text, ok := findingWords[key]
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

// findingWords are the console's own sentences for findings; a test holds them beside its file.
var findingWords = map[string]string{
	"agent_unknown":          "There is no agent {agent}.",
	"calendar_unknown":       "There is no calendar {calendar}.",
	"channel_unknown":        "There is no such channel.",
	"deed_unknown":           "This cannot be done here.",
	"inbox_unknown":          "There is no inbox {inbox}.",
	"language_unknown":       "This is not a language such as zh or en.",
	"level_range":            "Levels go from 1 to 5.",
	"limit_empty":            "Say when the queue is full.",
	"loop":                   "Work would go round in a circle: {way}.",
	"name_missing":           "A name is needed.",
	"name_twice":             "The name {name} stands twice.",
	"nobody":                 "Nobody in {queue} has {skill} {level}; the best is {best}.",
	"nobody_queue":           "Nobody could take this: no agent serves {queue}.",
	"nobody_until":           "Nobody in {queue} has {skill} {level} (the best is {best}); the steps let somebody in after {span}.",
	"nobody_until_queue":     "Nobody could take this before {span}: no agent serves {queue}.",
	"order_unknown":          "There is no such order among agents.",
	"out_of_range":           "This number does not fit.",
	"over_hundred":           "The shares make {sum} %; 100 is all there is.",
	"queue_itself":           "This is the queue itself; choose another.",
	"queue_unknown":          "There is no queue {queue}.",
	"queue_without_overflow": "A queue is named, but nothing is sent there.",
	"shadowed":               "Never reached: everything that fits it already fits “{by}”.",
	"skill_unknown":          "There is no skill {skill}.",
	"step_nothing":           "This step changes nothing.",
	"team_unknown":           "There is no team {team}.",
	"text_missing":           "Words for the customer are needed.",
	"tier_unknown":           "There is no such tier.",
	"too_long":               "The text is longer than {max} characters.",
	"too_many":               "At most {max} fit here.",
	"url_elsewhere":          "The address must be of the same host as the webhook {webhook}.",
	"url_wrong":              "This is not a web address.",
	"webhook_unknown":        "There is no webhook {webhook}.",
	"word_empty":             "A word is empty or longer than 100 characters.",
}
