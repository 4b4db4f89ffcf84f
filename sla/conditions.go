package sla

import (
	"fmt"
	"slices"
	"strings"

	"yingda/desk"
)

// Conditions say which conversations a policy is for. All that are given must fit; of a list one is enough, an empty list
// is any.
type Conditions struct {
	Media      []desk.Medium   `json:"media,omitempty" yaml:"media"`
	Inboxes    []desk.InboxID  `json:"inboxes,omitempty" yaml:"inboxes"`
	Queues     []desk.QueueID  `json:"queues,omitempty" yaml:"queues"`
	Tiers      []desk.Tier     `json:"tiers,omitempty" yaml:"tiers"`
	Priorities []desk.Priority `json:"priorities,omitempty" yaml:"priorities"`
	Languages  []string        `json:"languages,omitempty" yaml:"languages" doc:"of the customer's words; zh also means zh-CN"`
	Tags       []string        `json:"tags,omitempty" yaml:"tags" doc:"any of them is on the conversation"`
	Skills     []string        `json:"skills,omitempty" yaml:"skills" doc:"any of them is required, at whatever level"`
	Owned      *bool           `json:"owned,omitempty" yaml:"owned" doc:"whether the customer has an owner"`
}

// view is what policies look at, and the status, which says whether time passes.
type view struct {
	medium   desk.Medium
	inbox    desk.InboxID
	queue    desk.QueueID
	tier     desk.Tier
	priority desk.Priority
	language string
	tags     []string
	skills   []desk.Skill
	owner    desk.AgentID
	status   desk.Status
}

func viewOf(c desk.Conversation) view {
	return view{
		medium: c.Medium, inbox: c.Inbox, queue: c.Queue, tier: c.Tier, priority: c.Priority, language: c.Locale, tags: c.Tags,
		skills: c.Skills, owner: c.Owner, status: c.Status,
	}
}

// turn is the view after a fact, or before it.
func (v view) turn(f desk.Fact, back bool) view {
	switch f := f.(type) {
	case desk.PriorityChanged:
		v.priority = side(f.From, f.To, back)
	case desk.TierChanged:
		v.tier = side(f.From, f.To, back)
	case desk.QueueChanged:
		v.queue = side(f.From, f.To, back)
	case desk.LocaleChanged:
		v.language = side(f.From, f.To, back)
	case desk.OwnerChanged:
		v.owner = side(f.From, f.To, back)
	case desk.StatusChanged:
		v.status = side(f.From, f.To, back)
	case desk.TagsChanged:
		gone, come := side(f.Added, f.Removed, back), side(f.Removed, f.Added, back)
		rest := slices.DeleteFunc(slices.Clone(v.tags), func(t string) bool { return slices.Contains(gone, t) })
		v.tags = append(rest, come...)
	}
	return v
}

func side[T any](from, to T, back bool) T {
	if back {
		return from
	}
	return to
}

func (c *Conditions) fit(v view) bool {
	return anyOr(c.Media, v.medium) && anyOr(c.Inboxes, v.inbox) && anyOr(c.Queues, v.queue) &&
		anyOr(c.Tiers, v.tier) && anyOr(c.Priorities, v.priority) &&
		someOr(c.Languages, func(l string) bool { return desk.Speaks(l, v.language) }) &&
		someOr(c.Tags, func(t string) bool { return slices.Contains(v.tags, t) }) &&
		someOr(c.Skills, func(s string) bool {
			return slices.ContainsFunc(v.skills, func(need desk.Skill) bool { return need.Name == s })
		}) &&
		(c.Owned == nil || *c.Owned == (v.owner != ""))
}

func someOr(list []string, fits func(string) bool) bool {
	return len(list) == 0 || slices.ContainsFunc(list, fits)
}

// maxConditions bounds each list of words, and their length in bytes.
const maxConditions, maxWord = 100, 200

func (c *Conditions) validate() error {
	for _, list := range []struct {
		name  string
		words []string
	}{{"languages", c.Languages}, {"tags", c.Tags}, {"skills", c.Skills}} {
		if len(list.words) > maxConditions {
			return wrong("when."+list.name, "are %d, at most %d are allowed", len(list.words), maxConditions)
		}
		for i, w := range list.words {
			if strings.TrimSpace(w) == "" || len(w) > maxWord {
				return wrong(fmt.Sprintf("when.%s[%d]", list.name, i), "is empty or too long")
			}
		}
	}
	for i, l := range c.Languages {
		if !desk.LanguageFits(l) {
			return &FieldError{Field: fmt.Sprintf("when.languages[%d]", i), Err: languageError(l)}
		}
	}
	return known("when", c.Media, c.Tiers, c.Priorities)
}
