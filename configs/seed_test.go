package configs

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"yingda/desk"
	"yingda/sla"
)

func seeds(t *testing.T, text string) []Seed {
	t.Helper()
	var out []Seed
	if err := yaml.Unmarshal([]byte(text), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// What YAML would turn into a date, a calendar says as a text; what is a number stays one.
func TestSeedBecomesADocument(t *testing.T) {
	t.Parallel()
	s := seeds(t, `
- kind: calendar
  id: office
  doc:
    name: Office
    time_zone: Asia/Shanghai
    holidays: [2026-10-01, 2026-10-02]
    workdays: [2026-10-10]
- kind: queue
  id: orders
  doc: {name: 123, target_s: 3600, auto_accept: [email]}
`)
	set, err := s[0].Setting()
	if err != nil {
		t.Fatal(err)
	}
	var c sla.Calendar
	if err := json.Unmarshal(set.Doc, &c); err != nil {
		t.Fatal(err)
	}
	want := sla.Calendar{ID: "office", Name: "Office", TimeZone: "Asia/Shanghai", Holidays: []string{"2026-10-01", "2026-10-02"}, Workdays: []string{"2026-10-10"}}
	if diff := cmp.Diff(want, c); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if _, err := s[1].Setting(); err == nil || !strings.Contains(err.Error(), "name") {
		t.Errorf("got %v, want a refusal: a name is a text", err)
	}
}

func TestSeedTakesItsID(t *testing.T) {
	t.Parallel()
	s := seeds(t, "- {kind: team, id: shop, doc: {id: other, name: Shop, queues: [orders]}}")[0]
	set, err := s.Setting()
	if err != nil {
		t.Fatal(err)
	}
	var team desk.Team
	if err := json.Unmarshal(set.Doc, &team); err != nil {
		t.Fatal(err)
	}
	if team.ID != "shop" || set.ID != "shop" || set.Version != 0 || set.Kind != desk.SettingTeam {
		t.Errorf("got %+v in %+v, want the seed's own id and version 0", team, set)
	}
}

// A document that is the only one of its kind has no id in it, and a list of holidays is a document as others.
func TestSeedTakesEveryKind(t *testing.T) {
	t.Parallel()
	for _, s := range seeds(t, `
- {kind: review, id: review, doc: {enabled: true, share_percent: 5}}
- {kind: tiers, id: tiers, doc: {}}
- {kind: holidays, id: de, doc: {name: Deutschland, years: [{year: 2026, holidays: [2026-10-03]}]}}
`) {
		if _, err := s.Setting(); err != nil {
			t.Errorf("%s: got %v", s.Kind, err)
		}
	}
}

func TestSeedBombsAreRefused(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("- kind: tag\n  id: a\n  doc:\n    a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n")
	for i := range 8 {
		at := string(rune('0' + i))
		next := string(rune('1' + i))
		b.WriteString("    a" + next + ": &a" + next + " [" + strings.Repeat("*a"+at+",", 9) + "*a" + at + "]\n")
	}
	for name, text := range map[string]string{
		"wide": b.String(), "endless": "- kind: tag\n  id: a\n  doc: &d {name: *d}\n",
	} {
		var out []Seed
		if err := yaml.Unmarshal([]byte(text), &out); err != nil {
			continue // the reader refused it first
		}
		if _, err := out[0].Setting(); err == nil || !strings.Contains(err.Error(), "too large or too deep") {
			t.Errorf("%s: got %v, want a refusal", name, err)
		}
	}
}

func TestSeedSecrets(t *testing.T) {
	t.Parallel()
	file := write(t, "password", "hunter two \n")
	s := Seed{ID: "a", SecretFiles: map[string]string{"password": file}}
	got, err := s.Secrets()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"password": "hunter two "}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	s.SecretFiles["other"] = file + ".missing"
	if _, err := s.Secrets(); err == nil || !strings.Contains(err.Error(), "secret other of a") {
		t.Errorf("got %v, want an error that names secret and inbox", err)
	}
}
