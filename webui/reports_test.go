package webui

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/csv"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"yingda/desk"
	"yingda/sla"
)

// How promises ended, by any view, as JSON and as sheets; a supervisor sees the own queues only.
func TestPromiseReport(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.promises.Use(sla.Defaults())
	cai, bo := s.signsIn("cai"), s.signsIn("bo")
	contact := ""
	for _, inbox := range []desk.InboxID{"help", "buy"} {
		m := s.mail(inbox, "x@customer.test", "where is it")
		path := "/conversations/" + string(m.Conversation)
		contact = get[Conversation](cai, path).Contact.ID
		res := cai.do(http.MethodPatch, path, `{"version":`+strconv.FormatInt(get[Conversation](cai, path).Version, 10)+`,"status":"resolved"}`)
		if res.status != http.StatusOK {
			t.Fatalf("resolve: got %d %s", res.status, res.body)
		}
	}
	today := s.srv.Now().UTC().Format("2006-01-02")
	query := "?from=" + today + "&to=" + today
	for _, by := range desk.ReportViews {
		for _, c := range []struct {
			who  *person
			want int
		}{{cai, 4}, {bo, 2}} { // first and next response fall away with each; bo's team does not serve sales
			sum := 0
			for _, l := range get[PromiseReport](c.who, "/reports/promises"+query+"&by="+by).Items {
				sum += l.Cancelled
				if by == "contact" && l.Name != "x@customer.test" {
					t.Errorf("by contact: got %q, want the customer's name", l.Name)
				}
				if l.Met != 0 || l.Late != 0 || l.Kept != nil {
					t.Errorf("by %s: got %+v, want cancelled ones only", by, l)
				}
				rows := "/reports/promises/rows" + query + "&by=" + by + "&keyed=true&outcome=cancelled&target=" + l.Target + "&key=" + url.QueryEscape(l.Key)
				if got := get[Page[PromiseRow]](c.who, rows).Items; len(got) != l.Cancelled || got[0].Number == 0 {
					t.Errorf("behind %s %q %s: got %+v, want %d rows", by, l.Key, l.Target, got, l.Cancelled)
				}
			}
			if sum != c.want {
				t.Errorf("by %s: got %d cancelled, want %d", by, sum, c.want)
			}
		}
	}
	sheet := get[CustomerSheet](cai, "/reports/customers/"+contact+"?month="+today[:7]+"&zone=UTC")
	if len(sheet.Totals) != 2 || len(sheet.Rows) != 4 || sheet.More {
		t.Errorf("the customer's month: got %+v, want two promises and four rows", sheet)
	}
	if got := bo.do(http.MethodGet, "/reports/customers/nobody?month="+today[:7], ""); got.status != http.StatusNotFound {
		t.Errorf("nobody's month: got %d %s, want 404", got.status, got.body)
	}
	got := cai.do(http.MethodGet, "/reports/customers/"+contact+"/file?month="+today[:7]+"&format=csv&locale=en", "")
	if got.status != http.StatusOK || !strings.Contains(got.body, "Fell away") {
		t.Errorf("the customer's sheet: got %d %q", got.status, got.body)
	}
	got = cai.do(http.MethodGet, "/reports/promises/file"+query+"&by=queue", "")
	lines, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(got.body, "\ufeff"))).ReadAll()
	if err != nil || len(lines) != 5 || lines[0][0] != "queue" {
		t.Errorf("csv: got %d %q, %v", got.status, got.body, err)
	}
	got = cai.do(http.MethodGet, "/reports/promises/file"+query+"&by=queue&format=xlsx", "")
	if z, err := zip.NewReader(strings.NewReader(got.body), int64(len(got.body))); err != nil || len(z.File) != 5 {
		t.Errorf("xlsx: got %d, %v", got.status, err)
	}
	for _, bad := range []string{"?from=x&to=" + today, "?from=" + today + "&to=2020-01-01", query + "&zone=Mars", query + "&by=mood"} {
		if got := cai.do(http.MethodGet, "/reports/promises"+bad, ""); got.status != http.StatusUnprocessableEntity && got.status != http.StatusBadRequest {
			t.Errorf("%s: got %d %s, want a refusal", bad, got.status, got.body)
		}
	}
}

