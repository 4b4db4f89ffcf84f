package sla

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// bizCase is one case of the shared folder: an operation on a schedule and what it must give.
type bizCase struct {
	ID       string          `json:"id"`
	Op       string          `json:"op"`
	Schedule json.RawMessage `json:"schedule"`
	Input    json.RawMessage `json:"input"`
	Expected any             `json:"expected"`
	Accept   []any           `json:"accept"`
	Error    string          `json:"expected_error"`
}

// cases reads a file of the folder of cases nobody here wrote, or skips by name.
func cases[T any](t *testing.T, file string) []T {
	t.Helper()
	dir := os.Getenv("YINGDA_CASES")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared", "data")
	}
	raw, err := os.ReadFile(filepath.Join(dir, "cases", file))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("no shared/data beside the project: %s not run", file)
	}
	if err != nil {
		t.Fatal(err)
	}
	var out []T
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestSharedBusinessTimeCases asks as `yingda sla batch` does.
func TestSharedBusinessTimeCases(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"biz_spec_cases.json", "biz_oracle_cases.json", "libredesk_cases.json", "chatwoot_sla_cases.json"} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			all := slices.DeleteFunc(cases[bizCase](t, file), func(c bizCase) bool { return c.Op == "" })
			for i, got := range asksAll(t, all) {
				switch c := all[i]; {
				case got.ID != c.ID:
					t.Errorf("answer %d: got id %s, want %s", i, got.ID, c.ID)
				case c.Error != "" && got.Error == "":
					t.Errorf("%s: %s: got %v, want an error like %q", c.ID, c.Op, got.Result, c.Error)
				case c.Error != "":
				case got.Error != "":
					t.Errorf("%s: %s: %s", c.ID, c.Op, got.Error)
				case !cmp.Equal(got.Result, c.Expected) && !slices.Contains(c.Accept, got.Result):
					t.Errorf("%s: %s %s: got %v, want %v %v", c.ID, c.Op, c.Input, got.Result, c.Expected, c.Accept)
				}
			}
		})
	}
}

type replied struct {
	ID     string `json:"id"`
	Result any    `json:"result"`
	Error  string `json:"error"`
}

func asksAll(t *testing.T, all []bizCase) []replied {
	t.Helper()
	var in, out bytes.Buffer
	lines := json.NewEncoder(&in)
	for _, c := range all {
		if err := lines.Encode(c); err != nil { // with keys that are none of ours
			t.Fatal(err)
		}
	}
	if err := Batch(&in, &out); err != nil {
		t.Fatal(err)
	}
	var got []replied
	for d := json.NewDecoder(&out); d.More(); {
		var r replied
		if err := d.Decode(&r); err != nil {
			t.Fatal(err)
		}
		got = append(got, r)
	}
	if len(got) != len(all) {
		t.Fatalf("got %d answers to %d questions", len(got), len(all))
	}
	return got
}
