package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yingda/desk"
	"yingda/sla"
	"yingda/webui"
)

const beijing = `
id: beijing
time_zone: Asia/Shanghai
hours:
  mon: [["09:00", "12:00"], ["13:30", "18:00"]]
  tue: [[09:00, 18:00]]
  wed: [["09:00", "18:00"]]
  thu: [["09:00", "18:00"]]
  fri: [["09:00", "18:00"]]
holidays: [2026-09-22]
lists: [cn]
`

func (s *shell) has(name, text string) string {
	s.Helper()
	file := filepath.Join(s.dir, name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		s.Fatal(err)
	}
	return file
}

func TestSLADueAndBetween(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	file := s.has("beijing.yaml", beijing)
	doc := s.has("berlin.json", `{"id":"b","time_zone":"Europe/Berlin","hours":{"sun":[["01:00","05:00"]]}}`)
	cases := []struct {
		name string
		args []string
		want []string
	}{
		{
			"a worked Sunday",
			[]string{"due", "--calendar", file, "--start", "2026-09-18T16:30", "--target", "8h"},
			[]string{"Sun 2026-09-20 17:00:00 +08:00", "2026-09-20T09:00:00Z"},
		},
		{
			"a pause",
			[]string{"due", "--calendar", file, "--start", "2026-09-18T08:30:00Z", "--target", "2h", "--pause", "2026-09-18T17:00/2026-09-20T10:00"},
			[]string{"Sun 2026-09-20 11:30:00 +08:00", "pause"},
		},
		{
			"explained",
			[]string{"due", "--calendar", file, "--start", "2026-09-18T16:30", "--target", "8h", "--explain"},
			[]string{"Fri 2026-09-18 16:30:00 +08:00  Fri 2026-09-18 18:00:00 +08:00  1h30m0s  1h30m0s", "Sun 2026-09-20 17:00:00 +08:00  3h30m0s  8h0m0s"},
		},
		{
			"working days",
			[]string{"due", "--calendar", file, "--start", "2026-09-18T16:30", "--target", "2d"},
			[]string{"Mon 2026-09-21 16:30:00 +08:00"},
		},
		{"autumn", []string{"between", "--calendar", doc, "--from", "2026-10-24", "--to", "2026-10-26"}, []string{"5h0m0s  18000 s"}},
		{"nothing", []string{"between", "--calendar", doc, "--from", "2026-10-26", "--to", "2026-10-24", "--explain"}, []string{"0s  0 s"}},
	}
	for _, c := range cases {
		out := strings.Join(strings.Fields(s.gets("", append([]string{"sla"}, c.args...)...)), " ")
		for _, want := range c.want {
			if !strings.Contains(out, strings.Join(strings.Fields(want), " ")) {
				t.Errorf("%s: got %q, want %q in it", c.name, out, want)
			}
		}
	}
	var got statementOut
	raw := s.gets("", "sla", "due", "--calendar", file, "--start", "2026-09-18T08:30:00Z", "--target", "8h", "--json", "--explain")
	if err := json.Unmarshal([]byte(raw), &got); err != nil || len(got.Intervals) != 3 || got.Open != "28800" || got.Due.Format("15:04Z") != "09:00Z" {
		t.Errorf("got %s, %v", raw, err)
	}
}

