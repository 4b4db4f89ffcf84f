package configs

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

//go:generate go test -run ^TestReference$ . -update

var update = flag.Bool("update", false, "write docs/configuration.md again")

const referenceFile = "../docs/configuration.md"

const referenceHead = `# Configuration

One YAML file over the defaults below, then the environment. ` + "`yingda checkconfig FILE`" + ` says what is wrong with one, by file, line
and key; an unknown key is an error too. Annotated examples: [laptop](../configs/laptop.yaml),
[PostgreSQL and Redis](../configs/cluster.yaml), [several mailboxes](../configs/mailboxes.yaml).

Every key has a variable: ` + "`YINGDA_`" + `, the key in upper case, two underscores for each dot. Lists of texts take commas
(` + "`YINGDA_REDIS__ADDRESSES=a:6379,b:6379`" + `). A variable wins over the file. Durations are written as in ` + "`90s`, `5m`, `24h`" + `.

Inboxes, queues, teams, people, skills, SLA policies and calendars are settings. They live in the record and are changed
in the console while everything runs; ` + "`seed`" + ` brings the first ones.

This page is written from the Go structs by ` + "`go generate ./configs`" + `.
`

// The reference says what the structs say (docs/configuration.md is generated).
func TestReference(t *testing.T) {
	want := reference(t)
	if *update {
		if err := os.WriteFile(referenceFile, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(referenceFile)
	if err != nil || string(got) != want {
		t.Errorf("docs/configuration.md is not fresh (%v); run go generate ./configs", err)
	}
}

func reference(t *testing.T) string {
	t.Helper()
	r := &referee{t: t, comments: map[string]map[string]string{}}
	r.b.WriteString(referenceHead)
	top := reflect.TypeFor[Config]()
	r.b.WriteString("\n## Top level\n\n" + tableHead)
	defaults := reflect.ValueOf(Default())
	for f := range top.Fields() {
		if plainField(f.Type) {
			r.row(top, f, "", defaults.FieldByIndex(f.Index))
		}
	}
	for f := range top.Fields() {
		if f.Type.Kind() != reflect.Struct || scalar(f.Type) {
			continue
		}
		key := f.Tag.Get("yaml")
		fmt.Fprintf(&r.b, "\n## %s\n\n%s\n\n%s", key, r.comment(top, f), tableHead)
		for inner := range f.Type.Fields() {
			r.row(f.Type, inner, key+".", defaults.FieldByIndex(f.Index).FieldByIndex(inner.Index))
		}
	}
	seed := reflect.TypeFor[Seed]()
	f, _ := top.FieldByName("Seed")
	fmt.Fprintf(&r.b, "\n## seed\n\n%s\n\nA list; each entry has:\n\n| key | takes | meaning |\n|---|---|---|\n", r.comment(top, f))
	for inner := range seed.Fields() {
		fmt.Fprintf(&r.b, "| `%s` | %s | %s |\n", inner.Tag.Get("yaml"), kindOf(inner.Type), r.comment(seed, inner))
	}
	return r.b.String()
}

const tableHead = "| key | takes | default | meaning |\n|---|---|---|---|\n"

func plainField(t reflect.Type) bool {
	return scalar(t) || t.Kind() == reflect.Slice && t.Elem().Kind() != reflect.Struct
}

type referee struct {
	t        *testing.T
	b        strings.Builder
	comments map[string]map[string]string // folder → "Type.Field" → comment
}

func (r *referee) row(owner reflect.Type, f reflect.StructField, prefix string, v reflect.Value) {
	name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
	if name == "-" || !f.IsExported() {
		return
	}
	text := r.comment(owner, f)
	if text == "" {
		r.t.Errorf("%s.%s has no comment", owner, f.Name)
	}
	fmt.Fprintf(&r.b, "| `%s%s` | %s | %s | %s |\n", prefix, name, kindOf(f.Type), valueOf(v), text)
}

func kindOf(t reflect.Type) string {
	switch {
	case t.Kind() == reflect.Slice:
		return "list of texts"
	case t.Kind() == reflect.Map:
		return "names and texts"
	case t.PkgPath() == "go.yaml.in/yaml/v3":
		return "keys and values"
	}
	return strings.TrimPrefix(kindName(t), "a ")
}

func valueOf(v reflect.Value) string {
	switch x := v.Interface().(type) {
	case time.Duration:
		return "`" + shortDuration(x) + "`"
	case string:
		if x == "" {
			return ""
		}
		return "`" + x + "`"
	case []string:
		if len(x) == 0 {
			return ""
		}
	}
	return fmt.Sprintf("`%v`", v.Interface())
}

// shortDuration leaves out the zeros of 12h0m0s.
func shortDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// comment is what stands above a field in its room's source, on one line.
func (r *referee) comment(owner reflect.Type, f reflect.StructField) string {
	folder := filepath.Join("..", strings.TrimPrefix(owner.PkgPath(), "yingda/"))
	if r.comments[folder] == nil {
		r.comments[folder] = fieldComments(r.t, folder)
	}
	text := strings.ReplaceAll(r.comments[folder][owner.Name()+"."+f.Name], "|", "\\|")
	return keyed(text, f)
}

// keyed turns a comment, which begins with the field's Go name, into a sentence about the key.
func keyed(text string, f reflect.StructField) string {
	rest, ok := strings.CutPrefix(text, f.Name+" ")
	if !ok {
		return text
	}
	for _, verb := range []string{"is ", "are "} {
		if after, ok := strings.CutPrefix(rest, verb); ok {
			return strings.ToUpper(after[:1]) + after[1:]
		}
	}
	return strings.ToUpper(rest[:1]) + rest[1:]
}

func fieldComments(t *testing.T, folder string) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no sources in %s: %v", folder, err)
	}
	out := map[string]string{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			if s, ok := spec.Type.(*ast.StructType); ok {
				for _, field := range s.Fields.List {
					for _, name := range field.Names {
						out[spec.Name.Name+"."+name.Name] = strings.Join(strings.Fields(field.Doc.Text()), " ")
					}
				}
			}
			return true
		})
	}
	return out
}
