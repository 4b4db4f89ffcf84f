package router

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"yingda/desk"
)

// This file looks at what a policy leads to: rules that are never reached, queues that send work round in a circle, and
// work that nobody may have.

// sends are the queues a policy sends work on to, and where it says so.
func (d *Routing) sends() (to []desk.QueueID, paths []string) {
	add := func(q desk.QueueID, path string) {
		if q != "" && q != d.ID {
			to, paths = append(to, q), append(paths, path)
		}
	}
	for i := range d.Rules {
		r := &d.Rules[i]
		add(r.Queue, fmt.Sprintf("rules[%d].queue", i))
		for j := range r.Split {
			add(r.Split[j].Queue, fmt.Sprintf("rules[%d].split[%d].queue", i, j))
		}
	}
	if d.Limit != nil && d.Limit.Do == desk.DoOverflow {
		add(d.Limit.Queue, "limit.queue")
	}
	return to, paths
}

// Named are all queues a policy names, its own among them.
func (d *Routing) Named() []desk.QueueID {
	to, _ := d.sends()
	out := append([]desk.QueueID{d.ID}, to...)
	for _, s := range d.everyStep() {
		out = append(out, s.Queues...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Lent are the teams whose agents a policy's steps let into its queue's work.
func (d *Routing) Lent() (out []desk.TeamID) {
	for _, s := range d.everyStep() {
		out = append(out, s.Teams...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// everyStep are the steps of the policy and those of its rules.
func (d *Routing) everyStep() []RoutingStep {
	out := slices.Clone(d.Steps)
	for i := range d.Rules {
		out = append(out, d.Rules[i].Steps...)
	}
	return out
}

// loops refuses policies that could send work back to where it came from.
func (c *routingCheck) loops() {
	next := map[desk.QueueID][]desk.QueueID{}
	for i := range c.h.Others {
		if o := &c.h.Others[i]; o.ID != c.doc.ID {
			next[o.ID], _ = o.sends()
		}
	}
	to, paths := c.doc.sends()
	for i, q := range to {
		if way := wayBack(next, q, c.doc.ID, map[desk.QueueID]bool{}); way != nil {
			names := []string{string(c.doc.ID)}
			for _, s := range way {
				names = append(names, string(s))
			}
			c.say(true, paths[i], "loop", "way", strings.Join(names, " → "))
		}
	}
}

// wayBack is a way from one queue to another, or nil. Queues in seen lead nowhere, or are on the way already.
func wayBack(next map[desk.QueueID][]desk.QueueID, from, to desk.QueueID, seen map[desk.QueueID]bool) []desk.QueueID {
	if from == to {
		return []desk.QueueID{from}
	}
	if seen[from] {
		return nil
	}
	seen[from] = true
	for _, q := range next[from] {
		if way := wayBack(next, q, to, seen); way != nil {
			return append([]desk.QueueID{from}, way...)
		}
	}
	return nil
}

// shadows warns of rules that an earlier one leaves nothing for.
func (c *routingCheck) shadows() {
	for i := range c.doc.Rules {
		if by := takers(c.doc.Rules[:i], &c.doc.Rules[i].When); by != nil {
			c.say(false, fmt.Sprintf("rules[%d]", i), "shadowed", "rule", c.doc.Rules[i].Name, "by", strings.Join(by, ", "))
		}
	}
}

// takers are the rules, one or several together, to which all goes that fits w; nil when something of it is left.
func takers(rules []RoutingRule, w *RoutingWhen) []string {
	var calendars []string // each is asked alone whether its two sides are taken
	for i := range rules {
		if h := rules[i].When.Hours; h != nil && w.Hours == nil && !slices.Contains(calendars, h.Calendar) {
			calendars = append(calendars, h.Calendar)
		}
	}
	for _, calendar := range append([]string{""}, calendars...) {
		if by := takersOf(rules, w.cells(calendar)); by != nil {
			return by
		}
	}
	return nil
}

// takersOf names for each of the cells the first rule that takes all of it; nil when there is none for one of them.
func takersOf(rules []RoutingRule, cells []RoutingWhen) (by []string) {
	for n := range cells {
		i := slices.IndexFunc(rules, func(r RoutingRule) bool { return r.When.covers(&cells[n]) })
		if i < 0 {
			return nil
		}
		if !slices.Contains(by, rules[i].Name) {
			by = append(by, rules[i].Name)
		}
	}
	return by
}

// cells divide what fits w by the conditions that have few values: channel, tier, whether there is an owner, and, where
// one is named, whether that calendar is open. Together they are what fits w.
func (w *RoutingWhen) cells(calendar string) (out []RoutingWhen) {
	channels, tiers, owned, hours := w.Channel, w.Tier, []*bool{w.Owned}, []*RoutingHours{w.Hours}
	if len(channels) == 0 {
		channels = []desk.Medium{desk.Email, desk.Chat, desk.Voice}
	}
	if len(tiers) == 0 {
		tiers = []desk.Tier{desk.Strategic, desk.Key, desk.Ordinary}
	}
	if w.Owned == nil && len(w.Owner) == 0 {
		owned = []*bool{new(true), new(false)}
	}
	if calendar != "" {
		hours = []*RoutingHours{{Calendar: calendar}, {Calendar: calendar, Outside: true}}
	}
	cell := *w
	for _, channel := range channels {
		for _, tier := range tiers {
			for _, cell.Owned = range owned {
				for _, cell.Hours = range hours {
					cell.Channel, cell.Tier = []desk.Medium{channel}, []desk.Tier{tier}
					out = append(out, cell)
				}
			}
		}
	}
	return out
}

// covers reports whether everything that fits other fits w as well.
func (w *RoutingWhen) covers(other *RoutingWhen) bool {
	owned := w.Owned == nil || other.Owned != nil && *w.Owned == *other.Owned ||
		*w.Owned && len(other.Owner) > 0 && !slices.Contains(other.Owner, "")
	hours := w.Hours == nil || other.Hours != nil && *w.Hours == *other.Hours
	languages := len(w.Language) == 0 || len(other.Language) > 0 &&
		!slices.ContainsFunc(other.Language, func(l string) bool { return !speaksAny(w.Language, l) })
	unwanted := foldAll(other.NoWords)
	return owned && hours && languages && holds(w.Channel, other.Channel) && holds(w.Inbox, other.Inbox) &&
		holds(w.Tier, other.Tier) && holds(w.Owner, other.Owner) && holds(foldAll(w.Words), foldAll(other.Words)) &&
		!slices.ContainsFunc(foldAll(w.NoWords), func(k string) bool { return !slices.Contains(unwanted, k) })
}

// holds reports whether a condition with these values holds whenever one with those does; no values always hold.
func holds[T comparable](these, those []T) bool {
	return len(these) == 0 || len(those) > 0 && !slices.ContainsFunc(those, func(v T) bool { return !slices.Contains(these, v) })
}

// delays warns of a delay that keeps nothing from anybody: its team serves neither the queue nor one that the steps open,
// and no step lets the team itself in.
func (c *routingCheck) delays() {
	lent, queues := c.doc.Lent(), []desk.QueueID{c.doc.ID}
	for _, s := range c.doc.everyStep() {
		queues = append(queues, s.Queues...)
	}
	if q, ok := c.h.Dir.Queue(c.doc.ID); ok && len(c.doc.Steps) == 0 { // then the queue's own overflow counts
		for _, s := range desk.PlanOf(q).Steps {
			queues = append(queues, s.Queues...)
		}
	}
	for i, l := range c.doc.Delays {
		team, _ := c.h.Dir.Team(l.Team)
		serves := slices.ContainsFunc(queues, func(q desk.QueueID) bool { return slices.Contains(team.Queues, q) })
		if !serves && !slices.Contains(lent, l.Team) {
			c.say(false, fmt.Sprintf("delays[%d].team", i), "delay_idle", "team", string(l.Team), "queue", string(c.doc.ID))
		}
	}
}

// reach warns of rules whose work nobody could take: "nobody has French 4".
func (c *routingCheck) reach() {
	for i := range c.doc.Rules {
		r := &c.doc.Rules[i]
		queue := c.doc.ID
		if r.Queue != "" {
			queue = r.Queue
		}
		steps := r.Steps
		if len(steps) == 0 {
			steps = c.doc.Steps
		}
		if r.Queue != "" { // its own policy says by which steps
			steps = nil
		}
		c.reaches(fmt.Sprintf("rules[%d]", i), queue, r.Need, steps)
	}
	if takers(c.doc.Rules, &RoutingWhen{}) == nil { // some of what comes fits no rule
		c.reaches("", c.doc.ID, nil, c.doc.Steps)
	}
}

// reaches warns when nobody serves a queue with these skills, and says from when on the steps let somebody in.
func (c *routingCheck) reaches(path string, queue desk.QueueID, need []desk.Skill, steps []RoutingStep) {
	q, _ := c.h.Dir.Queue(queue)
	q.ID = queue
	plan := desk.PlanOf(q)
	if len(steps) > 0 {
		plan.Steps = planSteps(steps, desk.Conversation{})
	}
	st := stage{queues: []desk.QueueID{queue}}
	if c.anybody(&st, need) {
		return
	}
	params := c.missing(queue, need)
	at := path
	if len(need) > 0 {
		at += ".need"
		if i := slices.IndexFunc(need, func(s desk.Skill) bool { return s.Name == params["skill"] }); i >= 0 {
			at = fmt.Sprintf("%s[%d]", at, i)
		}
	}
	list := []string{"queue", string(queue)}
	for _, k := range []string{"skill", "level", "best"} {
		if v := params[k]; v != "" {
			list = append(list, k, v)
		}
	}
	for i := range plan.Steps {
		st.take(&plan.Steps[i])
		if c.anybody(&st, need) {
			c.say(false, at, "nobody_until", append(list, "after_s", strconv.Itoa(plan.Steps[i].After))...)
			return
		}
	}
	c.say(false, at, "nobody", list...)
}

// missing names the skill that nobody who serves the queue has at that level, and the best anybody has.
func (c *routingCheck) missing(queue desk.QueueID, need []desk.Skill) map[string]string {
	for _, s := range need {
		best := 0
		for _, a := range c.h.Dir.Agents() {
			if a.Disabled || !slices.Contains(desk.QueuesOf(c.h.Dir, a), queue) {
				continue
			}
			for _, h := range a.Skills {
				if h.Name == s.Name {
					best = max(best, h.Level)
				}
			}
		}
		if best < s.Level {
			return map[string]string{"skill": s.Name, "level": strconv.Itoa(s.Level), "best": strconv.Itoa(best)}
		}
	}
	return nil
}

// anybody reports whether some agent, there or not, may have work of this stage.
func (c *routingCheck) anybody(st *stage, need []desk.Skill) bool {
	need = st.required(need)
	return slices.ContainsFunc(c.h.Dir.Agents(), func(a desk.Agent) bool {
		if a.Disabled {
			return false
		}
		s := desk.Seat{Queues: desk.QueuesOf(c.h.Dir, a), Skills: a.Skills, Teams: a.Teams}
		return st.serves(&s) && s.Skilled(need)
	})
}

// AsksWords reports whether any of the policies looks at what the customer wrote.
func AsksWords(docs []Routing) bool {
	return slices.ContainsFunc(docs, func(d Routing) bool {
		return slices.ContainsFunc(d.Rules, func(r RoutingRule) bool { return len(r.When.Words)+len(r.When.NoWords) > 0 })
	})
}

// Needs reports whether a policy names a queue, team, calendar, inbox or webhook.
func (d *Routing) Needs(kind desk.SettingKind, id string) bool {
	switch kind {
	case desk.SettingQueue:
		return slices.Contains(d.Named(), desk.QueueID(id))
	case desk.SettingTeam:
		return slices.Contains(d.Lent(), desk.TeamID(id)) ||
			slices.ContainsFunc(d.Delays, func(x RoutingDelay) bool { return x.Team == desk.TeamID(id) })
	case desk.SettingCalendar:
		return slices.ContainsFunc(d.Rules, func(r RoutingRule) bool { return r.When.Hours != nil && r.When.Hours.Calendar == id })
	case desk.SettingWebhook:
		return d.Decide != nil && d.Decide.Secret == id
	case desk.SettingInbox:
		return slices.ContainsFunc(d.Rules, func(r RoutingRule) bool { return slices.Contains(r.When.Inbox, desk.InboxID(id)) })
	}
	return false
}
