package router

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"yingda/desk"
)

// Validate names each key that makes no sense, one a line, and what is allowed.
func (s *Scenario) Validate() error {
	c := &scenarioCheck{queues: map[desk.QueueID]bool{}}
	if _, err := clockTime(s.Start); s.Start != "" && err != nil {
		c.say("start", "want a time of day, as 08:00")
	}
	c.when(s.Length <= 0 || s.Length > longest, "length", "want how long customers come, as 10h; up to 8784h, a year")
	c.when(s.Warmup < 0 || s.Warmup >= s.Length && s.Length > 0, "warmup", "want less than length")
	c.when(s.Runs < 0 || s.Runs > 1000, "runs", "want 1 to 1000")
	c.when(len(s.Queues) == 0, "queues", "want at least one")
	c.when(len(s.Arrivals) == 0, "arrivals", "want at least one")
	c.when(len(s.Agents) == 0, "agents", "want at least one")
	for i := range s.Queues {
		c.queue(fmt.Sprintf("queues[%d]", i), &s.Queues[i])
	}
	for i := range s.Queues {
		for j, o := range s.Queues[i].Overflow {
			c.known(fmt.Sprintf("queues[%d].overflow[%d].queue", i, j), o.Queue)
			c.when(o.Queue == s.Queues[i].ID, fmt.Sprintf("queues[%d].overflow[%d].queue", i, j), "is the queue itself")
		}
	}
	for i := range s.Arrivals {
		c.stream(fmt.Sprintf("arrivals[%d]", i), &s.Arrivals[i])
	}
	for i := range s.Agents {
		c.crew(fmt.Sprintf("agents[%d]", i), &s.Agents[i])
	}
	c.when(len(c.found) == 0 && s.customers() > maxArrivals, "length", "that many customers in all runs would take too long; want up to 50 million")
	c.reach(s)
	return errors.Join(c.found...)
}

type scenarioCheck struct {
	found  []error
	queues map[desk.QueueID]bool
}

func (c *scenarioCheck) say(key, what string) { c.found = append(c.found, errors.New(key+": "+what)) }

func (c *scenarioCheck) when(wrong bool, key, what string) {
	if wrong {
		c.say(key, what)
	}
}

func (c *scenarioCheck) known(key string, q desk.QueueID) {
	c.when(!c.queues[q], key, fmt.Sprintf("no queue %q here", q))
}

func (c *scenarioCheck) queue(key string, q *ScenarioQueue) {
	c.when(q.ID == "", key+".id", "want a name")
	c.when(q.ID != "" && c.queues[q.ID], key+".id", "stands here twice")
	c.queues[q.ID] = true
	c.span(key+".within", q.Within)
	c.span(key+".target", q.Target)
	c.span(key+".ring", q.Ring)
	c.when(q.Limit != nil && *q.Limit < 0, key+".limit", "want 0 or more")
	for i, o := range q.Overflow {
		c.span(fmt.Sprintf("%s.overflow[%d].after", key, i), o.After)
	}
	c.when(!q.Rule.Valid(), key+".rule", "want longest_idle, least_loaded, most_skilled or fair_share")
	for m, w := range q.Weights {
		c.medium(key+".weights."+string(m), m)
		c.when(w < 1 || w > maxUnits, key+".weights."+string(m), "want 1 to 10000 units")
	}
	for i, r := range q.Relax {
		c.when(r.By < 1 || r.By > noSkill, fmt.Sprintf("%s.relax[%d].by", key, i), "want 1 to 5 levels")
		c.span(fmt.Sprintf("%s.relax[%d].after", key, i), r.After)
	}
}

func (c *scenarioCheck) medium(key string, m desk.Medium) {
	c.when(m != desk.Email && m != desk.Chat && m != desk.Voice, key, "want email, chat or voice")
}

func (c *scenarioCheck) stream(key string, s *Stream) {
	c.known(key+".queue", s.Queue)
	c.medium(key+".channel", s.Channel)
	ways := 0
	for _, has := range []bool{s.PerHour != 0, s.Profile != nil, len(s.History) > 0} {
		if has {
			ways++
		}
	}
	c.when(ways != 1, key, "want one of per_hour, profile and history")
	c.when(!(s.PerHour >= 0 && s.PerHour <= 1e7), key+".per_hour", "want up to 10 million an hour")
	if s.Profile != nil {
		_, err := clockTime(s.Profile.From)
		c.when(s.Profile.From != "" && err != nil, key+".profile.from", "want a time of day, as 08:00")
		c.when(len(s.Profile.PerHalfHour) == 0 || len(s.Profile.PerHalfHour) > 48, key+".profile.per_half_hour", "want 1 to 48 numbers")
		for i, n := range s.Profile.PerHalfHour {
			c.when(!(n >= 0 && n <= 1e7), fmt.Sprintf("%s.profile.per_half_hour[%d]", key, i), "want 0 or more")
		}
	}
	for i, r := range s.History {
		c.when(r.At < 0 || r.Handling < 0 || r.Patience < 0, fmt.Sprintf("%s.history[%d]", key, i), "want durations of 0 or more")
	}
	drawn := slices.ContainsFunc(s.History, func(r Recorded) bool { return r.Handling == 0 })
	if len(s.History) == 0 || drawn {
		c.dist(key+".handling", s.Handling, true)
	}
	if s.Patience != nil {
		c.dist(key+".patience", *s.Patience, true)
	}
	c.span(key+".wrap_up", s.WrapUp)
	c.when(s.Language != "" && !desk.LanguageFits(s.Language), key+".language", "want a language tag, as zh or zh-CN")
	c.skills(key+".skills", s.Skills)
	c.when(!slices.Contains([]desk.Tier{"", desk.Strategic, desk.Key, desk.Ordinary}, s.Tier), key+".tier",
		"want strategic, key or ordinary")
	c.when(!slices.Contains([]desk.Priority{"", desk.Urgent, desk.High, desk.Normal, desk.Low}, s.Priority), key+".priority",
		"want urgent, high, normal or low")
}

