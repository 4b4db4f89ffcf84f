package sla

import (
	"slices"
	"time"

	"yingda/desk"
)

// With is the book with documents laid over those of the same id, and added where there were none. The errors are
// NewBook's.
func (b *Book) With(policies []Policy, calendars []Calendar) (*Book, error) {
	allPolicies := slices.Clone(b.policies)
	for _, p := range policies {
		allPolicies = append(slices.DeleteFunc(allPolicies, func(o Policy) bool { return o.ID == p.ID }), p)
	}
	allCalendars := slices.Clone(b.calendars)
	for _, c := range calendars {
		allCalendars = append(slices.DeleteFunc(allCalendars, func(o Calendar) bool { return o.ID == c.ID }), c)
	}
	var stored []List
	for _, l := range b.lists {
		stored = append(stored, l)
	}
	return NewBook(allPolicies, allCalendars, stored...)
}

// DryRun answers "what if these policies had been in force": the same facts, counted by the books that were and by
// others. Nothing is changed anywhere.
type DryRun struct {
	From, To   time.Time // promises that ended from From until before To count
	Was, Would *Report
	Played     int // conversations counted so far

	was, would func(time.Time) *Book
	now        time.Time
}

// NewDryRun is an empty one, of promises that ended from a moment until before another: counted by the books that l says
// were in force, and by the present one with policies laid over. The errors are NewBook's.
func NewDryRun(l *Ledger, policies []Policy, from, to, now time.Time) (*DryRun, error) {
	book, err := l.At(now).With(policies, nil)
	if err != nil {
		return nil, err
	}
	return newDryRun(l.At, func(time.Time) *Book { return book }, from, to, now), nil
}

func newDryRun(was, would func(time.Time) *Book, from, to, now time.Time) *DryRun {
	return &DryRun{From: from, To: to, Was: NewReport(), Would: NewReport(), was: was, would: would, now: now}
}

// Add plays one conversation's facts twice, and counts each end of a promise as the record did when it came: one that was
// re-opened later had ended. What people did is taken as it was: nobody answers faster because a promise was shorter.
func (d *DryRun) Add(c desk.Conversation, events []desk.Event) {
	d.Played++
	for _, run := range []struct {
		report *Report
		at     func(time.Time) *Book
	}{{d.Was, d.was}, {d.Would, d.would}} {
		turns, _ := Why(c, events, run.at, d.now)
		for _, t := range turns {
			again := t.Clock.Ended() && (t.What == TurnWaived || t.What == TurnWaiverUndone)
			if t.What != TurnMet && t.What != TurnCancelled && !again {
				continue
			}
			p := Ended(c, t.Clock, t.Actor)
			if again {
				p.EndedAt = t.At
			}
			if !p.EndedAt.Before(d.From) && p.EndedAt.Before(d.To) {
				run.report.Add(p)
			}
		}
	}
}

// DryLine is how the promises of one target ended, and how they would have.
type DryLine struct {
	Target desk.Target `json:"target"`
	Was    DryCount    `json:"was"`
	Would  DryCount    `json:"would"`
}

// DryCount is how many promises ended in each way.
type DryCount struct {
	Met       int `json:"met"`
	Late      int `json:"late"`
	Cancelled int `json:"cancelled"`
	Waived    int `json:"waived"`
}

// Lines are the sums by target, in the order a conversation meets them; targets of which nothing ended are left out.
func (d *DryRun) Lines() []DryLine {
	by := map[desk.Target]*DryLine{}
	line := func(t desk.Target) *DryLine {
		if by[t] == nil {
			by[t] = &DryLine{Target: t}
		}
		return by[t]
	}
	count := func(l ReportLine) DryCount { return DryCount{l.Met, l.Late, l.Cancelled, l.Waived} }
	for _, l := range d.Was.By("target", time.UTC) {
		line(l.Target).Was = count(l)
	}
	for _, l := range d.Would.By("target", time.UTC) {
		line(l.Target).Would = count(l)
	}
	out := []DryLine{}
	for _, t := range targets {
		if l := by[t]; l != nil {
			out = append(out, *l)
		}
	}
	return out
}
