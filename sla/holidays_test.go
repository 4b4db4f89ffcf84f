package sla

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yingda/desk"
)

const ics = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20270206\r\nDTEND;VALUE=DATE:20270208\r\nSUMMARY:Spring Fest\r\n" +
	" ival\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20270220\r\nSUMMARY:春节 调休上班\r\nEND:VEVENT\r\n" +
	"BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20101003\r\nRRULE:FREQ=YEARLY\r\nEXDATE;VALUE=DATE:20281003\r\nSUMMARY:Tag der Deutschen Einheit\r\nEND:VEVENT\r\n" +
	"BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20240229\r\nRRULE:FREQ=YEARLY;INTERVAL=1\r\nSUMMARY:Leap\r\nEND:VEVENT\r\n" +
	"BEGIN:VEVENT\r\nDTSTART:20271224T140000\r\nDTEND:20271224T235900\r\nSUMMARY:Eve\r\nEND:VEVENT\r\n" +
	"BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20270501\r\nSTATUS:CANCELLED\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"

func TestReadICal(t *testing.T) {
	t.Parallel()
	l, err := ReadICal(strings.NewReader(ics), "de", "Deutschland", 2027, 2028)
	if err != nil {
		t.Fatal(err)
	}
	want := map[int][2][]string{
		2027: {{"2027-02-06", "2027-02-07", "2027-10-03", "2027-12-24"}, {"2027-02-20"}},
		2028: {{"2028-02-29"}, {}},
	}
	got := map[int][2][]string{}
	for _, y := range l.Years {
		got[y.Year] = [2][]string{y.Holidays, y.Workdays}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	for text, problem := range map[string]string{
		"":        "BEGIN:VCALENDAR",
		"hello\n": "BEGIN:VCALENDAR",
		"BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:soon\nEND:VEVENT\n":                                  "line 3: DTSTART",
		"BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:x\nEND:VEVENT\n":                                     "no DTSTART",
		"BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20270101\nDTEND:20290101\nEND:VEVENT\n":              "lasts",
		"BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20270101\nRRULE:FREQ=YEARLY;BYDAY=1MO\nEND:VEVENT\n": "one by one",
		"BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:10270101\nEND:VEVENT\n":                              "1900",
	} {
		if _, err := ReadICal(strings.NewReader(text), "x", "", 2027, 2028); err == nil || !strings.Contains(err.Error(), problem) {
			t.Errorf("%q: got %v, want %q", text, err, problem)
		}
	}
}

func FuzzReadICal(f *testing.F) {
	f.Add(ics)
	f.Fuzz(func(t *testing.T, text string) {
		l, err := ReadICal(strings.NewReader(text), "x", "", 2020, 2030)
		if err == nil && l.Validate() != nil {
			t.Errorf("took a list that is none: %v", l.Validate())
		}
	})
}

// TestStoredLists: next year's list is stored, calendars follow it at once, and what is followed stays.
func TestStoredLists(t *testing.T) {
	t.Parallel()
	december := at(t, "2026-12-01T00:00:00+08:00")
	c := office("Asia/Shanghai")
	c.Lists = []string{"cn", "firm"}
	doc := func(kind desk.SettingKind, id string, v any) desk.Setting {
		raw, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return desk.Setting{Kind: kind, ID: id, Doc: raw}
	}
	firm := List{ID: "firm", Years: []ListYear{{Year: 2026, Holidays: []string{"2026-12-24/2026-12-25"}}, {Year: 2027}}}
	next := List{ID: "cn", Years: []ListYear{{Year: 2027, Source: "made up", Holidays: []string{"2027-01-04"}, Workdays: []string{"2027-01-09"}}}}
	if _, err := ReadBook([]desk.Setting{doc(desk.SettingCalendar, "office", c)}); err == nil {
		t.Error("a calendar that follows a list nobody has: got no error")
	}
	b, err := ReadBook([]desk.Setting{doc(desk.SettingCalendar, "office", c), doc(desk.SettingHolidays, "firm", firm)})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]MissingList{{Calendar: "office", List: "cn", Year: 2027}}, b.Missing(december)); d != "" {
		t.Errorf("on 1 December (-want +got):\n%s", d)
	}
	if got := b.Missing(december.Add(-time.Second)); got != nil {
		t.Errorf("on 30 November: got %v, want nothing missing", got)
	}
	b, err = ReadBook([]desk.Setting{doc(desk.SettingCalendar, "office", c), doc(desk.SettingHolidays, "firm", firm), doc(desk.SettingHolidays, "cn", next)})
	if err != nil || b.Missing(december) != nil {
		t.Fatalf("with next year's: got %v, %v", b.Missing(december), err)
	}
	s := b.Schedule("office")
	for day, want := range map[string]bool{
		"2026-10-01": false, "2026-12-24": false, "2026-12-28": true, "2027-01-04": false, "2027-01-09": true, "2027-01-10": false,
	} {
		if got := s.Open(at(t, day+"T10:00:00+08:00")); got != want {
			t.Errorf("open on %s: got %v, want %v", day, got, want)
		}
	}
	p := NewPromises(b)
	gone := doc(desk.SettingHolidays, "firm", firm)
	gone.Deleted = true
	if err := p.Check(t.Context(), gone); desk.ReasonOf(err) != "holidays_in_use" {
		t.Errorf("deleting a list that is followed: got %v", err)
	}
	gone.ID = "cn"
	if err := p.Check(t.Context(), gone); err != nil {
		t.Errorf("deleting what was laid over the program's own: got %v", err)
	}
	firm.Years[0].Holidays = []string{"Christmas"}
	if err := p.Check(t.Context(), doc(desk.SettingHolidays, "firm", firm)); desk.ReasonOf(err) != "setting_invalid" {
		t.Errorf("a list that cannot be read: got %v", err)
	}
	var f *FieldError
	if err := (List{ID: "x", Years: []ListYear{{Year: 2027}, {Year: 2027}}}).Validate(); !errors.As(err, &f) || f.Field != "years[1].year" {
		t.Errorf("a year twice: got %v", err)
	}
}
