package webui

import (
	"net/http"
	"os"
	"reflect"
	"strings"
	"testing"

	"yingda/desk"
)

// Every route that takes a day or a month takes the same years, and says which they are.
func TestYearsThatMakeSense(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	one := s.mail("help", "x@customer.test", "one")
	bo := s.signsIn("bo")
	contact := get[Conversation](bo, "/conversations/"+string(one.Conversation)).Contact.ID
	for path, field := range map[string]string{
		"/reports/customers/" + contact + "?month=0000-01":                 "month",
		"/reports/customers/" + contact + "/file?month=9999-12":            "month",
		"/reports/promises?from=1999-12-31&to=2000-01-01":                  "from",
		"/reports/promises/file?from=2100-12-31&to=2101-01-01":             "to",
		"/reports/promises/rows?from=0001-01-01&to=0001-01-02&by=queue":    "from",
		"/agents/ann/day?date=0000-02-29":                                  "date",
		"/agents/ann/sample?from=9999-12-31&to=9999-12-31&zone=Asia/Tokyo": "from",
	} {
		got := bo.do(http.MethodGet, path, "")
		if got.status != http.StatusUnprocessableEntity || got.reason() != "year_range" || !strings.Contains(got.body, `"field":"`+field+`"`) ||
			!strings.Contains(got.body, `"min":"2000"`) || !strings.Contains(got.body, `"max":"2100"`) {
			t.Errorf("%s: got %d %s, want year_range of %s", path, got.status, got.body, field)
		}
	}
	for _, path := range []string{"/reports/customers/" + contact + "?month=2000-01", "/reports/customers/" + contact + "?month=2100-12"} {
		if got := bo.do(http.MethodGet, path, ""); got.status != http.StatusOK {
			t.Errorf("%s: got %d %s, want 200", path, got.status, got.body)
		}
	}
	if got := bo.do(http.MethodGet, "/reports/customers/"+contact+"?month=2026-13", ""); got.reason() != "field_wrong" {
		t.Errorf("a thirteenth month: got %d %s, want field_wrong", got.status, got.body)
	}
}

// The manual names the views of a report as the API does, so that nobody asks for one by a word of ours.
func TestReportViewsAreDocumented(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../docs/sla.md")
	if err != nil {
		t.Fatal(err)
	}
	_, line, _ := strings.Cut(string(raw), "`by` is ")
	line, _, _ = strings.Cut(line, "\n")
	for _, by := range desk.ReportViews {
		if !strings.Contains(line, "`"+by+"`") {
			t.Errorf("docs/sla.md does not name the view %q, got %.200q", by, line)
		}
	}
	field, _ := reflect.TypeFor[ReportQuery]().FieldByName("By")
	if got, want := field.Tag.Get("enum"), strings.Join(desk.ReportViews, ","); got != want {
		t.Errorf("views of the API: got %s, want those of report mails, %s", got, want)
	}
}
