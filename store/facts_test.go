package store

import (
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yingda/desk"
)

var rewrite = flag.Bool("update", false, "write the golden files of stored forms")

// The stored form of every fact is pinned: what was written must stay readable. A fact without a golden file fails, and
// so does a golden file that no longer reads as the fact it was.
func TestFactsGolden(t *testing.T) {
	t.Parallel()
	for _, f := range desk.Facts() {
		t.Run(f.Kind(), func(t *testing.T) {
			t.Parallel()
			p := reflect.New(reflect.TypeOf(f))
			stuff(p.Elem())
			fact := p.Elem().Interface().(desk.Fact)
			got, err := encodeFact(fact)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, filepath.Join("testdata", "facts", f.Kind()+".json"), got)
			back, err := decodeFact(f.Kind(), factVersion, got)
			if d := cmp.Diff(fact, back); err != nil || d != "" {
				t.Errorf("read back: %v (-want +got):\n%s", err, d)
			}
			empty, err := encodeFact(f)
			if err != nil || empty != "{}" && f.Kind() != "opened" && len(empty) > 200 {
				t.Errorf("the empty fact: got %s, %v; want what is zero left out", empty, err)
			}
			if back, err := decodeFact(f.Kind(), factVersion, empty); err != nil || !cmp.Equal(f, back) {
				t.Errorf("the empty fact read back: got %+v, %v", back, err)
			}
		})
	}
}

// The documents of messages and the lists inside conversations are stored the same way.
func TestShapesGolden(t *testing.T) {
	t.Parallel()
	var m desk.Message
	var c desk.Call
	var p []desk.Preference
	stuff(reflect.ValueOf(&m).Elem())
	stuff(reflect.ValueOf(&c).Elem())
	stuff(reflect.ValueOf(&p).Elem())
	for name, text := range map[string]func() (string, error){
		"message": func() (string, error) { return encode(&m) },
		"call":    func() (string, error) { return encode(&c) },
		"prefer":  func() (string, error) { return list(p) },
	} {
		got, err := text()
		if err != nil {
			t.Fatal(err)
		}
		golden(t, filepath.Join("testdata", "shapes", name+".json"), got)
	}
	var back desk.Message
	text, err := encode(&m)
	if err != nil {
		t.Fatal(err)
	}
	if err := decode(text, &back); err != nil || !cmp.Equal(m, back) {
		t.Errorf("message: %v (-want +got):\n%s", err, cmp.Diff(m, back))
	}
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *rewrite {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("no golden file: %v (write it with -update)", err)
	}
	if d := cmp.Diff(string(want), got+"\n"); d != "" {
		t.Errorf("stored form changed (-pinned +now):\n%s", d)
	}
}

// stuff fills every field with something that is not zero, the same on each run.
func stuff(v reflect.Value) {
	switch {
	case v.Type() == timeType:
		v.Set(reflect.ValueOf(time.Date(2026, 3, 2, 9, 0, 0, 123e6, time.UTC)))
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			stuff(v.Field(i))
		}
	case v.Kind() == reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		stuff(v.Index(0))
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		stuff(v.Elem())
	case v.Kind() == reflect.Map:
		k, e := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		stuff(k)
		stuff(e)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(k, e)
	case v.Kind() == reflect.String:
		v.SetString("文a")
	case v.Kind() == reflect.Bool:
		v.SetBool(true)
	case v.CanInt():
		v.SetInt(3)
	}
}

func TestSnake(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"ID": "id", "MessageID": "message_id", "RFCMessageID": "rfc_message_id", "LastAgentAt": "last_agent_at", "N": "n",
		"HTML": "html", "QuotedHTML": "quoted_html", "DueVersion": "due_version", "AnsweredAt": "answered_at", "To": "to",
	} {
		if got := snake(in); got != want {
			t.Errorf("snake(%q): got %q, want %q", in, got, want)
		}
	}
}

func TestTerms(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"退款": `"退款"`, "退": `"退" *`, "退款申请": `"退款 款申 申请"`, "iPhone 退款": `"iphone" * AND "退款"`,
		"+86 138-0013": `"861 613 138 380 800 001 013"`, `a"b*`: `"a" * AND "b" *`,
	} {
		if got := fts5(terms(in)); got != want {
			t.Errorf("terms(%q): got %s, want %s", in, got, want)
		}
	}
}

func FuzzTerms(f *testing.F) {
	f.Add("退款 iPhone15 +86 138-0013-8000 'x' \" * \x00")
	f.Fuzz(func(t *testing.T, text string) {
		for _, term := range terms(text) {
			for _, tok := range term.tokens {
				for _, r := range tok {
					if scriptOf(r) == gap {
						t.Fatalf("token %q of %q holds %q, which a query language may read", tok, text, r)
					}
				}
			}
		}
	})
}
