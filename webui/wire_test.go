package webui

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yingda/desk"
)

func TestTime(t *testing.T) {
	t.Parallel()
	moment := time.Date(2026, 11, 22, 14, 31, 0, 7e6, time.FixedZone("CST", 8*3600))
	for in, want := range map[time.Time]string{{}: "null", moment: `"2026-11-22T06:31:00.007Z"`} {
		got, err := json.Marshal(Time{in})
		if err != nil || string(got) != want {
			t.Errorf("%v: got %s (%v), want %s", in, got, err, want)
		}
		var back Time
		if err := json.Unmarshal(got, &back); err != nil || !back.Equal(in) {
			t.Errorf("%s: got %v (%v), want %v", got, back, err, in)
		}
	}
}

func TestSnake(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"NotBefore": "not_before", "RFCMessageID": "rfc_message_id", "ID": "id", "ClientKey": "client_key", "DueAt": "due_at", "email": "email",
	} {
		if got := snake(in); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}

// Every fact can be told, and an absent time is null and not the year 1.
func TestFactData(t *testing.T) {
	t.Parallel()
	for _, f := range desk.Facts() {
		raw, err := json.Marshal(factData(f))
		if err != nil || strings.Contains(string(raw), "0001-01-01") {
			t.Errorf("%s: got %s (%v), want no zero times", f.Kind(), raw, err)
		}
	}
}

func TestCursor(t *testing.T) {
	t.Parallel()
	one, two := signer{[]byte("one")}, signer{[]byte("two")}
	in := desk.Keyset{At: time.UnixMilli(1e12).UTC(), ID: "x"}
	c := one.seal("list", in)
	var out desk.Keyset
	if err := one.open("list", c, &out); err != nil || out != in {
		t.Errorf("open: got %v (%v), want %v", out, err, in)
	}
	for name, open := range map[string]func() error{
		"another key":     func() error { return two.open("list", c, &out) },
		"another purpose": func() error { return one.open("search", c, &out) },
		"changed":         func() error { return one.open("list", c[:len(c)-2]+"AA", &out) },
		"cut":             func() error { return one.open("list", c[:8], &out) },
		"not ours":        func() error { return one.open("list", "hello!", &out) },
	} {
		if got := desk.ReasonOf(open()); got != "cursor_unknown" {
			t.Errorf("%s: got %q, want cursor_unknown", name, got)
		}
	}
	if err := one.open("list", "", &out); err != nil {
		t.Errorf("empty: got %v, want the beginning", err)
	}
}

func TestProblemOf(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err          error
		status       int
		code, reason string
		retry        string
	}{
		{desk.Refuse(desk.Conflict, "stale"), 409, "conflict", "stale", ""},
		{errors.Join(errors.New("save x"), desk.Refuse(desk.Forbidden, "not_yours")), 403, "forbidden", "not_yours", ""},
		{desk.Refuse(desk.Unavailable, "store_down"), 503, "unavailable", "store_down", "2"},
		{desk.Refuse(desk.TooMany, "sign_in_too_many", "retry_s", "900"), 429, "too_many", "sign_in_too_many", "900"},
		{errors.New("SELECT secret FROM t"), 500, "internal", "internal", ""},
	} {
		p := problemOf(c.err)
		if p.status != c.status || p.Code != c.code || p.Reason != c.reason || p.GetHeaders().Get("Retry-After") != c.retry {
			t.Errorf("%v: got %d %s %s, want %d %s %s", c.err, p.status, p.Code, p.Reason, c.status, c.code, c.reason)
		}
		if raw, err := json.Marshal(p); err != nil || strings.Contains(string(raw), "SELECT") {
			t.Errorf("%v: got %s (%v), want nothing of the cause", c.err, raw, err)
		}
	}
}

// reasonCall finds reasons where refusals are made.
var reasonCall = regexp.MustCompile(`[Rr]efuse\((?:desk\.)?(Invalid|NotFound|Conflict|Forbidden|TooMany|TooLarge|Unavailable), "([a-z_]+)"`)

// neverMet are refusals between rooms or at start that no caller of the API can meet.
var neverMet = []string{
	"data_in_use", "inbound_incomplete", "call_incomplete", "seen_twice", "claim_lost", "store_not_empty", "backup_unreadable", "no_access",
}

