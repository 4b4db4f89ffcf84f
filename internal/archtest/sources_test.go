package archtest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Hard stops, in lines (STYLE 1.2). `make size` prints what passes its target
// long before that.
const (
	maxFile     = 500
	maxTestFile = 800
	maxFunc     = 80
)

// mayBeLong are files that grow by rows, not by ideas: generated ones.
var mayBeLong = []string{
	"webui/app/src/shared/api/schema.d.ts",
}

// maySleep are tests in which time itself is what is tested, with the reason.
var maySleep = map[string]string{}

// source is one file of ours.
type source struct {
	path string // from the root, with slashes
	text string
}

// skipped folders hold what we didn't write, or what nobody reads as source.
var skipped = []string{".git", "node_modules", "dist", "testdata", "vendor", ".tools", ".cache", "release", "bin"}

// sources returns the files of ours with one of the endings.
func sources(t *testing.T, endings ...string) []source {
	t.Helper()
	var found []source
	top := root(t)
	err := filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			if os.IsNotExist(err) {
				return nil // built files come and go while we look
			}
			return err
		}
		if d.IsDir() {
			if path != top && slices.Contains(skipped, d.Name()) {
				return fs.SkipDir
			}
			return nil
		}
		if !d.Type().IsRegular() || !slices.Contains(endings, filepath.Ext(path)) {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("read a source: %w", err)
		}
		if slices.Contains(text, 0) {
			return nil // a built program without an ending
		}
		name, err := filepath.Rel(top, path)
		found = append(found, source{filepath.ToSlash(name), string(text)})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) == 0 {
		t.Fatalf("no source with %v below %s", endings, top)
	}
	return found
}

func isTest(path string) bool {
	return strings.HasSuffix(path, "_test.go") || strings.Contains(path, ".test.") || strings.Contains(path, "/e2e/")
}

// isSuite tells whole test packages, such as storetest, which no _test.go names.
func isSuite(path string) bool {
	return isTest(path) || slices.ContainsFunc(testOnly, func(room string) bool { return strings.HasPrefix(path, room+"/") })
}

func TestFilesStayShort(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t, ".go", ".ts", ".tsx", ".vue") {
		limit := maxFile
		if isSuite(s.path) {
			limit = maxTestFile
		}
		if slices.Contains(mayBeLong, s.path) || isGenerated(s.text) {
			continue
		}
		if n := strings.Count(s.text, "\n"); n > limit {
			t.Errorf("%s: got %d lines, want at most %d: which second idea moved in?", s.path, n, limit)
		}
	}
}

func isGenerated(text string) bool {
	head := text[:min(len(text), 400)]
	return strings.Contains(head, "Code generated") && strings.Contains(head, "DO NOT EDIT")
}

func TestFunctionsStayShort(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t, ".go") {
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, s.path, s.text, parser.SkipObjectResolution)
		if err != nil {
			t.Errorf("parse %s: %v", s.path, err)
			continue
		}
		for _, decl := range file.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok || f.Body == nil {
				continue
			}
			lines := files.Position(f.End()).Line - files.Position(f.Pos()).Line + 1
			if own := lines - tableLines(files, f.Body); own > maxFunc {
				t.Errorf("%s: %s: got %d lines, want at most %d (tables not counted)", s.path, f.Name.Name, own, maxFunc)
			}
		}
	}
}

// maxRow is how long a function may be that stands in a table's row; longer
// ones make the table code.
const maxRow = 15

// tableLines counts the lines of the outermost literals in a function: a table
// may be as long as what it lists.
func tableLines(files *token.FileSet, body *ast.BlockStmt) int {
	total := 0
	ast.Inspect(body, func(n ast.Node) bool {
		lit, ok := n.(*ast.CompositeLit)
		if !ok {
			return true
		}
		holdsCode := false
		ast.Inspect(lit, func(n ast.Node) bool {
			if f, ok := n.(*ast.FuncLit); ok && files.Position(f.End()).Line-files.Position(f.Pos()).Line >= maxRow {
				holdsCode = true
			}
			return !holdsCode
		})
		if holdsCode {
			return true
		}
		total += max(files.Position(lit.End()).Line-files.Position(lit.Pos()).Line-1, 0)
		return false
	})
	return total
}

// TestNoTestSleeps: a sleep is a wait for something that can be asked for, and
// either too short on a busy machine or too long on an idle one. Inside a
// synctest bubble time is free, so files that use it may sleep.
func TestNoTestSleeps(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t, ".go") {
		if !isSuite(s.path) || maySleep[s.path] != "" || strings.Contains(s.text, `"testing/synctest"`) {
			continue
		}
		for i, line := range strings.Split(s.text, "\n") {
			if strings.Contains(line, "time"+".Sleep(") {
				t.Errorf("%s:%d sleeps: wait for a signal, use testing/synctest, or say why in maySleep", s.path, i+1)
			}
		}
	}
}

// TestSourcesStandAlone: what is written here must work on any machine, so no
// source may name the folders or package hosts of the one it was written on.
// The words are put together here so that this file passes too.
func TestSourcesStandAlone(t *testing.T) {
	t.Parallel()
	words := []string{
		"/wo" + "rk/", "/tmp" + "/yd/", "registry." + "npmjs", "proxy." + "golang", "sum." + "golang",
		"deb." + "debian", "security." + "debian", "registry." + "yarnpkg", "npm" + "mirror",
	}
	for _, s := range sources(t, ".go", ".ts", ".tsx", ".vue", ".js", ".mjs", ".json", ".sh", ".sql", ".lua", ".yml", ".yaml", ".md", ".mod", ".html", ".css", "") {
		for _, word := range words {
			if i := strings.Index(s.text, word); i >= 0 {
				t.Errorf("%s:%d names %q", s.path, 1+strings.Count(s.text[:i], "\n"), word)
			}
		}
	}
}

// TestTablesAreCurrent: an exception whose file is gone excuses the next one.
func TestTablesAreCurrent(t *testing.T) {
	t.Parallel()
	top := root(t)
	for path := range maySleep {
		if _, err := os.Stat(filepath.Join(top, path)); err != nil {
			t.Errorf("maySleep names %s, which isn't there", path)
		}
	}
}
