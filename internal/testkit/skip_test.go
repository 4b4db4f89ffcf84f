package testkit_test

import (
	"os"
	"path/filepath"
	"testing"

	"yingda/internal/testkit"
)

// These change the environment of the process, so they run alone.

func TestSkipTellsTheRun(t *testing.T) {
	told := filepath.Join(t.TempDir(), "skipped")
	t.Setenv("TEST_SKIPPED", told)
	t.Setenv("CI", "")
	var skipped bool
	t.Run("one", func(t *testing.T) {
		defer func() { skipped = t.Skipped() }()
		testkit.Skip(t, "the moon", "not up")
	})
	got, err := os.ReadFile(told)
	if err != nil || string(got) != "the moon: not up\n" || !skipped {
		t.Errorf("told: got %q, %v, skipped %v, want the line and a skipped test", got, err, skipped)
	}
}

func TestSharedDataIsFoundOrSkippedByName(t *testing.T) {
	base := t.TempDir()
	told := filepath.Join(base, "skipped")
	t.Setenv("YINGDA_TEST_DATA", base)
	t.Setenv("TEST_SKIPPED", told)
	t.Setenv("CI", "true")
	t.Run("there", func(t *testing.T) {
		if got := testkit.SharedData(t, "."); got != base {
			t.Errorf("folder: got %s, want %s", got, base)
		}
	})
	t.Run("missing", func(t *testing.T) {
		t.Errorf("got %s, want a skipped test", testkit.SharedData(t, "nothing"))
	})
	got, err := os.ReadFile(told)
	if want := t.Name() + "/missing: needs the shared samples nothing\n"; err != nil || string(got) != want {
		t.Errorf("told: got %q, %v, want %q", got, err, want)
	}
}
