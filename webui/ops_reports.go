package webui

import (
	"context"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"time"

	"yingda/desk"
	"yingda/sla"
)

// Reports are where the numbers of past days come from.
type Reports interface {
	// Promises hands every promise that ended from a moment until before another to take, the earliest first.
	Promises(ctx context.Context, from, to time.Time, take func(sla.EndedPromise)) error
}

func (s *Server) reportOps() {
	add(s, op{desk.RoleSupervisor, http.MethodGet, "/reports/promises", "getPromiseReport", "How promises about time ended, within my scope"}, s.getPromiseReport)
	add(s, op{desk.RoleSupervisor, http.MethodGet, "/reports/promises/file", "getPromiseReportFile", "The same as a sheet"}, s.getPromiseReportFile)
}

// ReportQuery says what is reported; exported, for huma fills embedded fields only then.
type ReportQuery struct {
	From string `query:"from" required:"true" minLength:"10" maxLength:"10" doc:"the first day, as 2026-11-01"`
	To   string `query:"to" required:"true" minLength:"10" maxLength:"10" doc:"the last day, as 2026-11-30, itself included; 400 days at most"`
	Zone string `query:"zone" default:"UTC" maxLength:"64" doc:"IANA time zone of the days"`
	By   string `query:"by" default:"day" enum:"day,queue,agent,tier,medium,policy,inbox,target"`
}

type reportFileQuery struct {
	ReportQuery
	Format string `query:"format" default:"csv" enum:"csv,xlsx"`
}

// PromiseReport is how promises ended in a period: counted on the day they ended, so a closed period never changes.
type PromiseReport struct {
	From  string              `json:"from"`
	To    string              `json:"to"`
	Zone  string              `json:"zone"`
	By    string              `json:"by"`
	Items []PromiseReportLine `json:"items"`
}

// PromiseReportLine is the promises of one key and target. Durations are of those met and late.
type PromiseReportLine struct {
	Key       string    `json:"key" doc:"a day, an id or a word; empty: none"`
	Name      string    `json:"name" doc:"what people call it"`
	Target    string    `json:"target"`
	Met       int       `json:"met"`
	Late      int       `json:"late"`
	Cancelled int       `json:"cancelled" doc:"fell away, counted apart"`
	Kept      *float64  `json:"kept_pct,omitempty" doc:"met of met and late, per cent; absent when there was neither"`
	Calendar  Durations `json:"calendar" doc:"from start to end on the wall"`
	Business  Durations `json:"business" doc:"in the promise's own calendar, less pauses"`
}

// Durations are seconds that 50, 90 and 95 of a hundred did not exceed.
type Durations struct {
	P50 int64 `json:"p50_s"`
	P90 int64 `json:"p90_s"`
	P95 int64 `json:"p95_s"`
}

// maxReportDays bounds a report: its first and last day counted.
const maxReportDays = 400

func (s *Server) getPromiseReport(ctx context.Context, in *ReportQuery) (*out[PromiseReport], error) {
	r, err := s.promiseReport(ctx, in)
	return &out[PromiseReport]{r}, err
}

func (s *Server) promiseReport(ctx context.Context, in *ReportQuery) (PromiseReport, error) {
	rep := PromiseReport{From: in.From, To: in.To, Zone: in.Zone, By: in.By, Items: []PromiseReportLine{}}
	zone, err := time.LoadLocation(in.Zone)
	if err != nil || in.Zone == "Local" {
		return rep, refuse(desk.Invalid, "field_wrong", "field", "zone")
	}
	from, err := time.ParseInLocation(time.DateOnly, in.From, zone)
	if err != nil {
		return rep, refuse(desk.Invalid, "field_wrong", "field", "from")
	}
	to, err := time.ParseInLocation(time.DateOnly, in.To, zone)
	if err != nil || to.Before(from) || !to.Before(from.AddDate(0, 0, maxReportDays)) {
		return rep, refuse(desk.Invalid, "field_wrong", "field", "to")
	}
	if s.Reports == nil {
		return rep, refuse(desk.Unavailable, "store_down")
	}
	scope := viewing(ctx).scope
	sums := sla.NewReport()
	err = s.Reports.Promises(ctx, from, to.AddDate(0, 0, 1), func(p sla.EndedPromise) {
		if scope.All || slices.Contains(scope.Queues, p.Queue) {
			sums.Add(p)
		}
	})
	if err != nil {
		return rep, err
	}
	d := s.Dir()
	for _, l := range sums.By(in.By, zone) {
		rep.Items = append(rep.Items, reportLine(l, nameOf(d, in.By, l.Key)))
	}
	return rep, nil
}

func reportLine(l sla.ReportLine, name string) PromiseReportLine {
	w := PromiseReportLine{
		Key: l.Key, Name: name, Target: string(l.Target), Met: l.Met, Late: l.Late, Cancelled: l.Cancelled,
		Calendar: durations(l.Calendar), Business: durations(l.Business),
	}
	if kept, ok := l.Kept(); ok {
		w.Kept = &kept
	}
	return w
}

func durations(q sla.Quantiles) Durations {
	return Durations{int64(q.P50 / time.Second), int64(q.P90 / time.Second), int64(q.P95 / time.Second)}
}

func nameOf(d desk.Directory, by, key string) string {
	switch by {
	case "queue":
		if q, ok := d.Queue(desk.QueueID(key)); ok {
			return q.Name
		}
	case "agent":
		if a, ok := d.Agent(desk.AgentID(key)); ok {
			return a.Name
		}
	case "inbox":
		if i, ok := d.Inbox(desk.InboxID(key)); ok {
			return i.Name
		}
	}
	return key
}

type fileOut struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

func (s *Server) getPromiseReportFile(ctx context.Context, in *reportFileQuery) (*fileOut, error) {
	r, err := s.promiseReport(ctx, &in.ReportQuery)
	if err != nil {
		return nil, err
	}
	rows := [][]any{{
		in.By, "name", "target", "met", "late", "cancelled", "kept_pct", "calendar_p50_s", "calendar_p90_s", "calendar_p95_s",
		"business_p50_s", "business_p90_s", "business_p95_s",
	}}
	for _, l := range r.Items {
		kept := any("")
		if l.Kept != nil {
			kept = *l.Kept
		}
		rows = append(rows, []any{
			l.Key, l.Name, l.Target, l.Met, l.Late, l.Cancelled, kept, l.Calendar.P50, l.Calendar.P90, l.Calendar.P95,
			l.Business.P50, l.Business.P90, l.Business.P95,
		})
	}
	name := "promises-" + r.From + "-" + r.To + "-by-" + in.By + "." + in.Format
	file := &fileOut{Disposition: mime.FormatMediaType("attachment", map[string]string{"filename": name})}
	if in.Format == "xlsx" {
		file.ContentType = xlsxType
		file.Body, err = xlsx(rows)
	} else {
		file.ContentType = "text/csv; charset=utf-8"
		file.Body, err = csvSheet(rows)
	}
	return file, err
}

// cellText is how a cell reads.
func cellText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case int:
		return strconv.Itoa(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'f', 2, 64)
	}
	return ""
}
