package router

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"yingda/desk"
)

// This file is the policy as docs/routing.md publishes it: pure functions of work, seats, queue settings and time.

// Match is one choice of policy, and why.
type Match struct {
	Work  desk.Work
	Agent desk.AgentID
	Score time.Time // the rank it was chosen by
	Auto  bool      // to be accepted for the agent at once
	Why   []desk.Reason

	offer Offer
}

// before reports whether a goes before b: ringing calls, then rank, then age.
func before(a, b *desk.Work) bool {
	if a.Ringing != b.Ringing {
		return a.Ringing
	}
	if c := a.Rank().Compare(b.Rank()); c != 0 {
		return c < 0
	}
	return older(a, b)
}

// older reports whether a has waited longer than b.
func older(a, b *desk.Work) bool {
	if c := a.Since.Compare(b.Since); c != 0 {
		return c < 0
	}
	return a.Conversation < b.Conversation
}

// Load is what a seat holds, summed.
type Load struct {
	All   int // units
	Firm  int // units without mail, which is interruptible
	Count map[desk.Medium]int
}

// LoadOf sums what is held.
func LoadOf(held []desk.Work) Load {
	l := Load{Count: make(map[desk.Medium]int, 3)}
	for i := range held {
		w := &held[i]
		l.All += w.Weight
		if w.Medium != desk.Email {
			l.Firm += w.Weight
		}
		l.Count[w.Medium]++
	}
	return l
}

// Room says why a seat with load l has no room for one more conversation: "full", "maximum", "chat_first", or "" when
// it has. It is the rule offer.lua enforces.
func Room(s *desk.Seat, l *Load, m desk.Medium, weight int) string {
	load := l.Firm
	if m == desk.Email {
		load = l.All
	}
	if load+weight > s.Capacity {
		return "full"
	}
	if m == desk.Voice && l.Count[desk.Chat] > 0 {
		return "chat_first"
	}
	if most := s.Maximum[m]; most > 0 && l.Count[m] >= most {
		return "maximum"
	}
	return ""
}

// preferred is the first of the preferences that holds the work back now, and when that changes. can says whether the
// preferred agent could take it at all before long; one who cannot is skipped at once.
func preferred(all []desk.Preference, now time.Time, can func(desk.Preference) bool) (p desk.Preference, until time.Time) {
	for _, p := range all {
		if !p.Until.IsZero() && !now.Before(p.Until) {
			continue
		}
		if can(p) {
			return p, p.Until
		}
	}
	return desk.Preference{}, time.Time{}
}

// directed reports whether a person chose the agent: then queue and skills do not matter.
func directed(p desk.Preference) bool { return p.Rule == "transfer" || p.Rule == "returned" }

// ruleFor is the rule by which agents are compared for a piece of work: its plan's, the queue's, or the medium's.
func ruleFor(w *desk.Work, q *desk.Queue) desk.Rule {
	m := w.Medium
	if w.Plan != nil && w.Plan.Order != "" {
		return w.Plan.Order
	}
	if q.Rule != "" {
		return q.Rule
	}
	if m == desk.Email {
		return desk.LeastLoaded
	}
	return desk.LongestIdle
}

// candidate is a seat as the rules compare it.
type candidate struct {
	agent    desk.AgentID
	decided  bool // an endpoint chose
	declined bool // refused or missed this very work lately
	speaks   bool // the customer's language, or none is asked
	liked    int  // how many of the preferred skills, at their level
	skill    int  // sum of levels over the required skills
	taken    int  // pieces of work given within FairSpan
	load     int  // units
	capacity int
	turn     time.Time // last offer or finished work
	order    uint64    // breaks ties of turn
}

// better reports whether a is to be chosen over b under rule.
func better(rule desk.Rule, a, b *candidate) bool {
	if a.declined != b.declined {
		return b.declined
	}
	if a.speaks != b.speaks {
		return a.speaks
	}
	if a.liked != b.liked {
		return a.liked > b.liked
	}
	c := 0
	switch rule {
	case desk.LeastLoaded: // by share of capacity, without division
		c = cmp.Compare(a.load*b.capacity, b.load*a.capacity)
	case desk.MostSkilled:
		c = cmp.Compare(b.skill, a.skill)
	case desk.FairShare:
		c = cmp.Compare(a.taken, b.taken)
	case desk.LongestIdle:
	}
	if c == 0 {
		c = a.turn.Compare(b.turn)
	}
	if c == 0 {
		c = cmp.Compare(a.order, b.order)
	}
	if c == 0 {
		c = cmp.Compare(a.agent, b.agent)
	}
	return c < 0
}

