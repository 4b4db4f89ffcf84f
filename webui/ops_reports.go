package webui

import (
	"cmp"
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
	// PromiseFigures hands the promises of a query to take, in no order, with no more of each than the view needs.
	PromiseFigures(ctx context.Context, q sla.PromiseQuery, take func(sla.EndedPromise)) error
	// PromiseCustomers names the customers with most promises of a query, those with most first.
	PromiseCustomers(ctx context.Context, q sla.PromiseQuery, limit int) ([]desk.ContactID, error)
	// ContactNames are the names of those contacts that are there.
	ContactNames(ctx context.Context, ids []desk.ContactID) (map[desk.ContactID]string, error)
	// PromiseRows is one page of the promises behind a figure, newest first.
	PromiseRows(ctx context.Context, q sla.PromiseQuery, before desk.Keyset, limit int) ([]sla.EndedPromise, error)
}

func (s *Server) reportOps() {
	add(s, op{desk.RoleSupervisor, http.MethodGet, "/reports/promises", "getPromiseReport", "How promises about time ended, within my scope"}, s.getPromiseReport)
	add(s, op{desk.RoleSupervisor, http.MethodGet, "/reports/promises/file", "getPromiseReportFile", "The same as a sheet"}, s.getPromiseReportFile)
	add(s, op{desk.RoleSupervisor, http.MethodGet, "/reports/promises/rows", "listPromiseRows", "The promises behind one figure of it, newest first"}, s.listPromiseRows)
	s.sheetOps()
	s.mailedOps()
}

// ReportQuery says what is reported; exported, for huma fills embedded fields only then.
type ReportQuery struct {
	From    string `query:"from" required:"true" minLength:"10" maxLength:"10" doc:"the first day, as 2026-11-01"`
	To      string `query:"to" required:"true" minLength:"10" maxLength:"10" doc:"the last day, as 2026-11-30, itself included; 400 days at most"`
	Zone    string `query:"zone" default:"UTC" maxLength:"64" doc:"IANA time zone of the days"`
	By      string `query:"by" default:"day" enum:"day,queue,agent,tier,medium,policy,inbox,target,contact"`
	Contact string `query:"contact" maxLength:"64" doc:"of this customer alone"`
}

type reportFileQuery struct {
	ReportQuery
	Format string `query:"format" default:"csv" enum:"csv,xlsx"`
}

type reportRowsQuery struct {
	ReportQuery
	Paging
	Keyed   bool   `query:"keyed" doc:"only those of the key, which may be empty: nobody's"`
	Key     string `query:"key" maxLength:"100" doc:"a line's key"`
	Target  string `query:"target" maxLength:"40"`
	Outcome string `query:"outcome" enum:"met,late,cancelled,waived"`
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
	Waived    int       `json:"waived" doc:"let go by a supervisor, counted apart"`
	Kept      *float64  `json:"kept_pct,omitempty" doc:"met of met and late, per cent; absent when there was neither"`
	Calendar  Durations `json:"calendar" doc:"from start to end on the wall"`
	Business  Durations `json:"business" doc:"in the promise's own calendar, less pauses"`
}

// PromiseRow is one promise that ended, as it stood then. Whose conversation it was is said as long as the reader may see
// that: the promise was kept or broken in a queue of theirs, wherever it went afterwards.
type PromiseRow struct {
	Conversation string `json:"conversation"`
	Number       int64  `json:"number" doc:"0: it was erased since, or is not the reader's to see any more"`
	Contact      string `json:"contact"`
	Name         string `json:"name" doc:"the customer's, as it is now"`
	Medium       string `json:"medium"`
	Queue        string `json:"queue"`
	Agent        string `json:"agent"`
	Tier         string `json:"tier"`
	Target       string `json:"target"`
	Outcome      string `json:"outcome" enum:"met,late,cancelled,waived"`
	EndedAt      Time   `json:"ended_at"`
	Calendar     int64  `json:"calendar_s"`
	Business     int64  `json:"business_s"`
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
	r, err := s.promiseReport(ctx, in, viewing(ctx).scope)
	return &out[PromiseReport]{r}, err
}

// promiseQuery reads what is asked, within a scope. Errors: Invalid "field_wrong", "year_range"; Unavailable "store_down".
func (s *Server) promiseQuery(in *ReportQuery, scope desk.Scope) (q sla.PromiseQuery, zone *time.Location, err error) {
	from, to, err := daysIn(in.Zone, in.From, in.To, maxReportDays)
	if err != nil {
		return q, nil, err
	}
	if s.Reports == nil {
		return q, nil, refuse(desk.Unavailable, "store_down")
	}
	return sla.PromiseQuery{
		From: from, To: to.AddDate(0, 0, 1), By: in.By, AllQueues: scope.All, Queues: scope.Queues, Contact: desk.ContactID(in.Contact),
	}, from.Location(), nil
}