func (c *scenarioCheck) dist(key string, d Dist, must bool) {
	n := 0
	for _, v := range []time.Duration{d.Exponential, d.Lognormal, d.Fixed} {
		c.when(v < 0 || v > longest, key, "want durations over 0, up to 8784h, a year")
		if v > 0 {
			n++
		}
	}
	c.when(n > 1 || must && n == 0, key, "want one of exponential, lognormal and fixed, a duration over 0")
	c.when(d.SD < 0 || d.SD > 0 && d.Lognormal == 0, key+".sd", "belongs to lognormal")
	c.span(key+".sd", d.SD)
	c.when(d.Lognormal > 0 && d.SD == 0, key+".sd", "want the standard deviation")
}

func (c *scenarioCheck) skills(key string, skills []NeedSkill) {
	for i, s := range skills {
		c.when(s.Name == "", fmt.Sprintf("%s[%d].name", key, i), "want a name")
		c.when(s.Level < 1 || s.Level > 5, fmt.Sprintf("%s[%d].level", key, i), "want 1 to 5")
	}
}

// Bounds of a scenario; more is a typing mistake.
const (
	longest  = 366 * wholeDay
	maxCrew  = 20_000
	maxUnits = 10_000 // of capacity, weight and maximum, as agents' and queues' documents have it
)

func (c *scenarioCheck) span(key string, d time.Duration) {
	c.when(d < 0 || d > longest, key, "want a duration of 0 or more, up to 8784h, a year")
}

// customers are about how many come in all runs.
func (s *Scenario) customers() float64 {
	sum := 0.0
	for i := range s.Arrivals {
		a := &s.Arrivals[i]
		sum += a.PerHour*s.Length.Hours() + float64(len(a.History))
		if a.Profile != nil {
			day := 0.0
			for _, n := range a.Profile.PerHalfHour {
				day += n
			}
			sum += day * max(1, s.Length.Hours()/wholeDay.Hours())
		}
	}
	return sum * float64(max(1, s.Runs))
}

func (c *scenarioCheck) crew(key string, a *Crew) {
	c.when(a.Name == "", key+".name", "want a name")
	c.when(a.Count < 0 || a.Count > maxCrew, key+".count", "want 1 to 20000")
	c.when(len(a.Queues) == 0, key+".queues", "want at least one")
	for i, q := range a.Queues {
		c.known(fmt.Sprintf("%s.queues[%d]", key, i), q)
	}
	c.when(a.Capacity < 0 || a.Capacity > maxUnits, key+".capacity", "want up to 10000 units, 100 by default")
	for m, n := range a.Maximum {
		c.medium(key+".maximum."+string(m), m)
		c.when(n < 0 || n > maxUnits, key+".maximum."+string(m), "want 1 to 10000 at once; 0 is as many as fit")
	}
	for i, l := range a.Languages {
		c.when(!desk.LanguageFits(l), fmt.Sprintf("%s.languages[%d]", key, i), "want a language tag, as zh or zh-CN")
	}
	c.skills(key+".skills", a.Skills)
	c.dist(key+".answer", a.Answer, false)
	for i, text := range a.Shifts {
		_, _, err := shift(text)
		c.when(err != nil, fmt.Sprintf("%s.shifts[%d]", key, i), "want from-to, as 08:00-12:00")
	}
}

// reach refuses customers whom nobody could ever serve.
func (c *scenarioCheck) reach(s *Scenario) {
	if len(c.found) > 0 {
		return
	}
	book := newScenarioBook(s)
	for i := range s.Arrivals {
		w := book.work(&s.Arrivals[i], 0)
		q, _ := book.Queue(w.Queue)
		last := stageAt(&w, &q, w.Since.Add(100*365*24*time.Hour), func(*stage) bool { return true })
		need := last.required(w.Skills)
		ok := slices.ContainsFunc(s.Agents, func(a Crew) bool {
			seat := a.seat("")
			return last.serves(&seat) && seat.Skilled(need) &&
				Room(&seat, &Load{}, w.Medium, w.Weight) == ""
		})
		c.when(!ok, fmt.Sprintf("arrivals[%d]", i), "reaches nobody: no agent serves "+string(w.Queue)+" with the skills and the capacity it needs")
	}
}

// clockTime reads 08:00 as the time since midnight; 24:00 is the day's end.
func clockTime(text string) (time.Duration, error) {
	h, m, ok := strings.Cut(text, ":")
	hours, err := strconv.Atoi(h)
	minutes, err2 := strconv.Atoi(m)
	d := time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute
	if !ok || err != nil || err2 != nil || hours < 0 || minutes < 0 || minutes > 59 || d > wholeDay {
		return 0, fmt.Errorf("%q is no time of day", text)
	}
	return d, nil
}

const wholeDay = 24 * time.Hour

// shift reads 22:00-06:00; a shift that ends before it starts goes over midnight.
func shift(text string) (from, to time.Duration, err error) {
	a, b, _ := strings.Cut(text, "-")
	from, err = clockTime(strings.TrimSpace(a))
	to, err2 := clockTime(strings.TrimSpace(b))
	if err = errors.Join(err, err2); err != nil || from == to || from == wholeDay {
		return 0, 0, fmt.Errorf("%q is no shift", text)
	}
	if to < from {
		to += wholeDay
	}
	return from, to, nil
}