// speaks reports whether the seat has the language; work without one is spoken by all.
func speaks(s *desk.Seat, lang string) bool {
	if lang == "" {
		return true
	}
	for _, l := range s.Languages {
		if l == lang || strings.HasPrefix(l, lang+"-") {
			return true
		}
	}
	return false
}

// liked is how many of the preferred skills the seat has at their level.
func liked(s *desk.Seat, w *desk.Work) int {
	n := 0
	if w.Plan != nil {
		for i := range w.Plan.Want {
			if s.Skilled(w.Plan.Want[i : i+1]) {
				n++
			}
		}
	}
	return n
}

// skillSum is how skilled the seat is in what the work asked for at first.
func skillSum(s *desk.Seat, need []desk.Skill) int {
	sum := 0
	for _, n := range need {
		for _, h := range s.Skills {
			if h.Name == n.Name {
				sum += h.Level
			}
		}
	}
	return sum
}

// explain makes the trace of a match: every part of the score and every rule that chose.
func explain(w *desk.Work, st stage, p desk.Preference, rule desk.Rule, c *candidate, now time.Time) []desk.Reason {
	why := []desk.Reason{
		{Rule: "rank", Value: w.Rank().UTC().Format(time.RFC3339)},
		{Rule: "due", Value: w.DueAt.UTC().Format(time.RFC3339)},
		{Rule: "boost", Value: w.Boost.String()},
		{Rule: "waited", Value: now.Sub(w.Since).Round(time.Second).String()},
	}
	add := func(rule, value string) { why = append(why, desk.Reason{Rule: rule, Value: value}) }
	explainPlan(w, &st, add)
	if w.Ringing {
		add("ringing", "first")
	}
	if len(w.Skills) > 0 {
		need := make([]string, 0, len(w.Skills))
		for _, s := range st.required(w.Skills) {
			need = append(need, s.Name+"≥"+strconv.Itoa(s.Level))
		}
		add("skills", strings.Join(need, " "))
	}
	if st.relax > 0 {
		add("relaxed", strconv.Itoa(st.relax))
	}
	if len(st.drop) > 0 {
		add("dropped", strings.Join(st.drop, " "))
	}
	for _, q := range st.queues[1:] {
		add("overflow", string(q))
	}
	for _, t := range st.teams {
		add("team", string(t))
	}
	if c.liked > 0 {
		add("preferred_skills", strconv.Itoa(c.liked))
	}
	if w.Language != "" {
		add("language", fmt.Sprintf("%s %t", w.Language, c.speaks))
	}
	if p.Agent != "" {
		add("prefer", p.Rule)
	} else {
		add("rule", string(rule))
	}
	add("load", fmt.Sprintf("%d+%d/%d", c.load, w.Weight, c.capacity))
	if !c.turn.IsZero() {
		add("idle", now.Sub(c.turn).Round(time.Second).String())
	}
	if c.declined {
		add("again", "nobody else")
	}
	return why
}

// explainPlan says which policy, rule, share, limit and step made the work what it is.
func explainPlan(w *desk.Work, st *stage, add func(rule, value string)) {
	if p := w.Plan; p != nil {
		add("policy", string(p.Policy)+" "+strconv.FormatInt(p.Version, 10))
		for _, part := range [][2]string{{"policy_rule", p.Rule}, {"split", p.Share}, {"limit", p.Limit}} {
			if part[1] != "" {
				add(part[0], part[1])
			}
		}
		for _, q := range p.From {
			add("sent_on", string(q))
		}
	}
	if st.step > 0 {
		step := strconv.Itoa(st.step)
		if st.skipped {
			step += " skipped"
		}
		add("step", step)
	}
	if st.lift > 0 {
		add("raised", st.lift.String())
	}
}

// sooner is the earlier of two moments, where zero is never.
func sooner(a, b time.Time) time.Time {
	if a.IsZero() || (!b.IsZero() && b.Before(a)) {
		return b
	}
	return a
}
