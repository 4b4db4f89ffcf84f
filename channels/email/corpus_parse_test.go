package email

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/unicode/norm"
)

// TestCorpusParse grades every field of what Read says of real-life mail against what other programs' authors expect,
// and prints a table. Marks never fall under their floors; all gradable fields together reach 0.97.
func TestCorpusParse(t *testing.T) {
	t.Parallel()
	dir := cases(t)
	var m marks
	skipped, disputed, counted, hit := 0, 0, 0, 0
	for _, suite := range []string{"zammad_parse", "imap_tools_parse", "rt_mail", "libredesk_mail", "discourse_mail"} {
		for _, c := range loadCases(t, dir, suite) {
			if c.skipped() {
				skipped++
				continue
			}
			if c.File == "" {
				continue // replies and ids: TestCorpus
			}
			g := grader{m: &m, suite: suite, c: c, r: Read(c.raw(t, dir))}
			g.all()
			disputed += g.disputed
		}
	}
	floors := map[string]float64{}
	if b, err := os.ReadFile("testdata/floors_parse.json"); err == nil {
		if err := json.Unmarshal(b, &floors); err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(m.order)
	for _, key := range m.order {
		share := float64(m.hit[key]) / float64(m.of[key])
		t.Logf("%-45s %4d of %4d  %5.1f %%", key, m.hit[key], m.of[key], 100*share)
		if os.Getenv("YINGDA_CASES_VERBOSE") != "" {
			for _, miss := range m.miss[key] {
				t.Logf("    %s", miss)
			}
		}
		if !strings.Contains(key, "(robust)") {
			counted += m.of[key]
			hit += m.hit[key]
		}
		if share < floors[key] {
			t.Errorf("%s: got %.3f, want at least %.3f; missed %v", key, share, floors[key], m.miss[key])
		}
	}
	if os.Getenv("YINGDA_FLOORS") != "" {
		writeFloors(t, m)
	}
	share := float64(hit) / float64(counted)
	t.Logf("%-45s %4d of %4d  %5.1f %%; %d cases not to be graded, %d fields in dispute", "all", hit, counted, 100*share, skipped, disputed)
	if share < 0.97 {
		t.Errorf("all fields: got %.3f, want at least 0.97", share)
	}
}

// writeFloors makes what is reached the floor.
func writeFloors(t *testing.T, m marks) {
	t.Helper()
	floors := map[string]float64{}
	for _, key := range m.order {
		floors[key] = math.Floor(1000*float64(m.hit[key])/float64(m.of[key])) / 1000
	}
	b, err := json.MarshalIndent(floors, "", " ")
	if err == nil {
		err = os.WriteFile("testdata/floors_parse.json", append(b, '\n'), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func (c corpusCase) skipped() bool {
	return len(c.Skip) > 0 && string(c.Skip) != "false" && string(c.Skip) != "null" && string(c.Skip) != "[]"
}

// grader marks one mail.
type grader struct {
	m        *marks
	suite    string
	c        corpusCase
	r        Reading
	disputed int
}

// mark counts one field. Of "robust" cases only the sender and the files are firm.
func (g *grader) mark(field string, ok bool, got any) {
	if g.dispute(field) {
		g.disputed++
		return
	}
	key := g.suite + " " + field
	if g.c.Kind == "robust" && !strings.HasPrefix(field, "from") && !strings.HasPrefix(field, "attachment") {
		key += " (robust)"
	}
	g.m.add(key, ok, fmt.Sprintf("%s: %.300v", g.c.ID, got))
}

func (g *grader) dispute(field string) bool {
	name := ""
	switch {
	case strings.HasPrefix(field, "attachment"):
		name = "att_count"
	case field == "body_text" || field == "has_html":
		name = "body"
	}
	return slices.Contains(g.c.Disagree, field) || name != "" && slices.Contains(g.c.Disagree, name)
}

func (g *grader) all() {
	f, r := g.c.fields, g.r
	header := func(key, got string) {
		if v, ok := f[key].(string); ok {
			g.mark(key, sameHeader(v, got), fmt.Sprintf("got %q, want %q", got, v))
		}
	}
	header("subject", r.Subject)
	header("from_name", r.From.Name)
	if v := text(f["from_email"]); v != "" {
		g.mark("from_email", strings.EqualFold(strings.Trim(v, "<> "), r.From.Address), fmt.Sprintf("got %q, want %q", r.From.Address, v))
	}
	header("message_id", r.MessageID)
	g.people("to", r.To)
	g.people("cc", r.Cc)
	g.people("reply_to", r.ReplyTo)
	g.date()
	if v := text(f["body_text"]); v != "" {
		g.mark("body_text", bagF1(v, r.Text) >= 0.97, fmt.Sprintf("%.3f", bagF1(v, r.Text)))
	}
	if v, ok := f["has_html"].(bool); ok {
		g.mark("has_html", v == (r.HTML != ""), v)
	}
	if v, ok := f["attachments_min"].(float64); ok {
		g.mark("attachment count", len(r.Attachments) >= int(v), len(r.Attachments))
	}
	if _, ok := f["attachments"]; ok {
		g.files()
	}
}

func sameHeader(want, got string) bool {
	return strings.EqualFold(norm.NFC.String(normal(want)), norm.NFC.String(normal(got)))
}

// people compares addresses; an expectation is a list of them or a header as it stood.
func (g *grader) people(key string, got []Correspondent) {
	v, ok := g.c.fields[key]
	if !ok {
		return
	}
	var want []string
	switch v := v.(type) {
	case string:
		for _, a := range addresses(v, "") {
			want = append(want, strings.ToLower(a.Address))
		}
	case []any:
		for _, a := range v {
			if s := text(a); s != "" {
				want = append(want, strings.ToLower(s))
			}
		}
	}
	var have []string
	for _, a := range got {
		have = append(have, strings.ToLower(a.Address))
	}
	g.mark(key, slices.Equal(want, have), fmt.Sprintf("got %q, want %q", have, want))
}

func (g *grader) date() {
	v, ok := g.c.fields["date"]
	if !ok {
		return
	}
	want, have := text(v), ""
	if g.r.Date != nil {
		have = *g.r.Date
	}
	same := want == have
	if t, err := time.Parse(time.RFC3339, want); err == nil {
		h, err := time.Parse(time.RFC3339, have)
		same = err == nil && h.Equal(t)
	} else if want != "" {
		same = strings.HasPrefix(have, want) // without a zone: the hands of the clock
	}
	g.mark("date", same, fmt.Sprintf("got %q, want %q", have, want))
}

func (g *grader) files() {
	got, want := g.r.Attachments, g.c.attachment
	var list []string
	for _, a := range got {
		list = append(list, fmt.Sprintf("%s %s %d", a.Name, a.ContentType, a.Size))
	}
	var wants []string
	for _, a := range want {
		size := int64(-1)
		if a.Size != nil {
			size = *a.Size
		}
		wants = append(wants, fmt.Sprintf("%s %s %d", a.Filename, a.ContentType, size))
	}
	told := fmt.Sprintf("got %q, want %q", list, wants)
	g.mark("attachment count", len(got) == len(want), told)
	has := func(is func(ReadFile) bool) bool { return slices.ContainsFunc(got, is) }
	for _, w := range want {
		if w.Filename != "" && !w.Generated {
			g.mark("attachment name", has(func(a ReadFile) bool { return sameHeader(w.Filename, a.Name) }), told)
		}
		if w.Size != nil {
			g.mark("attachment size", has(func(a ReadFile) bool { return a.Size == *w.Size }), told)
		}
		if w.SHA256 != "" {
			g.mark("attachment bytes", has(func(a ReadFile) bool { return a.SHA256 == w.SHA256 }), told)
		}
		if kind, _, _ := strings.Cut(w.ContentType, ";"); kind != "" {
			g.mark("attachment type", has(func(a ReadFile) bool { return strings.EqualFold(a.ContentType, strings.TrimSpace(kind)) }), told)
		}
		if id := strings.Trim(w.ContentID, "<>"); id != "" {
			g.mark("attachment content id", has(func(a ReadFile) bool { return a.ContentID == id }), told)
		}
		if w.Disposition == "inline" && w.ContentID != "" && g.suite == "libredesk_mail" {
			g.mark("inline parts", has(func(a ReadFile) bool { return a.Inline && a.ContentID == w.ContentID }), told)
		}
	}
}
