package router

import (
	"hash/fnv"
	"maps"
	"slices"
	"strings"
	"time"

	"yingda/desk"
)

// This file asks the policies: pure functions of an arrival, the documents in force and, for limits, of the line.

// Surroundings is what policies need to know of the world. Each may be nil: then nothing is known.
type Surroundings struct {
	// Open reports whether a calendar is open at a moment; known is false when there is no such calendar.
	Open func(calendar string, at time.Time) (open, known bool)
	// Line is how many wait in a queue for an agent, and the longest that who comes now of that medium is expected to
	// wait; known is about the wait.
	Line func(q desk.QueueID, m desk.Medium) (waiting int, wait time.Duration, known bool)
}

// Policies are the routing policies in force.
type Policies struct {
	by map[desk.QueueID]*policy
	at Surroundings
}

// policy is a document and its version, with its words folded.
type policy struct {
	Routing
	version int64
	words   [][2][]string // by rule: wanted, unwanted
}

// NewPolicies makes the policies of documents that passed Check; versions are by their queue.
func NewPolicies(docs []Routing, versions map[desk.QueueID]int64, at Surroundings) *Policies {
	p := &Policies{by: make(map[desk.QueueID]*policy, len(docs)), at: at}
	for _, d := range docs {
		c := &policy{Routing: d, version: versions[d.ID], words: make([][2][]string, len(d.Rules))}
		for i := range d.Rules {
			c.words[i] = [2][]string{foldAll(d.Rules[i].When.Words), foldAll(d.Rules[i].When.NoWords)}
		}
		p.by[d.ID] = c
	}
	return p
}

// None reports whether there is no document at all.
func (p *Policies) None() bool { return len(p.by) == 0 }

// Decide is the endpoint that decides the work of a queue's policy; nil: there is none.
func (p *Policies) Decide(policy desk.QueueID) *RoutingDecide {
	if doc := p.by[policy]; doc != nil {
		return doc.Decide
	}
	return nil
}

// maxHops bounds how often policies may send a conversation on. Check refuses loops; this is the net under it.
const maxHops = 8

// Plan is desk.Policies: where the conversation is to wait, and by what plan.
func (p *Policies) Plan(a desk.Arrival) desk.Verdict {
	v := desk.Verdict{Queue: a.Conversation.Queue}
	words := fold(a.Words)
	for range maxHops {
		doc := p.by[v.Queue]
		if doc == nil || !p.ask(doc, &a, words, &v) {
			break
		}
	}
	return v
}

// ask lets one queue's policy speak; it reports whether the conversation is sent on to another queue.
func (p *Policies) ask(doc *policy, a *desk.Arrival, words string, v *desk.Verdict) bool {
	plan := &desk.Plan{Policy: doc.ID, Version: doc.version}
	came := desk.Sent{To: doc.ID}
	if was := v.Plan; was != nil { // what was found out about the customer on the way goes along
		plan.Need, plan.Want, plan.Boost, plan.From, plan.Limit, plan.Sent = was.Need, was.Want, was.Boost, was.From, was.Limit, was.Sent
		came.By, came.Version, came.Need, came.Want, came.Boost = was.Policy, was.Version, was.Need, was.Want, was.Boost
	}
	v.Plan = plan
	order, prefer, steps := doc.Order, doc.Prefer, doc.Steps
	var to desk.QueueID
	if i := p.rule(doc, a, words); i >= 0 {
		r := &doc.Rules[i]
		plan.Rule, plan.Boost = r.Name, plan.Boost+r.Boost
		plan.Need, plan.Want = desk.Together(plan.Need, r.Need), desk.Together(plan.Want, r.Want)
		to = r.Queue
		if r.Order != "" {
			order = r.Order
		}
		if r.Prefer != nil {
			prefer = r.Prefer
		}
		if len(r.Steps) > 0 {
			steps = r.Steps
		}
		if s := r.share(doc.ID, a); s != nil {
			plan.Share = s.Name
			if s.Queue != "" {
				to = s.Queue
			}
			if s.Order != "" {
				order = s.Order
			}
		}
	}
	if to != "" && to != v.Queue {
		return sendOn(v, to)
	}
	full := p.full(doc, a)
	if full != "" {
		plan.Limit, plan.Sent = full, &came
		if doc.Limit.Do == desk.DoOverflow {
			plan.Sent = &desk.Sent{To: doc.Limit.Queue, By: doc.ID, Version: doc.version, Need: plan.Need, Want: plan.Want, Boost: plan.Boost}
			return sendOn(v, doc.Limit.Queue)
		}
	}
	plan.Order, plan.OwnFirst, plan.Delays = order, doc.OwnFirst, doc.delays()
	plan.Steps = planSteps(steps, a.Conversation)
	if prefer != nil {
		v.Owner, v.Last, v.Days = prefer.Owner, prefer.Last, prefer.Days
	}
	if full != "" {
		v.Do, v.Text = deedFor(doc.Limit.Do, a.Conversation.Medium), textFor(doc.Limit.Text, a.Conversation.Locale)
	}
	return false
}

// sendOn sends the conversation to another queue, whose own policy is asked next.
func sendOn(v *desk.Verdict, to desk.QueueID) bool {
	v.Plan.From = append(slices.Clone(v.Plan.From), v.Queue)
	v.Queue = to
	return true
}