func (s *Server) promiseReport(ctx context.Context, in *ReportQuery, scope desk.Scope) (PromiseReport, error) {
	rep := PromiseReport{From: in.From, To: in.To, Zone: in.Zone, By: in.By, Items: []PromiseReportLine{}}
	q, zone, err := s.promiseQuery(in, scope)
	if err != nil {
		return rep, err
	}
	if in.By == "contact" { // a shop has more customers than a page has room
		if q.Contacts, err = s.Reports.PromiseCustomers(ctx, q, maxCustomers); err != nil {
			return rep, err
		}
	}
	sums := sla.NewTally(in.By, zone)
	if err := s.Reports.PromiseFigures(ctx, q, sums.Add); err != nil {
		return rep, err
	}
	lines := sums.Lines()
	names := map[desk.ContactID]string{}
	if in.By == "contact" {
		if names, err = s.Reports.ContactNames(ctx, q.Contacts); err != nil {
			return rep, err
		}
		place := map[string]int{}
		for i, id := range q.Contacts {
			place[string(id)] = i
		}
		slices.SortStableFunc(lines, func(a, b sla.ReportLine) int { return cmp.Compare(place[a.Key], place[b.Key]) })
	}
	for _, l := range lines {
		rep.Items = append(rep.Items, reportLine(l, s.nameOf(in.By, l.Key, names)))
	}
	return rep, nil
}

func reportLine(l sla.ReportLine, name string) PromiseReportLine {
	w := PromiseReportLine{
		Key: l.Key, Name: name, Target: string(l.Target), Met: l.Met, Late: l.Late, Cancelled: l.Cancelled, Waived: l.Waived,
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

// nameOf is what people call a key of a view, or the key itself; contacts are those of the report.
func (s *Server) nameOf(by, key string, contacts map[desk.ContactID]string) string {
	d := s.Dir()
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
	case "contact":
		if name, ok := contacts[desk.ContactID(key)]; ok {
			return name
		}
	}
	return key
}

// listPromiseRows answers one page of what is behind a figure. The figure counts each promise as it ended last in the
// whole period, and so do its rows, also those of one day.
func (s *Server) listPromiseRows(ctx context.Context, in *reportRowsQuery) (*out[Page[PromiseRow]], error) {
	q, zone, err := s.promiseQuery(&in.ReportQuery, viewing(ctx).scope)
	if err != nil {
		return nil, err
	}
	q.Keyed, q.Key, q.Target, q.Outcome = in.Keyed, in.Key, desk.Target(in.Target), in.Outcome
	if in.By == "day" && in.Keyed {
		day, err := time.ParseInLocation(time.DateOnly, in.Key, zone)
		if err != nil || day.Before(q.From) || !day.Before(q.To) {
			return nil, refuse(desk.Invalid, "field_wrong", "field", "key")
		}
		q.Until, q.From, q.To = q.To, day, day.AddDate(0, 0, 1)
	}
	var before desk.Keyset
	if err := s.sign.open("promises", in.Cursor, &before); err != nil {
		return nil, err
	}
	found, err := s.Reports.PromiseRows(ctx, q, before, in.Limit)
	if err != nil {
		return nil, err
	}
	page := Page[PromiseRow]{}
	if page.Items, err = s.promiseRows(ctx, viewing(ctx).scope, found); err != nil {
		return nil, err
	}
	if len(found) == in.Limit {
		last := found[len(found)-1]
		page.Next = s.sign.seal("promises", desk.Keyset{At: last.EndedAt, ID: last.Place()})
	}
	return &out[Page[PromiseRow]]{page}, nil
}

func (s *Server) promiseRows(ctx context.Context, scope desk.Scope, found []sla.EndedPromise) ([]PromiseRow, error) {
	rows, err := s.rowsWithin(ctx, scope, mapped(found, func(p sla.EndedPromise) desk.ConversationID { return p.Conversation }))
	if err != nil {
		return nil, err
	}
	return mapped(found, func(p sla.EndedPromise) PromiseRow {
		w := PromiseRow{
			Medium: string(p.Medium), Queue: string(p.Queue), Agent: string(p.Agent), Tier: string(p.Tier), Target: string(p.Target),
			Outcome: p.Outcome, EndedAt: at(p.EndedAt), Calendar: int64(p.Calendar / time.Second), Business: int64(p.Business / time.Second),
		}
		if r, ok := rows[p.Conversation]; ok {
			w.Conversation, w.Number, w.Contact, w.Name = string(r.ID), r.Number, string(p.Contact), r.ContactName
		}
		return w
	}), nil
}

type fileOut struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

func (s *Server) getPromiseReportFile(ctx context.Context, in *reportFileQuery) (*fileOut, error) {
	r, err := s.promiseReport(ctx, &in.ReportQuery, viewing(ctx).scope)
	if err != nil {
		return nil, err
	}
	return sheetFile("promises-"+r.From+"-"+r.To+"-by-"+in.By, in.Format, reportRows(r))
}

// reportRows are a report as a sheet's rows, the names of its columns first.
func reportRows(r PromiseReport) [][]any {
	rows := [][]any{{
		r.By, "name", "target", "met", "late", "cancelled", "waived", "kept_pct", "calendar_p50_s", "calendar_p90_s", "calendar_p95_s",
		"business_p50_s", "business_p90_s", "business_p95_s",
	}}
	for _, l := range r.Items {
		kept := any("")
		if l.Kept != nil {
			kept = *l.Kept
		}
		rows = append(rows, []any{
			l.Key, l.Name, l.Target, l.Met, l.Late, l.Cancelled, l.Waived, kept, l.Calendar.P50, l.Calendar.P90, l.Calendar.P95,
			l.Business.P50, l.Business.P90, l.Business.P95,
		})
	}
	return rows
}

// sheetFile is rows as a file to be kept: CSV or XLSX.
func sheetFile(name, format string, rows [][]any) (*fileOut, error) {
	var err error
	file := &fileOut{Disposition: mime.FormatMediaType("attachment", map[string]string{"filename": name + "." + format})}
	if format == "xlsx" {
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
