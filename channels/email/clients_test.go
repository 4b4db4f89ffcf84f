package email

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What mail programs of China and of the world write, as their users send it: own words, quote and signature stand in
// golden files beside each mail (UP-E18). The page itself is cut as its words are.
func TestClients(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/clients/*.[ht]*")
	if err != nil || len(files) < 20 {
		t.Fatalf("got %d fixtures and %v, want more", len(files), err)
	}
	for _, f := range files {
		if strings.HasSuffix(f, ".golden") {
			continue
		}
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		kind := "plain"
		if filepath.Ext(f) == ".html" {
			kind = "html"
		}
		m := parse(t, fmt.Sprintf("From: a@customer.example\nSubject: Re: order\nContent-Type: text/%s; charset=utf-8\n\n%s", kind, raw), Options{})
		b := m.Message.Body
		got := fmt.Sprintf("== own\n%s\n== quoted\n%s\n== signature\n%s\n", b.Text, b.QuotedText, b.Signature)
		golden := f + ".golden"
		if *update {
			if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(want), got); d != "" {
			t.Errorf("%s (-want +got):\n%s", f, d)
		}
		for _, words := range strings.Split(b.QuotedText, "\n") {
			if kind == "html" && len(words) > 12 && strings.Contains(b.HTML, words) {
				t.Errorf("%s: the page still shows %q", f, words)
			}
		}
	}
}
