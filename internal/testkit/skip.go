package testkit

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// Skip skips the test and has `make test` say so in its summary. Where CI=true
// nothing may be skipped, so there it fails the test.
func Skip(t testing.TB, what, why string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s: %s (CI skips nothing)", what, why)
	}
	skip(t, what, why)
}

// SharedData returns the path of a folder of the samples that stand beside the
// repository (../shared/data, or YINGDA_TEST_DATA). They aren't part of it: a
// test that reads them is skipped by name where they are missing, in CI too.
func SharedData(t testing.TB, folder string) string {
	t.Helper()
	base := os.Getenv("YINGDA_TEST_DATA")
	if base == "" {
		top, err := moduleRoot()
		if err != nil {
			t.Fatalf("find the repository: %v", err)
		}
		base = filepath.Join(filepath.Dir(top), "shared", "data")
	}
	dir := filepath.Join(base, filepath.FromSlash(folder))
	if _, err := os.Stat(dir); err != nil {
		skip(t, t.Name(), "needs the shared samples "+folder)
	}
	return dir
}

// moduleRoot walks up to go.mod: tests run in their package's folder.
func moduleRoot() (string, error) {
	at, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(at, "go.mod")); err == nil {
			return at, nil
		}
		up := filepath.Dir(at)
		if up == at {
			return "", fmt.Errorf("no go.mod above %s", at)
		}
		at = up
	}
}

func skip(t testing.TB, what, why string) {
	t.Helper()
	if path := os.Getenv("TEST_SKIPPED"); path != "" {
		note(t, path, what+": "+why+"\n")
	}
	t.Skipf("skipped %s: %s", what, why)
}

// note appends a line; O_APPEND keeps the lines of several processes whole.
func note(t testing.TB, path, line string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o644)
	if err != nil {
		t.Errorf("tell what is skipped: %v", err)
		return
	}
	defer f.Close()
	if _, err := f.WriteString(line); err != nil {
		t.Errorf("tell what is skipped: %v", err)
	}
}
