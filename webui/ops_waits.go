package webui

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"yingda/desk"
	"yingda/router"
)

// WaitsTold is where it is kept what waiting customers were told, and what came.
type WaitsTold interface {
	// Waits hands every wait that began from a moment until before another to take, the earliest first.
	Waits(ctx context.Context, from, to time.Time, take func(desk.WaitForecast)) error
}

func (s *Server) waitOps() {
	add(s, op{desk.RoleSupervisor, http.MethodGet, "/reports/waits", "getWaitReport", "How far what waiting customers were told was from what came, today and yesterday, within my scope"}, s.getWaitReport)
}

// WaitQuery names the days.
type WaitQuery struct {
	Zone string `query:"zone" default:"UTC" maxLength:"64" doc:"IANA time zone of the days"`
}

// WaitReport is how good forecasts were. A wait counts on the day it began.
type WaitReport struct {
	Today    string     `json:"today" doc:"as 2026-11-22, in the zone"`
	Zone     string     `json:"zone"`
	Promised float64    `json:"promised_pct" doc:"the share of waits that is promised to end inside the range"`
	Enough   int        `json:"enough_judged" doc:"how many must be judged before their share says whether the promise holds"`
	Items    []WaitLine `json:"items"`
}

// WaitLine is one queue and medium.
type WaitLine struct {
	Queue     string      `json:"queue"`
	Name      string      `json:"name"`
	Medium    string      `json:"medium" enum:"email,chat,voice"`
	Today     WaitFigures `json:"today"`
	Yesterday WaitFigures `json:"yesterday"`
}

// WaitFigures are a day's forecasts. One who left before the range was over proves nothing and is not judged.
type WaitFigures struct {
	Waits   int      `json:"waits" doc:"that were told a range, or would have been"`
	Hidden  int      `json:"hidden" doc:"of these not shown, for ranges were wrong too often"`
	Left    int      `json:"left" doc:"customers who left before anybody came"`
	Judged  int      `json:"judged"`
	Inside  *float64 `json:"inside_pct,omitempty" doc:"of those judged, per cent; absent when there are none"`
	Sooner  int      `json:"sooner" doc:"ended before the range"`
	Later   int      `json:"later" doc:"ended after it"`
	Off     *int64   `json:"off_s,omitempty" doc:"mean distance from the middle of the range to what came, seconds; absent when none was taken"`
	Took    *int64   `json:"took_s,omitempty" doc:"mean wait of those taken, seconds"`
	off     time.Duration
	took    time.Duration
	taken   int
	insides int
}

func (f *WaitFigures) add(w *desk.WaitForecast) {
	f.Waits++
	if !w.Shown {
		f.Hidden++
	}
	if !w.Taken {
		f.Left++
	} else {
		f.taken++
		f.off, f.took = f.off+w.Off(), f.took+w.Took
	}
	if !w.Judged() {
		return
	}
	f.Judged++
	switch {
	case w.Inside():
		f.insides++
	case w.Took < w.Low:
		f.Sooner++
	default:
		f.Later++
	}
}

func (f *WaitFigures) finish() {
	if f.Judged > 0 {
		share := float64(f.insides) * 100 / float64(f.Judged)
		f.Inside = &share
	}
	if f.taken > 0 {
		off, took := int64((f.off / time.Duration(f.taken)).Seconds()), int64((f.took / time.Duration(f.taken)).Seconds())
		f.Off, f.Took = &off, &took
	}
}

func (s *Server) getWaitReport(ctx context.Context, in *WaitQuery) (*out[WaitReport], error) {
	zone, err := zoneOf(in.Zone)
	if err != nil {
		return nil, err
	}
	now := s.Now().In(zone)
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, zone)
	scope := viewing(ctx).scope
	lines := map[[2]string]*WaitLine{}
	err = s.WaitsTold.Waits(ctx, today.AddDate(0, 0, -1), today.AddDate(0, 0, 1), func(w desk.WaitForecast) {
		if !scope.HasQueue(w.Queue) {
			return
		}
		k := [2]string{string(w.Queue), string(w.Medium)}
		l := lines[k]
		if l == nil {
			l = &WaitLine{Queue: k[0], Name: s.queueName(w.Queue), Medium: k[1]}
			lines[k] = l
		}
		if w.At.Before(today) {
			l.Yesterday.add(&w)
		} else {
			l.Today.add(&w)
		}
	})
	if err != nil {
		return nil, err
	}
	rep := WaitReport{Today: today.Format(time.DateOnly), Zone: in.Zone, Promised: router.WaitShare * 100, Enough: router.WaitEnough, Items: []WaitLine{}}
	for _, l := range lines {
		l.Today.finish()
		l.Yesterday.finish()
		rep.Items = append(rep.Items, *l)
	}
	slices.SortFunc(rep.Items, func(a, b WaitLine) int {
		return strings.Compare(a.Name+"\x00"+a.Queue+"\x00"+a.Medium, b.Name+"\x00"+b.Queue+"\x00"+b.Medium)
	})
	return &out[WaitReport]{rep}, nil
}

func (s *Server) queueName(id desk.QueueID) string {
	q, _ := s.Dir().Queue(id)
	return q.Name
}
