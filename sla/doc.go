// Package sla keeps promises about time: policies, business hours, clocks, warnings and breaches.
//
// It owns which promise holds for a conversation, when it is due and what starts, pauses, meets or cancels it. It
// promises that every clock can be computed again from the facts to the same millisecond, that business time is exact
// over nights, holidays, worked holidays (调休) and changes of the clocks, and that a warning or a breach is
// announced once and within a second. It never reads the wall clock in its rules, never writes SQL and never sends
// anything: it answers [desk.Promises] and tells the desk what has become late.
//
// # Where things are
//
//	calendar.go   the document people edit: hours, shifts, breaks, holidays, workdays, zone
//	schedule.go   a calendar made ready to count with: Add, Subtract, Between, Open, Next
//	year.go       one year of open time, laid out once and searched after
//	account.go    which intervals were counted, with pauses
//	batch.go      questions about business time as JSON lines
//	zone.go       wall time to instant, in gaps and folds
//	holidays.go   published lists: China's State Council, imported files
//	sum.go        the targets that add up time, and the word in between
//	waiver.go     promises that were let go
//	conditions.go whom a policy is for
//	policy.go     which targets hold: ordered policies, the first that fits wins
//	book.go       policies and calendars together, swapped as one
//	table.go      what each fact does to each clock: the table of docs/sla.md
//	clock.go      Advance, which applies the table
//	recompute.go  all clocks of a conversation from its facts
//	why.go        the history of its clocks, each turn with its cause
//	dryrun.go     past days counted by other policies
//	report.go     how promises ended: sums and percentiles, in any view
//	ical.go       lists of holidays out of iCalendar files
//	lunar.go      dates of the Chinese calendar, 1900 to 2100; nothing asks for them yet, they are for later calendars
//	ledger.go     which policies and calendars were in force when
//	ticker.go     the loop that notices warnings and breaches
//
// # Life of a clock
//
//	          ┌────── pause ─────▶ paused ──┐
//	start ─▶ running ◀──── resume ──────────┘
//	          │   └─ due passes: breached, and still running
//	          └─▶ met | cancelled
package sla
