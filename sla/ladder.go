package sla

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"yingda/desk"
)

// Step is one rung of a policy's ladder: whom to tell so long after a warning or breach was announced, unless somebody
// has it in hand or the clock ended by then.
type Step struct {
	Level int              `json:"level" yaml:"level" doc:"per cent of the time, one of the warnings; 100 the breach"`
	After int64            `json:"after_min" yaml:"after_min" doc:"minutes since the announcement"`
	Time  string           `json:"time" yaml:"time" enum:",calendar,business" doc:"what the minutes are counted in; empty is calendar"`
	To    []desk.Recipient `json:"to" yaml:"to" nullable:"false"`
	Mail  bool             `json:"mail" yaml:"mail" doc:"agents are told by mail as well as on the console"`
}

// business counts a step in the clock's own calendar, or in that of the notices where it has none.
const business = "business"

// Limits of a ladder.
const (
	maxSteps      = 20
	maxRecipients = 20
	maxAfter      = 30 * 24 * 60 // minutes
)

func (p Policy) validateLadder() error {
	if len(p.Ladder) > maxSteps {
		return wrong("ladder", "has %d steps, at most %d are allowed", len(p.Ladder), maxSteps)
	}
	for i, s := range p.Ladder {
		field := fmt.Sprintf("ladder[%d]", i)
		switch {
		case s.Level != desk.BreachLevel && !slices.Contains(p.warnings(), s.Level):
			return wrong(field+".level", "%d is neither 100 nor one of the policy's warnings", s.Level)
		case s.After < 0 || s.After > maxAfter:
			return wrong(field+".after_min", "%d is not from 0 to %d minutes", s.After, maxAfter)
		case s.Time != "" && s.Time != "calendar" && s.Time != business:
			return wrong(field+".time", "%q is neither calendar nor business", s.Time)
		case len(s.To) == 0 || len(s.To) > maxRecipients:
			return wrong(field+".to", "are %d, want from 1 to %d", len(s.To), maxRecipients)
		}
		for j, r := range s.To {
			if at, why := r.Problem(); why != "" {
				return wrong(fmt.Sprintf("%s.to[%d].%s", field, j, at), "%s", why)
			}
		}
	}
	return nil
}

// rung is a step with the moment it is taken at.
type rung struct {
	Step
	at time.Time
}

// rungs are the steps of one level in the order they are taken: by their moments, since ten minutes of the night are
// over before one of the office. The steps taken are counted, so a calendar that is changed between two steps may change
// which comes next: one may be told again, or left out.
func (b *Book) rungs(p *Policy, k desk.Clock, level int, announced time.Time) []rung {
	var out []rung
	for _, s := range p.Ladder {
		if s.Level == level {
			out = append(out, rung{s, b.stepAt(p, k, s, announced)})
		}
	}
	slices.SortStableFunc(out, func(x, y rung) int { return cmp.Or(x.at.Compare(y.at), cmp.Compare(x.After, y.After)) })
	return out
}

// Climb is which steps of a clock's ladder are due by now, when from of them are taken already, and when the next is.
// Steps count from the announcement: who was told late, after a stop or a night, has their time all the same.
func (b *Book) Climb(k desk.Clock, level, from int, announced, now time.Time) desk.Climb {
	c := desk.Climb{Rung: desk.Rung{Step: from}}
	p := b.policy(k.Policy)
	if p == nil {
		return c
	}
	all := b.rungs(p, k, level, announced)
	for _, s := range all[min(from, len(all)):] {
		if s.at.After(now) {
			c.Rung.At = s.at
			break
		}
		c.Taken = append(c.Taken, desk.LadderStep{To: s.To, Mail: s.Mail})
		c.Rung.Step++
	}
	return c
}

func (b *Book) stepAt(p *Policy, k desk.Clock, s Step, announced time.Time) time.Time {
	wait := time.Duration(s.After) * time.Minute
	at := announced.Add(wait)
	if s.Time == business {
		at = b.after(cmp.Or(k.Calendar, p.NoticesIn), announced, wait)
	}
	return milli(b.quiet(p.ID, at))
}

// acknowledge keeps who has the clock in hand.
func (r *run) acknowledge(f desk.ClockAcknowledged) {
	if k := r.alive(f.Target); k != nil && k.N == f.N {
		k.AckBy, k.AckAt, k.AckDue = f.Agent, r.now, f.DueVersion
	}
}
