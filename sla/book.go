package sla

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"
	"sync/atomic"
	"time"

	"yingda/desk"
)

// Book is all policies and calendars as they stood at one moment. It never changes.
type Book struct {
	policies  []Policy // in the order they are tried
	calendars []Calendar
	schedules map[string]*Schedule
	lists     map[string]List // the program's and the stored ones
}

// NewBook checks the documents and puts them together; stored are holiday lists beside the program's own. The error is
// a *FieldError under "policy <id>", "calendar <id>" or "holidays <id>".
func NewBook(policies []Policy, calendars []Calendar, stored ...List) (*Book, error) {
	b := &Book{policies: slices.Clone(policies), calendars: slices.Clone(calendars), schedules: make(map[string]*Schedule, len(calendars))}
	stored = slices.Clone(stored)
	for i := range stored {
		if err := stored[i].spellOut(); err != nil {
			return nil, fmt.Errorf("holidays %s: %w", stored[i].ID, err)
		}
	}
	b.lists = allLists(stored)
	slices.SortFunc(b.calendars, func(x, y Calendar) int { return strings.Compare(x.ID, y.ID) })
	for _, c := range calendars {
		if err := c.validate(b.lists); err != nil {
			return nil, fmt.Errorf("calendar %s: %w", c.ID, err)
		}
		s, err := newSchedule(c, b.lists)
		if err != nil {
			return nil, fmt.Errorf("calendar %s: %w", c.ID, err)
		}
		b.schedules[c.ID] = s
	}
	for _, p := range policies {
		if err := errors.Join(p.Validate(), b.calendarsOf(p)); err != nil {
			return nil, fmt.Errorf("policy %s: %w", p.ID, err)
		}
	}
	sort.SliceStable(b.policies, func(i, j int) bool {
		x, y := b.policies[i], b.policies[j]
		return x.Order < y.Order || x.Order == y.Order && x.ID < y.ID
	})
	return b, nil
}

// calendarsOf reports a calendar the policy names and the book has not.
func (b *Book) calendarsOf(p Policy) error {
	missing := func(id string) bool { return id != "" && b.schedules[id] == nil }
	for i, line := range p.Targets {
		if missing(line.Calendar) {
			return wrong(fmt.Sprintf("targets[%d].calendar", i), "there is no calendar %q", line.Calendar)
		}
	}
	if missing(p.NoticesIn) {
		return wrong("notices_in", "there is no calendar %q", p.NoticesIn)
	}
	if missing(p.PromiseMail) {
		return wrong("promise_mail", "there is no calendar %q", p.PromiseMail)
	}
	return nil
}

// Defaults is the book of a new installation.
func Defaults() *Book {
	b, err := NewBook(DefaultPolicies(), []Calendar{DefaultCalendar()})
	if err != nil {
		panic(err) // the documents are part of the program
	}
	return b
}

// DefaultSettings are the documents of a new installation, to be stored at the first start.
func DefaultSettings() ([]desk.Setting, error) {
	var out []desk.Setting
	add := func(kind desk.SettingKind, id string, doc any) error {
		raw, err := json.Marshal(doc)
		out = append(out, desk.Setting{Kind: kind, ID: id, Doc: raw})
		return err
	}
	c := DefaultCalendar()
	err := add(desk.SettingCalendar, c.ID, c)
	for _, p := range DefaultPolicies() {
		err = errors.Join(err, add(desk.SettingPolicy, p.ID, p))
	}
	return out, err
}

// Kinds are the settings a book is made of.
var Kinds = []desk.SettingKind{desk.SettingPolicy, desk.SettingCalendar, desk.SettingHolidays}

// ReadBook makes a book of stored documents; kinds that are not among [Kinds], and deleted ones, are passed over.
func ReadBook(settings []desk.Setting) (*Book, error) {
	var policies []Policy
	var calendars []Calendar
	var stored []List
	for _, s := range settings {
		var err error
		switch {
		case s.Deleted:
		case s.Kind == desk.SettingPolicy:
			var p Policy
			err = read(s, &p)
			p.version = s.Version
			policies = append(policies, p)
		case s.Kind == desk.SettingCalendar:
			var c Calendar
			err = read(s, &c)
			calendars = append(calendars, c)
		case s.Kind == desk.SettingHolidays:
			var l List
			err = read(s, &l)
			stored = append(stored, l)
		}
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", s.Kind, s.ID, err)
		}
	}
	return NewBook(policies, calendars, stored...)
}

// read takes a document with known fields only; its id must be the setting's.
func read(s desk.Setting, into any) error {
	d := json.NewDecoder(bytes.NewReader(s.Doc))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return &FieldError{Field: fieldOf(err), Err: err}
	}
	id := ""
	switch doc := into.(type) {
	case *Policy:
		id = doc.ID
	case *Calendar:
		id = doc.ID
	case *List:
		id = doc.ID
	}
	if id != s.ID {
		return wrong("id", "%q is not the id it is stored under, %q", id, s.ID)
	}
	return nil
}

func fieldOf(err error) string {
	var t *json.UnmarshalTypeError
	if errors.As(err, &t) && t.Field != "" {
		return t.Field
	}
	if _, name, ok := strings.Cut(err.Error(), "unknown field "); ok {
		return strings.Trim(name, `"`)
	}
	return "document"
}

