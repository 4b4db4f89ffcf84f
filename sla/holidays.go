package sla

import (
	"embed"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
)

//go:embed holidays/*.json
var published embed.FS

// List is a published list of holidays and worked holidays, year by year. Next year's can be imported as a file of
// the same form (see ReadList) and put into a calendar's own holidays and workdays.
type List struct {
	ID    string     `json:"id"`
	Name  string     `json:"name"`
	Years []ListYear `json:"years"`
}

// ListYear is what one notice decreed. Dates may be single, "2026-05-09", or from/to, "2026-05-01/2026-05-05".
type ListYear struct {
	Year     int      `json:"year"`
	Source   string   `json:"source"` // the notice and its number
	Holidays []string `json:"holidays"`
	Workdays []string `json:"workdays"`

	holidays, workdays []date
}

// ReadList reads a list in the form of holidays/cn.json. The error names the field.
func ReadList(raw []byte) (List, error) {
	var l List
	if err := json.Unmarshal(raw, &l); err != nil {
		return List{}, fmt.Errorf("read holiday list: %w", err)
	}
	for i := range l.Years {
		y := &l.Years[i]
		var err error
		if y.holidays, err = expand(fmt.Sprintf("years[%d].holidays", i), y.Holidays); err != nil {
			return List{}, err
		}
		if y.workdays, err = expand(fmt.Sprintf("years[%d].workdays", i), y.Workdays); err != nil {
			return List{}, err
		}
	}
	return l, nil
}

// Dates are the list's holidays and workdays of a year, each spelled out, as a calendar writes them.
func (y ListYear) Dates() (holidays, workdays []string) {
	return spell(y.holidays), spell(y.workdays)
}

func spell(in []date) []string {
	out := make([]string, len(in))
	for i, d := range in {
		out[i] = d.String()
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

func holidayList(name string) (List, error) {
	l, ok := lists()[name]
	if !ok {
		return List{}, fmt.Errorf("%q is not a holiday list of this program", name)
	}
	return l, nil
}

// MissingYear is the year for which a list the calendar follows has no dates yet: this year's at any time, next
// year's from 1 December on; 0 when nothing is missing. Dates of that year entered by hand count as there.
func (c Calendar) MissingYear(now time.Time) int {
	loc, err := time.LoadLocation(c.TimeZone)
	if err != nil {
		return 0
	}
	y, m, _ := now.In(loc).Date()
	wanted := []int{y}
	if m == time.December {
		wanted = append(wanted, y+1)
	}
	for _, name := range c.Lists {
		for _, want := range wanted {
			if !lists()[name].has(want) && !c.mentions(want) {
				return want
			}
		}
	}
	return 0
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
