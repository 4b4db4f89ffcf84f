package sla

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"yingda/desk"
)

// Policy is a set of promises and whom they are made to: a document, stored as JSON. Policies are tried in Order, then
// by id; the first whose conditions fit decides alone, also where it promises nothing.
type Policy struct {
	ID       string `json:"id" yaml:"id"`
	Name     string `json:"name" yaml:"name"`
	Order    int    `json:"order" yaml:"order"`
	Disabled bool   `json:"disabled" yaml:"disabled"`

	When Conditions `json:"when" yaml:"when"`
	// Targets are tried from the top; the first that fits a promise, medium, tier and priority gives its time.
	Targets []Promise `json:"targets" yaml:"targets" nullable:"false"`
	// Warnings are per cent of the time, rising; none given is 50 and 80. NoWarnings warns never.
	Warnings   []int `json:"warnings" yaml:"warnings" nullable:"false"`
	NoWarnings bool  `json:"no_warnings,omitempty" yaml:"no_warnings"`
	// KeepRunning forbids the resolution clock to pause while a conversation is pending or snoozed.
	KeepRunning bool `json:"keep_running" yaml:"keep_running"`
	// NoticesIn is a calendar outside of whose hours warnings and breaches are not announced but wait for its next
	// opening; "" announces at any hour. The clock itself is late when it is late.
	NoticesIn string `json:"notices_in" yaml:"notices_in"`
	// Ladder is whom to tell of warnings and breaches; see [Step].
	Ladder []Step `json:"ladder,omitempty" yaml:"ladder" nullable:"false"`
	// PromiseMail is a calendar at whose end of day customers of conversations that were not answered yet are told by
	// mail when they are; "" tells nobody.
	PromiseMail string `json:"promise_mail,omitempty" yaml:"promise_mail"`
	// WaiverApproval wants a second person's word before a promise of this policy is let go.
	WaiverApproval bool `json:"waiver_approval,omitempty" yaml:"waiver_approval"`

	version int64 // of the stored document
}

// Promise is one line of a policy: so much time for one target. Empty lists are any.
type Promise struct {
	Target     desk.Target     `json:"target" yaml:"target"`
	Media      []desk.Medium   `json:"media,omitempty" yaml:"media"`
	Tiers      []desk.Tier     `json:"tiers,omitempty" yaml:"tiers"`
	Priorities []desk.Priority `json:"priorities,omitempty" yaml:"priorities"`
	Within     int64           `json:"within_s" yaml:"within_s"` // seconds
	Calendar   string          `json:"calendar" yaml:"calendar"` // id; "" counts calendar time, day and night
}

func anyOr[T comparable](list []T, v T) bool { return len(list) == 0 || slices.Contains(list, v) }

// promise is the line for a target, if the policy has one.
func (p *Policy) promise(t desk.Target, v view) (Promise, bool) {
	for _, line := range p.Targets {
		if line.Target == t && anyOr(line.Media, v.medium) && anyOr(line.Tiers, v.tier) && anyOr(line.Priorities, v.priority) {
			return line, true
		}
	}
	return Promise{}, false
}

func (p *Policy) warnings() []int {
	switch {
	case p.NoWarnings:
		return nil
	case len(p.Warnings) == 0:
		return UsualWarnings()
	}
	return p.Warnings
}

// UsualWarnings are when a policy that names none warns: per cent of the time, rising.
func UsualWarnings() []int { return []int{50, 80} }

// Limits of a policy.
const (
	maxWithin   = 10 * 366 * 24 * 3600 // ten years, in seconds
	maxWarnings = 8
	maxTargets  = 200
)

// targets are all promises there are, in the order a conversation meets them.
var targets = order[:]

// Validate reports the first mistake as a *FieldError, or nil. Whether calendars exist is the Book's to know.
func (p Policy) Validate() error {
	if p.ID == "" {
		return wrong("id", "is required")
	}
	if p.Name == "" {
		return wrong("name", "is required")
	}
	if len(p.Targets) > maxTargets {
		return wrong("targets", "are %d, at most %d are allowed", len(p.Targets), maxTargets)
	}
	if err := p.When.validate(); err != nil {
		return err
	}
	for i, line := range p.Targets {
		field := fmt.Sprintf("targets[%d]", i)
		if !slices.Contains(targets, line.Target) {
			return wrong(field+".target", "%q is none of %s", line.Target, targetNames())
		}
		if line.Within < 1 || line.Within > maxWithin {
			return wrong(field+".within_s", "%d is not from 1 second to ten years", line.Within)
		}
		if err := known(field, line.Media, line.Tiers, line.Priorities); err != nil {
			return err
		}
	}
	if err := p.validateLadder(); err != nil {
		return err
	}
	return p.validateWarnings()
}

