package webui

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"yingda/desk"
	"yingda/internal/words"
)

func (s *Server) sheetOps() {
	add(s, op{desk.RoleSupervisor, http.MethodGet, "/reports/customers/{id}", "getCustomerSheet", "A customer's month: what we promised and how it came out, fit to be sent to them"}, s.getCustomerSheet)
	add(s, op{desk.RoleSupervisor, http.MethodGet, "/reports/customers/{id}/file", "getCustomerSheetFile", "The same as a sheet"}, s.getCustomerSheetFile)
}

// maxCustomers bounds a report by customer: those with most promises.
const maxCustomers = 200

// SheetQuery names a customer's month.
type SheetQuery struct {
	ByID
	Month string `query:"month" required:"true" pattern:"^[0-9]{4}-[0-9]{2}$" doc:"as 2026-11"`
	Zone  string `query:"zone" default:"UTC" maxLength:"64"`
}

type sheetFileQuery struct {
	SheetQuery
	Format string `query:"format" default:"xlsx" enum:"csv,xlsx"`
	Locale string `query:"locale" default:"zh-CN" enum:"zh-CN,en" doc:"of the headings"`
}

// SheetRow is one promise to the customer.
type SheetRow struct {
	Conversation string `json:"conversation" doc:"empty: it was erased since, or is not the reader's to see any more"`
	Number       int64  `json:"number" doc:"0 likewise"`
	Medium       string `json:"medium"`
	Target       string `json:"target"`
	Outcome      string `json:"outcome" enum:"met,late,cancelled,waived"`
	EndedAt      Time   `json:"ended_at"`
	Calendar     int64  `json:"calendar_s"`
	Business     int64  `json:"business_s"`
}

// CustomerSheet is a customer's month. It names no queue, policy or figure of other customers: it is made to leave the
// house.
type CustomerSheet struct {
	Contact ContactRef          `json:"contact"`
	Month   string              `json:"month"`
	Zone    string              `json:"zone"`
	Totals  []PromiseReportLine `json:"totals" doc:"by target"`
	Days    []PromiseReportLine `json:"days" doc:"by day and target"`
	Rows    []SheetRow          `json:"rows" doc:"each promise, latest first, at most 500"`
	More    bool                `json:"more" doc:"there are more rows than are listed"`
}

// maxSheetRows bounds the promises a customer's sheet lists one by one.
const maxSheetRows = 500

func (s *Server) getCustomerSheet(ctx context.Context, in *SheetQuery) (*out[CustomerSheet], error) {
	sheet, err := s.customerSheet(ctx, in)
	return &out[CustomerSheet]{sheet}, err
}

func (s *Server) customerSheet(ctx context.Context, in *SheetQuery) (CustomerSheet, error) {
	first, err := dateIn(time.UTC, monthOnly, in.Month, "month")
	if err != nil {
		return CustomerSheet{}, err
	}
	c, err := s.People.Contact(ctx, desk.ContactID(in.ID))
	if desk.CodeOf(err) == desk.NotFound {
		return CustomerSheet{}, notYours()
	}
	if err != nil {
		return CustomerSheet{}, err
	}
	scope := viewing(ctx).scope
	ask := ReportQuery{From: first.Format(time.DateOnly), To: first.AddDate(0, 1, -1).Format(time.DateOnly), Zone: in.Zone, Contact: in.ID}
	sheet := CustomerSheet{
		Contact: ContactRef{ID: string(c.ID), Name: c.Name, Company: c.Company, Tier: string(c.Tier)}, Month: in.Month, Zone: in.Zone,
		Rows: []SheetRow{},
	}
	for by, into := range map[string]*[]PromiseReportLine{"target": &sheet.Totals, "day": &sheet.Days} {
		ask.By = by
		r, err := s.promiseReport(ctx, &ask, scope)
		if err != nil {
			return sheet, err
		}
		*into = r.Items
	}
	q, _, err := s.promiseQuery(&ask, scope)
	if err != nil {
		return sheet, err
	}
	for before := (desk.Keyset{}); ; {
		found, err := s.Reports.PromiseRows(ctx, q, before, desk.PageMost)
		if err != nil || len(found) == 0 {
			return sheet, err
		}
		if len(sheet.Rows) >= maxSheetRows {
			sheet.More = true
			return sheet, nil
		}
		rows, err := s.promiseRows(ctx, scope, found)
		if err != nil {
			return sheet, err
		}
		for _, r := range rows {
			sheet.Rows = append(sheet.Rows, SheetRow{r.Conversation, r.Number, r.Medium, r.Target, r.Outcome, r.EndedAt, r.Calendar, r.Business})
		}
		if len(found) < desk.PageMost {
			return sheet, nil
		}
		last := found[len(found)-1]
		before = desk.Keyset{At: last.EndedAt, ID: last.Place()}
	}
}

func (s *Server) getCustomerSheetFile(ctx context.Context, in *sheetFileQuery) (*fileOut, error) {
	sheet, err := s.customerSheet(ctx, &in.SheetQuery)
	if err != nil {
		return nil, err
	}
	rows, err := customerRows(sheet, in.Locale)
	if err != nil {
		return nil, err
	}
	return sheetFile("promises-"+in.Month, in.Format, rows)
}

// customerRows are a customer's sheet as rows: who and when, the sums, then each promise.
func customerRows(sheet CustomerSheet, locale string) ([][]any, error) {
	zone, err := zoneOf(sheet.Zone)
	if err != nil {
		return nil, err
	}
	t := words.Of(locale)
	say := func(heading string) any { return t.Word("sheet", heading) }
	outcome := func(o string) any { return t.Heading("outcome", o) }
	rows := [][]any{
		{say("title")},
		{say("customer"), cmp.Or(sheet.Contact.Company, sheet.Contact.Name), say("month"), sheet.Month, say("zone"), sheet.Zone},
		{},
		{say("target"), outcome("met"), outcome("late"), outcome("cancelled"), outcome("waived"), say("kept"), say("p50"), say("p90")},
	}
	for _, l := range sheet.Totals {
		kept := any("")
		if l.Kept != nil {
			kept = *l.Kept
		}
		rows = append(rows, []any{t.Heading("target", l.Target), l.Met, l.Late, l.Cancelled, l.Waived, kept, l.Calendar.P50, l.Calendar.P90})
	}
	rows = append(rows, []any{}, []any{say("number"), say("medium"), say("target"), say("outcome"), say("ended"), say("took"), say("business")})
	for _, r := range sheet.Rows {
		number := any("")
		if r.Number > 0 {
			number = r.Number
		}
		rows = append(rows, []any{
			number, t.Heading("medium", r.Medium), t.Heading("target", r.Target), outcome(r.Outcome), r.EndedAt.In(zone).Format("2006-01-02 15:04:05"), r.Calendar, r.Business,
		})
	}
	return rows, nil
}
