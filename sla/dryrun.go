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
}

// NewDryRun is an empty one.
func NewDryRun(from, to time.Time) *DryRun {
	return &DryRun{From: from, To: to, Was: NewReport(), Would: NewReport()}
}

// Add plays one conversation's facts twice. What people did is taken as it was: nobody answers faster because a promise
// was shorter.
func (d *DryRun) Add(c desk.Conversation, events []desk.Event, was, would func(time.Time) *Book, now time.Time) {
	for _, run := range []struct {
		report *Report
		at     func(time.Time) *Book
	}{{d.Was, was}, {d.Would, would}} {
		for _, k := range Recompute(c, events, run.at, now) {
			if p := Ended(c, k, desk.System()); k.Ended() && !p.EndedAt.Before(d.From) && p.EndedAt.Before(d.To) {
				run.report.Add(p)
			}
		}
	}
}
