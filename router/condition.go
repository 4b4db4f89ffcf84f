package router

import (
	"slices"
	"strings"

	"yingda/desk"
)

// Condition says which conversations a rule of a policy is for. What is empty asks nothing; what is given must hold,
// all of it. There are no free expressions: lists can be checked against the settings, and shown in a sentence.
type Condition struct {
	Channels  []desk.Medium   `json:"channels,omitempty" yaml:"channels"`
	Inboxes   []desk.InboxID  `json:"inboxes,omitempty" yaml:"inboxes"`
	Tiers     []desk.Tier     `json:"tiers,omitempty" yaml:"tiers"`
	Languages []string        `json:"languages,omitempty" yaml:"languages"` // "zh" holds for zh-CN too
	Owner     *bool           `json:"owner,omitempty" yaml:"owner"`         // whether the customer has an owner
	Words     []string        `json:"words,omitempty" yaml:"words"`         // one of them stands in subject or text, whatever the case
	Priority  []desk.Priority `json:"priorities,omitempty" yaml:"priorities"`
}

// Case is what a condition looks at.
type Case struct {
	Channel  desk.Medium
	Inbox    desk.InboxID
	Tier     desk.Tier
	Language string
	Owner    bool
	Text     string // subject and text
	Priority desk.Priority
}

// Holds reports whether the condition is met.
func (c *Condition) Holds(x *Case) bool {
	switch {
	case len(c.Channels) > 0 && !slices.Contains(c.Channels, x.Channel),
		len(c.Inboxes) > 0 && !slices.Contains(c.Inboxes, x.Inbox),
		len(c.Tiers) > 0 && !slices.Contains(c.Tiers, x.Tier),
		len(c.Priority) > 0 && !slices.Contains(c.Priority, x.Priority),
		c.Owner != nil && *c.Owner != x.Owner:
		return false
	}
	if len(c.Languages) > 0 && !slices.ContainsFunc(c.Languages, func(l string) bool { return spokenAs(x.Language, l) }) {
		return false
	}
	if len(c.Words) == 0 {
		return true
	}
	text := strings.ToLower(x.Text)
	return slices.ContainsFunc(c.Words, func(w string) bool { return strings.Contains(text, strings.ToLower(w)) })
}

// spokenAs reports whether a language tag is another or a kind of it.
func spokenAs(tag, of string) bool {
	return strings.EqualFold(tag, of) || len(tag) > len(of) && tag[len(of)] == '-' && strings.EqualFold(tag[:len(of)], of)
}

// Always reports whether the condition asks nothing.
func (c *Condition) Always() bool {
	return len(c.Channels)+len(c.Inboxes)+len(c.Tiers)+len(c.Languages)+len(c.Words)+len(c.Priority) == 0 && c.Owner == nil
}