// A report is as long as /me says and not a day longer, also where a day of it has another length than 24 hours.
func TestReportLength(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.promises.Use(sla.Defaults())
	cai := s.signsIn("cai")
	longest := get[Me](cai, "/me").Features.MaxReport
	for _, zone := range []string{"UTC", "Europe/Berlin"} {
		for _, from := range []time.Time{time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2025, 7, 1, 0, 0, 0, 0, time.UTC)} {
			for _, c := range []struct{ days, want int }{{longest, http.StatusOK}, {longest + 1, http.StatusUnprocessableEntity}} {
				path := "/reports/promises?zone=" + zone + "&from=" + from.Format(time.DateOnly) + "&to=" + from.AddDate(0, 0, c.days-1).Format(time.DateOnly)
				if got := cai.do(http.MethodGet, path, ""); got.status != c.want {
					t.Errorf("%s, %d days: got %d %s, want %d", path, c.days, got.status, got.body, c.want)
				}
			}
		}
	}
}

// A name that would be a formula is a text in every sheet (CWE-1236).
func TestSheetsAreGuarded(t *testing.T) {
	t.Parallel()
	rows := [][]any{{"=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "＝1", "plain", -5, 2.5, `<a>&"`, "a,\"b\"\nc"}}
	raw, err := csvSheet(rows)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(raw, []byte("\ufeff")))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for i, cell := range lines[0] {
		text, isText := rows[0][i].(string)
		if guarded := strings.HasPrefix(cell, "'"); guarded != (isText && i < 7) {
			t.Errorf("%q: got %q", text, cell)
		}
	}
	if lines[0][8] != "-5" || lines[0][9] != "2.50" {
		t.Errorf("numbers: got %q", lines[0][8:10])
	}
	if raw, err = xlsx(rows); err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := z.Open("xl/worksheets/sheet1.xml")
	if err != nil {
		t.Fatal(err)
	}
	sheet, err := io.ReadAll(f)
	if err != nil || bytes.Contains(sheet, []byte("<f>")) || !bytes.Contains(sheet, []byte(`&#39;=1+1</t>`)) || !bytes.Contains(sheet, []byte("<v>-5</v>")) {
		t.Errorf("xlsx: got %s, %v", sheet, err)
	}
}

// manyPromises has n promises to every customer.
type manyPromises struct {
	Reports
	n int
}

func (m manyPromises) PromiseRows(_ context.Context, _ sla.PromiseQuery, before desk.Keyset, limit int) ([]sla.EndedPromise, error) {
	from, _ := strconv.Atoi(strings.TrimSpace(before.ID))
	var out []sla.EndedPromise
	for i := from + 1; i <= m.n && len(out) < limit; i++ {
		out = append(out, sla.EndedPromise{N: i, Outcome: sla.OutcomeMet})
	}
	return out, nil
}

// A sheet says that there is more only when there is.
func TestSheetSaysMore(t *testing.T) {
	t.Parallel()
	for n, more := range map[int]bool{499: false, 500: false, 501: true} {
		s := newShop(t, func(d *Deps) { d.Reports = manyPromises{d.Reports, n} })
		in := s.mail("help", "x@customer.test", "hello")
		cai := s.signsIn("cai")
		contact := get[Conversation](cai, "/conversations/"+string(in.Conversation)).Contact.ID
		sheet := get[CustomerSheet](cai, "/reports/customers/"+contact+"?month=2026-11&zone=UTC")
		if want := min(n, 500); len(sheet.Rows) != want || sheet.More != more {
			t.Errorf("%d promises: got %d rows, more %t, want %d and %t", n, len(sheet.Rows), sheet.More, want, more)
		}
	}
}