// Check is a [desk.SettingCheck] for policies, calendars and holiday lists as they would stand beside the others in
// force: it refuses with what [Refusal] makes of a mistake, and what is deleted while in use with Conflict
// "calendar_in_use" (policy) or "holidays_in_use" (calendar).
func (p *Promises) Check(_ context.Context, s desk.Setting) error {
	b := p.Book()
	switch s.Kind {
	case desk.SettingPolicy:
		if s.Deleted {
			return nil
		}
		var doc Policy
		return Refusal(errors.Join(read(s, &doc), doc.Validate(), b.calendarsOf(doc)))
	case desk.SettingCalendar:
		if s.Deleted {
			return b.unused(s.ID)
		}
		var doc Calendar
		if err := read(s, &doc); err != nil {
			return Refusal(err)
		}
		return Refusal(doc.validate(b.lists))
	case desk.SettingHolidays:
		if s.Deleted {
			return errors.Join(b.unfollowed(s.ID), Refusal(b.without(s.ID)))
		}
		var doc List
		if err := errors.Join(read(s, &doc), doc.spellOut()); err != nil {
			return Refusal(err)
		}
		return Refusal(b.follows(doc.ID, lists()[doc.ID].With(doc)))
	default:
		return nil
	}
}

// follows reports a calendar that follows the list and would not be valid with its new dates.
func (b *Book) follows(id string, l List) error {
	known := maps.Clone(b.lists)
	known[id] = l
	for _, c := range b.calendars {
		if !slices.Contains(c.Lists, id) {
			continue
		}
		if err := c.validate(known); err != nil {
			return wrong("years", "calendar %q could not follow it: %w", c.Name, err)
		}
	}
	return nil
}

// without reports a calendar that would not be valid with the program's own list of that id again.
func (b *Book) without(id string) error {
	if ours, ok := lists()[id]; ok {
		return b.follows(id, ours)
	}
	return nil
}

// unfollowed refuses to delete a list some calendar follows and the program does not have itself.
func (b *Book) unfollowed(list string) error {
	if _, ours := lists()[list]; ours {
		return nil
	}
	for _, c := range b.calendars {
		if slices.Contains(c.Lists, list) {
			return desk.Refuse(desk.Conflict, "holidays_in_use", "calendar", c.Name)
		}
	}
	return nil
}

func (b *Book) unused(calendar string) error {
	for _, p := range b.policies {
		uses := func(line Promise) bool { return line.Calendar == calendar }
		if p.NoticesIn == calendar || p.PromiseMail == calendar || slices.ContainsFunc(p.Targets, uses) {
			return desk.Refuse(desk.Conflict, "calendar_in_use", "policy", p.Name)
		}
	}
	return nil
}

// Refusal is a mistake in a document as whoever sent it is told: Invalid "setting_invalid" (field, detail) or
// "locale_unknown" (field). Other errors stay as they are.
func Refusal(err error) error {
	var f *FieldError
	var l languageError
	switch {
	case errors.As(err, &f) && errors.As(f.Err, &l):
		return desk.RefuseLanguage(f.Field)
	case f != nil:
		return desk.Refuse(desk.Invalid, "setting_invalid", "field", f.Field, "detail", f.Err.Error())
	}
	return err
}

// Schedule is the calendar of that id, or nil.
func (b *Book) Schedule(id string) *Schedule { return b.schedules[id] }

// term is a promise as it holds for one conversation.
type term struct {
	policy   *Policy
	calendar string
	budget   time.Duration
}

// bind lets the term's promise hold for a clock.
func (t term) bind(k *desk.Clock) {
	k.Policy, k.PolicyVersion, k.Calendar = t.policy.ID, t.policy.version, t.calendar
	k.Budget, k.Warnings = t.budget, t.policy.warnings()
}

// policyFor is the first policy that fits, or nil.
func (b *Book) policyFor(v view) *Policy {
	for i := range b.policies {
		if p := &b.policies[i]; !p.Disabled && p.When.fit(v) {
			return p
		}
	}
	return nil
}

func (b *Book) term(t desk.Target, v view) (term, bool) {
	p := b.policyFor(v)
	if p == nil {
		return term{}, false
	}
	line, ok := p.promise(t, v)
	return term{policy: p, calendar: line.Calendar, budget: time.Duration(line.Within) * time.Second}, ok
}

func (b *Book) policy(id string) *Policy {
	for i := range b.policies {
		if b.policies[i].ID == id {
			return &b.policies[i]
		}
	}
	return nil
}

// Promises answers [desk.Promises] from the book in force, which Use swaps as one. It is safe for all goroutines.
type Promises struct{ book atomic.Pointer[Book] }

// NewPromises starts with b; nil is Defaults().
func NewPromises(b *Book) *Promises {
	if b == nil {
		b = Defaults()
	}
	p := &Promises{}
	p.Use(b)
	return p
}

// Use puts another book in force from now on.
func (p *Promises) Use(b *Book) { p.book.Store(b) }

// TwoToWaive implements [desk.Promises] with the book in force.
func (p *Promises) TwoToWaive(k desk.Clock) bool { return p.Book().TwoToWaive(k) }

// Book is the one in force.
func (p *Promises) Book() *Book { return p.book.Load() }

// Advance implements [desk.Promises] with the book in force.
func (p *Promises) Advance(c desk.Conversation, clocks []desk.Clock, facts []desk.Fact, now time.Time) []desk.Clock {
	return p.Book().Advance(c, clocks, facts, now)
}
