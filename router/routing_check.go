package router

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"yingda/desk"
)

// RoutingFinding is something about a routing policy that is wrong (Error) or that its author should know.
type RoutingFinding struct {
	Path   string            `json:"path" doc:"the key, as rules[2].need[0]"`
	Line   int               `json:"line,omitempty" doc:"in a file"`
	Reason string            `json:"reason"`
	Error  bool              `json:"error" doc:"it cannot be published so; else it is a warning"`
	Params map[string]string `json:"params"`
}

// String says it in a line for a terminal.
func (f RoutingFinding) String() string {
	text := f.Path + ": " + f.Reason
	if f.Path == "" {
		text = f.Reason
	}
	keys := make([]string, 0, len(f.Params))
	for k := range f.Params {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		text += "; " + k + ": " + f.Params[k]
	}
	return text
}

// Refused reports whether any finding is an error.
func Refused(found []RoutingFinding) bool {
	return slices.ContainsFunc(found, func(f RoutingFinding) bool { return f.Error })
}

// House is what a policy's names are looked up in.
type House struct {
	Dir       desk.Directory
	Skills    []string       // those that have a document; those of agents count too
	Calendars []string       // nil: not known here, any name passes
	Others    []Routing      // the policies of the other queues
	Webhooks  []desk.Webhook // nil: not known here, any name passes
}

// Bounds of a policy. They keep typing mistakes out, and a conversation's plan small.
const (
	maxRules = 100
	maxSteps = 20
	maxList  = 200
	maxWord  = 100            // characters
	maxText  = 2000           // characters
	maxWait  = 30 * 24 * 3600 // seconds
	maxLift  = 366 * 24 * 60  // minutes
	maxName  = 100            // characters
)

// ReadRouting reads a document strictly. Errors name the field that does not fit.
func ReadRouting(raw []byte) (Routing, error) {
	var doc Routing
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&doc); err != nil {
		return Routing{}, fmt.Errorf("%s", strings.TrimPrefix(err.Error(), "json: "))
	}
	return doc, nil
}

// Check names everything that is wrong with a policy or that its author should know, in the order of the document. It
// looks for people at the real agents and teams.
func (d *Routing) Check(h House) []RoutingFinding {
	c := &routingCheck{doc: d, h: h}
	c.size("rules", len(d.Rules), maxRules)
	c.order("order", d.Order)
	c.prefer("prefer", d.Prefer)
	seen := map[string]int{}
	for i := range d.Rules {
		c.rule(i, seen)
	}
	c.steps("steps", d.Steps)
	c.limit()
	for i, l := range d.Delays {
		at := fmt.Sprintf("delays[%d]", i)
		c.team(at+".team", l.Team)
		c.when(l.After < 1 || l.After > maxWait, at+".after_s", "out_of_range")
	}
	c.decide()
	c.loops()
	if !Refused(c.found) {
		c.shadows()
		c.reach()
		c.delays()
	}
	return c.found
}

type routingCheck struct {
	doc   *Routing
	h     House
	found []RoutingFinding
}

func (c *routingCheck) say(isError bool, path, reason string, params ...string) {
	f := RoutingFinding{Path: path, Reason: reason, Error: isError, Params: map[string]string{}}
	for i := 0; i+1 < len(params); i += 2 {
		f.Params[params[i]] = params[i+1]
	}
	c.found = append(c.found, f)
}

func (c *routingCheck) when(wrong bool, path, reason string, params ...string) {
	if wrong {
		c.say(true, path, reason, params...)
	}
}

func (c *routingCheck) size(path string, n, most int) {
	c.when(n > most, path, "too_many", "max", strconv.Itoa(most))
}

func (c *routingCheck) order(path string, r desk.Rule) { c.when(!r.Valid(), path, "order_unknown") }

func (c *routingCheck) name(path, name string) {
	c.when(strings.TrimSpace(name) == "" || utf8.RuneCountInString(name) > maxName, path, "name_missing")
}

func (c *routingCheck) prefer(path string, p *RoutingPrefer) {
	if p == nil {
		return
	}
	c.when(p.Owner > maxWait, path+".owner_s", "out_of_range")
	c.when(p.Last > maxWait, path+".last_agent_s", "out_of_range")
	c.when(p.Days < 0 || p.Days > 3660, path+".last_agent_days", "out_of_range")
}