func (p Policy) validateWarnings() error {
	if len(p.Warnings) > maxWarnings {
		return wrong("warnings", "are %d, at most %d are allowed", len(p.Warnings), maxWarnings)
	}
	for i, w := range p.Warnings {
		if w < 1 || w > 99 {
			return wrong(fmt.Sprintf("warnings[%d]", i), "%d is not from 1 to 99 per cent", w)
		}
		if i > 0 && w <= p.Warnings[i-1] {
			return wrong(fmt.Sprintf("warnings[%d]", i), "%d does not come after %d", w, p.Warnings[i-1])
		}
	}
	return nil
}

func targetNames() string {
	names := make([]string, len(targets))
	for i, t := range targets {
		names[i] = string(t)
	}
	return strings.Join(names, ", ")
}

func known(field string, media []desk.Medium, tiers []desk.Tier, priorities []desk.Priority) error {
	for i, m := range media {
		if !m.Valid() {
			return wrong(fmt.Sprintf("%s.media[%d]", field, i), "%q is none of email, chat, voice", m)
		}
	}
	for i, t := range tiers {
		if !t.Valid() {
			return wrong(fmt.Sprintf("%s.tiers[%d]", field, i), "%q is none of strategic, key, ordinary", t)
		}
	}
	for i, p := range priorities {
		if !p.Valid() {
			return wrong(fmt.Sprintf("%s.priorities[%d]", field, i), "%q is none of urgent, high, normal, low", p)
		}
	}
	return nil
}

// DefaultPolicies are in force from the first start: mail is answered within 24 hours of receipt, day and night; a
// chat hears a person within a minute and then within three; a call is picked up within 20 seconds, a missed one
// called back within four hours. A late mail is told to its assignee and the team's leads, after an hour to the
// supervisors; a late chat or call after five minutes.
func DefaultPolicies() []Policy {
	within := func(t desk.Target, d time.Duration) Promise {
		return Promise{Target: t, Within: int64(d / time.Second)}
	}
	warn := UsualWarnings()
	step := func(level int, after int64, mail bool, to ...desk.RecipientKind) Step {
		s := Step{Level: level, After: after, Mail: mail}
		for _, kind := range to {
			s.To = append(s.To, desk.Recipient{Kind: kind})
		}
		return s
	}
	slow := []Step{
		step(80, 0, false, desk.ToAssignee), step(desk.BreachLevel, 0, true, desk.ToAssignee, desk.ToTeamLeads),
		step(desk.BreachLevel, 60, true, desk.ToSupervisors),
	}
	quick := []Step{step(desk.BreachLevel, 0, false, desk.ToAssignee, desk.ToTeamLeads), step(desk.BreachLevel, 5, false, desk.ToSupervisors)}
	return []Policy{
		{
			ID: "email-24h", Name: "24-hour email reply 邮件 24 小时回复", Order: 100, Warnings: warn, Ladder: slow, When: Conditions{Media: []desk.Medium{desk.Email}},
			Targets: []Promise{within(desk.FirstResponse, 24*time.Hour), within(desk.NextResponse, 24*time.Hour)},
		},
		{
			ID: "chat", Name: "Chat 在线聊天", Order: 110, Warnings: warn, Ladder: quick, When: Conditions{Media: []desk.Medium{desk.Chat}},
			Targets: []Promise{within(desk.Answer, time.Minute), within(desk.NextResponse, 3*time.Minute)},
		},
		{
			ID: "phone", Name: "Phone 电话", Order: 120, Warnings: warn, Ladder: quick, When: Conditions{Media: []desk.Medium{desk.Voice}},
			Targets: []Promise{within(desk.Answer, 20*time.Second), within(desk.Callback, 4*time.Hour)},
		},
	}
}