func TestSLARefusals(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	file := s.has("beijing.yaml", beijing)
	cases := []struct {
		name  string
		usage bool // exit status 2
		args  []string
		want  string
	}{
		{"no deed", true, nil, "sla due"},
		{"no such deed", true, []string{"undo"}, "sla due"},
		{"no calendar", true, []string{"due", "--start", "2026-09-18", "--target", "1h"}, "--calendar FILE"},
		{"no start", true, []string{"due", "--calendar", file, "--target", "1h"}, "--start"},
		{"no time", true, []string{"due", "--calendar", file, "--start", "soon", "--target", "1h"}, `"soon"`},
		{"no target", true, []string{"due", "--calendar", file, "--start", "2026-09-18"}, "--target"},
		{"a pause without end", true, []string{"due", "--calendar", file, "--start", "2026-09-18", "--target", "1h", "--pause", "2026-09-18"}, "--pause"},
		{"a pause backwards", true, []string{"due", "--calendar", file, "--start", "2026-09-18", "--target", "1h", "--pause", "2026-09-19/2026-09-18"}, "TO not before FROM"},
		{"days with a pause", true, []string{"due", "--calendar", file, "--start", "2026-09-18", "--target", "1d", "--pause", "2026-09-18/2026-09-19"}, "give hours"},
		{"more", true, []string{"between", "--calendar", file, "--from", "2026-09-18", "--to", "2026-09-19", "x"}, `"x"`},
		{"too far apart", true, []string{"between", "--calendar", file, "--from", "0001-01-01", "--to", "2026-09-19"}, "292 years"},
		{"no file", false, []string{"due", "--calendar", filepath.Join(s.dir, "none"), "--start", "2026-09-18", "--target", "1h"}, "none"},
		{"an empty file", false, []string{"due", "--calendar", s.has("empty", ""), "--start", "2026-09-18", "--target", "1h"}, "is empty"},
		{"a wrong key", false, []string{"due", "--calendar", s.has("key", "id: x\nhour: {}\n"), "--start", "2026-09-18", "--target", "1h"}, "hour"},
		{"a wrong time", false, []string{"due", "--calendar", s.has("time", "id: x\ntime_zone: UTC\nhours: {mon: [['9', '17:00']]}\n"), "--start", "2026-09-18", "--target", "1h"}, "time:3: hours.mon[0]: "},
		{"an hour too many", false, []string{"between", "--calendar", s.has("late", "id: x\ntime_zone: UTC\nhours:\n  mon: [['09:00', '17:00']]\n  tue:\n    - ['09:00', '12:00']\n    - ['25:00', '26:00']\n")}, `late:7: hours.tue[1]: "25:00" is not a time`},
		{"an empty interval", false, []string{"between", "--calendar", s.has("empty-span", "id: x\ntime_zone: UTC\nshifts:\n  2026-10-01:\n    - ['09:00', '09:00']\n")}, "empty-span:5: shifts.2026-10-01[0]: 09:00 to 09:00 is empty"},
		{"no such weekday", false, []string{"between", "--calendar", s.has("day", "id: x\ntime_zone: UTC\nhours:\n  funday: []\n")}, "day:4: hours.funday: is not a weekday"},
		{"no such date, in JSON", false, []string{"between", "--calendar", s.has("date.json", "{\"id\": \"x\", \"time_zone\": \"UTC\",\n\"holidays\": [\"2026-10-01\",\n\"2026-02-30\"]}")}, "date.json:3: holidays[1]: "},
		{"a wrong policy", false, []string{"dryrun", "--from", "2026-10-01", "--to", "2026-10-02", "--policy", s.has("p", "id: x\nname: X\ntargets:\n  - {target: answer, within_s: 5}\n  - target: answer\n    within_s: 0\n")}, "p:6: targets[1].within_s: 0 is not"},
		{"days backwards", true, []string{"dryrun", "--policy", file, "--from", "2026-10-02", "--to", "2026-10-01"}, "--from 2026-10-02 lies after --to 2026-10-01"},
		{"a day that is none", true, []string{"dryrun", "--policy", file, "--from", "2026-10-02", "--to", "soon"}, `--to "soon": want a day as 2026-10-01`},
		{"no first day", true, []string{"dryrun", "--policy", file, "--to", "2026-10-01"}, "--from DAY is missing"},
		{"never open", false, []string{"due", "--calendar", s.has("never", "id: x\ntime_zone: UTC\n"), "--start", "2026-09-18", "--target", "1h"}, "does not open"},
		{"batch with words", true, []string{"batch", "x"}, `"x"`},
	}
	for _, c := range cases {
		_, err := s.types("", append([]string{"sla"}, c.args...)...)
		if err == nil || errors.Is(err, errUsage) != c.usage || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want usage %t with %q", c.name, err, c.usage, c.want)
		}
	}
}