// queue looks a queue up that is not to be the policy's own.
func (c *routingCheck) queue(path string, q desk.QueueID) {
	_, known := c.h.Dir.Queue(q)
	c.when(q == c.doc.ID, path, "queue_itself")
	c.when(!known, path, "queue_unknown", "queue", string(q))
}

func (c *routingCheck) team(path string, t desk.TeamID) {
	_, known := c.h.Dir.Team(t)
	c.when(!known, path, "team_unknown", "team", string(t))
}

func (c *routingCheck) rule(i int, seen map[string]int) {
	r, at := &c.doc.Rules[i], fmt.Sprintf("rules[%d]", i)
	c.name(at+".name", r.Name)
	if _, twice := seen[r.Name]; twice {
		c.say(true, at+".name", "name_twice", "name", r.Name)
	}
	seen[r.Name] = i
	c.conditions(at+".when", &r.When)
	c.skills(at+".need", r.Need)
	c.skills(at+".want", r.Want)
	c.when(r.Boost < 0 || r.Boost > maxLift, at+".boost_min", "out_of_range")
	if r.Queue != "" {
		c.queue(at+".queue", r.Queue)
	}
	c.order(at+".order", r.Order)
	c.prefer(at+".prefer", r.Prefer)
	c.steps(at+".steps", r.Steps)
	c.shares(at+".split", r.Split)
}

func (c *routingCheck) shares(path string, split []RoutingShare) {
	sum := 0
	names := map[string]bool{}
	for i, s := range split {
		at := fmt.Sprintf("%s[%d]", path, i)
		c.name(at+".name", s.Name)
		c.when(names[s.Name], at+".name", "name_twice", "name", s.Name)
		names[s.Name] = true
		c.when(s.Percent < 1 || s.Percent > 100, at+".percent", "out_of_range")
		sum += s.Percent
		if s.Queue != "" && s.Queue != c.doc.ID { // the queue itself is a side like another
			c.queue(at+".queue", s.Queue)
		}
		c.order(at+".order", s.Order)
	}
	c.when(sum > 100, path, "over_hundred", "sum", strconv.Itoa(sum))
}

func (c *routingCheck) conditions(path string, w *RoutingWhen) {
	for i, m := range w.Channel {
		c.when(!m.Valid(), fmt.Sprintf("%s.channel[%d]", path, i), "channel_unknown")
	}
	for i, id := range w.Inbox {
		_, known := c.h.Dir.Inbox(id)
		c.when(!known, fmt.Sprintf("%s.inbox[%d]", path, i), "inbox_unknown", "inbox", string(id))
	}
	for i, t := range w.Tier {
		c.when(!t.Valid(), fmt.Sprintf("%s.tier[%d]", path, i), "tier_unknown")
	}
	for i, id := range w.Owner {
		_, known := c.h.Dir.Agent(id)
		c.when(!known, fmt.Sprintf("%s.owner[%d]", path, i), "agent_unknown", "agent", string(id))
	}
	for i, l := range w.Language {
		c.when(!desk.LanguageFits(l), fmt.Sprintf("%s.language[%d]", path, i), "language_unknown")
	}
	c.words(path+".words", w.Words)
	c.words(path+".no_words", w.NoWords)
	if w.Hours != nil && c.h.Calendars != nil {
		c.when(!slices.Contains(c.h.Calendars, w.Hours.Calendar), path+".hours.calendar", "calendar_unknown", "calendar", w.Hours.Calendar)
	}
}

func (c *routingCheck) words(path string, list []string) {
	c.size(path, len(list), maxList)
	for i, word := range list {
		n := utf8.RuneCountInString(word)
		c.when(fold(word) == "" || n > maxWord, fmt.Sprintf("%s[%d]", path, i), "word_empty")
	}
}

// knows reports whether a skill has a document or anybody has it.
func (c *routingCheck) knows(skill string) bool {
	has := func(h desk.Skill) bool { return h.Name == skill }
	return slices.Contains(c.h.Skills, skill) ||
		slices.ContainsFunc(c.h.Dir.Agents(), func(a desk.Agent) bool { return slices.ContainsFunc(a.Skills, has) }) ||
		slices.ContainsFunc(c.h.Dir.Inboxes(), func(i desk.Inbox) bool { return slices.ContainsFunc(i.Skills, has) })
}

func (c *routingCheck) skills(path string, skills []desk.Skill) {
	c.size(path, len(skills), maxSteps)
	for i, s := range skills {
		at := fmt.Sprintf("%s[%d]", path, i)
		c.when(s.Level < 1 || s.Level > 5, at+".level", "level_range")
		c.when(!c.knows(s.Name), at+".name", "skill_unknown", "skill", s.Name)
	}
}

