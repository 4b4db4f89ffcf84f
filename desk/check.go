package desk

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of a queue's document. They keep typing mistakes out of arithmetic with durations.
const (
	maxSettingName = 200             // characters
	maxQueueWait   = 30 * 24 * 3600  // seconds
	maxQueueTarget = 366 * 24 * 3600 // seconds
	maxRing        = 3600            // seconds
	maxWeight      = 10_000          // units
	maxBoost       = 366 * 24 * 60   // minutes
)

// checkOwn looks at the documents that are desk's own nouns; other kinds have their checks in Config.
// Errors: Invalid "setting_invalid", "locale_unknown" (param field).
func checkOwn(s Setting) error {
	if s.Deleted {
		return nil
	}
	switch s.Kind {
	case SettingQueue:
		var q Queue
		if json.Unmarshal(s.Doc, &q) != nil {
			return badSetting("doc")
		}
		return checkQueue(q)
	case SettingReview:
		var p ReviewPolicy
		if json.Unmarshal(s.Doc, &p) != nil {
			return badSetting("doc")
		}
		return checkReview(p)
	case SettingAlert:
		var r AlertRule
		if json.Unmarshal(s.Doc, &r) != nil {
			return badSetting("doc")
		}
		return checkAlert(r)
	case SettingWebhook:
		var w Webhook
		if json.Unmarshal(s.Doc, &w) != nil {
			return badSetting("doc")
		}
		return checkWebhook(w)
	case SettingReportMail:
		var m ReportMail
		if json.Unmarshal(s.Doc, &m) != nil {
			return badSetting("doc")
		}
		return checkReportMail(m)
	case SettingTeam:
		var t Team
		if json.Unmarshal(s.Doc, &t) != nil {
			return badSetting("doc")
		}
		if !nameFits(t.Name) {
			return badSetting("name")
		}
		return checkLead(t.ShiftLead)
	case SettingAgent:
		var a Agent
		if json.Unmarshal(s.Doc, &a) != nil {
			return badSetting("doc")
		}
		if a.Deputy != "" && a.Deputy == AgentID(s.ID) {
			return badSetting("deputy")
		}
		return checkAgent(a)
	case SettingCanned:
		var c Canned
		if json.Unmarshal(s.Doc, &c) != nil {
			return badSetting("doc")
		}
		if !localeFits(c.Locale) {
			return RefuseLanguage("locale")
		}
	case SettingReason:
		return checkReason(s)
	}
	return nil
}

func checkAgent(a Agent) error {
	if !localeFits(a.Locale) {
		return RefuseLanguage("locale")
	}
	for i, l := range a.Languages {
		if !LanguageFits(l) {
			return RefuseLanguage(fmt.Sprintf("languages[%d]", i))
		}
	}
	return checkLead(a.ShiftLead)
}

func badSetting(field string) error { return Refuse(Invalid, "setting_invalid", "field", field) }

func nameFits(name string) bool {
	return strings.TrimSpace(name) != "" && utf8.RuneCountInString(name) <= maxSettingName && !strings.ContainsFunc(name, unicode.IsControl)
}

func within(n, top int) bool { return n >= 0 && n <= top }

func checkQueue(q Queue) error {
	switch {
	case !nameFits(q.Name):
		return badSetting("name")
	case !within(q.Target, maxQueueTarget):
		return badSetting("target_s")
	case !within(q.Ring, maxRing):
		return badSetting("ring_s")
	case !q.Rule.Valid():
		return badSetting("rule")
	case !within(q.OwnerWait, maxQueueWait):
		return badSetting("owner_wait_s")
	case !within(q.LastWait, maxQueueWait):
		return badSetting("last_agent_wait_s")
	case !within(q.LastDays, 3660):
		return badSetting("last_agent_days")
	case !numbersFit(q.TierBoost, maxBoost):
		return badSetting("tier_boost_min")
	case !numbersFit(q.PrioBoost, maxBoost):
		return badSetting("priority_boost_min")
	}
	if !within(q.Goal, 100) {
		return badSetting("goal_pct")
	}
	return checkQueueLists(q)
}

func checkQueueLists(q Queue) error {
	for field, media := range map[string][]Medium{"auto_accept": q.AutoAccept, "keep_on_leave": q.KeepOnLeave} {
		for _, m := range media {
			if !m.Valid() {
				return badSetting(field)
			}
		}
	}
	for field, c := range map[string]struct {
		by  map[Medium]int
		top int
	}{"wrap_up_s": {q.WrapUp, maxQueueWait}, "wrap_up_most_s": {q.WrapUpMost, maxQueueWait}, "weights": {q.Weights, maxWeight}} {
		for m, n := range c.by {
			if !m.Valid() || !within(n, c.top) {
				return badSetting(field)
			}
		}
	}
	for _, o := range q.Overflow {
		if o.Queue == "" || !within(o.After, maxQueueWait) {
			return badSetting("overflow")
		}
	}
	for _, r := range q.Relax {
		if !within(r.After, maxQueueWait) || r.By < 1 || r.By > 5 {
			return badSetting("relax")
		}
	}
	return nil
}

func numbersFit[K comparable](by map[K]int, top int) bool {
	for _, n := range by {
		if !within(n, top) {
			return false
		}
	}
	return true
}