func TestSLABatch(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	line := `{"id":"a","schedule":{"always_open":true},"op":"time_after","input":{"amount":24,"unit":"hours","from":"2026-09-18T08:30:00Z"}}`
	if got, want := s.gets(line+"\n", "sla", "batch"), `{"id":"a","result":"2026-09-19T08:30:00Z"}`+"\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestSLAWhy(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	n, stop := s.opens()
	p := &program{in: strings.NewReader(""), out: io.Discard, err: s.Output(), environ: s.environ}
	if err := p.firstStart(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	s.change(n, document(desk.SettingQueue, "q", desk.Queue{ID: "q", Name: "Q"}))
	s.change(n, document(desk.SettingInbox, "help", desk.Inbox{
		ID: "help", Name: "Help", Medium: desk.Chat, Queue: "q", Address: "help", Enabled: true,
	}))
	got, err := n.desk.Receive(t.Context(), desk.Inbound{
		Inbox: "help", Medium: desk.Chat, External: "1", From: desk.Identity{Kind: desk.ByVisitor, Value: "v"},
		At: n.now(), Message: desk.Message{Subject: "s", Body: desk.Body{Text: "t"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	high := desk.High
	if err := n.desk.Change(t.Context(), got.Conversation, desk.Change{Actor: desk.System(), Priority: &high}); err != nil {
		t.Fatal(err)
	}
	stop()
	out := strings.Join(strings.Fields(s.gets("", "sla", "why", string(got.Conversation), "-c", s.file)), " ")
	for _, want := range []string{"answer 1 started", "1m0s message_received message=" + string(got.Message), "are what the facts give"} {
		if !strings.Contains(out, want) {
			t.Errorf("got %s, want %q in it", out, want)
		}
	}
	var w whyOut
	if err := json.Unmarshal([]byte(s.gets("", "sla", "why", string(got.Conversation), "-c", s.file, "--json")), &w); err != nil || !w.Agrees || len(w.Turns) != 2 {
		t.Errorf("got %+v, %v; want two turns", w, err)
	}
	var e explanation
	if err := json.Unmarshal([]byte(s.gets("", "route", "explain", string(got.Conversation), "-c", s.file, "--json")), &e); err != nil {
		t.Fatal(err)
	}
	for _, number := range []string{fmt.Sprint(e.Number), fmt.Sprint("#", e.Number)} {
		var same whyOut
		if err := json.Unmarshal([]byte(s.gets("", "sla", "why", number, "-c", s.file, "--json")), &same); err != nil || same.Conversation != w.Conversation {
			t.Errorf("by its number %s: got %+v, %v", number, same, err)
		}
	}
	policy := s.has("policy.yaml", "id: chat\nname: Chat\ntargets: [{target: answer, within_s: 1}]\n")
	today := time.Now().UTC()
	days := []string{"--from", today.AddDate(0, 0, -1).Format(time.DateOnly), "--to", today.AddDate(0, 0, 1).Format(time.DateOnly)}
	dry := s.gets("", append([]string{"sla", "dryrun", "--policy", policy, "-c", s.file}, days...)...)
	if dry != "" { // no promise has ended yet
		t.Errorf("dryrun: got %q, want nothing", dry)
	}
	n, stop = s.opens()
	resolved := desk.Resolved
	if err := n.desk.Change(t.Context(), got.Conversation, desk.Change{Actor: desk.System(), Status: &resolved}); err != nil {
		t.Fatal(err)
	}
	stop()
	dry = s.gets("", append([]string{"sla", "dryrun", "--policy", policy, "-c", s.file}, days...)...)
	if !strings.Contains(dry, "next_response  would have been late: 0 instead of 0") || !strings.Contains(dry, "cancelled: 0 instead of 1") {
		t.Errorf("dryrun without a next response: got %q", dry)
	}
	if _, err := s.types("", "sla", "dryrun", "-c", s.file); !errors.Is(err, errUsage) {
		t.Errorf("dryrun of nothing: got %v, want usage", err)
	}
	for _, nobody := range []string{"nobody", "99", "#99"} {
		if _, err := s.types("", "sla", "why", nobody, "-c", s.file); err == nil || !strings.Contains(err.Error(), "there is no conversation "+nobody) {
			t.Errorf("an unknown conversation: got %v", err)
		}
	}
	if _, err := s.types("", "sla", "why"); !errors.Is(err, errUsage) {
		t.Errorf("no conversation: got %v, want usage", err)
	}
}

func TestSLAHolidays(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	next := s.has("2027.yaml", "id: whatever\nyears:\n  - {year: 2027, source: made up, holidays: [2027-01-01/2027-01-03], workdays: [2027-01-09]}\n")
	ics := s.has("de.ics", "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20101003\nRRULE:FREQ=YEARLY\nSUMMARY:Einheit\nEND:VEVENT\nEND:VCALENDAR\n")
	var l sla.List
	out := s.gets("", "sla", "holidays", "--from", ics, "--id", "de", "--name", "Deutschland", "--years", "2026-2027")
	if err := json.Unmarshal([]byte(out), &l); err != nil || l.ID != "de" || len(l.Years) != 2 || l.Years[1].Holidays[0] != "2027-10-03" {
		t.Errorf("got %s, %v", out, err)
	}
	for range 2 { // once more changes nothing
		if got, want := s.gets("", "sla", "holidays", "--from", next, "--id", "cn", "--save", "-c", s.file), "cn 2027: 1 holidays, 1 worked\n"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	n, stop := s.opens()
	defer stop()
	n.now = func() time.Time { return time.Date(2027, 12, 1, 0, 0, 0, 0, time.UTC) }
	s.change(n, document(desk.SettingCalendar, "c", sla.Calendar{ID: "c", Name: "C", TimeZone: "Asia/Shanghai", AlwaysOpen: true, Lists: []string{"cn"}}))
	if err := n.refreshBook(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := []webui.Warning{{Code: "holidays_missing", Params: map[string]string{"calendar": "c", "name": "C", "list": "cn", "year": "2028"}}}
	if d := cmp.Diff(want, n.warnings()); d != "" {
		t.Errorf("in December 2027 (-want +got):\n%s", d)
	}
	for _, args := range [][]string{{"--id", "x"}, {"--from", next}, {"--from", next, "--id", "x", "--years", "soon"}} {
		if _, err := s.types("", append([]string{"sla", "holidays"}, args...)...); !errors.Is(err, errUsage) {
			t.Errorf("%v: got %v, want usage", args, err)
		}
	}
}

// TestABadBookDoesNotStopTheStart: documents that do not fit together, by whatever way they came into the record, leave the
// last good ones in force; the node says so and lets them be mended.
func TestABadBookDoesNotStopTheStart(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	n, stop := s.opens()
	good := sla.Policy{ID: "p", Name: "P", Targets: []sla.Promise{{Target: desk.Resolution, Within: 7}}}
	s.change(n, document(desk.SettingPolicy, "p", good))
	unchecked := desk.New(desk.Config{Store: n.db, Promises: n.promises, Now: n.now, NewID: newID})
	bad := good
	bad.Targets = []sla.Promise{{Target: desk.Resolution, Within: 9, Calendar: "gone"}}
	doc := document(desk.SettingPolicy, "p", bad)
	doc.Version = 1
	if _, err := unchecked.SaveSetting(t.Context(), desk.System(), doc); err != nil {
		t.Fatal(err)
	}
	stop()
	n, stop = s.opens()
	defer stop()
	if got := n.warnings(); len(got) != 1 || got[0].Code != "promises_invalid" || !strings.Contains(got[0].Params["detail"], "policy p") {
		t.Errorf("got %+v, want promises_invalid that names policy p", got)
	}
	clocks := n.promises.Advance(desk.Conversation{ID: "c"}, nil, []desk.Fact{desk.MessageReceived{Number: 1}}, n.now())
	if len(clocks) != 1 || clocks[0].Budget != 7*time.Second {
		t.Errorf("got clocks %+v, want the last good policy's", clocks)
	}
	doc = document(desk.SettingPolicy, "p", good)
	doc.Version = 2
	s.change(n, doc)
	if err := n.refreshBook(t.Context()); err != nil || len(n.warnings()) != 0 {
		t.Errorf("mended: got %v, %+v", err, n.warnings())
	}
}