// The table of reasons knows every refusal of every room whose work is behind the API, with its code (docs/errors.md).
func TestReasonsAreComplete(t *testing.T) {
	t.Parallel()
	table := map[string]desk.Code{}
	for _, r := range Reasons() {
		if _, twice := table[r.Reason]; twice {
			t.Errorf("%s stands twice", r.Reason)
		}
		table[r.Reason] = r.Code
	}
	if !slices.IsSortedFunc(Reasons(), func(a, b ReasonDoc) int { return strings.Compare(a.Reason, b.Reason) }) {
		t.Error("the table is not in order of reason")
	}
	codes := map[string]desk.Code{
		"Invalid": desk.Invalid, "NotFound": desk.NotFound, "Conflict": desk.Conflict, "Forbidden": desk.Forbidden,
		"TooMany": desk.TooMany, "TooLarge": desk.TooLarge, "Unavailable": desk.Unavailable,
	}
	for _, room := range []string{"desk", "agents", "router", "sla", "store", "webui"} {
		eachGo(t, "../"+room, func(path, text string) {
			for _, m := range reasonCall.FindAllStringSubmatch(text, -1) {
				if code, ok := table[m[2]]; !slices.Contains(neverMet, m[2]) && (!ok || code != codes[m[1]]) {
					t.Errorf("%s refuses with %s %q, which is not in the table like that (%q)", path, codes[m[1]], m[2], code)
				}
			}
		})
	}
}

func eachGo(t *testing.T, dir string, fn func(path, text string)) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "app" || d.Name() == "storetest") {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		raw, err := os.ReadFile(path)
		fn(path, string(raw))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

var placeholder = regexp.MustCompile(`\{(\w+)\}`)

// Every reason has a sentence in both languages, with parameters that exist.
func TestReasonsAreTranslated(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"en", "zh-CN"} {
		raw, err := os.ReadFile("app/src/shared/i18n/" + lang + "/errors.json")
		if err != nil {
			t.Fatal(err)
		}
		var file struct {
			Errors map[string]string `json:"errors"`
		}
		if err := json.Unmarshal(raw, &file); err != nil {
			t.Fatal(err)
		}
		for _, r := range Reasons() {
			text, ok := file.Errors[r.Reason]
			if !ok {
				t.Errorf("%s: no sentence for %s", lang, r.Reason)
			}
			for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
				if !slices.Contains(r.Params, m[1]) {
					t.Errorf("%s: %s speaks of {%s}, which it has not got (%v)", lang, r.Reason, m[1], r.Params)
				}
			}
		}
	}
}

// The files that follow from the Go types are fresh.
func TestGeneratedIsFresh(t *testing.T) {
	t.Parallel()
	doc, err := OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	api, err := APIDoc()
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"../docs/api/openapi.json": string(doc) + "\n", "../docs/api.md": string(api), "../docs/errors.md": string(ErrorsDoc()),
	} {
		got, err := os.ReadFile(path)
		if err != nil || string(got) != want {
			t.Errorf("%s is stale (%v): run go generate ./webui", path, err)
		}
	}
}

// What agents write cannot carry a program (UP-X1).
func TestClean(t *testing.T) {
	t.Parallel()
	got := []string{}
	for _, in := range []string{
		`<p>Dear <strong>you</strong><script>alert(1)</script></p>`, `<a href="javascript:alert(1)">x</a>`, `<img src=x onerror=alert(1)>`,
		`<p style="position:fixed">x</p>`, `<svg onload=alert(1)>`, `<iframe src="//evil"></iframe>`, `<span data-type="mention" data-id="ann">@安</span>`,
	} {
		got = append(got, clean(in))
	}
	want := []string{
		`<p>Dear <strong>you</strong></p>`, `x`, `<img src="x">`, `<p>x</p>`, ``, ``, `<span data-type="mention" data-id="ann">@安</span>`,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("cleaned (-want +got):\n%s", d)
	}
}

func TestFileName(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"a.pdf": "a.pdf", "../../etc/passwd": "passwd", `C:\x\y.doc`: "y.doc", "bill\u202Efdp.exe": "billfdp.exe", "": "file", "a\r\nb": "ab", "发票.pdf": "发票.pdf",
	} {
		if got := fileName(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}
