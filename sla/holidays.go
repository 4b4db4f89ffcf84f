package sla

import (
	"embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

//go:embed holidays/*.json
var published embed.FS

// List is a published list of holidays and worked holidays, year by year. Those of the program can be added to by a
// stored document of the same form: what it says of a year replaces what the program knows of it.
type List struct {
	ID    string     `json:"id" yaml:"id"`
	Name  string     `json:"name" yaml:"name"`
	Years []ListYear `json:"years" yaml:"years" nullable:"false"`
}

// ListYear is what one notice decreed. Dates may be single, "2026-05-09", or from/to, "2026-05-01/2026-05-05".
type ListYear struct {
	Year     int      `json:"year" yaml:"year"`
	Source   string   `json:"source" yaml:"source"` // the notice and its number
	Holidays []string `json:"holidays" yaml:"holidays" nullable:"false"`
	Workdays []string `json:"workdays" yaml:"workdays" nullable:"false"`

	holidays, workdays []date
}

// ReadList reads a list in the form of holidays/cn.json. The error names the field.
func ReadList(raw []byte) (List, error) {
	var l List
	if err := json.Unmarshal(raw, &l); err != nil {
		return List{}, fmt.Errorf("read holiday list: %w", err)
	}
	return l, l.spellOut()
}

// Validate reports the first mistake as a *FieldError, or nil.
func (l List) Validate() error {
	if l.ID == "" {
		return wrong("id", "is required")
	}
	return l.spellOut()
}

// spellOut reads the dates of each year, into years of its own: the program's lists are shared.
func (l *List) spellOut() error {
	l.Years = slices.Clone(l.Years)
	known := map[int]bool{}
	for i := range l.Years {
		y := &l.Years[i]
		field := fmt.Sprintf("years[%d]", i)
		if y.Year < 1900 || y.Year > 2200 || known[y.Year] {
			return wrong(field+".year", "%d is not a year from 1900 to 2200, or comes twice", y.Year)
		}
		known[y.Year] = true
		var err error
		if y.holidays, err = expand(field+".holidays", y.Holidays); err != nil {
			return err
		}
		if y.workdays, err = expand(field+".workdays", y.Workdays); err != nil {
			return err
		}
	}
	return nil
}

// With is the list with the years of another laid over its own, in the order of years; its name where it has one.
func (l List) With(other List) List {
	l.Years = slices.DeleteFunc(slices.Clone(l.Years), func(y ListYear) bool { return other.has(y.Year) })
	l.Years = append(l.Years, other.Years...)
	slices.SortFunc(l.Years, func(a, b ListYear) int { return a.Year - b.Year })
	if other.Name != "" {
		l.Name = other.Name
	}
	l.ID = other.ID
	return l
}

// allLists are the program's lists with the stored ones laid over.
func allLists(stored []List) map[string]List {
	out := maps.Clone(lists())
	for _, l := range stored {
		out[l.ID] = out[l.ID].With(l)
	}
	return out
}

func expand(field string, in []string) ([]date, error) {
	var out []date
	for i, s := range in {
		from, to, ranged := strings.Cut(s, "/")
		if !ranged {
			to = from
		}
		first, err := parseDate(from)
		if err != nil {
			return nil, wrong(fmt.Sprintf("%s[%d]", field, i), "%w", err)
		}
		last, err := parseDate(to)
		if err != nil {
			return nil, wrong(fmt.Sprintf("%s[%d]", field, i), "%w", err)
		}
		if last < first || last > first+366 {
			return nil, wrong(fmt.Sprintf("%s[%d]", field, i), "%q does not run from a date to a later one", s)
		}
		for d := first; d <= last; d++ {
			out = append(out, d)
		}
	}
	return out, nil
}

// lists are the embedded ones by id. They are part of the program: one that cannot be read is a fault at start.
var lists = sync.OnceValue(func() map[string]List {
	out := map[string]List{}
	files, err := published.ReadDir("holidays")
	if err != nil {
		panic(err)
	}
	for _, f := range files {
		raw, err := published.ReadFile("holidays/" + f.Name())
		if err != nil {
			panic(err)
		}
		l, err := ReadList(raw)
		if err != nil {
			panic(fmt.Errorf("%s: %w", f.Name(), err))
		}
		out[l.ID] = l
	}
	return out
})

// Lists are the holiday lists that come with the program, by id.
func Lists() map[string]List { return lists() }

func listOf(name string, known map[string]List) (List, error) {
	l, ok := known[name]
	if !ok {
		return List{}, fmt.Errorf("there is no holiday list %q", name)
	}
	return l, nil
}

// missing is a list the calendar follows that has no dates yet for a year that is here or near: this year's at any
// time, next year's from 1 December on; 0 when nothing is missing. Dates of that year entered by hand count as there.
func (c Calendar) missing(now time.Time, known map[string]List) (list string, year int) {
	loc, err := time.LoadLocation(c.TimeZone)
	if err != nil {
		return "", 0
	}
	y, m, _ := now.In(loc).Date()
	wanted := []int{y}
	if m == time.December {
		wanted = append(wanted, y+1)
	}
	for _, name := range c.Lists {
		for _, want := range wanted {
			if !known[name].has(want) && !c.mentions(want) {
				return name, want
			}
		}
	}
	return "", 0
}

// MissingList is a calendar that follows a list which says nothing of a year that is here or near.
type MissingList struct {
	Calendar, Name string // id and name of the calendar
	List           string
	Year           int
}

// Missing lists the calendars whose holidays are not known: this year's at any time, next year's from 1 December on.
func (b *Book) Missing(now time.Time) []MissingList {
	var out []MissingList
	for _, c := range b.calendars {
		if list, year := c.missing(now, b.lists); year > 0 {
			out = append(out, MissingList{Calendar: c.ID, Name: c.Name, List: list, Year: year})
		}
	}
	return out
}

func (l List) has(year int) bool {
	for _, y := range l.Years {
		if y.Year == year {
			return true
		}
	}
	return false
}

func (c Calendar) mentions(year int) bool {
	for _, d := range c.Holidays {
		if strings.HasPrefix(d, strconv.Itoa(year)+"-") {
			return true
		}
	}
	return false
}