func (c *routingCheck) steps(path string, steps []RoutingStep) {
	c.size(path, len(steps), maxSteps)
	for i := range steps {
		s, at := &steps[i], fmt.Sprintf("%s[%d]", path, i)
		c.when(s.After < 0 || s.After > maxWait, at+".after_s", "out_of_range")
		c.when(s.Relax < 0 || s.Relax > noSkill, at+".relax", "level_range")
		c.when(s.Boost < 0 || s.Boost > maxLift, at+".boost_min", "out_of_range")
		for j, name := range s.Drop {
			c.when(!c.knows(name), fmt.Sprintf("%s.drop[%d]", at, j), "skill_unknown", "skill", name)
		}
		for j, q := range s.Queues {
			c.queue(fmt.Sprintf("%s.queues[%d]", at, j), q)
		}
		for j, t := range s.Teams {
			c.team(fmt.Sprintf("%s.teams[%d]", at, j), t)
		}
		switch s.Do {
		case desk.DoNothing:
			if s.Relax == 0 && len(s.Drop)+len(s.Queues)+len(s.Teams) == 0 && s.Boost == 0 {
				c.say(false, at, "step_nothing")
			}
		case desk.DoMessage, desk.DoCallback, desk.DoVoicemail, desk.DoAlert:
			c.text(at, s.Do, s.Text)
		default: // refuse and overflow are a full queue's
			c.say(true, at+".do", "deed_unknown")
		}
	}
}

// text checks the words a deed says: a message without any would be none.
func (c *routingCheck) text(at string, do desk.Deed, by map[string]string) {
	empty := true
	for l, t := range by {
		empty = empty && strings.TrimSpace(t) == ""
		c.when(!desk.LanguageFits(l), at+".text", "language_unknown")
		c.when(utf8.RuneCountInString(t) > maxText, at+".text."+l, "too_long", "max", strconv.Itoa(maxText))
	}
	c.when(empty && (do == desk.DoMessage || do == desk.DoRefuse), at+".text", "text_missing")
}

func (c *routingCheck) limit() {
	l := c.doc.Limit
	if l == nil {
		return
	}
	c.when(l.Size < 0 || l.Size > 1_000_000, "limit.size", "out_of_range")
	c.when(l.Wait < 0 || l.Wait > maxWait, "limit.wait_s", "out_of_range")
	c.when(l.Size == 0 && l.Wait == 0, "limit", "limit_empty")
	switch l.Do {
	case desk.DoOverflow:
		c.queue("limit.queue", l.Queue)
	case desk.DoCallback, desk.DoMessage, desk.DoRefuse:
		c.text("limit", l.Do, l.Text)
		c.when(l.Queue != "", "limit.queue", "queue_without_overflow")
	default: // the rest are steps'
		c.say(true, "limit.do", "deed_unknown")
	}
}

// decide checks the endpoint that chooses: a web address of the host an administrator named in the webhook whose secret it
// borrows.
func (c *routingCheck) decide() {
	d := c.doc.Decide
	if d == nil {
		return
	}
	c.when(d.origin() == "" || len(d.URL) > maxText, "decide.url", "url_wrong")
	c.when(d.Deadline != 0 && (d.Deadline < decideLeast || d.Deadline > decideMost), "decide.deadline_ms", "out_of_range")
	for i, m := range d.On {
		c.when(!m.Valid(), fmt.Sprintf("decide.on[%d]", i), "channel_unknown")
	}
	if c.h.Webhooks == nil {
		return
	}
	i := slices.IndexFunc(c.h.Webhooks, func(w desk.Webhook) bool { return w.ID == d.Secret })
	if i < 0 {
		c.say(true, "decide.secret", "webhook_unknown", "webhook", d.Secret)
		return
	}
	c.when(d.origin() != "" && !d.Of(c.h.Webhooks[i]), "decide.url", "url_elsewhere", "webhook", d.Secret)
}

// origin is the scheme and host of the endpoint, "" when it is no web address.
func (d *RoutingDecide) origin() string { return originOf(d.URL) }

func originOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.Fragment != "" {
		return ""
	}
	return u.Scheme + "://" + strings.ToLower(u.Host)
}

// Of reports whether the endpoint is of a webhook's host: where signed requests go is an administrator's word.
func (d *RoutingDecide) Of(w desk.Webhook) bool {
	return d.origin() != "" && d.origin() == originOf(w.URL)
}
