package sla

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yingda/desk"
)

// TestDefaultSettingsAreInForce: what the first start stores reads back as the built-in book.
func TestDefaultSettingsAreInForce(t *testing.T) {
	t.Parallel()
	docs, err := DefaultSettings()
	if err != nil {
		t.Fatal(err)
	}
	docs = append(docs, desk.Setting{Kind: desk.SettingQueue, ID: "q", Doc: []byte(`{"x":1}`)},
		desk.Setting{Kind: desk.SettingPolicy, ID: "gone", Doc: []byte(`broken`), Deleted: true})
	b, err := ReadBook(docs)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(Defaults().policies, b.policies, cmp.AllowUnexported(Policy{})); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	if b.Schedule(AlwaysOpenID) == nil {
		t.Error("the default calendar is not there")
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	c := office("Asia/Shanghai")
	b, err := NewBook([]Policy{{ID: "p", Name: "P", Targets: []Promise{{Target: desk.Resolution, Within: 60, Calendar: "office"}}}}, []Calendar{c})
	if err != nil {
		t.Fatal(err)
	}
	p := NewPromises(b)
	cases := []struct {
		name   string
		kind   desk.SettingKind
		doc    string
		reason string
		field  string
	}{
		{"good policy", desk.SettingPolicy, `{"id":"x","name":"X","targets":[{"target":"answer","within_s":5}]}`, "", ""},
		{"unknown key", desk.SettingPolicy, `{"id":"x","name":"X","target":[]}`, "setting_invalid", "target"},
		{"wrong type", desk.SettingPolicy, `{"id":"x","name":7}`, "setting_invalid", "name"},
		{"not JSON", desk.SettingPolicy, `{`, "setting_invalid", "document"},
		{"other id", desk.SettingPolicy, `{"id":"y","name":"X"}`, "setting_invalid", "id"},
		{"no name", desk.SettingPolicy, `{"id":"x"}`, "setting_invalid", "name"},
		{"no such target", desk.SettingPolicy, `{"id":"x","name":"X","targets":[{"target":"reply","within_s":5}]}`, "setting_invalid", "targets[0].target"},
		{"no time", desk.SettingPolicy, `{"id":"x","name":"X","targets":[{"target":"answer","within_s":0}]}`, "setting_invalid", "targets[0].within_s"},
		{"no such calendar", desk.SettingPolicy, `{"id":"x","name":"X","targets":[{"target":"answer","within_s":5,"calendar":"c"}]}`, "setting_invalid", "targets[0].calendar"},
		{"no such notice calendar", desk.SettingPolicy, `{"id":"x","name":"X","notices_in":"c"}`, "setting_invalid", "notices_in"},
		{"no such medium", desk.SettingPolicy, `{"id":"x","name":"X","when":{"media":["fax"]}}`, "setting_invalid", "when.media[0]"},
		{"no such tier", desk.SettingPolicy, `{"id":"x","name":"X","when":{"tiers":["gold"]}}`, "setting_invalid", "when.tiers[0]"},
		{"no such priority", desk.SettingPolicy, `{"id":"x","name":"X","when":{"priorities":["asap"]}}`, "setting_invalid", "when.priorities[0]"},
		{"no language", desk.SettingPolicy, `{"id":"x","name":"X","when":{"languages":["zh","zh_CN"]}}`, "locale_unknown", "when.languages[1]"},
		{"warning at 100", desk.SettingPolicy, `{"id":"x","name":"X","warnings":[50,100]}`, "setting_invalid", "warnings[1]"},
		{"warnings not rising", desk.SettingPolicy, `{"id":"x","name":"X","warnings":[80,50]}`, "setting_invalid", "warnings[1]"},
		{"good calendar", desk.SettingCalendar, `{"id":"x","time_zone":"Asia/Shanghai","always_open":true}`, "", ""},
		{"bad hour", desk.SettingCalendar, `{"id":"x","time_zone":"UTC","hours":{"mon":[["09:00","25:00"]]}}`, "setting_invalid", "hours.mon[0]"},
		{"other kinds pass", desk.SettingQueue, `{}`, "", ""},
	}
	for _, c := range cases {
		err := p.Check(t.Context(), desk.Setting{Kind: c.kind, ID: "x", Doc: json.RawMessage(c.doc)})
		if got := desk.ReasonOf(err); got != c.reason {
			t.Errorf("%s: got %v, want reason %q", c.name, err, c.reason)
			continue
		}
		var e *desk.Error
		if errors.As(err, &e) && e.Params["field"] != c.field {
			t.Errorf("%s: got field %q (%s), want %q", c.name, e.Params["field"], e.Params["detail"], c.field)
		}
	}
	err = p.Check(t.Context(), desk.Setting{Kind: desk.SettingCalendar, ID: "office", Deleted: true})
	if got := desk.ReasonOf(err); got != "calendar_in_use" {
		t.Errorf("deleting a calendar in use: got %v, want calendar_in_use", err)
	}
}

// TestCheckHolidays judges a list beside the calendars that follow it: one that would close a calendar for good must not
// be stored, nor be let go when the program's own list would.
func TestCheckHolidays(t *testing.T) {
	t.Parallel()
	only := Calendar{
		ID: "stall", Name: "Stall", TimeZone: "UTC", Lists: []string{"fair", "cn"},
		Shifts: map[string][]Interval{"2026-05-01": {{"09:00", "17:00"}}},
	}
	spring := List{ID: "cn", Years: []ListYear{{Year: 2026, Holidays: []string{"2026-02-17"}}}} // without 1 May
	b, err := NewBook(nil, []Calendar{only}, List{ID: "fair"}, spring)
	if err != nil {
		t.Fatal(err)
	}
	p := NewPromises(b)
	cases := []struct {
		name, id, doc string
		deleted       bool
		reason        string
	}{
		{"a list that leaves it open", "fair", `{"id":"fair","years":[{"year":2026,"holidays":["2026-06-01"]}]}`, false, ""},
		{"a list that closes it for good", "fair", `{"id":"fair","years":[{"year":2026,"holidays":["2026-05-01"]}]}`, false, "setting_invalid"},
		{"a list nobody follows", "x", `{"id":"x","years":[{"year":2026,"holidays":["2026-05-01"]}]}`, false, ""},
		{"deleting a list that is followed", "fair", `{}`, true, "holidays_in_use"},
		{"deleting ours brings the program's back", "cn", `{}`, true, "setting_invalid"},
	}
	for _, c := range cases {
		err := p.Check(t.Context(), desk.Setting{Kind: desk.SettingHolidays, ID: c.id, Doc: json.RawMessage(c.doc), Deleted: c.deleted})
		if got := desk.ReasonOf(err); got != c.reason {
			t.Errorf("%s: got %v, want reason %q", c.name, err, c.reason)
		}
	}
}

// TestChinaLists holds the embedded lists against what the notices say about themselves (UP-N3).
func TestChinaLists(t *testing.T) {
	t.Parallel()
	days := map[int][2]int{2024: {28, 8}, 2025: {28, 5}, 2026: {33, 6}} // days off and worked in each notice
	cn := Lists()["cn"]
	for _, y := range cn.Years {
		if got := [2]int{len(y.holidays), len(y.workdays)}; got != days[y.Year] {
			t.Errorf("%d: got %v days off and worked, want %v", y.Year, got, days[y.Year])
		}
		if !strings.HasPrefix(y.Source, "国办发明电") {
			t.Errorf("%d: no notice is named", y.Year)
		}
		for _, d := range y.workdays {
			if w := d.weekday(); w != time.Saturday && w != time.Sunday {
				t.Errorf("%s is worked, but a %s is worked anyhow", d, w)
			}
		}
		for _, d := range append(slices.Clone(y.holidays), y.workdays...) {
			if s := d.String(); !strings.HasPrefix(s, time.Date(y.Year, 1, 1, 0, 0, 0, 0, time.UTC).Format("2006-")) {
				t.Errorf("%s stands under %d", s, y.Year)
			}
		}
	}
}

// TestMissingYear warns of next year's list from 1 December on the calendar's own wall (UP-N3).
func TestMissingYear(t *testing.T) {
	t.Parallel()
	c := Calendar{ID: "x", TimeZone: "Asia/Shanghai", AlwaysOpen: true, Lists: []string{"cn"}}
	for now, want := range map[string]int{
		"2026-11-30T15:59:59Z": 0, "2026-11-30T16:00:00Z": 2027, "2027-03-01T00:00:00Z": 2027, "2025-12-31T00:00:00Z": 0,
	} {
		if _, got := c.missing(at(t, now), lists()); got != want {
			t.Errorf("%s: got %d, want %d", now, got, want)
		}
	}
	c.Holidays = []string{"2027-01-01"}
	if _, got := c.missing(at(t, "2026-12-05T00:00:00Z"), lists()); got != 0 {
		t.Errorf("entered by hand: got %d, want 0", got)
	}
}

func TestReadListMistakes(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{
		`{`, `{"years":[{"holidays":["2027-13-01"]}]}`, `{"years":[{"workdays":["2027-02-02/x"]}]}`,
		`{"years":[{"holidays":["2027-02-02/2027-02-01"]}]}`,
	} {
		if _, err := ReadList([]byte(raw)); err == nil {
			t.Errorf("%s: got no error", raw)
		}
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	if err := Default().Validate(); err != nil {
		t.Errorf("Default: %v", err)
	}
	for _, c := range []Config{{Every: time.Millisecond, Batch: 1, Parallel: 1}, {Every: time.Second, Parallel: 1}, {Every: time.Second, Batch: 1}} {
		if c.Validate() == nil {
			t.Errorf("%+v: got no error", c)
		}
	}
}
