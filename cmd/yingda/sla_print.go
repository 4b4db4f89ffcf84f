package main

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"yingda/sla"
)

// statement is the answer of due and between; Target is "" for between.
type statement struct {
	Start, Due time.Time
	Target     string
}

// print writes the answer as people read it, or as JSON.
func (r *reckoning) print(out io.Writer, s statement, counted []sla.Counted) error {
	var open time.Duration
	if n := len(counted); n > 0 {
		open = counted[n-1].Sum
	}
	if r.json {
		return r.printJSON(out, s, open, counted)
	}
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	if s.Target != "" {
		fmt.Fprintf(t, "due\t%s\t%s\n", r.face(s.Due), s.Due.Format(time.RFC3339Nano))
		fmt.Fprintf(t, "start\t%s\t%s\n", r.face(s.Start), s.Start.Format(time.RFC3339Nano))
		fmt.Fprintf(t, "target\t%s\t\n", s.Target)
	} else {
		fmt.Fprintf(t, "open\t%s\t%s s\n", open, jsonSeconds(open))
		fmt.Fprintf(t, "from\t%s\t%s\n", r.face(s.Start), s.Start.Format(time.RFC3339Nano))
		fmt.Fprintf(t, "to\t%s\t%s\n", r.face(s.Due), s.Due.Format(time.RFC3339Nano))
	}
	for _, h := range r.holes {
		fmt.Fprintf(t, "pause\t%s\tuntil %s\n", r.face(h.Start), r.face(h.End))
	}
	if r.explain {
		fmt.Fprintf(t, "\ncounted\tuntil\topen\tsum\n")
		for _, c := range counted {
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", r.face(c.Start), r.face(c.End), c.Open, c.Sum)
		}
	}
	return t.Flush()
}

// face is a moment on the calendar's wall.
func (r *reckoning) face(t time.Time) string {
	return t.In(r.schedule.Location()).Format("Mon 2006-01-02 15:04:05.999999999 -07:00")
}

// jsonSeconds is a whole number where it is one.
func jsonSeconds(d time.Duration) json.Number {
	if d%time.Second == 0 {
		return json.Number(fmt.Sprint(int64(d / time.Second)))
	}
	return json.Number(fmt.Sprint(d.Seconds()))
}

type (
	intervalOut struct {
		From time.Time   `json:"from"`
		To   time.Time   `json:"to"`
		Open json.Number `json:"open_s"`
		Sum  json.Number `json:"sum_s"`
	}
	pauseOut struct {
		From time.Time `json:"from"`
		To   time.Time `json:"to"`
	}
	statementOut struct {
		Due       *time.Time    `json:"due,omitempty"`
		Start     *time.Time    `json:"start,omitempty"`
		Target    string        `json:"target,omitempty"`
		From      *time.Time    `json:"from,omitempty"`
		To        *time.Time    `json:"to,omitempty"`
		Open      json.Number   `json:"open_s"`
		TimeZone  string        `json:"time_zone"`
		Pauses    []pauseOut    `json:"pauses"`
		Intervals []intervalOut `json:"intervals,omitempty"`
	}
)

// printJSON writes one object; the intervals are there with --explain only.
func (r *reckoning) printJSON(out io.Writer, s statement, open time.Duration, counted []sla.Counted) error {
	doc := statementOut{Target: s.Target, Open: jsonSeconds(open), TimeZone: r.schedule.Location().String(), Pauses: []pauseOut{}}
	if s.Target != "" {
		doc.Due, doc.Start = &s.Due, &s.Start
	} else {
		doc.From, doc.To = &s.Start, &s.Due
	}
	for _, h := range r.holes {
		doc.Pauses = append(doc.Pauses, pauseOut{h.Start, h.End})
	}
	if r.explain {
		for _, c := range counted {
			doc.Intervals = append(doc.Intervals, intervalOut{c.Start, c.End, jsonSeconds(c.Open), jsonSeconds(c.Sum)})
		}
	}
	return writeJSON(out, doc)
}