// rule is the first rule that fits, or -1.
func (p *Policies) rule(doc *policy, a *desk.Arrival, words string) int {
	for i := range doc.Rules {
		if p.fits(&doc.Rules[i].When, a, words, doc.words[i]) {
			return i
		}
	}
	return -1
}

func (p *Policies) fits(w *RoutingWhen, a *desk.Arrival, words string, keys [2][]string) bool {
	c := &a.Conversation
	switch {
	case len(w.Channel) > 0 && !slices.Contains(w.Channel, c.Medium),
		len(w.Inbox) > 0 && !slices.Contains(w.Inbox, c.Inbox),
		len(w.Tier) > 0 && !slices.Contains(w.Tier, c.Tier),
		len(w.Owner) > 0 && !slices.Contains(w.Owner, a.Contact.Owner),
		w.Owned != nil && *w.Owned != (a.Contact.Owner != ""),
		len(w.Language) > 0 && !speaksAny(w.Language, c.Locale),
		len(keys[0]) > 0 && !slices.ContainsFunc(keys[0], func(k string) bool { return contains(words, k) }),
		slices.ContainsFunc(keys[1], func(k string) bool { return contains(words, k) }):
		return false
	}
	if w.Hours == nil {
		return true
	}
	if p.at.Open == nil {
		return false
	}
	open, known := p.at.Open(w.Hours.Calendar, a.Now)
	return known && open != w.Hours.Outside
}

// speaksAny reports whether a language is one of those named.
func speaksAny(named []string, lang string) bool {
	return slices.ContainsFunc(named, func(n string) bool { return desk.Speaks(n, lang) })
}

// share is the part of the rule's customers the contact falls into, or nil. The same customer stays on the same side for
// as long as the rule keeps its name and the shares before theirs keep their size.
func (r *RoutingRule) share(q desk.QueueID, a *desk.Arrival) *RoutingShare {
	if len(r.Split) == 0 {
		return nil
	}
	who := string(a.Contact.ID)
	if who == "" {
		who = string(a.Conversation.ID)
	}
	side := sideOf(string(q), r.Name, who)
	for i := range r.Split {
		if side -= r.Split[i].Percent; side < 0 {
			return &r.Split[i]
		}
	}
	return nil
}

// sideOf spreads customers evenly over 0 to 99, each rule in its own way.
func sideOf(parts ...string) int {
	h := fnv.New64a()
	for _, p := range parts {
		_, _ = h.Write([]byte(p)) // a hash never fails
		_, _ = h.Write([]byte{0})
	}
	v := h.Sum64()
	v = (v ^ v>>32) * 0x9e3779b97f4a7c15 // neighbours in the id must not be neighbours here
	return int(v >> 32 % 100)
}

// full says why the queue is full for who has just come: "size", "wait", or "".
func (p *Policies) full(doc *policy, a *desk.Arrival) string {
	l := doc.Limit
	if l == nil || !a.New || p.at.Line == nil {
		return ""
	}
	waiting, wait, known := p.at.Line(doc.ID, a.Conversation.Medium)
	switch {
	case l.Size > 0 && waiting >= l.Size:
		return "size"
	case l.Wait > 0 && known && wait >= time.Duration(l.Wait)*time.Second:
		return "wait"
	}
	return ""
}

func (d *Routing) delays() []desk.Delay {
	out := make([]desk.Delay, 0, len(d.Delays))
	for _, x := range d.Delays {
		out = append(out, desk.Delay{Team: x.Team, After: x.After})
	}
	return slices.Clip(out)
}

// planSteps are the steps as they are kept with a conversation: in order of time, with the text in its language.
func planSteps(steps []RoutingStep, c desk.Conversation) []desk.Step {
	out := make([]desk.Step, 0, len(steps))
	for _, s := range steps {
		step := desk.Step{
			After: s.After, Hold: s.Hold, Relax: s.Relax, Drop: s.Drop, Queues: s.Queues, Teams: s.Teams, Boost: s.Boost,
			Do: deedFor(s.Do, c.Medium),
		}
		if step.Do != desk.DoNothing {
			step.Text = textFor(s.Text, c.Locale)
		}
		out = append(out, step)
	}
	slices.SortStableFunc(out, func(a, b desk.Step) int { return a.After - b.After })
	return slices.Clip(out)
}

// deedFor is a deed as far as it makes sense for a medium: a mail is never refused, only a call can be recorded.
func deedFor(d desk.Deed, m desk.Medium) desk.Deed {
	switch {
	case d == desk.DoVoicemail && m != desk.Voice, (d == desk.DoRefuse || d == desk.DoCallback) && m == desk.Email:
		return desk.DoMessage
	}
	return d
}

// textFor is the text in the customer's language, else in English, else in the first there is.
func textFor(by map[string]string, lang string) string {
	base, _, _ := strings.Cut(lang, "-")
	for _, l := range []string{lang, base, "en"} {
		if t := by[l]; t != "" {
			return t
		}
	}
	for _, l := range slices.Sorted(maps.Keys(by)) {
		return by[l]
	}
	return ""
}
